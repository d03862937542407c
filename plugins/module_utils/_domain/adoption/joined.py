# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attachments of a transit gateway as the hub's variables declare them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..hub.segments import Attachment, others
from ..network.snapshot import Item
from .gateways import GatewayFound, can_be_declared, name_of_other
from .model import Account, Network
from .vpcs import VpcFound


@dataclass
class Joined:
    """Attachments by how they are declared: of hosts, of the hub's own VPCs, of VPCs without a host, of other kinds.

    members: {attachment id: as segments.tables takes it}
    """

    members: dict[str, Attachment] = field(default_factory=dict)
    # attachment id -> host of its VPC
    hosts: dict[str, str] = field(default_factory=dict)
    # attachment id -> its VPC, of the hub's account
    own: dict[str, VpcFound | None] = field(default_factory=dict)
    # attachment id -> entry of tgw_hub's attachments or other_attachments
    listed: dict[str, dict[str, Any]] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)


def join(
    gateway: GatewayFound,
    hub: Account,
    hosts: Mapping[str, str],
    vpcs: Mapping[str, VpcFound],
    accounts: Mapping[str, str],
    network: Network,
) -> Joined:
    """Return the gateway's attachments as they can be declared, and note in network those that can't.

    hosts: {VPC id: host}; vpcs: {VPC id: VpcFound}, of all accounts; accounts: {account id: its first host}
    """
    joined = Joined()
    for id_, state in gateway.waiting:
        network.leave("difference", hub, id_, f"it is {state}; the inventory has attachments that are available")
    segment_of_account: dict[str, str] = {}
    for id_, attachment in sorted(gateway.attachments.items(), key=lambda one: _rank(one[1], hosts, one[0])):
        table = gateway.table_of(id_)
        if table is None:
            network.leave("unmanaged", hub, id_, "no route table is associated with it, so it is in no segment")
            continue
        account_id = str(attachment.get("ResourceOwnerId", ""))
        if not can_be_declared(attachment):
            why = f"attachments of the kind {attachment.get('ResourceType')} can't be declared"
            network.leave("difference", hub, id_, why)
        elif attachment["ResourceType"] != "vpc":
            _add_other(joined, gateway, attachment, table.segment, network, hub)
        elif segment_of_account.setdefault(account_id, table.segment) != table.segment:
            why = f"account {account_id} is in segment {segment_of_account[account_id]} already; it is in one"
            network.leave("difference", hub, id_, why)
        else:
            _add_vpc(joined, gateway, attachment, table.segment, hub, hosts, vpcs, accounts, network)
    return joined


def _rank(attachment: Item, hosts: Mapping[str, str], id_: str) -> tuple[bool, str, str]:
    vpc_id = str(attachment.get("ResourceId"))
    return vpc_id not in hosts, hosts.get(vpc_id, ""), id_


def _add_vpc(
    joined: Joined,
    gateway: GatewayFound,
    attachment: Item,
    segment: str,
    hub: Account,
    hosts: Mapping[str, str],
    vpcs: Mapping[str, VpcFound],
    accounts: Mapping[str, str],
    network: Network,
) -> None:
    id_, vpc_id = str(attachment["TransitGatewayAttachmentId"]), str(attachment["ResourceId"])
    account_id, found = str(attachment["ResourceOwnerId"]), vpcs.get(vpc_id)
    cidrs = found.cidrs if found else [cidr for cidr in gateway.propagated(id_) if ":" not in cidr]
    if not cidrs:
        network.leave("difference", hub, id_, f"the CIDRs of {vpc_id} (account {account_id}) weren't read")
        return
    if vpc_id in hosts:
        name = joined.hosts[id_] = hosts[vpc_id]
    else:
        first = accounts.get(account_id, f"account-{account_id}")
        taken = {*hosts.values(), *(member.name for member in joined.members.values())}
        name = first if first not in taken else f"{first}-{vpc_id[-8:]}"
    if account_id == hub.account_id:
        joined.own[id_] = found
    elif vpc_id not in hosts:
        entry = {"name": name, "account_id": account_id, "segment": segment, "cidrs": cidrs, "vpc_id": vpc_id}
        joined.listed[id_] = entry
    joined.members[id_] = Attachment(name, segment, tuple(cidrs), account_id)


def _add_other(
    joined: Joined, gateway: GatewayFound, attachment: Item, segment: str, network: Network, hub: Account
) -> None:
    id_ = str(attachment["TransitGatewayAttachmentId"])
    cidrs = gateway.propagated(id_) or sorted(_led_to(gateway, id_))
    if not cidrs:
        network.leave("difference", hub, id_, f"which CIDRs are behind this {attachment['ResourceType']} isn't known")
        return
    taken = {member.name: None for member in joined.members.values()}
    entry = {
        "name": name_of_other(attachment, taken),
        "attachment_id": id_,
        "resource_type": attachment["ResourceType"],
        "segment": segment,
        "cidrs": cidrs,
    }
    joined.others[id_] = entry
    joined.members[id_] = others([entry])[0]


def _led_to(gateway: GatewayFound, id_: str) -> Iterator[str]:
    """Yield the CIDRs, without prefix lists, of static routes to an attachment."""
    for table in gateway.tables:
        yield from (to for to, target in table.static.items() if target == id_ and "/" in to)
