#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: tgw_hub
short_description: A Transit Gateway, its segments, and the attachments that it accepts
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Manages the Transit Gateway of the shared-services account, with one route table for each segment, the AWS RAM share
    with other accounts, and the attachments of the account's own VPCs.
  - Accepts the attachments that the declared accounts request for their declared VPCs with M(closednet.aws.tgw_spoke),
    names them, associates each with the route table of its segment and propagates its routes to the segments that may
    reach it. An attachment that isn't declared is not accepted and is in none of these route tables.
  - Compares all routes of these tables with the declaration. An account can add a CIDR to its VPC at any time; the VPC
    then propagates it, too, and takes the traffic of whoever owns that CIDR. The module replaces the propagation of
    such an attachment by static routes to its declared CIDRs, so it stays connected and gets no traffic of others.
    RV(ignore:findings) reports it.
  - Puts VPN, Direct Connect gateway, Connect and peering attachments that are created elsewhere into segments.
  - A spoke without an attachment is no failure. RV(pending) and RV(ignore:findings) list it; before the Transit Gateway
    exists, RV(ignore:notes) does.
  - Needs no credential of the spokes' accounts. The number of its read calls doesn't grow with their number, except for
    pages.
options:
  name:
    description:
      - Name of the hub, unique in its account and region. The module finds its resources by the tag
        C(closednet:managed=tgw_hub/NAME), so another name means another Transit Gateway.
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
    description: Whether inbound rules can reference security groups of other attached VPCs that have this option, too.
    type: bool
    default: true
  cidr_blocks:
    description: CIDR blocks of the Transit Gateway itself, which Connect attachments need. IPv4 /24 or larger, IPv6 /64
      or larger. Others are removed.
    type: list
    elements: str
    default: []
  segments:
    description:
      - The segments and which of them reach each other, as a mapping by segment name. A segment is a set of attachments
        that share one route table of the Transit Gateway.
      - "C(isolated) (bool, default false): whether its members can't reach each other."
      - "C(reaches) (list of segments): the segments that its members reach. It applies in both directions, because an
        answer needs a route back."
      - "C(static_routes) (list of mappings): static routes of its table. C(destination) is a CIDR or the ID of a
        managed prefix list; C(attachment) the name of an attachment of a segment that it reaches, or C(blackhole=true).
        If such a route covers CIDRs of attachments that the segment doesn't reach, each of them gets a blackhole route,
        because the route's target could forward traffic to them. A prefix list counts as covering all."
      - "C(egress) (bool, default false): whether the segment is the way out. It has exactly one attachment. The
        segments that reach it get static default routes to that attachment, C(0.0.0.0/0) and, if the attachment's CIDRs
        have IPv6, C(::/0), unless C(static_routes) has one; see O(egress_ready). What is behind the attachment can
        forward to all members, so the tables drop private ranges (RFC 1918, RFC 6598, RFC 4193) and the other CIDRs of
        attachments that their segment doesn't reach."
      - "C(internet_of) (segment): the segment with C(egress=true) of a firewall that is attached to the Transit Gateway
        itself, if this segment's one VPC leads from there to the internet. Its table leads back by the firewall."
      - The route table of a segment that is no longer declared is deleted.
      - Required with O(state=present).
    type: dict
  share_with:
    description:
      - Principals that the Transit Gateway is shared with. Others lose the share and no longer see the Transit Gateway,
        but keep their attachments.
      - Without this option there is no share; one that the module created is deleted.
    type: dict
    suboptions:
      organization:
        description: Share with the account's whole organization. Needs RAM sharing within AWS Organizations.
        type: bool
        default: false
      organizational_units:
        description: Organizational units, by ARN. Needs RAM sharing within AWS Organizations.
        type: list
        elements: str
        default: []
      accounts:
        description: Single accounts. One of the same organization needs no invitation if RAM sharing within AWS
          Organizations is on; otherwise M(closednet.aws.tgw_spoke) accepts the invitation.
        type: list
        elements: str
        default: []
      outside_organization:
        description: Whether accounts outside the organization are allowed (C(allowExternalPrincipals)).
        type: bool
        default: false
  vpc_attachments:
    description: VPCs of the hub's own account to attach. An attachment that the module created and that isn't declared
      is deleted.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the attachment. Not used in O(attachments).
        type: str
        required: true
      segment:
        description: Segment that it belongs to.
        type: str
        required: true
      cidrs:
        description: All CIDRs of the VPC, including IPv6 with O(vpc_attachments[].ipv6_support). Overlap checks and
          O(blackholes) use them before the VPC exists.
        type: list
        elements: str
        required: true
      vpc_id:
        description: ID of the VPC, if M(closednet.aws.tiered_vpc) didn't create it. Mutually exclusive with
          O(vpc_attachments[].vpc_name).
        type: str
      vpc_name:
        description: Name of the VPC in M(closednet.aws.tiered_vpc). Default is O(vpc_attachments[].name).
        type: str
      attachment_tier:
        description: Tier whose subnets the attachment uses, one in each availability zone. In a VPC without tiers, the
          ID of a subnet.
        type: str
        default: tgw
      attachment_subnet_ids:
        description: Subnets to use instead of a tier's, one in each availability zone. For a VPC without tiers, with
          O(vpc_attachments[].vpc_id). Resources in other zones can't reach the Transit Gateway; RV(ignore:notes) lists
          these zones.
        type: list
        elements: str
      direct_tiers:
        description: Those of O(vpc_attachments[].tiers) that answer by the VPC's own internet gateway
          (O(closednet.aws.tiered_vpc#module:tiers[].internet=direct)). They get no default route.
        type: list
        elements: str
        default: []
      tiers:
        description: Tiers whose route tables get the routes to O(vpc_attachments[].destinations). In a VPC without
          tiers, IDs of route tables.
        type: list
        elements: str
        default: []
      destinations:
        description: Destinations that the VPC reaches through the Transit Gateway, as CIDRs or IDs of managed prefix
          lists.
        type: list
        elements: str
        default: []
      other_targets:
        description: IDs of VPC peering connections of the VPC, and of other targets in its route tables, that are
          expected, as O(closednet.aws.tgw_spoke#module:other_targets).
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
        description: Whether the attachment supports IPv6. The subnets of O(vpc_attachments[].attachment_tier) then need
          IPv6 CIDRs. Without this option it is left unchanged, and reported in RV(findings) if it is on.
        type: bool
  attachments:
    description:
      - All spokes. One that is no longer listed loses its association and its propagations; its own account has to
        delete the attachment.
      - An account can have several; each then needs its O(attachments[].vpc_id), and all must be in one segment.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Unique name of the attachment in the hub, in its tags C(Name) and C(closednet:name).
        type: str
        required: true
      account_id:
        description: Account that must own the attachment for it to be accepted.
        type: str
        required: true
      segment:
        description: Segment that it belongs to. A move disassociates it from one route table before it is associated
          with the next, which interrupts its traffic for a moment.
        type: str
        required: true
      cidrs:
        description: All CIDRs of its VPC, including IPv6 if the attachment supports it. CIDRs of two attachments that
          meet in a route table must not overlap.
        type: list
        elements: str
        required: true
      vpc_id:
        description:
          - ID of the spoke's VPC. An attachment of another VPC of the account is not accepted.
          - Without it no new attachment of the account is accepted, and RV(unidentified) names the spoke. Accepted ones
            stay; the module finds them by the tags that it set.
          - The role P(closednet.aws.hub#role) takes it from the spoke's phase of the same run.
        type: str
      actual_cidrs:
        description:
          - CIDRs of its VPC, as read in its own account (RV(closednet.aws.tgw_spoke#module:vpc_cidrs)).
          - If the propagation of an attachment is off because it propagated more than O(attachments[].cidrs), the
            module turns it on again only after this option shows that the VPC is as declared.
        type: list
        elements: str
  other_attachments:
    description:
      - Attachments of other kinds than VPCs, created elsewhere. Each is associated with the route table of its segment,
        and the segments that reach it get routes to it. None is tagged or deleted, and only a firewall's
        (V(network-function)) is accepted.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the attachment. Not used in O(attachments) and O(vpc_attachments).
        type: str
        required: true
      attachment_id:
        description: ID of the attachment. Required, except with V(network-function). Without it, a firewall's
          attachment is only kept as it is.
        type: str
      resource_type:
        description: AWS's resource type. AWS propagates no routes of a V(peering), so its O(other_attachments[].cidrs)
          get static routes.
        type: str
        required: true
        choices: [vpn, direct-connect-gateway, connect, peering, network-function]
      segment:
        description: Segment that it belongs to.
        type: str
        required: true
      cidrs:
        description: All CIDRs behind it. One may contain a VPC's CIDR, whose more specific route wins. Others that it
          propagates aren't routed. A firewall has none.
        type: list
        elements: str
        required: true
  egress_ready:
    description:
      - Whether what stands in the way out (C(egress) in O(segments)) carries traffic, and has routes back. Only then
        default routes to it are created, or led to it from elsewhere; those that exist stay as they are.
      - Without it, that isn't known.
    type: bool
  default_routes_in_use:
    description: Segments with members that may have a default route to the Transit Gateway. An undeclared static
      default route of their tables stays, with what is dropped beside it.
    type: list
    elements: str
    default: []
  detached:
    description:
      - Accounts that leave. Their attachments are removed from the route tables without confirmation, up to
        O(max_removals) and O(max_removals_percent). List an account with several VPCs once for each that leaves.
      - An attachment that this module accepted and that is neither here nor in O(attachments) stays in its tables until
        O(confirm_removals) names it. The same applies to one of another kind that was in O(other_attachments).
    type: list
    elements: str
    default: []
  allow_opens:
    description:
      - Names of what this run may open across an isolated segment, each C(FROM>TO) with a segment or an attachment on
        each side, such as V(customers>partners). Answers need V(partners>customers), too. Without the name nothing is
        written; in check mode a note and RV(unnamed_opens) name what is missing.
      - A name is needed where traffic of an attachment that is in a route table already, and whose segment is isolated
        before or after, would be led to an attachment to which it isn't led now, or the other way round. So a removed
        C(isolated) and a new C(reaches) need one, and an attachment that moves to another segment needs names of its
        own, such as V(alpha>customers).
      - An attachment that is new needs none for what its segment has with others already, nor does the first run.
    type: list
    elements: str
    default: []
  blackholes:
    description:
      - Whether to add to each isolated segment's route table a static blackhole route for each CIDR of its members. For
        the same destination a static route beats a propagated one, so the members stay isolated even if somebody adds a
        propagation.
      - A more specific route still wins.
    type: bool
    default: false
  routes_quota:
    description: Maximum number of routes in a route table of the hub's own VPC. AWS's quota is 500 for IPv4 and IPv6
      each, and can be raised to 1000. Exceeding it fails before the first write.
    type: int
    default: 500
  undeclared:
    description:
      - What to do with an attachment that waits for acceptance and isn't declared. V(report) leaves it waiting and
        lists it in RV(undeclared). V(reject) rejects it, unless its account is declared and the account's VPC isn't
        known.
      - An attachment that somebody else accepted is listed, and never rejected or deleted.
    type: str
    choices: [report, reject]
    default: report
  flow_logs:
    description:
      - Publishes flow logs of the Transit Gateway. AWS can't change a flow log, so one that differs is deleted and
        created again.
      - Without this option flow logs are neither created nor deleted. O(state=absent) deletes the module's own one.
    type: dict
    suboptions:
      destination:
        description: ARN of the S3 bucket, optionally with a folder, or of the CloudWatch Logs log group.
        type: str
        required: true
      destination_type:
        description: Type of O(flow_logs.destination).
        type: str
        choices: [s3, cloud-watch-logs]
        default: s3
      role_arn:
        description: ARN of the IAM role that lets Amazon EC2 publish to the log group. Required with
          O(flow_logs.destination_type=cloud-watch-logs).
        type: str
notes:
  - O(confirm_removals) takes the name of a spoke that is neither in O(attachments) nor, by its account, in O(detached),
    and whose attachment this module accepted and tagged; of one of the hub's own attachments, as
    C(HUB/transit_gateway_attachment.NAME); or the ID of an attachment of another kind. A VPC that somebody else put
    into a table is removed without confirmation.
  - Automatic acceptance, default association and default propagation are always off in this Transit Gateway.
    Attachments and their segments must be declared.
  - The route tables that the module created contain exactly what is declared. An association, a propagation, a static
    route, a blackhole route or a prefix list that somebody added is removed; to keep one, declare it in
    C(static_routes) of its segment. Route tables of others are left unchanged; an undeclared attachment that is
    associated with one is a finding.
  - Reported as findings, and never changed, are policy tables and NAT of an attachment, accepted attachments that
    aren't declared, kinds and states that the module doesn't know, VPC peering connections of the account's own
    attached VPCs, and routes of these VPCs to anything but the Transit Gateway, gateway endpoints and the internet.
  - A declared spoke's attachment gets the tags C(closednet:managed), C(closednet:name) and C(Name) in the hub's
    account. The spoke's account sees only its own tags. The hub doesn't delete the attachment.
  - Routes have no tags. An undeclared route to this Transit Gateway is removed from route tables that
    M(closednet.aws.tiered_vpc) created, and stays in others. O(state=absent) removes the declared routes from those,
    too.
  - With O(state=absent), attachments of spokes or of other kinds block the deletion of the Transit Gateway. The module
    fails before it deletes anything, and lists them with their accounts; delete them there first.
seealso:
  - module: closednet.aws.tgw_spoke
  - module: closednet.aws.tiered_vpc
  - plugin: closednet.aws.inventory_problems
    plugin_type: filter
    description: Finds overlaps and unknown segments in a whole inventory.
  - name: How AWS Transit Gateway works
    description: Route tables, association, propagation, and the order in which routes are evaluated.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
  - name: Sharing within AWS Organizations
    description: How to turn it on, once, in the organization's management account.
    link: https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html
  - name: Quotas for AWS Transit Gateway
    description: Route tables, attachments and routes of one Transit Gateway.
    link: https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html
extends_documentation_fragment:
  - closednet.aws.account
  - closednet.aws.converge
  - closednet.aws.adoption
  - closednet.aws.removals
  - closednet.aws.removals.limits
  - closednet.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Connect customers with shared services, but not with each other
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

- name: Show which accounts have to run next
  ansible.builtin.debug:
    msg: "waiting for {{ hub.pending }}, not declared: {{ hub.undeclared }}"

- name: Share a Transit Gateway with one organizational unit and one account, and reject others
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

- name: Add an office behind a VPN that is created elsewhere, with static routes for customers
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

- name: Delete the Transit Gateway after the spokes' attachments are deleted
  closednet.aws.tgw_hub:
    account_id: "111111111111"
    assume_role_arn: arn:aws:iam::111111111111:role/network-operator
    region: eu-central-1
    name: shared-services
    state: absent
"""

RETURN = r"""
transit_gateway_id:
  description: ID of the Transit Gateway. C(null) if it doesn't exist.
  returned: success
  type: str
  sample: tgw-0123456789abcdef0
route_table_ids:
  description: ID of the Transit Gateway route table of each segment.
  returned: success
  type: dict
  sample: {customers: tgw-rtb-0123456789abcdef0, shared: tgw-rtb-0fedcba9876543210}
tables:
  description: The route table of each segment when the run began. An undeclared attachment is named by its ID.
  returned: success
  type: dict
  contains:
    associations:
      description: Names of the attachments that are associated with it.
      type: list
      elements: str
    propagations:
      description: Names of the attachments that propagate their routes to it.
      type: list
      elements: str
    routes:
      description: All its routes, whoever created them.
      type: list
      elements: dict
      contains:
        cidr:
          description: Destination.
          type: str
        attachments:
          description: Names of the attachments that it leads to; empty if AWS drops the traffic.
          type: list
          elements: str
        type:
          description: V(static) or V(propagated), as AWS reports it.
          type: str
        state:
          description: V(active) or V(blackhole), as AWS reports it.
          type: str
        prefix_list:
          description: ID of the prefix list that it comes from. C(null) for others.
          type: str
  sample:
    customers:
      associations: [alpha]
      propagations: [shared-services]
      routes:
        - {cidr: 10.0.0.0/16, attachments: [shared-services], type: propagated, state: active, prefix_list: null}
        - {cidr: 10.1.0.0/16, attachments: [], type: static, state: blackhole, prefix_list: null}
default_routes:
  description: Destinations of the default routes that lead to a way out which is ready (O(egress_ready)), by segment.
  returned: success
  type: dict
  sample: {customers: [0.0.0.0/0]}
default_routes_pending:
  description: Default routes to a way out, as C(SEGMENT/DESTINATION), that aren't as declared and that the run left as
    they were.
  returned: success
  type: list
  elements: str
unnamed_opens:
  description: Names that O(allow_opens) needs and lacks, each with what would open.
  returned: success
  type: dict
  sample: {customers>partners: alpha (customers) to acme (partners)}
resource_share_arn:
  description: ARN of the RAM share. C(null) if it doesn't exist.
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
  description: Names of the declared spokes that have a pending attachment and whose VPC (O(attachments[].vpc_id)) or
    CIDRs (O(attachments[].actual_cidrs)) are unknown. Without the VPC it isn't accepted.
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
      description: Account that owns it.
      type: str
    vpc_id:
      description: ID of its VPC.
      type: str
    state:
      description: Its state, as AWS reports it.
      type: str
  sample:
    - attachment_id: tgw-attach-0123456789abcdef0
      account_id: "555555555555"
      vpc_id: vpc-0123456789abcdef0
      state: pendingAcceptance
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
  description: Undeclared attachments that ask for acceptance. Before the Transit Gateway exists, the spokes that will
    have to ask.
  returned: success
  type: list
  elements: str
  sample: ["undeclared: tgw-attach-0123456789abcdef0 of account 555555555555 (vpc-0123456789abcdef0) is
    pendingAcceptance; left as it is"]
findings:
  description: Differences from the declaration that no run of this module fixes, each with who has to act. The module
    doesn't fail because of them; the playbook C(closednet.aws.verify) does.
  returned: success
  type: list
  elements: str
  sample: ["beta: account 333333333333 has no attachment to accept yet; run its spoke, then the hub again"]
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {transit_gateway.main: tgw-0123456789abcdef0, transit_gateway_route_table.customers:
    tgw-rtb-0123456789abcdef0}
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
  sample: {"ec2:DescribeTransitGateways": 1, "ec2:DescribeTransitGatewayAttachments": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.tgw_hub import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
