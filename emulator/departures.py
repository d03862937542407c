# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How accounts leave an organization, and how they are closed.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_LeaveOrganization.html,
API_RemoveAccountFromOrganization.html, API_CloseAccount.html. That an account has all that a standalone one needs is
taken for granted: contact, payment method, support plan.
"""

from __future__ import annotations

import datetime
from typing import Any
from weakref import WeakKeyDictionary

from moto.core.responses import ActionResult, EmptyResult
from moto.organizations.models import FakeAccount, OrganizationsBackend, organizations_backends
from moto.organizations.responses import OrganizationsResponse

from emulator import clock
from emulator.organization_rules import AccountError
from emulator.transitions import StateClock, Transition

# "You must wait until at least four days after the account was created. Invited accounts aren't subject to this".
WAITING_PERIOD = datetime.timedelta(days=4)
# "Within a rolling 30 day period you can close the higher of either 250 or 20% of the member accounts in your
# organization, up to a maximum of 1,000".
CLOSED_WITHIN = datetime.timedelta(days=30)
CLOSED_AT_LEAST, CLOSED_AT_MOST = 250, 1000


class ClosingAccount(FakeAccount):
    """An account that is being closed, or is closed."""

    closing = StateClock("organizations-account")

    @property
    def status(self) -> Any:
        return self.closing

    @status.setter
    def status(self, value: str) -> None:
        self.closing = value

    state = status


# Organization -> times at which accounts were closed
_closed: WeakKeyDictionary[OrganizationsBackend, list[datetime.datetime]] = WeakKeyDictionary()


class Departures(OrganizationsResponse):
    def leave_organization(self) -> ActionResult:
        management_id, _ = organizations_backends.master_accounts.get(self.current_account, (self.current_account, ""))
        return self._depart(organizations_backends[management_id][self.partition], self.current_account)

    def remove_account_from_organization(self) -> ActionResult:
        return self._depart(self.organizations_backend, self._get_param("AccountId"))

    @staticmethod
    def _depart(backend: OrganizationsBackend, account_id: str) -> ActionResult:
        account = account_of(backend, account_id)
        if account_id == backend.org.master_account_id:
            raise AccountError(
                "MasterCannotLeaveOrganizationException",
                "You can't remove a management account from an organization. If you want the management account to "
                "become a member account in another organization, you must first delete the current organization of "
                "the management account.",
            )
        if any(administrator.account is account for administrator in backend.admins):
            raise AccountError(
                "ConstraintViolationException",
                "You attempted to remove an account that is registered as a delegated administrator for a service "
                "integrated with your organization. To complete this operation, you must first deregister this "
                "account as a delegated administrator.",
            )
        joined = account.create_time.replace(tzinfo=datetime.timezone.utc)
        if account.joined_method == "CREATED" and clock.now() - joined < WAITING_PERIOD:
            # The reason is WAIT_PERIOD_ACTIVE; AWS's text is not verified.
            raise AccountError(
                "ConstraintViolationException",
                "After you create an account in an organization, you must wait at least four days before you can "
                "remove it.",
            )
        from emulator.ram.models import account_leaves  # RAM asks Organizations about accounts

        account_leaves(account_id)
        for policy in account.attached_policies:
            policy.attachments.remove(account)
        backend.accounts.remove(account)
        organizations_backends.master_accounts.pop(account_id, None)
        return EmptyResult()

    def close_account(self) -> ActionResult:
        """Close a member account: PENDING_CLOSURE, then SUSPENDED."""
        backend = self.organizations_backend
        account = account_of(backend, self._get_param("AccountId"))
        if account.id == backend.org.master_account_id:
            raise AccountError("ConstraintViolationException", "You attempted to close the management account.")
        if account.status == "SUSPENDED":
            raise AccountError(
                "AccountAlreadyClosedException", "You attempted to close an account that is already closed."
            )
        if account.status == "PENDING_CLOSURE":
            # Not verified which of the operation's errors AWS answers.
            raise AccountError("ConflictException", "The request failed because it conflicts with the current state.")
        closed = _closed.setdefault(backend, [])
        closed[:] = [moment for moment in closed if clock.now() - moment < CLOSED_WITHIN]
        if len(closed) >= min(CLOSED_AT_MOST, max(CLOSED_AT_LEAST, (len(backend.accounts) - 1) // 5)):
            raise AccountError(
                "ConstraintViolationException", "You have exceeded close account quota for the past 30 days."
            )
        closed.append(clock.now())
        account.__class__ = ClosingAccount
        account.status = Transition("PENDING_CLOSURE", "SUSPENDED")
        return EmptyResult()


def account_of(backend: OrganizationsBackend, account_id: str) -> Any:
    for account in backend.accounts:
        if account.id == account_id:
            return account
    raise AccountError("AccountNotFoundException", "You specified an account that doesn't exist.")
