# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permissions that the roles of a workload need, for iam:SimulatePrincipalPolicy to check.

Nothing here was tried on AWS; each table names its page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..endpoints.profiles import with_included
from .facts import Item, Place
from .workloads import LogGroup, Workload

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
CHANNELS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
INTERFACES = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces")
# https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html
PACKAGES = (
    "codeartifact:GetAuthorizationToken",
    "codeartifact:GetRepositoryEndpoint",
    "codeartifact:ReadFromRepository",
)


@dataclass(frozen=True)
class PermissionNeed:
    """Actions that a role needs.

    purpose: the role's, in words; service: suffix of the endpoint whose id conditions may check; context: (key, value)
    of further conditions
    """

    role: str
    purpose: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    service: str = ""
    context: tuple[tuple[str, str], ...] = ()


def needs(workload: Workload, place: Place, workloads: Collection[str], access: Item) -> list[PermissionNeed]:
    """Return the needs of the workload's known roles, without duplicates. workloads: further profiles"""
    found = [need for need in _all(workload, place, workloads, access) if need.role]
    return list(dict.fromkeys(found))


def _all(workload: Workload, place: Place, workloads: Collection[str], access: Item) -> Iterator[PermissionNeed]:
    starts = workload.execution_role, "execution role"
    own = workload.role, "role"
    if workload.kind.startswith("ecs_"):
        own = workload.role, "task role"
        # An image in another region is a finding of its own.
        images = [image for image in workload.images if image.region == place["region"]]
        if images:
            yield PermissionNeed(*starts, ("ecr:GetAuthorizationToken",), service="ecr.api")
            arns = {_arn("ecr", f"repository/{i.repository}", place, i.account) for i in images}
            yield PermissionNeed(*starts, PULL, tuple(sorted(arns)), "ecr.dkr")
        yield from _logs(*starts, workload.log_groups, place, access, "logs")
        yield from _references(*starts, workload, place, access)
        if "ecs_exec" in workload.profiles:
            yield PermissionNeed(*own, CHANNELS, service="ssmmessages")
    elif workload.kind == "lambda_function":
        # Lambda itself creates the interfaces and writes the logs, with the function's role and without an endpoint.
        yield PermissionNeed(*own, INTERFACES)
        yield from _logs(*own, workload.log_groups, place, access)
    elif workload.kind == "instance_id":
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
        yield PermissionNeed(*own, ("ssm:UpdateInstanceInformation",), service="ssm")
        yield PermissionNeed(*own, CHANNELS, service="ssmmessages")
    elif workload.kind == "glue_job":
        # https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html
        yield PermissionNeed(*own, INTERFACES)
        yield from _logs(*own, (LogGroup("/aws-glue/jobs/output", place["region"]),), place, access)
        yield from _references(*own, workload, place, access)
        if workload.buckets:
            objects = tuple(f"arn:{place['partition']}:s3:::{bucket}/any" for bucket in workload.buckets)
            yield PermissionNeed(*own, ("s3:GetObject",), objects, "s3")
    elif workload.kind in ("sagemaker_domain_id", "notebook_instance"):
        # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        name = "studio" if workload.kind == "sagemaker_domain_id" else "NotebookInstances"
        yield from _logs(*own, (LogGroup(f"/aws/sagemaker/{name}", place["region"]),), place, access)
    if "codeartifact" in with_included(workloads):
        yield PermissionNeed(*own, PACKAGES, service="codeartifact.api")
        # Granted by the identity's policy only; a condition may check which service the token is for.
        of_service = (("sts:AWSServiceName", "codeartifact.amazonaws.com"),)
        yield PermissionNeed(*own, ("sts:GetServiceBearerToken",), service="codeartifact.api", context=of_service)


def _logs(
    role: str,
    purpose: str,
    groups: Collection[LogGroup],
    place: Place,
    access: Item,
    service: str = "",
) -> Iterator[PermissionNeed]:
    """Yield the needs for writing logs, on the ARN of a stream and of groups that must be created first.

    Both common forms of policies, group:* and group:log-stream:*, match a stream's ARN (unverified). service: "" if the
    calls don't leave by the workload's interface
    """
    for group in (group for group in groups if group.region == place["region"]):
        arn = _arn("logs", f"log-group:{group.name}", place)
        yield PermissionNeed(role, purpose, LOG, (f"{arn}:log-stream:any",), service)
        if group.created_if_missing and access.get("LogGroups", {}).get(group.name, arn) is None:
            yield PermissionNeed(role, purpose, ("logs:CreateLogGroup",), (arn,), service)


def _references(role: str, purpose: str, workload: Workload, place: Place, access: Item) -> Iterator[PermissionNeed]:
    arns = tuple(arn for name in workload.secrets if (arn := secret_arn(name, access)).startswith("arn:"))
    if arns:
        yield PermissionNeed(role, purpose, ("secretsmanager:GetSecretValue",), arns, "secretsmanager")
    if workload.parameters:
        arns = tuple(parameter_arn(text, place) for text in workload.parameters)
        yield PermissionNeed(role, purpose, ("ssm:GetParameters",), arns, "ssm")
    for kind, names, field, service in (
        ("Secrets", workload.secrets, "KmsKeyId", "secretsmanager"),
        ("Parameters", workload.parameters, "KeyId", "ssm"),
    ):
        ids = [(access.get(kind, {}).get(name) or {}).get(field) for name in names]
        keys = [access.get("Keys", {}).get(id_) for id_ in ids if id_]
        # Policies of AWS managed keys allow all of the account.
        own = {key["Arn"] for key in keys if key and key.get("KeyManager") == "CUSTOMER"}
        if own:
            via = (("kms:ViaService", f"{service}.{place['region']}.amazonaws.com"),)
            yield PermissionNeed(role, purpose, ("kms:Decrypt",), tuple(sorted(own)), "", via)


def secret_arn(name: str, access: Item) -> str:
    """Return the ARN of a secret by its name; the name itself if the secret wasn't read."""
    secret: Item = access.get("Secrets", {}).get(name) or {}
    return str(secret.get("ARN", name))


def parameter_arn(text: str, place: Place) -> str:
    return text if text.startswith("arn:") else _arn("ssm", f"parameter/{text.lstrip('/')}", place)


def parameter_name(text: str) -> str:
    """Return the parameter's name, from an ARN or a name.

    An ARN omits the name's leading slash, which only names in a hierarchy have.
    """
    name = text.partition(":parameter/")[2] or text
    return f"/{name}" if "/" in name and not name.startswith("/") else name


def _arn(service: str, rest: str, place: Place, account: str = "") -> str:
    return f"arn:{place['partition']}:{service}:{place['region']}:{account or place['account_id']}:{rest}"
