# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table: for every module what it is run with, what must be there before, and each way in which it can drift."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.contract.world import NAME_TAG, OWNER_TAG, World
from tests.emulator.conftest import HUB, SPOKE


@dataclass(frozen=True)
class Drift:
    """Somebody changes what a module declared.

    name    what they did
    kind    resource kind
    fields  declared fields that this changes; the plan must show each of them before and after
    action  the action of the plan's step on this kind: change, create or delete
    make    does it, by boto3
    """

    name: str
    kind: str
    fields: tuple[str, ...]
    action: str
    make: Callable[[World], Any]


@dataclass(frozen=True)
class Case:
    """A module with options that use all of it.

    before         makes what must be there before the first run
    between        what others do between two runs; after the last one and a run all is as declared
    before_absent  what others must have removed before the module's own absent
    drifts         at least one for each declared field
    foreign        name -> makes, by boto3, somebody else's resource that is in the way of the first run, after `before`;
                   its id
    """

    module: str
    account: str
    options: Mapping[str, Any]
    drifts: Sequence[Drift]
    before: Callable[[World], Any] = lambda world: None
    between: Sequence[Callable[[World], Any]] = ()
    before_absent: Callable[[World], Any] = lambda world: None
    foreign: Mapping[str, Callable[[World], str]] = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        return f"{self.module} {self.name}".strip()


ZONES = ["euc1-az1", "euc1-az2"]
CLOSED_TIERS = [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28}]
TAGS = {"team": "network", "cost-centre": "42"}


# ---- what drifts have in common -----------------------------------------------------------------------------------


def tags(kind: str, account: str, find: Callable[[World], str], retag: Callable[..., Any] | None = None) -> list[Drift]:
    """A tag lost its value; somebody added one (both where the hub's own attachments of others are concerned, too)."""

    def ec2_retag(world: World, id_: str, **values: str) -> None:
        pairs = [{"Key": key.replace("_", "-"), "Value": value} for key, value in values.items()]
        world.ec2(account).create_tags(Resources=[id_], Tags=pairs)

    put = retag or ec2_retag
    return [
        Drift(f"{kind}: tag changed", kind, ("tags",), "change", lambda world: put(world, find(world), team="somebody")),
        Drift(f"{kind}: tag added", kind, ("tags",), "change", lambda world: put(world, find(world), extra="by hand")),
    ]


def only(items: list[dict[str, Any]], key: str) -> str:
    (item,) = items
    return item[key]


def by_tags(account: str, operation: str, result: str, key: str, owner: str, name: str) -> Callable[[World], str]:
    """The id of the managed resource, by its tags."""
    argument = "Filter" if operation in ("describe_nat_gateways", "describe_flow_logs") else "Filters"
    query = [{"Name": f"tag:{OWNER_TAG}", "Values": [owner]}, {"Name": f"tag:{NAME_TAG}", "Values": [name]}]

    def find(world: World) -> str:
        answer = getattr(world.ec2(account), operation)(**{argument: query})[result]
        return only([item for item in answer if item.get("State") not in ("deleted", "deleting")], key)

    return find


# ---- tiered_vpc ---------------------------------------------------------------------------------------------------

OPEN_VPC = {
    "name": "customer-a",
    "cidrs": ["10.1.0.0/16", "10.64.0.0/16"],
    "availability_zone_ids": ZONES,
    "tiers": [
        {"name": "public", "prefix": 24, "internet": "gateway", "map_public_ip": True},
        {"name": "app", "prefix": 24, "internet": "nat"},
        {"name": "tgw", "prefix": 28},
    ],
    "nat_gateways": "per_az",
    "flow_logs": {
        "destination": "arn:aws:logs:eu-central-1:222222222222:log-group:flow-logs",
        "destination_type": "cloud-watch-logs",
        "role_arn": "arn:aws:iam::222222222222:role/flow-logs",
    },
    "tags": TAGS,
}


def of_vpc(operation: str, result: str, key: str, name: str) -> Callable[[World], str]:
    return by_tags(SPOKE, operation, result, key, "tiered_vpc/customer-a", name)


vpc = of_vpc("describe_vpcs", "Vpcs", "VpcId", "main")
gateway = of_vpc("describe_internet_gateways", "InternetGateways", "InternetGatewayId", "main")
address = of_vpc("describe_addresses", "Addresses", "AllocationId", "euc1-az1")
nat = of_vpc("describe_nat_gateways", "NatGateways", "NatGatewayId", "euc1-az1")
flow_log = of_vpc("describe_flow_logs", "FlowLogs", "FlowLogId", "main")


def subnet(name: str) -> Callable[[World], str]:
    return of_vpc("describe_subnets", "Subnets", "SubnetId", name)


def table(name: str) -> Callable[[World], str]:
    return of_vpc("describe_route_tables", "RouteTables", "RouteTableId", name)


def association(world: World, name: str) -> str:
    query = [{"Name": "association.subnet-id", "Values": [subnet(name)(world)]}]
    (found,) = world.ec2(SPOKE).describe_route_tables(Filters=query)["RouteTables"]
    (wanted,) = [a for a in found["Associations"] if a.get("SubnetId") == subnet(name)(world)]
    return wanted["RouteTableAssociationId"]


def default_group(world: World) -> str:
    query = [{"Name": "vpc-id", "Values": [vpc(world)]}, {"Name": "group-name", "Values": ["default"]}]
    return only(world.ec2(SPOKE).describe_security_groups(Filters=query)["SecurityGroups"], "GroupId")


def vpc_attribute(name: str) -> Callable[[World], Any]:
    return lambda world: world.ec2(SPOKE).modify_vpc_attribute(VpcId=vpc(world), **{name: {"Value": False}})


def lose_second_cidr(world: World) -> None:
    blocks = world.ec2(SPOKE).describe_vpcs(VpcIds=[vpc(world)])["Vpcs"][0]["CidrBlockAssociationSet"]
    (block,) = [b for b in blocks if b["CidrBlock"] == "10.64.0.0/16" and b["CidrBlockState"]["State"] == "associated"]
    world.ec2(SPOKE).disassociate_vpc_cidr_block(AssociationId=block["AssociationId"])


def everything_out(world: World) -> None:
    world.ec2(SPOKE).authorize_security_group_egress(
        GroupId=default_group(world), IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )


def https_in(world: World) -> None:
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    world.ec2(SPOKE).authorize_security_group_ingress(
        GroupId=default_group(world),
        IpPermissions=[https | {"IpRanges": [{"CidrIp": "10.9.0.0/16", "Description": "by hand"}]}],
    )


def detached(world: World) -> None:
    """AWS detaches an internet gateway only when no public address is in use."""
    ec2 = world.ec2(SPOKE)
    for zone in ZONES:
        found = of_vpc("describe_nat_gateways", "NatGateways", "NatGatewayId", zone)(world)
        ec2.delete_nat_gateway(NatGatewayId=found)
    ec2.detach_internet_gateway(InternetGatewayId=gateway(world), VpcId=vpc(world))


def nat_removed(world: World) -> None:
    world.ec2(SPOKE).delete_nat_gateway(NatGatewayId=nat(world))


def address_released(world: World) -> None:
    released = address(world)
    nat_removed(world)
    world.ec2(SPOKE).release_address(AllocationId=released)


def default_route_elsewhere(world: World) -> None:
    world.ec2(SPOKE).replace_route(
        RouteTableId=table("app.euc1-az1")(world), DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway(world)
    )


def other_flow_log(**changed: Any) -> Callable[[World], Any]:
    """AWS can't change a flow log, so another stands in its place, with its tags."""

    def replace(world: World) -> None:
        ec2 = world.ec2(SPOKE)
        (log,) = ec2.describe_flow_logs(FlowLogIds=[flow_log(world)])["FlowLogs"]
        ec2.delete_flow_logs(FlowLogIds=[log["FlowLogId"]])
        arguments = {
            "ResourceIds": [log["ResourceId"]],
            "ResourceType": "VPC",
            "TrafficType": log["TrafficType"],
            "MaxAggregationInterval": log["MaxAggregationInterval"],
            "LogDestinationType": log["LogDestinationType"],
            "LogDestination": log["LogDestination"],
            "DeliverLogsPermissionArn": log["DeliverLogsPermissionArn"],
            **changed,
        }
        specification = [{"ResourceType": "vpc-flow-log", "Tags": log["Tags"]}]
        made = ec2.create_flow_logs(
            **{key: value for key, value in arguments.items() if value is not None}, TagSpecifications=specification
        )
        assert not made["Unsuccessful"], made

    return replace


def bucket(world: World) -> None:
    place = {"LocationConstraint": "eu-central-1"}
    world.client(HUB, "s3").create_bucket(Bucket="flow-logs", CreateBucketConfiguration=place)


def foreign_gateway(world: World) -> str:
    ec2 = world.ec2(SPOKE)
    id_ = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=made_by_hand(world))
    return id_


def foreign_subnet(world: World) -> str:
    made = world.ec2(SPOKE).create_subnet(VpcId=made_by_hand(world), CidrBlock="10.1.0.0/24")
    return made["Subnet"]["SubnetId"]


def foreign_table(world: World) -> str:
    name = [{"ResourceType": "route-table", "Tags": [{"Key": NAME_TAG, "Value": "public"}]}]
    made = world.ec2(SPOKE).create_route_table(VpcId=made_by_hand(world), TagSpecifications=name)
    return made["RouteTable"]["RouteTableId"]


def made_by_hand(world: World) -> str:
    """A VPC that carries tiered_vpc's tag, as one that was handed over does; what is in it isn't."""
    pairs = [{"Key": OWNER_TAG, "Value": "tiered_vpc/customer-a"}, {"Key": NAME_TAG, "Value": "main"}]
    made = world.ec2(SPOKE).create_vpc(
        CidrBlock="10.1.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": pairs}]
    )
    return made["Vpc"]["VpcId"]


GATEWAY_ENDS = ("internet_gateway", "vpc")
TIERED_VPC = Case(
    "tiered_vpc",
    SPOKE,
    OPEN_VPC,
    [
        Drift("vpc: second CIDR lost", "vpc", ("cidrs",), "change", lose_second_cidr),
        Drift("vpc: DNS support off", "vpc", ("dns_support",), "change", vpc_attribute("EnableDnsSupport")),
        Drift("vpc: DNS hostnames off", "vpc", ("dns_hostnames",), "change", vpc_attribute("EnableDnsHostnames")),
        *tags("vpc", SPOKE, vpc),
        Drift(
            "subnet: no public addresses",
            "subnet",
            ("map_public_ip",),
            "change",
            lambda world: world.ec2(SPOKE).modify_subnet_attribute(
                SubnetId=subnet("public.euc1-az1")(world), MapPublicIpOnLaunch={"Value": False}
            ),
        ),
        Drift(
            "subnet: removed",
            "subnet",
            ("vpc", "cidr", "az_id"),
            "create",
            lambda world: world.ec2(SPOKE).delete_subnet(SubnetId=subnet("tgw.euc1-az2")(world)),
        ),
        *tags("subnet", SPOKE, subnet("app.euc1-az2")),
        *tags("route_table", SPOKE, table("tgw")),
        Drift(
            "route_table: its name lost",
            "route_table",
            ("vpc",),
            "create",
            lambda world: world.ec2(SPOKE).delete_tags(Resources=[table("tgw")(world)], Tags=[{"Key": NAME_TAG}]),
        ),
        Drift(
            "route_table_association: another table",
            "route_table_association",
            ("route_table",),
            "change",
            lambda world: world.ec2(SPOKE).replace_route_table_association(
                AssociationId=association(world, "tgw.euc1-az1"), RouteTableId=table("public")(world)
            ),
        ),
        Drift(
            "route_table_association: none",
            "route_table_association",
            ("subnet",),
            "create",
            lambda world: world.ec2(SPOKE).disassociate_route_table(AssociationId=association(world, "app.euc1-az1")),
        ),
        Drift("internet_route: elsewhere", "internet_route", ("via", "target"), "change", default_route_elsewhere),
        Drift(
            "internet_route: removed",
            "internet_route",
            ("route_table", "destination"),
            "create",
            lambda world: world.ec2(SPOKE).delete_route(
                RouteTableId=table("public")(world), DestinationCidrBlock="0.0.0.0/0"
            ),
        ),
        Drift(
            "internet_route: a closed tier opened",
            "internet_route",
            ("route_table", "destination", "via", "target"),
            "delete",
            lambda world: world.ec2(SPOKE).create_route(
                RouteTableId=table("tgw")(world), DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway(world)
            ),
        ),
        *tags("internet_gateway", SPOKE, gateway),
        *tags("elastic_ip", SPOKE, address),
        *tags("nat_gateway", SPOKE, nat),
        Drift("nat_gateway: removed", "nat_gateway", ("subnet", "address"), "create", nat_removed),
        Drift("elastic_ip: released", "elastic_ip", ("tags",), "create", address_released),
        Drift("internet_gateway_attachment: none", "internet_gateway_attachment", GATEWAY_ENDS, "create", detached),
        Drift("default_security_group: in", "default_security_group", ("ingress",), "change", https_in),
        Drift("default_security_group: out", "default_security_group", ("egress",), "change", everything_out),
        *tags("flow_log", SPOKE, flow_log),
        Drift(
            "flow_log: removed",
            "flow_log",
            ("resource", "resource_type"),
            "create",
            lambda world: world.ec2(SPOKE).delete_flow_logs(FlowLogIds=[flow_log(world)]),
        ),
        Drift(
            "flow_log: to a bucket",
            "flow_log",
            ("destination", "destination_type", "role_arn"),
            "create",
            other_flow_log(
                LogDestinationType="s3", LogDestination="arn:aws:s3:::flow-logs", DeliverLogsPermissionArn=None
            ),
        ),
        Drift("flow_log: accepted only", "flow_log", ("traffic_type",), "create", other_flow_log(TrafficType="ACCEPT")),
        Drift(
            "flow_log: every minute",
            "flow_log",
            ("max_aggregation_interval",),
            "create",
            other_flow_log(MaxAggregationInterval=60),
        ),
    ],
    before=bucket,
    foreign={"internet gateway": foreign_gateway, "subnet": foreign_subnet, "route table": foreign_table},
)

CASES = [TIERED_VPC]
