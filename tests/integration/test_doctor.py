# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/doctor.yml finds nothing in what playbooks/closed_network.yml creates, until something breaks."""

from __future__ import annotations

import json

from tests.integration.conftest import DELTA, REGION, lines

CLOSED = {
    "account_id": DELTA,
    "region": REGION,
    "vpc_cidrs": ["10.4.0.0/16"],
    "vpc_availability_zone_ids": ["euc1-az1", "euc1-az2"],
    "vpc_tiers": [{"name": "app", "prefix": 24}, {"name": "endpoint", "prefix": 26}],
    "closed_network_workloads": ["ecs_fargate", "glue"],
    "doctor_tiers": ["app"],
}


def test_the_doctor_is_silent_in_a_closed_network_and_names_what_breaks(site):
    site.declare("delta", "closed", **CLOSED)
    site.run("closed_network", "--limit", "delta").succeeded()

    run = site.run("doctor", "--limit", "delta").succeeded()
    told = lines(run)
    assert told[0].startswith(f"delta ({DELTA}, {REGION}): healthy (1 note)") and told[-1] == "1 accounts, 1 healthy"
    assert run.writes == [] and run.changed["delta"] == 0

    ec2 = site.client(DELTA)
    endpoints = {item["ServiceName"]: item for item in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    logs, s3 = (endpoints[f"com.amazonaws.{REGION}.{service}"] for service in ("logs", "s3"))
    ec2.delete_vpc_endpoints(VpcEndpointIds=[logs["VpcEndpointId"]])
    ec2.modify_vpc_endpoint(VpcEndpointId=s3["VpcEndpointId"], RemoveRouteTableIds=s3["RouteTableIds"])

    report, page = site.home / "doctor.json", site.home / "doctor.html"
    error = "dial tcp 52.94.1.1:443: i/o timeout"
    snapshot = site.home / "snapshot"
    files = ("-e", f"doctor_report={report}", "-e", f"doctor_page={page}", "-e", f"doctor_save_snapshot_dir={snapshot}")
    run = site.run("doctor", *files, "-e", f"doctor_error_text='{error}'").succeeded()
    told = lines(run)
    assert told[0] == f"delta ({DELTA}, {REGION}): not healthy (2 cause, 1 note)" and run.writes == []
    assert [line.split()[1] for line in told if line.startswith("  CAUSE")] == [
        "endpoint_missing",
        "gateway_not_associated",
    ]
    saved = json.loads(report.read_text(encoding="utf-8"))["delta"]
    assert [finding["status"] for finding in saved["findings"]] == ["cause", "cause", "note"]
    assert saved["findings"][0]["services"] == ["logs"] and not saved["healthy"]
    assert "<b>cause</b> endpoint_missing" in page.read_text(encoding="utf-8")
    assert (snapshot / "accounts" / DELTA / REGION / "VpcEndpoints.json").stat().st_mode & 0o777 == 0o600
