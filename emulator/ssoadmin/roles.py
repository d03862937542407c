# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles in which permission sets appear in accounts: AWSReservedSSO_NAME_SUFFIX, with the account's SAML provider.

Name, path and trust policy: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html;
path with the region, except for us-east-1. The longest session of a role, twelve hours, and the name of its inline
policy are those that users report; not verified.
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import IAMBackend, Role, iam_backends

from emulator.iam.models import IAMError
from emulator.iam.resource_policies import may
from emulator.iam.service_linked import need_service_linked_role
from emulator.principals import Principal
from emulator.ssoadmin.permission_sets import PermissionSet

INLINE_POLICY = "AwsSSOInlinePolicy"


class Failed(Exception):
    """Failure of a request, with its FailureReason."""


def role_name(permission_set: PermissionSet) -> str:
    return f"AWSReservedSSO_{permission_set.name}_{permission_set.suffix}"


def role_of(account_id: str, permission_set: PermissionSet) -> Role | None:
    """Return the account's role of a permission set, None if the set isn't provisioned there."""
    name = role_name(permission_set)
    return next((role for role in iam_backends[account_id]["aws"].roles.values() if role.name == name), None)


class Account:
    """An account in which roles of permission sets are created, changed and deleted.

    `caller`: in the management account the service acts with the permissions of its caller: AWSSSOServiceRolePolicy
    excludes it (aws:PrincipalOrgMasterAccountId), and callers see "Access denied by IAM"
    (awslabs/landing-zone-accelerator-on-aws#496); None: with its service-linked role.
    """

    def __init__(self, account_id: str, region: str, provider: str, caller: Principal | None):
        self.id, self.region, self.caller = account_id, region, caller
        self.provider = f"AWSSSO_{provider}_DO_NOT_DELETE"

    @property
    def iam(self) -> IAMBackend:
        return iam_backends[self.id]["aws"]

    @property
    def path(self) -> str:
        region = "" if self.region == "us-east-1" else f"{self.region}/"
        return f"/aws-reserved/sso.amazonaws.com/{region}"

    def provision(self, permission_set: PermissionSet) -> None:
        """Create the set's role, or bring it up to date. Raises Failed, then nothing has been changed."""
        policies = self._policies(permission_set)
        boundary = self._boundary(permission_set)
        self._permit(permission_set)
        need_service_linked_role(self.id, "sso.amazonaws.com", "AWSServiceRoleForSSO", "IAM Identity Center")
        role = role_of(self.id, permission_set) or self._create(permission_set, boundary)
        role.description = permission_set.description or ""
        role.permissions_boundary_arn = boundary
        for arn in [arn for arn in role.managed_policies if arn not in policies]:
            self.iam.detach_role_policy(arn, role.name)
        for arn in policies:
            self.iam.attach_role_policy(arn, role.name)
        if permission_set.inline_policy:
            self.iam.put_role_policy(role.name, INLINE_POLICY, permission_set.inline_policy)
        else:
            role.policies.pop(INLINE_POLICY, None)
        permission_set.provisioned[self.id] = permission_set.version

    def deprovision(self, permission_set: PermissionSet) -> None:
        """Delete the set's role and, with the last one, the account's SAML provider."""
        if self.caller:
            self._ask("iam:DeleteRole", permission_set)
        permission_set.provisioned.pop(self.id, None)
        role = role_of(self.id, permission_set)
        if role is None:
            return
        for arn in list(role.managed_policies):
            self.iam.detach_role_policy(arn, role.name)
        role.policies.clear()
        self.iam.delete_role(role.name)
        if not any(other.path == self.path for other in self.iam.roles.values()):
            self.iam.saml_providers.pop(self.provider, None)

    def _create(self, permission_set: PermissionSet, boundary: str | None) -> Role:
        if self.provider not in self.iam.saml_providers:
            self.iam.create_saml_provider(self.provider, "<EntityDescriptor/>")
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{self.id}:saml-provider/{self.provider}"},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        }
        return self.iam.create_role(
            role_name(permission_set),
            json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            path=self.path,
            permissions_boundary=boundary,
            description=permission_set.description or "",
            tags=[],
            max_session_duration="43200",
            linked_service=None,
        )

    def _policies(self, permission_set: PermissionSet) -> list[str]:
        """Return the ARNs of the role's managed policies; the account's own have to exist there.

        "You must have an IAM policy that matches the name and path in each account"
        (https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CustomerManagedPolicyReference.html). IAM's
        quota of policies of a role counts, too (limits.html). The reasons have IAM's texts after those in
        hashicorp/terraform-provider-aws#35158, "Received a 404 status error"; not verified.
        """
        arns = [*permission_set.managed]
        arns += [self._own(name, path) for name, path in permission_set.customer]
        if len(arns) > 10:
            raise Failed("Received a 409 status error: Cannot exceed quota for PoliciesPerRole: 10")
        return arns

    def _own(self, name: str, path: str) -> str:
        arn = f"arn:aws:iam::{self.id}:policy{path}{name}"
        if arn not in self.iam.managed_policies:
            raise Failed(f"Received a 404 status error: Policy {arn} does not exist or is not attachable.")
        return arn

    def _boundary(self, permission_set: PermissionSet) -> str | None:
        boundary: dict[str, Any] = permission_set.boundary or {}
        if reference := boundary.get("CustomerManagedPolicyReference"):
            return self._own(reference["Name"], reference["Path"])
        arn = boundary.get("ManagedPolicyArn")
        try:
            self.iam.check_boundary(arn)
        except IAMError as error:
            raise Failed(f"Received a 404 status error: {error.message}") from error
        return arn

    def _permit(self, permission_set: PermissionSet) -> None:
        """Ask IAM for what the service does in the management account with its caller's permissions.

        Actions: aws-samples/aws-iam-identity-center-extensions#80, avlcloudtechnologies/terraform-aws-sso#15.
        """
        if self.caller is None:
            return
        actions = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
        if role_of(self.id, permission_set) is None:
            actions.append("iam:CreateRole")
        actions += ["iam:AttachRolePolicy"] if permission_set.managed or permission_set.customer else []
        actions += ["iam:PutRolePolicy"] if permission_set.inline_policy else []
        for action in actions:
            self._ask(action, permission_set)
        provider = f"arn:aws:iam::{self.id}:saml-provider/{self.provider}"
        known = self.provider in self.iam.saml_providers
        self._ask("iam:GetSAMLProvider" if known else "iam:CreateSAMLProvider", permission_set, provider)

    def _ask(self, action: str, permission_set: PermissionSet, resource: str | None = None) -> None:
        resource = resource or f"arn:aws:iam::{self.id}:role{self.path}{role_name(permission_set)}"
        if not may(self.caller, action, resource).allows:
            raise Failed(
                "Received a 403 status error: Access denied by IAM. Please check your policy, or wait for role "
                f"propagation to complete. IAM Error: User: {self.caller.arn} is not authorized to perform: {action} "
                f"on resource: {resource}"
            )
