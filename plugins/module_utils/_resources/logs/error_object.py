# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Firehose could not deliver, and its delivery: each error object once.

An error object's events go to keys that follow from its key and content, written only where there is no such object
("How to prevent object overwrites with conditional writes", Amazon S3), and then its receipt. So a run that fails, or
two at the same time, deliver nothing twice.
"""

from __future__ import annotations

import json

from ..._aws.errors import describe
from ..._core.cloud import Meaning
from ..._core.errors import Failure
from ..._core.plan import Address, Step
from ..._core.reconcile import Actual, ResourceType
from ..._domain.logs import layout, receipts, replay, replay_parquet
from ..._domain.logs.index import Place
from ..._domain.logs.receipts import Receipt

READ_AFTER = ()
INPUTS = ("bucket", "max_bytes", "tables")
PERMISSIONS = ("kms:Decrypt", "kms:GenerateDataKey", "s3:GetObject", "s3:ListBucket", "s3:PutObject")
KIND = ResourceType("error_object")


def read(aws, declared, found):
    """Return {key: Actual} of the pending error objects, the oldest first, until max_bytes are reached.

    details: table, batches ([{key, account, hour, events, body or None}]; None: it is there already), rejected, unread
    (a reason, "" if it was read). The entry "" has the keys of all: done (with a receipt) and pending (without one).
    Raises Failure without pyarrow.
    """
    inputs = declared.inputs
    if any(not table.raw for table in inputs.tables) and not replay_parquet.is_available():
        raise Failure(f"{replay_parquet.NoPyarrow()}. Nothing was read or written")
    pending, done = [], set()
    for table in inputs.tables:
        keys = [item["Key"] for item in _listed(aws, inputs.bucket, receipts.prefix_of(table.name))]
        receipts_ = receipts.parse(keys)
        for item in _listed(aws, inputs.bucket, layout.errors_of(table.name)):
            if item["Key"] in receipts_:
                done.add(item["Key"])
            else:
                pending.append((item, table))
    pending.sort(key=lambda one: (one[0]["LastModified"], one[0]["Key"]))
    taken = _first(pending, inputs.max_bytes)
    place = Place(aws.account_id, aws.region)
    read_ = {item["Key"]: _error_object(aws, inputs.bucket, item, table, place) for item, table in taken}
    told = {"done": done, "pending": {item["Key"] for item, _table in pending}}
    return {**read_, "": Actual(None, {}, False, told)}


def _listed(aws, bucket, prefix):
    return aws.read("s3.list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix)


def _first(pending, most):
    """Take error objects until there are `most` bytes; one at least, however large."""
    taken, size = [], 0
    for item, table in pending:
        size += item["Size"]
        if taken and size > most:
            break
        taken.append((item, table))
    return taken


def _error_object(aws, bucket, item, table, place):
    key, counts = item["Key"], replay.Counts()
    try:
        body = aws.call("s3.get_object", Bucket=bucket, Key=key)["Body"].read()
    except aws.errors as error:
        if aws.classify(error) not in (Meaning.DENIED, Meaning.GONE):
            raise
        return Actual(key, {}, True, {"table": table.name, "batches": [], "rejected": [], "unread": describe(error)})
    batches = []
    for batch in replay.replay(key, body, table, place, counts):
        there = aws.call("s3.list_objects_v2", Bucket=bucket, Prefix=batch.key, MaxKeys=1).get("Contents")
        told = {"key": batch.key, "account": batch.account, "hour": batch.hour, "events": len(batch.rows)}
        # As bytes at once: the rows take much more memory.
        batches.append({**told, "body": None if there else replay_parquet.content(table, batch.rows)})
    rejected = [vars(one) for one in counts.rejected]
    return Actual(key, {}, True, {"table": table.name, "batches": batches, "rejected": rejected, "unread": ""})


def plan(wanted, found, declared):
    steps = []
    for key, there in found["error_object"].items():
        if key and not there.details["unread"]:
            steps += _steps(declared.inputs.bucket, declared.place["account_id"], key, there.details)
    return steps


def _steps(bucket, owner, key, details):
    address = Address("error_object", key)
    # If-None-Match with another account's bucket of that name would write there.
    to = {"Bucket": bucket, "ExpectedBucketOwner": owner, "IfNoneMatch": "*"}
    written = []
    for batch in details["batches"]:
        if batch["body"] is not None:
            written.append(address.at(batch["key"]))
            after = {name: batch[name] for name in ("account", "hour", "events")}
            yield Step(written[-1], "s3.put_object", {**to, "Key": batch["key"], "Body": batch["body"]}, after=after)
    events = sum(batch["events"] for batch in details["batches"])
    receipt = Receipt(events, len(details["rejected"]))
    after = {"events": receipt.events, "rejected": receipt.rejected}
    body = json.dumps({"object": key, **after, "reasons": details["rejected"]}).encode()
    yield Step(
        address,
        "s3.put_object",
        {**to, "Key": receipts.key_of(key, receipt), "Body": body},
        after=after,
        needs=tuple(written),
    )
