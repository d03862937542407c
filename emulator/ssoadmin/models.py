# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The organization's instance of IAM Identity Center, in the management account: sets, assignments, requests.

An instance of an organization is enabled in the console alone (CreateInstance is "rejected if the instance is created
within the organization management account"): `enable`, by the seed or the control API, stands for that.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from moto.moto_api._internal import mock_random
from moto.organizations.models import organizations_backends
from moto.ssoadmin.models import SSOAdminBackend, ssoadmin_backends

from emulator import clock, services
from emulator.accounts import management_account_of, member
from emulator.iam.models import IAMError
from emulator.identitystore.store import Store
from emulator.principals import Principal
from emulator.ssoadmin.errors import SsoError, conflict, not_found, over_quota
from emulator.ssoadmin.permission_sets import PermissionSet
from emulator.ssoadmin.roles import Account, Failed
from emulator.transitions import StateClock, Transition

# https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html; `outstanding`: of asynchronous calls.
QUOTAS = {"permission_sets": 3500, "provisioned_per_account": 500, "outstanding": 15}
SERVICE = "sso.amazonaws.com"
# aws-samples/aws-identitycenter-codepipeline-auto-assignment#31, of an account that was closed.
SUSPENDED = (
    "AWS SSO is unable to complete your request at this time. Obtaining permissions to manage your AWS account "
    "'{}' takes longer than usual. Please try again in a few minutes. If this problem continues, contact AWS Support."
)


class Assignment(NamedTuple):
    account_id: str
    permission_set_arn: str
    principal_type: str
    principal_id: str

    def listed(self) -> dict[str, str]:
        names = ("AccountId", "PermissionSetArn", "PrincipalType", "PrincipalId")
        return dict(zip(names, self))


@dataclass(eq=False)
class Request:
    """An asynchronous request: its effects come when its time is over, then it has succeeded or failed."""

    state = StateClock("sso-request")

    kind: str  # creation, deletion or provisioning
    permission_set: PermissionSet
    accounts: list[str]
    caller: Principal
    assignment: Assignment | None = None
    id: str = field(default_factory=lambda: str(mock_random.uuid4()))
    created: datetime.datetime = field(default_factory=clock.now)
    status: str = "IN_PROGRESS"
    failure: str | None = None

    def __post_init__(self) -> None:
        self.state = Transition("IN_PROGRESS", "DUE")

    def described(self) -> dict[str, Any]:
        answer = {
            "Status": self.status,
            "RequestId": self.id,
            "FailureReason": self.failure,
            "PermissionSetArn": self.permission_set.arn,
            "CreatedDate": self.created,
        }
        if self.assignment is None:
            return answer | {"AccountId": self.accounts[0] if len(self.accounts) == 1 else None}
        of = {"TargetId": self.assignment.account_id, "TargetType": "AWS_ACCOUNT"}
        return answer | of | {key: value for key, value in self.assignment.listed().items() if "Principal" in key}

    def summary(self) -> dict[str, Any]:
        return {key: value for key, value in self.described().items() if key in ("Status", "RequestId", "CreatedDate")}


class Instance:
    def __init__(self, management: str, region: str, external: bool = False):
        self.id = f"ssoins-{mock_random.get_random_hex(16)}"
        self.arn = f"arn:aws:sso:::instance/{self.id}"
        self.owner, self.region = management, region
        self.name: str | None = None
        self.tags: dict[str, str] = {}
        self.created = clock.now()
        self.store = Store(f"d-{mock_random.get_random_hex(10)}", management)
        self.quotas = dict(QUOTAS)
        self.permission_sets: dict[str, PermissionSet] = {}
        self.assignments: list[Assignment] = []
        self.requests: dict[str, Request] = {}
        # Part of the names of the accounts' SAML providers.
        self.provider = mock_random.get_random_hex(16)

    def described(self) -> dict[str, Any]:
        return {
            "InstanceArn": self.arn,
            "IdentityStoreId": self.store.id,
            "OwnerAccountId": self.owner,
            "Name": self.name,
            "CreatedDate": self.created,
            "Status": "ACTIVE",
        }

    # Permission sets

    def find(self, arn: str) -> PermissionSet:
        if arn not in self.permission_sets:
            raise not_found(f"Could not find PermissionSet with id {arn.rpartition('/')[2]}")
        return self.permission_sets[arn]

    def create(self, name: str, **properties: Any) -> PermissionSet:
        """Create a permission set; the text of the conflict: avlcloudtechnologies/terraform-aws-sso#6."""
        if any(known.name == name for known in self.permission_sets.values()):
            raise conflict(f"PermissionSet with name {name} already exists.")
        if len(self.permission_sets) >= self.quotas["permission_sets"]:
            raise over_quota("PermissionSet", self.quotas["permission_sets"], self.id)
        arn = f"arn:aws:sso:::permissionSet/{self.id}/ps-{mock_random.get_random_hex(16)}"
        self.permission_sets[arn] = PermissionSet(arn, name, **properties)
        return self.permission_sets[arn]

    def delete(self, permission_set: PermissionSet) -> None:
        """Delete a set that no account has. The text: hashicorp/terraform-provider-aws#26757, its end not verified."""
        busy = any(request.permission_set is permission_set for request in self.pending())
        if busy or permission_set.provisioned or self.of_set(permission_set):
            raise conflict("Could not delete because PermissionSet has ApplicationProfile associated with it")
        del self.permission_sets[permission_set.arn]

    def of_set(self, permission_set: PermissionSet) -> list[Assignment]:
        return [each for each in self.assignments if each.permission_set_arn == permission_set.arn]

    def provisioned_to(self, account_id: str) -> list[PermissionSet]:
        return [each for each in self.permission_sets.values() if account_id in each.provisioned]

    # Requests

    def pending(self) -> list[Request]:
        return [request for request in self.requests.values() if request.status == "IN_PROGRESS"]

    def begin(self, request: Request) -> Request:
        """Accept a request. Raises an error over the quotas, and while one is in progress for one of its accounts.

        "Number of IAM roles (permission sets) in the AWS account that can be updated at a time: 1" (limits.html). That
        this is a ConflictException (aws-samples/assignment-automation-4-aws-sso#8: "when you run too many operations"),
        and the 15 outstanding calls a ThrottlingException, isn't verified, nor are their texts.
        """
        pending = self.pending()
        if len(pending) >= self.quotas["outstanding"]:
            raise SsoError("ThrottlingException", "Rate exceeded")
        busy = {account for other in pending for account in other.accounts}
        if taken := sorted(busy & set(request.accounts)):
            raise conflict(f"There is an ongoing operation for AWS account {taken[0]}. Please try again later.")
        for account_id in request.accounts if request.kind != "deletion" else ():
            self._room(account_id, request.permission_set)
        self.requests[request.id] = request
        self.settle()
        return request

    def _room(self, account_id: str, permission_set: PermissionSet) -> None:
        most = self.quotas["provisioned_per_account"]
        others = [each for each in self.provisioned_to(account_id) if each is not permission_set]
        if len(others) >= most:
            raise over_quota("ProvisionedPermissionSet", most, account_id)

    def settle(self) -> None:
        """Carry out the requests whose time is over."""
        for request in self.pending():
            if request.state == "DUE":
                request.failure = self._carried_out(request)
                request.status = "FAILED" if request.failure else "SUCCEEDED"

    def _carried_out(self, request: Request) -> str | None:
        """Return why a request fails, None if it succeeds. A failure in one account doesn't stop the others."""
        reasons = []
        for account_id in request.accounts:
            try:
                getattr(self, f"_{request.kind}")(request, self._account(account_id, request.caller))
            except Failed as failed:
                reasons.append(str(failed))
            except IAMError as error:  # as of an account that has its own quotas; not verified
                reasons.append(f"Received a 409 status error: {error.message}")
        return reasons[0] if reasons else None

    def _account(self, account_id: str, caller: Principal) -> Account:
        known = member(organizations_backends[self.owner]["aws"], account_id)
        if known is None or known.status != "ACTIVE":
            raise Failed(SUSPENDED.format(account_id))
        return Account(account_id, self.region, self.provider, caller if account_id == self.owner else None)

    def _creation(self, request: Request, account: Account) -> None:
        if not self.store.has(request.assignment.principal_type, request.assignment.principal_id):
            raise Failed("Received a 404 status error: Principal not found.")  # not verified
        account.provision(request.permission_set)
        if request.assignment not in self.assignments:
            self.assignments.append(request.assignment)

    def _deletion(self, request: Request, account: Account) -> None:
        """Delete an assignment, and with an account's last one of a set its role.

        The reason: hashicorp/terraform-provider-aws#35158.
        """
        if request.assignment not in self.assignments:
            raise Failed("Received a 404 status error: Assignment not found.")
        left = [each for each in self.of_set(request.permission_set) if each != request.assignment]
        if all(each.account_id != account.id for each in left):
            account.deprovision(request.permission_set)
        self.assignments.remove(request.assignment)

    def _provisioning(self, request: Request, account: Account) -> None:
        account.provision(request.permission_set)


class Backend(SSOAdminBackend):
    """Of one account and region; the management account's has the organization's instance, once it is enabled."""

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.instance: Instance | None = None


def instances() -> Iterator[Instance]:
    for account_id in list(ssoadmin_backends):
        for backend in list(ssoadmin_backends[account_id].values()):
            if instance := getattr(backend, "instance", None):
                yield instance


def instance_of(account_id: str, region: str) -> Instance | None:
    """Return the instance of an account's organization in a region."""
    services.register("ssoadmin")  # another service may be called first
    management = management_account_of(account_id)
    return ssoadmin_backends[management][region].instance if management else None


def may_administer(account_id: str, service: str = SERVICE) -> bool:
    """Return true for the management account and the service's delegated administrators.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html
    """
    management = management_account_of(account_id)
    if management in (None, account_id):
        return management is not None
    admins = organizations_backends[management]["aws"].admins
    return any(admin.account.id == account_id and service in admin.services for admin in admins)


def settle() -> None:
    """Carry out all requests whose time is over, before a call that could see their roles."""
    for instance in instances():
        instance.settle()
