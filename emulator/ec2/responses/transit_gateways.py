# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on transit gateways.

Other parts of EC2 may rely on this: an attachment is in `transit_gateway_attachments` of the backends of both its
accounts, with `id`, `resource_id`, `transit_gateway_id`, `state`, a VPC's attachment also with `vpc_id` and
`subnet_ids`; `find_transit_resource` resolves an id.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends

from emulator.ec2.describe import Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.transit_gateway_connect import connect_peers_of
from emulator.ec2.models.transit_gateway_resources import GONE, Resource
from emulator.ec2.models.transit_gateway_routes import block
from emulator.ec2.models.transit_gateways import TransitGateway, policy_tables_of, visible_gateways
from emulator.ec2.responses.transit_gateway_attachments import TransitGatewayAttachmentResponse
from emulator.ec2.responses.transit_gateway_connect import TransitGatewayConnectResponse
from emulator.ec2.responses.transit_gateway_exports import TransitGatewayExportResponse
from emulator.ec2.responses.transit_gateway_nat import TransitGatewayNatResponse
from emulator.ec2.responses.transit_gateway_parameters import untagged
from emulator.ec2.responses.transit_gateway_peerings import TransitGatewayPeeringResponse
from emulator.ec2.responses.transit_gateway_policy_tables import TransitGatewayPolicyTableResponse
from emulator.ec2.responses.transit_gateway_route_tables import TransitGatewayRouteTableResponse
from emulator.ec2.responses.vpn_gateways import check_amazon_side_asn
from emulator.transitions import Transition

# https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html
GATEWAYS_PER_ACCOUNT = 5
# (option that switches a default route table on, option with its id)
DEFAULT_TABLES = (
    ("DefaultRouteTableAssociation", "AssociationDefaultRouteTableId"),
    ("DefaultRouteTablePropagation", "PropagationDefaultRouteTableId"),
)

GATEWAYS = Listing(
    "TransitGateways",
    "TransitGatewayId",
    "TransitGatewayIds",
    {
        "options.amazon-side-asn": "Options.AmazonSideAsn",
        "options.association-default-route-table-id": "Options.AssociationDefaultRouteTableId",
        "options.auto-accept-shared-attachments": "Options.AutoAcceptSharedAttachments",
        "options.default-route-table-association": "Options.DefaultRouteTableAssociation",
        "options.default-route-table-propagation": "Options.DefaultRouteTablePropagation",
        "options.dns-support": "Options.DnsSupport",
        # Not on the operation's page; amazon.aws' integration target ec2_transit_gateway uses it on AWS.
        "options.multicast-support": "Options.MulticastSupport",
        "options.propagation-default-route-table-id": "Options.PropagationDefaultRouteTableId",
        "options.vpn-ecmp-support": "Options.VpnEcmpSupport",
        "owner-id": "OwnerId",
        "state": "State",
        "transit-gateway-id": "TransitGatewayId",
    },
)


def find_transit_resource(account_id: str, region: str, resource_id: str) -> Resource | None:
    """Return the gateway, attachment, table or Connect peer of that id.

    None if it is deleted or the account can't see it.
    """
    backend = ec2_backends[account_id][region]
    resource = backend.transit_gateway_attachments.get(resource_id)
    resource = resource or backend.transit_gateways_route_tables.get(resource_id)
    if resource_id.startswith("tgw-ptb-"):
        resource = policy_tables_of(account_id, region).get(resource_id)
    elif resource_id.startswith("tgw-connect-peer-"):
        resource = connect_peers_of(account_id, region).get(resource_id)
    if resource is None:
        resource = visible_gateways(account_id, region).get(resource_id)
    return None if resource is None or resource.state == "deleted" or resource.is_forgotten else resource


class TransitGatewayResponse(
    TransitGatewayAttachmentResponse,
    TransitGatewayConnectResponse,
    TransitGatewayExportResponse,
    TransitGatewayNatResponse,
    TransitGatewayPeeringResponse,
    TransitGatewayPolicyTableResponse,
    TransitGatewayRouteTableResponse,
):
    @creates("tgw")
    def create_transit_gateway(self) -> ActionResult:
        tags = self.tags_for("transit-gateway")
        options = self.given("Options")
        gateways = self.ec2_backend.transit_gateways
        if sum(gateway.state != "deleted" for gateway in gateways.values()) >= GATEWAYS_PER_ACCOUNT:
            raise EC2ClientError(
                "TransitGatewayLimitExceeded", "You have reached the maximum number of transit gateways."
            )
        self._check_gateway_blocks(options.get("TransitGatewayCidrBlocks", []))
        check_amazon_side_asn(options.get("AmazonSideAsn"))
        gateway = TransitGateway(self.current_account, self.region, self._get_param("Description"), options)
        gateways[gateway.id] = gateway
        self.ec2_backend.create_tags([gateway.id], tags)
        return ActionResult({"TransitGateway": gateway.shape(self.current_account)})

    def describe_transit_gateways(self) -> ActionResult:
        gateways = visible_gateways(self.current_account, self.region)
        return self.tgw_listed(GATEWAYS, gateways, "tgw")

    def modify_transit_gateway(self) -> ActionResult:
        gateway = self.own_gateway()
        gateway.need("available")
        changes = self.given("Options")
        if "EncryptionSupport" in changes:
            raise NotImplementedError("ModifyTransitGateway with EncryptionSupport")
        added, removed = (
            changes.pop("AddTransitGatewayCidrBlocks", []),
            changes.pop("RemoveTransitGatewayCidrBlocks", []),
        )
        self._check_gateway_blocks(added)
        self._check_new_asn(gateway, changes)
        for flag, table in DEFAULT_TABLES:
            self._check_default_table(gateway, changes, flag, table)
        for flag, table in DEFAULT_TABLES:
            if changes.get(flag) == "disable":
                gateway.options.pop(table, None)
        gateway.options.update(changes)
        blocks = [known for known in gateway.options.get("TransitGatewayCidrBlocks", []) if known not in removed]
        gateway.options["TransitGatewayCidrBlocks"] = blocks + [new for new in added if new not in blocks]
        gateway.description = self._get_param("Description", gateway.description)
        gateway.state = Transition("modifying", "available")
        # Modify and delete answer without tags: floci-io/floci#2329 (tried on AWS).
        return ActionResult({"TransitGateway": untagged(gateway.shape(self.current_account))})

    @staticmethod
    def _check_new_asn(gateway: TransitGateway, changes: dict[str, Any]) -> None:
        """Refuse another ASN while attachments use it: "not allowed on a transit gateway if it has the following
        attachments" (ModifyTransitGatewayOptions); the code is not verified.
        """
        asn = changes.get("AmazonSideAsn")
        check_amazon_side_asn(asn)
        kinds = {one.resource_type for one in gateway.attachments.values() if one.state not in GONE}
        if asn not in (None, gateway.options["AmazonSideAsn"]) and kinds & {"vpn", "connect", "direct-connect-gateway"}:
            raise EC2ClientError("IncorrectState", f"{gateway.id} has attachments that use its Amazon side ASN.")

    def delete_transit_gateway(self) -> ActionResult:
        gateway = self.own_gateway()
        gateway.need("available")
        gateway.delete()
        return ActionResult({"TransitGateway": untagged(gateway.shape(self.current_account))})

    @staticmethod
    def _check_default_table(gateway: TransitGateway, changes: dict[str, Any], flag: str, table: str) -> None:
        """Refuse an option and a table that would conflict after the change: floci-io/floci#2329 (tried on AWS)."""
        enabled = changes.get(flag, gateway.options[flag]) == "enable"
        named = changes.get(table)
        if named and not enabled:
            raise EC2ClientError("InvalidParameterCombination", f"disable {flag} conflicts with {table} {named}")
        if enabled and not named and table not in gateway.options:
            raise EC2ClientError("InvalidParameterCombination", f"enable {flag} conflicts with {table} null")
        if named and (named not in gateway.route_tables or gateway.route_tables[named].state != "available"):
            raise not_found(named)

    @staticmethod
    def _check_gateway_blocks(blocks: list[str]) -> None:
        for text in blocks:
            parsed = block(text)
            if parsed.length > (24 if parsed.version == 4 else 64):
                raise invalid_value(f"Value ({text}) for parameter TransitGatewayCidrBlocks is invalid.")
            if block("169.254.0.0/16").contains(parsed):
                # "except for addresses in the 169.254.0.0/16 range": tgw-transit-gateways.html, CIDR blocks
                raise invalid_value(f"Value ({text}) for parameter TransitGatewayCidrBlocks is invalid.")

    def resource_exists(self, resource_id: str) -> bool:
        """Return true if the account sees the resource: it may then tag a gateway or an attachment, only for itself."""
        if resource_id.startswith("tgw-"):
            return find_transit_resource(self.current_account, self.region, resource_id) is not None
        return super().resource_exists(resource_id)
