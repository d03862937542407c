# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Network Load Balancer that a module creates in the hub's account, and drifts of it."""

from __future__ import annotations

from typing import Any

from tests.contract.case import Drift, only, subnets, tags
from tests.contract.world import World
from tests.emulator.conftest import HUB


def elbv2(world: World) -> Any:
    return world.client(HUB, "elbv2")


def balancer(world: World) -> str:
    found = elbv2(world).describe_load_balancers()["LoadBalancers"]
    return only([item for item in found if item["LoadBalancerName"] != "by-hand"], "LoadBalancerArn")


def target_group(world: World, port: int) -> str:
    found = elbv2(world).describe_target_groups()["TargetGroups"]
    return only([item for item in found if item["Port"] == port], "TargetGroupArn")


def listener(world: World, port: int) -> str:
    found = elbv2(world).describe_listeners(LoadBalancerArn=balancer(world))["Listeners"]
    return only([item for item in found if item["Port"] == port], "ListenerArn")


def target_group_removed(world: World, port: int) -> None:
    removed = target_group(world, port)
    elbv2(world).delete_listener(ListenerArn=listener(world, port))
    elbv2(world).delete_target_group(TargetGroupArn=removed)


def forwards(arn: str) -> list[dict[str, str]]:
    return [{"Type": "forward", "TargetGroupArn": arn}]


def retag(world: World, arn: str, **values: str) -> None:
    elbv2(world).add_tags(ResourceArns=[arn], Tags=[{"Key": key, "Value": value} for key, value in values.items()])


def drifts(port: int, vpc_name: str, tier: str) -> list[Drift]:
    """Build the drifts. port: of one of its listeners and target groups; vpc_name, tier: where it is."""
    return [
        Drift(
            "load_balancer: zones stay apart",
            "load_balancer",
            ("cross_zone",),
            "change",
            lambda world: elbv2(world).modify_load_balancer_attributes(
                LoadBalancerArn=balancer(world),
                Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}],
            ),
        ),
        Drift(
            "load_balancer: one zone",
            "load_balancer",
            ("subnets",),
            "change",
            lambda world: elbv2(world).set_subnets(
                LoadBalancerArn=balancer(world), Subnets=subnets(world, HUB, vpc_name, tier)[:1]
            ),
        ),
        *tags("load_balancer", HUB, balancer, retag),
        *tags("target_group", HUB, lambda world: target_group(world, port), retag),
        Drift(
            "target_group: removed",
            "target_group",
            ("name", "protocol", "port", "vpc", "target_type"),
            "create",
            lambda world: target_group_removed(world, port),
        ),
        Drift(
            "listener: removed",
            "listener",
            ("load_balancer", "port"),
            "create",
            lambda world: elbv2(world).delete_listener(ListenerArn=listener(world, port)),
        ),
        Drift(
            "listener: added",
            "listener",
            ("load_balancer", "port", "protocol", "target_group"),
            "delete",
            lambda world: elbv2(world).create_listener(
                LoadBalancerArn=balancer(world),
                Protocol="TCP",
                Port=22,
                DefaultActions=forwards(target_group(world, port)),
            ),
        ),
    ]
