# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of audit_trail: the organization's trail, and an account's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, Case, Drift, tags
from tests.contract.world import REGION, World
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE

CLOUDTRAIL = "cloudtrail.amazonaws.com"
BUCKETS = ("trails-of-all", "trails-elsewhere")
CARDS = "arn:aws:s3:::cards/"
READS = ("cloudtrail", "Describe*")


def trails(world: World, account: str) -> Any:
    return world.client(account, "cloudtrail")


def archive(world: World) -> None:
    """Create the hub's buckets and key, which let CloudTrail in.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html and
    ...create-kms-key-policy-for-cloudtrail.html
    """
    s3, kms = world.client(HUB, "s3"), world.client(HUB, "kms")
    service = {"Effect": "Allow", "Principal": {"Service": CLOUDTRAIL}}
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        arn = f"arn:aws:s3:::{bucket}"
        write = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
        statements = [
            {**service, "Action": "s3:GetBucketAcl", "Resource": arn},
            {**service, "Action": "s3:PutObject", "Resource": f"{arn}/*", "Condition": write},
        ]
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"}, "Action": "kms:*", "Resource": "*"}
    use = {**service, "Action": ["kms:GenerateDataKey*", "kms:DescribeKey"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [own, use]})
    for name in ("key", "other key"):
        world.made[name] = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]


def of_organization(world: World) -> None:
    archive(world)
    world.client(MANAGEMENT, "organizations").enable_aws_service_access(ServicePrincipal=CLOUDTRAIL)


def arn(account: str, name: str = "audit") -> str:
    return f"arn:aws:cloudtrail:{REGION}:{account}:trail/{name}"


def update(account: str, **changed: Any) -> Callable[[World], Any]:
    return lambda world: trails(world, account).update_trail(
        Name=arn(account),
        **{key: value(world) if callable(value) else value for key, value in changed.items()},
    )


def select(account: str, **changed: Any) -> Callable[[World], Any]:
    data = [{"Type": "AWS::S3::Object", "Values": [CARDS]}]
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": data, **changed}
    return lambda world: trails(world, account).put_event_selectors(TrailName=arn(account), EventSelectors=[selector])


def advanced(world: World) -> None:
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
    trails(world, MANAGEMENT).put_event_selectors(
        TrailName=arn(MANAGEMENT), AdvancedEventSelectors=[{"Name": "all", "FieldSelectors": fields}]
    )


def removed(world: World) -> None:
    trails(world, MANAGEMENT).delete_trail(Name=arn(MANAGEMENT))


def stopped(account: str) -> Callable[[World], Any]:
    return lambda world: trails(world, account).stop_logging(Name=arn(account))


def retag(world: World, id_: str, **values: str) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in values.items()]
    trails(world, MANAGEMENT).add_tags(ResourceId=id_, TagsList=pairs)


def of_one_region(account: str) -> Callable[[World], str]:
    """Return a function that creates a trail of the declared name that logs one region."""

    def create(world: World) -> str:
        made = trails(world, account).create_trail(Name="audit", S3BucketName=BUCKETS[1])
        return made["TrailARN"]

    return create


def changes(account: str, kind: str) -> list[Drift]:
    """Build the drifts of the trail's settings, each by one call."""
    settings: dict[str, dict[str, Any]] = {
        "bucket": {"S3BucketName": BUCKETS[1]},
        "key_prefix": {"S3KeyPrefix": "somewhere"},
        "multi_region": {"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": False},
        "validation": {"EnableLogFileValidation": False},
    }
    return [
        Drift(f"{kind}: {field}", "trail", (field,), "change", update(account, **to)) for field, to in settings.items()
    ]


ORGANIZATION = Case(
    "audit_trail",
    MANAGEMENT,
    {
        "name": "audit",
        "bucket": BUCKETS[0],
        "kms_key_arn": lambda world: world.made["key"],
        "organization": True,
        "data_events": [CARDS],
        "archive_buckets": ["logs-of-all"],
        "tags": TAGS,
    },
    [MANAGEMENT],
    [
        Drift("removed", "trail", ("trail_name", "bucket", "organization"), "create", removed),
        *changes(MANAGEMENT, "trail"),
        Drift(
            "global events off",
            "trail",
            ("global_events",),
            "change",
            update(MANAGEMENT, IncludeGlobalServiceEvents=False, IsMultiRegionTrail=False),
        ),
        Drift(
            "another key",
            "trail",
            ("kms_key_arn",),
            "change",
            update(MANAGEMENT, KmsKeyId=lambda world: world.made["other key"]),
        ),
        Drift(
            "the account's alone", "trail", ("organization",), "change", update(MANAGEMENT, IsOrganizationTrail=False)
        ),
        Drift("writes only", "trail", ("selectors",), "change", select(MANAGEMENT, ReadWriteType="WriteOnly")),
        Drift(
            "a service left out",
            "trail",
            ("selectors",),
            "change",
            select(MANAGEMENT, ExcludeManagementEventSources=["kms.amazonaws.com"]),
        ),
        Drift("no data events", "trail", ("selectors",), "change", select(MANAGEMENT, DataResources=[])),
        Drift("advanced selectors", "trail", ("selectors",), "change", advanced),
        Drift("stopped", "trail", ("logging",), "change", stopped(MANAGEMENT)),
        *tags("trail", MANAGEMENT, lambda world: arn(MANAGEMENT), retag),
    ],
    before=of_organization,
    foreign={"a trail of this name": of_one_region(MANAGEMENT)},
    reads=READS,
)

ACCOUNT = Case(
    "audit_trail",
    SPOKE,
    {"name": "audit", "bucket": BUCKETS[0]},
    [SPOKE],
    [
        *changes(SPOKE, "the account's"),
        Drift("stopped", "trail", ("logging",), "change", stopped(SPOKE)),
    ],
    before=archive,
    foreign={"a trail of this name": of_one_region(SPOKE)},
    reads=READS,
    name="of an account",
)


def delegated(world: World) -> None:
    of_organization(world)
    organizations = world.client(MANAGEMENT, "organizations")
    organizations.register_delegated_administrator(AccountId=HUB, ServicePrincipal=CLOUDTRAIL)


# The trail is the management account's: https://github.com/hashicorp/terraform-provider-aws/issues/28440
DELEGATED = Case(
    "audit_trail",
    HUB,
    {"name": "audit", "bucket": BUCKETS[0], "organization": True},
    [HUB, MANAGEMENT],
    [Drift("stopped", "trail", ("logging",), "change", stopped(MANAGEMENT))],
    before=delegated,
    reads=READS,
    name="by a delegated administrator",
)
CASES = [ORGANIZATION, ACCOUNT, DELEGATED]
