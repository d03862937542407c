# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What associations and propagations share: both join an attachment to a Transit Gateway route table."""

from __future__ import annotations

from collections import Counter

from ..._core import guard
from ..._core.plan import Address, Ref, Step, Wait
from ..._core.reconcile import NAME_TAG, OWNER_TAG
from .gateway_attachment import ACCEPTED
from .spoke_attachment import ACCEPTED_ADDRESS

# Kinds of attachments that others make: what isn't there yet is somebody else's turn.
MADE_ELSEWHERE = ("spoke_attachment", "other_attachment")
# What AWS lets into a table, of attachments that nobody here accepts.
READY = ("available", "modifying")


def attachment_ids(found):
    """{name: id} of what is attached to the hub's Transit Gateway; what isn't declared has its id for a name."""
    kinds = (*MADE_ELSEWHERE, "transit_gateway_attachment")
    return {name: there.id for kind in kinds for name, there in found[kind].items()}


def attachment_names(found):
    return {id_: name for name, id_ in attachment_ids(found).items()}


def members(aws, found, operation, key, states):
    """(segment, attachment's name, its fields attachment and table, state) of each member in one of `states` of each
    table: one call per table and page, however many attachments there are.
    """
    names = attachment_names(found)
    tables = [(segment, table.id) for segment, table in found["transit_gateway_route_table"].items() if table.managed]
    pages = aws.gather(
        *(lambda id_=id_: aws.read(operation, key, TransitGatewayRouteTableId=id_) for _segment, id_ in tables)
    )
    return [
        (
            segment,
            names.get(item["TransitGatewayAttachmentId"], item["TransitGatewayAttachmentId"]),
            {"attachment": item["TransitGatewayAttachmentId"], "table": table},
            item["State"],
        )
        for (segment, table), items in zip(tables, pages)
        for item in items
        if item["State"] in states
    ]


def drop_unmade(wanted, found, there):
    """Without those whose attachment somebody else has yet to make; accepted first, where acceptance is part of the
    plan. What is `there` stays, whatever state its attachment is in.
    """
    states = {actual.id: actual.fields["state"] for actual in found["spoke_attachment"].values()}
    others = {actual.id for actual in found["other_attachment"].values() if actual.fields["state"] not in READY}

    def unmade(attachment):
        if isinstance(attachment, Ref):
            return Address.of(attachment.address).kind in MADE_ELSEWHERE
        accepted = states.get(attachment, "available") in (*ACCEPTED, "pendingAcceptance")
        return attachment in others or not accepted

    return {
        name: {**fields, "needs": [ACCEPTED_ADDRESS] if states.get(fields["attachment"]) == "pendingAcceptance" else []}
        for name, fields in wanted.items()
        if name in there or not unmade(fields["attachment"])
    }


def removals(declared, found, steps):
    """guard.Removals of a hub: its own attachments, those of other kinds than VPCs, and the spokes that it named, where
    they lose their place in a table and nothing takes it. What somebody else put there goes without a question: it was
    never declared open.
    """
    replaced = {name for name, there in found["spoke_attachment"].items() if there.details["declared"]}
    named = {
        there.id: there
        for there in found["spoke_attachment"].values()
        if there.fields["tags"].get(OWNER_TAG) == declared.owner
    }
    leaving = guard.gone(declared, steps, "transit_gateway_association", "transit_gateway_propagation")
    lost = sorted({step.before["attachment"] for step in leaving})
    judged = {False: {}, True: {}}
    gone = [
        id_
        for id_ in lost
        if id_ in named
        and not named[id_].details["declared"]
        and named[id_].fields["tags"].get(NAME_TAG) not in replaced
    ]
    accounts = Counter(named[id_].details["account_id"] for id_ in gone)
    for id_ in gone:
        account = named[id_].details["account_id"]
        name = named[id_].fields["tags"].get(NAME_TAG, account)
        # Of an account with several VPCs more than are declared to leave are not.
        words = judged[accounts[account] <= declared.inputs.detached.count(account)]
        words[name] = ", ".join(filter(None, (words.get(name), f"{id_} of account {account}")))
    kept = {other["attachment_id"] for other in declared.inputs.others.values()}
    attachments = {id_: there.details for id_, there in found["gateway_attachment"].items()}
    others = {
        id_: f"{attachments[id_]['ResourceType']} of account {attachments[id_]['ResourceOwnerId']}"
        for id_ in lost
        if id_ in attachments and attachments[id_]["ResourceType"] != "vpc" and id_ not in kept
    }
    own = {
        guard.name_of(declared, step): str(step.removes)
        for step in guard.gone(declared, steps, "transit_gateway_attachment")
    }
    return guard.Removals({**own, **others, **judged[False]}, judged[True], total=len(named))


def settle(kind, steps, staying, operation, key, transient):
    """One wait per table that gets a member, for all its new members: those that join by these steps, and those of
    `staying` (name -> Actual) that an earlier run, cut off, left joining.
    """
    joins = [step for step in steps if step.after is not None and step.wait is None]
    joined = [step.params["TransitGatewayRouteTableId"] for step in joins]
    joining = [there.fields["table"] for there in staying.values() if there.details["state"] == transient]
    tables = {str(table): table for table in (*joined, *joining)}
    return [
        Step(
            Address(f"{kind}_settled", shown),
            operation,
            {"TransitGatewayRouteTableId": table},
            wait=Wait(
                operation,
                {"TransitGatewayRouteTableId": table},
                f"{key}[?State=='{transient}'].State",
                gone=True,
            ),
            needs=tuple(s.address for s in joins if str(s.params["TransitGatewayRouteTableId"]) == shown),
            reads_only=True,
        )
        for shown, table in tables.items()
    ]
