# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Workloads that the doctor is asked about, as their services describe them: read only.

What a denied read would have told is left out, and the denial is reported.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ..._aws.errors import code_of
from ..._core.errors import Invalid
from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.doctor import workloads
from ..shared import snapshot_folder
from ..shared.ec2 import filters
from ..shared.partial_reads import read_if_allowed

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # module.run says what is missing

READ_AFTER = ()
INPUTS = ("snapshot_dir", "targets", "vpc_id")
PERMISSIONS = (
    "application-autoscaling:DescribeScheduledActions",
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeInstances",
    "ec2:DescribeSubnets",
    "ecs:DescribeContainerInstances",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:ListContainerInstances",
    "ecs:ListServices",
    "glue:GetConnection",
    "glue:GetJob",
    "iam:GetInstanceProfile",
    "lambda:GetFunctionConcurrency",
    "lambda:GetFunctionConfiguration",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSubnetGroups",
    "sagemaker:DescribeDomain",
    "sagemaker:DescribeNotebookInstance",
    "ssm:DescribeInstanceInformation",
)
KIND = ResourceType("workload_facts")
# Error codes of the services for a name that doesn't exist.
NONE = (
    "ClientException",  # ECS, of a task definition
    "ClusterNotFoundException",
    "InvalidInstanceID.NotFound",
    "ResourceNotFoundException",
    "ResourceNotFound",
    "EntityNotFoundException",
    "ValidationException",  # SageMaker, of a notebook instance: "RecordNotFound"
    "DBInstanceNotFound",
    "DBInstanceNotFoundFault",
    "DBClusterNotFoundFault",
)
# Only these variables keep their values: others may hold secrets, which nobody needs here.
VARIABLES = re.compile(r"(?i)(https?|no|all)_proxy|(pip|uv|npm)_.*|AWS_(DEFAULT_)?REGION|AWS_STS_REGIONAL_ENDPOINTS")
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")
_PACKAGES = re.compile(r"(?i)\b(pip3?|uv|npm)\b|index-url|registry")
CONTAINER_INSTANCES = 100  # DescribeContainerInstances takes no more


def read(aws, declared, found):
    """Return {"main": Actual} whose details are {"Targets": see _domain/doctor/workloads.py}.

    The id is that of the VPC of all targets; "" where they name none. Raises Invalid and Conflict.
    """
    inputs = declared.inputs
    if inputs.snapshot_dir is not None:
        documents = snapshot_folder.load(Path(inputs.snapshot_dir))
        saved = snapshot_folder.every(documents, "Targets")
        raws = [_saved(f"targets[{index}]", target, saved) for index, target in enumerate(inputs.targets)]
        subnets = snapshot_folder.every(documents, "Subnets")
        return {"main": Actual(_vpc_id(declared, raws, lambda _ids: subnets), {}, False, {"Targets": raws})}
    raws = aws.gather(
        *(
            lambda index=index, target=target: _target(aws, f"targets[{index}]", target)
            for index, target in enumerate(inputs.targets)
        )
    )
    vpc_id = _vpc_id(
        declared, raws, lambda ids: aws.read("ec2.describe_subnets", "Subnets", Filters=filters(subnet_id=ids))
    )
    return {"main": Actual(vpc_id, {}, False, {"Targets": raws})}


def _saved(option, target, saved):
    (kind,) = (kind for kind in workloads.KINDS if target.get(kind))
    for raw in saved:
        if (raw["kind"], raw["name"]) == (kind, target[kind]):
            return raw
    known = ", ".join(f"{raw['kind']} {raw['name']}" for raw in saved) or "one that was saved with targets"
    raise Invalid(f"{option}.{kind}", target[kind], "isn't in the snapshot", known)


def _target(aws, option, target) -> dict[str, Any]:
    (kind,) = (kind for kind in workloads.KINDS if target.get(kind))
    raw = {"kind": kind, "name": target[kind], "denied": {}, "unread": {}}

    def put(key: str, action: str, reading: Callable[[], Any]) -> Any:
        """Keep what was read and return it; None where the read was denied or couldn't be sent."""
        part = read_if_allowed(key, action, lambda: plain(reading()))
        for why in ("denied", "unread"):
            raw[why].update(part.pop(why, {}))
        raw.update(part)
        return part.get(key)

    try:
        _READERS[kind](aws, target, put)
    except ClientError as error:
        if code_of(error) not in NONE:
            raise
        problem = error.response["Error"].get("Message", "not found")
        raise Invalid(
            f"{option}.{kind}", target[kind], f"doesn't exist: {problem}", _known(aws, kind, target)
        ) from None
    except _NoneOfThatName:
        raise Invalid(f"{option}.{kind}", target[kind], "doesn't exist", _known(aws, kind, target)) from None
    return raw


def _known(aws, kind: str, target: Mapping[str, Any]) -> str:
    if kind == "ecs_service":
        cluster = target["ecs_cluster"]
        try:
            listed = read_if_allowed("names", "", lambda: aws.read("ecs.list_services", "serviceArns", cluster=cluster))
            names = sorted(arn.rpartition("/")[2] for arn in listed.get("names", ()))
        except ClientError:
            return f"an existing cluster; {cluster} doesn't exist"
    elif kind in workloads.DATABASES:
        what = "DBInstances" if kind == "db_instance" else "DBClusters"
        operation = "rds.describe_db_instances" if kind == "db_instance" else "rds.describe_db_clusters"
        names = sorted(item[f"{what[:-1]}Identifier"] for item in aws.read(operation, what))
    else:
        return f"one of account {aws.account_id} in {aws.region}"
    return f"one of {', '.join(names)}" if names else "none exists"


class _NoneOfThatName(Exception):
    pass


# One reader for each kind.


def _ecs_service(aws, target, put):
    cluster, name = target["ecs_cluster"], target["ecs_service"]
    found = put(
        "Service",
        "ecs:DescribeServices",
        lambda: _only(aws.call("ecs.describe_services", cluster=cluster, services=[name])["services"]),
    )
    if not found:
        return
    scalable = f"service/{cluster.rpartition('/')[2]}/{found['serviceName']}"
    if found.get("taskDefinition"):
        _task_definition(aws, found["taskDefinition"], put)
    put(
        "ScheduledActions",
        "application-autoscaling:DescribeScheduledActions",
        lambda: aws.read(
            "application-autoscaling.describe_scheduled_actions",
            "ScheduledActions",
            ServiceNamespace="ecs",
            ResourceId=scalable,
        ),
    )
    if not workloads.is_fargate(found, {}):
        _container_instances(aws, cluster, put)


def _container_instances(aws, cluster, put):
    arns = put(
        "ContainerInstanceArns",
        "ecs:ListContainerInstances",
        lambda: aws.read("ecs.list_container_instances", "containerInstanceArns", cluster=cluster),
    )
    if not arns:
        return
    query = {"cluster": cluster, "containerInstances": arns[:CONTAINER_INSTANCES]}
    described = put(
        "ContainerInstances",
        "ecs:DescribeContainerInstances",
        lambda: aws.call("ecs.describe_container_instances", **query)["containerInstances"],
    )
    ids = sorted({item["ec2InstanceId"] for item in described or () if item.get("ec2InstanceId")})
    if ids:
        put("Instances", "ec2:DescribeInstances", lambda: _instances(aws, ids))


def _ecs_task_definition(aws, target, put):
    _task_definition(aws, target["ecs_task_definition"], put)


def _task_definition(aws, name, put):
    def reading():
        task = aws.call("ecs.describe_task_definition", taskDefinition=name)["taskDefinition"]
        for container in task.get("containerDefinitions", ()):
            variables = {item["name"]: item.get("value", "") for item in container.get("environment", ())}
            container["environment"] = [{"name": k, "value": v} for k, v in _watched(variables).items()]
        return task

    put("TaskDefinition", "ecs:DescribeTaskDefinition", reading)


def _instance(aws, target, put):
    id_ = target["instance_id"]
    found = put("Instance", "ec2:DescribeInstances", lambda: _only(_instances(aws, [id_])))
    put(
        "InstanceInformation",
        "ssm:DescribeInstanceInformation",
        lambda: aws.read(
            "ssm.describe_instance_information",
            "InstanceInformationList",
            Filters=[{"Key": "InstanceIds", "Values": [id_]}],
        ),
    )
    put("PackageLines", "ec2:DescribeInstanceAttribute", lambda: _package_lines(aws, id_))
    profile = (found or {}).get("IamInstanceProfile", {}).get("Arn", "")
    if profile:
        put(
            "InstanceProfile",
            "iam:GetInstanceProfile",
            lambda: aws.call("iam.get_instance_profile", InstanceProfileName=profile.rpartition("/")[2])[
                "InstanceProfile"
            ],
        )


def _instances(aws, ids):
    reservations = aws.read("ec2.describe_instances", "Reservations", InstanceIds=ids)
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def _package_lines(aws, id_):
    """Return the lines of the user data that are about packages, without credentials in their URLs."""
    answer = aws.call("ec2.describe_instance_attribute", InstanceId=id_, Attribute="userData")
    text = base64.b64decode(answer.get("UserData", {}).get("Value") or "").decode("utf-8", "replace")
    return [_CREDENTIALS.sub("", line.strip()) for line in text.splitlines() if _PACKAGES.search(line)]


def _lambda(aws, target, put):
    name = target["lambda_function"]

    def reading():
        function = aws.call("lambda.get_function_configuration", FunctionName=name)
        variables = _watched(function.get("Environment", {}).get("Variables", {}))
        return {**function, "Environment": {"Variables": variables}}

    put("Function", "lambda:GetFunctionConfiguration", reading)
    put(
        "Concurrency",
        "lambda:GetFunctionConcurrency",
        lambda: aws.call("lambda.get_function_concurrency", FunctionName=name),
    )


def _glue_job(aws, target, put):
    found = put("Job", "glue:GetJob", lambda: aws.call("glue.get_job", JobName=target["glue_job"])["Job"])
    names = (found or {}).get("Connections", {}).get("Connections", ())
    _connections(aws, names, put)


def _glue_connection(aws, target, put):
    _connections(aws, [target["glue_connection"]], put)


def _connections(aws, names, put):
    put(
        "Connections",
        "glue:GetConnection",
        lambda: [aws.call("glue.get_connection", Name=name, HidePassword=True)["Connection"] for name in names],
    )


def _domain(aws, target, put):
    put(
        "Domain",
        "sagemaker:DescribeDomain",
        lambda: aws.call("sagemaker.describe_domain", DomainId=target["sagemaker_domain_id"]),
    )


def _notebook(aws, target, put):
    put(
        "NotebookInstance",
        "sagemaker:DescribeNotebookInstance",
        lambda: aws.call("sagemaker.describe_notebook_instance", NotebookInstanceName=target["notebook_instance"]),
    )


def _db_instance(aws, target, put):
    query = {"DBInstanceIdentifier": target["db_instance"]}
    put(
        "DBInstance",
        "rds:DescribeDBInstances",
        lambda: _only(aws.read("rds.describe_db_instances", "DBInstances", **query)),
    )


def _db_cluster(aws, target, put):
    query = {"DBClusterIdentifier": target["db_cluster"]}
    found = put(
        "DBCluster",
        "rds:DescribeDBClusters",
        lambda: _only(aws.read("rds.describe_db_clusters", "DBClusters", **query)),
    )
    if found:
        group = {"DBSubnetGroupName": found["DBSubnetGroup"]}
        put(
            "DBSubnetGroup",
            "rds:DescribeDBSubnetGroups",
            lambda: _only(aws.read("rds.describe_db_subnet_groups", "DBSubnetGroups", **group)),
        )


_READERS = {
    "ecs_service": _ecs_service,
    "ecs_task_definition": _ecs_task_definition,
    "instance_id": _instance,
    "lambda_function": _lambda,
    "glue_job": _glue_job,
    "glue_connection": _glue_connection,
    "sagemaker_domain_id": _domain,
    "notebook_instance": _notebook,
    "db_instance": _db_instance,
    "db_cluster": _db_cluster,
}


def _only(items):
    if not items:
        raise _NoneOfThatName
    return items[0]


def _watched(variables):
    return {name: _CREDENTIALS.sub("", value) if VARIABLES.fullmatch(name) else "" for name, value in variables.items()}


def plain(value):
    """Return the value as JSON can hold it, without ResponseMetadata."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _vpc_id(declared, raws, subnets_of):
    """Return the id of the VPC of all targets; "" where they name none. subnets_of: ids -> subnets

    Raises Conflict for a workload outside of any VPC, and for targets in several VPCs.
    """
    known = {index: workloads.of(raw, declared.place) for index, raw in enumerate(raws)}
    wanted = sorted({id_ for workload in known.values() if not workload.vpc_id for id_ in workload.subnets})
    vpc_of = {subnet["SubnetId"]: subnet["VpcId"] for subnet in subnets_of(wanted)} if wanted else {}
    homes: dict[str, list[str]] = {}
    for index, workload in known.items():
        ids = {workload.vpc_id} if workload.vpc_id else {vpc_of[id_] for id_ in workload.subnets if id_ in vpc_of}
        if (
            not ids
            and not raws[index]["denied"]
            and not raws[index]["unread"]
            and workload.kind != "ecs_task_definition"
        ):
            lost = f"its subnets {', '.join(workload.subnets)} are deleted" if workload.subnets else "it runs in no VPC"
            raise Conflict(f"targets[{index}]: {workload.label}: {lost}, so that no VPC keeps its calls")
        for id_ in sorted(ids):
            homes.setdefault(id_, []).append(workload.label)
    if declared.inputs.vpc_id:
        homes.setdefault(declared.inputs.vpc_id, []).append("vpc_id")
    if len(homes) > 1:
        told = "; ".join(f"{', '.join(names)} in {id_}" for id_, names in sorted(homes.items()))
        raise Conflict(f"targets: {told}. The doctor looks at one VPC: ask for each by itself")
    return next(iter(homes), "")
