# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of a log archive, judged as IAM evaluates them ("Policy evaluation logic")."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.iam.policy_evaluation import Request, judge
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import policies, role_policies, tables
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs.policies import Archive, Auditor, Readers

ARCHIVE, ALPHA, BETA, AUDITS = "999999999999", "111111111111", "222222222222", "333333333333"
TABLES = tables.parse("tables", [{"type": "cloudwatch"}, {"type": "vpc_flow_logs"}, {"type": "cloudtrail"}])
ROLE = f"arn:aws:iam::{AUDITS}:role/auditor"
READERS = Readers((Auditor((ROLE,), (ALPHA,)),), "log-reader", (ALPHA, BETA))
OF_LOGS = Archive("aws", ARCHIVE, "eu-central-1", "logs", "logs-of-example", TABLES, (ALPHA, BETA), "", READERS)
ORGANIZATION = "o-abcdefghij"
TRAIL = policies.Trail("audit", ARCHIVE, "eu-central-1", ORGANIZATION)
OF_TRAILS = policies.TrailArchive("aws", ARCHIVE, "eu-central-1", "trails", (TRAIL,), (ALPHA, BETA), READERS)
LOGS, TRAILS = policies.log_bucket(OF_LOGS), policies.trail_bucket(OF_TRAILS)
KEYS = (policies.log_key(OF_LOGS), policies.trail_key(OF_TRAILS))
LOG, TRAIL_FILES = "arn:aws:s3:::logs-of-example", "arn:aws:s3:::trails"


def allowed(document, principal, action, resource, **context):
    """context: a_b__c for a:b-c."""
    account = principal.split(":")[4] if principal.startswith("arn:") else ""
    principals = (principal, f"arn:aws:iam::{account}:root") if account else (principal,)
    keys = {"aws:securetransport": "true", "aws:principalarn": principal, "aws:principalaccount": account or None}
    keys |= {"aws:principalorgid": None, "s3:prefix": None, "kms:viaservice": None, **context}
    return judge(document, Request(action, resource, principals, keys))[0]


def service(document, name, action, resource, **context):
    keys = {"aws:securetransport": "true", "aws:principalarn": None, "aws:sourcearn": None, "aws:sourceaccount": None}
    keys |= {"s3:x-amz-acl": None, "kms:encryptioncontext:aws:cloudtrail:arn": None, "s3:prefix": None, **context}
    named = [
        {**statement, "Principal": "*"}
        for statement in document["Statement"]
        if statement.get("Principal") in ("*", {"Service": name})
    ]
    return judge({"Statement": named}, Request(action, resource, (), keys))[0]


@pytest.mark.parametrize(
    ("document", "place", "read"),
    [
        (LOGS, f"{LOG}/cloudwatch/account={ALPHA}/2026/11/29/12/a.parquet", True),
        (LOGS, f"{LOG}/AWSLogs/{ALPHA}/vpcflowlogs/eu-central-1/2026/11/29/a.gz", True),
        (LOGS, f"{LOG}/cloudwatch/account={BETA}/2026/11/29/12/a.parquet", False),
        (LOGS, f"{LOG}/AWSLogs/{BETA}/vpcflowlogs/a.gz", False),
        (LOGS, f"{LOG}/errors/cloudwatch/processing-failed/2026/11/29/12/a", False),
        # An account's id as the beginning of something longer.
        (LOGS, f"{LOG}/cloudwatch/account={ALPHA}0/a.parquet", False),
        (TRAILS, f"{TRAIL_FILES}/AWSLogs/{ORGANIZATION}/{ALPHA}/CloudTrail/eu-central-1/2026/11/29/a.json.gz", True),
        (TRAILS, f"{TRAIL_FILES}/AWSLogs/{ORGANIZATION}/{ALPHA}/CloudTrail-Digest/eu-central-1/a.json.gz", True),
        (TRAILS, f"{TRAIL_FILES}/AWSLogs/{ALPHA}/CloudTrail/a.json.gz", True),
        (TRAILS, f"{TRAIL_FILES}/AWSLogs/{ORGANIZATION}/{BETA}/CloudTrail/a.json.gz", False),
    ],
)
def test_an_auditor_reads_its_accounts_only_and_writes_nothing(document, place, read):
    own_role = f"arn:aws:iam::{ALPHA}:role/log-reader"
    for who in (ROLE, own_role):
        assert allowed(document, who, "s3:GetObject", place) is read
        assert not any(
            allowed(document, who, action, place) for action in ("s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl")
        )
    for nobody in (f"arn:aws:iam::{AUDITS}:role/other", f"arn:aws:iam::{ALPHA}:role/other", ROLE.replace(AUDITS, BETA)):
        assert not allowed(document, nobody, "s3:GetObject", place)
    assert not allowed(document, ROLE, "s3:GetObject", place, **{"aws:securetransport": "false"})


@pytest.mark.parametrize(
    ("prefix", "listed"),
    [
        (f"cloudwatch/account={ALPHA}/", True),
        (f"cloudwatch/account={ALPHA}/2026/", True),
        (f"AWSLogs/{ALPHA}/", True),
        ("", False),
        (None, False),
        ("cloudwatch/", False),
        (f"cloudwatch/account={BETA}/", False),
    ],
)
def test_an_auditor_lists_its_accounts_only(prefix, listed):
    for who in (ROLE, f"arn:aws:iam::{ALPHA}:role/log-reader"):
        assert allowed(LOGS, who, "s3:ListBucket", LOG, **{"s3:prefix": prefix}) is listed


def test_an_auditors_role_of_a_whole_organization_is_one_of_its_own():
    readers = Readers((), "log-reader", (), ORGANIZATION)
    archive = Archive("aws", ARCHIVE, "eu-central-1", "logs", "logs-of-example", TABLES, (ALPHA,), "", readers)
    document, place = policies.log_bucket(archive), f"{LOG}/cloudwatch/account={BETA}/a.parquet"
    reader = f"arn:aws:iam::{BETA}:role/log-reader"
    assert allowed(document, reader, "s3:GetObject", place, **{"aws:principalorgid": ORGANIZATION})
    assert not allowed(document, reader, "s3:GetObject", place, **{"aws:principalorgid": "o-ofothers00"})
    stranger = f"arn:aws:iam::{ALPHA}:role/log-reader"
    assert not allowed(document, stranger, "s3:GetObject", place, **{"aws:principalorgid": ORGANIZATION})


@pytest.mark.parametrize("document", [LOGS, TRAILS], ids=["logs", "trails"])
@pytest.mark.parametrize("who", [f"arn:aws:iam::{ARCHIVE}:root", f"arn:aws:iam::{ARCHIVE}:role/admin", ROLE])
def test_nobody_deletes_also_not_the_archives_own_account(document, who):
    for statement in document["Statement"]:
        assert "s3:Delete" not in str(statement["Action"]) or statement["Effect"] == "Deny"
    denied = [statement for statement in document["Statement"] if statement["Effect"] == "Deny"]
    allows_all = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    bucket = document["Statement"][1]["Resource"][0]
    for action, place in (
        ("s3:DeleteObject", f"{bucket}/a"),
        ("s3:DeleteObjectVersion", f"{bucket}/a"),
        ("s3:DeleteBucket", bucket),
    ):
        assert allowed({"Statement": [allows_all, *denied]}, who, action, place) is False
    assert allowed({"Statement": [allows_all, *denied]}, who, "s3:GetObject", f"{bucket}/a")


@pytest.mark.parametrize("document", KEYS, ids=["logs", "trails"])
def test_a_key_lasts_and_auditors_only_decrypt_through_s3(document):
    def of(who, action, **context):
        return allowed(document, who, action, "arn:aws:kms:eu-central-1:999999999999:key/1", **context)

    through = {"kms:viaservice": "s3.eu-central-1.amazonaws.com"}
    admin = f"arn:aws:iam::{ARCHIVE}:role/admin"
    assert of(admin, "kms:PutKeyPolicy") and of(admin, "kms:Decrypt")
    assert not any(of(admin, action) for action in ("kms:ScheduleKeyDeletion", "kms:DisableKey"))
    for who in (ROLE, f"arn:aws:iam::{ALPHA}:role/log-reader"):
        assert of(who, "kms:Decrypt", **through) and not of(who, "kms:Decrypt")
        assert not of(who, "kms:Decrypt", **{"kms:viaservice": "s3.eu-west-1.amazonaws.com"})
        assert not any(
            of(who, action, **through) for action in ("kms:GenerateDataKey", "kms:Encrypt", "kms:CreateGrant")
        )
    assert not of(f"arn:aws:iam::{AUDITS}:role/other", "kms:Decrypt", **through)


@pytest.mark.parametrize(
    ("account", "acl", "place", "written"),
    [
        (ALPHA, "bucket-owner-full-control", f"{LOG}/AWSLogs/{ALPHA}/a", True),
        (ARCHIVE, "bucket-owner-full-control", f"{LOG}/AWSLogs/{ARCHIVE}/a", True),
        (ALPHA, None, f"{LOG}/AWSLogs/{ALPHA}/a", False),
        ("444444444444", "bucket-owner-full-control", f"{LOG}/AWSLogs/444444444444/a", False),
        (ALPHA, "bucket-owner-full-control", f"{LOG}/cloudwatch/account={ALPHA}/a", False),
    ],
)
def test_services_deliver_logs_of_sources_only(account, acl, place, written):
    """Source: "Logs sent to Amazon S3" under "Enable logging from AWS services" (CloudWatch Logs)."""
    context = {"aws:sourceaccount": account, "aws:sourcearn": f"arn:aws:logs:eu-central-1:{account}:*"}
    assert service(LOGS, policies.DELIVERY, "s3:PutObject", place, **context, **{"s3:x-amz-acl": acl}) is written
    known = account != "444444444444"
    assert service(LOGS, policies.DELIVERY, "s3:GetBucketAcl", LOG, **context) is known
    assert service(KEYS[0], policies.DELIVERY, "kms:GenerateDataKey", "", **context) is known
    assert not service(LOGS, "cloudtrail.amazonaws.com", "s3:PutObject", place, **context, **{"s3:x-amz-acl": acl})


def test_without_tables_that_services_fill_they_write_nothing():
    (table,) = tables.parse("tables", [{"type": "cloudwatch"}])
    archive = Archive("aws", ARCHIVE, "eu-central-1", "logs", "logs-of-example", (table,), (ALPHA,))
    assert policies.DELIVERY not in str(policies.log_bucket(archive)) + str(policies.log_key(archive))


def test_a_trail_writes_to_its_own_prefixes_only():
    """Source: "Amazon S3 bucket policy for CloudTrail", its part on organization trails."""
    arn = f"arn:aws:cloudtrail:eu-central-1:{ARCHIVE}:trail/audit"

    def written(place, source=arn, acl="bucket-owner-full-control"):
        context = {"aws:sourcearn": source, "s3:x-amz-acl": acl}
        return service(TRAILS, "cloudtrail.amazonaws.com", "s3:PutObject", f"{TRAIL_FILES}/{place}", **context)

    assert written(f"AWSLogs/{ORGANIZATION}/{ALPHA}/CloudTrail/a") and written(f"AWSLogs/{ARCHIVE}/CloudTrail/a")
    assert not written(f"AWSLogs/{ALPHA}/CloudTrail/a") and not written("AWSLogs/o-ofothers00/1/a")
    assert not written(f"AWSLogs/{ARCHIVE}/a", arn.replace("audit", "other")) and not written("a", arn, None)
    context = {"aws:sourcearn": arn, "kms:encryptioncontext:aws:cloudtrail:arn": arn}
    assert service(KEYS[1], "cloudtrail.amazonaws.com", "kms:GenerateDataKey", "", **context)
    assert not service(KEYS[1], "cloudtrail.amazonaws.com", "kms:Decrypt", "", **context)
    context["kms:encryptioncontext:aws:cloudtrail:arn"] = f"arn:aws:cloudtrail:eu-central-1:{BETA}:trail/x"
    assert not service(KEYS[1], "cloudtrail.amazonaws.com", "kms:GenerateDataKey", "", **context)


def test_sources_subscribe_to_their_destination():
    table = TABLES[0]
    arn = f"arn:aws:logs:eu-central-1:{ARCHIVE}:destination:logs-cloudwatch"
    (statement,) = policies.destination(OF_LOGS, table)["Statement"]
    assert statement["Principal"] == {"AWS": [ALPHA, BETA]} and statement["Resource"] == arn
    # A policy that names an organization makes AWS ask each source for a role of its own.
    few = Archive("aws", ARCHIVE, "eu-central-1", "logs", "b", TABLES, (ALPHA, BETA), ORGANIZATION)
    assert policies.destination(few, table)["Statement"] == [statement]
    many = Archive(
        "aws", ARCHIVE, "eu-central-1", "logs", "b", TABLES, tuple(map(str, range(10**11, 10**11 + 400))), ORGANIZATION
    )
    (statement,) = policies.destination(many, table)["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}


@pytest.mark.parametrize("accounts", [300, 3000])
def test_a_policy_over_awss_limit_names_the_option_that_is_shorter(accounts):
    many = tuple(f"{number:012}" for number in range(accounts))
    auditors = tuple(Auditor((f"arn:aws:iam::{one}:role/auditor",), (one,)) for one in many)
    archive = Archive("aws", ARCHIVE, "eu-central-1", "logs", "b", TABLES[:1], many, "", Readers(auditors))
    with pytest.raises(Invalid, match="auditors: make a bucket policy of .* bytes.*expected auditor_role"):
        policies.log_bucket(archive)
    trails = policies.TrailArchive("aws", ARCHIVE, "eu-central-1", "t", (TRAIL,), many, Readers(auditors))
    with pytest.raises(Invalid, match="expected auditor_role"):
        policies.trail_bucket(trails)
    with pytest.raises(Invalid, match="source_account_ids: are .*expected organization_id"):
        role_policies.destination_trust(archive)
    if accounts > 300:
        with pytest.raises(Invalid, match="source_account_ids: make the policy of a destination"):
            policies.destination(archive, TABLES[0])
    shorter = Archive("aws", ARCHIVE, "eu-central-1", "logs", "b", TABLES[:1], many, ORGANIZATION)
    assert policies.destination(shorter, TABLES[0]) and policies.log_bucket(shorter)
    condition = role_policies.destination_trust(shorter)["Statement"][0]["Condition"]
    assert condition["StringEquals"] == {"aws:SourceOrgID": ORGANIZATION}


def test_roles_have_what_they_need_and_no_more():
    document = role_policies.firehose_permissions(OF_LOGS, "arn:aws:kms:eu-central-1:999999999999:key/1")

    def may(action, resource, **context):
        return judge(document, Request(action, resource, None, {"kms:viaservice": None, **context}))[0]

    assert may("s3:PutObject", f"{LOG}/cloudwatch/account={ALPHA}/a") and may(
        "s3:PutObject", f"{LOG}/errors/cloudwatch/a"
    )
    assert not may("s3:PutObject", f"{LOG}/AWSLogs/{ALPHA}/a") and not may("s3:DeleteObject", f"{LOG}/cloudwatch/a")
    assert may("lambda:InvokeFunction", f"arn:aws:lambda:eu-central-1:{ARCHIVE}:function:logs-handler:$LATEST")
    table = f"arn:aws:glue:eu-central-1:{ARCHIVE}:table/logs"
    assert may("glue:GetTableVersions", f"{table}/cloudwatch") and not may(
        "glue:GetTableVersions", f"{table}/cloudtrail"
    )
    through = {"kms:viaservice": "s3.eu-central-1.amazonaws.com", "kms:encryptioncontext:aws:s3:arn": LOG}
    key = "arn:aws:kms:eu-central-1:999999999999:key/1"
    assert may("kms:GenerateDataKey", key, **through) and not may("kms:GenerateDataKey", key)
    permissions = role_policies.destination_permissions(OF_LOGS)["Statement"]
    assert [statement["Resource"] for statement in permissions] == [
        [f"arn:aws:firehose:eu-central-1:{ARCHIVE}:deliverystream/logs-cloudwatch"]
    ]
    trusted = role_policies.destination_trust(OF_LOGS)["Statement"][0]
    assert trusted["Principal"] == {"Service": "logs.amazonaws.com"}
    assert trusted["Condition"]["StringLike"]["aws:SourceArn"] == [
        f"arn:aws:logs:eu-central-1:{account}:*" for account in (ALPHA, BETA, ARCHIVE)
    ]
    assert "s3" not in str(role_policies.handler_permissions(OF_LOGS))


def test_streams_without_the_function_need_no_right_to_it():
    raw = tables.parse("tables", [{"type": "cloudwatch", "raw": True}])
    archive = Archive("aws", ARCHIVE, "eu-central-1", "logs", "b", raw, (ALPHA,))
    document = role_policies.firehose_permissions(archive, "arn:aws:kms:eu-central-1:999999999999:key/1")
    assert "lambda" not in str(document) and "glue" not in str(document) and "s3:PutObject" in str(document)


@pytest.mark.parametrize(
    ("auditor", "problem"),
    [
        ({"principal_arns": [], "account_ids": [ALPHA]}, "auditors[0].principal_arns: [] names nobody"),
        ({"principal_arns": [ROLE], "account_ids": []}, "auditors[0].account_ids: [] names nobody"),
        (
            {"principal_arns": [f"arn:aws:iam::{AUDITS}:root"], "account_ids": [ALPHA]},
            f"auditors[0].principal_arns[0]: 'arn:aws:iam::{AUDITS}:root' is no such ARN",
        ),
        (
            {"principal_arns": [f"arn:aws:iam::{AUDITS}:role/*"], "account_ids": [ALPHA]},
            f"auditors[0].principal_arns[0]: 'arn:aws:iam::{AUDITS}:role/*' is no such ARN",
        ),
        ({"principal_arns": [ROLE], "account_ids": ["1"]}, "auditors[0].account_ids[0]: '1' is no AWS account id"),
        (
            {"principal_arns": [ROLE], "account_ids": [BETA]},
            f"auditors[0].account_ids[0]: '{BETA}' is no source of this archive; expected {ALPHA}",
        ),
    ],
)
def test_a_wrong_auditor_is_told(auditor, problem):
    with pytest.raises(Invalid) as told:
        policies.auditors("auditors", [auditor], [ALPHA])
    assert str(told.value).startswith(problem)
