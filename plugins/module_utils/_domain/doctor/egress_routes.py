# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about calls that leave a VPC instead of going to one of its endpoints: what stops them on the path out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ..network import packet_filters
from ..network.packet_filters import Packet, Ports
from .facts import Facts, Item, why_unread
from .filters import cidrs_of_acl, representatives
from .findings import CAUSE, UNKNOWN, Finding

IN_FORCE = ("create-complete", "update-in-progress", "update-complete", "update-failed", "delete-in-progress")
ANYWHERE = IPv4Address("0.0.0.0")  # far side of a call: rules checked here match the workload's side only


def block_public_access(facts: Facts, subnet_id: str, by_nat: bool, service: str) -> Iterator[Finding]:
    """Yield a finding if VPC Block Public Access stops, or may stop, calls that leave a subnet to the internet.

    by_nat: calls leave through a NAT gateway or appliance, which itself needs an internet gateway; else through an
    internet gateway. The doctor doesn't read a NAT gateway's subnet, so the finding is unknown if subnets are excluded.
    Modes and exclusions: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html.
    """
    kinds = ("VpcBlockPublicAccessOptions", "VpcBlockPublicAccessExclusions")
    unread = [why for kind in kinds if (why := why_unread(facts, kind))]
    options = facts.get("VpcBlockPublicAccessOptions")
    if options is None:
        if unread:
            yield _blocked(
                UNKNOWN, facts, f"whether VPC Block Public Access is on isn't known: {unread[0]}", {}, service
            )
        return
    mode = options.get("InternetGatewayBlockMode", "off")
    if mode == "off" or (mode == "block-ingress" and by_nat):
        return
    exclusions = [item for item in facts.get("VpcBlockPublicAccessExclusions", ()) if item["State"] in IN_FORCE]
    # Exclusions for egress take effect only where both directions are blocked.
    excluded = {
        item["ResourceArn"].rpartition("/")[2]
        for item in exclusions
        if mode == "block-bidirectional" or item["InternetGatewayExclusionMode"] == "allow-bidirectional"
    }
    shown = {f"{kinds[0]}.InternetGatewayBlockMode": mode, f"{kinds[1]}[].ResourceArn": sorted(excluded)}
    own = {subnet["SubnetId"] for subnet in facts["Subnets"]}
    if facts["vpc_id"] in excluded or (subnet_id in excluded and not by_nat):
        return
    message = f"VPC Block Public Access ({mode}) stops calls that leave {subnet_id} to the internet"
    if unread:
        yield _blocked(UNKNOWN, facts, f"{message}, unless it is excluded: {unread[0]}", shown, service)
    elif by_nat and excluded & own:
        yield _blocked(
            UNKNOWN, facts, f"{message}, unless the NAT gateway is in a subnet that is excluded", shown, service
        )
    else:
        yield _blocked(CAUSE, facts, message, shown, service)


def _blocked(status: str, facts: Facts, message: str, shown: Mapping[str, Any], service: str) -> Finding:
    fix = "endpoints for what is called, or an exclusion of the VPC or subnet where access to the internet is intended"
    return Finding("vpc_block_public_access", status, facts["vpc_id"], message, fix, shown, (service,))


def transit_gateway_subnets(
    facts: Facts, subnet_id: str, gateway_id: str, client_ports: Ports, service: str
) -> Iterator[Finding]:
    """Findings about network ACLs of the transit gateway's attachment subnets in the workload's Availability Zone.

    Calls are checked inbound, answers to the workload outbound; in the workload's own subnet, answers aren't checked
    (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html).
    """
    subnets = {subnet["SubnetId"]: subnet for subnet in facts["Subnets"]}
    acls = {a["SubnetId"]: acl for acl in facts.get("NetworkAcls", ()) for a in acl["Associations"]}
    zone = subnets[subnet_id].get("AvailabilityZoneId")
    attached = [
        id_
        for attachment in facts.get("TransitGatewayVpcAttachments", ())
        if attachment["TransitGatewayId"] == gateway_id
        and attachment["VpcId"] == facts["vpc_id"]
        and attachment["State"] in ("available", "modifying")
        for id_ in attachment.get("SubnetIds", ())
        # A zone reaches the gateway through the attachment's subnet in that zone (how-transit-gateways-work.html).
        if id_ in subnets and subnets[id_].get("AvailabilityZoneId") == zone
    ]
    why = why_unread(facts, "TransitGatewayVpcAttachments")
    if why:
        message = f"the network ACLs of the subnets where {gateway_id} is attached weren't checked: {why}"
        fix = "ec2:DescribeTransitGatewayVpcAttachments, or a snapshot that has its answer"
        yield Finding("nacl_transit_gateway_subnet", UNKNOWN, gateway_id, message, fix, {}, (service,))
    for id_ in attached:
        if id_ in acls and "CidrBlock" in subnets[subnet_id]:
            yield from _stopped_by(acls[id_], id_, attached, subnets[subnet_id], gateway_id, client_ports, service)


def _stopped_by(
    acl: Item,
    id_: str,
    attached: list[str],
    subnet: Item,
    gateway_id: str,
    client_ports: Ports,
    service: str,
) -> Iterator[Finding]:
    """Findings for calls from a subnet, and their answers, that the ACL of the attachment's subnet id_ stops."""
    network = IPv4Network(subnet["CidrBlock"])
    inbound, outbound = ("inbound", "443", "from"), ("outbound", "{}-{}".format(*client_ports), "to")
    for address in representatives(network, cidrs_of_acl(acl)):
        call = Packet(address, ANYWHERE, "tcp", (443, 443))
        answer = Packet(ANYWHERE, address, "tcp", client_ports, answer=True)
        checks = [(call, False, inbound), (answer, True, outbound)]
        for packet, egress, (direction, ports, whom) in checks[: 1 if id_ == subnet["SubnetId"] else 2]:
            admitted, decision = packet_filters.network_acl(acl, packet, egress)
            if not admitted:
                yield Finding(
                    "nacl_transit_gateway_subnet",
                    CAUSE,
                    id_,
                    f"the network ACL of {id_}, where {gateway_id} is attached, stops"
                    f" {'answers to' if egress else 'calls of'} {address} in {subnet['SubnetId']}:"
                    f" no {direction} rule lets them through",
                    f"an {direction} rule, before any that denies, for tcp/{ports} {whom} {network}"
                    "; better: an ACL of its own that allows all, and filters at the workload's subnets",
                    {"NetworkAclId": acl["NetworkAclId"], "Entries": decision.message, "SubnetIds": attached},
                    (service,),
                )
