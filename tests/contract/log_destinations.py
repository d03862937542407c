# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An archive's side of subscriptions, created by hand: streams of Firehose, and their logical destinations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.contract.world import REGION, World
from tests.emulator.conftest import HUB, SPOKE

BUCKET = "logs-of-all"
ROLE = f"arn:aws:iam::{HUB}:role/log-streams"


def destination_arn(table: str, account_id: str = HUB) -> str:
    return f"arn:aws:logs:{REGION}:{account_id}:destination:logs-{table}"


def stream_arn(table: str, account_id: str = HUB) -> str:
    return f"arn:aws:firehose:{REGION}:{account_id}:deliverystream/logs-{table}"


def _policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def create_streams(world: World, *tables: str) -> None:
    """Create the hub's bucket, role and streams logs-TABLE."""
    s3, iam, firehose = (world.client(HUB, service) for service in ("s3", "iam", "firehose"))
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    trusted = {"Service": ["firehose.amazonaws.com", "logs.amazonaws.com"]}
    iam.create_role(
        RoleName="log-streams", AssumeRolePolicyDocument=_policy(Principal=trusted, Action="sts:AssumeRole")
    )
    may = _policy(Action=["firehose:PutRecord*", "s3:*", "logs:*"], Resource="*")
    iam.put_role_policy(RoleName="log-streams", PolicyName="all", PolicyDocument=may)
    for table in tables:
        firehose.create_delivery_stream(
            DeliveryStreamName=f"logs-{table}",
            DeliveryStreamType="DirectPut",
            ExtendedS3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}"},
        )
        while _state(firehose, table) != "ACTIVE":
            pass


def _state(firehose: Any, table: str) -> str:
    described = firehose.describe_delivery_stream(DeliveryStreamName=f"logs-{table}")
    return described["DeliveryStreamDescription"]["DeliveryStreamStatus"]


def create_destinations(world: World, *tables: str, accounts: Sequence[str] = (SPOKE,)) -> None:
    """Create the streams, and the destinations that let the accounts in."""
    create_streams(world, *tables)
    logs = world.client(HUB, "logs")
    for table in tables:
        logs.put_destination(destinationName=f"logs-{table}", targetArn=stream_arn(table), roleArn=ROLE)
        allow(world, table, accounts)


def allow(world: World, table: str, accounts: Sequence[str]) -> None:
    actions = ["logs:PutAccountPolicy", "logs:PutSubscriptionFilter"]
    policy = _policy(Principal={"AWS": list(accounts)}, Action=actions, Resource=destination_arn(table))
    world.client(HUB, "logs").put_destination_policy(destinationName=f"logs-{table}", accessPolicy=policy)
