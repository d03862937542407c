# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse questions about paths: hosts, host/tier, ids of AWS, addresses, CIDRs and names as ends.

A question is about a path if an end is an id, or its destination is a host of the inventory or addresses of one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from ..._core.errors import Invalid
from ..network.addresses import Network, either
from ..network.ends import ID_PREFIXES, NAME, as_address
from ..values import ports

Accounts = Mapping[str, Mapping[str, Any]]
PROTOCOLS = ("tcp", "udp", "icmp", "tls", "http", "quic")
AS_IP = {"tls": "tcp", "http": "tcp", "quic": "udp"}
DEFAULT_PORTS = {"http": 80, "udp": None, "icmp": None}
SENDERS = "such as alpha, alpha/app, i-0123456789abcdef0 or 10.1.0.0/16"
EXPECTED = (
    "a host, HOST/TIER, an id (i-, eni-, subnet-, vpce-, tgw-attach-), an address, a CIDR or a name, with :PORT and"
    " /PROTOCOL if wanted"
)


@dataclass(frozen=True)
class End:
    """End of a path. text: as asked; host, tier: of the inventory; id, networks (addresses) or name of others.

    With a name, host is the provider of the service that the sender has an endpoint of that name for.
    """

    text: str
    host: str = ""
    tier: str = ""
    id: str = ""
    networks: tuple[Network, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Question:
    """Question about a path. protocol: tcp, udp or icmp (a ping); port: None for icmp"""

    source: End
    destination: End
    protocol: str
    port: int | None

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"from {self.source.text} to {self.destination.text}{port} ({self.protocol})"


def parse(accounts: Accounts, asked: Mapping[str, Any]) -> Question | None:
    """Return the question if it is about a path; None if it is about the internet. Raises Invalid.

    asked: from, to and protocol. accounts: reads vpc_cidrs and vpc_tiers.
    """
    source, to = asked.get("from"), asked.get("to")
    if not isinstance(source, str) or not isinstance(to, str) or "://" in to:
        return None
    place, port, protocol = _split(to.strip(), accounts, asked.get("protocol"))
    destination = _end(accounts, place)
    sender = _end(accounts, source.strip())
    if sender and destination and destination.name:
        destination = replace(destination, host=_provider(accounts, sender, destination.name))
    if not _is_path(accounts, sender, destination):
        return None
    if sender is None or sender.name:
        problem = "is neither a host of the inventory nor an id, an address or a CIDR"
        raise Invalid("from", source, problem, SENDERS)
    if destination is None:
        raise Invalid("to", to, "names no destination", EXPECTED)
    _check_tiers(accounts, sender, destination)
    return Question(sender, destination, *_flow(to, port, protocol))


def _provider(accounts: Accounts, sender: End, name: str) -> str:
    """Return the host whose service an endpoint of the sender has this name for; "" if there is none.

    The name is in a private zone, which no snapshot has.
    """
    for host in hosts_of(accounts, sender):
        for endpoint in accounts[host].get("privatelink_consumer_endpoints") or ():
            provider = str((endpoint.get("service") or {}).get("host") or "")
            named = str(endpoint.get("dns_name") or "").lower() == name.lower()
            if named and endpoint.get("state") != "absent" and provider in accounts:
                return provider
    return ""


def _is_path(accounts: Accounts, sender: End | None, destination: End | None) -> bool:
    """Return true if an end is an id, or the destination is in the inventory; IPv6 is followed in AWS only."""
    if destination is None:
        return False
    ids = bool(destination.id or (sender and sender.id))
    known = bool(destination.host or hosts_of(accounts, destination))
    six = any(network.version == 6 for end in (sender, destination) if end for network in end.networks)
    return ids or known or six


def hosts_of(accounts: Accounts, end: End) -> list[str]:
    """Return the hosts that an end is of: that are named, or whose addresses it has."""
    if end.host:
        return [end.host]
    return [host for host, one in accounts.items() if any(_meet(net, own) for net in end.networks for own in _own(one))]


def _own(variables: Mapping[str, Any]) -> list[Network]:
    listed = [*(variables.get("vpc_cidrs") or ()), *(variables.get("vpc_ipv6_cidrs") or ())]
    return [either(str(cidr)) for cidr in listed]


def _meet(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _split(text: str, accounts: Accounts, protocol: Any) -> tuple[str, str, str]:
    """Return (place, port, protocol) of `place`, `place:port` and both with `/protocol`; "" for what is missing."""
    head, slash, last = text.rpartition("/")
    given = str(protocol or "")
    if slash and last in PROTOCOLS:
        text, given = head, last
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::(\d+))?", text)
    if bracketed:
        return bracketed[1], bracketed[2] or "", given
    if text.count(":") != 1:
        return text, "", given
    place, _colon, port = text.partition(":")
    port, _slash, unknown = port.partition("/")
    return place, port, unknown or given


def _end(accounts: Accounts, text: str) -> End | None:
    """Return the end that a text means; None if it has the form of none."""
    host, _slash, tier = text.partition("/")
    if host in accounts and not tier.isdigit():
        return End(text, host, tier)
    if text.startswith(ID_PREFIXES) and "." not in text.partition("/")[0]:
        return End(text, id=text)
    address = as_address(text)
    if address:
        return End(text, networks=(ip_network(address),))
    try:
        return End(text, networks=(ip_network(text),))
    except ValueError:
        return End(text, name=text) if NAME.fullmatch(text) else None


def _check_tiers(accounts: Accounts, *ends: End) -> None:
    for option, end in zip(("from", "to"), ends):
        tiers = [one["name"] for one in accounts.get(end.host, {}).get("vpc_tiers") or ()]
        if end.tier and tiers and end.tier not in tiers:
            expected = ", ".join(f"{end.host}/{one}" for one in tiers)
            raise Invalid(option, end.text, f"names no tier of {end.host}", expected)


def _flow(to: str, port: str, protocol: str) -> tuple[str, int | None]:
    if protocol and protocol not in PROTOCOLS:
        raise Invalid("protocol of to", protocol, "isn't known", ", ".join(PROTOCOLS))
    if protocol == "icmp":
        if port:
            raise Invalid("to", to, "has a port, which a ping has not", "no port, or tcp or udp")
        return "icmp", None
    number = ports.number("to", port) if port else DEFAULT_PORTS.get(protocol, 443)
    if number is None:
        raise Invalid("to", to, "names no port", f"one, such as {to.partition('/')[0]}:514/udp")
    return AS_IP.get(protocol, protocol) or "tcp", number
