# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables that a proxy's configuration is written from: what each group allows, and which groups hold an address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network

from ...._core.errors import Invalid
from ...values.cidrs import Network
from ..domains import EXACT, SUBDOMAINS, SUFFIX
from ..groups import Egress, Entry, Group

# Written into configurations as they are, so nothing else may be in them, whoever has checked them before.
NAME = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
GROUP = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
# What the internet isn't: https://www.iana.org/assignments/iana-ipv4-special-registry, and that of IPv6.
PRIVATE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"),
    *("::/127", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "ff00::/8"),
)


@dataclass(frozen=True)
class Settings:
    """Settings of a proxy besides its groups.

    balancers  CIDRs that may send a PROXY header, those of the load balancer; (): clients connect by themselves, and
               their own address counts
    own        CIDRs of the proxy itself: a connection from there is a loop, and refused
    resolvers  DNS servers that nginx asks; they must not know the private zone that leads clients here
    folder     a folder for nginx's pid file
    private    CIDRs that no allowed name may lead to
    """

    balancers: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    folder: str = "/run/egress"
    private: tuple[str, ...] = PRIVATE


@dataclass(frozen=True)
class Configuration:
    """A proxy's configuration.

    ports        port that clients connect to -> port that the proxy listens on
    unsupported  entries that this kind of proxy can't serve, in words
    """

    text: str
    ports: dict[int, int]
    unsupported: list[str]


@dataclass(frozen=True)
class Names:
    """Names that one group allows; none is covered by another one, so no proxy finds a duplicate.

    exact  x.com
    below  x.com of *.x.com: its subdomains only
    whole  x.com of .x.com: both
    """

    exact: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.exact) + len(self.below) + len(self.whole)


@dataclass
class _Listed:
    exact: set[str] = field(default_factory=set)
    below: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)

    def of(self, form: str) -> set[str]:
        return {EXACT: self.exact, SUBDOMAINS: self.below, SUFFIX: self.whole}[form]

    def names(self) -> Names:
        whole = {name for name in self.whole | (self.below & self.exact) if not self._inside(name)}
        below = {name for name in self.below - whole if not self._inside(name)}
        exact = {name for name in self.exact - whole if not self._inside(name)}
        return Names(tuple(sorted(exact)), tuple(sorted(below)), tuple(sorted(whole)))

    def _inside(self, name: str) -> bool:
        """Return true if a wildcard of a parent domain covers the name and all below it."""
        labels = name.split(".")
        parents = (".".join(labels[start:]) for start in range(1, len(labels)))
        return any(parent in self.whole or parent in self.below for parent in parents)


def checked_group(name: str) -> str:
    if not GROUP.fullmatch(name):
        raise Invalid("groups", name, "is no name of a group", "letters, digits, _ or -, the first a letter")
    return name


def checked_name(group: str, name: str) -> str:
    if not NAME.fullmatch(name):
        raise Invalid(f"groups.{group}.allow", name, "is no DNS name", "a name in lower case, such as api.example.com")
    return name


def networks(option: str, cidrs: Iterable[str]) -> list[Network]:
    """Return the CIDRs, sorted, each once. Raises Invalid."""
    parsed = set()
    for cidr in cidrs:
        try:
            parsed.add(ip_network(cidr))
        except ValueError:
            raise Invalid(option, cidr, "is no CIDR", "one such as 10.1.0.0/16") from None
    return sorted(parsed, key=_order)


def _order(network: Network) -> tuple[int, int, int]:
    return network.version, int(network.network_address), network.prefixlen


def cidrs_of(group: Group) -> list[Network]:
    """Return the CIDRs of a group's sources, sorted; none is inside another one."""
    return networks(f"groups.{checked_group(group.name)}.sources", group.cidrs)


def names_of(group: Group, protocol: str) -> dict[int, Names]:
    """Return {port: names} of a group's domain entries of a protocol (tls, http)."""
    listed: dict[int, _Listed] = {}
    for entry in group.entries:
        if not entry.domain or entry.protocol != protocol:
            continue
        name = checked_name(group.name, entry.domain)
        for port in entry.ports:
            listed.setdefault(port, _Listed()).of(entry.form).add(name)
    return {port: listed[port].names() for port in sorted(listed)}


def sources(egress: Egress, own: Sequence[str] = ()) -> dict[Network, tuple[str, ...]]:
    """Return {CIDR: names of all groups that hold its addresses, in their order}, for a lookup by the longest prefix.

    CIDRs of the proxy itself, and those inside them, have no group.
    """
    by_group = {group.name: cidrs_of(group) for group in egress.groups}
    itself = networks("own", own)
    holders: dict[Network, tuple[str, ...]] = dict.fromkeys(itself, ())
    for network in {network for cidrs in by_group.values() for network in cidrs}:
        if not _within(network, itself):
            holders[network] = tuple(name for name, cidrs in by_group.items() if _within(network, cidrs))
    return {network: holders[network] for network in sorted(holders, key=_order)}


def _within(network: Network, others: Sequence[Network]) -> bool:
    return any(network.version == other.version and network.subnet_of(other) for other in others)  # type: ignore[arg-type]


def words(group: Group, entry: Entry) -> str:
    """Return an entry in words: payments: 203.0.113.0/24 tcp 22."""
    return f"{group.name}: {entry.shown} {entry.protocol} {', '.join(map(str, entry.ports))}"
