# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence of accounts, its pages, and what PCI DSS takes of it: unknown is never told as valid."""

from __future__ import annotations

import copy
import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import evidence
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci import audit_evidence
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import audit

ALPHA, ARCHIVE, MANAGEMENT = "222222222222", "888888888888", "999999999999"
GROUPS = {"logs": ["archive"], "audit_trails": ["management"]}
TRAIL = {
    "name": "all",
    "arn": f"arn:aws:cloudtrail:eu-central-1:{MANAGEMENT}:trail/all",
    "home_region": "eu-central-1",
    "organization": True,
    "multi_region": True,
    "logging": True,
    "logging_since": "2026-11-01T00:00:00Z",
    "latest_delivery": "2026-11-28T12:00:00Z",
    "latest_digest_delivery": "2026-11-28T12:00:00Z",
    "validation": True,
    "management_events": "all",
    "bucket": "trail",
    "problems": [],
}


def chain(account, verdict="valid", problems=(), **counts):
    return {
        "account_id": account,
        "region": "eu-central-1",
        "trail": "all",
        "verdict": verdict,
        "start": "2026-11-27T12:00:00Z",
        "end": "2026-11-28T12:00:00Z",
        "digests": {"valid": 24},
        "log_files": counts or {"valid": 5},
        "problems": list(problems),
    }


def answer(query, rows=(), account=ALPHA, **more):
    columns = [{"name": name, "type": "varchar"} for name in (rows[0] if rows else {"who": ""})]
    item = {"account_id": account, "query": query, "description": "what it is"}
    return {"item": item, "columns": columns, "rows": list(rows), "truncated": False, **more}


USED = [
    {"role": "arn:admin", "session": "arn:admin/ann", "mfa": "true", "earliest": "t1", "latest": "t2", "calls": "3"},
    {
        "role": "arn:admin",
        "session": "arn:admin/<b>eve",
        "mfa": "false",
        "earliest": "t1",
        "latest": "t2",
        "calls": "1",
    },
]
ANSWERS = [
    answer("roles_used", USED),
    answer("denied_calls", [{"who": "arn:eve", "eventname": "GetObject", "times": "7"}]),
    answer("trail_changes"),
    answer("calls_by_account", [{"account": ALPHA, "calls": "12"}]),
]
HOSTS = {
    "management": {"account_id": MANAGEMENT, "audit_trail_status": {"trails": [TRAIL], "unread": {}}},
    "archive": {
        "account_id": ARCHIVE,
        "region": "eu-central-1",
        "audit_integrity": {"chains": [chain(ALPHA)], "unread": {}},
        "audit_answers": {"results": ANSWERS},
    },
    "alpha": {"account_id": ALPHA, "region": "eu-central-1"},
}


def changed(change):
    hosts = copy.deepcopy(HOSTS)
    change(hosts)
    return hosts


def of(hosts, host="alpha"):
    (found,) = [one for one in evidence.evidence(hosts, GROUPS, 1) if one.host == host]
    return found


def test_an_account_whose_trail_is_whole():
    found = of(HOSTS)
    assert (found.verdict, found.integrity, found.problems, found.unknown) == ("valid", "valid", (), ())
    assert [trail["name"] for trail in found.trails] == ["all"] and len(found.answers) == 4


def test_an_account_of_which_nothing_was_read_is_unknown():
    found = of(HOSTS, "archive")
    assert (found.verdict, found.integrity) == ("unknown", "unknown")
    assert found.unknown[0] == "the trail bucket has no digests of this account, or they were not read"
    assert "roles_used: not asked" in found.unknown


def integrity(**value):
    return lambda hosts: hosts["archive"].update(audit_integrity=value)


@pytest.mark.parametrize(
    ("change", "verdict", "says"),
    [
        (lambda h: h["management"].pop("audit_trail_status"), "unknown", "the trails of management could not be read"),
        (lambda h: h["management"]["audit_trail_status"].update(trails=[]), "invalid", "no trail records this account"),
        (
            lambda h: h["management"]["audit_trail_status"]["trails"][0].update(logging=False, problems=["it is off"]),
            "invalid",
            "it is off",
        ),
        (
            lambda h: h["management"]["audit_trail_status"]["trails"][0].update(organization=False),
            "invalid",
            "no trail records this account",
        ),
        (
            lambda h: h["management"]["audit_trail_status"].update(unread={"trails": "denied"}),
            "unknown",
            "trails of management: denied",
        ),
        (integrity(msg="AccessDenied"), "unknown", "no file was verified: AccessDenied"),
        (integrity(chains=[], unread={"chains": "s3:ListBucket"}), "unknown", "chains of the trail bucket"),
        (
            integrity(chains=[chain(ALPHA, "invalid", [{"file": "s3://a/b", "verdict": "invalid", "says": "gone"}])]),
            "invalid",
            "eu-central-1: 1 files are invalid, such as s3://a/b: gone",
        ),
        (
            integrity(chains=[chain(ALPHA, "unknown", [{"file": "", "verdict": "unknown", "says": "no digest"}])]),
            "unknown",
            "eu-central-1: 1 not verified, such as no digest",
        ),
        (lambda h: h["archive"]["audit_answers"]["results"].pop(0), "unknown", "roles_used: not asked"),
        (
            lambda h: h["archive"]["audit_answers"]["results"][0].update(truncated=True),
            "unknown",
            "roles_used: there are more rows than the 2 shown",
        ),
        (
            lambda h: h["archive"]["audit_answers"]["results"].__setitem__(
                0, {"item": ANSWERS[0]["item"], "failed": True, "msg": "over the limit"}
            ),
            "unknown",
            "roles_used: over the limit",
        ),
    ],
)
def test_what_is_wrong_and_what_is_not_known(change, verdict, says):
    found = of(changed(change))
    assert found.verdict == verdict
    assert any(text.startswith(says) for text in (*found.problems, *found.unknown)), (found.problems, found.unknown)


def test_without_an_archive_nothing_is_known():
    (found,) = evidence.evidence({"alpha": HOSTS["alpha"]}, {}, 1)
    assert found.verdict == "invalid" and "there is no archive (group logs)" in found.unknown[0]


def test_an_account_is_one_page():
    hosts = {**HOSTS, "alpha-2": {"account_id": ALPHA, "region": "us-east-1"}}
    assert [one.host for one in evidence.evidence(hosts, GROUPS, 1)] == ["alpha", "archive", "management"]


def test_the_pages():
    found = evidence.evidence(HOSTS, GROUPS, 1)
    told = audit.pages(found)
    assert told["accounts"]["alpha"]["file"] == "alpha.html" and 'href="alpha.html"' in told["index"]
    page = told["accounts"]["alpha"]["page"]
    assert "the trail is on, and its files are unchanged" in page and "5 of 5 log files are valid" in page
    assert "arn:admin/&lt;b&gt;eve" in page and "<b>eve" not in page
    for text in ("Who used which role", "Nobody changed a trail in this time.", "GetObject", *evidence.LIMITS):
        assert text.replace("'", "&#x27;") in page
    # The worst first, and nothing from elsewhere.
    assert told["index"].index("archive.html") < told["index"].index("alpha.html")
    for text in (page, told["index"]):
        assert "http://" not in text and "https://" not in text and "<script" not in text
        assert 'name="viewport"' in text
    data = json.loads(told["accounts"]["alpha"]["json"])["alpha"]
    assert (data["verdict"], data["integrity"], data["account_id"]) == ("valid", "valid", ALPHA)
    assert json.loads(told["json"]).keys() == {"alpha", "archive", "management"}


def test_a_query_that_failed_is_not_told_as_none():
    hosts = changed(integrity(chains=[], unread={}))
    hosts["archive"]["audit_answers"]["results"][2] = {"item": ANSWERS[2]["item"], "failed": True, "msg": "x & y"}
    page = audit.pages([of(hosts)])
    assert "Nobody changed a trail" not in page["accounts"]["alpha"]["page"]
    assert "not known: x &amp; y" in page["accounts"]["alpha"]["page"] and "not known" in page["index"]


REQUIREMENTS = [
    {"requirement": number, "old": None, "title": "t", "verdict": "pass", "says": "seen", "evidence": []}
    for number in ("10.2.1", "10.3.4", "7.3.3")
]
PCI = {
    "alpha": {"account_id": ALPHA, "pci_result": {"requirements": REQUIREMENTS, "verdicts": {"pass": 3}}},
    "other": {"account_id": "1", "pci_result": {"requirements": REQUIREMENTS, "verdicts": {"pass": 3}}},
}


def joined(hosts):
    told = {one.host: one.as_data() for one in evidence.evidence(hosts, GROUPS, 1)}
    return audit_evidence.with_audit_evidence(PCI, json.loads(json.dumps(told)))


def test_pci_takes_the_audit_evidence():
    told = joined(HOSTS)
    assert told["other"] == PCI["other"]
    result = told["alpha"]["pci_result"]
    assert result["verdicts"] == {"pass": 3}
    checks = {one["requirement"]: [item["check"] for item in one["evidence"]] for one in result["requirements"]}
    assert checks == {"10.2.1": ["audit_trail"], "10.3.4": ["audit_files"], "7.3.3": []}
    assert PCI["alpha"]["pci_result"]["requirements"][0]["evidence"] == []


@pytest.mark.parametrize(
    ("change", "verdicts"),
    [
        (
            integrity(chains=[chain(ALPHA, "invalid", [{"file": "a", "verdict": "invalid", "says": "gone"}])]),
            {"fail": 1, "pass": 2},
        ),
        (integrity(msg="denied"), {"unknown": 1, "pass": 2}),
        (
            lambda h: h["management"]["audit_trail_status"]["trails"][0].update(logging=False),
            {"fail": 1, "pass": 2},
        ),
    ],
)
def test_pci_fails_where_files_were_changed(change, verdicts):
    assert joined(changed(change))["alpha"]["pci_result"]["verdicts"] == verdicts
