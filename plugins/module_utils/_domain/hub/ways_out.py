# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways out: default routes of Transit Gateway (TGW) tables to the attachment of a segment with egress: true.

    customers: {isolated: true, reaches: [egress]}
    egress: {egress: true}

What stands behind that attachment, a VPC with a firewall, has routes back to all members. So with a default route, each
of them could send to any other by the firewall. Their table drops that: private ranges as a whole, since none is on the
internet, and the CIDRs of members that aren't private, each for itself. Routes to what a segment reaches are longer.

A firewall may be attached to the TGW itself. Then a VPC behind it leads to the internet, in a segment of its own:

    egress: {egress: true}
    internet: {internet_of: egress}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..._core.errors import Invalid
from ..values.cidrs import is_within
from ..values.internet import EVERYWHERE, PRIVATE
from .declaration import Attachment, Segment, StaticRoute

Members = Mapping[str, Sequence[Attachment]]


def of_tiers(
    tiers: Iterable[str], destinations: Iterable[str], direct_tiers: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield (tier, destination) of a VPC's routes to the TGW; direct tiers leave by their own internet gateway."""
    direct = set(direct_tiers)
    for destination in destinations:
        yield from ((tier, destination) for tier in tiers if tier not in direct or destination not in EVERYWHERE)


def routes(name: str, parsed: Mapping[str, Segment], reached: Iterable[str], members: Members) -> list[StaticRoute]:
    """Return the default routes of a segment's table; a destination that has a static route by declaration keeps it.

    IPv6 has one only if the attachment that leads to the internet carries IPv6.
    """
    if parsed[name].internet_of:
        return []
    exits = [other for other in sorted(reached) if other != name and parsed[other].egress]
    behind = [other for other, segment in parsed.items() if segment.internet_of == name]
    declared = {route.destination for route in parsed[name].static_routes}
    found: dict[str, StaticRoute] = {}
    for segment in behind or exits:
        leads = [other for other, declared_ in parsed.items() if declared_.internet_of == segment] or [segment]
        for attachment in members[segment][:1]:
            carried = {":" in cidr for other in leads for member in members[other] for cidr in member.cidrs}
            for destination in EVERYWHERE if True in carried else EVERYWHERE[:1]:
                if destination not in declared:
                    found.setdefault(destination, StaticRoute(destination, attachment.name))
    return list(found.values())


def closed(
    ways: Sequence[StaticRoute],
    static: Sequence[StaticRoute],
    routed: Iterable[Attachment],
    others: Iterable[Attachment],
) -> Iterator[str]:
    """Yield what a table with these default routes has to drop.

    static: its other static routes; routed: attachments that its segment reaches; others: those that it doesn't.
    """
    families = {":" in way.destination for way in ways}
    leading = [cidr for member in routed for cidr in member.cidrs]
    wide = [route.destination for route in static if "/" in route.destination]
    # A route of the same or a wider range would be lost by it, and leads elsewhere than to the firewall.
    private = [cidr for cidr in PRIVATE if (":" in cidr) in families and not is_within(cidr, [*leading, *wide])]
    yield from private
    for member in others:
        for cidr in member.cidrs:
            if (":" in cidr) in families and not is_within(cidr, [*private, *leading]):
                yield cidr


def returns(name: str, parsed: Mapping[str, Segment], reached: Iterable[str], members: Members) -> list[StaticRoute]:
    """Return a table's routes back to what the firewall's segment reaches (reached), by the firewall's attachment."""
    firewall = parsed[name].internet_of
    if firewall is None or not members[firewall]:
        return []
    cidrs = [c for other in reached if other not in (name, firewall) for member in members[other] for c in member.cidrs]
    declared = {route.destination for route in parsed[name].static_routes}
    families = {":" in cidr for cidr in cidrs}
    wide = [cidr for cidr in PRIVATE if (":" in cidr) in families]
    back = dict.fromkeys([*wide, *(cidr for cidr in cidrs if not is_within(cidr, wide))])
    return [StaticRoute(cidr, members[firewall][0].name) for cidr in back if cidr not in declared]


def problems(
    parsed: Mapping[str, Segment], reached: Mapping[str, Iterable[str]], members: Members
) -> Iterator[Invalid]:
    """Yield problems of ways out: not exactly one attachment, or two ways out of one segment."""
    for name, segment in parsed.items():
        option = "egress" if segment.egress else "internet_of"
        there = [member.name for member in members[name]]
        if (segment.egress or segment.internet_of) and len(there) != 1:
            problem = f"has several attachments: {', '.join(sorted(there))}" if there else "has no attachment"
            value = True if segment.egress else segment.internet_of
            what = "the firewall's VPC, or the firewall itself" if segment.egress else "the VPC with NAT gateways"
            yield Invalid(f"segments.{name}.{option}", value, problem, f"exactly one: {what}")
        exits = sorted(other for other in reached[name] if other != name and parsed[other].egress)
        if len(exits) > 1:
            yield Invalid(f"segments.{name}.reaches", exits, "are several ways out", "one with egress: true")
        behind = [other for other, declared in parsed.items() if declared.internet_of == name]
        if len(behind) > 1:
            yield Invalid(f"segments.{behind[1]}.internet_of", name, f"has {behind[0]} already", "one segment")
