#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: vpc_block_public_access
short_description: VPC Block Public Access of an account in a region, and its exclusions
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Sets the mode of VPC Block Public Access for all VPCs of the account in the region, and manages the exclusions of
    single VPCs and subnets. While it is on, no route, security group or public address allows traffic through internet
    gateways that the mode blocks.
  - If a VPC with network interfaces and an internet gateway or an egress-only internet gateway would lose its path to
    the internet, the module fails before it writes anything, unless O(accept_cut_off) names it. The plan names each in
    RV(notes).
options:
  name:
    description:
      - Name of these settings, unique in the account and region. The module finds the exclusions by their tag
        C(closednet:managed=vpc_block_public_access/NAME).
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  internet_gateway_block_mode:
    description:
      - V(block-bidirectional) blocks all traffic to and from internet gateways and egress-only internet gateways.
      - V(block-ingress) allows what NAT gateways and egress-only internet gateways send out, and the answers.
      - V(off) blocks nothing. Quote it, since YAML reads it as a boolean.
      - Without this option the mode is left unchanged. The account can't change a mode that a declarative policy of the
        organization sets.
    type: str
    choices: ["off", block-bidirectional, block-ingress]
  exclusions:
    description: VPCs and subnets to exclude from the mode. An exclusion that the module created and that isn't declared
      is deleted. AWS allows one for each, and 50 at most unless the quota was raised.
    type: list
    elements: dict
    default: []
    suboptions:
      vpc_id:
        description: ID of a VPC of this account; the exclusion applies to all its subnets. Either this or
          O(exclusions[].subnet_id) is required.
        type: str
      subnet_id:
        description: ID of a subnet of this account.
        type: str
      internet_gateway_exclusion_mode:
        description:
          - V(allow-bidirectional) allows all traffic.
          - V(allow-egress) allows outbound traffic that V(block-bidirectional) would block. With V(block-ingress) it
            has no effect.
        type: str
        choices: [allow-bidirectional, allow-egress]
        required: true
  accept_cut_off:
    description: IDs of VPCs that may lose their path to the internet, and of subnets that may lose it with their
      exclusion. A VPC in which only single subnets are excluded counts as one that loses it.
    type: list
    elements: str
    default: []
notes:
  - The mode has no tag, so the module changes it whoever set it. O(state=absent) sets it to V(off) if it is the
    declared one and no declarative policy sets it. Another mode stays, and so do exclusions of others.
  - Exclusions take effect before the mode changes, and are deleted after it.
  - AWS takes minutes to change the mode; O(wait_timeout) applies.
  - Another account's VPC whose subnets are shared with this one follows that account's mode, and isn't checked.
  - AWS doesn't document its error for a change during another one; the module expects C(IncorrectState), and waits.
seealso:
  - name: Block public access to VPCs and subnets
    description: What each mode blocks, and for which services.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Block all traffic except that of one VPC
  closednet.aws.vpc_block_public_access:
    account_id: "444444444444"
    assume_role_arn: arn:aws:iam::444444444444:role/network-operator
    region: eu-central-1
    name: delta
    internet_gateway_block_mode: block-bidirectional
    exclusions:
      - vpc_id: vpc-0123456789abcdef0
        internet_gateway_exclusion_mode: allow-bidirectional

- name: Cut off a VPC with an internet gateway on purpose
  closednet.aws.vpc_block_public_access:
    account_id: "444444444444"
    region: eu-central-1
    name: delta
    internet_gateway_block_mode: block-ingress
    accept_cut_off: [vpc-0123456789abcdef1]

- name: Turn it off
  closednet.aws.vpc_block_public_access:
    account_id: "444444444444"
    region: eu-central-1
    name: delta
    internet_gateway_block_mode: block-bidirectional
    state: absent
"""

RETURN = r"""
internet_gateway_block_mode:
  description: The mode after the run; in check mode, the one that a run would lead to.
  returned: success
  type: str
  sample: block-bidirectional
managed_by:
  description: Who sets the mode, V(account) or V(declarative-policy).
  returned: success
  type: str
  sample: account
exclusions:
  description: All exclusions after the run, including those of others. In check mode, those that exist.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the exclusion.
      type: str
    resource:
      description: ID of the VPC or subnet.
      type: str
  sample:
    - {id: vpcbpa-exclude-0123456789abcdef0, resource: vpc-0123456789abcdef0}
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
    - address: block_public_access.main:mode
      action: change
      operation: ec2.modify_vpc_block_public_access_options
      before: {mode: "off"}
      after: {mode: block-bidirectional}
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
  description: What the run cuts off, or would; a mode that stays.
  returned: success
  type: list
  elements: str
  sample:
    - "vpc-0123456789abcdef1 is cut off: loses traffic from the internet; has igw-0123456789abcdef0; network interfaces:
      2 interface, 1 nat_gateway"
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
  sample: {block_public_access_exclusion.vpc-0123456789abcdef0: vpcbpa-exclude-0123456789abcdef0}
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
  sample: {"ec2:DescribeVpcBlockPublicAccessExclusions": 1, "ec2:DescribeVpcBlockPublicAccessOptions": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.vpc_block_public_access import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
