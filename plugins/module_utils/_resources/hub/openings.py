# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run of a hub opens between attachments: its route tables as read, and as they are after the plan's steps."""

from __future__ import annotations

from ..._core.plan import Address, Ref
from ..._domain.hub.openings import Table, openings, parse
from ..._domain.hub.reach import Lookups
from .transit_gateway_membership import attachment_names

MEMBERS = "transit_gateway_association", "transit_gateway_propagation"
PROPAGATED = {"type": "propagated", "state": "active"}
ROUTES = "transit_gateway_static_route", "transit_gateway_prefix_list_reference"


def unnamed(declared, first, found, steps, allow_opens):
    """Return {`FROM>TO`: words} of the openings that need to be named, and aren't in allow_opens. Raises Invalid.

    first: what the run read before it wrote anything; found: what these steps were planned from.
    """
    allowed = parse(allow_opens)
    if declared.absent or not any(step.address.kind in (*MEMBERS, *ROUTES) for step in steps):
        return {}
    cidrs = declared.inputs.cidrs
    known = {name for names in (cidrs, attachment_names(first).values()) for name in names}
    with_routes = {name for name in known if cidrs.get(name, True)}
    return openings(
        _before(declared, first), _after(declared, found, steps), declared.inputs.isolated, with_routes, allowed
    )


def _before(declared, found):
    members = _members(found["transit_gateway_association"], _segments(found))
    return _tables(declared, found, members, found["transit_gateway_propagation"], _static(found, {}))


def _after(declared, found, steps):
    changed = {step.address.kind: [] for step in steps}
    for step in steps:
        changed[step.address.kind].append(step)
    tables = _segments(found)
    members = _members(found["transit_gateway_association"], tables)
    for step in changed.get("transit_gateway_association", ()):
        _move(members, step, tables)
    propagating = dict.fromkeys(found["transit_gateway_propagation"])
    for step in changed.get("transit_gateway_propagation", ()):
        propagating.pop(step.address.name, None)
        if step.after:
            propagating[step.address.name] = None
    return _tables(declared, found, members, propagating, _static(found, changed))


def _tables(declared, found, members, propagating, static):
    """Return {segment: Table}. propagating: segment/attachment of each propagation."""
    routes = {segment: list(rows) for segment, rows in static.items()}
    for segment, there in found["transit_gateway_table_route"].items():
        routes[segment] += [row for row in there.details["routes"] if _stays(segment, row, propagating)]
    listed = {
        (segment, row["cidr"], name) for segment in routes for row in routes[segment] for name in row["attachments"]
    }
    propagated = {}
    for name in propagating:
        segment, _slash, member = name.partition("/")
        propagated.setdefault(segment, set()).add(member)
        # AWS lists no route that a static one hides, which leads as soon as that one is deleted; nor those that a VPN
        # has yet to learn.
        for cidr in declared.inputs.cidrs.get(member, ()):
            if (segment, cidr, member) not in listed:
                routes.setdefault(segment, []).append({"cidr": cidr, "attachments": [member], **PROPAGATED})
    return {
        segment: _table(members.get(segment, ()), routes.get(segment, ()), propagated.get(segment, set()))
        for segment in {*members, *routes}
    }


def _stays(segment, row, propagating):
    if row["type"] != "propagated":
        return row["type"] != "static"
    return any(f"{segment}/{name}" in propagating for name in row["attachments"])


def _segments(found):
    return {there.id: segment for segment, there in found["transit_gateway_route_table"].items()}


def _segment(table, tables):
    return Address.of(table.address).name if isinstance(table, Ref) else tables.get(table, table)


def _members(associations, tables):
    """Return {segment: names of its attachments}."""
    members = {}
    for name, there in associations.items():
        members.setdefault(_segment(there.fields["table"], tables), set()).add(name)
    return members


def _move(members, step, tables):
    for names in members.values():
        names.discard(step.address.name)
    if step.after:
        members.setdefault(_segment(step.after["table"], tables), set()).add(step.address.name)


def _static(found, changed):
    """Return {segment: rows of the static routes after the steps}. changed: {kind: steps}."""
    names = attachment_names(found)
    deleted = {step.address.name for kind in ROUTES for step in changed.get(kind, ())}
    rows = {}
    for segment, there in found["transit_gateway_table_route"].items():
        rows[segment] = [
            row
            for row in there.details["routes"]
            if row["type"] == "static" and f"{segment}/{row['prefix_list'] or row['cidr']}" not in deleted
        ]
    for step in (step for kind in ROUTES for step in changed.get(kind, ()) if step.after):
        segment, _slash, destination = step.address.name.partition("/")
        target = step.after["attachment"]
        if isinstance(target, Ref):
            target = Address.of(target.address).name
        dropped = target == "blackhole"
        rows.setdefault(segment, []).append(
            {
                "cidr": None if destination.startswith("pl-") else destination,
                "attachments": [] if dropped else [names.get(target, target)],
                "type": "static",
                "state": "blackhole" if dropped else "active",
            }
        )
    return rows


def _table(members, rows, propagated):
    # The entries of a prefix list that gets a route aren't known here: they lead to its target.
    leads_to = {name for row in rows if not row["cidr"] for name in row["attachments"]}
    leads_to |= Lookups([row for row in rows if row["cidr"]], ()).ends()
    return Table(frozenset(members), frozenset(leads_to), frozenset(propagated - leads_to))
