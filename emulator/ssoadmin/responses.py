# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations of IAM Identity Center on its instance, permission sets and assignments.

Those missing here answer InvalidAction, as does a parameter that isn't known.
https://docs.aws.amazon.com/singlesignon/latest/APIReference/
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import TYPE_RESPONSE

from emulator.accounts import Accounts, management_account_of
from emulator.identity_operations import operation
from emulator.pages import page
from emulator.ssoadmin.assignments import AssignmentResponses
from emulator.ssoadmin.errors import SsoError, denied, invalid, not_found
from emulator.ssoadmin.models import Instance, instance_of, may_administer, settle
from emulator.ssoadmin.permission_sets import PermissionSet, checked_duration

# Of one or more accounts, so that a delegated administrator may not call them on a set of the management account:
# delegated-admin.html; fivexl/terraform-aws-sso-elevator#101.
READS = ("List", "Describe", "Get")


class SsoAdminResponses(AssignmentResponses):
    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    def call_action(self) -> TYPE_RESPONSE:
        settle()
        return super().call_action()

    def instance(self, arn: str) -> Instance:
        """Return the organization's instance. Raises AccessDeniedException for a member account, and for another ARN.

        Which error AWS answers isn't verified.
        """
        found = instance_of(self.current_account, self.region)
        if found is None or found.arn != arn or not may_administer(self.current_account):
            raise denied(self.caller.arn, self._get_action(), arn)
        return found

    @property
    def caller(self) -> Any:
        return Accounts.principals.find(self.get_access_key())

    def permission_set(self, instance_arn: str, arn: str) -> PermissionSet:
        """Return a set. Raises AccessDeniedException if a delegated administrator writes one of the management account.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html
        """
        instance = self.instance(instance_arn)
        found = instance.find(arn)
        if not self._get_action().startswith(READS) and instance.owner in found.provisioned:
            self.owner_only(instance, arn)
        return found

    def owner_only(self, instance: Instance, resource: str) -> None:
        if self.current_account != instance.owner:
            raise denied(self.caller.arn, self._get_action(), resource)

    # The instance

    @operation
    def list_instances(self, max_results: int | None = None, next_token: str | None = None) -> dict[str, Any]:
        """List the organization's instance: "created in or visible to the account".

        That other member accounts don't see it isn't verified.
        """
        instance = instance_of(self.current_account, self.region)
        seen = [instance.described()] if instance and may_administer(self.current_account) else []
        found, token = page(seen, max_results, next_token)
        return {"Instances": found, "NextToken": token}

    @operation
    def describe_instance(self, instance_arn: str) -> dict[str, Any]:
        return self.instance(instance_arn).described()

    @operation
    def update_instance(self, instance_arn: str, name: str | None = None) -> None:
        self.instance(instance_arn).name = name

    @operation
    def create_instance(self, name: str | None = None, client_token: str = "", tags: Any = None) -> None:
        """Raise ValidationException in the management account; instances of an account aren't emulated.

        API_CreateInstance.html; the text is not verified.
        """
        if management_account_of(self.current_account) == self.current_account:
            raise invalid("You cannot create an instance in the management account of an organization.")
        raise NotImplementedError("an instance of an account")

    # Permission sets

    @operation
    def create_permission_set(
        self,
        instance_arn: str,
        name: str,
        description: str | None = None,
        session_duration: str = "PT1H",
        relay_state: str | None = None,
        tags: list[dict[str, str]] | None = None,
    ) -> dict[str, Any]:
        made = self.instance(instance_arn).create(
            name,
            description=description,
            session_duration=checked_duration(session_duration),
            relay_state=relay_state,
            tags={tag["Key"]: tag["Value"] for tag in tags or []},
        )
        return {"PermissionSet": made.described()}

    @operation
    def update_permission_set(
        self,
        instance_arn: str,
        permission_set_arn: str,
        description: str | None = None,
        session_duration: str | None = None,
        relay_state: str | None = None,
    ) -> None:
        self.permission_set(instance_arn, permission_set_arn).update(description, session_duration, relay_state)

    @operation
    def describe_permission_set(self, instance_arn: str, permission_set_arn: str) -> dict[str, Any]:
        return {"PermissionSet": self.permission_set(instance_arn, permission_set_arn).described()}

    @operation
    def delete_permission_set(self, instance_arn: str, permission_set_arn: str) -> None:
        found = self.permission_set(instance_arn, permission_set_arn)
        self.instance(instance_arn).delete(found)

    @operation
    def list_permission_sets(
        self, instance_arn: str, max_results: int | None = None, next_token: str | None = None
    ) -> dict[str, Any]:
        found, token = page(list(self.instance(instance_arn).permission_sets), max_results, next_token)
        return {"PermissionSets": found, "NextToken": token}

    # Policies

    @operation
    def put_inline_policy_to_permission_set(
        self, instance_arn: str, permission_set_arn: str, inline_policy: str
    ) -> None:
        self.permission_set(instance_arn, permission_set_arn).put_inline(inline_policy)

    @operation
    def get_inline_policy_for_permission_set(self, instance_arn: str, permission_set_arn: str) -> dict[str, Any]:
        return {"InlinePolicy": self.permission_set(instance_arn, permission_set_arn).inline_policy}

    @operation
    def delete_inline_policy_from_permission_set(self, instance_arn: str, permission_set_arn: str) -> None:
        self.permission_set(instance_arn, permission_set_arn).delete_inline()

    @operation
    def attach_managed_policy_to_permission_set(
        self, instance_arn: str, permission_set_arn: str, managed_policy_arn: str
    ) -> None:
        self.permission_set(instance_arn, permission_set_arn).attach_managed(managed_policy_arn)

    @operation
    def detach_managed_policy_from_permission_set(
        self, instance_arn: str, permission_set_arn: str, managed_policy_arn: str
    ) -> None:
        self.permission_set(instance_arn, permission_set_arn).detach_managed(managed_policy_arn)

    @operation
    def list_managed_policies_in_permission_set(
        self,
        instance_arn: str,
        permission_set_arn: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        arns = self.permission_set(instance_arn, permission_set_arn).managed
        items = [{"Arn": arn, "Name": arn.rpartition("/")[2]} for arn in arns]
        found, token = page(items, max_results, next_token)
        return {"AttachedManagedPolicies": found, "NextToken": token}

    @operation
    def attach_customer_managed_policy_reference_to_permission_set(
        self, instance_arn: str, permission_set_arn: str, customer_managed_policy_reference: dict[str, str]
    ) -> None:
        found = self.permission_set(instance_arn, permission_set_arn)
        found.attach_customer(*_reference(customer_managed_policy_reference))

    @operation
    def detach_customer_managed_policy_reference_from_permission_set(
        self, instance_arn: str, permission_set_arn: str, customer_managed_policy_reference: dict[str, str]
    ) -> None:
        found = self.permission_set(instance_arn, permission_set_arn)
        found.detach_customer(*_reference(customer_managed_policy_reference))

    @operation
    def list_customer_managed_policy_references_in_permission_set(
        self,
        instance_arn: str,
        permission_set_arn: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        references = self.permission_set(instance_arn, permission_set_arn).customer
        items = [{"Name": name, "Path": path} for name, path in references]
        found, token = page(items, max_results, next_token)
        return {"CustomerManagedPolicyReferences": found, "NextToken": token}

    @operation
    def put_permissions_boundary_to_permission_set(
        self, instance_arn: str, permission_set_arn: str, permissions_boundary: dict[str, Any]
    ) -> None:
        self.permission_set(instance_arn, permission_set_arn).put_boundary(permissions_boundary)

    @operation
    def get_permissions_boundary_for_permission_set(self, instance_arn: str, permission_set_arn: str) -> dict[str, Any]:
        """Return the boundary; ResourceNotFoundException without one, as Terraform's provider expects."""
        found = self.permission_set(instance_arn, permission_set_arn)
        if found.boundary is None:
            raise not_found(f"PermissionsBoundary is not attached to permission set with id {found.id}")
        return {"PermissionsBoundary": found.boundary}

    @operation
    def delete_permissions_boundary_from_permission_set(self, instance_arn: str, permission_set_arn: str) -> None:
        self.permission_set(instance_arn, permission_set_arn).delete_boundary()

    # Tags

    def _tags(self, instance_arn: str | None, resource_arn: str) -> dict[str, str]:
        instance = instance_of(self.current_account, self.region)
        instance = self.instance(instance_arn or (instance.arn if instance else resource_arn))
        if resource_arn == instance.arn:
            return instance.tags
        if ":permissionSet/" not in resource_arn:
            raise NotImplementedError(f"tags of {resource_arn}")
        return instance.find(resource_arn).tags

    @operation
    def tag_resource(self, resource_arn: str, tags: list[dict[str, str]], instance_arn: str | None = None) -> None:
        known = self._tags(instance_arn, resource_arn)
        merged = known | {tag["Key"]: tag["Value"] for tag in tags}
        if len(merged) > 50:  # https://docs.aws.amazon.com/singlesignon/latest/userguide/tagging.html
            raise SsoError("ServiceQuotaExceededException", "The number of tags exceeds 50.")
        known.update(merged)

    @operation
    def untag_resource(self, resource_arn: str, tag_keys: list[str], instance_arn: str | None = None) -> None:
        known = self._tags(instance_arn, resource_arn)
        for key in tag_keys:
            known.pop(key, None)

    @operation
    def list_tags_for_resource(
        self, resource_arn: str, instance_arn: str | None = None, next_token: str | None = None
    ) -> dict[str, Any]:
        tags = [{"Key": key, "Value": value} for key, value in self._tags(instance_arn, resource_arn).items()]
        found, token = page(tags, None, next_token)
        return {"Tags": found, "NextToken": token}


def _reference(given: dict[str, str]) -> tuple[str, str]:
    return given["Name"], given.get("Path", "/")
