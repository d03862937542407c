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
