# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts on a hub and spokes as AWS describes them: proven, and what changes when somebody opens something."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.network.snapshot import Snapshot
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof import prove
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.declaration import Declaration
from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.verdicts import Prover
from ansible_collections.closednet.aws.tests.unit._domain.proof import large_networks

SPOKES = 3
ONE, OTHER = "200000000000", "200000000001"
OTHERS_CIDR = "10.16.16.0/20"


@pytest.fixture
def places():
    return deepcopy({place: dict(kinds) for place, kinds in large_networks.network(SPOKES).places.items()})


def declared():
    hub = {
        "account_id": large_networks.HUB,
        "region": large_networks.REGION,
        "vpc_cidrs": [large_networks.HUB_CIDR],
        "hub_segments": {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}},
        "hub_segment": "shared",
    }
    spoke = {"region": large_networks.REGION, "spoke_segment": "customers"}
    spokes = {
        f"s{at}": {**spoke, "account_id": f"{200000000000 + at}", "vpc_cidrs": [f"10.16.{16 * at}.0/20"]}
        for at in range(SPOKES)
    }
    return Declaration({"hub": hub, **spokes}, date(2026, 11, 30))


def verdicts(places):
    found = Prover(declared(), prove.levels(Snapshot(places)), {}).prove()
    return {pair: verdict for verdict, pairs in found.items() for pair in pairs}


def items(places, kind, account=None):
    return [
        item for place, kinds in places.items() for item in kinds.get(kind, ()) if account in (None, place.account_id)
    ]


def lead_there(places):
    """Let the spokes' table lead to a part of a spoke, past the blackhole that keeps them apart."""
    (table,) = [t for t in items(places, "TransitGatewayRoutes") if t["TransitGatewayRouteTableId"] == "tgw-rtb-spokes"]
    (attachment,) = [
        a["TransitGatewayAttachmentId"]
        for a in items(places, "TransitGatewayAttachments", large_networks.HUB)
        if a.get("ResourceOwnerId") == OTHER
    ]
    table["Routes"].append(
        {
            "DestinationCidrBlock": OTHERS_CIDR.replace("/20", "/24"),
            "Type": "static",
            "State": "active",
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": attachment}],
        }
    )


def let_in(places):
    for group in items(places, "SecurityGroups", OTHER):
        group["IpPermissions"].append(
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        )


def test_spokes_are_kept_apart_by_routes(places):
    found = verdicts(places)
    told = found[ONE, OTHER]
    assert (told.verdict, told.level) == ("proven", "routes")
    assert [(one.kind, one.id) for one in told.decides] == [("transit_gateway_route_table", "tgw-rtb-spokes")]
    assert {verdict.verdict for verdict in found.values()} == {"proven", "open"}
    assert found[large_networks.HUB, ONE].verdict == found[ONE, large_networks.HUB].verdict == "open"


def test_a_route_that_leads_to_a_spoke_is_stopped_by_its_groups(places):
    lead_there(places)
    told = verdicts(places)[ONE, OTHER]
    assert (told.verdict, told.level) == ("proven", "filters")


def test_a_leak_has_a_packet_that_the_tracer_follows_too(places):
    lead_there(places)
    let_in(places)
    found = verdicts(places)
    told = found[ONE, OTHER]
    assert told.verdict == "counterexample" and "tcp/22 from 10.16.0." in told.packet and " to 10.16.16." in told.packet
    assert any("10.16.16.0/24 -> " in hop for hop in told.hops)
    assert found[OTHER, ONE].verdict == "proven"


def test_what_only_the_sender_s_own_routes_stop_is_not_proven(places):
    lead_there(places)
    let_in(places)
    for table in items(places, "RouteTables", ONE):
        table["Routes"] = [route for route in table["Routes"] if "TransitGatewayId" not in route]
    told = verdicts(places)[ONE, OTHER]
    assert told.verdict == "unknown"
    assert told.reasons[0].id == "tgw-rtb-spokes" and "only the sender's own route tables" in told.reasons[0].why


def test_where_the_tracer_disagrees_nothing_is_known(places, monkeypatch):
    lead_there(places)
    let_in(places)
    answer = SimpleNamespace(verdict="no_route", says="route_table rtb", arrives=False, by_sender=False, hops=())
    monkeypatch.setattr(prove, "Retracer", lambda _snapshot: SimpleNamespace(retrace=lambda *_given: answer))
    told = verdicts(places)[ONE, OTHER]
    assert told.verdict == "unknown" and "the trace of it ends otherwise: no_route, route_table rtb" in told.says
