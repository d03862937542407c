# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents of a log archive: of its buckets, keys, destinations. Those of its roles: role_policies.

Nobody gets a right to delete, or to write beyond what AWS's services deliver. Auditors are named by their account and
a condition on their ARN: S3 and KMS refuse a principal that doesn't exist, and keep the id of one that was deleted
("AWS JSON policy elements: Principal").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.errors import Invalid
from ..values import identifiers
from . import layout
from .tables import Table

# "Amazon S3 bucket policies" (20 KB); "Resource quotas" of KMS (32 KB); PutDestinationPolicy (5,120 bytes).
BUCKET_POLICY, KEY_POLICY, DESTINATION_POLICY = 20 * 1024, 32 * 1024, 5120
DELIVERY = "delivery.logs.amazonaws.com"


@dataclass(frozen=True)
class Auditor:
    """Principals that read the logs of some accounts.

    principal_arns: roles or users, of any account. account_ids: whose logs.
    """

    principal_arns: tuple[str, ...]
    account_ids: tuple[str, ...]


@dataclass(frozen=True)
class Readers:
    """Who reads logs, apart from the archive's own account.

    auditors         principals by their accounts
    role             name, with path if any, of the role that reads the logs of its own account, in each of `accounts`
                     (or of the organization); "": none
    accounts         ids of the accounts whose role reads
    organization_id  "": the accounts by their ids
    """

    auditors: tuple[Auditor, ...] = ()
    role: str = ""
    accounts: tuple[str, ...] = ()
    organization_id: str = ""


@dataclass(frozen=True)
class Archive:
    """A log archive, as its policies need it. accounts: ids of the sources."""

    partition: str
    account_id: str
    region: str
    name: str
    bucket: str
    tables: tuple[Table, ...]
    accounts: tuple[str, ...]
    organization_id: str = ""
    readers: Readers = Readers()


@dataclass(frozen=True)
class Trail:
    """A trail that writes to the archive. organization_id: of an organization trail, else ""."""

    name: str
    account_id: str
    region: str
    organization_id: str = ""


@dataclass(frozen=True)
class TrailArchive:
    """The trails' bucket. accounts: ids of the accounts that the trails cover."""

    partition: str
    account_id: str
    region: str
    bucket: str
    trails: tuple[Trail, ...]
    accounts: tuple[str, ...]
    readers: Readers = Readers()


def auditors(option: str, declared: Sequence[Mapping[str, Any]], accounts: Iterable[str] = ()) -> tuple[Auditor, ...]:
    """Return the declared auditors: [{principal_arns, account_ids}]. accounts: if any, the only ones that have logs.

    Raises Invalid.
    """
    parsed = []
    known = frozenset(accounts)
    for index, auditor in enumerate(declared):
        where = f"{option}[{index}]"
        for key, expected in (("principal_arns", "ARNs of roles or users"), ("account_ids", "ids of accounts")):
            if not auditor.get(key):
                raise Invalid(f"{where}.{key}", auditor.get(key), "names nobody", expected)
        for position, arn in enumerate(auditor["principal_arns"]):
            # No wildcard, and not root: all of an account's users would read.
            rest = rf"iam::[0-9]{{12}}:(role|user)/{identifiers.IN_IAM}{{1,64}}"
            identifiers.arn(f"{where}.principal_arns[{position}]", arn, rest, "arn:aws:iam::111111111111:role/auditor")
        for position, account_id in enumerate(auditor["account_ids"]):
            identifiers.account_id(f"{where}.account_ids[{position}]", account_id)
            if known and account_id not in known:
                problem = "is no source of this archive"
                raise Invalid(f"{where}.account_ids[{position}]", account_id, problem, ", ".join(sorted(known)))
        parsed.append(Auditor(tuple(auditor["principal_arns"]), tuple(auditor["account_ids"])))
    return tuple(parsed)


def log_bucket(archive: Archive) -> dict[str, Any]:
    """Return the bucket policy of the log bucket. Raises Invalid if it is over AWS's size limit."""
    bucket = f"arn:{archive.partition}:s3:::{archive.bucket}"
    statements = _denials(bucket)
    if any(not table.streamed and table.type != "cloudtrail" for table in archive.tables):
        statements += _deliveries(archive, bucket)

    def prefixes(account_id: str) -> list[str]:
        return layout.account_prefixes(account_id, archive.tables)

    statements += _of_readers(archive.readers, archive.partition, bucket, prefixes)
    return checked("auditors", _document(statements), BUCKET_POLICY, "a bucket policy", INSTEAD)


# What takes less space in a bucket's policy, or a key's, than each auditor by name.
INSTEAD = "auditor_role, the name of a role that reads the logs of its own account, in place of each account's auditors"


def trail_bucket(archive: TrailArchive) -> dict[str, Any]:
    """Return the bucket policy of the trail bucket. Raises Invalid if it is over AWS's size limit.

    Sources: "Amazon S3 bucket policy for CloudTrail" with its part on organization trails.
    """
    bucket = f"arn:{archive.partition}:s3:::{archive.bucket}"
    statements = _denials(bucket)
    if archive.trails:
        trails = sorted(trail_arn(archive.partition, trail) for trail in archive.trails)
        service = {"Service": "cloudtrail.amazonaws.com"}
        acl = _allow("TrailsReadAcl", service, "s3:GetBucketAcl", bucket, {"StringEquals": {"aws:SourceArn": trails}})
        statements.append(acl)
        places = {place for trail in archive.trails for place in trail_places(trail)}
        written = [f"{bucket}/{place}*" for place in sorted(places)]
        conditions = {"StringEquals": {"aws:SourceArn": trails, "s3:x-amz-acl": "bucket-owner-full-control"}}
        statements.append(_allow("TrailsWrite", service, "s3:PutObject", written, conditions))
    organizations = sorted({trail.organization_id for trail in archive.trails if trail.organization_id})

    def prefixes(account_id: str) -> list[str]:
        return [layout.trail_prefix(account_id, organization) for organization in ("", *organizations)]

    statements += _of_readers(archive.readers, archive.partition, bucket, prefixes)
    return checked("auditors", _document(statements), BUCKET_POLICY, "a bucket policy", INSTEAD)


def trail_arn(partition: str, trail: Trail) -> str:
    return f"arn:{partition}:cloudtrail:{trail.region}:{trail.account_id}:trail/{trail.name}"


def trail_places(trail: Trail) -> list[str]:
    """Return the prefixes to which a trail writes: an organization trail also to that of the management account."""
    own = layout.trail_prefix(trail.account_id)
    return [own, f"AWSLogs/{trail.organization_id}/"] if trail.organization_id else [own]


def log_key(archive: Archive) -> dict[str, Any]:
    """Return the key policy of the log bucket's KMS key. Raises Invalid if it is over AWS's size limit.

    Services: "Amazon S3 bucket server-side encryption" under "Enable logging from AWS services"; "Set up an AWS KMS key
    policy for managed query results" (Athena).
    """
    statements = _of_key_owner(archive.partition, archive.account_id)
    if any(not table.streamed and table.type != "cloudtrail" for table in archive.tables):
        actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        statements.append(_allow("Deliveries", {"Service": DELIVERY}, actions, "*", _delivering(archive)))
    statements.append(_of_query_results(archive))
    statements += _decrypting(archive.readers, archive.partition, archive.region)
    return checked("auditors", _document(statements), KEY_POLICY, "a key policy", INSTEAD)


def trail_key(archive: TrailArchive) -> dict[str, Any]:
    """Return the key policy of the trail bucket's KMS key. Raises Invalid if it is over AWS's size limit.

    Source: "Configure AWS KMS key policies for CloudTrail".
    """
    statements = _of_key_owner(archive.partition, archive.account_id)
    if archive.trails:
        service = {"Service": "cloudtrail.amazonaws.com"}
        trails = {"aws:SourceArn": sorted(trail_arn(archive.partition, trail) for trail in archive.trails)}
        owners = sorted({f"arn:{archive.partition}:cloudtrail:*:{one.account_id}:trail/*" for one in archive.trails})
        of_trails = {"StringEquals": trails, "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": owners}}
        statements += [
            _allow("TrailsEncrypt", service, "kms:GenerateDataKey*", "*", of_trails),
            _allow("TrailsDescribe", service, "kms:DescribeKey", "*", {"StringEquals": trails}),
        ]
    statements += _decrypting(archive.readers, archive.partition, archive.region)
    return checked("auditors", _document(statements), KEY_POLICY, "a key policy", INSTEAD)


def destination(archive: Archive, table: Table) -> dict[str, Any]:
    """Return the access policy of a table's logical destination. Raises Invalid if it is over AWS's size limit.

    It names the sources, and their organization only where these are too many: an organization's account then has to
    name a role of its own with its subscription ("Cross-account account-level subscriptions using Firehose", which has
    both actions, and "Create an IAM role" of its part on organizations).
    """
    arn = layout.destination_arn(archive.partition, archive.region, archive.account_id, archive.name, table.name)
    actions = ["logs:PutSubscriptionFilter", "logs:PutAccountPolicy"]
    sources = _document([_allow("Sources", {"AWS": sorted(archive.accounts)}, actions, arn)])
    if archive.organization_id and _size(sources) > DESTINATION_POLICY:
        condition = {"StringEquals": {"aws:PrincipalOrgID": archive.organization_id}}
        return _document([_allow("Organization", "*", actions, arn, condition)])
    instead = "organization_id, which admits all accounts of the organization"
    return checked("source_account_ids", sources, DESTINATION_POLICY, "the policy of a destination", instead)


def checked(option: str, document: dict[str, Any], limit: int, what: str, instead: str) -> dict[str, Any]:
    """Return the document. Raises Invalid if its JSON text is longer than AWS keeps."""
    size = _size(document)
    if size > limit:
        raise Invalid(option, None, f"make {what} of {size} bytes, and AWS keeps {limit}", instead)
    return document


def _size(document: dict[str, Any]) -> int:
    return len(json.dumps(document, separators=(",", ":")))


def _document(statements: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, principal: Any, action: Any, resource: Any, condition: Any = None) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def _denials(bucket: str) -> list[dict[str, Any]]:
    """Return what nobody may do: read or write in clear text; delete. The lifecycle's expirations are none of these
    ("Expiring objects": bucket policies don't apply to them)."""
    everything = [bucket, f"{bucket}/*"]
    of_all = {"Effect": "Deny", "Principal": "*"}
    deletions = ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion"]
    return [
        {
            "Sid": "OnlyTls",
            **of_all,
            "Action": "s3:*",
            "Resource": everything,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {"Sid": "NoDeletion", **of_all, "Action": deletions, "Resource": everything},
    ]


def _delivering(archive: Archive) -> dict[str, Any]:
    """Return the condition on AWS's services that deliver logs of the sources."""
    accounts = sorted({*archive.accounts, archive.account_id})
    return {
        "StringEquals": {"aws:SourceAccount": accounts},
        "ArnLike": {"aws:SourceArn": f"arn:{archive.partition}:logs:*:*:*"},
    }


def _of_query_results(archive: Archive) -> dict[str, Any]:
    """Return what Athena needs to keep the results of the archive's workgroup."""
    workgroup = layout.workgroup(archive.name)
    arn = f"arn:{archive.partition}:athena:{archive.region}:{archive.account_id}:workgroup/{workgroup}"
    condition = {
        "ArnLike": {"kms:EncryptionContext:aws:athena:arn": arn, "aws:SourceArn": arn},
        "StringEquals": {"aws:SourceAccount": archive.account_id},
    }
    actions = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    return _allow("QueryResults", {"Service": "encryption.athena.amazonaws.com"}, actions, "*", condition)


def _deliveries(archive: Archive, bucket: str) -> list[dict[str, Any]]:
    """Return what the services need that deliver straight to S3 ("Logs sent to Amazon S3")."""
    condition = _delivering(archive)
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    of_objects = {**condition, "StringEquals": {**condition["StringEquals"], **acl}}
    service = {"Service": DELIVERY}
    written = [f"{bucket}/AWSLogs/{account}/*" for account in condition["StringEquals"]["aws:SourceAccount"]]
    return [
        _allow("DeliveriesReadAcl", service, "s3:GetBucketAcl", bucket, condition),
        _allow("DeliveriesWrite", service, "s3:PutObject", written, of_objects),
    ]


def _of_readers(readers: Readers, partition: str, bucket: str, prefixes: Any) -> Iterator[dict[str, Any]]:
    """Yield what auditors read: objects under their accounts' prefixes, and these prefixes' lists."""
    for index, auditor in enumerate(readers.auditors):
        places = [prefix for account_id in auditor.account_ids for prefix in prefixes(account_id)]
        yield from _reading(f"Auditor{index}", *_who(partition, auditor), bucket, places)
    if readers.role:
        principal, condition = _role(readers, partition)
        yield from _reading("AuditorRole", principal, condition, bucket, prefixes("${aws:PrincipalAccount}"))


def _reading(sid: str, principal: Any, condition: Mapping[str, Any], bucket: str, places: list[str]) -> Any:
    patterns = [f"{place}*" for place in places]
    like = {**condition.get("StringLike", {}), "s3:prefix": patterns}
    objects = [f"{bucket}/{pattern}" for pattern in patterns]
    yield _allow(f"{sid}Reads", principal, ["s3:GetObject", "s3:GetObjectVersion"], objects, dict(condition))
    yield _allow(f"{sid}Lists", principal, "s3:ListBucket", bucket, {**condition, "StringLike": like})
    yield _allow(f"{sid}Locates", principal, "s3:GetBucketLocation", bucket, dict(condition))


def _who(partition: str, auditor: Auditor) -> tuple[Any, dict[str, Any]]:
    accounts = sorted({arn.split(":")[4] for arn in auditor.principal_arns})
    principal = {"AWS": [f"arn:{partition}:iam::{account}:root" for account in accounts]}
    return principal, {"ArnEquals": {"aws:PrincipalArn": sorted(auditor.principal_arns)}}


def _role(readers: Readers, partition: str) -> tuple[Any, dict[str, Any]]:
    """Return principal and condition of the role that each account's auditors have.

    S3 takes a policy that is limited to an organization for no public one (landing-zone-accelerator-on-aws has it
    beside Block Public Access).
    """
    named: dict[str, Any] = {"ArnLike": {"aws:PrincipalArn": f"arn:{partition}:iam::*:role/{readers.role}"}}
    if readers.organization_id:
        return "*", {**named, "StringEquals": {"aws:PrincipalOrgID": readers.organization_id}}
    return {"AWS": [f"arn:{partition}:iam::{account}:root" for account in sorted(readers.accounts)]}, named


def _of_key_owner(partition: str, account_id: str) -> list[dict[str, Any]]:
    """Return the account's own rights ("Default key policy"), without those that make its objects unreadable."""
    lasting = ["kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion"]
    root = {"AWS": f"arn:{partition}:iam::{account_id}:root"}
    denied = {"Sid": "NoDeletion", "Effect": "Deny", "Principal": "*", "Action": lasting, "Resource": "*"}
    return [_allow("Account", root, "kms:*", "*"), denied]


def _decrypting(readers: Readers, partition: str, region: str) -> Iterator[dict[str, Any]]:
    """Yield the right to decrypt what S3 reads for auditors."""
    # What follows the region depends on the partition: amazonaws.com, amazonaws.com.cn.
    through_s3 = {"StringLike": {"kms:ViaService": f"s3.{region}.*"}}
    whom = [(f"Auditor{index}", *_who(partition, auditor)) for index, auditor in enumerate(readers.auditors)]
    if readers.role:
        whom.append(("AuditorRole", *_role(readers, partition)))
    for sid, principal, condition in whom:
        yield _allow(f"{sid}Decrypts", principal, "kms:Decrypt", "*", {**condition, **through_s3})
