# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that associations and propagations share: both join an attachment to a Transit Gateway route table."""

from __future__ import annotations

from collections import Counter

from ..._core import guard
from ..._core.plan import Address, Ref, Step, Wait
from ..._core.reconcile import NAME_TAG, OWNER_TAG
from . import other_attachment
from .gateway_attachment import ACCEPTED
from .spoke_attachment import ACCEPTED_ADDRESS

# Kinds of attachments that others create: a missing one is left to them.
MADE_ELSEWHERE = ("spoke_attachment", "other_attachment")
# States in which AWS lets an attachment into a table, for kinds that aren't accepted here.
READY = ("available", "modifying")


def attachment_ids(found):
    """Return {name: id} of what is attached to the hub's Transit Gateway; an undeclared one has its id as name."""
    kinds = (*MADE_ELSEWHERE, "transit_gateway_attachment")
    return {name: there.id for kind in kinds for name, there in found[kind].items()}


def attachment_names(found):
    return {id_: name for name, id_ in attachment_ids(found).items()}


def members(aws, found, operation, key, states):
    """Return (segment, attachment's name, its fields attachment and table, state) of each member of each table.

    Of members in one of `states`. One call per table and page, however many attachments there are.
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
    """Return the wanted members without those whose attachment others have yet to create.

    A member whose attachment this plan accepts needs the acceptance first. A member in `there` stays, whatever state
    its attachment is in.
    """
    states = {actual.id: actual.fields["state"] for actual in found["spoke_attachment"].values()}
    firewalls = {a.id: name for name, a in found["other_attachment"].items() if other_attachment.is_asking(a)}
    others = {actual.id for actual in found["other_attachment"].values() if actual.fields["state"] not in READY}
    others -= firewalls.keys()

    def unmade(attachment):
        if isinstance(attachment, Ref):
            return Address.of(attachment.address).kind in MADE_ELSEWHERE
        accepted = states.get(attachment, "available") in (*ACCEPTED, "pendingAcceptance")
        return attachment in others or not accepted

    def needs(attachment):
        if attachment in firewalls:
            return [other_attachment.acceptance(firewalls[attachment])]
        return [ACCEPTED_ADDRESS] if states.get(attachment) == "pendingAcceptance" else []

    return {
        name: {**fields, "needs": needs(fields["attachment"])}
        for name, fields in wanted.items()
        if name in there or not unmade(fields["attachment"])
    }


def removals(declared, found, steps):
    """Return guard.Removals of a hub: what loses its place in a table, and nothing replaces it.

    These are the hub's own attachments, those of other kinds than VPCs, and the spokes that the hub named. What others
    put into a table is removed without confirmation: it was never declared.
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
        # Where an account loses more VPCs than are declared to leave, none of them counts as declared.
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
    """Return one wait per table that gets members, for all its new members.

    New are those that join by these steps, and those of `staying` (name -> Actual) that an interrupted run left
    joining.
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
