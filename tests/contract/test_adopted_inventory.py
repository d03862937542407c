# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventory -> network -> adopt -> the same inventory, over random declarations, with a plan of zero steps."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.adoption import infer
from ansible_collections.closednet.aws.plugins.module_utils._domain.adoption.model import Network
from ansible_collections.closednet.aws.plugins.module_utils._domain.hub import segments
from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import relations
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import cidrs
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared import snapshot_folder
from tests.adopting import NAME_TAG, OWNER_TAG, owned_by_tags
from tests.contract.world import REGION, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2

ACCOUNTS = {"center": HUB, "one": SPOKE, "two": SPOKE_2}
ZONES = ["euc1-az1", "euc1-az2"]
SEEDS = (1, 2, 3)
Hosts = dict[str, dict[str, Any]]


def declared(seed: int) -> Hosts:
    """Return random variables of a hub and two spokes."""
    draw = random.Random(seed)
    hosts: Hosts = {}
    for index, host in enumerate(ACCOUNTS):
        tiers: list[dict[str, Any]] = [{"name": "public", "prefix": 24, "internet": "gateway"}]
        tiers += [{"name": "app", "prefix": draw.choice([20, 22])}, {"name": "data", "prefix": 24}]
        if draw.random() < 0.5:
            tiers[1]["internet"] = "nat"
        hosts[host] = {
            "vpc_cidrs": [f"10.{index + 10}.0.0/16"],
            "vpc_availability_zone_ids": ZONES[: draw.choice([1, 2])],
            "vpc_tiers": [*tiers, {"name": "tgw", "prefix": 28}],
            "vpc_default_security_group": draw.choice(["empty", "ignore"]),
        }
        if len(hosts[host]["vpc_availability_zone_ids"]) > 1 and draw.random() < 0.5:
            hosts[host]["vpc_nat_gateways"] = "per_az"
        side = "hub" if host == "center" else "spoke"
        hosts[host] |= {
            f"{side}_tiers": draw.choice([["app"], ["app", "data"]]),
            f"{side}_destinations": ["10.0.0.0/8"],
        }
    isolated = draw.random() < 0.7
    hosts["center"]["hub_segments"] = {
        "shared": {},
        "customers": {"reaches": ["shared"], **({"isolated": True} if isolated else {})},
    }
    hosts["center"] |= {"hub_segment": "shared", "hub_blackholes": isolated and draw.random() < 0.5}
    hosts["one"]["spoke_segment"] = "customers"
    hosts["two"]["spoke_segment"] = draw.choice(["customers", "shared"])
    return hosts


def options(hosts: Mapping[str, Mapping[str, Any]], host: str, role: str) -> dict[str, Any]:
    """Return the module's options as the role of this name passes them."""
    variables = {"hub_tiers": ["app"], "spoke_tiers": ["app"], **hosts[host]}
    given = {
        key.removeprefix(f"{role}_"): value
        for key, value in variables.items()
        if key.startswith(f"{role}_") and not key.endswith("_result")
    }
    if role == "spoke":
        given |= {"hub_account_id": HUB}
        given.pop("segment")
    if role == "hub":
        spokes = {name: {**v, "account_id": ACCOUNTS[name]} for name, v in hosts.items() if "spoke_segment" in v}
        own = {key: given.pop(key) for key in ("segment", "tiers", "destinations")}
        given |= {
            "vpc_attachments": [{"name": host, "cidrs": hosts[host]["vpc_cidrs"], **own}],
            "attachments": relations.hub_attachments(spokes.items(), {}),
            "share_with": {"accounts": [SPOKE, SPOKE_2]},
        }
    return {"name": host, **given}


def runs(hosts: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (module, host, options) in the order of a site's run."""
    yield from (("tiered_vpc", host, options(hosts, host, "vpc")) for host in ACCOUNTS)
    yield "tgw_hub", "center", options(hosts, "center", "hub")
    yield from (("tgw_spoke", host, options(hosts, host, "spoke")) for host in ("one", "two"))


def converge(world: World, hosts: Hosts) -> None:
    told: Hosts = {host: dict(variables) for host, variables in hosts.items()}
    for _phase in range(2):
        for module, host, given in runs(hosts):
            if module == "tgw_hub":
                given = options(told, host, "hub")
            result = world.run(module, ACCOUNTS[host], given)
            told[host][{"tiered_vpc": "vpc_result", "tgw_spoke": "spoke_result"}.get(module, "hub_result")] = result


def adopted(world: World, folder: Path) -> Network:
    """Remove this collection's tags, and return the inventory of what is there."""
    for account in ACCOUNTS.values():
        owned = owned_by_tags(world.ec2(account), world.client(account, "ram"), account)
        ids = [id_ for of_owner in owned.values() for id_ in of_owner.values() if not id_.startswith("arn:")]
        world.ec2(account).delete_tags(Resources=ids, Tags=[{"Key": OWNER_TAG}, {"Key": NAME_TAG}])
    for account in ACCOUNTS.values():
        world.run("network_path_info", account, {"save_snapshot_dir": str(folder)})
        assert world.writes == []
    accounts = {host: {"account_id": account, "region": REGION} for host, account in ACCOUNTS.items()}
    return infer.infer(snapshot.parse(snapshot_folder.load(folder)), accounts)


def layout(variables: Mapping[str, Any]) -> tuple[dict[Any, str], list[str]]:
    """Return where the subnets are, and what else the tiers say."""
    tiers, zones = variables["vpc_tiers"], variables["vpc_availability_zone_ids"]
    words = [f"{tier['name']} {tier.get('internet', 'none')} {tier.get('map_public_ip', False)}" for tier in tiers]
    return cidrs.lay_out(variables["vpc_cidrs"], tiers, zones, variables.get("vpc_az_slots", 4)), sorted(words)


def reach(hosts: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, str]]:
    attachments = [
        segments.Attachment(host, v.get("spoke_segment") or v["hub_segment"], tuple(v["vpc_cidrs"]), ACCOUNTS[host])
        for host, v in hosts.items()
    ]
    return segments.declared(hosts["center"]["hub_segments"], attachments)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_inventory(world: World, tmp_path: Path, seed: int) -> None:
    hosts = declared(seed)
    converge(world, hosts)
    network = adopted(world, tmp_path / "snapshots")

    assert [one for one in network.unexpressed if one.kind != "unmanaged"] == []
    found = {name: host.variables for name, host in network.hosts.items()}
    assert found.keys() == hosts.keys() and reach(found) == reach(hosts)
    for host, variables in hosts.items():
        assert layout(found[host]) == layout(variables)
        side = "hub" if host == "center" else "spoke"
        assert sorted(found[host].get(f"{side}_tiers", ["app"])) == sorted(variables[f"{side}_tiers"])
        assert found[host].get("vpc_default_security_group", "empty") == variables["vpc_default_security_group"]
    assert found["center"].get("hub_blackholes", False) == hosts["center"]["hub_blackholes"]

    # Names of segments were in the tags.
    for module, host, given in runs(found):
        ids = network.hosts[host].ids
        phase = {"adoption": "observe", "adopted_ids": ids, "ignore_tags": {"keys": ["Name"]}}
        result = world.run(module, ACCOUNTS[host], given, **phase)
        assert result["plan"] == [] and world.writes == []
        assert [line for line in result["findings"] if line.startswith("adoption:")] == []
