# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the traffic of one account flows, as an inventory declares it: out and back, east-west, and in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from ipaddress import IPv4Network
from typing import Any, NamedTuple

from . import groups, hops, inventory
from .answer import Step
from .declared import Accounts, Network, Tier
from .groups import Egress, Entry, Group
from .parts import MONITOR

INTERNET = "internet"
# Neighbours of an account that are told one by one.
MOST = 30


class Way(NamedTuple):
    """Way of a tier to the internet and back. stopped: the flow that vpc_flows lacks, if they close the tier to it."""

    tier: str
    subnets: tuple[str, ...]
    path: hops.Path
    back: tuple[Step, ...]
    stopped: str = ""


class Opening(NamedTuple):
    """What a group lets the account reach. only: CIDRs of the account that it holds for, "" if for all of it."""

    target: str
    ports: str
    protocol: str
    group: str
    owner: str
    reason: str
    until: str
    expired: bool
    only: str


class Door(NamedTuple):
    """Traffic that the account lets in. source: internet, or a CIDR, or a tier; decides: the variable."""

    source: str
    tier: str
    ports: str
    decides: str


class Neighbour(NamedTuple):
    """Host that the account reaches by the Transit Gateway. returns: the route of the answers, "" if there is none."""

    host: str
    cidrs: tuple[str, ...]
    steps: tuple[Step, ...]
    returns: str


@dataclass(frozen=True)
class Traffic:
    """Traffic of one account.

    hub, segment, egress: "" if it has none; is_egress: it is the central egress itself
    neighbours: MOST of them at most; more: the number of others that its segment reaches
    """

    host: str
    account_id: str
    region: str
    hub: str
    segment: str
    egress: str
    is_egress: bool
    monitor: bool
    groups: tuple[str, ...]
    ways: tuple[Way, ...]
    allowed: tuple[Opening, ...]
    inbound: tuple[Door, ...]
    neighbours: tuple[Neighbour, ...]
    more: int

    def as_data(self) -> dict[str, Any]:
        """Return all of it as plain data."""

        def plain(value: Any) -> Any:
            if isinstance(value, Step):
                return asdict(value)
            if hasattr(value, "_asdict"):
                return {key: plain(item) for key, item in value._asdict().items()}
            return [plain(item) for item in value] if isinstance(value, tuple) else value

        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}


def traffic(network: Network, host: str, egress: Egress) -> Traffic:
    """Return the traffic of a host of the inventory. egress: the groups of the egress host that it leaves by."""
    variables = network.accounts[host]
    held = [(group, common) for group in egress.groups if (common := _common(group, variables))]
    ways = tuple(_way(network, host, tier, [group for group, _common in held]) for tier in network.tiers(host))
    centre = next((way.path.to for way in ways if way.path.leads == hops.CENTRAL), "")
    hub = network.hub_of(host)
    reached = [other for other in network.reached(host) if other not in network.egress_hosts] if hub else []
    return Traffic(
        host,
        str(variables.get("account_id") or ""),
        str(variables.get("region") or ""),
        hub,
        network.segment_of(host) if hub else "",
        centre,
        host in network.egress_hosts,
        bool(centre) and network.accounts[centre].get("egress_mode") == MONITOR,
        tuple(group.name for group, _common in held) if centre else (),
        ways,
        tuple(_openings(held, variables)) if centre else (),
        tuple(_doors(variables)),
        tuple(_neighbours(network, host, reached[:MOST])),
        len(reached[MOST:]),
    )


def _way(network: Network, host: str, tier: Tier, held: Sequence[Group]) -> Way:
    path = hops.out(network, host, tier, None)
    back: tuple[Step, ...] = ()
    stopped = missing_flow(network.accounts[host], tier.name)
    if path.leads == hops.CENTRAL:
        judge = _firewall(network, path.to, held)
        path = path._replace(steps=(*path.steps, judge, *hops.from_firewall(network, path.to)))
        back = hops.back(network, host, path.to)
    if path.leads in (hops.OWN_GATEWAY, hops.OWN_NAT):
        back = (Step(f"{host}, internet gateway", "answers come back by the gateway that they left by", "", host),)
    return Way(tier.name, tuple(tier.subnets.values()), path, back, stopped if path.leads != hops.NOWHERE else "")


def _firewall(network: Network, egress: str, held: Sequence[Group]) -> Step:
    """Return the step of the firewall for a member of these groups."""
    names = ", ".join(group.name for group in held)
    watches = network.accounts[egress].get("egress_mode") == MONITOR
    what = f"passes what {names} may reach, and stops the rest" if names else "stops everything: it is in no group"
    owners = ", ".join(dict.fromkeys(group.owner for group in held if group.owner))
    decides = ", ".join(f"egress_groups.{group.name}" for group in held) or f"egress_groups of {egress}"
    if watches:
        what = "passes everything, and logs what the groups wouldn't let pass"
        decides = f"egress_mode of {egress}: monitor"
    return Step(hops.firewall(egress), what, decides, owners, passes=bool(names) or watches)


def missing_flow(variables: Mapping[str, Any], tier: str, port: int | None = None, protocol: str = "tcp") -> str:
    """Return the flow that vpc_flows lacks for a tier to reach the internet; "" if they have it or aren't declared.

    port: None for any. A tier whose network ACL is open, or isn't the collection's, is closed by no flow.
    """
    flows = variables.get("vpc_flows")
    tiers: Sequence[Mapping[str, Any]] = variables.get("vpc_tiers") or ()
    declared = next((one for one in tiers if one["name"] == tier), {})
    if flows is None or declared.get("network_acl", "flows") != "flows":
        return ""
    for flow in flows:
        listed = _of_protocol(flow, protocol)
        if flow["from"] in (tier, "vpc") and flow["to"] == INTERNET and (_has(listed, port) if port else listed):
            return ""
    return f"{{from: {tier}, to: {INTERNET}, {protocol}: [{port or 443}]}}"


def _of_protocol(flow: Mapping[str, Any], protocol: str) -> Sequence[Any]:
    """Return the ports of a flow, of which one may be declared without a list."""
    listed = flow.get(protocol) or ()
    return listed if isinstance(listed, (list, tuple)) else [listed]


def _has(listed: Sequence[Any], port: int) -> bool:
    bounds = [str(one).partition("-") for one in listed]
    return any(int(first) <= port <= int(last or first) for first, _dash, last in bounds)


def _common(group: Group, variables: Mapping[str, Any]) -> list[str]:
    """Return the CIDRs that a group's sources and the account have in common."""
    own = [IPv4Network(cidr) for cidr in variables.get("vpc_cidrs") or ()]
    held = [IPv4Network(cidr) for cidr in group.cidrs if ":" not in cidr]
    pairs = [(one, other) for one in own for other in held if one.overlaps(other)]
    return list(dict.fromkeys(str(max(pair, key=lambda network: network.prefixlen)) for pair in pairs))


def _openings(held: Sequence[tuple[Group, list[str]]], variables: Mapping[str, Any]) -> Iterator[Opening]:
    whole = set(variables.get("vpc_cidrs") or ())
    for group, common in held:
        only = "" if whole <= set(common) else ", ".join(common)
        yield from (_opening(group, entry, False, only) for entry in group.entries)
        yield from (_opening(group, entry, True, only) for entry in group.expired)


def _opening(group: Group, entry: Entry, expired: bool, only: str) -> Opening:
    ports = ", ".join(map(str, entry.ports))
    until = str(entry.until or "")
    return Opening(entry.shown, ports, entry.protocol, group.name, group.owner, entry.reason, until, expired, only)


def _doors(variables: Mapping[str, Any]) -> Iterator[Door]:
    """Yield what the account lets in from the internet and from the hub."""
    public = [
        tier["name"] for tier in variables.get("vpc_tiers") or () if tier.get("internet") in ("gateway", "direct")
    ]
    flows = variables.get("vpc_flows")
    if flows is None:
        for tier in public:
            yield Door(INTERNET, tier, "what its security groups allow", f"vpc_tiers: {tier} has an internet gateway")
    for flow in flows or ():
        if flow["from"] == INTERNET and flow["to"] in public:
            yield Door(INTERNET, flow["to"], _ports(flow), "vpc_flows")
    from_hub = variables.get("spoke_from_hub") or {}
    if from_hub:
        yield Door(", ".join(from_hub.get("sources") or ()), "", _ports(from_hub), "spoke_from_hub")


def _ports(flow: Mapping[str, Any]) -> str:
    found = []
    for protocol in ("tcp", "udp"):
        listed = _of_protocol(flow, protocol)
        found += [f"{protocol} {', '.join(map(str, listed))}"] if listed else []
    return "; ".join(found)


def _neighbours(network: Network, host: str, hosts: Sequence[str]) -> Iterator[Neighbour]:
    """Yield those of these hosts that this one reaches by the Transit Gateway, with the routes there and back."""
    for other in hosts:
        cidrs = [IPv4Network(cidr) for cidr in network.accounts[other].get("vpc_cidrs") or ()]
        paths = [hops.out(network, host, tier, cidrs[0][0]) for tier in network.tiers(host)]
        steps = next((path.steps for path in paths if path.leads == hops.HOST and path.to == other), None)
        if steps:
            yield Neighbour(other, tuple(map(str, cidrs)), steps, _returns(network, other, host))


def _returns(network: Network, other: str, host: str) -> str:
    """Return the route by which a host's answers come back to this one; "" if it has none."""
    address = IPv4Network(network.accounts[host]["vpc_cidrs"][0])[0]
    for tier in network.tiers(other):
        path = hops.out(network, other, tier, address)
        if path.leads == hops.HOST and path.to == host:
            return path.steps[0].what
    return ""


def traffics(
    accounts: Accounts, members: Mapping[str, Sequence[str]], hosts: Sequence[str], today: date
) -> list[Traffic]:
    """Return the traffic of these hosts.

    accounts: the variables of all hosts, see Network; members: the inventory's groups
    Raises Invalid for egress groups that are wrong.
    """
    network = Network(accounts)
    found = {host: egress_of(network, members, host, today) for host in network.egress_hosts}
    return [traffic(network, host, found.get(_egress_host(network, host), Egress(()))) for host in hosts]


def _egress_host(network: Network, host: str) -> str:
    return network.egress_of(network.hub_of(host)) if network.hub_of(host) else ""


def egress_of(network: Network, members: Mapping[str, Sequence[str]], host: str, today: date) -> Egress:
    """Return the groups that a host of the group egress declares. Raises Invalid."""
    variables, option = network.accounts[host], f"{host}.egress_groups"
    declared = variables.get("egress_groups") or {}
    resolved = inventory.resolved(declared, network.accounts, members, variables.get("region"), option)
    return groups.parse(resolved, today, option)
