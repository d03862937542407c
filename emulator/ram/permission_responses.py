# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of RAM on managed permissions, their versions and their associations with resource shares.

Rules: https://docs.aws.amazon.com/ram/latest/APIReference/, the page of each operation. Its errors' texts, and which of
the documented ones AWS answers where several fit, are not verified.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.ram.responses import ResourceAccessManagerResponse

from emulator.ram.errors import RamError
from emulator.ram.permissions import (
    AWS_PERMISSIONS,
    RESOURCE_TYPES,
    Attached,
    Permission,
    Replacement,
    checked_template,
    default_permission,
    known_type,
    resource_type,
)

if TYPE_CHECKING:
    from emulator.ram.models import ResourceShare, ResourceShares

_ARN = re.compile(r"arn:aws[\w-]*:ram:[a-z0-9-]*:(aws|\d{12}):permission/[\w.-]+")
_TYPES = {"AWS": "AWS_MANAGED", "LOCAL": "CUSTOMER_MANAGED"}


class PermissionResponses(ResourceAccessManagerResponse):
    if TYPE_CHECKING:
        shares: ResourceShares
        _once: Callable[..., ActionResult]
        _page: Callable[..., ActionResult]

    # Permissions

    def list_resource_types(self) -> ActionResult:
        scope = self._get_param("resourceRegionScope", "ALL")
        if scope not in ("ALL", "REGIONAL", "GLOBAL"):
            raise RamError(
                "InvalidParameterException",
                f"{scope} is not a valid resource region scope value. Specify a valid value and try again.",
            )
        found = [
            {"resourceType": kind, "serviceName": service, "resourceRegionScope": of}
            for kind, (service, of) in RESOURCE_TYPES.items()
            if scope in ("ALL", of)
        ]
        return self._page("resourceTypes", found)

    def list_permissions(self) -> ActionResult:
        kind, scope = self._get_param("resourceType"), self._get_param("permissionType", "ALL")
        if scope not in ("ALL", *_TYPES, *_TYPES.values()):
            raise RamError(
                "InvalidParameterException", f"{scope} is not a valid scope. Must be one of: ALL, AWS, LOCAL."
            )
        kind = known_type(kind) if kind else None
        owner, status = self._get_param("resourceOwner"), self._get_param("permissionStatus")
        found = [
            permission.shape()
            for permission in (*AWS_PERMISSIONS.values(), *self._own_permissions().values())
            if (kind is None or permission.kind == kind)
            and (scope == "ALL" or permission.shape()["permissionType"] == _TYPES.get(scope, scope))
            and (owner is None or permission.is_of_aws is (owner != "SELF"))
            and (status is None or permission.status == status)
        ]
        return self._page("permissions", found)

    def get_permission(self) -> ActionResult:
        permission = self._permission("permissionArn")
        if self._get_param("permissionTemplateParameters"):
            raise NotImplementedError("GetPermission with permissionTemplateParameters")
        return ActionResult({"permission": permission.detail(self._get_param("permissionVersion"))})

    def create_permission(self) -> ActionResult:
        return self._once("CreatePermission", self._create_permission)

    def _create_permission(self) -> dict[str, Any]:
        name, template = self._get_param("name"), checked_template(self._get_param("policyTemplate"))
        self._refuse_template_parameters("CreatePermission")
        if not re.fullmatch(r"[\w.-]{1,36}", name or ""):
            raise RamError("InvalidParameterException", f"{name} is not a valid name of a permission.")
        kind = known_type(self._get_param("resourceType"))
        arn = f"arn:aws:ram:{self.region}:{self.current_account}:permission/{name}"
        if arn in self.shares.permissions:
            raise RamError("PermissionAlreadyExistsException", f"A permission with the name {name} already exists.")
        permission = Permission(arn, kind, False, {1: template}, datetime.now(timezone.utc))
        permission.tags = {tag["key"]: tag["value"] for tag in self._get_param("tags", [])}
        self.shares.permissions[arn] = permission
        return {"permission": permission.shape(), "clientToken": self._get_param("clientToken")}

    def update_permission(self) -> ActionResult:
        permission, status = self._own_permission(), self._get_param("status")
        if status not in ("ATTACHABLE", "DEPRECATED"):
            raise RamError("InvalidParameterException", f"{status} is not a valid status of a permission.")
        permission.status = status
        return ActionResult({"permissionStatus": status, "clientToken": self._get_param("clientToken")})

    def delete_permission(self) -> ActionResult:
        """Delete a permission: "only if it isn't attached to any resource share"."""
        permission = self._own_permission()
        self._refuse_attached(permission, None)
        del self.shares.permissions[permission.arn]
        return self._deleted()

    def _deleted(self) -> ActionResult:
        return ActionResult(
            {"returnValue": True, "permissionStatus": "DELETED", "clientToken": self._get_param("clientToken")}
        )

    # Versions

    def create_permission_version(self) -> ActionResult:
        return self._once("CreatePermissionVersion", self._create_version)

    def _create_version(self) -> dict[str, Any]:
        permission = self._own_permission()
        self._refuse_template_parameters("CreatePermissionVersion")
        permission.add_version(checked_template(self._get_param("policyTemplate")))
        return {"permission": permission.detail(), "clientToken": self._get_param("clientToken")}

    def list_permission_versions(self) -> ActionResult:
        permission = self._permission("permissionArn")
        return self._page("permissions", [permission.shape(number) for number in permission.versions])

    def set_default_permission_version(self) -> ActionResult:
        permission = self._own_permission()
        permission.default = permission.version(self._get_param("permissionVersion"))
        return ActionResult({"returnValue": True, "clientToken": self._get_param("clientToken")})

    def delete_permission_version(self) -> ActionResult:
        """Delete a version: it "must not be attached to any resource share and must not be the default version"."""
        permission = self._own_permission()
        number = permission.version(self._get_param("permissionVersion"))
        if number == permission.default:
            raise RamError("OperationNotPermittedException", "You can't delete the default version of a permission.")
        self._refuse_attached(permission, number)
        del permission.versions[number]
        return self._deleted()

    # Associations with resource shares

    def associate_resource_share_permission(self) -> ActionResult:
        """Attach a permission: "exactly one permission associated with each resource type in the resource share"."""
        share = self._own_share()
        permission, number = self._permission("permissionArn"), self._get_param("permissionVersion")
        if self._get_param("permissionTemplateParameters"):
            raise NotImplementedError("AssociateResourceSharePermission with permissionTemplateParameters")
        if permission.status != "ATTACHABLE":
            raise RamError("OperationNotPermittedException", f"The permission {permission.arn} can't be attached.")
        if permission.version(number) != permission.default:
            raise RamError(
                "InvalidParameterException",
                "You can specify only the version that is currently set as the default version for the permission.",
            )
        current = attached_to(share).get(permission.kind)
        if current and current.permission is not permission and not self._get_param("replace"):
            raise RamError(
                "InvalidParameterException",
                f"The resource share already has a permission for {permission.kind}. Set replace to true.",
            )
        attach(share, permission)
        return ActionResult({"returnValue": True, "clientToken": self._get_param("clientToken")})

    def disassociate_resource_share_permission(self) -> ActionResult:
        """Detach a permission: "only if there are currently no resources of the relevant resource type"."""
        share = self._own_share()
        permission = self._permission("permissionArn")
        current = attached_to(share).get(permission.kind)
        if current is None or current.permission is not permission:
            raise RamError(
                "UnknownResourceException", f"The permission {permission.arn} isn't attached to the resource share."
            )
        if permission.kind in _types_in(share):
            raise RamError(
                "OperationNotPermittedException",
                f"The resource share has resources of the type {permission.kind}.",
            )
        del share.attached[permission.kind]
        return ActionResult({"returnValue": True, "clientToken": self._get_param("clientToken")})

    def list_resource_share_permissions(self) -> ActionResult:
        share = self.shares.owned(self.current_account, self._get_param("resourceShareArn"))
        found = [one.permission.shape(one.version, "ASSOCIATED") for one in attached_to(share).values()]
        return self._page("permissions", found)

    def list_permission_associations(self) -> ActionResult:
        wanted = {
            "arn": self._get_param("permissionArn"),
            "permissionVersion": self._get_param("permissionVersion"),
            "status": self._get_param("associationStatus"),
            "resourceType": self._get_param("resourceType"),
            "featureSet": self._get_param("featureSet"),
            "defaultVersion": self._get_param("defaultVersion"),
            "resourceShareArn": self._get_param("resourceShareArn"),
        }
        of_others = self._get_param("resourceOwner") == "OTHER-ACCOUNTS"
        found = []
        for share in [] if of_others else self._own_shares():
            for one in attached_to(share).values():
                shape = {
                    "arn": one.permission.arn,
                    "permissionVersion": str(one.version),
                    "defaultVersion": one.version == one.permission.default,
                    "resourceType": one.permission.kind,
                    "status": "ASSOCIATED",
                    "featureSet": "STANDARD",
                    "lastUpdatedTime": one.since,
                    "resourceShareArn": share.arn,
                }
                if all(
                    value is None or str(value).lower() == str(shape[name]).lower() for name, value in wanted.items()
                ):
                    found.append(shape)
        return self._page("permissions", found)

    def replace_permission_associations(self) -> ActionResult:
        """Attach another permission of the type to all of the account's shares that have one."""
        before, after = self._permission("fromPermissionArn"), self._permission("toPermissionArn")
        number = self._get_param("fromPermissionVersion")
        if before.kind != after.kind:
            raise RamError("InvalidParameterException", "Both permissions must be for the same resource type.")
        if self._get_param("permissionTemplateParameters"):
            raise NotImplementedError("ReplacePermissionAssociations with permissionTemplateParameters")
        for share in self._own_shares():
            current = attached_to(share).get(before.kind)
            if current and current.permission is before and number in (None, current.version):
                attach(share, after)
        work = Replacement(before, number, after)
        self.shares.replacements.setdefault(self.current_account, {})[work.id] = work
        return ActionResult(
            {"replacePermissionAssociationsWork": work.shape(), "clientToken": self._get_param("clientToken")}
        )

    def list_replace_permission_associations_work(self) -> ActionResult:
        ids, status = self._get_param("workIds", []), self._get_param("status")
        works = self.shares.replacements.get(self.current_account, {}).values()
        found = [work.shape() for work in works if not ids or work.id in ids]
        return self._page(
            "replacePermissionAssociationsWorks", [one for one in found if status in (None, one["status"])]
        )

    # Parameters

    def _own_shares(self) -> list[ResourceShare]:
        return [
            share for share in self.shares.all() if share.owner_id == self.current_account and share.status == "ACTIVE"
        ]

    def _own_share(self) -> ResourceShare:
        return self.shares.changeable(self.current_account, self._get_param("resourceShareArn"))

    def _own_permissions(self) -> dict[str, Permission]:
        prefix = f"arn:aws:ram:{self.region}:{self.current_account}:"
        return {arn: one for arn, one in self.shares.permissions.items() if arn.startswith(prefix)}

    def permission_of(self, arn: str) -> Permission:
        if not _ARN.fullmatch(arn or ""):
            raise RamError("MalformedArnException", f"The specified permission ARN {arn} is not valid.")
        found = AWS_PERMISSIONS.get(arn) or self._own_permissions().get(arn)
        if found is None:
            raise RamError("UnknownResourceException", f"Permission {arn} could not be found.")
        return found

    def _permission(self, parameter: str) -> Permission:
        return self.permission_of(self._get_param(parameter))

    def _own_permission(self) -> Permission:
        return self._changeable(self._permission("permissionArn"))

    @staticmethod
    def _changeable(permission: Permission) -> Permission:
        if permission.is_of_aws:
            raise RamError("OperationNotPermittedException", "You can't change a permission that AWS manages.")
        return permission

    def _refuse_attached(self, permission: Permission, number: int | None) -> None:
        for share in self._own_shares():
            for one in attached_to(share).values():
                if one.permission is permission and number in (None, one.version):
                    raise RamError(
                        "OperationNotPermittedException", f"The permission {permission.arn} is attached to {share.arn}."
                    )

    def _refuse_template_parameters(self, operation: str) -> None:
        if self._get_param("permissionTemplateParameters"):
            raise NotImplementedError(f"{operation} with permissionTemplateParameters")


def attach(share: ResourceShare, permission: Permission) -> None:
    share.attached[permission.kind] = Attached(permission, permission.default, datetime.now(timezone.utc))


def attached_to(share: ResourceShare) -> dict[str, Attached]:
    """Return a share's permissions by resource type; a type without one gets AWS's default permission."""
    for kind in _types_in(share) - set(share.attached):
        attach(share, default_permission(kind))
    return share.attached


def _types_in(share: ResourceShare) -> set[str]:
    kinds = [resource_type(arn) for arn, one in share.resources.items() if one.status in ("ASSOCIATING", "ASSOCIATED")]
    return {default_permission(kind).kind for kind in kinds}
