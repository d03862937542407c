# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

from ansible_collections.closednet.aws.plugins.module_utils._capabilities.pci_guard_info import CHECKS
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci.checks.model import judge
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.pci import (
    DISCLAIMER,
    pci_html,
    pci_json,
    pci_lines,
)
from ansible_collections.closednet.aws.tests.unit._domain.pci.pci_facts import SCOPE, good


def account(change=lambda facts: None, **variables):
    facts = good()
    change(facts)
    requirements = judge(CHECKS, facts, SCOPE)
    verdicts = {}
    for told in requirements:
        verdicts[told["verdict"]] = verdicts.get(told["verdict"], 0) + 1
    quota = {"store": "ssm", "used": 1, "quota": 100, "percent": 1.0, "quota_from": "documented default"}
    needless = {"name": "LOG_LEVEL", "container": "app", "taskDefinitionArn": "arn", "why": "a setting"}
    result = {
        "requirements": requirements,
        "verdicts": verdicts,
        "secrets": {"needless": [needless], "quotas": [quota]},
        "scope": {"vpc_ids": ["vpc-1"]},
    }
    return {"account_id": "444444444444", "pci_result": result, **variables}


def root_without_mfa(facts):
    facts["AccountSummary"]["AccountMFAEnabled"] = 0
    facts["CredentialReport"] = {}


ACCOUNTS = {
    "alpha": account(region="eu-central-1"),
    "delta": account(root_without_mfa),
    "gamma": {"account_id": "444444444444", "pci_result": {"failed": True, "msg": "no credential"}},
}


def test_lines_are_a_table_with_the_worst_first():
    lines = pci_lines(ACCOUNTS)
    assert [line for line in lines if not line.startswith(" ")] == [
        "gamma (444444444444): FAILED no credential",
        "delta (444444444444): 2 fail, 3 unknown, 25 pass",
        "alpha (444444444444, eu-central-1): 30 pass",
        DISCLAIMER,
    ]
    start = lines.index("delta (444444444444): 2 fail, 3 unknown, 25 pass")
    assert lines[start + 1].split() == ["VERDICT", "4.0.1", "3.2.1", "WHAT", "WAS", "SEEN"]
    assert [line.split()[:3] for line in lines[start + 2 : start + 5]] == [
        ["FAIL", "8.4.1", "8.3.1"],
        ["FAIL", "8.4.2", "-"],
        ["UNKNOWN", "8.2.6", "8.1.4"],
    ]
    assert lines[start + 2].endswith("  the root user has no MFA")
    assert "  LOG_LEVEL of app (arn) needn't be a secret: a setting" in lines
    assert "  ssm: 1 (1.0 %) of 100, the documented default" in lines


def test_lines_name_what_fails_once_and_not_all_of_it():
    def forwarding(facts):
        facts["NetworkInterfaces"] = [
            {"NetworkInterfaceId": f"eni-{number}", "SourceDestCheck": False} for number in range(7)
        ]

    lines = pci_lines({"delta": account(forwarding)})
    told = [line for line in lines if line.startswith("  anti_spoofing")]
    assert told[0] == "  anti_spoofing: NetworkInterfaceId eni-0, SourceDestCheck False"
    assert len(told) == 6 and told[-1] == "  anti_spoofing: and 2 more, which the page and the JSON list"


def test_programs_get_all_of_it():
    told = json.loads(pci_json(ACCOUNTS))
    assert told["delta"]["verdicts"] == {"fail": 2, "unknown": 3, "pass": 25}
    assert told["delta"]["requirements"] == ACCOUNTS["delta"]["pci_result"]["requirements"]
    assert told["gamma"]["error"] == "no credential" and told["gamma"]["requirements"] is None
    assert "error" not in told["alpha"]


def test_the_page_needs_nothing_else_and_takes_no_markup_from_the_account():
    def sly(facts):
        facts["SecurityGroups"][1]["GroupId"] = "<script>alert(1)</script></pre>"
        facts["SecurityGroups"][1]["IpPermissions"].append({"IpProtocol": "-1"})

    page = pci_html({**ACCOUNTS, "delta": account(sly)})
    assert page.index("gamma") < page.index("delta") < page.index("alpha")
    assert "<b>fail</b> 1.2.5 (3.2.1: 1.1.6)" in page and DISCLAIMER in page
    assert "<script" not in page and "&lt;script&gt;" in page and page.count("<pre>") == page.count("</pre>")
    assert "src=" not in page and "href=" not in page
