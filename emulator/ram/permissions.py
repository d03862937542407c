# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Managed permissions of RAM: AWS's, and those of customers with their versions.

https://docs.aws.amazon.com/ram/latest/userguide/security-ram-permissions.html. What a customer's permission allows is
stored and answered; consumers aren't held to it here: a share gives them what AWS's default permission gives.
AWS's permissions are those that moto's authors read from AWS, and those of the user guide's page permissions.html.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any, NamedTuple
from uuid import uuid4

from moto.ram.utils import AWS_MANAGED_PERMISSIONS, RAM_RESOURCE_TYPES

from emulator.ram.errors import RamError
from emulator.transitions import StateClock, Transition

AWS_ARN = "arn:aws:ram::aws:permission/"
# Resource types that moto's lists lack -> AWS's default permission. Profiles: sharing-profiles.html of Route 53; that
# of firewalls is not verified.
_MORE = {
    "ec2:TransitGateway": "AWSRAMDefaultPermissionTransitGateway",
    "network-firewall:Firewall": "AWSRAMDefaultPermissionNetworkFirewallFirewall",
    "network-firewall:FirewallPolicy": "AWSRAMDefaultPermissionNetworkFirewallPolicy",
    "network-firewall:StatefulRuleGroup": "AWSRAMDefaultPermissionNetworkFirewallStatefulRuleGroup",
    "network-firewall:StatelessRuleGroup": "AWSRAMDefaultPermissionNetworkFirewallStatelessRuleGroup",
    "route53profiles:Profile": "AWSRAMPermissionRoute53ProfileAllowAssociation",
}
_CREATED = datetime(2022, 6, 30, 17, 4, tzinfo=timezone.utc)
MAX_VERSIONS = 5  # "Each customer managed permission can have up to five versions"
# type of a resource, as ListResourceTypes names it -> (service, scope)
RESOURCE_TYPES = {
    kind["resourceType"]: (kind["serviceName"], kind["resourceRegionScope"]) for kind in RAM_RESOURCE_TYPES
}
RESOURCE_TYPES |= {kind: (kind.partition(":")[0], "REGIONAL") for kind in _MORE}


class Attached(NamedTuple):
    """A permission that a share has for a resource type: its version is that at the time of the association."""

    permission: Permission
    version: int
    since: datetime


class Permission:
    """A managed permission. versions: number -> policy template, of AWS's None: their content is not known here."""

    def __init__(self, arn: str, kind: str, is_default: bool, versions: dict[int, str | None], created: datetime):
        self.arn, self.kind, self.is_default = arn, kind, is_default
        self.name = arn.rpartition("/")[2]
        self.versions, self.default = versions, max(versions)
        self.created = self.updated = created
        self.status = "ATTACHABLE"
        self.tags: dict[str, str] = {}
        self.next_version = self.default + 1

    @property
    def is_of_aws(self) -> bool:
        return self.arn.startswith(AWS_ARN)

    def version(self, number: int | None) -> int:
        """Return the number of a version, by default the default one. Raises UnknownResourceException."""
        number = self.default if number is None else number
        if number not in self.versions:
            raise RamError(
                "UnknownResourceException", f"Version {number} of the permission {self.arn} could not be found."
            )
        return number

    def shape(self, number: int | None = None, status: str | None = None) -> dict[str, Any]:
        """Return the permission in the shape of ResourceSharePermissionSummary."""
        number = self.version(number)
        return {
            "arn": self.arn,
            "version": str(number),
            "defaultVersion": number == self.default,
            "name": self.name,
            "resourceType": self.kind,
            "status": status or self.status,
            "creationTime": self.created,
            "lastUpdatedTime": self.updated,
            "isResourceTypeDefault": self.is_default,
            "permissionType": "AWS_MANAGED" if self.is_of_aws else "CUSTOMER_MANAGED",
            "featureSet": "STANDARD",
            "tags": [{"key": key, "value": value} for key, value in self.tags.items()],
        }

    def detail(self, number: int | None = None) -> dict[str, Any]:
        """Return the permission in the shape of ResourceSharePermissionDetail."""
        content = self.versions[self.version(number)]
        if content is None:
            raise RamError(
                "UnsupportedOperationException",
                f"The emulator doesn't know the content of AWS's managed permission {self.name}.",
            )
        return self.shape(number) | {"permission": content}

    def add_version(self, template: str) -> None:
        if len(self.versions) >= MAX_VERSIONS:
            raise RamError(
                "PermissionVersionsLimitExceededException",
                f"The permission {self.arn} has the maximum number of versions, {MAX_VERSIONS}.",
            )
        self.versions[self.next_version] = template
        self.default, self.next_version = self.next_version, self.next_version + 1
        self.updated = datetime.now(timezone.utc)


class Replacement:
    """Work of ReplacePermissionAssociations: the shares have the other permission when it is COMPLETED."""

    status = StateClock("ram-permission-replacement")

    def __init__(self, before: Permission, number: int | None, after: Permission):
        self.id = str(uuid4())
        self.before, self.number, self.after = before, number, after
        self.after_version = after.default
        self.created = datetime.now(timezone.utc)
        self.status = Transition("IN_PROGRESS", "COMPLETED")

    def shape(self) -> dict[str, Any]:
        shape = {
            "id": self.id,
            "fromPermissionArn": self.before.arn,
            "toPermissionArn": self.after.arn,
            "toPermissionVersion": str(self.after_version),
            "status": self.status,
            "creationTime": self.created,
            "lastUpdatedTime": self.created,
        }
        return shape | ({"fromPermissionVersion": str(self.number)} if self.number else {})


def _aws_permissions() -> dict[str, Permission]:
    found = {}
    for row in AWS_MANAGED_PERMISSIONS:
        versions = dict.fromkeys(range(1, int(row["version"]) + 1))
        created = datetime.fromisoformat(row["creationTime"]).replace(tzinfo=timezone.utc)
        found[row["arn"]] = Permission(row["arn"], row["resourceType"], row["isResourceTypeDefault"], versions, created)
    for kind, name in _MORE.items():
        found[AWS_ARN + name] = Permission(AWS_ARN + name, kind, True, {1: None}, _CREATED)
    return found


AWS_PERMISSIONS = _aws_permissions()
_DEFAULTS = {one.kind.lower(): one for one in AWS_PERMISSIONS.values() if one.is_default}


def default_permission(kind: str) -> Permission:
    """Return AWS's default permission of a resource type; of an unknown one, one that is named after the type."""
    if kind.lower() not in _DEFAULTS:
        arn = f"{AWS_ARN}AWSRAMDefaultPermission{kind.partition(':')[2]}"
        _DEFAULTS[kind.lower()] = AWS_PERMISSIONS[arn] = Permission(arn, kind, True, {1: None}, _CREATED)
    return _DEFAULTS[kind.lower()]


def resource_type(arn: str) -> str:
    """Return RAM's resource type: arn:aws:ec2:...:transit-gateway/tgw-1 -> ec2:TransitGateway."""
    parts = arn.split(":")
    kind = parts[5].split("/")[0].replace("-rulegroup", "-rule-group")
    return f"{parts[2]}:{''.join(word.capitalize() for word in kind.split('-'))}"


def known_type(text: str) -> str:
    """Return a resource type as AWS spells it; it "is not case sensitive". Raises InvalidParameterException."""
    for kind in RESOURCE_TYPES:
        if kind.lower() == text.lower():
            return kind
    raise RamError("InvalidParameterException", f"Invalid resource type: {text}")


def checked_template(text: str) -> str:
    """Return a policy template; "This template can't include either the Resource or Principal elements"."""
    try:
        template = json.loads(text)
    except ValueError:
        template = None
    if not isinstance(template, dict):
        raise _malformed("The policy template is not valid JSON.")
    if str(template.get("Effect", "")).lower() != "allow":
        raise _malformed("Effect must be Allow.")
    if not template.get("Action"):
        raise _malformed("Action is missing.")
    if unknown := sorted(set(template) - {"Effect", "Action", "Condition"}):
        raise _malformed(f"The policy template can't include {', '.join(unknown)}.")
    return text


def _malformed(why: str) -> RamError:
    return RamError("MalformedPolicyTemplateException", f"The policy template that you provided isn't valid. {why}")
