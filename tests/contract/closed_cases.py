# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of a closed VPC: its endpoints, the doctor that checks them, and VPC Block Public Access."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, ZONES, Case, Drift, only, subnets, tags
from tests.contract.endpoint_changes import Endpoints
from tests.contract.world import World
from tests.emulator.conftest import SPOKE
from tests.emulator.networks import wait_for

CIDR = "10.4.0.0/16"
OWNER = "closed_vpc_endpoints/delta"
WORKLOADS = ["ecs_fargate"]
ENDPOINTS = {"name": "delta", "workloads": WORKLOADS, "services": ["secretsmanager"], "sources": [CIDR], "tags": TAGS}
CLOSED_ENDPOINTS = ENDPOINTS | {"closed": True}


def closed_vpc(world: World, **more: Any) -> None:
    """Create a VPC of two tiers without internet, each in two zones."""
    tiers = [{"name": "app", "prefix": 24}, {"name": "endpoint", "prefix": 26}]
    options = {"name": "delta", "cidrs": [CIDR], "availability_zone_ids": ZONES, "tiers": tiers, **more}
    world.run("tiered_vpc", SPOKE, options)


def closed_network(world: World) -> None:
    closed_vpc(world)
    world.run("closed_vpc_endpoints", SPOKE, ENDPOINTS)


DELTA = Endpoints(SPOKE, "delta", OWNER)
vpc_id, endpoint, modify = DELTA.vpc_id, DELTA.endpoint, DELTA.modify


def removed(*services: str) -> Callable[[World], Any]:
    def remove(world: World) -> None:
        ids = [endpoint(service)(world) for service in services]
        assert world.ec2(SPOKE).delete_vpc_endpoints(VpcEndpointIds=ids)["Unsuccessful"] == []

    return remove


def foreign_endpoint(world: World) -> str:
    made = world.ec2(SPOKE).create_vpc_endpoint(
        VpcEndpointType="Gateway", VpcId=vpc_id(world), ServiceName="com.amazonaws.eu-central-1.s3"
    )
    return made["VpcEndpoint"]["VpcEndpointId"]


def before_endpoints(world: World) -> None:
    """Create a closed VPC with a route to a private NAT gateway, which doesn't lead to the internet."""
    closed_vpc(world, dns_hostnames=False)
    ec2 = world.ec2(SPOKE)
    subnet = subnets(world, SPOKE, "delta", "app")[0]
    query = [{"Name": "association.subnet-id", "Values": [subnet]}]
    table = only(ec2.describe_route_tables(Filters=query)["RouteTables"], "RouteTableId")
    nat = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.99.0.0/16", NatGatewayId=nat)


def route_by_hand(world: World) -> str:
    """Route the main table, which no subnet uses yet, to a new internet gateway; return the gateway's id."""
    ec2 = world.ec2(SPOKE)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id(world))
    query = [{"Name": "vpc-id", "Values": [vpc_id(world)]}, {"Name": "association.main", "Values": ["true"]}]
    main = only(ec2.describe_route_tables(Filters=query)["RouteTables"], "RouteTableId")
    ec2.create_route(RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return gateway


NOTHING = json.dumps({"Version": "2012-10-17", "Statement": []})
CLOSED_VPC_ENDPOINTS = Case(
    "closed_vpc_endpoints",
    SPOKE,
    CLOSED_ENDPOINTS,
    [SPOKE],
    [
        *DELTA.dns_drifts(),
        *DELTA.rule_drifts(CIDR),
        DELTA.replaced_group_drift(),
        *DELTA.place_drifts("logs"),
        Drift(
            "vpc_endpoint: private names off",
            "vpc_endpoint",
            ("private_dns",),
            "change",
            modify("ecr.api", PrivateDnsEnabled=False),
        ),
        Drift(
            "vpc_endpoint: everybody may",
            "vpc_endpoint",
            ("policy",),
            "change",
            modify("secretsmanager", ResetPolicy=True),
        ),
        Drift(
            "vpc_endpoint: nobody may, through the gateway",
            "vpc_endpoint",
            ("policy",),
            "change",
            modify("s3", PolicyDocument=NOTHING),
        ),
        Drift(
            "vpc_endpoint: a table without the gateway",
            "vpc_endpoint",
            ("route_tables",),
            "change",
            modify("s3", RemoveRouteTableIds=lambda world: sorted(DELTA.described(world, "s3")["RouteTableIds"])[:1]),
        ),
        Drift(
            "vpc_endpoint: an interface removed",
            "vpc_endpoint",
            ("vpc", "service_name", "type", "subnets", "groups", "private_dns", "policy"),
            "create",
            removed("logs"),
        ),
        Drift(
            "vpc_endpoint: the gateway removed",
            "vpc_endpoint",
            ("vpc", "service_name", "type", "route_tables", "policy"),
            "create",
            removed("s3"),
        ),
    ],
    before=before_endpoints,
    stays={"attributes": "DNS of the VPC stays on: others may have begun to need it"},
    foreign={
        "endpoint": foreign_endpoint,
        "security group": DELTA.foreign_group("closednet-endpoints-delta"),
        "route": route_by_hand,
    },
)


def before_doctor(world: World) -> None:
    """Create a closed network with more that the doctor must read: a prefix list and a transit gateway.

    A workload's group has a rule that names a customer's prefix list. A route table that no subnet uses leads to the
    transit gateway.
    """
    closed_network(world)
    world.made["gateway"] = attached_gateway(world)
    table = world.ec2(SPOKE).create_route_table(VpcId=vpc_id(world))["RouteTable"]["RouteTableId"]
    world.ec2(SPOKE).create_route(
        RouteTableId=table, DestinationCidrBlock="10.0.0.0/8", TransitGatewayId=world.made["gateway"]
    )
    ec2 = world.ec2(SPOKE)
    listed = ec2.create_managed_prefix_list(
        PrefixListName="delta", AddressFamily="IPv4", MaxEntries=1, Entries=[{"Cidr": CIDR}]
    )["PrefixList"]["PrefixListId"]
    world.made["workload"] = workload_group(
        world, {"PrefixListIds": [{"PrefixListId": listed}, {"PrefixListId": prefix_list(world, "s3")}]}
    )


def before_doctor_of_profile(world: World) -> None:
    """Create what before_doctor does, and associate an empty Route 53 Profile of the account's own with the VPC."""
    before_doctor(world)
    profiles = world.client(SPOKE, "route53profiles")
    profile = profiles.create_profile(Name="delta", ClientToken="1")["Profile"]["Id"]
    profiles.associate_profile(ProfileId=profile, ResourceId=vpc_id(world), Name="delta")


def attached_gateway(world: World) -> str:
    """Create a transit gateway that is attached in the endpoints' subnets; return its id once both are available."""
    ec2 = world.ec2(SPOKE)
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    wait_for(
        lambda: only(ec2.describe_transit_gateways(TransitGatewayIds=[gateway])["TransitGateways"], "State"),
        "available",
    )
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway, VpcId=vpc_id(world), SubnetIds=subnets(world, SPOKE, "delta", "endpoint")
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    of_made = {"TransitGatewayAttachmentIds": [made]}
    wait_for(
        lambda: only(ec2.describe_transit_gateway_vpc_attachments(**of_made)["TransitGatewayVpcAttachments"], "State"),
        "available",
    )
    return gateway


def prefix_list(world: World, service: str) -> str:
    lists = world.ec2(SPOKE).describe_prefix_lists()["PrefixLists"]
    return only([item for item in lists if item["PrefixListName"].endswith(f".{service}")], "PrefixListId")


def workload_group(world: World, peers: dict[str, Any]) -> str:
    """Create a group without ingress rules that allows only tcp/443 to the peers as egress; return its id."""
    ec2 = world.ec2(SPOKE)
    group_id = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc_id(world))["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=everything)
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[https | peers])
    return group_id


CLOSED_VPC_DOCTOR = Case(
    "closed_vpc_doctor",
    SPOKE,
    {
        "vpc_name": "delta",
        "tiers": ["app"],
        "security_group_ids": lambda world: [world.made["workload"]],
        "workloads": WORKLOADS,
        "services": ["secretsmanager"],
    },
    [SPOKE],
    before=before_doctor_of_profile,
)


def before_block(world: World) -> None:
    """Create two VPCs with an internet gateway and an interface each; the default VPC has a gateway only."""
    ec2 = world.ec2(SPOKE)
    for name, cidr in (("open", "10.8.0.0/16"), ("cut", "10.9.0.0/16")):
        vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr.replace("0.0/16", "1.0/24"))["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        world.made[name], world.made[f"{name} subnet"] = vpc, subnet


def exclusion(name: str) -> Callable[[World], str]:
    def find(world: World) -> str:
        listed = world.ec2(SPOKE).describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
        alive = [item for item in listed if not item["State"].startswith("delete-")]
        return only([item for item in alive if item["ResourceArn"].endswith(f"/{world.made[name]}")], "ExclusionId")

    return find


def excluded_by_hand(world: World) -> str:
    made = world.ec2(SPOKE).create_vpc_block_public_access_exclusion(
        VpcId=world.made["open"], InternetGatewayExclusionMode="allow-egress"
    )
    return made["VpcBlockPublicAccessExclusion"]["ExclusionId"]


VPC_BLOCK_PUBLIC_ACCESS = Case(
    "vpc_block_public_access",
    SPOKE,
    {
        "name": "delta",
        "internet_gateway_block_mode": "block-bidirectional",
        "exclusions": lambda world: [
            {"vpc_id": world.made["open"], "internet_gateway_exclusion_mode": "allow-bidirectional"},
            {"subnet_id": world.made["cut subnet"], "internet_gateway_exclusion_mode": "allow-egress"},
        ],
        "accept_cut_off": lambda world: [world.made["cut"], world.made["cut subnet"]],
        "tags": TAGS,
    },
    [SPOKE],
    [
        Drift(
            "block_public_access: off",
            "block_public_access",
            ("mode",),
            "change",
            lambda world: world.ec2(SPOKE).modify_vpc_block_public_access_options(InternetGatewayBlockMode="off"),
        ),
        Drift(
            "block_public_access_exclusion: both ways",
            "block_public_access_exclusion",
            ("mode",),
            "change",
            lambda world: world.ec2(SPOKE).modify_vpc_block_public_access_exclusion(
                ExclusionId=exclusion("cut subnet")(world), InternetGatewayExclusionMode="allow-bidirectional"
            ),
        ),
        Drift(
            "block_public_access_exclusion: removed",
            "block_public_access_exclusion",
            ("resource", "mode"),
            "create",
            lambda world: world.ec2(SPOKE).delete_vpc_block_public_access_exclusion(
                ExclusionId=exclusion("open")(world)
            ),
        ),
        *tags("block_public_access_exclusion", SPOKE, exclusion("open")),
    ],
    before=before_block,
    foreign={"exclusion": excluded_by_hand},
)

CASES = [CLOSED_VPC_ENDPOINTS, VPC_BLOCK_PUBLIC_ACCESS]
INFO_CASES = [CLOSED_VPC_DOCTOR]
