# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hops of a packet through the network that an inventory declares, and of what the destination answers."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

from ..inventory import relations
from ..values.internet import EVERYWHERE_IPV4
from .answer import Step
from .declared import INTERNET_GATEWAY, LOCAL, NAT_GATEWAY, TRANSIT_GATEWAY, Network, Route, Tier
from .turns import covers, is_private

# Where a path leads.
CENTRAL, OWN_GATEWAY, OWN_NAT, HOST = "central", "own_gateway", "own_nat", "host"
INSIDE, BEYOND, NOWHERE = "inside", "beyond", "nowhere"
INSPECTION_VPC, ATTACHED = "inspection_vpc", "transit_gateway"


class Path(NamedTuple):
    """Path of a packet.

    leads: to the central egress, to its own gateways, to another host, stays inside, to an attachment that is no host
      of the inventory (beyond), or nowhere
    to: the egress host, the host that it arrives at, or the attachment
    says: why it leads nowhere; fix: the lines that would change that
    """

    leads: str
    steps: tuple[Step, ...]
    to: str = ""
    says: str = ""
    fix: tuple[str, ...] = ()


def out(network: Network, host: str, tier: Tier, address: IPv4Address | None) -> Path:
    """Return the path of a packet of a tier up to the firewall, to the internet, or to another host.

    address: of the destination; None: any address of the internet
    """
    route = network.route(host, tier, address)
    if route is None:
        return _no_route(network, host, tier, address)
    steps = [_at_tier(host, tier, route)]
    if route.target == LOCAL:
        return Path(INSIDE, tuple(steps), host)
    if route.target == INTERNET_GATEWAY:
        what = "the internet gateway of its own VPC; addresses without a public one are dropped"
        return Path(OWN_GATEWAY, (*steps, Step(f"{host}, internet gateway", what, "", host)), host)
    if route.target == NAT_GATEWAY:
        return Path(OWN_NAT, (*steps, *_own_nat(network, host)), host)
    return _by_hub(network, host, address, steps)


def _by_hub(network: Network, host: str, address: IPv4Address | None, steps: list[Step]) -> Path:
    hub = network.hub_of(host)
    turn = network.turn(host, address)
    where = f"Transit Gateway of {hub}, segment {turn.segment}"
    if not turn.to:
        what = (
            f"{turn.destination} is dropped (blackhole)"
            if turn.destination
            else f"no route to {address or EVERYWHERE_IPV4}"
        )
        fix = (turn.missing,) if turn.missing else ()
        steps.append(Step(where, what, turn.decides or f"hub_segments.{turn.segment} of {hub}", hub, passes=False))
        return Path(NOWHERE, tuple(steps), hub, f"{where}: {what}", fix)
    to = network.behind(hub, turn.to)
    steps.append(Step(where, f"{turn.destination} leads to the attachment of {turn.to}", turn.decides, hub))
    if to in network.egress_hosts and turn.destination == EVERYWHERE_IPV4:
        return Path(CENTRAL, (*steps, *_to_firewall(network, to)), to)
    if to not in network.accounts:
        return Path(BEYOND, tuple(steps), to)
    return Path(HOST, tuple(steps), to)


def _at_tier(host: str, tier: Tier, route: Route) -> Step:
    targets = {
        LOCAL: "the VPC itself",
        TRANSIT_GATEWAY: "the Transit Gateway",
        INTERNET_GATEWAY: "its own internet gateway",
        NAT_GATEWAY: "its own NAT gateway",
    }
    return Step(
        tier_name(host, tier.name), f"{route.destination} leads to {targets[route.target]}", route.decides, host
    )


def tier_name(host: str, tier: str) -> str:
    return f"{host}, subnets of tier {tier}"


def _own_nat(network: Network, host: str) -> tuple[Step, ...]:
    public = next((tier.name for tier in network.tiers(host) if tier.internet in ("gateway", "direct")), "")
    decides = f"vpc_nat_gateways of {host}"
    return (
        Step(
            f"{host}, NAT gateway in tier {public}" if public else f"{host}, NAT gateway",
            "public address",
            decides,
            host,
        ),
        Step(f"{host}, internet gateway", "the internet", "", host),
    )


def _no_route(network: Network, host: str, tier: Tier, address: IPv4Address | None) -> Path:
    """Return the path that ends at the tier's own route table, with what declares the route that is missing."""
    wanted = "the internet" if address is None else str(address)
    where, what = tier_name(host, tier.name), f"no route to {address or EVERYWHERE_IPV4}"
    step = Step(where, what, f"vpc_tiers of {host}", host, passes=False)
    if not network.hub_of(host):
        fix, why = not_attached(network, host)
        return Path(NOWHERE, (step,), host, f"no route to {wanted}: {why}", fix)
    prefix, have, tiers = network.prefix(host), network.destinations(host), network.attached_tiers(host)
    fix = ()
    says = f"{where}: no route to {wanted}"
    if tier.name not in tiers:
        fix += (f"{host}: {prefix}_tiers: [{', '.join([*tiers, tier.name])}]",)
        says += f": {prefix}_tiers hasn't {tier.name}"
    destination = EVERYWHERE_IPV4 if address is None or not is_private(address) else f"{address}/32"
    if not any(covers(one, address) for one in have):
        fix += (f"{host}: {prefix}_destinations: [{', '.join([*have, destination])}]",)
        says += f"{' and' if len(fix) > 1 else ':'} {prefix}_destinations hasn't {wanted}"
    return Path(NOWHERE, (step,), host, says, fix)


def not_attached(network: Network, host: str) -> tuple[tuple[str, ...], str]:
    """Return the lines that attach a host, and in words why it isn't attached."""
    variables = network.accounts[host]
    if network.in_group(host, "closed"):
        why = f"{host} is closed: it reaches AWS's services, by VPC endpoints only"
        return (f"{host}: closed_network_services: for a service of AWS, its endpoint",), why
    have = list(variables.get("spoke_destinations") or ())
    lines = [] if EVERYWHERE_IPV4 in have else [f"{host}: spoke_destinations: [{', '.join([*have, EVERYWHERE_IPV4])}]"]
    if variables.get("spoke_attached") is False:
        return (f"{host}: spoke_attached: true", *lines), f"{host} isn't attached (spoke_attached: false)"
    if variables.get("spoke_segment"):
        return ("a host of the group hub in its region",), f"the inventory has no hub of the region of {host}"
    segment = next((name for hub in network.hubs.values() for name in hub["hub_segments"]), "SEGMENT")
    line = f"{host}: spoke_segment: {segment}, in the group spokes"
    return (line, *lines), f"{host} isn't attached to a Transit Gateway"


def topology(variables: Mapping[str, Any]) -> str:
    return str(variables.get("egress_topology") or INSPECTION_VPC)


def _tier_of(variables: Mapping[str, Any], what: str) -> str:
    defaults = {"tgw": "tgw", "firewall": "firewall", "public": "public"}
    return str(variables.get(f"egress_{what}_tier") or defaults[what])


def firewall(egress: str) -> str:
    return f"Network Firewall of {egress}"


def _to_firewall(network: Network, egress: str) -> tuple[Step, ...]:
    variables = network.accounts[egress]
    if topology(variables) == ATTACHED:
        what = "to the firewall's own attachment, in the zone of the sender"
        return (
            Step(f"Transit Gateway, attachment of {egress}'s firewall", what, f"egress_topology of {egress}", egress),
        )
    tier = _tier_of(variables, "tgw")
    what = f"{EVERYWHERE_IPV4} leads to the firewall's endpoint of the same zone"
    return (Step(tier_name(egress, tier), what, f"egress_tgw_tier of {egress}", egress),)


def from_firewall(network: Network, egress: str) -> tuple[Step, ...]:
    """Return the steps from the firewall to the internet."""
    variables = network.accounts[egress]
    public = _tier_of(variables, "public")
    leaving = tier_name(egress, _tier_of(variables, "firewall"))
    if topology(variables) == ATTACHED:
        leaving = f"Transit Gateway, table of {egress}'s firewall, then its VPC"
    what = f"{EVERYWHERE_IPV4} leads to the NAT gateway of the same zone"
    return (
        Step(leaving, what, f"vpc_nat_gateways of {egress}", egress),
        Step(f"{egress}, NAT gateway in tier {public}", "the sender's address becomes the NAT gateway's", "", egress),
        Step(f"{egress}, internet gateway", "the internet", "", egress),
    )


def back(network: Network, host: str, egress: str) -> tuple[Step, ...]:
    """Return the steps of an answer from the internet to a host that left by this egress host."""
    variables, hub = network.accounts[egress], network.hub_of(host)
    public, inner = _tier_of(variables, "public"), _tier_of(variables, "firewall")
    inside = internal(network, egress)
    ranges = ", ".join(one for one in inside if _meets(one, network.accounts[host])) or ", ".join(inside)
    cidr = ", ".join(network.accounts[host].get("vpc_cidrs") or ())
    segment = network.segment_of(egress)
    arrives = Step(f"{egress}, NAT gateway in tier {public}", "knows the connection, and who opened it", "", egress)
    turn = Step(
        f"Transit Gateway of {hub}, segment {segment}",
        f"{cidr} leads to the attachment of {host}",
        f"propagated by the attachment of {host}",
        hub,
    )
    arrival = Step(f"{host}, VPC", f"{cidr} is the VPC itself", "AWS: the VPC's own route", host)
    if topology(variables) == ATTACHED:
        to_hub = Step(tier_name(egress, public), f"{ranges} leads to the Transit Gateway", _internal(egress), egress)
        through = Step(firewall(egress), "same firewall as on the way out", f"egress_topology of {egress}", egress)
        return arrives, to_hub, through, turn, arrival
    to_firewall = f"{ranges} leads to the firewall's endpoint of the same zone"
    return (
        arrives,
        Step(tier_name(egress, public), to_firewall, _internal(egress), egress),
        Step(firewall(egress), "knows the connection and lets its answers pass", "", egress),
        Step(
            tier_name(egress, inner),
            f"{ranges} leads to the Transit Gateway",
            f"spoke_destinations of {egress}",
            egress,
        ),
        turn,
        arrival,
    )


def internal(network: Network, egress: str) -> list[str]:
    """Return the ranges behind the hub, as an egress host declares them, by default where its VPC's routes lead."""
    declared = relations.as_list(network.accounts[egress].get("egress_internal_cidrs"))
    return declared or [cidr for cidr in network.destinations(egress) if cidr != EVERYWHERE_IPV4]


def _internal(egress: str) -> str:
    return f"egress_internal_cidrs of {egress}"


def _meets(cidr: str, variables: Mapping[str, Any]) -> bool:
    own = [IPv4Network(one) for one in variables.get("vpc_cidrs") or ()]
    return "/" in cidr and ":" not in cidr and any(IPv4Network(cidr).overlaps(one) for one in own)
