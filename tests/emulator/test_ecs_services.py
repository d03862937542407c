# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services of ECS behind load balancers, and their deployments. D: the operation's page of the API reference."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.emulator.conftest import SPOKE, Emulator, error_of

IMAGE = f"{SPOKE}.dkr.ecr.eu-central-1.amazonaws.com/app"


@pytest.fixture
def network(client: Callable[..., Any], ec2: Any, vpc_id: str, subnet_id: str) -> Any:
    elbv2, ecs = client(SPOKE, "elbv2"), client(SPOKE, "ecs")
    balancer = elbv2.create_load_balancer(Name="app", Type="network", Scheme="internal", Subnets=[subnet_id])
    group = elbv2.create_target_group(Name="app", Protocol="TCP", Port=8443, VpcId=vpc_id, TargetType="ip")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="TCP",
        Port=443,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    ecs.create_cluster(clusterName="app")
    return SimpleNamespace(ecs=ecs, elbv2=elbv2, group=arn, subnet=subnet_id, vpc=vpc_id)


def register(network: Any, tag: str = "1") -> str:
    container = {"name": "app", "image": f"{IMAGE}:{tag}", "portMappings": [{"containerPort": 8443}]}
    made = network.ecs.register_task_definition(
        family="app", networkMode="awsvpc", cpu="256", memory="512", containerDefinitions=[container]
    )
    return made["taskDefinition"]["taskDefinitionArn"]


def arguments(network: Any, **changed: Any) -> dict[str, Any]:
    balancer = {"targetGroupArn": network.group, "containerName": "app", "containerPort": 8443}
    return {
        "cluster": "app",
        "serviceName": "app",
        "taskDefinition": register(network),
        "desiredCount": 2,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": [network.subnet]}},
        "loadBalancers": [{**balancer, **changed.pop("balancer", {})}],
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        **changed,
    }


def described(network: Any) -> dict[str, Any]:
    return network.ecs.describe_services(cluster="app", services=["app"])["services"][0]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"containerName": "other"}, "The container other does not exist in the task definition."),
        # https://github.com/pulumi/pulumi-aws/issues/3095
        ({"containerPort": 80}, "The container app did not have a container port 80 defined."),
    ],
)
def test_a_load_balancer_needs_a_container_and_its_port(network: Any, changed: dict[str, Any], text: str) -> None:
    told = error_of(network.ecs.create_service, **arguments(network, balancer=changed))
    assert told == ("InvalidParameterException", text)


def test_a_target_group_needs_a_listener(network: Any) -> None:
    """https://github.com/umotif-public/terraform-aws-ecs-fargate/issues/43"""
    made = network.elbv2.create_target_group(Name="b", Protocol="TCP", Port=1, VpcId=network.vpc, TargetType="ip")
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    text = f"The target group with targetGroupArn {arn} does not have an associated load balancer."
    told = error_of(network.ecs.create_service, **arguments(network, balancer={"targetGroupArn": arn}))
    assert told == ("InvalidParameterException", text)


def test_a_deployment_configuration_has_defaults_and_is_changed_by_its_members(network: Any) -> None:
    """D: DeploymentConfiguration, "the default maximumPercent ... is 200%", "minimumHealthyPercent ... is 100%"."""
    network.ecs.create_service(**arguments(network))
    found = described(network)["deploymentConfiguration"]
    assert (found["maximumPercent"], found["minimumHealthyPercent"]) == (200, 100)
    network.ecs.update_service(cluster="app", service="app", deploymentConfiguration={"maximumPercent": 150})
    found = described(network)["deploymentConfiguration"]
    assert found["maximumPercent"] == 150 and found["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_another_task_definition_is_another_deployment(network: Any) -> None:
    """D: Deployment, PRIMARY: "the most recent deployment of a service"."""
    network.ecs.create_service(**arguments(network))
    (before,) = described(network)["deployments"]
    arn = register(network, "2")
    network.ecs.update_service(cluster="app", service="app", taskDefinition=arn)
    (after,) = described(network)["deployments"]
    assert (after["status"], after["rolloutState"], after["taskDefinition"]) == ("PRIMARY", "COMPLETED", arn)
    assert after["id"] != before["id"]


def test_the_circuit_breaker_goes_back_to_the_last_deployment_that_worked(network: Any, emulator: Emulator) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"""
    network.ecs.create_service(**arguments(network))
    works = described(network)["taskDefinition"]
    emulator.control("POST", "settings", {"failing_images": {"*:broken": "exit code 1"}})
    network.ecs.update_service(cluster="app", service="app", taskDefinition=register(network, "broken"))

    states = {one["status"]: one["rolloutState"] for one in described(network)["deployments"]}
    assert states == {"PRIMARY": "IN_PROGRESS", "ACTIVE": "FAILED"}
    (settled,) = described(network)["deployments"]
    assert (settled["rolloutState"], settled["taskDefinition"]) == ("COMPLETED", works)
    assert described(network)["taskDefinition"] == works and described(network)["runningCount"] == 2


def test_without_a_rollback_a_failed_deployment_stays(network: Any, emulator: Emulator) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    network.ecs.create_service(**arguments(network, deploymentConfiguration=breaker))
    emulator.control("POST", "settings", {"failing_images": {"*:broken": "exit code 1"}})
    network.ecs.update_service(cluster="app", service="app", taskDefinition=register(network, "broken"))
    (found,) = described(network)["deployments"]
    assert found["rolloutState"] == "FAILED"
