# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an account with an inspection VPC must declare so that both directions of a connection pass its firewall.

A packet that comes in by another tier than the firewall's routes lead from isn't filtered at all; an answer without a
route back is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid, refusal
from ..inventory import relations
from ..values.internet import EVERYWHERE_IPV4
from . import overlaps

READ = (
    *("spoke_segment", "spoke_attached", "spoke_attachment_tier", "spoke_tiers", "spoke_destinations"),
    *("hub_segments", "hub_segment", "hub_tiers", "hub_destinations", "hub_vpc_attachments"),
    *("egress_tgw_tier", "egress_firewall_tier", "egress_public_tier", "egress_internal_cidrs"),
)
TIERS = {"egress_tgw_tier": "tgw", "egress_firewall_tier": "firewall", "egress_public_tier": "public"}


def problems(host: str, variables: Mapping[str, Any], resolved: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield problems of the attachment and of the routes back. resolved: valid groups as `groups.resolve` returns."""
    side = "hub" if variables.get("hub_segments") is not None else "spoke"
    if side == "hub" and variables.get("hub_vpc_attachments") is not None:
        return
    if not (variables.get("hub_segment") if side == "hub" else relations.is_attached(variables)):
        return
    destinations = variables.get(f"{side}_destinations") or []
    declared = variables.get("egress_internal_cidrs")
    internal = _ranges(destinations if declared is None else declared)
    yield from _of_tiers(host, variables, side)
    yield from _of_routes(f"{host}.{side}_destinations", destinations, internal)
    # The module refuses a firewall without any.
    if internal:
        yield from _of_sources(f"{host}.egress_internal_cidrs", internal, resolved)


def _ranges(listed: Any) -> list[str]:
    """Return the IPv4 CIDRs of a list, without the default route and what is no CIDR, which other checks tell."""
    return [
        cidr
        for cidr in relations.as_list(listed)
        if cidr != EVERYWHERE_IPV4 and not refusal(overlaps.network, "cidr", cidr) and ":" not in cidr
    ]


def _of_tiers(host: str, variables: Mapping[str, Any], side: str) -> Iterator[Invalid]:
    tgw, firewall, public = (variables.get(variable) or default for variable, default in TIERS.items())
    attached = (variables.get("spoke_attachment_tier") if side == "spoke" else None) or "tgw"
    if attached != tgw:
        problem = f"lets packets in past the firewall, to which only tier {tgw} leads (egress_tgw_tier)"
        option = "spoke_attachment_tier" if side == "spoke" else "egress_tgw_tier"
        yield Invalid(f"{host}.{option}", attached if side == "spoke" else tgw, problem, "one tier for both")
    routed = variables.get(f"{side}_tiers") or ["app"]
    if firewall not in routed:
        problem = f"gives tier {firewall} no routes back to the accounts, so answers are lost behind the firewall"
        yield Invalid(f"{host}.{side}_tiers", routed, problem, f"[{firewall}]")
    if public in routed:
        problem = f"leads answers from tier {public} past the firewall"
        yield Invalid(f"{host}.{side}_tiers", routed, problem, f"[{firewall}]")


def _of_routes(option: str, destinations: Any, internal: Sequence[str]) -> Iterator[Invalid]:
    """Yield ranges that lead to the firewall, and not on to the Transit Gateway behind it."""
    # What a prefix list holds isn't known here.
    listed = destinations if isinstance(destinations, list) else []
    if all(isinstance(one, str) and "/" in one for one in listed):
        for cidr in overlaps.without(internal, [one for one in listed if not refusal(overlaps.network, option, one)]):
            problem = f"lacks {cidr} of egress_internal_cidrs, so answers to it are lost behind the firewall"
            yield Invalid(option, destinations, problem, f"{cidr}, too")


def _of_sources(option: str, internal: Sequence[str], resolved: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield sources to which the public tier has no route through the firewall."""
    told: set[str] = set()
    for group, declared in resolved.items():
        for source in declared["sources"]:
            ipv4 = [cidr for cidr in source["cidrs"] if ":" not in cidr]
            for cidr in overlaps.without(ipv4, internal):
                if cidr not in told:
                    told.add(cidr)
                    problem = f"has no way back to {cidr} of {source['name']}, a source of {group}"
                    yield Invalid(option, list(internal), problem, f"{cidr}, too, here or in the default of it")
