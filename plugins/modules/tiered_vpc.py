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
        reordering can, and a subnet that moves is deleted and made anew, which AWS refuses while something is in it.
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
      - Changing it makes the route tables of these tiers anew. Routes that other modules made in them are gone until
        those modules run again.
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
      - With V(false) none is made or removed. With O(state=absent) the module's own ones are.
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
      - Publishes flow logs of the VPC. AWS can't change a flow log, so one that differs is deleted and made anew.
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
plan:
  description: The steps that lead from what was there to what is declared, in the order in which they are shown. In
    check mode those that a run would take.
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
      description: The fields that change, as they were. Null where something is made.
      type: dict
    after:
      description: The fields that change, as declared. Null where something is deleted. An id that isn't known yet is
        shown as C((known after ADDRESS)).
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
      description: The fields that change or go, as they were.
      type: dict
    after:
      description: The fields that change or come, as declared.
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
  description: The id of each resource that is there after the run, by its address. In check mode, of each that was
    there.
  returned: success
  type: dict
  sample: {vpc.main: vpc-0123456789abcdef0, subnet.app.euc1-az1: subnet-0123456789abcdef0}
api_calls:
  description: How many API calls were sent, retries included, by service and operation.
  returned: when AWS was called
  type: dict
  sample: {"ec2:DescribeVpcs": 1, "ec2:DescribeSubnets": 1}
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
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the way to it failed
  type: str
"""

from ..module_utils._core import guard
from ..module_utils._core.errors import Invalid
from ..module_utils._core.plan import Ref
from ..module_utils._core.runner import Capability, Declared, run
from ..module_utils._domain.values import identifiers, ports, quotas
from ..module_utils._domain.values import ipv6 as ipv6_plan
from ..module_utils._domain.values.cidrs import lay_out
from ..module_utils._domain.values.tags import check as check_tags
from ..module_utils._domain.values.tags import texts
from ..module_utils._domain.vpc import cidr_blocks
from ..module_utils._domain.vpc.network_acls import (
    INTERNET,
    QUOTA,
    RISKY_PORTS,
    SERVICES,
    VPC,
    Ipv6,
    NetworkAcls,
    check_denied_ports,
    check_quota,
    tiers_of,
)
from ..module_utils._resources.shared import tagged
from ..module_utils._resources.shared.ec2 import owner_tags
from ..module_utils._resources.vpc import (
    default_network_acl,
    default_security_group,
    egress_only_internet_gateway,
    elastic_ip,
    flow_log,
    gateway_prefix_list,
    internet_gateway,
    internet_gateway_attachment,
    internet_route,
    nat_gateway,
    network_acl,
    network_acl_association,
    network_acl_entry,
    route_table,
    route_table_association,
    subnet,
    subnet_user,
    tier_security_group,
    vpc,
    vpc_ipv6,
    vpc_ipv6_cidr,
)
from ..module_utils._resources.vpc.security_group_rules import check_size, rule

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "vpc_id": {"type": "str"},
    "cidrs": {"type": "list", "elements": "str"},
    "ipv6": {
        "type": "dict",
        "options": {
            "source": {"type": "str", "choices": list(ipv6_plan.SOURCES), "required": True},
            "pool_id": {"type": "str"},
            "cidr": {"type": "str"},
            "netmask_length": {"type": "int"},
        },
    },
    "cidrs_quota": {"type": "int", "default": cidr_blocks.QUOTA},
    "availability_zone_ids": {"type": "list", "elements": "str"},
    "tiers": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "prefix": {"type": "int"},
            "cidrs": {"type": "dict"},
            "internet": {"type": "str", "choices": ["none", "gateway", "nat"], "default": "none"},
            "map_public_ip": {"type": "bool", "default": False},
            "ipv6": {"type": "bool", "default": True},
            "assign_ipv6_address": {"type": "bool", "default": True},
            "network_acl": {"type": "str", "choices": ["flows", "open", "default"], "default": "flows"},
            "client_ports": {"type": "str", "default": "1024-65535"},
            "tags": {"type": "dict"},
        },
        "required_one_of": [["prefix", "cidrs"]],
        "mutually_exclusive": [["prefix", "cidrs"]],
    },
    "az_slots": {"type": "int", "default": 4},
    "nat_gateways": {"type": "str", "choices": ["single", "per_az"], "default": "single"},
    "flows": {
        "type": "list",
        "elements": "dict",
        "options": {
            "from": {"type": "str", "required": True},
            "to": {"type": "str", "required": True},
            "tcp": {"type": "list", "elements": "str"},
            "udp": {"type": "list", "elements": "str"},
        },
        "required_one_of": [["tcp", "udp"]],
    },
    "network_acl_ranges": {"type": "str", "choices": ["subnets", "blocks"], "default": "subnets"},
    "network_acl_denied_ports": {"type": "list", "elements": "int", "default": list(RISKY_PORTS)},
    "network_acl_rules_quota": {"type": "int", "default": QUOTA},
    "default_network_acl": {"type": "str", "choices": ["empty", "ignore"], "default": "ignore"},
    "security_groups": {"type": "bool", "default": False},
    "dns_support": {"type": "bool", "default": True},
    "dns_hostnames": {"type": "bool", "default": True},
    "default_security_group": {"type": "str", "choices": ["empty", "ignore"], "default": "empty"},
    "flow_logs": {
        "type": "dict",
        "options": {
            "destination": {"type": "str", "required": True},
            "destination_type": {"type": "str", "choices": ["s3", "cloud-watch-logs"], "default": "s3"},
            "role_arn": {"type": "str"},
            "traffic_type": {"type": "str", "choices": ["ACCEPT", "REJECT", "ALL"], "default": "ALL"},
            "max_aggregation_interval": {"type": "int", "choices": [60, 600], "default": 600},
        },
        "required_if": [["destination_type", "cloud-watch-logs", ["role_arn"]]],
    },
    "security_group_rules_quota": {"type": "int", "default": quotas.RULES},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def desired(params):
    _check(params)
    name, zones, tiers = params["name"], params["availability_zone_ids"] or [], params["tiers"] or []
    owner = f"tiered_vpc/{name}"

    def tags(kind, resource, more=None):
        title = f"{name}-{resource}" if kind != "vpc" else name
        return owner_tags(owner, resource, {**(params["tags"] or {}), **(more or {})}, title)

    present = params["state"] == "present"
    cidrs = _subnet_cidrs(params) if present else {}
    gateway_tiers, nat_tiers = _internet_tiers(tiers)
    numbers = _ipv6_numbers(params) if present else {}
    has_ipv6 = present and params["ipv6"] is not None and params["ipv6"]["source"] != "none"
    per_az = params["nat_gateways"] == "per_az"
    nat_zones = (zones if per_az else zones[:1]) if nat_tiers else []

    resources = {
        "vpc": {
            "main": {
                "cidrs": params["cidrs"] and [params["cidrs"][0], *sorted(params["cidrs"][1:])],
                "dns_support": params["dns_support"],
                "dns_hostnames": params["dns_hostnames"],
                # An adopted VPC stays its maker's: it gets the user's tags only.
                "tags": params["tags"] if params["vpc_id"] else tags("vpc", "main"),
            }
        },
        "tagged": {},
        "subnet": {},
        "subnet_user": {},
        "route_table": {},
        "route_table_association": {},
        "internet_route": {},
    }
    for tier in tiers:
        tables = [tier["name"]]
        if tier["internet"] == "nat" and per_az:
            tables = [f"{tier['name']}.{zone}" for zone in zones]
        for table in tables:
            resources["route_table"][table] = {"vpc": Ref("vpc.main"), "tags": tags("route_table", table)}
        for index, zone in enumerate(zones):
            subnet_name = f"{tier['name']}.{zone}"
            table = Ref(f"route_table.{tables[index % len(tables)]}")
            resources["subnet"][subnet_name] = {
                "vpc": Ref("vpc.main"),
                "cidr": cidrs.get((tier["name"], zone)),
                "az_id": zone,
                "map_public_ip": tier["map_public_ip"],
                **(_ipv6_of_subnet(tier, numbers[tier["name"], zone], has_ipv6) if present and params["ipv6"] else {}),
                "tags": tags("subnet", subnet_name, texts(tier["tags"])),
            }
            resources["route_table_association"][subnet_name] = {
                "subnet": Ref(f"subnet.{subnet_name}"),
                "route_table": table,
            }
        if tier["internet"] != "none":
            for index, table in enumerate(tables):
                via = "internet_gateway" if tier["internet"] == "gateway" else "nat_gateway"
                target = "main" if via == "internet_gateway" else nat_zones[index]
                ways = {"0.0.0.0/0": (via, target)}
                if has_ipv6 and tier["ipv6"]:
                    ways["::/0"] = (via if via == "internet_gateway" else "egress_only_internet_gateway", "main")
                for destination, (kind, name) in ways.items():
                    resources["internet_route"][f"{table}/{destination}"] = {
                        "route_table": Ref(f"route_table.{table}"),
                        "destination": destination,
                        "via": kind,
                        "target": Ref(f"{kind}.{name}"),
                    }
    resources["internet_gateway"] = {"main": {"tags": tags("internet_gateway", "main")}} if gateway_tiers else {}
    resources["internet_gateway_attachment"] = (
        {"main": {"internet_gateway": Ref("internet_gateway.main"), "vpc": Ref("vpc.main")}} if gateway_tiers else {}
    )
    resources["elastic_ip"] = {zone: {"tags": tags("elastic_ip", zone)} for zone in nat_zones}
    resources["nat_gateway"] = {
        zone: {
            "subnet": Ref(f"subnet.{gateway_tiers[0]}.{zone}"),
            "address": Ref(f"elastic_ip.{zone}"),
            "tags": tags("nat_gateway", zone),
        }
        for zone in nat_zones
    }
    if present and params["default_security_group"] == "empty":
        resources["default_security_group"] = {"main": {"ingress": [], "egress": []}}
    scope = {
        "vpc_id": params["vpc_id"],
        "cidrs_quota": params["cidrs_quota"],
        "security_group_rules_quota": params["security_group_rules_quota"],
        "network_acls": _compiling(params, cidrs, numbers if has_ipv6 else None),
        "ipv6": params["ipv6"] and params["ipv6"]["source"],
        "ipv6_numbers": {f"{tier}.{zone}": number for (tier, zone), number in numbers.items()},
        "ipv6_left_alone": {} if params["ipv6"] else _ways_as_open(tiers, resources["route_table"]),
    }
    resources |= _flow_logs(params, tags) | _network_acls(params, tags)
    if params["ipv6"] or not present:
        resources |= _ipv6(params, tags, has_ipv6)
    return Declared(owner, resources, scope, purge_tags=bool(params["tags"]) and params["purge_tags"])


def _subnet_cidrs(params):
    """{(tier, AZ id): its IPv4 CIDR}. Raises Invalid."""
    cidrs = lay_out(params["cidrs"], params["tiers"], params["availability_zone_ids"], params["az_slots"])
    cidr_blocks.check("cidrs", params["cidrs"], params["cidrs_quota"], "cidrs_quota", bool(params["vpc_id"]))
    return cidrs


def _ipv6_numbers(params):
    """{(tier, AZ id): number of its /64 in the VPC's block}. Raises Invalid where the declared one is too small."""
    ipv6, tiers = params["ipv6"], [tier["name"] for tier in params["tiers"]]
    declared = ipv6 is not None and ipv6["source"] != "none"
    length = ipv6_plan.length_of(ipv6) if declared else min(ipv6_plan.VPC_LENGTHS)
    return ipv6_plan.lay_out(tiers, params["availability_zone_ids"], params["az_slots"], length)


def _ipv6_of_subnet(tier, number, has_ipv6):
    if not (has_ipv6 and tier["ipv6"]):
        return {"ipv6_cidr": subnet.NO_IPV6, "assign_ipv6": False}
    cidr = Ref("vpc_ipv6_cidr.main", ipv6_plan.Part(number))
    return {"ipv6_cidr": cidr, "assign_ipv6": tier["assign_ipv6_address"]}


def _ipv6(params, tags, has_ipv6):
    """The block, and the way out by which nobody comes in."""
    nat = [tier for tier in params["tiers"] or [] if tier["internet"] == "nat" and tier["ipv6"]]
    gateway = {"main": {"vpc": Ref("vpc.main"), "tags": tags("egress_only_internet_gateway", "main")}}
    resources = {"egress_only_internet_gateway": gateway if has_ipv6 and nat else {}}
    if params["state"] == "absent":
        return resources
    block = {key: params["ipv6"][key] for key in ("pool_id", "cidr", "netmask_length")}
    return {
        **resources,
        "vpc_ipv6": {"main": {"vpc": Ref("vpc.main"), **block}} if has_ipv6 else {},
        "vpc_ipv6_cidr": {"main": {}} if has_ipv6 else {},
    }


def _ways_as_open(tiers, tables):
    """{route table: by what IPv6 may leave it without being more open than its tier is for IPv4}"""
    egress_only = ("egress_only_internet_gateway",)
    ways = {"none": (), "nat": egress_only, "gateway": (*egress_only, "internet_gateway")}
    internet = {tier["name"]: tier["internet"] for tier in tiers}
    return {table: ways[internet[table.partition(".")[0]]] for table in tables}


def _flow_logs(params, tags):
    if params["state"] == "absent":
        return {"flow_log": {}}
    if not params["flow_logs"]:
        return {}
    fields = {"resource": Ref("vpc.main"), "resource_type": "VPC", "tags": tags("flow_log", "main")}
    return {"flow_log": {"main": {**fields, **params["flow_logs"]}}}


def _compiling(params, cidrs, ipv6):
    """What the network ACLs are compiled from, for network_acl_rules.compiled; None without flows. Raises Invalid."""
    if params["flows"] is None or params["state"] == "absent":
        return None
    flows = {
        "tiers": tiers_of(params["tiers"], cidrs, params["az_slots"], params["network_acl_ranges"] == "blocks"),
        "flows": params["flows"],
        "vpc": params["cidrs"],
        "denied_ports": params["network_acl_denied_ports"],
        "ipv6": ipv6 and _ipv6_of_acls(params, ipv6),
    }
    quota = params["network_acl_rules_quota"]
    # Without the CIDRs of gateway endpoints, which have to be read; with them, it's checked again.
    NetworkAcls(services={}, **flows).check(quota)
    return {"flows": flows, "quota": quota}


def _ipv6_of_acls(params, numbers):
    blocks = params["network_acl_ranges"] == "blocks"
    return Ipv6.of(params["tiers"], numbers, params["az_slots"], blocks, ipv6_plan.length_of(params["ipv6"]))


def _network_acls(params, tags):
    if params["state"] == "absent":
        return {"network_acl": {}, "security_group": {}}
    if params["flows"] is None:
        return {}
    own = [tier["name"] for tier in params["tiers"] if tier["network_acl"] != "default"]
    emptied = {"main": {"inbound": [], "outbound": []}} if params["default_network_acl"] == "empty" else {}
    return {
        "gateway_prefix_list": {name: {} for name in SERVICES if any(name == flow["to"] for flow in params["flows"])},
        "network_acl": {name: {"vpc": Ref("vpc.main"), "tags": tags("network_acl", name)} for name in own},
        # What they are takes the prefix lists to know.
        "network_acl_entry": {},
        "network_acl_association": {
            f"{tier['name']}.{zone}": {
                "subnet": Ref(f"subnet.{tier['name']}.{zone}"),
                "network_acl": Ref(
                    f"network_acl.{tier['name']}" if tier["name"] in own else "default_network_acl.main"
                ),
            }
            for tier in params["tiers"]
            for zone in params["availability_zone_ids"]
        },
        "default_network_acl": emptied,
        **({"security_group": _security_groups(params, tags)} if params["security_groups"] else {}),
    }


def _security_groups(params, tags):
    tiers = [tier["name"] for tier in params["tiers"]]
    has_ipv6 = params["ipv6"] is not None and params["ipv6"]["source"] != "none"

    def rules(tier, end, other):
        """Of the flows whose `end` is the tier, to or from each `other`."""
        found = [
            rule(protocol, *ports.parse(protocol, wanted), peer)
            for flow in params["flows"]
            if flow[end] in (tier, VPC)
            for protocol in ("tcp", "udp")
            for wanted in flow[protocol] or ()
            for peer in peers(flow[other])
        ]
        return [rule for index, rule in enumerate(found) if rule not in found[:index]]

    def peers(end):
        if end in tiers:
            return [Ref(f"security_group.{end}")]
        if end in SERVICES:
            return [Ref(f"gateway_prefix_list.{end}")]
        if end == VPC:
            return [*params["cidrs"], *([Ref("vpc_ipv6_cidr.main")] if has_ipv6 else [])]
        if end == INTERNET:
            return ["0.0.0.0/0", *(["::/0"] if has_ipv6 else [])]
        return [end]

    for tier in tiers:
        for end, other in (("to", "from"), ("from", "to")):
            check_size(f"flows {end} {tier}", rules(tier, end, other), params["security_group_rules_quota"])
    return {
        tier: {
            "vpc": Ref("vpc.main"),
            "group_name": f"{params['name']}-{tier}",
            "description": f"Tier {tier} of {params['name']}",
            "ingress": rules(tier, "to", "from"),
            "egress": rules(tier, "from", "to"),
            "tags": tags("security_group", tier),
        }
        for tier in tiers
    }


def _check(params):
    """What lay_out doesn't look at. Raises Invalid."""
    identifiers.name("name", params["name"])
    if params["vpc_id"] is not None:
        identifiers.resource_id("vpc_id", params["vpc_id"], "vpc")
    if params["ipv6"]:
        ipv6_plan.check_source("ipv6", params["ipv6"])
    for index, zone in enumerate(params["availability_zone_ids"] or []):
        identifiers.az_id(f"availability_zone_ids[{index}]", zone)
    _check_tiers(params["tiers"] or [])
    quotas.check("security_group_rules_quota", params["security_group_rules_quota"], quotas.RULES)
    check_quota(params["network_acl_rules_quota"])
    check_denied_ports(params["network_acl_denied_ports"])
    for option, what in (("cidrs", "range"), ("tiers", "tier")):
        if params[option] == [] and params["state"] == "present":
            raise Invalid(option, [], "would leave the VPC without subnets", f"at least one {what}, or state: absent")
    if params["flows"] is None and params["state"] == "present":
        if params["default_network_acl"] == "empty":
            problem = "would cut off the subnets, which have no other network ACL"
            raise Invalid("default_network_acl", "empty", problem, "flows, too")
        if params["security_groups"]:
            raise Invalid("security_groups", True, "has nothing to make rules of", "flows, too")
    if params["flow_logs"]:
        identifiers.flow_logs("flow_logs", params["flow_logs"])


def _check_tiers(tiers):
    for index, tier in enumerate(tiers):
        identifiers.tier(f"tiers[{index}].name", tier["name"])
        ports.clients(f"tiers[{index}].client_ports", tier["client_ports"])
        if tier["tags"]:
            check_tags(f"tiers[{index}].tags", tier["tags"])


def _internet_tiers(tiers):
    """Names of the tiers that use an internet gateway, and of those that use a NAT gateway."""
    gateway, nat = ([tier["name"] for tier in tiers if tier["internet"] == via] for via in ("gateway", "nat"))
    if nat and not gateway:
        raise Invalid("tiers", nat, "use a NAT gateway", "a tier with internet: gateway for it to stand in")
    return gateway, nat


def report(declared, found, ids, states):
    block = ids.get("vpc_ipv6_cidr.main")
    return {"vpc_id": ids.get("vpc.main"), **({"ipv6_cidr": block} if "vpc_ipv6_cidr" in found else {})}


CAPABILITY = Capability(
    "tiered_vpc",
    ARGUMENT_SPEC,
    desired,
    (
        vpc,
        vpc_ipv6,
        vpc_ipv6_cidr,
        tagged,
        subnet,
        gateway_prefix_list,
        network_acl,
        network_acl_entry,
        network_acl_association,
        default_network_acl,
        tier_security_group,
        internet_gateway,
        internet_gateway_attachment,
        egress_only_internet_gateway,
        nat_gateway,
        elastic_ip,
        route_table,
        route_table_association,
        internet_route,
        default_security_group,
        flow_log,
        subnet_user,
    ),
    report,
    {"required_if": [["state", "present", ["cidrs", "availability_zone_ids", "tiers"]]]},
    removals=guard.deleted("subnet", "nat_gateway", "internet_gateway"),
)


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
