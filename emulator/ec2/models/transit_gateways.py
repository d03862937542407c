# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Transit gateways, and which of them, their attachments and their route tables an account sees.

Each is stored in its owner's backend, in moto's dicts; an attachment also in the backend of the account that owns the
VPC. `shape(account_id)` returns what that account sees: both accounts see an attachment, each only with its own tags.

Sources: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html, tgw-vpc-attachments.html,
tgw-route-tables.html; others' tests on AWS are linked where they are used.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.utils import (
    random_transit_gateway_id,
)

from emulator.ec2.models.transit_gateway_attachments import (
    Attachment,
)
from emulator.ec2.models.transit_gateway_resources import (
    GONE,
    Resource,
    incorrect_state,
)
from emulator.ec2.models.transit_gateway_route_tables import RouteTable
from emulator.ram.models import shared_resources
from emulator.transitions import StateClock, Transition

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
        """Return a default route table, None if there is none.

        option: AssociationDefaultRouteTableId or PropagationDefaultRouteTableId.
        """
        return self.route_tables.get(self.options.get(option, ""))

    def delete(self) -> None:
        words = {
            "connect": "Connect",
            "vpc": "VPC",
            "vpn": "VPN",
            "peering": "Cross Region Peering",
            "network-function": "Network Function",
        }
        for kind, word in words.items():
            remaining = [
                attachment.id
                for attachment in self.attachments.values()
                if attachment.resource_type == kind and attachment.state not in GONE
            ]
            if remaining:
                # VPC: floci-io/floci#2329 (tried on AWS); VPN: terraform-provider-aws's transitgateway_.go; peering:
                # gruntwork-io/cloud-nuke#744; of Connect and network functions: not verified.
                raise incorrect_state(f"{self.id} has non-deleted {word} Attachments: {', '.join(remaining)}.")
        self.state = Transition("deleting", "deleted")
        for table in (*self.route_tables.values(), *self.policy_tables.values()):
            if table.state != "deleted":
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


def visible_gateways(account_id: str, region: str) -> dict[str, TransitGateway]:
    """Return the account's own transit gateways and those that others share with it now, by id."""
    gateways = dict(_listed(ec2_backends[account_id][region].transit_gateways))
    for owner_id, gateway_id in shared_resources(account_id, region, "transit-gateway"):
        shared = _listed(ec2_backends[owner_id][region].transit_gateways)
        if gateway_id in shared:
            gateways[gateway_id] = shared[gateway_id]
    return gateways


def attachments_seen_by(account_id: str, region: str) -> dict[str, Attachment]:
    return _listed(ec2_backends[account_id][region].transit_gateway_attachments)


def route_tables_of(account_id: str, region: str) -> dict[str, RouteTable]:
    return _listed(ec2_backends[account_id][region].transit_gateways_route_tables)


def policy_tables_of(account_id: str, region: str) -> dict[str, Any]:
    """Return the policy tables of the account's own gateways, by id."""
    gateways = _listed(ec2_backends[account_id][region].transit_gateways).values()
    return {key: table for gateway in gateways for key, table in _listed(gateway.policy_tables).items()}


def _listed(resources: dict[str, Any]) -> dict[str, Any]:
    for resource_id in [known.id for known in resources.values() if known.is_forgotten]:
        del resources[resource_id]
    return resources
