# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What opens or closes a receiver's VPC that routes lead to: groups, network ACLs, interfaces that have no group."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    entry,
    group,
    interface,
    route,
    subnet,
    table,
    vpc_attachment,
)
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_opened_by_hand import peering
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_own_routes import (
    HUB,
    copied,
    of_account,
    spokes_table,
    to,
    without_blackholes,
)
from ansible_collections.closednet.aws.tests.unit._domain.proof.test_prove import (
    ONE,
    OTHER,
    OTHERS_CIDR,
    items,
    lead_there,
    let_in,
    verdicts,
)

ONES_CIDR, REFERENCES = "10.16.0.0/20", "SecurityGroupReferencingSupport"


@pytest.fixture
def places():
    found = copied()
    lead_there(found)
    return found


def add_rule(places, **peers):
    for one in items(places, "SecurityGroups", OTHER):
        one["IpPermissions"].append({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **peers})


def add_interface(places, account, of_subnet, address, kind, **more):
    made = interface(of_subnet[:2], of_subnet, kind, address, [], **more)
    of_account(places, account)["NetworkInterfaces"].append({**made, "OwnerId": account, "InterfaceType": kind})


def with_entries(places, *entries):
    for one in of_account(places, OTHER)["NetworkAcls"]:
        one["Entries"] = [*entries, entry(100, egress=True)]


# ---- opened


def load_balancer_without_groups(places):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html"""
    description = {"Description": "ELB net/n/1"}
    add_interface(places, OTHER, "s1-app-az1", "10.16.16.50", "network_load_balancer", **description)


def interface_without_groups(places):
    add_interface(places, OTHER, "s1-app-az1", "10.16.16.50", "interface")


def group_of_the_sender(places):
    """https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html"""
    add_rule(places, UserIdGroupPairs=[{"GroupId": "sg-s0-app", "VpcId": "vpc-s0"}])


def group_of_a_sender_whose_attachment_is_without_them(places):
    """The sender may modify its attachment."""
    group_of_the_sender(places)
    for one in items(places, "TransitGatewayVpcAttachments", ONE):
        one["Options"] = {REFERENCES: "disable"}


def group_of_the_sender_and_a_deleted_attachment(places):
    group_of_the_sender(places)
    old = {"TransitGatewayAttachmentId": "tgw-attach-old", "State": "deleted", "Options": {REFERENCES: "disable"}}
    of_account(places, OTHER)["TransitGatewayVpcAttachments"].append({**vpc_attachment("s1", "s1-tgw-az1"), **old})


def address_of_the_sender_s_nat_gateway(places):
    own = {"NatGatewayId": "nat-1", "VpcId": "vpc-s0", "SubnetId": "subnet-s0-tgw-az1", "State": "available"}
    own["NatGatewayAddresses"] = [{"PrivateIp": "10.16.4.9", "NetworkInterfaceId": "eni-nat_gateway"}]
    of_account(places, ONE)["NatGateways"].append(own)
    add_interface(places, ONE, "s0-tgw-az1", "10.16.4.9", "nat_gateway")
    add_rule(places, IpRanges=[{"CidrIp": "10.16.4.9/32"}])


def prefix_list_that_was_not_read(places):
    add_rule(places, PrefixListIds=[{"PrefixListId": "pl-x"}])


def prefix_list(places):
    prefix_list_that_was_not_read(places)
    of_account(places, OTHER)["PrefixLists"] = [
        {"PrefixListId": "pl-x", "PrefixListName": "x", "Cidrs": ["10.16.0.0/16"]}
    ]


def group_that_nobody_uses(places):
    of_account(places, OTHER)["SecurityGroups"].append(group("s1", "unused"))
    of_account(places, OTHER)["NetworkInterfaces"] = []


def entry_that_allows_before_one_that_denies(places):
    let_in(places)
    with_entries(places, entry(90, protocol="6", ports=(22, 22), cidr=ONES_CIDR), entry(100, "deny"))


def type_of_icmp(places):
    rule = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    items(places, "SecurityGroups", OTHER)[0]["IpPermissions"].append(rule)


def over_the_hub_s_nat_gateway(places):
    """The receiver lets in the hub's addresses, which its NAT gateway gives to packets of everybody."""
    without_blackholes(places)
    spokes_table(places)[:] = [to("0.0.0.0/0", "tgw-attach-hub")]
    nat = {"NatGatewayId": "nat-1", "VpcId": "vpc-hub", "SubnetId": "subnet-hub-dns-az1", "State": "available"}
    nat["NatGatewayAddresses"] = [{"PrivateIp": "10.0.2.9", "NetworkInterfaceId": "eni-nat"}]
    files = of_account(places, HUB)
    files["NatGateways"].append(nat)
    (main,) = files["RouteTables"]
    main["Routes"][1:] = [route("0.0.0.0/0", NatGatewayId="nat-1")]
    back = [route("10.0.0.0/8", TransitGatewayId="tgw-1")]
    files["RouteTables"].append(table("hub", "dns", back, "hub-dns-az1", "hub-dns-az2", cidr="10.0.0.0/16"))
    for one in items(places, "RouteTables", ONE):
        one["Routes"].append(route("0.0.0.0/0", TransitGatewayId="tgw-1"))


def route_to_an_interface(places):
    """It takes what is addressed to it, though its source/destination check is on."""
    let_in(places)
    made = next(one for one in items(places, "NetworkInterfaces", OTHER) if one["SubnetId"] == "subnet-s1-app-az1")
    made["SourceDestCheck"] = True
    for one in items(places, "RouteTables", OTHER):
        one["Routes"].append(route("10.16.16.0/24", NetworkInterfaceId=made["NetworkInterfaceId"]))


def narrow_route(places):
    """The sender's own route leads to a tier that a network ACL closes; the hub's, to the other one, too."""
    let_in(places)
    without_blackholes(places)
    spokes_table(places).append(to(OTHERS_CIDR, "tgw-attach-s1"))
    for one in items(places, "RouteTables", ONE):
        one["Routes"] = [own for own in one["Routes"] if "TransitGatewayId" not in own]
        one["Routes"].append(route("10.16.18.0/24", TransitGatewayId="tgw-1"))
    acl_of_data = next(one for one in items(places, "NetworkAcls", OTHER) if "data" in one["NetworkAclId"])
    acl_of_data["Entries"] = [entry(100, "deny"), entry(100, "deny", egress=True)]


def narrow_route_of_a_peering(places):
    narrow_route(places)
    spokes_table(places).pop()
    id_ = peering(places)
    for one in items(places, "RouteTables", ONE):
        one["Routes"][-1] = route("10.16.18.0/24", VpcPeeringConnectionId=id_)


OPENED = {
    narrow_route: "unknown",
    narrow_route_of_a_peering: "unknown",
    route_to_an_interface: "unknown",
    load_balancer_without_groups: "unknown",
    interface_without_groups: "counterexample",
    group_of_the_sender: "unknown",
    group_of_a_sender_whose_attachment_is_without_them: "unknown",
    group_of_the_sender_and_a_deleted_attachment: "unknown",
    address_of_the_sender_s_nat_gateway: "counterexample",
    prefix_list_that_was_not_read: "unknown",
    prefix_list: "counterexample",
    group_that_nobody_uses: "counterexample",
    entry_that_allows_before_one_that_denies: "counterexample",
    type_of_icmp: "counterexample",
    over_the_hub_s_nat_gateway: "counterexample",
}


@pytest.mark.parametrize("opened", OPENED, ids=lambda one: one.__name__)
def test_what_opens_the_receiver_is_not_proven(places, opened):
    opened(places)
    told = verdicts(places)[ONE, OTHER]
    assert told.verdict == OPENED[opened], told.says


# ---- not opened


def group_of_the_sender_that_the_receiver_s_attachment_is_without(places):
    group_of_the_sender(places)
    for one in items(places, "TransitGatewayVpcAttachments", OTHER):
        one["Options"] = {REFERENCES: "disable"}


def group_that_names_itself(places):
    own = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-own", "UserId": OTHER}]}
    of_account(places, OTHER)["SecurityGroups"].append(group("s1", "own", [own]))


def entry_that_denies_before_one_that_allows(places):
    let_in(places)
    with_entries(places, entry(100), entry(90, "deny", cidr=ONES_CIDR))


def interfaces_of_aws_without_groups(places):
    add_interface(places, OTHER, "s1-tgw-az1", "10.16.20.9", "transit_gateway")
    add_interface(places, OTHER, "s1-app-az1", "10.16.16.51", "gateway_load_balancer_endpoint")
    add_interface(places, OTHER, "s1-app-az1", "10.16.16.52", "nat_gateway")


CLOSED = (
    group_of_the_sender_that_the_receiver_s_attachment_is_without,
    group_that_names_itself,
    entry_that_denies_before_one_that_allows,
    interfaces_of_aws_without_groups,
)


@pytest.mark.parametrize("closed", CLOSED, ids=lambda one: one.__name__)
def test_what_keeps_the_receiver_closed_is_proven(places, closed):
    closed(places)
    told = verdicts(places)[ONE, OTHER]
    assert (told.verdict, told.level) == ("proven", "filters"), told.says


def only_in_another_zone(places, back):
    """A hub's subnet of a zone of its own, in which the sender may create a subnet, sends on what comes."""
    without_blackholes(places)
    spokes_table(places)[:] = [to("0.0.0.0/0", "tgw-attach-hub")]
    files = of_account(places, HUB)
    files["RouteTables"][0]["Routes"][1:] = []
    files["Subnets"].append({**subnet("hub", "hub-on", "10.0.9.0/24", "az3"), "OwnerId": HUB})
    files["RouteTables"].append(table("hub", "on", back, "hub-on", cidr="10.0.0.0/16"))
    files["TransitGatewayVpcAttachments"][0]["SubnetIds"].append("subnet-hub-on")


def test_a_zone_in_which_the_sender_has_no_subnet_yet_counts(places):
    only_in_another_zone(places, [route("10.0.0.0/8", TransitGatewayId="tgw-1")])
    told = verdicts(places)[ONE, OTHER]
    assert told.verdict == "unknown" and "only the sender's own route tables" in told.says


def test_a_zone_from_which_nothing_is_sent_back_is_proven(places):
    only_in_another_zone(places, [])
    told = verdicts(places)[ONE, OTHER]
    assert (told.verdict, told.level) == ("proven", "routes"), told.says
