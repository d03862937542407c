# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import copy
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse

from emulator.ecs import deployments
from emulator.ecs.models import FARGATE_PROVIDERS, EcsBackend
from emulator.pages import page


class EcsResponses(EC2ContainerServiceResponse):
    ecs_backend: EcsBackend

    @property
    def cluster(self) -> str:
        return self._get_param("cluster", "default")

    # Services

    def create_service(self) -> ActionResult:
        backend, name = self.ecs_backend, self._get_param("serviceName")
        cluster = backend._get_cluster(self.cluster)
        known = backend.services.get(f"{cluster.name}:{name}")
        if known and known.status == "ACTIVE":
            # The text: https://github.com/hashicorp/terraform-provider-aws/issues/2902
            raise InvalidParameterException("Creation of service was not idempotent.")
        if network := self._get_param("networkConfiguration"):
            network["awsvpcConfiguration"].setdefault("securityGroups", [])
        strategy, launch_type = self._get_param("capacityProviderStrategy"), self._get_param("launchType")
        if strategy and launch_type:
            # CreateService: "If a capacityProviderStrategy is specified, the launchType parameter must be omitted."
            raise InvalidParameterException(
                "Specifying both a launch type and capacity provider strategy is not supported."
            )
        definition = self._get_param("taskDefinition")
        if definition:
            described = backend.describe_task_definition(definition)
            if described.network_mode == "awsvpc":
                backend.checked_network(network)
            deployments.check_load_balancers(backend, self._get_param("loadBalancers") or [], described)
        service = super().create_service().result["service"]
        deployments.configure(service, self._get_param("deploymentConfiguration"))
        service.created_at = service.deployments[0]["createdAt"] if service.deployments else None
        if strategy:
            # With a strategy, neither services nor deployments have a launch type.
            service.launch_type, service.capacity_provider_strategy = None, strategy
            for deployment in service.deployments:
                family = "FARGATE" if strategy[0]["capacityProvider"] in FARGATE_PROVIDERS else "EC2"
                deployment |= {"launchType": None, "capacityProviderStrategy": strategy, "platformFamily": family}
        service.enable_execute_command = bool(self._get_param("enableExecuteCommand"))
        backend.deploy(service, {})
        return ActionResult({"service": service})

    def describe_services(self) -> ActionResult:
        """Describe services as they are, then finish what was under way, for the next time."""
        backend = self.ecs_backend
        found = super().describe_services()
        copied = [_as_it_is(service) for service in found.result["services"]]
        for service in found.result["services"]:
            deployments.settle(service)
        for service in backend.services.values():
            if not hasattr(service, "deployment_configuration"):
                deployments.configure(service, None)
        return ActionResult({**found.result, "services": copied})

    def update_service(self) -> ActionResult:
        backend = self.ecs_backend
        given = set(self._get_params())
        known = backend._get_service(self.cluster, self._get_param("service").rpartition("/")[2])
        definition = backend.describe_task_definition(self._get_param("taskDefinition") or known.task_definition)
        if "loadBalancers" in given:
            deployments.check_load_balancers(backend, self._get_param("loadBalancers"), definition)
        was, configured = _deployed(known), getattr(known, "deployment_configuration", None)
        service = super().update_service().result["service"]
        service.deployment_configuration = configured
        deployments.configure(service, self._get_param("deploymentConfiguration"))
        if ":task-definition/" not in (service.task_definition or ":task-definition/"):
            service.task_definition = definition.arn
        if (execute := self._get_param("enableExecuteCommand")) is not None:
            service.enable_execute_command = execute  # for tasks that start from now on
        changed = _deployed(service) != was or "forceNewDeployment" in given
        if changed and service.deployments:
            former = dict(service.deployments[0])
            for task in backend.tasks_of(service):
                reason = f"Scaling activity initiated by ({service.deployments[0]['id']})"
                backend.end_task(task, "ServiceSchedulerInitiated", reason)
            deployments.begin(service)
            backend.deploy(service, former)
        else:
            backend.schedule(service)
        return ActionResult({"service": service})

    def delete_service(self) -> ActionResult:
        backend = self.ecs_backend
        service = super().delete_service().result["service"]
        for task in backend.tasks_of(service):
            reason = f"Scaling activity initiated by ({service.deployments[0]['id']})"
            backend.end_task(task, "ServiceSchedulerInitiated", reason)
        backend.count(backend._get_cluster(self.cluster))
        return ActionResult({"service": service})

    def list_services(self) -> ActionResult:
        return self._page("serviceArns", super().list_services().result["serviceArns"])

    # Tasks

    def run_task(self) -> ActionResult:
        answer = super().run_task()
        for task in answer.result["tasks"]:
            task.enable_execute_command = bool(self._get_param("enableExecuteCommand"))
        return answer

    def list_tasks(self) -> ActionResult:
        """Return one page of task ARNs, by default of tasks with desiredStatus RUNNING (API reference)."""
        backend, wanted = self.ecs_backend, self._get_param("desiredStatus") or "RUNNING"
        cluster = backend._get_cluster(self.cluster)
        service, family = self._get_param("serviceName"), self._get_param("family")
        started_by, instance = self._get_param("startedBy"), self._get_param("containerInstance")
        service = service.rpartition("/")[2] if service else None
        if service:
            backend._get_service(cluster.name, service)
        arns = [
            task.task_arn
            for task in backend.tasks.get(cluster.name, {}).values()
            if task.desired_status == wanted
            and service in (None, task.group.removeprefix("service:"))
            and family in (None, task.task_definition_arn.rpartition("/")[2].partition(":")[0])
            and started_by in (None, task.started_by)
            and (
                instance is None
                or instance.rpartition("/")[2] == (task.container_instance_arn or "").rpartition("/")[2]
            )
        ]
        return self._page("taskArns", arns)

    def describe_tasks(self) -> ActionResult:
        """Return the tasks, and a failure with reason MISSING for each that doesn't exist."""
        described = super().describe_tasks().result["tasks"]
        known = {task.id for task in described}
        prefix = f"arn:aws:ecs:{self.region}:{self.current_account}:task/{self.cluster.rpartition('/')[2]}"
        failures = [
            {"arn": f"{prefix}/{name.rpartition('/')[2]}", "reason": "MISSING"}
            for name in self._get_param("tasks", [])
            if name.rpartition("/")[2] not in known
        ]
        return ActionResult({"tasks": described, "failures": failures})

    def submit_task_state_change(self) -> ActionResult:
        """Submit the state of a task; only ECS's agent calls this operation."""
        task, status = self._get_param("task"), self._get_param("status")
        reason, containers = self._get_param("reason", ""), self._get_param("containers", [])
        self.ecs_backend.submit_task_state_change(self.cluster, task, status, reason, containers)
        return ActionResult({"acknowledgment": "ACK"})

    # Container instances

    def list_container_instances(self) -> ActionResult:
        return self._page("containerInstanceArns", super().list_container_instances().result["containerInstanceArns"])

    def describe_container_instances(self) -> ActionResult:
        self.ecs_backend.update_container_instance_agents(self.cluster)
        return super().describe_container_instances()

    def describe_clusters(self) -> ActionResult:
        for cluster in self.ecs_backend.clusters.values():
            self.ecs_backend.count(cluster)
        return super().describe_clusters()

    def _page(self, name: str, arns: list[str]) -> ActionResult:
        found, token = page(arns, self._get_param("maxResults"), self._get_param("nextToken"))
        return ActionResult({name: found, "nextToken": token})


def _deployed(service: Any) -> tuple[Any, ...]:
    """Return what a new deployment of a service brings to its tasks."""
    return copy.deepcopy((service.task_definition, service.network_configuration, service.load_balancers))


def _as_it_is(service: Any) -> Any:
    copied = copy.copy(service)
    copied.deployments = [dict(one) for one in service.deployments]
    return copied
