# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attachments of other kinds than VPCs (VPN, Direct Connect gateway, peering, Connect, firewall), created elsewhere.

They are read and put into route tables, never tagged or deleted. Only a firewall's is accepted, by the id that its
account told in this run: anybody with whom the Transit Gateway is shared can ask for one.
"""

from __future__ import annotations

from ..._core.plan import Address, Step, Wait
from ..._core.reconcile import Actual, ResourceType
from ..._domain.hub.segments import FIREWALL, OTHERS
from .gateway_attachment import ACCEPTED, REQUESTED, TERMINAL_STATES, table_of, words

READ_AFTER = ("gateway_attachment", "transit_gateway_route_table")
INPUTS = ("others",)
PERMISSIONS = ("network-firewall:AcceptNetworkFirewallTransitGatewayAttachment",)
KIND = ResourceType("other_attachment")


def read(aws, declared, found):
    """Return {declared name: Actual} with field state, of those that exist and are of the declared kind.

    details: table, the id of the route table that the attachment is associated with; accepts, true for a firewall's.
    """
    there = {id_: actual.details for id_, actual in found["gateway_attachment"].items()}
    tables = {table.id for table in found["transit_gateway_route_table"].values() if table.managed}
    attachments = {
        name: there.get(wanted["attachment_id"]) if wanted["attachment_id"] else _kept(wanted, there.values(), tables)
        for name, wanted in declared.inputs.others.items()
    }
    return {
        name: Actual(
            attachment["TransitGatewayAttachmentId"],
            {"state": attachment["State"]},
            False,
            {"table": table_of(attachment), "accepts": attachment["ResourceType"] == FIREWALL},
        )
        for name, attachment in attachments.items()
        if attachment
        and attachment["ResourceType"] == declared.inputs.others[name]["resource_type"]
        and attachment["State"] not in TERMINAL_STATES
    }


def _kept(wanted, attachments, tables):
    """Return the one attachment of the kind that this hub accepted earlier; None without one, or with several.

    A firewall's id is known only from its account's phase. A hub that runs alone keeps its firewall by this.
    """
    mine = [
        a
        for a in attachments
        if a["ResourceType"] == wanted["resource_type"] and a["State"] in ACCEPTED and table_of(a) in tables
    ]
    return mine[0] if len(mine) == 1 else None


def plan(wanted, found, declared):
    if declared.absent:
        return []
    return [
        Step(
            acceptance(name),
            "network-firewall.accept_network_firewall_transit_gateway_attachment",
            {"TransitGatewayAttachmentId": there.id},
            before=there.fields,
            after={"state": "available"},
            wait=Wait(
                "ec2.describe_transit_gateway_attachments",
                {"TransitGatewayAttachmentIds": [there.id]},
                "TransitGatewayAttachments[].State",
                until=("available",),
                pending=("pendingAcceptance", "pending", "modifying", *REQUESTED),
            ),
        )
        for name, there in found[KIND.name].items()
        if is_asking(there)
    ]


def is_asking(there):
    """Return true for a firewall's attachment that this hub's run accepts."""
    return there.details["accepts"] and there.fields["state"] == "pendingAcceptance"


def acceptance(name):
    """Return the address of the step that accepts the attachment of this name."""
    return Address(KIND.name, name, "state")


def findings(wanted, found, declared):
    if declared.absent:
        return []
    others = declared.inputs.others
    lines = [line for name, other in others.items() if (line := _finding(name, other, found))]
    known = {other["attachment_id"] for other in others.values()} | {there.id for there in found[KIND.name].values()}
    for id_, there in found["gateway_attachment"].items():
        attachment = there.details
        if attachment["ResourceType"] != "vpc" and attachment["State"] not in TERMINAL_STATES and id_ not in known:
            table = table_of(attachment)
            where = f", associated with {table}" if table else ""
            declare = "Declare it (other_attachments), or have" if attachment["ResourceType"] in OTHERS else "Have"
            lines.append(
                f"undeclared: {words(attachment)}{where}; kept out of all segments. {declare} who created it delete it"
            )
    return lines


def _finding(name, other, found):
    if not other["attachment_id"]:
        alone = "its firewall's attachment isn't known; run the egress account and the hub in one run"
        return None if name in found[KIND.name] else f"{name}: {alone}"
    listed = found["gateway_attachment"].get(other["attachment_id"])
    if listed is None:
        return f"{name}: {other['attachment_id']} isn't attached to this Transit Gateway; who created it has to act"
    attachment = listed.details
    if attachment["ResourceType"] != other["resource_type"]:
        return f"{name}: {words(attachment)} is no {other['resource_type']}; declare its resource_type"
    there = found[KIND.name].get(name)
    if attachment["State"] != "available" and not (there and is_asking(there)):
        return f"{name}: {words(attachment)} isn't available; who created it has to act"
    return None
