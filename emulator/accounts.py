# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Organizations: moto's, with AWS's rules for which account may call an operation, and for attaching policies."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from moto.core.exceptions import ServiceException
from moto.core.responses import TYPE_RESPONSE, ActionResult
from moto.organizations.models import (
    FakeAccount,
    FakeDelegatedAdministrator,
    FakeServiceAccess,
    OrganizationsBackend,
    organizations_backends,
)
from moto.organizations.responses import OrganizationsResponse

from emulator.constraints import Constrained
from emulator.principals import Principals

# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html: any account of the organization may
# call these. The others are for the management account; those that read also for delegated administrators.
MEMBER_OPERATIONS = {"DescribeOrganization", "LeaveOrganization", "ListHandshakesForAccount", "DescribeHandshake"}

# https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudwatch.html and
# ...-cloudtrail.html, ...-sso.html; moto lacks them.
FakeServiceAccess.TRUSTED_SERVICES.append("observabilityadmin.amazonaws.com")
FakeDelegatedAdministrator.SUPPORTED_SERVICES += [
    "observabilityadmin.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "sso.amazonaws.com",
]


class AccountError(ServiceException):
    """Error of AWS Organizations: AccountError(code, message)."""


class Accounts:
    """State of the running emulator that the services' responses read."""

    principals: Principals
    # Role ARN -> the external id that its trust policy requires.
    external_ids: dict[str, str] = {}


def management_account_of(account_id: str) -> str | None:
    if account_id in organizations_backends and organizations_backends[account_id]["aws"].org:
        return account_id
    management, _ = organizations_backends.master_accounts.get(account_id, (None, None))
    return management


def is_suspended(account_id: str) -> bool:
    management = management_account_of(account_id)
    if management is None:
        return False
    account = member(organizations_backends[management]["aws"], account_id)
    return account is not None and account.status != "ACTIVE"


def member(organization: OrganizationsBackend, account_id: str) -> FakeAccount | None:
    """Return the organization's account of this id, None if it has no such account.

    Cached: moto keeps the accounts in a list, which would be scanned at each AssumeRole.
    """
    known = _members.setdefault(organization, {})
    account = known.get(account_id)
    if account is None or account.id != account_id or account not in organization.accounts:
        known.clear()
        known.update((account.id, account) for account in organization.accounts)
    return known.get(account_id)


_members: WeakKeyDictionary[OrganizationsBackend, dict[str, FakeAccount]] = WeakKeyDictionary()


class OrganizationsResponses(Constrained, OrganizationsResponse):
    @property
    def organizations_backend(self) -> OrganizationsBackend:
        """Return the caller's backend; for a delegated administrator, that of the management account."""
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

    def attach_policy(self) -> str:
        """Attach a policy. Raises AccountError if its type is not enabled or it is already attached.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html; the texts are not verified.
        """
        policy = self.organizations_backend.get_policy_by_id(self._get_param("PolicyId"))
        root = self.organizations_backend.ou[0]
        if policy.type not in [each["Type"] for each in root.policy_types]:
            raise AccountError(
                "PolicyTypeNotEnabledException", "This operation can be performed only for enabled types."
            )
        if self._get_param("TargetId") in [target.id for target in policy.attachments]:
            raise AccountError("DuplicatePolicyAttachmentException", "A policy with that ID is already attached.")
        return super().attach_policy()

    def detach_policy(self) -> str:
        policy = self.organizations_backend.get_policy_by_id(self._get_param("PolicyId"))
        if self._get_param("TargetId") not in [target.id for target in policy.attachments]:
            raise AccountError("PolicyNotAttachedException", "The policy isn't attached to the specified target.")
        return super().detach_policy()

    def _refuse(self, code: str, message: str) -> TYPE_RESPONSE:
        return self.serialized(ActionResult(AccountError(code, message)))
