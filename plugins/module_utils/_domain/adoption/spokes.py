# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of a host with a VPC: the VPC itself, and its attachment to the hub."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from ..network.snapshot import Item
from ..vpc import cidr_blocks
from . import vpcs
from .index import Lookups
from .joined import Joined
from .model import Host, Network, is_ours, tags_of
from .vpcs import VpcFound

FROM_HUB = "closednet-from-hub"
# variable of the role spoke -> (option of the attachment, the role's default)
SWITCHES = {
    "spoke_dns_support": ("DnsSupport", True),
    "spoke_appliance_mode": ("ApplianceModeSupport", False),
    "spoke_security_group_referencing": ("SecurityGroupReferencingSupport", True),
}


def declare(
    network: Network, lookups: Lookups, found: VpcFound, name: str, hub: Lookups | None, joined: Joined | None
) -> None:
    """Write the VPC's variables and ids, and those of its attachment, into its host."""
    attachment_id = str(found.attachment["TransitGatewayAttachmentId"]) if found.attachment else ""
    is_hub = hub is not None and lookups is hub
    if attachment_id and joined and not is_hub and attachment_id not in joined.hosts:
        why = "its attachment can't be declared, so the VPC and the attachment stay as they are"
        network.leave("unmanaged", lookups.account, found.vpc_id, why)
        return
    host = network.hosts.setdefault(name, Host(name, lookups.account))
    if name != lookups.account.host:
        host.variables["vpc_same_account_as"] = lookups.account.host
    _vpc(host, lookups, found)
    if not is_hub:
        host.groups.append("spokes")
        if attachment_id and joined:
            _attachment(host, found, joined.members[attachment_id].segment, hub)
            _from_hub(host, lookups, found, network)
        else:
            host.variables["spoke_attached"] = False
            if hub is None:
                # The role spoke asks for a hub in any case.
                host.variables |= {"hub_account_id": host.account.account_id, "spoke_destinations": []}
    _note_tags(network, host, lookups, found)


def _vpc(host: Host, lookups: Lookups, found: VpcFound) -> None:
    tiers, slots = vpcs.declared_tiers(found)
    variables = host.variables
    variables |= {"vpc_cidrs": found.cidrs, "vpc_availability_zone_ids": found.zones, "vpc_tiers": tiers}
    if len(found.cidrs) > cidr_blocks.QUOTA:
        variables["vpc_cidrs_quota"] = vpcs.quota(found)
    if slots != 4:
        variables["vpc_az_slots"] = slots
    if found.nat and found.nat.per_az:
        variables["vpc_nat_gateways"] = "per_az"
    for variable, value in zip(("vpc_dns_support", "vpc_dns_hostnames"), lookups.attributes(found.vpc_id)):
        if value is False:
            variables[variable] = False
    if not vpcs.default_group_is_empty(lookups, found.vpc_id):
        variables["vpc_default_security_group"] = "ignore"
    for address, id_ in vpcs.ids(found).items():
        if address != "vpc.main" or "vpc_id" not in variables:
            host.own("tiered_vpc", address, id_)


def _attachment(host: Host, found: VpcFound, segment: str, hub: Lookups | None) -> None:
    attachment: Item = found.attachment or {}
    variables = host.variables
    variables["spoke_segment"] = segment
    if not found.attached_tier:
        variables["vpc_id"] = found.vpc_id
        variables["spoke_attachment_subnet_ids"] = sorted(attachment["SubnetIds"])
        host.ids[f"tiered_vpc/{host.name}"].pop("vpc.main", None)
    elif found.attached_tier != "tgw":
        variables["spoke_attachment_tier"] = found.attached_tier
    if found.routed != ["app"]:
        variables["spoke_tiers"] = found.routed
    if found.routed:
        variables["spoke_destinations"] = found.destinations
    for variable, (option, default) in SWITCHES.items():
        value = (attachment.get("Options") or {}).get(option)
        if value is not None and (value == "enable") != default:
            variables[variable] = not default
    host.own("tgw_spoke", "transit_gateway_attachment.main", str(attachment["TransitGatewayAttachmentId"]))


def _from_hub(host: Host, lookups: Lookups, found: VpcFound, network: Network) -> None:
    """Declare spoke_from_hub where the VPC has the group of this name."""
    groups = [g for g in lookups.of_vpc["SecurityGroups", found.vpc_id] if g.get("GroupName") == FROM_HUB]
    for group in groups:
        rules = {rule for permission in group.get("IpPermissions") or () for rule in _rules(permission)}
        sources = sorted({source for source, _protocol, _ports in rules})
        ports = sorted({(protocol, number) for _source, protocol, number in rules})
        whole = {(source, *one) for source, one in product(sources, ports)}
        known = {protocol for protocol, _number in ports} <= {"tcp", "udp"}
        if rules and rules == whole and known and not group.get("IpPermissionsEgress"):
            of_each = {p: [n for protocol, n in ports if protocol == p] for p in ("tcp", "udp")}
            host.variables["spoke_from_hub"] = {"sources": sources, **{p: n for p, n in of_each.items() if n}}
            host.own("tgw_spoke", "security_group.from_hub", str(group["GroupId"]))
        else:
            why = f"a security group {FROM_HUB} whose rules spoke_from_hub can't say"
            network.leave("unmanaged", host.account, str(group["GroupId"]), why)


def _rules(permission: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    first, last = permission.get("FromPort"), permission.get("ToPort")
    number = str(first) if first == last else f"{first}-{last}"
    keys = (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId"))
    sources = [str(item[key]) for list_, key in keys for item in permission.get(list_) or ()]
    sources += [str(pair["GroupId"]) for pair in permission.get("UserIdGroupPairs") or ()]
    return [(source, str(permission["IpProtocol"]), number) for source in sources]


def _note_tags(network: Network, host: Host, lookups: Lookups, found: VpcFound) -> None:
    """Note the objects that have other tags than this collection gives, which stay as they are."""
    titles = {id_: _title(host.name, address) for ids in host.ids.values() for address, id_ in ids.items()}
    items = [("VpcId", found.item)] + ([("TransitGatewayAttachmentId", found.attachment)] if found.attachment else [])
    for key, kind in (("SubnetId", "Subnets"), ("RouteTableId", "RouteTables"), ("NatGatewayId", "NatGateways")):
        items += [(key, item) for item in lookups.of_vpc[kind, found.vpc_id]]
    items += [("InternetGatewayId", item) for item in lookups.of_vpc["InternetGateways", found.vpc_id]]
    for key, item in items:
        if (id_ := str(item[key])) in titles and not is_ours(tags_of(item), titles[id_]):
            network.tagged_by_others.add(id_)


def _title(host: str, address: str) -> str:
    """Return the Name tag that the module gives to the resource at this address."""
    kind, _dot, name = address.partition(".")
    if name == "main":
        return host
    return name if kind == "transit_gateway_attachment" else f"{host}-{name}"
