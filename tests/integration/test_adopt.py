# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/adopt.yml: a network that exists becomes an inventory, with which a plan is zero steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hand_made_network
import yaml

from tests.adopting import owned_by_tags, strip
from tests.integration.conftest import ALPHA, BETA, DELTA, HOSTS, HUB, REGION, Run, Site

UNSAFE = "!unsafe"


def adopt(site: Site, *arguments: str) -> tuple[Path, Run]:
    """Adopt what the site's accounts have; return the inventory's folder and the run, which wrote nothing to AWS."""
    folder = site.home / "adopted"
    run = site.run("adopt", "-e", f"adopt_dir={folder}", *arguments).succeeded()
    assert run.writes == []
    return folder, run


def plan(site: Site, inventory: Path) -> dict[str, Any]:
    """Return a plan with the inventory, as JSON."""
    path = site.home / "plan.json"
    run = site.run("plan", "-e", f"plan_json={path}", inventory=inventory).succeeded()
    assert run.writes == []
    return json.loads(path.read_text())


def steps(planned: dict[str, Any]) -> list[Any]:
    return [step for host in planned["accounts"].values() for steps in host["results"].values() for step in steps]


def variables(folder: Path, host: str) -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor(UNSAFE, lambda loader, node: node.value)
    return yaml.load((folder / "host_vars" / f"{host}.yml").read_text(), Loader)


def clients(site: Site) -> Any:
    return lambda account: site.client(HOSTS[account])


def test_the_inventory_from_which_a_network_was_made(site: Site) -> None:
    site.run("transit_gateway").succeeded()
    for account in HOSTS.values():
        made = site.client(account), site.client(account, "ram")
        strip(*made, owned_by_tags(*made, account))
    folder, run = adopt(site)
    assert "a plan is zero steps, without a difference" in run.output

    hub = variables(folder, "shared-services")
    (isolated,) = [name for name, options in hub["hub_segments"].items() if options.get("isolated")]
    assert hub["hub_segments"] == {
        isolated: {"isolated": True, "reaches": [hub["hub_segment"]]},
        hub["hub_segment"]: {},
    }
    assert hub["hub_blackholes"] is True and hub["hub_destinations"] == ["10.0.0.0/8"]
    alpha = variables(folder, "alpha")
    assert [tier["prefix"] for tier in alpha["vpc_tiers"]] == [20, 22, 28]
    assert alpha["spoke_from_hub"] == {"sources": ["10.0.0.0/16"], "tcp": ["443", "8443"]}
    assert alpha["spoke_segment"] == variables(folder, "beta")["spoke_segment"] == isolated
    assert variables(folder, "gamma")["spoke_attached"] is False
    planned = plan(site, folder)
    assert steps(planned) == [] and not any(planned["effect"][key] for key in ("opens", "closes", "unknown"))

    again = site.run("adopt", "-e", f"adopt_dir={folder}")
    assert again.failed == ["localhost"] and "Nothing was written" in again.output


def test_a_network_made_by_hand_is_tagged_and_owned(site: Site) -> None:
    hand_made_network.backbone(clients(site), site.client(HUB, "ram"), REGION, HOSTS)
    folder, run = adopt(site)
    assert "a plan is zero steps, without a difference" in run.output
    alpha = variables(folder, "alpha")
    assert {tier["name"]: tier.get("internet", "none") for tier in alpha["vpc_tiers"]} == {
        "public": "gateway",
        "app": "nat",
        "data": "none",
        "transit": "none",
    }
    assert alpha["spoke_tiers"] == ["app", "data"] and alpha["spoke_attachment_tier"] == "transit"
    # Somebody's text is no template.
    assert '!unsafe "Company backbone {{ not a template }}"' in (folder / "host_vars/shared-services.yml").read_text()
    planned = plan(site, folder)
    assert steps(planned) == [] and not any(planned["effect"][key] for key in ("opens", "closes", "unknown"))

    for_all = folder / "group_vars/all/main.yml"
    for_all.write_text(for_all.read_text().replace("adoption: observe", "adoption: tags"))
    run = site.run("transit_gateway", inventory=folder).succeeded()
    assert {write.partition(" ")[2] for write in run.writes} == {"CreateTags"}
    for_all.write_text(for_all.read_text().replace("adoption: tags\n", ""))
    (folder / "group_vars/all/adopted_ids.yml").unlink()
    assert steps(plan(site, folder)) == []


def test_what_an_inventory_cannot_say_is_told(site: Site) -> None:
    """Default tables in use, a stack's VPC, a peering, and an account that can't be read."""
    made = hand_made_network.Made()
    for index, (account, _id) in enumerate(list(HOSTS.items())[:3]):
        tiers = {"app": f"10.{60 + index}.*.0/24", "tgw": f"10.{60 + index}.9*.0/28"}
        hand_made_network.create_vpc(site.client(_id), made, account, REGION, f"10.{60 + index}.0.0/16", tiers)
    hub = site.client(HUB)
    hand_made_network.create_gateway(hub, made, (), default_tables="enable")
    hand_made_network.share(site.client(HUB, "ram"), made, REGION, HUB, [ALPHA, BETA])
    for account in ("shared-services", "alpha", "beta"):
        hand_made_network.attach(clients(site), made, "shared-services", account, "tgw", {"app": ["10.0.0.0/8"]})
    site.client(BETA).create_tags(
        Resources=[made.vpcs["beta"]], Tags=[{"Key": "Terraform", "Value": "true"}, {"Key": "Owner", "Value": "x"}]
    )
    alpha = site.client(ALPHA)
    peering = alpha.create_vpc_peering_connection(
        VpcId=made.vpcs["alpha"], PeerVpcId=made.vpcs["beta"], PeerOwnerId=BETA
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    alpha.create_route(
        RouteTableId=made.tables["alpha"]["app"],
        DestinationCidrBlock="10.62.0.0/16",
        VpcPeeringConnectionId=peering,
    )
    # The role of another account: the module refuses to read that in place of delta.
    site.declare("delta", account_id=DELTA, assume_role_arn=f"arn:aws:iam::{ALPHA}:role/OrganizationAccountAccessRole")
    folder, run = adopt(site)
    assert "not read: delta: " in run.output, run.output
    told = (folder / "adoption.md").read_text().replace("\\", "")
    assert f"delta, {DELTA}: the account wasn't read" in told and f"{peering}: VPC peering" in told
    assert f"routes of tier app that no role declares: 10.62.0.0/16 to {peering}" in told
    assert f"{made.gateway}: it associates new attachments with its default route table" in told
    assert f"{made.vpcs['beta']}: owned by Terraform" in told
    declared = variables(folder, "shared-services")
    (segment,) = declared["hub_segments"]
    assert declared["hub_segments"][segment] == {} and declared["hub_more_attachments"][0]["name"] == "beta"
    assert not (folder / "host_vars/beta.yml").exists()
    planned = plan(site, folder)
    assert steps(planned) == []

    second = site.home / "released"
    extra = json.dumps({"adopt_release": [made.vpcs["beta"]], "adopt_dir": str(second)})
    site.run("adopt", "-e", extra).succeeded()
    assert variables(second, "beta")["spoke_segment"] == segment


def test_an_account_without_a_hub(site: Site) -> None:
    site.forget("shared-services", "beta", "gamma")
    made = hand_made_network.Made()
    tiers = {"web": "10.70.*.0/24", "db": "10.70.1*.0/24"}
    hand_made_network.create_vpc(site.client(ALPHA), made, "alpha", REGION, "10.70.0.0/16", tiers)
    folder, _run = adopt(site)
    assert [tier["name"] for tier in variables(folder, "alpha")["vpc_tiers"]] == ["web", "db"]
    assert steps(plan(site, folder)) == []
