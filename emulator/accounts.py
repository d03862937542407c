# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Organizations: moto's, with AWS's rules for which account may call an operation, and for attaching policies."""

from __future__ import annotations

import datetime
from typing import Any
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
from moto.organizations.utils import make_random_create_account_status_id

from emulator.constraints import Constrained
from emulator.departures import Departures
from emulator.lists import paged
from emulator.organization_rules import CHECKS, AccountError
from emulator.pages import page
from emulator.principals import Principals
from emulator.transitions import StateClock, Transition

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


class Accounts:
    """State of the running emulator that the services' responses read."""

    principals: Principals
    # Role ARN -> the external id that its trust policy requires.
    external_ids: dict[str, str] = {}


class Creation:
    """Request to create an account: IN_PROGRESS, then SUCCEEDED or FAILED."""

    state = StateClock("create-account")

    def __init__(self, name: str, failure: str | None, account: FakeAccount | None):
        self.id = account.create_account_status_id if account else make_random_create_account_status_id()
        self.name, self.failure, self.account = name, failure, account
        self.requested = datetime.datetime.now(datetime.timezone.utc)
        self.state = Transition("IN_PROGRESS", "FAILED" if failure else "SUCCEEDED")

    def item(self) -> dict[str, Any]:
        item = {
            "Id": self.id,
            "AccountName": self.name,
            "State": self.state,
            "RequestedTimestamp": self.requested.timestamp(),
        }
        if self.state == "IN_PROGRESS":
            return item
        outcome = {"FailureReason": self.failure} if self.failure else {"AccountId": self.account and self.account.id}
        return item | outcome | {"CompletedTimestamp": self.requested.timestamp()}


def _creations(backend: OrganizationsBackend) -> dict[str, Creation]:
    """Return the requests to create accounts by id; those of the seed's accounts count as done."""
    known: dict[str, Creation] = backend.__dict__.setdefault("creations", {})
    ids = {creation.account.id for creation in known.values() if creation.account}
    for account in backend.accounts:
        if account.id not in ids and account.id != backend.account_id:
            creation = known[account.create_account_status_id] = Creation(account.name, None, account)
            creation.state = "SUCCEEDED"
    return known


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
    accounts = organization.accounts
    places = _places.setdefault(organization, {})
    place = places.get(account_id, len(accounts))
    if place >= len(accounts) or accounts[place].id != account_id:
        places.clear()
        places.update((account.id, place) for place, account in enumerate(accounts))
    return accounts[places[account_id]] if account_id in places else None


# Where an account is in the organization's list.
_places: WeakKeyDictionary[OrganizationsBackend, dict[str, int]] = WeakKeyDictionary()


@paged("organizations")
class OrganizationsResponses(Constrained, Departures, OrganizationsResponse):
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
        is_member = management not in (None, self.current_account) and operation != "CreateOrganization"
        if is_member and operation not in MEMBER_OPERATIONS and not (reads and self._is_delegated_administrator()):
            return self._refuse("AccessDeniedException", "You don't have permissions to access this resource.")
        if (check := CHECKS.get(operation)) and not self._violation():
            try:
                check(self.organizations_backend, self.request_params)
            except ServiceException as error:
                return self.serialized(ActionResult(error))
        return super().call_action()

    def create_account(self) -> ActionResult:
        """Start to create an account: IN_PROGRESS, then SUCCEEDED, or FAILED if its e-mail address is used.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccountStatus.html
        """
        backend, email = self.organizations_backend, self._get_param("Email")
        if any(account.email.lower() == email.lower() for account in backend.accounts):
            creation = Creation(self._get_param("AccountName"), "EMAIL_ALREADY_EXISTS", None)
        else:
            backend.create_account(**self.request_params)
            creation = Creation(self._get_param("AccountName"), None, backend.accounts[-1])
        _creations(backend)[creation.id] = creation
        return ActionResult({"CreateAccountStatus": creation.item()})

    def describe_create_account_status(self) -> ActionResult:
        creation = _creations(self.organizations_backend).get(self._get_param("CreateAccountRequestId"))
        if creation is None:
            raise AccountError(
                "CreateAccountStatusNotFoundException",
                "We can't find an create account request with the CreateAccountRequestId that you specified.",
            )
        return ActionResult({"CreateAccountStatus": creation.item()})

    def list_create_account_status(self) -> ActionResult:
        """Return one page of the requests to create accounts: API_ListCreateAccountStatus."""
        states = self._get_param("States")
        items = [creation.item() for creation in _creations(self.organizations_backend).values()]
        items = [item for item in items if not states or item["State"] in states]
        found, token = page(items, self._get_param("MaxResults"), self._get_param("NextToken"), most=20)
        return ActionResult({"CreateAccountStatuses": found, "NextToken": token})

    def update_organizational_unit(self) -> ActionResult:
        """Rename a unit; moto compares its name with those of all units, and needs one."""
        unit = self.organizations_backend.get_organizational_unit_by_id(self._get_param("OrganizationalUnitId"))
        unit.name = self._get_param("Name", unit.name)
        return ActionResult(unit.describe())

    def delete_organization(self) -> ActionResult:
        """Delete the organization; moto looks for the management account by a name."""
        self.organizations_backend._reset()
        return ActionResult({})

    def enable_policy_type(self) -> str:
        """Enable a policy type: each target gets AWS's own policy of the type, if it has none.

        https://docs.aws.amazon.com/organizations/latest/userguide/enable-policy-type.html
        """
        answer = super().enable_policy_type()
        backend, kind = self.organizations_backend, self._get_param("PolicyType")
        for policy in backend.policies:
            if policy.type == kind and policy.aws_managed:
                for target in (*backend.ou, *backend.accounts):
                    if not any(one.type == kind for one in target.attached_policies):
                        backend.attach_policy(PolicyId=policy.id, TargetId=target.id)
        return answer

    def disable_policy_type(self) -> str:
        """Disable a policy type: its policies are detached from all targets.

        https://docs.aws.amazon.com/organizations/latest/userguide/disable-policy-type.html
        """
        answer = super().disable_policy_type()
        for policy in self.organizations_backend.policies:
            if policy.type == self._get_param("PolicyType"):
                for target in policy.attachments:
                    target.attached_policies.remove(policy)
                policy.attachments.clear()
        return answer

    def _refuse(self, code: str, message: str) -> TYPE_RESPONSE:
        return self.serialized(ActionResult(AccountError(code, message)))
