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
  - Attaches the VPC of one account to a Transit Gateway that another account shares with it through AWS RAM, adds the
    routes to it, and creates the security group that allows inbound traffic from the hub.
  - The hub has to accept the attachment, with M(closednet.aws.tgw_hub) in its own account. Until then the module
    reports RV(attachment_state=pendingAcceptance), doesn't fail and adds no route. Run it again after the hub to add
    the routes.
  - Needs no credential of the hub's account.
options:
  name:
    description:
      - Name of the spoke, unique in its account and region. The tag C(closednet:managed=tgw_spoke/NAME) contains it;
        the module finds its resources by this tag.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  transit_gateway_id:
    description:
      - ID of the Transit Gateway. Only needed if the hub's account shares several with this account.
      - One of O(transit_gateway_id) and O(hub_account_id) is required. If both are given, both must match.
    type: str
  hub_account_id:
    description:
      - Account that shares the Transit Gateway. If sharing needs an invitation (RAM sharing within the organization is
        off, or the accounts are in two organizations), the module accepts only the one from this account.
    type: str
  vpc_id:
    description: ID of the VPC to attach, if M(closednet.aws.tiered_vpc) didn't create it. Mutually exclusive with
      O(vpc_name).
    type: str
  vpc_name:
    description: Name of the VPC in M(closednet.aws.tiered_vpc). Default is O(name).
    type: str
  attachment_tier:
    description:
      - Tier whose subnets the attachment uses, one in each availability zone. AWS recommends separate small subnets for
        it.
      - In a VPC without tiers, the ID of a subnet.
    type: str
    default: tgw
  attachment_subnet_ids:
    description: Subnets to use instead of a tier's, one in each availability zone. For a VPC without tiers, with
      O(vpc_id). Resources in other zones can't reach the Transit Gateway; RV(ignore:notes) lists these zones.
    type: list
    elements: str
  tiers:
    description: Tiers whose route tables get the routes to O(destinations). In a VPC without tiers, IDs of route
      tables.
    type: list
    elements: str
    default: []
  direct_tiers:
    description: Those of O(tiers) that answer by the VPC's own internet gateway
      (O(closednet.aws.tiered_vpc#module:tiers[].internet=direct)). They get no default route.
    type: list
    elements: str
    default: []
  destinations:
    description:
      - Destinations that are reached through the Transit Gateway, as CIDRs or IDs of managed prefix lists. V(0.0.0.0/0)
        sends all IPv4 traffic without a more specific route there, V(::/0) all IPv6 traffic.
      - The module fails if a route to the same destination has another target. For default routes see
        O(ready_destinations).
    type: list
    elements: str
    default: []
  ready_destinations:
    description: Those of O(destinations) that are default routes and for which the hub says that its way out is ready
      (RV(closednet.aws.tgw_hub#module:default_routes)). Only for these, a default route that
      M(closednet.aws.tiered_vpc) created, such as one to a NAT gateway, is led to the Transit Gateway, by one call.
      Until then it stays.
    type: list
    elements: str
    default: []
  other_targets:
    description:
      - IDs of VPC peering connections of the VPC, and of other targets in its route tables, that are expected, such as
        V(pcx-0123456789abcdef0), V(vgw-0123456789abcdef0) or V(eni-0123456789abcdef0); of a core network its ARN.
      - Anything not named is reported as a finding (RV(ignore:findings)), because it connects the VPC to others outside
        the hub's segments. Routes to the hub's Transit Gateway, to gateway endpoints and to the internet needn't be
        named.
    type: list
    elements: str
    default: []
  routes_quota:
    description: Maximum number of routes in a route table. AWS's quota is 500 for IPv4 and IPv6 each, and can be raised
      to 1000. A prefix list counts as its maximum number of entries. Exceeding it fails before the first write.
    type: int
    default: 500
  dns_support:
    description: Whether the attachment has DNS support.
    type: bool
    default: true
  appliance_mode:
    description: Whether both directions of a flow use the same availability zone, as stateful appliances in the VPC
      require.
    type: bool
    default: false
  security_group_referencing:
    description: Whether inbound rules of this VPC can reference security groups of other VPCs that are attached to the
      Transit Gateway. Both the attachment and the Transit Gateway must have it.
    type: bool
    default: true
  ipv6_support:
    description:
      - Whether the attachment supports IPv6. The subnets of O(attachment_tier) then need IPv6 CIDRs. The VPC's IPv6
        CIDRs are propagated to the hub and must be declared there
        (O(closednet.aws.tgw_hub#module:attachments[].cidrs)).
      - Without this option it is off for a new attachment and unchanged for an existing one, and reported in
        RV(findings) if it is on.
    type: bool
  from_hub:
    description:
      - Inbound traffic to allow from the hub. Creates the security group C(closednet-from-hub) with exactly these
        inbound rules and no outbound one. Attach it to the resources that the hub has to reach.
      - Without this option there is no such group; one that the module created is deleted.
    type: dict
    suboptions:
      sources:
        description: Sources to allow, as CIDRs, IDs of managed prefix lists or IDs of security groups.
        type: list
        elements: str
        required: true
      tcp:
        description: TCP ports and port ranges, such as V(443) or V(8000-8080).
        type: list
        elements: str
        default: []
      udp:
        description: UDP ports and port ranges.
        type: list
        elements: str
        default: []
notes:
  - O(confirm_removals) takes the security group of O(from_hub), as C(SPOKE/security_group.from_hub).
  - Routes have no tags. An undeclared route to this Transit Gateway is removed from route tables that
    M(closednet.aws.tiered_vpc) created, and stays in others. O(state=absent) removes the declared routes from those,
    too.
  - The module doesn't change or delete subnets and the VPC, and changes only the routes of route tables. The Transit
    Gateway and its route tables belong to the hub's account.
  - Deleting an accepted attachment takes effect at once, for the hub, too, without a run of the hub.
  - The first attachment of an account creates the service-linked role C(AWSServiceRoleForVPCTransitGateway).
seealso:
  - module: closednet.aws.tgw_hub
  - module: closednet.aws.tiered_vpc
  - name: Amazon VPC attachments in AWS Transit Gateway
    description: States of an attachment, and subnets for it.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
  - name: Work with shared transit gateways
    description: What an account can do with another account's Transit Gateway.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-share.html
  - name: AWS Transit Gateway design best practices
    description: Why an attachment gets separate subnets.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-best-design-practices.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.adoption
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

- name: Show whether the hub has to run next
  ansible.builtin.debug:
    msg: "{{ spoke.attachment_id }} is {{ spoke.attachment_state }}"

- name: Attach an existing VPC, by the IDs of a subnet and a route table
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
  description: ID of the VPC. C(null) if it doesn't exist.
  returned: success
  type: str
  sample: vpc-0123456789abcdef0
vpc_cidrs:
  description: All CIDRs of the VPC, IPv6 only if the attachment supports it. M(closednet.aws.tgw_hub) takes them as
    O(closednet.aws.tgw_hub#module:attachments[].actual_cidrs).
  returned: success
  type: list
  elements: str
  sample: [10.1.0.0/16]
transit_gateway_id:
  description: ID of the Transit Gateway. C(null) while it isn't shared with the account.
  returned: success
  type: str
  sample: tgw-0123456789abcdef0
attachment_id:
  description: ID of the attachment. C(null) if it doesn't exist.
  returned: success
  type: str
  sample: tgw-attach-0123456789abcdef0
attachment_state:
  description: State of the attachment after the run, as AWS reports it, normally V(available) or V(pendingAcceptance).
    C(null) if it doesn't exist.
  returned: success
  type: str
  sample: pendingAcceptance
routed:
  description: Whether all declared routes lead to the Transit Gateway after the run. V(false) while the attachment
    isn't accepted, or a default route stays where it leads.
  returned: success
  type: bool
  sample: true
default_routes:
  description: Destinations of default routes to the Transit Gateway that the VPC's tables may have after the run.
  returned: success
  type: list
  elements: str
  sample: [0.0.0.0/0]
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
    - address: transit_gateway_route.main/app/10.0.0.0/16
      action: create
      operation: ec2.create_route
      before: null
      after:
        route_table: rtb-0123456789abcdef0
        destination: 10.0.0.0/16
        transit_gateway: tgw-0123456789abcdef0
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
  description: What a later run does, after the hub has accepted the attachment.
  returned: success
  type: list
  elements: str
  sample: ["routes of attachment main follow once the hub has accepted it (now: not created)"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample:
    - "tgw-attach-0123456789abcdef0 is pendingAcceptance: the hub, account 111111111111, has to accept it; run the hub,
      then this account: its routes follow"
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {transit_gateway.main: tgw-0123456789abcdef0, transit_gateway_attachment.main: tgw-attach-0123456789abcdef0}
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
  sample: {"ec2:DescribeTransitGateways": 1, "ec2:DescribeTransitGatewayVpcAttachments": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.tgw_spoke import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
