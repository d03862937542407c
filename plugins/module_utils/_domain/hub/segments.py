# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Segments: which attachments may reach each other, as declared and as Transit Gateway (TGW) route tables.

A segment is a set of attachments that share one TGW route table, as in AWS Cloud WAN
(https://docs.aws.amazon.com/network-manager/latest/cloudwan/cloudwan-policies-json.html):

    shared: {}
    customers: {isolated: true, reaches: [shared]}

Members of a segment reach each other unless it is isolated. ``reaches`` goes both ways: an answer needs a route back.

A segment may be the way out of others: see ways_out.

Routing, from AWS's "Route evaluation order" (https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html):
the TGW looks up an attachment's traffic in the table that the attachment is associated with; the most specific
destination wins; for the same destination a static route beats a propagated one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import Any

from ..._core.errors import Invalid, refusal
from ..values import cidrs, ipv6
from . import ways_out
from .declaration import FIREWALL, NAME, OTHERS, Attachment, Segment, StaticRoute, Table, is_name, others, parse

# The declaration's names, too.
__all__ = [
    "FIREWALL",
    "NAME",
    "OTHERS",
    "Attachment",
    "Segment",
    "StaticRoute",
    "Table",
    "check",
    "check_ways_out",
    "declared",
    "is_name",
    "others",
    "parse",
]


def _reached(segments: dict[str, Segment]) -> dict[str, set[str]]:
    """Return the segments that each segment's members may reach, itself included if it isn't isolated."""
    reached: dict[str, set[str]] = {name: set() if segment.isolated else {name} for name, segment in segments.items()}
    for name, segment in segments.items():
        for other in segment.reaches:
            reached[name].add(other)
            reached[other].add(name)
        if segment.internet_of:
            reached[name].add(segment.internet_of)
            reached[segment.internet_of].add(name)
    return reached


def tables(segments: Any, attachments: Iterable[Attachment], blackholes: bool = False) -> dict[str, Table]:
    """Return the route table of each segment, in declared order; names in a table are sorted. Raises Invalid.

    blackholes: drop, in an isolated segment's table, each member's own CIDRs. Such a static route keeps members apart
    even if someone adds a propagation, but only for the same destination: a more specific route wins.
    """
    return _tables(parse(segments), attachments, blackholes)


def default_routes(segments: Any, attachments: Iterable[Attachment]) -> dict[str, list[StaticRoute]]:
    """Return the default routes to ways out, by segment; those that are declared as static routes aren't among them."""
    parsed = parse(segments)
    members, reached = _members(parsed, attachments), _reached(parsed)
    return {name: ways_out.routes(name, parsed, reached[name], members) for name in parsed}


def _tables(parsed: dict[str, Segment], attachments: Iterable[Attachment], blackholes: bool) -> dict[str, Table]:
    members = _members(parsed, attachments)
    reached = _reached(parsed)
    return {name: _table(name, parsed, reached, members, blackholes) for name in parsed}


def _members(parsed: dict[str, Segment], attachments: Iterable[Attachment]) -> dict[str, list[Attachment]]:
    members: dict[str, list[Attachment]] = {name: [] for name in parsed}
    for attachment in sorted(attachments, key=lambda attachment: attachment.name):
        members[attachment.segment].append(attachment)
    return members


def _table(
    name: str,
    parsed: dict[str, Segment],
    reached: dict[str, set[str]],
    members: dict[str, list[Attachment]],
    blackholes: bool,
) -> Table:
    # Through a firewall that is attached to the TGW, its segment's members are reached, too.
    through = reached.get(parsed[name].internet_of or "", set())
    routed = sorted((m for other in reached[name] for m in members[other]), key=lambda member: member.name)
    others = [m for other in members if other not in reached[name] | through for m in members[other]]
    ways = ways_out.routes(name, parsed, reached[name], members)
    back = ways_out.returns(name, parsed, through, members)
    static = parsed[name].static_routes
    own = members[name] if blackholes and parsed[name].isolated else []
    dropped = [cidr for member in own for cidr in member.cidrs]
    dropped += _kept_off(members, reached[name] | through, (*static, *back))
    dropped += ways_out.closed(ways, [r for r in static if r.attachment is not None], routed, others) if ways else ()
    dropped += (route.destination for route in static if route.attachment is None)
    return Table(
        associations=tuple(member.name for member in members[name]),
        propagations=tuple(member.name for member in routed if member.propagates),
        blackholes=tuple(dict.fromkeys(dropped)),
        static_routes=tuple(route for route in static if route.attachment is not None)
        + tuple(StaticRoute(cidr, m.name) for m in routed if not m.propagates for cidr in m.cidrs)
        + (*ways, *back),
    )


def _kept_off(
    members: dict[str, list[Attachment]], reached: set[str], static: tuple[StaticRoute, ...]
) -> Iterator[str]:
    """Yield CIDRs of attachments that the segment doesn't reach, if its routes could still lead to them.

    That is so if one of the segment's static routes, or a CIDR behind a VPN, overlaps them: its target could forward
    the traffic. A prefix list counts as overlapping, since its entries aren't known here.
    """
    routes = [member for segment in reached for member in members[segment]]
    leading = [route.destination for route in static if route.attachment is not None]
    leading += [cidr for member in routes if not member.vpc for cidr in member.cidrs]
    routed = [cidr for member in routes if member.vpc for cidr in member.cidrs]
    for segment, of_segment in members.items():
        for cidr in (cidr for other in of_segment for cidr in other.cidrs if segment not in reached):
            held = any(_is_list(destination) or _overlap(cidr, destination) for destination in leading)
            # Attachments that never meet may have the same CIDRs.
            if held and not any(_overlap(cidr, other) for other in routed):
                yield cidr


def _is_list(destination: str) -> bool:
    return destination.startswith("pl-")


def _overlap(one: str, other: str) -> bool:
    if (":" in one) != (":" in other):
        return False
    return ip_network(one).overlaps(ip_network(other))


def declared(segments: Any, attachments: Iterable[Attachment]) -> set[tuple[str, str]]:
    """Return every (a, b) of attachment names such that a may send to b; then (b, a) is included, too."""
    reached = _reached(parse(segments))
    attachments = list(attachments)
    return {
        (a.name, b.name)
        for a in attachments
        for b in attachments
        if a.name != b.name and b.segment in reached[a.segment]
    }


def reachable(planned: dict[str, Table], attachments: Iterable[Attachment]) -> set[tuple[str, str]]:
    """Return every (a, b) such that a TGW with these tables delivers traffic from a to b for some address.

    The tables alone decide, not the segments. If two attachments propagate the same destination, either may win (AWS
    does not say which), and both count as reached.
    """
    by_name = {attachment.name: attachment for attachment in attachments}
    pairs = set()
    for table in planned.values():
        delivered = _delivered(table, by_name)
        pairs |= {(a, b) for a in table.associations for b in delivered if a != b}
    return pairs


def _delivered(table: Table, by_name: dict[str, Attachment]) -> set[str]:
    """Return the names of the attachments to which a lookup in this table delivers some address."""
    # Keys begin with the version: IPv4 and IPv6 have nothing in common.
    routes: dict[tuple[int, int, int], set[str]] = {}
    boundaries: set[tuple[int, int]] = set()  # between two neighbours, every address has the same longest match

    def add(cidr: str, targets: set[str], static: bool) -> None:
        network = ip_network(cidr)
        boundaries.update((network.version, int(end)) for end in (network[0], int(network[-1]) + 1))
        key = _route_key(network.version, int(network[0]), network.prefixlen)
        routes[key] = targets if static else routes.get(key, set()) | targets

    for name in table.propagations:
        for cidr in by_name[name].cidrs:
            add(cidr, {name}, static=False)
    for cidr in table.blackholes:
        add(cidr, set(), static=True)
    for route in table.static_routes:
        if not _is_list(route.destination):
            add(route.destination, {route.attachment or ""}, static=True)

    delivered: set[str] = set()
    for version, address in boundaries:
        keys = (_route_key(version, address, prefix) for prefix in range(BITS[version], -1, -1))
        delivered |= next((routes[key] for key in keys if key in routes), set())
    return delivered


BITS = {4: 32, 6: 128}


def _route_key(version: int, address: int, prefix: int) -> tuple[int, int, int]:
    return version, prefix, address >> (BITS[version] - prefix)


def check(segments: Any, attachments: Iterable[Attachment]) -> list[Invalid]:
    """Return every problem of these attachments in these segments. Raises Invalid for wrong ``segments``.

    Two attachments whose CIDRs overlap are an error if one table has the routes of both, or if one's table has the
    other's route: the TGW would deliver to one of the two, or the sender's VPC would keep the traffic. Each overlapping
    CIDR is reported with the narrowest other one that encloses it, once for all the tables in which they meet.
    """
    parsed = parse(segments)
    problems: list[Invalid] = []
    sound: list[Attachment] = []
    by_name: dict[str, Attachment] = {}
    by_account: dict[str, Attachment] = {}
    for attachment in attachments:
        found = list(_check_one(parsed, attachment, by_name, by_account))
        problems += found
        if not found:
            sound.append(attachment)
        by_name.setdefault(attachment.name, attachment)
        if attachment.vpc:
            by_account.setdefault(attachment.account_id, attachment)
    return problems + _overlaps(parsed, sound) + list(_static_problems(parsed, by_name, sound))


def check_ways_out(segments: Any, attachments: Iterable[Attachment]) -> list[Invalid]:
    """Return every problem of the ways out of these segments, which depend on all attachments. Raises Invalid."""
    parsed = parse(segments)
    members = _members(parsed, (attachment for attachment in attachments if attachment.segment in parsed))
    return list(ways_out.problems(parsed, _reached(parsed), members))


def _static_problems(
    parsed: dict[str, Segment], by_name: dict[str, Attachment], sound: list[Attachment]
) -> Iterator[Invalid]:
    """Yield problems of static routes: an undeclared target, one that the segment doesn't reach, another's CIDR."""
    reached = _reached(parsed)
    for name, segment in parsed.items():
        for index, route in enumerate(segment.static_routes):
            where = f"segments.{name}.static_routes[{index}]"
            target = by_name.get(route.attachment or "")
            if route.attachment is None:
                continue
            if target is None:
                known = ", ".join(sorted(by_name)) or "no attachment is declared"
                yield Invalid(f"{where}.attachment", route.attachment, "is no declared attachment", f"one of {known}")
            elif target.segment not in reached[name]:
                problem = f"is in segment {target.segment!r}, which {name!r} doesn't reach"
                yield Invalid(f"{where}.attachment", route.attachment, problem, "one of a segment that it reaches")
            elif not _is_list(route.destination) and target in sound:
                yield from _static_in_range(f"{where}.destination", route, target, sound)


def _static_in_range(
    option: str, route: StaticRoute, target: Attachment, attachments: list[Attachment]
) -> Iterator[Invalid]:
    def held_by(attachment: Attachment) -> bool:
        return cidrs.is_within(route.destination, attachment.cidrs)

    others = [other for other in attachments if other is not target and other.vpc and held_by(other)]
    if others and not held_by(target):
        problem = f"is in the range of {others[0].name}, and leads to {route.attachment}"
        yield Invalid(option, route.destination, problem, "a range of nobody else, or a wider one")


def _check_one(
    parsed: dict[str, Segment],
    attachment: Attachment,
    by_name: dict[str, Attachment],
    by_account: dict[str, Attachment],
) -> Iterable[Invalid]:
    name, segment = attachment.name, attachment.segment
    where = f"{name}.segment"
    if segment not in parsed:
        yield Invalid(where, segment, "is not a declared segment", f"one of {', '.join(parsed)}")
    if name in by_name:
        yield Invalid(where, segment, f"declares {name} again, after {by_name[name].segment!r}", "one declaration")
    elif (
        attachment.vpc and attachment.account_id in by_account and by_account[attachment.account_id].segment != segment
    ):
        other = by_account[attachment.account_id]
        yield Invalid(
            where,
            segment,
            f"puts account {attachment.account_id} into a second segment: {other.name} is in {other.segment!r}",
            "one segment per account",
        )
    if not attachment.cidrs and not attachment.firewall:
        yield Invalid(f"{name}.vpc_cidrs", None, "are missing", "the CIDRs of the attached VPC")
    # Only a VPC's CIDR must have a size that a VPC can have; what lies behind a VPN need not.
    parse_cidr = cidrs.parse_either_vpc_cidr if attachment.vpc else cidrs.parse_either
    malformed = [
        invalid
        for index, cidr in enumerate(attachment.cidrs)
        if (invalid := refusal(parse_cidr, f"{name}.{_variable(cidr)}[{index}]", cidr))
    ]
    yield from malformed
    networks = [] if malformed else [(ip_network(cidr), name) for cidr in attachment.cidrs]
    for (network, _owner), outers in cidrs.enclosing(networks):
        if outers:
            option = f"{name}.{_variable(str(network))}"
            yield Invalid(option, str(network), f"overlaps {outers[-1][0]} of it", "disjoint ranges")


def _variable(cidr: Any) -> str:
    """Return the inventory variable that holds a VPC's CIDRs of this one's family."""
    return "vpc_ipv6_cidrs" if ipv6.is_ipv6(cidr) else "vpc_cidrs"


def _overlaps(parsed: dict[str, Segment], attachments: list[Attachment]) -> list[Invalid]:
    by_name = {attachment.name: attachment for attachment in attachments}
    met: dict[tuple[str, str, str, str], list[str]] = {}
    for table_name, table in _tables(parsed, attachments, blackholes=False).items():
        routed = set(table.propagations)
        names = routed | set(table.associations)
        owned = [(ip_network(cidr), name) for name in names for cidr in by_name[name].cidrs]
        for (network, name), outers in cidrs.enclosing(owned):
            for outer, other in reversed(outers):
                # A longer prefix wins over a CIDR behind a VPN, so that overlap is no problem.
                if other != name and by_name[other].vpc and (other in routed or name in routed):
                    met.setdefault((other, str(outer), name, str(network)), []).append(table_name)
                    break
    return [
        Invalid(
            f"{name}.{_variable(cidr)}",
            cidr,
            f"of account {by_name[name].account_id} overlaps {outer} of {other} (account {by_name[other].account_id}): "
            f"they meet in TGW route table {' and '.join(map(repr, table_names))}",
            "ranges of their own, or PrivateLink between them, which needs no unique ranges",
        )
        for (other, outer, name, cidr), table_names in met.items()
    ]
