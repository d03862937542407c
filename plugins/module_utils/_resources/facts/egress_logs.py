# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What firewalls logged about traffic that leaves, from CloudWatch Logs and S3, and their analysis reports: read only.

Logs of a day are counted before those of the next are read, since they may be large.
https://docs.aws.amazon.com/network-firewall/latest/developerguide/logging-s3.html has the paths of S3's objects.
"""

from __future__ import annotations

import gzip
import io
from datetime import datetime, timedelta, timezone

from ..._core.reconcile import Actual, ResourceType
from ..._domain.egress import events, observations

READ_AFTER = ()
INPUTS = ("days", "destinations", "firewalls")
PERMISSIONS = (
    "logs:FilterLogEvents",
    "network-firewall:GetAnalysisReportResults",
    "network-firewall:ListAnalysisReports",
    "s3:GetObject",
    "s3:ListBucket",
)
KIND = ResourceType("egress_logs")


def read(aws, declared, found):
    """Return {"main": Actual} whose details are seen (Flow -> Tally), unread (a count) and reported (rows)."""
    now = datetime.now(timezone.utc)
    start = now - timedelta(days=declared.inputs.days)
    seen: dict[observations.Flow, observations.Tally] = {}
    unread = 0
    for log_type, to in declared.inputs.destinations.items():
        batches = _from_bucket(aws, declared.place, log_type, to, start) if to["type"] == "S3" else ()
        batches = _from_group(aws, to["logGroup"], start, now) if to["type"] == "CloudWatchLogs" else batches
        for lines in batches:
            counted, broken = observations.tally(events.observations(lines))
            unread += broken
            for flow, one in counted.items():
                seen.setdefault(flow, observations.Tally()).merge(one)
    reported = [row for name in declared.inputs.firewalls for row in _reports(aws, name)]
    return {"main": Actual("main", {}, False, {"seen": seen, "unread": unread, "reported": reported})}


def _from_group(aws, name, start, end):
    """Yield the messages of each day."""
    day = start
    while day < end:
        after = min(day + timedelta(days=1), end)
        # Both times are within.
        first, last = int(day.timestamp() * 1000), int(after.timestamp() * 1000) - 1
        found = aws.read("logs.filter_log_events", "events", logGroupName=name, startTime=first, endTime=last)
        yield (event["message"] for event in found)
        day = after


def _from_bucket(aws, place, log_type, to, start):
    """Yield the lines of each object since `start`."""
    prefix = f"{to['prefix']}/" if to.get("prefix") else ""
    path = f"{prefix}AWSLogs/{place['account_id']}/network-firewall/{log_type.lower()}/{place['region']}/"
    for item in aws.read("s3.list_objects_v2", "Contents", Bucket=to["bucketName"], Prefix=path):
        if item["LastModified"] >= start:
            body = aws.call("s3.get_object", Bucket=to["bucketName"], Key=item["Key"])["Body"]
            yield _lines(body.read())


def _lines(data):
    text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    return io.StringIO(text.decode(errors="replace"))


def _reports(aws, name):
    """Yield the names in a firewall's completed reports. Whose they are isn't in them: they count sources only."""
    for report in aws.read("network-firewall.list_analysis_reports", "AnalysisReports", FirewallName=name):
        if report["Status"] != "COMPLETED":
            continue
        results = aws.read(
            "network-firewall.get_analysis_report_results",
            "AnalysisReportResults",
            FirewallName=name,
            AnalysisReportId=report["AnalysisReportId"],
        )
        for row in results:
            yield {
                "firewall": name,
                "protocol": {"TLS_SNI": "tls"}.get(report["AnalysisType"], "http"),
                "domain": row["Domain"],
                "hits": row.get("Hits", {}).get("Count", 0),
                "sources": row.get("UniqueSources", {}).get("Count", 0),
                "first": _day(row.get("FirstAccessed")),
                "last": _day(row.get("LastAccessed")),
            }


def _day(time):
    return time and time.astimezone(timezone.utc).date().isoformat()
