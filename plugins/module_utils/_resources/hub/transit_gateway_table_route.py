# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes of the hub's Transit Gateway route tables, of any type and origin: read only.

A VPC's account decides what the VPC propagates: a CIDR added to the VPC is a route here at once
(https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html), and takes the traffic of any wider CIDR
that contains it. So what is propagated is compared with what is declared of each attachment.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from ..._domain.values.cidrs import is_within
from ..shared.ec2 import filters
from .transit_gateway_attachment import carried
from .transit_gateway_membership import attachment_ids, attachment_names

READ_AFTER = (
    "existing_vpc",
    "other_attachment",
    "spoke_attachment",
    "transit_gateway_attachment",
    "transit_gateway_route_table",
)
INPUTS = ("actual_cidrs", "cidrs", "spokes")
PERMISSIONS = ("ec2:SearchTransitGatewayRoutes",)
KIND = ResourceType("transit_gateway_table_route")


def read(aws, declared, found):
    """Return {segment: Actual} whose details hold routes.

    Each is {cidr, attachments, attachment_ids, type, state, prefix_list}; attachments by their names, or ids where they
    have none.
    """
    names = attachment_names(found)
    tables = {segment: table.id for segment, table in found["transit_gateway_route_table"].items() if table.managed}
    pages = aws.gather(*(lambda id_=id_: _search(aws, id_) for id_ in tables.values()))
    return {
        segment: Actual(None, {}, False, {"routes": [_route(route, names) for route in routes]})
        for segment, routes in zip(tables, pages)
    }


def _search(aws, table):
    return aws.read(
        "ec2.search_transit_gateway_routes",
        "Routes",
        TransitGatewayRouteTableId=table,
        # A filter is required (SearchTransitGatewayRoutes); routes of any type, so that a type that AWS adds is found.
        Filters=filters(state=["active", "blackhole"]),
    )


def _route(route, names):
    ids = [a["TransitGatewayAttachmentId"] for a in route.get("TransitGatewayAttachments", [])]
    return {
        "cidr": route.get("DestinationCidrBlock"),
        "attachments": [names.get(id_, id_) for id_ in ids],
        "attachment_ids": ids,
        "type": route.get("Type"),
        "state": route.get("State"),
        "prefix_list": route.get("PrefixListId"),
    }


def beyond(found, declared):
    """Return {name: sorted CIDRs that aren't declared of an attachment, but that it propagates or its VPC has}."""
    seen = {name: list(cidrs) for name, cidrs in _actual(found, declared).items()}
    for table in found[KIND.name].values():
        for route in table.details["routes"]:
            if route["type"] == "propagated" and route["cidr"]:
                for name in route["attachments"]:
                    seen.setdefault(name, []).append(route["cidr"])
    return {
        name: sorted(extra)
        for name, cidrs in seen.items()
        if name in declared.inputs.cidrs
        and (extra := {cidr for cidr in cidrs if not is_within(cidr, declared.inputs.cidrs[name])})
    }


def _actual(found, declared):
    """Return {name: CIDRs that its VPC was seen to have}.

    Those of a spoke come from its own phase, those of the hub's own VPC are read here.
    """
    own = {name: cidrs for name in found["existing_vpc"] if (cidrs := carried(name, found, declared))}
    return {**own, **declared.inputs.actual_cidrs}


def apart(found, declared):
    """Return the names of attachments that get static routes to their declared CIDRs in place of propagation.

    Once the propagation is off, the hub can't see what a VPC has. So it stays off until the VPC's own account says that
    the VPC is as declared (actual_cidrs).
    """
    if declared.absent:
        return set()
    names, known = set(beyond(found, declared)), _actual(found, declared)
    ids, there = attachment_ids(found), found["transit_gateway_static_route"]
    static = declared.resources.get("transit_gateway_static_route", {})
    for key in declared.resources.get("transit_gateway_propagation", {}):
        segment, _slash, name = key.partition("/")
        if name in known or key in found["transit_gateway_propagation"]:
            continue
        asking = found["spoke_attachment"].get(name)
        # The VPC's CIDRs aren't known, and they would be routed as soon as the attachment is accepted.
        if asking and asking.fields["state"] == "pendingAcceptance":
            names.add(name)
            continue
        keys = {f"{segment}/{cidr}" for cidr in declared.inputs.cidrs.get(name, ())} - static.keys()
        if any(other in there and there[other].fields["attachment"] == ids.get(name) for other in keys):
            names.add(name)
    return names


def findings(wanted, found, declared):
    if declared.absent:
        return []
    over = beyond(found, declared)
    return [_beyond_line(name, over.get(name), declared) for name in sorted(apart(found, declared))]


def _beyond_line(name, cidrs, declared):
    spoke = declared.inputs.spokes.get(name)
    whose = f"account {spoke['account_id']}" if spoke else "the hub"
    unknown = "which ranges its VPC has isn't known here, or was more than declared"
    what = f"propagates {', '.join(cidrs)}, not declared of it" if cidrs else unknown
    return (
        f"{name}: {what}: only its declared ranges are routed, by static routes, and its propagation is off. Remove"
        f" what isn't declared from its VPC ({whose}), or declare it; then run its turn, and the hub in the same run"
    )
