# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of account access manager. A parameter that isn't known answers InvalidAction."""

from __future__ import annotations

from typing import Any

from moto.core.responses import BaseResponse

from emulator.accountaccess.models import AccountAccessBackend, AccountAccessError, Entitled, accountaccess_backends
from emulator.identity_operations import operation
from emulator.pages import page


class AccountAccessResponses(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="account-access")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> AccountAccessBackend:
        """Of the calling account: ListApplications lists those "in your account"."""
        return accountaccess_backends[self.current_account][self.region]

    @operation
    def create_application(self, identity_source: dict[str, Any], tags: dict[str, str] | None = None) -> dict[str, Any]:
        made = self.backend.create(identity_source["identityCenter"]["instanceArn"], tags or {})
        return {"applicationArn": made.arn}

    @operation
    def get_application(self, application_arn: str) -> dict[str, Any]:
        return self.backend.find(application_arn).described()

    @operation
    def delete_application(self, application_arn: str) -> None:
        """Delete an application without entitlements.

        "Deleting an application that has already been deleted does not return an error". ConflictException with
        entitlements is not verified.
        """
        found = self.backend.applications.get(application_arn)
        if found and found.entitlements:
            raise AccountAccessError("ConflictException", f"{application_arn} has entitlements.")
        self.backend.applications.pop(application_arn, None)

    @operation
    def list_applications(self, max_results: int | None = None, next_token: str | None = None) -> dict[str, Any]:
        items = [each.listed() for each in self.backend.applications.values()]
        found, token = page(items, max_results, next_token)
        return {"applications": found, "nextToken": token}

    @operation
    def create_entitlement(self, application_arn: str, entitlement: dict[str, Any]) -> dict[str, Any]:
        role = entitlement["principalRole"]
        made = self.backend.find(application_arn).entitle(Entitled(*_principal(role["principal"]), role["roleArn"]))
        return {"entitlementId": made.id}

    @operation
    def get_entitlement(self, application_arn: str, entitlement_id: str) -> dict[str, Any]:
        found = self.backend.find(application_arn).entitlements.get(entitlement_id)
        if found is None:
            raise AccountAccessError("ResourceNotFoundException", f"The entitlement {entitlement_id} does not exist.")
        return found.described() | {"applicationArn": application_arn}

    @operation
    def delete_entitlement(self, application_arn: str, entitlement_id: str) -> None:
        """Delete an entitlement: "already been deleted does not return an error"."""
        self.backend.find(application_arn).entitlements.pop(entitlement_id, None)

    @operation
    def list_entitlements(
        self,
        application_arn: str,
        filter: dict[str, Any],  # the API's name
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        wanted = dict(filter.get("principalRole", {}))
        principal = _principal(wanted.pop("principal")) if wanted.get("principal") else None
        role_arn, account_id = wanted.pop("roleArn", None), wanted.pop("account", None)
        if wanted.pop("principal", None) or wanted:
            raise NotImplementedError(f"the filter {', '.join(wanted)}")
        items = []
        for each in self.backend.find(application_arn).entitlements.values():
            of = each.entitled
            if principal in (None, of[:2]) and role_arn in (None, of.role_arn) and account_id in (None, of.account_id):
                items.append(each.described())
        found, token = page(items, max_results, next_token)
        return {"entitlements": found, "nextToken": token}

    @operation
    def tag_resource(self, resource_arn: str, tags: dict[str, str]) -> None:
        self.backend.find(resource_arn).tags.update(tags)

    @operation
    def untag_resource(self, resource_arn: str, tag_keys: list[str]) -> None:
        for key in tag_keys:
            self.backend.find(resource_arn).tags.pop(key, None)

    @operation
    def list_tags_for_resource(self, resource_arn: str) -> dict[str, Any]:
        return {"tags": self.backend.find(resource_arn).tags}


def _principal(union: dict[str, Any]) -> tuple[str, str]:
    """Return ("USER" or "GROUP", id) of a principal, of which exactly one member is given."""
    of = union.get("identityCenter", {})
    if len(of) != 1:
        raise AccountAccessError("ValidationException", "Exactly one of userId and groupId has to be given.")
    ((name, principal_id),) = of.items()
    return ("USER" if name == "userId" else "GROUP"), principal_id
