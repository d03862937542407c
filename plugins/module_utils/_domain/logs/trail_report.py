# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a trail of CloudTrail records, and what is wrong with it, from what an account reads of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from . import trails

Trail = Mapping[str, Any]
# trails.read_selectors' management -> word of results.
WORDS = {trails.ALL: "all", "ReadOnly": "read", "WriteOnly": "write", "": "none"}


def as_data(trail: Trail) -> dict[str, Any]:
    """Return a trail for a module's result. trail: of DescribeTrails, with its Status and Selectors."""
    status, selectors = trail["Status"], trail["Selectors"]
    return {
        "name": trail["Name"],
        "arn": trail["TrailARN"],
        "home_region": trail.get("HomeRegion"),
        "multi_region": trail.get("IsMultiRegionTrail", False),
        "organization": trail.get("IsOrganizationTrail", False),
        "bucket": trail.get("S3BucketName"),
        "prefix": trail.get("S3KeyPrefix"),
        "validation": trail.get("LogFileValidationEnabled", False),
        "kms_key_arn": trail.get("KmsKeyId"),
        # None: not known
        "logging": status.get("IsLogging"),
        "logging_since": text(status.get("StartLoggingTime")),
        "logging_stopped": text(status.get("StopLoggingTime")),
        "latest_delivery": text(status.get("LatestDeliveryTime")),
        "latest_digest_delivery": text(status.get("LatestDigestDeliveryTime")),
        "management_events": management_events(selectors),
        "selectors": list(selectors.get("AdvancedEventSelectors") or selectors.get("EventSelectors") or ()),
        "problems": list(_problems(trail)),
    }


def management_events(selectors: Mapping[str, Any]) -> str:
    """Return which management events are recorded: all, read, write, some, none, or unknown.

    "Logging management events" (CloudTrail): with advanced selectors, a selector of eventCategory Management, with
    readOnly or without, and with what it leaves out.
    """
    if "error" in selectors:
        return "unknown"
    field = trails.read_selectors(selectors)
    kind = WORDS.get(field["management"], "some")
    # A basic selector can leave out KMS and the Data API of RDS, which write much.
    return "some" if field.get("excluded") and kind != "none" else kind


def _problems(trail: Trail) -> Iterator[str]:
    """Yield what is wrong with a trail."""
    name, status = trail["Name"], trail["Status"]
    if "error" in status:
        yield f"trail {name}: its status is not known: {status['error']}"
    elif not status["IsLogging"]:
        since = text(status.get("StopLoggingTime"))
        yield f"trail {name} is off" + (f" since {since}" if since else "")
    for key, what in (("LatestDeliveryError", "log files"), ("LatestDigestDeliveryError", "digests")):
        if status.get(key):
            yield f"trail {name} can't deliver {what}: {status[key]}"
    if not trail.get("LogFileValidationEnabled"):
        yield f"trail {name}: log file validation is off, so nothing proves that its files are unchanged"
    events = management_events(trail["Selectors"])
    if events == "unknown":
        yield f"trail {name}: what it records is not known: {trail['Selectors']['error']}"
    elif events != "all":
        yield f"trail {name} doesn't record all management events: {events}"


def text(moment: datetime | None) -> str | None:
    """A time in UTC, as results have it."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
