# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Joins the evidence of audit_report to that of pci_guard_info, for requirement 10.

pci_guard_info sees whether a trail is on and signs; only who reads the trail's bucket sees whether the files are whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..logs.digests import INVALID, VALID
from .checks.model import FAIL, PASS, UNKNOWN, WORST_FIRST

# 10.2.1: audit logs are on. 10.3.4: changes to audit logs are noticed.
TRAIL, FILES = "10.2.1", "10.3.4"
SOURCE = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html"
# How many files that aren't valid a verdict has.
SHOWN = 20


def with_audit_evidence(
    accounts: Mapping[str, Mapping[str, Any]], audit: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the accounts with the audit evidence among that of each PCI account's requirements.

    accounts  host -> its variables, with pci_result
    audit     what audit_report wrote as audit.json: host -> evidence. An account without any stays as it is
    """
    by_account = {str(one["account_id"]): one for one in audit.values()}
    joined = {}
    for host, variables in accounts.items():
        told = dict(variables)
        evidence = by_account.get(str(told.get("account_id")))
        if evidence and "requirements" in (told.get("pci_result") or {}):
            told["pci_result"] = join(told["pci_result"], dict(_items(evidence)))
        joined[host] = told
    return joined


def join(result: Mapping[str, Any], items: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a result of pci_guard_info with more evidence. items: requirement -> item, in the form of model.judge"""
    requirements = [
        _with(told, items[told["requirement"]]) if told["requirement"] in items else told
        for told in result["requirements"]
    ]
    verdicts = [told["verdict"] for told in requirements]
    return {
        **result,
        "requirements": requirements,
        "verdicts": {verdict: verdicts.count(verdict) for verdict in WORST_FIRST if verdict in verdicts},
    }


def _items(evidence: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield requirement -> item of evidence, in the form of model.judge."""
    problems: Sequence[str] = evidence["problems"]
    states = {trail["logging"] for trail in evidence["trails"]}
    on = PASS if True in states else UNKNOWN if None in states or not states else FAIL
    says = {PASS: "a trail of the audit report is on", FAIL: "no trail of the audit report is on"}
    yield TRAIL, _item("audit_trail", on, says.get(on, "whether a trail is on isn't known"), {"problems": problems})
    verdict = {VALID: PASS, INVALID: FAIL}.get(evidence["integrity"], UNKNOWN)
    files = [problem for chain in evidence["chains"] for problem in chain["problems"]]
    says = {
        PASS: "each log file of the last days is the one that CloudTrail signed",
        FAIL: "log files or digests were changed or deleted",
        UNKNOWN: "not all log files of the last days could be verified",
    }
    told = {"days": evidence["days"], "failing": files[:SHOWN], "more": max(0, len(files) - SHOWN)}
    yield FILES, _item("audit_files", verdict, says[verdict], told)


def _item(check: str, verdict: str, says: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "check": check,
        "verdict": verdict,
        "says": says,
        "fields": dict(fields),
        "source": SOURCE,
        "confidence": "doc",
    }


def _with(told: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    verdict = min(told["verdict"], item["verdict"], key=WORST_FIRST.index)
    says = item["says"] if verdict != told["verdict"] else told["says"]
    if told["verdict"] == item["verdict"]:
        says = "; ".join(filter(None, (told["says"], item["says"])))
    return {**told, "verdict": verdict, "says": says, "evidence": [*told["evidence"], item]}
