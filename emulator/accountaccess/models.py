# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Applications and entitlements of one account and region.

https://docs.aws.amazon.com/account-access/latest/APIReference/ and https://docs.aws.amazon.com/IAM/latest/UserGuide/,
pages aam-*. Texts of errors are not verified.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import boto3
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException
from moto.moto_api._internal import mock_random
from moto.organizations.models import organizations_backends

from emulator import clock
from emulator.accounts import management_account_of, member
from emulator.iam.resource_policies import role_by_arn_in, trusts
from emulator.ssoadmin.models import Instance, instance_of, may_administer
from emulator.transitions import StateClock, Transition

SERVICE = "account-access.amazonaws.com"
# aam-quotas.html: groups assigned to a role.
GROUPS = 20
# aam-prepare-roles.md: sts:AssumeRole and sts:SetContext; sts:TagSession is "optional" there, and needed by
# https://www.pulumi.com/registry/packages/aws/api-docs/accountaccess/entitlement/: "Without sts:TagSession, credential
# retrieval for the entitlement fails". Needed here, too: a role that has it works with both.
ACTIONS = ("sts:AssumeRole", "sts:SetContext", "sts:TagSession")


class AccountAccessError(ServiceException):
    """Error of account access manager: AccountAccessError(code, message)."""


def not_found(what: str) -> AccountAccessError:
    return AccountAccessError("ResourceNotFoundException", f"{what} does not exist.")


class Entitled(NamedTuple):
    kind: str  # USER or GROUP
    principal_id: str
    role_arn: str

    @property
    def account_id(self) -> str:
        return self.role_arn.split(":")[4]


@dataclass(eq=False)
class Entitlement:
    entitled: Entitled
    id: str = field(default_factory=lambda: str(mock_random.uuid4()))
    created: datetime.datetime = field(default_factory=clock.now)

    def described(self) -> dict[str, Any]:
        kind, principal_id, role_arn = self.entitled
        of = {
            "principal": {"identityCenter": {"userId" if kind == "USER" else "groupId": principal_id}},
            "roleArn": role_arn,
            "account": self.entitled.account_id,
            "accountName": _name_of(self.entitled.account_id),
        }
        return {"entitlementId": self.id, "entitlement": {"principalRole": of}, "createdAt": self.created}


def _name_of(account_id: str) -> str | None:
    management = management_account_of(account_id)
    account = member(organizations_backends[management]["aws"], account_id) if management else None
    return account.name if account else None


class Application:
    status = StateClock("account-access-application")

    def __init__(self, account_id: str, region: str, instance: Instance, tags: dict[str, str]):
        self.id = f"aam-{mock_random.get_random_hex(16)}"
        self.arn = f"arn:aws:account-access:{region}:{account_id}:application/{self.id}"
        self.account_id, self.instance, self.tags = account_id, instance, tags
        self.tenant_id = f"aa-{mock_random.get_random_hex(12)}"
        identity_center = f"{instance.id}/apl-{mock_random.get_random_hex(16)}"
        self.identity_center_arn = f"arn:aws:sso::{account_id}:application/{identity_center}"
        self.created = self.updated = clock.now()
        self.status = Transition("CREATE_IN_PROGRESS", "ACTIVE")
        self.entitlements: dict[str, Entitlement] = {}

    def listed(self) -> dict[str, Any]:
        return {
            "applicationArn": self.arn,
            "tenantId": self.tenant_id,
            "createdAt": self.created,
            "updatedAt": self.updated,
        }

    def described(self) -> dict[str, Any]:
        center = {"instanceArn": self.instance.arn, "applicationArn": self.identity_center_arn}
        described = {key: value for key, value in self.listed().items() if key != "applicationArn"}
        return described | {"identitySource": {"identityCenter": center}, "status": self.status, "tags": self.tags}

    def entitle(self, entitled: Entitled) -> Entitlement:
        """Create an entitlement, or return the one that exists: "This operation is idempotent".

        The principal and the role have to exist, which is not verified. Whether the role trusts the service shows when
        somebody signs in (`lets_in`).
        """
        if self.status != "ACTIVE":
            raise AccountAccessError("ConflictException", f"The application {self.arn} is {self.status}.")
        for known in self.entitlements.values():
            if known.entitled == entitled:
                return known
        if not self.instance.store.has(entitled.kind, entitled.principal_id):
            raise not_found(f"The principal {entitled.principal_id}")
        account = member(organizations_backends[self.instance.owner]["aws"], entitled.account_id)
        if account is None or role_by_arn_in(entitled.account_id, entitled.role_arn) is None:
            raise not_found(f"The role {entitled.role_arn}")
        of_role = [each for each in self.entitlements.values() if each.entitled.role_arn == entitled.role_arn]
        if entitled.kind == "GROUP" and len([each for each in of_role if each.entitled.kind == "GROUP"]) >= GROUPS:
            raise AccountAccessError(
                "ServiceQuotaExceededException", f"The role {entitled.role_arn} already has {GROUPS} groups."
            )
        made = Entitlement(entitled)
        self.entitlements[made.id] = made
        return made

    def lets_in(self, role_arn: str) -> bool:
        """Return true if the role's trust policy lets the service assume it for this application."""
        context = {"aws:SourceAccount": self.account_id, "aws:SourceArn": self.arn}
        return all(trusts(role_arn, SERVICE, context, action) for action in ACTIONS)


class AccountAccessBackend(BaseBackend):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.applications: dict[str, Application] = {}

    def create(self, instance_arn: str, tags: dict[str, str]) -> Application:
        """Create an application, or return the one of the same parameters.

        "Only one Application may exist per IAM Identity Center instance", else AlreadyCreatedException (Terraform's
        resource aws_accountaccess_application; botocore's model names the error).
        """
        instance = instance_of(self.account_id, self.region_name)
        if instance is None or instance.arn != instance_arn or not may_administer(self.account_id):
            raise AccountAccessError("AccessDeniedException", f"You don't have access to {instance_arn}.")
        for known in applications():
            if known.instance is instance:
                if known.account_id == self.account_id and known.tags == tags:
                    return known
                raise AccountAccessError("AlreadyCreatedException", f"{instance_arn} has an application: {known.arn}.")
        made = Application(self.account_id, self.region_name, instance, tags)
        self.applications[made.arn] = made
        return made

    def find(self, arn: str) -> Application:
        if arn not in self.applications:
            raise not_found(arn)
        return self.applications[arn]


def applications() -> Iterator[Application]:
    for account_id in list(accountaccess_backends):
        for backend in list(accountaccess_backends[account_id].values()):
            yield from backend.applications.values()


# botocore doesn't list the service's regions.
_REGIONS = boto3.Session().get_available_regions("sso-admin")
accountaccess_backends = BackendDict(
    AccountAccessBackend, "account-access", use_boto3_regions=False, additional_regions=_REGIONS
)
