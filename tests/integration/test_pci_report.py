# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/pci_report.yml reports what an account shows of PCI DSS, and writes nothing in AWS."""

from __future__ import annotations

import json

from tests.integration.conftest import DELTA, REGION, lines


def test_the_report_of_an_account_that_nobody_guards(site):
    site.declare("delta", "pci", account_id=DELTA, region=REGION, pci_approved_services=["tcp/443"])
    report, page = site.home / "pci.json", site.home / "pci.html"
    run = site.run("pci_report", "-e", f"pci_report={report}", "-e", f"pci_page={page}").succeeded()
    assert run.writes == [] and run.changed["delta"] <= 2  # the two files
    told = lines(run)
    assert told[0].startswith(f"delta ({DELTA}, {REGION}): ") and " fail, " in told[0]
    assert any(line.split()[:3] == ["FAIL", "8.4.1", "8.3.1"] for line in told)
    saved = json.loads(report.read_text(encoding="utf-8"))["delta"]
    verdicts = {item["requirement"]: item["verdict"] for item in saved["requirements"]}
    assert (verdicts["7.3.3"], verdicts["8.2.6"], verdicts["2.2.4"]) == ("fail", "unknown", "not_applicable")
    assert "<b>fail</b> 8.4.1 (3.2.1: 8.3.1)" in page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o777 == 0o600


def test_the_audit_evidence_is_part_of_it(site):
    """A trail's files that were changed fail requirement 10.3.4, whatever the account itself shows."""
    site.declare("delta", "pci", account_id=DELTA, region=REGION)
    bad = {"file": "s3://trail/a.json.gz", "verdict": "invalid", "says": "its content isn't what CloudTrail delivered"}
    chain = {"account_id": DELTA, "region": REGION, "verdict": "invalid", "problems": [bad]}
    trail = {"name": "organization", "logging": True}
    audit = {
        "account_id": DELTA,
        "days": 1,
        "integrity": "invalid",
        "trails": [trail],
        "chains": [chain],
        "problems": [],
    }
    (site.home / "audit.json").write_text(json.dumps({"somebody": audit}), encoding="utf-8")
    report = site.home / "pci.json"
    run = site.run("pci_report", "-e", f"pci_report={report}", "-e", f"audit_report={site.home}/audit.json").succeeded()
    assert any("log files or digests were changed or deleted" in line for line in lines(run))
    saved = json.loads(report.read_text(encoding="utf-8"))["delta"]["requirements"]
    (files,) = [item for item in saved if item["requirement"] == "10.3.4"]
    assert files["verdict"] == "fail" and files["evidence"][-1]["check"] == "audit_files"
    assert files["evidence"][-1]["fields"]["failing"] == [bad]
