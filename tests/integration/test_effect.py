# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan's effect is what the run does: the verdicts of the tracer before and after it, between probes in each tier."""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.module_utils._domain.effect import binding
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot, trace
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared import snapshot_folder
from tests.integration.conftest import HOSTS, Site, new_site

TIERS, PORTS = ("app", "data"), (22, 443, 8443)
SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}, "partners": {}}


def effect_of(site: Site) -> dict[str, Any]:
    """Return the effect of the plan of the whole inventory, which writes nothing."""
    told = site.home / "plan.json"
    # It fails where an opening has to be named, once it has told everything.
    run = site.run("plan", "-e", f"plan_json={told}")
    assert run.writes == [], run.output
    return json.loads(told.read_text(encoding="utf-8"))["effect"]


def read(site: Site, name: str) -> snapshot.Snapshot:
    folder = site.home / name
    site.run("path", "-e", f"save_snapshot_dir={folder}", "-e", "source=", "-e", "destination=").succeeded()
    return snapshot.parse(snapshot_folder.load(Path(folder)))


def declare_segments(site: Site, segments: dict[str, Any]) -> None:
    path = site.inventory / "group_vars" / "hub.yml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**declared, "hub_segments": segments}), encoding="utf-8")


def place_probes(site: Site) -> dict[tuple[str, str], list[str]]:
    """Put an instance into each tier for each group of the VPC; return {(host, tier): their interfaces}.

    The first one of a tier may send everything.
    """
    probes = {}
    for host, account in HOSTS.items():
        ec2 = site.client(account)
        owned = [{"Name": "tag:closednet:managed", "Values": [f"tiered_vpc/{host}"]}]
        subnets = ec2.describe_subnets(Filters=owned)["Subnets"]
        vpc = subnets[0]["VpcId"]
        sends = ec2.create_security_group(GroupName="probe", Description="probe", VpcId=vpc)["GroupId"]
        https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        ec2.authorize_security_group_ingress(GroupId=sends, IpPermissions=[https])
        of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
        groups = [group["GroupId"] for group in ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"]]
        for tier in TIERS:
            (subnet, *_others) = [one["SubnetId"] for one in subnets if tier_of(one) == tier]
            for group in sorted(groups, key=lambda one: one != sends):
                on = [{"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group]}]
                made = ec2.run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1, NetworkInterfaces=on)
                probes.setdefault((host, tier), []).append(
                    made["Instances"][0]["NetworkInterfaces"][0]["NetworkInterfaceId"]
                )
    return probes


def tier_of(subnet: dict[str, Any]) -> str:
    names = [tag["Value"] for tag in subnet["Tags"] if tag["Key"] == "closednet:name"]
    return names[0].partition(".")[0]


def delivered(read: snapshot.Snapshot, probes: dict[tuple[str, str], list[str]]) -> set[tuple[str, str, int]]:
    """Return (from, to, port) of what the tracer delivers to some probe of another account."""
    return {
        ("/".join(one), "/".join(other), port)
        for one, other, port in product(probes, probes, PORTS)
        if one[0] != other[0]
        and any(
            trace.trace(read, probes[one][0], receiver, "tcp", port, one_way=True).verdict == "delivered"
            for receiver in probes[other]
        )
    }


def told(entries: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    """Return the entries' flows between the tiers with probes, at the probed ports."""
    return {
        (entry["from"], entry["to"], port)
        for entry in entries
        for port in PORTS
        if entry["level"] == "filters" and entry["from_host"] != entry["to_host"]
        if {entry["from"].rpartition("/")[2], entry["to"].rpartition("/")[2]} <= set(TIERS)
        if any(binding.holds(listed, f"tcp {port}") for listed in entry["ports"])
    }


def changed(draw: random.Random, attached: float) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Draw the segments and the spokes' variables. attached: how likely a spoke is attached."""
    segments = {
        "shared": {},
        "customers": {"isolated": draw.random() < 0.5, "reaches": draw.choice(([], ["shared"], ["partners"]))},
        "partners": {"isolated": draw.random() < 0.5, "reaches": draw.choice(([], ["shared"]))},
    }
    spokes = {
        host: {
            "spoke_segment": draw.choice(("customers", "partners")),
            "spoke_attached": draw.random() < attached,
            "spoke_destinations": draw.choice((["10.0.0.0/8"], ["10.0.0.0/16"])),
            "spoke_tiers": draw.choice((["app"], ["app", "data"])),
            "spoke_from_hub": {"sources": ["10.0.0.0/8"], "tcp": draw.choice((["443"], ["22", "8443"]))},
        }
        for host in HOSTS
        if host != "shared-services"
    }
    return segments, spokes


def put(site: Site, declared: tuple[dict[str, Any], dict[str, dict[str, Any]]]) -> None:
    segments, spokes = declared
    declare_segments(site, segments)
    for host, variables in spokes.items():
        site.declare(host, **variables)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_effect_is_the_difference_of_what_is_delivered_before_and_after_the_run(site, seed):
    draw = random.Random(seed)
    put(site, changed(draw, attached=0.7))
    site.run("site").succeeded()
    probes = place_probes(site)
    before = delivered(read(site, "before"), probes)

    # A spoke that leaves deletes its group, which has a probe.
    put(site, changed(draw, attached=1))
    effect = effect_of(site)
    # Everything is named, and every account may leave.
    names = [f"{one}>{other}" for one, other in product((*SEGMENTS, *HOSTS), repeat=2)]
    more = json.dumps({"allow_opens": names, "confirm_removals": [*HOSTS]})
    site.run("site", "-e", more).succeeded()
    after = delivered(read(site, "after"), probes)

    assert effect["unknown"] == []
    assert told(effect["opens"]) == after - before
    assert told(effect["closes"]) == before - after
    # Nothing is left to open: a second plan has no effect.
    again = effect_of(site)
    assert [again[kind] for kind in ("opens", "closes", "loses_inspection", "unknown")] == [[], [], [], []]


def test_an_endpoint_opens_what_its_service_forwards(organization, tmp_path):
    site = new_site(organization, tmp_path, ("providers", "consumers"))
    group = yaml.safe_load((site.inventory / "group_vars" / "consumers.yml").read_text(encoding="utf-8"))
    endpoints = group["privatelink_consumer_endpoints"]
    absent = [{**endpoint, "state": "absent"} for endpoint in endpoints]
    site.declare("payments", "consumers", privatelink_consumer_endpoints=absent)
    site.run("site")
    site.declare("payments", "consumers", privatelink_consumer_endpoints=endpoints)
    effect = effect_of(site)
    assert effect["unknown"] == effect["closes"] == []
    opened = {(e["from"], e["to"], *e["ports"]) for e in effect["opens"] if e["to_host"] == "ledger"}
    # The provider lets 443 in, by its load balancer, wherever in the consumer's VPC it comes from.
    assert opened == {(f"payments/{tier}", "ledger/app", "tcp 443") for tier in ("app", "data", "tgw")}
