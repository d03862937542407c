# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network that others created is taken over in phases, and renamed hosts keep what they have."""

from __future__ import annotations

import json
from typing import Any

import yaml

from tests.adopting import owned_by_tags, strip
from tests.integration.conftest import ALPHA, HOSTS, HUB, Site

TAGGING = {"CreateTags", "TagResource"}


def by_others(site: Site) -> dict[str, Any]:
    """Converge the site, remove the owner's tags from all of it, and return adopted_ids."""
    site.run("site").succeeded()
    adopted = {}
    for host, account in HOSTS.items():
        clients = site.client(account), site.client(account, "ram")
        adopted[host] = owned_by_tags(*clients, account)
        strip(*clients, adopted[host])
    return adopted


def extra(site: Site, **variables: Any) -> tuple[str, str]:
    path = site.home / "extra.json"
    path.write_text(json.dumps(variables))
    return ("-e", f"@{path}")


def steps(site: Site, *arguments: str) -> list[dict[str, Any]]:
    """Plan, and return all steps."""
    path = site.home / "plan.json"
    site.run("plan", "-e", f"plan_json={path}", *arguments).succeeded()
    found: list[dict[str, Any]] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict) and {"address", "operation", "action"} <= value.keys():
            found.append(value)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            collect(item)

    collect(json.loads(path.read_text())["accounts"])
    return found


def test_a_network_of_others_is_observed_then_tagged_then_owned(site: Site) -> None:
    adopted = by_others(site)
    reach = site.reach(*HOSTS)

    observing = extra(site, adoption="observe", adopted_ids=adopted)
    assert steps(site, *observing) == []
    run = site.run("site", *observing).succeeded()
    assert run.writes == [] and not any(run.changed.values())
    site.run("verify", *observing).succeeded()

    # Somebody adds a route: a finding, and nothing is deleted.
    hub = site.client(HUB)
    tables = hub.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    table = next(
        one["TransitGatewayRouteTableId"]
        for one in tables
        if one["TransitGatewayRouteTableId"] in adopted["shared-services"]["tgw_hub/shared-services"].values()
    )
    route = {"TransitGatewayRouteTableId": table, "DestinationCidrBlock": "10.99.0.0/16", "Blackhole": True}
    hub.create_transit_gateway_route(**route)
    run = site.run("verify", *observing)
    assert run.failed == ["shared-services"] and run.writes == []
    assert "10.99.0.0/16" in run.output and "Once owned, it is deleted" in run.output
    tagging = extra(site, adoption="tags", adopted_ids=adopted)
    planned = steps(site, *tagging)
    assert planned and {step["address"].rpartition(":")[2] for step in planned} == {"tags.add"}
    run = site.run("site", *tagging, "-e", f"approved_plan_file={site.home / 'plan.json'}").succeeded()
    assert {write.split()[1] for write in run.writes} == TAGGING
    assert site.run("site", *tagging).succeeded().writes == []
    route.pop("Blackhole")
    hub.delete_transit_gateway_route(**route)

    assert site.run("site").succeeded().writes == []
    assert site.reach(*HOSTS) == reach


def test_a_renamed_host_keeps_its_network(site: Site) -> None:
    site.run("site").succeeded()
    reach = site.reach(*HOSTS)
    path = site.inventory / "hosts.yml"
    path.write_text(path.read_text().replace("alpha:", "alpha-gmbh:"))
    moved = [{"from": "alpha", "to": "alpha-gmbh"}]

    planned = steps(site, *extra(site, moved=moved))
    assert {step["address"].rpartition(":")[2] for step in planned} == {"tags.add"}
    run = site.run("site", *extra(site, moved=moved)).succeeded()
    assert {write.split()[1] for write in run.writes} == {"CreateTags"}
    assert {write.split()[0] for write in run.writes} == {ALPHA, HUB}
    assert site.run("site", *extra(site, moved=moved)).succeeded().writes == []
    # Once it is done, the entry can go.
    assert site.run("site").succeeded().writes == []
    assert site.reach(*HOSTS) == reach


def test_what_the_inventory_check_refuses(site: Site) -> None:
    for variables, told in (
        ({"moved": [{"from": "beta", "to": "alpha"}]}, "moved[0].from: 'beta' is a host of the inventory"),
        (
            {"moved": [{"from": "old", "to": "alpa"}]},
            "moved[0].to: 'alpa' is no host of the inventory (did you mean alpha?)",
        ),
        ({"moved": [{"from": "a", "to": "b"}, {"from": "b", "to": "alpha"}]}, "moved[0].to: 'b' is itself moved"),
        ({"adopted_ids": {"alpa": {}}}, "adopted_ids.alpa: is no host of the inventory (did you mean alpha?)"),
        ({"adoption": "watch"}, "value of adoption must be one of: observe, tags, got: watch"),
    ):
        run = site.run("site", *extra(site, **variables))
        assert run.code != 0 and run.calls == [], run.output
        assert told in run.output, run.output


def test_a_role_that_knows_no_phase_is_refused(site: Site) -> None:
    more = site.inventory / "closed.yml"
    more.write_text(yaml.safe_dump({"closed": {"hosts": {"alpha": None}}}))
    run = site.run("site", *extra(site, adoption="observe"))
    assert run.code != 0 and run.calls == []
    assert "alpha.adoption: 'observe' isn't known to the role closed_network, which would write" in run.output
