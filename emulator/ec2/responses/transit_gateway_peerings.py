# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on peerings of transit gateways.

Sources: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html, tgw-peering-accept-reject.html, the API reference.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends

from emulator.ec2.describe import Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.filters import apply_filters
from emulator.ec2.lag import creates
from emulator.ec2.models.transit_gateway_peerings import PeeringAttachment
from emulator.ec2.models.transit_gateway_resources import GONE
from emulator.ec2.models.transit_gateways import TransitGateway, attachments_seen_by
from emulator.ec2.responses.transit_gateway_parameters import TransitGatewayParameters

# Filters of DescribeTransitGatewayPeeringAttachments by the side that the account has, which the answer doesn't tell.
# transit-gateway-id: terraform-provider-aws, examples/transit-gateway-intra-region-peering, finds the accepter's side.
SIDES = {
    "local-owner-id": lambda one: one.gateway.owner_id,
    "remote-owner-id": lambda one: one.peer.gateway.owner_id,
    "transit-gateway-attachment-id": lambda one: one.id,
    "transit-gateway-id": lambda one: one.gateway.id,
}
PEERINGS = Listing(
    "TransitGatewayPeeringAttachments",
    "TransitGatewayAttachmentId",
    "TransitGatewayAttachmentIds",
    dict.fromkeys(SIDES, "TransitGatewayAttachmentId") | {"state": "State"},
)
# https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html: peering attachments per transit gateway, and
# between two transit gateways (one). The error codes are not documented there.
PEERINGS_PER_GATEWAY = 50


class TransitGatewayPeeringResponse(TransitGatewayParameters):
    @creates("tgw-attach")
    def create_transit_gateway_peering_attachment(self) -> ActionResult:
        tags = self.tags_for("transit-gateway-attachment")
        gateway = self.own_gateway()
        gateway.need("available")
        account_id, region = self.tgw_required("PeerAccountId"), self.tgw_required("PeerRegion")
        peer_id = self.tgw_id("PeerTransitGatewayId", "tgw")
        if peer_id == gateway.id:
            raise invalid_value(f"{gateway.id} cannot be peered with itself.")  # the text is not verified
        # That an unknown gateway is refused at once is not verified.
        other = ec2_backends[account_id][region].transit_gateways.get(peer_id)
        if other is None or other.state == "deleted":
            raise not_found(peer_id)
        self._check_peerings(gateway, other)
        options = self.given("Options")
        resilience = _resilience(options, gateway.region != other.region)
        attachment = PeeringAttachment(gateway, other, is_requester=True)
        attachment.dynamic_routing, attachment.resilience = options.get("DynamicRouting"), resilience
        accepted_id = attachment.id if gateway.region != other.region else None
        attachment.peer = PeeringAttachment(other, gateway, is_requester=False, id_=accepted_id)
        attachment.peer.peer = attachment
        self.ec2_backend.create_tags([attachment.id], tags)
        return self._peering_answer(attachment)

    @staticmethod
    def _check_peerings(gateway: TransitGateway, other: TransitGateway) -> None:
        peerings = [
            known
            for known in gateway.attachments.values()
            if isinstance(known, PeeringAttachment) and known.state not in GONE
        ]
        if any(known.peer.gateway is other for known in peerings):
            raise EC2ClientError(
                "DuplicateTransitGatewayAttachment",
                f"{gateway.id} has non-deleted Transit Gateway Attachments with same Transit Gateway ID.",
            )
        if len(peerings) >= PEERINGS_PER_GATEWAY:
            raise EC2ClientError(
                "TransitGatewayAttachmentLimitExceeded", "You have reached the maximum number of peering attachments."
            )

    def describe_transit_gateway_peering_attachments(self) -> ActionResult:
        seen = attachments_seen_by(self.current_account, self.region)
        peerings = {one.id: one for one in seen.values() if isinstance(one, PeeringAttachment)}
        filters = self._filters_from_querystring()
        by_side = {name: filters.pop(name) for name in SIDES if name in filters}
        if by_side:
            kept = apply_filters(peerings.values(), by_side, SIDES)
            filters["transit-gateway-attachment-id"] = [one.id for one in kept]
        shapes = [one.peering_shape(self.current_account) for one in peerings.values()]
        return self.listed(PEERINGS, shapes, filters)

    def modify_transit_gateway_peering_attachment(self) -> ActionResult:
        """Modify the multipath resilience of one's own side: API_ModifyTransitGatewayPeeringAttachment.html."""
        attachment = self._peering()
        attachment.need("available")
        resilience = _resilience(self.given("Options"), attachment.is_inter_region)
        if resilience:
            attachment.resilience = resilience
            attachment.both("modifying", "available")
        return self._peering_answer(attachment)

    def accept_transit_gateway_peering_attachment(self) -> ActionResult:
        """Accept a peering; only the accepter may, in its Region, "even if both transit gateways are in the same
        account".
        """
        attachment = self._asked_for("accept")
        attachment.provision()
        return self._peering_answer(attachment)

    def reject_transit_gateway_peering_attachment(self) -> ActionResult:
        attachment = self._asked_for("reject")
        attachment.both("rejecting", "rejected")
        return self._peering_answer(attachment)

    def delete_transit_gateway_peering_attachment(self) -> ActionResult:
        attachment = self._peering()
        attachment.need("available", "pendingAcceptance")
        for side in (attachment, attachment.peer):
            side.delete()
        return self._peering_answer(attachment)

    def _peering(self) -> PeeringAttachment:
        attachment = self.tgw_attachment(gateway_owner_id=self.current_account)
        if not isinstance(attachment, PeeringAttachment):
            raise not_found(attachment.id)
        return attachment

    def _asked_for(self, word: str) -> PeeringAttachment:
        """Return the accepter's side of the request's attachment, which must be pending.

        The refusal of the requester's side: hashicorp/terraform-provider-aws#38027, #25617; that of a rejection by
        analogy, not verified.
        """
        attachment = self._peering()
        if attachment.is_requester:
            raise invalid_value(f"Cannot {word} {attachment.id} as the source of the peering request.")
        attachment.need("pendingAcceptance")
        return attachment

    def _peering_answer(self, attachment: PeeringAttachment) -> ActionResult:
        return ActionResult({"TransitGatewayPeeringAttachment": attachment.peering_shape(self.current_account)})


def _resilience(options: dict[str, Any], is_inter_region: bool) -> dict[str, Any]:
    """Return the members of a request's options about multipath resilience; refuses what the API reference excludes.

    "Multipath resilience is supported only for inter-Region transit gateway peering attachments"; "You can specify this
    parameter only if AllowMultipathResilience is true". AWS's codes for these are not verified.
    """
    given = {name: options[name] for name in ("AllowMultipathResilience", "MultipathResilienceMode") if name in options}
    if given and not is_inter_region:
        raise invalid_value(
            "Multipath resilience is supported only for inter-Region transit gateway peering attachments."
        )
    if "MultipathResilienceMode" in given and not given.get("AllowMultipathResilience"):
        raise EC2ClientError(
            "InvalidParameterCombination",
            "MultipathResilienceMode can be specified only if AllowMultipathResilience is true.",
        )
    return given
