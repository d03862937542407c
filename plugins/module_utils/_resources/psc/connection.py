# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connected endpoints of a published service as its provider sees them, with the ledger's verdict on each.

No call accepts one: the service attachment's lists do, so this kind is only read, and planned by service_attachment.
"""

from __future__ import annotations

from collections import Counter

from ..._core import guard
from ..._core.reconcile import Actual, ResourceType
from ..._domain.psc import consumers, effects
from ..._domain.sharing.ledger import judge
from . import service_attachment

READ_AFTER = ("service_attachment",)
INPUTS = ("ledger", "today", "undeclared")
PERMISSIONS = ()
KIND = ResourceType("connection")


def read(cloud, declared, found):
    """Return {endpoint: Actual} from the attachment as read; details: project, state."""
    there = found["service_attachment"].get("main")
    return {
        one.endpoint: Actual(one.endpoint, {}, False, {"project": one.project, "state": one.status})
        for one in (there.details["connections"] if there else [])
    }


def removals(declared, found, steps):
    """Return guard.Removals of a service: the projects whose connection is cut.

    An approval that has expired was declared to end.
    """
    before, after = service_attachment.outcomes(found, declared)
    connected = {one.project for one in before if one.status not in effects.IDLE}
    judged = {}
    for was, now in zip(before, after):
        if was.status in effects.IDLE or now.status not in (effects.PENDING, effects.REJECTED):
            continue
        verdict = judge(declared.inputs.ledger, was.project, declared.inputs.today)
        name = f"{declared.owner.partition('/')[2]}/{was.project}"
        words = judged.setdefault(verdict.status, {})
        told = f"{was.name}, {verdict.reason}{_number(was.project, verdict)}"
        words[name] = ", ".join(filter(None, (words.get(name), told)))
    return guard.Removals(judged.get("unknown", {}), judged.get("expired", {}), total=len(connected))


def _number(project, verdict):
    """Say how a project of which Google answers the number is found in the ledger."""
    if verdict.status != "unknown" or not project.isdigit():
        return ""
    return f"; if {project} is the number of a project in consumers, add project_number to its entry"


def notes(wanted, found, declared):
    if declared.absent:
        return []
    inputs = declared.inputs
    lines = [
        f"consumers: project {entry.consumer} {judge(inputs.ledger, entry.consumer, inputs.today).reason}: not accepted"
        for entry in inputs.ledger.values()
        if not entry.is_valid(inputs.today)
    ]
    before, after = service_attachment.outcomes(found, declared)
    for was, one in zip(before, after) if inputs.undeclared == "report" else ():
        verdict = judge(inputs.ledger, one.project, inputs.today)
        if was.status in effects.IDLE and one.status == effects.PENDING and verdict.status == "unknown":
            lines.append(
                f"undeclared: endpoint {one.name} of project {one.project} waits: {verdict.reason}. Left as it is; add"
                f" the project to consumers, or say undeclared: reject{_number(one.project, verdict)}"
            )
    return lines


def findings(wanted, found, declared):
    """Report connections that don't have the status that the ledger means, with who has to act."""
    if declared.absent:
        return []
    _before, after = service_attachment.outcomes(found, declared)
    places = Counter(one.project for one in after if one.status in effects.APPROVED)
    lines = [line for one in after for line in _finding(one, declared, places[one.project])]
    left = service_attachment.rejected(found, declared)[1]
    if left:
        lines.append(
            f"undeclared: {len(left)} more projects apply than a reject list takes ({consumers.MOST_REJECTED}):"
            f" {', '.join(left[:8])} wait"
        )
    unclear = service_attachment.numbers_unclear(found, declared) if declared.inputs.undeclared == "reject" else []
    if unclear:
        without = consumers.without_number(declared.inputs.ledger)
        lines.append(
            f"undeclared: project number {', '.join(unclear[:8])} applies and isn't rejected: it may be that of a"
            f" ledger entry without project_number ({', '.join(without[:8])}). Add project_number to each:"
            f" gcloud projects describe {without[0]} --format='value(projectNumber)'"
        )
    return lines


def _finding(one, declared, places):
    verdict = judge(declared.inputs.ledger, one.project, declared.inputs.today)
    what = f"endpoint {one.name} of project {one.project} is {one.status or 'without a status'}"
    if one.status not in effects.STATUSES:
        yield f"{what}: a status that is not known here; see what Google Cloud says of it"
    elif one.status in effects.APPROVED and verdict.status != "accepted":
        yield f"{what}, although the ledger says {verdict.reason}: run again; then reject it or delete the attachment"
    elif verdict.status != "accepted":
        return
    elif one.status == effects.NEEDS_ATTENTION:
        yield f"{what}: the NAT subnets have no free address; add a CIDR to nat_cidrs"
    elif one.status == effects.PENDING:
        limit = declared.inputs.ledger[one.project].connection_limit
        if places >= limit:
            yield f"{what}: over the project's connection_limit {limit}; raise it, or its owner deletes an endpoint"
        else:
            yield f"{what} although the accept list has its project: wait a minute, then run again"
    elif one.status == effects.REJECTED:
        yield f"{what} although it is accepted: an organization policy of its project forbids it; ask its owner"
    elif one.status == effects.CLOSED:
        yield f"{what}: its service attachment was deleted; project {one.project} has to create it again"


def printable(declared, found):
    """Return the connections as read for a module's result, with what the ledger says, by project and endpoint."""
    before, after = service_attachment.outcomes(found, declared)
    lines = []
    for was, now in zip(before, after):
        verdict = judge(declared.inputs.ledger, was.project, declared.inputs.today)
        entry = declared.inputs.ledger.get(was.project)
        lines.append(
            {
                "project": was.project,
                "endpoint": was.endpoint,
                "endpoint_with_id": was.endpoint_with_id,
                "connection_id": was.id,
                "consumer_network": was.network,
                "status": was.status,
                "decision": None if now.status == was.status else now.status,
                "verdict": verdict.status,
                "reason": verdict.reason,
                "requested_by": entry.requested_by if entry else None,
                "expires": str(entry.expires) if entry and entry.expires else None,
            }
        )
    return sorted(lines, key=lambda line: (line["project"], line["endpoint"]))
