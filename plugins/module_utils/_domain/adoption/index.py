# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One account's VPCs with what is in them, as a snapshot has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..network.snapshot import Item, Snapshot
from .model import Account

# Without these kinds of an account, nothing is said about it.
NEEDED = ("Vpcs", "Subnets", "RouteTables", "InternetGateways", "NatGateways", "TransitGatewayVpcAttachments")
TARGETS = ("GatewayId", "NatGatewayId", "EgressOnlyInternetGatewayId", "TransitGatewayId")
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
ENDED = ("deleted", "deleting", "rejected", "rejecting", "failed", "failing", "rollingBack")


@dataclass(frozen=True)
class Lookups:
    """A snapshot's items of one account and region."""

    snapshot: Snapshot
    account: Account

    @property
    def unread(self) -> list[str]:
        """Kinds that adopt needs and that weren't read."""
        there = self.snapshot.places[self.account.place]
        return [kind for kind in NEEDED if kind not in there]

    def items(self, kind: str) -> tuple[Item, ...]:
        return self.snapshot.places[self.account.place].get(kind, ())

    @cached_property
    def vpcs(self) -> list[Item]:
        """The account's own VPCs, also default ones."""
        mine = [v for v in self.items("Vpcs") if v.get("OwnerId", self.account.account_id) == self.account.account_id]
        return sorted(mine, key=lambda vpc: vpc["VpcId"])

    @cached_property
    def of_vpc(self) -> Mapping[tuple[str, str], list[Item]]:
        """{(kind, VPC id): items}"""
        found: dict[tuple[str, str], list[Item]] = defaultdict(list)
        for kind in ("Subnets", "RouteTables", "NatGateways", "SecurityGroups", "TransitGatewayVpcAttachments"):
            for item in self.items(kind):
                found[kind, item.get("VpcId", "")].append(item)
        for item in self.items("InternetGateways"):
            for attachment in item.get("Attachments") or ():
                found["InternetGateways", attachment["VpcId"]].append(item)
        return found

    def attachments(self, vpc_id: str) -> list[Item]:
        """Attachments of the VPC to transit gateways that haven't ended."""
        return [a for a in self.of_vpc["TransitGatewayVpcAttachments", vpc_id] if a.get("State") not in ENDED]

    def attributes(self, vpc_id: str) -> tuple[bool | None, bool | None]:
        """Return whether the VPC has DNS support and DNS hostnames; None where that wasn't read."""
        for item in self.items("VpcAttributes"):
            if item["VpcId"] == vpc_id:
                return item.get("EnableDnsSupport"), item.get("EnableDnsHostnames")
        return None, None


def destination(route: Item) -> str:
    return next((str(route[key]) for key in DESTINATIONS if route.get(key)), "")


def table_of(subnet_id: str, tables: list[Item]) -> Item | None:
    """Return the route table that a subnet is associated with by its id; None if the main table is used."""
    for table in tables:
        for association in table.get("Associations") or ():
            state = (association.get("AssociationState") or {}).get("State", "associated")
            if association.get("SubnetId") == subnet_id and state in ("associated", "associating"):
                return table
    return None
