# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of subscriptions: what a destination gets, as gzip'd JSON.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html (the members),
.../ValidateLogEventFlow-Account.html (policyLevel of account-level policies; others have none there).
CONTROL_MESSAGE: the record that streams really get, as many parsers of it have it in their tests (Vector's
aws_cloudwatch_logs_subscription_parser, aws-lambda-go, Powertools).
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from emulator import clock

# A record of Kinesis or Firehose is at most 1,000 KiB there (API_PutRecord of Firehose).
LARGEST = 1_024_000


def control_message(target: str) -> bytes:
    """Return the record that checks a destination. target: "Firehose", "Kinesis stream" or "lambda function"."""
    event = {
        "id": "",
        "timestamp": int(clock.now().timestamp() * 1000),
        "message": f"CWL CONTROL MESSAGE: Checking health of destination {target}.",
    }
    return _written("CONTROL_MESSAGE", "CloudwatchLogs", "", "", [], [event], {})


def data_messages(
    owner: str,
    group: str,
    stream: str,
    name: str,
    events: list[dict[str, Any]],
    is_account_level: bool,
) -> list[bytes]:
    """Return the records with events {id, timestamp, message}: one, or several if it were larger than a record is.

    An event that alone is larger than a record, compressed, is left out: AWS says only that a record is at most 1 MB.
    """
    more = {"policyLevel": "ACCOUNT_LEVEL_POLICY"} if is_account_level else {}
    record = _written("DATA_MESSAGE", owner, group, stream, [name], events, more)
    if len(record) <= LARGEST:
        return [record]
    if len(events) == 1:
        return []
    half = len(events) // 2
    return [
        each
        for part in (events[:half], events[half:])
        for each in data_messages(owner, group, stream, name, part, is_account_level)
    ]


def _written(
    kind: str,
    owner: str,
    group: str,
    stream: str,
    filters: list[str],
    events: list[dict[str, Any]],
    more: dict[str, str],
) -> bytes:
    record = {
        "messageType": kind,
        "owner": owner,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": filters,
        "logEvents": events,
        **more,
    }
    return gzip.compress(json.dumps(record, separators=(",", ":")).encode())
