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
      - "ID of the AWS account to act in, 12 digits. Quote it: YAML reads unquoted digits as a number and drops leading
        zeros."
      - The credential must belong to this account. Otherwise the module fails before any other call, so a mistake in an
        inventory can't change another account.
    type: str
    required: true
  assume_role_arn:
    description:
      - ARN of an IAM role in the account O(account_id). The module assumes it with the credential from O(profile),
        O(access_key) or the environment, and then uses only the role.
      - The session's credential is cached until it expires, in a folder that only the user can read, so a host needs
        one C(AssumeRole), not one for each task. Before using it again, the module asks AWS which account it belongs
        to.
    type: str
  assume_role_external_id:
    description: External ID that the role's trust policy requires.
    type: str
notes:
  - A connection to AWS times out after 5 seconds and an answer after 25. A read without an answer is sent twice.
    O(ignore:aws_config) can set other C(connect_timeout) and C(read_timeout).
attributes:
  action_group:
    description: Use C(group/closednet.aws.aws) in C(module_defaults) to set options for all modules of this collection.
    support: full
    membership: [closednet.aws.aws]
"""
