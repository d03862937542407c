# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permissions that a call needs: its action on each of its resources, and further actions such as iam:PassRole.

Actions, resource types and condition keys are those of the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/, a page for each service). A call on several
resources has to be allowed for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model
from moto.iam.models import IAMBackend, iam_backends

from emulator.iam import containers, network_firewall, resources
from emulator.iam.conditions import Context
from emulator.iam.parameters import pairs, request_tags, resource_tags
from emulator.principals import Principal


@dataclass(frozen=True)
class Asked:
    """Permission to check.

    `resource`: an ARN, or "*" for what no policy can name. `context`: the condition keys that this call brings.
    """

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)


def parameters_of(service: str, protocol: str, operation: str, environ: dict[str, Any]) -> dict[str, Any]:
    """Return a request's parameters by botocore's names; empty for an operation that botocore's model doesn't know."""
    request = MotoRequest(environ.copy())
    try:
        if protocol.startswith("rest"):
            model, in_path = get_service_router(service).match(request)
        else:
            model, in_path = get_service_model(service).operation_model(operation), {}
        parsed = PROTOCOL_PARSERS[protocol](model).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": in_path,
            }
        )
        return parsed or {}
    except (NotFound, NotImplementedError, KeyError):
        return {}
    finally:
        environ["wsgi.input"].seek(0)


def asked(principal: Principal, action: str, region: str, parameters: dict[str, Any]) -> list[Asked]:
    service, _, operation = action.partition(":")
    backend = iam_backends[principal.account_id]["aws"]
    if service == "iam":
        resource = _iam_resource(backend, principal, operation, parameters)
        found = [Asked(action, resource, _iam_context(backend, parameters))]
    elif operation.startswith(READS):
        found = [Asked(action)]
    else:
        found = list(_writes(principal.account_id, service, operation, region, parameters))
    if service == "network-firewall":
        more = network_firewall.further(principal.account_id, region, operation, parameters)
        found += [Asked(*one) for one in more]
    if service == "logs":
        more = containers.further_of_logs(principal.account_id, region, operation, parameters)
        found += [Asked(*one) for one in more]
    return [*found, *_passed(backend, principal, action, parameters)]


# For reads the resource is "*", except IAM's: a policy that allows them names "*".
READS = ("Describe", "Get", "List", "Search")


def _writes(account_id: str, service: str, operation: str, region: str, parameters: dict[str, Any]) -> Iterator[Asked]:
    """Yield the permissions of a write: on existing resources, on those that it creates, and for tagging these."""
    action = f"{service}:{operation}"
    new: list[tuple[str, dict[str, str]]] = []
    if service == "ec2":
        ec2 = resources.Ec2(account_id, region, operation, parameters)
        there, new = ec2.there(), ec2.new()
        given, removed = pairs(parameters.get("Tags")), []
        if operation == "DeleteTags":
            given, removed = {}, list(given)
    else:
        there = resources.OTHERS.get(service, lambda *_: [])(account_id, region, operation, parameters)
        tags = next((parameters[key] for key in ("Tags", "tags", "TagsList") if key in parameters), [])
        keys = next((parameters[key] for key in ("TagKeys", "tagKeys") if key in parameters), [])
        given, removed = pairs(tags), keys
        if action == "cloudtrail:RemoveTags":
            given, removed = {}, list(given)
        if service == "elasticloadbalancing":
            arns = resources.new_of_elasticloadbalancing(account_id, region, operation, parameters)
            new = [(arn, given) for arn in arns]
    of_request = request_tags(given, removed)
    for arn, own in there:
        yield Asked(action, arn, resource_tags(own) | of_request)
    for arn, own in new:
        yield Asked(action, arn, request_tags(own))
        tagging = {"ec2": "CreateTags", "elasticloadbalancing": "AddTags"}[service]
        if own:
            # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
            created = {f"{service}:createaction": operation}
            yield Asked(f"{service}:{tagging}", arn, request_tags(own) | created)
    if not there and not new:
        yield Asked(action, "*", of_request)


# Path of keys to the parameter with the role, and the service that the role is passed to.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html, and each operation's API reference.
PASSED = {
    "cloudformation:CreateStack": (("RoleARN",), "cloudformation.amazonaws.com"),
    "cloudformation:UpdateStack": (("RoleARN",), "cloudformation.amazonaws.com"),
    "ec2:CreateFlowLogs": (("DeliverLogsPermissionArn",), "vpc-flow-logs.amazonaws.com"),
    "ecs:RegisterTaskDefinition": (("taskRoleArn",), "ecs-tasks.amazonaws.com"),
    "firehose:CreateDeliveryStream": (
        ("ExtendedS3DestinationConfiguration", "RoleARN"),
        "firehose.amazonaws.com",
    ),
    "firehose:UpdateDestination": (("ExtendedS3DestinationUpdate", "RoleARN"), "firehose.amazonaws.com"),
    "glue:CreateJob": (("Role",), "glue.amazonaws.com"),
    "iam:AddRoleToInstanceProfile": (("RoleName",), "ec2.amazonaws.com"),
    "lambda:CreateFunction": (("Role",), "lambda.amazonaws.com"),
    "lambda:UpdateFunctionConfiguration": (("Role",), "lambda.amazonaws.com"),
    "logs:PutDestination": (("roleArn",), "logs.amazonaws.com"),
    "logs:PutSubscriptionFilter": (("roleArn",), "logs.amazonaws.com"),
    "sagemaker:CreateNotebookInstance": (("RoleArn",), "sagemaker.amazonaws.com"),
    "scheduler:CreateSchedule": (("Target", "RoleArn"), "scheduler.amazonaws.com"),
    "scheduler:UpdateSchedule": (("Target", "RoleArn"), "scheduler.amazonaws.com"),
}


# Roles that an operation passes besides that of PASSED.
PASSED_TOO = {"ecs:RegisterTaskDefinition": (("executionRoleArn",), "ecs-tasks.amazonaws.com")}


def _passed(backend: IAMBackend, principal: Principal, action: str, parameters: dict[str, Any]) -> Iterator[Asked]:
    for passed in (PASSED, PASSED_TOO):
        keys, service = passed.get(action, ((), ""))
        yield from _passed_by(backend, principal, keys, service, parameters)


def _passed_by(
    backend: IAMBackend, principal: Principal, keys: tuple[str, ...], service: str, parameters: dict[str, Any]
) -> Iterator[Asked]:
    value: Any = parameters
    for key in keys:
        value = value.get(key) or {}
    if keys and value:
        arn = value if value.startswith("arn:") else _role_arn(backend, principal.account_id, value)
        yield Asked("iam:PassRole", arn, {"iam:passedtoservice": service})


def _role_arn(backend: IAMBackend, account_id: str, name: str) -> str:
    found = (role.arn for role in backend.roles.values() if role.name == name)
    return next(found, f"arn:aws:iam::{account_id}:role/{name}")


def _iam_resource(backend: IAMBackend, principal: Principal, operation: str, parameters: dict[str, Any]) -> str:
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


def _iam_context(backend: IAMBackend, parameters: dict[str, Any]) -> dict[str, str | list[str]]:
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
