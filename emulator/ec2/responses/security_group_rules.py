# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on the rules of security groups."""

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
from emulator.ec2.models.group_references import may_reference
from emulator.ec2.models.prefix_list_sizes import exceeds_rules
from emulator.ec2.models.security_group_associations import usable_in
from emulator.ec2.models.security_groups import Rule, check_description, checked_peer, permissions_of, rule_of

RULES = Listing(
    "SecurityGroupRules",
    "SecurityGroupRuleId",
    "SecurityGroupRuleIds",
    {"group-id": "GroupId", "security-group-rule-id": "SecurityGroupRuleId"},
    prefix="sgr",
)
GROUP_ID = re.compile("sg-[0-9a-f]{8,17}")


class SecurityGroupRuleResponse(Describing):
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
        added = list(self._rules_of_request(group, is_egress))
        if not added:
            raise EC2ClientError("MissingParameter", "The request must contain the parameter ipPermissions")
        there = {rule.identity for rule in rules}
        for rule in added:
            if rule.identity in there:
                raise _is_duplicate(rule)
        if len({rule.identity for rule in added}) < len(added):
            # https://github.com/hashicorp/terraform-provider-aws/issues/29492
            raise invalid_value("The same permission must not appear multiple times")
        self._check_rule_quota(rules + added)
        tags = self.tags_for("security-group-rule")
        rules.extend(added)
        for rule in added:
            if tags:
                self.ec2_backend.create_tags([rule.id], tags)
        return ActionResult({"Return": True, "SecurityGroupRules": [self.rule_item(group, rule) for rule in added]})

    def _check_rule_quota(self, rules: list[Rule]) -> None:
        with_lists = any(rule.peer[0] == "PrefixListId" for rule in rules)
        if exceeds_rules(rules, self._prefix_lists_seen() if with_lists else {}):
            raise EC2ClientError(
                "RulesPerSecurityGroupLimitExceeded",
                "The maximum number of rules per security group has been reached.",
            )

    def _revoke(self, is_egress: bool) -> ActionResult:
        group = self._group_of_request()
        rules = _rules_of(group, is_egress)
        unknown: list[Rule] = []
        if rule_ids := self._get_param("SecurityGroupRuleIds", []):
            by_id = {rule.id: rule for rule in rules}
            for missing in [rule_id for rule_id in rule_ids if rule_id not in by_id]:
                raise not_found(missing, "sgr")
            revoked = [by_id[rule_id] for rule_id in dict.fromkeys(rule_ids)]
        else:
            revoked, unknown = self._revoked_by_values(
                group, rules, list(self._rules_of_request(group, is_egress, False))
            )
        for rule in revoked:
            rules.remove(rule)
            self.ec2_backend.tags.pop(rule.id, None)
        return ActionResult(
            {
                "Return": True,
                "UnknownIpPermissions": permissions_of(unknown),
                "RevokedSecurityGroupRules": [_revoked_item(group, rule) for rule in revoked],
            }
        )

    def _revoked_by_values(
        self, group: SecurityGroup, rules: list[Rule], wanted: list[Rule]
    ) -> tuple[list[Rule], list[Rule]]:
        """Return the rules to revoke, and those of the request that the group doesn't have.

        "For a default VPC, if the values you specify do not match the existing rule's values, no error is returned"
        (RevokeSecurityGroupIngress).
        """
        by_identity = {rule.identity: rule for rule in rules}
        known = {rule.identity: by_identity[rule.identity] for rule in wanted if rule.identity in by_identity}
        unknown = [rule for rule in wanted if rule.identity not in by_identity]
        if not wanted or (unknown and not self.vpc(group.vpc_id).is_default):
            raise _no_such_rule()
        return list(known.values()), unknown

    def _describe_rules_anew(self, is_egress: bool) -> ActionResult:
        group = self._group_of_request()
        rules = {rule.identity: rule for rule in _rules_of(group, is_egress)}
        by_id = {rule.id: rule for rule in rules.values()}
        for described in self._get_param("SecurityGroupRuleDescriptions", []):
            if described["SecurityGroupRuleId"] not in by_id:
                raise not_found(described["SecurityGroupRuleId"], "sgr")
            check_description(described.get("Description"))
            by_id[described["SecurityGroupRuleId"]].description = described.get("Description")
        for wanted in self._rules_of_request(group, is_egress, False):
            if wanted.identity not in rules:
                raise _no_such_rule()
            rules[wanted.identity].description = wanted.description
        return ActionResult({"Return": True})

    def modify_security_group_rules(self) -> ActionResult:
        """Modify rules by id; AWS refuses another kind of peer than the rule has:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
        """
        group = self._group_of_request()
        by_id = {rule.id: rule for rule in group.ingress_rules + group.egress_rules}
        changes: dict[str, Rule] = {}
        for update in self.required("SecurityGroupRules"):
            rule_id, wanted = update["SecurityGroupRuleId"], update.get("SecurityGroupRule", {})
            if rule_id not in by_id:
                raise not_found(rule_id, "sgr")
            rule = by_id[rule_id]
            kind, value = _only_peer(wanted)
            if kind != rule.peer[0]:
                raise invalid_value(
                    f"Invalid rule type for security group rule '{rule_id}'. "
                    f"You may not specify {kind} for an existing {rule.peer[0]} rule."
                )
            permission = {key: wanted.get(key) for key in ("IpProtocol", "FromPort", "ToPort")}
            peer = self._peer(group, rule.is_egress, kind, value)
            changes[rule_id] = rule_of(permission, rule.is_egress, peer, wanted.get("Description"))
        for is_egress in (False, True):
            self._check_after_change([changes.get(rule.id, rule) for rule in _rules_of(group, is_egress)])
        for rule_id, new in changes.items():
            rule = by_id[rule_id]
            rule.ip_protocol, rule.from_port, rule.to_port = new.ip_protocol, new.from_port, new.to_port
            rule.peer, rule.description = new.peer, new.description
        return ActionResult({"Return": True})

    def _check_after_change(self, rules: list[Rule]) -> None:
        """Refuse two equal rules, and more than the quota, as when rules are added (not verified for a change)."""
        seen = set()
        for rule in rules:
            if rule.identity in seen:
                raise _is_duplicate(rule)
            seen.add(rule.identity)
        self._check_rule_quota(rules)

    def _peer(self, group: SecurityGroup, is_egress: bool, kind: str, value: str) -> tuple[str, Any]:
        if kind == "ReferencedGroupInfo":
            return self._group_peer(group, is_egress, {"GroupId": value})
        if kind == "PrefixListId":
            return kind, self.prefix_list(value).id
        return checked_peer(kind, value)

    def _rules_of_request(self, group: SecurityGroup, is_egress: bool, check: bool = True) -> Iterator[Rule]:
        """Yield the rules of the request. check: that a group of another VPC may be referenced, as for new rules."""
        permissions = self._get_param("IpPermissions", [])
        if not permissions and (single := self._single_permission()):
            permissions = [single]
        for permission in permissions:
            ranges, ipv6_ranges = permission.get("IpRanges") or [], permission.get("Ipv6Ranges") or []
            peers = [(checked_peer("CidrIpv4", item.get("CidrIp") or ""), item) for item in ranges]
            peers += [(checked_peer("CidrIpv6", item.get("CidrIpv6") or ""), item) for item in ipv6_ranges]
            peers += [
                (("PrefixListId", self.prefix_list(item["PrefixListId"]).id), item)
                for item in permission.get("PrefixListIds") or []
            ]
            peers += [
                (self._group_peer(group, is_egress, item, check), item)
                for item in permission.get("UserIdGroupPairs") or []
            ]
            for peer, item in peers:
                yield rule_of(permission, is_egress, peer, item.get("Description"))

    def _single_permission(self) -> dict[str, Any] | None:
        """Return the permission of a request that gives one without IpPermissions, None without one."""
        source = self._get_param("SourceSecurityGroupName")
        if source:
            # "To specify all protocols, ports and ICMP types": the group's name gives access over TCP, UDP and ICMP,
            # which only EC2-Classic had; in a VPC "use a set of IP permissions" (AuthorizeSecurityGroupIngress).
            raise invalid_value("SourceSecurityGroupName is not supported in a VPC. Use IpPermissions.")
        if not self._get_param("IpProtocol"):
            return None
        permission = {name: self._get_param(name) for name in ("IpProtocol", "FromPort", "ToPort")}
        return permission | {"IpRanges": [{"CidrIp": self.required("CidrIp")}]}

    def _group_peer(
        self, group: SecurityGroup, is_egress: bool, pair: dict[str, Any], check: bool = True
    ) -> tuple[str, dict[str, str]]:
        """Return the peer of a rule that references a group of this account or of another one.

        AWS allows another VPC's group over a peering connection or, inbound, a transit gateway with security group
        referencing: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html and
        https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
        """
        group_id, owner = pair.get("GroupId"), pair.get("UserId") or self.current_account
        found = self._group_of(owner, group_id) if group_id else self._named_group(pair.get("GroupName") or "")
        if found is None:
            raise not_found(str(group_id), "sg")
        is_here = not check or usable_in(found, group.vpc_id)
        if not is_here and not may_reference(group, found, is_egress):
            raise different_networks()
        return "ReferencedGroupInfo", {"GroupId": found.id, "UserId": found.owner_id}

    def _group_of(self, owner: str, group_id: str) -> SecurityGroup | None:
        if not owner.isdecimal():
            return None
        backend = self.ec2_backend if owner == self.current_account else ec2_backends[owner][self.region]
        return next((by_id[group_id] for by_id in backend.groups.values() if group_id in by_id), None)

    def _named_group(self, name: str) -> SecurityGroup:
        """Return the group of this name in the default VPC, the only one that AWS looks in: boto/boto3#158"""
        default_vpc = self.ec2_backend.get_default_vpc()
        for group in self.ec2_backend.groups.get(default_vpc.id, {}).values() if default_vpc else ():
            if group.name == name:
                return group
        where = f"default VPC '{default_vpc.id}'" if default_vpc else "default VPC"
        raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in {where}")


def _rules_of(group: SecurityGroup, is_egress: bool) -> list[Rule]:
    return group.egress_rules if is_egress else group.ingress_rules


def _only_peer(wanted: dict[str, Any]) -> tuple[str, str]:
    """Return (kind of the peer, value) of a SecurityGroupRuleRequest, which has exactly one."""
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
    return given[0]


def _revoked_item(group: SecurityGroup, rule: Rule) -> dict[str, Any]:
    """Return a revoked rule in the shape of RevokedSecurityGroupRule."""
    kind, value = rule.peer
    item = {
        "SecurityGroupRuleId": rule.id,
        "GroupId": group.id,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.ip_protocol,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
    }
    item |= {"ReferencedGroupId": value["GroupId"]} if kind == "ReferencedGroupInfo" else {kind: value}
    return item | ({"Description": rule.description} if rule.description else {})


def different_networks() -> EC2ClientError:
    """Return AWS's error for a security group of another VPC: https://github.com/boto/boto3/issues/569"""
    return EC2ClientError(
        "InvalidGroup.NotFound", "You have specified two resources that belong to different networks."
    )


def _is_duplicate(rule: Rule) -> EC2ClientError:
    """Return AWS's error for a rule that the group has: https://github.com/hashicorp/terraform/issues/1874"""
    return EC2ClientError("InvalidPermission.Duplicate", f'the specified rule "{rule}" already exists')


def _no_such_rule() -> EC2ClientError:
    return EC2ClientError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
