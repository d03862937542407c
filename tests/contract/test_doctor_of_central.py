# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""closed_vpc_doctor in a VPC whose Route 53 Profile leads to endpoints in the hub's account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import proof
from ansible_collections.closednet.aws.plugins.module_utils._domain.network import snapshot
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared import snapshot_folder
from tests.contract import closed_cases as closed
from tests.contract.case import ZONES, only, subnets
from tests.contract.world import REGION, World
from tests.emulator.conftest import HUB, SPOKE
from tests.emulator.networks import wait_for

SERVICE, NAME = "secretsmanager", f"secretsmanager.{REGION}.amazonaws.com"
HUB_CIDR = "10.9.0.0/16"
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@pytest.fixture
def central(world: World) -> World:
    """World with an endpoint in the hub, which a shared Profile offers to the closed VPC, and a path between both."""
    closed.before_doctor(world)
    hub_endpoint(world)
    between(world)
    profiles, ram = world.client(HUB, "route53profiles"), world.client(HUB, "ram")
    profile = profiles.create_profile(Name="central", ClientToken="1")["Profile"]
    arn = f"arn:aws:ec2:{REGION}:{HUB}:vpc-endpoint/{world.made['central']['id']}"
    profiles.associate_resource_to_profile(ProfileId=profile["Id"], ResourceArn=arn, Name="secretsmanager")
    ram.create_resource_share(name="central", principals=[SPOKE], resourceArns=[profile["Arn"]])
    world.client(SPOKE, "route53profiles").associate_profile(
        ProfileId=profile["Id"], ResourceId=closed.vpc_id(world), Name="central"
    )
    world.made["profile"] = profile["Id"]
    closed.removed(SERVICE)(world)
    return world


def hub_endpoint(world: World) -> None:
    ec2 = world.ec2(HUB)
    vpc = ec2.create_vpc(CidrBlock=HUB_CIDR)["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    blocks = dict(zip(ZONES, ("10.9.0.0/24", "10.9.1.0/24")))
    of_zones = {
        zone: ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
        for zone, block in blocks.items()
    }
    group = ec2.create_security_group(GroupName="central", Description="central", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[HTTPS | {"IpRanges": [{"CidrIp": closed.CIDR}]}])
    made = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.{SERVICE}",
        SubnetIds=list(of_zones.values()),
        SecurityGroupIds=[group],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]["VpcEndpointId"]

    def described() -> dict[str, Any]:
        found: dict[str, Any] = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]
        return found

    wait_for(lambda: described()["State"], "available")
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=described()["NetworkInterfaceIds"])
    by_subnet = {item["SubnetId"]: item["PrivateIpAddress"] for item in interfaces["NetworkInterfaces"]}
    world.made |= {"hub_vpc": vpc, "hub_group": group, "hub_subnets": list(of_zones.values())}
    world.made["central"] = {"id": made, "addresses": {zone: [by_subnet[id_]] for zone, id_ in of_zones.items()}}


def between(world: World) -> None:
    """Attach the hub's VPC to the closed account's transit gateway, route both ways, let the workload call."""
    hub, spoke, gateway = world.ec2(HUB), world.ec2(SPOKE), world.made["gateway"]
    arn = f"arn:aws:ec2:{REGION}:{SPOKE}:transit-gateway/{gateway}"
    world.client(SPOKE, "ram").create_resource_share(name="gateway", principals=[HUB], resourceArns=[arn])
    attached = hub.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway, VpcId=world.made["hub_vpc"], SubnetIds=world.made["hub_subnets"]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]

    def state() -> str:
        found = spoke.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[attached])
        return str(found["TransitGatewayAttachments"][0]["State"])

    wait_for(state, "pendingAcceptance")
    spoke.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attached)
    wait_for(state, "available")
    for table in app_tables(world):
        spoke.create_route(RouteTableId=table, DestinationCidrBlock=HUB_CIDR, TransitGatewayId=gateway)
    hub.create_route(RouteTableId=hub_table(world), DestinationCidrBlock=closed.CIDR, TransitGatewayId=gateway)
    to_hub = [HTTPS | {"IpRanges": [{"CidrIp": HUB_CIDR}]}]
    spoke.authorize_security_group_egress(GroupId=world.made["workload"], IpPermissions=to_hub)


def app_tables(world: World) -> list[str]:
    query = [{"Name": "association.subnet-id", "Values": subnets(world, SPOKE, "delta", "app")}]
    return [table["RouteTableId"] for table in world.ec2(SPOKE).describe_route_tables(Filters=query)["RouteTables"]]


def hub_table(world: World) -> str:
    query = [{"Name": "vpc-id", "Values": [world.made["hub_vpc"]]}]
    return only(world.ec2(HUB).describe_route_tables(Filters=query)["RouteTables"], "RouteTableId")


def known(world: World, **more: Any) -> dict[str, Any]:
    endpoints = {SERVICE: {**world.made["central"], "names": [NAME]}}
    return {"profile_id": world.made["profile"], "endpoints": endpoints, "sources": [closed.CIDR], **more}


def networks(world: World, folder: Path) -> str:
    """Save the networks of both accounts, as network_path_info reads them; return the folder."""
    for account in (HUB, SPOKE):
        world.run("network_path_info", account, {"save_snapshot_dir": str(folder)})
    return str(folder)


def ask(world: World, **more: Any) -> dict[str, Any]:
    return world.run("closed_vpc_doctor", SPOKE, {**closed.CLOSED_VPC_DOCTOR.options, **more})


def found(result: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding["id"], finding["status"]) for finding in result["findings"]}


def test_the_hubs_endpoint_answers_and_the_path_is_open(central: World, tmp_path: Path) -> None:
    result = ask(central, central=known(central, snapshot_dir=networks(central, tmp_path)))
    assert result["findings"] == [] and result["healthy"]
    answer = result["answers"][SERVICE]
    assert (answer["by"], answer["id"]) == ("profile_endpoint", central.made["central"]["id"])
    assert answer["profile_id"] == central.made["profile"]
    assert answer["addresses"] == sorted(sum(central.made["central"]["addresses"].values(), []))
    assert result["answers"]["logs"]["by"] == "endpoint" and len(result["answers"]["logs"]["addresses"]) == 2
    assert result["answers"]["s3"]["by"] == "public"


def test_unknown_without_the_hub(central: World) -> None:
    result = ask(central)
    assert not result["healthy"] and {status for _id, status in found(result)} == {"unknown"}
    assert result["answers"][SERVICE]["by"] == "unknown"
    assert any(central.made["central"]["id"] in finding["says"] for finding in result["findings"])


def test_the_far_side_is_unknown_without_the_networks(central: World) -> None:
    result = ask(central, central=known(central))
    assert found(result) == {("centralised_endpoints", "unknown")}


def no_route(world: World) -> None:
    for table in app_tables(world):
        world.ec2(SPOKE).delete_route(RouteTableId=table, DestinationCidrBlock=HUB_CIDR)


def no_way_back(world: World) -> None:
    world.ec2(HUB).delete_route(RouteTableId=hub_table(world), DestinationCidrBlock=closed.CIDR)


def hub_group_closed(world: World) -> None:
    world.ec2(HUB).revoke_security_group_ingress(
        GroupId=world.made["hub_group"], IpPermissions=[HTTPS | {"IpRanges": [{"CidrIp": closed.CIDR}]}]
    )


def workload_group_closed(world: World) -> None:
    world.ec2(SPOKE).revoke_security_group_egress(
        GroupId=world.made["workload"], IpPermissions=[HTTPS | {"IpRanges": [{"CidrIp": HUB_CIDR}]}]
    )


BROKEN: dict[str, tuple[Callable[[World], None], set[str]]] = {
    "no route": (no_route, {"central_endpoint_route", "central_endpoint_path"}),
    "no way back": (no_way_back, {"central_endpoint_path"}),
    "the hub's security group": (hub_group_closed, {"central_endpoint_path"}),
    "the workload's security group": (workload_group_closed, {"workload_sg_egress"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_somebody_broke_is_named(central: World, name: str, tmp_path: Path) -> None:
    make, causes = BROKEN[name]
    make(central)
    result = ask(central, central=known(central, snapshot_dir=networks(central, tmp_path)))
    assert found(result) == {(cause, "cause") for cause in causes}
    assert all(SERVICE in finding["services"] for finding in result["findings"])


def test_sources_of_the_hub_without_the_subnets(central: World, tmp_path: Path) -> None:
    folder = networks(central, tmp_path)
    result = ask(central, central=known(central, snapshot_dir=folder, sources=["10.8.0.0/16"]))
    assert found(result) == {("endpoint_sg_ingress", "cause")}


def test_a_leftover_endpoint_answers_in_place_of_the_hubs(central: World) -> None:
    central.run("closed_vpc_endpoints", SPOKE, closed.ENDPOINTS)
    result = ask(central, central=known(central))
    assert found(result) == {("central_endpoint_shadowed", "note")} and result["healthy"]
    assert result["answers"][SERVICE]["by"] == "endpoint"


def test_a_service_that_the_hub_lacks_is_missing(central: World) -> None:
    closed.removed("logs")(central)
    result = ask(central, central=known(central))
    (missing,) = (finding for finding in result["findings"] if "logs" in finding["services"])
    assert (
        missing["id"] == "centralised_endpoints" and f"nor has its Profile {central.made['profile']}" in missing["says"]
    )
    assert result["answers"]["logs"]["by"] == "public"


def test_the_proof_of_a_pilot(central: World, tmp_path: Path) -> None:
    hub = {"profile_id": central.made["profile"], "endpoints": known(central)["endpoints"]}

    def unproven(folder: Path) -> list[str]:
        network = snapshot.parse(snapshot_folder.load(Path(networks(central, folder))))
        return proof.unproven(ask(central, central=known(central)), hub, [SERVICE], network)

    assert unproven(tmp_path / "open") == []
    no_way_back(central)
    told = unproven(tmp_path / "shut")
    assert told and all(f"{SERVICE}: from subnet-" in text for text in told)
    central.run("closed_vpc_endpoints", SPOKE, closed.ENDPOINTS)
    assert "of the VPC answers for" in unproven(tmp_path / "left")[0]


def leftover(world: World) -> None:
    world.run("closed_vpc_endpoints", SPOKE, closed.ENDPOINTS)


def zone(world: World) -> None:
    where = {"VPCRegion": REGION, "VPCId": closed.vpc_id(world)}
    world.client(SPOKE, "route53").create_hosted_zone(Name=NAME, CallerReference="1", VPC=where)


def another_profile(world: World) -> None:
    """Associate an empty Profile before the hub's."""
    profiles = world.client(SPOKE, "route53profiles")
    id_ = profiles.create_profile(Name="own", ClientToken="2")["Profile"]["Id"]
    profiles.associate_profile(ProfileId=id_, ResourceId=closed.vpc_id(world), Name="own", Priority=200)


@pytest.mark.parametrize("make", [lambda world: None, leftover, zone, another_profile])
def test_answers_are_those_of_the_emulators_resolver(central: World, make: Callable[[World], None]) -> None:
    """Two implementations of the same pages: the emulator's and the doctor's."""
    make(central)
    answers = ask(central, central=known(central))["answers"]
    place = {"account_id": SPOKE, "region": REGION, "vpc_id": closed.vpc_id(central)}
    names = {service: f"{service}.{REGION}.amazonaws.com" for service in (SERVICE, "logs", "s3")}
    for service, name in names.items():
        resolved = central.emulator.control("POST", "resolve", {**place, "name": name})
        assert answers[service]["by"] == resolved["kind"], service
        assert answers[service]["id"] == resolved["source"] or resolved["kind"] == "public"
