# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The S3 bucket of an archive: who may do what in it, its key, versions, Object Lock and how long objects stay.

It is never deleted, nor emptied. Its name is unique in all of AWS, so it is found by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..._aws.errors import code_of
from ..._core.ignored_tags import is_ignored
from ..._core.plan import Address, Step
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.logs import policies
from ..iam.authorization_details import placed
from ..shared import named
from ..shared.ec2 import pairs
from ..shared.partial_reads import unless
from . import documents

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # module.run says what is missing

READ_AFTER = ()
INPUTS = ("bucket",)
# Actions that differ from the operations' names: "Required permissions for Amazon S3 API operations".
PERMISSIONS = (
    "s3:CreateBucket",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
)
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
# Order of a bucket's changes, which S3 refuses at the same time (OperationAborted): nobody gets in before it is closed.
ORDER = ("public_access_block", "policy", "encryption", "versioning", "object_lock", "lifecycle", "tags")


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the bucket's name, as every setting is read that is declared.

    Fields: bucket, region, public_access_block and lifecycle (as in S3's API), policy (document), encryption ({key,
    bucket_key}), versioning (Enabled, Suspended, "": never), object_lock ({mode, days}, None), tags.
    Raises Conflict if the bucket is another account's, or in another region.
    """
    name, place = declared.inputs.bucket, declared.place
    own = {"Bucket": name, "ExpectedBucketOwner": place["account_id"]}
    try:
        there = aws.call("s3.head_bucket", **own)
    except ClientError as error:
        # HEAD has no body, so the code is the status.
        if code_of(error) in ("404", "NoSuchBucket"):
            return {}
        if code_of(error) in ("403", "AccessDenied"):
            raise Conflict(
                f"bucket: {name} exists, and account {place['account_id']} may not see it (HeadBucket: AccessDenied):"
                " it is another account's, or this credential lacks s3:ListBucket, as docs/iam says. Next: choose"
                " another name, which is unique in all of AWS, or grant the permission"
            ) from error
        raise
    region = there.get("BucketRegion") or place["region"]
    if region != place["region"]:
        raise Conflict(
            f"bucket: {name} is in {region}, the archive in {place['region']}; choose another name, or that region"
        )
    fields = {"bucket": name, "region": region, **_settings(aws, declared, own)}
    owned = fields["tags"].get(OWNER_TAG) == declared.owner
    return {"main": Actual(name, fields, owned, {"tags": fields["tags"]})}


def _settings(aws, declared, own):
    """Return the fields of a bucket that exists; own: the arguments of each call."""
    locks = any(fields.get("object_lock") for fields in declared.resources["archive_bucket"].values())
    lock = {"object_lock": _object_lock} if locks else {"versioning": _versioning}
    readers = {
        "public_access_block": _public_access_block,
        "policy": _policy,
        "encryption": _encryption,
        "lifecycle": _lifecycle,
        "tags": _tags,
        **lock,
    }
    settings = dict(zip(readers, aws.gather(*(lambda one=one: one(aws, own) for one in readers.values()))))
    if locks:
        # A bucket with Object Lock always has versioning.
        settings["versioning"] = "Enabled" if settings["object_lock"] else _versioning(aws, own)
    return settings


def _public_access_block(aws, own):
    operation, missing = "s3.get_public_access_block", ("NoSuchPublicAccessBlockConfiguration",)
    there = unless(missing, lambda: aws.call(operation, **own)["PublicAccessBlockConfiguration"], {})
    return {name: there.get(name, False) for name in CLOSED}


def _policy(aws, own):
    text = unless(("NoSuchBucketPolicy",), lambda: aws.call("s3.get_bucket_policy", **own)["Policy"], "")
    return documents.parsed(text) if text else None


def _encryption(aws, own):
    operation, missing = "s3.get_bucket_encryption", ("ServerSideEncryptionConfigurationNotFoundError",)
    there = unless(missing, lambda: aws.call(operation, **own)["ServerSideEncryptionConfiguration"], {"Rules": []})
    rules = [
        (rule.get("ApplyServerSideEncryptionByDefault", {}), rule.get("BucketKeyEnabled", False))
        for rule in there["Rules"]
    ]
    return next(({"key": by.get("KMSMasterKeyID"), "bucket_key": bucket_key} for by, bucket_key in rules), None)


def _lifecycle(aws, own):
    operation, missing = "s3.get_bucket_lifecycle_configuration", ("NoSuchLifecycleConfiguration",)
    rules = unless(missing, lambda: aws.call(operation, **own).get("Rules", []), [])
    return sorted((_rule(rule) for rule in rules), key=lambda rule: rule.get("ID", ""))


def _rule(rule):
    """Return a rule without what it doesn't set: an empty filter is one for all objects, in any of its forms."""
    return {key: value for key, value in rule.items() if key != "Filter" or value not in ({}, {"Prefix": ""})}


def _tags(aws, own):
    listed = unless(("NoSuchTagSet",), lambda: aws.call("s3.get_bucket_tagging", **own)["TagSet"], [])
    return {tag["Key"]: tag["Value"] for tag in listed}


def _versioning(aws, own):
    return aws.call("s3.get_bucket_versioning", **own).get("Status", "")


def _object_lock(aws, own):
    """Return {mode, days} of the default retention; mode "": Object Lock without one; None: no Object Lock."""
    operation, missing = "s3.get_object_lock_configuration", ("ObjectLockConfigurationNotFoundError",)
    there = unless(missing, lambda: aws.call(operation, **own)["ObjectLockConfiguration"], None)
    if not there or there.get("ObjectLockEnabled") != "Enabled":
        return None
    default = there.get("Rule", {}).get("DefaultRetention", {})
    return {
        "mode": default.get("Mode", "").lower(),
        # As S3 counts: "Object Lock", "Retention periods".
        "days": default.get("Days") or 365 * default.get("Years", 0),
    }


def plan(wanted, found, declared):
    there = found["archive_bucket"]
    if declared.absent:
        return []
    wanted = {name: _complete(fields, there.get(name)) for name, fields in placed(wanted, declared).items()}
    for name, fields in wanted.items():
        _check(fields, there.get(name))
    steps = named.after_resource(reconcile(KIND, wanted, there))
    for name, fields in wanted.items():
        steps += _retag(name, fields, there.get(name), declared)
    return _in_order(steps)


def _complete(fields, there):
    """Return the fields; a bucket that is to get Object Lock later needs versioning first."""
    late = fields.get("object_lock") and there and not there.fields["object_lock"]
    complete = {**fields, "policy": documents.canonical(fields["policy"])}
    return {**complete, "versioning": "Enabled"} if late else complete


def _check(fields, there):
    """Raise Conflict for a policy that S3 doesn't take, or an Object Lock that would get weaker."""
    size = len(documents.text(fields["policy"]))
    most = policies.BUCKET_POLICY
    if size > most:
        raise Conflict(
            f"archive_bucket: its policy would have {size} bytes, S3 takes {most}: name fewer accounts or"
            " auditors, or an organization in place of its accounts"
        )
    lock, before = fields.get("object_lock"), there and there.managed and there.fields.get("object_lock")
    if not (lock and before):
        return
    weaker = before["mode"] == "compliance" and lock["mode"] == "governance"
    if weaker or lock["days"] < before["days"] and before["mode"]:
        raise Conflict(
            f"object_lock: {there.id} locks new objects in mode {before['mode']} for {before['days']} days, declared"
            f" are {lock['mode']} and {lock['days']}. A lock is never made weaker here: declare what the bucket has, or"
            " change the bucket's default retention by hand first"
        )


def _retag(name, fields, there, declared):
    """Return the step that changes tags: PutBucketTagging sets all of them, also those that are others' to set."""
    before = there.fields["tags"] if there else fields["tags"]
    if there and not there.managed:
        return []
    kept = {
        key: value
        for key, value in before.items()
        if not declared.purge_tags or key.startswith("aws:") or key in fields["tags"]
    }
    after = {**kept, **fields["tags"]}
    if after == before:
        return []
    address = Address(KIND.name, name, "tags")
    # Tags of AWS stay, whatever is sent: "System tags".
    sent = {**{key: value for key, value in after.items() if not key.startswith("aws:")}, **_ignored(there, declared)}
    arguments = {"Bucket": fields["bucket"], "Tagging": {"TagSet": pairs(sent)}}
    return [Step(address, "s3.put_bucket_tagging", arguments, before={"tags": before}, after={"tags": after})]


def _ignored(there, declared):
    """Return the tags that ignore_tags names, which the engine leaves out of the fields."""
    return {key: value for key, value in there.details["tags"].items() if is_ignored(key, declared.ignored)}


def _in_order(steps):
    """Return the steps of a bucket, one after the other."""

    def rank(step):
        return ORDER.index(step.address.field) if step.address.field else -1

    ordered: list[Any] = []
    for step in sorted(steps, key=rank):
        ordered.append(replace(step, needs=(*step.needs, ordered[-1].address)) if ordered else step)
    return ordered


def notes(wanted, found, declared):
    there = found["archive_bucket"].get("main")
    if not (declared.absent and there and there.managed):
        return []
    return [f"{there.id} stays with its objects, and with its policy, which lets nobody delete them"]


def _put(operation, **arguments):
    return lambda id_, before, after: [
        Call(operation, {"Bucket": after["bucket"], **{key: form(after) for key, form in arguments.items()}})
    ]


def _rules(fields):
    everything = {"Filter": {"Prefix": ""}}
    return {"Rules": [rule if "Filter" in rule else {**rule, **everything} for rule in fields["lifecycle"]]}


def _create(fields, region):
    # us-east-1 is the place of buckets without one (CreateBucket, LocationConstraint).
    place = {} if region == "us-east-1" else {"LocationConstraint": region}
    return Call(
        "s3.create_bucket",
        {
            "Bucket": fields["bucket"],
            # In one call, so that an interrupted run leaves no bucket of nobody.
            "CreateBucketConfiguration": {**place, "Tags": pairs(fields["tags"])},
            **({"ObjectLockEnabledForBucket": True} if fields.get("object_lock") else {}),
        },
    )


KIND = ResourceType(
    "archive_bucket",
    create=lambda fields: _create(fields, fields["region"]),
    changes={
        ("public_access_block",): _put(
            "s3.put_public_access_block", PublicAccessBlockConfiguration=lambda fields: fields["public_access_block"]
        ),
        ("policy",): _put("s3.put_bucket_policy", Policy=lambda fields: documents.text(fields["policy"])),
        ("encryption",): _put(
            "s3.put_bucket_encryption",
            ServerSideEncryptionConfiguration=lambda fields: {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": fields["encryption"]["key"],
                        },
                        "BucketKeyEnabled": fields["encryption"]["bucket_key"],
                    }
                ]
            },
        ),
        ("versioning",): _put(
            "s3.put_bucket_versioning", VersioningConfiguration=lambda fields: {"Status": fields["versioning"]}
        ),
        ("object_lock",): _put(
            "s3.put_object_lock_configuration",
            ObjectLockConfiguration=lambda fields: {
                "ObjectLockEnabled": "Enabled",
                "Rule": {
                    "DefaultRetention": {
                        "Mode": fields["object_lock"]["mode"].upper(),
                        "Days": fields["object_lock"]["days"],
                    }
                },
            },
        ),
        ("lifecycle",): _put("s3.put_bucket_lifecycle_configuration", LifecycleConfiguration=_rules),
    },
    defaults={
        "public_access_block": None,
        "policy": None,
        "encryption": None,
        "versioning": "",
        "object_lock": None,
        "lifecycle": [],
    },
)
