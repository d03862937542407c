# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Transit gateways, their VPC attachments and their route tables.

Each lives in its owner's backend, in moto's dicts; an attachment also in the backend of the account that owns the VPC.
`shape(account_id)` is what that account sees: both sides see an attachment, each with its own tags only.

Sources: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html, tgw-vpc-attachments.html,
tgw-route-tables.html; what was tried on AWS by others is linked where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.utils import (
    random_transit_gateway_attachment_id,
    random_transit_gateway_id,
    random_transit_gateway_route_table_id,
)

from emulator.ec2.tgw_routes import Block, Overlaps, block, block_text
from emulator.ram.models import shared_resources
from emulator.transitions import StateClock, Transition, get_transitions

# "remain visible for 2 hours, and then are no longer visible" (tgw-vpc-attachments.html, attachment lifecycle).
LISTED_AFTER_END = 2 * 60 * 60 * 1000.0
GONE = ("deleted", "rejected", "failed")

GATEWAY_DEFAULTS = {
    "AmazonSideAsn": 64512,
    "AutoAcceptSharedAttachments": "disable",
    "DefaultRouteTableAssociation": "enable",
    "DefaultRouteTablePropagation": "enable",
    "VpnEcmpSupport": "enable",
    "DnsSupport": "enable",
    "SecurityGroupReferencingSupport": "disable",
    "MulticastSupport": "disable",
}
ATTACHMENT_DEFAULTS = {
    "DnsSupport": "enable",
    "SecurityGroupReferencingSupport": "enable",
    "Ipv6Support": "disable",
    "ApplianceModeSupport": "disable",
}


def incorrect_state(message: str) -> EC2ClientError:
    return EC2ClientError("IncorrectState", message)


def invalid_state(resource_id: str) -> EC2ClientError:
    """Text: https://github.com/hashicorp/terraform-provider-aws/issues/29178"""
    return incorrect_state(f"{resource_id} is in invalid state")


def passing(kind: str, state: str) -> tuple[str, float]:
    """A state that AWS passes too fast to be seen, unless a time is set for it."""
    return state, get_transitions().get(f"{kind}.{state}", 0.0)


class Resource:
    """id, tags and states in common."""

    kind: str
    state: Any
    id: str
    owner_id: str
    region: str

    def __init__(self) -> None:
        self.created = datetime.now(timezone.utc)
        self.state = Transition("pending", "available")

    def need(self, *states: str) -> None:
        if self.state not in states:
            raise invalid_state(self.id)

    @property
    def is_forgotten(self) -> bool:
        """Ended so long ago that AWS does not list it any more."""
        if self.state not in GONE:
            return False
        kept = get_transitions().get(f"{self.kind}.{self.state}", LISTED_AFTER_END)
        return type(self).state.seconds_in_state(self) * 1000 > kept

    def tag_list(self, account_id: str) -> list[dict[str, str]]:
        tags = ec2_backends[account_id][self.region].tags.get(self.id, {})
        return [{"Key": key, "Value": value} for key, value in tags.items()]


class TransitGateway(Resource):
    kind = "transit-gateway"
    state = StateClock(kind)

    def __init__(self, owner_id: str, region: str, description: str | None, options: dict[str, Any]):
        super().__init__()
        self.id = random_transit_gateway_id()
        self.owner_id, self.region, self.description = owner_id, region, description
        self.options: dict[str, Any] = GATEWAY_DEFAULTS | options
        self.attachments: dict[str, Attachment] = {}
        self.route_tables: dict[str, RouteTable] = {}
        self.policy_tables: dict[str, Any] = {}
        association = self.options["DefaultRouteTableAssociation"] == "enable"
        propagation = self.options["DefaultRouteTablePropagation"] == "enable"
        if association or propagation:
            table = RouteTable(self)
            if association:
                self.options["AssociationDefaultRouteTableId"] = table.id
            if propagation:
                self.options["PropagationDefaultRouteTableId"] = table.id

    @property
    def arn(self) -> str:
        return f"arn:aws:ec2:{self.region}:{self.owner_id}:transit-gateway/{self.id}"

    def default_table(self, option: str) -> RouteTable | None:
        """option: AssociationDefaultRouteTableId or PropagationDefaultRouteTableId."""
        return self.route_tables.get(self.options.get(option, ""))

    def delete(self) -> None:
        for kind, word in (("vpc", "VPC"), ("vpn", "VPN"), ("peering", "Cross Region Peering")):
            remaining = [
                attachment.id
                for attachment in self.attachments.values()
                if attachment.resource_type == kind and attachment.state not in GONE
            ]
            if remaining:
                # VPC: floci-io/floci#2329 (tried on AWS); VPN: terraform-provider-aws's transitgateway_.go; peering:
                # gruntwork-io/cloud-nuke#744.
                raise incorrect_state(f"{self.id} has non-deleted {word} Attachments: {', '.join(remaining)}.")
        self.state = Transition("deleting", "deleted")
        for table in self.route_tables.values():
            table.state = Transition("deleting", "deleted")

    def shape(self, account_id: str) -> dict[str, Any]:
        return {
            "TransitGatewayId": self.id,
            "TransitGatewayArn": self.arn,
            "State": self.state,
            "OwnerId": self.owner_id,
            "Description": self.description,
            "CreationTime": self.created,
            "Options": {name: value for name, value in self.options.items() if value != []},
            "Tags": self.tag_list(account_id),
        }


class Relation:
    """An attachment's association with a route table, or its propagation to one."""

    state: Any
    ended: str

    table_key = "TransitGatewayRouteTableId"

    def __init__(self, attachment: Attachment, table: Any):
        self.attachment, self.table = attachment, table

    @property
    def is_over(self) -> bool:
        return self.state == self.ended

    def shape(self) -> dict[str, Any]:
        return {
            self.table_key: self.table.id,
            "TransitGatewayAttachmentId": self.attachment.id,
            "ResourceId": self.attachment.resource_id,
            "ResourceType": self.attachment.resource_type,
            "State": self.state,
        }


class Association(Relation):
    state = StateClock("transit-gateway-association")
    ended = "disassociated"

    def end(self) -> None:
        self.state = Transition("disassociating", "disassociated")


class Propagation(Relation):
    """Answers `enabled` and `disabled` at once: https://github.com/floci-io/floci/pull/2348 (tried on AWS)."""

    state = StateClock("transit-gateway-propagation")
    ended = "disabled"

    def __init__(self, attachment: Attachment, table: RouteTable):
        super().__init__(attachment, table)
        self.state = Transition(passing("transit-gateway-propagation", "enabling"), "enabled")

    def end(self) -> None:
        self.state = Transition(passing("transit-gateway-propagation", "disabling"), "disabled")


class Nat:
    """The NAT configuration of an attachment."""

    state = StateClock("transit-gateway-attachment-nat")

    def __init__(self) -> None:
        self.state = "disabled"
        self.rules: list[dict[str, Any]] = []


class Attachment(Resource):
    """Of a VPN connection; `VpcAttachment` adds what only those of VPCs have."""

    kind = "transit-gateway-attachment"
    state = StateClock(kind)
    resource_type = "vpn"

    def __init__(self, gateway: TransitGateway, resource_id: str, owner_id: str):
        super().__init__()
        self.id = random_transit_gateway_attachment_id()
        self.gateway, self.region = gateway, gateway.region
        self.resource_id, self.owner_id = resource_id, owner_id
        self.nat = Nat()
        self._association: Association | None = None
        self._propagations: dict[str, Propagation] = {}
        gateway.attachments[self.id] = self
        for account_id in {owner_id, gateway.owner_id}:
            ec2_backends[account_id][self.region].transit_gateway_attachments[self.id] = self

    @property
    def transit_gateway_id(self) -> str:
        return self.gateway.id

    @property
    def carries_traffic(self) -> bool:
        return self.state in ("available", "modifying")

    @property
    def association(self) -> Association | None:
        if self._association and self._association.is_over:
            self._association = None
        return self._association

    @property
    def propagations(self) -> dict[str, Propagation]:
        """By route table id."""
        for over in [table_id for table_id, propagation in self._propagations.items() if propagation.is_over]:
            del self._propagations[over]
        return self._propagations

    def associate(self, table: Any, state: str | Transition, kind: type[Association] = Association) -> Association:
        self._association = table.associations_made[self.id] = kind(self, table)
        self._association.state = state
        return self._association

    def propagate(self, table: RouteTable) -> Propagation:
        propagation = self._propagations[table.id] = Propagation(self, table)
        table.propagations_made.pop(self.id, None)  # a new one is the youngest
        table.propagations_made[self.id] = propagation
        return propagation

    def provision(self) -> None:
        """A time set for `failing` makes it fail, which nothing else here does."""
        if passing(self.kind, "failing")[1]:
            self.state = Transition("pending", "failing", "failed")
            return
        self.state = Transition("pending", "available")
        if table := self.gateway.default_table("AssociationDefaultRouteTableId"):
            self.associate(table, "associated")
        if table := self.gateway.default_table("PropagationDefaultRouteTableId"):
            self.propagate(table)

    def delete(self) -> None:
        self.need("available", "pendingAcceptance")
        self.state = Transition("deleting", "deleted")
        if association := self.association:
            association.end()
        for propagation in self.propagations.values():
            propagation.end()

    def blocks(self) -> list[Block]:
        """What it propagates: of a VPN connection nothing, for here no one speaks BGP."""
        return []

    def general_shape(self, account_id: str) -> dict[str, Any]:
        """As DescribeTransitGatewayAttachments shows it."""
        shape = {
            "TransitGatewayAttachmentId": self.id,
            "TransitGatewayId": self.gateway.id,
            "TransitGatewayOwnerId": self.gateway.owner_id,
            "ResourceOwnerId": self.owner_id,
            "ResourceType": self.resource_type,
            "ResourceId": self.resource_id,
            "State": self.state,
            "CreationTime": self.created,
            "Tags": self.tag_list(account_id),
        }
        if self.nat.state != "disabled" or self.nat.rules:
            shape["NatGatewaySupport"] = self.nat.state
        if association := self.association:
            shape["Association"] = {association.table_key: association.table.id, "State": association.state}
        return shape

    def route_shape(self) -> dict[str, str]:
        return {
            "TransitGatewayAttachmentId": self.id,
            "ResourceId": self.resource_id,
            "ResourceType": self.resource_type,
        }


class VpcAttachment(Attachment):
    resource_type = "vpc"

    def __init__(
        self, gateway: TransitGateway, vpc_id: str, owner_id: str, subnet_ids: list[str], options: dict[str, str]
    ):
        super().__init__(gateway, vpc_id, owner_id)
        self.vpc_id, self.subnet_ids = vpc_id, subnet_ids
        self.options = ATTACHMENT_DEFAULTS | options
        if gateway.owner_id == owner_id or gateway.options["AutoAcceptSharedAttachments"] == "enable":
            self.provision()
        else:
            self.state = Transition(passing(self.kind, "initiatingRequest"), "pendingAcceptance")

    def accept(self) -> None:
        self.need("pendingAcceptance")
        self.provision()

    def reject(self) -> None:
        self.need("pendingAcceptance")
        self.state = Transition("rejecting", "rejected")

    def blocks(self) -> list[Block]:
        """The VPC's CIDR blocks; IPv6 ones if the attachment supports IPv6."""
        vpc = ec2_backends[self.owner_id][self.region].vpcs.get(self.vpc_id)
        if vpc is None:
            return []
        associations = vpc.get_cidr_block_association_set()
        if self.options["Ipv6Support"] == "enable":
            associations = associations + vpc.get_cidr_block_association_set(ipv6=True)
        return [
            block(association["cidr_block"])
            for association in associations
            if association["cidr_block_state"]["state"] == "associated"
        ]

    def shape(self, account_id: str, subnets: bool = True) -> dict[str, Any]:
        """As DescribeTransitGatewayVpcAttachments shows it."""
        return {
            "TransitGatewayAttachmentId": self.id,
            "TransitGatewayId": self.gateway.id,
            "VpcId": self.vpc_id,
            "VpcOwnerId": self.owner_id,
            "State": self.state,
            "SubnetIds": list(self.subnet_ids) if subnets else None,
            "CreationTime": self.created,
            "Options": dict(self.options),
            "Tags": self.tag_list(account_id),
        }


class RouteTable(Resource):
    kind = "transit-gateway-route-table"
    state = StateClock(kind)

    def __init__(self, gateway: TransitGateway):
        super().__init__()
        self.id = random_transit_gateway_route_table_id()
        self.gateway, self.region, self.owner_id = gateway, gateway.region, gateway.owner_id
        self.associations_made: dict[str, Association] = {}
        self.propagations_made: dict[str, Propagation] = {}
        # Destination -> attachment, None for a blackhole that was asked for.
        self.static: dict[Block, Attachment | None] = {}
        self.prefix_lists: dict[str, PrefixListReference] = {}
        gateway.route_tables[self.id] = self
        ec2_backends[self.owner_id][self.region].transit_gateways_route_tables[self.id] = self

    @property
    def associations(self) -> Iterable[Association]:
        return _alive(self.associations_made)

    @property
    def propagations(self) -> Iterable[Propagation]:
        return _alive(self.propagations_made)

    @property
    def is_association_default(self) -> bool:
        return self.gateway.options.get("AssociationDefaultRouteTableId") == self.id

    @property
    def is_propagation_default(self) -> bool:
        return self.gateway.options.get("PropagationDefaultRouteTableId") == self.id

    def delete(self) -> None:
        """Texts: floci-io/floci#2348 (tried on AWS; the one for propagation is its analogue)."""
        self.need("available")
        for default, word in (
            (self.is_association_default, "association"),
            (self.is_propagation_default, "propagation"),
        ):
            if default:
                raise incorrect_state(f"{self.id} is set as default {word} route table for {self.gateway.id}")
        if any(True for _ in self.associations):
            raise incorrect_state(f"{self.id} has associated attachments")
        for propagation in self.propagations:
            propagation.end()
        self.state = Transition("deleting", "deleted")

    def routes(self) -> Iterator[dict[str, Any]]:
        """Static routes, those of prefix lists, then what is propagated and not hidden by one of them.

        Per destination a static route comes before a propagated one (how-transit-gateways-work.html, route evaluation
        order), of equal propagated ones the oldest. To the default propagation table no block is propagated that
        overlaps another attached VPC's (API_CreateTransitGatewayVpcAttachment.html).
        """
        taken = set(self.static)
        for destination, attachment in self.static.items():
            yield route_shape(destination, attachment, "static")
        for reference in self.prefix_lists.values():
            for destination in reference.blocks():
                if destination not in taken:
                    taken.add(destination)
                    yield route_shape(destination, reference.attachment, "static") | {"PrefixListId": reference.id}
        overlaps = Overlaps() if self.is_propagation_default else None
        propagated: set[Block] = set()
        for propagation in self.propagations:
            if propagation.state != "enabled" or not propagation.attachment.carries_traffic:
                continue
            for destination in propagation.attachment.blocks():
                if destination in propagated or (overlaps and not overlaps.add(destination)):
                    continue
                propagated.add(destination)
                if destination not in taken:
                    yield route_shape(destination, propagation.attachment, "propagated")

    def shape(self, account_id: str) -> dict[str, Any]:
        return {
            "TransitGatewayRouteTableId": self.id,
            "TransitGatewayId": self.gateway.id,
            "State": self.state,
            "DefaultAssociationRouteTable": self.is_association_default,
            "DefaultPropagationRouteTable": self.is_propagation_default,
            "CreationTime": self.created,
            "Tags": self.tag_list(account_id),
        }


class PrefixListReference:
    state = StateClock("transit-gateway-prefix-list-reference")

    def __init__(self, table: RouteTable, prefix_list: Any, attachment: Attachment | None):
        self.table, self.prefix_list, self.attachment = table, prefix_list, attachment
        self.state = Transition("pending", "available")

    @property
    def id(self) -> str:
        return self.prefix_list.id

    def blocks(self) -> list[Block]:
        entries = self.prefix_list.entries.get(self.prefix_list.version) or []
        return [block(entry["Cidr"]) for entry in entries]

    def shape(self) -> dict[str, Any]:
        shape = {
            "TransitGatewayRouteTableId": self.table.id,
            "PrefixListId": self.id,
            "PrefixListOwnerId": self.prefix_list.owner_id,
            "State": self.state,
            "Blackhole": self.attachment is None,
        }
        if self.attachment is not None:
            shape["TransitGatewayAttachment"] = self.attachment.route_shape()
        return shape


def _alive(relations: dict[str, Any]) -> list[Any]:
    for over in [attachment_id for attachment_id, relation in relations.items() if relation.is_over]:
        del relations[over]
    return list(relations.values())


def route_shape(destination: Block, attachment: Attachment | None, kind: str) -> dict[str, Any]:
    """A static route outlives its attachment as a blackhole without one: floci-io/floci#2347 (tried on AWS)."""
    shape: dict[str, Any] = {"DestinationCidrBlock": block_text(destination), "Type": kind, "State": "blackhole"}
    if attachment is not None and attachment.state != "deleted":
        shape["TransitGatewayAttachments"] = [attachment.route_shape()]
        if attachment.carries_traffic:
            shape["State"] = "active"
    return shape


def visible_gateways(account_id: str, region: str) -> dict[str, TransitGateway]:
    """By id: the account's own, and those that others share with it now."""
    gateways = dict(_listed(ec2_backends[account_id][region].transit_gateways))
    for arn in shared_resources(account_id, region):
        _, _, service, _, owner_id, resource = arn.split(":", 5)
        kind, _, gateway_id = resource.partition("/")
        if (service, kind) == ("ec2", "transit-gateway"):
            shared = _listed(ec2_backends[owner_id][region].transit_gateways)
            if gateway_id in shared:
                gateways[gateway_id] = shared[gateway_id]
    return gateways


def attachments_seen_by(account_id: str, region: str) -> dict[str, Attachment]:
    return _listed(ec2_backends[account_id][region].transit_gateway_attachments)


def route_tables_of(account_id: str, region: str) -> dict[str, RouteTable]:
    return _listed(ec2_backends[account_id][region].transit_gateways_route_tables)


def _listed(resources: dict[str, Any]) -> dict[str, Any]:
    for resource_id in [known.id for known in resources.values() if known.is_forgotten]:
        del resources[resource_id]
    return resources
