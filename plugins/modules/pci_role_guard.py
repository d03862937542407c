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
  - Makes the roles that named people of an identity account switch to, with MFA that is at most O(mfa_max_age) old and
    under their own name, a permissions boundary that keeps the roles from changing the guard, making lasting
    credentials, creating roles and changing trust, and the account's password policy. Reports the account's IAM users,
    or takes their passwords and keys.
  - "What it doesn't give: AWS has no cap on the session that AssumeRole grants. The age of MFA counts at the moment of
    switching; a session then lasts as long as was asked for, at most an hour here, and its calls carry no MFA key."
options:
  name:
    description: Name of the guard, unique in its account, in the tag C(closednet:managed=pci_role_guard/NAME) and in
      the names of what it makes. Letters, digits, C(_) and C(-), 40 at most.
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
    description: Users of the identity account who may switch to every role, by name, with the path where they have one
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
        description: What the role may do, by policies of AWS. V(admin) is AdministratorAccess, V(operator)
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
          name with path. Their sessions have no MFA key, so the identity provider has to ask for MFA; AWS can't tell
          whether it did.
        type: list
        elements: str
        default: []
  mfa_max_age:
    description: Seconds since MFA after which a switch is refused, from 60 to 3600.
    type: int
    default: 900
  revoke_sessions:
    description:
      - Ends sessions of O(roles), and of no others, that are older than O(revoke_sessions.max_age), by an inline policy
        C(AWSRevokeOlderSessions) of each role that denies everything to older ones. It has to be renewed all the time,
        so a session ends between O(revoke_sessions.max_age) and that and O(revoke_sessions.every) after it began.
      - Left out, what is there of it goes, but for the last inline policies, which O(state=absent) removes with the
        roles.
    type: dict
    suboptions:
      max_age:
        description: Seconds, from 900 to 3600.
        type: int
        default: 900
      by:
        description: Who renews it. With V(schedule) a Lambda function, made by this module in the region of the task
          and called by EventBridge Scheduler; RV(findings) tell when it doesn't. With V(run) the runs of this module,
          such as those of a schedule of AWX with the playbook C(closednet.aws.pci_revoke).
        type: str
        choices: [schedule, run]
        default: schedule
      every:
        description: Minutes between two renewals, from 1 to 60. With V(run), a run that comes sooner leaves it, so let
          them come more often.
        type: int
        default: 5
  remove_roles_in_use:
    description: Whether roles for people go, by O(state=absent) or since O(roles) has them no longer, that were used in
      the last hour. AWS tells of a use late, often only hours after it, so V(false) isn't a promise.
    type: bool
    default: false
  iam_users:
    description: What becomes of IAM users in the account. V(report) names them in RV(notes), V(deactivate) deletes
      their passwords and sets their access keys to inactive.
    type: str
    choices: [report, deactivate]
    default: report
  break_glass_users:
    description: IAM users of the account who keep password and keys, for emergencies. RV(notes) name them in each run.
    type: list
    elements: str
    default: []
  break_glass_arns:
    description: ARNs of principals that RV(service_control_policy) doesn't bind, which are those for emergencies, the
      role that runs this module, and what else creates roles in the account, such as a deployment pipeline. Switch
      roles can't change the roles among them.
    type: list
    elements: str
    default: []
  passable_roles:
    description:
      - Roles that sessions of O(roles) may pass to a service, by name, with path and wildcards (V(app/*)). None unless
        they are named, since a service does whatever the role that it has been passed may do.
      - RV(notes) name those among them that lack the guard's permissions boundary.
    type: list
    elements: str
    default: []
  password_policy:
    description: The account's password policy. O(state=absent) leaves it.
    type: dict
    suboptions:
      minimum_length:
        description: Characters, at least 12 (PCI DSS v4.0.1, 8.3.6).
        type: int
        default: 14
      require_symbols:
        description: Whether it needs a symbol.
        type: bool
        default: true
      require_numbers:
        description: Whether it needs a digit (8.3.6).
        type: bool
        default: true
      require_uppercase:
        description: Whether it needs a capital letter.
        type: bool
        default: true
      require_lowercase:
        description: Whether it needs a small letter (8.3.6).
        type: bool
        default: true
      users_may_change:
        description: Whether users may change their own.
        type: bool
        default: true
      max_age_days:
        description: Days after which a password expires, at most 90 (8.3.9). V(0) is never.
        type: int
        default: 90
      remembered:
        description: How many former passwords can't be used again, at least 4 (8.3.7).
        type: int
        default: 24
      hard_expiry:
        description: Whether only an administrator can set an expired password.
        type: bool
        default: false
notes:
  - What O(confirm_removals) names here is a role, as C(NAME/iam_role.ROLE).
  - What a role may do is taken away before its trust policy changes, and added after it, so that no moment is more open
    than before and after.
  - A run under a role that it guards is refused, since the boundary lets nobody change the guard; so is one under an
    IAM user whom it would deactivate.
  - A policy document over its quota is refused before anything is written; so is the removal of a role that an instance
    profile has, and of a boundary that other roles have.
  - The function and the schedule of O(revoke_sessions) are looked for in the region of the task only. Remove them there
    before you run this module in another region.
  - A schedule has no tags. The description C(closednet:managed=pci_role_guard/NAME) says whose it is.
seealso:
  - name: Secure API access with MFA
    description: Which callers have which MFA keys.
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
- name: Switch roles of a PCI account
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

- name: Remove them
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
  description: ARN of the permissions boundary.
  returned: when there is one
  type: str
  sample: arn:aws:iam::444444444444:policy/pci/production-boundary
service_control_policy:
  description: A policy for the organization's management account. In this account it keeps everybody but
    O(break_glass_arns) from writing to IAM, so that there are no users, no lasting credentials, and no roles that
    others could enter, and from changing the guard. This module attaches it nowhere.
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
  description: ARN of the credential of this run, where RV(service_control_policy) would bind it, so that no further run
    could change the guard. Name it in O(break_glass_arns) before you attach the policy.
  returned: success
  type: str
  sample: arn:aws:sts::444444444444:assumed-role/guard-operator/ansible
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
plan:
  description: The steps from what was read to what is declared, in the order in which they are shown. In check mode
    those that a run would take.
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
      description: Client and method of boto3 that makes the change.
      type: str
    before:
      description: The fields that change, as they were. C(null) where something is created.
      type: dict
    after:
      description: The fields that change, as declared. C(null) where something is deleted. An ID that isn't known yet
        is shown as C((known after ADDRESS)).
      type: dict
  sample:
    - address: iam_role.admin:trust
      action: change
      operation: iam.update_assume_role_policy
      before: {trust: {Version: "2012-10-17", Statement: []}}
      after: {trust: {Version: "2012-10-17", Statement: []}}
diff:
  description: What changed, or in check mode would, by address. With C(--diff) Ansible shows it.
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
  description: What is worth knowing, IAM users of the account among it.
  returned: success
  type: list
  elements: str
  sample: ["arn:aws:iam::444444444444:user/old is an IAM user with a password, where only roles should be"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample:
    - "sessions of role admin are not ended so far: the errors of the Lambda function closednet-pci-production tell this
      account why"
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {iam_role.admin: "arn:aws:iam::444444444444:role/pci/admin"}
done:
  description: Addresses of the steps that were done before the module failed.
  returned: when a step failed
  type: list
  elements: str
left:
  description: Addresses of the steps that are left.
  returned: when a step failed
  type: list
  elements: str
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"iam:GetAccountAuthorizationDetails": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.pci_role_guard import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
