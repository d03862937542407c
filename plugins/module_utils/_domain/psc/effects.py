# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Effect of a service attachment's lists on its connections, where reconcileConnections is true.

Sources: https://cloud.google.com/vpc/docs/about-vpc-hosted-services (connection reconciliation, limits), and
https://cloud.google.com/vpc/docs/about-accessing-vpc-hosted-services-endpoints#psc-statuses. No recording shows PENDING
or REJECTED: these rest on the documentation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

ACCEPTED, PENDING, REJECTED, CLOSED = "ACCEPTED", "PENDING", "REJECTED", "CLOSED"
NEEDS_ATTENTION = "NEEDS_ATTENTION"  # approved, but the NAT subnets have no free address
STATUSES = (ACCEPTED, PENDING, REJECTED, CLOSED, NEEDS_ATTENTION)
# These take a place of their project's limit: "existing connections aren't affected" by a lower one.
APPROVED = (ACCEPTED, NEEDS_ATTENTION)
# In these an endpoint carries no traffic. In one that isn't known here it may.
IDLE = (CLOSED, PENDING, REJECTED)


@dataclass(frozen=True)
class Connection:
    """A connected endpoint as its provider sees it.

    project: its id, or its number if Google answers that and the ledger doesn't have it; endpoint: relative name
    """

    project: str
    endpoint: str
    status: str
    id: str = ""
    endpoint_with_id: str = ""
    network: str = ""
    propagated: int = 0

    @property
    def name(self) -> str:
        return self.endpoint.rpartition("/")[2]


def outcomes(
    connections: Sequence[Connection],
    accepted: Mapping[str, int],
    rejected: Set[str],
    listed: Set[str | None] = frozenset(),
) -> list[Connection]:
    """Return the connections with the status that they have under these lists, in the same order.

    accepted: project -> its limit; rejected: projects; in both = rejected; listed: the projects on the accept list now.
    A connection whose status isn't known here ends if its project is taken off the list.
    """
    free = Counter(accepted)
    for one in connections:
        if one.status in APPROVED:
            free[one.project] -= 1
    result = []
    for one in connections:
        status = one.status
        if status == CLOSED or (status not in STATUSES and (one.project in accepted or one.project not in listed)):
            pass  # terminal, or a status that isn't known here
        elif one.project in rejected:
            status = REJECTED
        elif one.project not in accepted:
            status = PENDING
        elif status not in APPROVED and free[one.project] > 0:
            free[one.project] -= 1
            status = ACCEPTED
        elif status == REJECTED:
            status = PENDING
        result.append(replace(one, status=status))
    return result


def closed(connections: Iterable[Connection]) -> list[Connection]:
    """Return the connections as they are once the service attachment is deleted."""
    return [replace(one, status=CLOSED) for one in connections]


def words(before: Sequence[Connection], after: Sequence[Connection]) -> list[str]:
    """Return a line for each changed connection: "recruiting-a: ACCEPTED -> PENDING, its traffic stops"."""
    shown = labels(before)
    return sorted(
        f"{shown[was.endpoint]}: {was.status} -> {now.status}{_traffic(was.status, now.status)}"
        for was, now in zip(before, after)
        if was.status != now.status
    )


def labels(connections: Iterable[Connection]) -> dict[str, str]:
    """Return {endpoint: its project, with the endpoint's name where the project has several}."""
    of_project = defaultdict(list)
    for one in connections:
        of_project[one.project].append(one)
    return {
        one.endpoint: project if len(several) == 1 else f"{project}/{one.name}"
        for project, several in of_project.items()
        for one in several
    }


def _traffic(was: str, now: str) -> str:
    again = "; its consumer has to create it again" if now == CLOSED else ""
    if was == ACCEPTED:
        return f", its traffic stops{again}"
    if was not in STATUSES:
        return f", its traffic, if any, stops{again}"
    return ", its traffic begins" if now == ACCEPTED else again.replace("; ", ", ")


def refused(
    connections: Iterable[Connection], declared: Set[str], already: Set[str], most: int
) -> tuple[list[str], list[str]]:
    """Return (the projects to reject, those that no longer fit), of all that apply and aren't declared.

    already: those rejected now, which stay first: whoever applies later can't free them. most: of a reject list.
    """
    applying = {one.project for one in connections if one.project and one.status != CLOSED} - declared
    ordered = [*sorted(applying & already), *sorted(applying - already)]
    return sorted(ordered[:most]), sorted(ordered[most:])
