# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drifts of a bucket and its key, which log_archive and audit_archive share, and the cases of audit_archive."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, Case, Drift, tags
from tests.contract.world import OWNER_TAG, World
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE, SPOKE_2, STRANGER

ORGANIZATION = "o-demo123456"
STAYS = {
    "keys": "without its key nobody reads the bucket's objects",
    "buckets": "logs are never deleted",
    "log": "the log of what happened stays",
}
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def s3(world: World, account: str = HUB) -> Any:
    return world.client(account, "s3")


def kms(world: World, account: str = HUB) -> Any:
    return world.client(account, "kms")


def bucket(world: World, name: str, account: str = HUB, **more: Any) -> str:
    """Create a bucket of nobody; return its name."""
    place = {"LocationConstraint": "eu-central-1"}
    s3(world, account).create_bucket(Bucket=name, CreateBucketConfiguration=place, **more)
    return name


class Parts:
    """Changes by hand to the bucket and the key of one archive; owner: value of its owner tag."""

    def __init__(self, owner: str, bucket: str, account: str = HUB):
        self.owner, self.name = owner, owner.partition("/")[2]
        self.bucket, self.account = bucket, account

    def key(self, world: World) -> str:
        """Return the key's ARN, by its tag: its alias may be lost."""
        client = kms(world, self.account)
        for key in client.list_keys()["Keys"]:
            named = {tag["TagKey"]: tag["TagValue"] for tag in client.list_resource_tags(KeyId=key["KeyId"])["Tags"]}
            if named.get(OWNER_TAG) == self.owner:
                return str(key["KeyArn"])
        raise AssertionError("no key")

    def key_policy(self, world: World, *statements: dict[str, Any]) -> None:
        """Add statements to a policy that lets the account do everything, without the denials of ours."""
        every = {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        policy = document(every, *statements)
        kms(world, self.account).put_key_policy(KeyId=self.key(world), PolicyName="default", Policy=policy)

    def key_disabled(self, world: World) -> None:
        self.key_policy(world)
        kms(world, self.account).disable_key(KeyId=self.key(world))

    def key_scheduled(self, world: World) -> None:
        self.key_policy(world)
        kms(world, self.account).schedule_key_deletion(KeyId=self.key(world), PendingWindowInDays=7)

    def retag_key(self, world: World, arn: str, **values: str) -> None:
        pairs = [{"TagKey": key, "TagValue": value} for key, value in values.items()]
        kms(world, self.account).tag_resource(KeyId=arn, Tags=pairs)

    def removed(self, world: World) -> None:
        """Delete the bucket, whose policy denies that to everybody."""
        s3(world, self.account).delete_bucket_policy(Bucket=self.bucket)
        s3(world, self.account).delete_bucket(Bucket=self.bucket)

    def opened(self, world: World) -> None:
        """Add a statement to the bucket's policy."""
        client = s3(world, self.account)
        policy = json.loads(client.get_bucket_policy(Bucket=self.bucket)["Policy"])
        of_account = {**ANYBODY, "Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"}, "Sid": "ByHand"}
        of_account["Resource"] = f"arn:aws:s3:::{self.bucket}"
        policy["Statement"].append(of_account)
        client.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))

    def retag_bucket(self, world: World, name: str, **values: str) -> None:
        client = s3(world, self.account)
        there = {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=name)["TagSet"]}
        pairs = [{"Key": key, "Value": value} for key, value in {**there, **values}.items()]
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})

    def put(self, operation: str, **arguments: Any) -> Callable[[World], Any]:
        return lambda world: getattr(s3(world, self.account), operation)(Bucket=self.bucket, **arguments)

    def key_drifts(self) -> list[Drift]:
        def alias_removed(world: World) -> None:
            kms(world, self.account).delete_alias(AliasName=f"alias/{self.name}")

        def rotation_off(world: World) -> None:
            kms(world, self.account).disable_key_rotation(KeyId=self.key(world))

        return [
            Drift("archive_key: no alias", "archive_key", ("alias",), "change", alias_removed),
            Drift("archive_key: another policy", "archive_key", ("policy",), "change", self.key_policy),
            Drift("archive_key: disabled", "archive_key", ("state",), "change", self.key_disabled),
            Drift("archive_key: to be deleted", "archive_key", ("state",), "change", self.key_scheduled),
            Drift("archive_key: no rotation", "archive_key", ("rotation",), "change", rotation_off),
            *tags("archive_key", self.account, self.key, self.retag_key),
        ]

    def bucket_drifts(self, locked: bool) -> list[Drift]:
        lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
        suspended = {"Status": "Suspended"}
        of_versions = (
            Drift(
                "archive_bucket: locked for a day",
                "archive_bucket",
                ("object_lock",),
                "change",
                self.put("put_object_lock_configuration", ObjectLockConfiguration=lock),
            )
            if locked
            else Drift(
                "archive_bucket: no versions",
                "archive_bucket",
                ("versioning",),
                "change",
                self.put("put_bucket_versioning", VersioningConfiguration=suspended),
            )
        )
        by_s3 = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        week = {"Rules": [{"ID": "by-hand", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}}]}
        return [
            Drift("archive_bucket: removed", "archive_bucket", ("bucket", "region"), "create", self.removed),
            Drift(
                "archive_bucket: public",
                "archive_bucket",
                ("public_access_block",),
                "change",
                self.put("delete_public_access_block"),
            ),
            Drift(
                "archive_bucket: no policy", "archive_bucket", ("policy",), "change", self.put("delete_bucket_policy")
            ),
            Drift(
                "archive_bucket: another account let in",
                "archive_bucket",
                ("policy",),
                "change",
                self.opened,
                confirm=(f"{self.name}/archive_bucket.main:policy.ByHand",),
            ),
            Drift(
                "archive_bucket: another encryption",
                "archive_bucket",
                ("encryption",),
                "change",
                self.put("put_bucket_encryption", ServerSideEncryptionConfiguration=by_s3),
            ),
            Drift(
                "archive_bucket: kept for a week",
                "archive_bucket",
                ("lifecycle",),
                "change",
                self.put("put_bucket_lifecycle_configuration", LifecycleConfiguration=week),
            ),
            of_versions,
            *tags("archive_bucket", self.account, lambda world: self.bucket, self.retag_bucket),
        ]

    def foreign_key(self, world: World) -> str:
        arn = kms(world, self.account).create_key()["KeyMetadata"]["Arn"]
        kms(world, self.account).create_alias(AliasName=f"alias/{self.name}", TargetKeyId=arn)
        return str(arn)


AUDIT = {
    "name": "trails",
    "bucket": "trails-of-example",
    "object_lock": {"mode": "governance", "days": 365},
    "transition_days": 90,
    "trails": [
        {"name": "organization", "account_id": MANAGEMENT, "region": "eu-central-1", "organization_id": ORGANIZATION}
    ],
    "account_ids": [SPOKE, SPOKE_2],
    "auditors": [{"principal_arns": [f"arn:aws:iam::{SPOKE}:role/auditor"], "account_ids": [SPOKE]}],
    "auditor_role": "log-reader",
    "tags": TAGS,
}
OF_TRAILS = Parts("audit_archive/trails", "trails-of-example")
READS = ("kms", "Describe*")
AUDIT_ARCHIVE = Case(
    "audit_archive",
    HUB,
    AUDIT,
    [HUB],
    [*OF_TRAILS.key_drifts(), *OF_TRAILS.bucket_drifts(locked=True)],
    stays=STAYS,
    keeps=("archive_key", "archive_bucket"),
    foreign={
        "key": OF_TRAILS.foreign_key,
        "bucket": lambda world: bucket(world, "trails-of-example"),
        "another account's bucket": lambda world: bucket(world, "trails-of-example", STRANGER),
    },
    reads=READS,
)


def existing(world: World) -> None:
    """Create a key whose policy lets everything needed in, and a bucket that was handed over."""
    world.made["key"] = kms(world).create_key()["KeyMetadata"]["Arn"]
    pairs = [{"Key": OWNER_TAG, "Value": "audit_archive/existing"}]
    bucket(world, "existing-of-example")
    s3(world).put_bucket_tagging(Bucket="existing-of-example", Tagging={"TagSet": pairs})


EXISTING = Case(
    "audit_archive",
    HUB,
    {
        "name": "existing",
        "bucket": "existing-of-example",
        "kms_key_arn": lambda world: world.made["key"],
        "retention_days": 0,
        "object_lock": {"mode": "compliance", "days": 30},
    },
    [HUB],
    before=existing,
    stays=STAYS,
    keeps=("archive_key", "archive_bucket"),
    reads=READS,
    name="of an existing bucket and key",
)
# Without Object Lock, and for ever.
FOR_EVER = Case(
    "audit_archive",
    HUB,
    {"name": "for-ever", "bucket": "for-ever-of-example", "retention_days": 0},
    [HUB],
    [*Parts("audit_archive/for-ever", "for-ever-of-example").bucket_drifts(locked=False)[-3:-2]],
    stays=STAYS,
    keeps=("archive_key", "archive_bucket"),
    reads=READS,
    name="without Object Lock",
)

CASES = [AUDIT_ARCHIVE, EXISTING, FOR_EVER]
