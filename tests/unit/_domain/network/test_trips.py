# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows through central egress: each hop of both directions, and packets that a firewall would see in one only."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import trace, trips
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import (
    EGRESS,
    INTERNAL,
    INTERNET,
    PUBLIC,
    SPOKES,
    Network,
    route,
    table,
)

ALPHA = SPOKES["alpha"][0]
NOTE = "network firewall central: what its rules decide is not judged here"


@pytest.fixture
def network():
    return Network()


def asked(network, source, destination, port=443):
    return trips.trips(network.parsed(), source, destination, "tcp", port)


def test_both_directions_hop_by_hop(network):
    first, second = asked(network, "subnet-alpha-app-1", "8.8.8.8")
    assert first.picked == (("tgw-attach-inspection", "az1"),)
    assert second.picked == (("tgw-attach-inspection", "az2"),)
    there = [(hop.kind, hop.id, hop.account, hop.route) for hop in first.there.hops]
    assert there == [
        ("network_interface", "10.1.11.4", ALPHA, ""),
        ("subnet", "subnet-alpha-app-1", ALPHA, "0.0.0.0/0 -> tgw-1"),
        ("transit_gateway_attachment", "tgw-attach-alpha", ALPHA, ""),
        ("transit_gateway", "tgw-1", "111111111111", "0.0.0.0/0 -> tgw-attach-inspection"),
        ("transit_gateway_attachment", "tgw-attach-inspection", EGRESS, ""),
        ("subnet", "subnet-itgw-1", EGRESS, "0.0.0.0/0 -> vpce-1"),
        ("firewall_endpoint", "vpce-1", EGRESS, ""),
        ("subnet", "subnet-ifw-1", EGRESS, "0.0.0.0/0 -> nat-1"),
        ("nat_gateway", "nat-1", EGRESS, ""),
        ("subnet", "subnet-ipub-1", EGRESS, "0.0.0.0/0 -> igw-inspection"),
        ("internet_gateway", "igw-inspection", EGRESS, ""),
        ("internet", "8.8.8.8", None, ""),
    ]
    back = [(hop.id, hop.route) for hop in first.back.hops]
    assert back == [
        ("8.8.8.8", ""),
        ("igw-inspection", ""),
        ("subnet-ipub-1", ""),
        ("nat-1", ""),
        ("subnet-ipub-1", "10.0.0.0/8 -> vpce-1"),
        ("vpce-1", ""),
        ("subnet-ifw-1", "10.0.0.0/8 -> tgw-1"),
        ("tgw-attach-inspection", ""),
        ("tgw-1", "10.1.0.0/16 -> tgw-attach-alpha"),
        ("tgw-attach-alpha", ""),
        ("subnet-alpha-tgw-1", "10.1.0.0/16 -> local"),
        ("subnet-alpha-app-1", ""),
        ("10.1.11.4", ""),
    ]
    notes = [hop.note for hop in first.there.hops if hop.note]
    assert (notes[0], len(notes)) == (NOTE, 2) and notes[1].startswith("VPC Block Public Access at igw-inspection")
    (acl,) = first.there.hops[1].lets_through
    assert (acl.by, acl.ids) == ("network_acl", ("acl-alpha",)) and "outbound rule 100 allows tcp/443" in acl.message


def test_what_decides_comes_first(network):
    """Only the second zone's answers pass the wrong endpoint, and AWS may pick that zone."""
    network.point("rtb-ipub-2", INTERNAL, "vpce-1")
    first, second = asked(network, "subnet-alpha-app-1", "8.8.8.8")
    assert (first.there.verdict, first.back.verdict, second.back.verdict) == ("delivered", "denied", "delivered")
    assert first.picked == (("tgw-attach-inspection", "az2"),)
    assert first.back.decided_by.by == "network_firewall"
    verdict = trace.trace(network.parsed(), "eni-app-alpha", "8.8.8.8", port=443)
    assert verdict.verdict == "denied" and "passes the firewall vpce-1 instead of the firewall vpce-2" in (
        verdict.decided_by.message
    )
    assert "if tgw-attach-inspection picks az2" in verdict.decided_by.message


def test_between_spokes_in_different_zones(network):
    verdict = trace.trace(network.parsed(), "eni-app-alpha", "eni-app-beta", port=443)
    assert (verdict.verdict, verdict.notes) == ("delivered", (NOTE,))
    assert all(found.back.verdict == "delivered" for found in asked(network, "subnet-alpha-app-1", "subnet-beta-app-2"))
    network.item("tgw-attach-inspection", "TransitGatewayVpcAttachments")["Options"] = {}
    (found,) = asked(network, "subnet-alpha-app-1", "subnet-beta-app-2")
    assert found.back.decided_by.ids == ("vpce-2",)


def test_the_last_hops_before_what_is_unknown_are_shown(network):
    network.point("rtb-ifw-1", INTERNET, "eni-appliance")
    first, second = asked(network, "subnet-alpha-app-1", "8.8.8.8")
    assert (first.there.verdict, first.back, second.there.verdict) == ("unknown", None, "delivered")
    assert first.there.hops[-1].id == "subnet-ifw-1"
    assert first.there.decided_by.ids == ("rtb-ifw-1",) and "eni-appliance" in first.there.decided_by.message
    network.point("rtb-ifw-1", INTERNET, "nat-1")
    network.point("rtb-ifw-1", INTERNAL, "eni-appliance")
    first, _second = asked(network, "subnet-alpha-app-1", "8.8.8.8")
    assert (first.there.verdict, first.back.verdict, first.back.hops[-1].id) == ("delivered", "unknown", "subnet-ifw-1")


def test_from_the_internet(network):
    (found,) = asked(network, "8.8.8.8", PUBLIC)
    assert (found.there.verdict, found.back.verdict) == ("delivered", "delivered")
    assert [hop.id for hop in found.there.hops] == ["8.8.8.8", "igw-alpha", "subnet-alpha-public-1", "eni-web"]
    (closed,) = asked(network, "8.8.8.8", "eni-app-beta")
    assert (closed.there.verdict, closed.there.decided_by.by, closed.back) == ("no_route", "network_interface", None)


def edge(network, answers):
    spoke = network.files[ALPHA]
    endpoint = {**network.item("vpce-1"), "VpcEndpointId": "vpce-edge", "VpcId": "vpc-alpha"}
    spoke["VpcEndpoints"].append({**endpoint, "SubnetIds": ["subnet-alpha-tgw-1"]})
    spoke["RouteTables"] += [
        table("edge", "alpha", "10.1.0.0/16", [route("10.1.21.0/24", "vpce-edge")], GatewayId="igw-alpha"),
        table("edge-fw", "alpha", "10.1.0.0/16", [route(INTERNET, "igw-alpha")], ["alpha-tgw-1"]),
    ]
    network.point("rtb-alpha-public", INTERNET, answers)


@pytest.mark.parametrize(("answers", "verdict"), [("vpce-edge", "delivered"), ("igw-alpha", "denied")])
def test_a_firewall_at_the_own_internet_gateway(network, answers, verdict):
    """https://docs.aws.amazon.com/network-firewall/latest/developerguide/arch-igw.html"""
    edge(network, answers)
    for source, destination in (("8.8.8.8", PUBLIC), ("eni-web", "8.8.8.8")):
        assert trace.trace(network.parsed(), source, destination, port=443).verdict == verdict


def test_an_endpoint_of_no_known_firewall_is_unknown(network):
    network.item("vpce-1").update(Tags=[], RequesterManaged=False)
    verdict = trace.trace(network.parsed(), "eni-app-alpha", "8.8.8.8", port=443)
    assert verdict.verdict == "unknown"
    assert "vpce-1 is of the type GatewayLoadBalancer: an appliance" in verdict.decided_by.message


def test_a_firewall_that_is_not_available_stops_packets(network):
    for number in (1, 2):
        network.item(f"vpce-{number}")["State"] = "pending"
    verdict = trace.trace(network.parsed(), "eni-app-alpha", "8.8.8.8", port=443)
    assert (verdict.verdict, verdict.decided_by.by) == ("no_route", "vpc_endpoint")


@pytest.mark.parametrize(
    ("source", "destination", "message"),
    [
        ("subnet-gone", "8.8.8.8", "source: 'subnet-gone' isn't in the snapshot"),
        ("alpha", "8.8.8.8", "is neither an id nor an IP address"),
        ("subnet-alpha-app-1", None, "destination: is neither an id nor an IP address"),
    ],
)
def test_bad_input(network, source, destination, message):
    with pytest.raises(Invalid) as raised:
        asked(network, source, destination)
    assert message in str(raised.value)


def test_a_full_subnet_has_no_address_left(network):
    network.item("subnet-alpha-app-1")["CidrBlock"] = "10.1.11.8/30"
    with pytest.raises(Invalid, match="has no free IPv4 address"):
        asked(network, "subnet-alpha-app-1", "8.8.8.8")
