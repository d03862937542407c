# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""STS and Organizations where AWS is stricter than moto: who may assume a role, who may look at an organization."""

from __future__ import annotations

import re
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import TYPE_RESPONSE, ActionResult
from moto.organizations import urls as organizations_urls
from moto.organizations.models import OrganizationsBackend, organizations_backends
from moto.organizations.responses import OrganizationsResponse
from moto.sts import urls as sts_urls
from moto.sts.responses import TokenResponse

from emulator.errors import error_response
from emulator.principals import Principals

ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):role/([\w+=,.@/-]+)")
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html: of all operations these are for any
# account of the organization; the others are for the management account, those that read for delegated administrators.
MEMBER_OPERATIONS = {"DescribeOrganization", "LeaveOrganization", "ListHandshakesForAccount", "DescribeHandshake"}


class AccountError(ServiceException):
    """AccountError(code, message)"""


class Accounts:
    """What the responses know of the running emulator."""

    principals: Principals
    # Role ARN -> the external id that its trust policy demands.
    external_ids: dict[str, str] = {}


def register() -> None:
    for urls, response in ((sts_urls, SecurityTokenResponse), (organizations_urls, OrganizationResponse)):
        for path in urls.url_paths:
            urls.url_paths[path] = response.dispatch


def management_account_of(account_id: str) -> str | None:
    if account_id in organizations_backends and organizations_backends[account_id]["aws"].org:
        return account_id
    management, _ = organizations_backends.master_accounts.get(account_id, (None, None))
    return management


def is_suspended(account_id: str) -> bool:
    management = management_account_of(account_id)
    if management is None:
        return False
    accounts = organizations_backends[management]["aws"].accounts
    return any(account.id == account_id and account.status != "ACTIVE" for account in accounts)


class SecurityTokenResponse(TokenResponse):
    def assume_role(self) -> Any:
        """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html

        A role that the seed does not name exists and trusts everyone, whatever external id is given.
        """
        arn, session_name = self._get_param("RoleArn", ""), self._get_param("RoleSessionName", "")
        duration = self._get_int_param("DurationSeconds", 3600)
        role = ROLE_ARN.fullmatch(arn)
        if not role:
            raise AccountError("ValidationError", f"{arn} is invalid")
        if not SESSION_NAME.fullmatch(session_name):
            raise AccountError(
                "ValidationError",
                f"1 validation error detected: Value '{session_name}' at 'roleSessionName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
            )
        if duration < 900:
            raise AccountError(
                "ValidationError",
                f"1 validation error detected: Value '{duration}' at 'durationSeconds' failed to satisfy constraint: "
                "Member must have value greater than or equal to 900",
            )
        if duration > 3600:  # what a role allows unless it says otherwise
            raise AccountError(
                "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        wanted = Accounts.external_ids.get(arn)
        if (wanted and self._get_param("ExternalId") != wanted) or is_suspended(role[1]):
            caller = Accounts.principals.find(self.get_access_key())
            message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            denied = error_response("query", "AccessDenied", message, 403)
            return denied.get_data(as_text=True), {"status": 403, "Content-Type": "text/xml"}
        return super().assume_role()


class OrganizationResponse(OrganizationsResponse):
    @property
    def organizations_backend(self) -> OrganizationsBackend:
        """A delegated administrator reads the organization of the management account."""
        if self._is_delegated_administrator():
            return organizations_backends[management_account_of(self.current_account)][self.partition]
        return super().organizations_backend

    def _is_delegated_administrator(self) -> bool:
        management = management_account_of(self.current_account)
        if management in (None, self.current_account):
            return False
        administrators = organizations_backends[management][self.partition].admins
        return any(administrator.account.id == self.current_account for administrator in administrators)

    def call_action(self) -> TYPE_RESPONSE:
        operation = self._get_action()
        management = management_account_of(self.current_account)
        reads = operation.startswith(("List", "Describe"))
        if management is None and operation != "CreateOrganization":
            return self._refuse("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
        is_member = management not in (None, self.current_account)
        if is_member and operation not in MEMBER_OPERATIONS and not (reads and self._is_delegated_administrator()):
            return self._refuse("AccessDeniedException", "You don't have permissions to access this resource.")
        return super().call_action()

    def _refuse(self, code: str, message: str) -> TYPE_RESPONSE:
        return self.serialized(ActionResult(AccountError(code, message)))
