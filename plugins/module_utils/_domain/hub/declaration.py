# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declaration of segments, and what they are made of: attachments, routes and tables of a Transit Gateway (TGW)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.errors import Invalid
from ..values import identifiers

# Options for the target of a static route; each has one of them.
TARGETS = ("attachment", "blackhole")
OPTIONS = ("isolated", "reaches", "static_routes", "egress", "internet_of")


@dataclass(frozen=True)
class StaticRoute:
    """Static route of a segment's table: destination is a CIDR or a prefix list's id; attachment None: a blackhole."""

    destination: str
    attachment: str | None


@dataclass(frozen=True)
class Segment:
    """A segment as declared.

    egress: what leaves for elsewhere leaves by its one attachment. internet_of: the egress segment whose firewall is
    attached to the TGW itself, and behind which this segment's one VPC leads to the internet.
    """

    isolated: bool
    reaches: tuple[str, ...]
    static_routes: tuple[StaticRoute, ...] = ()
    egress: bool = False
    internet_of: str | None = None


@dataclass(frozen=True)
class Attachment:
    """An attachment of a TGW.

    cidrs: all CIDRs of its VPC, with IPv6 if the attachment supports it; for another kind of attachment (vpc False),
    all CIDRs behind it. propagates False: AWS propagates no routes of it (a peering), so it needs static routes.
    firewall: a firewall of Network Firewall, which is attached without a VPC and has no CIDRs.
    """

    name: str
    segment: str
    cidrs: tuple[str, ...]
    account_id: str
    vpc: bool = True
    propagates: bool = True
    firewall: bool = False


@dataclass(frozen=True)
class Table:
    """A TGW route table: names of attachments, destinations that it drops, and static routes."""

    associations: tuple[str, ...]
    propagations: tuple[str, ...]
    blackholes: tuple[str, ...] = ()
    static_routes: tuple[StaticRoute, ...] = ()


# A firewall that is attached to the TGW itself (CreateFirewall, TransitGatewayId).
FIREWALL = "network-function"
# Kinds of attachments other than VPCs -> true if AWS propagates their routes, which it doesn't for a peering
# (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-add-route.html). A firewall has none.
OTHERS = {"vpn": True, "direct-connect-gateway": True, "connect": True, "peering": False, FIREWALL: False}


def others(attachments: Iterable[Mapping[str, Any]]) -> list[Attachment]:
    """Return tgw_hub's other_attachments as Attachments; their account_id is "none", since they aren't VPCs."""
    return [
        Attachment(
            a["name"],
            a["segment"],
            tuple(a["cidrs"]),
            "none",
            vpc=False,
            propagates=OTHERS[a["resource_type"]],
            firewall=a["resource_type"] == FIREWALL,
        )
        for a in attachments
    ]


# What a segment's name is, for messages.
NAME = "a letter, then letters, digits, _ or -, 64 at most"


def is_name(name: Any) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", name) is not None


def parse(segments: Any, option: str = "segments") -> dict[str, Segment]:
    """Parse the declaration ``{name: {isolated: bool, reaches: [name], static_routes: [...]}}``. Raises Invalid."""
    if not isinstance(segments, dict) or not segments:
        raise Invalid(option, segments, "declares no segment", "a mapping such as {shared: {}}")
    return {name: _parse_segment(option, name, segment, segments) for name, segment in segments.items()}


def _parse_segment(option: str, name: Any, segment: Any, segments: Mapping[Any, Any]) -> Segment:
    where = f"{option}.{name}"
    if not is_name(name):
        raise Invalid(option, name, "is not a segment name", NAME)
    segment = _or_default(segment, {})
    if not isinstance(segment, dict):
        raise Invalid(where, segment, "is not a mapping", "isolated, reaches, or {}")
    for key in segment:
        if key not in OPTIONS:
            raise Invalid(where, key, "is not an option of a segment", f"{', '.join(OPTIONS[:-1])} or {OPTIONS[-1]}")
    isolated, leads_out = (_parse_boolean(where, segment, key) for key in ("isolated", "egress"))
    reaches = _or_default(segment.get("reaches"), [])
    if not isinstance(reaches, list):
        raise Invalid(f"{where}.reaches", reaches, "is not a list", "a list of segments")
    for index, other in enumerate(reaches):
        if other == name:
            raise Invalid(f"{where}.reaches[{index}]", other, "is the segment itself", "isolated: false for that")
        if not isinstance(other, str) or other not in segments:
            known = ", ".join(map(str, segments))
            raise Invalid(f"{where}.reaches[{index}]", other, "is not a declared segment", f"one of {known}")
    static = _parse_static_routes(f"{where}.static_routes", segment)
    return Segment(isolated, tuple(reaches), static, leads_out, _parse_internet_of(where, name, segment, segments))


def _parse_boolean(where: str, segment: Mapping[str, Any], key: str) -> bool:
    value = _or_default(segment.get(key), False)
    if not isinstance(value, bool):
        raise Invalid(f"{where}.{key}", value, "is not a boolean", "true or false")
    return value


def _parse_internet_of(where: str, name: str, segment: Mapping[str, Any], segments: Mapping[Any, Any]) -> str | None:
    other = segment.get("internet_of")
    if other is None:
        return None
    declared = segments.get(other) if isinstance(other, str) else None
    if other == name or not isinstance(declared, dict) or declared.get("egress") is not True:
        problem, expected = "is not another segment with egress: true", "the segment of the firewall"
        raise Invalid(f"{where}.internet_of", other, problem, expected)
    if segment.get("egress"):
        raise Invalid(f"{where}.internet_of", other, "is set in a segment with egress: true", "one of the two")
    return str(other)


def _parse_static_routes(where: str, segment: Mapping[str, Any]) -> tuple[StaticRoute, ...]:
    routes = _or_default(segment.get("static_routes"), [])
    if not isinstance(routes, list):
        raise Invalid(where, routes, "is not a list", "a list such as [{destination: 10.9.0.0/16, attachment: vpn}]")
    parsed: list[StaticRoute] = []
    for index, route in enumerate(routes):
        option = f"{where}[{index}]"
        if not isinstance(route, dict) or not {"destination"} < route.keys() <= {"destination", *TARGETS}:
            raise Invalid(option, route, "is no static route", "destination, and attachment or blackhole: true")
        identifiers.destination(f"{option}.destination", route["destination"])
        target = {key: route[key] for key in TARGETS if route.get(key) is not None}
        if len(target) != 1 or target.get("blackhole") is False or not isinstance(target.get("attachment", ""), str):
            raise Invalid(option, route, "leads nowhere, or to two", "an attachment's name, or blackhole: true")
        if route["destination"] in {other.destination for other in parsed}:
            raise Invalid(f"{option}.destination", route["destination"], "has a route already", "each destination once")
        parsed.append(StaticRoute(route["destination"], target.get("attachment")))
    return tuple(parsed)


def _or_default(value: Any, default: Any) -> Any:
    return default if value is None else value
