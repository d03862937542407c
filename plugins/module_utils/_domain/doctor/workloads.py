# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Workloads: what they need from their network and from other services, as their own service describes them.

A workload as read has kind (the option that named it), name (its value), denied ({what wasn't read: the IAM action that
the credential lacks}), unread ({what wasn't read: other reason}), and by kind, as the Describe or Get operation has it:

    ecs_service           Service, ScheduledActions, and what ecs_task_definition has; on EC2 ContainerInstances and
                          their Instances, too
    ecs_task_definition   TaskDefinition
    instance_id           Instance, InstanceProfile, InstanceInformation (a list: SSM's record, or none), PackageLines
                          (those of its user data)
    lambda_function       Function (GetFunctionConfiguration), Concurrency
    glue_job              Job, Connections
    glue_connection       Connections
    sagemaker_domain_id   Domain
    notebook_instance     NotebookInstance
    db_instance           DBInstance
    db_cluster            DBCluster, DBSubnetGroup
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .facts import Item, Place

DATABASES = ("db_instance", "db_cluster")
FARGATE = ("FARGATE", "FARGATE_SPOT")
# A notebook instance calls the same services as Studio's kernels, except Studio itself (inferred from
# https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html).
OF_NOTEBOOKS = ("sagemaker.api", "sagemaker.runtime", "s3")
_REGISTRY = re.compile(r"(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$")
_BUCKET = re.compile(r"s3[an]?://([a-z0-9][a-z0-9.-]+)")


@dataclass(frozen=True)
class LogGroup:
    """CloudWatch Logs log group. region: of the group; created_if_missing: true if its writer creates it"""

    name: str
    region: str
    created_if_missing: bool = False


@dataclass(frozen=True)
class Image:
    """Container image. registry: host; account, region, repository: in ECR, "" in other registries"""

    text: str
    registry: str
    account: str = ""
    region: str = ""
    repository: str = ""


@dataclass(frozen=True)
class Workload:
    """Workload in a VPC: what it calls, refers to and runs with.

    name: as in findings; services: needed besides those of its profiles; unneeded: services of its profiles that it
    doesn't need; execution_role: of what starts it; role: of its own calls; secrets, parameters: ARNs, or names in this
    region; public_address: true if its interface has one, None if not known; environment: {container: variables}, ""
    for workloads without containers
    """

    kind: str
    name: str
    profiles: tuple[str, ...] = ()
    vpc_id: str = ""
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    clients: str = "linux"
    services: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()
    execution_role: str = ""
    role: str = ""
    images: tuple[Image, ...] = ()
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    log_groups: tuple[LogGroup, ...] = ()
    keys: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    public_address: bool | None = None

    @property
    def label(self) -> str:
        return f"{self.kind} {self.name}"


def of(raw: Item, place: Place) -> Workload:
    """Build the workload from what was read."""
    return _OF[raw["kind"]](raw, place)


def _ecs(raw: Item, place: Place) -> Workload:
    service, task = raw.get("Service", {}), raw.get("TaskDefinition", {})
    containers = task.get("containerDefinitions", ())
    on_fargate = is_fargate(service, task)
    secrets, parameters = _ecs_references(containers)
    drivers = [container.get("logConfiguration", {}) for container in containers]
    options = [item.get("options", {}) for item in drivers if item.get("logDriver") == "awslogs"]
    groups = tuple(_log_group(item, place["region"]) for item in options if item.get("awslogs-group"))
    family = task.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")
    exec_enabled = service.get("enableExecuteCommand", False)
    return Workload(
        raw["kind"],
        raw["name"],
        profiles=("ecs_fargate" if on_fargate else "ecs_ec2", *(["ecs_exec"] if exec_enabled else [])),
        clients="windows" if family.startswith("WINDOWS") else "linux",
        services=(*(["secretsmanager"] if secrets else []), *(["ssm"] if parameters else [])),
        unneeded=() if groups or not task else ("logs",),
        execution_role=task.get("executionRoleArn", ""),
        role=task.get("taskRoleArn", ""),
        images=tuple(image(container["image"]) for container in containers if container.get("image")),
        environment={
            container["name"]: {item["name"]: item.get("value", "") for item in container.get("environment", ())}
            for container in containers
        },
        secrets=secrets,
        parameters=parameters,
        log_groups=groups,
        **_ecs_network(service, raw.get("Instances", ()), on_fargate),
    )


def _ecs_references(containers: Iterable[Item]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the secrets and the parameters that containers refer to."""
    references: list[str] = []
    secrets: set[str] = set()
    for container in containers:
        options = container.get("logConfiguration", {}).get("secretOptions", ())
        references += [item["valueFrom"] for item in (*container.get("secrets", ()), *options)]
        secrets.add(container.get("repositoryCredentials", {}).get("credentialsParameter", ""))
    secrets |= {secret_arn(text) for text in references if ":secretsmanager:" in text}
    parameters = {text for text in references if ":secretsmanager:" not in text}
    return tuple(sorted(secrets - {""})), tuple(sorted(parameters))


def _ecs_network(service: Item, instances: Iterable[Item], on_fargate: bool) -> dict[str, Any]:
    """Return a Workload's network fields: from the tasks' own interfaces, else from the instances that they run on."""
    where = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    if instances and not where:
        return _of_instances(instances) | ({} if service else {"public_address": None})
    # On EC2, interfaces of tasks have no public address:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html
    has_public = on_fargate and where.get("assignPublicIp") == "ENABLED"
    return {
        "subnets": tuple(where.get("subnets", ())),
        "groups": tuple(where.get("securityGroups", ())),
        "public_address": has_public if service else None,
    }


def is_fargate(service: Item, task: Item) -> bool:
    """Return true if the tasks run on Fargate, by the service's launch type or capacity providers.

    Without these, the task definition's requiresCompatibilities and networkMode decide.
    """
    providers = [item["capacityProvider"] for item in service.get("capacityProviderStrategy", ())]
    if service and (service.get("launchType") or providers):
        return service.get("launchType") == "FARGATE" or bool(providers) and all(item in FARGATE for item in providers)
    asked = task.get("requiresCompatibilities", ())
    return "FARGATE" in asked or not asked and task.get("networkMode") == "awsvpc"


def _log_group(options: Item, region: str) -> LogGroup:
    created = options.get("awslogs-create-group", "").lower() == "true"
    return LogGroup(options["awslogs-group"], options.get("awslogs-region", region), created)


def secret_arn(value_from: str) -> str:
    """Return the ARN without the JSON key, version stage and version id, which may follow it.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    return ":".join(value_from.split(":")[:7])


def image(text: str) -> Image:
    """Parse an image reference.

    A first part that is localhost, or has a dot or colon, is the registry; otherwise the image is Docker Hub's (OCI
    reference).
    """
    first, slash, rest = text.partition("/")
    is_host = bool(slash) and (first == "localhost" or "." in first or ":" in first)
    registry = first if is_host else "docker.io"
    known = _REGISTRY.match(registry)
    if not known:
        return Image(text, registry)
    return Image(text, registry, known[1], known[2], rest.partition("@")[0].partition(":")[0])


def _of_instances(instances: Iterable[Item]) -> dict[str, Any]:
    instances = list(instances)
    groups = {group["GroupId"] for item in instances for group in item.get("SecurityGroups", ())}
    return {
        "vpc_id": instances[0].get("VpcId", ""),
        "subnets": tuple(sorted({item["SubnetId"] for item in instances if item.get("SubnetId")})),
        "groups": tuple(sorted(groups)),
        "public_address": all(bool(item.get("PublicIpAddress")) for item in instances),
    }


def _instance(raw: Item, place: Place) -> Workload:
    instance = raw.get("Instance")
    if not instance:
        return Workload(raw["kind"], raw["name"], profiles=("ec2_ssm",))
    roles = raw.get("InstanceProfile", {}).get("Roles", ())
    return Workload(
        raw["kind"],
        raw["name"],
        profiles=("ec2_ssm",),
        clients="windows" if instance.get("Platform", "").lower() == "windows" else "linux",
        role=roles[0]["Arn"] if roles else "",
        **_of_instances([instance]),
    )


def _lambda(raw: Item, place: Place) -> Workload:
    function = raw.get("Function", {})
    where = function.get("VpcConfig", {})
    group = function.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function.get('FunctionName')}"
    return Workload(
        raw["kind"],
        raw["name"],
        profiles=("lambda_in_vpc",),
        vpc_id=where.get("VpcId", ""),
        subnets=tuple(where.get("SubnetIds", ())),
        groups=tuple(where.get("SecurityGroupIds", ())),
        clients="lambda",
        role=function.get("Role", ""),
        environment={"": dict(function.get("Environment", {}).get("Variables", {}))},
        log_groups=(LogGroup(group, place["region"], created_if_missing=True),) if function else (),
        keys=(function["KMSKeyArn"],) if function.get("KMSKeyArn") else (),
        public_address=False,
    )


def _glue(raw: Item, place: Place) -> Workload:
    job = raw.get("Job", {})
    arguments = job.get("DefaultArguments", {})
    connections = raw.get("Connections", ())
    places = [item.get("PhysicalConnectionRequirements", {}) for item in connections]
    secrets = [item.get("ConnectionProperties", {}).get("SECRET_ID") for item in connections]
    told = (job.get("Command", {}).get("ScriptLocation", ""), *arguments.values())
    flags = {
        "logs": "--enable-continuous-cloudwatch-log",
        "monitoring": "--enable-metrics",
        "glue": "--enable-glue-datacatalog",
    }
    switched_on = [name for name, flag in flags.items() if arguments.get(flag, "false").lower() in ("true", "")]
    secrets = sorted({secret for secret in secrets if secret})
    return Workload(
        raw["kind"],
        raw["name"],
        profiles=("glue",),
        subnets=tuple(sorted({place["SubnetId"] for place in places if place.get("SubnetId")})),
        groups=tuple(sorted({id_ for place in places for id_ in place.get("SecurityGroupIdList", ())})),
        services=(*switched_on, *(["secretsmanager"] if secrets else [])),
        role=_role_arn(job.get("Role", ""), place),
        secrets=tuple(secrets),
        buckets=tuple(sorted({bucket for text in told for bucket in _BUCKET.findall(text)})),
        # https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html: private addresses only.
        public_address=False,
    )


def _role_arn(role: str, place: Place) -> str:
    """Return the role's ARN; Glue accepts its name, too."""
    return (
        role
        if not role or role.startswith("arn:")
        else f"arn:{place['partition']}:iam::{place['account_id']}:role/{role}"
    )


def _domain(raw: Item, place: Place) -> Workload:
    domain = raw.get("Domain", {})
    settings = domain.get("DefaultUserSettings", {})
    return Workload(
        raw["kind"],
        raw["name"],
        profiles=("sagemaker_studio",),
        vpc_id=domain.get("VpcId", ""),
        subnets=tuple(domain.get("SubnetIds", ())),
        groups=tuple(settings.get("SecurityGroups", ())),
        role=settings.get("ExecutionRole", ""),
        keys=(domain["KmsKeyId"],) if domain.get("KmsKeyId") else (),
        public_address=False,
    )


def _notebook(raw: Item, place: Place) -> Workload:
    notebook = raw.get("NotebookInstance", {})
    return Workload(
        raw["kind"],
        raw["name"],
        subnets=(notebook["SubnetId"],) if notebook.get("SubnetId") else (),
        groups=tuple(notebook.get("SecurityGroups", ())),
        services=OF_NOTEBOOKS,
        role=notebook.get("RoleArn", ""),
        keys=(notebook["KmsKeyId"],) if notebook.get("KmsKeyId") else (),
        public_address=False,
    )


def _database(raw: Item, place: Place) -> Workload:
    database = raw.get("DBInstance") or raw.get("DBCluster", {})
    return Workload(
        raw["kind"],
        raw["name"],
        vpc_id=subnet_group(raw).get("VpcId", ""),
        groups=tuple(item["VpcSecurityGroupId"] for item in database.get("VpcSecurityGroups", ())),
    )


def subnet_group(raw: Item) -> Item:
    """Return the subnet group of a database, read separately for a cluster, which has its name only."""
    group: Item = raw.get("DBInstance", {}).get("DBSubnetGroup") or raw.get("DBSubnetGroup", {})
    return group


_OF = {
    "ecs_service": _ecs,
    "ecs_task_definition": _ecs,
    "instance_id": _instance,
    "lambda_function": _lambda,
    "glue_job": _glue,
    "glue_connection": _glue,
    "sagemaker_domain_id": _domain,
    "notebook_instance": _notebook,
    "db_instance": _database,
    "db_cluster": _database,
}
KINDS = tuple(_OF)
