# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of a subnet: which are reserved, which interfaces have, which come next.

https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html: the first four and the last IPv4 address are AWS's.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html: prefixes are /28 and /80.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, TypeVar

from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.errors import invalid_value

N = TypeVar("N", IPv4Network, IPv6Network)

RESERVED_FIRST, RESERVED = 4, 5
PREFIX_LENGTH, PREFIX_SIZE, PREFIX_LENGTH_IPV6 = 28, 16, 80


def insufficient(text: str = "The specified subnet does not have enough free addresses to satisfy the request.") -> Any:
    """Return AWS's error for a subnet that is used up; text: https://github.com/aws/amazon-vpc-cni-k8s/pull/1773"""
    return EC2ClientError("InsufficientFreeAddressesInSubnet", text)


def in_use(address: str) -> EC2ClientError:
    return EC2ClientError("InvalidIPAddress.InUse", f"Address {address} is in use.")


def _outside(address: str) -> EC2ClientError:
    # https://github.com/JamesWoolfenden/terraform-aws-cassandra/issues/18
    return invalid_value(f"Address {address} does not fall within the subnet's address range")


class Pool:
    """IPv4 addresses and prefixes of one subnet."""

    def __init__(self, network: IPv4Network):
        self.first, self.size = int(network.network_address), network.num_addresses
        # Offsets of addresses from the subnet's first, and of the first addresses of prefixes.
        self.taken: set[int] = set()
        self.prefixes: set[int] = set()
        # Subnet CIDR reservations, as offsets: what is in them is given only to who asks for it, or for a prefix.
        self.reservations: list[range] = []
        self.for_prefixes: list[range] = []
        # AWS takes any free address. From the middle on, since users name the first ones next to addresses that AWS
        # chooses: ec2_eni's integration target (amazon.aws, test_ipaddress_assign.yaml).
        self._next = RESERVED_FIRST + (self.size - RESERVED) // 2

    @property
    def free(self) -> int:
        """Number of free addresses; those reserved for prefixes are not free, whether in a prefix or not."""
        reserved = sum(map(len, self.for_prefixes))
        used = self.taken if not reserved else [one for one in self.taken if not _is_in(one, self.for_prefixes)]
        prefixes = [one for one in self.prefixes if not _is_in(one, self.for_prefixes)]
        return self.size - RESERVED - reserved - len(used) - PREFIX_SIZE * len(prefixes)

    def _offset(self, address: str) -> int:
        try:
            offset = int(IPv4Address(address)) - self.first
        except ValueError:
            raise invalid_value(f"Value ({address}) for parameter address is invalid. Invalid IPv4 address.") from None
        if not 0 <= offset < self.size:
            raise _outside(address)
        return offset

    def _is_taken(self, offset: int) -> bool:
        if offset in self.taken:
            return True
        return bool(self.prefixes) and offset - (self.first + offset) % PREFIX_SIZE in self.prefixes

    def check(self, address: str) -> None:
        """Raise AWS's error if the address is outside the subnet, reserved, or in use."""
        offset = self._offset(address)
        if not RESERVED_FIRST <= offset < self.size - 1:
            # Code and text as users quote RunInstances' answer.
            raise invalid_value(f"Address {address} is in subnet's reserved address range")
        if self._is_taken(offset):
            raise in_use(address)

    def take(self, address: str) -> None:
        self.check(address)
        self.taken.add(self._offset(address))

    def peek(self) -> str:
        """Return the next free address, another one each time, without taking it."""
        return str(IPv4Address(self.first + self._next_offset()))

    def _next_offset(self) -> int:
        """Return the offset of the next free address. Raises InsufficientFreeAddressesInSubnet if there is none."""
        if self.free > 0:
            count = self.size - RESERVED
            for step in range(count):
                offset = (self._next - RESERVED_FIRST + step) % count + RESERVED_FIRST
                if not self._is_taken(offset) and not (self.reservations and _is_in(offset, self.reservations)):
                    self._next = offset + 1
                    return offset
        raise insufficient()

    def take_next(self) -> str:
        offset = self._next_offset()
        self.taken.add(offset)
        return str(IPv4Address(self.first + offset))

    def release(self, addresses: Iterable[str]) -> None:
        self.taken.difference_update(int(IPv4Address(address)) - self.first for address in addresses)

    # Prefixes

    def _prefix_is_free(self, offset: int) -> bool:
        if offset < RESERVED_FIRST or offset + PREFIX_SIZE > self.size - 1 or offset in self.prefixes:
            return False
        return self.taken.isdisjoint(range(offset, offset + PREFIX_SIZE))

    def take_prefix(self, prefix: str | None = None) -> str:
        """Take the prefix, by default the first that is free, and return it.

        Codes and texts of the errors without a free one: https://github.com/cilium/cilium/pull/31016.
        """
        if prefix is not None:
            offset = self._named_prefix(prefix)
        else:
            starts = range(-self.first % PREFIX_SIZE, self.size, PREFIX_SIZE)
            free = [one for one in starts if self._prefix_is_free(one)]
            reserved = [one for one in free if _is_in(one, self.for_prefixes)]
            others = [one for one in free if not _is_in(one, self.reservations)]
            offset = next(iter(reserved or others), -1)
        if offset < 0 and self.free + sum(map(len, self.for_prefixes)) < PREFIX_SIZE:
            raise invalid_value("There aren't sufficient free Ipv4 addresses or prefixes")
        if offset < 0:
            raise EC2ClientError(
                "InsufficientCidrBlocks",
                "The specified subnet does not have enough free cidr blocks to satisfy the request.",
            )
        self.prefixes.add(offset)
        return f"{IPv4Address(self.first + offset)}/{PREFIX_LENGTH}"

    def _named_prefix(self, prefix: str) -> int:
        network = _network_of(IPv4Network, "ipv4Prefix", prefix, PREFIX_LENGTH)
        offset = int(network.network_address) - self.first
        if not 0 <= offset < self.size:
            raise _outside(prefix)
        if not self._prefix_is_free(offset):
            raise in_use(prefix)
        return offset

    def release_prefixes(self, prefixes: Iterable[str]) -> None:
        self.prefixes.difference_update(int(IPv4Network(prefix).network_address) - self.first for prefix in prefixes)


class Pool6:
    """IPv6 addresses and prefixes of one subnet, whose IPv6 CIDR block may come and go."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.prefixes: set[str] = set()

    def _free(self, block: IPv6Network) -> Iterator[str]:
        """Yield free addresses of the block at random, as AWS does; without its reserved first four and last one."""
        while True:
            # 64 bits: as good as never twice the same.
            address = str(block.network_address + random.randrange(RESERVED_FIRST, block.num_addresses - 1))
            if not self.is_taken(address):
                yield address

    def is_taken(self, address: str) -> bool:
        if address in self.taken:
            return True
        return (
            bool(self.prefixes) and str(IPv6Network(f"{address}/{PREFIX_LENGTH_IPV6}", strict=False)) in self.prefixes
        )

    def take(self, address: str, block: IPv6Network) -> str:
        """Take the address and return it in its short form.

        Raises InvalidParameterValue if it is outside the block or reserved, InvalidIPAddress.InUse if it is taken.
        """
        try:
            number = IPv6Address(address)
        except ValueError:
            raise invalid_value(f"Value ({address}) for parameter ipv6Addresses is invalid.") from None
        if number not in block:
            raise _outside(address)
        offset = int(number) - int(block.network_address)
        if not RESERVED_FIRST <= offset < block.num_addresses - 1:
            raise invalid_value(f"Address {address} is in subnet's reserved address range")
        if self.is_taken(str(number)):
            raise in_use(address)
        self.taken.add(str(number))
        return str(number)

    def take_next(self, block: IPv6Network) -> str:
        address = next(self._free(block))
        self.taken.add(address)
        return address

    def take_prefix(self, block: IPv6Network, prefix: str | None = None) -> str:
        """Take the /80 prefix, by default one at random, and return it."""
        if prefix is None:
            while True:
                address = next(self._free(block))
                network = str(IPv6Network(f"{address}/{PREFIX_LENGTH_IPV6}", strict=False))
                if self._prefix_is_free(network):
                    break
        else:
            network = self._named_prefix(block, prefix)
        self.prefixes.add(network)
        return network

    def _named_prefix(self, block: IPv6Network, prefix: str) -> str:
        network = _network_of(IPv6Network, "ipv6Prefix", prefix, PREFIX_LENGTH_IPV6)
        if not network.subnet_of(block):
            raise _outside(prefix)
        if not self._prefix_is_free(str(network)):
            raise in_use(prefix)
        return str(network)

    def _prefix_is_free(self, prefix: str) -> bool:
        network = IPv6Network(prefix)
        return prefix not in self.prefixes and not any(IPv6Address(one) in network for one in self.taken)


def _is_in(offset: int, ranges: list[range]) -> bool:
    return any(offset in one for one in ranges)


def _network_of(version: type[N], parameter: str, prefix: str, length: int) -> N:
    """Return a prefix that a request names. Raises InvalidParameterValue for one of another length."""
    try:
        network = version(prefix)
    except ValueError:
        network = None
    if network is None or network.prefixlen != length:
        raise invalid_value(f"Value ({prefix}) for parameter {parameter} is invalid. A /{length} prefix is expected.")
    return network
