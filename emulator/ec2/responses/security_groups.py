# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on security groups; those on their rules are in security_group_rules.py."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.security_groups import SecurityGroup

from emulator.ec2.describe import Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.security_group_associations import associations_of, usable_in
from emulator.ec2.models.security_groups import ALLOWED, MAX_LENGTH, is_allowed, permissions_of
from emulator.ec2.responses.security_group_rules import SecurityGroupRuleResponse, different_networks

_PERMISSION_FILTERS = {
    "cidr": "IpRanges[].CidrIp",
    "from-port": "FromPort",
    "group-id": "UserIdGroupPairs[].GroupId",
    "group-name": "UserIdGroupPairs[].GroupName",
    "ipv6-cidr": "Ipv6Ranges[].CidrIpv6",
    "prefix-list-id": "PrefixListIds[].PrefixListId",
    "protocol": "IpProtocol",
    "to-port": "ToPort",
    "user-id": "UserIdGroupPairs[].UserId",
}
SECURITY_GROUPS = Listing(
    "SecurityGroups",
    "GroupId",
    "GroupIds",
    {
        "description": "Description",
        "group-id": "GroupId",
        "group-name": "GroupName",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
    }
    | {f"ip-permission.{name}": f"IpPermissions[].{path}" for name, path in _PERMISSION_FILTERS.items()}
    | {f"egress.ip-permission.{name}": f"IpPermissionsEgress[].{path}" for name, path in _PERMISSION_FILTERS.items()},
    prefix="sg",
)
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: "VPC security groups per Region".
MAX_GROUPS = 2_500


class SecurityGroupResponse(SecurityGroupRuleResponse):
    def _groups(self) -> list[SecurityGroup]:
        return [group for by_id in self.ec2_backend.groups.values() for group in by_id.values()]

    def security_group(self, group_id: str) -> SecurityGroup:
        for by_id in self.ec2_backend.groups.values():
            if group_id in by_id:
                return by_id[group_id]
        raise not_found(group_id, "sg")

    def _group_of_request(self) -> SecurityGroup:
        if group_id := self._get_param("GroupId"):
            return self.security_group(group_id)
        name = self.required("GroupName")
        default_vpc = self.ec2_backend.get_default_vpc()
        for group in self._groups():
            if default_vpc and group.vpc_id == default_vpc.id and group.name == name:
                return group
        raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC")

    def security_group_item(self, group: SecurityGroup) -> dict[str, Any]:
        return {
            "GroupId": group.id,
            "GroupName": group.name,
            "Description": group.description,
            "OwnerId": group.owner_id,
            "VpcId": group.vpc_id,
            "SecurityGroupArn": group.arn,
            "IpPermissions": permissions_of(group.ingress_rules),
            "IpPermissionsEgress": permissions_of(group.egress_rules),
            "Tags": self.tag_list(group.id),
        }

    # Groups

    @creates("sg")
    def create_security_group(self) -> ActionResult:
        name, description = self.required("GroupName").rstrip(), self._get_param("Description")
        if not description:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter GroupDescription")
        if name == "default":
            raise invalid_value("Cannot use reserved security group name: default")
        if name.startswith("sg-"):
            raise invalid_value(
                f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
            )
        _check_text("GroupName", "name", name)
        _check_text("GroupDescription", "description", description)
        vpc_id = self._get_param("VpcId") or self._default_vpc_id()
        self.vpc(vpc_id)
        if any(group.name.lower() == name.lower() for group in self.ec2_backend.groups.get(vpc_id, {}).values()):
            raise EC2ClientError(
                "InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc_id}'"
            )
        if sum(map(len, self.ec2_backend.groups.values())) >= MAX_GROUPS:
            # The code is that of errors-overview.html; the text is not verified.
            raise EC2ClientError(
                "SecurityGroupLimitExceeded", "The maximum number of security groups has been reached."
            )
        tags = self.tags_for("security-group")
        group = self.ec2_backend.create_security_group(name, description, vpc_id, tags)
        return ActionResult({"GroupId": group.id, "SecurityGroupArn": group.arn, "Tags": self.tag_list(group.id)})

    def _default_vpc_id(self) -> str:
        vpc = self.ec2_backend.get_default_vpc()
        if vpc is None:
            # https://github.com/hashicorp/terraform-provider-aws/issues/6994
            raise EC2ClientError("VPCIdNotSpecified", "No default VPC for this user")
        return str(vpc.id)

    def groups_usable_in(self, vpc_id: str, group_ids: list[str]) -> list[SecurityGroup]:
        """Return the groups that interfaces in the VPC may have; raises NotFound for another VPC's:
        "You can't specify a security group that is in a different AWS Region or VPC than the request"
        (errors-overview.html, InvalidGroup.NotFound).
        """
        groups = [self.security_group(group_id) for group_id in dict.fromkeys(group_ids)]
        if not all(usable_in(group, vpc_id) for group in groups):
            raise different_networks()
        return groups

    def describe_security_groups(self) -> ActionResult:
        groups = self._groups()
        if names := self._get_param("GroupNames", []):
            default_vpc = self.ec2_backend.get_default_vpc()
            groups = [g for g in groups if g.name in names and default_vpc and g.vpc_id == default_vpc.id]
            for name in set(names) - {group.name for group in groups}:
                raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
        return self.listed(SECURITY_GROUPS, map(self.security_group_item, groups))

    def delete_security_group(self) -> ActionResult:
        group = self._group_of_request()
        if group.is_default:
            raise EC2ClientError(
                "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
            )
        # A rule of another VPC's group that references this one becomes stale:
        # https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
        referenced = any(
            rule.source_group.get("GroupId") == group.id
            for other in self.ec2_backend.groups[group.vpc_id].values()
            if other is not group
            for rule in other.ingress_rules + other.egress_rules
        )
        if referenced or associations_of(group) or self._has_interfaces(group):
            raise EC2ClientError("DependencyViolation", f"resource {group.id} has a dependent object")
        for resource in [group, *group.ingress_rules, *group.egress_rules]:
            self.ec2_backend.tags.pop(resource.id, None)
        del self.ec2_backend.groups[group.vpc_id][group.id]
        return ActionResult({"Return": True, "GroupId": group.id})

    def _has_interfaces(self, group: SecurityGroup) -> bool:
        return any(member.id == group.id for eni in self.ec2_backend.enis.values() for member in eni.group_set)


def _check_text(parameter: str, word: str, text: str) -> None:
    """Refuse a name or description that AWS doesn't allow (CreateSecurityGroup).

    Texts: https://github.com/hashicorp/terraform-provider-aws/pull/43854 (other than ASCII) and
    https://github.com/cds-snc/notification-terraform/pull/561 (description; that of a name is not verified).
    """
    if not text.isascii():
        raise invalid_value(
            f"Value ({text}) for parameter {parameter} is invalid. Character sets beyond ASCII are not supported."
        )
    if not is_allowed(text):
        raise invalid_value(
            f"Invalid security group {word}. Valid {word}s are strings less than {MAX_LENGTH + 1} characters from the "
            f"following set:  {ALLOWED}"
        )
