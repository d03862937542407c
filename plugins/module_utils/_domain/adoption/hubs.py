# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of a hub: its transit gateway, segments, attachments and share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import declared_segments
from .declared_segments import Declaration
from .gateways import GatewayFound
from .index import Lookups
from .joined import Joined
from .model import Foreign, Host, Network, is_ours, tags_of
from .vpcs import VpcFound

# variable of the role hub -> (option of DescribeTransitGateways, the role's default)
SWITCHES = {
    "hub_dns_support": ("DnsSupport", True),
    "hub_vpn_ecmp_support": ("VpnEcmpSupport", True),
    "hub_security_group_referencing": ("SecurityGroupReferencingSupport", True),
}
# What a hub never leaves to AWS: option -> in words
NEVER = {
    "AutoAcceptSharedAttachments": "it accepts shared attachments by itself",
    "DefaultRouteTableAssociation": "it associates new attachments with its default route table",
    "DefaultRouteTablePropagation": "it propagates new attachments to its default route table",
}
ASN = 64512


def declare(host: Host, gateway: GatewayFound, joined: Joined, lookups: Lookups, network: Network) -> Declaration:
    """Write the hub's variables and ids into its host, and return its segments."""
    declaration = declared_segments.infer(gateway.tables, joined.members)
    if declaration.refused:
        return declaration
    variables = host.variables
    variables["hub_segments"] = dict(declaration.segments)
    if declaration.blackholes:
        variables["hub_blackholes"] = True
    for line in declaration.differences:
        network.leave("difference", host.account, gateway.id, line)
    _gateway(host, gateway, network)
    _share(host, gateway, lookups, network)
    _attachments(host, joined)
    host.groups.append("hub")
    _ids(host, gateway, joined, network)
    return declaration


def _gateway(host: Host, gateway: GatewayFound, network: Network) -> None:
    options = gateway.item.get("Options") or {}
    if not options:
        network.leave("unread", host.account, gateway.id, "DescribeTransitGateways wasn't read: its ASN and options")
        return
    if options.get("AmazonSideAsn", ASN) != ASN:
        host.variables["hub_amazon_side_asn"] = options["AmazonSideAsn"]
    if gateway.item.get("Description"):
        host.variables["hub_description"] = Foreign(gateway.item["Description"])
    if options.get("TransitGatewayCidrBlocks"):
        host.variables["hub_cidr_blocks"] = list(options["TransitGatewayCidrBlocks"])
    for variable, (option, default) in SWITCHES.items():
        if (options.get(option) == "enable") != default:
            host.variables[variable] = not default
    for option, words in NEVER.items():
        if options.get(option) == "enable":
            why = f"{words}, and a hub declares each: the inventory would switch {option} off"
            network.leave("difference", host.account, gateway.id, why)


def _share(host: Host, gateway: GatewayFound, lookups: Lookups, network: Network) -> None:
    """Declare with whom the transit gateway is shared, if by the one share that tgw_hub would create."""
    holding = {
        str(item["resourceShareArn"])
        for item in lookups.items("RamResources")
        if item.get("resourceOwner") == "SELF" and str(item.get("arn", "")).endswith(f"transit-gateway/{gateway.id}")
    }
    named = f"{host.name}-transit-gateway"
    for share in lookups.items("RamResourceShares"):
        arn = str(share.get("resourceShareArn"))
        if arn not in holding or share.get("status") not in ("ACTIVE", "PENDING"):
            continue
        if share.get("name") == named and "hub_share_with" not in host.variables:
            host.variables["hub_share_with"] = _share_with(share, lookups)
            host.own("tgw_hub", "resource_share.main", arn)
        else:
            why = f"a share with another name than {named}, which tgw_hub gives; it stays as it is"
            network.leave("unmanaged", host.account, arn, why)
    if host.variables.get("hub_share_with") == {"organization": True}:
        del host.variables["hub_share_with"]
    elif "hub_share_with" not in host.variables:
        host.variables["hub_share_with"] = {}


def _share_with(share: Mapping[str, Any], lookups: Lookups) -> dict[str, Any]:
    principals = sorted(
        str(item["id"])
        for item in lookups.items("RamPrincipals")
        if item.get("resourceOwner") == "SELF" and item.get("resourceShareArn") == share["resourceShareArn"]
    )
    told: dict[str, Any] = {}
    if any(":organization/" in principal for principal in principals):
        told["organization"] = True
    for key, found in (
        ("organizational_units", [p for p in principals if ":ou/" in p]),
        ("accounts", [p for p in principals if p.isdigit()]),
    ):
        if found:
            told[key] = found
    if share.get("allowExternalPrincipals"):
        told["outside_organization"] = True
    return told


def _attachments(host: Host, joined: Joined) -> None:
    """Declare the hub's own VPCs, those of accounts without a host, and attachments of other kinds."""
    own = {id_: found for id_, found in joined.own.items() if id_ in joined.members}
    mine = next((id_ for id_ in own if joined.hosts.get(id_) == host.name), None)
    if mine and len(own) == 1 and _is_usual(own[mine]):
        host.variables["hub_segment"] = joined.members[mine].segment
        _of_hub(host, own[mine])
    elif own:
        host.variables["hub_vpc_attachments"] = [_entry(host, id_, found, joined) for id_, found in own.items()]
    if joined.listed:
        host.variables["hub_more_attachments"] = list(joined.listed.values())
    if joined.others:
        host.variables["hub_other_attachments"] = list(joined.others.values())


def _options(found: VpcFound) -> Mapping[str, Any]:
    return (found.attachment or {}).get("Options") or {}


def _is_usual(found: VpcFound | None) -> bool:
    """Return true if the role's hub_vpc_attachment can say the attachment of the hub's own VPC."""
    return found is not None and _options(found).get("DnsSupport", "enable") == "enable"


def _of_hub(host: Host, found: VpcFound | None) -> None:
    if found is None:
        return
    if found.attached_tier:
        found.rename(found.attached_tier, "tgw")
    else:
        host.variables["vpc_id"] = found.vpc_id
        host.variables["hub_attachment_subnet_ids"] = sorted((found.attachment or {})["SubnetIds"])
    if found.routed != ["app"]:
        host.variables["hub_tiers"] = found.routed
    host.variables["hub_destinations"] = found.destinations
    if _options(found).get("ApplianceModeSupport") == "enable":
        host.variables["hub_appliance_mode"] = True


def _entry(host: Host, id_: str, found: VpcFound | None, joined: Joined) -> dict[str, Any]:
    """Return an entry of hub_vpc_attachments."""
    member = joined.members[id_]
    entry: dict[str, Any] = {"name": member.name, "segment": member.segment, "cidrs": list(member.cidrs)}
    if found is None or found.attachment is None:
        return entry
    mine = joined.hosts.get(id_) == host.name
    if mine and found.attached_tier:
        entry["attachment_tier"] = found.attached_tier
    else:
        entry |= {"vpc_id": found.vpc_id, "attachment_subnet_ids": sorted(found.attachment["SubnetIds"])}
    if mine:
        entry |= {"tiers": found.routed, "direct_tiers": found.direct, "destinations": found.destinations}
    if _options(found).get("ApplianceModeSupport") == "enable":
        entry["appliance_mode"] = True
    if _options(found).get("DnsSupport", "enable") != "enable":
        entry["dns_support"] = False
    return entry


def _ids(host: Host, gateway: GatewayFound, joined: Joined, network: Network) -> None:
    host.own("tgw_hub", "transit_gateway.main", gateway.id)
    for table in gateway.tables:
        host.own("tgw_hub", f"transit_gateway_route_table.{table.segment}", table.id)
    if not is_ours(tags_of(gateway.item), host.name):
        network.tagged_by_others.add(gateway.id)
    for id_, member in joined.members.items():
        if id_ in joined.own:
            host.own("tgw_hub", f"transit_gateway_attachment.{member.name}", id_)
        elif id_ not in joined.others:
            host.own("tgw_hub", f"spoke_attachment.{member.name}", id_)
