# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route tables of transit gateways, and the routes in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.ec2.utils import (
    random_transit_gateway_route_table_id,
)

from emulator.ec2.models.transit_gateway_attachments import (
    Association,
    Attachment,
    Propagation,
)
from emulator.ec2.models.transit_gateway_resources import (
    Resource,
    incorrect_state,
)
from emulator.ec2.models.transit_gateway_routes import Block, Overlaps, block, block_text
from emulator.transitions import StateClock, Transition

if TYPE_CHECKING:
    from emulator.ec2.models.transit_gateways import TransitGateway


class RouteTable(Resource):
    kind = "transit-gateway-route-table"
    state = StateClock(kind)

    def __init__(self, gateway: TransitGateway):
        super().__init__()
        self.id = random_transit_gateway_route_table_id()
        self.gateway, self.region, self.owner_id = gateway, gateway.region, gateway.owner_id
        self.associations_made: dict[str, Association] = {}
        self.propagations_made: dict[str, Propagation] = {}
        # Destination -> attachment, None for a blackhole route that the caller requested.
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
        """Delete the table; raises IncorrectState for a default table and for one with associations.

        Texts: floci-io/floci#2348 (tried on AWS; the one for propagation is by analogy).
        """
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
        """Yield route shapes: static routes, those of prefix lists, then the propagated ones that these don't hide.

        Per destination a static route comes before a propagated one (how-transit-gateways-work.html, route evaluation
        order), and of equal propagated ones the oldest wins. AWS propagates no block to the default propagation table
        that overlaps another attached VPC's (API_CreateTransitGatewayVpcAttachment.html).
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
            for destination in propagation.attachment.propagated_blocks():
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
    """Return a route in the API's shape.

    A static route whose attachment is deleted stays, as a blackhole without attachment: floci-io/floci#2347 (tried on
    AWS).
    """
    shape: dict[str, Any] = {"DestinationCidrBlock": block_text(destination), "Type": kind, "State": "blackhole"}
    if attachment is not None and attachment.state != "deleted":
        shape["TransitGatewayAttachments"] = [attachment.route_shape()]
        if attachment.carries_traffic:
            shape["State"] = "active"
    return shape
