# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of NAT subnets: how many connections they take, and what would take more.

Each endpoint takes one address, and one for each spoke to which it is propagated
(https://cloud.google.com/vpc/docs/about-vpc-hosted-services#psc-subnet-sizing); without one it is NEEDS_ATTENTION.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

# "Unusable addresses in IPv4 subnet ranges": the first two and the last two
# (https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet).
RESERVED = 4
# "IPv4 subnet ranges": none is smaller (https://cloud.google.com/vpc/docs/subnets#ipv4-ranges).
SMALLEST_PREFIX = 29
# 10.0.0.0/8 is the largest private range (RFC 1918).
LARGEST_PREFIX = 8


def usable(cidrs: Iterable[str]) -> int:
    """Return the number of connections that NAT subnets of these CIDRs take."""
    return sum(max(0, IPv4Network(cidr).num_addresses - RESERVED) for cidr in cidrs)


def prefix_for(connections: int) -> int:
    """Return the longest prefix of one subnet that takes so many connections."""
    prefix = SMALLEST_PREFIX
    while 2 ** (32 - prefix) - RESERVED < connections:
        prefix -= 1
    return prefix


def shortage(cidrs: Iterable[str], approved: int, propagated: int = 0, per_endpoint: int = 1) -> tuple[str, str] | None:
    """Return (what is wrong with NAT subnets of these CIDRs, what would fit); None if they take all connections.

    approved: sum of the limits of valid entries; propagated: further connections that exist; per_endpoint:
    natIpsPerEndpoint of the service attachment.
    """
    listed = sorted(cidrs)
    there, needed = usable(listed), approved * per_endpoint + propagated
    if needed <= there:
        return None
    parts = f"{approved} approved connections" + (f" of {per_endpoint} addresses" if per_endpoint > 1 else "")
    parts += f" and {propagated} propagated" if propagated else ""
    fits = "lower limits: no subnet takes so many"
    if prefix_for(needed - there) >= LARGEST_PREFIX:
        fits = f"one /{prefix_for(needed)}, or one /{prefix_for(needed - there)} more"
    return f"has {there} usable addresses ({RESERVED} of each subnet are Google's), {parts} need {needed}", fits
