# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attachments of transit gateways, their associations and propagations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.utils import (
    random_transit_gateway_attachment_id,
)

from emulator.ec2.models.transit_gateway_interfaces import put_interfaces, release_when_deleted
from emulator.ec2.models.transit_gateway_nat import Nat
from emulator.ec2.models.transit_gateway_resources import (
    GONE,
    Resource,
    incorrect_state,
    passing,
)
from emulator.ec2.models.transit_gateway_routes import Block, block
from emulator.transitions import StateClock, Transition

if TYPE_CHECKING:
    from emulator.ec2.models.transit_gateway_route_tables import RouteTable
    from emulator.ec2.models.transit_gateways import TransitGateway

ATTACHMENT_DEFAULTS = {
    "DnsSupport": "enable",
    "SecurityGroupReferencingSupport": "enable",
    "Ipv6Support": "disable",
    "ApplianceModeSupport": "disable",
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
    """An attachment's propagation to a route table. AWS answers `enabled` and `disabled` at once:
    https://github.com/floci-io/floci/pull/2348 (tried on AWS).
    """

    state = StateClock("transit-gateway-propagation")
    ended = "disabled"

    def __init__(self, attachment: Attachment, table: RouteTable):
        super().__init__(attachment, table)
        self.state = Transition(passing("transit-gateway-propagation", "enabling"), "enabled")

    def end(self) -> None:
        self.state = Transition(passing("transit-gateway-propagation", "disabling"), "disabled")


class Attachment(Resource):
    """Attachment of a VPN connection, and base class of the other kinds."""

    kind = "transit-gateway-attachment"
    state = StateClock(kind)
    resource_type = "vpn"
    # NatSystemRouteSupport (tgw-nat-routing.html): of a VPC's attachment always enable, of a peering, Connect or VPN
    # connection with static routes always disable.
    installs_nat_routes = False

    def __init__(self, gateway: TransitGateway, resource_id: str, owner_id: str, id_: str | None = None):
        super().__init__()
        self.id = id_ or random_transit_gateway_attachment_id()
        self.gateway, self.region = gateway, gateway.region
        self.resource_id, self.owner_id = resource_id, owner_id
        self.nat = Nat(self.installs_nat_routes)
        # Connect attachments whose transport this one is.
        self.connects: list[Attachment] = []
        self._association: Association | None = None
        self._propagations: dict[str, Propagation] = {}
        gateway.attachments[self.id] = self
        for account_id in self.accounts():
            ec2_backends[account_id][self.region].transit_gateway_attachments[self.id] = self

    def accounts(self) -> set[str]:
        """Return the accounts whose backends hold the attachment."""
        return {self.owner_id, self.gateway.owner_id}

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
        """Propagations that have not ended, by route table id."""
        for over in [table_id for table_id, propagation in self._propagations.items() if propagation.is_over]:
            del self._propagations[over]
        return self._propagations

    def associate(self, table: Any, state: str | Transition, kind: type[Association] = Association) -> Association:
        self._association = table.associations_made[self.id] = kind(self, table)
        self._association.state = state
        return self._association

    def associate_once(self, table: Any, kind: type[Association] = Association) -> Association:
        """Begin an association that a caller asks for. Raises EC2ClientError if there is one.

        "An attachment can be associated with either a policy table or a route table, but not both": the code of the
        error is AWS's for a second route table; that it is the same for a policy table is not verified.
        """
        if self.association:
            raise EC2ClientError(
                "Resource.AlreadyAssociated",
                f"Transit Gateway Attachment {self.id} is already associated to a route table.",
            )
        self.need("available")
        return self.associate(table, Transition("associating", "associated"), kind)

    def propagate(self, table: RouteTable) -> Propagation:
        propagation = self._propagations[table.id] = Propagation(self, table)
        table.propagations_made.pop(self.id, None)  # a new one comes last: the order is by age
        table.propagations_made[self.id] = propagation
        return propagation

    def provision(self) -> None:
        """Make the attachment available, with the gateway's default association and propagation.

        It fails instead if a time is set for `failing`; nothing else here makes it fail.
        """
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
        if remaining := [connect.id for connect in self.connects if connect.state not in GONE]:
            # Not verified: tgw-connect.html only says that a Connect attachment uses an existing attachment.
            raise incorrect_state(f"{self.id} has non-deleted Connect Attachments: {', '.join(remaining)}.")
        self.state = Transition("deleting", "deleted")
        if association := self.association:
            association.end()
        for propagation in self.propagations.values():
            propagation.end()

    def blocks(self) -> list[Block]:
        """Return the CIDR blocks of what is attached: none for a VPN connection, BGP is not emulated."""
        return []

    def propagated_blocks(self) -> list[Block]:
        """Return the CIDR blocks that the attachment propagates, with those of its NAT."""
        return self.nat.propagated(self.blocks()) if self.nat.rules else self.blocks()

    def general_shape(self, account_id: str) -> dict[str, Any]:
        """Return the attachment in the shape of DescribeTransitGatewayAttachments, with the account's tags."""
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
        if self.nat.is_configured:
            shape["NatGatewaySupport"] = self.nat.support
        if association := self.association:
            shape["Association"] = {association.table_key: association.table.id, "State": association.state}
        return shape

    def route_shape(self) -> dict[str, str]:
        return {
            "TransitGatewayAttachmentId": self.id,
            "ResourceId": self.resource_id,
            "ResourceType": self.resource_type,
        }


class RequestedAttachment(Attachment):
    """Attachment that the gateway's owner accepts, unless it is the owner's own or the gateway accepts all."""

    def request(self) -> None:
        if self.gateway.owner_id == self.owner_id or self.gateway.options["AutoAcceptSharedAttachments"] == "enable":
            self.provision()
        else:
            self.state = Transition(passing(self.kind, "initiatingRequest"), "pendingAcceptance")

    def accept(self) -> None:
        self.need("pendingAcceptance")
        self.provision()

    def reject(self) -> None:
        self.need("pendingAcceptance")
        self.state = Transition("rejecting", "rejected")


class NetworkFunctionAttachment(RequestedAttachment):
    """Attachment of a firewall of Network Firewall, which alone creates, accepts, rejects and deletes it.

    https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_AcceptNetworkFirewallTransitGatewayAttachment.html
    It propagates nothing: routes to it are static.
    """

    resource_type = "network-function"

    def __init__(self, gateway: TransitGateway, resource_id: str, owner_id: str):
        super().__init__(gateway, resource_id, owner_id)
        self.request()


class VpcAttachment(RequestedAttachment):
    resource_type = "vpc"
    installs_nat_routes = True

    def __init__(
        self, gateway: TransitGateway, vpc_id: str, owner_id: str, subnet_ids: list[str], options: dict[str, str]
    ):
        super().__init__(gateway, vpc_id, owner_id)
        self.vpc_id, self.subnet_ids = vpc_id, subnet_ids
        # Subnet id -> id of the network interface there.
        self.interfaces: dict[str, str] = {}
        self.options = ATTACHMENT_DEFAULTS | options
        self.request()

    def provision(self) -> None:
        super().provision()
        if self.state not in ("failing", "failed"):
            put_interfaces(self)

    def delete(self) -> None:
        super().delete()
        release_when_deleted(self)

    def blocks(self) -> list[Block]:
        """Return the VPC's associated CIDR blocks; IPv6 ones only if the attachment supports IPv6."""
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
        """Return the attachment in the shape of DescribeTransitGatewayVpcAttachments, with the account's tags."""
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
