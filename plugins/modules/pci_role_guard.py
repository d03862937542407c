#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: pci_role_guard
short_description: An account that people enter by switch roles with fresh MFA, and that has no users
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates the roles that named people of an identity account switch to, with MFA that is at most O(mfa_max_age) old
    and under their own name. A permissions boundary keeps the roles from changing the guard, creating long-term
    credentials, creating roles and changing trust policies. Sets the account's password policy. Reports the account's
    IAM users, or takes their passwords and keys.
  - "What it doesn't give: AWS has no cap on the session that AssumeRole grants. The age of MFA is checked at the switch
    only; a session then lasts as long as requested, at most an hour here, and its calls carry no MFA condition key."
options:
  name:
    description: Name of the guard, unique in its account. The tag C(closednet:managed=pci_role_guard/NAME) and the
      names of its resources contain it. Letters, digits, C(_) and C(-), 40 at most.
    type: str
    required: true
  path:
    description: IAM path of the guard's roles and policies. No other role or policy may be under it.
    type: str
    default: /pci/
  identity_account_id:
    description: The account whose users and roles may switch. Not the guarded account itself.
    type: str
  users:
    description: Users of the identity account who may switch to every role, by name, with the path if they have one
      (V(pci/ann)).
    type: list
    elements: str
    default: []
  roles:
    description: The switch roles. Required with O(state=present).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the role.
        type: str
        required: true
      permissions:
        description: What the role may do, by AWS managed policies. V(admin) is AdministratorAccess, V(operator)
          PowerUserAccess, V(read_only) ReadOnlyAccess, V(auditor) SecurityAudit and ViewOnlyAccess.
        type: str
        choices: [admin, operator, read_only, auditor]
      policy_arns:
        description: ARNs of further managed policies.
        type: list
        elements: str
        default: []
      users:
        description: Users who may switch to this role besides O(users).
        type: list
        elements: str
        default: []
      federated_roles:
        description: Roles of the identity account whose sessions may switch, such as those of IAM Identity Center, by
          name with path. Their sessions have no MFA condition key, so the identity provider must ask for MFA; AWS can't
          tell whether it did.
        type: list
        elements: str
        default: []
  mfa_max_age:
    description: Maximum age of MFA for a switch, in seconds, from 60 to 3600.
    type: int
    default: 900
  revoke_sessions:
    description:
      - Ends sessions of O(roles), and of no others, that are older than O(revoke_sessions.max_age). The inline policy
        C(AWSRevokeOlderSessions) of each role denies everything to them. It must be renewed regularly, so a session
        ends O(revoke_sessions.max_age) to O(revoke_sessions.max_age) plus O(revoke_sessions.every) after its start.
      - If left out, the module deletes what it created for this, except the last inline policies, which
        O(state=absent) deletes with the roles.
    type: dict
    suboptions:
      max_age:
        description: Seconds, from 900 to 3600.
        type: int
        default: 900
      by:
        description: Who renews the policy. With V(schedule), a Lambda function that this module creates in the region
          of the task and EventBridge Scheduler calls; RV(findings) report when it doesn't renew. With V(run), the runs
          of this module, such as those of an AWX schedule with the playbook C(closednet.aws.pci_revoke).
        type: str
        choices: [schedule, run]
        default: schedule
      every:
        description: Minutes between two renewals, from 1 to 60. With V(run), an earlier run doesn't renew, so run more
          often than that.
        type: int
        default: 5
  remove_roles_in_use:
    description: Whether O(state=absent), or leaving roles out of O(roles), deletes roles for people that were used in
      the last hour. AWS reports a use late, often only hours after it, so V(false) is no guarantee.
    type: bool
    default: false
  iam_users:
    description: What happens to IAM users in the account. V(report) names them in RV(notes), V(deactivate) deletes
      their passwords and deactivates their access keys.
    type: str
    choices: [report, deactivate]
    default: report
  break_glass_users:
    description: IAM users of the account who keep password and keys, for emergencies. RV(notes) name them in each run.
    type: list
    elements: str
    default: []
  break_glass_arns:
    description: ARNs of principals that RV(service_control_policy) doesn't restrict. Name those for emergencies, the
      role that runs this module, and what else creates roles in the account, such as a deployment pipeline. Switch
      roles can't change the roles among them.
    type: list
    elements: str
    default: []
  passable_roles:
    description:
      - Roles that sessions of O(roles) may pass to a service, by name, with path and wildcards (V(app/*)). Default is
        none, because a service can do whatever the passed role may do.
      - RV(notes) name those of them that lack the guard's permissions boundary.
    type: list
    elements: str
    default: []
  password_policy:
    description: The account's password policy. O(state=absent) leaves it as it is.
    type: dict
    suboptions:
      minimum_length:
        description: Minimum number of characters, at least 12 (PCI DSS v4.0.1, 8.3.6).
        type: int
        default: 14
      require_symbols:
        description: Whether a password needs a symbol.
        type: bool
        default: true
      require_numbers:
        description: Whether a password needs a digit (8.3.6).
        type: bool
        default: true
      require_uppercase:
        description: Whether a password needs an uppercase letter.
        type: bool
        default: true
      require_lowercase:
        description: Whether a password needs a lowercase letter (8.3.6).
        type: bool
        default: true
      users_may_change:
        description: Whether users may change their own password.
        type: bool
        default: true
      max_age_days:
        description: Days after which a password expires, 1 to 90 (8.3.9).
        type: int
        default: 90
      remembered:
        description: How many former passwords can't be reused, at least 4 (8.3.7).
        type: int
        default: 24
      hard_expiry:
        description: Whether only an administrator can reset an expired password.
        type: bool
        default: false
notes:
  - In O(confirm_removals), name a role as C(NAME/iam_role.ROLE).
  - Permissions are removed before a role's trust policy changes, and added after it. So a role never allows more than
    before or after the run.
  - A run under a role that it guards is refused, because the boundary lets nobody change the guard. So is a run under
    an IAM user whom it would deactivate.
  - A policy document over its quota is refused before anything is written. So is the deletion of a role that is in an
    instance profile, and of a boundary that other roles have.
  - The module looks for the function and the schedule of O(revoke_sessions) in the region of the task only. Remove them
    there before you run this module in another region.
  - A schedule has no tags. Its description C(closednet:managed=pci_role_guard/NAME) marks it as the module's.
seealso:
  - name: Secure API access with MFA
    description: Which callers have which MFA condition keys.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
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
- name: Create the switch roles of a PCI account
  closednet.aws.pci_role_guard:
    account_id: "444444444444"
    assume_role_arn: arn:aws:iam::444444444444:role/guard-operator
    region: eu-central-1
    name: production
    identity_account_id: "111111111111"
    users: [pci/ann]
    roles:
      - {name: admin, permissions: admin}
      - {name: operator, permissions: operator, users: [pci/ben]}
      - {name: auditor, permissions: auditor, users: [pci/eve]}
    revoke_sessions: {max_age: 900, every: 5}
    iam_users: deactivate
    break_glass_users: [break-glass]

- name: Delete them
  closednet.aws.pci_role_guard:
    account_id: "444444444444"
    assume_role_arn: arn:aws:iam::444444444444:role/guard-operator
    region: eu-central-1
    name: production
    state: absent
"""

RETURN = r"""
roles:
  description: ARN of each switch role.
  returned: success
  type: dict
  sample: {admin: "arn:aws:iam::444444444444:role/pci/admin"}
boundary:
  description: ARN of the permissions boundary, null if there is none.
  returned: success
  type: str
  sample: arn:aws:iam::444444444444:policy/pci/production-boundary
service_control_policy:
  description: A policy for the organization's management account. In this account it prevents everybody except
    O(break_glass_arns), and the roles that renew O(revoke_sessions) on schedule, from changing the guard, and from
    creating users, long-term credentials, and roles that others could assume. This module doesn't attach it.
  returned: success
  type: dict
  sample:
    Version: "2012-10-17"
    Statement:
      - Sid: NothingThatLasts
        Effect: Deny
        Action: [iam:CreateA*, iam:CreateUser*]
        Resource: "*"
bound_operator:
  description: ARN of this run's credential, if RV(service_control_policy) would restrict it, so that no further run
    could change the guard. Name it in O(break_glass_arns) before you attach the policy.
  returned: success
  type: str
  sample: arn:aws:sts::444444444444:assumed-role/guard-operator/ansible
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
    - address: iam_role.admin:trust
      action: change
      operation: iam.update_assume_role_policy
      before: {trust: {Version: "2012-10-17", Statement: []}}
      after: {trust: {Version: "2012-10-17", Statement: []}}
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
  description: What to know about the account, such as its IAM users.
  returned: success
  type: list
  elements: str
  sample: ["arn:aws:iam::444444444444:user/old is an IAM user with a password, where only roles should be"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample:
    - "sessions of role admin are not ended so far: the errors of the Lambda function closednet-pci-production tell this
      account why"
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {iam_role.admin: "arn:aws:iam::444444444444:role/pci/admin"}
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
  sample: {"iam:GetAccountAuthorizationDetails": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.pci_role_guard import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
