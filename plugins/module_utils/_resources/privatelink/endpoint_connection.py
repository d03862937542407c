# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections of an endpoint service as its provider sees them: accepted and rejected as the ledger says."""

from __future__ import annotations

from datetime import timezone

from ..._core import guard
from ..._core.plan import Step, Wait
from ..._core.reconcile import Actual, ResourceType
from ..._domain.privatelink.acceptance import CONNECTED, LEAVING, TERMINAL_STATES, WAITING, decide, judge
from ..endpoints import common
from ..shared import states
from ..shared.ec2 import filters

READ_AFTER = ("endpoint_service",)
INPUTS = ("ledger", "today", "undeclared")
PERMISSIONS = (
    "ec2:AcceptVpcEndpointConnections",
    "ec2:DescribeVpcEndpointConnections",
    "ec2:RejectVpcEndpointConnections",
)
KIND = ResourceType("endpoint_connection")
READ = ("ec2.describe_vpc_endpoint_connections", "VpcEndpointConnections")
OPERATIONS = {
    "accept": ("ec2.accept_vpc_endpoint_connections", "available"),
    "reject": ("ec2.reject_vpc_endpoint_connections", "rejected"),
}


AGAIN = "account {} is in the ledger, but AWS can't take that back; it has to remove this endpoint and apply anew"
MEANINGS = {
    **dict.fromkeys(TERMINAL_STATES, AGAIN),
    "partial": "AWS has it in some zones only; account {} has to look at the free addresses of its subnets",
    "pending": states.MOVING["pending"],
}


def read(aws, declared, found):
    """Return {VPC endpoint id: Actual} of one service, one call per page; details: account_id, state, created."""
    service = found["endpoint_service"].get("main")
    if not service:
        return {}
    return {
        connection["VpcEndpointId"]: Actual(
            connection["VpcEndpointId"],
            {},
            False,
            {
                "account_id": connection["VpcEndpointOwner"],
                "state": common.state(connection["VpcEndpointState"]),
                "created": connection["CreationTimestamp"],
            },
        )
        for connection in aws.read(*READ, Filters=filters(service_id=service.id))
    }


def plan(wanted, found, declared):
    service = found["endpoint_service"].get("main")
    steps = [
        _step(service.id, id_, there, decision, reason)
        for id_, there in found["endpoint_connection"].items()
        for decision, reason in [_decision(there, declared)]
        if decision
    ]
    decided = [step.params["VpcEndpointIds"][0] for step in steps]
    # Accepted by an earlier run that was interrupted, for example.
    moving = [
        id_
        for id_, there in found["endpoint_connection"].items()
        if there.details["state"] == "pending" and id_ not in decided
    ]
    return steps + ([_settled(service.id, steps, decided + moving)] if decided or moving else [])


def _decision(there, declared):
    """Return (accept, reject or None, the reason in words)."""
    state = there.details["state"]
    if declared.absent:
        return ("reject" if state in (WAITING, *CONNECTED) else None), "the service is removed"
    verdict = judge(declared.inputs.ledger, there.details["account_id"], declared.inputs.today)
    return decide(state, verdict, declared.inputs.undeclared), verdict.reason


def _step(service_id, id_, there, decision, reason):
    operation, state = OPERATIONS[decision]
    account = {"account_id": there.details["account_id"]}
    return Step(
        f"endpoint_connection.{id_}",
        operation,
        {"ServiceId": service_id, "VpcEndpointIds": [id_]},
        # The service's id: a service can be deleted only when nobody is connected to it.
        before={**account, "state": there.details["state"], "service": service_id},
        after={**account, "state": state, "service": service_id, "reason": reason},
    )


def _settled(service_id, steps, ids):
    """Return one step that waits for all these connections."""
    select = {"Filters": filters(service_id=service_id)}
    listed = ", ".join(f"'{id_}'" for id_ in ids)
    return Step(
        "endpoint_connection_settled.all",
        READ[0],
        select,
        # A deletion waits for steps that hold its id in `before`, so that of the service waits for this one, too.
        before={"service": service_id},
        wait=Wait(
            READ[0],
            select,
            f"{READ[1]}[?contains([{listed}], VpcEndpointId)].VpcEndpointState",
            until=("available", "partial", *TERMINAL_STATES, *LEAVING),
            pending=(WAITING, *common.PENDING),
        ),
        needs=tuple(step.address for step in steps),
        reads_only=True,
    )


def removals(declared, found, steps):
    """Return guard.Removals of a service: the accounts whose connection is cut.

    An approval that has expired was declared to end. (What is no longer permitted but connected stays so: "If you
    remove permissions, it does not affect existing connections",
    docs.aws.amazon.com/vpc/latest/privatelink/modify-endpoint-service.html.)
    """
    connected = {
        id_: there.details["account_id"]
        for id_, there in found["endpoint_connection"].items()
        if there.details["state"] in CONNECTED
    }
    cut = {step.params["VpcEndpointIds"][0] for step in steps if step.operation == OPERATIONS["reject"][0]}
    judged = {}
    for id_ in sorted(cut & connected.keys()):
        verdict = judge(declared.inputs.ledger, connected[id_], declared.inputs.today)
        name = f"{declared.owner.partition('/')[2]}/{connected[id_]}"
        words = judged.setdefault(verdict.status, {})
        words[name] = ", ".join(filter(None, (words.get(name), f"{id_}, {verdict.reason}")))
    return guard.Removals(judged.get("unknown", {}), judged.get("expired", {}), total=len(set(connected.values())))


def notes(wanted, found, declared):
    if declared.absent:
        return []
    ledger, today = declared.inputs.ledger, declared.inputs.today
    lines = [
        f"consumers: account {entry.consumer} {judge(ledger, entry.consumer, today).reason}: not permitted"
        for entry in ledger.values()
        if not entry.is_valid(today)
    ]
    for id_, there in found["endpoint_connection"].items():
        decision, reason = _decision(there, declared)
        if there.details["state"] == WAITING and not decision:
            lines.append(
                f"undeclared: {id_} of account {there.details['account_id']} waits: {reason}. Left as it is; add the"
                " account to consumers, or say undeclared: reject"
            )
    return lines


def findings(wanted, found, declared):
    """Report connections of approved accounts that don't work, and any in a state that isn't known."""
    if declared.absent:
        return []
    lines = []
    for id_, there in found["endpoint_connection"].items():
        state, account_id = there.details["state"], there.details["account_id"]
        approved = judge(declared.inputs.ledger, account_id, declared.inputs.today).status == "accepted"
        is_known = state in (WAITING, *CONNECTED, *TERMINAL_STATES, *LEAVING)
        if not is_known or (approved and state in MEANINGS):
            meanings = {state: MEANINGS[state].format(account_id)} if is_known else {}
            lines.append(states.told(f"{id_} of account {account_id}", state, meanings))
    return lines


def printable(declared, found):
    """Return the connections as read for a module's result, with what the ledger says, the oldest first."""
    lines = []
    for id_, there in sorted(found["endpoint_connection"].items(), key=lambda item: item[1].details["created"]):
        verdict = judge(declared.inputs.ledger, there.details["account_id"], declared.inputs.today)
        created = there.details["created"].astimezone(timezone.utc)
        lines.append(
            {
                "vpc_endpoint_id": id_,
                "account_id": there.details["account_id"],
                "state": there.details["state"],
                "created": created.isoformat(timespec="seconds"),
                "age_days": (declared.inputs.today - created.date()).days,
                "verdict": verdict.status,
                "reason": verdict.reason,
                "decision": _decision(there, declared)[0],
            }
        )
    return lines
