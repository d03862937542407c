# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence and verdicts with hostile text in what somebody logged: the same pages, and nothing for a terminal."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import evidence, verification
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports import audit
from tests.repo.test_hostile_text import Structure, fill, with_examples

ACCOUNT = "222222222222"
CHAIN = {
    "account_id": ACCOUNT,
    "region": "@",
    "trail": "@",
    "verdict": "invalid",
    "start": "@",
    "end": "@",
    "digests": {"valid": 1},
    "log_files": {"invalid": 1},
    "problems": [{"file": "s3://@/@", "verdict": "invalid", "says": "@"}],
}
TRAIL = {
    **dict.fromkeys(("name", "arn", "bucket", "home_region", "logging_since", "latest_delivery"), "@"),
    **dict.fromkeys(("organization", "multi_region", "logging", "validation"), True),
    **dict.fromkeys(("latest_digest_delivery", "management_events"), "@"),
    "problems": ["@ is wrong"],
}


def hosts(text):
    """One account of which everything is said by somebody else; column names are AWS's."""
    answers = [
        {
            "item": {"account_id": ACCOUNT, "query": query, "description": "@"},
            "columns": [{"name": name, "type": "varchar"} for name in ("who", "mfa", "times")],
            "rows": [{"who": "@", "mfa": "@", "times": "@"}],
            "truncated": False,
        }
        for query in (evidence.ROLES, evidence.CHANGES)
    ]
    answers.append({"item": {"account_id": ACCOUNT, "query": evidence.DENIED}, "failed": True, "msg": "@"})
    variables = {
        "account_id": ACCOUNT,
        "region": "eu-central-1",
        "log_archive_bucket": "logs",
        "log_archive_trail_bucket": "trail",
        "audit_trail_status": {"trails": [TRAIL], "unread": {"@": "@"}},
        "audit_integrity": {"chains": [CHAIN], "unread": {"@": "@"}},
        "audit_answers": {"results": answers},
        "log_source_result": {"msg": "@"},
        "log_archive_result": {"plan": [{"action": "create", "address": "@"}], "findings": ["@"]},
        "logs_verify_probe": {"msg": "@"},
        "logs_verify_archive": {"msg": "@"},
        "logs_verify_files": {"chains": [CHAIN], "unread": {"@": "@"}},
        "logs_verify_trail": {"trails": [TRAIL], "unread": {"@": "@"}},
    }
    return {"alpha": fill(variables, text)}


GROUPS = {"logs": ["alpha"], "log_sources": ["alpha"], "audit_trails": ["alpha"]}


def pages(text):
    told = audit.pages(evidence.evidence(hosts(text), GROUPS, 1))
    return told["index"], told["accounts"]["alpha"]["page"]


@with_examples
def test_pages_have_the_same_elements(text):
    for page, quiet in zip(pages(text), pages("quiet")):
        assert Structure(page).tags == Structure(quiet).tags
        assert all(line.isprintable() for line in page.split("\n"))


@with_examples
def test_json_says_what_was_read(text):
    found = evidence.evidence(hosts(text), GROUPS, 1)
    page = audit.as_json(found)
    assert page.isascii()
    assert json.loads(page)["alpha"]["answers"][0]["rows"] == [{"who": text, "mfa": text, "times": text}]


@with_examples
def test_verdicts_steer_no_terminal(text):
    now = datetime(2026, 11, 28, tzinfo=timezone.utc)
    given = hosts(text)
    given["alpha"]["logs_verify_trail"]["trails"][0]["logging_since"] = None
    quiet = hosts("quiet")
    quiet["alpha"]["logs_verify_trail"]["trails"][0]["logging_since"] = None
    told = verification.problems(given, GROUPS, now)
    assert len(told) == len(verification.problems(quiet, GROUPS, now))
    assert all(line.isprintable() for line in [*told, *verification.lines(given, GROUPS)])
