# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Associations of security groups with other VPCs than their own.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-assoc.html. One is in the backends of the group's owner
and of the VPC's owner, who differ for a VPC with shared subnets: both describe it.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroup

from emulator.transitions import StateClock, Transition


class SecurityGroupAssociation:
    state = StateClock("security-group-vpc-association")

    def __init__(self, group: SecurityGroup, vpc_id: str, vpc_owner_id: str, region: str):
        self.group, self.vpc_id, self.vpc_owner_id = group, vpc_id, vpc_owner_id
        self.state = Transition("associating", "associated")
        for account_id in {group.owner_id, vpc_owner_id}:
            ec2_backends[account_id][region].group_associations[group.id, vpc_id] = self

    @property
    def is_over(self) -> bool:
        return self.state == "disassociated"

    def end(self) -> None:
        self.state = Transition("disassociating", "disassociated")

    def shape(self) -> dict[str, Any]:
        return {
            "GroupId": self.group.id,
            "VpcId": self.vpc_id,
            "VpcOwnerId": self.vpc_owner_id,
            "GroupOwnerId": self.group.owner_id,
            "State": self.state,
        }


def associations_in(backend: Any) -> list[SecurityGroupAssociation]:
    """Return the associations that an account's backend holds and that aren't over."""
    known = backend.group_associations
    for key in [key for key, association in known.items() if association.is_over]:
        del known[key]
    return list(known.values())


def associations_of(group: SecurityGroup) -> list[SecurityGroupAssociation]:
    """Return the group's associations with other VPCs that aren't over."""
    return [one for one in associations_in(group.ec2_backend) if one.group is group]


def usable_in(group: SecurityGroup, vpc_id: str) -> bool:
    """Return true if interfaces in the VPC may have the group: its own VPC, or one that it is associated with."""
    if group.vpc_id == vpc_id:
        return True
    association = group.ec2_backend.group_associations.get((group.id, vpc_id))
    return association is not None and association.state == "associated"
