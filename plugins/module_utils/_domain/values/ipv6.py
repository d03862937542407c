# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPv6 CIDRs: which are valid, and where in a VPC's block the /64 of each subnet lies.

A VPC's block is a /44 to /60 in increments of /4, a /56 if Amazon provides it; a subnet is a /64 here, though AWS
allows larger ones (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html and .../subnet-sizing.html).
AWS may choose the block only when it associates it, so each subnet has a number in the block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Interface, IPv6Network
from typing import Any

from ..._core.errors import Invalid

VPC_LENGTHS = (44, 48, 52, 56, 60)
# "The IPv6 CIDR block size is fixed at /56" (AssociateVpcCidrBlock).
AMAZONS_LENGTH, SUBNET_LENGTH = 56, 64
SOURCES = ("amazon", "pool", "none")
BYOIP, IPAM = "ipv6pool-ec2-", "ipam-pool-"


def is_ipv6(cidr: Any) -> bool:
    """Return true if an unchecked value is meant as an IPv6 CIDR."""
    return isinstance(cidr, str) and ":" in cidr


def parse(option: str, cidr: Any) -> IPv6Network:
    """Return the network of ``cidr`` (``"2001:db8::/56"``). Raises Invalid if it isn't written as AWS does."""
    example = "one such as 2001:db8:1234:1a00::/56"
    if not isinstance(cidr, str) or "/" not in cidr:
        raise Invalid(option, cidr, "is not an IPv6 CIDR", example)
    try:
        network = IPv6Network(cidr, strict=False)
    except ValueError as error:
        raise Invalid(option, cidr, f"is not an IPv6 CIDR ({error})", example) from error
    if str(network) != cidr:
        has_host_bits = IPv6Interface(cidr).ip != network.network_address
        problem = "has host bits set" if has_host_bits else "isn't written as AWS does"
        raise Invalid(option, cidr, problem, str(network))
    return network


def parse_vpc_cidr(option: str, cidr: Any) -> IPv6Network:
    """Return the network of ``cidr``. Raises Invalid as ``parse`` does, and if a VPC can't have its size."""
    network = parse(option, cidr)
    if network.prefixlen not in VPC_LENGTHS:
        raise Invalid(option, cidr, "is no size that AWS allows for a VPC", "a /44, /48, /52, /56 or /60")
    return network


def check_source(option: str, ipv6: Mapping[str, Any]) -> None:
    """Check tiered_vpc's ipv6, which says where the VPC's block comes from. Raises Invalid."""
    source, pool = ipv6.get("source"), ipv6.get("pool_id")
    cidr, length = ipv6.get("cidr"), ipv6.get("netmask_length")
    if source not in SOURCES:
        raise Invalid(f"{option}.source", source, "is no source of an IPv6 block", f"one of {', '.join(SOURCES)}")
    if source != "pool":
        for name, value in (("pool_id", pool), ("cidr", cidr), ("netmask_length", length)):
            if value is not None:
                raise Invalid(f"{option}.{name}", value, f"can't be had with source {source}", "source: pool")
        return
    if not isinstance(pool, str) or not pool.startswith((BYOIP, IPAM)):
        expected = f"{BYOIP}0123456789abcdef0 or {IPAM}0123456789abcdef0"
        raise Invalid(f"{option}.pool_id", pool, "is no id of an IPv6 pool", expected)
    if cidr is not None:
        parse_vpc_cidr(f"{option}.cidr", cidr)
    if pool.startswith(IPAM) and cidr is None and length is None:
        # The pool's default isn't known here.
        raise Invalid(f"{option}.netmask_length", None, "is missing", "the size of the block, or cidr")
    if length is not None and (not pool.startswith(IPAM) or cidr is not None):
        expected = "netmask_length with a pool of IPAM and without cidr"
        raise Invalid(f"{option}.netmask_length", length, "says nothing here", expected)
    if length is not None and length not in VPC_LENGTHS:
        raise Invalid(
            f"{option}.netmask_length", length, "is no size that AWS allows for a VPC", "44, 48, 52, 56 or 60"
        )


def has_block(ipv6: Mapping[str, Any] | None) -> bool:
    """Return true if tiered_vpc's option ipv6 gives the VPC a block."""
    return ipv6 is not None and ipv6["source"] != "none"


def length_of(ipv6: Mapping[str, Any]) -> int:
    """Return the prefix length of the VPC's block."""
    if ipv6.get("cidr"):
        return IPv6Network(ipv6["cidr"]).prefixlen
    return ipv6.get("netmask_length") or AMAZONS_LENGTH


def lay_out(tiers: Sequence[Any], az_ids: Sequence[str], az_slots: int, length: int) -> dict[tuple[Any, str], int]:
    """Return {(tier name, AZ id): number of its /64 in the VPC's block}. Raises Invalid if they don't fit.

    Each tier has az_slots numbers, whether it has IPv6 or not, in declared order; the n-th belongs to the n-th of
    az_ids. So appending a tier, or an AZ (up to az_slots), moves no subnet, nor does turning a tier's IPv6 on or off.
    """
    there, needed = 2 ** (SUBNET_LENGTH - length), len(tiers) * az_slots
    if needed > there:
        raise Invalid(
            "ipv6",
            f"/{length}",
            f"has {there} subnets of /64; {len(tiers)} tiers with {az_slots} AZ slots each need {needed}",
            "a larger block, or fewer az_slots (which moves the subnets of every tier)",
        )
    return {
        (tier, az_id): index * az_slots + slot
        for index, tier in enumerate(tiers)
        for slot, az_id in enumerate(az_ids[:az_slots])
    }


@dataclass(frozen=True)
class Part:
    """Form of a Ref: the n-th part, of a prefix length, of a block that may not be known yet."""

    number: int
    length: int = SUBNET_LENGTH

    def format(self, block: str) -> str:
        """Return the part's CIDR; for a block "(known after X)", that text with the part's length and number."""
        if "/" not in block:
            return f"{block[:-1]}, /{self.length} number {self.number})"
        return f"{IPv6Network(block).network_address + (self.number << (128 - self.length))}/{self.length}"


def are_laid_out(cidrs: Mapping[str, str], numbers: Mapping[str, int], blocks: Sequence[str]) -> bool:
    """Return true if all these subnets' IPv6 CIDRs (by name) are where lay_out places them in one of the blocks.

    That is where tiered_vpc creates them. numbers: lay_out's, by the same names.
    """
    return bool(cidrs) and any(
        all(name in numbers and cidr == Part(numbers[name]).format(block) for name, cidr in cidrs.items())
        for block in blocks
    )
