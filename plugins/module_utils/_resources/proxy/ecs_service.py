# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ECS service of a proxy: its tasks, spread over zones, replaced one after the other and only by ones that work."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Ref, Wait
from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..shared import ecs
from ..shared.lower_case_tags import pairs
from ..vpc.existing_vpc import subnets_by_zone, unknown_subnets
from . import task_definition

READ_AFTER = ("existing_vpc", "ecs_cluster", "task_definition")
INPUTS = task_definition.INPUTS
PERMISSIONS = (
    # The outbound rules of its security groups; those of other modules have none.
    "ec2:AuthorizeSecurityGroupEgress",
    "ecs:CreateService",
    "ecs:DeleteService",
    "ecs:DescribeServices",
    "ecs:TagResource",
    "ecs:UntagResource",
    "ecs:UpdateService",
)
# Deployment, ECS API: a rollback is a deployment of its own, beside the failed one until that has stopped its tasks.
ROLLOUTS = "services[].deployments[].rolloutState"


def read(aws, declared, found):
    """Return {"main": Actual}; a deleted service counts as none.

    Fields: cluster (ARN), service (its name), definition (ARN), desired_count, network {subnets, security_groups},
    load_balancers (as the API has them), deployment, tags; details: state, error, running.
    """
    cluster = found["ecs_cluster"].get("main")
    if not cluster:
        return {}
    (name,) = {fields["service"] for fields in declared.resources["ecs_service"].values()}
    services = aws.read("ecs.describe_services", "services", cluster=cluster.id, services=[name], include=["TAGS"])
    return {
        "main": Actual(
            service["serviceArn"],
            {
                "cluster": cluster.id,
                "service": name,
                "definition": service["taskDefinition"],
                "desired_count": service["desiredCount"],
                "network": _network(service),
                "load_balancers": sorted(_balancers(service), key=lambda one: one["port"]),
                "deployment": _deployment(service),
                "tags": ecs.tags_of(service),
            },
            managed=ecs.tags_of(service).get(OWNER_TAG) == declared.owner,
            details=_details(service),
        )
        for service in services
        if service["status"] != "INACTIVE"
    }


def _network(service):
    vpc = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return {"subnets": sorted(vpc.get("subnets", ())), "security_groups": sorted(vpc.get("securityGroups", ()))}


def _balancers(service):
    return [{"target_group": one["targetGroupArn"], "port": one["containerPort"]} for one in service["loadBalancers"]]


def _deployment(service):
    configuration = service.get("deploymentConfiguration", {})
    breaker = configuration.get("deploymentCircuitBreaker", {})
    return {
        "rollback": bool(breaker.get("enable") and breaker.get("rollback")),
        "minimum": configuration.get("minimumHealthyPercent"),
        "maximum": configuration.get("maximumPercent"),
    }


def _details(service):
    rollouts = {one["status"]: one for one in service["deployments"]}
    primary = rollouts.get("PRIMARY", {})
    return {
        "state": primary.get("rolloutState", service["status"]),
        "error": primary.get("rolloutStateReason", ""),
        "running": service["runningCount"],
    }


def plan(wanted, found, declared):
    steps = reconcile(
        KIND,
        {name: _whole(fields, found, declared) for name, fields in wanted.items()},
        found["ecs_service"],
        purge_tags=declared.purge_tags,
    )
    # As at its creation (depends_on): a target group of a new port needs its listener first.
    listeners = tuple(Address("listener", port) for port in declared.resources["listener"])
    return [replace(step, needs=step.needs + listeners) if step.action == "change" else step for step in steps]


def _whole(fields, found, declared):
    tier = declared.inputs.tier
    subnets = subnets_by_zone("tier", tier, "main", found)
    address = task_definition.address(declared, found)
    there = found["task_definition"].get(address.name)
    groups = fields["network"]["security_groups"]
    return {
        **fields,
        "definition": there.id if there else Ref(address),
        "network": {
            "subnets": unknown_subnets(tier, "main") if subnets is None else sorted(subnets.values()),
            "security_groups": groups,
        },
    }


def findings(wanted, found, declared):
    there = found["ecs_service"].get("main")
    if not wanted or not there:
        return []
    lines = []
    if there.details["state"] == "FAILED":
        lines.append(
            f"{there.id}: its last deployment failed ({there.details['error']}); its events and the log say why, and"
            " whoever runs the proxy has to see to that"
        )
    if there.details["running"] < there.fields["desired_count"]:
        lines.append(
            f"{there.id}: {there.details['running']} of {there.fields['desired_count']} tasks run; its events say why"
        )
    return lines


def _arguments(fields):
    deployment = fields["deployment"]
    return {
        "cluster": fields["cluster"],
        "taskDefinition": fields["definition"],
        "desiredCount": fields["desired_count"],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": fields["network"]["subnets"],
                "securityGroups": fields["network"]["security_groups"],
                "assignPublicIp": "DISABLED",
            }
        },
        "loadBalancers": [
            {
                "targetGroupArn": one["target_group"],
                "containerName": task_definition.CONTAINER,
                "containerPort": one["port"],
            }
            for one in fields["load_balancers"]
        ],
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": deployment["rollback"], "rollback": deployment["rollback"]},
            "minimumHealthyPercent": deployment["minimum"],
            "maximumPercent": deployment["maximum"],
        },
    }


def _settled(fields):
    return Wait(
        "ecs.describe_services",
        {"cluster": fields["cluster"], "services": [fields["service"]]},
        ROLLOUTS,
        until=("COMPLETED",),
        pending=("IN_PROGRESS",),
        failed=("FAILED",),
        hint="ECS has gone back to the former tasks; the service's events and its log say what the new ones lacked",
    )


def _create(fields):
    return Call(
        "ecs.create_service",
        {
            **_arguments(fields),
            "serviceName": fields["service"],
            "launchType": "FARGATE",
            "propagateTags": "SERVICE",
            "tags": pairs(fields["tags"]),
        },
        id_path="service.serviceArn",
        wait=_settled(fields),
    )


def _update(id_, before, after):
    return [Call("ecs.update_service", {**_arguments(after), "service": after["service"]}, wait=_settled(after))]


def _delete(id_, fields):
    arguments = {"cluster": fields["cluster"], "service": fields["service"]}
    gone = Wait(
        "ecs.describe_services",
        {"cluster": fields["cluster"], "services": [fields["service"]]},
        "services[?status!='INACTIVE'].status",
        gone=True,
    )
    return Call("ecs.delete_service", {**arguments, "force": True}, wait=gone)


KIND = ResourceType(
    "ecs_service",
    create=_create,
    changes={("definition", "desired_count", "network", "load_balancers", "deployment"): _update},
    delete=_delete,
    tag=ecs.tag,
    untag=ecs.untag,
    # ECS refuses a target group that no listener forwards to.
    depends_on=("listener", "target_group_attributes"),
)
