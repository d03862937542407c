#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: network_path_info
short_description: How far a packet gets in AWS networks, and what decides it
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Follows a packet from a source to a destination, and its answer back, through subnets, route tables, network ACLs,
    security groups, NAT and internet gateways, gateway and interface endpoints, VPC peering, transit gateways, load
    balancers, and endpoints of Network Firewall, of which both directions must pass the same ones.
  - A path to a Network or Application Load Balancer goes on to its targets, each of those in use. So does a path to an
    interface endpoint of a customer's service. AWS's own services end at the endpoint.
  - Or looks at all flows at once, for those of which a firewall sees only one direction, with O(symmetry).
  - Reads one account and region, or a folder with answers of describe calls of many accounts and regions. Changes
    nothing in AWS, and costs nothing.
  - Where the data doesn't allow a verdict, it is V(unknown), and RV(decided_by) says what is missing. What one filter
    certainly stops is no unknown, whatever else wasn't read.
options:
  account_id:
    description:
      - ID of the AWS account to read, 12 digits in quotes. The credential must belong to this account.
      - Either this or O(snapshot_dir) is required.
    type: str
    required: false
  snapshot_dir:
    description:
      - Folder with answers of describe calls, in the layout of Batfish's AWS snapshots, C(<Kind>.json),
        C(<region>/<Kind>.json) or C(accounts/<id>/<region>/<Kind>.json). C(Vpcs.json) has C({"Vpcs":[...]}), and so on.
      - No credential is needed, and no call is made.
    type: path
  save_snapshot_dir:
    description:
      - Folder in which to save what was read of the account, as C(accounts/<id>/<region>/<Kind>.json), for later use as
        O(snapshot_dir), alone or with other accounts. It is created if it doesn't exist.
      - Saved in check mode, too, because that changes nothing in AWS.
      - Without O(source) nothing else is done.
      - More is read than a path needs, such as associations of security groups, VPNs, principals of endpoint services,
        VPC Lattice and what RAM shares. A kind that AWS denies, or that the Region lacks, is listed in RV(unread) and
        in C(Unread.json); what depends on it is V(unknown) later.
      - C(Read.json) tells when it was read, and by which versions.
    type: path
  read_twice:
    description:
      - Whether to read until two reads that follow each other are equal, 4 times at most. A kind that still differs
        then is in RV(unread) with the code C(ChangedWhileRead).
      - Goes with O(save_snapshot_dir).
    type: bool
  source:
    description:
      - Sender. The ID of an instance (its primary interface), of a network interface or of a subnet (its next
        interface, without a security group), or an IPv4 or IPv6 address.
      - For networks on premises the ID of their attachment to a transit gateway (VPN, Direct Connect), alone or with an
        address behind it, as in C(tgw-attach-0123456789abcdef0/192.168.1.5).
      - An address that no interface has stands for its subnet's next interface. Outside of all subnets, a public one
        comes from the internet, another one by the attachment on premises that it is routed to.
      - IDs stand for their IPv4 and IPv6 addresses. One that delivers is enough.
    type: str
  destination:
    description:
      - Receiver, in the same forms. Required with O(source).
      - Or the ID of a VPC endpoint, each of whose addresses must be reached, or a DNS name that an endpoint of the
        source's VPC, a load balancer or an interface has. What else Route 53 answers isn't looked at.
    type: str
  protocol:
    description:
      - The packet's protocol. V(icmp) is a ping.
      - Default is V(tcp) if O(port) is given, otherwise any. Then only rules that allow all protocols count.
    type: str
    choices: [tcp, udp, icmp]
  port:
    description:
      - Destination port, or a range of ports such as V(8000-8080), of which all must be allowed. Without it, all.
    type: str
  source_ports:
    description:
      - Source ports, to which the answer returns. Network ACLs must allow it to all of them, or connections fail
        intermittently.
      - Linux uses V(32768-60999), Windows V(49152-65535). NAT gateways, load balancers and Lambda use the default.
    type: str
    default: 1024-65535
  one_way:
    description: Whether the sender expects no answer, as with syslog by UDP. Then only the packet itself must arrive.
    type: bool
    default: false
  symmetry:
    description:
      - Whether to compare both directions of the flows from each subnet of VPCs that are attached to a transit gateway
        or have an endpoint of Network Firewall. To the internet, from the internet, and between each other.
      - By routes alone, for IPv4, in a snapshot of all the accounts (O(snapshot_dir)). Each zone is looked at, and for
        addresses that all route tables treat alike, one of them.
    type: bool
attributes:
  check_mode:
    description: Changes nothing in AWS in any mode.
    support: full
  diff_mode:
    description: Changes nothing that could differ.
    support: none
notes:
  - The module doesn't check policies, rules of firewalls, and whether something listens, except load balancers.
  - The verdict is V(unknown) if the path goes through what describe calls don't show, such as a VPN, Direct Connect, a
    NAT instance or another appliance than Network Firewall, or an account that isn't in the snapshot, such as that of
    the provider of an endpoint's service, or through an object of a kind that the module doesn't know. Only the owner
    of a transit gateway sees its route tables.
  - If AWS picks a zone or an address itself, as a transit gateway does in appliance mode, each of them must deliver.
  - For an account it makes 21 calls, plus pages, and one for each table of its transit gateways, each attachment
    with NAT, and each prefix list, except AWS's, that a route or rule references. Two for each Network Load Balancer
    and each target group in use. For each Application Load Balancer one, and one for each of its listeners.
  - With O(save_snapshot_dir) it makes 25 more, plus one for each table of its transit gateways, each endpoint service
    and each Client VPN endpoint, and two for each VPC. With O(read_twice) all of them at least twice.
extends_documentation_fragment:
  - closednet.aws.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Check whether an instance reaches S3
  closednet.aws.network_path_info:
    account_id: "222222222222"
    region: eu-central-1
    source: i-0123456789abcdef0
    destination: 52.219.170.10
    port: 443
  register: to_s3

- name: Show why not
  ansible.builtin.debug:
    msg: "{{ to_s3.verdict }} at {{ to_s3.path | last }}, {{ to_s3.decided_by.says }}"

- name: Check a path in a saved snapshot of several accounts
  closednet.aws.network_path_info:
    snapshot_dir: /tmp/case-42/aws_configs
    source: i-0123456789abcdef0
    destination: eni-0123456789abcdef0
    port: 5432

- name: Save the network of an account, as two equal reads
  closednet.aws.network_path_info:
    account_id: "222222222222"
    region: eu-central-1
    save_snapshot_dir: /tmp/evidence
    read_twice: true

- name: Find flows of which a firewall sees only one direction
  closednet.aws.network_path_info:
    snapshot_dir: /tmp/case-42/aws_configs
    symmetry: true
  register: network
  failed_when: network.asymmetric or network.symmetry_unknown
"""

RETURN = r"""
verdict:
  description:
    - V(delivered), V(denied) by a filter, V(no_route), or V(unknown) if what was read doesn't tell.
  returned: when O(source) is given
  type: str
  sample: denied
path:
  description:
    - IDs on the packet's path, in order. Instances (or interfaces, or endpoints), subnets, VPCs and gateways. The
      packet ended at the last one.
    - A peering connection isn't listed. One VPC follows the other.
    - If the answer doesn't get back, it is the path of the packet that was delivered.
  returned: when O(source) is given
  type: list
  elements: str
  sample: [i-0123456789abcdef0, subnet-0123456789abcdef0, vpc-0123456789abcdef0, vpce-0123456789abcdef0]
decided_by:
  description: The rule, route or filter that decided. If the verdict is V(unknown), what would have to be known.
  returned: when O(source) is given
  type: dict
  contains:
    by:
      description: The kind of resource, such as V(security_group), V(network_acl) or V(route_table). V(snapshot) if
        it isn't known.
      type: str
    ids:
      description: IDs of the resources. More than one only for the security groups of an interface if none has a
        matching rule.
      type: list
      elements: str
    says:
      description: The decision, in words.
      type: str
  sample:
    by: security_group
    ids: [sg-0123456789abcdef0]
    says: no ingress rule allows tcp/443 from 10.1.1.10 to 10.1.2.10
not_judged:
  description:
    - What the verdict leaves open, such as the rules of firewalls on the path, or VPC Block Public Access if a snapshot
      hasn't C(VpcBlockPublicAccessOptions.json).
  returned: when O(source) is given
  type: list
  elements: str
  sample: ["network firewall central: what its rules decide is not judged here"]
blockers:
  description:
    - All that stops the packet or its answer, or may stop it, RV(decided_by) among them. Fixing one of several changes
      nothing.
    - Beyond a place from which no route leads on, what the destination itself wouldn't let in, and its answer.
  returned: when O(source) is given
  type: list
  elements: dict
  contains:
    verdict:
      description: V(denied), V(no_route), or V(unknown) for what may stop it.
      type: str
    by:
      description: As in RV(decided_by).
      type: str
    ids:
      description: As in RV(decided_by).
      type: list
      elements: str
    says:
      description: The decision, in words.
      type: str
    direction:
      description: V(there) for the packet, V(answer) for its answer.
      type: str
  sample:
    - verdict: denied
      by: security_group
      ids: [sg-0123456789abcdef0]
      says: no ingress rule allows tcp/443 from 10.1.1.10 to 10.1.2.10
      direction: there
asymmetric:
  description: Flows that pass different firewalls in each direction, or whose answers get lost. Like ones are one item.
  returned: with O(symmetry)
  type: list
  elements: dict
  contains:
    account:
      description: Account of the resource to change.
      type: str
    subnets:
      description: IDs of the subnets whose flows suffer.
      type: list
      elements: str
    flows:
      description: V(to the internet), V(from the internet) or V(between each other).
      type: str
    problem:
      description: What goes wrong, in words.
      type: str
    table:
      description: ID of the route table, or of the attachment, that has to change.
      type: str
    route:
      description: The route that is wrong, with its target.
      type: str
    expected:
      description: What would be right.
      type: str
    says:
      description: All of it as one text.
      type: str
  sample:
    - account: "999999999999"
      subnets: [subnet-0123456789abcdef0]
      flows: to the internet
      problem: packets pass vpce-0123456789abcdef0, their answers no firewall
      table: rtb-0123456789abcdef0
      route: 10.0.0.0/8 -> tgw-0123456789abcdef0
      expected: 10.0.0.0/8 -> vpce-0123456789abcdef0
      says: >-
        subnet-0123456789abcdef0 to the internet: packets pass vpce-0123456789abcdef0, their answers no firewall;
        account 999999999999, rtb-0123456789abcdef0, 10.0.0.0/8 -> tgw-0123456789abcdef0;
        expected 10.0.0.0/8 -> vpce-0123456789abcdef0
symmetry_unknown:
  description: What couldn't be compared, with the object that isn't known. Not symmetric until somebody has looked.
  returned: with O(symmetry)
  type: list
  elements: str
  sample: ["nat-0123456789abcdef0: the verdict is unknown: a regional NAT gateway shows no subnet that it sends from"]
symmetry_warnings:
  description: Symmetric but crossing zones, ways out that end on the way, attachments beyond which nothing is compared.
  returned: with O(symmetry)
  type: list
  elements: str
  sample: []
flows:
  description: Number of flows that were compared.
  returned: with O(symmetry)
  type: int
  sample: 86
unread:
  description: What couldn't be read of the account, such as what its role isn't allowed to.
  returned: with O(save_snapshot_dir)
  type: list
  elements: dict
  contains:
    kind:
      description: The file that is missing, without its ending. What needs it is V(unknown).
      type: str
    operation:
      description: AWS's operation that failed. Empty for what changed meanwhile.
      type: str
    code:
      description: AWS's error code, or C(ChangedWhileRead).
      type: str
    of:
      description: ID of the part of the kind that is missing. The rest of it is there.
      type: str
      returned: for a prefix list
  sample:
    - kind: RamResources
      operation: ListResources
      code: AccessDeniedException
# The same in every module, but for samples and the notes' description; written by tools/module_docs.py.
api_calls:
  description: Number of API calls sent, including retries, by service and operation.
  returned: success, or when AWS was called
  type: dict
  sample: {"ec2:DescribeRouteTables": 1, "ec2:DescribeSubnets": 1}
error_code:
  description: AWS's error code, or the name of botocore's exception.
  returned: when AWS or the connection to it failed
  type: str
"""

from ..module_utils._capabilities.network_path_info import CAPABILITY
from ..module_utils._core.module import run


def main():
    run(CAPABILITY)


if __name__ == "__main__":
    main()
