# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on assignments and on the provisioning of permission sets: asynchronous requests, and what they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.organizations.models import organizations_backends
from moto.ssoadmin.responses import SSOAdminResponse

from emulator.accounts import member
from emulator.identity_operations import operation
from emulator.pages import page
from emulator.ssoadmin.errors import invalid, not_found
from emulator.ssoadmin.models import Assignment, Instance, Request
from emulator.ssoadmin.permission_sets import PermissionSet


def _begins(kind: str, member: str) -> Callable[[Any], ActionResult]:
    """Return the operation that starts a request for an assignment. member: of its answer, with the status."""

    @operation
    def begin(
        self: AssignmentResponses,
        instance_arn: str,
        target_id: str,
        target_type: str,
        permission_set_arn: str,
        principal_type: str,
        principal_id: str,
    ) -> dict[str, Any]:
        instance, permission_set = self.instance(instance_arn), self.permission_set(instance_arn, permission_set_arn)
        self._target(instance, target_id, target_type)
        assignment = Assignment(target_id, permission_set_arn, principal_type, principal_id)
        return {member: self._begin(kind, instance, permission_set, [target_id], assignment)}

    return begin


def _lists(kind: str, member: str) -> Callable[[Any], ActionResult]:
    """Return the operation that lists the requests of a kind. member: of its answer, with the requests."""

    @operation
    def list_(
        self: AssignmentResponses,
        instance_arn: str,
        max_results: int | None = None,
        next_token: str | None = None,
        filter: dict[str, str] | None = None,  # the API's name
    ) -> dict[str, Any]:
        requests, status = self.instance(instance_arn).requests.values(), (filter or {}).get("Status")
        wanted = [each.summary() for each in requests if each.kind == kind and status in (None, each.status)]
        found, token = page(wanted, max_results, next_token)
        return {member: found, "NextToken": token}

    return list_


class AssignmentResponses(SSOAdminResponse):
    # Of SsoAdminResponses, in responses.py.
    instance: Any
    permission_set: Any
    owner_only: Any
    caller: Any

    def _begin(
        self, kind: str, instance: Instance, permission_set: PermissionSet, accounts: list[str], *of: Assignment
    ) -> dict[str, Any]:
        """Start a request; a delegated administrator may not start one for the management account."""
        if instance.owner in accounts:
            self.owner_only(instance, permission_set.arn)
        request = Request(kind, permission_set, accounts, self.caller, *of)
        answer = request.described()
        instance.begin(request)
        return answer

    @staticmethod
    def _target(instance: Instance, target_id: str | None, target_type: str) -> None:
        """Raise an error for an account that the organization doesn't have; which one AWS answers isn't verified."""
        if target_type != "AWS_ACCOUNT" or not target_id:
            raise invalid(f"The target {target_id} of type {target_type} is not valid.")
        if member(organizations_backends[instance.owner]["aws"], target_id) is None:
            raise not_found(f"Account {target_id} does not exist in the organization.")

    create_account_assignment = _begins("creation", "AccountAssignmentCreationStatus")
    delete_account_assignment = _begins("deletion", "AccountAssignmentDeletionStatus")

    @operation
    def provision_permission_set(
        self, instance_arn: str, permission_set_arn: str, target_type: str, target_id: str | None = None
    ) -> dict[str, Any]:
        """Bring the set's role up to date in one account, or in all that have it.

        One account needn't have it: hashicorp/terraform-provider-aws#32006. That a set which no account has is
        provisioned successfully: the provider's test of changing such a set's description
        (internal/service/ssoadmin/permission_set.go waits for SUCCEEDED).
        """
        instance, permission_set = self.instance(instance_arn), self.permission_set(instance_arn, permission_set_arn)
        if target_type == "ALL_PROVISIONED_ACCOUNTS":
            accounts = sorted(permission_set.provisioned)
        else:
            self._target(instance, target_id, target_type)
            accounts = [str(target_id)]
        return {"PermissionSetProvisioningStatus": self._begin("provisioning", instance, permission_set, accounts)}

    # Statuses

    def _status(self, kind: str, instance_arn: str, request_id: str) -> dict[str, Any]:
        request = self.instance(instance_arn).requests.get(request_id)
        if request is None or request.kind != kind:
            raise not_found(f"Could not find the request {request_id}.")  # not verified
        return request.described()

    @operation
    def describe_account_assignment_creation_status(
        self, instance_arn: str, account_assignment_creation_request_id: str
    ) -> dict[str, Any]:
        status = self._status("creation", instance_arn, account_assignment_creation_request_id)
        return {"AccountAssignmentCreationStatus": status}

    @operation
    def describe_account_assignment_deletion_status(
        self, instance_arn: str, account_assignment_deletion_request_id: str
    ) -> dict[str, Any]:
        status = self._status("deletion", instance_arn, account_assignment_deletion_request_id)
        return {"AccountAssignmentDeletionStatus": status}

    @operation
    def describe_permission_set_provisioning_status(
        self, instance_arn: str, provision_permission_set_request_id: str
    ) -> dict[str, Any]:
        status = self._status("provisioning", instance_arn, provision_permission_set_request_id)
        return {"PermissionSetProvisioningStatus": status}

    list_account_assignment_creation_status = _lists("creation", "AccountAssignmentsCreationStatus")
    list_account_assignment_deletion_status = _lists("deletion", "AccountAssignmentsDeletionStatus")
    list_permission_set_provisioning_status = _lists("provisioning", "PermissionSetsProvisioningStatus")

    # What there is

    @operation
    def list_account_assignments(
        self,
        instance_arn: str,
        account_id: str,
        permission_set_arn: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        of_set = self.instance(instance_arn).of_set(self.permission_set(instance_arn, permission_set_arn))
        items = [each.listed() for each in of_set if each.account_id == account_id]
        found, token = page(items, max_results, next_token)
        return {"AccountAssignments": found, "NextToken": token}

    @operation
    def list_account_assignments_for_principal(
        self,
        instance_arn: str,
        principal_id: str,
        principal_type: str,
        filter: dict[str, str] | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        """List a principal's assignments; for a user also those of its groups, with the group as principal.

        botocore's model: "accounts that the principal has access to. This action must be called from the management
        account containing your organization instance".
        """
        instance = self.instance(instance_arn)
        self.owner_only(instance, instance_arn)
        wanted = {(principal_type, principal_id)}
        if principal_type == "USER":
            wanted |= {("GROUP", group_id) for group_id in instance.store.groups_of(principal_id)}
        account_id = (filter or {}).get("AccountId")
        items = [
            each.listed()
            for each in instance.assignments
            if (each.principal_type, each.principal_id) in wanted and account_id in (None, each.account_id)
        ]
        found, token = page(items, max_results, next_token)
        return {"AccountAssignments": found, "NextToken": token}

    @operation
    def list_accounts_for_provisioned_permission_set(
        self,
        instance_arn: str,
        permission_set_arn: str,
        provisioning_status: str | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        permission_set = self.permission_set(instance_arn, permission_set_arn)
        accounts = [each for each in permission_set.provisioned if _has(permission_set, each, provisioning_status)]
        found, token = page(accounts, max_results, next_token)
        return {"AccountIds": found, "NextToken": token}

    @operation
    def list_permission_sets_provisioned_to_account(
        self,
        instance_arn: str,
        account_id: str,
        provisioning_status: str | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        instance = self.instance(instance_arn)
        sets = [each.arn for each in instance.provisioned_to(account_id) if _has(each, account_id, provisioning_status)]
        found, token = page(sets, max_results, next_token)
        return {"PermissionSets": found, "NextToken": token}


def _has(permission_set: PermissionSet, account_id: str, provisioning_status: str | None) -> bool:
    if provisioning_status is None:
        return True
    latest = permission_set.provisioned[account_id] == permission_set.version
    return latest == (provisioning_status == "LATEST_PERMISSION_SET_PROVISIONED")
