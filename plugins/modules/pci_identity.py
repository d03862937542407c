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
  - Creates IAM groups whose members may switch to exactly the declared roles, with MFA that is at most O(mfa_max_age)
    old, and may manage their own MFA device, password and SSH public keys. Without MFA they can only register a first
    device, and only while O(users[].register_mfa) is true. Also creates the users, or adds existing users to the
    groups.
  - M(closednet.aws.pci_role_guard) creates the roles. A user must be allowed on both sides.
  - It neither creates nor shows passwords or access keys. Give a new user the first one by other means.
options:
  name:
    description: Name of this declaration, unique in its account. The tag C(closednet:managed=pci_identity/NAME) and
      the names of the policies contain it. Letters, digits and C(_+=,.@-), 64 at most.
    type: str
    required: true
  path:
    description: IAM path of the groups and policies. Groups have no tags, so the module manages all that is under the
      path. It refuses a path with policies of others, or with groups but no policy of its own.
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
            description: Name of its profile in RV(client_profiles). Default is the role's name.
            type: str
  users:
    description: The people. A group has exactly the members declared here.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the user, without path.
        type: str
        required: true
      path:
        description: IAM path of the user, as in the ARN that the roles trust. Default is O(path).
        type: str
      groups:
        description: Names of the user's O(groups), 1 to 10.
        type: list
        elements: str
        required: true
      register_mfa:
        description:
          - Whether the user may register a first MFA device without MFA. Set it when you hand over password or key, and
            not before, because whoever has them can register a device.
          - It sets the user's tag C(closednet:register-mfa). A run removes the tag once there is a device, or when this
            is V(false). A user created elsewhere (O(manage_users=false)) needs that tag, with the value C(yes), from
            there.
        type: bool
        default: false
      ssh_public_keys:
        description:
          - The user's SSH public keys, exactly these; others are deleted, even if the user uploaded them. Without this
            option the module doesn't manage them.
          - IAM accepts RSA keys of at least 2048 bits, 5 per user, and uses them for CodeCommit only.
        type: list
        elements: str
  manage_users:
    description:
      - Whether the users are created here, and deleted when they are no longer declared. Otherwise they must exist, and
        only their membership in O(groups) changes.
      - A user's access keys, password, MFA devices, SSH keys, policies and memberships are deleted with the user.
    type: bool
    default: true
  accept_removal:
    description: Names of users who may be deleted although they have an active access key or signed in to the console
      in the last 30 days. For any other such user the module fails before it writes anything.
    type: list
    elements: str
    default: []
  self_service:
    description: What people may manage themselves, besides their MFA device. V(access_keys) lets them create their own
      long-term keys, which the AWS CLI needs to switch roles unless somebody else creates them.
    type: list
    elements: str
    choices: [access_keys, password, ssh_public_keys]
    default: [password, ssh_public_keys]
  mfa_max_age:
    description: Maximum age of MFA for a switch, in seconds, from 60 to 3600.
    type: int
    default: 900
  source_profile:
    description: Name of the profile with the user's own key, to which RV(client_profiles) refer.
    type: str
    default: identity
  duration_seconds:
    description:
      - Session duration that RV(client_profiles) request, in seconds, from 900 to 3600. It is only requested, not
        enforced.
      - The AWS CLI and boto3 renew a session 15 minutes before its end. So with V(900) each command asks for a new
        code, and a program asks repeatedly. With V(1800) they ask every 15 minutes.
    type: int
    default: 900
notes:
  - In O(confirm_removals), name a group that this module created as C(NAME/iam_group.GROUP), a user as
    C(NAME/identity_user.USER), with O(manage_users=false) a member who isn't in O(users) as C(NAME/GROUP/USER), and a
    role that a group could switch to as C(NAME/ARN).
  - AWS's example policy lets users create virtual MFA devices of any name, and a user may have eight. So somebody with
    a stolen key could enable another device without MFA. Here a device must have the name of its user.
  - While O(users[].register_mfa) is true, whoever has the password or key can register a device. Have the user do it at
    the handover, then run this again. RV(notes) name users who have no device.
  - Only an administrator can delete a device that was created and not enabled.
  - A user can't reset a password at the first sign-in, because that comes before MFA. Create the login profile without
    C(PasswordResetRequired).
  - AWS refuses to delete a user with Git credentials (service-specific credentials) or a signing certificate.
seealso:
  - module: closednet.aws.pci_role_guard
  - name: "IAM: Allows IAM users to self-manage an MFA device"
    description: The policy on which that of O(self_service) is based.
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
- name: Let people switch to the roles of a PCI account
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

- name: Only add users that are created elsewhere to the groups
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

- name: Delete it, with a user who signed in yesterday
  closednet.aws.pci_identity:
    account_id: "111111111111"
    region: eu-central-1
    name: pci
    accept_removal: [ann]
    state: absent
"""

RETURN = r"""
client_profiles:
  description: For each user, the profiles for the AWS CLI's config file (C(~/.aws/config)). They contain no secrets.
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
  description: ARN of each group that exists after the run. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {pci-auditors: "arn:aws:iam::111111111111:group/pci/pci-auditors"}
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
    - address: iam_membership.pci-auditors eve
      action: create
      operation: iam.add_user_to_group
      before: null
      after: {group: pci-auditors, user: eve}
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
  description: Who has no MFA device yet; a root user that has access keys or no MFA.
  returned: success
  type: list
  elements: str
  sample: ["eve has no MFA device yet, and can do no more than register one, named eve"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample: ["ann has more than this declares: policy ReadOnlyAccess; this account has to take it away"]
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {identity_user.eve: "arn:aws:iam::111111111111:user/pci/eve"}
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
  sample: {"iam:GetAccountAuthorizationDetails": 1, "iam:ListMFADevices": 2, "iam:ListPolicyTags": 3}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.pci_identity import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
