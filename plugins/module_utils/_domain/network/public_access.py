# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decisions of VPC Block Public Access about packets at internet gateways and egress-only internet gateways.

https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
"""

from __future__ import annotations

from typing import NamedTuple

from .packet_filters import Decision
from .snapshot import OPTIONS, Item, Snapshot, Unknown

EXCLUSIONS = "VpcBlockPublicAccessExclusions"
BIDIRECTIONAL, INGRESS = "block-bidirectional", "block-ingress"
MODES = ("off", BIDIRECTIONAL, INGRESS)
BOTH_WAYS, EGRESS_ONLY = "allow-bidirectional", "allow-egress"
# States of an exclusion: in force, and not (yet).
IN_FORCE = ("create-complete", "update-complete", "update-in-progress", "update-failed", "delete-in-progress")
NOT_IN_FORCE = ("create-in-progress", "create-failed", "delete-complete", "disable-in-progress", "disable-complete")


class Passage(NamedTuple):
    """Packet at a gateway. subnet_id: of the interface that it is of, or of its NAT gateway; client_id: of the client

    outbound_only: by a NAT gateway or an egress-only internet gateway, which start no connection inwards
    """

    vpc_id: str
    gateway_id: str
    subnet_id: str
    client_id: str
    inbound: bool = False
    outbound_only: bool = False


def note(snapshot: Snapshot, vpc_id: str, gateway_id: str) -> str:
    """Return in words what isn't judged at a gateway of a VPC since it wasn't read; "" if it was."""
    place, _vpc = snapshot.vpcs[vpc_id]
    read = snapshot.places[place].get(OPTIONS)
    return "" if read else f"VPC Block Public Access at {gateway_id}: {OPTIONS} of {place} isn't in the snapshot"


def blocked(snapshot: Snapshot, passage: Passage) -> Decision | None:
    """Return why it stops a packet; None if it doesn't, or wasn't read. Raises Unknown where it may."""
    place, _vpc = snapshot.vpcs[passage.vpc_id]
    kinds = snapshot.places[place]
    mode = next((options.get("InternetGatewayBlockMode", "off") for options in kinds.get(OPTIONS, ())), "off")
    if mode == "off" or mode == INGRESS and passage.outbound_only:
        return None
    if mode not in MODES:
        raise Unknown(passage.gateway_id, f"VPC Block Public Access is {mode}, which isn't known", "off")
    if EXCLUSIONS not in kinds:
        why = f"VPC Block Public Access is {mode}, and its exclusions aren't in the snapshot"
        raise Unknown(passage.gateway_id, why, f"all {EXCLUSIONS} of {place}")
    excluded = _excluded(kinds[EXCLUSIONS], mode, passage.inbound)
    if passage.vpc_id in excluded or {passage.subnet_id, passage.client_id} <= excluded:
        return None
    if passage.subnet_id in excluded:
        which = f"{passage.subnet_id} is excluded, {passage.client_id} isn't"
        why = f"VPC Block Public Access is {mode}; {which}, and no page tells which one counts"
        raise Unknown(passage.gateway_id, why, "an exclusion of the VPC, or of both subnets")
    message = f"VPC Block Public Access is {mode}, and neither {passage.vpc_id} nor {passage.subnet_id} is excluded"
    return Decision("vpc_block_public_access", (passage.gateway_id,), message)


def _excluded(exclusions: tuple[Item, ...], mode: str, inbound: bool) -> set[str]:
    """Return the ids of VPCs and subnets that an exclusion in force exempts; those for egress only in one mode."""
    return {
        item["ResourceArn"].rpartition("/")[2]
        for item in exclusions
        if item["State"] in IN_FORCE
        and (
            item["InternetGatewayExclusionMode"] == BOTH_WAYS
            or item["InternetGatewayExclusionMode"] == EGRESS_ONLY
            and mode == BIDIRECTIONAL
            and not inbound
        )
    }
