#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: tiered_vpc
short_description: A VPC in tiers of subnets
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Manages the VPC of one account, with one subnet in each availability zone and one route table for each tier.
  - A VPC is closed unless a tier declares otherwise. If all tiers have O(tiers[].internet=none), there is no internet
    gateway, no NAT gateway and no route to the internet.
  - The CIDRs of subnets are computed from O(cidrs), O(tiers), O(availability_zone_ids) and O(az_slots) alone, so a plan
    is the same before and after the VPC exists.
options:
  name:
    description:
      - Name of the VPC, unique in its account and region. The module finds its resources by the tag
        C(closednet:managed=tiered_vpc/NAME), so another name means another VPC.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  vpc_id:
    description:
      - ID of an existing VPC to adopt. The module manages its DNS attributes, O(cidrs), O(default_security_group) and
        O(tags) and creates tiers in it, but never deletes it and doesn't give it the tags C(closednet:managed) and
        C(closednet:name).
      - Its existing subnets, route tables and gateways are left unchanged. The module fails if a subnet has the CIDR of
        a declared one, or if there is an internet gateway and one is declared.
      - Without this option the VPC is found by its tag, and created if none is found.
    type: str
  cidrs:
    description:
      - All IPv4 CIDRs of the VPC, /16 to /28. The first is the primary one, which can't be changed later; the others
        are associated and disassociated as declared.
      - A CIDR of the VPC that isn't listed is disassociated, in an adopted VPC, too.
      - AWS allows only some CIDRs together, such as private ones of one RFC 1918 block, and none in V(198.19.0.0/16)
        with others. Anything else is refused before the first call.
      - Required with O(state=present).
    type: list
    elements: str
  ipv6:
    description:
      - The VPC's IPv6 CIDR block. Each subnet gets a /64 of it, and the routes, flows and security groups of the tiers
        apply to IPv6, too. If AWS chooses the block, the first plan shows C((known after vpc_ipv6_cidr.main)).
      - Each tier reserves O(az_slots) /64s of the block, in declared order. Appending a tier or a zone moves no
        subnet's.
      - With O(tiers[].internet=gateway) C(::/0) leads to the internet gateway, with O(tiers[].internet=nat) to an
        egress-only internet gateway, which the module creates. IPv6 needs no NAT; its addresses are public if a route
        and the filters allow it.
      - Without this option a VPC's IPv6 is left unchanged and reported in RV(findings). If the module created it,
        omitting the option is an error.
    type: dict
    suboptions:
      source:
        description:
          - V(amazon) is a /56 that Amazon chooses.
          - V(pool) is a block of O(ipv6.pool_id).
          - V(none) removes IPv6, from the subnets first. AWS refuses while a resource has an address of it.
        type: str
        choices: [amazon, pool, none]
        required: true
      pool_id:
        description: ID of a pool of your own addresses (C(ipv6pool-ec2-...)) or of an IPAM pool (C(ipam-pool-...)).
        type: str
      cidr:
        description: The block in the pool, a /44, /48, /52, /56 or /60. Without it AWS chooses one.
        type: str
      netmask_length:
        description: Prefix length of a block that IPAM chooses. Required with an IPAM pool without O(ipv6.cidr).
        type: int
  cidrs_quota:
    description: Maximum number of IPv4 CIDRs of the VPC. AWS's quota (IPv4 CIDR blocks per VPC) is 5 and can be raised
      to 50.
    type: int
    default: 5
  availability_zone_ids:
    description:
      - IDs of the availability zones in which each tier has a subnet, such as V(euc1-az1). Not names, because
        C(eu-central-1a) can be another zone in another account.
      - Each tier's n-th subnet is in the n-th zone. Append new zones; reordering moves subnets.
      - Required with O(state=present).
    type: list
    elements: str
  tiers:
    description:
      - The tiers, in the order in which they get CIDRs. Appending one moves no subnet; inserting, removing or
        reordering can. A subnet that moves is deleted and created again, which AWS refuses while it is in use.
      - Required with O(state=present).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the tier, a letter and then letters, digits, C(_) or C(-). No dot, because it separates
          tier and zone in subnet names such as C(app.euc1-az1).
        type: str
        required: true
      prefix:
        description: Prefix length of each subnet of the tier, 16 to 28. The tier gets the first free aligned block of
          O(az_slots) such subnets in O(cidrs).
        type: int
      cidrs:
        description: The subnets' CIDRs by availability zone ID, instead of O(tiers[].prefix). One for each zone.
        type: dict
      internet:
        description:
          - V(none) gives the tier no route to the internet.
          - V(gateway) routes V(0.0.0.0/0) to an internet gateway, which the module creates.
          - V(nat) routes V(0.0.0.0/0) to a NAT gateway, which the module creates with an Elastic IP address in the
            first tier that has V(gateway) or V(direct).
          - V(direct) is V(gateway), and says that this tier answers by the VPC's own internet gateway while others
            leave by the hub. It never gets a default route to the Transit Gateway, so answers to what comes in by the
            internet gateway go out by it.
        type: str
        choices: [none, gateway, nat, direct]
        default: none
      route_tables:
        description:
          - V(single) gives the tier one route table, V(per_az) one for each zone, as the subnets beside a firewall's
            endpoints need.
          - Default is V(per_az) for tiers that use NAT gateways with O(nat_gateways=per_az), otherwise V(single).
        type: str
        choices: [single, per_az]
      map_public_ip:
        description: Whether network interfaces created in the tier's subnets get a public IPv4 address
          (C(MapPublicIpOnLaunch)).
        type: bool
        default: false
      ipv6:
        description: Whether the tier's subnets have a /64 of O(ipv6). Otherwise their /64s stay reserved.
        type: bool
        default: true
      assign_ipv6_address:
        description: Whether network interfaces created in the tier's subnets get an IPv6 address
          (C(AssignIpv6AddressOnCreation)). Only with O(ipv6).
        type: bool
        default: true
      network_acl:
        description:
          - Network ACL of the tier's subnets. Only with O(flows).
          - V(flows) creates one that allows only the tier's O(flows).
          - V(open) creates one that allows all traffic, as AWS recommends for subnets of Transit Gateway attachments.
          - V(default) associates them with the VPC's default network ACL.
        type: str
        choices: [flows, open, default]
        default: flows
      tags:
        description: Tags of the tier's subnets in addition to O(tags), such as V(kubernetes.io/role/internal-elb). If
          both have a key, this value wins.
        type: dict
      client_ports:
        description: Source ports of connections from the tier, to which answers return. A range, or V(linux)
          (32768-61000), V(windows) (49152-65535) or V(lambda) (1024-65535, also for load balancers and NAT gateways).
        type: str
        default: 1024-65535
  az_slots:
    description: Number of availability zones for which a tier with O(tiers[].prefix) reserves addresses, V(1), V(2),
      V(4), V(8) or V(16). Up to this number, zones can be appended without moving a subnet. Another number moves all.
    type: int
    default: 4
  transit_gateway_tiers:
    description: Tiers with O(tiers[].internet=none) whose default routes M(closednet.aws.tgw_spoke) leads to the
      Transit Gateway. Those that lead to a NAT gateway or an internet gateway stay until then, with what they lead to.
    type: list
    elements: str
    default: []
  transit_gateway_destinations:
    description: The default routes of O(transit_gateway_tiers), V(0.0.0.0/0) or V(::/0).
    type: list
    elements: str
    default: []
  nat_gateways:
    description:
      - V(single) creates one NAT gateway, in the first availability zone. Tiers that use it have one route table.
      - V(per_az) creates one in each zone, and a route table for each zone in the tiers that use it, so the failure of
        one zone doesn't affect the others.
      - Changing it replaces the route tables of these tiers. Routes that other modules created in them are missing
        until those modules run again.
    type: str
    choices: [single, per_az]
    default: single
  flows:
    description:
      - Connections to allow. From them the module derives the network ACL of each tier, in both directions, and, with
        O(security_groups), a security group of each tier. Everything else is denied; V([]) denies everything.
      - Without this option network ACLs are neither created nor deleted. O(state=absent) deletes the module's own ones.
      - Network ACLs are stateless. They allow answers by the client ports of the side that opened the connection
        (O(tiers[].client_ports); 1024-65535 outside the VPC), so the answering side can reach these ports, too. They
        can't replace security groups.
      - Network ACLs never filter Amazon DNS, DHCP, instance and task metadata, time and licence servers.
      - A tier with O(tiers[].internet=nat) reaches V(internet) and public CIDRs through the NAT gateway's tier, whose
        network ACL allows that, too. Other resources in that tier can then open the same connections.
      - With O(ipv6), a tier that has rules for IPv6 allows ICMPv6 Packet Too Big in both directions, because large
        packets are lost without it. Other ICMPv6 is denied.
      - A change is made in place, new rules first. If old and new rules together exceed O(network_acl_rules_quota), the
        module fills another network ACL and then moves the subnets to it.
    type: list
    elements: dict
    suboptions:
      from:
        description: Source of the connection. As O(flows[].to), except services.
        type: str
        required: true
      to:
        description:
          - The name of a tier; V(vpc), all addresses of O(cidrs); a CIDR outside the VPC; V(internet), all addresses
            except O(cidrs). With O(ipv6), these include both families; a CIDR has one.
          - V(s3) or V(dynamodb), the service's addresses in the region that a gateway endpoint routes. The module reads
            them, because network ACLs accept no prefix lists. If AWS changes them, the next run updates the rules.
          - A CIDR that contains the VPC means only its addresses outside the VPC.
        type: str
        required: true
      tcp:
        description: Destination ports and port ranges, such as V(8000-8080).
        type: list
        elements: str
      udp:
        description: As O(flows[].tcp).
        type: list
        elements: str
  network_acl_ranges:
    description:
      - Addresses of a tier in rules. V(subnets) are those of its subnets.
      - V(blocks) are all O(az_slots) that are reserved for the tier. This takes one rule for each tier, and a new
        availability zone changes none, but the rules match anything else in the reserved addresses, too.
    type: str
    choices: [subnets, blocks]
    default: subnets
  network_acl_denied_ports:
    description:
      - TCP ports to deny for answers from and to V(internet), because the client ports include them. Each takes one
        rule. A flow that names such a port is allowed.
      - A connection opened from one of them gets no answer and has to be retried. That affects about one in ten
        thousand if all client ports are in use. V([]) denies none.
      - The default is SQL Server, Oracle, MySQL, remote desktop, PostgreSQL, Redis and MongoDB.
    type: list
    elements: int
    default: [1433, 1521, 3306, 3389, 5432, 6379, 27017]
  network_acl_rules_quota:
    description: Maximum number of rules of a network ACL in one direction, for IPv4 and IPv6 each, including the final
      deny. AWS's quota is 20 and can be raised to 40. If flows need more, the module fails and names those with most
      rules.
    type: int
    default: 20
  default_network_acl:
    description:
      - V(empty) removes all rules from the VPC's default network ACL, so a subnet without another one reaches nothing.
        O(state=absent) doesn't restore them. Needs O(flows).
      - The module refuses it while subnets of others use the default network ACL.
      - V(ignore) leaves it unchanged.
    type: str
    choices: [empty, ignore]
    default: ignore
  security_groups:
    description:
      - Creates a security group C(NAME-TIER) for each tier, with rules from O(flows). Rules between tiers reference the
        other tier's group, those to V(s3) and V(dynamodb) AWS's prefix list. RV(ids) has them as
        C(security_group.TIER).
      - Whoever creates a resource has to attach its group; the module attaches none.
      - With V(false) none is created or deleted. O(state=absent) deletes the module's own ones.
    type: bool
    default: false
  dns_support:
    description: Whether the Amazon-provided DNS server answers in the VPC (C(enableDnsSupport)).
    type: bool
    default: true
  dns_hostnames:
    description: Whether instances with public IP addresses get public DNS host names (C(enableDnsHostnames)). Private
      DNS names of VPC endpoints need both this and O(dns_support).
    type: bool
    default: true
  default_security_group:
    description:
      - V(empty) removes all rules from the VPC's default security group, so resources without another group reach
        nothing and can't be reached. O(state=absent) doesn't restore the rules.
      - V(ignore) leaves it unchanged.
    type: str
    choices: [empty, ignore]
    default: empty
  flow_logs:
    description:
      - Publishes flow logs of the VPC. AWS can't change a flow log, so one that differs is deleted and created again.
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
      traffic_type:
        description: Traffic to record.
        type: str
        choices: [ACCEPT, REJECT, ALL]
        default: ALL
      max_aggregation_interval:
        description: Maximum time, in seconds, over which packets are aggregated into one record.
        type: int
        choices: [60, 600]
        default: 600
notes:
  - O(confirm_removals) takes a subnet, NAT gateway or internet gateway, as C(VPC/subnet.TIER.ZONE),
    C(VPC/nat_gateway.ZONE) or C(VPC/internet_gateway.main).
  - The module changes an adopted VPC and a VPC's default security group although they don't have the tag. It never
    deletes them.
  - The module manages only routes to internet, NAT and egress-only internet gateways. Others in its route tables are
    left unchanged, so M(closednet.aws.tgw_spoke) can add its own. Without O(ipv6), IPv6 routes that allow no more than
    the tier's O(tiers[].internet) stay, and are reported in RV(findings).
  - Before the module deletes a subnet (of a zone or tier), it removes it from the attachments and endpoints that
    modules of this collection created, as long as each keeps another one. If anything else has a network interface in
    it, the module names that and writes nothing. The same applies if other subnets of the zone would lose the Transit
    Gateway.
  - O(default_network_acl=empty) changes the default network ACL although it doesn't have the tag.
  - Rules of network ACLs are numbered by their content, so a new flow renumbers none.
  - Before O(state=absent), delete the VPC's attachment to a Transit Gateway; otherwise AWS answers
    C(DependencyViolation).
seealso:
  - module: closednet.aws.tgw_spoke
  - module: closednet.aws.tgw_hub
  - name: VPC CIDR blocks
    description: Sizes, and which CIDRs can be added to a VPC.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
  - name: Availability Zone IDs
    description: Why names differ between accounts and IDs don't.
    link: https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
  - name: Network ACLs
    description: What they filter, what they never filter, and the ports that clients use.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
  - name: Default security groups
    description: AWS's advice not to use them.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
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
- name: A closed VPC, with a tier for the attachment to the Transit Gateway
  closednet.aws.tiered_vpc:
    account_id: "222222222222"
    assume_role_arn: arn:aws:iam::222222222222:role/network-operator
    region: eu-central-1
    name: alpha
    cidrs: [10.1.0.0/16]
    availability_zone_ids: [euc1-az1, euc1-az2]
    tiers:
      - {name: app, prefix: 20}
      - {name: data, prefix: 22}
      - {name: tgw, prefix: 28}
    tags: {customer: alpha}

- name: A VPC with a public tier and a NAT gateway in each zone, and flow logs in S3
  closednet.aws.tiered_vpc:
    account_id: "111111111111"
    region: eu-central-1
    name: shared-services
    cidrs: [10.0.0.0/16]
    availability_zone_ids: [euc1-az1, euc1-az2, euc1-az3]
    tiers:
      - {name: public, prefix: 24, internet: gateway}
      - {name: app, prefix: 20, internet: nat}
      - {name: tgw, prefix: 28}
    nat_gateways: per_az
    flow_logs:
      destination: arn:aws:s3:::flow-logs-of-shared-services/vpc

- name: A VPC with IPv4 and IPv6 whose app tier has outbound access only
  closednet.aws.tiered_vpc:
    account_id: "222222222222"
    region: eu-central-1
    name: alpha
    cidrs: [10.1.0.0/16]
    ipv6: {source: amazon}
    availability_zone_ids: [euc1-az1, euc1-az2]
    tiers:
      - {name: public, prefix: 24, internet: gateway}
      - {name: app, prefix: 20, internet: nat}
      - {name: data, prefix: 22, ipv6: false}
      - {name: tgw, prefix: 28}

- name: Tiers that deny by default
  closednet.aws.tiered_vpc:
    account_id: "444444444444"
    region: eu-central-1
    name: payments
    cidrs: [10.18.0.0/16]
    availability_zone_ids: [euc1-az1, euc1-az2]
    tiers:
      - {name: public, prefix: 24, internet: gateway}
      - {name: app, prefix: 22, client_ports: linux}
      - {name: data, prefix: 24, client_ports: linux}
      - {name: endpoint, prefix: 26}
      - {name: tgw, prefix: 28, network_acl: open}
    flows:
      - {from: internet, to: public, tcp: [443]}
      - {from: public, to: app, tcp: [8443]}
      - {from: app, to: data, tcp: [5432]}
      - {from: app, to: endpoint, tcp: [443]}
      - {from: app, to: s3, tcp: [443]}
    default_network_acl: empty
    security_groups: true

- name: Tiers with explicit CIDRs in an existing VPC
  closednet.aws.tiered_vpc:
    account_id: "333333333333"
    region: eu-central-1
    name: beta
    vpc_id: vpc-0123456789abcdef0
    cidrs: [10.2.0.0/16, 10.102.0.0/24]
    availability_zone_ids: [euc1-az1, euc1-az2]
    tiers:
      - name: tgw
        cidrs: {euc1-az1: 10.102.0.0/28, euc1-az2: 10.102.0.16/28}
    default_security_group: ignore

- name: Delete the closed VPC
  closednet.aws.tiered_vpc:
    account_id: "222222222222"
    assume_role_arn: arn:aws:iam::222222222222:role/network-operator
    region: eu-central-1
    name: alpha
    state: absent
"""

RETURN = r"""
vpc_id:
  description: ID of the VPC. C(null) if it doesn't exist.
  returned: success
  type: str
  sample: vpc-0123456789abcdef0
kept_routes:
  description: Default routes, as C(TABLE/DESTINATION), that stay until M(closednet.aws.tgw_spoke) leads them to the
    Transit Gateway. Run this module again after that, to delete what they led to.
  returned: success
  type: list
  elements: str
ipv6_cidr:
  description: The VPC's IPv6 CIDR block. C(null) in check mode while AWS hasn't assigned one.
  returned: with O(ipv6)
  type: str
  sample: 2001:db8:1234:1a00::/56
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
    - address: subnet.app.euc1-az1
      action: create
      operation: ec2.create_subnet
      before: null
      after:
        vpc: (known after vpc.main)
        cidr: 10.1.0.0/20
        az_id: euc1-az1
        map_public_ip: false
        tags: {Name: alpha-app.euc1-az1, "closednet:managed": tiered_vpc/alpha, "closednet:name": app.euc1-az1}
    - address: vpc.main:dns_hostnames
      action: change
      operation: ec2.modify_vpc_attribute
      before: {dns_hostnames: false}
      after: {dns_hostnames: true}
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
  description: What the module leaves as it is. Here, with O(state=absent), VPCs that have another name.
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
  sample:
    - "the delivery of flow log fl-0123456789abcdef0 is FAILED (Access error): whoever owns
      arn:aws:s3:::central-flow-logs has to let it in"
ids:
  description: IDs of the resources that exist after the run, by address. In check mode, of those that were found.
  returned: success
  type: dict
  sample: {vpc.main: vpc-0123456789abcdef0, subnet.app.euc1-az1: subnet-0123456789abcdef0}
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
  sample: {"ec2:DescribeVpcs": 1, "ec2:DescribeSubnets": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.tiered_vpc import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
