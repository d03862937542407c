# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdict of egress groups on one connection: the model that tests/rules compares with Suricata."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from . import domains
from .groups import CIDR, HTTP, HTTP_PORT, TCP, TLS, UDP, Egress, Entry, Group

DEFAULT = "default"


@dataclass(frozen=True)
class Verdict:
    """Allowed by `entry` of `group`, or denied by `tail` of `group`, or by the policy's default: no group has the source.

    tail: kind of tails.TAILS, `default`, or None if allowed. group: the first by name.
    """

    allowed: bool
    group: Group | None
    entry: Entry | None = None
    tail: str | None = None


def decide(
    egress: Egress, source: str, target: str | None, port: int, protocol: str = TLS, address: str | None = None
) -> Verdict:
    """Return the verdict on a connection from an address inside to a target outside.

    target: the name that the client sends (SNI, Host), an address, or None if it sends none
    protocol: tls, http, tcp (neither of these), udp, icmp
    address: where the packet goes, by default `target` if that is an address
    """
    groups = [group for group in egress.groups if _holds(group.cidrs, source)]
    if address is None and target and _is_ip(target):
        address = target
    for group in groups:
        for entry in group.entries:
            if _allows(entry, target, address, port, protocol):
                return Verdict(True, group, entry)
    if not groups:
        return Verdict(False, None, None, DEFAULT)
    return Verdict(False, groups[0], None, tail(target, port, protocol))


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _holds(cidrs: tuple[str, ...], source: str) -> bool:
    return any(ip_address(source) in ip_network(cidr) for cidr in cidrs)


def _allows(entry: Entry, target: str | None, address: str | None, port: int, protocol: str) -> bool:
    if port not in entry.ports:
        return False
    if entry.form == CIDR:
        transport = UDP if protocol == UDP else None if protocol == "icmp" else TCP
        network: IPv4Network | IPv6Network = ip_network(entry.cidr or "")
        return entry.protocol == transport and address is not None and ip_address(address) in network
    return entry.protocol == protocol and bool(target) and domains.matches(entry.domain or "", entry.form, target or "")


def tail(target: str | None, port: int, protocol: str) -> str:
    """Return the kind of the tail that denies what no entry allows."""
    if protocol == UDP:
        return {53: "dns", 443: "quic"}.get(port, "udp")
    if protocol not in (TLS, HTTP):
        return protocol
    if port != (HTTP_PORT if protocol == HTTP else 443):
        return f"{protocol}-port"
    if not target:
        return f"{protocol}-no-name"
    address = ":" in target or not target.strip("0123456789.")
    return f"{protocol}-{'address' if address else 'name'}"
