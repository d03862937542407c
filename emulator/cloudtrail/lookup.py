# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""LookupEvents: the management events of one account and region, the newest first, with or without a trail.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html. They come from the emulator's list
of calls, so they lack request parameters, session context and error messages.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from emulator import clock
from emulator.cloudtrail import watch
from emulator.cloudtrail.events import GLOBAL, is_read, source_of
from emulator.cloudtrail.models import CloudTrailError

NAMES = {"logs": "logs", "elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing", "cloudwatch": "monitoring"}
ATTRIBUTES = ("EventId", "EventName", "ReadOnly", "Username", "EventSource", "ResourceName", "ResourceType")
MOST = 50
DAYS = 90


def answer(asked: dict[str, Any], account_id: str, region: str) -> dict[str, Any]:
    wanted = {one["AttributeKey"]: one["AttributeValue"] for one in asked.get("LookupAttributes", [])}
    if len(wanted) > 1 or set(wanted) - {*ATTRIBUTES, "AccessKeyId"}:
        raise CloudTrailError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    most = asked.get("MaxResults", MOST)
    if not 1 <= most <= MOST:
        raise CloudTrailError("InvalidMaxResultsException", f"MaxResults must be between 1 and {MOST}.")
    now = clock.now().timestamp()
    start = max(float(asked.get("StartTime") or 0), now - DAYS * 86400)
    end = float(asked.get("EndTime") or now)
    if start > end:
        raise CloudTrailError("InvalidTimeRangeException", "The start time is after the end time.")
    found = [
        event
        for event in _events(account_id, region)
        if start <= event["EventTime"] <= end + 1 and all(str(event.get(key)) == value for key, value in wanted.items())
    ]
    found.sort(key=lambda event: event["EventTime"], reverse=True)
    first = int(asked.get("NextToken") or 0)
    page = {"Events": found[first : first + most]}
    return page | ({"NextToken": str(first + most)} if first + most < len(found) else {})


def _events(account_id: str, region: str) -> Iterator[dict[str, Any]]:
    for record in watch.told:
        if (record["recipientAccountId"], record["awsRegion"]) == (account_id, region):
            yield _event(record, record["userIdentity"].get("userName", ""))
    for number, (time, service, operation, _ms, account, principal, of_region, _status, error, *_more) in enumerate(
        watch.calls
    ):
        of_region = "us-east-1" if service in GLOBAL else of_region
        if account != account_id or of_region != region or principal is None or " " in operation:
            continue
        moment = datetime.datetime.fromisoformat(time)
        record = {
            "eventVersion": "1.11",
            "userIdentity": {"arn": principal, "accountId": account_id},
            "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": source_of(NAMES.get(service, service)),
            "eventName": operation,
            "awsRegion": region,
            "eventID": _id(number, time),
            "readOnly": is_read(operation),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account_id,
            "eventCategory": "Management",
        }
        if error:
            record["errorCode"] = error
        yield _event(record, principal.rpartition("/")[2])


def _event(record: dict[str, Any], user: str) -> dict[str, Any]:
    moment = datetime.datetime.strptime(record["eventTime"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "EventTime": moment.timestamp(),
        "EventSource": record["eventSource"],
        "Username": user,
        "Resources": [],
        "CloudTrailEvent": json.dumps(record),
    }


def _id(number: int, time: str) -> str:
    text = hashlib.sha256(f"{number} {time}".encode()).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))
