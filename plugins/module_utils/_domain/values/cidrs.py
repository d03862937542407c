# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPv4 CIDRs: which are free, which overlap, and where a VPC's subnets lie.

Sizes that AWS allows, for a VPC CIDR and for a subnet alike: /16 to /28
(https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html and .../subnet-sizing.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_network,
    summarize_address_range,
)
from typing import Any, NamedTuple, TypeAlias

from ..._core.errors import Invalid
from . import ipv6

Network: TypeAlias = IPv4Network | IPv6Network

AWS_LARGEST, AWS_SMALLEST = 16, 28
AZ_SLOTS = (1, 2, 4, 8, 16)


class Overlap(NamedTuple):
    """Two CIDRs that share addresses; cidr_a starts first, and encloses or equals cidr_b."""

    owner_a: str
    cidr_a: str
    owner_b: str
    cidr_b: str


def is_ipv4_address(text: str) -> bool:
    """Return true for the text of one IPv4 address."""
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def parse(option: str, cidr: Any) -> IPv4Network:
    """Return the network of ``cidr`` (``"10.1.0.0/16"``). Raises Invalid if malformed or with host bits set."""
    if not isinstance(cidr, str) or "/" not in cidr:
        raise Invalid(option, cidr, "is not an IPv4 CIDR", "an address and a prefix length, such as 10.1.0.0/16")
    try:
        network = IPv4Network(cidr, strict=False)
    except ValueError as error:
        raise Invalid(option, cidr, f"is not an IPv4 CIDR ({error})", "one such as 10.1.0.0/16") from error
    if str(network) != cidr:
        address, _slash, length = cidr.partition("/")
        canonical_address = address == str(network.network_address)
        problem = f"writes its prefix length as {length}" if canonical_address else "has host bits set"
        raise Invalid(option, cidr, problem, str(network))
    return network


def parse_either(option: str, cidr: Any) -> Network:
    """Return the network of an IPv4 or IPv6 CIDR. Raises Invalid, as ``parse`` does."""
    return ipv6.parse(option, cidr) if ipv6.is_ipv6(cidr) else parse(option, cidr)


def _parse_aws_sized(option: str, cidr: Any, what: str) -> IPv4Network:
    network = parse(option, cidr)
    if not AWS_LARGEST <= network.prefixlen <= AWS_SMALLEST:
        raise Invalid(option, cidr, f"is no size that AWS allows for a {what}", "a prefix length of 16 to 28")
    return network


def parse_vpc_cidr(option: str, cidr: Any) -> IPv4Network:
    """Return the network of ``cidr``. Raises Invalid as ``parse`` does, and if a VPC can't have its size."""
    return _parse_aws_sized(option, cidr, "VPC")


def parse_either_vpc_cidr(option: str, cidr: Any) -> Network:
    """Return the network of an IPv4 or IPv6 CIDR of a VPC. Raises Invalid, as ``parse_vpc_cidr`` does."""
    return ipv6.parse_vpc_cidr(option, cidr) if ipv6.is_ipv6(cidr) else parse_vpc_cidr(option, cidr)


def parse_subnet_cidr(option: str, cidr: Any) -> IPv4Network:
    """Return the network of ``cidr``. Raises Invalid as ``parse`` does, and if a subnet can't have its size."""
    return _parse_aws_sized(option, cidr, "subnet")


def enclosing(
    owned: Iterable[tuple[Network, str]],
) -> Iterator[tuple[tuple[Network, str], list[tuple[Network, str]]]]:
    """Yield each (network, owner) with the list of those before it that enclose or equal it, the widest first.

    Two networks overlap only if one encloses the other, so one sorted pass finds every overlap.
    """
    open_networks: list[tuple[Network, str]] = []
    for network, owner in sorted(owned, key=lambda one: (one[0].version, *one)):
        while open_networks and not _reaches(open_networks[-1][0], network):
            open_networks.pop()
        yield (network, owner), open_networks
        open_networks.append((network, owner))


def _reaches(earlier: Network, later: Network) -> bool:
    return earlier.version == later.version and int(earlier.broadcast_address) >= int(later.network_address)


def holds(outer: Network, inner: Network) -> bool:
    """Return true if `outer` contains all of `inner`; a network of the other family it never does."""
    return outer.version == inner.version and outer.prefixlen <= inner.prefixlen and inner.network_address in outer


def is_within(cidr: str, cidrs: Iterable[str]) -> bool:
    """Return true if one of `cidrs` contains all of `cidr`."""
    network = ip_network(cidr)
    return any(holds(ip_network(other), network) for other in cidrs)


def overlaps(owners: dict[str, list[str]]) -> list[Overlap]:
    """Return every pair of overlapping CIDRs, of two owners or of one, in address order, IPv4 first.

    owners: CIDRs by owner. Raises Invalid for a malformed CIDR.
    """
    owned = [(network, owner) for owner, cidrs in owners.items() for network in _parse_all(owner, cidrs, parse_either)]
    return [
        Overlap(outer_owner, str(outer), owner, str(network))
        for (network, owner), outers in enclosing(owned)
        for outer, outer_owner in outers
    ]


def _free(pool: Iterable[IPv4Network], taken: Iterable[IPv4Network]) -> list[IPv4Network]:
    occupied = [(int(net[0]), int(net[-1])) for net in collapse_addresses(taken)]
    gaps: list[IPv4Network] = []

    def add_gap(first: int, last: int) -> None:
        if first <= last:
            gaps.extend(summarize_address_range(IPv4Address(first), IPv4Address(last)))

    at = 0
    for net in collapse_addresses(pool):
        position, end = int(net[0]), int(net[-1])
        while at < len(occupied) and occupied[at][0] <= end:
            first, last = occupied[at]
            add_gap(position, first - 1)
            position = max(position, last + 1)
            if last > end:  # it extends into the next network of the pool
                break
            at += 1
        add_gap(position, end)
    return gaps


def _parse_all(option: str, cidrs: Iterable[str], parsed: Callable[[str, Any], Any] = parse) -> list[Any]:
    if isinstance(cidrs, str) or not isinstance(cidrs, Iterable):
        raise Invalid(option, cidrs, "is not a list", "a list of CIDRs")
    return [parsed(f"{option}[{index}]", cidr) for index, cidr in enumerate(cidrs)]


def free(pool: list[str], taken: list[str]) -> list[IPv4Network]:
    """Return the free part of the pool as the fewest networks, in address order. Raises Invalid."""
    return _free(_parse_all("pool", pool), _parse_all("taken", taken))


def _first_fit(gaps: Iterable[IPv4Network], prefix: int) -> IPv4Network | None:
    return next((next(gap.subnets(new_prefix=prefix)) for gap in gaps if gap.prefixlen <= prefix), None)


def _describe(gaps: Sequence[IPv4Network]) -> str:
    if not gaps:
        return "nothing is free"
    largest = sorted(gaps, key=lambda gap: gap.prefixlen)
    rest = f" and {len(gaps) - 4} smaller" if len(gaps) > 4 else ""
    return f"free are {', '.join(map(str, largest[:4]))}{rest}"


def allocate(pool: list[str], taken: list[str], prefix: int) -> IPv4Network:
    """Return the first free network of that prefix length. Raises Invalid, which says what is free, if none fits."""
    if isinstance(prefix, bool) or not isinstance(prefix, int) or not 0 <= prefix <= 32:
        raise Invalid("prefix", prefix, "is not a prefix length", "a number from 0 to 32")
    gaps = free(pool, taken)
    network = _first_fit(gaps, prefix)
    if network is None:
        raise Invalid("pool", pool, f"has no free /{prefix}: {_describe(gaps)}", "a larger pool or a longer prefix")
    return network


class _Layout:
    """Subnets placed so far in one VPC, and the CIDRs that they reserve."""

    def __init__(self, vpc_cidrs: list[str], az_ids: list[str], az_slots: int) -> None:
        self.vpcs = [parse_vpc_cidr(f"cidrs[{index}]", cidr) for index, cidr in enumerate(vpc_cidrs)]
        for _owner, outer, _owner, inner in overlaps({"cidrs": vpc_cidrs}):
            raise Invalid("cidrs", inner, f"overlaps {outer} of the same VPC", "disjoint ranges")
        if not az_ids:
            raise Invalid(
                "availability_zone_ids", az_ids, "names no availability zone", "at least one, such as euc1-az1"
            )
        for az_id in az_ids:
            if az_ids.count(az_id) > 1:
                raise Invalid("availability_zone_ids", az_id, "is listed twice", "each availability zone once")
        if az_slots not in AZ_SLOTS:
            raise Invalid("az_slots", az_slots, "is not a number of subnets that makes a block", "1, 2, 4, 8 or 16")
        if az_slots < len(az_ids):
            raise Invalid(
                "az_slots", az_slots, f"is less than the {len(az_ids)} availability zones", "at least one slot per AZ"
            )
        self.az_ids = az_ids
        self.az_slots = az_slots
        self.reserved: dict[IPv4Network, str] = {}
        self.subnets: dict[tuple[str, str], str] = {}

    def place_by_prefix(self, option: str, tier: str, prefix: Any) -> None:
        if isinstance(prefix, bool) or not isinstance(prefix, int) or not AWS_LARGEST <= prefix <= AWS_SMALLEST:
            raise Invalid(option, prefix, "is not a prefix length of an AWS subnet", "a number from 16 to 28")
        slot_bits = self.az_slots.bit_length() - 1
        # One VPC CIDR after the other: a subnet can't span two, and a CIDR added later moves no subnet.
        gaps = [gap for vpc in self.vpcs for gap in _free([vpc], self.reserved)]
        block = _first_fit(gaps, prefix - slot_bits)
        if block is None:
            raise self._does_not_fit(option, tier, prefix, slot_bits, gaps)
        self.reserved[block] = f"the block {block} of tier {tier!r}"
        for az_id, subnet in zip(self.az_ids, block.subnets(new_prefix=prefix), strict=False):
            self.subnets[tier, az_id] = str(subnet)

    def _does_not_fit(self, option: str, tier: str, prefix: int, slot_bits: int, gaps: list[IPv4Network]) -> Invalid:
        needed = prefix - slot_bits
        largest = min(gaps, key=lambda gap: gap.prefixlen, default=None)
        missing = 2 ** (32 - needed) - (largest.num_addresses if largest else 0)
        remedies = ["another VPC CIDR"]
        if largest and largest.prefixlen + slot_bits <= AWS_SMALLEST:
            remedies.insert(0, f"prefix {largest.prefixlen + slot_bits} or longer")
        if largest and self.az_slots > len(self.az_ids) and largest.prefixlen <= prefix:
            slots = 2 ** (prefix - largest.prefixlen)
            if slots >= len(self.az_ids):
                remedies.insert(0, f"az_slots {slots} (which moves the subnets of every tier)")
        return Invalid(
            option,
            prefix,
            f"does not fit: tier {tier!r} needs one free /{needed} for {self.az_slots} AZ slots of /{prefix}, "
            f"{_describe(gaps)}, so {missing} addresses are missing",
            " or ".join(remedies),
        )

    def place_explicit(self, option: str, tier: str, cidrs: Any, prefix: int | None) -> None:
        by_az = self._by_az(option, cidrs)
        for az_id in self.az_ids:
            if az_id not in by_az:
                raise Invalid(option, cidrs, f"has no CIDR for {az_id}", "one CIDR per AZ")
            where, cidr = by_az[az_id]
            subnet = self._check_explicit(where, cidr, prefix)
            self.reserved[subnet] = f"{subnet} of tier {tier!r} in {az_id}"
            self.subnets[tier, az_id] = str(subnet)

    def _by_az(self, option: str, cidrs: Any) -> dict[str, tuple[str, Any]]:
        """Return {AZ id: (option path of its CIDR, the CIDR)}. Raises Invalid."""
        if isinstance(cidrs, dict):
            for az_id in cidrs:
                if az_id not in self.az_ids:
                    raise Invalid(option, az_id, "is not in availability_zone_ids", f"only {', '.join(self.az_ids)}")
            return {az_id: (f"{option}.{az_id}", cidr) for az_id, cidr in cidrs.items()}
        if not isinstance(cidrs, list):
            raise Invalid(option, cidrs, "is neither a list nor a mapping by AZ id", "one CIDR per AZ")
        if len(cidrs) > len(self.az_ids):
            problem = f"has more CIDRs than the {len(self.az_ids)} availability zones"
            raise Invalid(option, cidrs, problem, "one per AZ")
        return {self.az_ids[index]: (f"{option}[{index}]", cidr) for index, cidr in enumerate(cidrs)}

    def _check_explicit(self, where: str, cidr: Any, prefix: int | None) -> IPv4Network:
        """Return the subnet. Raises Invalid if it hasn't the tier's prefix, isn't in the VPC or isn't free."""
        subnet = parse_subnet_cidr(where, cidr)
        if prefix is not None and subnet.prefixlen != prefix:
            raise Invalid(where, cidr, f"is not of the tier's prefix {prefix}", f"a /{prefix}")
        if not any(subnet.subnet_of(vpc) for vpc in self.vpcs):
            raise Invalid(where, cidr, "is outside the VPC", f"a CIDR in {', '.join(map(str, self.vpcs))}")
        for other, owner in self.reserved.items():
            if subnet.overlaps(other):
                gaps = [gap for vpc in self.vpcs for gap in _free([vpc], self.reserved)]
                raise Invalid(where, cidr, f"overlaps {owner}", f"a free CIDR ({_describe(gaps)})")
        return subnet


def lay_out(
    vpc_cidrs: list[str], tiers: list[dict[str, Any]], az_ids: list[str], az_slots: int = 4
) -> dict[tuple[str, str], str]:
    """Return the CIDR of each tier's subnet in each AZ: ``{(tier name, AZ id): "10.1.0.0/24"}``.

    tiers: each with ``name`` and either ``prefix`` (length of each subnet) or ``cidrs`` (a list in the order of
        az_ids, or a mapping by AZ id); both: the CIDRs must be of that length. Other keys and None are ignored.
    az_slots: a power of two. A tier with ``prefix`` reserves one aligned block of that many subnets, of which the
        n-th belongs to the n-th of az_ids.

    Tiers are placed in declared order, each in the first free block. So appending a tier, an AZ (up to az_slots) or
    a VPC CIDR moves no subnet; inserting, removing or reordering can. An explicit CIDR in the block of a tier that
    is declared before it is an error, not a reason to move that tier.
    Raises Invalid.
    """
    layout = _Layout(vpc_cidrs, az_ids, az_slots)
    names: set[str] = set()
    for index, tier in enumerate(tiers):
        option = f"tiers[{index}]"
        name, prefix, cidrs = tier.get("name"), tier.get("prefix"), tier.get("cidrs")
        if not isinstance(name, str) or not name:
            raise Invalid(f"{option}.name", name, "is missing or empty", "a name such as app")
        if name in names:
            raise Invalid(f"{option}.name", name, "is the name of an earlier tier", "a name of its own")
        names.add(name)
        if cidrs is not None:
            layout.place_explicit(f"{option}.cidrs", name, cidrs, prefix)
        elif prefix is not None:
            layout.place_by_prefix(f"{option}.prefix", name, prefix)
        else:
            raise Invalid(option, name, "has no size", "prefix or cidrs")
    return layout.subnets
