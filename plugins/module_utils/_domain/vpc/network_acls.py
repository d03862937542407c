# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compile declared flows between tiers to rules of each tier's network ACL, both directions. IPv4, IPv6, TCP and UDP.

    flows: [{from: internet, to: public, tcp: [443]}, {from: public, to: app, tcp: [8443]}, ...]

A network ACL is stateless (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html): it sees protocol,
the other side's address and the destination port, and accepts no prefix lists. So it lets an answer through by its
destination port, which the client chose. For a flow, let F be the addresses of `from`, T those of `to`, P its ports, C
the client ports of `from`. A packet passes the ACLs of both its ends exactly if, for some flow,

    source in F, destination in T, destination port in P     (a request), or
    source in T, destination in F, destination port in C     (an answer, or a packet that looks like one),

with exceptions. TCP answers to and from `internet` don't pass to a denied port (RISKY_PORTS). A tier behind a NAT
gateway reaches the internet through the NAT gateway's tier, which may do there whatever the tiers behind it declare.

IPv6 is compiled like IPv4, separately, with two differences: there is no NAT; and a tier that has rules for IPv6 lets
ICMPv6's Packet Too Big through, since routers don't fragment IPv6 packets
(https://docs.aws.amazon.com/vpc/latest/userguide/path_mtu_discovery.html).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from ..._core.errors import Invalid
from ..network.packet_filters import ALL_PORTS, ALL_PROTOCOLS, NUMBERS, Ports
from ..values import cidrs, ports, quotas
from ..values.cidrs import Network, holds
from ..values.ipv6 import Part, is_ipv6
from .network_acl_rules import (
    ANSWERS,
    INSIDE,
    NOT_INSIDE,
    OUTSIDE,
    RISKY,
    TOO_BIG,
    Match,
    Rule,
    apart,
    collapsed,
    fewer,
    joined_ports,
    numbered,
)

INTERNET, VPC = "internet", "vpc"
# AWS services that gateway endpoints reach, at public addresses.
SERVICES = ("s3", "dynamodb")
EVERYWHERE, EVERYWHERE_IPV6 = IPv4Network("0.0.0.0/0"), IPv6Network("::/0")
ICMPV6, PACKET_TOO_BIG = "58", (2, 0)  # type and code (RFC 4443)
# Ports that a wide range of client ports would let in: remote desktop (Security Hub EC2.21) and databases. AWS: "add
# rules to the ACL to deny traffic on any malicious ports within that range", before the rule that allows the range
# (https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports). SQL Server, Oracle,
# MySQL, RDP, PostgreSQL, Redis, MongoDB.
RISKY_PORTS = (1433, 1521, 3306, 3389, 5432, 6379, 27017)
# "Rules per network ACL", one way, the closing deny (*) included; adjustable up to 40:
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
QUOTA, MOST = 20, 40


@dataclass(frozen=True)
class Tier:
    """A tier of the VPC.

    networks: those of its subnets, of one family; client_ports: source ports of connections that it opens; open: its
    ACL lets everything through, or isn't ours; nat: the tier whose NAT gateway it reaches the internet by.
    """

    networks: tuple[Network, ...]
    client_ports: Ports = ports.EPHEMERAL
    open: bool = False
    nat: str | None = None


@dataclass(frozen=True)
class _End:
    """One end of flows.

    inside: its networks are of the VPC; networks of an outside end never are, even if they enclose the VPC. by_nat:
    tiers behind a NAT gateway reach it through that gateway.
    """

    tiers: frozenset[str]
    networks: tuple[Network, ...]
    inside: bool = False
    client_ports: Ports = ports.EPHEMERAL
    by_nat: bool = False


@dataclass(frozen=True)
class _Flow:
    opener: _End
    server: _End
    allowed: tuple[tuple[str, Ports], ...]


@dataclass(frozen=True)
class Ipv6:
    """A VPC's IPv6 as known before AWS associates the block.

    numbers: tier -> numbers of its subnets' /64 in the block; length: the block's prefix length. The block stands at ::
    here, where no other addresses are.
    """

    numbers: Mapping[str, Sequence[int]]
    length: int

    @classmethod
    def of(
        cls,
        declared: Sequence[Mapping[str, Any]],
        laid_out: Mapping[tuple[str, str], int],
        slots: int,
        blocks: bool,
        length: int,
    ) -> Ipv6:
        """Build it from tiered_vpc's tiers and where values/ipv6.lay_out places them; blocks: see tiers_of."""

        def of(tier: Mapping[str, Any]) -> Sequence[int]:
            numbers = [number for (name, _zone), number in laid_out.items() if name == tier["name"]]
            if not tier.get("ipv6", True):
                return ()
            return range(numbers[0], numbers[0] + slots) if blocks else numbers

        return cls({tier["name"]: of(tier) for tier in declared}, length)

    @property
    def block(self) -> IPv6Network:
        return IPv6Network((0, self.length))

    def tier(self, name: str, tier: Tier) -> Tier:
        subnets = [IPv6Network(Part(number).format(str(self.block))) for number in self.numbers[name]]
        return replace(tier, networks=tuple(collapsed(subnets)), nat=None)


def tiers_of(
    declared: Sequence[Mapping[str, Any]],
    laid_out: Mapping[tuple[str, str], str],
    az_slots: int,
    blocks: bool = False,
) -> dict[str, Tier]:
    """Return tiers by name, from tiered_vpc's tiers and where lay_out places them. Raises Invalid.

    blocks: use all addresses that a tier reserves, so that it is one network and a new availability zone changes no
    rule.
    """
    by_nat = next((tier["name"] for tier in declared if tier.get("internet") in ("gateway", "direct")), None)
    tiers = {}
    for index, tier in enumerate(declared):
        subnets = [IPv4Network(cidr) for (name, _zone), cidr in laid_out.items() if name == tier["name"]]
        if blocks and tier.get("prefix") is not None:
            subnets = [subnets[0].supernet(az_slots.bit_length() - 1)]
        client_ports = tier.get("client_ports") or "-".join(map(str, ports.EPHEMERAL))
        tiers[tier["name"]] = Tier(
            tuple(collapsed(subnets)),
            ports.clients(f"tiers[{index}].client_ports", client_ports),
            open=tier.get("network_acl", "flows") != "flows",
            nat=by_nat if tier.get("internet") == "nat" else None,
        )
    return tiers


def check_quota(quota: int) -> None:
    """Check the quota of rules. Fewer than two leave no room beside the closing deny. Raises Invalid."""
    quotas.check("network_acl_rules_quota", quota, QUOTA, MOST, least=2)


def check_denied_ports(denied: Iterable[Any]) -> list[int]:
    """Return the denied ports. Raises Invalid for a value that is no port, which would silently deny nothing."""
    return [ports.number(f"network_acl_denied_ports[{index}]", port) for index, port in enumerate(denied)]


# What a rule lets through: true if outbound, protocol, network of the other side, ports.
_Allowed = tuple[bool, str, Network, Ports]


class NetworkAcls:
    """Network ACLs for the tiers and flows of a VPC. Raises Invalid for tiers, flows and ports that are never valid.

    vpc: the VPC's CIDRs. services: the CIDRs of gateway endpoints by service; empty while they aren't read. ipv6: the
    VPC's IPv6, if it has any.
    """

    everywhere: Network = EVERYWHERE
    of_family = ""

    def __init__(
        self,
        tiers: Mapping[str, Tier],
        flows: Sequence[Mapping[str, Any]],
        vpc: Iterable[str],
        services: Mapping[str, Iterable[str]],
        denied_ports: Iterable[int] = RISKY_PORTS,
        ipv6: Ipv6 | None = None,
    ) -> None:
        self.tiers = tiers
        self.ipv6 = ipv6
        self.vpc = self._blocks(vpc)
        self.services = services
        self.denied_ports = sorted(set(check_denied_ports(denied_ports)))
        for name in tiers:
            if name in (INTERNET, VPC, *SERVICES):
                raise Invalid("tiers", name, "means something else in flows", "another name")
        self.flows = [self._flow(f"flows[{index}]", flow) for index, flow in enumerate(flows)]
        self.other: NetworkAcls | None = None
        if ipv6 and not isinstance(self, _Ipv6Acls):
            of_ipv6 = {name: ipv6.tier(name, tier) for name, tier in tiers.items()}
            self.other = _Ipv6Acls(of_ipv6, flows, (), services, denied_ports, ipv6)

    def _blocks(self, vpc: Iterable[str]) -> tuple[Network, ...]:
        return tuple(map(IPv4Network, vpc))

    def rules(self, tier: str) -> list[Rule]:
        """Return the rules of a tier's network ACL, in both directions and of all families of the VPC."""
        if self.tiers[tier].open:
            pairs: list[tuple[int, Network]] = [(100, EVERYWHERE), *([(101, EVERYWHERE_IPV6)] if self.ipv6 else [])]
            return [Rule(n, egress, True, ALL_PROTOCOLS, all_) for egress in (False, True) for n, all_ in pairs]
        rules = self._rules(tier, self.flows)
        return apart(rules, self.other.rules(tier)) if self.other else rules

    def check(self, quota: int) -> None:
        """Check the number of each tier's rules against the quota, IPv4 and IPv6 apart. Raises Invalid."""
        if self.other:
            self.other.check(quota)
        for tier in self.tiers:
            rules = [rule for rule in self.rules(tier) if rule.network.version == self.everywhere.version]
            counted = Counter(rule.egress for rule in rules)
            for egress, number in sorted(counted.items()):
                if number + 1 > quota:
                    raise self._too_many(tier, egress, number, quota)

    def _too_many(self, tier: str, egress: bool, number: int, quota: int) -> Invalid:
        def without(index: int) -> int:
            rest = [flow for at, flow in enumerate(self.flows) if at != index]
            return sum(rule.egress == egress for rule in self._rules(tier, rest))

        costs = sorted(((number - without(index), -index) for index in range(len(self.flows))), reverse=True)
        most = ", ".join(f"flows[{-index}] {cost}" for cost, index in costs[:3] if cost > 0)
        coarser = [
            "vpc for several tiers",
            "one CIDR for several",
            "internet for s3 or dynamodb",
        ]
        if len(self.tiers[tier].networks) > 1 or any(len(other.networks) > 1 for other in self.tiers.values()):
            coarser.insert(0, "network_acl_ranges: blocks")
        raised = f", or a quota raised to up to {MOST} in network_acl_rules_quota" if quota < MOST else ""
        return Invalid(
            "flows",
            None,
            f"need {number} {'outbound' if egress else 'inbound'} rules{self.of_family} in the network ACL of tier"
            f" {tier!r}, which"
            f" takes {quota - 1} and the closing deny; most are there for {most}",
            f"coarser ends ({'; '.join(coarser)}){raised}",
        )

    # Declared flows

    def _flow(self, option: str, flow: Mapping[str, Any]) -> _Flow:
        opener, server = (self._end(f"{option}.{side}", flow[side]) for side in ("from", "to"))
        if flow["from"] in SERVICES:
            raise Invalid(f"{option}.from", flow["from"], "opens no connections", "a tier, internet, vpc or a CIDR")
        if not opener.inside and not server.inside:
            raise Invalid(option, f"{flow['from']} -> {flow['to']}", "has no end in the VPC", "a tier as one of them")
        allowed = tuple(
            (NUMBERS[protocol], ports.parse(f"{option}.{protocol}[{index}]", wanted))
            for protocol in ("tcp", "udp")
            for index, wanted in enumerate(flow.get(protocol) or ())
        )
        if not allowed:
            raise Invalid(option, f"{flow['from']} -> {flow['to']}", "names no port", "tcp, udp or both")
        return _Flow(opener, server, allowed)

    def _end(self, option: str, end: Any) -> _End:
        if end in self.tiers:
            return _End(frozenset([end]), self.tiers[end].networks, True, self.tiers[end].client_ports)
        if end == VPC:
            return _End(frozenset(self.tiers), self.vpc, True)
        if end == INTERNET:
            return _End(frozenset(), (self.everywhere,), by_nat=True)
        if end in SERVICES:
            listed = (ip_network(cidr) for cidr in self.services.get(end, ()))
            same = [network for network in listed if network.version == self.everywhere.version]
            return _End(frozenset(), tuple(collapsed(same)))
        if not isinstance(end, str) or "/" not in end:
            known = ", ".join([*self.tiers, INTERNET, VPC, *SERVICES])
            raise Invalid(option, end, "is no end of a flow", f"one of {known}, or a CIDR outside the VPC")
        if is_ipv6(end) and not self.ipv6:
            raise Invalid(option, end, "is of IPv6, which the VPC doesn't have", "ipv6, too")
        network = cidrs.parse_either(option, end)
        if network.version != self.everywhere.version:
            return _End(frozenset(), ())
        if any(holds(block, network) for block in self.vpc):
            raise Invalid(option, end, "lies in the VPC", f"a tier ({', '.join(self.tiers)}) or vpc")
        return _End(frozenset(), (network,), by_nat=network == EVERYWHERE or network.is_global)

    # Rules compiled from the flows

    def _rules(self, tier: str, flows: Iterable[_Flow]) -> list[Rule]:
        sections: dict[int, set[_Allowed]] = {INSIDE: set(), OUTSIDE: set(), ANSWERS: set()}
        for flow in flows:
            for egress, end, protocol, allowed, answer in self._of(tier, flow):
                everywhere = self.everywhere in end.networks
                section = INSIDE if end.inside else ANSWERS if answer and everywhere else OUTSIDE
                sections[section] |= {(egress, protocol, network, allowed) for network in end.networks}
        return [rule for egress in (False, True) for rule in self._numbered(egress, sections)]

    def _of(self, tier: str, flow: _Flow) -> Iterable[tuple[bool, _End, str, Ports, bool]]:
        """Yield (egress, the other end, protocol, ports, true for answers) that this tier's ACL must let through."""
        opener, server = flow.opener, flow.server
        if self.ipv6 and not (opener.networks and server.networks):
            return  # of the other family
        for protocol, wanted in flow.allowed:
            if tier in opener.tiers:
                yield True, server, protocol, wanted, False
                yield False, server, protocol, opener.client_ports, True
            if tier in server.tiers:
                yield False, opener, protocol, wanted, False
                yield True, opener, protocol, opener.client_ports, True
            if not server.by_nat:
                continue
            for name in sorted(opener.tiers):
                behind = self.tiers[name]
                if behind.nat != tier:
                    continue
                # The NAT gateway opens the connection again, from its own address and port.
                inside = _End(frozenset([name]), behind.networks, True)
                yield False, inside, protocol, wanted, False
                yield True, inside, protocol, behind.client_ports, True
                yield True, server, protocol, wanted, False
                yield False, server, protocol, ports.EPHEMERAL, True

    def _encloses(self, network: Network) -> bool:
        """Return true if a network outside of the VPC encloses one of the VPC's CIDRs."""
        return any(holds(network, block) for block in self.vpc)

    def _numbered(self, egress: bool, sections: Mapping[int, set[_Allowed]]) -> list[Rule]:
        def of(section: int) -> list[Match]:
            return fewer(
                [(protocol, network, allowed) for way, protocol, network, allowed in sections[section] if way == egress]
            )

        inside, outside, answers = of(INSIDE), of(OUTSIDE), of(ANSWERS)
        enclosing = any(self._encloses(network) for _protocol, network, _ports in [*outside, *answers])
        blocks = collapsed(self.vpc) if enclosing else ()
        not_inside = [(ALL_PROTOCOLS, block, ALL_PORTS) for block in blocks]
        answered = [allowed for protocol, _network, allowed in answers if protocol == NUMBERS["tcp"]]
        risky = [
            (NUMBERS["tcp"], self.everywhere, denied)
            for denied in joined_ports((port, port) for port in self.denied_ports)
            if any(first <= denied[1] and denied[0] <= last for first, last in answered)
        ]
        by_section = {INSIDE: inside, NOT_INSIDE: not_inside, OUTSIDE: outside, RISKY: risky, ANSWERS: answers}
        return [
            Rule(number, egress, section not in (NOT_INSIDE, RISKY), *matched)
            for section, found in by_section.items()
            for number, matched in sorted(numbered(section, found).items())
        ]


class _Ipv6Acls(NetworkAcls):
    """Network ACLs for IPv6 alone."""

    ipv6: Ipv6
    everywhere = EVERYWHERE_IPV6
    of_family = " of IPv6"

    def _blocks(self, vpc: Iterable[str]) -> tuple[Network, ...]:
        return (self.ipv6.block,)

    def _encloses(self, network: Network) -> bool:
        # The block's place isn't known: any larger network may enclose it.
        return network.prefixlen < self.ipv6.length

    def _rules(self, tier: str, flows: Iterable[_Flow]) -> list[Rule]:
        rules = super()._rules(tier, flows)
        too_big = [Rule(TOO_BIG, egress, True, ICMPV6, EVERYWHERE_IPV6, PACKET_TOO_BIG) for egress in (False, True)]
        return too_big + rules if rules else []
