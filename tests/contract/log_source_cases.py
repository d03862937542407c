# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of log_source: subscriptions by a policy of the account, and by log group."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, Case, Drift, tags
from tests.contract.log_destinations import (
    ROLE,
    create_destinations,
    create_streams,
    destination_arn,
    stream_arn,
)
from tests.contract.world import World
from tests.emulator.conftest import HUB, SPOKE

POLICY = "SUBSCRIPTION_FILTER_POLICY"
READS = ("logs", "Describe*")
PROBE = "/closednet/log_source/customer-a/probe"
NAME = "closednet-log_source-customer-a"
FILTER = "closednet/log_source/customer-a"
STAYS = {"log": "retention that the module set stays with the groups of others"}


def logs(world: World, account: str = SPOKE) -> Any:
    return world.client(account, "logs")


def groups(world: World, account: str, *names: str) -> None:
    for name in names:
        logs(world, account).create_log_group(logGroupName=name)


def before(world: World) -> None:
    create_destinations(world, "cloudwatch", "ecs_json")
    groups(world, SPOKE, "/ecs/payments", "/ecs/load-test", "/aws/lambda/orders")
    logs(world).put_retention_policy(logGroupName="/aws/lambda/orders", retentionInDays=14)


SOURCE = {
    "name": "customer-a",
    "destination_arn": destination_arn("cloudwatch"),
    "log_groups": [{"name": "/ecs/payments", "destination_arn": destination_arn("ecs_json"), "filter_pattern": "paid"}],
    "excluded_log_groups": ["/ecs/load-test"],
    "retention_days": 90,
    "tags": TAGS,
}


def put_policy(account: str = SPOKE, name: str = NAME, excluded: list[str] | None = None, **document: Any) -> Any:
    """Return a function that sets the account-level policy by hand."""
    wanted = {"DestinationArn": destination_arn("cloudwatch"), "FilterPattern": "", **document}
    names = ["/ecs/load-test", "/ecs/payments"] if excluded is None else excluded
    criteria = {"selectionCriteria": f"LogGroupName NOT IN {json.dumps(names)}"} if names else {}
    return lambda world: logs(world, account).put_account_policy(
        policyName=name, policyType=POLICY, policyDocument=json.dumps(wanted), scope="ALL", **criteria
    )


def put_filter(**changed: Any) -> Callable[[World], Any]:
    wanted = {
        "logGroupName": "/ecs/payments",
        "filterName": FILTER,
        "filterPattern": "paid",
        "destinationArn": destination_arn("ecs_json"),
    }
    return lambda world: logs(world).put_subscription_filter(**{**wanted, **changed})


def no_filter(world: World) -> None:
    logs(world).delete_subscription_filter(logGroupName="/ecs/payments", filterName=FILTER)


def no_policy(world: World) -> None:
    logs(world).delete_account_policy(policyName=NAME, policyType=POLICY)


def probe_arn(world: World) -> str:
    (group,) = logs(world).describe_log_groups(logGroupNamePrefix=PROBE)["logGroups"]
    return group["arn"].removesuffix(":*")


def retag(world: World, arn: str, **values: str) -> None:
    logs(world).tag_resource(resourceArn=arn, tags=values)


def foreign_policy(world: World) -> str:
    put_policy(name="landing-zone")(world)
    return "landing-zone"


def foreign_filters(world: World) -> str:
    for name in ("siem", "metrics"):
        put_filter(filterName=name)(world)
    return "siem (to arn:"


def the_same_destination(world: World) -> str:
    put_filter(filterName="siem")(world)
    return "/ecs/payments:siem"


def foreign_probe(world: World) -> str:
    groups(world, SPOKE, PROBE)
    return probe_arn(world)


LOG_SOURCE = Case(
    "log_source",
    SPOKE,
    SOURCE,
    [SPOKE],
    [
        Drift(
            "policy: removed",
            "subscription_policy",
            ("policy_name", "destination_arn", "filter_pattern", "excluded"),
            "create",
            no_policy,
        ),
        Drift(
            "policy: elsewhere",
            "subscription_policy",
            ("destination_arn",),
            "change",
            put_policy(DestinationArn=destination_arn("ecs_json")),
        ),
        Drift("policy: a pattern", "subscription_policy", ("filter_pattern",), "change", put_policy(FilterPattern="x")),
        Drift(
            "policy: another group left out",
            "subscription_policy",
            ("excluded",),
            "change",
            put_policy(excluded=["/aws/lambda/orders", "/ecs/load-test", "/ecs/payments"]),
        ),
        Drift(
            "filter: removed",
            "subscription_filter",
            ("log_group", "filter_name", "destination_arn", "filter_pattern"),
            "create",
            no_filter,
        ),
        Drift(
            "filter: elsewhere",
            "subscription_filter",
            ("destination_arn",),
            "change",
            put_filter(destinationArn=destination_arn("cloudwatch")),
        ),
        Drift(
            "filter: another pattern",
            "subscription_filter",
            ("filter_pattern",),
            "change",
            put_filter(filterPattern="x"),
        ),
        Drift(
            "a log group keeps its events for ever",
            "source_log_group",
            ("retention_days",),
            "change",
            lambda world: logs(world).delete_retention_policy(logGroupName="/ecs/payments"),
        ),
        Drift(
            "probe: removed",
            "probe_log_group",
            ("log_group", "retention_days"),
            "create",
            lambda world: logs(world).delete_log_group(logGroupName=PROBE),
        ),
        Drift(
            "probe: kept longer",
            "probe_log_group",
            ("retention_days",),
            "change",
            lambda world: logs(world).put_retention_policy(logGroupName=PROBE, retentionInDays=365),
        ),
        *tags("probe_log_group", SPOKE, probe_arn, retag),
    ],
    before=before,
    stays=STAYS,
    foreign={
        "policy": foreign_policy,
        "filters": foreign_filters,
        "filter to the same destination": the_same_destination,
        "probe": foreign_probe,
    },
    reads=READS,
)


def before_own(world: World) -> None:
    create_streams(world, "cloudwatch")
    iam = world.client(HUB, "iam")
    trust = iam.get_role(RoleName="log-streams")["Role"]["AssumeRolePolicyDocument"]
    iam.create_role(RoleName="other-streams", AssumeRolePolicyDocument=json.dumps(trust))
    may = iam.get_role_policy(RoleName="log-streams", PolicyName="all")["PolicyDocument"]
    iam.put_role_policy(RoleName="other-streams", PolicyName="all", PolicyDocument=json.dumps(may))
    groups(world, HUB, *OF_DELIVERY, "/ecs/hub", "/ecs/dns")


OTHER_ROLE = f"arn:aws:iam::{HUB}:role/other-streams"
OF_DELIVERY = [
    "/aws/kinesisfirehose/logs-cloudwatch",
    "/aws/lambda/logs-handler",
    "/closednet/log_archive/logs",
]
ARCHIVE = Case(
    "log_source",
    HUB,
    {
        "name": "archive",
        "destination_arn": stream_arn("cloudwatch"),
        "role_arn": ROLE,
        "policy_name": "all-of-the-archive",
    },
    [HUB],
    [
        Drift(
            "policy: another role",
            "subscription_policy",
            ("role_arn",),
            "change",
            put_policy(
                HUB, "all-of-the-archive", OF_DELIVERY, DestinationArn=stream_arn("cloudwatch"), RoleArn=OTHER_ROLE
            ),
        ),
        Drift(
            "policy: the delivery feeds itself",
            "subscription_policy",
            ("excluded",),
            "change",
            put_policy(HUB, "all-of-the-archive", [], DestinationArn=stream_arn("cloudwatch"), RoleArn=ROLE),
        ),
    ],
    before=before_own,
    reads=READS,
    name="of the archive's own account",
)
BY_GROUP = Case(
    "log_source",
    HUB,
    {
        "name": "archive",
        "log_groups": [{"name": "/ecs/hub", "destination_arn": stream_arn("cloudwatch"), "role_arn": ROLE}],
    },
    [HUB],
    [
        Drift(
            "filter: another role",
            "subscription_filter",
            ("role_arn",),
            "change",
            lambda world: logs(world, HUB).put_subscription_filter(
                logGroupName="/ecs/hub",
                filterName="closednet/log_source/archive",
                filterPattern="",
                destinationArn=stream_arn("cloudwatch"),
                roleArn=OTHER_ROLE,
            ),
        ),
    ],
    before=before_own,
    reads=READS,
    name="by log group",
)
CASES = [LOG_SOURCE, ARCHIVE, BY_GROUP]
