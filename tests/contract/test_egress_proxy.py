# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proxy: what it refuses, and how a new configuration gets to its tasks."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.contract.proxy_cases import CLOSED, EGRESS_PROXY, GROUPS, IMAGE, closed_vpc, vpc
from tests.contract.world import World
from tests.emulator.conftest import HUB

MORE = copy.deepcopy(GROUPS)
MORE["payments"]["allow"].append({"domain": "api.adyen.com"})
FEWER: dict[str, Any] = {"payments": GROUPS["payments"]}


def run(world: World, **options: Any) -> dict[str, Any]:
    return world.run("egress_proxy", HUB, {**EGRESS_PROXY.options, **options})


def service(world: World) -> dict[str, Any]:
    ecs = world.client(HUB, "ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    (arn,) = ecs.list_services(cluster=cluster)["serviceArns"]
    return ecs.describe_services(cluster=cluster, services=[arn])["services"][0]


def parameters(world: World) -> list[str]:
    found = world.client(HUB, "ssm").describe_parameters()["Parameters"]
    return [one["Name"] for one in found if one["Name"].startswith("/closednet/")]


@pytest.fixture
def proxy(world: World) -> World:
    vpc(world)
    run(world)
    return world


def test_a_new_entry_is_a_new_revision_and_the_former_one_goes_after_the_service_has_changed(proxy: World) -> None:
    before, former = service(proxy)["taskDefinition"], parameters(proxy)
    result = run(proxy, groups=MORE)
    assert result["egress_changes"] == ["payments: + api.adyen.com:443 from alpha (10.1.0.0/16)"]
    assert service(proxy)["taskDefinition"] != before and not set(former) & set(parameters(proxy))
    order = [name for name in proxy.writes if not name.startswith("Describe")]
    assert order == [
        "PutParameter",
        "RegisterTaskDefinition",
        "UpdateService",
        "DeregisterTaskDefinition",
        "DeleteParameter",
    ]
    assert run(proxy, groups=MORE)["plan"] == []


def test_tasks_that_do_not_start_are_rolled_back_and_the_run_says_so(proxy: World) -> None:
    running, known = service(proxy)["taskDefinition"], parameters(proxy)
    proxy.emulator.control("POST", "settings", {"failing_images": {"*:broken": "exit code 1"}})
    failure = str(proxy.failure("egress_proxy", HUB, {**EGRESS_PROXY.options, "image": f"{IMAGE[:-5]}:broken"}))
    assert "the state is FAILED" in failure
    assert "gone back to the former tasks" in failure
    assert service(proxy)["taskDefinition"] == running
    assert set(known) <= set(parameters(proxy)), "the tasks that run need theirs"
    # With what worked, all is well again and nothing is left of the attempt.
    proxy.emulator.control("POST", "settings", {"failing_images": {}})
    run(proxy)
    assert service(proxy)["taskDefinition"] == running and parameters(proxy) == known
    assert run(proxy)["plan"] == []


def test_what_is_no_longer_declared_is_confirmed_by_name(proxy: World) -> None:
    failure = str(proxy.failure("egress_proxy", HUB, {**EGRESS_PROXY.options, "groups": FEWER}))
    assert "confirm_removals=everyone" in failure and "10.0.0.0/8" in failure
    assert proxy.writes == []
    assert any("confirm_removals" in note for note in world_check(proxy, groups=FEWER)["notes"])
    run(proxy, groups=FEWER, confirm_removals=["everyone"])
    assert run(proxy, groups=FEWER)["plan"] == []


def world_check(world: World, **options: Any) -> dict[str, Any]:
    return world.run("egress_proxy", HUB, {**EGRESS_PROXY.options, **options}, check=True)


def test_a_lost_source_is_confirmed_by_the_account_that_has_it(proxy: World) -> None:
    narrower = copy.deepcopy(GROUPS)
    narrower["everyone"]["sources"] = [{"name": "all", "cidrs": ["10.0.0.0/9"]}]
    accounts = {"beta": ["10.200.0.0/16"]}
    failure = str(
        proxy.failure("egress_proxy", HUB, {**EGRESS_PROXY.options, "groups": narrower, "accounts": accounts})
    )
    assert "everyone/beta" in failure and proxy.writes == []


def test_without_a_nat_gateway_or_endpoints_nothing_is_written(world: World) -> None:
    closed_vpc(world, services=["ecr.api", "logs"])
    failure = str(world.failure("egress_proxy", HUB, CLOSED))
    assert "lacks the endpoints ecr.dkr, ssm, s3" in failure and "workloads: [ecs_fargate]" in failure
    assert "no default route" in failure
    assert world.writes == []
    told = world.run("egress_proxy", HUB, CLOSED, check=True)
    assert any("lacks the endpoints" in finding for finding in told["findings"])


def test_before_its_vpc_exists_it_can_be_planned_but_not_applied(world: World) -> None:
    planned = world_check(world)
    assert {step["address"].partition(".")[0] for step in planned["plan"]} >= {"ecs_service", "task_definition"}
    assert "vpc_name" in str(world.failure("egress_proxy", HUB, EGRESS_PROXY.options))
    assert world.writes == []


def test_no_task_has_rights_or_a_role(proxy: World) -> None:
    ecs = proxy.client(HUB, "ecs")
    definition = ecs.describe_task_definition(taskDefinition=service(proxy)["taskDefinition"])["taskDefinition"]
    assert "taskRoleArn" not in definition
    for container in definition["containerDefinitions"]:
        assert container["readonlyRootFilesystem"] and not container["privileged"]
        assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert [one["user"] for one in definition["containerDefinitions"]] == ["0", "65534"]


def test_only_the_balancer_reaches_the_tasks(proxy: World) -> None:
    groups = proxy.ec2(HUB).describe_security_groups()["SecurityGroups"]
    named = {one["GroupName"]: one for one in groups if one["GroupName"].startswith("closednet-egress-proxy")}
    balancer, task = (named[f"closednet-egress-proxy-proxy-{part}"] for part in ("balancer", "task"))
    for permission in task["IpPermissions"]:
        assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [balancer["GroupId"]]
        assert permission["IpRanges"] == []
    (found,) = proxy.client(HUB, "elbv2").describe_load_balancers()["LoadBalancers"]
    assert found["SecurityGroups"] == [balancer["GroupId"]] and found["Scheme"] == "internal"
