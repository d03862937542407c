# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import sys
from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult, EmptyResult
from moto.core.serialize import never_return
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse

from emulator.accounts import Accounts
from emulator.constraints import Constrained
from emulator.iam.documents import IAMError
from emulator.iam.models import IamBackend
from emulator.iam.simulation import simulate_custom, simulate_principal
from emulator.lists import paged

# What the owner of a service-linked role may change.
OF_SERVICE_LINKED = ("DeleteServiceLinkedRole", "UpdateRoleDescription", "UpdateRole", "TagRole", "UntagRole")


@paged("iam")
class IamResponses(Constrained, IamResponse):
    backend: IamBackend
    # Lists leave these out: moto's test_user_resource_returns_subset_of_available_attributes (aws_verified),
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
    RESPONSE_KEY_PATH_TO_TRANSFORMER = IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER | {
        "ListUsersResponse.Users.User.PermissionsBoundary": never_return,
        "ListInstanceProfilesResponse.InstanceProfiles.InstanceProfile.Tags": never_return,
    }

    def call_action(self) -> TYPE_RESPONSE:
        """Answer a call, after what IAM Identity Center has to do first, if it is in use."""
        if center := sys.modules.get("emulator.ssoadmin.models"):
            center.settle()
        operation, name = self._get_action(), self._get_param("RoleName") or ""
        if self._is_protected(name) and not operation.startswith(("Get", "List", "CreateServiceLinked")):
            if operation in OF_SERVICE_LINKED and not name.startswith("AWSReservedSSO_"):
                return super().call_action()
            # The text as users report it, such as in aws/aws-cdk#16236; that CreateRole answers it too isn't verified.
            message = (
                f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
            )
            return self._refuse(IAMError("UnmodifiableEntity", message))
        return super().call_action()

    def _is_protected(self, name: str) -> bool:
        """Return true for a role that only AWS changes: of Identity Center, or service-linked.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
        """
        if name.startswith("AWSReservedSSO_"):
            return True
        if not name.startswith("AWSServiceRoleFor"):
            return False
        return any(
            role.name == name and role.path.startswith("/aws-service-role/") for role in self.backend.roles.values()
        )

    def delete_account_alias(self) -> ActionResult:
        self.backend.remove_account_alias(self._get_param("AccountAlias"))
        return EmptyResult()

    def list_entities_for_policy(self) -> ActionResult:
        self.backend.get_policy(self._get_param("PolicyArn"))
        return super().list_entities_for_policy()

    def _refuse(self, error: IAMError) -> TYPE_RESPONSE:
        status, headers, body = self.serialized(ActionResult(error))
        headers["status"] = str(status)
        return status, headers, body

    def create_user(self) -> ActionResult:
        boundary = self._get_param("PermissionsBoundary")
        self.backend.check_boundary(boundary)
        answer = super().create_user()
        if boundary:
            self.backend.set_user_boundary(self._get_param("UserName"), boundary)
        return answer

    def put_user_permissions_boundary(self) -> ActionResult:
        self.backend.set_user_boundary(self._get_param("UserName"), self._get_param("PermissionsBoundary"))
        return EmptyResult()

    def delete_user_permissions_boundary(self) -> ActionResult:
        self.backend.set_user_boundary(self._get_param("UserName"), None)
        return EmptyResult()

    def update_role(self) -> ActionResult:
        """Update a role; it keeps what the call leaves out."""
        self.backend.update_role(
            self._get_param("RoleName"), self._get_param("Description"), self._get_param("MaxSessionDuration")
        )
        return EmptyResult()

    def create_login_profile(self) -> ActionResult:
        user = self.backend.create_login_profile(self._get_param("UserName"), self._get_param("Password"))
        user.password_reset_required = self._get_param("PasswordResetRequired", False)
        return self._login_profile(user)

    def get_login_profile(self) -> ActionResult:
        return self._login_profile(self.backend.get_login_profile(self._user_name()))

    @staticmethod
    def _login_profile(user: Any) -> ActionResult:
        profile = {
            "UserName": user.name,
            "CreateDate": user.password_changed,
            "PasswordResetRequired": user.password_reset_required,
        }
        return ActionResult({"LoginProfile": profile})

    def _user_name(self) -> str:
        """Return the request's user name, by default the caller's. Raises ValidationError if the caller is no user."""
        name = self._get_param("UserName") or Accounts.principals.find(self.get_access_key()).user_name
        if not name:
            raise IAMError("ValidationError", "Must specify userName when calling with non-User credentials")
        return name

    def list_mfa_devices(self) -> ActionResult:
        user_name = self._user_name()
        devices = [
            {"UserName": user_name, "SerialNumber": device.serial_number, "EnableDate": device.enable_date}
            for device in self.backend.list_mfa_devices(user_name)
        ]
        return ActionResult({"MFADevices": devices, "IsTruncated": False})

    def list_virtual_mfa_devices(self) -> ActionResult:
        """List virtual MFA devices without their seeds: only CreateVirtualMFADevice returns a seed."""
        answer = super().list_virtual_mfa_devices()
        answer.result["VirtualMFADevices"] = [
            {
                "SerialNumber": device.serial_number,
                "EnableDate": device.enable_date,
                "User": device.user and {**device.user_attribute, "PermissionsBoundary": None},
            }
            for device in answer.result["VirtualMFADevices"]
        ]
        return answer

    def list_ssh_public_keys(self) -> ActionResult:
        keys = self.backend.get_all_ssh_public_keys(self._user_name())
        return ActionResult({"SSHPublicKeys": keys, "IsTruncated": False})

    def list_service_specific_credentials(self) -> ActionResult:
        """List a user's credentials for single services: none, since CreateServiceSpecificCredential is refused."""
        if name := self._get_param("UserName"):
            self.backend.get_user(name)
        return ActionResult({"ServiceSpecificCredentials": [], "IsTruncated": False})

    def get_credential_report(self) -> ActionResult:
        content = self.backend.get_credential_report()
        return ActionResult({"Content": content, "ReportFormat": "text/csv", "GeneratedTime": self.backend.report[0]})

    def simulate_principal_policy(self) -> ActionResult:
        return ActionResult(simulate_principal(self.params, iam_backends[self.current_account]["aws"]))

    def simulate_custom_policy(self) -> ActionResult:
        return ActionResult(simulate_custom(self.params, self.current_account))
