# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random changes of a symmetric network: nothing that the simulator calls asymmetric is called symmetric."""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.network import symmetry, trips
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import (
    EGRESS,
    INTERNAL,
    INTERNET,
    SPOKES,
    Network,
    interface,
    route,
    table,
    to_attachment,
)
from ansible_collections.closednet.aws.tests.unit._domain.network.simulator import Simulator

VPC_TABLES = [f"rtb-{tier}-{number}" for tier in ("itgw", "ifw", "ipub") for number in (1, 2)]
VPC_TABLES += [f"rtb-{spoke}-{tier}" for spoke in SPOKES for tier in ("app", "public", "main")]
TRANSIT_TABLES = ["tgw-rtb-spokes", "tgw-rtb-inspection"]
PRIVATE = ["10.1.0.0/16", "10.2.0.0/16", "10.1.11.0/24", "10.1.11.128/25", "10.2.22.0/24", "100.64.0.0/16"]
DESTINATIONS = [INTERNET, INTERNAL, "8.8.0.0/16", "pl-1", *PRIVATE]
TARGETS = ["tgw-1", "vpce-1", "vpce-2", "vpce-edge", "nat-1", "nat-2", "igw-inspection", "igw-alpha", "igw-beta"]
SOURCES = [f"subnet-{spoke}-{tier}-{number}" for spoke in SPOKES for tier in ("app", "public") for number in (1, 2)]
ATTACHMENTS = ["inspection", *SPOKES]


def lead(table_id, destination, target):
    return lambda network: network.point(table_id, destination, target)


def drop(table_id, index):
    def mutate(network):
        routes = network.routes(table_id)
        first = 0 if table_id.startswith("tgw-") else 1
        if len(routes) > first:
            del routes[first + index % (len(routes) - first)]

    return mutate


def blackhole(table_id, index):
    def mutate(network):
        routes = network.routes(table_id)
        if len(routes) > 1:
            routes[1 + index % (len(routes) - 1)]["State"] = "blackhole"

    return mutate


def in_transit(table_id, cidr, name, kind, state):
    def mutate(network):
        kept = [r for r in network.routes(table_id) if (r["DestinationCidrBlock"], r["Type"]) != (cidr, kind)]
        network.routes(table_id)[:] = [*kept, to_attachment(cidr, name, kind, state)]

    return mutate


def appliance_mode(name, mode):
    def mutate(network):
        for kinds in network.files.values():
            for item in kinds["TransitGatewayVpcAttachments"]:
                if item["VpcId"] == f"vpc-{name}":
                    item["Options"]["ApplianceModeSupport"] = mode

    return mutate


def associate(name, table_id):
    def mutate(network):
        attached = network.item(f"tgw-attach-{name}", "TransitGatewayAttachments")
        attached["Association"]["TransitGatewayRouteTableId"] = table_id

    return mutate


def move_endpoint(number, subnet_id):
    return lambda network: network.item(f"vpce-{number}").update(SubnetIds=[subnet_id])


def forget_zone(name, index):
    def mutate(network):
        subnets = network.item(f"tgw-attach-{name}", "TransitGatewayVpcAttachments")["SubnetIds"]
        if len(subnets) > 1:
            del subnets[index]

    return mutate


def disassociate(table_id):
    return lambda network: network.item(table_id).update(Associations=[])


def edge_firewall(routes_to, answers):
    """A firewall's endpoint in alpha, a table of its internet gateway, and the public subnets' default."""

    def mutate(network):
        spoke = network.files[SPOKES["alpha"][0]]
        if any(item["VpcEndpointId"] == "vpce-edge" for item in spoke["VpcEndpoints"]):
            return
        endpoint = {**network.item("vpce-1"), "VpcEndpointId": "vpce-edge", "VpcId": "vpc-alpha"}
        spoke["VpcEndpoints"].append({**endpoint, "SubnetIds": ["subnet-alpha-tgw-1"]})
        out = [route(INTERNET, "igw-alpha")]
        edge = [route(routes_to, "vpce-edge")]
        spoke["RouteTables"] += [
            table("edge", "alpha", "10.1.0.0/16", edge, GatewayId="igw-alpha"),
            table("edge-fw", "alpha", "10.1.0.0/16", out, ["alpha-tgw-1"]),
        ]
        network.point("rtb-alpha-public", INTERNET, answers)

    return mutate


MUTATIONS = st.one_of(
    st.builds(lead, st.sampled_from(VPC_TABLES), st.sampled_from(DESTINATIONS), st.sampled_from(TARGETS)),
    st.builds(drop, st.sampled_from(VPC_TABLES + TRANSIT_TABLES), st.integers(0, 3)),
    st.builds(blackhole, st.sampled_from(VPC_TABLES), st.integers(0, 3)),
    st.builds(
        in_transit,
        st.sampled_from(TRANSIT_TABLES),
        st.sampled_from([INTERNET, INTERNAL, "8.8.0.0/16", *PRIVATE]),
        st.sampled_from(ATTACHMENTS),
        st.sampled_from(["static", "propagated"]),
        st.sampled_from(["active", "active", "blackhole"]),
    ),
    st.builds(appliance_mode, st.sampled_from(ATTACHMENTS), st.sampled_from(["enable", "disable"])),
    st.builds(associate, st.sampled_from(ATTACHMENTS), st.sampled_from(TRANSIT_TABLES)),
    st.builds(move_endpoint, st.integers(1, 2), st.sampled_from(["subnet-ifw-1", "subnet-ifw-2", "subnet-ipub-1"])),
    st.builds(forget_zone, st.sampled_from(ATTACHMENTS), st.integers(0, 1)),
    st.builds(disassociate, st.sampled_from([name for name in VPC_TABLES if not name.endswith("main")])),
    st.builds(
        edge_firewall, st.sampled_from(["10.1.21.0/24", "10.1.0.0/16"]), st.sampled_from(["vpce-edge", "igw-alpha"])
    ),
)


def changed(mutations):
    network = Network()
    network.files[EGRESS]["PrefixLists"].append({"PrefixListId": "pl-1", "Cidrs": ["10.1.12.0/24", "8.8.4.0/24"]})
    # Public addresses of one interface in each spoke.
    network.files[SPOKES["beta"][0]]["NetworkInterfaces"].append(
        interface("web-beta", "beta", "beta-public-2", "10.2.22.10", "3.120.0.78")
    )
    for mutate in mutations:
        mutate(network)
    return network


def simulated(network):
    return Simulator(network.files).asymmetric(SOURCES, (20, 200), ("8.8.8.8", "8.8.4.4", "9.9.9.9"))


@settings(max_examples=60)
@given(st.lists(MUTATIONS, max_size=4))
def test_symmetric_is_what_the_simulator_calls_so(mutations):
    network = changed(mutations)
    result = symmetry.check(network.parsed())
    expected = simulated(network)
    event(f"simulator: {expected}, unknown: {bool(result.unknown)}")
    if expected:
        assert result.asymmetric or result.unknown
    elif not result.unknown:
        # The simulator asks for flows of the spokes; without flows between zones, appliance mode off does no harm yet.
        told = [finding for finding in result.asymmetric if set(finding.subnets) <= set(SOURCES)]
        assert [str(finding) for finding in told if "appliance mode" not in finding.expected] == []


@settings(max_examples=30)
@given(st.lists(MUTATIONS, max_size=4), st.sampled_from(SOURCES), st.sampled_from(["8.8.8.8", "10.2.11.10", *SOURCES]))
def test_trips_have_each_hop_or_say_what_is_unknown(mutations, source, destination):
    network = changed(mutations)
    for found in trips.trips(network.parsed(), source, destination, "tcp", 443):
        assert found.there.verdict in ("delivered", "denied", "no_route", "unknown")
        assert (found.back is not None) == (found.there.verdict == "delivered")
        for way in filter(None, (found.there, found.back)):
            assert way.decided_by.message and all(hop.id for hop in way.hops)
            if way.verdict != "unknown":
                assert way.hops


def test_the_simulator_finds_the_reference_symmetric_and_a_wrong_route_not():
    assert not simulated(changed([]))
    # What gets lost on its way back to a NAT gateway is closed, whatever it would pass after it.
    assert not simulated(changed([lead("rtb-itgw-1", "10.2.22.0/24", "nat-1")]))
    assert simulated(changed([lead("rtb-ipub-2", INTERNAL, "vpce-1")]))
    assert simulated(changed([appliance_mode("inspection", "disable")]))
    assert simulated(changed([lead("rtb-alpha-public", INTERNET, "tgw-1")]))
    assert not simulated(changed([edge_firewall("10.1.21.0/24", "vpce-edge")]))
    assert simulated(changed([edge_firewall("10.1.21.0/24", "igw-alpha")]))
    assert simulated(changed([lead("rtb-alpha-app", "10.1.12.0/24", "tgw-1")]))


@pytest.mark.parametrize("more", [[], [edge_firewall("10.1.21.0/24", "vpce-edge")]])
@pytest.mark.parametrize("destination", ["pl-1", "10.1.12.0/24", "10.1.11.128/25", "10.1.0.0/16"])
def test_between_subnets_of_one_vpc_by_the_transit_gateway(destination, more):
    """The packet passes the firewall, its answer goes by the local route."""
    network = changed([lead("rtb-alpha-app", destination, "tgw-1"), *more])
    subnets = {subnet for finding in symmetry.check(network.parsed()).asymmetric for subnet in finding.subnets}
    assert simulated(network) and {"subnet-alpha-app-1", "subnet-alpha-app-2"} <= subnets
