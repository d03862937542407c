# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of egress_proxy: nginx in a VPC without a NAT gateway, and squid, offered by PrivateLink, in one with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract import balancing
from tests.contract.balancing import balancer, elbv2, forwards, listener, target_group, target_group_removed
from tests.contract.case import TAGS, ZONES, Case, Drift, by_tags, only, subnets, tags
from tests.contract.world import World
from tests.emulator.conftest import HUB

IMAGE = f"{HUB}.dkr.ecr.eu-central-1.amazonaws.com/nginx:1.28"
GROUPS = {
    "payments": {
        "owner": "team-payments",
        "sources": [{"name": "alpha", "cidrs": ["10.1.0.0/16"]}],
        "allow": [
            {"domain": "api.stripe.com", "reason": "card payments"},
            {"domain": ".example.org", "ports": [443, 8443]},
            {"cidr": "203.0.113.0/24", "ports": [22]},
        ],
    },
    "everyone": {"sources": [{"name": "all", "cidrs": ["10.0.0.0/8"]}], "allow": [{"domain": "*.example.com"}]},
}
NGINX = {"name": "proxy", "vpc_name": "egress", "image": IMAGE, "groups": GROUPS, "tags": TAGS}


def vpc(world: World) -> None:
    tiers = [
        {"name": "public", "prefix": 24, "internet": "gateway"},
        {"name": "proxy", "prefix": 24, "internet": "nat"},
    ]
    options = {
        "name": "egress",
        "cidrs": ["10.99.0.0/16"],
        "availability_zone_ids": ZONES,
        "tiers": tiers,
        "nat_gateways": "per_az",
    }
    world.run("tiered_vpc", HUB, options)


CLOSED = {**NGINX, "vpc_name": "closed"}


def closed_vpc(world: World, services: list[str]) -> None:
    """Create a VPC without a way out, with these endpoints."""
    tiers = [{"name": "endpoint", "prefix": 24}, {"name": "proxy", "prefix": 24}]
    options = {"name": "closed", "cidrs": ["10.98.0.0/16"], "availability_zone_ids": ZONES, "tiers": tiers}
    world.run("tiered_vpc", HUB, options)
    endpoints = {"name": "closed", "services": services, "tiers": ["proxy"], "sources": ["10.98.0.0/16"]}
    world.run("closed_vpc_endpoints", HUB, endpoints)


OWNER = "egress_proxy/proxy"


def group(name: str) -> Callable[[World], str]:
    return by_tags(HUB, "describe_security_groups", "SecurityGroups", "GroupId", OWNER, name)


def rules(operation: str, port: int, name: str = "balancer", **described: str) -> Callable[[World], Any]:
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    peer = [{"CidrIp": "10.0.0.0/8", **described}]
    return lambda world: getattr(world.ec2(HUB), operation)(
        GroupId=group(name)(world), IpPermissions=[permission | {"IpRanges": peer}]
    )


def ecs(world: World) -> Any:
    return world.client(HUB, "ecs")


def cluster(world: World) -> str:
    return only([{"arn": arn} for arn in ecs(world).list_clusters()["clusterArns"]], "arn")


def service(world: World) -> str:
    return only([{"arn": arn} for arn in ecs(world).list_services(cluster=cluster(world))["serviceArns"]], "arn")


def definition(world: World) -> str:
    of = {"cluster": cluster(world), "services": [service(world)]}
    return ecs(world).describe_services(**of)["services"][0]["taskDefinition"]


def update(**arguments: Any) -> Callable[[World], Any]:
    """Return a change of the service; an argument that is a function is called with the world."""

    def change(world: World) -> Any:
        given = {key: value(world) if callable(value) else value for key, value in arguments.items()}
        return ecs(world).update_service(cluster=cluster(world), service=service(world), **given)

    return change


def network(world: World, groups: list[str]) -> dict[str, Any]:
    return {"awsvpcConfiguration": {"subnets": subnets(world, HUB, "egress", "proxy")[:1], "securityGroups": groups}}


def default_group(world: World) -> str:
    vpc_id = world.ec2(HUB).describe_security_groups(GroupIds=[group("task")(world)])["SecurityGroups"][0]["VpcId"]
    query = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    return only(world.ec2(HUB).describe_security_groups(Filters=query)["SecurityGroups"], "GroupId")


def retag(world: World, arn: str, **values: str) -> None:
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    ecs(world).tag_resource(resourceArn=arn, tags=pairs)


def group_removed(world: World) -> None:
    update(networkConfiguration=lambda world: network(world, [default_group(world)]))(world)
    world.ec2(HUB).delete_security_group(GroupId=group("task")(world))


def service_removed(world: World) -> None:
    ecs(world).delete_service(cluster=cluster(world), service=service(world), force=True)


def cluster_removed(world: World) -> None:
    arn = cluster(world)
    service_removed(world)
    ecs(world).delete_cluster(cluster=arn)


def another_definition(world: World) -> str:
    container = {"name": "proxy", "image": IMAGE, "portMappings": [{"containerPort": port} for port in (8443, 60443)]}
    made = ecs(world).register_task_definition(
        family="by-hand", networkMode="awsvpc", cpu="256", memory="512", containerDefinitions=[container]
    )
    return made["taskDefinition"]["taskDefinitionArn"]


def its_own_definition_again(world: World) -> None:
    for arn in ecs(world).list_task_definitions(familyPrefix="by-hand")["taskDefinitionArns"]:
        ecs(world).deregister_task_definition(taskDefinition=arn)


def balancer_removed(world: World) -> None:
    elbv2(world).delete_load_balancer(LoadBalancerArn=balancer(world))


def turned_over(world: World) -> None:
    (vpc_id,) = {one["VpcId"] for one in elbv2(world).describe_target_groups()["TargetGroups"]}
    made = elbv2(world).create_target_group(Name="by-hand", Protocol="TCP_UDP", Port=1, VpcId=vpc_id, TargetType="ip")
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    elbv2(world).modify_listener(ListenerArn=listener(world, 8443), Protocol="TCP_UDP", DefaultActions=forwards(arn))


def by_hand_removed(world: World) -> None:
    elbv2(world).delete_target_group(TargetGroupArn=target_group(world, 1))


def iam(world: World) -> Any:
    return world.client(HUB, "iam")


def role(world: World) -> str:
    found = iam(world).list_roles()["Roles"]
    return only([one for one in found if one["RoleName"].startswith("egress-proxy-")], "RoleName")


def role_removed(world: World) -> None:
    name = role(world)
    iam(world).delete_role_policy(RoleName=name, PolicyName="start-tasks")
    iam(world).delete_role(RoleName=name)


def retag_role(world: World, name: str, **values: str) -> None:
    iam(world).tag_role(RoleName=name, Tags=[{"Key": key, "Value": value} for key, value in values.items()])


ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
LOGS = "/closednet/egress_proxy/proxy"


def logs(world: World) -> Any:
    return world.client(HUB, "logs")


def log_group(world: World) -> str:
    found = logs(world).describe_log_groups(logGroupNamePrefix=LOGS)["logGroups"]
    return only(found, "arn").removesuffix(":*")


def retag_logs(world: World, arn: str, **values: str) -> None:
    logs(world).tag_resource(resourceArn=arn, tags=values)


def parameter(world: World) -> str:
    found = world.client(HUB, "ssm").describe_parameters()["Parameters"]
    return only([one for one in found if one["Name"].startswith(LOGS)], "Name")


def foreign_role(world: World) -> str:
    plan = world.run("egress_proxy", HUB, NGINX, check=True)["plan"]
    name = next(step["after"]["role_name"] for step in plan if step["address"] == "execution_role.main")
    made = iam(world).create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ANYBODY))
    return made["Role"]["Arn"]


def foreign_cluster(world: World) -> str:
    plan = world.run("egress_proxy", HUB, NGINX, check=True)["plan"]
    name = next(step["after"]["cluster"] for step in plan if step["address"] == "ecs_cluster.main")
    return ecs(world).create_cluster(clusterName=name)["cluster"]["clusterArn"]


def foreign_log_group(world: World) -> str:
    logs(world).create_log_group(logGroupName=LOGS)
    return log_group(world)


GROUP_DRIFTS = [
    Drift(
        "security_group: a port opened",
        "security_group",
        ("ingress",),
        "change",
        rules("authorize_security_group_ingress", 22),
    ),
    Drift(
        "security_group: a port closed",
        "security_group",
        ("ingress",),
        "change",
        rules("revoke_security_group_ingress", 443),
    ),
    Drift(
        "security_group: a rule described",
        "security_group",
        ("ingress",),
        "change",
        rules("update_security_group_rule_descriptions_ingress", 443, Description="by hand"),
    ),
    Drift(
        "security_group: a way out",
        "security_group",
        ("egress",),
        "change",
        rules("authorize_security_group_egress", 25, "task"),
    ),
    Drift(
        "security_group: removed",
        "security_group",
        ("vpc", "group_name", "description"),
        "create",
        group_removed,
    ),
    *tags("security_group", HUB, group("task")),
]
BALANCER_DRIFTS = [
    *balancing.drifts(8443, "egress", "proxy"),
    Drift(
        "load_balancer: removed",
        "load_balancer",
        ("name", "subnets", "security_groups"),
        "create",
        balancer_removed,
    ),
    Drift(
        "target_group: another check",
        "target_group",
        ("health_check",),
        "change",
        lambda world: elbv2(world).modify_target_group(TargetGroupArn=target_group(world, 8443), HealthCheckPort="80"),
    ),
    Drift(
        "target_group_attributes: of a group that was removed",
        "target_group_attributes",
        ("target_group",),
        "create",
        lambda world: target_group_removed(world, 8443),
    ),
    Drift(
        "target_group_attributes: no PROXY header",
        "target_group_attributes",
        ("attributes",),
        "change",
        lambda world: elbv2(world).modify_target_group_attributes(
            TargetGroupArn=target_group(world, 8443),
            Attributes=[{"Key": "proxy_protocol_v2.enabled", "Value": "false"}],
        ),
    ),
    Drift(
        "listener: turned over",
        "listener",
        ("protocol", "target_group"),
        "change",
        turned_over,
        others=by_hand_removed,
    ),
]
TASK_DRIFTS = [
    Drift(
        "log_group: removed",
        "log_group",
        ("log_group",),
        "create",
        lambda world: logs(world).delete_log_group(logGroupName=LOGS),
    ),
    Drift(
        "log_group: kept for a day",
        "log_group",
        ("retention_days",),
        "change",
        lambda world: logs(world).put_retention_policy(logGroupName=LOGS, retentionInDays=1),
    ),
    *tags("log_group", HUB, log_group, retag_logs),
    Drift("execution_role: removed", "execution_role", ("role_name",), "create", role_removed),
    Drift(
        "execution_role: for anybody",
        "execution_role",
        ("trust",),
        "change",
        lambda world: iam(world).update_assume_role_policy(RoleName=role(world), PolicyDocument=json.dumps(ANYBODY)),
    ),
    Drift(
        "execution_role: may do anything",
        "execution_role",
        ("policy",),
        "change",
        lambda world: iam(world).put_role_policy(
            RoleName=role(world), PolicyName="start-tasks", PolicyDocument=json.dumps(ANYTHING)
        ),
    ),
    *tags("execution_role", HUB, role, retag_role),
    Drift("ecs_cluster: removed", "ecs_cluster", ("cluster",), "create", cluster_removed),
    *tags("ecs_cluster", HUB, cluster, retag),
    Drift(
        "proxy_configuration: removed",
        "proxy_configuration",
        ("parameter",),
        "create",
        lambda world: world.client(HUB, "ssm").delete_parameter(Name=parameter(world)),
        confirm=(),
    ),
    Drift(
        "proxy_configuration: overwritten",
        "proxy_configuration",
        ("sha256",),
        "change",
        lambda world: world.client(HUB, "ssm").put_parameter(
            Name=parameter(world), Value="anything", Type="String", Overwrite=True
        ),
    ),
    Drift(
        "task_definition: deregistered",
        "task_definition",
        ("family", "content", "definition", "tags"),
        "create",
        lambda world: ecs(world).deregister_task_definition(taskDefinition=definition(world)),
    ),
    Drift("ecs_service: removed", "ecs_service", ("cluster", "service"), "create", service_removed),
    Drift(
        "ecs_service: runs something else",
        "ecs_service",
        ("definition",),
        "change",
        update(taskDefinition=another_definition),
        others=its_own_definition_again,
    ),
    Drift("ecs_service: one task", "ecs_service", ("desired_count",), "change", update(desiredCount=1)),
    Drift(
        "ecs_service: one zone",
        "ecs_service",
        ("network",),
        "change",
        update(networkConfiguration=lambda world: network(world, [group("task")(world)])),
    ),
    Drift("ecs_service: no clients", "ecs_service", ("load_balancers",), "change", update(loadBalancers=[])),
    Drift(
        "ecs_service: no way back",
        "ecs_service",
        ("deployment",),
        "change",
        update(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": False}}),
    ),
    *tags("ecs_service", HUB, service, retag),
]
EGRESS_PROXY = Case(
    "egress_proxy",
    HUB,
    NGINX,
    [HUB],
    [*GROUP_DRIFTS, *BALANCER_DRIFTS, *TASK_DRIFTS],
    before=vpc,
    stays={"log": "the log of who reached what stays"},
    foreign={"role": foreign_role, "cluster": foreign_cluster, "log group": foreign_log_group},
    reads=("ecs", "Describe*"),
)
SQUID = Case(
    "egress_proxy",
    HUB,
    {**NGINX, "kind": "squid", "resolvers": ["10.99.0.2"]},
    [HUB],
    before=vpc,
    stays={"log": "the log of who reached what stays"},
    reads=("ecs", "Describe*"),
    name="with squid",
)

CASES = [EGRESS_PROXY, SQUID]
