# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The spokes' attachments as the hub sees them: accepted exactly if declared, named after their account."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Actual, Call, Conflict, Kind, reconcile
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Step
from ansible_collections.closednet.aws.plugins.module_utils._core.waiters import Wait
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import filters, tag, tags_of, untag

READ_AFTER = ("existing_vpc", "transit_gateway")
PERMISSIONS = (
    "ec2:AcceptTransitGatewayVpcAttachment",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:DescribeTransitGatewayAttachments",
    "ec2:RejectTransitGatewayVpcAttachment",
)
# On its way to acceptance, and accepted; in any other state an attachment is as good as none.
REQUESTED = ("initiating", "initiatingRequest")
ACCEPTED = ("available", "pending", "modifying")
# All accepted ones are waited for by one call.
ACCEPTED_ADDRESS = "spoke_attachment_acceptance.all"


def read(aws, declared, found):
    """{name: Actual} with fields state, tags (the hub's own: each account has its tags); details: account_id, vpc_id,
    state, declared. Undeclared ones by their id; the hub's own ones are left out.
    """
    gateway = found["transit_gateway"].get("main")
    attachments = gateway and aws.read(
        "ec2.describe_transit_gateway_attachments",
        "TransitGatewayAttachments",
        Filters=filters(transit_gateway_id=gateway.id, resource_type="vpc"),
    )
    alive = [a for a in attachments or [] if a["State"] in (*REQUESTED, *ACCEPTED, "pendingAcceptance")]
    own = {vpc.id for vpc in found["existing_vpc"].values()}
    alive = [a for a in alive if not (a["ResourceOwnerId"] == aws.account_id and a["ResourceId"] in own)]
    by_account = {}
    for attachment in alive:
        by_account.setdefault(attachment["ResourceOwnerId"], []).append(attachment)
    chosen = {
        name: attachment
        for name, wanted in declared.scope["spokes"].items()
        if (attachment := _choose(name, wanted, by_account.get(wanted["account_id"], [])))
    }
    taken = {attachment["TransitGatewayAttachmentId"] for attachment in chosen.values()}
    undeclared = {a["TransitGatewayAttachmentId"]: a for a in alive if a["TransitGatewayAttachmentId"] not in taken}
    return {
        name: Actual(
            attachment["TransitGatewayAttachmentId"],
            {
                "state": "available" if attachment["State"] in ACCEPTED else attachment["State"],
                "tags": tags_of(attachment),
            },
            details={
                "state": attachment["State"],
                "account_id": attachment["ResourceOwnerId"],
                "vpc_id": attachment["ResourceId"],
                "table": _table(attachment),
                "declared": name in chosen,
            },
        )
        for name, attachment in {**chosen, **undeclared}.items()
    }


def _table(attachment):
    association = attachment.get("Association", {})
    return (
        association.get("TransitGatewayRouteTableId") if association.get("State", "").startswith("associat") else None
    )


def _choose(name, wanted, candidates):
    """The declared account's attachment. An accepted one stays when the account asks for a second."""
    if wanted["vpc_id"]:
        candidates = [a for a in candidates if a["ResourceId"] == wanted["vpc_id"]]
    accepted = [a for a in candidates if a["State"] in ACCEPTED]
    candidates = accepted or candidates
    if len(candidates) > 1:
        listed = ", ".join(f"{a['TransitGatewayAttachmentId']} ({a['ResourceId']})" for a in candidates)
        raise Conflict(f"attachments: account {wanted['account_id']} ({name}) has {listed}; say which vpc_id is meant")
    return candidates[0] if candidates else None


def plan(wanted, found, declared):
    there = found["spoke_attachment"]
    # What isn't there yet, or not yet ready to be accepted, is the spoke's turn; see notes.
    wanted = {name: f for name, f in wanted.items() if name in there and there[name].fields["state"] not in REQUESTED}
    steps = reconcile(KIND, wanted, there)
    accepted = tuple(step.address for step in steps if step.operation == "ec2.accept_transit_gateway_vpc_attachment")
    if accepted:
        steps.append(_all_accepted(found["transit_gateway"]["main"].id, accepted))
    if declared.scope["undeclared"] == "reject" and not declared.absent:
        steps += [
            Step(
                f"spoke_attachment.{name}",
                "ec2.reject_transit_gateway_vpc_attachment",
                {"TransitGatewayAttachmentId": actual.id},
                before={"state": "pendingAcceptance", "account_id": actual.details["account_id"]},
                after={"state": "rejected", "account_id": actual.details["account_id"]},
            )
            for name, actual in there.items()
            if not actual.details["declared"] and actual.fields["state"] == "pendingAcceptance"
        ]
    return steps


def _all_accepted(gateway_id, accepted):
    pending = {"Filters": filters(transit_gateway_id=gateway_id, resource_type="vpc", state="pending")}
    return Step(
        ACCEPTED_ADDRESS,
        "ec2.describe_transit_gateway_attachments",
        pending,
        wait=Wait(
            "ec2.describe_transit_gateway_attachments",
            pending,
            "TransitGatewayAttachments[].State",
            gone=("InvalidTransitGatewayID.NotFound",),
        ),
        needs=accepted,
        lookup=True,
    )


def notes(wanted, found, declared):
    there = found["spoke_attachment"]
    lines = [
        f"{name}: account {declared.scope['spokes'][name]['account_id']} has no attachment to accept yet;"
        " run its spoke, then the hub again"
        for name in wanted
        if name not in there or there[name].fields["state"] in REQUESTED
    ]
    verdict = "rejected" if declared.scope["undeclared"] == "reject" else "left as it is"
    lines += [
        f"undeclared: {actual.id} of account {actual.details['account_id']} ({actual.details['vpc_id']})"
        f" is {actual.details['state']}; "
        + (verdict if actual.details["state"] == "pendingAcceptance" else "kept out of all tables")
        for actual in there.values()
        if not actual.details["declared"]
    ]
    return lines


def _accept(id_, before, after):
    return [Call("ec2.accept_transit_gateway_vpc_attachment", {"TransitGatewayAttachmentId": id_})]


KIND = Kind("spoke_attachment", changes={("state",): _accept}, tag=tag, untag=untag)
