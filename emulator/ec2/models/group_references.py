# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which security groups of other VPCs a group's rules may reference."""

from __future__ import annotations

from moto.ec2.models.security_groups import SecurityGroup

_REFERENCING = "SecurityGroupReferencingSupport"


def may_reference(group: SecurityGroup, other: SecurityGroup, is_egress: bool) -> bool:
    """Return true if a rule of a group may reference a group of another VPC.

    Over an active peering connection within the region, or by a transit gateway that has security group referencing, as
    have both attachments; the latter only inbound.
    """
    return _are_peered(group, other) or (not is_egress and _share_gateway(group, other))


def _are_peered(group: SecurityGroup, other: SecurityGroup) -> bool:
    wanted = {group.vpc_id, other.vpc_id}
    return any(
        {connection.vpc.id, connection.peer_vpc.id} == wanted and connection.status["Code"] == "active"
        for connection in group.ec2_backend.vpc_pcxs.values()
    )


def _gateways(group: SecurityGroup) -> set[str]:
    """Return the ids of the transit gateways by which other VPCs' groups can be referenced."""
    return {
        attachment.transit_gateway_id
        for attachment in group.ec2_backend.transit_gateway_attachments.values()
        if getattr(attachment, "vpc_id", None) == group.vpc_id
        and attachment.carries_traffic
        and attachment.options.get(_REFERENCING) == "enable"
        and attachment.gateway.options.get(_REFERENCING) == "enable"
    }


def _share_gateway(group: SecurityGroup, other: SecurityGroup) -> bool:
    return not _gateways(group).isdisjoint(_gateways(other))
