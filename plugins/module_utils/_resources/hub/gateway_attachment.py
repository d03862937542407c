# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attachments to the hub's Transit Gateway, of every kind and in every state: read only, by one call."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from ..shared.ec2 import filters

READ_AFTER = ("transit_gateway",)
INPUTS = ()
PERMISSIONS = ("ec2:DescribeTransitGatewayAttachments",)
KIND = ResourceType("gateway_attachment")
# TransitGatewayAttachment.State (DescribeTransitGatewayAttachments): not ready to be accepted yet, accepted, and ending
# or ended. pendingAcceptance is in none of these. Any other state is one that AWS has added since.
REQUESTED = ("initiating", "initiatingRequest")
ACCEPTED = ("available", "pending", "modifying")
TERMINAL_STATES = ("rollingBack", "deleting", "deleted", "failing", "failed", "rejecting", "rejected")
NAT_OFF = (None, "disabled")


def read(aws, declared, found):
    """Return {attachment id: Actual}; details: as DescribeTransitGatewayAttachments has it."""
    gateway = found["transit_gateway"].get("main")
    attachments = gateway and aws.read(
        "ec2.describe_transit_gateway_attachments",
        "TransitGatewayAttachments",
        Filters=filters(transit_gateway_id=gateway.id),
    )
    return {a["TransitGatewayAttachmentId"]: Actual(None, {}, False, a) for a in attachments or []}


def words(attachment):
    """Return the attachment's id, kind, resource, account and state in words, for people."""
    kind = attachment["ResourceType"]
    return (
        f"{attachment['TransitGatewayAttachmentId']} ({'' if kind == 'vpc' else f'{kind} '}"
        f"{attachment.get('ResourceId', 'without a resource')} of account"
        f" {attachment.get('ResourceOwnerId', 'unknown')}, {attachment['State']})"
    )


def is_known(state):
    return state in (*REQUESTED, *ACCEPTED, *TERMINAL_STATES, "pendingAcceptance")


def table_of(attachment):
    """Return the id of the route table that the attachment's traffic is looked up in; None without one."""
    return _association(attachment, "TransitGatewayRouteTableId")


def _association(attachment, key):
    association = attachment.get("Association", {})
    return association.get(key) if association.get("State", "").startswith("associat") else None


def findings(wanted, found, declared):
    """Report policy tables, NAT and unknown states of all attachments, declared or not.

    Policy tables and NAT decide over an attachment's traffic beside route tables, and are never declared here.
    """
    if declared.absent:
        return []
    lines = []
    for there in found[KIND.name].values():
        attachment = there.details
        if attachment["State"] in TERMINAL_STATES:
            continue
        policies = _association(attachment, "TransitGatewayPolicyTableId")
        if policies:
            lines.append(
                f"{words(attachment)} is associated with policy table {policies}, whose rules and no declared segment"
                " decide where its traffic goes. Disassociate it from that (DisassociateTransitGatewayPolicyTable)"
            )
        if attachment.get("NatGatewaySupport") not in NAT_OFF:
            lines.append(
                f"{words(attachment)} has NAT ({attachment['NatGatewaySupport']}): others may reach it, and it others,"
                " by addresses of no declared range. Switch it off (ModifyTransitGatewayAttachmentNatConfiguration)"
            )
        if not is_known(attachment["State"]):
            lines.append(f"{words(attachment)}: this state isn't known here; it is left as it is")
    return lines
