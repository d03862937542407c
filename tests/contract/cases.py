# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Table of cases: for every module its options, what must exist before it runs, and each drift that it repairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract import (
    archive_cases,
    audit_trail_cases,
    central_cases,
    closed_cases,
    egress_logs_cases,
    egress_route_cases,
    firewall_cases,
    identity_cases,
    ipv6_cases,
    log_archive_cases,
    log_cases,
    log_source_cases,
    members_cases,
    members_info_cases,
    network_cases,
    package_cases,
    pci_cases,
    pci_info_cases,
    privatelink_cases,
    proxy_cases,
    psc_endpoint_cases,
    psc_service_cases,
    registry_cases,
    tier_cases,
    workload_cases,
)
from tests.contract.case import TAGS, ZONES, Case, Drift, by_tags, only, tags
from tests.contract.world import NAME_TAG, OWNER_TAG, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, STRANGER

CLOSED_TIERS = [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28}]


def replace_flow_log(account: str, find: Callable[[World], str], **changed: Any) -> Callable[[World], Any]:
    def replace(world: World) -> None:
        ec2 = world.ec2(account)
        (log,) = ec2.describe_flow_logs(FlowLogIds=[find(world)])["FlowLogs"]
        ec2.delete_flow_logs(FlowLogIds=[log["FlowLogId"]])
        kept = ("TrafficType", "MaxAggregationInterval", "LogDestinationType", "LogDestination")
        arguments = {
            **{key: log[key] for key in (*kept, "DeliverLogsPermissionArn") if key in log},
            **changed,
            "ResourceIds": [log["ResourceId"]],
            "TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": log["Tags"]}],
        }
        made = ec2.create_flow_logs(**{key: value for key, value in arguments.items() if value is not None})
        assert not made["Unsuccessful"], made

    return replace


def bucket(world: World) -> None:
    """Create the bucket of the log archive."""
    place = {"LocationConstraint": "eu-central-1"}
    world.client(HUB, "s3").create_bucket(Bucket="flow-logs", CreateBucketConfiguration=place)


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
    """Detach the internet gateway, NAT gateways first: AWS detaches it only when no public address is in use."""
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
    """Return a change that replaces the flow log by another with its tags, since AWS can't change a flow log."""
    return replace_flow_log(SPOKE, flow_log, ResourceType="VPC", **changed)


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
    """Create a VPC with tiered_vpc's tags, like one that was handed over; return its id. What is in it has no tags."""
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
    [SPOKE],
    [
        Drift("vpc: second CIDR lost", "vpc", ("cidrs",), "change", lose_second_cidr),
        Drift(
            "vpc: a CIDR added",
            "vpc",
            ("cidrs",),
            "change",
            lambda world: world.ec2(SPOKE).associate_vpc_cidr_block(VpcId=vpc(world), CidrBlock="10.65.0.0/16"),
        ),
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

# A VPC that somebody else created, with a subnet.
THEIRS = "10.40.0.0/16"


def their_vpc(world: World) -> None:
    ec2 = world.ec2(SPOKE)
    world.made["vpc"] = made = ec2.create_vpc(CidrBlock=THEIRS)["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": "made-by", "Value": "hand"}])
    ec2.create_subnet(VpcId=made, CidrBlock="10.40.200.0/24")


ADOPTED = Case(
    "tiered_vpc",
    SPOKE,
    {
        "name": "adopted",
        "vpc_id": lambda world: world.made["vpc"],
        "cidrs": [THEIRS],
        "availability_zone_ids": ZONES,
        "tiers": [
            {"name": "public", "prefix": 28, "internet": "gateway"},
            {"name": "app", "prefix": 24, "internet": "nat"},
        ],
        "default_security_group": "ignore",
        "dns_hostnames": False,
    },
    [SPOKE],
    before=their_vpc,
    name="adopts",
)

# ---- tgw_hub ------------------------------------------------------------------------------------------------------

CIDRS = {HUB: "10.0.0.0/16", SPOKE: "10.1.0.0/16", SPOKE_2: "10.2.0.0/16", STRANGER: "10.3.0.0/16"}
NAMES = {HUB: "shared-services", SPOKE: "customer-a", SPOKE_2: "customer-b", STRANGER: "partner"}


def closed_vpc(world: World, account: str) -> None:
    options = {"name": NAMES[account], "cidrs": [CIDRS[account]], "availability_zone_ids": ZONES, "tiers": CLOSED_TIERS}
    world.run("tiered_vpc", account, options)


def spoke(world: World, account: str, **more: Any) -> None:
    options = {"name": NAMES[account], "hub_account_id": HUB, "tiers": ["app"], "destinations": [CIDRS[HUB]]}
    world.run("tgw_spoke", account, options, **more)


def member(world: World, account: str) -> dict[str, Any]:
    """Build the hub's entry of a spoke, with its VPC and CIDRs as the role hub gets them from the spoke's phase."""
    owner = f"tiered_vpc/{NAMES[account]}"
    vpc_id = by_tags(account, "describe_vpcs", "Vpcs", "VpcId", owner, "main")(world)
    cidrs = [CIDRS[account]]
    return {
        "name": NAMES[account],
        "account_id": account,
        "segment": "customers",
        "cidrs": cidrs,
        "vpc_id": vpc_id,
        "actual_cidrs": cidrs,
    }


def hub_segments(world: World) -> dict[str, Any]:
    static = [
        {"destination": "172.16.0.0/12", "attachment": "shared-services"},
        {"destination": world.made["prefix_list"], "attachment": "shared-services"},
    ]
    return {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"], "static_routes": static}}


HUB_OPTIONS = {
    "name": "hub",
    "description": "Where all meet",
    "amazon_side_asn": 64600,
    "cidr_blocks": ["10.99.0.0/24"],
    "segments": hub_segments,
    "share_with": {"organization": True, "accounts": [SPOKE]},
    "vpc_attachments": [
        {
            "name": "shared-services",
            "segment": "shared",
            "cidrs": [CIDRS[HUB]],
            "tiers": ["app"],
            "destinations": ["10.0.0.0/8"],
        }
    ],
    "attachments": lambda world: [member(world, SPOKE), member(world, SPOKE_2)],
    "blackholes": True,
    # For drifts that close what is declared.
    "allow_opens": ["customers>shared", "shared>customers"],
    "undeclared": "reject",
    "flow_logs": {"destination": "arn:aws:s3:::flow-logs/hub"},
    "tags": TAGS,
}


def of_hub(operation: str, result: str, key: str, name: str) -> Callable[[World], str]:
    return by_tags(HUB, operation, result, key, "tgw_hub/hub", name)


def tgw_table(name: str) -> Callable[[World], str]:
    ids = ("TransitGatewayRouteTables", "TransitGatewayRouteTableId")
    return of_hub("describe_transit_gateway_route_tables", *ids, name)


def tgw_attachment(name: str) -> Callable[[World], str]:
    ids = ("TransitGatewayAttachments", "TransitGatewayAttachmentId")
    return of_hub("describe_transit_gateway_attachments", *ids, name)


tgw = of_hub("describe_transit_gateways", "TransitGateways", "TransitGatewayId", "main")
tgw_flow_log = of_hub("describe_flow_logs", "FlowLogs", "FlowLogId", "flow_log")


def hub_share(world: World) -> str:
    shares = world.client(HUB, "ram").get_resource_shares(resourceOwner="SELF")["resourceShares"]
    return only([share for share in shares if share["status"] == "ACTIVE"], "resourceShareArn")


def hub_vpc_table(world: World, name: str = "app") -> str:
    ids = ("RouteTables", "RouteTableId")
    return by_tags(HUB, "describe_route_tables", *ids, "tiered_vpc/shared-services", name)(world)


def tgw_option(**options: Any) -> Callable[[World], Any]:
    return lambda world: world.ec2(HUB).modify_transit_gateway(TransitGatewayId=tgw(world), Options=options)


def default_table(switch: str, table: str) -> Callable[[World], Any]:
    """Return a change that switches a default route table on; the call must name a table."""
    return lambda world: tgw_option(**{switch: "enable", table: tgw_table("shared")(world)})(world)


def own_attachment(**arguments: Any) -> Callable[[World], Any]:
    return lambda world: world.ec2(HUB).modify_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=tgw_attachment("shared-services")(world), **arguments
    )


def one_zone(world: World, account: str, attachment_id: str) -> None:
    ec2 = world.ec2(account)
    found = ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[attachment_id])
    subnets = found["TransitGatewayVpcAttachments"][0]["SubnetIds"]
    ec2.modify_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=attachment_id, RemoveSubnetIds=sorted(subnets)[:1]
    )


def before_hub(world: World) -> None:
    bucket(world)
    for account in (HUB, SPOKE, SPOKE_2):
        closed_vpc(world, account)
    for name in ("prefix_list", "other_list"):
        made = world.ec2(HUB).create_managed_prefix_list(
            PrefixListName=name,
            AddressFamily="IPv4",
            MaxEntries=1,
            Entries=[{"Cidr": "192.168.0.0/24" if name == "prefix_list" else "10.2.0.0/24"}],
        )
        world.made[name] = made["PrefixList"]["PrefixListId"]
    # A second VPC of a declared account, which the hub doesn't know.
    made = world.ec2(SPOKE_2).create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    world.ec2(SPOKE_2).create_subnet(VpcId=made, CidrBlock="10.77.0.0/24")


def spokes_ask(world: World) -> None:
    for account in (SPOKE, SPOKE_2):
        spoke(world, account)


def spokes_leave(world: World) -> None:
    for account in (SPOKE, SPOKE_2):
        spoke(world, account, state="absent")


def spoke_asks_anew(world: World) -> None:
    spoke(world, SPOKE, state="absent")
    spoke(world, SPOKE)


def second_vpc_asks(world: World) -> None:
    ec2 = world.ec2(SPOKE_2)
    (found,) = ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.77.0.0/24"]}])["Subnets"]
    ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=tgw(world), VpcId=found["VpcId"], SubnetIds=[found["SubnetId"]]
    )


def disassociate(world: World, table: str, name: str) -> None:
    world.ec2(HUB).disassociate_transit_gateway_route_table(
        TransitGatewayRouteTableId=tgw_table(table)(world), TransitGatewayAttachmentId=tgw_attachment(name)(world)
    )


def moved_to_shared(world: World) -> None:
    disassociate(world, "customers", "customer-a")
    world.ec2(HUB).associate_transit_gateway_route_table(
        TransitGatewayRouteTableId=tgw_table("shared")(world),
        TransitGatewayAttachmentId=tgw_attachment("customer-a")(world),
    )


def table_removed(world: World) -> None:
    for name in ("customer-a", "customer-b"):
        disassociate(world, "customers", name)
    world.ec2(HUB).delete_transit_gateway_route_table(TransitGatewayRouteTableId=tgw_table("customers")(world))


def propagation(operation: str, table: str, name: str) -> Callable[[World], Any]:
    return lambda world: getattr(world.ec2(HUB), f"{operation}_transit_gateway_route_table_propagation")(
        TransitGatewayRouteTableId=tgw_table(table)(world), TransitGatewayAttachmentId=tgw_attachment(name)(world)
    )


def static_route(operation: str, cidr: str, **target: Any) -> Callable[[World], Any]:
    return lambda world: getattr(world.ec2(HUB), f"{operation}_transit_gateway_route")(
        TransitGatewayRouteTableId=tgw_table("customers")(world),
        DestinationCidrBlock=cidr,
        **{key: value(world) if callable(value) else value for key, value in target.items()},
    )


def listed(operation: str, name: str = "prefix_list", target: str = "") -> Callable[[World], Any]:
    """Return a change of a prefix list reference of the segment customers: create, modify or delete.

    target: name of an attachment; modify without one makes the reference a blackhole.
    """

    def make(world: World) -> None:
        leads_to: dict[str, Any] = {"TransitGatewayAttachmentId": tgw_attachment(target)(world)} if target else {}
        if operation == "modify":
            leads_to = leads_to or {"Blackhole": True}
        getattr(world.ec2(HUB), f"{operation}_transit_gateway_prefix_list_reference")(
            TransitGatewayRouteTableId=tgw_table("customers")(world), PrefixListId=world.made[name], **leads_to
        )

    return make


def vpc_grows(world: World) -> None:
    """Add a CIDR, half of another customer's, to an attached VPC, as in the issue; wait until it is propagated."""
    vpc_id = member(world, SPOKE)["vpc_id"]
    world.ec2(SPOKE).associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="10.2.128.0/17")
    table = {"TransitGatewayRouteTableId": tgw_table("shared")(world)}
    exact = [{"Name": "route-search.exact-match", "Values": ["10.2.128.0/17"]}]
    for _attempt in range(100):
        if world.ec2(HUB).search_transit_gateway_routes(**table, Filters=exact)["Routes"]:
            return
    raise AssertionError("the range isn't propagated")


def vpc_shrinks(world: World) -> None:
    """Remove the CIDR that vpc_grows added."""
    ec2 = world.ec2(SPOKE)
    (found,) = ec2.describe_vpcs(VpcIds=[member(world, SPOKE)["vpc_id"]])["Vpcs"]
    (grown,) = [a for a in found["CidrBlockAssociationSet"] if a["CidrBlock"] == "10.2.128.0/17"]
    ec2.disassociate_vpc_cidr_block(AssociationId=grown["AssociationId"])


def share(operation: str, **arguments: Any) -> Callable[[World], Any]:
    return lambda world: getattr(world.client(HUB, "ram"), operation)(resourceShareArn=hub_share(world), **arguments)


def share_tags(world: World, id_: str, **values: str) -> None:
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    world.client(HUB, "ram").tag_resource(resourceShareArn=id_, tags=pairs)


def foreign_route(account: str, table: Callable[[World], str], destination: str) -> Callable[[World], str]:
    """Return a function that creates a route to an internet gateway where one to the transit gateway is declared.

    It returns the route as TABLE/DESTINATION, which the failure names.
    """

    def make(world: World) -> str:
        ec2, table_id = world.ec2(account), table(world)
        (found,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
        id_ = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=found["VpcId"])
        ec2.create_route(RouteTableId=table_id, DestinationCidrBlock=destination, GatewayId=id_)
        return f"{table_id}/{destination}"

    return make


BOTH_ENDS = ("attachment", "table")
TGW_HUB = Case(
    "tgw_hub",
    HUB,
    HUB_OPTIONS,
    [HUB, SPOKE, SPOKE_2],
    [
        Drift("transit_gateway: ASN", "transit_gateway", ("asn",), "change", tgw_option(AmazonSideAsn=64700)),
        Drift(
            "transit_gateway: description",
            "transit_gateway",
            ("description",),
            "change",
            lambda world: world.ec2(HUB).modify_transit_gateway(TransitGatewayId=tgw(world), Description="by hand"),
        ),
        Drift(
            "transit_gateway: other CIDRs",
            "transit_gateway",
            ("cidr_blocks",),
            "change",
            tgw_option(AddTransitGatewayCidrBlocks=["10.98.0.0/24"], RemoveTransitGatewayCidrBlocks=["10.99.0.0/24"]),
        ),
        *(
            Drift(f"transit_gateway: {option}", "transit_gateway", (name,), "change", tgw_option(**{option: value}))
            for name, option, value in (
                ("dns_support", "DnsSupport", "disable"),
                ("vpn_ecmp_support", "VpnEcmpSupport", "disable"),
                ("security_group_referencing", "SecurityGroupReferencingSupport", "disable"),
                ("auto_accept", "AutoAcceptSharedAttachments", "enable"),
            )
        ),
        Drift(
            "transit_gateway: default association",
            "transit_gateway",
            ("default_association",),
            "change",
            default_table("DefaultRouteTableAssociation", "AssociationDefaultRouteTableId"),
        ),
        Drift(
            "transit_gateway: default propagation",
            "transit_gateway",
            ("default_propagation",),
            "change",
            default_table("DefaultRouteTablePropagation", "PropagationDefaultRouteTableId"),
        ),
        *tags("transit_gateway", HUB, tgw),
        Drift(
            "spoke_attachment: another name",
            "spoke_attachment",
            ("tags",),
            "change",
            lambda world: world.ec2(HUB).create_tags(
                Resources=[tgw_attachment("customer-b")(world)], Tags=[{"Key": "Name", "Value": "by hand"}]
            ),
        ),
        Drift("spoke_attachment: made anew", "spoke_attachment", ("state",), "change", spoke_asks_anew),
        Drift("spoke_attachment: an undeclared one", "spoke_attachment", ("state",), "change", second_vpc_asks),
        Drift(
            "transit_gateway_attachment: one zone",
            "transit_gateway_attachment",
            ("subnets",),
            "change",
            lambda world: one_zone(world, HUB, tgw_attachment("shared-services")(world)),
        ),
        Drift(
            "transit_gateway_attachment: no DNS",
            "transit_gateway_attachment",
            ("dns_support",),
            "change",
            own_attachment(Options={"DnsSupport": "disable"}),
        ),
        Drift(
            "transit_gateway_attachment: appliance mode",
            "transit_gateway_attachment",
            ("appliance_mode",),
            "change",
            own_attachment(Options={"ApplianceModeSupport": "enable"}),
        ),
        Drift(
            "transit_gateway_attachment: removed",
            "transit_gateway_attachment",
            ("transit_gateway", "vpc"),
            "create",
            lambda world: world.ec2(HUB).delete_transit_gateway_vpc_attachment(
                TransitGatewayAttachmentId=tgw_attachment("shared-services")(world)
            ),
        ),
        *tags("transit_gateway_attachment", HUB, tgw_attachment("shared-services")),
        Drift(
            "transit_gateway_route: removed",
            "transit_gateway_route",
            ("route_table", "destination", "transit_gateway"),
            "create",
            lambda world: world.ec2(HUB).delete_route(
                RouteTableId=hub_vpc_table(world), DestinationCidrBlock="10.0.0.0/8"
            ),
        ),
        Drift(
            "transit_gateway_route: added",
            "transit_gateway_route",
            ("route_table", "destination", "transit_gateway"),
            "delete",
            lambda world: world.ec2(HUB).create_route(
                RouteTableId=hub_vpc_table(world, "tgw"),
                DestinationCidrBlock="192.168.0.0/16",
                TransitGatewayId=tgw(world),
            ),
        ),
        *tags("transit_gateway_route_table", HUB, tgw_table("customers")),
        Drift(
            "transit_gateway_route_table: removed",
            "transit_gateway_route_table",
            ("transit_gateway",),
            "create",
            table_removed,
        ),
        Drift(
            "transit_gateway_route_table: its name lost",
            "transit_gateway_route_table",
            ("transit_gateway",),
            "create",
            lambda world: world.ec2(HUB).delete_tags(
                Resources=[tgw_table("customers")(world)], Tags=[{"Key": NAME_TAG}]
            ),
        ),
        Drift(
            "transit_gateway_association: another table",
            "transit_gateway_association",
            ("table",),
            "change",
            moved_to_shared,
        ),
        Drift(
            "transit_gateway_association: none",
            "transit_gateway_association",
            BOTH_ENDS,
            "create",
            lambda world: disassociate(world, "shared", "shared-services"),
        ),
        Drift(
            "transit_gateway_propagation: none",
            "transit_gateway_propagation",
            BOTH_ENDS,
            "create",
            propagation("disable", "shared", "customer-a"),
        ),
        Drift(
            "transit_gateway_propagation: customers meet",
            "transit_gateway_propagation",
            BOTH_ENDS,
            "delete",
            propagation("enable", "customers", "customer-b"),
        ),
        Drift(
            "transit_gateway_static_route: leads somewhere",
            "transit_gateway_static_route",
            ("attachment",),
            "change",
            static_route("replace", CIDRS[SPOKE], TransitGatewayAttachmentId=tgw_attachment("shared-services")),
        ),
        Drift(
            "transit_gateway_static_route: removed",
            "transit_gateway_static_route",
            ("table", "cidr"),
            "create",
            static_route("delete", CIDRS[SPOKE_2]),
        ),
        Drift(
            "transit_gateway_static_route: added",
            "transit_gateway_static_route",
            ("table", "cidr", "attachment"),
            "delete",
            static_route("create", "10.2.128.0/17", TransitGatewayAttachmentId=tgw_attachment("customer-b")),
        ),
        Drift(
            "transit_gateway_static_route: a declared one leads nowhere",
            "transit_gateway_static_route",
            ("attachment",),
            "change",
            static_route("replace", "172.16.0.0/12", Blackhole=True),
        ),
        Drift(
            "transit_gateway_prefix_list_reference: removed",
            "transit_gateway_prefix_list_reference",
            ("table", "prefix_list"),
            "create",
            listed("delete"),
        ),
        Drift(
            "transit_gateway_prefix_list_reference: leads nowhere",
            "transit_gateway_prefix_list_reference",
            ("attachment",),
            "change",
            listed("modify"),
        ),
        Drift(
            "transit_gateway_prefix_list_reference: joins customers",
            "transit_gateway_prefix_list_reference",
            ("table", "prefix_list", "attachment"),
            "delete",
            listed("create", "other_list", "customer-b"),
        ),
        Drift(
            "transit_gateway_propagation: a VPC grows",
            "transit_gateway_propagation",
            BOTH_ENDS,
            "delete",
            vpc_grows,
            others=vpc_shrinks,
        ),
        Drift(
            "resource_share: renamed",
            "resource_share",
            ("share_name",),
            "change",
            share("update_resource_share", name="x"),
        ),
        Drift(
            "resource_share: opened",
            "resource_share",
            ("allow_external",),
            "change",
            share("update_resource_share", allowExternalPrincipals=True),
        ),
        *tags("resource_share", HUB, hub_share, share_tags),
        Drift(
            "resource_share_association: an account lost",
            "resource_share_association",
            ("share", "type", "entity"),
            "create",
            share("disassociate_resource_share", principals=[SPOKE]),
        ),
        Drift(
            "resource_share_association: an account added",
            "resource_share_association",
            ("share", "type", "entity"),
            "delete",
            share("associate_resource_share", principals=[SPOKE_2]),
        ),
        *tags("flow_log", HUB, tgw_flow_log),
        Drift(
            "flow_log: removed",
            "flow_log",
            ("resource", "resource_type", "max_aggregation_interval"),
            "create",
            lambda world: world.ec2(HUB).delete_flow_logs(FlowLogIds=[tgw_flow_log(world)]),
        ),
        Drift(
            "flow_log: elsewhere",
            "flow_log",
            ("destination",),
            "create",
            replace_flow_log(
                HUB, tgw_flow_log, ResourceType="TransitGateway", LogDestination="arn:aws:s3:::flow-logs/other"
            ),
        ),
        Drift(
            "flow_log: to a log group",
            "flow_log",
            ("destination", "destination_type"),
            "create",
            replace_flow_log(
                HUB,
                tgw_flow_log,
                ResourceType="TransitGateway",
                LogDestinationType="cloud-watch-logs",
                LogDestination="arn:aws:logs:eu-central-1:111111111111:log-group:flow-logs",
                DeliverLogsPermissionArn="arn:aws:iam::111111111111:role/flow-logs",
            ),
        ),
    ],
    before=before_hub,
    between=[spokes_ask],
    before_absent=spokes_leave,
    foreign={"route": foreign_route(HUB, hub_vpc_table, "10.0.0.0/8")},
)

# ---- tgw_spoke ----------------------------------------------------------------------------------------------------


def hub_turn(world: World, account: str = SPOKE) -> dict[str, Any]:
    sharing = {"organization": True}
    if account == STRANGER:
        sharing = {"accounts": [STRANGER], "outside_organization": True}
    options = {
        "name": "hub",
        "segments": {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}},
        "share_with": sharing,
        "attachments": [member(world, account)],
    }
    return world.run("tgw_hub", HUB, options)


def before_spoke(world: World, account: str = SPOKE) -> None:
    closed_vpc(world, account)
    hub_turn(world, account)


def of_spoke(operation: str, result: str, key: str, name: str) -> Callable[[World], str]:
    return by_tags(SPOKE, operation, result, key, "tgw_spoke/customer-a", name)


spoke_attachment = of_spoke(
    "describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments", "TransitGatewayAttachmentId", "main"
)
from_hub = of_spoke("describe_security_groups", "SecurityGroups", "GroupId", "from_hub")


def spoke_option(**options: str) -> Callable[[World], Any]:
    return lambda world: world.ec2(SPOKE).modify_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=spoke_attachment(world), Options=options
    )


def from_hub_rules(operation: str, protocol: str, port: int, cidr: str, **described: str) -> Callable[[World], Any]:
    permission = {"IpProtocol": protocol, "FromPort": port, "ToPort": port}
    return lambda world: getattr(world.ec2(SPOKE), operation)(
        GroupId=from_hub(world), IpPermissions=[permission | {"IpRanges": [{"CidrIp": cidr, **described}]}]
    )


def spoke_attachment_removed(world: World) -> None:
    world.ec2(SPOKE).delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=spoke_attachment(world))


def foreign_attachment(world: World) -> str:
    ec2 = world.ec2(SPOKE)
    gateway_id = only(ec2.describe_transit_gateways()["TransitGateways"], "TransitGatewayId")
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=vpc(world), SubnetIds=[subnet("tgw.euc1-az1")(world)]
    )
    return made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]


def foreign_group(world: World) -> str:
    made = world.ec2(SPOKE).create_security_group(
        GroupName="closednet-from-hub", Description="by hand", VpcId=vpc(world)
    )
    return made["GroupId"]


ROUTE = ("route_table", "destination", "transit_gateway")
TGW_SPOKE = Case(
    "tgw_spoke",
    SPOKE,
    {
        "name": "customer-a",
        "hub_account_id": HUB,
        "tiers": ["app"],
        "destinations": ["10.0.0.0/16", "10.50.0.0/16"],
        "appliance_mode": True,
        "from_hub": {"sources": ["10.0.0.0/16"], "tcp": ["443", "8000-8010"], "udp": ["53"]},
        "tags": TAGS,
    },
    [HUB, SPOKE],
    [
        *(
            Drift(
                f"transit_gateway_attachment: {option}",
                "transit_gateway_attachment",
                (name,),
                "change",
                spoke_option(**{option: "disable"}),
            )
            for name, option in (
                ("dns_support", "DnsSupport"),
                ("appliance_mode", "ApplianceModeSupport"),
                ("security_group_referencing", "SecurityGroupReferencingSupport"),
            )
        ),
        Drift(
            "transit_gateway_attachment: one zone",
            "transit_gateway_attachment",
            ("subnets",),
            "change",
            lambda world: one_zone(world, SPOKE, spoke_attachment(world)),
        ),
        *tags("transit_gateway_attachment", SPOKE, spoke_attachment),
        Drift(
            "transit_gateway_attachment: removed",
            "transit_gateway_attachment",
            ("transit_gateway", "vpc"),
            "create",
            spoke_attachment_removed,
            others=hub_turn,
        ),
        Drift(
            "transit_gateway_route: removed",
            "transit_gateway_route",
            ROUTE,
            "create",
            lambda world: world.ec2(SPOKE).delete_route(
                RouteTableId=table("app")(world), DestinationCidrBlock="10.50.0.0/16"
            ),
        ),
        Drift(
            "transit_gateway_route: added",
            "transit_gateway_route",
            ROUTE,
            "delete",
            lambda world: world.ec2(SPOKE).create_route(
                RouteTableId=table("tgw")(world),
                DestinationCidrBlock="10.2.0.0/16",
                TransitGatewayId=only(
                    world.ec2(SPOKE).describe_transit_gateways()["TransitGateways"], "TransitGatewayId"
                ),
            ),
        ),
        Drift(
            "security_group: a port opened",
            "security_group",
            ("ingress",),
            "change",
            from_hub_rules("authorize_security_group_ingress", "tcp", 22, "0.0.0.0/0"),
        ),
        Drift(
            "security_group: a port closed",
            "security_group",
            ("ingress",),
            "change",
            from_hub_rules("revoke_security_group_ingress", "udp", 53, "10.0.0.0/16"),
        ),
        Drift(
            "security_group: a rule described",
            "security_group",
            ("ingress",),
            "change",
            from_hub_rules(
                "update_security_group_rule_descriptions_ingress", "tcp", 443, "10.0.0.0/16", Description="by hand"
            ),
        ),
        Drift(
            "security_group: a way out",
            "security_group",
            ("egress",),
            "change",
            from_hub_rules("authorize_security_group_egress", "tcp", 443, "0.0.0.0/0"),
        ),
        Drift(
            "security_group: removed",
            "security_group",
            ("vpc", "group_name", "description"),
            "create",
            lambda world: world.ec2(SPOKE).delete_security_group(GroupId=from_hub(world)),
        ),
        *tags("security_group", SPOKE, from_hub),
    ],
    before=before_spoke,
    between=[hub_turn],
    foreign={
        "attachment": foreign_attachment,
        "security group": foreign_group,
        "route": foreign_route(SPOKE, table("app"), "10.50.0.0/16"),
    },
)

BY_INVITATION = Case(
    "tgw_spoke",
    STRANGER,
    {"name": NAMES[STRANGER], "hub_account_id": HUB, "tiers": ["app"], "destinations": [CIDRS[HUB]]},
    [HUB, STRANGER],
    before=lambda world: before_spoke(world, STRANGER),
    between=[lambda world: hub_turn(world, STRANGER)],
    stays=dict.fromkeys(("PRINCIPAL", "TransitGateways"), "an invitation that the account accepted stays accepted"),
    name="of another organization",
)

CASES = [TIERED_VPC, ADOPTED, TGW_HUB, TGW_SPOKE, BY_INVITATION]
CASES += [*tier_cases.CASES, *ipv6_cases.CASES, *privatelink_cases.CASES, *closed_cases.CASES, *package_cases.CASES]
CASES += identity_cases.CASES
CASES += egress_route_cases.CASES
CASES += central_cases.CASES
CASES += firewall_cases.CASES
CASES += proxy_cases.CASES
CASES += pci_cases.CASES
CASES += archive_cases.CASES
CASES += log_archive_cases.CASES
CASES += log_source_cases.CASES
CASES += audit_trail_cases.CASES
CASES += members_cases.CASES
CASES += registry_cases.CASES
CASES += [*psc_endpoint_cases.CASES, *psc_service_cases.CASES]
# Cases of the modules that only read.
INFO_CASES = [
    *privatelink_cases.INFO_CASES,
    *network_cases.INFO_CASES,
    *closed_cases.INFO_CASES,
    *workload_cases.INFO_CASES,
    *pci_info_cases.INFO_CASES,
    *egress_logs_cases.INFO_CASES,
    *log_cases.INFO_CASES,
    *members_info_cases.INFO_CASES,
    *psc_service_cases.INFO_CASES,
]
# Of the modules that do something once: test_once.py.
ONCE_CASES = log_cases.ONCE_CASES
