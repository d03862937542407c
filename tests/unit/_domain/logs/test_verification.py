# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What logs_verify says of results: everything that is wrong, of every host, and nothing if all is well."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import sql, verification

NOW = datetime(2026, 11, 28, 12, 30, tzinfo=timezone.utc)
MARKER = "0e5b1a86-4f0e-5a39-8d70-0d2c1a7f6a11"
GROUPS = {"logs": ["archive"], "log_sources": ["alpha"], "audit_trails": ["alpha"]}
CONVERGED = {"plan": [], "findings": []}
TRAIL = {
    "name": "alpha",
    "arn": "arn:trail",
    "logging": True,
    "logging_since": "2026-11-01T00:00:00Z",
    "multi_region": True,
    "problems": [],
}
CHAIN = {
    "account_id": "222222222222",
    "region": "eu-central-1",
    "trail": "alpha",
    "verdict": "valid",
    "start": "2026-11-27T12:00:00Z",
    "end": "2026-11-28T12:00:00Z",
    "digests": {"valid": 24},
    "log_files": {"valid": 7},
    "problems": [],
}
ERRORS = {
    "table": "cloudwatch",
    "declared": True,
    "pending": 0,
    "pending_bytes": 0,
    "oldest_pending": None,
    "unreadable_records": 0,
}
HOSTS = {
    "archive": {
        "account_id": "999999999999",
        "region": "eu-central-1",
        "log_archive_bucket": "example-logs",
        "log_archive_trail_bucket": "example-trail",
        "log_archive_result": CONVERGED,
        "log_archive_trails_result": CONVERGED,
        "logs_verify_archive": {
            "errors": [ERRORS],
            "delivery_errors": [],
            "streams": [{"table": "cloudwatch", "state": "ACTIVE", "failure": None}],
            "undeclared_accounts": {},
            "newest": [{"table": "cloudwatch", "account_id": "222222222222", "time": "x", "lag_seconds": 5}],
        },
        "logs_verify_files": {"chains": [CHAIN], "unread": {}},
        "logs_verify_answers": {
            "results": [
                {
                    "item": {"table": "cloudwatch"},
                    "rows": [{"marker": MARKER, "lines": "10", "ids": "10", "events": "10"}],
                }
            ]
        },
    },
    "alpha": {
        "account_id": "222222222222",
        "region": "eu-central-1",
        "log_source_result": {**CONVERGED, "log_groups": {"/app": {"retention_days": 30}}},
        "logs_verify_probe": {"marker": MARKER, "events": 10, "time": "2026-11-28T12:00:00Z"},
        "audit_trail_result": {**CONVERGED, "trail_arn": "arn:trail"},
        "logs_verify_trail": {"trails": [TRAIL], "unread": {}},
    },
}


def changed(path, value):
    """HOSTS with another value at the path, whose parts are keys and numbers."""
    hosts = json.loads(json.dumps(HOSTS))
    *above, last = path
    held = hosts
    for part in above:
        held = held[part]
    held[last] = value
    return hosts


def problems(hosts):
    return verification.problems(hosts, GROUPS, NOW)


def test_nothing_is_wrong():
    assert problems(HOSTS) == []


ROW = ("archive", "logs_verify_answers", "results", 0, "rows", 0)
REFUSAL = {
    "table": "cloudwatch",
    "code": "S3.AccessDenied",
    "message": "Access was denied.",
    "times": 3,
    "latest": "2026-11-28T12:20:00Z",
}
STEP = {"action": "create", "address": "subscription_policy.main"}


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("archive", "log_archive_result"), {"msg": "denied"}, "archive: the archive could not be read: denied"),
        (("archive", "log_archive_result", "plan"), [STEP], "archive: the archive: not as declared; run"),
        (("archive", "log_archive_trails_result", "findings"), ["a finding"], "archive: a finding"),
        (("archive", "logs_verify_archive"), {"msg": "denied"}, "archive: what is in the archive could not be read"),
        (
            ("archive", "logs_verify_archive", "errors", 0),
            {**ERRORS, "pending": 2, "pending_bytes": 7, "oldest_pending": "yesterday"},
            "archive: errors/cloudwatch/ has 2 objects (7 bytes, the oldest of yesterday) that were not delivered",
        ),
        (
            ("archive", "logs_verify_archive", "errors", 0),
            {**ERRORS, "declared": False, "pending": 2, "pending_bytes": 7, "oldest_pending": "yesterday"},
            "archive: errors/cloudwatch/ has 2 objects (7 bytes, the oldest of yesterday) that were not delivered:"
            " no table is declared for it, so declare it again",
        ),
        (
            ("archive", "logs_verify_archive", "errors", 0, "unreadable_records"),
            1,
            "archive: errors/cloudwatch/ has 1 records that nobody can read",
        ),
        (
            ("archive", "logs_verify_archive", "delivery_errors"),
            [REFUSAL],
            "archive: Firehose can't deliver to table cloudwatch: S3.AccessDenied, 3 times, last at 2026-11-28T12:20:0",
        ),
        (
            ("archive", "logs_verify_archive", "streams", 0, "state"),
            "CREATING_FAILED",
            "archive: the stream of table cloudwatch is CREATING_FAILED",
        ),
        (
            ("archive", "logs_verify_archive", "undeclared_accounts"),
            {"cloudwatch": ["333333333333"]},
            "archive: cloudwatch: accounts write that no query shows, since they aren't sources: 333333333333",
        ),
        (("archive", "logs_verify_files"), {"msg": "denied"}, "archive: the trails' files could not be read: denied"),
        (("archive", "logs_verify_files", "unread"), {"chains": "s3:ListBucket"}, "archive: chains of the trail"),
        (("archive", "logs_verify_files", "chains"), [], "archive: the trail bucket has no digest files"),
        (
            ("archive", "logs_verify_files", "chains", 0),
            {**CHAIN, "verdict": "invalid", "problems": [{"file": "s3://a/b", "verdict": "invalid", "says": "gone"}]},
            "archive: the trail's files of account 222222222222, eu-central-1 are invalid: s3://a/b: gone",
        ),
        (
            ("archive", "logs_verify_files", "chains", 0),
            {**CHAIN, "verdict": "unknown", "digests": {}, "problems": [{"file": "", "says": "no digest"}]},
            "archive: the trail's files of account 222222222222, eu-central-1 are unknown: no digest",
        ),
        ((*ROW, "events"), "9", "alpha: 9 of 10 marked events of 2026-11-28T12:00:00Z arrived"),
        ((*ROW, "ids"), "9", "alpha: 1 marked events arrived twice (10 lines of 9 ids)"),
        ((*ROW[:-1],), [], "alpha: none of 10 marked events of 2026-11-28T12:00:00Z arrived in table cloudwatch"),
        (
            ("archive", "logs_verify_answers", "results", 0),
            {"item": {"table": "cloudwatch"}, "failed": True, "msg": "denied"},
            "alpha: the archive could not be asked for its 10 marked events: denied",
        ),
        (("archive", "logs_verify_answers"), {}, "alpha: the archive could not be asked for its 10 marked events: not"),
        (("alpha", "logs_verify_probe"), {"msg": "denied"}, "alpha: no marked event could be written: denied"),
        (("alpha", "log_source_result", "plan"), [STEP], "alpha: the subscriptions: not as declared; run"),
        (("alpha", "log_source_result", "findings"), ["no path"], "alpha: no path"),
        (
            ("alpha", "log_source_result", "log_groups", "/app", "retention_days"),
            None,
            "alpha: log groups without retention keep their events for ever: /app",
        ),
        (("alpha", "logs_verify_trail"), {"msg": "denied"}, "alpha: its trails could not be read: denied"),
        (("alpha", "logs_verify_trail", "trails", 0, "problems"), ["trail alpha is off"], "alpha: trail alpha is off"),
        (("alpha", "logs_verify_trail", "trails"), [], "alpha: trail arn:trail doesn't exist"),
        (("alpha", "logs_verify_trail", "unread"), {"trails": "denied"}, "alpha: trails could not be read: denied"),
        (("alpha", "audit_trail_result", "plan"), [STEP], "alpha: the trail: not as declared"),
    ],
)
def test_each_thing_that_is_wrong_is_told_with_its_host(path, value, says):
    (problem,) = problems(changed(path, value))
    assert problem.startswith(says)


def test_hosts_that_nobody_looked_at():
    bare = {
        host: {key: variables[key] for key in variables if "_result" not in key and "logs_verify" not in key}
        for host, variables in HOSTS.items()
    }
    assert {problem.partition(":")[0] for problem in problems(bare)} == {"archive", "alpha"}
    assert len(problems(bare)) == 8


def test_a_trail_has_no_digest_in_its_first_hours():
    hosts = changed(("archive", "logs_verify_files", "chains"), [])
    trail = hosts["alpha"]["logs_verify_trail"]["trails"][0]
    for hours, count in ((1, 0), (4, 1)):
        trail["logging_since"] = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert len(problems(hosts)) == count


def test_what_is_to_be_deleted_is_not_verified():
    hosts = changed(("alpha", "log_source_state"), "absent")
    hosts["alpha"].pop("logs_verify_probe")
    assert problems(hosts) == []


def test_queries_are_by_table():
    hosts = copy.deepcopy(HOSTS)
    hosts["beta"] = {**hosts["alpha"], "account_id": "333333333333", "log_source_table": "payments"}
    hosts["beta"]["logs_verify_probe"] = {**hosts["alpha"]["logs_verify_probe"], "marker": MARKER.replace("0", "1")}
    hosts["archive"]["log_archive_name"] = "our-logs"
    groups = {**GROUPS, "log_sources": ["alpha", "beta"]}
    first, second = verification.queries(hosts, groups, "archive")
    assert (first["table"], second["table"]) == ("cloudwatch", "payments")
    assert first["probes"] == {MARKER: 10}
    assert 'FROM "our_logs"."cloudwatch" WHERE account IN (\'222222222222\')' in first["sql"]
    assert "hour BETWEEN '2026/11/28/11' AND '2026/11/28/18'" in first["sql"]
    sql.check("query", first["sql"])
    assert verification.queries(hosts, groups, "archive") and not verification.queries(
        {**hosts, "alpha": {}, "beta": {}}, GROUPS | {"log_sources": []}, "archive"
    )


def test_a_marker_is_no_sql():
    with pytest.raises(ValueError, match="no marker"):
        verification.queries(changed(("alpha", "logs_verify_probe", "marker"), "' OR 1=1"), GROUPS, "archive")


def test_missing():
    answer = {"rows": [{"marker": "a", "events": "10"}, {"marker": "b", "events": "9"}]}
    assert verification.missing(answer, {"a": 10, "b": 10, "c": 1}) == ["b", "c"]
    assert verification.missing({"msg": "failed"}, {"a": 1}) == ["a"]


def test_lines():
    assert verification.lines(HOSTS, GROUPS) == [
        "alpha: 10 of 10 marked events arrived",
        "archive: newest object of 222222222222 in cloudwatch: 5 s old",
        "archive: trail of 222222222222 eu-central-1: valid, 7 log files until 2026-11-28T12:00:00Z",
    ]


def test_what_firehose_said_before_the_last_hour_has_ended():
    said = [{**REFUSAL, "latest": "2026-11-28T11:29:00Z"}]
    assert problems(changed(("archive", "logs_verify_archive", "delivery_errors"), said)) == []


def test_records_that_nobody_can_read_are_told_until_somebody_knows_them():
    hosts = changed(("archive", "logs_verify_archive", "errors", 0, "unreadable_records"), 2)
    assert "log_archive_unreadable_records" in problems(hosts)[0]
    hosts["archive"]["log_archive_unreadable_records"] = {"cloudwatch": 1}
    assert "2 records that nobody can read, of which 1 are known" in problems(hosts)[0]
    hosts["archive"]["log_archive_unreadable_records"] = {"cloudwatch": 2}
    assert problems(hosts) == []


def test_how_late_events_arrived():
    hosts = changed(("archive", "logs_verify_answers", "results", 0, "completed"), "2026-11-28T12:01:30Z")
    assert "alpha: 10 of 10 marked events arrived within 90 s" in verification.lines(hosts, GROUPS)
