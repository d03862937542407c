# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route tables of VPCs: the table of a subnet, and the routes that an address may take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from ipaddress import IPv4Network

from .addresses import Network, either, is_public, parsed
from .kinds import OPAQUE_TARGETS, PROPAGATED, ROUTE_TARGETS
from .packet_filters import Address, Decision, Packet
from .snapshot import Item, Snapshot, Unknown


class Routes:
    """Lookups in route tables and prefix lists of a snapshot. They raise Unknown where the snapshot doesn't tell."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def prefix_lists(self) -> dict[str, list[Network]]:
        return {
            item["PrefixListId"]: [either(cidr) for cidr in item["Cidrs"]]
            for _place, item in self.snapshot.every("PrefixLists")
        }

    def table_of(self, subnet: Item) -> tuple[Item, bool]:
        """Return the subnet's route table, and true if it is associated explicitly; raise Unknown without any."""
        tables = self.snapshot.of_vpc("RouteTables", subnet["VpcId"])
        for table in tables:
            if any(a.get("SubnetId") == subnet["SubnetId"] and _holds(a) for a in table.get("Associations", ())):
                return table, True
        main = [table for table in tables if any(a.get("Main") for a in table.get("Associations", ()))]
        if not main:
            raise Unknown(subnet["SubnetId"], f"RouteTables has no main table of {subnet['VpcId']}", "all tables")
        return main[0], False

    def route(self, subnet: Item, packet: Packet) -> tuple[Item, Item, Decision | None]:
        """Return the subnet's route table, the packet's route ({}: none), and why it is dropped (None: it isn't)."""
        table, explicit = self.table_of(subnet)
        route = self.longest(table, packet.destination)
        return table, route or {}, self.dropped(table, explicit, route, packet)

    def dropped(self, table: Item, explicit: bool, route: Item | None, packet: Packet) -> Decision | None:
        """Return why a route drops a packet; None if it doesn't. Raises Unknown for a state that isn't known."""
        by = ("route_table", (table["RouteTableId"],))
        which = "" if explicit else ", the main table,"
        if route is None:
            return Decision(*by, f"the table{which} has no route to {packet.destination}")
        state = route.get("State", "active")
        if state not in ("active", "blackhole"):
            raise Unknown(table["RouteTableId"], f"{route_text(route)} is {state}", "active or blackhole")
        return None if state == "active" else Decision(*by, f"{route_text(route)} is a {state}")

    def networks(self, table: Item) -> list[IPv4Network]:
        """Return the IPv4 destinations of a table's routes, without those of prefix lists that weren't read."""
        lists = [self.prefix_lists.get(route.get("DestinationPrefixListId", ""), []) for route in table["Routes"]]
        cidrs = [parsed(route["DestinationCidrBlock"]) for route in table["Routes"] if "DestinationCidrBlock" in route]
        return [*cidrs, *(cidr for listed in lists for cidr in listed if isinstance(cidr, IPv4Network))]

    def longest(self, table: Item, address: Address) -> Item | None:
        """Return the table's route for an address; None if none matches. Raises Unknown if AWS picks one of several."""
        found = self.candidates(table, address)
        if len(found) > 1:
            lists = " and ".join(str(route.get("DestinationPrefixListId")) for route in found)
            why = f"{lists} both have {address}, and AWS picks one of their targets at random"
            raise Unknown(table["RouteTableId"], why, "prefix lists that don't overlap")
        return found[0] if found else None

    def candidates(self, table: Item, address: Address) -> list[Item]:
        """Return the routes of a table that an address may take: several if prefix lists overlap, whose targets differ.

        The longest prefix wins; among equals static routes, then prefix lists, then propagated ones; the local route
        before any propagated one (https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html). AWS
        picks among lists that overlap at random:
        https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists-referencing.html
        """
        matching: list[tuple[int, Item]] = []
        for route in table["Routes"]:
            for cidr in self._destinations(table, route, address):
                if address in cidr:
                    matching.append((cidr.prefixlen, route))
        return chosen(matching)

    def _destinations(self, table: Item, route: Item, address: Address) -> Iterable[Network]:
        if "DestinationCidrBlock" in route:
            return [parsed(route["DestinationCidrBlock"])]
        if "DestinationIpv6CidrBlock" in route:
            return [either(route["DestinationIpv6CidrBlock"])] if address.version == 6 else []
        list_id = route.get("DestinationPrefixListId")
        if list_id is None:
            raise Unknown(table["RouteTableId"], "one of its routes shows no destination", "its CIDR")
        to_endpoint = route.get("GatewayId", "").startswith("vpce-")
        if list_id not in self.prefix_lists and to_endpoint and not is_public(address):
            return []  # A gateway endpoint's list has its service's public addresses.
        return self.prefix_list(table["RouteTableId"], list_id)

    def prefix_list(self, table_id: str, list_id: str) -> list[Network]:
        """Return a list's CIDRs; raise Unknown, naming the table that has a route with it, if it wasn't read."""
        if list_id not in self.prefix_lists:
            raise Unknown(table_id, f"PrefixLists hasn't {list_id} of one of its routes", "its CIDRs")
        return self.prefix_lists[list_id]


def chosen(matching: Sequence[tuple[int, Item]]) -> list[Item]:
    """Return the routes that an address may take, of those that match it, each with its prefix' length."""
    if any(route.get("GatewayId") == "local" for _length, route in matching):
        matching = [(length, route) for length, route in matching if route.get("Origin") not in PROPAGATED]
    if not matching:
        return []
    best = max((length, _rank(route)) for length, route in matching)
    found = [route for length, route in matching if (length, _rank(route)) == best]
    by_target = {(ends_of(route)[1], route.get("State")): route for route in reversed(found)}
    return list(reversed(by_target.values())) if best[1] == 1 else found[:1]


def _rank(route: Item) -> int:
    return 0 if route.get("Origin") in PROPAGATED else 1 if "DestinationPrefixListId" in route else 2


def _holds(association: Item) -> bool:
    return association.get("AssociationState", {}).get("State") not in ("disassociated", "failed")


def ends_of(route: Item) -> tuple[str, str]:
    """Return the destination and the target of a route of a VPC, as text."""
    keys = ("DestinationCidrBlock", "DestinationPrefixListId", "DestinationIpv6CidrBlock")
    destination = next((str(route[key]) for key in keys if route.get(key)), "?")
    targets = (*ROUTE_TARGETS, *OPAQUE_TARGETS)
    return destination, next((str(route[key]) for key in targets if route.get(key)), "nowhere")


def route_text(route: Item) -> str:
    destination, target = ends_of(route)
    return f"the route {destination} to {target}"
