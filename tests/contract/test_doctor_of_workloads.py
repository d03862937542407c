# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""closed_vpc_doctor on existing workloads: all healthy, then with one fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._core.module import execute
from tests.contract import closed_cases as closed
from tests.contract import workload_cases as cases
from tests.contract.conftest import Converged
from tests.contract.world import REGION, World, capability, validated
from tests.emulator.conftest import SPOKE

DENIED = {"action": "error", "code": "AccessDeniedException", "status": 400, "message": "not authorized to perform"}


@pytest.fixture(scope="module")
def all_of_them(new_world: Callable[[], World], kept: Converged) -> Iterator[World]:
    kept.forget()
    world = new_world()
    cases.all_of_them(world)
    yield world


def where(world: World) -> dict[str, Any]:
    return {"subnet_ids": world.made["subnets"], "security_group_ids": [world.made["workload"]]}


def ask(world: World, *targets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return world.run("closed_vpc_doctor", SPOKE, {"targets": list(targets), **more})


@pytest.mark.parametrize("number", range(len(cases.MAKERS)), ids=list(cases.MAKERS))
def test_what_is_in_order_has_no_finding_and_costs_at_most_40_calls(all_of_them: World, number: int) -> None:
    target = all_of_them.made["targets"][number]
    more = where(all_of_them) if {"ecs_task_definition", "db_instance", "db_cluster"} & target.keys() else {}
    result = ask(all_of_them, target, services=["dynamodb"], **more)
    assert result["findings"] == [] and result["healthy"]
    # One of the calls asks which account the cached session belongs to.
    assert sum(result["api_calls"].values()) <= 40
    assert result["vpc_id"] == closed.vpc_id(all_of_them) and result["subnet_ids"]


def stopped(world: World) -> None:
    world.client(SPOKE, "ecs").update_service(cluster="shop", service="web", desiredCount=0)


def without_permission(action: str) -> Callable[[World], None]:
    def deny(world: World) -> None:
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        document = {**cases.ALLOW_ALL, "Statement": [*cases.ALLOW_ALL["Statement"], statement]}
        world.client(SPOKE, "iam").put_role_policy(
            RoleName="web-execution", PolicyName="own", PolicyDocument=json.dumps(document)
        )

    return deny


def secret_policy(world: World) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
    }
    world.client(SPOKE, "secretsmanager").put_resource_policy(
        SecretId=world.made["web secret"],
        ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def key_disabled(world: World) -> None:
    world.client(SPOKE, "kms").disable_key(KeyId=world.made["web key"])


def no_log_group(world: World) -> None:
    world.client(SPOKE, "logs").delete_log_group(logGroupName="/ecs/web")


def no_parameter(world: World) -> None:
    world.client(SPOKE, "ssm").delete_parameter(Name="/web/level")


def from_docker_hub(world: World) -> None:
    ecs = world.client(SPOKE, "ecs")
    task = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    (container,) = task["containerDefinitions"]
    fields = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn")
    ecs.register_task_definition(
        containerDefinitions=[container | {"image": "nginx:1"}], **{field: task[field] for field in fields}
    )
    ecs.update_service(cluster="shop", service="web", taskDefinition="web")


def database_shut(world: World) -> None:
    group = world.ec2(SPOKE).describe_security_groups(GroupIds=[world.made["database"]])["SecurityGroups"][0]
    world.ec2(SPOKE).revoke_security_group_ingress(GroupId=world.made["database"], IpPermissions=group["IpPermissions"])


BREAKS = {
    "no task wanted": (stopped, "target_stopped"),
    "may not log": (without_permission("logs:PutLogEvents"), "iam_role_missing_permission"),
    "secret for another endpoint": (secret_policy, "resource_policy_source_vpce"),
    "key disabled": (key_disabled, "kms_key_unusable"),
    "log group removed": (no_log_group, "log_group_missing"),
    "parameter removed": (no_parameter, "secret_or_parameter_missing"),
    "image of Docker Hub": (from_docker_hub, "public_registry_image"),
    "database's group shut": (database_shut, "target_sg_or_port"),
    "endpoint removed": (closed.removed("secretsmanager"), "endpoint_missing"),
}


@pytest.fixture
def shop(world: World) -> World:
    """World with an ECS service and its database."""
    cases.network(world)
    world.made["targets"] = [cases.ecs_service(world), cases.db_instance(world)]
    return world


@pytest.mark.parametrize("name", BREAKS)
def test_what_somebody_broke_is_named_and_nothing_else(shop: World, name: str) -> None:
    make, cause = BREAKS[name]
    make(shop)
    findings = ask(shop, *shop.made["targets"])["findings"]
    assert {(finding["id"], finding["status"]) for finding in findings} == {(cause, "cause")}
    assert all("ecs_service web" in finding["targets"] for finding in findings)


@pytest.mark.parametrize(
    ("service", "operation", "hidden"),
    [
        ("ecs", "DescribeTaskDefinition", {"public_registry_image", "log_group_missing", "proxy_settings"}),
        ("iam", "SimulatePrincipalPolicy", {"iam_role_missing_permission"}),
        ("secretsmanager", "DescribeSecret", {"secret_or_parameter_missing"}),
        ("rds", "DescribeDBInstances", {"target_stopped", "target_sg_or_port"}),
    ],
)
def test_what_may_not_be_read_is_unknown_and_names_the_action(
    shop: World, service: str, operation: str, hidden: set[str]
) -> None:
    rule = {"service": service, "operation": operation, "account": SPOKE}
    shop.emulator.control("POST", "faults", DENIED | rule)
    findings = ask(shop, *shop.made["targets"])["findings"]
    assert hidden <= {finding["id"] for finding in findings}
    assert {finding["status"] for finding in findings} == {"unknown"}
    assert any(f"{service}:{operation}" in finding["says"] for finding in findings)


def test_what_isnt_there_is_told(shop: World) -> None:
    for target, text in (
        (
            {"ecs_service": "wbe", "ecs_cluster": "shop"},
            "targets[0].ecs_service: 'wbe' doesn't exist; expected one of web",
        ),
        ({"ecs_service": "web", "ecs_cluster": "shpo"}, "targets[0].ecs_service: 'web' doesn't exist: "),
        ({"db_instance": "order"}, "targets[0].db_instance: 'order' doesn't exist: "),
        ({"lambda_function": "orders"}, "targets[0].lambda_function: 'orders' doesn't exist: "),
        ({"instance_id": "i-0123456789abcdef0"}, "targets[0].instance_id: 'i-0123456789abcdef0' doesn't exist: "),
        ({"glue_job": "nightly"}, "targets[0].glue_job: 'nightly' doesn't exist: "),
        ({"notebook_instance": "lab"}, "targets[0].notebook_instance: 'lab' doesn't exist: "),
        ({"sagemaker_domain_id": "d-lab"}, "targets[0].sagemaker_domain_id: 'd-lab' doesn't exist: "),
    ):
        options = {"targets": [target]}
        assert text in str(shop.failure("closed_vpc_doctor", SPOKE, options))


def test_targets_in_two_vpcs_are_refused(shop: World) -> None:
    ec2 = shop.ec2(SPOKE)
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=other, CidrBlock="10.9.0.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]
    made = ec2.run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1, SubnetId=subnet["SubnetId"])[
        "Instances"
    ][0]["InstanceId"]
    options = {"targets": [shop.made["targets"][0], {"instance_id": made}]}
    failure = str(shop.failure("closed_vpc_doctor", SPOKE, options))
    assert "ecs_service web in vpc-" in failure and f"instance_id {made} in {other}" in failure


def test_what_was_saved_of_targets_tells_the_same(shop: World, tmp_path: Any) -> None:
    without_permission("logs:PutLogEvents")(shop)
    targets = shop.made["targets"]
    now = ask(shop, *targets, save_snapshot_dir=str(tmp_path / "case"))
    options = {"targets": targets, "snapshot_dir": str(tmp_path / "case")}
    later = execute(capability("closed_vpc_doctor"), validated("closed_vpc_doctor", options), check_mode=False)
    assert now["findings"] and later["findings"] == json.loads(json.dumps(now["findings"]))
    assert (later["services"], later["vpc_id"], later["api_calls"]) == (now["services"], now["vpc_id"], {})
    options["targets"] = [{"db_instance": "other"}]
    with pytest.raises(Failure, match="isn't in the snapshot; expected ecs_service web"):
        execute(capability("closed_vpc_doctor"), validated("closed_vpc_doctor", options), check_mode=False)
