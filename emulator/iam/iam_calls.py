# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource and condition keys of IAM's own calls: list_awsidentityandaccessmanagementiam of the reference."""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend

from emulator.iam.parameters import request_tags, resource_tags
from emulator.principals import Principal

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_roles.html, id_tags_users.html, id_tags_customer-managed-
# policies.html, id_tags_instance-profiles.html: who creates one with tags needs these, too.
TAGGING = {
    "CreateInstanceProfile": "TagInstanceProfile",
    "CreatePolicy": "TagPolicy",
    "CreateRole": "TagRole",
    "CreateUser": "TagUser",
}


def resource_of(backend: IAMBackend, principal: Principal, operation: str, parameters: dict[str, Any]) -> str:
    """Return the ARN of an IAM call's resource: list_awsidentityandaccessmanagementiam.

    If a call leaves out an optional user name, its resource is the caller.
    """
    prefix = f"arn:aws:iam::{principal.account_id}:"
    path = parameters.get("Path", "/")
    if operation == "CreateServiceLinkedRole":
        return f"{prefix}role/aws-service-role/{parameters.get('AWSServiceName')}/AWSServiceRoleFor"
    for name, kind, known in (
        ("InstanceProfileName", "instance-profile", {}),
        ("RoleName", "role", {role.name: role for role in backend.roles.values()}),
        ("GroupName", "group", backend.groups),
        ("UserName", "user", backend.users),
        ("VirtualMFADeviceName", "mfa", {}),
        ("ServerCertificateName", "server-certificate", {}),
        ("PolicyName", "policy", {}),
        ("Name", "saml-provider", {}),
    ):
        if value := parameters.get(name):
            return known[value].arn if value in known else f"{prefix}{kind}{path}{value}"
    for name in ("PolicySourceArn", "PolicyArn", "SerialNumber", "OpenIDConnectProviderArn", "SAMLProviderArn"):
        if str(value := parameters.get(name, "")).startswith("arn:"):
            return value
    if principal.user_name and operation in OF_THE_CALLER:
        return principal.arn
    return "*"


OF_THE_CALLER = {
    "ChangePassword",
    "CreateAccessKey",
    "DeleteAccessKey",
    "DeactivateMFADevice",
    "GetLoginProfile",
    "GetUser",
    "ListAccessKeys",
    "ListMFADevices",
    "ListSSHPublicKeys",
    "ListSigningCertificates",
    "UpdateAccessKey",
}


def context_of(backend: IAMBackend, parameters: dict[str, Any]) -> dict[str, str | list[str]]:
    """Return the condition keys of an IAM call.

    iam:PermissionsBoundary: the one that the request sets, or that its user or role has; iam:PolicyARN;
    iam:AWSServiceName; tags of the request and of its role, user or policy.
    """
    context: dict[str, str | list[str]] = {}
    roles = {role.name: role for role in backend.roles.values()}
    policy = backend.managed_policies.get(parameters.get("PolicyArn", ""))
    target = roles.get(parameters.get("RoleName", "")) or backend.users.get(parameters.get("UserName", ""))
    if boundary := parameters.get("PermissionsBoundary") or getattr(target, "permissions_boundary_arn", None):
        context["iam:permissionsboundary"] = boundary
    if "PolicyArn" in parameters:
        context["iam:policyarn"] = parameters["PolicyArn"]
    if "AWSServiceName" in parameters:
        context["iam:awsservicename"] = parameters["AWSServiceName"]
    if target:
        tags = {tag["Key"]: tag["Value"] for tag in target.tags or []}
        context |= {f"iam:resourcetag/{key.lower()}": value for key, value in tags.items()}
    else:
        tags = {tag["Key"]: tag["Value"] for tag in policy.tags.values()} if policy else {}
    context |= resource_tags(tags)
    return context | request_tags(
        {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", [])}, parameters.get("TagKeys", [])
    )
