# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks and parts that both archives share: of logs, and of trails."""

from __future__ import annotations

import re
from typing import Any

from .._core import guard
from .._core.errors import Invalid
from .._core.plan import walk
from .._domain.logs import policies
from .._domain.logs.options import PCI_DAYS
from .._domain.values import identifiers
from .._resources.logs import archive_bucket, documents
from . import archive_losses

# "A maximum of 36,500 days (100 years)" (S3, PutObjectLockConfiguration, Days).
LONGEST_DAYS = 36500
# Parts of a declaration that a bucket's options share.
OBJECT_LOCK = {
    "type": "dict",
    "options": {
        "mode": {"type": "str", "choices": ["governance", "compliance"], "required": True},
        "days": {"type": "int", "required": True},
    },
}
AUDITORS = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "principal_arns": {"type": "list", "elements": "str", "required": True},
        "account_ids": {"type": "list", "elements": "str", "required": True},
    },
}
# Placeholders in documents: see placed() of authorization_details; KEY becomes a Ref to the key.
PLACE = {"partition": "{partition}", "region": "{region}"}
KEY = "{key}"
# Sids of our statements; one that is removed is reported by whom it named.
KNOWN = re.compile(r"Auditor[0-9]+[A-Za-z]*|Organization|Sources")


def check_bucket(params):
    """Check the options of a bucket, its key and how long it keeps objects. Raises Invalid."""
    identifiers.bucket("bucket", params["bucket"])
    check_key(params, "kms_key_arn", params["kms_key_arn"])
    days = params["retention_days"]
    if days and not PCI_DAYS <= days <= LONGEST_DAYS:
        problem = "deletes logs that PCI DSS 10.5.1 wants kept for a year" if 0 < days < PCI_DAYS else "is no retention"
        raise Invalid("retention_days", days, problem, f"{PCI_DAYS} to {LONGEST_DAYS}, or 0 to keep them for ever")
    check_lock(params["object_lock"], days)
    transition = params["transition_days"]
    if transition is not None and not 1 <= transition < (days or LONGEST_DAYS):
        expected = f"1 to {(days or LONGEST_DAYS) - 1}, less than retention_days"
        raise Invalid("transition_days", transition, "is no age to move objects at", expected)
    if params["auditor_role"] is not None:
        identifiers.iam_name("auditor_role", params["auditor_role"])


def check_lock(lock, retention_days):
    if not lock:
        return
    if not 1 <= lock["days"] <= LONGEST_DAYS:
        raise Invalid("object_lock.days", lock["days"], "is no time to lock an object for", f"1 to {LONGEST_DAYS}")
    if retention_days and lock["days"] > retention_days:
        problem = f"locks objects for longer than retention_days ({retention_days}) keeps them"
        raise Invalid("object_lock.days", lock["days"], problem, f"1 to {retention_days}, or a longer retention_days")


def check_key(params, option, given):
    if given is None:
        return
    identifiers.kms_key(option, given)
    _arn, _partition, _kms, region, account_id, _key = given.split(":")
    if account_id != params["account_id"]:
        # GetKeyPolicy, "Cross-account use: No": what the key lets in couldn't be checked.
        raise Invalid(option, given, f"is a key of account {account_id}", f"one of {params['account_id']}")
    if params.get("region") and region != params["region"]:
        expected = f"a key in {params['region']}: S3 needs one of the bucket's region"
        raise Invalid(option, given, f"is in {region}", expected)


def check_accounts(option, account_ids):
    for index, account_id in enumerate(account_ids):
        identifiers.account_id(f"{option}[{index}]", account_id)
    values = [(f"{option}[{index}]", account_id) for index, account_id in enumerate(account_ids)]
    identifiers.distinct(values, "is there twice", "each account once")


def readers(params, accounts, organization_id=""):
    """Return policies.Readers of the declared auditors. Raises Invalid."""
    auditors = policies.auditors("auditors", params["auditors"], accounts)
    for index, auditor in enumerate(auditors):
        for part in ("principal_arns", "account_ids"):
            where = f"auditors[{index}].{part}"
            values = [(f"{where}[{place}]", value) for place, value in enumerate(getattr(auditor, part))]
            identifiers.distinct(values, "is there twice", "each once")
    identifiers.distinct(
        [(f"auditors[{index}].principal_arns", auditor) for index, auditor in enumerate(auditors)],
        "are declared twice for the same accounts",
        "each auditor once",
    )
    return policies.Readers(auditors, params["auditor_role"] or "", tuple(accounts), organization_id or "")


def with_key(document, key):
    """Return a document with `key`, the id of a KMS key or a Ref to it, in place of KEY."""
    return walk(document, lambda leaf: key if leaf == KEY else leaf)


def key(alias, policy, tags):
    """Return the declared fields of a KMS key (archive_key)."""
    return {"alias": alias, "policy": policy, "state": "Enabled", "rotation": True, "tags": tags}


def bucket(params, key, policy, tags):
    """Return the declared fields of a bucket (archive_bucket)."""
    return {
        "bucket": params["bucket"],
        "region": PLACE["region"],
        "public_access_block": archive_bucket.CLOSED,
        "policy": policy,
        "encryption": {"key": key, "bucket_key": True},
        # Object Lock brings its own versioning.
        "versioning": None if params["object_lock"] else "Enabled",
        "object_lock": params["object_lock"],
        "lifecycle": lifecycle(params["retention_days"], params["transition_days"]),
        "tags": tags,
    }


def lifecycle(retention_days, transition_days):
    """Return the rules of a bucket's lifecycle, in the order of their ids.

    An object that expires, or is overwritten, becomes a noncurrent version: 30 days are for noticing. A locked version
    stays until its lock ends, whatever the rules say ("Object Lock", "S3 Lifecycle").
    """
    rules: list[dict[str, Any]] = [
        {"ID": "closednet-uploads", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    ]
    if retention_days:
        rules = [
            {"ID": "closednet-markers", "Status": "Enabled", "Expiration": {"ExpiredObjectDeleteMarker": True}},
            {
                "ID": "closednet-retention",
                "Status": "Enabled",
                "Expiration": {"Days": retention_days},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            },
            *rules,
        ]
    if transition_days:
        moved = [{"Days": transition_days, "StorageClass": "GLACIER_IR"}]
        rules.append({"ID": "closednet-transition", "Status": "Enabled", "Transitions": moved})
    return sorted(rules, key=lambda rule: rule["ID"])


def removals(*kinds):
    """Return a judge of deletions of these kinds, and of whom changed policies would name no longer.

    Those are accounts, organizations, principals (NAME/ID), and statements that somebody added to a bucket's or a
    key's policy (NAME/KIND.NAME:policy.SID); and rows or days that are lost (archive_losses).
    """

    def judge(declared, found, steps):
        owner = declared.owner.partition("/")[2]
        undeclared = dict(guard.deleted(*kinds)(declared, found, steps).undeclared)
        undeclared |= archive_losses.of(owner, steps)
        for step in steps:
            before, after = ((fields or {}).get("policy") for fields in (step.before, step.after))
            if not (before and after) or step.address.kind == "service_role":
                continue
            there, kept = documents.sids(before), documents.sids(after)
            ours = {sid for sid in there if sid in kept or KNOWN.fullmatch(sid)}
            for sid in sorted(there.keys() - ours):
                undeclared[f"{owner}/{step.address}.{sid}"] = f"a statement of {step.address.resource}'s policy"
            before = {"Statement": [there[sid] for sid in sorted(ours)]}
            for one in sorted(documents.lost([before], [after])):
                undeclared[f"{owner}/{one}"] = f"in the policy of {step.address.resource}"
        return guard.Removals(undeclared)

    return judge
