# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parts of a network that the inventory leaves as they are, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ..network.snapshot import Item
from .index import ENDED, Lookups
from .model import Network
from .vpcs import VpcFound

# Kinds with a VPC: kind -> (key of its VPC, key of its id, in words)
WITH_VPC = {
    "VpcEndpoints": (
        "VpcId",
        "VpcEndpointId",
        "VPC endpoint; the role closed_network or privatelink_consumer has them",
    ),
    "NetworkAcls": ("VpcId", "NetworkAclId", "network ACL; vpc_flows of the inventory writes them"),
}
WITHOUT_VPC = {
    "ServiceConfigurations": ("ServiceId", "endpoint service; privatelink_provider_services has them"),
    "VpcPeeringConnections": ("VpcPeeringConnectionId", "VPC peering; nothing in this collection declares one"),
    "VpnConnections": ("VpnConnectionId", "VPN connection; only its attachment can be declared"),
    "VpnGateways": ("VpnGatewayId", "virtual private gateway; nothing in this collection declares one"),
    "ClientVpnEndpoints": ("ClientVpnEndpointId", "client VPN; nothing in this collection declares one"),
}


def of_account(network: Network, lookups: Lookups, found: Mapping[str, VpcFound], hosts: Mapping[str, str]) -> None:
    """Note what of an account stays as it is."""
    account = lookups.account
    for vpc in lookups.vpcs:
        one = found[str(vpc["VpcId"])]
        if one.vpc_id in hosts and hosts[one.vpc_id] in network.hosts:
            _of_vpc(network, lookups, one)
    for kind, (vpc_key, key, words) in WITH_VPC.items():
        there = [i for i in lookups.items(kind) if i.get(vpc_key) in hosts and _is_own(kind, i)]
        for vpc_id, count in sorted(Counter(str(item[vpc_key]) for item in there).items()):
            ids = sorted(str(item[key]) for item in there if item[vpc_key] == vpc_id)
            network.leave("unmanaged", account, vpc_id, f"{_listed(ids)}: {_several(count, words)}")
    for kind, (key, words) in WITHOUT_VPC.items():
        for item in lookups.items(kind):
            if _state(item) not in ENDED:
                network.leave("unmanaged", account, str(item[key]), words)


def _of_vpc(network: Network, lookups: Lookups, one: VpcFound) -> None:
    account = lookups.account
    for tier in one.left:
        ids = sorted(str(subnet["SubnetId"]) for subnet in tier.subnets.values())
        why = f"{_listed(ids)} look like a tier {tier.name}, which isn't in the inventory: {tier.problem}"
        network.leave("unmanaged", account, one.vpc_id, why)
    in_tiers = {str(s["SubnetId"]) for tier in (*one.tiers, *one.left) for s in tier.subnets.values()}
    others = sorted({str(s["SubnetId"]) for s in lookups.of_vpc["Subnets", one.vpc_id]} - in_tiers)
    if others:
        why = f"{_listed(others)}: in zones that not every tier has, or without IPv4; they stay as they are"
        network.leave("unmanaged", account, one.vpc_id, why)
    for tier in one.tiers:
        for table_id, leads in tier.ways.items():
            if leads.elsewhere:
                why = f"routes of tier {tier.name} that no role declares: {', '.join(leads.elsewhere)}; they stay"
                network.leave("unmanaged", account, table_id, why)
    if one.has_ipv6:
        network.leave("unmanaged", account, one.vpc_id, "its IPv6 blocks; vpc_ipv6 isn't written, and they stay")
    if None in lookups.attributes(one.vpc_id):
        why = "DescribeVpcAttribute wasn't read: whether it has DNS support and DNS hostnames (the inventory says yes)"
        network.leave("unread", account, one.vpc_id, why)
    for attachment in lookups.attachments(one.vpc_id):
        if one.attachment is None or attachment["TransitGatewayId"] != one.attachment["TransitGatewayId"]:
            why = f"attached to {attachment['TransitGatewayId']}, which isn't the hub of the inventory; it stays"
            network.leave("unmanaged", account, str(attachment["TransitGatewayAttachmentId"]), why)


def _is_own(kind: str, item: Item) -> bool:
    """Return false for what comes with a VPC: its default network ACL."""
    return kind != "NetworkAcls" or not item.get("IsDefault")


def _state(item: Item) -> str:
    state = item.get("State") or item.get("Status") or ""
    return str(state.get("Code") if isinstance(state, Mapping) else state)


def _several(count: int, words: str) -> str:
    return words if count == 1 else f"{count} of a kind: {words}"


def _listed(ids: Iterable[str], most: int = 6) -> str:
    ids = list(ids)
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
