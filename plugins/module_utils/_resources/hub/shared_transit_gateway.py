# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hub's Transit Gateway as a spoke sees it through RAM: read only.

Where sharing needs an invitation (no sharing within an organisation), the one from the hub's account is accepted.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Step, Wait
from ..._core.reconcile import Actual, Conflict, ResourceType
from ..shared.ec2 import filters
from .transit_gateway import ALIVE

READ_AFTER = ()
INPUTS = ("hub_account_id", "transit_gateway_id")
PERMISSIONS = (
    "ec2:DescribeTransitGateways",
    "ram:AcceptResourceShareInvitation",
    "ram:GetResourceShareInvitations",
)
KIND = ResourceType("transit_gateway")
MISSING = (
    "this account is shared none with hub_account_id {hub_account_id} and transit_gateway_id {transit_gateway_id}"
    " (None: any). Run the hub first; where it is there,"
    " its share_with must name this account, its organizational unit or its organisation"
)
ADDRESS = "transit_gateway.main"
# An accepted invitation stays listed, so it doesn't tell whether its share still holds the gateway.
SHARED_WITHIN_SECONDS = 60
ARN = "resourceShareInvitationArn"
# An invitation in these states can't be accepted.
TERMINAL_STATES = ("EXPIRED", "REJECTED")


def _selector(inputs):
    wanted = {"transit_gateway_id": inputs.transit_gateway_id, "owner_id": inputs.hub_account_id}
    return filters(state=ALIVE, **{key: value for key, value in wanted.items() if value})


def read(aws, declared, found):
    """Return {"main": Actual} whose details hold the owner; without a gateway, {"invitation": Actual} if there is one.

    Raises Conflict where several gateways are shared.
    """
    gateways = aws.read("ec2.describe_transit_gateways", "TransitGateways", Filters=_selector(declared.inputs))
    if len(gateways) > 1:
        ids = ", ".join(gateway["TransitGatewayId"] for gateway in gateways)
        raise Conflict(f"hub_account_id: account {declared.inputs.hub_account_id} shares {ids}; say transit_gateway_id")
    if gateways:
        (gateway,) = gateways
        return {"main": Actual(gateway["TransitGatewayId"], {}, False, {"owner": gateway["OwnerId"]})}
    if declared.absent:
        return {}
    invitations = aws.read("ram.get_resource_share_invitations", "resourceShareInvitations")
    return {
        "invitation": Actual(None, {"share": invitation["resourceShareArn"]}, False, invitation)
        for status in (*TERMINAL_STATES, "ACCEPTED", "PENDING")
        for invitation in invitations
        if invitation["status"] == status and invitation["senderAccountId"] == declared.inputs.hub_account_id
    }


def plan(wanted, found, declared):
    there = found["transit_gateway"]
    if not wanted or "main" in there:
        return []
    invitation = there.get("invitation")
    if not invitation or invitation.details["status"] in TERMINAL_STATES:
        return []
    select = {"Filters": _selector(declared.inputs)}
    wait = Wait(
        "ec2.describe_transit_gateways",
        select,
        "TransitGateways[].State",
        ("available",),
        pending=("pending", "modifying"),
    )
    accept = Step(
        "resource_share_invitation.hub",
        "ram.accept_resource_share_invitation",
        {ARN: invitation.details[ARN]},
        after=invitation.fields,
        wait=wait,
    )
    # An earlier run may have been interrupted right after it accepted.
    accepted = Step(
        Address("resource_share_invitation", "hub", "accepted"),
        wait.operation,
        select,
        wait=replace(wait, within=SHARED_WITHIN_SECONDS),
        reads_only=True,
    )
    first = accept if invitation.details["status"] == "PENDING" else accepted
    found_after = Step(
        ADDRESS,
        wait.operation,
        select,
        id_path="TransitGateways[0].TransitGatewayId",
        needs=(first.address,),
        reads_only=True,
    )
    return [first, found_after]


def findings(wanted, found, declared):
    """Report an invitation that expired or was rejected: no run of this account brings it back."""
    invitation = found["transit_gateway"].get("invitation")
    if not wanted or not invitation or invitation.details["status"] not in TERMINAL_STATES:
        return []
    return [
        f"the invitation to {invitation.fields['share']} is {invitation.details['status']}: the hub, account"
        f" {declared.inputs.hub_account_id}, has to send another one: take this account out of share_with, run the"
        " hub, put it in again, run the hub"
    ]
