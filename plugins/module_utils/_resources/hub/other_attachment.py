# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attachments of other kinds than VPCs (VPN, Direct Connect gateway, peering, Connect), created elsewhere.

They are read and put into route tables, never accepted, tagged or deleted.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from ..._domain.hub.segments import OTHERS
from .gateway_attachment import TERMINAL_STATES, table_of, words

READ_AFTER = ("gateway_attachment",)
INPUTS = ("others",)
PERMISSIONS = ()
KIND = ResourceType("other_attachment")


def read(aws, declared, found):
    """Return {declared name: Actual} with field state, of those that exist and are of the declared kind.

    details: table, the id of the route table that the attachment is associated with.
    """
    there = {id_: actual.details for id_, actual in found["gateway_attachment"].items()}
    return {
        name: Actual(wanted["attachment_id"], {"state": attachment["State"]}, False, {"table": table_of(attachment)})
        for name, wanted in declared.inputs.others.items()
        if (attachment := there.get(wanted["attachment_id"]))
        and attachment["ResourceType"] == wanted["resource_type"]
        and attachment["State"] not in TERMINAL_STATES
    }


def findings(wanted, found, declared):
    if declared.absent:
        return []
    others = declared.inputs.others
    lines = [line for name, other in others.items() if (line := _finding(name, other, found))]
    known = {other["attachment_id"] for other in others.values()}
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
    listed = found["gateway_attachment"].get(other["attachment_id"])
    if listed is None:
        return f"{name}: {other['attachment_id']} isn't attached to this Transit Gateway; who created it has to act"
    attachment = listed.details
    if attachment["ResourceType"] != other["resource_type"]:
        return f"{name}: {words(attachment)} is no {other['resource_type']}; declare its resource_type"
    if attachment["State"] != "available":
        return f"{name}: {words(attachment)} isn't available; who created it has to act"
    return None
