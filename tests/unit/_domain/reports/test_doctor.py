# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.doctor import (
    doctor_html,
    doctor_json,
    doctor_lines,
)

CAUSE = {
    "id": "endpoint_missing",
    "status": "cause",
    "resource": "vpc-1",
    "services": ["logs"],
    "targets": ["ecs_service web"],
    "says": "the VPC has no endpoint for logs",
    "evidence": {},
    "fix": "closed_vpc_endpoints: services",
    "confidence": "doc",
    "source": "a page",
}
NOTE = {**CAUSE, "id": "ip_exhaustion", "status": "note", "services": [], "targets": []}


def account(result, **variables):
    return {"account_id": "444444444444", "doctor_result": result, **variables}


ACCOUNTS = {
    "alpha": account({"healthy": True, "findings": []}, region="eu-central-1"),
    "beta": account({"healthy": True, "findings": [NOTE]}),
    "delta": account({"healthy": False, "findings": [CAUSE, NOTE]}),
    "gamma": account({"failed": True, "msg": "no credential"}),
    "omega": {"account_id": "555555555555"},
}


def test_the_worst_account_comes_first_and_who_isnt_known_before():
    lines = doctor_lines(ACCOUNTS)
    assert [line for line in lines if not line.startswith(" ")] == [
        "gamma (444444444444): FAILED no credential",
        "omega (555555555555): FAILED not looked at",
        "delta (444444444444): not healthy (1 cause, 1 note)",
        "beta (444444444444): healthy (1 note)",
        "alpha (444444444444, eu-central-1): healthy",
        "5 accounts, 2 healthy",
    ]
    start = lines.index("delta (444444444444): not healthy (1 cause, 1 note)")
    assert lines[start + 1 : start + 5] == [
        "  CAUSE endpoint_missing vpc-1 [logs]",
        "    for: ecs_service web",
        "    the VPC has no endpoint for logs",
        "    fix: closed_vpc_endpoints: services",
    ]


def test_programs_get_all_of_it():
    told = json.loads(doctor_json(ACCOUNTS))
    assert told["delta"]["findings"] == [CAUSE, NOTE] and told["delta"]["healthy"] is False
    assert told["gamma"]["error"] == "no credential" and told["gamma"]["healthy"] is False
    assert "error" not in told["alpha"]


def test_the_page_needs_nothing_else_and_takes_no_markup_from_findings():
    sly = {**CAUSE, "says": "<script>alert(1)</script>", "evidence": {"PolicyDocument": "</pre><b>"}}
    page = doctor_html({**ACCOUNTS, "delta": account({"healthy": False, "findings": [sly]})})
    assert page.index("gamma") < page.index("delta") < page.index("alpha")
    assert "Doctor: 5 accounts, 2 healthy" in page and "<b>cause</b> endpoint_missing: vpc-1" in page
    assert "<script" not in page and "&lt;script&gt;" in page and page.count("</pre>") == 2
    assert "src=" not in page and "href=" not in page
