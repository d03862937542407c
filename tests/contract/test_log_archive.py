# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""log_archive and audit_archive: calls of a no-op, what is never lost, what is refused before anything is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.archive_cases import AUDIT, AUDIT_ARCHIVE, OF_TRAILS, bucket, document, kms, s3
from tests.contract.case import Case
from tests.contract.conftest import Converged
from tests.contract.log_archive_cases import CENTRALIZED, LOG_ARCHIVE, LOGS, OWNER
from tests.contract.world import OWNER_TAG, World
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, STRANGER

ONE_TABLE = {"name": "logs", "bucket": "logs-of-example", "source_account_ids": [SPOKE, SPOKE_2]}
REMAINS = "Nothing was written"


def run(world: World, options: dict[str, Any] = ONE_TABLE, check: bool = False, **more: Any) -> dict[str, Any]:
    return world.run("log_archive", HUB, {**options, **more}, check=check)


def refused(world: World, options: dict[str, Any], module: str = "log_archive", **more: Any) -> str:
    text = str(world.failure(module, HUB, {**options, **more}))
    assert REMAINS in text and world.writes == []
    return text


def accounts_of(world: World, table: str = "cloudwatch") -> list[str]:
    found = world.client(HUB, "glue").get_table(DatabaseName="logs", Name=table)["Table"]
    return found["Parameters"]["projection.account.values"].split(",")


# ---- calls --------------------------------------------------------------------------------------------------------


def test_a_run_that_changes_nothing_makes_few_calls(world: World) -> None:
    run(world)
    again = run(world)
    assert not again["changed"] and sum(again["api_calls"].values()) <= 25, again["api_calls"]
    # A source more is no call more.
    assert sum(run(world, check=True)["api_calls"].values()) == sum(again["api_calls"].values())

    locked = {"name": "trails", "bucket": "trails-of-example", "object_lock": {"mode": "governance", "days": 1}}
    world.run("audit_archive", HUB, locked)
    assert sum(world.run("audit_archive", HUB, locked)["api_calls"].values()) <= 15


@pytest.mark.parametrize("case", [LOG_ARCHIVE, CENTRALIZED, AUDIT_ARCHIVE], ids=str)
def test_nothing_comes_between_the_bucket_and_its_key(world: World, case: Case) -> None:
    """Two runs can't both create a bucket, but a key each: the one with the bucket must get as far as the key."""
    case.before(world)
    before = len(world.writes)
    world.run(case.module, case.account, {**case.options, "kms_key_arn": None})
    writes = world.writes[before:]
    # Settings of the bucket may be among them in any order, which only the run that has created it sets.
    early = {name for name in writes[: writes.index("CreateKey")] if not name.startswith("PutBucket")}
    assert early <= {"CreateBucket", "PutObjectLockConfiguration", "PutPublicAccessBlock"}


# ---- accounts, auditors and tables that are left out ---------------------------------------------------------------


def test_a_source_that_is_left_out_keeps_its_subscription_and_its_rows(world: World) -> None:
    run(world)
    fewer = {**ONE_TABLE, "source_account_ids": [SPOKE]}
    text = refused(world, fewer)
    assert f"logs/{SPOKE_2} (in the policy of log_destination.cloudwatch)" in text
    assert f"-e confirm_removals=logs/{SPOKE_2}." in text

    run(world, fewer, confirm_removals=[f"logs/{SPOKE_2}"])
    destination = world.client(HUB, "logs").describe_destinations()["destinations"][0]
    assert SPOKE_2 not in destination["accessPolicy"] and SPOKE in destination["accessPolicy"]
    # What it has written stays readable.
    assert accounts_of(world) == [HUB, SPOKE, SPOKE_2]
    assert not run(world, fewer)["changed"]


def test_a_new_source_is_let_in_and_gets_its_partition(world: World) -> None:
    run(world)
    run(world, source_account_ids=[SPOKE, SPOKE_2, STRANGER])
    assert accounts_of(world) == sorted([HUB, SPOKE, SPOKE_2, STRANGER])
    assert STRANGER in world.client(HUB, "logs").describe_destinations()["destinations"][0]["accessPolicy"]


def test_an_auditor_who_is_left_out_goes_on_reading(converged: Callable[[Case], Converged]) -> None:
    world = converged(AUDIT_ARCHIVE).of(AUDIT_ARCHIVE)
    text = refused(world, AUDIT, "audit_archive", auditors=[])
    assert f"trails/{SPOKE} (in the policy of archive_" in text
    # Of two of an account, the other one's account is named still.
    both = [f"arn:aws:iam::{STRANGER}:role/{name}" for name in ("first", "second")]
    more = {**AUDIT, "auditors": [*AUDIT["auditors"], {"principal_arns": both, "account_ids": [SPOKE]}]}
    world.run("audit_archive", HUB, more)
    fewer = [*AUDIT["auditors"], {"principal_arns": both[:1], "account_ids": [SPOKE]}]
    text = refused(world, AUDIT, "audit_archive", auditors=fewer)
    assert f"-e confirm_removals=trails/{both[1]}." in text
    world.run("audit_archive", HUB, AUDIT, confirm_removals=[f"trails/{STRANGER}"])


def test_a_trail_that_is_left_out_goes_on_writing(converged: Callable[[Case], Converged]) -> None:
    world = converged(AUDIT_ARCHIVE).of(AUDIT_ARCHIVE)
    text = refused(world, AUDIT, "audit_archive", trails=[])
    assert "trails/archive_bucket.main:policy.TrailsWrite" in text
    assert "trails/archive_key.main:policy.TrailsEncrypt" in text


def test_a_trail_of_another_name_does_not_stop_the_one_that_writes(converged: Callable[[Case], Converged]) -> None:
    world = converged(AUDIT_ARCHIVE).of(AUDIT_ARCHIVE)
    first, *others = AUDIT["trails"]
    text = refused(world, AUDIT, "audit_archive", trails=[{**first, "name": "misspelt"}, *others])
    arn = f"arn:aws:cloudtrail:{first['region']}:{first['account_id']}:trail/{first['name']}"
    assert f"-e confirm_removals=trails/{arn}." in text


def test_a_table_that_is_left_out_keeps_its_stream(converged: Callable[[Case], Converged]) -> None:
    world = converged(LOG_ARCHIVE).of(LOG_ARCHIVE)
    tables = [table for table in LOGS["tables"] if table.get("name") != "payments"]
    text = refused(world, LOGS, tables=tables)
    names = [f"logs/{kind}.payments" for kind in ("delivery_stream", "log_destination", "log_table")]
    assert f"-e confirm_removals={','.join(names)}." in text

    fewer = {**LOGS, "tables": tables}
    plan = world.run("log_archive", HUB, fewer, confirm_removals=names, check=True)["plan"]
    deleted = [step["address"] for step in plan if step["action"] == "delete"]
    assert {*names} <= {f"logs/{address}" for address in deleted}
    # Nobody subscribes to a stream that doesn't exist any more, and no stream writes a table without a schema.
    world.run("log_archive", HUB, fewer, confirm_removals=names)
    order = [name for name in world.writes if name.startswith("Delete")]
    assert order.index("DeleteDestination") < order.index("DeleteDeliveryStream") < order.index("DeleteTable")
    world.run("log_archive", HUB, LOGS)


def test_rows_that_queries_find_are_not_lost_with_a_line_of_the_inventory(
    converged: Callable[[Case], Converged],
) -> None:
    world = converged(LOG_ARCHIVE).of(LOG_ARCHIVE)
    # Without hosts of audit_trails there is no organization's path any more.
    lost = {key: value for key, value in LOGS.items() if key != "trail_organization_id"}
    text = refused(world, lost)
    assert f"rows in s3://trails-of-example/AWSLogs/{LOGS['trail_organization_id']}/" in text
    assert "-e confirm_removals=logs/log_table.cloudtrail:location." in text
    text = refused(world, LOGS, bucket="renamed-logs-of-example")
    assert (
        "rows in s3://logs-of-example/cloudwatch/: queries would read s3://renamed-logs-of-example/cloudwatch/" in text
    )


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([{"name": "amount", "type": "string"}], "amount as double: files that are there have it so"),
        ([{"name": "total", "type": "double"}], "column amount, which no query would find any more"),
    ],
)
def test_a_column_keeps_its_type(world: World, columns: list[dict[str, str]], words: str) -> None:
    table = {"name": "payments", "type": "custom"}
    run(world, tables=[{**table, "columns": [{"name": "amount", "type": "double"}]}])
    text = refused(world, ONE_TABLE, tables=[{**table, "columns": columns}])
    assert words in text and "-e confirm_removals=logs/log_table.payments:column.amount." in text
    more = [{"name": "amount", "type": "double"}, {"name": "total", "type": "double"}]
    assert run(world, tables=[{**table, "columns": more}])["changed"]


# ---- the bucket ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", [{"mode": "governance", "days": 30}, {"mode": "compliance", "days": 29}])
def test_a_lock_never_gets_weaker(world: World, lock: dict[str, Any]) -> None:
    locked = {"name": "trails", "bucket": "trails-of-example", "object_lock": {"mode": "compliance", "days": 30}}
    world.run("audit_archive", HUB, locked)
    text = refused(world, locked, "audit_archive", object_lock=lock)
    assert "mode compliance for 30 days" in text and "never made weaker" in text
    assert world.run("audit_archive", HUB, {**locked, "object_lock": {"mode": "compliance", "days": 31}})["changed"]
    # Without the option it stays.
    unlocked = {key: value for key, value in locked.items() if key != "object_lock"}
    assert not world.run("audit_archive", HUB, unlocked)["changed"]


@pytest.mark.parametrize(("before", "after"), [(0, 400), (2555, 400)])
def test_objects_are_not_deleted_earlier_for_want_of_a_variable(world: World, before: int, after: int) -> None:
    trails = {"name": "trails", "bucket": "trails-of-example"}
    world.run("audit_archive", HUB, {**trails, "retention_days": before})
    text = refused(world, trails, "audit_archive")
    assert f"objects older than {after} days: they were kept for" in text
    confirmed = {"confirm_removals": ["trails/archive_bucket.main:lifecycle"]}
    assert world.run("audit_archive", HUB, {**trails, **confirmed})["changed"]
    assert world.run("audit_archive", HUB, {**trails, "retention_days": 0})["changed"]


def test_a_bucket_in_another_region_is_refused(world: World) -> None:
    there = world.emulator.plain_client(
        "s3", "eu-west-1", aws_access_key_id=f"AKIAHANDS{HUB[:11]}", aws_secret_access_key="not-a-secret"
    )
    there.create_bucket(Bucket="logs-of-example", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert "logs-of-example is in eu-west-1, the archive in eu-central-1" in refused(world, ONE_TABLE)


def test_statements_of_others_in_a_bucket_that_was_handed_over_are_named(world: World) -> None:
    pairs = [{"Key": OWNER_TAG, "Value": OWNER}]
    bucket(world, "logs-of-example")
    s3(world).put_bucket_tagging(Bucket="logs-of-example", Tagging={"TagSet": pairs})
    theirs = {
        "Sid": "Theirs",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::logs-of-example/*",
    }
    s3(world).put_bucket_policy(Bucket="logs-of-example", Policy=document(theirs))
    text = refused(world, ONE_TABLE)
    assert "logs/archive_bucket.main:policy.Theirs" in text
    assert run(world, confirm_removals=["logs/archive_bucket.main:policy.Theirs"])["changed"]


def test_bucket_and_key_go_on_after_absent(world: World) -> None:
    first = run(world)
    gone = run(world, state="absent")
    assert any("logs-of-example stays" in note for note in gone["notes"])
    assert any(f"{first['kms_key_arn']} stays" in note for note in gone["notes"])
    again = run(world)
    assert again["kms_key_arn"] == first["kms_key_arn"]
    assert not [step for step in again["plan"] if step["address"].startswith("archive_")]


# ---- the key ------------------------------------------------------------------------------------------------------


def test_a_run_that_was_interrupted_before_the_key_had_its_alias_goes_on_with_it(world: World) -> None:
    rule = {"service": "kms", "operation": "CreateAlias", "account": HUB, "action": "error"}
    world.emulator.control("POST", "faults", {**rule, "code": "LimitExceededException", "status": 400, "message": "no"})
    world.failure("audit_archive", HUB, AUDIT)
    world.emulator.control("DELETE", "faults")
    world.run("audit_archive", HUB, AUDIT)
    assert len(kms(world).list_keys()["Keys"]) == 1
    assert OF_TRAILS.key(world)


def given_key(world: World, *statements: dict[str, Any]) -> str:
    arn = kms(world).create_key()["KeyMetadata"]["Arn"]
    account = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    kms(world).put_key_policy(KeyId=arn, PolicyName="default", Policy=document(account, *statements))
    return str(arn)


def test_a_key_whose_policy_lacks_what_a_trail_needs_is_refused(world: World) -> None:
    key = given_key(world)
    text = refused(world, AUDIT, "audit_archive", kms_key_arn=key)
    assert f"kms_key_arn: the policy of {key} doesn't allow" in text and "cloudtrail.amazonaws.com" in text
    assert "TrailsEncrypt" in text and "Auditor0Decrypts" in text and '"Account"' not in text


def test_a_key_that_denies_what_it_allows_is_refused(world: World) -> None:
    trails = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    denial = {"Sid": "NoTrails", "Effect": "Deny", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    key = given_key(world, trails, {**denial, "Action": "kms:GenerateDataKey*", "Resource": "*"})
    text = refused(world, AUDIT, "audit_archive", kms_key_arn=key)
    assert f"kms_key_arn: the policy of {key} denies what this needs" in text and "NoTrails" in text


def test_a_key_that_lets_them_in_is_used_and_left_as_it_is(world: World) -> None:
    trails = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "kms:*"}
    readers = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Decrypt", "kms:DescribeKey"]}
    key = given_key(world, {**trails, "Resource": "*"}, {**readers, "Resource": "*"})
    before = kms(world).get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    world.run("audit_archive", HUB, AUDIT, kms_key_arn=key)
    assert json.loads(kms(world).get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == json.loads(before)
    assert not world.run("audit_archive", HUB, AUDIT, kms_key_arn=key)["changed"]


def test_a_key_that_cannot_encrypt_is_refused(world: World) -> None:
    key = given_key(world)
    kms(world).disable_key(KeyId=key)
    assert f"{key} (state Disabled) can't encrypt a bucket" in refused(world, ONE_TABLE, kms_key_arn=key)
    missing = f"arn:aws:kms:eu-central-1:{HUB}:key/01234567-89ab-cdef-0123-456789abcdef"
    assert f"kms_key_arn: {missing} doesn't exist" in refused(world, ONE_TABLE, kms_key_arn=missing)


# ---- streams ------------------------------------------------------------------------------------------------------


def test_a_stream_cannot_become_raw(world: World) -> None:
    run(world)
    text = refused(world, ONE_TABLE, tables=[{"type": "cloudwatch", "raw": True}])
    assert "was created with partitions by account" in text and "a table of another name" in text


def test_queries_that_users_saved_stay(world: World) -> None:
    run(world)
    athena = world.client(HUB, "athena")
    own = {"Name": "mine", "Database": "logs", "QueryString": "SELECT 1", "WorkGroup": "logs"}
    made = athena.create_named_query(**own)["NamedQueryId"]
    assert not run(world)["changed"]
    # A second one of ours, which a run that met another left.
    mine = athena.list_named_queries(WorkGroup="logs")["NamedQueryIds"]
    (first, *_others) = [
        one for one in athena.batch_get_named_query(NamedQueryIds=mine)["NamedQueries"] if one["NamedQueryId"] != made
    ]
    keys = ("Name", "Description", "Database", "QueryString", "WorkGroup")
    athena.create_named_query(**{key: first[key] for key in keys})
    plan = run(world)["plan"]
    assert [step["operation"] for step in plan] == ["athena.delete_named_query"]
    assert made in athena.list_named_queries(WorkGroup="logs")["NamedQueryIds"]
