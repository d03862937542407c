# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of RAM. Those missing here and in moto answer InvalidAction."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.responses import ActionResult

from emulator.ram.errors import RamError
from emulator.ram.models import (
    Association,
    ResourceShare,
    ResourceShares,
    now,
    resource_shares,
    unknown_share,
)
from emulator.ram.organization import Organization
from emulator.ram.permission_responses import PermissionResponses, attach
from emulator.ram.permissions import Permission, resource_type


class RamResponses(PermissionResponses):
    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def shares(self) -> ResourceShares:
        return resource_shares(self.region)

    def create_resource_share(self) -> ActionResult:
        return self._once("CreateResourceShare", self._create)

    def _create(self) -> dict[str, Any]:
        permissions = [self.permission_of(arn) for arn in self._get_param("permissionArns", [])]
        kinds = [permission.kind for permission in permissions]
        if len(set(kinds)) < len(kinds):
            # The text is not verified.
            raise RamError("InvalidParameterException", "You can specify one permission for each resource type.")
        for name in ("sources", "permissionTemplateParameters"):
            if self._get_param(name):
                raise NotImplementedError(f"CreateResourceShare with {name}")
        share = self.shares.create(
            self.current_account,
            self._get_param("name"),
            self._get_param("allowExternalPrincipals", True),
            {tag["key"]: tag["value"] for tag in self._get_param("tags", [])},
            self._get_param("principals", []),
            self._get_param("resourceArns", []),
        )
        for permission in permissions:
            attach(share, permission)
        configuration = self._get_param("resourceShareConfiguration", {})
        share.retains = bool(configuration.get("retainSharingOnAccountLeaveOrganization"))
        return {"resourceShare": share.shape(), "clientToken": self._get_param("clientToken")}

    def get_resource_shares(self) -> ActionResult:
        owner = self._owner()
        arns = self._get_param("resourceShareArns", [])
        visible = self._visible(owner)
        for arn in arns:
            if all(share.arn != arn for share in visible):
                raise unknown_share(arn)
        wanted = {
            "name": self._get_param("name"),
            "status": self._get_param("resourceShareStatus"),
        }
        tag_filters = self._get_param("tagFilters", [])
        found = [
            share.shape(tags=owner == "SELF")
            for share in visible
            if (not arns or share.arn in arns)
            and all(value is None or getattr(share, name) == value for name, value in wanted.items())
            and (not tag_filters or (owner == "SELF" and _has_tags(share, tag_filters)))
        ]
        return self._page("resourceShares", found)

    def update_resource_share(self) -> ActionResult:
        share = self.shares.changeable(self.current_account, self._get_param("resourceShareArn"))
        share.name = self._get_param("name", share.name)
        share.allow_external = self._get_param("allowExternalPrincipals", share.allow_external)
        share.updated = now()
        return ActionResult({"resourceShare": share.shape(), "clientToken": self._get_param("clientToken")})

    def delete_resource_share(self) -> ActionResult:
        self.shares.changeable(self.current_account, self._get_param("resourceShareArn")).delete()
        return ActionResult({"returnValue": True, "clientToken": self._get_param("clientToken")})

    def associate_resource_share(self) -> ActionResult:
        return self._once("AssociateResourceShare", lambda: self._change(self.shares.associate))

    def disassociate_resource_share(self) -> ActionResult:
        return self._once("DisassociateResourceShare", lambda: self._change(self.shares.disassociate))

    def _change(self, change: Callable[..., list[Association]]) -> dict[str, Any]:
        share = self.shares.changeable(self.current_account, self._get_param("resourceShareArn"))
        changed = change(share, self._get_param("principals", []), self._get_param("resourceArns", []))
        current = {(known.kind, known.entity): known for known in (*share.principals, *share.resources.values())}
        return {
            "resourceShareAssociations": [current[made.kind, made.entity].shape() for made in changed],
            "clientToken": self._get_param("clientToken"),
        }

    def get_resource_share_associations(self) -> ActionResult:
        kind = self._get_param("associationType")
        if kind not in ("PRINCIPAL", "RESOURCE"):
            raise RamError(
                "InvalidParameterException",
                f"{kind} is not a valid association type. Specify either PRINCIPAL or RESOURCE and try again.",
            )
        principal, resource = self._get_param("principal"), self._get_param("resourceArn")
        if kind == "PRINCIPAL" and resource:
            raise RamError(
                "InvalidParameterException", "You cannot specify a resource ARN when the association type is PRINCIPAL."
            )
        if kind == "RESOURCE" and principal:
            raise RamError(
                "InvalidParameterException", "You cannot specify a principal when the association type is RESOURCE."
            )
        status, entity = self._get_param("associationStatus"), principal or resource
        found = [
            association.shape()
            for share in self._owned()
            for association in (share.principals if kind == "PRINCIPAL" else share.resources.values())
            if (not status or association.status == status) and (not entity or association.entity == entity)
        ]
        return self._page("resourceShareAssociations", found)

    def list_resources(self) -> ActionResult:
        owner, arns = self._owner(), self._get_param("resourceArns", [])
        principal, kind = self._get_param("principal"), self._get_param("resourceType")
        found = [
            {
                "arn": association.entity,
                "type": resource_type(association.entity),
                "resourceShareArn": share.arn,
                "status": "AVAILABLE",
                "creationTime": association.created,
                "lastUpdatedTime": association.updated,
                "resourceRegionScope": "REGIONAL",
            }
            for share in self._shares_for_listing(owner)
            if not principal or self._names(share, owner, principal)
            for association in share.resources.values()
            if association.is_associated
            and (not arns or association.entity in arns)
            and (not kind or resource_type(association.entity).lower() == kind.lower())
        ]
        return self._page("resources", found)

    def list_principals(self) -> ActionResult:
        owner, resource = self._owner(), self._get_param("resourceArn")
        principals, kind = self._get_param("principals", []), self._get_param("resourceType")
        found = []
        for share in self._shares_for_listing(owner):
            resources = [entity for entity, association in share.resources.items() if association.is_associated]
            if resource and resource not in resources:
                continue
            if kind and not any(resource_type(entity).lower() == kind.lower() for entity in resources):
                continue
            for association in self._principals(share, owner):
                if not principals or association["id"] in principals:
                    found.append(association)
        return self._page("principals", found)

    def get_resource_share_invitations(self) -> ActionResult:
        """Return one page of the invitations that the account has received.

        https://docs.aws.amazon.com/ram/latest/APIReference/API_GetResourceShareInvitations.html
        """
        arns = self._get_param("resourceShareInvitationArns", [])
        shares = self._get_param("resourceShareArns", [])
        received = [
            invitation
            for invitation in self.shares.invitations.values()
            if invitation.association.entity == self.current_account
        ]
        for arn in arns:
            if all(invitation.arn != arn for invitation in received):
                raise RamError(
                    "ResourceShareInvitationArnNotFoundException", f"ResourceShareInvitation {arn} could not be found."
                )
        found = [
            invitation.shape()
            for invitation in received
            if (not arns or invitation.arn in arns)
            and (not shares or invitation.association.share.arn in shares)
            and invitation.association.share.status == "ACTIVE"
        ]
        return self._page("resourceShareInvitations", found)

    def accept_resource_share_invitation(self) -> ActionResult:
        return self._answer("ACCEPTED")

    def reject_resource_share_invitation(self) -> ActionResult:
        return self._answer("REJECTED")

    def _answer(self, answer: str) -> ActionResult:
        invitation = self.shares.answer(self.current_account, self._get_param("resourceShareInvitationArn"), answer)
        return ActionResult(
            {"resourceShareInvitation": invitation.shape(), "clientToken": self._get_param("clientToken")}
        )

    def enable_sharing_with_aws_organization(self) -> ActionResult:
        organization = Organization(self.current_account)
        if not organization.is_managed_by(self.current_account):
            raise RamError(
                "OperationNotPermittedException",
                "Unable to enable sharing with AWS Organizations. Received AccessDeniedException from "
                "AWSOrganizations with the following error message: You don't have permissions to access this "
                "resource.",
            )
        organization.enable_sharing()
        return ActionResult({"returnValue": True})

    def tag_resource(self) -> ActionResult:
        tags = {tag["key"]: tag["value"] for tag in self._get_param("tags", [])}
        tagged = self._tagged()
        if len(tagged.tags | tags) > 50:
            raise RamError("TagLimitExceededException", "You have exceeded the limit of 50 tags.")
        tagged.tags.update(tags)
        return ActionResult({})

    def untag_resource(self) -> ActionResult:
        tagged = self._tagged()
        for key in self._get_param("tagKeys", []):
            tagged.tags.pop(key, None)
        return ActionResult({})

    def _tagged(self) -> ResourceShare | Permission:
        arn = self._get_param("resourceShareArn") or self._get_param("resourceArn")
        if ":permission/" in (arn or ""):
            return self._changeable(self.permission_of(arn))
        return self.shares.changeable(self.current_account, arn)

    def _owner(self) -> str:
        owner = self._get_param("resourceOwner")
        if owner not in ("SELF", "OTHER-ACCOUNTS"):
            raise RamError(
                "InvalidParameterException",
                f"{owner} is not a valid resource owner. Specify either SELF or OTHER-ACCOUNTS and try again.",
            )
        return owner

    def _visible(self, owner: str) -> list[ResourceShare]:
        if owner == "SELF":
            return [share for share in self.shares.all() if share.owner_id == self.current_account]
        return list(self.shares.shared_with(self.current_account))

    def _owned(self) -> list[ResourceShare]:
        if arns := self._get_param("resourceShareArns", []):
            return [self.shares.owned(self.current_account, arn) for arn in arns]
        return self._visible("SELF")

    def _shares_for_listing(self, owner: str) -> list[ResourceShare]:
        arns = self._get_param("resourceShareArns", [])
        return [share for share in self._visible(owner) if not arns or share.arn in arns]

    def _names(self, share: ResourceShare, owner: str, principal: str) -> bool:
        return any(association["id"] == principal for association in self._principals(share, owner))

    def _principals(self, share: ResourceShare, owner: str) -> Iterable[dict[str, Any]]:
        """Yield a share's principals for its owner; for other accounts only the account that shares."""
        if owner == "OTHER-ACCOUNTS":
            external = not Organization(share.owner_id).has_account(self.current_account)
            yield _principal_shape(share, share.owner_id, share.created, share.updated, external)
            return
        for association in share.principals:
            if association.is_associated:
                yield _principal_shape(
                    share, association.entity, association.created, association.updated, association.external
                )

    def _once(self, operation: str, act: Callable[[], dict[str, Any]]) -> ActionResult:
        """Run an operation once for each clientToken; a repeated token gets the first answer (API reference).

        Raises IdempotentParameterMismatchException if the parameters differ.
        """
        token = self._get_param("clientToken")
        if not token:
            return ActionResult(act())
        key = (self.current_account, operation, token)
        parameters = dict(self._get_params())
        if key not in self.shares.answered_tokens:
            self.shares.answered_tokens[key] = (parameters, act())
        known, answer = self.shares.answered_tokens[key]
        if known != parameters:
            raise RamError(
                "IdempotentParameterMismatchException",
                f"The client token {token} was already used with different parameters.",
            )
        return ActionResult(answer)

    def _page(self, name: str, items: list[dict[str, Any]]) -> ActionResult:
        size = self._get_param("maxResults")
        size = 500 if size is None else size
        if not 1 <= size <= 500:
            # The range of MaxResults in the API model; the text is not verified.
            raise RamError("InvalidMaxResultsException", "maxResults must be between 1 and 500.")
        try:
            start = int(base64.urlsafe_b64decode(self._get_param("nextToken") or "MA=="))
        except ValueError:
            raise RamError("InvalidNextTokenException", "The specified value for nextToken is not valid.") from None
        result: dict[str, Any] = {name: items[start : start + size]}
        if start + size < len(items):
            result["nextToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        return ActionResult(result)


def _has_tags(share: ResourceShare, filters: list[dict[str, Any]]) -> bool:
    return all(
        wanted["tagKey"] in share.tags
        and (not wanted.get("tagValues") or share.tags[wanted["tagKey"]] in wanted["tagValues"])
        for wanted in filters
    )


def _principal_shape(share: ResourceShare, entity: str, created: Any, updated: Any, external: bool) -> dict[str, Any]:
    return {
        "id": entity,
        "resourceShareArn": share.arn,
        "creationTime": created,
        "lastUpdatedTime": updated,
        "external": external,
    }
