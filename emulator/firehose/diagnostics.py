# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors of a stream in the log stream that its CloudWatchLoggingOptions name, which has to exist.

https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html: the role needs logs:PutLogEvents.
The members, of which the version is a text: a third party's captures, and http_troubleshooting.html.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.models import logs_backends

from emulator import clock
from emulator.iam.resource_policies import may, trusts


def report(stream: Any, code: str, message: str, processor: str | None = None) -> None:
    """Write an error to the stream's log; nothing if it has none, or if its role may not."""
    destination = stream.destination
    options = destination["CloudWatchLoggingOptions"]
    group, name = options.get("LogGroupName"), options.get("LogStreamName")
    if not options.get("Enabled") or not group or not name:
        return
    role, account_id, region = destination["RoleARN"], stream.account_id, stream.region
    arn = f"arn:aws:logs:{region}:{account_id}:log-group:{group}:log-stream:{name}"
    if not trusts(role, "firehose.amazonaws.com", {"sts:ExternalId": account_id}):
        return
    if not may(role, "logs:PutLogEvents", arn, region=region).allows:
        return
    record = {
        "deliveryStreamARN": stream.delivery_stream_arn,
        "destination": destination["BucketARN"],
        "deliveryStreamVersionId": stream.version_id,
        "message": message,
        "errorCode": code,
        **({"processor": processor} if processor else {}),
    }
    event = {"timestamp": int(clock.now().timestamp() * 1000), "message": json.dumps(record)}
    try:
        logs_backends[account_id][region].put_log_events(group, name, [event])
    except JsonRESTError:  # the log group or stream doesn't exist
        return
