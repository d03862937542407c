# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource shares of all accounts of a region, with their resources, principals and invitations.

Rules: https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html. A principal inside the owner's
organization is associated at once when sharing with the organization is enabled; any other account gets an
invitation and is associated when it accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from moto.core.base_backend import BackendDict, BaseBackend
from moto.ram.models import ResourceShare as MotoResourceShare

from emulator.ram.errors import RamError
from emulator.ram.organization import Organization
from emulator.ram.permissions import Attached, Permission, Replacement
from emulator.ram.resources import exists, stays_inside
from emulator.transitions import StateClock, Transition

LISTED_AFTER_DELETION = timedelta(hours=2)
INVITATION_EXPIRES_AFTER = timedelta(days=7)

_ACCOUNT = re.compile(r"\d{12}")
_ORGANIZATION = re.compile(r"arn:aws[\w-]*:organizations::\d{12}:organization/(o-\w+)")
_UNIT = re.compile(r"arn:aws[\w-]*:organizations::\d{12}:ou/(o-\w+)/(ou-[\w-]+)")
_IAM = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(role|user)/.+")
# https://docs.aws.amazon.com/ram/latest/userguide/shareable.html; moto's list lacks them.
OF_NETWORK_FIREWALL = ("firewall", "firewall-policy", "stateful-rulegroup", "stateless-rulegroup")
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/sharing-profiles.html
OF_ROUTE53_PROFILES = ("profile",)
_SHARE = re.compile(r"arn:aws[\w-]*:ram:[a-z0-9-]+:\d{12}:resource-share/[\w-]+")
_RESOURCE = re.compile(r"arn:aws[\w-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}):([a-z-]+)[/:](.+)")


def unknown_share(arn: str) -> RamError:
    if not _SHARE.fullmatch(arn or ""):  # API_UpdateResourceShare; the text is not verified
        return RamError("MalformedArnException", f"The specified resource share ARN {arn} is not valid.")
    return RamError("UnknownResourceException", f"ResourceShare {arn} could not be found.")


def not_in_organization() -> RamError:
    # The text as in https://github.com/terraform-aws-modules/terraform-aws-transit-gateway/issues/28.
    return RamError(
        "OperationNotPermittedException",
        "The resource you are attempting to share can only be shared within your AWS Organization. This error may "
        "also occur if you have not enabled sharing with your AWS organization, or that onboarding process is still "
        "in progress.",
    )


def now() -> datetime:
    return datetime.now(timezone.utc)


class Association:
    """Association of a resource share with a principal or a resource."""

    status = StateClock("ram-association")

    def __init__(self, share: ResourceShare, kind: str, entity: str, external: bool = False):
        self.share, self.kind, self.entity, self.external = share, kind, entity, external
        self.message: str | None = None
        self.created = self.updated = now()

    @property
    def is_associated(self) -> bool:
        return self.status == "ASSOCIATED"

    def associate(self) -> None:
        self.status = Transition("ASSOCIATING", "ASSOCIATED")
        self.updated = now()

    def end(self) -> None:
        self.status = Transition("DISASSOCIATING", "DISASSOCIATED")
        self.updated = now()

    def reaches(self, account_id: str) -> bool:
        if not self.is_associated:
            return False
        organization = Organization(self.share.owner_id)
        if _ACCOUNT.fullmatch(self.entity):
            # One that was shared with as a member loses the share when it leaves the organization, or the owner does.
            return self.entity == account_id and (self.external or organization.has_account(account_id))
        if unit := _UNIT.fullmatch(self.entity):
            return organization.unit_has_account(unit[2], account_id)
        return bool(_ORGANIZATION.fullmatch(self.entity)) and organization.has_account(account_id)

    def shape(self) -> dict[str, Any]:
        return {
            "resourceShareArn": self.share.arn,
            "resourceShareName": self.share.name,
            "associatedEntity": self.entity,
            "associationType": self.kind,
            "status": self.status,
            "statusMessage": self.message,
            "creationTime": self.created,
            "lastUpdatedTime": self.updated,
            "external": self.external,
        }


class Invitation:
    def __init__(self, association: Association):
        share = association.share
        self.association = association
        self.arn = f"{share.arn.rsplit(':', 1)[0]}:resource-share-invitation/{uuid4()}"
        self.sent = now()
        self.answer: str | None = None

    @property
    def status(self) -> str:
        if self.answer:
            return self.answer
        return "EXPIRED" if now() - self.sent > INVITATION_EXPIRES_AFTER else "PENDING"

    def shape(self) -> dict[str, Any]:
        share = self.association.share
        return {
            "resourceShareInvitationArn": self.arn,
            "resourceShareName": share.name,
            "resourceShareArn": share.arn,
            "senderAccountId": share.owner_id,
            "receiverAccountId": self.association.entity,
            "invitationTimestamp": self.sent,
            "status": self.status,
        }


class ResourceShare:
    status = StateClock("ram-share")

    def __init__(self, region: str, owner_id: str, name: str, allow_external: bool, tags: dict[str, str]):
        self.owner_id, self.name, self.allow_external, self.tags = owner_id, name, allow_external, tags
        self.region = region
        self.arn = f"arn:aws:ram:{region}:{owner_id}:resource-share/{uuid4()}"
        self.created = self.updated = now()
        self.status = "ACTIVE"
        self.accounts: dict[str, Association] = {}
        # Organizations, units and IAM principals, kept apart so that `reaches` needs no scan of the accounts.
        self.groups: dict[str, Association] = {}
        self.resources: dict[str, Association] = {}
        self.attached: dict[str, Attached] = {}
        # ResourceShareConfiguration: whether accounts that leave the organization keep the share, and those that did.
        self.retains = False
        self.kept: set[str] = set()

    @property
    def principals(self) -> Iterator[Association]:
        yield from self.accounts.values()
        yield from self.groups.values()

    def reaches(self, account_id: str) -> bool:
        direct = self.accounts.get(account_id)
        if direct is not None and direct.reaches(account_id):
            return True
        if account_id in self.kept and self.status == "ACTIVE":
            return True
        return any(group.reaches(account_id) for group in self.groups.values())

    def delete(self) -> None:
        self.status = Transition("DELETING", "DELETED")
        self.updated = now()
        for association in (*self.principals, *self.resources.values()):
            association.end()

    def shape(self, tags: bool = True) -> dict[str, Any]:
        return {
            "resourceShareArn": self.arn,
            "name": self.name,
            "owningAccountId": self.owner_id,
            "allowExternalPrincipals": self.allow_external,
            "status": self.status,
            "tags": [{"key": key, "value": value} for key, value in self.tags.items()] if tags else None,
            "creationTime": self.created,
            "lastUpdatedTime": self.updated,
            "featureSet": "STANDARD",
            "resourceShareConfiguration": {"retainSharingOnAccountLeaveOrganization": True} if self.retains else None,
        }


class ResourceShares(BaseBackend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self._shares: dict[str, ResourceShare] = {}
        # ARNs of the shares that have or had subnets.
        self.with_subnets: dict[str, None] = {}
        self.invitations: dict[str, Invitation] = {}
        # ARN -> customer managed permission; account -> id -> work
        self.permissions: dict[str, Permission] = {}
        self.replacements: dict[str, dict[str, Replacement]] = {}
        self.answered_tokens: dict[tuple[str, str, str], tuple[Any, Any]] = {}

    def all(self) -> list[ResourceShare]:
        forgotten = [
            share.arn
            for share in self._shares.values()
            if share.status == "DELETED" and now() - share.updated > LISTED_AFTER_DELETION
        ]
        for arn in forgotten:
            del self._shares[arn]
        return list(self._shares.values())

    def known(self, arn: str) -> ResourceShare | None:
        return self._shares.get(arn)

    def owned(self, account_id: str, arn: str) -> ResourceShare:
        share = self._shares.get(arn)
        if share is None or share.owner_id != account_id:
            raise unknown_share(arn)
        return share

    def changeable(self, account_id: str, arn: str) -> ResourceShare:
        share = self.owned(account_id, arn)
        if share.status != "ACTIVE":
            raise unknown_share(arn)
        return share

    def create(
        self,
        account_id: str,
        name: str,
        allow_external: bool,
        tags: dict[str, str],
        principals: list[str],
        resources: list[str],
    ) -> ResourceShare:
        share = ResourceShare(self.region_name, account_id, name, allow_external, tags)
        self.associate(share, principals, resources)
        self._shares[share.arn] = share
        return share

    def associate(self, share: ResourceShare, principals: list[str], resources: list[str]) -> list[Association]:
        """Associate principals and resources, all or none, and return the associations. Raises RamError."""
        made = [self._principal(share, principal) for principal in principals]
        made += [self._resource(share, resource) for resource in resources]
        if any(stays_inside(arn) for arn in (*share.resources, *resources)):
            # https://docs.aws.amazon.com/ram/latest/userguide/shareable.html: a subnet stays in the organization.
            if any(one.kind == "PRINCIPAL" and one.external for one in (*share.principals, *made)):
                raise not_in_organization()
            self.with_subnets[share.arn] = None
        for association in made:
            kind = share.resources
            if association.kind == "PRINCIPAL":
                kind = share.accounts if _ACCOUNT.fullmatch(association.entity) else share.groups
            known = kind.get(association.entity)
            if known is not None and known.status in ("ASSOCIATING", "ASSOCIATED"):
                continue
            kind[association.entity] = association
            if association.message:
                association.status = "FAILED"
            elif association.kind == "PRINCIPAL" and association.external:
                self._invite(association)
            else:
                association.associate()
        share.updated = now()
        return made

    def disassociate(self, share: ResourceShare, principals: list[str], resources: list[str]) -> list[Association]:
        ended = []
        for entity in principals:
            ended.append(share.accounts.get(entity) or share.groups.get(entity))
        ended += [share.resources.get(entity) for entity in resources]
        for entity, association in zip([*principals, *resources], ended, strict=True):
            if association is None or association.status in ("DISASSOCIATING", "DISASSOCIATED"):
                raise RamError("UnknownResourceException", f"{entity} could not be found in the resource share.")
        for association in ended:
            association.end()
        share.updated = now()
        return ended

    def answer(self, account_id: str, arn: str, answer: str) -> Invitation:
        invitation = self.invitations.get(arn)
        if invitation is None or invitation.association.entity != account_id:
            raise RamError(
                "ResourceShareInvitationArnNotFoundException", f"ResourceShareInvitation {arn} could not be found."
            )
        if invitation.status != "PENDING":
            state = invitation.status.capitalize()
            code = "Expired" if state == "Expired" else f"Already{state}"
            raise RamError(
                f"ResourceShareInvitation{code}Exception", f"ResourceShareInvitation {arn} is {state.lower()}."
            )
        invitation.answer = answer
        if answer == "ACCEPTED":
            invitation.association.associate()
        else:
            invitation.association.status = "DISASSOCIATED"
        return invitation

    def shared_with(self, account_id: str) -> Iterator[ResourceShare]:
        """Return an iterator over other accounts' shares that this account may use."""
        return (share for share in self.all() if share.owner_id != account_id and share.reaches(account_id))

    def _principal(self, share: ResourceShare, principal: str) -> Association:
        organization = Organization(share.owner_id)
        if found := _ORGANIZATION.fullmatch(principal):
            self._need_sharing(share, organization)
            if not organization.shares or found[1] != organization.id:
                raise RamError("UnknownResourceException", f"Organization {found[1]} could not be found.")
            return Association(share, "PRINCIPAL", principal)
        if found := _UNIT.fullmatch(principal):
            self._need_sharing(share, organization)
            if not organization.shares or found[1] != organization.id or not organization.has_unit(found[2]):
                raise RamError(
                    "UnknownResourceException",
                    f"OrganizationalUnit {found[2]} in unknown organization could not be found.",
                )
            return Association(share, "PRINCIPAL", principal)
        iam = _IAM.fullmatch(principal)
        account_id = iam[1] if iam else principal.removesuffix(":root").rsplit(":", 1)[-1]
        if not _ACCOUNT.fullmatch(account_id) or not (iam or principal in (account_id, _root(account_id))):
            raise RamError(
                "InvalidParameterException", f"Principal ID {principal} is malformed. Verify the ID and try again."
            )
        inside = organization.shares and organization.has_account(account_id)
        if not inside and not share.allow_external:
            raise not_in_organization()
        return Association(share, "PRINCIPAL", principal if iam else account_id, external=not inside)

    @staticmethod
    def _need_sharing(share: ResourceShare, organization: Organization) -> None:
        if not share.allow_external and not organization.shares:
            raise not_in_organization()

    def _resource(self, share: ResourceShare, arn: str) -> Association:
        found = _RESOURCE.fullmatch(arn)
        if not found:
            raise RamError(
                "MalformedArnException",
                f"The specified resource ARN {arn} is not valid. Verify the ARN and try again.",
            )
        service, region, owner_id, kind, name = found.groups()
        if kind not in (*MotoResourceShare.SHAREABLE_RESOURCES, *OF_NETWORK_FIREWALL, *OF_ROUTE53_PROFILES):
            raise RamError("MalformedArnException", "You cannot share the selected resource type.")
        association = Association(share, "RESOURCE", arn)
        if (
            owner_id != share.owner_id
            or region != self.region_name
            or not exists(service, kind, owner_id, region, name)
        ):
            # As reported in https://github.com/boto/boto3/issues/3396: the call succeeds, the association fails.
            association.message = "The specified resource could not be found in your AWS account"
        return association

    def _invite(self, association: Association) -> None:
        association.status = "ASSOCIATING"
        invitation = Invitation(association)
        self.invitations[invitation.arn] = invitation


def _root(account_id: str) -> str:
    return f"arn:aws:iam::{account_id}:root"


_resource_shares = BackendDict(ResourceShares, "ram")


def resource_shares(region: str) -> ResourceShares:
    """Return the registry of a region's shares.

    A share belongs to one account but is visible to others, so one registry holds the shares of all accounts.
    """
    return _resource_shares["all"][region]


def account_leaves(account_id: str) -> None:
    """Note which shares an account keeps that is about to leave its organization.

    https://docs.aws.amazon.com/ram/latest/APIReference/API_ResourceShareConfiguration.html: "whether the consumer
    account retains access to the resource share after leaving the organization".
    """
    for shares in dict(_resource_shares["all"]).values():
        for share in shares.shared_with(account_id):
            if share.retains:
                share.kept.add(account_id)


def shared_resources(account_id: str, region: str, kind: str) -> Iterator[tuple[str, str]]:
    """Yield (owner's account id, resource id) of the EC2 resources that other accounts share with this one now.

    kind: as ARNs name it, transit-gateway or prefix-list.
    """
    for share in resource_shares(region).shared_with(account_id):
        for association in share.resources.values():
            if association.is_associated:
                _, _, service, _, owner_id, resource = association.entity.split(":", 5)
                kind_of_resource, _, resource_id = resource.partition("/")
                if (service, kind_of_resource) == ("ec2", kind):
                    yield owner_id, resource_id
