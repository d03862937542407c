#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: account_members
short_description: Groups of IAM Identity Center that get into each account, by permission sets or entitlements
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Lets exactly the declared groups into each declared account. With O(backend=permission_set), it creates permission
    sets and assigns them to groups in accounts; IAM Identity Center creates a role for each set in each account. With
    O(backend=entitlement), groups may assume roles that exist in the accounts already, by entitlements of IAM account
    access manager.
  - It runs in the management account, or in the delegated administrator of IAM Identity Center, in the region of the
    instance.
  - What it manages is its own only. These are permission sets with its tag and all assignments of groups by them, in
    any account; with O(backend=entitlement), the entitlements of groups to the roles that O(accounts) names. An
    assignment that isn't declared is deleted after its confirmation, see O(confirm_removals). Assignments of users, and
    those by others' sets to the declared accounts, are RV(findings) and stay.
  - Groups and users come from the identity provider. Where there is none, O(groups) and O(users) create them in the
    identity store.
  - A changed permission set is provisioned again in every account that has it. Requests for one account run one after
    another, since AWS updates one role of an account at a time, and those for different accounts at the same time, 8 at
    most. If one fails, those for other accounts continue; at the end, the module fails and names each one that failed
    with AWS's reason.
options:
  name:
    description: Name by which the module finds its own permission sets, groups and users. Letters, digits and C(._-),
      64 at most.
    type: str
    required: true
  backend:
    description: What lets groups in, V(permission_set) or V(entitlement).
    type: str
    choices: [permission_set, entitlement]
    default: permission_set
  instance_arn:
    description: ARN of the instance of IAM Identity Center. Needed only where the account and region have several.
    type: str
  application_arn:
    description: ARN of the application of account access manager. Needed only where there are several, or to have the
      entitlements to declared accounts reported with O(backend=permission_set), too.
    type: str
  permission_sets:
    description: Permission sets. One that is no longer listed is deleted, after its confirmation.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the set, 32 characters at most. It is a part of the name of its roles.
        type: str
        required: true
      description:
        description: Its description.
        type: str
      session_duration:
        description: Duration of a session, in ISO 8601 as in AWS's API, V(PT1H) to V(PT12H).
        type: str
        default: PT1H
      relay_state:
        description: URL to which the access portal leads.
        type: str
      managed_policies:
        description: ARNs of AWS's managed policies. With O(permission_sets[].customer_managed_policies) 20 at most; a
          role takes 10 unless its account's IAM quota was raised.
        type: list
        elements: str
        default: []
      customer_managed_policies:
        description: Managed policies that each account must have itself.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          path:
            description: Its path.
            type: str
            default: /
      inline_policy:
        description: The set's own policy, 32,768 bytes and 10,240 characters without whitespace at most. Removing one
          that exists has to be confirmed, since it may deny something.
        type: dict
      permissions_boundary:
        description: The policy that limits the roles of the set, one of AWS or of each account. Removing it has to be
          confirmed.
        type: dict
        suboptions:
          managed_policy_arn:
            description: ARN of a managed policy of AWS.
            type: str
          name:
            description: Name of a policy that each account must have.
            type: str
          path:
            description: Path of the policy that O(permission_sets[].permissions_boundary.name) names.
            type: str
            default: /
  groups:
    description:
      - Groups to create in the identity store, only where no identity provider provisions them. A group has no tags, so
        its description ends with the owner, C([closednet:managed=account_members/NAME]).
      - A group that is no longer listed is deleted, after its confirmation.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Display name of the group, without a slash.
        type: str
        required: true
      description:
        description: Its description, 900 characters at most.
        type: str
        default: ''
      users:
        description: Names of its users, all of them. Anybody else loses the membership, after the confirmation.
        type: list
        elements: str
        default: []
  users:
    description: Users to create in the identity store, only where no identity provider provisions them. AWS sends a new
      user no invitation; an administrator does, from the console. A user has no tags, so its C(UserType) names the
      owner.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name with which the user signs in.
        type: str
        required: true
      given_name:
        description: Given name.
        type: str
        required: true
      family_name:
        description: Family name.
        type: str
        required: true
      email:
        description: E-mail address.
        type: str
        required: true
  accounts:
    description:
      - Members by account ID. Each value has C(members), a mapping of names to lists of groups' display names, and
        C(host), the account's host in the inventory, for messages.
      - The names are permission sets of O(permission_sets); with O(backend=entitlement), roles of the account, with
        their path if any. A role with an empty list lets nobody in; a role that isn't named isn't managed.
    type: dict
    default: {}
  most_permission_sets:
    description: Quota of permission sets of the instance. More of them are refused before anything is written.
    type: int
    default: 3500
  most_sets_per_account:
    description: Quota of permission sets that are provisioned in an account.
    type: int
    default: 500
notes:
  - In O(confirm_removals), name an assignment as C(NAME/account_assignment.ACCOUNT/SET/GROUP), an entitlement as
    C(NAME/entitlement.ACCOUNT/ROLE/GROUP), a permission set as C(NAME/permission_set.SET), what it would lose as
    C(NAME/permission_set.SET:permissions_boundary) or C(NAME/permission_set.SET:inline_policy), a group as
    C(NAME/directory_group.GROUP), its user as C(NAME/group_membership.GROUP/USER), and a user as
    C(NAME/directory_user.USER).
  - A delegated administrator can neither assign anybody to the management account nor change a permission set that is
    provisioned there. Both are refused before anything is written.
  - Accounts that aren't active are refused if they are declared. What an account that isn't active any more still has
    is a finding, since AWS can't change its roles.
  - AWS takes 20 calls a second of IAM Identity Center. Each declared account costs one call, and each set in it one
    more, so a run without changes over 200 accounts with three sets each takes about a minute.
  - IAM account access manager is new (August 2026), and what the module does with it is not verified on AWS.
seealso:
  - module: closednet.aws.account_members_info
  - module: closednet.aws.pci_role_guard
  - name: AWS IAM Identity Center quotas
    description: Limits that the module checks, and the rate of calls.
    link: https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Let two groups into the account of a customer
  closednet.aws.account_members:
    account_id: "999999999999"
    region: eu-central-1
    name: members
    permission_sets:
      - name: developers
        description: Work on the customer's applications
        session_duration: PT8H
        relay_state: https://eu-central-1.console.aws.amazon.com/ecs
        managed_policies: [arn:aws:iam::aws:policy/PowerUserAccess]
        customer_managed_policies: [{name: customer-extra, path: /team/}]
        permissions_boundary: {name: customer-boundary, path: /}
      - name: auditors
        managed_policies: [arn:aws:iam::aws:policy/SecurityAudit]
        inline_policy:
          Version: "2012-10-17"
          Statement: [{Effect: Deny, Action: "s3:GetObject", Resource: "*"}]
        permissions_boundary: {managed_policy_arn: arn:aws:iam::aws:policy/ReadOnlyAccess}
    accounts:
      "111111111111":
        host: alpha
        members: {developers: [alpha-developers], auditors: [audit]}

- name: Let groups of the identity store assume roles that exist in their accounts
  closednet.aws.account_members:
    account_id: "999999999999"
    region: eu-central-1
    name: members
    backend: entitlement
    groups:
      - name: alpha-developers
        description: Of project alpha
        users: [ana]
    users:
      - {name: ana, given_name: Ana, family_name: Example, email: ana@example.com}
    accounts:
      "111111111111":
        host: alpha
        members: {app-developer: [alpha-developers]}
"""

RETURN = r"""
instance_arn:
  description: ARN of the instance of IAM Identity Center. Null if there is none, which only O(state=absent) accepts.
  returned: success
  type: str
  sample: arn:aws:sso:::instance/ssoins-0123456789abcdef
identity_store_id:
  description: ID of its identity store.
  returned: success
  type: str
  sample: d-0123456789
management_account_id:
  description: ID of the organization's management account, which owns the instance.
  returned: success
  type: str
  sample: "999999999999"
permission_sets:
  description: ARNs of the module's permission sets after the run, by name.
  returned: success
  type: dict
  sample: {developers: "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"}
groups:
  description: IDs of the groups that members or O(groups) name, by display name.
  returned: success
  type: dict
  sample: {alpha-developers: 0123456789-01234567-89ab-cdef-0123-456789abcdef}
members:
  description: Declared groups that are in after the run, by account, then by permission set or role.
  returned: success
  type: dict
  sample: {"111111111111": {developers: [alpha-developers], auditors: [audit]}}
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
plan:
  description: The steps from the current to the declared state, in the order in which they are shown. In check mode,
    the steps that a run would take.
  returned: success, or when a step failed
  type: list
  elements: dict
  contains:
    address:
      description: Kind and name of the resource; after a colon, the fields that change.
      type: str
    action:
      description: V(create), V(change) or V(delete).
      type: str
    operation:
      description: Client and method of boto3 for the change.
      type: str
    before:
      description: The fields that change, as they were. C(null) for V(create).
      type: dict
    after:
      description: The fields that change, as declared. C(null) for V(delete). An ID that isn't known yet is shown as
        C((known after ADDRESS)).
      type: dict
  sample:
    - address: account_assignment.111111111111/auditors/audit
      action: create
      operation: sso-admin.create_account_assignment
      before: null
      after:
        instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
        account: "111111111111"
        permission_set: arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef
        group: 0123456789-01234567-89ab-cdef-0123-456789abcdef
network_calls:
  description: Calls that decide what the network lets through, in the order in which a run would send them. Those of
    a later phase of the same run, once others have acted, come last. P(closednet.aws.plan_effect#filter) takes them.
  returned: success, in check mode
  type: list
  elements: dict
  contains:
    address:
      description: Kind and name of the resource, as in RV(plan).
      type: str
    operation:
      description: Client and method of boto3. Empty if the call couldn't be foreseen.
      type: str
    params:
      description: Its arguments. An ID that isn't known yet is C((known after ADDRESS)).
      type: dict
    later:
      description: Whether a later phase sends it.
      type: bool
    unknown:
      description: Why a later phase's calls couldn't be foreseen.
      type: str
  sample: []
diff:
  description: What changed, or in check mode would change, by address. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    before:
      description: The fields that change or are deleted, as they were.
      type: dict
    after:
      description: The fields that change or are created, as declared.
      type: dict
notes:
  description: In check mode, the removals that need a confirmation.
  returned: success
  type: list
  elements: str
  sample: []
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample: []
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {permission_set.developers: "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"}
done:
  description: Addresses of the steps that were completed before the module failed.
  returned: when a step failed
  type: list
  elements: str
left:
  description: Addresses of the remaining steps.
  returned: when a step failed
  type: list
  elements: str
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"sso-admin:ListPermissionSets": 1, "sso-admin:CreateAccountAssignment": 2}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.account_members import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
