#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: tgw_spoke
short_description: One account's attachment to the hub's Transit Gateway
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Attaches the VPC of one account to a Transit Gateway that another account shares with it by AWS RAM, adds the routes
    that lead to it, and makes the security group that says what may come in from the hub.
  - The hub has to accept the attachment, with M(closednet.aws.tgw_hub) in its own account. Until then the module
    reports RV(attachment_state=pendingAcceptance), doesn't fail and adds no route. Run again after the hub, it adds the
    routes.
  - Needs no credential of the hub's account.
options:
  name:
    description:
      - Name of the spoke, unique in its account and region. It is in the tag C(closednet:managed=tgw_spoke/NAME), by
        which what the module made is found again.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  transit_gateway_id:
    description:
      - ID of the Transit Gateway. Only needed where the hub's account shares more than one with this account.
      - One of O(transit_gateway_id) and O(hub_account_id) is required. With both, both must fit.
    type: str
  hub_account_id:
    description:
      - Account that shares the Transit Gateway. Where sharing needs an invitation (RAM sharing within the organization
        is off, or the accounts are of two organizations), the one from this account is accepted, and no other.
    type: str
  vpc_id:
    description: ID of the VPC to attach, for one that M(closednet.aws.tiered_vpc) didn't make. Mutually exclusive with
      O(vpc_name).
    type: str
  vpc_name:
    description: Name under which M(closednet.aws.tiered_vpc) made the VPC. Default is O(name).
    type: str
  attachment_tier:
    description:
      - Tier whose subnets the attachment uses, one in each availability zone. AWS advises small subnets of their own
        for it.
      - In a VPC without tiers, the ID of a subnet.
    type: str
    default: tgw
  attachment_subnet_ids:
    description: The subnets that the attachment uses instead of a tier's, one in each availability zone. For a VPC
      without tiers, with O(vpc_id). What is in another zone can't reach the Transit Gateway, which a note says.
    type: list
    elements: str
  tiers:
    description: Tiers whose route tables get the routes to O(destinations). In a VPC without tiers, IDs of route
      tables.
    type: list
    elements: str
    default: []
  destinations:
    description:
      - What is reached through the Transit Gateway, as CIDRs or IDs of managed prefix lists. V(0.0.0.0/0) sends
        everything of IPv4 there that no more specific route takes, V(::/0) everything of IPv6.
      - A route for the same destination with another target is in the way and makes the module fail.
    type: list
    elements: str
    default: []
  other_targets:
    description:
      - IDs of VPC peering connections of the VPC, and of what else its route tables lead to, that are known and wanted,
        such as V(pcx-0123456789abcdef0), V(vgw-0123456789abcdef0) or V(eni-0123456789abcdef0); of a core network its
        ARN.
      - What isn't named is a finding (RV(ignore:findings)), since it joins the VPC to others past the segments of the
        hub. Routes to the hub's Transit Gateway, to gateway endpoints and to the internet needn't be named.
    type: list
    elements: str
    default: []
  routes_quota:
    description: How many routes a route table takes. AWS's quota is 500, IPv4 and IPv6 apart, and can be raised to
      1000. A prefix list counts as its maximum number of entries. More are refused before the first write.
    type: int
    default: 500
  dns_support:
    description: Whether the attachment has DNS support.
    type: bool
    default: true
  appliance_mode:
    description: Whether both directions of a flow use the same availability zone, as a stateful appliance in the VPC
      needs it.
    type: bool
    default: false
  security_group_referencing:
    description: Whether security groups of other VPCs at the Transit Gateway can be named in inbound rules of this VPC.
      Both the attachment and the Transit Gateway must have it.
    type: bool
    default: true
  ipv6_support:
    description:
      - Whether the attachment carries IPv6. The subnets of O(attachment_tier) need IPv6 ranges for it. The VPC's IPv6
        blocks then are propagated to the hub, which has to know them
        (O(closednet.aws.tgw_hub#module:attachments[].cidrs)).
      - Without this option it is left as it is, off where the attachment is created, and told in RV(findings) where it
        is on.
    type: bool
  from_hub:
    description:
      - What may come in from the hub. Makes the security group C(closednet-from-hub) with exactly these inbound rules
        and no outbound one, to be put on what the hub is to reach.
      - Without this option there is no such group; one that the module made before is deleted.
    type: dict
    suboptions:
      sources:
        description: Where it may come from, as CIDRs, IDs of managed prefix lists or IDs of security groups.
        type: list
        elements: str
        required: true
      tcp:
        description: TCP ports and ranges of ports, such as V(443) or V(8000-8080).
        type: list
        elements: str
        default: []
      udp:
        description: UDP ports and ranges of ports.
        type: list
        elements: str
        default: []
notes:
  - What O(confirm_removals) names here is the security group of O(from_hub), as C(SPOKE/security_group.from_hub).
  - Routes carry no tags. One that leads to this Transit Gateway and isn't declared is removed from route tables that
    M(closednet.aws.tiered_vpc) made, and left alone in others. O(state=absent) removes the declared ones there too.
  - Subnets, route tables and the VPC itself are read and never changed or deleted. The Transit Gateway and its route
    tables belong to the hub's account.
  - Deleting an attachment that the hub has accepted takes effect at once, for the hub too; the hub needs no run for it.
  - The first attachment of an account makes the service-linked role C(AWSServiceRoleForVPCTransitGateway).
seealso:
  - module: closednet.aws.tgw_hub
  - module: closednet.aws.tiered_vpc
  - name: Amazon VPC attachments in AWS Transit Gateway
    description: States of an attachment, and subnets for it.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
  - name: Work with shared transit gateways
    description: What an account can do with the Transit Gateway of another one.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-share.html
  - name: AWS Transit Gateway design best practices
    description: Why an attachment gets subnets of its own.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-best-design-practices.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.tags
  - closednet.aws.rules_quota
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Attach a customer's VPC and route to shared services, which may call an HTTPS endpoint in it
  closednet.aws.tgw_spoke:
    account_id: "222222222222"
    assume_role_arn: arn:aws:iam::222222222222:role/network-operator
    region: eu-central-1
    name: alpha
    hub_account_id: "111111111111"
    tiers: [app]
    destinations: [10.0.0.0/16]
    from_hub:
      sources: [10.0.0.0/16]
      tcp: ["443", "8000-8080"]
  register: spoke

- name: Say whether the hub has to run next
  ansible.builtin.debug:
    msg: "{{ spoke.attachment_id }} is {{ spoke.attachment_state }}"

- name: Attach a VPC that was there before, by the ids of a subnet and of a route table
  closednet.aws.tgw_spoke:
    account_id: "333333333333"
    region: eu-central-1
    name: beta
    transit_gateway_id: tgw-0123456789abcdef0
    vpc_id: vpc-0123456789abcdef0
    attachment_tier: subnet-0123456789abcdef0
    tiers: [rtb-0123456789abcdef0]
    destinations: [pl-0123456789abcdef0]

- name: Detach the customer's VPC
  closednet.aws.tgw_spoke:
    account_id: "222222222222"
    assume_role_arn: arn:aws:iam::222222222222:role/network-operator
    region: eu-central-1
    name: alpha
    hub_account_id: "111111111111"
    state: absent
"""

RETURN = r"""
vpc_id:
  description: ID of the VPC. Null while there is none.
  returned: success
  type: str
  sample: vpc-0123456789abcdef0
vpc_cidrs:
  description: All CIDRs that the VPC has. M(closednet.aws.tgw_hub) takes them as
    O(closednet.aws.tgw_hub#module:attachments[].actual_cidrs).
  returned: success
  type: list
  elements: str
  sample: [10.1.0.0/16]
transit_gateway_id:
  description: ID of the Transit Gateway. Null while it isn't shared with the account.
  returned: success
  type: str
  sample: tgw-0123456789abcdef0
attachment_id:
  description: ID of the attachment. Null while there is none.
  returned: success
  type: str
  sample: tgw-attach-0123456789abcdef0
attachment_state:
  description: State of the attachment after the run, in AWS's words, V(available) or V(pendingAcceptance) when all is
    well. Null where there is none.
  returned: success
  type: str
  sample: pendingAcceptance
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
    - address: transit_gateway_route.main/app/10.0.0.0/16
      action: create
      operation: ec2.create_route
      before: null
      after:
        route_table: rtb-0123456789abcdef0
        destination: 10.0.0.0/16
        transit_gateway: tgw-0123456789abcdef0
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
  description: What follows in a later run, when the hub has accepted the attachment that this one creates.
  returned: success
  type: list
  elements: str
  sample: ["routes of attachment main follow once the hub has accepted it (now: not created)"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: ["tgw-attach-0123456789abcdef0 is pendingAcceptance: the hub has to accept it"]
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {transit_gateway.main: tgw-0123456789abcdef0, transit_gateway_attachment.main: tgw-attach-0123456789abcdef0}
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
  sample: {"ec2:DescribeTransitGateways": 1, "ec2:DescribeTransitGatewayVpcAttachments": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.tgw_spoke import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
