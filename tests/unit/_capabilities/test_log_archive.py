# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of log_archive and audit_archive that can't be: told before any call."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._capabilities import archive_checks
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid

HERE, SOURCE, OTHER = "111111111111", "222222222222", "333333333333"
KEY = "key/01234567-89ab-cdef-0123-456789abcdef"
READER = {"principal_arns": [f"arn:aws:iam::{SOURCE}:role/auditor"], "account_ids": [SOURCE]}


@pytest.fixture
def archive(declare):
    options = {"account_id": HERE, "region": "eu-central-1", "name": "logs", "bucket": "logs-of-example"}
    return lambda **more: declare("log_archive", **{**options, "source_account_ids": [SOURCE], **more})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "Logs"}, "name: 'Logs' is no name of a log archive"),
        ({"bucket": "Logs"}, "bucket: 'Logs'"),
        ({"trail_bucket": "logs-of-example"}, "trail_bucket: 'logs-of-example' is the bucket of logs, too"),
        ({"retention_days": 90}, "retention_days: 90 deletes logs that PCI DSS 10.5.1 wants kept for a year"),
        ({"retention_days": -1}, "retention_days: -1 is no retention"),
        ({"object_lock": {"mode": "governance", "days": 500}}, "object_lock.days: 500 locks objects for longer than"),
        ({"object_lock": {"mode": "compliance", "days": 0}}, "object_lock.days: 0 is no time to lock an object for"),
        ({"transition_days": 400}, "transition_days: 400 is no age to move objects at"),
        ({"kms_key_arn": f"arn:aws:kms:eu-central-1:{OTHER}:{KEY}"}, f"is a key of account {OTHER}"),
        ({"kms_key_arn": f"arn:aws:kms:eu-west-1:{HERE}:{KEY}"}, "is in eu-west-1; expected a key in eu-central-1"),
        ({"kms_key_arn": "alias/logs"}, "kms_key_arn: 'alias/logs' is no such ARN"),
        ({"source_account_ids": []}, "source_account_ids: [] name no source"),
        ({"source_account_ids": [SOURCE, SOURCE]}, f"source_account_ids[1]: '{SOURCE}' is there twice"),
        ({"source_regions": ["Frankfurt"]}, "source_regions[0]: 'Frankfurt' is no AWS region"),
        ({"organization_id": "example"}, "organization_id: 'example' is no id of an organization"),
        ({"auditors": [{**READER, "principal_arns": ["*"]}]}, "auditors[0].principal_arns[0]: '*' is no such ARN"),
        (
            {"auditors": [{**READER, "principal_arns": [f"arn:aws:iam::{SOURCE}:role/*"]}]},
            "auditors[0].principal_arns[0]",
        ),
        ({"auditors": [{**READER, "account_ids": [OTHER]}]}, f"'{OTHER}' is no source of this archive"),
        ({"auditors": [READER, READER]}, "auditors[1].principal_arns"),
        ({"auditor_role": "a b"}, "auditor_role: 'a b' is no name in IAM"),
        ({"tables": []}, "tables: [] keep nothing"),
        ({"tables": [{"type": "cloudtrail"}]}, "trail_bucket: is missing"),
        (
            {"tables": [{"name": "t", "type": "custom", "columns": [{"name": "select"}]}]},
            "tables[0].columns[0].name: 'select' is a reserved word",
        ),
        ({"buffer_seconds": 59}, "buffer_seconds: 59 is out of bounds; expected 60 to 900"),
        ({"buffer_mib": 129}, "buffer_mib: 129 is out of bounds; expected 64 to 128"),
        ({"query_bytes_limit": 9_999_999}, "query_bytes_limit: 9999999 is out of bounds"),
        ({"centralization": {"excluded_log_groups": ["x"]}}, "centralization: is set, and transport is firehose"),
    ],
)
def test_what_cannot_be_is_told(archive, options, text):
    with pytest.raises(Invalid) as invalid:
        archive(**options)
    assert text in str(invalid.value)


def test_absent_needs_a_name_only(declare):
    declared = declare("log_archive", account_id=HERE, region="eu-central-1", name="logs", state="absent")
    assert "archive_bucket" not in declared.resources and declared.resources["service_role"]


def test_a_stream_is_a_tables_and_nobody_elses(archive):
    tables = [
        {"type": "cloudwatch"},
        {"type": "cloudwatch", "name": "raw_lines", "raw": True},
        {"type": "vpc_flow_logs"},
    ]
    resources = archive(tables=tables).resources
    streams = resources["delivery_stream"]
    assert list(streams) == list(resources["log_destination"]) == ["cloudwatch", "raw_lines"]
    assert [one["type"] for one in streams["cloudwatch"]["processors"]] == ["Lambda"]
    # "Message extraction" needs decompression before it; raw lines have no partition key.
    assert [one["type"] for one in streams["raw_lines"]["processors"]] == [
        *("Decompression", "CloudWatchLogProcessing", "AppendDelimiterToRecord"),
    ]
    assert streams["cloudwatch"]["partitioned"] and not streams["raw_lines"]["partitioned"]
    assert streams["raw_lines"]["conversion"] == {} and streams["raw_lines"]["compression"] == "GZIP"
    assert list(resources["lambda_function"]) == ["logs-handler"]


def test_nothing_runs_where_firehose_alone_is_enough(archive):
    resources = archive(tables=[{"type": "cloudwatch", "raw": True}]).resources
    assert not resources["lambda_function"] and list(resources["service_role"]) == ["firehose", "destination"]


@pytest.mark.parametrize(
    ("retention", "transition", "ids"),
    [
        (400, None, ["markers", "retention", "uploads"]),
        (400, 90, ["markers", "retention", "transition", "uploads"]),
        (0, None, ["uploads"]),
    ],
)
def test_rules_of_the_lifecycle(retention, transition, ids):
    rules = archive_checks.lifecycle(retention, transition)
    assert [rule["ID"] for rule in rules] == [f"closednet-{name}" for name in ids]
    expired = [rule["Expiration"]["Days"] for rule in rules if "Days" in rule.get("Expiration", {})]
    assert expired == ([retention] if retention else [])
