# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""site.yml moves a spoke from its own NAT gateway to the central way out and back: it has a way at every moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.conftest import ALPHA, DELTA, HUB, Run, Site, new_site

PUBLIC = {"name": "public", "prefix": 24, "internet": "direct"}
TGW = {"name": "tgw", "prefix": 28, "network_acl": "open"}
OWN_WAY = {
    "vpc_tiers": [{"name": "app", "prefix": 20, "internet": "nat"}, TGW, PUBLIC],
    "spoke_destinations": ["10.0.0.0/16"],
}
CENTRAL_WAY = {
    "vpc_tiers": [{"name": "app", "prefix": 20}, TGW, PUBLIC],
    "spoke_destinations": ["10.0.0.0/16", "0.0.0.0/0"],
}
SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}}
WITH_EGRESS = {
    "shared": {},
    "customers": {"isolated": True, "reaches": ["shared", "egress"]},
    "egress": {"egress": True},
}
SECURITY = {
    "account_id": DELTA,
    "vpc_cidrs": ["10.250.0.0/24"],
    "vpc_tiers": [
        {"name": "tgw", "prefix": 28, "route_tables": "per_az"},
        {"name": "firewall", "prefix": 28, "internet": "nat"},
        {"name": "public", "prefix": 28, "internet": "direct", "route_tables": "per_az"},
    ],
    "vpc_az_slots": 2,
    "vpc_nat_gateways": "per_az",
    "spoke_segment": "egress",
    "spoke_appliance_mode": True,
    "spoke_tiers": ["firewall"],
    "spoke_destinations": ["10.0.0.0/8"],
    "egress_groups": {"payments": {"owner": "team", "sources": ["alpha"], "allow": [{"domain": "api.example.com"}]}},
}


@pytest.fixture
def on_its_own(organization, tmp_path) -> Iterator[Site]:
    """Site whose spoke alpha leaves by its own NAT gateway."""
    site = new_site(organization, tmp_path)
    site.forget("beta", "gamma")
    site.declare("alpha", **OWN_WAY)
    site.run("site").succeeded()
    assert way(site) == "nat"
    return site


def join(site: Site) -> None:
    """Declare the security account, and that the customers leave by it."""
    site.declare(
        "shared-services", "hub", hub_segments=WITH_EGRESS, allow_opens=["customers>egress", "egress>customers"]
    )
    site.declare("security", **SECURITY)
    site.declare("security", "egress")


def way(site: Site) -> str | None:
    """Return the kind of what alpha's default route leads to; None without an active one."""
    query = [{"Name": "tag:closednet:name", "Values": ["app"]}]
    (table,) = site.client(ALPHA).describe_route_tables(Filters=query)["RouteTables"]
    for route in table["Routes"]:
        if route.get("DestinationCidrBlock") == "0.0.0.0/0" and route["State"] == "active":
            return (route.get("NatGatewayId") or route.get("TransitGatewayId") or "")[:3]
    return None


def first(run: Run, account: str, operation: str, **wanted: Any) -> int:
    """Return the index of the run's first such call."""
    for index, call in enumerate(run.calls):
        if (call["account"], call["operation"]) == (account, operation) and wanted.items() <= call.get(
            "parameters", wanted
        ).items():
            return index
    raise AssertionError(f"no {operation} of {account}")


def test_there_and_back_without_a_gap(on_its_own: Site) -> None:
    site = on_its_own
    join(site)
    site.declare("alpha", **CENTRAL_WAY)

    run = site.run("site").succeeded()
    assert way(site) == "tgw"
    returned = first(run, DELTA, "CreateRoute")
    led = max(
        i for i, c in enumerate(run.calls) if (c["account"], c["operation"]) == (HUB, "CreateTransitGatewayRoute")
    )
    replaced, deleted = first(run, ALPHA, "ReplaceRoute"), first(run, ALPHA, "DeleteNatGateway")
    assert returned < led < replaced < deleted
    assert f"{ALPHA} DeleteRoute" not in run.writes
    again = site.run("site").succeeded()
    assert again.writes == []
    site.run("verify").succeeded()

    # Alone, or without the firewall's account, nothing is known to be ready, and nothing changes.
    for arguments in (("hub",), ("spokes", "--limit", "alpha"), ("site", "--limit", "alpha,shared-services")):
        assert site.run(*arguments).succeeded().writes == []

    site.declare("alpha", **OWN_WAY)
    back = site.run("site").succeeded()
    assert way(site) == "nat"
    assert first(back, ALPHA, "CreateNatGateway") < first(back, ALPHA, "ReplaceRoute")
    assert f"{ALPHA} DeleteRoute" not in back.writes
    assert site.run("site").succeeded().writes == []


def test_a_spoke_keeps_its_way_in_each_phase_and_until_the_firewalls_account_has_run(on_its_own: Site) -> None:
    site = on_its_own
    join(site)
    site.declare("alpha", **CENTRAL_WAY)
    for tags in ("hub_made", "spokes_attached", "hub_accepted", "spokes_routed"):
        run = site.run("transit_gateway", "--tags", tags).succeeded()
        assert way(site) == "nat" and f"{ALPHA} ReplaceRoute" not in run.writes
    verified = site.run("verify")
    assert verified.code and "stays, since the hub's way out isn't known to be ready" in verified.output
    site.run("site").succeeded()
    assert way(site) == "tgw"

    # Everything back at once: the hub's default route goes only after the spoke has its own way again.
    site.declare("shared-services", "hub", hub_segments=SEGMENTS)
    site.declare("alpha", **OWN_WAY)
    site.declare("security", spoke_attached=False, egress_state="absent")
    back = site.run("transit_gateway").succeeded()
    assert way(site) == "nat"
    assert first(back, ALPHA, "ReplaceRoute") < first(back, HUB, "DeleteTransitGatewayRoute")


def test_by_a_firewall_that_is_attached_to_the_transit_gateway(on_its_own: Site) -> None:
    site = on_its_own
    segments = {**WITH_EGRESS, "internet": {"internet_of": "egress"}}
    site.declare("shared-services", "hub", hub_segments=segments, allow_opens=["egress>customers", "customers>egress"])
    behind = {
        "vpc_tiers": [{"name": "tgw", "prefix": 28, "internet": "nat"}, {**PUBLIC, "prefix": 28}],
        "spoke_segment": "internet",
        "spoke_tiers": ["public"],
        "egress_topology": "transit_gateway",
        "egress_availability_zone_ids": ["euc1-az1", "euc1-az2"],
    }
    site.declare("security", **{**SECURITY, **behind})
    site.declare("security", "egress")
    site.declare("alpha", **CENTRAL_WAY)

    run = site.run("site").succeeded()
    accepted = first(run, HUB, "AcceptNetworkFirewallTransitGatewayAttachment")
    replaced, deleted = first(run, ALPHA, "ReplaceRoute"), first(run, ALPHA, "DeleteNatGateway")
    led = max(
        i for i, c in enumerate(run.calls) if (c["account"], c["operation"]) == (HUB, "CreateTransitGatewayRoute")
    )
    assert accepted < led < replaced < deleted and way(site) == "tgw"
    assert site.run("site").succeeded().writes == []
    # Alone, the hub knows its firewall by what it accepted earlier; verify and plan look at the firewall first.
    assert site.run("hub").succeeded().writes == []
    assert site.run("verify").succeeded().writes == []


def test_the_hub_is_the_way_out_itself(organization, tmp_path) -> None:
    site = new_site(organization, tmp_path)
    site.forget("beta", "gamma")
    of_vpc = ("vpc_tiers", "vpc_az_slots", "vpc_nat_gateways", "egress_groups")
    hub = {
        "vpc_cidrs": ["10.0.0.0/24"],
        "hub_segments": {"customers": {"isolated": True, "reaches": ["egress"]}, "egress": {"egress": True}},
        "hub_segment": "egress",
        "hub_appliance_mode": True,
        "hub_tiers": ["firewall"],
        "hub_destinations": ["10.0.0.0/8"],
    }
    site.declare("shared-services", "hub", **hub, **{name: SECURITY[name] for name in of_vpc})
    site.declare("shared-services", "egress")
    site.declare("alpha", **OWN_WAY)
    site.run("site").succeeded()
    site.declare("alpha", **CENTRAL_WAY)
    run = site.run("site").succeeded()
    assert way(site) == "tgw" and f"{ALPHA} DeleteRoute" not in run.writes
    assert first(run, ALPHA, "ReplaceRoute") < first(run, ALPHA, "DeleteNatGateway")
    assert site.run("site").succeeded().writes == []
    site.run("verify").succeeded()
