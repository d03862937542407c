# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Marked events in the probe log group of a source, by which a run proves that its logs reach the archive.

Each marker has a stream of its own, so that a query finds its events in any table by that name, and a second run with
the same marker finds what the first one wrote. Events can't be deleted; the group's retention does it.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone

from ..._core.cloud import Meaning
from ..._core.plan import Address, Step
from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.logs import layout

READ_AFTER = ()
INPUTS = ("name", "now")
PERMISSIONS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents")
KIND = ResourceType("probe_event")


def read(aws, declared, found):
    """Return {marker: Actual} with the field events (how many); details: their messages and first time.

    Raises Conflict if the source has no probe log group.
    """
    group = layout.probe_group(declared.inputs.name)
    read_ = {}
    for marker in declared.resources["probe_event"]:
        try:
            streams = aws.read(
                "logs.describe_log_streams", "logStreams", logGroupName=group, logStreamNamePrefix=marker
            )
        except aws.errors as error:
            if aws.classify(error) is not Meaning.GONE:
                raise
            raise Conflict(f"log group {group} doesn't exist: run closednet.aws.logs for this source first") from error
        if any(stream["logStreamName"] == marker for stream in streams):
            read_[marker] = _there(aws, group, marker)
    return read_


def _there(aws, group, marker):
    """The events of a stream: 1,000 small ones fit into one answer (GetLogEvents: 10,000 events, 1 MB)."""
    events = aws.call("logs.get_log_events", logGroupName=group, logStreamName=marker, startFromHead=True)["events"]
    times = [event["timestamp"] for event in events]
    details = {"messages": {event["message"] for event in events}, "time": min(times, default=None)}
    return Actual(marker, {"events": len(details["messages"])}, True, details)


def plan(wanted, found, declared):
    group = layout.probe_group(declared.inputs.name)
    return [step for marker, fields in wanted.items() for step in _steps(group, marker, fields, found, declared)]


def _steps(group, marker, fields, found, declared):
    there = found["probe_event"].get(marker)
    address = Address("probe_event", marker)
    stream = {"logGroupName": group, "logStreamName": marker}
    if not there:
        yield Step(address.at("stream"), "logs.create_log_stream", stream, after={"log_group": group})
    messages = [_message(marker, number) for number in range(fields["events"])]
    left = [message for message in messages if not there or message not in there.details["messages"]]
    if left:
        now = _milliseconds(declared.inputs.now)
        yield Step(
            address,
            "logs.put_log_events",
            {**stream, "logEvents": [{"timestamp": now, "message": message} for message in left]},
            before={"events": there.fields["events"]} if there and there.fields["events"] else None,
            after={"events": fields["events"]},
            needs=() if there else (address.at("stream"),),
        )


def _message(marker, number):
    return json.dumps({"closednet_probe": marker, "number": number})


def _milliseconds(moment):
    return int(moment.timestamp() * 1000)


def written_at(there, now):
    """Time of the first event, in UTC: of those that were there, or of this run's."""
    milliseconds = there.details["time"] if there and there.details["time"] else _milliseconds(now)
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
