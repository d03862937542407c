# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Case of egress_logs_info: a firewall with a report, alerts in a log group and flows in a bucket.

Records as in https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html, keys of
objects as in .../logging-s3.html.
"""

from __future__ import annotations

import gzip
import json
import time
from datetime import datetime, timezone
from typing import Any

from tests.contract import firewall_cases
from tests.contract.case import Case
from tests.contract.world import REGION, World
from tests.emulator.conftest import SPOKE

GROUP, BUCKET = "/egress/alert", "egress-logs-of-the-spoke"
PATH = f"egress/AWSLogs/{SPOKE}/network-firewall/flow/{REGION}/egress/2026/11/28/12/"
REPORTED = {"Domain": "api.stripe.com", "Hits": {"Count": 1234}, "UniqueSources": {"Count": 3}}


def record(event_type: str, **event: Any) -> str:
    given = {
        "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
        "event_type": event_type,
        "src_ip": "10.1.0.5",
        "src_port": 40000,
        "dest_ip": "192.0.2.7",
        "dest_port": 443,
        "proto": "TCP",
        **event,
    }
    return json.dumps({"firewall_name": "egress", "availability_zone": "a", "event_timestamp": "1", "event": given})


def alert(name: str, **event: Any) -> str:
    signature = "egress-would-deny group=everyone why=tls-name"
    given = {"app_proto": "tls", "tls": {"sni": name}, "alert": {"action": "allowed", "signature": signature}}
    return record("alert", **{**given, **event})


def logs(world: World) -> None:
    client = world.client(SPOKE, "logs")
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName="egress_2026-11-28-12")
    now = int(time.time() * 1000) - 60_000
    messages = [alert("New.Example.com"), alert("new.example.com"), "broken"]
    old = [(now - 10 * 86_400_000, alert("old.example.com"))]
    events = [{"timestamp": at, "message": text} for at, text in [*old, *((now, text) for text in messages)]]
    for event in events:
        client.put_log_events(logGroupName=GROUP, logStreamName="egress_2026-11-28-12", logEvents=[event])
    s3 = world.client(SPOKE, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    flow = record("netflow", dest_port=22, app_proto="unknown")
    s3.put_object(Bucket=BUCKET, Key=f"{PATH}one.log.gz", Body=gzip.compress(f"{flow}\n{flow}\n".encode()))
    s3.put_object(Bucket=BUCKET, Key=f"{PATH}two.log", Body=flow.encode())
    # Of another account and of another kind.
    s3.put_object(Bucket=BUCKET, Key=PATH.replace(SPOKE, "1" * 12) + "three.log", Body=flow.encode())
    s3.put_object(Bucket=BUCKET, Key=PATH.replace("/flow/", "/alert/") + "four.log", Body=alert("x.example").encode())


def report(world: World) -> None:
    firewall_cases.inspection_vpc(world)
    world.run("network_firewall", SPOKE, firewall_cases.INSPECTION)
    client = firewall_cases.firewalls(world)
    client.update_firewall_analysis_settings(FirewallName="egress", EnabledAnalysisTypes=["TLS_SNI"])
    client.start_analysis_report(FirewallName="egress", AnalysisType="TLS_SNI")
    world.emulator.control("POST", "settings", {"firewall_domains": {"egress": [REPORTED]}})


def before(world: World) -> None:
    report(world)
    logs(world)


EGRESS_LOGS_INFO = Case(
    "egress_logs_info",
    SPOKE,
    {
        "logs": [
            {"log_type": "ALERT", "destination_type": "cloud-watch-logs", "destination": GROUP},
            {"log_type": "FLOW", "destination": f"{BUCKET}/egress"},
        ],
        "firewalls": ["egress"],
        "days": 2,
    },
    [SPOKE],
    before=before,
    reads=("logs", "Filter*"),
)

INFO_CASES = [EGRESS_LOGS_INFO]
