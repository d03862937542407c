# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds who reaches whom, from nothing but EC2's route tables: those of the VPCs and of the Transit Gateway.

Knows nothing of the collection, so it can judge it. Route evaluation:
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html and
https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

FORWARDING = "available", "pending", "modifying"


@dataclass
class Network:
    """Networks of accounts as read.

    addresses       name of the account -> an address in each CIDR of its VPCs
    vpc_tables      name of the account -> routes of each route table of its VPCs
    attachments     name of the account -> its attachments to the Transit Gateway
    gateway_tables  id of a Transit Gateway route table -> its routes
    """

    addresses: dict[str, list[IPv4Address]]
    vpc_tables: dict[str, list[list[dict[str, Any]]]]
    attachments: dict[str, list[dict[str, Any]]]
    gateway_tables: dict[str, list[dict[str, Any]]]

    def sends(self, source: str, target: str) -> bool:
        """Return true if a packet from some subnet of `source` arrives at an address of each CIDR of `target`."""
        addresses = self.addresses.get(target)
        return bool(addresses) and all(self._delivers(source, address, target) for address in addresses)

    def reaches(self, source: str, target: str) -> bool:
        """Return true if packets arrive, and their answers too."""
        return self.sends(source, target) and self.sends(target, source)

    def _delivers(self, source: str, address: IPv4Address, target: str) -> bool:
        targets = {attachment["TransitGatewayAttachmentId"] for attachment in self.attachments.get(target, [])}
        for routes in self.vpc_tables.get(source, []):
            gateway = (longest_match(routes, address) or {}).get("TransitGatewayId")
            for attachment in self.attachments.get(source, []):
                table = attachment.get("Association", {}).get("TransitGatewayRouteTableId")
                if attachment["TransitGatewayId"] == gateway and table:
                    route = longest_match(self.gateway_tables[table], address) or {}
                    ids = {hop["TransitGatewayAttachmentId"] for hop in route.get("TransitGatewayAttachments", [])}
                    if ids & targets:
                        return True
        return False


def longest_match(routes: list[dict[str, Any]], address: IPv4Address) -> dict[str, Any] | None:
    """Return the route that wins, None unless active; in a TGW table static beats propagated of the same length."""
    matching = [
        (IPv4Network(route["DestinationCidrBlock"]).prefixlen, route.get("Type") == "static", number)
        for number, route in enumerate(routes)
        if "DestinationCidrBlock" in route and address in IPv4Network(route["DestinationCidrBlock"])
    ]
    route = routes[max(matching)[2]] if matching else {}
    return route if route.get("State") == "active" else None


def read(clients: Mapping[str, Any], hub: str) -> Network:
    """Read the networks of these accounts.

    clients: name of the account -> its EC2 client; hub: name of the account that owns the Transit Gateway.
    """
    network = Network({}, {}, {}, {})
    owners = {}
    for name, ec2 in clients.items():
        vpcs = [vpc for vpc in _all(ec2, "describe_vpcs", "Vpcs") if not vpc["IsDefault"]]
        blocks = [
            block["CidrBlock"]
            for vpc in vpcs
            for block in vpc["CidrBlockAssociationSet"]
            if block["CidrBlockState"]["State"] == "associated"
        ]
        network.addresses[name] = [IPv4Network(block)[10] for block in blocks]
        owners.update({vpc["VpcId"]: name for vpc in vpcs})
        tables = _all(ec2, "describe_route_tables", "RouteTables")
        network.vpc_tables[name] = [table["Routes"] for table in tables if owners.get(table["VpcId"]) == name]
    ec2 = clients[hub]
    for attachment in _all(ec2, "describe_transit_gateway_attachments", "TransitGatewayAttachments"):
        if attachment["State"] in FORWARDING and attachment["ResourceId"] in owners:
            network.attachments.setdefault(owners[attachment["ResourceId"]], []).append(attachment)
    for table in _all(ec2, "describe_transit_gateway_route_tables", "TransitGatewayRouteTables"):
        table_id = table["TransitGatewayRouteTableId"]
        network.gateway_tables[table_id] = ec2.search_transit_gateway_routes(
            TransitGatewayRouteTableId=table_id, Filters=[{"Name": "state", "Values": ["active", "blackhole"]}]
        )["Routes"]
    return network


def _all(client: Any, operation: str, key: str) -> list[dict[str, Any]]:
    return [item for page in client.get_paginator(operation).paginate() for item in page[key]]


def table(network: Network, names: list[str]) -> str:
    """Return a table as text: a line for each source, a column for each target."""

    def cell(source: str, target: str) -> str:
        if source == target:
            return "."
        return "yes" if network.reaches(source, target) else "one way" if network.sends(source, target) else "-"

    rows = [["from \\ to", *names]] + [[source, *(cell(source, target) for target in names)] for source in names]
    widths = [max(len(row[column]) for row in rows) for column in range(len(names) + 1)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows)
