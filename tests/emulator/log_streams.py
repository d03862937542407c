# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles, streams, functions and destinations for the tests of logs, by boto3 alone."""

from __future__ import annotations

import base64
import gzip
import io
import json
import time
import zipfile
from typing import Any

import pyarrow.parquet

from .conftest import HUB, SPOKE, Emulator

BUCKET = "central-logs"
# Longer than the buffers of a Lambda function (60 s) and of the streams here (60 s).
DUE = 130
# Answers each event of a subscription's record as a JSON line, partitioned by the account.
HANDLER = """
import base64, gzip, json

def handler(event, context):
    return {"records": [answer(record) for record in event["records"]]}

def answer(record):
    found = json.loads(gzip.decompress(base64.b64decode(record["data"])))
    if found["messageType"] != "DATA_MESSAGE":
        return {"recordId": record["recordId"], "result": "Dropped", "data": record["data"]}
    events = found["logEvents"]
    rows = [{"id": one["id"], "time": one["timestamp"], "Message": one["message"], "absent": 1} for one in events]
    lines = "".join(json.dumps(row) + "\\n" for row in rows)
    keys = {"account": found["owner"]}
    data = base64.b64encode(lines.encode()).decode()
    return {"recordId": record["recordId"], "result": "Ok", "data": data, "metadata": {"partitionKeys": keys}}
"""
ERRORS = {"ErrorOutputPrefix": "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"}
SUFFIX = r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Answers a record by its own words: {"result": ..., "data": ..., ...}, or does what "do" says.
OBEDIENT = """
import base64, json, time

def handler(event, context):
    records = []
    for record in event["records"]:
        wanted = json.loads(base64.b64decode(record["data"]))
        print(json.dumps(wanted))
        if wanted.get("do") == "raise":
            raise ValueError("as told")
        if wanted.get("do") == "leave out":
            continue
        if wanted.get("do") == "large":
            wanted["data"] = "x" * 6_500_000
        data = base64.b64encode(wanted.get("data", "").encode()).decode()
        records.append({"recordId": record["recordId"], "result": wanted["result"], "data": data})
        if wanted.get("do") == "twice":
            records.append(records[-1])
    return {"records": records}
"""
COLUMNS = [
    {"Name": "id", "Type": "string"},
    {"Name": "time", "Type": "timestamp"},
    {"Name": "message", "Type": "string"},
]


class Archive:
    """The hub's bucket, and what the tests create beside it."""

    def __init__(self, emulator: Emulator):
        self.emulator = emulator
        self._renew()
        self.of["s3"].create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.role = self.create_role(
            "delivery",
            "firehose.amazonaws.com",
            ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"),
            ("lambda:InvokeFunction", "*"),
            ("glue:GetTableVersions", "*"),
        )

    def _renew(self) -> None:
        names = ("firehose", "glue", "iam", "kms", "lambda", "logs", "s3")
        credentials = self.emulator.credentials(HUB)
        self.of = {name: self.emulator.plain_client(name, **credentials) for name in names}

    def create_role(self, name: str, service: str, *allowed: tuple[str, str], account_id: str = HUB) -> str:
        iam = self.of["iam"] if account_id == HUB else self.emulator.client(account_id, "iam")
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        if allowed:
            self.allow(name, *allowed, account_id=account_id)
        return arn

    def allow(self, role: str, *allowed: tuple[str, str], account_id: str = HUB) -> None:
        iam = self.of["iam"] if account_id == HUB else self.emulator.client(account_id, "iam")
        statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in allowed]
        iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=policy(*statements))

    def create_stream(self, name: str = "stream", **members: Any) -> str:
        arn: str = self.of["firehose"].create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration=self.destination(**members)
        )["DeliveryStreamARN"]
        return arn

    def destination(self, **members: Any) -> dict[str, Any]:
        hints = {"SizeInMBs": 1, "IntervalInSeconds": 60}
        base = {"RoleARN": self.role, "BucketARN": f"arn:aws:s3:::{BUCKET}", "BufferingHints": hints}
        return base | members

    def create_function(self, code: str = HANDLER, **members: Any) -> str:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("index.py", code)
        role = self.create_role(f"runs-{members.get('FunctionName', 'handler')}", "lambda.amazonaws.com")
        defaults = {"FunctionName": "handler", "Runtime": "python3.13", "Handler": "index.handler", "Timeout": 30}
        code_of = {"ZipFile": archive.getvalue()}
        arn: str = self.of["lambda"].create_function(Role=role, Code=code_of, **defaults | members)["FunctionArn"]
        return arn

    def create_table(self, columns: list[dict[str, str]] = COLUMNS) -> None:
        self.of["glue"].create_database(DatabaseInput={"Name": "logs"})
        self.of["glue"].create_table(
            DatabaseName="logs", TableInput={"Name": "cloudwatch", "StorageDescriptor": {"Columns": columns}}
        )

    def parquet(self, **options: Any) -> dict[str, Any]:
        """Return the members of a stream that converts to Parquet."""
        return {
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
            "DataFormatConversionConfiguration": {
                "SchemaConfiguration": {"RoleARN": self.role, "DatabaseName": "logs", "TableName": "cloudwatch"},
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": options}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
            },
        }

    def create_destination(self, target_arn: str, accounts: Any = SPOKE, **condition: Any) -> str:
        """Create a logical destination whose policy allows the accounts; return its ARN."""
        role = self.create_role("subscribed", "logs.amazonaws.com", ("firehose:PutRecord", target_arn))
        logs = self.of["logs"]
        made = logs.put_destination(destinationName="central", targetArn=target_arn, roleArn=role)
        arn: str = made["destination"]["arn"]
        principal = accounts if accounts == "*" else {"AWS": accounts}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "logs:PutSubscriptionFilter", "Resource": arn}
        logs.put_destination_policy(destinationName="central", accessPolicy=policy(statement | condition))
        return arn

    def pass_time(self, seconds: float = DUE) -> None:
        ahead = self.emulator.control("GET", "settings")["clock_ahead"]
        self.emulator.control("POST", "settings", {"clock_ahead": ahead + seconds})
        if seconds >= 3600:  # the sessions have expired
            self._renew()

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        found = self.of["s3"].list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return {one["Key"]: self.read(one["Key"]) for one in found}

    def read(self, key: str) -> bytes:
        body: bytes = self.of["s3"].get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def errors(self, prefix: str = "") -> list[dict[str, Any]]:
        """Return the lines of the error objects under a prefix, with rawData decoded."""
        lines = [line for body in self.objects(prefix).values() for line in body.decode().splitlines()]
        parsed = [json.loads(line) for line in lines]
        return [line | {"rawData": base64.b64decode(line["rawData"])} for line in parsed]


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def processing(*processors: tuple[str, dict[str, str]]) -> dict[str, Any]:
    """Return ProcessingConfiguration of (type, parameters)."""
    made = [
        {
            "Type": kind,
            "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()],
        }
        for kind, parameters in processors
    ]
    return {"ProcessingConfiguration": {"Enabled": True, "Processors": made}}


def key_of_logs(kms: Any, account_id: str = SPOKE) -> str:
    """Create a key that CloudWatch Logs may use, without which a log group doesn't get it; return its ARN.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    owner = {"Effect": "Allow", "Principal": {"AWS": account_id}, "Action": "kms:*", "Resource": "*"}
    service = {**owner, "Principal": {"Service": "logs.eu-central-1.amazonaws.com"}}
    allowed = json.dumps({"Version": "2012-10-17", "Statement": [owner, service]})
    return kms.create_key(Policy=allowed)["KeyMetadata"]["Arn"]


def put_events(logs: Any, *messages: str, group: str = "/app", stream: str = "one") -> list[str]:
    """Put messages into a log stream, which is created if it lacks; return their ids."""
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
    if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)["logStreams"]:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    found = logs.filter_log_events(logGroupName=group, logStreamNames=[stream])["events"]
    return [event["eventId"] for event in found][-len(messages) :]


def records_in(body: bytes) -> list[dict[str, Any]]:
    """Return the subscription records of an object without processors: gzip members, one after another."""
    text = gzip.decompress(body).decode()
    records, position, decoder = [], 0, json.JSONDecoder()
    while position < len(text):
        record, position = decoder.raw_decode(text, position)
        records.append(record)
    return records


def put(archive: Archive, *records: bytes | dict[str, Any]) -> None:
    data = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    archive.of["firehose"].put_record_batch(DeliveryStreamName="stream", Records=[{"Data": each} for each in data])


def subscribed(archive: Archive, target_arn: str) -> Any:
    """Subscribe /app of the spoke; return its client of CloudWatch Logs."""
    arn = archive.create_destination(target_arn)
    logs = archive.emulator.client(SPOKE, "logs")
    logs.create_log_group(logGroupName="/app")
    logs.put_subscription_filter(logGroupName="/app", filterName="all", filterPattern="", destinationArn=arn)
    return logs


def rows_of(body: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()
    return rows


def fault(archive: Archive, service: str, operation: str, action: str = "unavailable", **more: Any) -> None:
    archive.emulator.control("POST", "faults", {"action": action, "service": service, "operation": operation, **more})
