# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell which IPv4 and IPv6 CIDRs mean the whole internet, whether written as one or in parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_network
from typing import Any

EVERYWHERE_IPV4 = "0.0.0.0/0"
EVERYWHERE = (EVERYWHERE_IPV4, "::/0")
# RFC 1918, RFC 6598 (shared address space, which VPCs may use) and RFC 4193 (unique local addresses).
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
# IANA never allocated a larger block: https://www.iana.org/assignments/ipv4-address-space (a /8) and
# https://www.iana.org/assignments/ipv6-unicast-address-assignments (a /12, to a registry; all of it lies in 2000::/3,
# so that ::/1 and 2000::/3 are everywhere, too).
LONGEST_PREFIX = {4: 8, 6: 12}
_GLOBAL_UNICAST = IPv6Network("2000::/3")


def is_everywhere(cidr: str) -> bool:
    """Return true if a CIDR is wider than any organization's and contains public addresses."""
    network = ip_network(cidr, strict=False)
    if network.prefixlen >= LONGEST_PREFIX[network.version]:
        return False
    return isinstance(network, IPv4Network) or network.overlaps(_GLOBAL_UNICAST)


def mean_everywhere(cidrs: Iterable[str]) -> bool:
    """Return true if one of the CIDRs is everywhere, or several together are: 0.0.0.0/8, 1.0.0.0/8, and so on."""
    networks = [ip_network(cidr, strict=False) for cidr in cidrs]
    joined = [
        *collapse_addresses(network for network in networks if isinstance(network, IPv4Network)),
        *collapse_addresses(network for network in networks if isinstance(network, IPv6Network)),
    ]
    return any(is_everywhere(str(network)) for network in joined)


def public_ipv6(interface: Mapping[str, Any]) -> list[str]:
    """Return the global IPv6 addresses of a network interface.

    The internet reaches them if the VPC's routes and rules allow it: there is no NAT for IPv6
    (https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html).
    """
    listed = [address["Ipv6Address"] for address in interface.get("Ipv6Addresses", ())]
    return [address for address in listed if IPv6Address(address).is_global]
