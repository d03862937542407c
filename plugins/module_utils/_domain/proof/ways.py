# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words of the proof: sites, ways between them, what decides, what isn't known."""

from __future__ import annotations

from typing import NamedTuple

from ..network.packet_filters import Decision
from ..network.points import Crossed
from ..network.snapshot import Unknown
from . import packet_sets
from .intervals import Intervals
from .packet_sets import PacketSet, Sent


class Site(NamedTuple):
    """End of flows: a tier of an account's VPC. tier: that of its subnets' names, else a name, else a subnet's id"""

    account_id: str
    vpc_id: str
    tier: str

    def __str__(self) -> str:
        return f"{self.account_id}/{self.tier}" if self.tier else self.account_id


INTERNET = Site("internet", "", "")
# For an edge: every site.
ANYWHERE = Site("*", "", "")
PREMISES = "premises"


def premises(attachment_id: str) -> Site:
    """Return the site behind an attachment of a transit gateway that is of no VPC."""
    return Site(PREMISES, "", attachment_id)


class Decides(NamedTuple):
    """Object that lets packets through, or stops them. kind: route_table, network_acl, ...; says: how, in words"""

    kind: str
    id: str
    says: str


class Reason(NamedTuple):
    """Object for which it isn't known whether packets pass. why: in words; expected: what would tell it"""

    id: str
    why: str
    expected: str = ""


def reason(unknown: Unknown) -> Reason:
    return Reason(unknown.option, unknown.why, unknown.expected)


def decides(decision: Decision) -> Decides:
    return Decides(decision.by, ", ".join(decision.ids), decision.message)


class Exit(NamedTuple):
    """Target of a route that leaves what is followed here.

    kind: internet_gateway, egress_only_internet_gateway, regional_nat_gateway, gateway_endpoint,
      gateway_load_balancer_endpoint, virtual_private_gateway, or another in words
    subnet_id: of the table that has the route; own: the packets start in the same VPC; nat: the NAT gateway that
      translated them before, "" if none did; route: in words
    """

    kind: str
    id: str
    subnet_id: str
    vpc_id: str
    own: bool
    nat: str = ""
    route: str = ""


class Nat(NamedTuple):
    """NAT gateway on a way. addresses: what packets have as their source from there on; acls, firewalls: before it"""

    id: str
    subnet_id: str
    addresses: Intervals
    acls: tuple[tuple[str, bool], ...] = ()
    firewalls: tuple[str, ...] = ()


class Way(NamedTuple):
    """Packets that take the same way, by their destination. Exactly one of end, premises, exit, stop, unknown is set.

    end: id of the subnet that they end in; premises: id of the attachment; stop: what drops them
    acls: (subnet, true if outbound) of the network ACLs that look at them, in order
    left, came: how they left the sender's VPC and came to the last one, as far as rules that name groups depend on it
    firewalls: ids of those that they pass, in order; hops: what leads them on, in order
    only: the packets that take this way, None if all do
    nat: the NAT gateway that they pass; acls, firewalls and only are of the way beyond it, destinations of all of it
    behind: with unknown, the VPC that they may come out in at other addresses; "" for none
    """

    version: int
    destinations: Intervals
    end: str = ""
    premises: str = ""
    exit: Exit | None = None
    stop: Decides | None = None
    unknown: Reason | None = None
    acls: tuple[tuple[str, bool], ...] = ()
    left: Crossed = Crossed()
    came: Crossed = Crossed()
    firewalls: tuple[str, ...] = ()
    hops: tuple[Decides, ...] = ()
    only: PacketSet | None = None
    nat: Nat | None = None
    behind: str = ""


class Sets(NamedTuple):
    """Packets of both IP versions."""

    v4: PacketSet = packet_sets.empty(4)
    v6: PacketSet = packet_sets.empty(6)

    @property
    def is_empty(self) -> bool:
        return self.v4.is_empty and self.v6.is_empty

    def __and__(self, other: Sets) -> Sets:
        return Sets(self.v4 & other.v4, self.v6 & other.v6)

    def __or__(self, other: Sets) -> Sets:
        return Sets(self.v4 | other.v4, self.v6 | other.v6)

    def __sub__(self, other: Sets) -> Sets:
        return Sets(self.v4 - other.v4, self.v6 - other.v6)

    def contains(self, sent: Sent) -> bool:
        return (self.v4 if sent.source.version == 4 else self.v6).contains(sent)

    def sample(self) -> Sent | None:
        """Return one of the packets, of IPv4 if possible; None if there is none."""
        return self.v4.sample() or self.v6.sample()

    def ports(self) -> tuple[str, ...]:
        """Return protocols and destination ports in words."""
        return tuple(dict.fromkeys((*self.v4.ports(), *self.v6.ports())))

    def text(self) -> str:
        told = [one.text() for one in self if not one.is_empty]
        return "; ".join(told) or "nothing"


def of_set(one: PacketSet) -> Sets:
    return Sets(v4=one) if one.version == 4 else Sets(v6=one)


class Edge(NamedTuple):
    """Packets from one site to another that no route of the sender's VPC shows, or that are not known. See Flow."""

    source: Site
    destination: Site
    forward: Sets = Sets()
    answered: Sets = Sets()
    decides: tuple[Decides, ...] = ()
    unknown: tuple[Reason, ...] = ()
    inspected: bool = False


class Flow(NamedTuple):
    """Packets from one site to another. forward: all that AWS carries; where AWS picks, by one of its picks at least

    answered: those whose answer comes back; inspected: those that pass a firewall, by whatever way they take
    unknown: why it may be more; decides: what lets them through, of an empty set what stops them; back: of answers
    closed_by: of an empty set, who stops them: routes, or filters of the sender, the destination, or between;
      nothing_sends, nothing_takes: no interface is there
    """

    forward: Sets = Sets()
    answered: Sets = Sets()
    inspected: Sets = Sets()
    unknown: tuple[Reason, ...] = ()
    decides: tuple[Decides, ...] = ()
    back: tuple[Decides, ...] = ()
    closed_by: frozenset[str] = frozenset()
