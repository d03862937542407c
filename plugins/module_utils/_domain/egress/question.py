# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse the question "why does FROM reach TO, or not": a sender of the inventory and a destination."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Any

from ..._core.errors import Invalid
from ..values import cidrs, ports
from . import domains, overlaps

PROTOCOLS = ("tls", "http", "quic", "udp", "tcp")
DEFAULT_PORTS = {"tls": 443, "http": 80, "quic": 443}


@dataclass(frozen=True)
class Sender:
    """Addresses of one account that send.

    host: "" if no account of the inventory has them; text: as asked; is_host: asked for by the account's name
    tier: the only one that is asked for; "": all
    """

    host: str
    networks: tuple[IPv4Network, ...]
    text: str
    is_host: bool = False
    tier: str = ""


@dataclass(frozen=True)
class Destination:
    """Destination of a packet: a name (address None), or an address (name "").

    host: the account of the inventory that has the address; "" for the internet and what is unknown
    protocol: of PROTOCOLS
    is_host: asked for by the host's name, so that any of its addresses is meant
    """

    name: str
    address: IPv4Address | None
    port: int
    protocol: str
    host: str = ""
    is_host: bool = False

    def __str__(self) -> str:
        return f"{self.name or self.address}:{self.port}"


Accounts = Mapping[str, Mapping[str, Any]]


def sender(accounts: Accounts, asked: Any, option: str = "from") -> list[Sender]:
    """Return the senders that a host, host/tier, an address or a CIDR means, one for each account with a part of it.

    accounts: the variables of each host. It reads vpc_cidrs and vpc_tiers. Raises Invalid.
    """
    if not isinstance(asked, str) or not asked.strip():
        raise Invalid(option, asked, "names no sender", "a host of the inventory, an IPv4 address or a CIDR")
    asked = asked.strip()
    host, _slash, tier = asked.partition("/")
    if host in accounts and not tier.isdigit():
        return [_host(option, asked, host, tier, accounts[host])]
    network = _network(option, asked, accounts)
    found = []
    for host, variables in accounts.items():
        parts = [_common(network, own) for own in _networks(variables)]
        inside = tuple(part for part in parts if part)
        found += [Sender(host, inside, asked)] if inside else []
    return found or [Sender("", (network,), asked)]


def destination(accounts: Accounts, asked: Any, protocol: Any = None, option: str = "to") -> Destination:
    """Return the destination of `name`, `name:port`, `address:port` or a host, each also with `/protocol`.

    A host of the inventory means the first address of its VPC. Raises Invalid.
    """
    if not isinstance(asked, str) or not asked.strip():
        raise Invalid(option, asked, "names no destination", "a name or an IPv4 address, such as api.example.com:443")
    text = asked.strip()
    if "://" in text:
        problem = "is a URL"
        raise Invalid(option, asked, problem, "name:port, such as " + _of_url(text))
    text, _slash, suffix = text.partition("/")
    if suffix.isdigit():
        raise Invalid(option, asked, "is a CIDR", "one address of it, with a port: 203.0.113.5:443")
    protocol = _protocol(option, suffix or protocol)
    place, _colon, port = (
        text.rpartition(":") if re.search(r":[^:]*\Z", text) and text.count(":") == 1 else (text, "", "")
    )
    if text.count(":") > 1:
        raise Invalid(option, asked, "is IPv6, which the central egress doesn't carry", "a name or an IPv4 address")
    number = ports.number(option, port) if port else DEFAULT_PORTS.get(protocol, 443)
    if place in accounts and not cidrs.is_ipv4_address(place):
        networks = _networks(accounts[place])
        if not networks:
            raise Invalid(option, place, "has no vpc_cidrs", "a host with a VPC")
        return Destination("", networks[0][0], number, protocol or "tcp", place, True)
    if cidrs.is_ipv4_address(place):
        address = IPv4Address(place)
        host = next((host for host, one in accounts.items() if any(address in own for own in _networks(one))), "")
        return Destination("", address, number, protocol or "tcp", host)
    return Destination(_name(option, place, accounts), None, number, protocol or ("http" if number == 80 else "tls"))


def _host(option: str, asked: str, host: str, tier: str, variables: Mapping[str, Any]) -> Sender:
    networks = _networks(variables)
    if not networks:
        raise Invalid(option, host, "has no vpc_cidrs", "a host with a VPC")
    tiers = [one["name"] for one in variables.get("vpc_tiers") or ()]
    if tier and tier not in tiers:
        raise Invalid(option, asked, f"names no tier of {host}", ", ".join(f"{host}/{one}" for one in tiers) or host)
    return Sender(host, networks, asked, True, tier)


def _network(option: str, asked: str, accounts: Accounts) -> IPv4Network:
    try:
        network = ip_network(asked)
    except ValueError:
        hint = f"a host of the inventory ({_names(accounts)}), an IPv4 address or a CIDR"
        raise Invalid(option, asked, "is neither a host of the inventory nor an IPv4 address or CIDR", hint) from None
    if not isinstance(network, IPv4Network):
        raise Invalid(option, asked, "is IPv6, which the central egress doesn't carry", "an IPv4 address or CIDR")
    return network


def _networks(variables: Mapping[str, Any]) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(cidr) for cidr in variables.get("vpc_cidrs") or ())


def _common(one: IPv4Network, other: IPv4Network) -> IPv4Network | None:
    if not one.overlaps(other):
        return None
    return one if one.prefixlen >= other.prefixlen else other


def _protocol(option: str, protocol: Any) -> str:
    if not protocol:
        return ""
    if protocol not in PROTOCOLS:
        raise Invalid(f"protocol of {option}", protocol, "isn't known", ", ".join(PROTOCOLS))
    return str(protocol)


def _name(option: str, asked: str, accounts: Accounts) -> str:
    """Return the name as rules have it: lower case, without the trailing dot, international names as xn--."""
    if "." not in asked.removesuffix("."):
        expected = f"a name such as api.example.com, an IPv4 address, or a host of the inventory ({_names(accounts)})"
        raise Invalid(option, asked, "has no dot and is no host of the inventory", expected)
    domain = domains.parse(option, asked)
    if domain.form != domains.EXACT:
        raise Invalid(option, asked, "means many names", f"one of them, such as www.{domain.name}")
    return domain.name


def _of_url(url: str) -> str:
    scheme, _separator, rest = url.partition("://")
    place = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return place if ":" in place else f"{place}:{80 if scheme.lower() == 'http' else 443}"


def _names(accounts: Accounts) -> str:
    return overlaps.listed(list(accounts), most=8) or "none"
