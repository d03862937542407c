# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of a snapshot's interfaces and NAT gateways, IPv4 and IPv6, and the networks that they are in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple, TypeAlias

from .packet_filters import Address
from .snapshot import Item, Snapshot

Network: TypeAlias = IPv4Network | IPv6Network
# States of a CIDR block in which it is a part of its VPC or subnet; None: not shown, as of the first one.
ASSOCIATED = ("associated", None)
# Interfaces that have no IP networking: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html
WITHOUT_IP = ("efa-only",)


class Point(NamedTuple):
    """Address in a subnet. node: the id that a path shows (instance, NAT gateway, endpoint or the interface).

    public: the address that the internet sees, for IPv6 the address itself
    """

    node: str
    interface_id: str
    subnet: Item
    address: Address
    public: Address | None
    groups: tuple[str, ...] = ()
    kind: str = "interface"
    instance_id: str = ""
    attached: bool = True


@lru_cache(maxsize=65536)
def parsed(cidr: str) -> IPv4Network:
    return IPv4Network(cidr)


@lru_cache(maxsize=65536)
def either(cidr: str) -> Network:
    """Return the network of an IPv4 or IPv6 CIDR."""
    return ip_network(cidr)


def network_of(subnet: Item) -> IPv4Network | tuple[()]:
    """Return the subnet's IPv4 CIDR; empty if it has IPv6 only."""
    return parsed(subnet["CidrBlock"]) if subnet.get("CidrBlock") else ()


def blocks_of(subnet: Item, version: int) -> list[Network]:
    """Return the CIDRs of one IP version that a subnet has."""
    if version == 4:
        return [parsed(subnet["CidrBlock"])] if subnet.get("CidrBlock") else []
    blocks = subnet.get("Ipv6CidrBlockAssociationSet", ())
    return [either(b["Ipv6CidrBlock"]) for b in blocks if b.get("Ipv6CidrBlockState", {}).get("State") in ASSOCIATED]


def is_within(address: Address, subnet: Item) -> bool:
    return any(address in block for block in blocks_of(subnet, address.version))


def cidrs_of(vpc: Item) -> list[IPv4Network]:
    blocks = vpc.get("CidrBlockAssociationSet") or [{"CidrBlock": vpc["CidrBlock"]}]
    return [parsed(b["CidrBlock"]) for b in blocks if b.get("CidrBlockState", {}).get("State") in ASSOCIATED]


def all_cidrs_of(vpc: Item) -> list[Network]:
    return [*cidrs_of(vpc), *blocks_of(vpc, 6)]


def zone_of(subnet: Item) -> str:
    # Names of zones differ between accounts, their ids don't.
    zone: str = subnet.get("AvailabilityZoneId") or subnet.get("AvailabilityZone") or ""
    return zone


def at_address(point: Point, address: Address) -> Point:
    return point._replace(address=address)


def is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def nat_point(nat: Item, address: Mapping[str, Any], subnet: Item) -> Point:
    public = address.get("PublicIp")
    return Point(
        nat["NatGatewayId"],
        address.get("NetworkInterfaceId") or "",
        subnet,
        IPv4Address(address["PrivateIp"]),
        IPv4Address(public) if public else None,
        kind="nat_gateway",
    )


def points_of(snapshot: Snapshot) -> tuple[list[Point], list[Point]]:
    """Return the points of all interfaces' IPv4 and IPv6 addresses, an instance's primary interface and address first.

    Those of NAT gateways come from NatGateways.
    """
    subnets = {subnet["SubnetId"]: subnet for _place, subnet in snapshot.every("Subnets")}
    nats = [
        (nat, address)
        for _place, nat in snapshot.every("NatGateways")
        if nat.get("State") == "available"
        for address in nat.get("NatGatewayAddresses", ())
    ]
    of_nats = {address.get("NetworkInterfaceId") for _nat, address in nats}
    endpoints = {
        interface_id: endpoint["VpcEndpointId"]
        for _place, endpoint in snapshot.every("VpcEndpoints")
        for interface_id in endpoint.get("NetworkInterfaceIds", ())
    }
    found: tuple[list[Point], list[Point]] = ([], [])
    items = {item["NetworkInterfaceId"]: item for _place, item in snapshot.every("NetworkInterfaces")}
    interfaces = [item for item in items.values() if item["SubnetId"] in subnets]
    for item in sorted(interfaces, key=lambda item: item.get("Attachment", {}).get("DeviceIndex", 0)):
        id_ = item["NetworkInterfaceId"]
        if id_ in of_nats or item.get("InterfaceType") in WITHOUT_IP:
            continue
        for point in _of_interface(item, subnets[item["SubnetId"]], endpoints.get(id_, "")):
            found[0 if point.address.version == 4 else 1].append(point)
    for nat, address in nats:
        if nat.get("SubnetId") in subnets and address.get("PrivateIp"):
            found[0].append(nat_point(nat, address, subnets[nat["SubnetId"]]))
    return found


def _of_interface(item: Item, subnet: Item, endpoint_id: str) -> Iterator[Point]:
    """Yield the points of an interface, its primary address of each IP version first."""
    instance = item.get("Attachment", {}).get("InstanceId", "")
    for address, public in _addresses(item):
        yield Point(
            endpoint_id or instance or item["NetworkInterfaceId"],
            item["NetworkInterfaceId"],
            subnet,
            address,
            public,
            tuple(group["GroupId"] for group in item.get("Groups", ())),
            item.get("InterfaceType", "interface"),
            instance,
            item.get("Status") != "available",
        )


def _addresses(item: Item) -> Iterator[tuple[Address, Address | None]]:
    """Yield (address, the public one) of an interface. Interfaces with IPv6 only have no private IPv4 address."""
    addresses = item.get("PrivateIpAddresses") or ([item] if "PrivateIpAddress" in item else [])
    for listed in sorted(addresses, key=lambda listed: not listed.get("Primary", False)):
        public = listed.get("Association", {}).get("PublicIp")
        yield IPv4Address(listed["PrivateIpAddress"]), IPv4Address(public) if public else None
    of_ipv6: Iterable[Item] = item.get("Ipv6Addresses", ())
    for listed in sorted(of_ipv6, key=lambda listed: not listed.get("IsPrimaryIpv6", False)):
        address = ip_address(listed["Ipv6Address"])
        yield address, address if is_public(address) else None
