# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ends of a flow: what an id, an address or a name means in a snapshot.

An instance or interface: its address. A subnet: its next interface. An endpoint: each of its addresses. An attachment
to networks on premises: an address that a transit gateway routes to it, or ATTACHMENT/ADDRESS. An address: the
interface that has it, a subnet's next interface, or what is outside. A name: what an endpoint, load balancer or
interface has it for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple

from ..._core.errors import Invalid
from . import kinds
from .addresses import Point, is_public
from .packet_filters import Address
from .snapshot import Item, Unknown
from .tracer import Tracer, assumed, assumed_at, subnet_with

ID_PREFIXES = ("i-", "eni-", "subnet-", "vpce-", "tgw-attach-")
EXPECTED = "an id (i-, eni-, subnet-, vpce-, tgw-attach-), an IPv4 or IPv6 address, or as destination a DNS name"
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"(?=.{{4,253}}\Z)(?:\*\.)?(?:{LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]\.?", re.I)
NOBODY = "no interface has {}: as one without a security group"
OTHER_NAMES = "{}: zones, rules and Profiles of Route 53 aren't looked at, and may answer otherwise"


class End(NamedTuple):
    """One end. point: None outside of the VPCs; premises: the attachment behind which it is; note: what is assumed"""

    point: Point | None
    address: Address
    premises: str = ""
    note: str = ""
    named: bool = False


def check_end(option: str, value: Any) -> None:
    """Raise Invalid for what can be no end, judged by its form."""
    text = value if isinstance(value, str) else ""
    is_name = option == "destination" and NAME.fullmatch(text)
    if not (_is_id(text) or as_address(text) or is_name):
        raise Invalid(option, value, "is neither an id nor an IP address", EXPECTED)


def _is_id(text: str) -> bool:
    """Return true for the form of an id; names of endpoints begin like their ids."""
    return text.startswith(ID_PREFIXES) and "." not in text.partition("/")[0]


def as_address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def versions(source: str, destination: str) -> tuple[int, ...]:
    """Return the IP versions by which the ends may reach each other, the first one first. Raises Invalid for two."""
    written = [
        address.version for address in map(as_address, (source.partition("/")[2] or source, destination)) if address
    ]
    if len(set(written)) > 1:
        raise Invalid("destination", destination, "is of another IP version than the source", "both of the same")
    return tuple(written[:1]) or (4, 6)


class Resolver:
    """What ends mean, for one IP version."""

    def __init__(self, tracer: Tracer, version: int) -> None:
        self.tracer, self.lookups, self.snapshot = tracer, tracer.lookups, tracer.snapshot
        self.version = version

    def source(self, value: str) -> list[End]:
        """Return the ends that a source means; [] if it has no address of this IP version."""
        address = as_address(value)
        return self._from_address(value, address) if address else self._of_id("source", value)

    def destination(self, value: str, sources: Sequence[End]) -> list[End]:
        """Return the ends that a destination means for these sources."""
        address = as_address(value)
        if address:
            return [End(None, address)]
        if _is_id(value):
            return self._of_id("destination", value)
        vpcs = {end.point.subnet["VpcId"] for end in sources if end.point}
        return [end for vpc_id in sorted(vpcs or {""}) for end in self._of_name(value.rstrip(".").lower(), vpc_id)]

    def likely(self, end: End) -> Point | None:
        """Return the only interface that an end can mean; None if several have its address."""
        found = self.lookups.having(end.address)
        return end.point or (found[0] if len({point.interface_id for point in found}) == 1 else None)

    # ---- ids

    def _of_id(self, option: str, value: str) -> list[End]:
        if value.startswith("subnet-"):
            return self._of_subnet(option, value)
        if value.startswith("vpce-"):
            return self._of_endpoint(option, value)
        if value.startswith("tgw-attach-"):
            return self._on_premises(option, value)
        key = "interface_id" if value.startswith("eni-") else "instance_id"
        points = [*self.lookups.points, *self.lookups.of_ipv6]
        found = [point for point in points if getattr(point, key) == value]
        if not found:
            self.lookups.require_interfaces()
            raise Invalid(option, value, "has no interface in the snapshot", "one that is in NetworkInterfaces")
        of_version = [point for point in found if point.address.version == self.version]
        return [End(point, point.address, named=True) for point in of_version[:1]]

    def _of_subnet(self, option: str, value: str) -> list[End]:
        subnets = {subnet["SubnetId"]: subnet for _place, subnet in self.snapshot.every("Subnets")}
        if value not in subnets:
            self.lookups.require_all("Subnets")
            raise Invalid(option, value, "isn't in the snapshot", "a subnet that is in Subnets")
        if self.version == 6:
            return []
        point = assumed(self.lookups, subnets[value])
        if point is None:
            raise Invalid(option, value, "has no free IPv4 address", "the id of an interface in it")
        return [End(point, point.address)]

    def _of_endpoint(self, option: str, value: str) -> list[End]:
        endpoints = {item["VpcEndpointId"]: item for _place, item in self.snapshot.every("VpcEndpoints")}
        if value not in endpoints:
            self.lookups.require_all("VpcEndpoints")
            raise Invalid(option, value, "isn't in the snapshot", "an endpoint that is in VpcEndpoints")
        endpoint = endpoints[value]
        if endpoint["VpcEndpointType"] == "Gateway":
            return self._of_gateway_endpoint(option, endpoint)
        if endpoint["VpcEndpointType"] == "GatewayLoadBalancer":
            raise Unknown(
                value, "only routes lead to such an endpoint, and the packet on", "the address of an interface"
            )
        self.snapshot.of_vpc("NetworkInterfaces", endpoint["VpcId"])
        return self._addresses_of(endpoint)

    def _addresses_of(self, endpoint: Item, note: str = "") -> list[End]:
        ids = endpoint.get("NetworkInterfaceIds", ())
        points = [*self.lookups.points, *self.lookups.of_ipv6]
        if ids and not any(p.interface_id in ids for p in points):
            raise Unknown(endpoint["VpcEndpointId"], "NetworkInterfaces has none of its interfaces", "all of them")
        found = [p for p in points if p.interface_id in ids and p.address.version == self.version]
        return [End(point, point.address, note=note, named=True) for point in found]

    def _of_gateway_endpoint(self, option: str, endpoint: Item) -> list[End]:
        """Return an address of the service that a gateway endpoint leads to."""
        if option == "source":
            raise Invalid(option, endpoint["VpcEndpointId"], "is a gateway, which sends nothing", "an interface")
        name = endpoint.get("ServiceName")
        tables = self.snapshot.of_vpc("RouteTables", endpoint["VpcId"])
        routes = (route for table in tables for route in table["Routes"])
        ids = {r.get("DestinationPrefixListId") for r in routes if r.get("GatewayId") == endpoint["VpcEndpointId"]}
        lists = (item for _place, item in self.snapshot.every("PrefixLists"))
        ids |= {item["PrefixListId"] for item in lists if name and item.get("PrefixListName") == name}
        for list_id in sorted(filter(None, ids)):
            for cidr in self.lookups.prefix_lists.get(list_id, ()):
                if cidr.version == self.version:
                    address = cidr[1]
                    return [End(None, address, note=f"{address} stands for the addresses of {list_id}")]
        if self.version == 6:
            return []
        raise Unknown(endpoint["VpcEndpointId"], "PrefixLists hasn't the list of its service", "its CIDRs")

    # ---- networks on premises

    def _on_premises(self, option: str, value: str) -> list[End]:
        id_, _slash, written = value.partition("/")
        found = (item for _place, item in self.snapshot.every("TransitGatewayAttachments"))
        attachment = next((item for item in found if item["TransitGatewayAttachmentId"] == id_), None)
        if attachment is None:
            self.lookups.require_all("TransitGatewayAttachments")
            raise Invalid(option, id_, "isn't in the snapshot", "one that is in TransitGatewayAttachments")
        if attachment["ResourceType"] not in kinds.PREMISES:
            problem = f"is of the type {attachment['ResourceType']}, and leads to no network on premises"
            raise Invalid(option, id_, problem, "an address behind it")
        if written:
            address = as_address(written)
            if address is None:
                raise Invalid(option, value, "ends in no IP address", f"{id_}/192.168.0.1")
            return [End(None, address, id_)] if address.version == self.version else []
        address = self._routed_to(id_)
        if address is None and self.version == 6:
            return []
        if address is None:
            raise Invalid(option, id_, "has no route that tells an address behind it", f"{id_}/192.168.0.1")
        return [End(None, address, id_, f"{address} stands for the addresses behind {id_}")]

    def _routed_to(self, attachment_id: str) -> Address | None:
        """Return an address that a table of a transit gateway sends to an attachment; None: by default routes only."""
        cidrs = [
            cidr
            for cidr, _static, targets in self._transit_routes()
            if attachment_id in targets and cidr.version == self.version and cidr.prefixlen
        ]
        return min(cidrs, key=lambda cidr: (cidr.prefixlen, cidr))[1] if cidrs else None

    def _transit_routes(self) -> list[Any]:
        gateways = self.tracer.transit_gateways
        tables = self.snapshot.every("TransitGatewayRouteTables")
        return [
            route for place, table in tables for route in gateways.routes(table["TransitGatewayRouteTableId"], place)
        ]

    # ---- addresses and names

    def _from_address(self, value: str, address: Address) -> list[End]:
        found = self.lookups.having(address)
        if len({point.interface_id for point in found}) > 1:
            ids = ", ".join(point.interface_id for point in found)
            raise Invalid("source", value, f"is the address of {ids}", "the id of the one that is meant")
        if found:
            return [End(found[0], found[0].address)]
        self.lookups.require_interfaces()
        subnets = subnet_with(self.snapshot, address)
        if len(subnets) > 1:
            ids = ", ".join(sorted(subnet["SubnetId"] for subnet in subnets))
            raise Invalid("source", value, f"is in {ids}", "an id in the one that is meant")
        if subnets:
            return [End(assumed_at(self.lookups, subnets[0], address), address, note=NOBODY.format(address))]
        if is_public(address):
            return [End(None, address)]
        return self._behind(value, address)

    def _behind(self, value: str, address: Address) -> list[End]:
        """Return the ends behind attachments to networks on premises that an address is routed to."""
        found = {target for cidr, _static, targets in self._transit_routes() if address in cidr for target in targets}
        attachments = (item for _place, item in self.snapshot.every("TransitGatewayAttachments"))
        ids = {
            item["TransitGatewayAttachmentId"]
            for item in attachments
            if item["TransitGatewayAttachmentId"] in found and item["ResourceType"] in kinds.PREMISES
        }
        if not ids:
            problem = "is no address of an interface in the snapshot"
            raise Invalid("source", value, problem, "one that is, or a public one, or tgw-attach-.../ADDRESS")
        return [End(None, address, id_) for id_ in sorted(ids)]

    def _of_name(self, name: str, vpc_id: str) -> list[End]:
        """Return the ends that a DNS name means in a VPC. Raises Unknown if the snapshot doesn't tell."""
        note = OTHER_NAMES.format(name)
        for item in self.snapshot.of_vpc("VpcEndpoints", vpc_id) if vpc_id else ():
            if any(_matches(entry.get("DnsName", ""), name) for entry in item.get("DnsEntries", ())):
                return self._addresses_of(item, note)
        nodes = self.tracer.walk.relays.balancers.named(name, self.version)
        if nodes:
            return [
                End(None, address, note=note) if address else End(p, p.address, "", note, True) for p, address in nodes
            ]
        for item in self.lookups.interfaces.values():
            if name in (item.get("PrivateDnsName"), item.get("PublicDnsName")):
                return self._of_id("destination", item["NetworkInterfaceId"])
        owner = f"no endpoint of {vpc_id}" if vpc_id else "no interface"
        why = f"what {name} resolves to isn't in the snapshot: {owner} has it as a name"
        raise Unknown("destination", why, "an address or an id")


def _matches(entry: str, name: str) -> bool:
    entry = entry.rstrip(".").lower()
    return name == entry or entry.startswith("*.") and name.endswith(entry[1:])
