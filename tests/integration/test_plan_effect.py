# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan tells what it opens and closes, fails until that is named, and its approval binds it."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.plan_text import hash_of
from tests.integration.conftest import ALPHA, BETA, HUB, Site, lines

OPEN = {"shared": {}, "customers": {"reaches": ["shared"]}}
NAMED = ("-e", "allow_opens=customers>customers")


def files_of(site: Site) -> dict[str, str]:
    return {f"plan_{name}": str(site.home / f"plan.{name}") for name in ("file", "json", "page")}


def test_what_opens_is_told_first_refused_until_named_and_bound_by_the_approval(site: Site) -> None:
    site.run("site").succeeded()
    site.declare("shared-services", "hub", hub_segments=OPEN)
    files = files_of(site)
    refused = site.run("plan", "-e", json.dumps(files))
    assert refused.code != 0 and refused.writes == []
    assert "allow_opens: this plan opens customers>customers" in refused.output.replace("\n", " ")
    # All is shown and written all the same.
    told = json.loads(Path(files["plan_json"]).read_text())
    opened = [entry for entry in told["effect"]["opens"] if entry["needs_name"]]
    assert {entry["crosses"] for entry in opened} == {"customers>customers"}
    page = Path(files["plan_page"]).read_text()
    assert page.index("What this opens and closes") < page.index("transit_gateway_propagation")
    assert told["hash"] in page and told["hash"] in Path(files["plan_file"]).read_text()
    assert site.run("site").writes == []

    run = site.run("plan", "-e", json.dumps(files), *NAMED).succeeded()
    assert "What this opens and closes:" in lines(run)
    # What is more than what was approved is refused before anything is written.
    told = json.loads(Path(files["plan_json"]).read_text())
    less = {**told, "effect": {**told["effect"], "opens": []}}
    changed = site.home / "changed.json"
    for plan, words in ((less, "plan was changed"), ({**less, "hash": hash_of(less)}, "plan is stale")):
        changed.write_text(json.dumps(plan))
        stopped = site.run("site", "-e", f"approved_plan_file={changed}", *NAMED)
        assert stopped.code != 0 and stopped.writes == [] and words in stopped.output.replace("\n", " "), stopped.output
    approved = ("-e", f"approved_plan_file={files['plan_json']}", *NAMED)
    assert site.run("site", *approved).succeeded().writes
    # An approval of what is done already approves nothing more, and needs nothing more.
    assert site.run("site", *approved).succeeded().writes == []


def test_a_phase_for_one_account_is_refused_if_others_now_let_more_through(site: Site) -> None:
    """By hand, alpha and the hub get routes to beta. So the approved step, a rule of beta's group, opens more."""
    site.run("site").succeeded()
    site.declare("beta", spoke_from_hub={"sources": ["0.0.0.0/0"], "tcp": ["22"]})
    plan = site.home / "plan.json"
    site.run("plan", "-e", f"plan_json={plan}").succeeded()
    hub, alpha = site.client(HUB), site.client(ALPHA)
    by_name = [{"Name": "tag:closednet:name", "Values": ["customers"]}]
    (customers,) = hub.describe_transit_gateway_route_tables(Filters=by_name)["TransitGatewayRouteTables"]
    attachments = hub.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    (beta,) = [a["TransitGatewayAttachmentId"] for a in attachments if a["ResourceOwnerId"] == BETA]
    # More specific than the blackhole for all of beta.
    route = {
        "DestinationCidrBlock": "10.2.0.0/17",
        "TransitGatewayRouteTableId": customers["TransitGatewayRouteTableId"],
    }
    hub.create_transit_gateway_route(TransitGatewayAttachmentId=beta, **route)
    tables = [
        t for t in alpha.describe_route_tables()["RouteTables"] if any("TransitGatewayId" in r for r in t["Routes"])
    ]
    for table in tables:
        gateway = {"TransitGatewayId": customers["TransitGatewayId"]}
        alpha.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="10.2.0.0/16", **gateway)
    arguments = ("spokes", "--limit", "beta", "-e", f"approved_plan_file={plan}")
    refused = site.run(*arguments)
    assert refused.code != 0 and refused.writes == [], refused.output
    assert "plan is stale" in refused.output and "opens alpha/app -> beta/app: tcp 22" in refused.output
    # With one of them closed again, the step opens what was approved.
    hub.delete_transit_gateway_route(**route)
    assert site.run(*arguments, "--check").succeeded().writes == []
    assert site.run(*arguments).succeeded().writes
