# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States of Private Service Connect connections, decided by the lists of a service attachment: pure, without a server.

Sources: https://cloud.google.com/vpc/docs/about-vpc-hosted-services (connection statuses, NAT subnet sizing),
https://cloud.google.com/vpc/docs/manage-private-service-connect-services (lists, limits, connection reconciliation) and
`reconcileConnections` of compute v1's discovery document. No public recording shows PENDING, REJECTED or
NEEDS_ATTENTION: they rest on these pages. Not documented, so assumed: which of several waiting endpoints is accepted
when there is room again (the oldest), that a PENDING or REJECTED endpoint holds no NAT address, and that an endpoint
taken off the reject list is PENDING if no accept list names its consumer.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ACCEPTED, PENDING, REJECTED = "ACCEPTED", "PENDING", "REJECTED"
NEEDS_ATTENTION, CLOSED = "NEEDS_ATTENTION", "CLOSED"
AUTOMATIC, MANUAL = "ACCEPT_AUTOMATIC", "ACCEPT_MANUAL"

# https://cloud.google.com/vpc/docs/configure-private-service-connect-producer: four addresses of a NAT subnet are
# unusable, so a /29 serves 4 endpoints.
UNUSABLE_ADDRESSES = 4

_APPROVED = (ACCEPTED, NEEDS_ATTENTION)


@dataclass(frozen=True)
class Consumer:
    """Who connects: every name by which a list can mean an endpoint; URLs are relative names."""

    project_id: str
    project_number: str
    network: str
    endpoint: str
    endpoint_with_id: str

    def names(self) -> frozenset[str]:
        """Return all names: of its project, network and endpoint, each with the project's id and with its number."""
        urls = (self.network, self.endpoint, self.endpoint_with_id)
        known, by_number = f"projects/{self.project_id}/", f"projects/{self.project_number}/"
        return frozenset(
            (self.project_id, self.project_number, *urls, *(url.replace(known, by_number, 1) for url in urls))
        )


@dataclass
class Connection:
    """Endpoint as the attachment knows it; both sides show its status."""

    id: str
    consumer: Consumer
    status: str = PENDING
    # Spokes of Network Connectivity Center that the endpoint is propagated to.
    propagated: int = 0


@dataclass(frozen=True)
class Policy:
    """Fields of a service attachment that decide about its connections."""

    preference: str
    # (project, network or endpoint, connectionLimit)
    accept: tuple[tuple[str, int], ...]
    reject: tuple[str, ...]
    reconcile: bool
    nat_ranges: tuple[str, ...]
    ips_per_endpoint: int = 1

    @property
    def capacity(self) -> int:
        return sum(map(usable_addresses, self.nat_ranges))

    def entry_of(self, consumer: Consumer) -> tuple[str, int] | None:
        names = consumer.names()
        return next((entry for entry in self.accept if entry[0] in names), None)

    def rejects(self, consumer: Consumer) -> bool:
        return not consumer.names().isdisjoint(self.reject)

    def needs(self, connection: Connection) -> int:
        """Return the NAT addresses of an accepted connection: its own, and as many for each propagated one."""
        return self.ips_per_endpoint * (1 + connection.propagated)


def usable_addresses(cidr: str) -> int:
    return max(ipaddress.ip_network(cidr).num_addresses - UNUSABLE_ADDRESSES, 0)


def settle(policy: Policy, connections: Sequence[Connection]) -> None:
    """Set the status of each connection: after a change of the policy, a new endpoint, or the deletion of one.

    connections: oldest first. A new one comes with the status PENDING.
    """
    before = {connection.id: connection.status for connection in connections}
    _apply_lists(policy, connections)
    _give_addresses(policy, sorted(connections, key=lambda connection: before[connection.id] != ACCEPTED))


def close(connections: Iterable[Connection]) -> None:
    """Set CLOSED: the attachment was deleted. Terminal, also if an attachment of that name is created again."""
    for connection in connections:
        connection.status = CLOSED


def _apply_lists(policy: Policy, connections: Sequence[Connection]) -> None:
    accepted: Counter[str] = Counter()
    waiting = []
    for connection in connections:
        connection.status = _without_limit(policy, connection)
        entry = policy.entry_of(connection.consumer)
        if connection.status in _APPROVED and entry:
            accepted[entry[0]] += 1
        elif connection.status == PENDING and entry:
            waiting.append((connection, *entry))
    for connection, name, limit in waiting:
        if accepted[name] < limit:
            accepted[name] += 1
            connection.status = ACCEPTED


def _without_limit(policy: Policy, connection: Connection) -> str:
    """Return the status before limits: those accepted already stay so, since a lowered limit cuts no connection."""
    status = connection.status
    if status == CLOSED or (status != PENDING and not policy.reconcile):
        return status
    if policy.rejects(connection.consumer):
        return REJECTED
    if policy.preference == AUTOMATIC:
        return ACCEPTED
    if status in _APPROVED and policy.entry_of(connection.consumer):
        return status
    return PENDING


def _give_addresses(policy: Policy, connections: Iterable[Connection]) -> None:
    left = policy.capacity
    for connection in connections:
        if connection.status in _APPROVED:
            needed = policy.needs(connection)
            connection.status = ACCEPTED if needed <= left else NEEDS_ATTENTION
            if connection.status == ACCEPTED:
                left -= needed
