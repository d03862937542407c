# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on security groups and their rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroup

from emulator.ec2.describe import Describing, Listing
from emulator.ec2.errors import invalid_value, not_found
from emulator.ec2.lag import creates
from emulator.ec2.models.security_groups import Rule, checked_peer, permissions_of, rule_of

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
RULES = Listing(
    "SecurityGroupRules",
    "SecurityGroupRuleId",
    "SecurityGroupRuleIds",
    {"group-id": "GroupId", "security-group-rule-id": "SecurityGroupRuleId"},
    prefix="sgr",
)
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: inbound and outbound, IPv4 and IPv6 are
# counted separately.
MAX_RULES = 60
GROUP_ID = re.compile("sg-[0-9a-f]{8,17}")


class SecurityGroupResponse(Describing):
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

    def rule_item(self, group: SecurityGroup, rule: Rule) -> dict[str, Any]:
        item = {
            "SecurityGroupRuleId": rule.id,
            "SecurityGroupRuleArn": f"{group.arn.rsplit(':', 1)[0]}:security-group-rule/{rule.id}",
            "GroupId": group.id,
            "GroupOwnerId": group.owner_id,
            "IsEgress": rule.is_egress,
            "IpProtocol": rule.ip_protocol,
            # -1 where a rule has no ports, as moto's authors found on AWS.
            "FromPort": -1 if rule.from_port is None else rule.from_port,
            "ToPort": -1 if rule.to_port is None else rule.to_port,
            rule.peer[0]: rule.peer[1],
            "Tags": self.tag_list(rule.id),
        }
        if rule.description:
            item["Description"] = rule.description
        return item

    # Groups

    @creates("sg")
    def create_security_group(self) -> ActionResult:
        name, description = self.required("GroupName"), self._get_param("Description")
        if not description:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter GroupDescription")
        if name == "default":
            raise invalid_value("Cannot use reserved security group name: default")
        if name.startswith("sg-"):
            raise invalid_value(
                f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
            )
        vpc_id = self._get_param("VpcId") or self.ec2_backend.get_default_vpc().id
        self.vpc(vpc_id)
        if any(group.name == name for group in self.ec2_backend.groups.get(vpc_id, {}).values()):
            raise EC2ClientError(
                "InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc_id}'"
            )
        tags = self.tags_for("security-group")
        group = self.ec2_backend.create_security_group(name, description, vpc_id, tags)
        return ActionResult({"GroupId": group.id, "SecurityGroupArn": group.arn, "Tags": self.tag_list(group.id)})

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
        referenced = any(
            rule.source_group.get("GroupId") == group.id
            for other in self._groups()
            if other is not group
            for rule in other.ingress_rules + other.egress_rules
        )
        used = any(member.id == group.id for eni in self.ec2_backend.enis.values() for member in eni.group_set)
        if referenced or used:
            raise EC2ClientError("DependencyViolation", f"resource {group.id} has a dependent object")
        for resource in [group, *group.ingress_rules, *group.egress_rules]:
            self.ec2_backend.tags.pop(resource.id, None)
        del self.ec2_backend.groups[group.vpc_id][group.id]
        return ActionResult({"Return": True, "GroupId": group.id})

    # Rules

    def describe_security_group_rules(self) -> ActionResult:
        for group_id in self._filters_from_querystring().get("group-id", []):
            if not GROUP_ID.fullmatch(group_id):
                raise EC2ClientError("InvalidGroupId.Malformed", f"The security group ID '{group_id}' is malformed")
        items = [
            self.rule_item(group, rule) for group in self._groups() for rule in group.ingress_rules + group.egress_rules
        ]
        return self.listed(RULES, items)

    def authorize_security_group_ingress(self) -> ActionResult:
        return self._authorize(False)

    def authorize_security_group_egress(self) -> ActionResult:
        return self._authorize(True)

    def revoke_security_group_ingress(self) -> ActionResult:
        return self._revoke(False)

    def revoke_security_group_egress(self) -> ActionResult:
        return self._revoke(True)

    def update_security_group_rule_descriptions_ingress(self) -> ActionResult:
        return self._describe_rules_anew(False)

    def update_security_group_rule_descriptions_egress(self) -> ActionResult:
        return self._describe_rules_anew(True)

    def _authorize(self, is_egress: bool) -> ActionResult:
        """Add all rules of the request or, on an error, none."""
        group = self._group_of_request()
        rules = _rules_of(group, is_egress)
        added = list(self._rules_of_request(is_egress))
        if not added:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter ipPermissions")
        there = {rule.identity for rule in rules}
        for rule in added:
            if rule.identity in there:
                # https://github.com/hashicorp/terraform/issues/1874
                raise EC2ClientError("InvalidPermission.Duplicate", f'the specified rule "{rule}" already exists')
        if len({rule.identity for rule in added}) < len(added):
            # https://github.com/hashicorp/terraform-provider-aws/issues/29492
            raise invalid_value("The same permission must not appear multiple times")
        for other in ("CidrIpv6", "CidrIpv4"):
            if sum(self._weight(rule) for rule in rules + added if rule.peer[0] != other) > MAX_RULES:
                raise EC2ClientError(
                    "RulesPerSecurityGroupLimitExceeded",
                    "The maximum number of rules per security group has been reached.",
                )
        tags = self.tags_for("security-group-rule")
        rules.extend(added)
        for rule in added:
            if tags:
                self.ec2_backend.create_tags([rule.id], tags)
        return ActionResult({"Return": True, "SecurityGroupRules": [self.rule_item(group, rule) for rule in added]})

    def _weight(self, rule: Rule) -> int:
        """Return how many rules this one counts as toward the quota.

        A prefix list counts as its maximum number of entries, AWS's own as its weight, 1 for S3 and DynamoDB; a deleted
        one as 1: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-size. Lists
        and groups count toward both IPv4 and IPv6, as tried on AWS in
        https://github.com/jantman/awslimitchecker/issues/431.
        """
        if rule.peer[0] != "PrefixListId":
            return 1
        listed = self._prefix_lists_seen().get(rule.peer[1])
        return listed.max_entries if listed and listed.version else 1

    def _revoke(self, is_egress: bool) -> ActionResult:
        group = self._group_of_request()
        rules = _rules_of(group, is_egress)
        if rule_ids := self._get_param("SecurityGroupRuleIds", []):
            by_id = {rule.id: rule for rule in rules}
            for missing in [rule_id for rule_id in rule_ids if rule_id not in by_id]:
                raise not_found(missing, "sgr")
            revoked = [by_id[rule_id] for rule_id in rule_ids]
        else:
            by_identity = {rule.identity: rule for rule in rules}
            wanted = [rule.identity for rule in self._rules_of_request(is_egress)]
            if not wanted or any(identity not in by_identity for identity in wanted):
                raise EC2ClientError(
                    "InvalidPermission.NotFound", "The specified rule does not exist in this security group."
                )
            revoked = [by_identity[identity] for identity in wanted]
        for rule in revoked:
            rules.remove(rule)
            self.ec2_backend.tags.pop(rule.id, None)
        return ActionResult({"Return": True})

    def _describe_rules_anew(self, is_egress: bool) -> ActionResult:
        group = self._group_of_request()
        rules = {rule.identity: rule for rule in _rules_of(group, is_egress)}
        by_id = {rule.id: rule for rule in rules.values()}
        for described in self._get_param("SecurityGroupRuleDescriptions", []):
            if described["SecurityGroupRuleId"] not in by_id:
                raise not_found(described["SecurityGroupRuleId"])
            by_id[described["SecurityGroupRuleId"]].description = described.get("Description")
        for wanted in self._rules_of_request(is_egress):
            if wanted.identity not in rules:
                raise EC2ClientError(
                    "InvalidPermission.NotFound", "The specified rule does not exist in this security group."
                )
            rules[wanted.identity].description = wanted.description
        return ActionResult({"Return": True})

    def modify_security_group_rules(self) -> ActionResult:
        """Modify rules by id; AWS refuses another kind of peer than the rule has:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
        """
        group = self._group_of_request()
        by_id = {rule.id: rule for rule in group.ingress_rules + group.egress_rules}
        changes = []
        for update in self.required("SecurityGroupRules"):
            rule_id, wanted = update["SecurityGroupRuleId"], update.get("SecurityGroupRule", {})
            if rule_id not in by_id:
                raise not_found(rule_id, "sgr")
            rule = by_id[rule_id]
            pair = {
                "CidrIpv4": wanted.get("CidrIpv4"),
                "CidrIpv6": wanted.get("CidrIpv6"),
                "PrefixListId": wanted.get("PrefixListId"),
                "ReferencedGroupInfo": wanted.get("ReferencedGroupId"),
            }
            given = [(kind, value) for kind, value in pair.items() if value]
            if len(given) > 1:
                raise EC2ClientError(
                    "InvalidParameterCombination",
                    "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified",
                )
            if not given:
                raise EC2ClientError(
                    "MissingParameter",
                    "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId",
                )
            kind, value = given[0]
            if kind != rule.peer[0]:
                raise invalid_value(
                    f"Invalid rule type for security group rule '{rule_id}'. "
                    f"You may not specify {kind} for an existing {rule.peer[0]} rule."
                )
            permission = {key: wanted.get(key) for key in ("IpProtocol", "FromPort", "ToPort")}
            peer = self._group_peer({"GroupId": value}) if kind == "ReferencedGroupInfo" else checked_peer(kind, value)
            changes.append((rule, rule_of(permission, rule.is_egress, peer, wanted.get("Description"))))
        for rule, new in changes:
            rule.ip_protocol, rule.from_port, rule.to_port = new.ip_protocol, new.from_port, new.to_port
            rule.peer, rule.description = new.peer, new.description
        return ActionResult({"Return": True})

    def _rules_of_request(self, is_egress: bool) -> Iterator[Rule]:
        permissions = self._get_param("IpPermissions", [])
        if not permissions and self._get_param("IpProtocol"):
            names = ("IpProtocol", "FromPort", "ToPort")
            permission = {name: self._get_param(name) for name in names}
            permission["IpRanges"] = [{"CidrIp": self.required("CidrIp")}]
            permissions = [permission]
        for permission in permissions:
            ranges, ipv6_ranges = permission.get("IpRanges") or [], permission.get("Ipv6Ranges") or []
            peers = [(checked_peer("CidrIpv4", item["CidrIp"]), item) for item in ranges]
            peers += [(checked_peer("CidrIpv6", item["CidrIpv6"]), item) for item in ipv6_ranges]
            peers += [
                (("PrefixListId", self.prefix_list(item["PrefixListId"]).id), item)
                for item in permission.get("PrefixListIds") or []
            ]
            peers += [(self._group_peer(item), item) for item in permission.get("UserIdGroupPairs") or []]
            for peer, item in peers:
                yield rule_of(permission, is_egress, peer, item.get("Description"))

    def _group_peer(self, pair: dict[str, Any]) -> tuple[str, dict[str, str]]:
        """Return the peer of a rule that references a group of this account or of another one.

        AWS allows another account's group over a peering connection or a transit gateway with security group
        referencing; the connection itself is not checked here.
        """
        group_id, owner = pair.get("GroupId"), pair.get("UserId") or self.current_account
        if not group_id:
            return "ReferencedGroupInfo", {"GroupId": self._named_group(pair["GroupName"]).id, "UserId": owner}
        backend = self.ec2_backend if owner == self.current_account else ec2_backends[owner][self.region]
        if not any(group_id in by_id for by_id in backend.groups.values()):
            raise not_found(group_id, "sg")
        return "ReferencedGroupInfo", {"GroupId": group_id, "UserId": owner}

    def _named_group(self, name: str) -> SecurityGroup:
        for group in self._groups():
            if group.name == name:
                return group
        raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")


def _rules_of(group: SecurityGroup, is_egress: bool) -> list[Rule]:
    return group.egress_rules if is_egress else group.ingress_rules
