# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Destinations of a firewall's logs, by name or ARN, in the form of LogDestinationConfig."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid

LOG_TYPES = ("ALERT", "FLOW", "TLS")
# destination_type -> (LogDestinationType, key of LogDestination, pattern of a name, of an ARN before it, example)
TYPES = {
    "s3": ("S3", "bucketName", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", r"arn:aws[\w-]*:s3:::", "log-archive/egress"),
    "cloud-watch-logs": (
        "CloudWatchLogs",
        "logGroup",
        r"[\w./#-]{1,512}",
        r"arn:aws[\w-]*:logs:[a-z0-9-]+:\d{12}:log-group:",
        "/egress/alert",
    ),
    "kinesis-data-firehose": (
        "KinesisDataFirehose",
        "deliveryStream",
        r"[\w.-]{1,64}",
        r"arn:aws[\w-]*:firehose:[a-z0-9-]+:\d{12}:deliverystream/",
        "egress-alerts",
    ),
}


def parse(option: str, logs: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return {type of log: {type, and the keys of its destination}} from [{log_type, destination_type, destination}].

    Raises Invalid, also for a second destination of a type.
    """
    destinations: dict[str, dict[str, str]] = {}
    for index, log in enumerate(logs):
        where = f"{option}[{index}]"
        if log["log_type"] in destinations:
            raise Invalid(f"{where}.log_type", log["log_type"], "is there twice", "one destination for each type")
        destinations[log["log_type"]] = _destination(f"{where}.destination", log)
    return dict(sorted(destinations.items()))


def _destination(option: str, log: Mapping[str, Any]) -> dict[str, str]:
    kind, key, name, arn, example = TYPES[log["destination_type"]]
    prefix = r"(?:/(?P<prefix>\S+))?" if kind == "S3" else r"(?::\*)?"
    found = re.fullmatch(rf"(?:{arn})?(?P<name>{name}){prefix}", str(log["destination"]), re.ASCII)
    if not found:
        raise Invalid(option, log["destination"], f"is no destination of {log['destination_type']}", example)
    of_prefix = {"prefix": found["prefix"].rstrip("/")} if kind == "S3" and found["prefix"] else {}
    return {"type": kind, key: found["name"], **of_prefix}
