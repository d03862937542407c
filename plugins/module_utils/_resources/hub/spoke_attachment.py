# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attachments of the spokes as the hub sees them: accepted exactly if declared, named after their account.

A spoke is its account and its VPC. An account can ask for any of its VPCs to be attached, so one is accepted only where
the VPC is known, by declaration or from the spoke's own phase. An accepted one is known by the hub's own tags, which
the spoke's account can't set: each account has its tags.
"""

from __future__ import annotations

from ..._core.plan import Step, Wait
from ..._core.reconcile import NAME_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..shared.ec2 import filters, owned, tag, tags_of, untag
from .gateway_attachment import ACCEPTED, REQUESTED, TERMINAL_STATES, is_known, table_of, words

READ_AFTER = ("existing_vpc", "gateway_attachment", "transit_gateway_route_table")
INPUTS = ("actual_cidrs", "spokes", "undeclared")
PERMISSIONS = (
    "ec2:AcceptTransitGatewayVpcAttachment",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:DescribeTransitGatewayAttachments",
    "ec2:RejectTransitGatewayVpcAttachment",
)
# One call waits for all accepted attachments.
ACCEPTED_ADDRESS = "spoke_attachment_acceptance.all"


def read(aws, declared, found):
    """Return {name: Actual} with fields state, tags (the hub's own: each account has its tags).

    details: account_id, vpc_id, state, table, declared. Undeclared ones are named by their id; the hub's own are left
    out. Raises Conflict where a declared spoke may be several attachments.
    """
    attachments = [there.details for there in found["gateway_attachment"].values()]
    own = {vpc.id for vpc in found["existing_vpc"].values()}
    alive = [
        a
        for a in attachments
        if a["ResourceType"] == "vpc"
        and a["State"] not in TERMINAL_STATES
        and not (a["ResourceOwnerId"] == aws.account_id and a["ResourceId"] in own)
    ]
    tables = {table.id for table in found["transit_gateway_route_table"].values() if table.managed}
    by_account = {}
    for attachment in alive:
        by_account.setdefault(attachment["ResourceOwnerId"], []).append(attachment)
    chosen = {
        name: attachment
        for name, wanted in declared.inputs.spokes.items()
        if (attachment := _choose(name, wanted, by_account.get(wanted["account_id"], []), declared, tables))
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
                "table": table_of(attachment),
                "declared": name in chosen,
            },
        )
        for name, attachment in {**chosen, **undeclared}.items()
    }


def _choose(name, wanted, candidates, declared, tables):
    """Return the attachment that a declared spoke means; None where there is none, or it isn't known which.

    Raises Conflict for several.
    """
    accepted = [a for a in candidates if a["State"] not in (*REQUESTED, "pendingAcceptance")]
    if wanted["vpc_id"]:
        candidates = [a for a in candidates if a["ResourceId"] == wanted["vpc_id"]]
    else:
        named = [a for a in accepted if owned(a, declared.owner) and tags_of(a).get(NAME_TAG) == name]
        # Where an account has several spokes, an attachment without a name could be of any of them.
        several = [s for s in declared.inputs.spokes.values() if s["account_id"] == wanted["account_id"]][1:]
        candidates = named or [a for a in accepted if not several and _is_kept(a, declared, tables)]
    if len(candidates) > 1:
        listed = ", ".join(f"{a['TransitGatewayAttachmentId']} ({a['ResourceId']})" for a in candidates)
        raise Conflict(f"attachments: account {wanted['account_id']} ({name}) has {listed}; say which vpc_id is meant")
    return candidates[0] if candidates else None


def _is_kept(attachment, declared, tables):
    """Return true if an accepted attachment was this hub's under another name, or has lost the hub's tags.

    An attachment in a table of the hub was put there by the hub. Otherwise a rename, or somebody who removes a tag,
    would cut the account off.
    """
    return table_of(attachment) in tables and tags_of(attachment).get(NAME_TAG) not in declared.inputs.spokes


def plan(wanted, found, declared):
    there = found["spoke_attachment"]
    # An attachment that doesn't exist yet, or can't be accepted yet, is left to the spoke's phase; see notes and
    # findings.
    ready = ("available", "pendingAcceptance")
    wanted = {name: f for name, f in wanted.items() if name in there and there[name].fields["state"] in ready}
    steps = reconcile(KIND, wanted, there)
    accepted = tuple(step.address for step in steps if step.operation == "ec2.accept_transit_gateway_vpc_attachment")
    if accepted:
        steps.append(_all_accepted(found["transit_gateway"]["main"].id, accepted))
    if declared.inputs.undeclared == "reject" and not declared.absent:
        steps += [
            Step(
                f"spoke_attachment.{name}",
                "ec2.reject_transit_gateway_vpc_attachment",
                {"TransitGatewayAttachmentId": actual.id},
                before={"state": "pendingAcceptance", "account_id": actual.details["account_id"]},
                after={"state": "rejected", "account_id": actual.details["account_id"]},
            )
            for name, actual in there.items()
            if _is_refused(actual, found, declared)
        ]
    return steps


def _is_refused(actual, found, declared):
    """Return true if the attachment waits for acceptance and isn't declared.

    A request of a declared account whose VPC isn't known may be the declared one, and isn't refused.
    """
    if actual.details["declared"] or actual.fields["state"] != "pendingAcceptance":
        return False
    return not any(
        wanted["account_id"] == actual.details["account_id"] and not wanted["vpc_id"]
        for name, wanted in declared.inputs.spokes.items()
        if name not in found["spoke_attachment"]
    )


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
            gone=True,
        ),
        needs=accepted,
        reads_only=True,
    )


def unidentified(found, declared):
    """Return the names of declared spokes with a pending request whose VPC or CIDRs have to be known.

    They have to be known before the request is accepted, or before what the VPC has is propagated.
    """
    there = found["spoke_attachment"]
    asking = {a.details["account_id"] for a in there.values() if a.fields["state"] == "pendingAcceptance"}
    return sorted(
        name
        for name, wanted in declared.inputs.spokes.items()
        if (name not in there and not wanted["vpc_id"] and wanted["account_id"] in asking)
        or (
            name in there
            and there[name].fields["state"] == "pendingAcceptance"
            and name not in declared.inputs.actual_cidrs
        )
    )


def findings(wanted, found, declared):
    """Report what keeps a declared spoke from being attached, and attachments that aren't declared."""
    there = found["spoke_attachment"]
    lines = _waiting(wanted, found, declared) if found["transit_gateway"] else []
    lines += [
        f"undeclared: {actual.id} of account {actual.details['account_id']} ({actual.details['vpc_id']})"
        f" is {actual.details['state']}; kept out of all tables. Declare it, or have its account delete it"
        for actual in there.values()
        if not declared.absent and not actual.details["declared"] and actual.fields["state"] == "available"
    ]
    return lines


def _waiting(wanted, found, declared):
    return [line for name in wanted if (line := _finding(name, found, declared))]


def _finding(name, found, declared):
    """Return why this spoke isn't attached, and whose phase is next; None without a problem."""
    there, spoke = found["spoke_attachment"].get(name), declared.inputs.spokes[name]
    account = f"account {spoke['account_id']}"
    if there is None:
        asking = [
            f"{a.id} of {a.details['vpc_id']}"
            for a in found["spoke_attachment"].values()
            if a.details["account_id"] == spoke["account_id"] and not a.details["declared"]
        ]
        if not asking:
            return (
                f"{name}: {account} has no attachment to accept yet{_last(spoke, found)};"
                " run its spoke, then the hub again"
            )
        if spoke["vpc_id"]:
            return (
                f"{name}: {account} asks with {', '.join(asking)}, and declared is {spoke['vpc_id']}: not accepted;"
                " run its spoke, then the hub again"
            )
        return (
            f"{name}: {account} asks with {', '.join(asking)}, and which VPC is {name}'s isn't known: not accepted;"
            " run its spoke in the same run before the hub, or declare its vpc_id"
        )
    state = there.details["state"]
    if state in REQUESTED:
        return f"{name}: {account} has no attachment to accept yet ({state}); run the hub again"
    if not is_known(state):
        return f"{name}: {there.id} of {account} is {state}, a state that isn't known here; it is left as it is"
    return None


def _last(spoke, found):
    """Return, in brackets, how the spoke's earlier attachments ended, where AWS still lists them, else ""."""
    over = [
        there.details
        for there in found["gateway_attachment"].values()
        if there.details["ResourceType"] == "vpc"
        and there.details["ResourceOwnerId"] == spoke["account_id"]
        and there.details["ResourceId"] == (spoke["vpc_id"] or there.details["ResourceId"])
        and there.details["State"] in TERMINAL_STATES
        and there.details["State"] != "deleted"
    ]
    return f" ({'; '.join(map(words, over))})" if over else ""


def notes(wanted, found, declared):
    verdict = "rejected" if declared.inputs.undeclared == "reject" else "left as it is"
    # No spoke can ask before the Transit Gateway exists.
    lines = [] if found["transit_gateway"] else _waiting(wanted, found, declared)
    return lines + [
        f"undeclared: {actual.id} of account {actual.details['account_id']} ({actual.details['vpc_id']})"
        f" is {actual.details['state']}; {verdict if _is_refused(actual, found, declared) else 'not accepted'}"
        for actual in found["spoke_attachment"].values()
        if not actual.details["declared"] and actual.fields["state"] == "pendingAcceptance"
    ]


def _accept(id_, before, after):
    return [Call("ec2.accept_transit_gateway_vpc_attachment", {"TransitGatewayAttachmentId": id_})]


KIND = ResourceType("spoke_attachment", changes={("state",): _accept}, tag=tag, untag=untag)
