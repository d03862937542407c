# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pieces of a network that let a flow through: routes, rules, entries and associations, each of which can be left out.

Also found are those that would take over if another one were deleted: a shorter route, a second rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..network.addresses import Point, either
from ..network.packet_filters import OF_PERMISSION, Address, Packet, matches, permits
from ..network.points import Lookups
from ..network.routes import ends_of
from ..network.snapshot import Item
from ..network.tracer import Flow, Tracer
from ..network.trip import Hop, Leg
from . import endpoint_policies
from .variants import Change

ROUTE, ENTRY, RULE, TRANSIT_ROUTE = "route", "network_acl_entry", "security_group_rule", "transit_gateway_route"
PROPAGATION, ASSOCIATION, PEERING, POLICY = (
    *("transit_gateway_propagation", "transit_gateway_association"),
    *("vpc_peering_connection", "endpoint_policy"),
)
THERE, ANSWER = "there", "answer"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Piece:
    """Piece that lets a flow through, or may.

    kind: of the above; id: of the object that has it (a table, an ACL, a group); what: it in words
    direction: there or answer; place: pieces of one place stand for one another
    changes: what the snapshot without it is; () if it can't be left out: then `what` tells why
    data: what says who declared it: the route, entry or rule
    """

    kind: str
    id: str
    what: str
    direction: str
    place: Pair
    changes: tuple[Change, ...] = ()
    data: Any = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.id, self.what


def pieces(tracer: Tracer, flow: Flow) -> list[Piece]:
    """Return what lets a flow through, in the order of its path: there, then what its answer needs besides."""
    found: dict[tuple[str, str, str], Piece] = {}
    directions = [(THERE, flow.there.legs, flow.there.hops)]
    legs_back = flow.there.legs[::-1]
    directions += [(ANSWER, legs_back[at : at + 1], part.hops) for at, part in enumerate(flow.back)]
    for direction, legs, hops in directions:
        for piece in _of_direction(tracer, direction, legs, hops):
            found.setdefault(piece.key, piece)
    return list(found.values())


def _of_direction(tracer: Tracer, direction: str, legs: Sequence[Leg], hops: Sequence[Hop]) -> Iterator[Piece]:
    lookups = tracer.lookups
    packets = [_packet(leg, direction) for leg in legs]
    if direction == THERE and legs and legs[0].start:
        yield from _rules(lookups, legs[0].start, packets[0], egress=True)
    for at, hop in enumerate(hops):
        yield from _entries(lookups, hop, packets, direction)
        if hop.kind == "subnet":
            yield from _routes(lookups, hop, packets, direction)
        elif hop.kind == "transit_gateway":
            yield from _transit(tracer, hop, packets, direction)
            yield from _association(tracer, hop, hops[:at], legs, direction)
        elif hop.kind == "vpc_peering_connection":
            delete = Change("VpcPeeringConnections", hop.id, lambda item: {**item, "Status": {"Code": "deleted"}})
            yield Piece(PEERING, hop.id, "the peering connection", direction, (PEERING, hop.id), (delete,))
        elif hop.kind == "vpc_endpoint":
            yield from endpoint_policy(lookups, hop.id, direction)
    for leg, packet in zip(legs, packets):
        if direction == THERE and leg.end:
            yield from _rules(lookups, leg.end, packet, egress=False)


def _packet(leg: Leg, direction: str) -> Packet:
    sent = leg.packet
    if direction == THERE:
        return sent
    ports = (0, 65535) if sent.protocol in (None, "icmp") else leg.source_ports
    return Packet(sent.destination, sent.source, sent.protocol, ports, answer=True)


# ---- routes of VPCs


def _routes(lookups: Lookups, hop: Hop, packets: Sequence[Packet], direction: str) -> Iterator[Piece]:
    """Yield the routes of a subnet's table that the packet matches, the one that it takes first."""
    found = lookups.snapshot.every("RouteTables")
    table = next((item for _place, item in found if item["RouteTableId"] == hop.table), None)
    if table is None:
        return
    addresses = {packet.destination for packet in packets if _goes(lookups, hop.destination, packet.destination)}
    active = [route for route in table["Routes"] if route.get("State", "active") == "active"]
    listed = [route for route in active if any(_covers(lookups, route, one) for one in addresses)]
    listed.sort(key=lambda route: ends_of(route) != (hop.destination, hop.target))
    for route in listed:
        destination, target = ends_of(route)
        what = f"route {destination} to {target}"
        local = route.get("GatewayId") == "local"
        gone = () if local else (Change("RouteTables", hop.table, _without("Routes", route)),)
        yield Piece(ROUTE, hop.table, what, direction, (ROUTE, hop.table), gone, route)


def _goes(lookups: Lookups, destination: str, address: Address) -> bool:
    return _covers(lookups, {"DestinationPrefixListId": destination}, address) or (
        "/" in destination and address in either(destination)
    )


def _covers(lookups: Lookups, route: Item, address: Address) -> bool:
    cidr = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
    if cidr:
        return address in either(cidr)
    return any(address in one for one in lookups.prefix_lists.get(route.get("DestinationPrefixListId", ""), ()))


def _without(key: str, *gone: Item) -> Callable[[Item], Item]:
    return lambda item: {**item, key: [one for one in item[key] if one not in gone]}


# ---- network ACLs


def _entries(lookups: Lookups, hop: Hop, packets: Sequence[Packet], direction: str) -> Iterator[Piece]:
    acls = {item["NetworkAclId"]: item for _place, item in lookups.snapshot.every("NetworkAcls")}
    for decision in hop.lets_through:
        if decision.by != "network_acl":
            continue
        egress = decision.message.startswith("outbound")
        acl = acls[decision.ids[0]]
        for entry in sorted(acl["Entries"], key=lambda entry: entry["RuleNumber"]):
            allows = entry["RuleAction"] == "allow"
            if allows and any(matches(entry, packet, egress) for packet in packets):
                way = "outbound" if egress else "inbound"
                what = f"{way} rule {entry['RuleNumber']}: {entry_text(entry)}"
                gone = (Change("NetworkAcls", acl["NetworkAclId"], _without("Entries", entry)),)
                yield Piece(ENTRY, decision.ids[0], what, direction, (f"{ENTRY} {way}", decision.ids[0]), gone, entry)


def entry_text(entry: Item) -> str:
    """Return an entry of a network ACL in words."""
    protocol = {"-1": "any protocol", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}.get(
        entry["Protocol"], f"protocol {entry['Protocol']}"
    )
    ports = entry.get("PortRange")
    protocol += f"/{ports['From']}-{ports['To']}" if ports and ports["From"] != ports["To"] else ""
    protocol += f"/{ports['From']}" if ports and ports["From"] == ports["To"] else ""
    return f"{protocol} {'to' if entry['Egress'] else 'from'} {entry.get('CidrBlock') or entry.get('Ipv6CidrBlock')}"


# ---- security groups


def _rules(lookups: Lookups, point: Point, packet: Packet, egress: bool) -> Iterator[Piece]:
    """Yield the single rules of an interface's groups that are for the packet's protocol and ports."""
    key = "IpPermissionsEgress" if egress else "IpPermissions"
    for _place, group in lookups.snapshot.every("SecurityGroups"):
        if group["GroupId"] not in point.groups:
            continue
        for permission in group.get(key, ()):
            if not permits(permission, packet):
                continue
            for field_, peer in _peers(permission):
                data = {**_but_peers(permission), field_: [peer]}
                gone = (Change("SecurityGroups", group["GroupId"], _without_peer(key, permission, field_, peer)),)
                what = rule_text(data, egress)
                place = (f"{RULE} {'egress' if egress else 'ingress'}", point.interface_id or point.node)
                yield Piece(RULE, group["GroupId"], what, THERE, place, gone, data)


PEERS = (*(ranges for ranges, _key in OF_PERMISSION.values()), "PrefixListIds", "UserIdGroupPairs")


def _peers(permission: Item) -> Iterator[tuple[str, Item]]:
    for name in PEERS:
        yield from ((name, peer) for peer in permission.get(name, ()))


def rule_text(permission: Item, egress: bool) -> str:
    """Return a rule of a security group with one peer in words."""
    protocol = "any protocol" if permission["IpProtocol"] == "-1" else permission["IpProtocol"]
    first, last = permission.get("FromPort", -1), permission.get("ToPort", -1)
    if protocol in ("tcp", "udp") and first != -1:
        protocol += f"/{first}" if first == last else f"/{first}-{last}"
    keys = ("CidrIp", "CidrIpv6", "PrefixListId", "GroupId")
    peers = [peer[key] for name in PEERS for peer in permission.get(name, ()) for key in keys if key in peer]
    way = "egress" if egress else "ingress"
    return f"{way} rule: {protocol} {'to' if egress else 'from'} {', '.join(peers)}"


def _without_peer(key: str, permission: Item, name: str, peer: Item) -> Callable[[Item], Item]:
    """Return a change of a group that deletes the rule with one peer; others of its permission stay."""
    of_rule = _but_peers(permission)

    def change(group: Item) -> Item:
        left = []
        for one in group[key]:
            if _but_peers(one) == of_rule:
                one = {**one, name: [other for other in one.get(name, ()) if other != peer]}
            left += [one] if any(one.get(ranges) for ranges in PEERS) else []
        return {**group, key: left}

    return change


def _but_peers(permission: Item) -> dict[str, Any]:
    return {name: value for name, value in permission.items() if name not in PEERS}


# ---- transit gateways


def _transit(tracer: Tracer, hop: Hop, packets: Sequence[Packet], direction: str) -> Iterator[Piece]:
    """Yield the routes of a transit gateway's table that the packet matches, the one that it takes first."""
    addresses = {packet.destination for packet in packets if packet.destination in either(hop.destination)}
    place = (TRANSIT_ROUTE, hop.table)
    found = []
    for kind in ("TransitGatewayRoutes", "TransitGatewayStaticRoutes"):
        for _place, item in tracer.snapshot.every(kind):
            if item["TransitGatewayRouteTableId"] == hop.table:
                found += [(kind, item, route) for route in item["Routes"]]
    for kind, item, route in found:
        cidrs = _transit_cidrs(tracer.lookups, route)
        if route["State"] != "active" or not any(one in cidr for cidr in cidrs for one in addresses):
            continue
        targets = [to["TransitGatewayAttachmentId"] for to in route.get("TransitGatewayAttachments", ())]
        name = route.get("DestinationCidrBlock") or route.get("PrefixListId")
        leads = ", ".join(targets)
        if route.get("Type", "static") == "static":
            gone = (Change(kind, hop.table, _without("Routes", route)),)
            yield Piece(TRANSIT_ROUTE, hop.table, f"static route {name} to {leads}", direction, place, gone, route)
        else:
            of_target = [one for one in item["Routes"] if _propagated_by(one, targets)]
            gone = (Change(kind, hop.table, _without("Routes", *of_target)),)
            what = f"propagation of {leads} (route {name})"
            yield Piece(PROPAGATION, hop.table, what, direction, place, gone, route)
    yield from _propagations(tracer, hop, direction, place)


def _propagated_by(route: Item, targets: Sequence[str]) -> bool:
    to = [one["TransitGatewayAttachmentId"] for one in route.get("TransitGatewayAttachments", ())]
    return route.get("Type") == "propagated" and bool(set(to) & set(targets))


def _transit_cidrs(lookups: Lookups, route: Item) -> list[Any]:
    cidr = route.get("DestinationCidrBlock")
    return [either(cidr)] if cidr else lookups.prefix_lists.get(route.get("PrefixListId", ""), [])


def _propagations(tracer: Tracer, hop: Hop, direction: str, place: Pair) -> Iterator[Piece]:
    """Yield the propagation that the packet takes, where a snapshot has propagations in place of their routes."""
    key = "TransitGatewayRouteTablePropagations"
    for owner, item in tracer.snapshot.every("TransitGatewayPropagations"):
        if item["TransitGatewayRouteTableId"] != hop.table or "TransitGatewayRoutes" in tracer.snapshot.places[owner]:
            continue
        for one in item[key]:
            if one["TransitGatewayAttachmentId"] == hop.target and one["State"] == "enabled":
                gone = (Change("TransitGatewayPropagations", hop.table, _without(key, one)),)
                route = {"TransitGatewayAttachments": [one], "DestinationCidrBlock": hop.destination}
                what = f"propagation of {hop.target} (route {hop.destination})"
                yield Piece(PROPAGATION, hop.table, what, direction, place, gone, route)


def _association(
    tracer: Tracer, hop: Hop, before: Sequence[Hop], legs: Sequence[Leg], direction: str
) -> Iterator[Piece]:
    """Yield the association of the attachment by which the packet comes into the transit gateway."""
    entered = [one.id for one in before if one.id.startswith("tgw-attach-")]
    entered += [leg.gateway for leg in legs if leg.gateway.startswith("tgw-attach-")]
    for _place, item in tracer.snapshot.every("TransitGatewayAttachments"):
        association = item.get("Association") or {}
        id_ = item["TransitGatewayAttachmentId"]
        policies = association.get("TransitGatewayPolicyTableId")
        if id_ in entered and (policies or association.get("TransitGatewayRouteTableId") == hop.table):
            gone = (Change("TransitGatewayAttachments", id_, lambda one: {**one, "Association": {}}),)
            what = f"association of {id_}" + (f", whose rules lead to {hop.table}" if policies else "")
            yield Piece(ASSOCIATION, policies or hop.table, what, direction, (ASSOCIATION, id_), gone, item)
            return


# ---- endpoint policies


def endpoint_policy(lookups: Lookups, id_: str, direction: str) -> Iterator[Piece]:
    """Yield an endpoint's policy, which decides by who asks for what, and not by packets."""
    for _place, item in lookups.snapshot.every("VpcEndpoints"):
        if item["VpcEndpointId"] == id_ and direction == THERE:
            for what in endpoint_policies.told(item):
                yield Piece(POLICY, id_, what, direction, (POLICY, id_), (), item)
            return
