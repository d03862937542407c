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
  - Makes the VPC of one account and keeps it so, with a row of subnets for each tier, one in each availability zone,
    and a route table for each tier.
  - A VPC is closed unless a tier says otherwise. With O(tiers[].internet=none) throughout there is no internet gateway,
    no NAT gateway and no route to the internet.
  - Where subnets lie is computed from O(cidrs), O(tiers) and O(availability_zone_ids) alone, so a plan is the same
    before and after the VPC exists.
options:
  name:
    description:
      - Name of the VPC, unique in its account and region. It is in the tag C(closednet:managed=tiered_vpc/NAME), by
        which the VPC and all that belongs to it is found again, so another name is another VPC.
      - Letters, digits, spaces and C(._+=@-), 128 at most.
    type: str
    required: true
  vpc_id:
    description:
      - An existing VPC to adopt. Its DNS attributes, O(cidrs), O(default_security_group) and O(tags) are kept as
        declared, and tiers are built in it, but it is never deleted and doesn't get the tags C(closednet:managed) and
        C(closednet:name).
      - Subnets, route tables and gateways that it already has are left alone. One with the CIDR of a declared subnet,
        or an internet gateway where one is declared, is in the way and makes the module fail.
      - Without this option the VPC is found by its tag, and made when there is none.
    type: str
  cidrs:
    description:
      - All IPv4 CIDRs of the VPC, /16 to /28. The first is the primary one, which can't be changed later; the others
        are associated and disassociated as they come and go.
      - A CIDR that the VPC has and that isn't listed is disassociated, in an adopted VPC too.
      - AWS takes only some ranges together, such as private ones of one RFC 1918 block, and none in V(198.19.0.0/16)
        beside others. What it refuses is refused before the first call.
      - Required with O(state=present).
    type: list
    elements: str
  ipv6:
    description:
      - The VPC's IPv6 block, from which each subnet has a /64, and with which the routes, flows and security groups of
        the tiers hold for IPv6, too. AWS may choose the block; then a first plan shows
        C((known after vpc_ipv6_cidr.main)).
      - Each tier has O(az_slots) places for a /64 in the block, in declared order. Appending a tier or a zone moves no
        subnet's.
      - With O(tiers[].internet=gateway) C(::/0) leads to the internet gateway, with O(tiers[].internet=nat) to an
        egress-only internet gateway, which the module makes. IPv6 needs no NAT, and its addresses are public ones where
        a route and the filters let them be.
      - Without this option the IPv6 of a VPC is left as it is and told in RV(findings). If the module made it, leaving
        the option out is an error.
    type: dict
    suboptions:
      source:
        description:
          - V(amazon) is a /56 that Amazon chooses.
          - V(pool) is one of O(ipv6.pool_id).
          - V(none) takes IPv6 away, from the subnets first. AWS refuses while something has an address of it.
        type: str
        choices: [amazon, pool, none]
        required: true
      pool_id:
        description: ID of a pool of your own addresses (C(ipv6pool-ec2-...)) or of a pool of IPAM (C(ipam-pool-...)).
        type: str
      cidr:
        description: The block in the pool, a /44, /48, /52, /56 or /60. Without it AWS chooses one.
        type: str
      netmask_length:
        description: Prefix length of a block that IPAM chooses. Required with a pool of IPAM and without O(ipv6.cidr).
        type: int
  cidrs_quota:
    description: How many IPv4 CIDRs a VPC takes. AWS's quota (IPv4 CIDR blocks per VPC) is 5 and can be raised to 50.
    type: int
    default: 5
  availability_zone_ids:
    description:
      - IDs of the availability zones that each tier has a subnet in, such as V(euc1-az1). Not names, because
        C(eu-central-1a) is another place in another account.
      - Each tier's n-th subnet is in the n-th zone. Append zones; a change of order moves subnets.
      - Required with O(state=present).
    type: list
    elements: str
  tiers:
    description:
      - The tiers, in the order in which they are laid out. Appending one moves no subnet; inserting, removing or
        reordering can, and a subnet that moves is deleted and created again, which AWS refuses while something is in
        it.
      - Required with O(state=present).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the tier, a letter and then letters, digits, C(_) or C(-). No dot, which parts tier and
          zone in C(app.euc1-az1), the name of a subnet.
        type: str
        required: true
      prefix:
        description: Prefix length of each subnet of the tier, 16 to 28. The tier takes one aligned block of O(az_slots)
          such subnets, the first that is free in O(cidrs).
        type: int
      cidrs:
        description: The subnets' CIDRs by availability zone ID, instead of O(tiers[].prefix). One for each zone.
        type: dict
      internet:
        description:
          - V(none) gives the tier no route to the internet.
          - V(gateway) routes V(0.0.0.0/0) to an internet gateway, which the module makes.
          - V(nat) routes V(0.0.0.0/0) to a NAT gateway, which the module makes with an Elastic IP address in the first
            tier that has V(gateway).
        type: str
        choices: [none, gateway, nat]
        default: none
      map_public_ip:
        description: Whether network interfaces made in the tier's subnets get a public IPv4 address
          (C(MapPublicIpOnLaunch)).
        type: bool
        default: false
      ipv6:
        description: Whether the tier's subnets have a /64 of O(ipv6). Its place is kept where they don't.
        type: bool
        default: true
      assign_ipv6_address:
        description: Whether network interfaces made in the tier's subnets get an IPv6 address
          (C(AssignIpv6AddressOnCreation)). Only with O(ipv6).
        type: bool
        default: true
      network_acl:
        description:
          - Which network ACL the tier's subnets have. Only with O(flows).
          - V(flows) makes one that lets through what O(flows) say of the tier, and nothing else.
          - V(open) makes one that lets everything through, as AWS advises for subnets of Transit Gateway attachments.
          - V(default) leaves them to the VPC's default one, or gives them back to it.
        type: str
        choices: [flows, open, default]
        default: flows
      tags:
        description: Tags of the tier's subnets, such as V(kubernetes.io/role/internal-elb), beside O(tags). Where both
          have a key, this value counts.
        type: dict
      client_ports:
        description: The ports from which what is in the tier opens connections, and to which it is answered. A range,
          or V(linux) (32768-61000), V(windows) (49152-65535) or V(lambda) (1024-65535, as load balancers and NAT
          gateways, too).
        type: str
        default: 1024-65535
  az_slots:
    description: For how many availability zones a tier with O(tiers[].prefix) reserves addresses, V(1), V(2), V(4),
      V(8) or V(16). Up to so many zones can be appended later without moving a subnet. Another number moves all of
      them.
    type: int
    default: 4
  nat_gateways:
    description:
      - V(single) makes one NAT gateway, in the first availability zone. Tiers that use it have one route table.
      - V(per_az) makes one in each zone, and a route table for each zone in the tiers that use it, so that the failure
        of one zone stays there.
      - Changing it replaces the route tables of these tiers. Routes that other modules created in them are missing
        until those modules run again.
    type: str
    choices: [single, per_az]
    default: single
  flows:
    description:
      - Who opens connections to whom. From it follow the network ACL of each tier, both directions, and, with
        O(security_groups), a security group of each tier. What no flow says is denied; V([]) denies everything.
      - Without this option network ACLs are neither made nor removed. With O(state=absent) the module's own ones are.
      - A network ACL is stateless. Answers are let through by the client ports of who opened the connection
        (O(tiers[].client_ports); 1024-65535 outside the VPC), so the answering side can reach these ports, too. It
        can't replace security groups.
      - Amazon DNS, DHCP, instance and task metadata, time and licence servers are never filtered by network ACLs.
      - A tier with O(tiers[].internet=nat) reaches V(internet) and public CIDRs through the NAT gateway's tier, whose
        network ACL lets that through, too. What else is in that tier may then open the same connections.
      - With O(ipv6), a tier that has rules for IPv6 lets ICMPv6 Packet Too Big through in both directions, without
        which large packets vanish. Other ICMPv6 than that is denied.
      - A change is made in place, new rules first, or where both together exceed O(network_acl_rules_quota), by another
        network ACL that is filled before the subnets are moved to it.
    type: list
    elements: dict
    suboptions:
      from:
        description: Who opens the connection. As O(flows[].to), but no service.
        type: str
        required: true
      to:
        description:
          - The name of a tier; V(vpc), all addresses of O(cidrs); a CIDR outside of it; V(internet), every address
            but those of O(cidrs). With O(ipv6), those of both families; a CIDR is of one.
          - V(s3) or V(dynamodb), AWS's addresses of the service in the region, as a gateway endpoint leads to them;
            they are read, since network ACLs take no prefix lists. Where AWS changes them, the next run follows.
          - A CIDR that encloses the VPC means what of it is outside.
        type: str
        required: true
      tcp:
        description: Destination ports, and ranges of ports, such as V(8000-8080).
        type: list
        elements: str
      udp:
        description: Likewise.
        type: list
        elements: str
  network_acl_ranges:
    description:
      - The addresses by which rules mean a tier. V(subnets) are those of its subnets.
      - V(blocks) are all O(az_slots) that are reserved for the tier. That is one rule for each tier, and a further
        availability zone changes none, but what else stands in the reserved addresses is meant, too.
    type: str
    choices: [subnets, blocks]
    default: subnets
  network_acl_denied_ports:
    description:
      - TCP ports that answers from and to V(internet) are not let through, since the client ports comprise them. Each
        is one rule. A flow that names such a port is let through.
      - A connection that happens to be opened from one of them gets no answer and has to be tried again. That is about
        one in ten thousand where all client ports are in use. V([]) denies none.
      - Default are SQL Server, Oracle, MySQL, remote desktop, PostgreSQL, Redis and MongoDB.
    type: list
    elements: int
    default: [1433, 1521, 3306, 3389, 5432, 6379, 27017]
  network_acl_rules_quota:
    description: How many rules a network ACL takes in one direction, of IPv4 and of IPv6 each, the closing deny
      included. AWS's quota is 20 and can be raised to 40. Flows that need more are refused, with those that cost most.
    type: int
    default: 20
  default_network_acl:
    description:
      - V(empty) removes all rules from the VPC's default network ACL, so that a subnet that was given no other reaches
        nothing. They don't come back with O(state=absent). Needs O(flows).
      - It is refused while subnets that aren't this module's have the default network ACL.
      - V(ignore) leaves it as it is.
    type: str
    choices: [empty, ignore]
    default: ignore
  security_groups:
    description:
      - Makes a security group C(NAME-TIER) for each tier, with rules from O(flows). Those between tiers name the other
        tier's group, those to V(s3) and V(dynamodb) AWS's prefix list. RV(ids) has them as C(security_group.TIER).
      - They filter what they are given to, by whoever makes it.
      - With V(false) none is created or deleted. With O(state=absent) the module's own ones are.
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
      - V(empty) removes all rules from the VPC's default security group, so that what names no group reaches nothing
        and is not reached. The rules don't come back with O(state=absent).
      - V(ignore) leaves it as it is.
    type: str
    choices: [empty, ignore]
    default: empty
  flow_logs:
    description:
      - Publishes flow logs of the VPC. AWS can't change a flow log, so one that differs is deleted and created again.
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
      traffic_type:
        description: Which traffic is recorded.
        type: str
        choices: [ACCEPT, REJECT, ALL]
        default: ALL
      max_aggregation_interval:
        description: The longest time, in seconds, over which packets are put together into one record.
        type: int
        choices: [60, 600]
        default: 600
notes:
  - What O(confirm_removals) names here is a subnet, NAT gateway or internet gateway, as C(VPC/subnet.TIER.ZONE),
    C(VPC/nat_gateway.ZONE) or C(VPC/internet_gateway.main).
  - An adopted VPC and a VPC's default security group are changed though they don't carry the tag. Neither is ever
    deleted by this module.
  - Only routes to internet, NAT and egress-only internet gateways are this module's. Others in its route tables are
    left alone, so that M(closednet.aws.tgw_spoke) can add its own. Without O(ipv6), IPv6 routes stay where they open
    no more than the tier's O(tiers[].internet), and are told in RV(findings).
  - A subnet that is to be deleted (a zone, a tier) is first taken off the attachments and endpoints that modules of
    this collection made, as long as each keeps another one. Whatever else has a network interface in it is named, and
    nothing is written. The same holds where other subnets of the zone would lose the Transit Gateway.
  - The default network ACL is changed with O(default_network_acl=empty) though it doesn't carry the tag.
  - Rules of network ACLs are numbered by what they say, so that a new flow renumbers none.
  - With O(state=absent) an attachment to a Transit Gateway must go first, or AWS answers C(DependencyViolation).
seealso:
  - module: closednet.aws.tgw_spoke
  - module: closednet.aws.tgw_hub
  - name: VPC CIDR blocks
    description: Sizes, and which ranges can be added to a VPC.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
  - name: Availability Zone IDs
    description: Why names differ between accounts and IDs don't.
    link: https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
  - name: Network ACLs
    description: What they see, what they never filter, and the ports that clients use.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
  - name: Default security groups
    description: Amazon's own advice not to use them.
    link: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
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

- name: A VPC with IPv4 and IPv6, of which the app tier only gets out
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

- name: Three tiers that deny by default
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

- name: Tiers with addresses of their own in a VPC that was there before
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

- name: Remove the closed VPC
  closednet.aws.tiered_vpc:
    account_id: "222222222222"
    assume_role_arn: arn:aws:iam::222222222222:role/network-operator
    region: eu-central-1
    name: alpha
    state: absent
"""

RETURN = r"""
vpc_id:
  description: ID of the VPC. Null while there is none.
  returned: success
  type: str
  sample: vpc-0123456789abcdef0
ipv6_cidr:
  description: The VPC's IPv6 block. Null in check mode while AWS has yet to give one.
  returned: with O(ipv6)
  type: str
  sample: 2001:db8:1234:1a00::/56
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
  description: What the module leaves as it is. Here, with O(state=absent), VPCs that have another name.
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
  sample: ["flow log fl-0123456789abcdef0 does not deliver: Access error"]
ids:
  description: The ID of each resource that exists after the run, by its address. In check mode, of each that was found.
  returned: success
  type: dict
  sample: {vpc.main: vpc-0123456789abcdef0, subnet.app.euc1-az1: subnet-0123456789abcdef0}
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
  sample: {"ec2:DescribeVpcs": 1, "ec2:DescribeSubnets": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._capabilities.tiered_vpc import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
