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
plan:
  description: What the run changes, or would change in check mode, in order.
  returned: success
  type: list
  elements: dict
  contains:
    address:
      description: Which resource, and for a change which of its fields.
      type: str
    action:
      description: V(create), V(change) or V(delete).
      type: str
    operation:
      description: The API operation.
      type: str
    before:
      description: The fields as they were; none for what is created.
      type: dict
    after:
      description: The fields as declared; none for what is deleted.
      type: dict
  sample:
    - address: service_control_policy.pci-no-users:targets.attach.444444444444
      action: change
      operation: organizations.attach_policy
      before: {targets: []}
      after: {targets: ["444444444444"]}
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
  description: ID of each resource, by address.
  returned: success
  type: dict
  sample: {service_control_policy.pci-no-users: p-0123456789}
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: when AWS was called
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
