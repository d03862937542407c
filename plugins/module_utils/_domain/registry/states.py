# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether each algorithm that an inventory declares may be live, and why not.

live: the front reaches its addresses and port, and no other customer does. pending: it was seen that the front doesn't,
or that somebody else does. unknown: an account wasn't read, or no describe call shows it; then a row that doesn't exist
yet becomes pending, and one that exists stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from ..network.snapshot import Item, Snapshot
from . import offers
from .offers import Groups, Hosts, Offer
from .outsiders import outsiders
from .proof import CLOSED, OPEN, UNKNOWN, Found, Network, Target

LIVE, PENDING = "live", "pending"
TIER = "front"
# Tags that tiered_vpc gives its subnets: whose they are, and TIER.ZONE.
OWNER_TAG, NAME_TAG = "closednet:managed", "closednet:name"


class State(NamedTuple):
    """State of one algorithm: live, pending or unknown; reason: "" if it is live; notes: what isn't checked."""

    offer: Offer
    state: str
    reason: str
    notes: tuple[str, ...] = ()


def states(hosts: Hosts, groups: Groups, registry: str, snapshot: Snapshot | None) -> dict[str, Any]:
    """Return the option `algorithms` of the module algorithm_registry, and what to show.

    hosts: the variables of each host; registry: the host of the group algorithm_registry; snapshot: the networks of
    hosts_to_read, None if they weren't read
    lines: one for each algorithm and note; leaks: who reaches what they must not; unknown: what isn't known
    """
    judge = _Judge(hosts, groups, registry, snapshot)
    found = [judge.state(offer) for offer in offers.offers(hosts, hosts[registry])]
    return {
        "algorithms": [_option(one, hosts) for one in found],
        "lines": [_line(one) for one in found] + list(dict.fromkeys(note for one in found for note in one.notes)),
        "leaks": [_line(one) for one in found if one.reason.startswith(LEAK)],
        "unknown": [_line(one) for one in found if one.state == UNKNOWN],
    }


LEAK = "isn't closed to other customers: "


def _option(one: State, hosts: Hosts) -> dict[str, Any]:
    declared = {key: value for key, value in one.offer.declared.items() if key in offers.KEYS}
    return {
        **declared,
        "version": str(declared.get("version")),
        "account_id": hosts[one.offer.host].get("account_id"),
        "state": one.state,
        "reason": one.reason,
    }


def _line(one: State) -> str:
    return f"{one.offer.name} of {one.offer.host}: {': '.join(filter(None, [one.state, one.reason]))}"


class _Judge:
    def __init__(self, hosts: Hosts, groups: Groups, registry: str, snapshot: Snapshot | None) -> None:
        self.hosts, self.groups, self.registry = hosts, groups, registry
        self.network = Network(snapshot) if snapshot is not None else None
        self.front = self._account(registry)

    def state(self, offer: Offer) -> State:
        if self.network is None:
            return State(offer, UNKNOWN, "the networks weren't read")
        account = self._account(offer.host)
        for host in (self.registry, offer.host):
            if not self._is_read(host):
                return State(offer, UNKNOWN, f"{host}: {self._not_read(host)}")
        targets = [
            Target(account, IPv4Address(address), int(offer.declared["port"]))
            for address in offer.declared["addresses"]
        ]
        customers, shared = offers.strangers(self.hosts, self.groups, self.registry, offer.host)
        notes = tuple(self._notes(offer, shared))
        judged = {account, *map(self._account, self._judged())}
        found = [
            *self._of_customers(self.network, customers, targets),
            *(one for target in targets for one in outsiders(self.network, judged, target)),
            *self._of_front(self.network, targets),
        ]
        for state, verdict in ((PENDING, OPEN), (PENDING, CLOSED), (UNKNOWN, UNKNOWN)):
            reason = next((one.says for one in found if one.verdict == verdict), None)
            if reason is not None:
                return State(offer, state, reason, notes)
        return State(offer, LIVE, "", notes)

    def _judged(self) -> list[str]:
        """Return the hosts whose accounts are the front's, the hub's or customers', or may reach customers."""
        near = [host for group in (offers.HUB, offers.SPOKES) for host in self.groups.get(group, ())]
        return [self.registry, *(host for host in near if host in self.hosts)]

    def _notes(self, offer: Offer, shared: Sequence[str]) -> Iterator[str]:
        for host in shared:
            segment = self.hosts[host].get("spoke_segment")
            yield f"{host} (segment {segment}) may reach {offer.host}, as the hub's segments say; it isn't checked"

    def _of_customers(self, network: Network, customers: Sequence[str], targets: Sequence[Target]) -> Iterator[Found]:
        """Yield open for each customer that reaches a target, unknown for each of which that isn't known."""
        for host in customers:
            if not self._is_read(host):
                yield Found(UNKNOWN, f"whether {host} reaches it: {self._not_read(host)}")
                continue
            subnets = network.subnets(self._account(host))
            for target in targets:
                found = network.all_closed(subnets, target)
                yield from _unless_proven(found, OPEN, f"{LEAK}{host} reaches", host, target)

    def _of_front(self, network: Network, targets: Sequence[Target]) -> Iterator[Found]:
        """Yield closed for each target that the front doesn't reach, unknown for each of which that isn't known."""
        subnets = self._front_subnets(network)
        if not subnets:
            tier = self.hosts[self.registry].get("algorithm_registry_front_tier", TIER)
            yield Found(CLOSED, f"the front has no subnet: {self.registry} has no tier {tier} in AWS")
            return
        for target in targets:
            found = network.all_open(subnets, target)
            yield from _unless_proven(found, CLOSED, "the front doesn't reach", "the front", target)

    def _front_subnets(self, network: Network) -> list[Item]:
        variables = self.hosts[self.registry]
        tier = variables.get("algorithm_registry_front_tier", TIER)
        return [one for one in network.subnets(self.front) if _is_of(one, variables, self.registry, tier)]

    def _is_read(self, host: str) -> bool:
        return self.network is not None and self.network.is_read(self._account(host), self.hosts[host].get("region"))

    def _not_read(self, host: str) -> str:
        region = self.hosts[host].get("region")
        return self.network.snapshot.not_read(self._account(host), region) if self.network else "nothing was read"

    def _account(self, host: str) -> str:
        return str(self.hosts[host].get("account_id"))


def _unless_proven(found: Found, against: str, says: str, who: str, target: Target) -> Iterator[Found]:
    """Yield what speaks against an algorithm, or isn't known, with the target. says: the verdict `against` in words."""
    where = f"{target.address}:{target.port}: {found.says}"
    if found.verdict == against:
        yield Found(against, f"{says} {where}")
    elif found.verdict == UNKNOWN:
        yield Found(UNKNOWN, f"whether {who} reaches {where}")


def _is_of(subnet: Item, variables: Mapping[str, Any], host: str, tier: str) -> bool:
    """Return true if a subnet is of a tier of the front's VPC, which is found as the module finds it."""
    tags = {tag["Key"]: tag.get("Value", "") for tag in subnet.get("Tags", ())}
    vpc_id = variables.get("algorithm_registry_vpc_id") or variables.get("vpc_id")
    vpc_name = variables.get("algorithm_registry_vpc_name") or variables.get("vpc_name") or host
    owner = f"tiered_vpc/{vpc_name}"
    if vpc_id and subnet["VpcId"] != vpc_id or not vpc_id and tags.get(OWNER_TAG) != owner:
        return False
    name: str = tags.get(NAME_TAG, "")
    return name == tier or name.startswith(f"{tier}.") or str(subnet["SubnetId"]) == tier
