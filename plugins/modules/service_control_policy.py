#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: service_control_policy
short_description: A service control policy of an organization, and what it is attached to
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Creates a service control policy in the organization's management account and attaches it, such as the one that
    M(closednet.aws.pci_role_guard) returns.
  - It restricts neither the management account nor service-linked roles.
options:
  name:
    description: Name of the policy, unique in its organization. The tag
      C(closednet:managed=service_control_policy/NAME) contains it.
    type: str
    required: true
  description:
    description: What the policy is for.
    type: str
    default: ''
  content:
    description: The policy document. Required with O(state=present).
    type: dict
  target_ids:
    description: IDs of the accounts, organizational units or root to attach it to. It is detached from all others.
    type: list
    elements: str
    default: []
notes:
  - Service control policies must be enabled in the organization. If they aren't, nothing is written.
  - New targets are attached before old ones are detached, so an account that moves between them is always restricted.
seealso:
  - module: closednet.aws.pci_role_guard
  - name: Service control policies
    description: What they do, and to whom.
    link: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep everybody from creating users in a PCI account
  closednet.aws.service_control_policy:
    account_id: "999999999999"
    region: eu-central-1
    name: pci-no-users
    content:  # such as pci_role_guard's service_control_policy
      Version: "2012-10-17"
      Statement:
        - Sid: NoUsers
          Effect: Deny
          Action: [iam:CreateUser, iam:CreateAccessKey]
          Resource: "*"
    target_ids: ["444444444444"]

- name: Delete it
  closednet.aws.service_control_policy:
    account_id: "999999999999"
    region: eu-central-1
    name: pci-no-users
    state: absent
"""

RETURN = r"""
policy_id:
  description: ID of the policy, null if there is none.
  returned: success
  type: str
  sample: p-0123456789
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
    - address: service_control_policy.pci-no-users:targets.attach.444444444444
      action: change
      operation: organizations.attach_policy
      before: {targets: []}
      after: {targets: ["444444444444"]}
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
  description: What to know about the policy and its targets.
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
  sample: {service_control_policy.pci-no-users: p-0123456789}
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
  sample: {"organizations:ListPolicies": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.service_control_policy import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
