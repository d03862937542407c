# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adoption of networks laid out as others' modules do, with operators' mistakes on the way to ownership."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hand_made_network
import yaml
from hand_made_network import ZONES, Made, named, until

from tests.integration.conftest import ALPHA, HUB, REGION, Site
from tests.integration.test_adopt import adopt, plan, steps, variables

HOSTILE = "dev\n{{ lookup('pipe', 'id') }} | `x` <b> # \u2028 'a': [1] {% raw %}"


def modules_vpc(ec2: Any, made: Made, account: str, number: int) -> None:
    """Create a VPC as terraform-aws-modules/vpc does with one NAT gateway per zone: one table for public and for intra
    subnets, one per zone for private ones, and Names of tables with the zone.
    """
    cidr = f"10.{number}.0.0/16"
    vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=named("vpc", "core", Environment=HOSTILE))["Vpc"]["VpcId"]
    made.vpcs[account], made.subnets[account], made.tables[account] = vpc, {}, {}
    igw = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "core"))
    igw_id = igw["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw_id, VpcId=vpc)

    def table(name: str) -> str:
        new = ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", name))["RouteTable"]
        return str(new["RouteTableId"])

    shared = {tier: table(f"core-{tier}") for tier in ("public", "intra")}
    ec2.create_route(RouteTableId=shared["public"], DestinationCidrBlock="0.0.0.0/0", GatewayId=igw_id)
    for zone_number, zone in enumerate(ZONES):
        of_zone = f"{REGION}{zone}"
        for tier, third in (("private", 1), ("public", 101), ("intra", 201)):
            subnet = ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=f"10.{number}.{third + zone_number}.0/24",
                AvailabilityZone=of_zone,
                TagSpecifications=named("subnet", f"core-{tier}-{of_zone}"),
            )["Subnet"]["SubnetId"]
            made.subnets[account][f"{tier}-{zone}"] = subnet
            own = shared.get(tier) or table(f"core-{tier}-{of_zone}")
            made.tables[account][f"{tier}-{zone}"] = own
            ec2.associate_route_table(RouteTableId=own, SubnetId=subnet)
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(SubnetId=made.subnets[account][f"public-{zone}"], AllocationId=address)
        nat_id = nat["NatGateway"]["NatGatewayId"]
        private = made.tables[account][f"private-{zone}"]
        ec2.create_route(RouteTableId=private, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat_id)
        until(
            lambda nat_id=nat_id: ec2.describe_nat_gateways(NatGatewayIds=[nat_id])["NatGateways"][0]["State"],
            "available",
        )


def own(folder: Path) -> None:
    """Remove adoption and the ids, as the last step of the page."""
    phase(folder, None)
    (folder / "group_vars/all/adopted_ids.yml").unlink()


def phase(folder: Path, name: str | None) -> None:
    path = folder / "group_vars/all/main.yml"
    values = yaml.safe_load(path.read_text())
    values.pop("adoption", None)
    path.write_text(yaml.safe_dump({**values, **({"adoption": name} if name else {})}))


def test_a_module_of_terraform(site: Site) -> None:
    site.forget("shared-services", "beta", "gamma")
    made = Made()
    modules_vpc(site.client(ALPHA), made, "alpha", 80)
    folder, _run = adopt(site)
    alpha = variables(folder, "alpha")
    assert {tier["name"]: tier.get("internet", "none") for tier in alpha["vpc_tiers"]} == {
        "private": "nat",
        "public": "gateway",
        "intra": "none",
    }
    assert alpha["vpc_nat_gateways"] == "per_az"
    for path in folder.rglob("*.*"):
        assert "{{" not in path.read_text().replace("!unsafe", ""), path
    assert steps(plan(site, folder)) == []

    # Too early: nothing is tagged, so owning it would create a second VPC.
    own(folder)
    run = site.run("site", inventory=folder)
    assert run.failed == ["alpha"] and run.writes == [], run.output
    assert f"{made.vpcs['alpha']} is as declared and has no tag closednet:managed" in run.output


def test_an_account_of_the_landing_zone_accelerator(site: Site) -> None:
    """Several VPCs and the transit gateway in one account, all with the accelerator's tag: nothing until released."""
    site.forget("alpha", "beta", "gamma")
    made, hub = Made(), site.client(HUB)
    for number, vpc in ((90, "endpoints"), (91, "inspection")):
        tiers = {"app": f"10.{number}.*.0/24", "tgw": f"10.{number}.9*.0/28"}
        hand_made_network.create_vpc(hub, made, vpc, REGION, f"10.{number}.0.0/16", tiers)
    hand_made_network.create_gateway(hub, made, ("Network-Main-Core", "Network-Main-Segregated"))
    for vpc, table in (("endpoints", "Network-Main-Core"), ("inspection", "Network-Main-Segregated")):
        hand_made_network.attach(lambda _account: hub, made, vpc, vpc, "tgw", {"app": ["10.0.0.0/8"]})
        hand_made_network.join(hub, made, vpc, table, ["Network-Main-Core"])
    ids = [made.gateway, *made.gateway_tables.values(), *made.vpcs.values(), *made.attachments.values()]
    ids += [id_ for of_vpc in (made.subnets, made.tables) for by_name in of_vpc.values() for id_ in by_name.values()]
    hub.create_tags(Resources=ids, Tags=[{"Key": "Accelerator", "Value": "AWSAccelerator"}])

    folder, run = adopt(site)
    told = (folder / "adoption.md").read_text().replace("\\", "")
    assert f"{made.gateway}: {made.gateway} is owned by Landing Zone Accelerator AWSAccelerator" in told
    assert yaml.safe_load((folder / "hosts.yml").read_text()) == {"all": {"children": {}}}, run.output

    released = site.home / "released"
    site.run("adopt", "-e", json.dumps({"adopt_release": ["AWSAccelerator"], "adopt_dir": str(released)})).succeeded()
    declared = variables(released, "shared-services")
    assert set(declared["hub_segments"]) == {"Network-Main-Core", "Network-Main-Segregated"}
    # An account is in one segment: its second VPC's is told, and no plan touches it.
    told = (released / "adoption.md").read_text().replace("\\", "")
    of_second = {
        f"{made.attachments[vpc]}: account {HUB} is in segment Network-Main-{first} already"
        for vpc, first in (("inspection", "Core"), ("endpoints", "Segregated"))
    }
    # Which one is the second depends on ids.
    assert sum(line in told for line in of_second) == 1
    # The phase of tags, too, knows what was released.
    assert yaml.safe_load((released / "group_vars/all/main.yml").read_text())["adopt_release"] == ["AWSAccelerator"]
    assert steps(plan(site, released)) == []
