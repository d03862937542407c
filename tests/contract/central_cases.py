# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of central endpoints: the hub's endpoints in a Profile, and a closed VPC that uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract import closed_cases as closed
from tests.contract.case import TAGS, ZONES, Case, Drift, only, tags
from tests.contract.endpoint_changes import Endpoints
from tests.contract.world import REGION, World
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


OF_HUB = Endpoints(HUB, "hub", OWNER)
hub_vpc_id, endpoint = OF_HUB.vpc_id, OF_HUB.endpoint


def hub_vpc(world: World) -> None:
    tiers = [{"name": "endpoint", "prefix": 26}, {"name": "tgw", "prefix": 28}]
    options = {"name": "hub", "cidrs": [HUB_CIDR], "availability_zone_ids": ZONES, "tiers": tiers}
    world.run("tiered_vpc", HUB, options)


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


def endpoint_arn(world: World, service: str) -> str:
    return f"arn:aws:ec2:{REGION}:{HUB}:vpc-endpoint/{endpoint(service)(world)}"


def taken_out(world: World) -> None:
    profiles(world).disassociate_resource_from_profile(
        ProfileId=profile(world)["Id"], ResourceArn=endpoint_arn(world, "logs")
    )


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


def hub_with_old_zone(world: World) -> None:
    """Create the hub's VPC, with the private zone of an older set-up of central endpoints."""
    hub_vpc(world)
    world.made["old"] = zone_of(world, f"secretsmanager.{REGION}.amazonaws.com")


def endpoint_removed(world: World) -> None:
    """Delete an endpoint and take it out of the Profile, as AWS leaves it there otherwise."""
    taken_out(world)
    world.ec2(HUB).delete_vpc_endpoints(VpcEndpointIds=[endpoint("logs")(world)])


def profile_removed(world: World) -> None:
    profiles(world).delete_profile(ProfileId=profile(world)["Id"])


def share_changed(**changed: Any) -> Callable[[World], Any]:
    def change(world: World) -> None:
        ram = world.client(HUB, "ram")
        ram.update_resource_share(resourceShareArn=share(world), **changed)

    return change


CENTRAL_ENDPOINTS = Case(
    "central_endpoints",
    HUB,
    {
        **CENTRAL,
        "old_zones": lambda world: [world.made["old"]],
        "confirm_removals": lambda world: [f"central/hub_zone.{world.made['old']}"],
    },
    [HUB],
    [
        *OF_HUB.dns_drifts(),
        *OF_HUB.rule_drifts(closed.CIDR),
        OF_HUB.replaced_group_drift(),
        *OF_HUB.place_drifts("logs"),
        Drift(
            "vpc_endpoint: removed",
            "vpc_endpoint",
            ("vpc", "service_name", "type", "subnets", "groups", "private_dns", "policy"),
            "create",
            endpoint_removed,
        ),
        Drift("route53_profile: removed", "route53_profile", ("profile_name",), "create", profile_removed),
        Drift("profile_share: renamed", "profile_share", ("share_name",), "change", share_changed(name="other")),
        Drift(
            "profile_share: open to others",
            "profile_share",
            ("allow_external",),
            "change",
            share_changed(allowExternalPrincipals=True),
        ),
        *tags("route53_profile", HUB, lambda world: profile(world)["Arn"], retag),
        *tags("profile_share", HUB, share, retag_share),
        Drift(
            "profile_resource: taken out",
            "profile_resource",
            ("profile", "endpoint", "resource_name"),
            "create",
            taken_out,
        ),
        Drift(
            "vpc_endpoint: private names off",
            "vpc_endpoint",
            ("private_dns",),
            "change",
            OF_HUB.modify("logs", PrivateDnsEnabled=False),
        ),
        Drift(
            "vpc_endpoint: everybody may",
            "vpc_endpoint",
            ("policy",),
            "change",
            OF_HUB.modify("logs", ResetPolicy=True),
        ),
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
    before=hub_with_old_zone,
    stays={
        "attributes": "DNS of the VPC stays on: others may have begun to need it",
        "HostedZones": "a zone of an older set-up isn't put back into the VPC",
    },
    foreign={"zone": foreign_zone, "endpoint": foreign_endpoint},
)


def moved(world: World) -> None:
    """Create what a closed VPC needs before it can use the hub's endpoints: these, routes, the Profile shared."""
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
        "services": CENTRAL["services"] if services is None else services,
        "endpoints": told["endpoints"],
        "drain_seconds": 0,
        **more,
    }


def before_central(world: World) -> None:
    """Create all that lets a new closed VPC use the hub's endpoints from the start."""
    hub_vpc(world)
    world.made |= {"central": world.run("central_endpoints", HUB, CENTRAL)}
    closed.closed_vpc(world, dns_hostnames=False)
    transit_gateway(world)
    ec2 = world.ec2(SPOKE)
    listed = ec2.create_managed_prefix_list(
        PrefixListName="others", AddressFamily="IPv4", MaxEntries=1, Entries=[{"Cidr": "10.77.0.0/16"}]
    )["PrefixList"]["PrefixListId"]
    query = [{"Name": "route.destination-cidr-block", "Values": [HUB_CIDR]}]
    table = ec2.describe_route_tables(Filters=query)["RouteTables"][0]
    (gateway,) = {route["TransitGatewayId"] for route in table["Routes"] if "TransitGatewayId" in route}
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationPrefixListId=listed, TransitGatewayId=gateway)


def association(world: World) -> dict[str, Any]:
    found = profiles(world, SPOKE).list_profile_associations(ResourceId=closed.vpc_id(world))["ProfileAssociations"]
    (mine,) = found
    return mine


def association_arn(world: World) -> str:
    return f"arn:aws:route53profiles:{REGION}:{SPOKE}:profile-association/{association(world)['Id']}"


def retag_association(world: World, arn: str, **values: str) -> None:
    tags_ = {key.replace("_", "-"): value for key, value in values.items()}
    profiles(world, SPOKE).tag_resource(ResourceArn=arn, Tags=tags_)


def disassociated(world: World) -> None:
    profiles(world, SPOKE).disassociate_profile(ProfileId=profile(world)["Id"], ResourceId=closed.vpc_id(world))


def priority_changed(world: World) -> None:
    profiles(world, SPOKE).update_profile_association(ProfileAssociationId=association(world)["Id"], Priority=500)


USES_CENTRAL = Case(
    "closed_vpc_endpoints",
    SPOKE,
    {**closed.ENDPOINTS, "central": lambda world: central_of(world, priority=200)},
    [SPOKE],
    [
        Drift(
            "profile_association: removed",
            "profile_association",
            ("profile", "vpc", "association_name", "priority"),
            "create",
            disassociated,
        ),
        Drift(
            "profile_association: another priority", "profile_association", ("priority",), "change", priority_changed
        ),
        *tags("profile_association", SPOKE, association_arn, retag_association),
    ],
    before=before_central,
    stays={"attributes": "DNS of the VPC stays on: others may have begun to need it"},
    name="of the hub",
)

CASES = [CENTRAL_ENDPOINTS, USES_CENTRAL]
