# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ends of flows: networks on premises, addresses without an interface, endpoints, names, AWS's own addresses."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.tests.unit._domain.network.test_trace import (
    ALPHA,
    BETA,
    HUB,
    World,
    deny,
    entry,
    interface,
    on,
    propagation,
    route,
    static,
    subnet,
)

PREMISES, VPN = "192.168.0.0/16", "tgw-attach-vpn"
BEHIND = f"what the networks behind {VPN} route and filter is not judged here"


def to_vpn(cidr):
    targets = [{"TransitGatewayAttachmentId": VPN, "ResourceType": "vpn"}]
    return {"DestinationCidrBlock": cidr, "Type": "static", "State": "active", "TransitGatewayAttachments": targets}


@pytest.fixture
def world():
    """With a VPN to networks on premises, and routes there and back."""
    world = World()
    hub = world.files[HUB]
    hub["TransitGatewayAttachments"].append(
        {
            "TransitGatewayAttachmentId": VPN,
            "TransitGatewayId": "tgw-1",
            "ResourceType": "vpn",
            "ResourceId": "vpn-1",
            "State": "available",
            "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-vpn"},
        }
    )
    in_gateway = {"TransitGatewayRouteTableId": "tgw-rtb-vpn", "TransitGatewayId": "tgw-1"}
    hub["TransitGatewayRouteTables"].append(in_gateway)
    hub["TransitGatewayPropagations"].append(propagation("vpn", "alpha"))
    hub["TransitGatewayStaticRoutes"] = [static("alpha", to_vpn(PREMISES)), static("shared"), static("vpn")]
    world.item("rtb-app")["Routes"].append(route(PREMISES, TransitGatewayId="tgw-1"))
    return world


# ---- on premises


@pytest.mark.parametrize("source", [VPN, f"{VPN}/192.168.7.5", "192.168.7.5"])
def test_from_premises(world, source):
    verdict = world.trace(source, "i-app", port=443)
    there = [VPN, "tgw-1", "vpc-alpha", "subnet-app", "i-app"]
    assert (verdict.verdict, list(verdict.path)) == ("delivered", there), verdict
    stands = ("192.168.0.1 stands for the addresses behind tgw-attach-vpn",) if source == VPN else ()
    assert verdict.notes == (*stands, BEHIND)


@pytest.mark.parametrize("destination", [VPN, f"{VPN}/192.168.7.5"])
def test_to_premises(world, destination):
    verdict = world.trace("i-app", destination, port=443)
    assert (verdict.verdict, verdict.path[-1], verdict.notes[-1]) == ("delivered", VPN, BEHIND)
    # An address alone may be anywhere behind it.
    assert world.trace("i-app", "192.168.7.5", port=443).verdict == "unknown"


def test_answers_to_premises_need_a_route_and_filters(world):
    world.item("rtb-app")["Routes"].pop()
    verdict = world.trace(VPN, "i-app", port=443)
    assert [(one.direction, one.ids) for one in verdict.blockers] == [("answer", ("nat-1",))], verdict
    world.item("rtb-app")["Routes"].append(route(PREMISES, TransitGatewayId="tgw-1"))
    deny("acl-tgw", entry(10, "deny"))(world)
    verdict = world.trace(VPN, "i-app", port=443)
    assert (verdict.verdict, verdict.blockers[0].direction) == ("denied", "answer")
    world.files[HUB]["TransitGatewayStaticRoutes"][0] = static("alpha")
    directions = {(one.direction, one.verdict) for one in world.trace(f"{VPN}/192.168.7.5", "i-app", port=443).blockers}
    assert directions == {("answer", "denied"), ("answer", "no_route")}


def test_a_packet_from_premises_that_goes_back_there_is_not_delivered(world):
    world.files[HUB]["TransitGatewayStaticRoutes"][2] = static("vpn", to_vpn("10.77.0.0/16"))
    assert world.trace(VPN, "10.77.0.1", port=443).verdict == "unknown"


def test_an_attachment_that_is_not_available(world):
    world.item(VPN, HUB)["State"] = "deleting"
    verdict = world.trace(f"{VPN}/192.168.7.5", "i-app", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("no_route", (VPN,))


BAD = {
    "an attachment of a VPC": ("tgw-attach-alpha", "i-app", "of the type vpc"),
    "no address": (f"{VPN}/web", "i-app", "ends in no IP address"),
    "a gateway that sends": ("vpce-s3", "i-app", "is a gateway"),
    "an address of nobody": ("172.16.0.1", "i-app", "is no address of an interface"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_be_an_end(world, name):
    source, destination, message = BAD[name]
    with pytest.raises(Invalid) as raised:
        world.trace(source, destination, port=443)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("source", "destination", "kind"),
    [("tgw-attach-gone", "i-app", "TransitGatewayAttachments"), ("i-app", "vpce-gone", "VpcEndpoints")],
)
def test_an_id_that_no_account_has_is_wrong_and_one_of_an_account_that_was_not_read_is_unknown(
    world, source, destination, kind
):
    assert world.trace(source, destination, port=443).verdict == "unknown"
    for kinds in world.files.values():
        kinds.setdefault(kind, [])
    with pytest.raises(Invalid, match=f"gone' isn't in the snapshot; expected .* {kind}"):
        world.trace(source, destination, port=443)


def test_an_attachment_with_default_routes_only_needs_an_address(world):
    world.files[HUB]["TransitGatewayStaticRoutes"][0] = static("alpha", to_vpn("0.0.0.0/0"))
    with pytest.raises(Invalid, match="has no route that tells an address behind it"):
        world.trace(VPN, "i-app", port=443)
    assert world.trace(f"{VPN}/192.168.7.5", "i-app", port=443).verdict == "delivered"


# ---- addresses without an interface


def test_an_address_without_an_interface_is_its_subnets_next_one(world):
    verdict = world.trace("10.1.1.77", "eni-data", port=443)
    assert (verdict.verdict, verdict.path[0]) == ("delivered", "10.1.1.77")
    assert verdict.notes == ("no interface has 10.1.1.77: as one without a security group",)
    by_id = world.trace("subnet-app", "subnet-data", port=443)
    assert (by_id.verdict, by_id.path[0], by_id.path[-1]) == ("delivered", "10.1.1.4", "10.1.2.4")
    # As a destination it is nobody.
    assert world.trace("i-app", "10.1.2.77", port=443).verdict == "no_route"


def test_an_address_in_two_subnets_is_ambiguous(world):
    world.files[HUB]["Subnets"].append(subnet("shared", "same", "10.1.1.0/24"))
    with pytest.raises(Invalid, match="is in subnet-app, subnet-same"):
        world.trace("10.1.1.77", "eni-data", port=443)


# ---- endpoints and names

NAME = "logs.eu-central-1.amazonaws.com"


def with_two_zones(world):
    world.files[ALPHA]["NetworkInterfaces"].append(
        interface("alpha", "far", "logs2", "10.1.5.20", ["data"], InterfaceType="vpc_endpoint")
    )
    entries = [
        {"DnsName": NAME},
        {"DnsName": f"*.{NAME}"},
        {"DnsName": "vpce-logs-1.logs.eu-central-1.vpce.amazonaws.com"},
    ]
    world.item("vpce-logs").update(NetworkInterfaceIds=["eni-logs", "eni-logs2"], DnsEntries=entries)


@pytest.mark.parametrize(
    "destination",
    ["vpce-logs", NAME, f"{NAME.upper()}.", f"a.{NAME}", "vpce-logs-1.logs.eu-central-1.vpce.amazonaws.com"],
)
def test_each_address_of_an_endpoint_must_be_reached(world, destination):
    with_two_zones(world)
    verdict = world.trace("i-app", destination, port=443)
    assert (verdict.verdict, verdict.path[-1]) == ("delivered", "vpce-logs"), verdict
    assert bool(verdict.notes) == (destination != "vpce-logs")
    deny("acl-app", entry(10, "deny", "6", (443, 443)))(world)  # into the subnet far, too
    assert world.trace("i-app", destination, port=443).verdict == "denied"


def test_a_name_without_private_dns_is_unknown(world):
    verdict = world.trace("i-app", NAME, port=443)
    assert verdict.verdict == "unknown" and f"what {NAME} resolves to" in verdict.decided_by.message
    with_two_zones(world)
    assert world.trace("eni-dns", NAME, port=443).verdict == "unknown"  # of another VPC


def test_a_name_of_an_interface(world):
    world.item("eni-data")["PrivateDnsName"] = "ip-10-1-2-10.eu-central-1.compute.internal"
    verdict = world.trace("i-app", "ip-10-1-2-10.eu-central-1.compute.internal", port=443)
    assert (verdict.verdict, verdict.path[-1]) == ("delivered", "eni-data")


def test_a_gateway_endpoint_stands_for_its_services_addresses(world):
    verdict = world.trace("i-app", "vpce-s3", port=443)
    assert (verdict.verdict, verdict.path[-1]) == ("delivered", "vpce-s3")
    assert verdict.notes == ("52.216.0.1 stands for the addresses of pl-s3",)


def test_an_endpoint_starts_no_connection(world):
    verdict = world.trace("vpce-logs", "i-app", port=443)
    assert (verdict.verdict, verdict.decided_by.by) == ("denied", "vpc_endpoint")


# ---- AWS's own addresses, which neither groups nor ACLs filter

OWN = {
    "resolver, by the VPC's address": ("10.1.0.2", "udp", 53, "delivered"),
    "resolver": ("169.254.169.253", "tcp", 53, "delivered"),
    "metadata": ("169.254.169.254", "tcp", 80, "delivered"),
    "time": ("169.254.169.123", "udp", 123, "delivered"),
    "time by TCP": ("169.254.169.123", "tcp", 123, "unknown"),
    "resolver, another port": ("10.1.0.2", "tcp", 443, "unknown"),
    "resolver, any protocol": ("10.1.0.2", None, None, "unknown"),
    "another link-local address": ("169.254.1.1", "tcp", 80, "unknown"),
}


@pytest.mark.parametrize("name", OWN)
def test_addresses_that_no_filter_applies_to(world, name):
    """https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html"""
    destination, protocol, port, expected = OWN[name]
    world.item("sg-app")["IpPermissionsEgress"] = []
    deny("acl-app", entry(10, "deny"), entry(10, "deny", egress=True))(world)
    verdict = world.trace("i-app", destination, protocol=protocol, port=port)
    assert verdict.verdict == expected, verdict


def test_only_instances_have_metadata(world):
    assert world.trace("eni-far", "169.254.169.254", port=80).verdict == "unknown"


# ---- other questions


def test_one_way_needs_no_answer(world):
    deny("acl-data", entry(10, "deny", egress=True))(world)
    assert world.trace("i-app", "eni-data", protocol="udp", port=514).verdict == "denied"
    assert world.trace("i-app", "eni-data", protocol="udp", port=514, one_way=True).verdict == "delivered"
    deny("acl-data", entry(5, "deny"))(world)
    assert world.trace("i-app", "eni-data", protocol="udp", port=514, one_way=True).verdict == "denied"


def test_all_ports_of_a_range_must_be_allowed(world):
    deny("acl-data", entry(10, "deny", "6", (8005, 8005)))(world)
    assert world.trace("i-app", "eni-data", port=(8000, 8004)).verdict == "delivered"
    verdict = world.trace("i-app", "eni-data", port=(8000, 8080))
    assert verdict.verdict == "denied" and "tcp/8000-8080" in verdict.decided_by.message


def test_a_nat_instance_is_unknown_by_name_and_another_interface_drops(world):
    world.files[ALPHA]["NetworkInterfaces"].append(interface("alpha", "public", "fw", "10.1.3.50", [], **on("app")))
    world.item("rtb-app")["Routes"][-1] = route("8.8.0.0/16", NetworkInterfaceId="eni-fw", InstanceId="i-app")
    assert world.trace("i-app", "8.8.8.8", port=443).verdict == "unknown"
    world.item("eni-fw")["SourceDestCheck"] = False
    verdict = world.trace("i-app", "8.8.8.8", port=443)
    assert verdict.verdict == "unknown" and "eni-fw" in verdict.decided_by.message
    world.item("eni-fw")["SourceDestCheck"] = True
    verdict = world.trace("i-app", "8.8.8.8", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("denied", ("eni-fw",))


def test_prefix_lists_that_overlap_must_each_deliver(world):
    """AWS picks one at random: https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists-referencing.html"""
    world.files[ALPHA]["PrefixLists"] += [
        {"PrefixListId": f"pl-{name}", "Cidrs": ["8.8.0.0/16"]} for name in ("one", "two")
    ]
    routes = world.item("rtb-app")["Routes"]
    routes += [route("pl-one", NatGatewayId="nat-1"), route("pl-two", NatGatewayId="nat-1")]
    assert world.trace("i-app", "8.8.8.8", port=443).verdict == "delivered"
    routes[-1] = route("pl-two", TransitGatewayId="tgw-1")
    verdict = world.trace("i-app", "8.8.8.8", port=443)
    assert verdict.verdict == "no_route" and "if rtb-app picks tgw-1" in verdict.decided_by.message
    world.files[ALPHA]["PrefixLists"][-1]["Cidrs"] = ["8.0.0.0/8"]
    assert world.trace("i-app", "8.8.8.8", port=443).verdict == "delivered"


# ---- groups of other VPCs


def test_a_group_of_a_peer_counts_by_the_peering_only(world):
    """Not by a transit gateway beside the idle connection; for egress never by one:
    https://aws.amazon.com/blogs/networking-and-content-delivery/introducing-security-group-referencing-for-aws-transit-gateway
    """
    by_group = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app", "VpcId": "vpc-alpha"}]}]
    world.item("sg-dns", HUB)["IpPermissions"] = by_group
    idle = {
        "VpcPeeringConnectionId": "pcx-idle",
        "Status": {"Code": "active"},
        "RequesterVpcInfo": {"VpcId": "vpc-alpha"},
        "AccepterVpcInfo": {"VpcId": "vpc-shared"},
    }
    world.files[HUB]["VpcPeeringConnections"] = [idle]
    assert world.trace("i-app", "eni-dns", port=443).verdict == "unknown"
    options = {"SecurityGroupReferencingSupport": "disable"}
    world.files[HUB]["TransitGatewayVpcAttachments"][0]["Options"] = options
    assert world.trace("i-app", "eni-dns", port=443).verdict == "denied"
    world.item("sg-app")["IpPermissionsEgress"] = [
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-dns", "VpcId": "vpc-shared"}]}
    ]
    verdict = world.trace("i-app", "eni-dns", port=443)
    assert [one.ids for one in verdict.blockers] == [("sg-app",), ("sg-dns",)]


def test_a_peers_interface_has_no_other_group_than_the_snapshot_shows(world):
    """Whatever VPC a rule's group is of."""
    foreign = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-foreign", "VpcId": "vpc-foreign"}]}]
    world.item("sg-beta", BETA)["IpPermissions"] = foreign
    assert world.trace("i-app", "eni-beta", port=443).verdict == "denied"


def test_a_gateway_endpoint_whose_list_was_not_read_is_unknown(world):
    world.files[ALPHA]["PrefixLists"] = []
    verdict = world.trace("i-app", "vpce-s3", port=443)
    assert (verdict.verdict, verdict.decided_by.ids) == ("unknown", ("vpce-s3",))
