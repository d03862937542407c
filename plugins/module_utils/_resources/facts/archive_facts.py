# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a log archive's bucket and streams show: newest objects, error objects, accounts that write. Read only.

Objects are listed by prefixes, never all of a bucket: Firehose names them by the hour in which they were written.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from functools import partial

from ..._core.cloud import Meaning
from ..._core.reconcile import Actual, ResourceType
from ..._domain.logs import layout, receipts

READ_AFTER = ()
INPUTS = ("account_ids", "bucket", "hours", "name", "now", "tables")
PERMISSIONS = ("firehose:DescribeDeliveryStream", "logs:FilterLogEvents", "s3:ListBucket")
KIND = ResourceType("archive_facts")
ACCOUNT = "account="


def read(aws, declared, found):
    """Return {"main": Actual} whose details are errors, refusals, newest, writers and streams (by table)."""
    inputs = declared.inputs
    streamed = [table for table in inputs.tables if table.streamed]
    errors, refusals, streams, writers, by_services, failed = aws.gather(
        lambda: aws.gather(*(partial(_errors, aws, inputs.bucket, table.name) for table in streamed)),
        lambda: _refusals(aws, inputs.name, inputs.now - timedelta(hours=inputs.hours)),
        lambda: aws.gather(*(partial(_stream, aws, inputs.name, table.name) for table in streamed)),
        lambda: aws.gather(*(partial(_writers, aws, inputs.bucket, table) for table in streamed)),
        lambda: _folders(aws, inputs.bucket, "AWSLogs/"),
        lambda: _folders(aws, inputs.bucket, layout.ERRORS),
    )
    # What failed of tables that are declared no longer is in no table, and no replay looks for it.
    left = sorted(set(failed) - {table.name for table in streamed})
    errors += aws.gather(*(partial(_errors, aws, inputs.bucket, name) for name in left))
    prefixes = [
        (table.name, account, f"{table.name}/" + f"{ACCOUNT}{account}/" * bool(account))
        for table, accounts in zip(streamed, writers)
        # A declared account that has written nothing is listed, too.
        for account in ([""] if table.raw else sorted({*accounts, *inputs.account_ids}))
    ]
    start = inputs.now - timedelta(hours=inputs.hours)
    newest = aws.gather(*(partial(_newest, aws, inputs.bucket, prefix, start) for _table, _account, prefix in prefixes))
    details = {
        "errors": errors,
        "refusals": refusals,
        "newest": [(table, account, time) for (table, account, _prefix), time in zip(prefixes, newest)],
        "writers": {table.name: accounts for table, accounts in zip(streamed, writers)},
        "by_services": [name for name in by_services if name.isdigit()],
        "streams": dict(zip([table.name for table in streamed], streams)),
    }
    return {"main": Actual(inputs.bucket, {}, False, details)}


def _errors(aws, bucket, table):
    objects, done = aws.gather(
        lambda: aws.read("s3.list_objects_v2", "Contents", Bucket=bucket, Prefix=layout.errors_of(table)),
        lambda: aws.read("s3.list_objects_v2", "Contents", Bucket=bucket, Prefix=receipts.prefix_of(table)),
    )
    return receipts.summary(table, objects, receipts.parse(item["Key"] for item in done))


def _refusals(aws, name, start):
    """Return what streams couldn't do since `start`, by table and code: {table, code, message, times, latest}.

    "Monitor Amazon Data Firehose using CloudWatch Logs": a stream that can't write its error output tries again and
    again, stays ACTIVE, and says so only here.
    """
    events = aws.read(
        "logs.filter_log_events",
        "events",
        none_if="ResourceNotFoundException",
        logGroupName=layout.log_group(name),
        logStreamNamePrefix=layout.log_stream(""),
        startTime=int(start.timestamp() * 1000),
    )
    told = {}
    for event in sorted(events or (), key=lambda event: event["timestamp"]):
        try:
            record = json.loads(event["message"])
            code, message = str(record["errorCode"]), str(record["message"])
        except (ValueError, TypeError, KeyError):
            code, message = "", event["message"]
        table = event["logStreamName"].removeprefix(layout.log_stream(""))
        times = told.get((table, code), {"times": 0})["times"] + 1
        latest = datetime.fromtimestamp(event["timestamp"] / 1000, timezone.utc)
        told[table, code] = {"table": table, "code": code, "message": message, "times": times, "latest": latest}
    return list(told.values())


def _stream(aws, name, table):
    """Return a stream's state, or "missing"; after a comma what AWS says of a failure."""
    try:
        answer = aws.call("firehose.describe_delivery_stream", DeliveryStreamName=layout.stream_name(name, table))
    except aws.errors as error:
        if aws.classify(error) is not Meaning.GONE:
            raise
        return {"state": "missing", "failure": None}
    described = answer["DeliveryStreamDescription"]
    failure = described.get("FailureDescription", {})
    return {"state": described["DeliveryStreamStatus"], "failure": failure.get("Details") or failure.get("Type")}


def _writers(aws, bucket, table):
    if table.raw:
        return []
    folders = _folders(aws, bucket, f"{table.name}/")
    return [folder.removeprefix(ACCOUNT) for folder in folders if folder.startswith(ACCOUNT)]


def _folders(aws, bucket, prefix):
    found = aws.read("s3.list_objects_v2", "CommonPrefixes", Bucket=bucket, Prefix=prefix, Delimiter="/")
    return [item["Prefix"].removeprefix(prefix).rstrip("/") for item in found]


def _newest(aws, bucket, prefix, start):
    """Return when the newest object under yyyy/MM/dd/HH/ was written, None if none was since `start`."""
    after = f"{prefix}{start:%Y/%m/%d/%H}"
    listed = aws.read("s3.list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix, StartAfter=after)
    return max((item["LastModified"] for item in listed), default=None)
