# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A symmetric network with central egress; then one thing is changed that lets a firewall see half of a connection."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import symmetry
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import (
    EGRESS,
    HUB,
    INTERNAL,
    INTERNET,
    PUBLIC,
    SPOKES,
    Network,
    interface,
    route,
    table,
    to_attachment,
)


@pytest.fixture
def network():
    return Network()


def test_the_reference_is_symmetric(network):
    result = symmetry.check(network.parsed())
    assert (result.asymmetric, result.unknown, result.warnings) == ((), (), ())
    assert result.flows > 50


def appliance_mode_off(network):
    network.item("tgw-attach-inspection", "TransitGatewayVpcAttachments")["Options"]["ApplianceModeSupport"] = "disable"


def one_spokes_return_only(network):
    for number in (1, 2):
        network.drop(f"rtb-ipub-{number}", INTERNAL)
        network.point(f"rtb-ipub-{number}", "10.1.0.0/16", f"vpce-{number}")


def blackhole(network):
    network.routes("rtb-ipub-1")[2]["State"] = "blackhole"


def blackhole_in_transit(network):
    network.routes("tgw-rtb-inspection").append(to_attachment("10.2.0.0/17", "beta", "static", "blackhole"))


def prefix_list_of_transit(network):
    targets = to_attachment("x", "alpha")["TransitGatewayAttachments"]
    listed = {"PrefixListId": "pl-1", "Type": "static", "State": "active", "TransitGatewayAttachments": targets}
    network.routes("tgw-rtb-spokes").append(listed)
    network.files[HUB]["PrefixLists"] = [{"PrefixListId": "pl-1", "Cidrs": ["10.1.12.0/24"]}]


def prefix_list(network):
    network.routes("rtb-ipub-1").append(route("pl-1", "tgw-1"))
    network.files[EGRESS]["PrefixLists"].append({"PrefixListId": "pl-1", "Cidrs": ["10.1.12.0/24", "192.168.0.0/16"]})


def ingress_to_nobodys_endpoint(network):
    """The internet gateway's own table sends through a firewall of the spoke; the answers leave without it."""
    spoke = network.files[SPOKES["alpha"][0]]
    endpoint = {**network.item("vpce-1"), "VpcEndpointId": "vpce-edge", "VpcId": "vpc-alpha"}
    spoke["VpcEndpoints"].append({**endpoint, "SubnetIds": ["subnet-alpha-tgw-1"]})
    routes = [route("10.1.21.0/24", "vpce-edge")]
    spoke["RouteTables"].append(table("edge", "alpha", "10.1.0.0/16", routes, GatewayId="igw-alpha"))


def central_load_balancer(network):
    """One in the egress VPC's public subnet: packets to a spoke pass the firewall, answers reach it by the local
    route."""
    network.files[EGRESS]["NetworkInterfaces"].append(interface("alb", "inspection", "ipub-1", "100.64.1.45"))


# change -> (how, words of one finding: who suffers, account, table, route, what would be right)
ASYMMETRIC = {
    "appliance mode off": (
        appliance_mode_off,
        ("subnet-alpha-app-1", "tgw-attach-inspection", EGRESS, "appliance mode on tgw-attach-inspection"),
    ),
    "the second zone's answers to the first zone's endpoint": (
        lambda network: network.point("rtb-ipub-2", INTERNAL, "vpce-1"),
        ("subnet-beta-app-1", EGRESS, "rtb-ipub-2", "10.0.0.0/8 -> vpce-1", "expected 10.0.0.0/8 -> vpce-2"),
    ),
    "answers past the firewall": (
        lambda network: network.point("rtb-ipub-1", INTERNAL, "tgw-1"),
        ("answers no firewall", EGRESS, "rtb-ipub-1", "10.0.0.0/8 -> tgw-1", "expected 10.0.0.0/8 -> vpce-1"),
    ),
    "a return route for one spoke only": (
        one_spokes_return_only,
        ("subnet-beta-app-1", EGRESS, "rtb-ipub-1", "0.0.0.0/0 -> igw-inspection", "expected 10.2.0.0/16 -> vpce-1"),
    ),
    "a firewall's subnet without a way back": (
        lambda network: network.drop("rtb-ifw-1", INTERNAL),
        ("subnet-alpha-app-1", EGRESS, "rtb-ifw-1", "0.0.0.0/0 -> nat-1", "expected 10.1.0.0/16 -> tgw-1"),
    ),
    "a spoke's route in the spokes' table": (
        lambda network: network.routes("tgw-rtb-spokes").append(to_attachment("10.1.0.0/16", "alpha")),
        (HUB, "tgw-rtb-spokes", "10.1.0.0/16 -> tgw-attach-alpha", "expected 10.1.0.0/16 -> tgw-attach-inspection"),
    ),
    "the inspection table lacks a spoke": (
        lambda network: network.routes("tgw-rtb-inspection").pop(),
        ("subnet-beta-app-2", HUB, "tgw-rtb-inspection", "expected 10.2.0.0/16 -> tgw-attach-beta"),
    ),
    "inbound by the own internet gateway, answers by the centre": (
        lambda network: network.point("rtb-alpha-public", INTERNET, "tgw-1"),
        ("subnet-alpha-public-1 from the internet", SPOKES["alpha"][0], "rtb-alpha-public", "0.0.0.0/0 -> tgw-1")
        + ("expected 0.0.0.0/0 -> igw-alpha",),
    ),
    "a longer prefix takes a part of a subnet": (
        lambda network: network.point("rtb-ipub-1", "10.1.11.128/25", "tgw-1"),
        ("subnet-alpha-app-1 to", "rtb-ipub-1", "10.1.11.128/25 -> tgw-1", "expected 10.1.11.128/25 -> vpce-1"),
    ),
    "a longer prefix takes a part of the internet": (
        lambda network: network.point("rtb-itgw-1", "8.8.0.0/16", "nat-1"),
        ("rtb-itgw-1", "8.8.0.0/16 -> nat-1", "expected 8.8.0.0/16 -> vpce-1"),
    ),
    "a loop behind the attachment, for a part of a subnet": (
        lambda network: network.point("rtb-alpha-main", "10.1.11.128/25", "tgw-1"),
        ("subnet-alpha-app-1", "rtb-alpha-main", "10.1.11.128/25 -> tgw-1"),
    ),
    "a blackhole in the way back": (blackhole, (EGRESS, "rtb-ipub-1", "blackhole", "expected 10.1.0.0/16 -> vpce-1")),
    "a blackhole in the transit gateway": (
        blackhole_in_transit,
        ("subnet-beta-app-1", HUB, "tgw-rtb-inspection", "10.2.0.0/17 is a blackhole", "tgw-attach-beta"),
    ),
    "a prefix list's range": (prefix_list, ("subnet-alpha-app-2 to", "rtb-ipub-1", "pl-1 -> tgw-1", "vpce-1")),
    "a prefix list in the transit gateway": (
        prefix_list_of_transit,
        ("subnet-alpha-app-2", "tgw-rtb-spokes", "10.1.12.0/24 -> tgw-attach-alpha", "tgw-attach-inspection"),
    ),
    "a gateway's own table": (
        ingress_to_nobodys_endpoint,
        ("subnet-alpha-public-1 from the internet", "vpce-edge", "rtb-alpha-public", "0.0.0.0/0 -> igw-alpha"),
    ),
    "a load balancer beside the NAT gateway": (
        central_load_balancer,
        ("subnet-ipub-1", EGRESS, "rtb-itgw-1", "100.64.0.0/16 -> local", "100.64.0.0/16 -> vpce-1"),
    ),
}


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_what_is_asymmetric_is_found_and_named(network, name):
    mutate, words = ASYMMETRIC[name]
    mutate(network)
    result = symmetry.check(network.parsed())
    told = [f"{finding} {finding.subnets}" for finding in result.asymmetric]
    assert any(all(word in text for word in words) for text in told), (told, result)


def test_one_endpoint_for_both_zones_is_a_warning(network):
    network.point("rtb-itgw-2", INTERNET, "vpce-1")
    network.point("rtb-ipub-2", INTERNAL, "vpce-1")
    result = symmetry.check(network.parsed())
    assert result.asymmetric == result.unknown == ()
    (warning,) = result.warnings
    assert "rtb-itgw-2: 0.0.0.0/0 -> vpce-1" in warning and "cross-zone" in warning


def test_a_way_out_that_ends_on_the_way_is_a_warning(network):
    network.point("rtb-ifw-1", INTERNET, "nat-gone")
    result = symmetry.check(network.parsed())
    assert result.asymmetric == () and any("nat-gone" in warning for warning in result.warnings), result


def test_closed_subnets_are_symmetric(network):
    """A tier without routes is reached by packets that it can't answer: closed, not asymmetric."""
    for name in SPOKES:
        network.drop(f"rtb-{name}-app", INTERNET)
    result = symmetry.check(network.parsed())
    assert (result.asymmetric, result.unknown) == ((), ())


def regional_nat(network):
    nat = network.item("nat-1")
    del nat["SubnetId"]
    nat["AvailabilityMode"] = "regional"


def ipv6(network):
    network.item("subnet-alpha-app-1")["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": "2a05::/64"}]
    network.routes("rtb-alpha-app").append(route("::/0", "tgw-1"))


def vpn(network):
    network.item("tgw-attach-inspection", "TransitGatewayAttachments")["ResourceType"] = "vpn"


def without_hub(network):
    del network.files[HUB]


def without_prefix_list(network):
    network.routes("rtb-ipub-1").append(route("pl-9", "tgw-1"))


def without_list_of_transit(network):
    prefix_list_of_transit(network)
    del network.files[HUB]["PrefixLists"]


def appliance(network):
    network.point("rtb-itgw-1", INTERNET, "eni-appliance")


def others_endpoint(network):
    network.item("vpce-1").update(Tags=[], RequesterManaged=False)


def policy_table(network):
    attached = network.item("tgw-attach-alpha", "TransitGatewayAttachments")
    attached["Association"] = {"State": "associated", "TransitGatewayPolicyTableId": "tgw-ptb-1"}


def unread_endpoints(network):
    del network.files[SPOKES["alpha"][0]]["VpcEndpoints"]


def without_spoke(network):
    del network.files[SPOKES["beta"][0]]


UNKNOWN = {
    "a spoke's account": (without_spoke, "tgw-attach-beta: the verdict is unknown: its VPC vpc-beta isn't in"),
    "regional NAT gateway": (regional_nat, "nat-1"),
    "IPv6 to the centre": (ipv6, "rtb-alpha-app: ::/0 -> tgw-1"),
    "an attachment of another kind": (vpn, "of the type vpn"),
    "no account of the hub": (without_hub, "tgw-1"),
    "no prefix list": (without_prefix_list, "pl-9"),
    "no prefix list of the transit gateway": (without_list_of_transit, "pl-1"),
    "an appliance": (appliance, "eni-appliance"),
    "an endpoint of another appliance": (others_endpoint, "vpce-1"),
    "a policy table": (policy_table, "tgw-ptb-1"),
    "endpoints that weren't read": (unread_endpoints, "VpcEndpoints.json"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_unknown_by_name(network, name):
    mutate, word = UNKNOWN[name]
    mutate(network)
    result = symmetry.check(network.parsed())
    assert any(word in text for text in result.unknown), result


def test_a_firewall_attached_to_the_transit_gateway_sees_both_directions(network):
    """A network-function attachment: https://docs.aws.amazon.com/network-firewall/latest/developerguide/
    tgw-firewall-considerations.html. Its own table has the way out and the spokes."""
    hub = network.files[HUB]
    attached = network.item("tgw-attach-inspection", "TransitGatewayAttachments")
    function = {**attached, "TransitGatewayAttachmentId": "tgw-attach-nfw", "ResourceType": "network-function"}
    associated = {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-firewall"}
    hub["TransitGatewayAttachments"].append({**function, "ResourceId": "firewall/central", "Association": associated})
    hub["TransitGatewayRouteTables"].append(
        {"TransitGatewayRouteTableId": "tgw-rtb-firewall", "TransitGatewayId": "tgw-1"}
    )
    routes = [to_attachment(INTERNET, "inspection", "static"), *network.routes("tgw-rtb-inspection")]
    hub["TransitGatewayRoutes"].append({"TransitGatewayRouteTableId": "tgw-rtb-firewall", "Routes": routes})
    for name in ("spokes", "inspection"):
        network.routes(f"tgw-rtb-{name}")[:] = [to_attachment(INTERNET, "nfw", "static")]
    for number in (1, 2):
        network.point(f"rtb-itgw-{number}", INTERNET, f"nat-{number}")
        network.point(f"rtb-ipub-{number}", INTERNAL, "tgw-1")
    network.files[EGRESS]["VpcEndpoints"] = []
    result = symmetry.check(network.parsed())
    assert (result.asymmetric, result.unknown) == ((), ()), result
    # Answers that go straight to a spoke.
    network.routes("tgw-rtb-inspection").append(to_attachment("10.1.0.0/16", "alpha"))
    (finding,) = symmetry.check(network.parsed()).asymmetric
    assert "tgw-rtb-inspection, 10.1.0.0/16 -> tgw-attach-alpha" in str(finding)
    assert "expected 10.1.0.0/16 -> tgw-attach-nfw" in str(finding)


def test_a_public_interface_behind_a_firewall_of_its_own(network):
    """AWS's distributed model: the gateway's table and the subnet's both lead to the zone's endpoint."""
    ingress_to_nobodys_endpoint(network)
    spoke = network.files[SPOKES["alpha"][0]]
    spoke["RouteTables"].append(
        table("edge-fw", "alpha", "10.1.0.0/16", [route(INTERNET, "igw-alpha")], ["alpha-tgw-1"])
    )
    network.point("rtb-alpha-public", INTERNET, "vpce-edge")
    result = symmetry.check(network.parsed())
    assert not any(PUBLIC in str(finding) or "internet" in finding.flows for finding in result.asymmetric), result
