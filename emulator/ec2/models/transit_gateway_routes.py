# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CIDR blocks as a transit gateway compares them, and SearchTransitGatewayRoutes' filters."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple

from moto.ec2.exceptions import EC2ClientError

from emulator.ec2.errors import invalid_value
from emulator.ec2.filters import matcher, unknown_filter


class Block(NamedTuple):
    """A CIDR block; sorts by address, then by length."""

    version: int
    network: int
    length: int

    @property
    def bits(self) -> int:
        return 32 if self.version == 4 else 128

    def supernet(self, length: int) -> Block:
        shift = self.bits - length
        return Block(self.version, self.network >> shift << shift, length)

    def contains(self, other: Block) -> bool:
        return self.version == other.version and self.length <= other.length and other.supernet(self.length) == self


class Overlaps:
    """Set of CIDR blocks that do not overlap; a check costs one look-up per prefix length, not per block."""

    def __init__(self) -> None:
        self.kept: set[Block] = set()
        self.around: set[Block] = set()

    def add(self, new: Block) -> bool:
        """Add a block and return True; if it overlaps a kept one, add nothing and return False."""
        around = {new.supernet(length) for length in range(new.length)}
        if new in self.kept or new in self.around or not self.kept.isdisjoint(around):
            return False
        self.kept.add(new)
        self.around |= around
        return True


@lru_cache(maxsize=65536)
def block(text: str) -> Block:
    """Parse a CIDR; raises InvalidParameterValue.

    Clears host bits, as CreateRoute does; that CreateTransitGatewayRoute does so too is not verified.
    """
    try:
        if "/" not in text:
            raise ValueError(text)
        parsed = ip_network(text, strict=False)
    except ValueError:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Value ({text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.",
        ) from None
    return Block(parsed.version, int(parsed.network_address), parsed.prefixlen)


@lru_cache(maxsize=65536)
def block_text(value: Block) -> str:
    address = (IPv4Address if value.version == 4 else IPv6Address)(value.network)
    return f"{address}/{value.length}"


def _address(text: str) -> Block | None:
    """Return an address as a block of full length, None for other text.

    longest-prefix-match takes an address; for a CIDR block AWS finds nothing: floci-io/floci#2348 (tried on AWS).
    """
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    return Block(parsed.version, int(parsed), parsed.max_prefixlen)


def _longest(routes: list[dict[str, Any]], values: list[str]) -> list[dict[str, Any]]:
    found = []
    for address in map(_address, values):
        covering = [route for route in routes if address and _destination(route).contains(address)]
        if covering:
            found.append(max(covering, key=lambda route: _destination(route).length))
    return [route for route in routes if route in found]


def _destination(route: dict[str, Any]) -> Block:
    return block(route["DestinationCidrBlock"])


def _by_block(test: Callable[[Block, Block], bool]) -> Callable[..., list[dict[str, Any]]]:
    def keep(routes: list[dict[str, Any]], values: list[str]) -> list[dict[str, Any]]:
        wanted = [block(value) for value in values]
        return [route for route in routes if any(test(_destination(route), value) for value in wanted)]

    return keep


def _by_value(read: Callable[[dict[str, Any]], Any]) -> Callable[..., list[dict[str, Any]]]:
    def keep(routes: list[dict[str, Any]], values: list[str]) -> list[dict[str, Any]]:
        fits = matcher(values)
        return [route for route in routes if fits(read(route))]

    return keep


def _by_attachment(member: str) -> Callable[..., list[dict[str, Any]]]:
    return _by_value(lambda route: [attachment[member] for attachment in route.get("TransitGatewayAttachments", [])])


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html
_SEARCHES: dict[str, Callable[..., list[dict[str, Any]]]] = {
    "attachment.transit-gateway-attachment-id": _by_attachment("TransitGatewayAttachmentId"),
    "attachment.resource-id": _by_attachment("ResourceId"),
    "attachment.resource-type": _by_attachment("ResourceType"),
    "prefix-list-id": _by_value(lambda route: route.get("PrefixListId")),
    "route-search.exact-match": _by_block(lambda route, wanted: route == wanted),
    "route-search.subnet-of-match": _by_block(lambda route, wanted: wanted.contains(route)),
    "route-search.supernet-of-match": _by_block(lambda route, wanted: route.contains(wanted)),
    "state": _by_value(lambda route: route["State"]),
    "type": _by_value(lambda route: route["Type"]),
}
ROUTE_FILTERS = frozenset(_SEARCHES) | {"route-search.longest-prefix-match"}


def search(
    routes: list[dict[str, Any]], filters: dict[str, list[str]] | list[tuple[str, list[str]]]
) -> list[dict[str, Any]]:
    """Return the routes that pass all filters, sorted by destination.

    filters: values by name, or pairs, where a name may come twice.
    The longest prefix is searched among the routes that pass the other filters (not verified). Raises MissingParameter
    without filters, InvalidParameterValue for an unknown filter or one without values.
    """
    if not filters:
        raise EC2ClientError("MissingParameter", "The request must contain the parameter Filter")
    pairs = list(filters.items()) if isinstance(filters, dict) else filters
    for name, values in pairs:
        if not values:
            raise invalid_value(f"The filter '{name}' needs a value")
        if name in _SEARCHES:
            routes = _SEARCHES[name](routes, values)
        elif name != "route-search.longest-prefix-match":
            raise unknown_filter(name, "SearchTransitGatewayRoutes")
    for name, addresses in pairs:
        if name == "route-search.longest-prefix-match":
            routes = _longest(routes, addresses)
    return sorted(routes, key=_destination)
