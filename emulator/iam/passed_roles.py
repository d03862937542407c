# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles that a call gives to a service: each needs iam:PassRole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.iam.models import IAMBackend

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


# Calls that give an instance the role of its profile.
OF_PROFILES = ("ec2:RunInstances", "ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation")
# "Dependent actions" of the reference: the roles by which a call overrides the task definition's, which were passed
# when that was registered. That these aren't asked for again is not verified.
OF_TASKS = ("ecs:RunTask", "ecs:StartTask")
# Roles that an operation passes besides that of PASSED.
PASSED_TOO = {"ecs:RegisterTaskDefinition": (("executionRoleArn",), "ecs-tasks.amazonaws.com")}


def passed(backend: IAMBackend, account_id: str, action: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (ARN, service) of the roles that a call gives to a service: iam:PassRole, with iam:PassedToService."""
    for table in (PASSED, PASSED_TOO):
        keys, service = table.get(action, ((), ""))
        yield from _passed_by(backend, account_id, keys, service, parameters)
    if action in OF_PROFILES:
        yield from ((arn, "ec2.amazonaws.com") for arn in _of_profile(backend, parameters))
    if action in OF_TASKS:
        overridden = parameters.get("overrides") or {}
        named = (overridden.get(name) for name in ("taskRoleArn", "executionRoleArn"))
        yield from ((_arn_of(backend, account_id, role), "ecs-tasks.amazonaws.com") for role in named if role)


def _passed_by(
    backend: IAMBackend, account_id: str, keys: tuple[str, ...], service: str, parameters: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    value: Any = parameters
    for key in keys:
        value = value.get(key) or {}
    if keys and value:
        yield _arn_of(backend, account_id, value), service


def _arn_of(backend: IAMBackend, account_id: str, name: str) -> str:
    """Return the ARN of a role that a call names by its name or ARN."""
    if name.startswith("arn:"):
        return name
    found = (role.arn for role in backend.roles.values() if role.name == name)
    return next(found, f"arn:aws:iam::{account_id}:role/{name}")


def _of_profile(backend: IAMBackend, parameters: dict[str, Any]) -> Iterator[str]:
    """Yield the roles of an instance profile: id_roles_use_passrole, "the role is passed to the instance"."""
    given = parameters.get("IamInstanceProfile") or {}
    for profile in backend.instance_profiles.values():
        if profile.arn == given.get("Arn") or profile.name == given.get("Name"):
            yield from (role.arn for role in profile.roles)
