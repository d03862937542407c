#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: pci_identity
short_description: People of an identity account who may switch to exactly the declared roles, with MFA
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Makes IAM groups whose members may switch to exactly the declared roles, with MFA that is at most O(mfa_max_age)
    old, and may look after their own MFA device, password and SSH public keys. Without MFA they can do no more than
    register a first device, and that only while O(users[].register_mfa) says so. Makes their users, too, or puts users
    of others into the groups.
  - The roles' side is M(closednet.aws.pci_role_guard)'s; who gets in is for both to say.
  - It creates and shows no password and no access key. Somebody gives a new user the first one by other means.
options:
  name:
    description: Name of this declaration, unique in its account, in the tag C(closednet:managed=pci_identity/NAME) and
      in the names of its policies. Letters, digits and C(_+=,.@-), 64 at most.
    type: str
    required: true
  path:
    description: IAM path of the groups and policies. Groups have no tags, so what is under the path is this module's;
      it refuses a path with policies of others, or with groups while no policy of its own is there.
    type: str
    default: /pci/
  groups:
    description: The groups. Required with O(state=present).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the group.
        type: str
        required: true
      roles:
        description: The roles that its members may switch to.
        type: list
        elements: dict
        required: true
        suboptions:
          role_arn:
            description: ARN of a role of another account.
            type: str
            required: true
          profile:
            description: Name of its profile in RV(client_profiles). The role's own name if it isn't given.
            type: str
  users:
    description: The people. A group has exactly the members that this declares.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the user, without path.
        type: str
        required: true
      path:
        description: IAM path of the user, as roles that trust the user by ARN have it. O(path) if it isn't given.
        type: str
      groups:
        description: Names of the O(groups) that the user is in, at least one, 10 at most.
        type: list
        elements: str
        required: true
      register_mfa:
        description:
          - Whether the user may register a first MFA device without MFA. Say so when password or key are handed over,
            and not before, since whoever has them can register a device, too.
          - It is the tag C(closednet:register-mfa) of the user, which a run takes away as soon as there is a device, or
            when this is V(false). A user who is created elsewhere (O(manage_users=false)) needs that tag with the value
            C(yes) from there.
        type: bool
        default: false
      ssh_public_keys:
        description:
          - The user's SSH public keys, exactly these; others are deleted, those that the user uploaded, too. Without
            this option they are the user's own affair.
          - IAM takes RSA keys of 2048 bits or more, 5 for a user, and uses them for CodeCommit only.
        type: list
        elements: str
  manage_users:
    description:
      - Whether the users are created here, and deleted when they are no longer declared. Otherwise they have to be
        there, and only their membership in O(groups) changes.
      - A user who is deleted loses access keys, password, MFA devices, SSH keys, policies and memberships with it.
    type: bool
    default: true
  accept_removal:
    description: Names of users who may be deleted though they have an active access key, or signed in to the console in
      the last 30 days. Any other such user stops the module before it writes anything.
    type: list
    elements: str
    default: []
  self_service:
    description: What people may change of their own, besides their MFA device. V(access_keys) lets them make their
      own lasting keys, which the AWS CLI needs to switch roles unless somebody else makes them.
    type: list
    elements: str
    choices: [access_keys, password, ssh_public_keys]
    default: [password, ssh_public_keys]
  mfa_max_age:
    description: Seconds since MFA after which a switch is refused, from 60 to 3600.
    type: int
    default: 900
  source_profile:
    description: The profile with the user's own key that RV(client_profiles) refer to.
    type: str
    default: identity
  duration_seconds:
    description:
      - How long a session lasts that RV(client_profiles) ask for, from 900 to 3600. It is what clients ask for, and
        binds nobody.
      - The AWS CLI and boto3 renew a session 15 minutes before its end, so that with V(900) each command asks for a new
        code, and a program asks again and again. With V(1800) they ask every 15 minutes.
    type: int
    default: 900
notes:
  - What O(confirm_removals) names here is a group that this module made, as C(NAME/iam_group.GROUP), a user, as
    C(NAME/identity_user.USER), with O(manage_users=false) a member who isn't in O(users), as C(NAME/GROUP/USER), or a
    role that a group could switch to, as C(NAME/ARN).
  - AWS's own example of such a policy lets users create virtual MFA devices of any name, and a user may have eight.
    Whoever has stolen a key could so enable another device without MFA. Here a device has to be named as its user.
  - While a user may register a device (O(users[].register_mfa)), whoever has the password or key can register one. Have
    it done when both are handed over, and run this again; RV(notes) name users who have none.
  - A device that was created and not enabled can only be deleted by an administrator.
  - A user whose password has to be reset at the first sign-in can't do so, since that is before MFA; create the login
    profile without C(PasswordResetRequired).
  - A user with Git credentials (service-specific credentials) or a signing certificate isn't deleted; AWS says so.
seealso:
  - module: closednet.aws.pci_role_guard
  - name: "IAM: Allows IAM users to self-manage an MFA device"
    description: The policy that O(self_service) begins with.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_mfa-selfmanage.html
  - name: Using an IAM role in the AWS CLI
    description: What the lines of RV(client_profiles) mean.
    link: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
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
- name: Who may switch to the roles of a PCI account
  closednet.aws.pci_identity:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/identity-operator
    region: eu-central-1
    name: pci
    groups:
      - name: pci-admins
        roles:
          - {role_arn: "arn:aws:iam::444444444444:role/pci/admin", profile: pci-admin}
          - {role_arn: "arn:aws:iam::444444444444:role/pci/operator", profile: pci-operator}
      - name: pci-auditors
        roles:
          - {role_arn: "arn:aws:iam::444444444444:role/pci/auditor", profile: pci-auditor}
    users:
      - {name: ann, groups: [pci-admins]}
      - {name: eve, groups: [pci-auditors], register_mfa: true}  # new

- name: Users that are created elsewhere are only put into the groups
  closednet.aws.pci_identity:
    account_id: "111111111111"
    region: eu-central-1
    name: pci
    manage_users: false
    groups:
      - name: pci-auditors
        roles:
          - {role_arn: "arn:aws:iam::444444444444:role/pci/auditor"}
    users:
      - {name: eve, path: /staff/, groups: [pci-auditors]}

- name: Remove it, with a user who was there yesterday
  closednet.aws.pci_identity:
    account_id: "111111111111"
    region: eu-central-1
    name: pci
    accept_removal: [ann]
    state: absent
"""

RETURN = r"""
client_profiles:
  description: For each user the profiles for the AWS CLI's config file (C(~/.aws/config)). There is nothing secret in
    them.
  returned: when O(state=present)
  type: dict
  sample:
    eve: |
      [profile pci-auditor]
      role_arn = arn:aws:iam::444444444444:role/pci/auditor
      source_profile = identity
      mfa_serial = arn:aws:iam::111111111111:mfa/eve
      role_session_name = eve
      duration_seconds = 900
groups:
  description: ARN of each group that is there after the run; in check mode, of each that was.
  returned: success
  type: dict
  sample: {pci-auditors: "arn:aws:iam::111111111111:group/pci/pci-auditors"}
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
    - address: iam_membership.pci-auditors eve
      action: create
      operation: iam.add_user_to_group
      before: null
      after: {group: pci-auditors, user: eve}
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
  description: Who has no MFA device yet; a root user that has access keys or no MFA.
  returned: success
  type: list
  elements: str
  sample: ["eve has no MFA device yet, and can do no more than register one, named eve"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: ["ann has more than this declares: policy ReadOnlyAccess; this account has to take it away"]
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {identity_user.eve: "arn:aws:iam::111111111111:user/pci/eve"}
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
  sample: {"iam:GetAccountAuthorizationDetails": 1, "iam:ListMFADevices": 2, "iam:ListPolicyTags": 3}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.pci_identity import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
