# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """The account that every module of this collection acts in, and how it gets there."""

    DOCUMENTATION = r"""
requirements:
  - botocore >= 1.44.0
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
        one C(AssumeRole) and not one for each task. Before it is used again, AWS is asked which account it is of.
    type: str
  assume_role_external_id:
    description: The external id that the role's trust policy asks for.
    type: str
notes:
  - Connecting to AWS may take 5 seconds, an answer 25, and who stays silent is asked twice. O(ignore:aws_config) may
    set other C(connect_timeout) and C(read_timeout).
attributes:
  action_group:
    description: Use C(group/closednet.aws.aws) in C(module_defaults) to set options for all modules of this collection.
    support: full
    membership: [closednet.aws.aws]
"""
