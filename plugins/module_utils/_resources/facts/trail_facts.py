# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails of an account, and digest files and log files in the trails' bucket: read only.

The trails are one account's (or its organization's), the bucket may be another's. What the credential may not read is
reported by name, and never counts as verified.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial

from ..._aws.errors import classify, describe
from ..._core.cloud import Meaning
from ..._core.reconcile import Actual, ResourceType
from ..._domain.logs import digests
from ..shared.partial_reads import merge_reads, read_if_allowed

READ_AFTER = ()
INPUTS = ("days", "digests", "now")
PERMISSIONS = (
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListPublicKeys",
    "kms:Decrypt",
    "s3:GetObject",
    "s3:ListBucket",
)
KIND = ResourceType("trail_facts")
# Keys are listed for some time around the window: the first digest began before it, the last may be signed later.
AROUND = timedelta(hours=2)


def read(aws, declared, found):
    """Return {"main": Actual} whose details are trails, chains ({(account, region, trail): Chain}), denied, unread.

    The list of trails must be readable; what else is denied is left out and reported.
    """
    inputs = declared.inputs
    facts = {"trails": _trails(aws)}
    parts = [read_if_allowed("chains", "s3", partial(_chains, aws, inputs))] if inputs.digests else []
    return {"main": Actual(aws.account_id, {}, False, merge_reads(facts, parts))}


def _trails(aws):
    trails = aws.call("cloudtrail.describe_trails", includeShadowTrails=True)["trailList"]
    return aws.gather(*(partial(_trail, aws, trail) for trail in trails))


def _trail(aws, trail):
    """Return a trail with its Status and Selectors, or {"error": why they couldn't be read}."""
    arn = trail["TrailARN"]
    return {
        **trail,
        "Status": _answer(aws, "cloudtrail.get_trail_status", Name=arn),
        "Selectors": _answer(aws, "cloudtrail.get_event_selectors", TrailName=arn),
    }


def _answer(aws, operation, **params):
    """A trail of the organization may be hidden from its members."""
    try:
        return aws.call(operation, **params)
    except aws.errors as error:
        if classify(error) not in (Meaning.DENIED, Meaning.GONE, Meaning.REFUSED):
            raise
        return {"error": describe(error)}


def _chains(aws, inputs):
    """Return (account, region, trail) -> Chain. The region is "" for an account that has no digests at all."""
    start, asked = inputs.now - timedelta(days=inputs.days), inputs.digests
    places = aws.gather(*(partial(_regions, aws, asked, account) for account in _accounts(aws, asked)))
    listed = aws.gather(
        *(partial(_keys, aws, asked, start, account, region) for account, regions in places for region in regions)
    )
    by_chain = defaultdict(list)
    for account, regions in places:
        for region in regions or [""]:
            by_chain[account, region, asked["trail_name"] or "", ""] = []
    for keys in listed:
        for key, name in keys:
            by_chain.pop((name.account, name.region, asked["trail_name"] or "", ""), None)
            by_chain[name.account, name.region, name.trail, name.home].append(key)
    stored = _read_all(aws, asked["bucket"], [key for keys in by_chain.values() for key in keys])
    hashes = _hashes(aws, stored.values())
    signing = sorted({region for _account, region, _trail, _home in by_chain if region})
    listed = aws.gather(*(partial(_public_keys, aws.in_region(region), start, inputs.now) for region in signing))
    public = dict(zip(signing, listed))
    written = _written(aws, asked, start, {(account, region) for account, region, _trail, home in by_chain if home})
    # Two trails may write to one place; each has its own digests.
    unnamed = {
        place: {file: time for file, time in files.items() if file not in hashes} for place, files in written.items()
    }
    return {
        (account, region, trail): digests.judge(
            [stored[key] for key in keys],
            public.get(region, {}),
            hashes,
            start,
            inputs.now,
            unnamed.get((account, region)),
        )
        for (account, region, trail, _home), keys in sorted(by_chain.items())
    }


def _accounts(aws, asked):
    if asked["account_ids"]:
        return asked["account_ids"]
    return [name for name in _folders(aws, asked, _prefix(asked)) if name.isdigit()]


def _regions(aws, asked, account):
    there = _folders(aws, asked, _prefix(asked, account))
    # What is asked for and has no digests is listed, too.
    return account, asked["regions"] or there


def _prefix(asked, account="", region="", kind="CloudTrail-Digest"):
    return digests.prefix_of(asked["prefix"] or "", asked["organization_id"] or "", account, region, kind)


def _folders(aws, asked, prefix):
    found = aws.read("s3.list_objects_v2", "CommonPrefixes", Bucket=asked["bucket"], Prefix=prefix, Delimiter="/")
    return [item["Prefix"].removeprefix(prefix).rstrip("/") for item in found]


def _keys(aws, asked, start, account, region):
    """Return (key, Name) of the digest files of the window."""
    prefix = _prefix(asked, account, region)
    after = f"{prefix}{start:%Y/%m/%d}"
    found = []
    for item in aws.read("s3.list_objects_v2", "Contents", Bucket=asked["bucket"], Prefix=prefix, StartAfter=after):
        name = digests.parse_name(item["Key"])
        if name and name.end > start and asked["trail_name"] in (None, name.trail):
            found.append((item["Key"], name))
    return found


def _written(aws, asked, start, places):
    """Return (account, region) -> log file -> when it was written; {} if digests of one trail of several are read."""

    def listed(account, region):
        prefix = _prefix(asked, account, region, "CloudTrail")
        after = f"{prefix}{start:%Y/%m/%d}"
        found = aws.read("s3.list_objects_v2", "Contents", Bucket=asked["bucket"], Prefix=prefix, StartAfter=after)
        return {(asked["bucket"], item["Key"]): item["LastModified"] for item in found}

    ordered = [] if asked["trail_name"] else sorted(places)
    return dict(zip(ordered, aws.gather(*(partial(listed, *place) for place in ordered))))


def _read_all(aws, bucket, keys):
    """Return key -> Stored or Unread."""
    return dict(zip(keys, aws.gather(*(partial(_stored, aws, bucket, key) for key in keys))))


def _stored(aws, bucket, key):
    answer = _object(aws, bucket, key)
    if isinstance(answer, digests.Unread):
        return answer
    metadata = answer["Metadata"]
    return digests.Stored(
        bucket, key, answer["Body"].read(), metadata.get("signature", ""), metadata.get("signature-algorithm", "")
    )


def _hashes(aws, stored):
    """Return the hash of each log file that the digests name."""
    places = set()
    for one in stored:
        if isinstance(one, digests.Stored):
            try:
                places |= {file.place for file in digests.parse(one).files}
            except digests.Malformed:
                pass  # judged later
    ordered = sorted(places)
    return dict(zip(ordered, aws.gather(*(partial(_hash, aws, *place) for place in ordered))))


def _hash(aws, bucket, key):
    answer = _object(aws, bucket, key)
    if isinstance(answer, digests.Unread):
        return answer
    try:
        return digests.uncompressed_hash(answer["Body"].read())
    except digests.Malformed as malformed:
        # The hash of no content: it was CloudTrail's, and is another now.
        return f"none: {malformed}"


def _object(aws, bucket, key):
    try:
        return aws.call("s3.get_object", Bucket=bucket, Key=key)
    except aws.errors as error:
        meaning = classify(error)
        if meaning is Meaning.GONE:
            return digests.Unread(bucket, key, "it doesn't exist any more", missing=True)
        if meaning is not Meaning.DENIED:
            raise
        return digests.Unread(bucket, key, f"it may not be read: {describe(error)}")


def _public_keys(aws, start, now):
    """Return fingerprint -> key of the region, or why they aren't known.

    "Each digest file is signed with a private key unique to its Region. [...] you must look in the same Region":
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
    """
    times = {"StartTime": start - AROUND, "EndTime": now + AROUND}
    listed = read_if_allowed(
        "keys", "cloudtrail", partial(aws.read, "cloudtrail.list_public_keys", "PublicKeyList", **times)
    )
    if "keys" not in listed:
        return "; ".join(str(reason) for part in listed.values() for reason in part.values())
    return {key["Fingerprint"]: key["Value"] for key in listed["keys"]}
