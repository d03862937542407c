# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents in calls, and what a bucket, tables and streams of an archive are compared by."""

from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref, resolve
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual
from ansible_collections.closednet.aws.plugins.module_utils._resources.logs import (
    archive_bucket,
    delivery_stream,
    documents,
    log_table,
)


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(principal, **more):
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", **more}


def root(account):
    return {"AWS": f"arn:aws:iam::{account}:root"}


def test_a_document_with_an_id_that_is_not_known_yet_is_text_once_it_is():
    document = {"Statement": [{"Resource": Ref("archive_key.main"), "Action": "kms:*"}]}
    later = documents.text(document)
    assert isinstance(later, Ref)
    assert json.loads(resolve(later, {"archive_key.main": "arn:key"})) == {
        "Statement": [{"Resource": "arn:key", "Action": "kms:*"}]
    }
    assert documents.text({"a": ["b", 1]}) == '{"a":["b",1]}'


def test_two_forms_of_a_policy_are_the_same():
    one = policy(allow(root("222222222222"), Action=["b", "a"]))
    other = policy(allow({"AWS": ["arn:aws:iam::222222222222:root"]}, Action=["a", "b"]))
    assert documents.canonical(one) == documents.canonical(other)
    assert documents.canonical(policy(allow("*"))) != documents.canonical(one)


def test_whom_a_policy_names_no_longer():
    both = policy(allow(root("222222222222")), allow(root("333333333333")))
    assert documents.lost([both], [policy(allow(root("222222222222")))]) == {"333333333333"}
    assert documents.lost([both], [both]) == set()
    # Their organization in their place.
    organization = policy(allow("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}))
    assert documents.lost([both], [organization]) == set()
    assert documents.lost([organization], [both]) == {"o-abcdefghij"}
    # A role of an account that is named still.
    role = {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/auditor"}}
    named = policy(allow(root("222222222222"), Condition=role))
    assert documents.lost([named], [policy(allow(root("222222222222")))]) == {"arn:aws:iam::222222222222:role/auditor"}
    assert documents.lost([named], [policy()]) == {"222222222222"}
    # A denial lets nobody in.
    denial = {**allow(root("222222222222")), "Effect": "Deny"}
    assert documents.lost([policy(denial)], [policy()]) == set()


@pytest.mark.parametrize(
    ("before", "declared", "weaker"),
    [
        ({"mode": "compliance", "days": 30}, {"mode": "governance", "days": 30}, True),
        ({"mode": "compliance", "days": 30}, {"mode": "compliance", "days": 29}, True),
        ({"mode": "governance", "days": 30}, {"mode": "governance", "days": 29}, True),
        ({"mode": "governance", "days": 30}, {"mode": "compliance", "days": 30}, False),
        ({"mode": "", "days": 0}, {"mode": "governance", "days": 1}, False),
        (None, {"mode": "governance", "days": 1}, False),
        ({"mode": "compliance", "days": 30}, None, False),
    ],
)
def test_a_lock_gets_stronger_only(before, declared, weaker):
    there = Actual("logs-of-example", {"object_lock": before})
    fields = {"policy": policy(), "object_lock": declared}
    if weaker:
        with pytest.raises(archive_bucket.Conflict, match="never made weaker"):
            archive_bucket._check(fields, there)
    else:
        archive_bucket._check(fields, there)


def test_a_policy_that_s3_would_not_take_is_refused():
    big = policy(*(allow(root(f"{number:012}"), Sid=f"Auditor{number}") for number in range(200)))
    with pytest.raises(archive_bucket.Conflict, match="S3 takes 20480"):
        archive_bucket._check({"policy": big}, None)


def test_a_bucket_in_us_east_1_has_no_location_constraint():
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html: it isn't a valid value there."""
    fields = {"bucket": "logs-of-example", "tags": {"a": "b"}}
    made = {region: archive_bucket._create(fields, region).params for region in ("us-east-1", "eu-west-1")}
    assert "LocationConstraint" not in made["us-east-1"]["CreateBucketConfiguration"]
    assert made["eu-west-1"]["CreateBucketConfiguration"]["LocationConstraint"] == "eu-west-1"


def test_what_glue_adds_to_a_table_is_no_difference():
    wanted = {"Columns": [{"Name": "a", "Type": "string"}], "SerdeInfo": {"Parameters": {}}}
    there = {
        "Columns": [{"Name": "a", "Type": "string", "Comment": ""}],
        "SerdeInfo": {"Parameters": {"x": "y"}},
        "NumberOfBuckets": 0,
    }
    assert log_table._declared(there, wanted) == wanted
    assert log_table._declared({**there, "Columns": []}, wanted) != wanted


def test_partitions_are_only_added():
    key = "projection.account.values"
    grown = log_table._grown({key: "2,3", "projection.day.range": "a,NOW"}, {key: "1,2", "projection.day.range": "b"})
    assert grown == {key: "1,2,3", "projection.day.range": "a,NOW"}
    assert log_table._grown({key: "2"}, {}) == {key: "2"}


@pytest.mark.parametrize(
    ("there", "shown"), [("1.0", "1"), ("0.2", "0.2"), ("60", "60"), ("arn:aws:x", "arn:aws:x"), ("GZIP", "GZIP")]
)
def test_numbers_of_processors_have_one_form(there, shown):
    assert delivery_stream._number(there) == shown


def test_a_stream_that_failed_is_a_finding_with_its_reason():
    """DeliveryStreamStatus and FailureDescription of DescribeDeliveryStream."""
    failed = Actual("arn:stream", {}, details={"state": "CREATING_FAILED", "error": "KMS_ACCESS_DENIED: no"})
    active = Actual("arn:other", {}, details={"state": "ACTIVE", "error": ""})
    found = {"delivery_stream": {"cloudwatch": failed, "payments": active}}
    (finding,) = delivery_stream.findings({"cloudwatch": {}, "payments": {}}, found, None)
    assert "arn:stream is CREATING_FAILED (KMS_ACCESS_DENIED: no)" in finding and "run again" in finding
