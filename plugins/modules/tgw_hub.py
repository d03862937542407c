#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: tgw_hub
short_description: A Transit Gateway, its segments, and whom it lets in
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Makes the Transit Gateway of the shared-services account and keeps it so, with one route table for each segment, the
    AWS RAM share through which other accounts see it, and the attachments of the account's own VPCs.
  - Accepts the attachments of the declared VPCs of the declared accounts, which they asked for with
    M(closednet.aws.tgw_spoke), names them after their account, associates each with the route table of its segment and
    propagates its routes to the segments that may reach it. What isn't declared is not accepted and has no place in any
    of these route tables.
  - Compares all routes of these tables with what is declared. An account can add a range to its VPC at any time, and
    its VPC then propagates that too, which takes the traffic of whomever the range belongs to. The module routes such
    an attachment's declared ranges by static routes and switches its propagation off, so that it keeps its connection
    and gets nobody else's traffic. RV(ignore:findings) tells it.
  - Puts VPN, Direct Connect gateway, Connect and peering attachments that are created elsewhere into segments.
  - A spoke that hasn't asked yet is reported in RV(pending) and RV(ignore:notes), and is no failure.
  - Needs no credential of the spokes' accounts, and its reads don't grow with their number, pages aside.
options:
  name:
    description:
      - Name of the hub, unique in its account and region. It is in the tag C(closednet:managed=tgw_hub/NAME), by which
        the Transit Gateway and all that belongs to it is found again, so another name is another Transit Gateway.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  description:
    description: The Transit Gateway's description.
    type: str
    default: ""
  amazon_side_asn:
    description: Private autonomous system number of the Amazon side of a BGP session, V(64512) to V(65534) or
      V(4200000000) to V(4294967294).
    type: int
    default: 64512
  dns_support:
    description: Whether public DNS host names are resolved to private addresses between attached VPCs.
    type: bool
    default: true
  vpn_ecmp_support:
    description: Whether equal-cost multipath routing is used between VPN connections.
    type: bool
    default: true
  security_group_referencing:
    description: Whether security groups can be named in inbound rules across attached VPCs that have it too.
    type: bool
    default: true
  cidr_blocks:
    description: CIDR blocks of the Transit Gateway itself, which Connect attachments need. IPv4 of /24 or larger, or
      IPv6. Exactly these; others are removed.
    type: list
    elements: str
    default: []
  segments:
    description:
      - The segments and who reaches whom between them, as a mapping by segment name. A segment is a set of attachments
        that share one route table of the Transit Gateway.
      - "C(isolated) (bool, default false): whether its members don't reach each other."
      - "C(reaches) (list of segments): whose members its members reach, and the other way round, because an answer
        needs a route back."
      - "C(static_routes) (list of mappings): routes of its table. C(destination) is an IPv4 CIDR or the ID of a managed
        prefix list; C(attachment) the name of an attachment of a segment that it reaches, or C(blackhole=true). The
        ranges of those whom the segment doesn't reach and that such a route holds get a blackhole route each, since
        what the route leads to could pass traffic on to them. A prefix list may hold any."
      - A segment that is no longer declared loses its route table.
      - Required with O(state=present).
    type: dict
  share_with:
    description:
      - Whom the Transit Gateway is shared with. Exactly these; others lose the share, and with it the sight of the
        Transit Gateway, while their attachments stay.
      - Without this option there is no share; one that the module made before is deleted.
    type: dict
    suboptions:
      organization:
        description: The whole organization of the account. Needs RAM sharing within AWS Organizations.
        type: bool
        default: false
      organizational_units:
        description: Organizational units, by ARN. Needs RAM sharing within AWS Organizations.
        type: list
        elements: str
        default: []
      accounts:
        description: Single accounts. One that is of the same organization needs no invitation, if RAM sharing within
          AWS Organizations is on; else M(closednet.aws.tgw_spoke) accepts it.
        type: list
        elements: str
        default: []
      outside_organization:
        description: Whether accounts outside the organization can be among them (C(allowExternalPrincipals)).
        type: bool
        default: false
  vpc_attachments:
    description: VPCs of the hub's own account to attach. Exactly these; an attachment that the module made and that
      isn't declared is deleted.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the attachment, unlike those of O(attachments).
        type: str
        required: true
      segment:
        description: Segment that it belongs to.
        type: str
        required: true
      cidrs:
        description: All CIDRs of the VPC, with O(vpc_attachments[].ipv6_support) those of IPv6, too. Used to find
          overlaps, and for O(blackholes), before anything is there to read.
        type: list
        elements: str
        required: true
      vpc_id:
        description: ID of the VPC, for one that M(closednet.aws.tiered_vpc) didn't make. Mutually exclusive with
          O(vpc_attachments[].vpc_name).
        type: str
      vpc_name:
        description: Name under which M(closednet.aws.tiered_vpc) made the VPC. Default is O(vpc_attachments[].name).
        type: str
      attachment_tier:
        description: Tier whose subnets the attachment uses, one in each availability zone. In a VPC without tiers, the
          ID of a subnet.
        type: str
        default: tgw
      attachment_subnet_ids:
        description: The subnets that the attachment uses instead of a tier's, one in each availability zone. For a VPC
          without tiers, with O(vpc_attachments[].vpc_id). What is in another zone can't reach the Transit Gateway,
          which a note says.
        type: list
        elements: str
      tiers:
        description: Tiers whose route tables get the routes to O(vpc_attachments[].destinations). In a VPC without
          tiers, IDs of route tables.
        type: list
        elements: str
        default: []
      destinations:
        description: What the VPC reaches through the Transit Gateway, as CIDRs or IDs of managed prefix lists.
        type: list
        elements: str
        default: []
      other_targets:
        description: IDs of VPC peering connections of the VPC, and of what else its route tables lead to, that are
          known and wanted, as O(closednet.aws.tgw_spoke#module:other_targets).
        type: list
        elements: str
        default: []
      dns_support:
        description: Whether the attachment has DNS support.
        type: bool
        default: true
      appliance_mode:
        description: Whether both directions of a flow use the same availability zone.
        type: bool
        default: false
      ipv6_support:
        description: Whether the attachment carries IPv6. The subnets of O(vpc_attachments[].attachment_tier) need IPv6
          ranges for it. Without this option it is left as it is, and told in RV(findings) where it is on.
        type: bool
  attachments:
    description:
      - The spokes, all of them. One that is no longer listed loses its association and its propagations; the attachment
        itself is its account's to delete.
      - An account can have more than one; each then needs its O(attachments[].vpc_id), and all are of one segment.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What the attachment is called in the hub, in its tags C(Name) and C(closednet:name). Unique.
        type: str
        required: true
      account_id:
        description: Account that the attachment must come from, to be accepted.
        type: str
        required: true
      segment:
        description: Segment that it belongs to. Moving it to another one takes it out of its route table before it
          enters the next, so it is cut off for a moment.
        type: str
        required: true
      cidrs:
        description: All CIDRs of its VPC, those of IPv6, too, where the attachment supports it. Those of two
          attachments that meet in a route table must not overlap.
        type: list
        elements: str
        required: true
      vpc_id:
        description:
          - The VPC that is meant. An attachment of another VPC of the account is not accepted.
          - Without it nothing new is accepted of the account, and RV(unidentified) names it. What was accepted before
            stays; it is known by the tags that the module gave it.
          - The role P(closednet.aws.hub#role) takes it from the spoke's phase of the same run.
        type: str
      actual_cidrs:
        description:
          - The CIDRs that its VPC has, as read in its own account (RV(closednet.aws.tgw_spoke#module:vpc_cidrs)).
          - Once the propagation of an attachment is off, because it propagated more than O(attachments[].cidrs), only
            this tells that its VPC is as declared again. Then the propagation is back.
        type: list
        elements: str
  other_attachments:
    description:
      - Attachments of other kinds than VPCs, made elsewhere. Each is associated with the route table of its segment and
        reached by the segments that reach it. None is accepted, tagged or deleted.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the attachment, unlike those of O(attachments) and O(vpc_attachments).
        type: str
        required: true
      attachment_id:
        description: ID of the attachment.
        type: str
        required: true
      resource_type:
        description: What is attached, in AWS's words. Of a V(peering) AWS propagates nothing, so that its
          O(other_attachments[].cidrs) get static routes.
        type: str
        required: true
        choices: [vpn, direct-connect-gateway, connect, peering]
      segment:
        description: Segment that it belongs to.
        type: str
        required: true
      cidrs:
        description: All that lies behind it, as IPv4 CIDRs. One may hold the range of a VPC, whose more specific route
          wins. What it propagates beyond these isn't routed.
        type: list
        elements: str
        required: true
  detached:
    description:
      - Accounts that are declared to leave. Their attachments lose their place in the route tables without a
        confirmation, up to O(max_removals) and O(max_removals_percent). Of an account with several VPCs, once for each
        that is to leave.
      - What is neither here nor in O(attachments) and has been accepted by this module stays in its tables until
        O(confirm_removals) names it, as does an attachment of another kind that was in O(other_attachments).
    type: list
    elements: str
    default: []
  blackholes:
    description:
      - Whether to add to each isolated segment's route table a static blackhole route for each CIDR of its members. For
        the same destination a static route beats a propagated one, so the members stay apart even if somebody adds a
        propagation.
      - A route that is more specific still wins.
    type: bool
    default: false
  routes_quota:
    description: How many routes a route table of the hub's own VPC takes. AWS's quota is 500, IPv4 and IPv6 apart, and
      can be raised to 1000. More are refused before the first write.
    type: int
    default: 500
  undeclared:
    description:
      - What happens to an attachment that waits for acceptance and isn't declared. V(report) leaves it waiting and
        lists it in RV(undeclared); V(reject) rejects it, unless its account is declared and which VPC is meant isn't
        known.
      - One that was accepted by somebody else is listed and is never rejected or deleted.
    type: str
    choices: [report, reject]
    default: report
  flow_logs:
    description:
      - Publishes flow logs of the Transit Gateway. AWS can't change a flow log, so one that differs is deleted and made
        anew.
      - Without this option flow logs are neither made nor removed. With O(state=absent) the module's own one is.
    type: dict
    suboptions:
      destination:
        description: ARN of the S3 bucket, with a folder if wanted, or of the CloudWatch Logs log group.
        type: str
        required: true
      destination_type:
        description: What O(flow_logs.destination) is.
        type: str
        choices: [s3, cloud-watch-logs]
        default: s3
      role_arn:
        description: ARN of the IAM role that lets Amazon EC2 publish to the log group. Required with
          O(flow_logs.destination_type=cloud-watch-logs).
        type: str
notes:
  - What O(confirm_removals) names here is a spoke, by its name, that is neither in O(attachments) nor, by its account,
    in O(detached) and whose attachment this module accepted and tagged; one of the hub's own attachments, as
    C(HUB/transit_gateway_attachment.NAME); or an attachment of another kind, by its ID. A VPC that somebody else put
    into a table is taken out without it.
  - Automatic acceptance, default association and default propagation are always off in this Transit Gateway. Who joins,
    and where, is declared.
  - The route tables that the module made hold exactly what is declared. An association, a propagation, a static route,
    a blackhole route or a prefix list that somebody added is removed; to keep one, declare it in C(static_routes) of
    its segment. Route tables that others made are left alone; what is associated with one and isn't declared is a
    finding.
  - Findings, of which nothing is changed, are policy tables and NAT of an attachment, attachments that aren't declared
    and were accepted, kinds and states that the module doesn't know, VPC peering connections of the account's own
    attached VPCs, and routes in these to anything but the Transit Gateway, gateway endpoints and the internet.
  - A declared spoke's attachment gets the tags C(closednet:managed), C(closednet:name) and C(Name) in the hub's
    account. Its owner sees his own tags only. It isn't deleted from here.
  - Routes carry no tags. One that leads to this Transit Gateway and isn't declared is removed from route tables that
    M(closednet.aws.tiered_vpc) made, and left alone in others. O(state=absent) removes the declared ones there too.
  - With O(state=absent) spokes' attachments, and those of other kinds, hold the Transit Gateway. The module fails
    before it deletes anything, and lists them with their accounts; remove them there first.
seealso:
  - module: closednet.aws.tgw_spoke
  - module: closednet.aws.tiered_vpc
  - plugin: closednet.aws.inventory_problems
    plugin_type: filter
    description: Finds overlaps and unknown segments over a whole inventory.
  - name: How AWS Transit Gateway works
    description: Route tables, association, propagation, and the order in which routes are evaluated.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
  - name: Sharing within AWS Organizations
    description: How to switch it on, once in the organization's management account.
    link: https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html
  - name: Quotas for AWS Transit Gateway
    description: Route tables, attachments and routes of one Transit Gateway.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.removals
  - closednet.aws.removals.limits
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Customers reach shared services and are reached by them, and no customer reaches another
  closednet.aws.tgw_hub:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/network-operator
    region: eu-central-1
    name: shared-services
    segments:
      shared: {}
      customers: {isolated: true, reaches: [shared]}
    share_with: {organization: true}
    vpc_attachments:
      - name: shared-services
        segment: shared
        cidrs: [10.0.0.0/16]
        tiers: [app]
        destinations: [10.0.0.0/8]
    attachments:
      - {name: alpha, account_id: "222222222222", segment: customers, cidrs: [10.1.0.0/16]}
      - {name: beta, account_id: "333333333333", segment: customers, cidrs: [10.2.0.0/16]}
    blackholes: true
  register: hub

- name: Say which accounts have to run next
  ansible.builtin.debug:
    msg: "waiting for {{ hub.pending }}, not declared: {{ hub.undeclared }}"

- name: A Transit Gateway for one organizational unit and one account, which turns others away
  closednet.aws.tgw_hub:
    account_id: "111111111111"
    region: eu-central-1
    name: pci
    amazon_side_asn: 64513
    segments:
      cardholder-data: {isolated: true}
    share_with:
      organizational_units: [arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-abcdefgh]
      accounts: ["444444444444"]
    attachments:
      - name: gamma
        account_id: "444444444444"
        segment: cardholder-data
        cidrs: [10.3.0.0/16]
        vpc_id: vpc-0123456789abcdef0
    undeclared: reject
    flow_logs:
      destination: arn:aws:s3:::flow-logs-of-shared-services/transit-gateway

- name: An office behind a VPN that is created elsewhere, and what customers send there beside what it propagates
  closednet.aws.tgw_hub:
    account_id: "111111111111"
    region: eu-central-1
    name: shared-services
    segments:
      shared: {}
      customers:
        isolated: true
        reaches: [shared]
        static_routes:
          - {destination: 172.16.0.0/12, attachment: office}
          - {destination: pl-0123456789abcdef0, attachment: office}
    attachments:
      - name: alpha
        account_id: "222222222222"
        segment: customers
        cidrs: [10.1.0.0/16]
        vpc_id: vpc-0123456789abcdef0
    other_attachments:
      - name: office
        attachment_id: tgw-attach-0123456789abcdef0
        resource_type: vpn
        segment: shared
        cidrs: [192.168.0.0/16]

- name: Remove the Transit Gateway, once the spokes' attachments are deleted
  closednet.aws.tgw_hub:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/network-operator
    region: eu-central-1
    name: shared-services
    state: absent
"""

RETURN = r"""
transit_gateway_id:
  description: ID of the Transit Gateway. Null while there is none.
  returned: success
  type: str
  sample: tgw-0123456789abcdef0
route_table_ids:
  description: ID of the Transit Gateway route table of each segment.
  returned: success
  type: dict
  sample: {customers: tgw-rtb-0123456789abcdef0, shared: tgw-rtb-0fedcba9876543210}
tables:
  description: What was in the route table of each segment when the run began. An attachment that isn't declared is
    named by its ID.
  returned: success
  type: dict
  contains:
    associations:
      description: Names of the attachments whose traffic is looked up in it.
      type: list
      elements: str
    propagations:
      description: Names of the attachments to whose CIDRs it has routes.
      type: list
      elements: str
    routes:
      description: All its routes, whoever made them.
      type: list
      elements: dict
      contains:
        cidr:
          description: Destination.
          type: str
        attachments:
          description: Names of the attachments that it leads to; none where AWS drops what it holds.
          type: list
          elements: str
        type:
          description: V(static) or V(propagated), in AWS's words.
          type: str
        state:
          description: V(active) or V(blackhole), in AWS's words.
          type: str
        prefix_list:
          description: ID of the prefix list that it comes from. Null for others.
          type: str
  sample:
    customers:
      associations: [alpha]
      propagations: [shared-services]
      routes:
        - {cidr: 10.0.0.0/16, attachments: [shared-services], type: propagated, state: active, prefix_list: null}
        - {cidr: 10.1.0.0/16, attachments: [], type: static, state: blackhole, prefix_list: null}
resource_share_arn:
  description: ARN of the RAM share. Null while there is none.
  returned: success
  type: str
  sample: arn:aws:ram:eu-central-1:111111111111:resource-share/01234567-89ab-cdef-0123-456789abcdef
pending:
  description: Names of the declared spokes that have no attachment yet. Their accounts have to run next.
  returned: success
  type: list
  elements: str
  sample: [beta]
unidentified:
  description: Names of the declared spokes whose account asks for an attachment, and of which the VPC isn't known
    (O(attachments[].vpc_id)). Nothing of theirs is accepted.
  returned: success
  type: list
  elements: str
  sample: [beta]
undeclared:
  description: Attachments that aren't declared, as they were when the run began.
  returned: success
  type: list
  elements: dict
  contains:
    attachment_id:
      description: ID of the attachment.
      type: str
    account_id:
      description: Account that it comes from.
      type: str
    vpc_id:
      description: ID of its VPC.
      type: str
    state:
      description: Its state, in AWS's words.
      type: str
  sample:
    - attachment_id: tgw-attach-0123456789abcdef0
      account_id: "555555555555"
      vpc_id: vpc-0123456789abcdef0
      state: pendingAcceptance
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
    - address: spoke_attachment.alpha:state
      action: change
      operation: ec2.accept_transit_gateway_vpc_attachment
      before: {state: pendingAcceptance}
      after: {state: available}
    - address: transit_gateway_association.alpha
      action: create
      operation: ec2.associate_transit_gateway_route_table
      before: null
      after: {attachment: tgw-attach-0123456789abcdef0, table: (known after transit_gateway_route_table.customers)}
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
  description: What asks for acceptance and isn't declared; before there is a Transit Gateway, who will
    have to ask.
  returned: success
  type: list
  elements: str
  sample: ["undeclared: tgw-attach-0123456789abcdef0 of account 555555555555 (vpc-0123456789abcdef0) is
    pendingAcceptance; left as it is"]
findings:
  description: What isn't as declared and no run of this module changes, each with who has to act. Fails nothing here;
    the playbook C(closednet.aws.verify) fails on it.
  returned: success
  type: list
  elements: str
  sample: ["beta: account 333333333333 has no attachment to accept yet; run its spoke, then the hub again"]
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {transit_gateway.main: tgw-0123456789abcdef0, transit_gateway_route_table.customers:
    tgw-rtb-0123456789abcdef0}
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
  sample: {"ec2:DescribeTransitGateways": 1, "ec2:DescribeTransitGatewayAttachments": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.tgw_hub import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
