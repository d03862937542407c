# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM Identity Center in the emulator's organization, with what tests create in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .conftest import MANAGEMENT, SPOKE, Emulator
from .people import allow

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@dataclass
class Center:
    """The organization's instance, with its clients as an account sees them."""

    emulator: Emulator
    told: dict[str, Any]
    account_id: str = MANAGEMENT

    @property
    def sso(self) -> Any:
        return self.emulator.client(self.account_id, "sso-admin", self.told["region"])

    @property
    def arn(self) -> dict[str, str]:
        return {"InstanceArn": self.told["instance_arn"]}

    def seen_by(self, account_id: str) -> Center:
        return Center(self.emulator, self.told, account_id)

    def permission_set(
        self, name: str = "developers", *statements: dict[str, Any], **properties: Any
    ) -> dict[str, str]:
        """Create a permission set, with an inline policy if it has statements; return how calls name it."""
        made = self.sso.create_permission_set(**self.arn, Name=name, **properties)["PermissionSet"]
        named = self.arn | {"PermissionSetArn": made["PermissionSetArn"]}
        if statements:
            self.sso.put_inline_policy_to_permission_set(**named, InlinePolicy=document(*statements))
        return named

    def target(self, group: str = "group-a", account_id: str = SPOKE, **principal: str) -> dict[str, str]:
        """Return the target and principal of an assignment: a group's, if no other principal is named."""
        principal = principal or {"PrincipalType": "GROUP", "PrincipalId": self.told["groups"][group]}
        return {"TargetId": account_id, "TargetType": "AWS_ACCOUNT"} | principal

    def assign(self, named: dict[str, str], **target: str) -> dict[str, Any]:
        """Create an assignment; return the status that is described afterwards."""
        made = self.sso.create_account_assignment(**named, **self.target(**target))
        return self.created(made["AccountAssignmentCreationStatus"]["RequestId"])

    def unassign(self, named: dict[str, str], **target: str) -> dict[str, Any]:
        made = self.sso.delete_account_assignment(**named, **self.target(**target))
        request = made["AccountAssignmentDeletionStatus"]["RequestId"]
        answer = self.sso.describe_account_assignment_deletion_status(
            **self.arn, AccountAssignmentDeletionRequestId=request
        )
        return answer["AccountAssignmentDeletionStatus"]

    def created(self, request: str) -> dict[str, Any]:
        answer = self.sso.describe_account_assignment_creation_status(
            **self.arn, AccountAssignmentCreationRequestId=request
        )
        return answer["AccountAssignmentCreationStatus"]

    def provision(self, named: dict[str, str], **target: str) -> dict[str, Any]:
        target = target or {"TargetType": "ALL_PROVISIONED_ACCOUNTS"}
        made = self.sso.provision_permission_set(**named, **target)["PermissionSetProvisioningStatus"]
        answer = self.sso.describe_permission_set_provisioning_status(
            **self.arn, ProvisionPermissionSetRequestId=made["RequestId"]
        )
        return answer["PermissionSetProvisioningStatus"]

    def assignments(self, named: dict[str, str], account_id: str = SPOKE) -> list[dict[str, str]]:
        return self.sso.list_account_assignments(**named, AccountId=account_id)["AccountAssignments"]

    def role(self, name: str = "developers", account_id: str = SPOKE) -> dict[str, Any] | None:
        """Return the account's role of a permission set, as IAM lists it."""
        roles = self.emulator.client(account_id, "iam").list_roles()["Roles"]
        return next((role for role in roles if role["RoleName"].startswith(f"AWSReservedSSO_{name}_")), None)


def enabled(emulator: Emulator, **options: Any) -> Center:
    """Enable IAM Identity Center with group-a (ana) and group-b (bob), and with what the options name."""
    groups = [{"name": "group-a", "users": ["ana"]}, {"name": "group-b", "users": ["bob"]}]
    return Center(emulator, emulator.control("POST", "identity_center", {"groups": groups} | options))


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements or [allow("ec2:Describe*")])})
