# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdict on a packet through the VPCs of a snapshot, and on its answer back, for IPv4.

Checked: routes of subnets, gateways and transit gateways, security groups, network ACLs in both directions, NAT and
internet gateways, gateway and interface endpoints, endpoints of Network Firewall and firewalls attached to a transit
gateway (that both directions pass the same ones), transit gateways and peering. Not checked, since no part of the
layout shows them: policies, rules of firewalls, DNS names, what listens at the destination. trace raises Unknown where
the path leaves what Describe calls show (VPN, Direct Connect, other appliances, an account that isn't in the snapshot),
where VPC Block Public Access is on, and where IPv6 may offer a path of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Any

from ..._core.errors import Invalid
from ..values.cidrs import is_ipv4_address
from ..values.ports import EPHEMERAL
from .packet_filters import ALL_PORTS, Decision, Packet, Ports
from .points import Lookups, Point, is_public
from .snapshot import Snapshot, Unknown
from .tracer import Flow, Tracer
from .trip import DELIVERED, NO_ROUTE, Verdict

ID_PREFIXES = ("i-", "eni-")


def trace(
    snapshot: Snapshot,
    source: str,
    destination: str,
    protocol: str | None = None,
    port: int | None = None,
    source_ports: Ports = EPHEMERAL,
) -> Verdict:
    """Return the verdict on a packet and on its answer.

    source, destination: an instance id, an interface id or an IPv4 address
    protocol: tcp, udp or icmp (a ping); None with a port: tcp; None without: any IP packet
    source_ports: the ports that the answer goes to
    Where AWS picks by itself, such as a zone in appliance mode, each pick must deliver.
    Raises Invalid for bad arguments; Unknown where the snapshot doesn't tell.
    """
    check_ends(source, destination)
    protocol, ports = flow_of(protocol, port)
    tracer = Tracer(snapshot)
    verdict = _verdict(tracer, source, destination, protocol, ports, source_ports)
    if verdict.verdict != DELIVERED and _has_ipv6(tracer.lookups, source) and _has_ipv6(tracer.lookups, destination):
        why = f"both ends have IPv6 addresses, whose way isn't looked at; by IPv4: {verdict.decided_by.message}"
        raise Unknown("destination", why, "the IPv4 addresses of both, for IPv4 alone")
    return verdict


def flow_of(protocol: str | None, port: int | None) -> tuple[str | None, Ports]:
    """Return the protocol and the destination ports of a flow; raise Invalid for a port that none has."""
    if port is None:
        return protocol, ALL_PORTS
    protocol = protocol or "tcp"
    if protocol == "icmp" or not 0 <= port <= 65535:
        raise Invalid("port", port, "is no port", "0 to 65535, of tcp or udp")
    return protocol, (port, port)


def check_ends(source: Any, destination: Any) -> None:
    """Raise Invalid if one is neither an id nor an IPv4 address, judged by its form."""
    check_end("source", source)
    check_end("destination", destination)


def check_end(option: str, value: Any) -> None:
    if not isinstance(value, str) or not (value.startswith(ID_PREFIXES) or is_ipv4_address(value)):
        expected = "an instance id (i-...), an interface id (eni-...) or an IPv4 address"
        raise Invalid(option, value, "is neither an id nor an IPv4 address", expected)


def end(lookups: Lookups, option: str, value: str) -> tuple[Point | None, IPv4Address]:
    """Return the point that an id or an address means, None for one outside, and its address."""
    if value.startswith(ID_PREFIXES):
        key = "interface_id" if value.startswith("eni-") else "instance_id"
        found = [point for point in lookups.points if getattr(point, key) == value]
        if not found:
            lookups.require_all("NetworkInterfaces")
            raise Invalid(option, value, "has no interface in the snapshot", "one that is in NetworkInterfaces")
        return found[0], found[0].address
    address = IPv4Address(value)
    if option == "destination":
        return None, address
    found = lookups.having(address)
    if len({point.interface_id for point in found}) > 1:
        ids = ", ".join(point.interface_id for point in found)
        raise Invalid(option, value, f"is the address of {ids}", "the id of the one that is meant")
    if found:
        return found[0], found[0].address
    lookups.require_all("NetworkInterfaces")
    if not is_public(address):
        problem = "is no address of an interface in the snapshot"
        raise Invalid(option, value, problem, "one that is, or a public one")
    return None, address


def from_outside(lookups: Lookups, wanted: Point) -> IPv4Address | None:
    """Return the public address by which the internet reaches an interface, its primary one's first."""
    same = (point.public for point in lookups.points if point.interface_id == wanted.interface_id and point.public)
    return wanted.public or next(same, None)


def _verdict(
    tracer: Tracer, source: str, destination: str, protocol: str | None, ports: Ports, source_ports: Ports
) -> Verdict:
    sender, sent_from = end(tracer.lookups, "source", source)
    wanted, sent_to = end(tracer.lookups, "destination", destination)
    if wanted and not sender:
        public = from_outside(tracer.lookups, wanted)
        if not public:
            message = f"{wanted.interface_id} has no public address that {sent_from} could send to"
            return Verdict(NO_ROUTE, (), Decision("network_interface", (wanted.interface_id,), message))
        sent_to = public
    packet = Packet(sent_from, sent_to, protocol, ports)
    return _worst(tracer.flows(sender, wanted, packet, source_ports))


def _worst(flows: Iterable[Flow | Unknown]) -> Verdict:
    """Return the verdict on the first combination that isn't delivered, else on the first; raise the first Unknown."""
    found = list(flows)
    certain = [flow for flow in found if isinstance(flow, Flow)]
    for flow in certain:
        decisive = flow.decisive
        if decisive.verdict.verdict != DELIVERED:
            return _told(flow, len(found) > 1)
    for unknown in found:
        if isinstance(unknown, Unknown):
            raise unknown
    return _told(certain[0], False)


def _told(flow: Flow, picks: bool) -> Verdict:
    decision = flow.decisive.verdict.decided_by
    message = decision.message
    if picks and flow.picked:
        message += f" (if {', '.join(f'{who} picks {what}' for who, what in flow.picked)})"
    decision = Decision(decision.by, decision.ids, message)
    notes = tuple(dict.fromkeys(hop.note for hop in flow.there.hops if hop.note))
    return Verdict(flow.decisive.verdict.verdict, flow.there.verdict.path, decision, notes)


def _has_ipv6(lookups: Lookups, end: str) -> bool:
    """Return true if an end that is given by its id has an IPv6 address; an id stands for all its addresses."""
    if not end.startswith(ID_PREFIXES):
        return False
    ids = {point.interface_id for point in lookups.points if end in (point.interface_id, point.instance_id)}
    interfaces = (item for _place, item in lookups.snapshot.every("NetworkInterfaces"))
    return any(item["NetworkInterfaceId"] in ids and item.get("Ipv6Addresses") for item in interfaces)
