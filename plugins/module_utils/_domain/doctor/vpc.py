# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookups in the facts of a VPC: endpoints by service, their DNS names, private hosted zones, subnets, route tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

from ..._core.errors import Invalid
from ..endpoints import profiles, resolution
from ..endpoints.resolution import Answer
from .facts import Facts, Item


class Vpc:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.id = facts["vpc_id"]

    @cached_property
    def offered(self) -> dict[str, list[Item]] | None:
        """Endpoint services in the region, by suffix; None if they weren't read."""
        return self._by_suffix(self.facts["ServiceDetails"]) if "ServiceDetails" in self.facts else None

    @cached_property
    def endpoints(self) -> dict[str, list[Item]]:
        """Endpoints of the VPC, by suffix of their service, without deleted ones."""
        alive = (item for item in self.facts.get("VpcEndpoints", ()) if item["State"].lower() != "deleted")
        return self._by_suffix(alive)

    def _by_suffix(self, items: Iterable[Item]) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for item in items:
            found.setdefault(profiles.suffix_of(item["ServiceName"], self.facts["region"]), []).append(item)
        return found

    def endpoint(self, service: str) -> Item | None:
        """Return the endpoint that the service's name leads to; None if the VPC has none."""
        return max(self.endpoints.get(service, []), key=_preference, default=None)

    def names(self, service: str) -> list[str]:
        """Return the names by which clients call a service: its endpoints' private DNS names, wildcards included."""
        return [
            name["PrivateDnsName"]
            for details in (self.offered or {}).get(service, ())
            for name in details.get("PrivateDnsNames") or [{"PrivateDnsName": details.get("PrivateDnsName", "")}]
            if name["PrivateDnsName"]
        ]

    def regional_name(self, service: str) -> str:
        """Return the name of a service whose description has no private DNS names, such as one with gateways."""
        end = ".cn" if self.facts["partition"] == "aws-cn" else ""
        return f"{service}.{self.facts['region']}.amazonaws.com{end}"

    @cached_property
    def central(self) -> dict[str, Item]:
        """What is known of the hub's endpoints, by service, see central.py; empty if nothing is."""
        return dict(self.facts.get("Central", {}).get("endpoints") or {})

    def answer(self, service: str) -> Answer:
        """Return what answers for the names of a service; unknown if they are answered differently."""
        names = self.names(service)
        if not names or service in profiles.GATEWAYS:
            name = self.regional_name(service)
            names = [*names, name, f"*.{name}"] if service in profiles.GATEWAYS else [name]
        return resolution.of_names(self.facts, names, self.central)

    def private_zones(self, service: str) -> list[Item]:
        """Return the VPC's private hosted zones that answer for a name of the service, without AWS's own."""
        names = [name.removeprefix("*.") for name in self.names(service)]
        return [
            zone
            for zone in self.facts.get("HostedZones", ())
            if not zone.get("Owner", {}).get("OwningService")
            and any(f".{name}".endswith(f".{zone['Name'].rstrip('.')}") for name in names)
        ]

    def subnets(self, ids: Collection[str]) -> list[Item]:
        return [subnet for subnet in self.facts["Subnets"] if subnet["SubnetId"] in ids]

    def with_ipv4(self, ids: Collection[str]) -> tuple[str, ...]:
        """Return the ids of those subnets that have IPv4; subnets with IPv6 only have no CidrBlock."""
        return tuple(subnet["SubnetId"] for subnet in self.subnets(ids) if not subnet.get("Ipv6Native"))

    def route_table(self, subnet_id: str) -> Item:
        """Return the subnet's own route table, else the main one. Raises Invalid if neither was read."""
        tables: Sequence[Item] = self.facts["RouteTables"]
        for table in tables:
            if any(association.get("SubnetId") == subnet_id for association in table["Associations"]):
                return table
        for table in tables:
            if any(association.get("Main") for association in table["Associations"]):
                return table
        expected = "all of them, the main one among them"
        raise Invalid("RouteTables", subnet_id, "uses a table that wasn't among those read", expected)


def endpoint_of(service: str, facts: Facts) -> Item | None:
    """Return the endpoint that the service's name leads to; None if the VPC has none."""
    return Vpc(facts).endpoint(service)


def has_ipv6(subnet: Item) -> bool:
    """Return true for a subnet with IPv6 only or with both families."""
    states = (block["Ipv6CidrBlockState"]["State"] for block in subnet.get("Ipv6CidrBlockAssociationSet", ()))
    return bool(subnet.get("Ipv6Native")) or "associated" in states


def _preference(endpoint: Item) -> tuple[bool, bool, bool]:
    inbound_only = endpoint.get("DnsOptions", {}).get("PrivateDnsOnlyForInboundResolverEndpoint", False)
    named = endpoint.get("PrivateDnsEnabled", False) and not inbound_only
    return endpoint["State"].lower() == "available", named, endpoint["VpcEndpointType"] == "Gateway"
