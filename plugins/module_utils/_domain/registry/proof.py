# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether senders of an account reach an address and port of another one, in a snapshot of both and of the hub.

Every address that a subnet's interfaces may have is checked, by one of each part that no rule of a security group,
network ACL or prefix list divides. The senders' own security groups aren't checked: whoever has an account changes
them. Not checked either: what forwarding hosts forward. Where a load balancer takes packets, and has no target for them
now, it isn't known who reaches the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from ..network import attachment_nat, policy_tables
from ..network.address_classes import Atoms
from ..network.addresses import Point, network_of, parsed
from ..network.packet_filters import Decision, Packet
from ..network.points import Lookups
from ..network.snapshot import Item, Snapshot, Unknown
from ..network.tracer import Flow, Stopped, Tracer
from ..network.trip import DELIVERED, Outcome
from ..values.ports import EPHEMERAL

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
# Firewalls on a path, whose rules the trace doesn't judge.
FIREWALLS = ("firewall_endpoint", "network_function")
# What AWS itself uses of a subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
RESERVED_FIRST, RESERVED_LAST = 4, 1


class Found(NamedTuple):
    """Answer for one pair. verdict: open, closed or unknown; says: what decides it, in words; "" if all is open."""

    verdict: str
    says: str = ""


class Target(NamedTuple):
    """Where an algorithm listens."""

    account_id: str
    address: IPv4Address
    port: int


class Network:
    """Pairs in one snapshot; their lookups are shared, since there are many."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.lookups = Lookups(snapshot)
        self.tracer = Tracer(snapshot, self.lookups)

    def is_read(self, account_id: str, region: str | None = None) -> bool:
        places = (place for place in self.snapshot.places if place.account_id == account_id)
        return any(region in (None, place.region) for place in places)

    def subnets(self, account_id: str) -> list[Item]:
        """Return an account's own subnets that have IPv4, without those that others share with it."""
        found = {
            subnet["SubnetId"]: subnet
            for place, subnet in self.snapshot.every("Subnets")
            if place.account_id == account_id and subnet.get("OwnerId", account_id) == account_id and network_of(subnet)
        }
        return [found[id_] for id_ in sorted(found)]

    def all_open(self, subnets: Sequence[Item], target: Target) -> Found:
        """Return open if every address of the subnets gets there and its answers back; firewalls aren't judged."""
        unknown: Found | None = None
        for flow in self._flows(subnets, target):
            if isinstance(flow, Unknown):
                unknown = unknown or Found(UNKNOWN, _of_unknown(flow))
                continue
            decisive = flow.decisive
            if decisive.verdict.verdict != DELIVERED:
                return Found(CLOSED, _of_decision(decisive.verdict.decided_by))
            elsewhere = _elsewhere(flow.there, target)
            if elsewhere:
                return Found(CLOSED, elsewhere)
        return unknown or Found(OPEN)

    def all_closed(self, subnets: Sequence[Item], target: Target) -> Found:
        """Return closed if no packet of the subnets gets there, whether or not its answer comes back."""
        unknown: Found | None = None
        for flow in self._flows(subnets, target):
            # A packet whose answer is unknown has arrived.
            there = flow.there if isinstance(flow, (Flow, Stopped)) else None
            if isinstance(flow, Unknown) and there is None:
                unknown = unknown or Found(UNKNOWN, _of_unknown(flow))
            elif there is not None and there.verdict.verdict == DELIVERED and not _elsewhere(there, target):
                firewall = next((hop for hop in there.hops if hop.kind in FIREWALLS), None)
                if firewall is None:
                    return Found(OPEN, f"{there.legs[0].packet}, {_of_decision(there.verdict.decided_by)}")
                says = f"the path leads past the firewall {firewall.id}, whose rules aren't judged"
                unknown = unknown or Found(UNKNOWN, says)
            elif there is not None and _is_idle(there):
                says = f"a load balancer takes it, and has no use for it now: {_of_decision(there.verdict.decided_by)}"
                unknown = unknown or Found(UNKNOWN, says)
        return unknown or self._other_addresses or Found(CLOSED)

    @cached_property
    def _other_addresses(self) -> Found | None:
        """Unknown where NAT of attachments gives targets addresses that weren't tried; None if there is none."""
        for _place, item in self.snapshot.every("TransitGatewayAttachments"):
            if attachment_nat.is_on(item):
                says = f"{item['TransitGatewayAttachmentId']} has NAT, by which it may have other addresses"
                return Found(UNKNOWN, says)
        return None

    def _flows(self, subnets: Sequence[Item], target: Target) -> Iterator[Flow | Unknown]:
        for subnet in subnets:
            for address in self._senders(subnet):
                yield from self._sent(subnet, address, target)

    def _sent(self, subnet: Item, address: IPv4Address, target: Target) -> Iterator[Flow | Unknown]:
        sender, key = Point(str(address), "", subnet, address, None), (subnet["VpcId"], address)
        packet = Packet(address, target.address, "tcp", (target.port, target.port))
        self.lookups.assumed[key] = sender
        try:
            yield from self.tracer.flows(sender, None, packet, EPHEMERAL)
        finally:
            del self.lookups.assumed[key]

    def _senders(self, subnet: Item) -> list[IPv4Address]:
        """Return an address of each part of a subnet that rules treat alike, if possible one that is free."""
        network = parsed(subnet["CidrBlock"])
        first, last = int(network[RESERVED_FIRST]), int(network[-1]) - RESERVED_LAST
        taken = self._taken.get(subnet["SubnetId"], set())
        found = []
        for start, end in self._atoms.of(network):
            start, end = max(start, first), min(end, last)
            if start <= end:
                candidates = dict.fromkeys(((start + end) // 2, start, end))
                found.append(next((one for one in candidates if one not in taken), start))
        return [IPv4Address(number) for number in found]

    @cached_property
    def _taken(self) -> dict[str, set[int]]:
        taken: dict[str, set[int]] = {}
        for point in self.lookups.points:
            taken.setdefault(point.subnet["SubnetId"], set()).add(int(point.address))
        return taken

    @cached_property
    def _atoms(self) -> Atoms:
        return Atoms(self._networks())

    def _networks(self) -> Iterator[IPv4Network]:
        """Yield the IPv4 networks that rules about senders name, and the senders that rules name by their groups."""
        named: set[str] = set()
        for _place, group in self.snapshot.every("SecurityGroups"):
            for permission in (*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())):
                yield from (IPv4Network(one["CidrIp"]) for one in permission.get("IpRanges", ()))
                named |= {pair["GroupId"] for pair in permission.get("UserIdGroupPairs", ()) if _of_others(pair, group)}
        for _place, acl in self.snapshot.every("NetworkAcls"):
            yield from (IPv4Network(entry["CidrBlock"]) for entry in acl["Entries"] if "CidrBlock" in entry)
        for _place, policies in self.snapshot.every(policy_tables.ENTRIES):
            cidrs = (one.get("PolicyRule", {}).get("SourceCidrBlock", "") for one in policies[policy_tables.ENTRIES])
            yield from (IPv4Network(cidr) for cidr in cidrs if "." in cidr)
        for _place, listed in self.snapshot.every("PrefixLists"):
            yield from (IPv4Network(cidr) for cidr in listed["Cidrs"] if ":" not in cidr)
        for point in self.lookups.points:
            if named.intersection(point.groups):
                yield IPv4Network(int(point.address))


def _of_others(pair: Item, group: Item) -> bool:
    """Return true if a rule names a group of another VPC or account."""
    owners = pair.get("UserId", group.get("OwnerId")), pair.get("VpcId", group.get("VpcId"))
    return owners != (group.get("OwnerId"), group.get("VpcId"))


def _elsewhere(there: Outcome, target: Target) -> str:
    """Return in words where a packet arrives, if that isn't the account that the algorithm is of.

    What takes it there, such as a load balancer, may send it on to another account.
    """
    taken = next((leg.end.node for leg in there.legs if leg.end and leg.packet.destination == target.address), "")
    hops = [hop for hop in there.hops if hop.id == taken] or there.hops
    account = hops[-1].account if hops else None
    return "" if account == target.account_id else f"{target.address} is in account {account} for this sender"


def _is_idle(there: Outcome) -> bool:
    """Return true if a load balancer has taken a packet, and has no target for it."""
    return bool(there.hops) and there.hops[-1].kind == there.verdict.decided_by.by == "load_balancer"


def _of_decision(decision: Decision) -> str:
    return f"{decision.by} {', '.join(decision.ids)}: {decision.message}"


def _of_unknown(unknown: Unknown) -> str:
    return f"{unknown.option}: {unknown.problem}"
