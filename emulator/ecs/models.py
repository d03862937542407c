# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS backend of one account and region: moto's, changed where AWS behaves differently.

No container runs: tasks are RUNNING until StopTask, a changed service, or SubmitTaskStateChange (the agent's report)
stops them.
"""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Cluster, ContainerInstance, EC2ContainerServiceBackend, Service, Task, TaskDefinition

from emulator.ec2.models.interfaces import security_groups
from emulator.ecs import deployments
from emulator.interfaces import add_interface, remove_interface

FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html: before containers ran
FAILED_TO_START = ("CannotPullContainerError", "ResourceInitializationError", "CannotPullECRContainerError")


class EcsBackend(EC2ContainerServiceBackend):
    def run_task(
        self,
        cluster_str: str,
        task_definition_str: str,
        count: int,
        overrides: dict[str, Any] | None,
        started_by: str,
        tags: list[dict[str, str]] | None,
        launch_type: str | None,
        networking_configuration: dict[str, Any] | None = None,
        group: str | None = None,
        platform_version: str | None = None,
        capacity_provider_strategy: list[dict[str, Any]] | None = None,
    ) -> list[Task]:
        """Start up to `count` tasks and return them; fewer if the container instances lack resources.

        moto's tasks stop after they were described a few times, and their addresses belong to no subnet.
        """
        cluster, definition = self._get_cluster(cluster_str), self.describe_task_definition(task_definition_str)
        provider = _provider(cluster, launch_type, capacity_provider_strategy)
        networked = definition.network_mode == "awsvpc"
        network = self.checked_network(networking_configuration) if networked else None
        on_fargate = launch_type == "FARGATE" or provider in FARGATE_PROVIDERS
        needs = self._calculate_task_resource_requirements(definition)
        without_network = _without_network(definition)
        placed = []
        for _ in range(count):
            instance = None if on_fargate else self._instance_for(cluster, needs)
            if not instance and not on_fargate:
                break
            task = Task(
                cluster,
                without_network,
                instance.container_instance_arn if instance else None,
                needs,
                backend=self,
                group=group or f"family:{definition.family}",
                launch_type="FARGATE" if on_fargate else "EC2",
                overrides=overrides,
                started_by=started_by or "",
                tags=tags,
                platform_version=platform_version,
                capacity_provider_name=provider,
            )
            self._put(cluster, task, instance, network)
            placed.append(task)
        self.count(cluster)
        return placed

    def _put(
        self, cluster: Cluster, task: Task, instance: ContainerInstance | None, network: dict[str, Any] | None
    ) -> None:
        _run(task)
        if instance:
            self.update_container_instance_resources(instance, task.resource_requirements)
        self.tasks.setdefault(cluster.name, {})[task.task_arn] = task
        if network:
            self._attach(task, network["awsvpcConfiguration"])

    def _instance_for(self, cluster: Cluster, needs: dict[str, Any]) -> ContainerInstance | None:
        instances = self.container_instances.get(cluster.name, {}).values()
        if not instances:
            raise InvalidParameterException("No Container Instances were found in your cluster.")
        for instance in instances:
            if instance.status == "ACTIVE" and self._can_be_placed(instance, needs):
                return instance
        return None

    @staticmethod
    def _calculate_task_resource_requirements(task_definition: TaskDefinition) -> dict[str, Any]:
        """Return the resources that a task needs.

        moto's fails where only the task, not its containers, sets memory, as is usual on Fargate.
        """
        containers = [
            {"memory": definition.get("memoryReservation", 0)} | definition
            for definition in task_definition.container_definitions
        ]
        counted = EC2ContainerServiceBackend._calculate_task_resource_requirements(
            SimpleNamespace(container_definitions=containers)
        )
        if task_definition.memory:
            counted["MEMORY"] = int(task_definition.memory)
        return counted

    def checked_network(self, network: dict[str, Any] | None) -> dict[str, Any]:
        """Return the network configuration, security groups added if none are given.

        Raises InvalidParameterException without a configuration or for an unknown subnet, with moto's texts, or for
        groups that its VPC doesn't have, with a text that is not verified.
        """
        if not network:
            raise InvalidParameterException(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified."
            )
        vpc = network["awsvpcConfiguration"]
        vpc.setdefault("securityGroups", [])
        ec2 = ec2_backends[self.account_id][self.region_name]
        for subnet_id in vpc["subnets"]:
            try:
                ec2.get_subnet(subnet_id)
            except EC2ClientError as error:
                raise InvalidParameterException(
                    f"Error retrieving subnet information for [{subnet_id}]: {error.message} (ErrorCode: {error.code})"
                ) from None
        try:
            security_groups(ec2, ec2.get_subnet(vpc["subnets"][0]), vpc["securityGroups"])
        except EC2ClientError as error:
            named = ",".join(vpc["securityGroups"])
            raise InvalidParameterException(
                f"Error retrieving security group information for [{named}]: {error.message} (ErrorCode: {error.code})"
            ) from None
        return network

    def _attach(self, task: Task, vpc: dict[str, Any]) -> None:
        """Attach a network interface of the task's own, in the first of the subnets that has a free address.

        The task fails if none has: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/failed-to-start-error.html
        """
        ec2 = ec2_backends[self.account_id][self.region_name]
        free = [one for one in vpc["subnets"] if ec2.get_subnet(one).available_ip_address_count]
        attachment_id, subnet_id = str(uuid4()), (free or vpc["subnets"])[0]
        if not free:
            text = f"Unexpected EC2 error while attempting to Create Network Interface in subnet '{subnet_id}'"
            self.end_task(task, "TaskFailedToStart", f"{text}: InsufficientFreeAddressesInSubnet")
            return
        description = f"arn:aws:ecs:{self.region_name}:{self.account_id}:attachment/{attachment_id}"
        interface = add_interface(ec2, ec2.get_subnet(subnet_id), vpc["securityGroups"], description)
        details = {
            "subnetId": subnet_id,
            "networkInterfaceId": interface.id,
            "macAddress": interface.mac_address,
            "privateIPv4Address": interface.private_ip_address,
        }
        task.availability_zone = interface.subnet.availability_zone
        task.attachments.append(
            {
                "id": attachment_id,
                "type": "ElasticNetworkInterface",
                "status": "ATTACHED",
                "details": [{"name": name, "value": value} for name, value in details.items()],
            }
        )

    def task(self, cluster: Cluster, name: str) -> Task:
        for arn, task in self.tasks.get(cluster.name, {}).items():
            if arn.rpartition("/")[2] == name.rpartition("/")[2]:
                return task
        raise InvalidParameterException("The referenced task was not found.")

    def stop_task(self, cluster_str: str, task_str: str, reason: str) -> Task:
        cluster = self._get_cluster(cluster_str)
        self.end_task(self.task(cluster, task_str), "UserInitiated", reason)
        self.schedule_all(cluster)
        return self.task(cluster, task_str)

    def end_task(self, task: Task, code: str, reason: str) -> None:
        if task.last_status == "STOPPED":
            return
        if task.container_instance_arn:
            instance = self.container_instances[task.cluster_name][task.container_instance_arn.rpartition("/")[2]]
            self.update_container_instance_resources(instance, task.resource_requirements, removing=True)
        task.last_status = task.desired_status = "STOPPED"
        task.stop_code, task.stopped_reason = code, reason
        task.stopping_at = task.stopped_at = task.execution_stopped_at = utcnow()
        for container in task.containers:
            container.last_status = "STOPPED"
        for attachment in task.attachments:
            attachment["status"] = "DELETED"
            details = {detail["name"]: detail["value"] for detail in attachment["details"]}
            remove_interface(ec2_backends[self.account_id][self.region_name], details["networkInterfaceId"])

    # Reports of the agent

    def submit_task_state_change(
        self, cluster_str: str, task_str: str, status: str, reason: str, containers: list[dict[str, Any]]
    ) -> None:
        """Stop a task, as its agent reports. Its service has fewer tasks until the service is changed.

        AWS restarts failing tasks at increasing intervals:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
        """
        cluster = self._get_cluster(cluster_str)
        task = self.task(cluster, task_str)
        if status != "STOPPED":
            raise NotImplementedError(f"SubmitTaskStateChange to {status}")
        failed_to_start = reason.startswith(FAILED_TO_START)
        self.end_task(task, "TaskFailedToStart" if failed_to_start else "EssentialContainerExited", reason)
        for container in task.containers:
            for change in containers:
                if change.get("containerName") == container.name:
                    container.exitCode, container.reason = change.get("exitCode"), change.get("reason")
        for service in self.services_of(cluster):
            if task.group == f"service:{service.name}":
                service.deployments[0]["failedTasks"] += 1
                self.count_tasks(service)
                add_event(
                    service,
                    "is unable to consistently start tasks successfully. For more information, see the "
                    "Troubleshooting section.",
                )
        self.count(cluster)

    # Services

    def services_of(self, cluster: Cluster) -> list[Service]:
        return [service for service in self.services.values() if service.cluster_name == cluster.name]

    def schedule_all(self, cluster: Cluster) -> None:
        for service in self.services_of(cluster):
            if service.status == "ACTIVE":
                self.schedule(service)

    def deploy(self, service: Service, former: dict[str, Any]) -> None:
        """Start the tasks of a service's new deployment; former: the one that a failed one goes back to, {} if none."""
        definition = self.describe_task_definition(service.task_definition) if service.task_definition else None
        fails = definition and service.deployments and deployments.fails(definition)
        failed = deployments.fail(service, former) if fails else None
        if failed or not fails:
            self.schedule(service)
        if failed:
            deployments.roll_back(service, failed)

    def schedule(self, service: Service) -> None:
        """Start or stop tasks of the service until the desired number runs, on Fargate or on container instances."""
        cluster = self._get_cluster(service.cluster_name)
        if service.task_definition and service.deployments:
            running = self.tasks_of(service)
            for task in running[service.desired_count :]:
                self.end_task(
                    task, "ServiceSchedulerInitiated", f"Scaling activity initiated by ({service.deployments[0]['id']})"
                )
            missing = service.desired_count - len(running)
            if missing > 0:
                self._start(service, missing)
            self.count_tasks(service)
        self.count(cluster)

    def _start(self, service: Service, number: int) -> None:
        providers = getattr(service, "capacity_provider_strategy", None) or []
        on_fargate = service.launch_type == "FARGATE" or any(
            provider["capacityProvider"] in FARGATE_PROVIDERS for provider in providers
        )
        if not on_fargate and not self.container_instances.get(service.cluster_name):
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
            add_event(
                service,
                "was unable to place a task because no container instance met all of its requirements. "
                "Reason: No Container Instances were found in your cluster.",
            )
            return
        placed = self.run_task(
            service.cluster_name,
            service.task_definition,
            number,
            None,
            service.deployments[0]["id"],
            None,
            None if providers else service.launch_type,
            service.network_configuration or None,
            f"service:{service.name}",
            service.platform_version,
            providers or None,
        )
        for task in placed:
            task.enable_execute_command = service.enable_execute_command
        add_event(service, f"has started {len(placed)} tasks: (task {') (task '.join(task.id for task in placed)}).")

    def tasks_of(self, service: Service) -> list[Task]:
        return [
            task
            for task in self.tasks.get(service.cluster_name, {}).values()
            if task.group == f"service:{service.name}" and task.desired_status == "RUNNING"
        ]

    def count_tasks(self, service: Service) -> None:
        service.running_count, service.pending_count = len(self.tasks_of(service)), 0
        steady = service.running_count == service.desired_count
        for deployment in service.deployments[:1]:
            deployment |= {
                "desiredCount": service.desired_count,
                "runningCount": service.running_count,
                "pendingCount": 0,
                "rolloutState": "COMPLETED" if steady else "IN_PROGRESS",
                "rolloutStateReason": f"ECS deployment {deployment['id']} {'completed' if steady else 'in progress'}.",
            }
        if steady and not (service.events and "steady" in service.events[0]["message"]):
            add_event(service, "has reached a steady state.")

    def count(self, cluster: Cluster) -> None:
        tasks = self.tasks.get(cluster.name, {}).values()
        cluster.running_tasks_count = sum(task.last_status == "RUNNING" for task in tasks)
        cluster.pending_tasks_count = 0
        cluster.active_services_count = sum(service.status == "ACTIVE" for service in self.services_of(cluster))

    def update_container_instance_agents(self, cluster_str: str) -> None:
        """Set agentConnected of a cluster's container instances: true while their EC2 instance is running.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerInstance.html: the agent of a stopped
        instance is not connected.
        """
        ec2 = ec2_backends[self.account_id][self.region_name]
        states = {
            instance.id: instance.state
            for reservation in ec2.reservations.values()
            for instance in reservation.instances
        }
        for instance in self.container_instances.get(self._get_cluster(cluster_str).name, {}).values():
            instance.agent_connected = states.get(instance.ec2_instance_id) == "running"


def add_event(service: Service, text: str) -> None:
    """Add an event to a service, newest first."""
    event = {"id": str(uuid4()), "createdAt": utcnow(), "message": f"(service {service.name}) {text}"}
    service.events.insert(0, event)


def _run(task: Task) -> None:
    """Start the task, which runs until it is stopped."""
    task._transitions = []
    task.created_at = task.started_at = utcnow()
    task.last_status = "RUNNING"
    for container in task.containers:
        container.last_status, container.task_arn, container.exitCode = "RUNNING", task.task_arn, None


def _without_network(definition: Any) -> Any:
    copied = copy.copy(definition)
    copied.network_mode = None
    return copied


def _provider(cluster: Cluster, launch_type: str | None, strategy: list[dict[str, Any]] | None) -> str | None:
    """Return the capacity provider of a task; None: it has a launch type."""
    if launch_type and strategy:
        raise InvalidParameterException(
            "Specifying both a launch type and capacity provider strategy is not supported."
        )
    strategy = strategy or (not launch_type and cluster.default_capacity_provider_strategy) or []
    return strategy[0]["capacityProvider"] if strategy else None
