# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A log archive's bucket, table and streams, created by hand, for the cases of the modules that look at one."""

from __future__ import annotations

import base64
import gzip
import json
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import glue, replay_parquet, tables
from tests.contract.world import REGION, World
from tests.emulator.conftest import HUB, SPOKE, STRANGER

BUCKET, NAME = "the-logs", "logs"
DECLARED = [{"type": "cloudwatch"}]
(TABLE,) = tables.parse("tables", DECLARED)
OLD = "errors/cloudwatch/processing-failed/2026/11/01/10/logs-cloudwatch-1-old"


def bucket(world: World, name: str = BUCKET, account: str = HUB) -> Any:
    s3 = world.client(account, "s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def hour(moment: datetime) -> str:
    return f"{moment:%Y/%m/%d/%H}"


def lines(count: int, account: str = SPOKE) -> list[dict[str, Any]]:
    """Rows of the table cloudwatch."""
    return [
        {
            "region": REGION,
            "log_group": "/app",
            "log_stream": "one",
            "id": f"{account}-{number}",
            "time": "2026-11-28T10:00:00.000Z",
            "message": "{{ 7 * 7 }} käse" if number == 0 else f"message {number}",
        }
        for number in range(count)
    ]


def lake(world: World) -> None:
    """Create the bucket with five lines of an account, the table over it, and a workgroup with a named query."""
    s3, now = bucket(world), datetime.now(timezone.utc)
    key = f"cloudwatch/account={SPOKE}/{hour(now)}/one.parquet"
    s3.put_object(Bucket=BUCKET, Key=key, Body=replay_parquet.content(TABLE, lines(5)))
    client = world.client(HUB, "glue")
    client.create_database(DatabaseInput={"Name": NAME})
    client.create_table(DatabaseName=NAME, TableInput=glue.glue_table(TABLE, NAME, BUCKET, [SPOKE], [REGION]))
    athena = world.client(HUB, "athena")
    managed = {"ManagedQueryResultsConfiguration": {"Enabled": True}}
    athena.create_work_group(Name=NAME, Configuration=managed)
    athena.create_named_query(
        Name="messages",
        Database=NAME,
        WorkGroup=NAME,
        QueryString="SELECT id, message, rest FROM cloudwatch WHERE account = ? ORDER BY id",
    )
    world.made["athena"] = "there"


def document(number: int, events: int = 3, owner: str = SPOKE) -> bytes:
    """A record of a subscription, as CloudWatch Logs sends it: "Subscription filters with Firehose"."""
    told = {
        "messageType": "DATA_MESSAGE",
        "owner": owner,
        "logGroup": "/app",
        "logStream": "one",
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": f"{number}-{event}", "timestamp": int(time.time() * 1000), "message": f"late {number} {event}"}
            for event in range(events)
        ],
    }
    return gzip.compress(json.dumps(told).encode(), mtime=0)


def error_record(data: bytes) -> str:
    """ "Handle failure in data transformation" (Firehose)."""
    told = {
        "attemptsMade": 4,
        "arrivalTimestamp": int(time.time() * 1000),
        "errorCode": "Lambda.FunctionError",
        "errorMessage": "the function failed",
        "attemptEndingTimestamp": int(time.time() * 1000),
        "rawData": base64.b64encode(data).decode(),
        "lambdaArn": f"arn:aws:lambda:{REGION}:{HUB}:function:logs-handler",
    }
    return json.dumps(told) + "\n"


def errors(world: World) -> None:
    """Put two error objects into the bucket: two records of three events each, one of them of nobody's form."""
    s3 = world.client(HUB, "s3")
    broken = error_record(b"neither gzip nor JSON")
    for number, body in enumerate((error_record(document(1)), error_record(document(2)) + broken)):
        s3.put_object(Bucket=BUCKET, Key=f"{OLD}-{number}", Body=body.encode())


def lake_with_errors(world: World) -> None:
    lake(world)
    errors(world)


def archive(world: World) -> None:
    """Create what an archive's bucket has: lines of now, long ago and of an account that isn't declared, errors."""
    s3, now = bucket(world), datetime.now(timezone.utc)
    content = replay_parquet.content(TABLE, lines(1))
    for account, moment in ((SPOKE, now), (SPOKE, now - timedelta(days=30)), (STRANGER, now)):
        s3.put_object(Bucket=BUCKET, Key=f"cloudwatch/account={account}/{hour(moment)}/x.parquet", Body=content)
    s3.put_object(Bucket=BUCKET, Key=f"AWSLogs/{STRANGER}/vpcflowlogs/{REGION}/x.log.gz", Body=gzip.compress(b""))
    errors(world)
    done = f"errors-replayed/{OLD.removeprefix('errors/')}-1/3-1.json"
    s3.put_object(Bucket=BUCKET, Key=done, Body=b"{}")
    trusting = {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document_ = json.dumps({"Version": "2012-10-17", "Statement": [trusting]})
    role = f"logs-firehose-{REGION}"
    world.client(HUB, "iam").create_role(RoleName=role, AssumeRolePolicyDocument=document_)
    world.client(HUB, "firehose").create_delivery_stream(
        DeliveryStreamName=f"{NAME}-cloudwatch",
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{HUB}:role/{role}",
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
        },
    )
