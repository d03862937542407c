# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of default routes: those that lead nowhere, and those that lead answers elsewhere than they came from.

A stateful firewall sees both directions of a connection or drops it. What comes in by a VPC's own internet gateway has
to go out by it: a default route to the hub in such a tier sends the answers through the central firewall, which has
never seen the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from ..._core.errors import Invalid, refusal
from ..hub import segments
from ..values.cidrs import is_within, parse_either
from ..values.internet import EVERYWHERE, PRIVATE
from . import relations

# The host variables that `problems` reads.
READ = (
    *("region", "vpc_id", "vpc_tiers", "hub_segments", "hub_segment", "hub_tiers", "hub_destinations"),
    *("hub_vpc_attachments", "hub_other_attachments", "hub_appliance_mode", "hub_account_id", "spoke_segment"),
    *("spoke_attached", "spoke_tiers", "spoke_destinations", "spoke_appliance_mode"),
)
Hosts = Mapping[str, Mapping[str, Any]]
RECIPE = (
    "internet: direct in that tier, which then answers by its own internet gateway. To inspect what comes in: a load"
    " balancer in the public subnets, with its targets in tiers that leave by the hub, an endpoint of the firewall in"
    " this VPC (endpoint association), or ingress through the hub"
)


def problems(sound: Hosts) -> Iterator[Invalid]:
    """Yield problems of these hosts' default routes. sound: hosts whose own variables are valid."""
    hubs = {host: variables for host, variables in sound.items() if variables.get("hub_segments") is not None}
    for host, variables in sound.items():
        side = "hub" if host in hubs else "spoke"
        if variables.get(f"{side}_segment") is None or (side == "spoke" and not relations.is_attached(variables)):
            continue
        if side == "hub" and variables.get("hub_vpc_attachments") is not None:
            continue
        destinations = variables.get(f"{side}_destinations") or []
        yield from _of_tiers(host, variables, side, destinations)
        mine = [host] if side == "hub" else relations.hubs_of(variables, hubs)
        if len(mine) == 1:
            yield from _of_segment(host, variables, side, destinations, hubs[mine[0]])


def _of_tiers(host: str, variables: Mapping[str, Any], side: str, destinations: list[Any]) -> Iterator[Invalid]:
    """Yield problems of tiers that get a route to the hub and lead to the internet themselves."""
    tiers = variables.get("vpc_tiers")
    routed = relations.as_list(variables.get(f"{side}_tiers", ["app"]))
    for index, tier in enumerate(tiers if isinstance(tiers, list) else []):
        name, internet = tier.get("name"), tier.get("internet", "none")
        if name not in routed or internet == "none":
            continue
        option = f"{host}.vpc_tiers[{index}].internet"
        for destination in destinations:
            if destination in EVERYWHERE and internet == "gateway":
                problem = (
                    f"lets the subnets of tier {name} be reached by their internet gateway, but"
                    f" {side}_destinations leads their answers to the transit gateway (route {destination}): the"
                    " firewall would drop them"
                )
                yield Invalid(option, internet, problem, RECIPE)
            elif destination in EVERYWHERE and internet == "nat":
                problem = f"leads {destination} of tier {name} to a NAT gateway, and {side}_destinations to the hub"
                yield Invalid(option, internet, problem, f"none, or no {destination} in {side}_destinations")
            elif internet in ("gateway", "direct") and _is_wide(destination):
                problem = (
                    f"leads to the transit gateway, also from tier {name}, whose subnets are reached by their internet"
                    " gateway: it is longer than their default route"
                )
                yield Invalid(f"{host}.{side}_destinations", destination, problem, "private ranges, or a default route")


def _is_wide(destination: Any) -> bool:
    """Return true for part of the internet, other than all of it: its addresses may be those of any client."""
    if destination in EVERYWHERE or refusal(parse_either, "", destination):
        return False
    return ip_network(destination).prefixlen < 8 and not is_within(destination, PRIVATE)


def _of_segment(
    host: str, variables: Mapping[str, Any], side: str, destinations: list[Any], hub: Mapping[str, Any]
) -> Iterator[Invalid]:
    if refusal(segments.parse, hub["hub_segments"]):
        return
    parsed = segments.parse(hub["hub_segments"])
    name = variables[f"{side}_segment"]
    segment = parsed.get(name) if isinstance(name, str) else None
    if segment is None:
        return
    defaults = [destination for destination in destinations if destination in EVERYWHERE]
    option = f"{host}.{side}_destinations"
    if segment.egress or segment.internet_of:
        if defaults:
            problem = f"leads back to the hub, but segment {name} is the way out"
            yield Invalid(option, defaults[0], problem, "the ranges of the accounts, such as 10.0.0.0/8")
        if segment.egress and variables.get(f"{side}_appliance_mode") is not True:
            problem = f"is off, but segment {name} is the way out: answers could meet the firewall of another zone"
            yield Invalid(f"{host}.{side}_appliance_mode", variables.get(f"{side}_appliance_mode"), problem, "true")
        return
    for destination in defaults:
        if not _is_led(destination, name, segment, parsed, hub):
            exits = [other for other, declared in parsed.items() if declared.egress]
            reach = f"reaches: [{exits[0]}] of {name} in hub_segments" if exits else "a segment with egress: true"
            problem = f"leads to the hub, whose table of segment {name} has no such route: all would be dropped"
            yield Invalid(option, destination, problem, f"{reach}, or a static route of {name}")


def _is_led(
    destination: str,
    name: str,
    segment: segments.Segment,
    parsed: Mapping[str, segments.Segment],
    hub: Mapping[str, Any],
) -> bool:
    """Return true if the hub's table of the segment has a default route, or may have one."""
    if any(route.destination == destination or "/" not in route.destination for route in segment.static_routes):
        return True
    reached = {*segment.reaches, *(other for other, declared in parsed.items() if name in declared.reaches), name}
    if any(parsed[other].egress for other in reached):
        return True
    # What is behind a VPN may be all there is.
    others = hub.get("hub_other_attachments")
    return any(
        isinstance(other, Mapping) and other.get("segment") in reached and destination in (other.get("cidrs") or ())
        for other in (others if isinstance(others, list) else [])
    )
