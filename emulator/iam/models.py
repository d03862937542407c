# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM of one account: moto's, changed where AWS refuses what moto accepts, or keeps what moto drops."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections import Counter
from typing import Any

from moto.core.utils import utcnow
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, Group, ManagedPolicy, Role, User, iam_backends
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

from emulator.iam import mfa
from emulator.iam.documents import IAMError, check_identity_policy, check_trust_policy
from emulator.iam.groups import Groups, refuse_left, refuse_used_name
from emulator.iam.sessions import sessions

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters without white space.
TRUST_SIZE, MANAGED_SIZE = 2048, 6144
INLINE_SIZES = {"user": 2048, "group": 5120, "role": 10240}
MANAGED_ATTACHED = 10


_moto_trust_action = IAMTrustPolicyDocumentValidator._validate_trust_policy_action


def _trust_action(action: str) -> None:
    """Take sts:SetContext in trust policies, too: aam-prepare-roles of the IAM User Guide. moto's list lacks it."""
    if action != "sts:SetContext":
        _moto_trust_action(action)


IAMTrustPolicyDocumentValidator._validate_trust_policy_action = staticmethod(_trust_action)  # type: ignore[method-assign]


@functools.cache
def aws_managed_data() -> dict[str, dict[str, Any]]:
    """Return {ARN: moto's data of an AWS-managed policy}."""
    data = json.loads(aws_managed_policies_data)
    return {f"arn:aws:iam::aws:policy{policy['Path']}{name}": policy | {"Name": name} for name, policy in data.items()}


def size_of(document: str) -> int:
    return len(re.sub(r"\s", "", document))


class IamBackend(Groups):
    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        # Lower-case names of all roles ever created: a deleted one can't be assumed any more.
        self.made_roles: set[str] = set()

    # AWS-managed policies: moto creates 1500 objects for each account; here each is created when it is needed.

    def know(self, arn: str) -> None:
        if arn not in self.managed_policies and arn in aws_managed_data():
            data = aws_managed_data()[arn]
            policy = AWSManagedPolicy.from_data(data["Name"], self.account_id, self.region_name, data)
            self.managed_policies[arn] = policy
            self.aws_managed_policies.append(policy)

    def get_policy(self, policy_arn: str) -> ManagedPolicy:
        self.know(policy_arn)
        policy = super().get_policy(policy_arn)
        self._counted(policy)
        return policy

    def _counted(self, *policies: ManagedPolicy) -> None:
        """Set PermissionsBoundaryUsageCount: the number of users and roles whose permissions boundary a policy is."""
        entities = (*self.users.values(), *self.roles.values())
        boundaries = Counter(getattr(entity, "permissions_boundary_arn", None) for entity in entities)
        for policy in policies:
            policy.permissions_boundary_usage_count = boundaries[policy.arn]

    def list_policies(self, marker: Any, max_items: int, only_attached: bool, path_prefix: str, scope: str) -> Any:
        if scope != "Local" and not only_attached:
            for arn in aws_managed_data():
                self.know(arn)
        policies, marker = super().list_policies(marker, max_items, only_attached, path_prefix, scope)
        self._counted(*policies)
        return policies, marker

    def get_account_authorization_details(self, policy_filter: list[str]) -> dict[str, Any]:
        """Return the details; of AWS-managed policies the attached ones. Not verified, the API reference is silent."""
        details = super().get_account_authorization_details(policy_filter)
        details["managed_policies"] = [
            policy
            for policy in details["managed_policies"]
            if policy.attachment_count or not isinstance(policy, AWSManagedPolicy)
        ]
        for policy in details["managed_policies"]:
            policy.policy_name = policy.name  # moto leaves it out here
        return details

    def _attachable(self, policy_arn: str, entity: User | Role | Group) -> None:
        self.know(policy_arn)
        if not self.policy_arn_regex.match(policy_arn):
            known = policy_arn.startswith("arn:")
            text = f"ARN {policy_arn} is not valid." if known else "Invalid ARN:  Could not be parsed!"
            raise IAMError("ValidationError", text)
        if policy_arn not in self.managed_policies:
            raise IAMError("NoSuchEntity", f"Policy {policy_arn} does not exist or is not attachable.")
        if policy_arn not in entity.managed_policies and len(entity.managed_policies) >= MANAGED_ATTACHED:
            kind = type(entity).__name__
            raise IAMError("LimitExceeded", f"Cannot exceed quota for PoliciesPer{kind}: {MANAGED_ATTACHED}")

    def attach_role_policy(self, policy_arn: str, role_name: str) -> None:
        role = self.get_role(role_name)
        self._attachable(policy_arn, role)
        if policy_arn not in role.managed_policies:  # moto counts it again
            super().attach_role_policy(policy_arn, role_name)

    def attach_group_policy(self, policy_arn: str, group_name: str) -> None:
        self._attachable(policy_arn, self.get_group(group_name))
        super().attach_group_policy(policy_arn, group_name)

    def attach_user_policy(self, policy_arn: str, user_name: str) -> None:
        user = self.get_user(user_name)
        self._attachable(policy_arn, user)
        if policy_arn not in user.managed_policies:
            super().attach_user_policy(policy_arn, user_name)

    # Documents

    def create_policy(self, *arguments: Any, **options: Any) -> ManagedPolicy:
        given = {**dict(zip(("description", "path", "policy_document", "policy_name"), arguments)), **options}
        check_identity_policy(given["policy_document"])
        own = (known.name for known in self.managed_policies.values() if not isinstance(known, AWSManagedPolicy))
        refuse_used_name("Policy", given["policy_name"], own)
        policy = super().create_policy(*arguments, **options)
        if size_of(policy.versions[0].document) > MANAGED_SIZE:
            del self.managed_policies[policy.arn]
            raise IAMError("LimitExceeded", f"Cannot exceed quota for PolicySize: {MANAGED_SIZE}")
        policy.permissions_boundary_usage_count = 0
        return policy

    def create_policy_version(self, policy_arn: str, policy_document: str, set_as_default: bool) -> Any:
        check_identity_policy(policy_document)
        if size_of(policy_document) > MANAGED_SIZE:
            raise IAMError("LimitExceeded", f"Cannot exceed quota for PolicySize: {MANAGED_SIZE}")
        return super().create_policy_version(policy_arn, policy_document, set_as_default)

    def delete_policy(self, policy_arn: str) -> None:
        """Delete a policy. Raises DeleteConflict if it is attached, is a boundary, or has several versions.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
        """
        policy = self.get_policy(policy_arn)
        if policy.attachment_count or policy.permissions_boundary_usage_count:
            raise IAMError("DeleteConflict", "Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise IAMError(
                "DeleteConflict",
                "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                "versions. The default version is deleted with the policy.",
            )
        super().delete_policy(policy_arn)

    def _inline(self, kind: str, entity: User | Role | Group, name: str, document: str) -> None:
        check_identity_policy(document)
        others = (text for known, text in entity.policies.items() if known != name)
        if sum(map(size_of, (*others, document))) > INLINE_SIZES[kind]:
            message = f"Maximum policy size of {INLINE_SIZES[kind]} bytes exceeded for {kind} {entity.name}"
            raise IAMError("LimitExceeded", message)

    def put_user_policy(self, user_name: str, policy_name: str, policy_json: str) -> None:
        self._inline("user", self.get_user(user_name), policy_name, policy_json)
        super().put_user_policy(user_name, policy_name, policy_json)

    def put_role_policy(self, role_name: str, policy_name: str, policy_json: str) -> None:
        self._inline("role", self.get_role(role_name), policy_name, policy_json)
        super().put_role_policy(role_name, policy_name, policy_json)

    def put_group_policy(self, group_name: str, policy_name: str, policy_json: str) -> None:
        self._inline("group", self.get_group(group_name), policy_name, policy_json)
        super().put_group_policy(group_name, policy_name, policy_json)

    # Roles

    def create_role(self, role_name: str, assume_role_policy_document: str, *arguments: Any, **options: Any) -> Role:
        options |= dict(zip(("path", "permissions_boundary", "description", "tags", "max_session_duration"), arguments))
        self._check_trust(assume_role_policy_document)
        self.check_boundary(options.get("permissions_boundary"))
        _check_session_duration(options.get("max_session_duration"))
        refuse_used_name("Role", role_name, (role.name for role in self.roles.values()))
        role = super().create_role(role_name, assume_role_policy_document, **options)
        self.made_roles.add(role_name.lower())
        return role

    def delete_role(self, role_name: str) -> None:
        role = self.get_role(role_name)
        super().delete_role(role_name)
        _forget_principal(role)

    def update_role(self, role_name: str, role_description: str | None, max_session_duration: Any) -> Role:
        """Update a role's description, duration, or both; what isn't given stays.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html, whose "default value of one hour" is
        that of a role which never got a duration.
        """
        _check_session_duration(max_session_duration)
        role = self.get_role(role_name)
        description = role.description if role_description is None else role_description
        return super().update_role(role_name, description, max_session_duration or role.max_session_duration)

    def update_assume_role_policy(self, role_name: str, policy_document: str) -> None:
        self.get_role(role_name)
        self._check_trust(policy_document)
        super().update_assume_role_policy(role_name, policy_document)

    def _check_trust(self, document: str) -> None:
        IAMTrustPolicyDocumentValidator(document).validate()
        if size_of(document) > TRUST_SIZE:
            raise IAMError("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}")
        check_trust_policy(document)

    def check_boundary(self, arn: str | None) -> None:
        if arn:
            self.know(arn)
            if self.policy_arn_regex.match(arn) and arn not in self.managed_policies:
                raise IAMError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")

    def put_role_permissions_boundary(self, role_name: str, permissions_boundary: str) -> None:
        self.get_role(role_name)
        self.check_boundary(permissions_boundary)
        super().put_role_permissions_boundary(role_name, permissions_boundary)

    # Users

    def create_user(self, region_name: str, user_name: str, path: str = "/", tags: Any = None) -> User:
        refuse_used_name("User", user_name, self.users)
        user = super().create_user(region_name, user_name, path, tags)
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
        user.id = f"AIDA{user.id[:17].upper()}"
        return user

    def set_user_boundary(self, user_name: str, arn: str | None) -> None:
        user = self.get_user(user_name)
        self.check_boundary(arn)
        user.permissions_boundary_arn = arn
        user.permissions_boundary = arn and {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": arn,
        }

    def update_user(self, user_name: str, new_path: str | None = None, new_user_name: str | None = None) -> None:
        """Rename or move a user; its access keys, sessions and tags stay, which moto's don't."""
        user = self.get_user(user_name)
        refuse_used_name("User", new_user_name or "", (name for name in self.users if name != user_name))
        tags = self.tagger.list_tags_for_resource(user.arn)["Tags"]
        self.tagger.delete_all_tags_for_resource(user.arn)
        super().update_user(user_name, new_path, new_user_name)
        self.tagger.tag_resource(user.arn, tags)
        for key in user.access_keys:
            key.user_name = user.name
        for key_id, session in sessions.items():
            if session.user_name == user_name and key_id in self.access_keys:
                sessions[key_id] = dataclasses.replace(session, user_name=user.name)

    def delete_user(self, user_name: str) -> None:
        """Delete a user. Raises DeleteConflict while it has credentials, MFA devices, certificates or groups.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
        """
        user = self.get_user(user_name)
        refuse_left(
            (user.access_keys, "delete access keys"),
            (user.password, "delete login profile"),
            (user.mfa_devices, "delete MFA device"),
            (user.ssh_public_keys, "delete SSH public keys"),
            (user.signing_certificates, "delete signing certificate"),
            (self.get_groups_for_user(user_name), "remove users from group"),
        )
        super().delete_user(user_name)
        _forget_principal(user)

    def get_user_from_access_key_id(self, access_key_id: str) -> User | None:
        """Return the user of an access key, also of a session's."""
        session = sessions.get(access_key_id)
        if session and session.user_name:
            return self.users.get(session.user_name)
        return super().get_user_from_access_key_id(access_key_id)

    def create_login_profile(self, user_name: str, password: str) -> User:
        self._check_password(password)
        user = super().create_login_profile(user_name, password)
        user.password_changed = utcnow()
        return user

    def update_login_profile(self, user_name: str, password: str | None, password_reset_required: Any) -> User:
        """Update a login profile; parameters that are not given keep their value.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
        """
        user = self.get_user(user_name)
        if password:
            self._check_password(password)
            user.password_changed = utcnow()
        if password_reset_required is None:
            password_reset_required = user.password_reset_required
        return super().update_login_profile(user_name, password or user.password, password_reset_required)

    def _check_password(self, password: str) -> None:
        """Raise PasswordPolicyViolation if the password doesn't meet the account's password policy or AWS's default.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
        """
        policy = self.account_password_policy
        classes = {
            "require_uppercase_characters": r"[A-Z]",
            "require_lowercase_characters": r"[a-z]",
            "require_numbers": r"[0-9]",
            "require_symbols": r"[!@#$%^&*()_+\-=\[\]{}|']",
        }
        if policy:
            least = policy.minimum_password_length
            bad = any(getattr(policy, name) and not re.search(found, password) for name, found in classes.items())
        else:  # the default: eight characters of three of the four classes
            least = 8
            bad = sum(bool(re.search(found, password)) for found in classes.values()) < 3
        if len(password) < least:
            message = f"Password should have a minimum length of {least}"
            raise IAMError("PasswordPolicyViolation", message)
        if bad:
            raise IAMError("PasswordPolicyViolation", "Password does not conform to the account password policy.")

    # MFA devices

    def enable_mfa_device(
        self, user_name: str, serial_number: str, authentication_code_1: str, authentication_code_2: str
    ) -> None:
        """Enable an MFA device with two consecutive codes.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
        """
        self.get_user(user_name)
        if serial_number.startswith("arn:") and serial_number not in self.virtual_mfa_devices:
            raise IAMError("NoSuchEntity", f"VirtualMFADevice with serial number {serial_number} doesn't exist.")
        if any(serial_number in user.mfa_devices for user in self.users.values()):
            raise IAMError("EntityAlreadyExists", "MFA Device is already in use.")
        seed = mfa.seed_of(self, serial_number)
        first = mfa.step_of(seed, authentication_code_1, window=2)
        if first is None or mfa.code(seed, first + 1) != authentication_code_2:
            raise IAMError("InvalidAuthenticationCode", f"Invalid MFA codes for device {serial_number}")
        super().enable_mfa_device(user_name, serial_number, authentication_code_1, authentication_code_2)

    def delete_virtual_mfa_device(self, serial_number: str) -> None:
        device = self.virtual_mfa_devices.get(serial_number)
        if device and device.user:
            raise IAMError("DeleteConflict", "Device is currently in use. Deactivate it first.")
        super().delete_virtual_mfa_device(serial_number)


def _forget_principal(entity: User | Role) -> None:
    """Replace a deleted user's or role's ARN by its id in all trust policies.

    A trust policy names the entity, not its name: a new one of the same name isn't trusted.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
    """
    for account_id in list(iam_backends):
        for role in iam_backends[account_id]["aws"].roles.values():
            role.assume_role_policy_document = role.assume_role_policy_document.replace(
                json.dumps(entity.arn), json.dumps(entity.id)
            )


def _check_session_duration(seconds: Any) -> None:
    """Raise ValidationError for a duration outside of 3600-43200 s.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
    """
    if seconds is not None and not 3600 <= int(seconds) <= 43200:
        bound = "greater than or equal to 3600" if int(seconds) < 3600 else "less than or equal to 43200"
        raise IAMError(
            "ValidationError",
            f"1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: "
            f"Member must have value {bound}",
        )
