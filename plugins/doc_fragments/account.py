# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """What every module of this collection takes, and what holds for each."""

    DOCUMENTATION = r"""
options:
  account_id:
    description:
      - The 12 digits of the AWS account to act in. Quote them, since YAML reads unquoted digits as a number and loses
        leading zeros.
      - The credential must be one of this account. Otherwise the module fails before any other call, so that a slip in
        an inventory can't change another account.
    type: str
    required: true
  assume_role_arn:
    description:
      - ARN of an IAM role of the account O(account_id). The module assumes it with the credential that O(profile),
        O(access_key) or the environment gives, and acts with it alone.
      - The session's credential is kept until it expires, in a folder that only the user can read, so that a host costs
        one C(AssumeRole) and not one for each task.
    type: str
  assume_role_external_id:
    description: The external id that the role's trust policy asks for.
    type: str
  state:
    description:
      - V(present) makes what is declared and doesn't exist, and changes what differs.
      - V(absent) deletes what this module made under this O(name), in the order in which AWS lets it go, and waits
        until it is gone. It ends well when there is nothing.
    type: str
    choices: [present, absent]
    default: present
  wait_timeout:
    description: Seconds to wait for each resource to reach its state. When they have passed the module fails, and the
      next run goes on from there.
    type: int
    default: 600
attributes:
  check_mode:
    description: Can run in check mode, which reads all and writes nothing. RV(ignore:plan) is then the very plan that a
      run applies, with ids that aren't known yet named after the step that makes them.
    support: full
  diff_mode:
    description: Returns what changes, as before and after, by the address of the resource.
    support: full
  action_group:
    description: Use C(group/closednet.aws.aws) in C(module_defaults) to set options for all modules of this collection.
    support: full
    membership: [closednet.aws.aws]
notes:
  - "Every resource that the module makes carries the tag C(closednet:managed) with the name of the module and O(name).
    Only such a resource is ever changed or deleted, apart from what the other notes name; what is there without the tag
    is left as it is. Where it stands in the way of something declared, the module fails before it writes anything, and
    says what it is. To hand it over, give it the tags that the message names, C(closednet:managed) and
    C(closednet:name)."
  - A run that failed or was killed in the middle is mended by running again. It reads what is there and does the rest;
    nothing is made twice.
"""
