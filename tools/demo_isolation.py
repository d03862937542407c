# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the network lets through, said before and after: a proof, a leak with its packet, and a plan that opens."""

from __future__ import annotations

import json

from demo_stage import ROOT, Stage

HUB, ONE, OTHER = "shared-services", "alpha", "beta"
SEGMENT = "customers"
# Parts of both customers' networks, longer than the blackholes that keep customers apart.
LEAKS = {ONE: "10.1.0.0/24", OTHER: "10.2.0.0/24"}
EVIDENCE = ROOT / ".cache" / "isolation.json"
PAGES = {name: ROOT / ".cache" / f"{name}.html" for name in ("isolation", "isolation-leak", "plan-opens")}


def show(stage: Stage) -> None:
    """Show that no customer reaches another, a leak, and what a plan would open. Raises DemoFailed."""
    evidence = (*_page("isolation"), "-e", f"proof_json={EVIDENCE}")
    stage.run("proof: which packets get from any account to any other", ("isolation_proof",), evidence)
    group = _leak(stage)
    stage.run_refused(
        f"somebody lets {ONE} and {OTHER} reach each other, by hand. The proof fails, and names a packet and its path",
        "isolation_proof",
        f"{ONE} -> {OTHER}",
        _page("isolation-leak"),
    )
    target = LEAKS[OTHER].replace("0/24", "10:443")
    stage.run(f"why does {ONE} get there?", ("why",), ("-e", f"from={ONE}/app", "-e", f"to={target}"))
    stage.run("the next run deletes the routes", ("transit_gateway",))
    stage.client(OTHER).delete_security_group(GroupId=group)
    stage.run(f"and why doesn't {ONE} get there now?", ("why",), ("-e", f"from={ONE}/app", "-e", f"to={target}"))
    stage.run("the first proof holds again", ("isolation_proof",), ("-e", f"proof_verify={EVIDENCE}"))
    _opening_plan(stage)


def _opening_plan(stage: Stage) -> None:
    changed = stage.home / "changed"
    (changed / "group_vars").mkdir(parents=True)
    (changed / "hosts.yml").write_text("all: {}\n", encoding="utf-8")
    segments = {"shared": {}, SEGMENT: {"isolated": False, "reaches": ["shared"]}}
    (changed / "group_vars" / "hub.yml").write_text(json.dumps({"hub_segments": segments}), encoding="utf-8")
    options = ("-i", str(changed), "-e", f"plan_page={PAGES['plan-opens']}")
    name = f"{SEGMENT}>{SEGMENT}"
    stage.run_refused("a plan that lets customers reach each other is refused until it is named", "plan", name, options)
    stage.run("named, it can be planned", ("plan",), (*options, "-e", json.dumps({"allow_opens": [name]})))


def _leak(stage: Stage) -> str:
    """Let two customers reach each other by hand; return the id of the security group that lets one in."""
    hub = stage.client(HUB)
    attachments = hub.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    attached = {attachment["ResourceOwnerId"]: attachment for attachment in attachments}
    for name, other in ((ONE, OTHER), (OTHER, ONE)):
        to = attached[stage.account_id(other)]
        hub.create_transit_gateway_route(
            TransitGatewayRouteTableId=to["Association"]["TransitGatewayRouteTableId"],
            DestinationCidrBlock=LEAKS[other],
            TransitGatewayAttachmentId=to["TransitGatewayAttachmentId"],
        )
        ec2, vpc = stage.client(name), attached[stage.account_id(name)]["ResourceId"]
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "tag:closednet:name", "Values": ["app*"]}]
        for table in ec2.describe_route_tables(Filters=filters)["RouteTables"]:
            ec2.create_route(
                RouteTableId=table["RouteTableId"],
                DestinationCidrBlock=LEAKS[other],
                TransitGatewayId=to["TransitGatewayId"],
            )
    group = ec2.create_security_group(GroupName="by-hand", Description="by hand", VpcId=vpc)["GroupId"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https])
    return str(group)


def _page(name: str) -> tuple[str, ...]:
    return "-e", f"proof_page={PAGES[name]}"
