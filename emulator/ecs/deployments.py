# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deployments of services: their configuration, their load balancers, and the circuit breaker."""

from __future__ import annotations

import fnmatch
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Service, TaskDefinition
from moto.elbv2.models import elbv2_backends
from moto.moto_api._internal import mock_random

from emulator.ecs.failing import images as failing_images

# DeploymentConfiguration and DeploymentCircuitBreaker, ECS API: what holds for a rolling update if nothing is given.
DEFAULTS = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}


def configure(service: Service, given: dict[str, Any] | None) -> None:
    """Set a service's deployment configuration: the given members, the rest as it is or by default."""
    known = getattr(service, "deployment_configuration", None) or DEFAULTS
    service.deployment_configuration = {**known, **(given or {})}  # type: ignore[attr-defined]


def check_load_balancers(backend: Any, balancers: list[dict[str, Any]], definition: TaskDefinition) -> None:
    """Raise InvalidParameterException for target groups that ECS doesn't take.

    Conditions: "LoadBalancer" of CreateService. Texts as users report them: umotif-public/terraform-aws-ecs-fargate#43,
    pulumi/pulumi-aws#3095; the others are not verified.
    """
    if len(balancers) > 5:
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/register-multiple-targetgroups.html
        raise InvalidParameterException("load balancers can have at most 5 items.")
    groups = elbv2_backends[backend.account_id][backend.region_name]
    groups.link_groups()  # type: ignore[attr-defined]
    for one in balancers:
        arn = one["targetGroupArn"]
        group = groups.target_groups.get(arn)
        if group is None or not group.load_balancer_arns:
            raise InvalidParameterException(
                f"The target group with targetGroupArn {arn} does not have an associated load balancer."
            )
        if group.target_type != "ip" and definition.network_mode == "awsvpc":
            raise InvalidParameterException(
                f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the"
                " awsvpc network mode specified in the task definition."
            )
        _check_container(one, definition)


def _check_container(balancer: dict[str, Any], definition: TaskDefinition) -> None:
    name, port = balancer["containerName"], balancer["containerPort"]
    containers = {container["name"]: container for container in definition.container_definitions}
    if name not in containers:
        raise InvalidParameterException(f"The container {name} does not exist in the task definition.")
    if port not in [mapping["containerPort"] for mapping in containers[name].get("portMappings", [])]:
        raise InvalidParameterException(f"The container {name} did not have a container port {port} defined.")


def fails(definition: TaskDefinition) -> bool:
    images = [container["image"] for container in definition.container_definitions]
    return any(fnmatch.fnmatch(image, pattern) for image in images for pattern in failing_images)


def begin(service: Service) -> None:
    """Make the service's present settings its new primary deployment. The former one is over at once.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
    """
    former = service.deployments[0]
    now = utcnow()
    service.deployments = [
        {
            **former,
            "id": f"ecs-svc/{mock_random.randint(10**18, 10**19)}",
            "status": "PRIMARY",
            "createdAt": now,
            "updatedAt": now,
            "taskDefinition": service.task_definition,
            "networkConfiguration": service.network_configuration,
            "failedTasks": 0,
        }
    ]


def fail(service: Service, former: dict[str, Any]) -> dict[str, Any] | None:
    """Mark the primary deployment as failed.

    Returns it if the circuit breaker goes back: then the settings of the former deployment are the primary's again.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    failed = service.deployments[0]
    failed |= {
        "rolloutState": "FAILED",
        "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
        "failedTasks": 3,
        "runningCount": 0,
    }
    breaker = service.deployment_configuration["deploymentCircuitBreaker"]  # type: ignore[attr-defined]
    if not (breaker["rollback"] and former):
        return None
    failed["status"] = "ACTIVE"
    service.task_definition = former["taskDefinition"]
    begin(service)
    return failed


def roll_back(service: Service, failed: dict[str, Any]) -> None:
    """Show the rollback beside the deployment that failed, until the next time that somebody asks."""
    primary = service.deployments[0]
    primary |= {
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment circuit breaker: rolling back from deploymentId {failed['id']}.",
    }
    service.deployments = [primary, failed]
    service.rolling_back = True  # type: ignore[attr-defined]


def settle(service: Service) -> None:
    """Finish a rollback: the failed deployment has stopped its tasks."""
    if getattr(service, "rolling_back", False):
        service.rolling_back = False  # type: ignore[attr-defined]
        (primary, _failed) = service.deployments
        primary |= {
            "rolloutState": "COMPLETED",
            "rolloutStateReason": f"ECS deployment {primary['id']} completed.",
        }
        service.deployments = [primary]
