# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network as people make it by hand: names of their own, and no tags of this collection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# account's name -> client of EC2 in that account
Clients = Callable[[str], Any]
ZONES = ("a", "b")
WAIT_SECONDS = 60


@dataclass
class Made:
    """Ids of what was made, by the account's name."""

    vpcs: dict[str, str] = field(default_factory=dict)
    subnets: dict[str, dict[str, str]] = field(default_factory=dict)
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    attachments: dict[str, str] = field(default_factory=dict)
    gateway: str = ""
    gateway_tables: dict[str, str] = field(default_factory=dict)


def named(resource: str, name: str, **more: str) -> list[dict[str, Any]]:
    """Return TagSpecifications with a Name."""
    tags = [{"Key": "Name", "Value": name}, *({"Key": key, "Value": value} for key, value in more.items())]
    return [{"ResourceType": resource, "Tags": tags}]


def create_vpc(ec2: Any, made: Made, account: str, region: str, cidr: str, tiers: Mapping[str, str]) -> None:
    """Create a VPC with a subnet of each tier in each zone, and a route table for each tier.

    tiers: name -> CIDRs with one * for the zone's number, such as "10.7.*.0/24"
    """
    vpc_id = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=named("vpc", f"{account}-vpc"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    made.vpcs[account], made.subnets[account], made.tables[account] = vpc_id, {}, {}
    for tier, form in tiers.items():
        table = ec2.create_route_table(VpcId=vpc_id, TagSpecifications=named("route-table", f"{account} {tier} routes"))
        made.tables[account][tier] = table["RouteTable"]["RouteTableId"]
        for index, zone in enumerate(ZONES):
            subnet = ec2.create_subnet(
                VpcId=vpc_id,
                CidrBlock=form.replace("*", str(index)),
                AvailabilityZone=f"{region}{zone}",
                TagSpecifications=named("subnet", f"{account}-{tier}-{region}{zone}", team="network"),
            )["Subnet"]["SubnetId"]
            made.subnets[account][f"{tier}-{zone}"] = subnet
            ec2.associate_route_table(RouteTableId=made.tables[account][tier], SubnetId=subnet)


def lead_to_internet(ec2: Any, made: Made, account: str, public: str, private: Sequence[str]) -> None:
    """Lead one tier to a new internet gateway, and others to a NAT gateway in it."""
    igw = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", f"{account} igw"))
    igw_id = igw["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw_id, VpcId=made.vpcs[account])
    tables = made.tables[account]
    ec2.create_route(RouteTableId=tables[public], DestinationCidrBlock="0.0.0.0/0", GatewayId=igw_id)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=made.subnets[account][f"{public}-a"], AllocationId=address)["NatGateway"]
    for tier in private:
        ec2.create_route(RouteTableId=tables[tier], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat["NatGatewayId"])
    until(lambda: _state(ec2.describe_nat_gateways(NatGatewayIds=[nat["NatGatewayId"]])["NatGateways"]), "available")


def create_gateway(ec2: Any, made: Made, tables: Sequence[str], default_tables: str = "disable") -> None:
    """Create the transit gateway and its route tables. default_tables: disable, or enable as AWS does by itself."""
    options = {"DefaultRouteTableAssociation": default_tables, "DefaultRouteTablePropagation": default_tables}
    gateway = ec2.create_transit_gateway(
        Description="Company backbone {{ not a template }}",
        Options={**options, "AmazonSideAsn": 64620},
        TagSpecifications=named("transit-gateway", "backbone"),
    )["TransitGateway"]
    made.gateway = gateway["TransitGatewayId"]
    until(
        lambda: _state(ec2.describe_transit_gateways(TransitGatewayIds=[made.gateway])["TransitGateways"]), "available"
    )
    for name in tables:
        table = ec2.create_transit_gateway_route_table(
            TransitGatewayId=made.gateway, TagSpecifications=named("transit-gateway-route-table", name)
        )["TransitGatewayRouteTable"]
        made.gateway_tables[name] = table["TransitGatewayRouteTableId"]
    until(lambda: _tables_state(ec2, made), "available")


def share(ram: Any, made: Made, region: str, owner: str, accounts: Sequence[str]) -> None:
    """Share the transit gateway with the accounts, whose ids these are."""
    ram.create_resource_share(
        name="backbone",
        resourceArns=[f"arn:aws:ec2:{region}:{owner}:transit-gateway/{made.gateway}"],
        principals=list(accounts),
        allowExternalPrincipals=False,
    )


def attach(
    clients: Clients, made: Made, hub: str, account: str, tier: str, routed: Mapping[str, Sequence[str]]
) -> None:
    """Attach the account's VPC by a tier's subnets, accept it, and lead tiers to destinations.

    routed: tier -> destinations
    """
    ec2, gateway = clients(account), clients(hub)
    attachment = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=made.gateway,
        VpcId=made.vpcs[account],
        SubnetIds=[made.subnets[account][f"{tier}-{zone}"] for zone in ZONES],
        TagSpecifications=named("transit-gateway-attachment", f"to {account}"),
    )["TransitGatewayVpcAttachment"]
    made.attachments[account] = attachment["TransitGatewayAttachmentId"]
    which = {"TransitGatewayAttachmentIds": [made.attachments[account]]}

    def state() -> str:
        return _state(gateway.describe_transit_gateway_attachments(**which)["TransitGatewayAttachments"])

    if account != hub:
        until(state, "pendingAcceptance")
        gateway.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=made.attachments[account])
    until(state, "available")
    for name, destinations in routed.items():
        for destination in destinations:
            kind = "DestinationPrefixListId" if destination.startswith("pl-") else "DestinationCidrBlock"
            ec2.create_route(
                RouteTableId=made.tables[account][name], TransitGatewayId=made.gateway, **{kind: destination}
            )


def join(ec2: Any, made: Made, account: str, table: str, propagated: Sequence[str]) -> None:
    """Associate the account's attachment with a table, and propagate it to others."""
    id_ = made.attachments[account]
    ec2.associate_transit_gateway_route_table(
        TransitGatewayRouteTableId=made.gateway_tables[table], TransitGatewayAttachmentId=id_
    )
    for name in propagated:
        ec2.enable_transit_gateway_route_table_propagation(
            TransitGatewayRouteTableId=made.gateway_tables[name], TransitGatewayAttachmentId=id_
        )
    until(lambda: _associated(ec2, id_), "associated")


def until(state: Callable[[], str], wanted: str) -> None:
    """Wait until a state is as wanted. Raises TimeoutError."""
    deadline = time.monotonic() + WAIT_SECONDS
    while state() != wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {state()}, and not {wanted}")
        time.sleep(0.05)


def _state(items: list[dict[str, Any]]) -> str:
    return items[0]["State"] if items else ""


def _associated(ec2: Any, id_: str) -> str:
    (found,) = ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[id_])["TransitGatewayAttachments"]
    return found.get("Association", {}).get("State", "")


def _tables_state(ec2: Any, made: Made) -> str:
    which = [{"Name": "transit-gateway-id", "Values": [made.gateway]}]
    tables = ec2.describe_transit_gateway_route_tables(Filters=which)["TransitGatewayRouteTables"]
    states = {table["State"] for table in tables}
    return states.pop() if len(states) == 1 else "available" if not states else "pending"


def backbone(clients: Clients, ram: Any, region: str, ids: Mapping[str, str]) -> Made:
    """Make a hub that shares services with isolated customers, one of which has three tiers and its own internet.

    ids: account's name -> id, of shared-services, alpha and beta.
    """
    made = Made()
    services = {"services": "10.50.*.0/24", "attach": "10.50.1*.0/28"}
    create_vpc(clients("shared-services"), made, "shared-services", region, "10.50.0.0/16", services)
    three = {"public": "10.51.*.0/24", "app": "10.51.1*.0/24", "data": "10.51.2*.0/24", "transit": "10.51.3*.0/28"}
    create_vpc(clients("alpha"), made, "alpha", region, "10.51.0.0/16", three)
    lead_to_internet(clients("alpha"), made, "alpha", "public", ("app",))
    create_vpc(clients("beta"), made, "beta", region, "10.52.0.0/16", {"app": "10.52.*.0/24", "tgw": "10.52.9*.0/28"})
    hub = clients("shared-services")
    create_gateway(hub, made, ("customers", "shared"))
    share(ram, made, region, ids["shared-services"], [ids["alpha"], ids["beta"]])
    attach(clients, made, "shared-services", "shared-services", "attach", {"services": ["10.0.0.0/8"]})
    attach(clients, made, "shared-services", "alpha", "transit", {"app": ["10.50.0.0/16"], "data": ["10.50.0.0/16"]})
    attach(clients, made, "shared-services", "beta", "tgw", {"app": ["10.50.0.0/16"]})
    join(hub, made, "shared-services", "shared", ["customers", "shared"])
    for customer in ("alpha", "beta"):
        join(hub, made, customer, "customers", ["shared"])
    return made
