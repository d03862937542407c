# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdict of egress groups on one connection: the model that tests/rules compares with Suricata."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from . import domains, overlaps, parts, rules, tails
from .groups import CIDR, HTTP, TCP, TLS, UDP, Egress, Entry, Group

ICMP = "icmp"


@dataclass(frozen=True)
class Verdict:
    """What becomes of a connection: allowed by `entry` of `group`, or denied by `tail` of `group`.

    tail: a kind of tails.TAILS; tails.DEFAULT for the policy's default action; None if allowed
    group: the one that the log names: of those that allow, the first in the order of the rules; of those that deny,
        the one with the fewest addresses; None if no group has the source
    """

    allowed: bool
    group: Group | None = None
    entry: Entry | None = None
    tail: str | None = None


def decide(
    egress: Egress,
    source: str,
    target: str | None,
    port: int,
    protocol: str = TLS,
    address: str | None = None,
    internal: Sequence[str] = (),
) -> Verdict:
    """Return the verdict on a connection from an address inside to a target outside.

    target: the name that the client sends (SNI, Host), an address, or None if it sends none
    protocol: tls, http, tcp (neither of these), udp, icmp
    address: where the packets go, by default `target` if that is an address, otherwise one outside
    internal: CIDRs that are inside, too, besides the sources: internal_cidrs of network_firewall
    """
    if address is None and target and domains.is_address(target) and protocol not in (TLS, HTTP):
        address = target
    groups = [group for group in egress.groups if _hold(group.cidrs, source)]
    entries = [(group, entry) for group in parts.in_order(groups) for entry in parts.entries_in_order(group)]
    # By address, a connection is judged at its first packet, before it names anything.
    for group, entry in entries:
        if _allows_address(entry, address, port, protocol):
            return Verdict(True, group, entry)
    if address is not None and _hold(rules.home_net(egress, internal), address):
        return Verdict(False, tail=tails.DEFAULT)
    for group, entry in entries:
        if _allows_name(entry, target, port, protocol):
            return Verdict(True, group, entry)
    return Verdict(False, groups[0] if groups else None, tail=tail(egress, target, port, protocol))


def _hold(cidrs: Iterable[str], address: str) -> bool:
    return any(ip_address(address) in overlaps.network("cidrs", cidr) for cidr in cidrs)


def _allows_address(entry: Entry, address: str | None, port: int, protocol: str) -> bool:
    transport = {UDP: UDP, ICMP: None}.get(protocol, TCP)
    if entry.form != CIDR or entry.protocol != transport or port not in entry.ports or address is None:
        return False
    return _hold((entry.target,), address)


def _allows_name(entry: Entry, target: str | None, port: int, protocol: str) -> bool:
    if not entry.domain or not target or entry.protocol != protocol or port not in entry.ports:
        return False
    return domains.matches(entry.domain, entry.form, target)


def tail(egress: Egress, target: str | None, port: int, protocol: str) -> str:
    """Return the kind of the tail that denies what no entry allows."""
    if protocol == UDP:
        return {53: "dns", 443: "quic"}.get(port, "udp")
    if protocol == ICMP:
        return "icmp"
    if port not in parts.open_ports(egress):
        return "port"
    if protocol not in (TLS, HTTP):
        return "tcp"
    if not target:
        return f"{protocol}-no-name"
    address = ":" in target or not target.strip("0123456789.")
    return f"{protocol}-{'address' if address else 'name'}"
