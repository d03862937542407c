# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of central endpoints: the hub's endpoints in a Profile, and a closed VPC that uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract import closed_cases as closed
from tests.contract.case import TAGS, ZONES, Case, Drift, by_tags, only, tags
from tests.contract.world import OWNER_TAG, REGION, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2

HUB_CIDR = "10.0.0.0/16"
OWNER = "central_endpoints/central"
CENTRAL = {
    "name": "central",
    "vpc_name": "hub",
    "services": ["ecr.api", "ecr.dkr", "logs", "secretsmanager"],
    "accounts": [SPOKE, SPOKE_2],
    "sources": [HUB_CIDR, closed.CIDR],
    "tags": TAGS,
}


def hub_vpc(world: World) -> None:
    tiers = [{"name": "endpoint", "prefix": 26}, {"name": "tgw", "prefix": 28}]
    options = {"name": "hub", "cidrs": [HUB_CIDR], "availability_zone_ids": ZONES, "tiers": tiers}
    world.run("tiered_vpc", HUB, options)


def hub_vpc_id(world: World) -> str:
    query = [{"Name": f"tag:{OWNER_TAG}", "Values": ["tiered_vpc/hub"]}]
    return only(world.ec2(HUB).describe_vpcs(Filters=query)["Vpcs"], "VpcId")


def profiles(world: World, account: str = HUB) -> Any:
    return world.client(account, "route53profiles")


def profile(world: World) -> dict[str, Any]:
    found = profiles(world).list_profiles()["ProfileSummaries"]
    (mine,) = [one for one in found if one["Name"] == "closednet-central"]
    return mine


def retag(world: World, arn: str, **values: str) -> None:
    profiles(world).tag_resource(ResourceArn=arn, Tags={key.replace("_", "-"): value for key, value in values.items()})


def share(world: World) -> str:
    return only(
        world.client(HUB, "ram").get_resource_shares(resourceOwner="SELF", name="closednet-central")["resourceShares"],
        "resourceShareArn",
    )


def retag_share(world: World, arn: str, **values: str) -> None:
    world.client(HUB, "ram").tag_resource(
        resourceShareArn=arn, tags=[{"key": key.replace("_", "-"), "value": value} for key, value in values.items()]
    )


def endpoint(service: str) -> Callable[[World], str]:
    return by_tags(HUB, "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", OWNER, service)


def endpoint_arn(world: World, service: str) -> str:
    return f"arn:aws:ec2:{REGION}:{HUB}:vpc-endpoint/{endpoint(service)(world)}"


group = by_tags(HUB, "describe_security_groups", "SecurityGroups", "GroupId", OWNER, "endpoints")


def modify(service: str, **arguments: Any) -> Callable[[World], Any]:
    return lambda world: world.ec2(HUB).modify_vpc_endpoint(VpcEndpointId=endpoint(service)(world), **arguments)


def taken_out(world: World) -> None:
    profiles(world).disassociate_resource_from_profile(
        ProfileId=profile(world)["Id"], ResourceArn=endpoint_arn(world, "logs")
    )


def port_opened(world: World) -> None:
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    world.ec2(HUB).authorize_security_group_ingress(GroupId=group(world), IpPermissions=[permission])


def unshared(**who: list[str]) -> Callable[[World], Any]:
    return lambda world: world.client(HUB, "ram").disassociate_resource_share(resourceShareArn=share(world), **who)


def foreign_zone(world: World) -> str:
    """Create the private zone of an older set-up in the hub's VPC; return its id."""
    return zone_of(world, f"logs.{REGION}.amazonaws.com")


def zone_of(world: World, name: str, others: bool = True) -> str:
    route53 = world.client(HUB, "route53")
    vpc = {"VPCRegion": REGION, "VPCId": hub_vpc_id(world)}
    made = route53.create_hosted_zone(Name=name, CallerReference=name, VPC=vpc)["HostedZone"]["Id"]
    if others:
        other = world.ec2(HUB).create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
        route53.associate_vpc_with_hosted_zone(HostedZoneId=made, VPC={"VPCRegion": REGION, "VPCId": other})
    return made.rpartition("/")[2]


def foreign_endpoint(world: World) -> str:
    made = world.ec2(HUB).create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId=hub_vpc_id(world), ServiceName=f"com.amazonaws.{REGION}.logs"
    )
    return made["VpcEndpoint"]["VpcEndpointId"]


CENTRAL_ENDPOINTS = Case(
    "central_endpoints",
    HUB,
    CENTRAL,
    [HUB],
    [
        *tags("route53_profile", HUB, lambda world: profile(world)["Arn"], retag),
        *tags("profile_share", HUB, share, retag_share),
        *tags("vpc_endpoint", HUB, endpoint("logs")),
        *tags("security_group", HUB, group),
        Drift(
            "profile_resource: taken out",
            "profile_resource",
            ("profile", "endpoint", "resource_name"),
            "create",
            taken_out,
        ),
        Drift("security_group: a port opened", "security_group", ("ingress",), "change", port_opened),
        Drift(
            "vpc_endpoint: private names off",
            "vpc_endpoint",
            ("private_dns",),
            "change",
            modify("logs", PrivateDnsEnabled=False),
        ),
        Drift("vpc_endpoint: everybody may", "vpc_endpoint", ("policy",), "change", modify("logs", ResetPolicy=True)),
        Drift(
            "profile_share_association: an account removed",
            "profile_share_association",
            ("share", "type", "entity"),
            "create",
            unshared(principals=[SPOKE_2]),
        ),
        Drift(
            "profile_share_association: the Profile removed",
            "profile_share_association",
            ("share", "type", "entity"),
            "create",
            lambda world: unshared(resourceArns=[profile(world)["Arn"]])(world),
        ),
    ],
    before=hub_vpc,
    stays={"attributes": "DNS of the VPC stays on: others may have begun to need it"},
    foreign={"zone": foreign_zone, "endpoint": foreign_endpoint},
)


def moved(world: World) -> None:
    """Create what a closed VPC needs before it can use the hub's endpoints: these, a way there, the Profile shared."""
    hub_vpc(world)
    world.made |= {"central": world.run("central_endpoints", HUB, CENTRAL)}
    closed.closed_vpc(world)
    world.run("closed_vpc_endpoints", SPOKE, closed.ENDPOINTS)
    transit_gateway(world)


def transit_gateway(world: World) -> None:
    """Route all tables of the closed VPC to the hub through a transit gateway of the closed account."""
    ec2 = world.ec2(SPOKE)
    gateway = closed.attached_gateway(world)
    query = [{"Name": "vpc-id", "Values": [closed.vpc_id(world)]}]
    for table in ec2.describe_route_tables(Filters=query)["RouteTables"]:
        if not any(association.get("Main") for association in table["Associations"]):
            ec2.create_route(
                RouteTableId=table["RouteTableId"], DestinationCidrBlock=HUB_CIDR, TransitGatewayId=gateway
            )


def central_of(world: World, services: list[str] | None = None, **more: Any) -> dict[str, Any]:
    told = world.made["central"]
    return {
        "profile_id": told["profile_id"],
        "owner_account_id": HUB,
        "services": CENTRAL["services"] if services is None else services,
        "endpoints": told["endpoints"],
        "drain_seconds": 0,
        **more,
    }


CASES = [CENTRAL_ENDPOINTS]
