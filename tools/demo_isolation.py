# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the network lets through, said before and after: a proof, a leak with its packet, and a plan that opens."""

from __future__ import annotations

import json

from demo_stage import ROOT, Stage

HUB, ONE, OTHER = "shared-services", "alpha", "beta"
SEGMENT = "customers"
# Of the other customer, longer than the blackhole that keeps customers apart.
LEAK = "10.2.0.0/24"
PAGES = {name: ROOT / ".cache" / f"{name}.html" for name in ("isolation", "isolation-leak", "plan-opens")}


def show(stage: Stage) -> None:
    """Show that no customer reaches another, a leak, and what a plan would open. Raises DemoFailed."""
    stage.run(
        "proof: which account reaches which, by everything that was read", ("isolation_proof",), _page("isolation")
    )
    _leak(stage)
    opens = {"hub_segments": {"shared": {}, SEGMENT: {"isolated": False, "reaches": ["shared"]}}}
    options = ("-e", json.dumps(opens), "-e", f"plan_page={PAGES['plan-opens']}")
    name = f"{SEGMENT}>{SEGMENT}"
    stage.run_refused("a plan that lets customers reach each other is refused until it is named", "plan", name, options)
    stage.run("named, it can be planned", ("plan",), (*options, "-e", json.dumps({"allow_opens": [name]})))


def _leak(stage: Stage) -> None:
    """Lead a part of one customer's network to another by hand; show who finds it, and that a run closes it."""
    ec2 = stage.client(HUB)
    attachments = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    by_owner = {attachment["ResourceOwnerId"]: attachment for attachment in attachments}
    table = by_owner[stage.account_id(ONE)]["Association"]["TransitGatewayRouteTableId"]
    target = by_owner[stage.account_id(OTHER)]["TransitGatewayAttachmentId"]
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock=LEAK, TransitGatewayAttachmentId=target
    )
    stage.run_refused(
        f"somebody adds a route: {LEAK} leads to {OTHER}. The proof fails, and names the packet and the route",
        "isolation_proof",
        table,
        _page("isolation-leak"),
    )
    stage.run(
        f"why does {ONE} get there?", ("why",), ("-e", f"from={ONE}/app", "-e", f"to={LEAK.replace('0/24', '10')}:443")
    )
    stage.run("the next run deletes the route", ("transit_gateway",))
    stage.run(f"and why doesn't {ONE} get there now?", ("why",), ("-e", f"from={ONE}/app", "-e", f"to={OTHER}/app:443"))


def _page(name: str) -> tuple[str, ...]:
    return "-e", f"proof_page={PAGES[name]}"
