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
  - Makes a service control policy in the organization's management account and attaches it, such as the one that
    M(closednet.aws.pci_role_guard) renders.
  - It doesn't bind the management account, nor service-linked roles.
options:
  name:
    description: Name of the policy, unique in its organization, in the tag
      C(closednet:managed=service_control_policy/NAME).
    type: str
    required: true
  description:
    description: What it is for.
    type: str
    default: ''
  content:
    description: The policy document. Required with O(state=present).
    type: dict
  target_ids:
    description: IDs of the accounts, organizational units or the root that it is attached to, and to nothing else.
    type: list
    elements: str
    default: []
notes:
  - Service control policies have to be switched on in the organization. If they aren't, nothing is written.
  - New targets come before old ones go, so that an account that is moved from one to the other is always bound.
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
- name: No users in a PCI account, whoever asks
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

- name: Remove it
  closednet.aws.service_control_policy:
    account_id: "999999999999"
    region: eu-central-1
    name: pci-no-users
    state: absent
"""

RETURN = r"""
policy_id:
  description: ID of the policy.
  returned: when there is one
  type: str
  sample: p-0123456789
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
    - address: service_control_policy.pci-no-users:targets.attach.444444444444
      action: change
      operation: organizations.attach_policy
      before: {targets: []}
      after: {targets: ["444444444444"]}
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
  description: What is worth knowing.
  returned: success
  type: list
  elements: str
  sample: []
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: []
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {service_control_policy.pci-no-users: p-0123456789}
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
  sample: {"organizations:ListPolicies": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.service_control_policy import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
