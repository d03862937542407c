#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: account_members_info
short_description: Who may get into which account by IAM Identity Center
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads the permission sets of an instance of IAM Identity Center, their assignments to accounts, the entitlements of
    IAM account access manager, and the groups and people behind them. Reads only.
  - The account is the organization's management account or the delegated administrator of IAM Identity Center, the
    region that of the instance. A delegated administrator may not see all of the management account. What the
    credential may not read is in RV(unread), and never reported as empty.
options:
  instance_arn:
    description: ARN of the instance. Default is the only one that the account shows in the region.
    type: str
  backends:
    description: What is read. Leave out V(entitlement) where account access manager isn't available.
    type: list
    elements: str
    choices: [permission_set, entitlement]
    default: [permission_set, entitlement]
  application_arns:
    description: ARNs of the applications of account access manager whose entitlements are read. Default is every
      application of the instance that the account shows.
    type: list
    elements: str
    default: []
  account_ids:
    description: The accounts whose assignments and entitlements are read. Default is all.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Writes nothing in any mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
seealso:
  - module: closednet.aws.account_members
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read who may get into two accounts
  closednet.aws.account_members_info:
    account_id: "999999999999"
    region: eu-central-1
    instance_arn: arn:aws:sso:::instance/ssoins-0123456789abcdef
    account_ids: ["111111111111", "222222222222"]
  register: account_members_status

- name: Read the permission sets alone, where account access manager isn't used
  closednet.aws.account_members_info:
    account_id: "999999999999"
    region: eu-central-1
    backends: [permission_set]
"""

RETURN = r"""
account_ids:
  description: The accounts that O(account_ids) limits assignments and entitlements to; empty if all were read.
  returned: success
  type: list
  elements: str
  sample: []
instance:
  description: The instance of IAM Identity Center.
  returned: success
  type: dict
  contains:
    instance_arn:
      description: Its ARN.
      type: str
    identity_store_id:
      description: ID of its identity store.
      type: str
    owner_account_id:
      description: The account that it belongs to.
      type: str
    name:
      description: Its name.
      type: str
    status:
      description: C(Status) of it.
      type: str
  sample:
    instance_arn: arn:aws:sso:::instance/ssoins-0123456789abcdef
    identity_store_id: d-0123456789
    owner_account_id: "999999999999"
    name: null
    status: ACTIVE
external_identity_provider:
  description: Whether groups or users come from an external identity provider, by their external IDs. C(null) if the
    store is empty or may not be read.
  returned: success
  type: bool
permission_sets:
  description: The permission sets. One that may not be read has its ARN in place of the name, and is in RV(unread).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    permission_set_arn:
      description: Its ARN.
      type: str
    description:
      description: Its description.
      type: str
    session_duration:
      description: Duration of its sessions.
      type: str
    relay_state:
      description: The page that opens after the sign-in.
      type: str
    managed_by:
      description: Value of its tag C(closednet:managed). C(null) for a set that this collection doesn't manage.
      type: str
    account_ids:
      description: The accounts that it is provisioned to, also those without an assignment. C(null) if unread.
      type: list
      elements: str
    outdated_account_ids:
      description: Those of them that have an earlier version of it. C(null) if unread.
      type: list
      elements: str
assignments:
  description: Assignments of permission sets to accounts, in O(account_ids) if that is given.
  returned: success
  type: list
  elements: dict
  contains:
    account_id:
      description: The account.
      type: str
    permission_set:
      description: Name of the permission set.
      type: str
    permission_set_arn:
      description: Its ARN.
      type: str
    principal_type:
      description: V(GROUP) or V(USER).
      type: str
    principal_id:
      description: ID of the group or user.
      type: str
    principal:
      description: Display name of the group, or user name. C(null) if the identity store doesn't have it, or it may not
        be read.
      type: str
entitlements:
  description: Entitlements of account access manager, in O(account_ids) if that is given.
  returned: success
  type: list
  elements: dict
  contains:
    entitlement_id:
      description: Its ID.
      type: str
    application_arn:
      description: ARN of its application.
      type: str
    account_id:
      description: The account.
      type: str
    role_arn:
      description: The role.
      type: str
    principal_type:
      description: V(GROUP) or V(USER). V(UNKNOWN) for a kind of principal that this module doesn't know.
      type: str
    principal_id:
      description: ID of the group or user.
      type: str
    principal:
      description: Display name of the group, or user name. C(null) if the identity store doesn't have it, or it may not
        be read.
      type: str
groups:
  description: The groups of the identity store.
  returned: success
  type: list
  elements: dict
  contains:
    group_id:
      description: Its ID.
      type: str
    name:
      description: Its display name.
      type: str
    external:
      description: Whether it comes from an external identity provider.
      type: bool
    users:
      description: User names of its members. C(null) for a group that gets in nowhere, and if unread.
      type: list
      elements: str
users:
  description: The users who get in somewhere, by a group or by themselves.
  returned: success
  type: list
  elements: dict
  contains:
    user_id:
      description: The user's ID.
      type: str
    name:
      description: The user name.
      type: str
    status:
      description: C(UserStatus), V(ENABLED) or V(DISABLED).
      type: str
    external:
      description: Whether the user comes from an external identity provider.
      type: bool
unread:
  description: What couldn't be read, and why.
  returned: success
  type: dict
  sample:
    assignments of AdministratorAccess in 999999999999: sso:ListAccountAssignments is denied
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"sso:ListPermissionSets": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.account_members_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
