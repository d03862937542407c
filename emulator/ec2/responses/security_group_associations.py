# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on associations of security groups with other VPCs.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateSecurityGroupVpc.html says what AWS refuses, but not
with which codes: those of unknown ids are the ones that terraform-provider-aws expects.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.vpcs import VPC

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.models.security_group_associations import SecurityGroupAssociation, associations_in
from emulator.ram.models import shared_resources

ASSOCIATIONS = Listing(
    "SecurityGroupVpcAssociations",
    "GroupId",
    "",
    {
        "group-id": "GroupId",
        "group-owner-id": "GroupOwnerId",
        "state": "State",
        "vpc-id": "VpcId",
        "vpc-owner-id": "VpcOwnerId",
    },
)


class SecurityGroupAssociationResponse(Describing):
    def associate_security_group_vpc(self) -> ActionResult:
        group = self.security_group(self.required("GroupId"))
        vpc_id = self.required("VpcId")
        owner_id, vpc = self._vpc_seen(vpc_id)
        if group.is_default:
            raise invalid_value(f"The default security group {group.id} cannot be associated with another VPC.")
        if vpc.is_default:
            raise invalid_value(f"A security group cannot be associated with the default VPC {vpc_id}.")
        if group.vpc_id == vpc_id:
            raise invalid_value(f"The security group {group.id} was created in the VPC {vpc_id}.")
        if any(one.group is group and one.vpc_id == vpc_id for one in associations_in(self.ec2_backend)):
            raise EC2ClientError(
                "Resource.AlreadyAssociated",
                f"The security group {group.id} is already associated with the VPC {vpc_id}.",
            )
        association = SecurityGroupAssociation(group, vpc_id, owner_id, self.region)
        return ActionResult({"State": association.state})

    def disassociate_security_group_vpc(self) -> ActionResult:
        group = self.security_group(self.required("GroupId"))
        vpc_id = self.required("VpcId")
        owner_id, _ = self._vpc_seen(vpc_id)
        for association in associations_in(self.ec2_backend):
            if association.group is group and association.vpc_id == vpc_id:
                break
        else:
            raise invalid_value(f"The security group {group.id} is not associated with the VPC {vpc_id}.")
        interfaces = ec2_backends[owner_id][self.region].enis.values()
        for interface in [*interfaces, *(self.ec2_backend.enis.values() if owner_id != self.current_account else ())]:
            if interface.subnet.vpc_id == vpc_id and any(member.id == group.id for member in interface.group_set):
                raise EC2ClientError(
                    "DependencyViolation", f"resource {group.id} has a dependent object in the VPC {vpc_id}"
                )
        if association.state not in ("disassociating", "disassociated"):
            association.end()
        return ActionResult({"State": association.state})

    def describe_security_group_vpc_associations(self) -> ActionResult:
        return self.listed(ASSOCIATIONS, [one.shape() for one in associations_in(self.ec2_backend)])

    def _vpc_seen(self, vpc_id: str) -> tuple[str, VPC]:
        """Return (owner's account id, VPC) of the account's own VPC, or one whose subnets are shared with it."""
        if vpc_id in self.ec2_backend.vpcs:
            return self.current_account, self.ec2_backend.vpcs[vpc_id]
        for owner_id, subnet_id in shared_resources(self.current_account, self.region, "subnet"):
            backend = ec2_backends[owner_id][self.region]
            if vpc_id in backend.vpcs and any(
                subnet_id in by_id and by_id[subnet_id].vpc_id == vpc_id for by_id in backend.subnets.values()
            ):
                return owner_id, backend.vpcs[vpc_id]
        raise not_found(vpc_id, "vpc")
