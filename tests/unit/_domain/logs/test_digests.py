# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Digest files of CloudTrail that these tests sign themselves, as the page "CloudTrail digest file structure" says.

Keys, names and contents have the form of that page's example.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cache

import pytest

pytest.importorskip("cryptography")
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import digests
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs.digests import INVALID, UNKNOWN, VALID

ACCOUNT, REGION, BUCKET = "222222222222", "eu-central-1", "trail"
BEGIN = datetime(2026, 11, 28, 9, 1, 31, tzinfo=timezone.utc)
NOW = BEGIN + timedelta(hours=5)
PREFIX = f"AWSLogs/o-abc/{ACCOUNT}/"


@cache
def key_pair(number=0):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(number=0):
    pkcs1 = serialization.PublicFormat.PKCS1
    return key_pair(number).public_key().public_bytes(serialization.Encoding.DER, pkcs1)


def fingerprint(number=0):
    return hashlib.md5(public(number)).hexdigest()


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def log_key(hour, number=0):
    return f"{PREFIX}CloudTrail/{REGION}/2026/11/28/{ACCOUNT}_CloudTrail_{REGION}_{hour:02}{number}.json.gz"


def log_file(hour, number=0):
    return gzip.compress(json.dumps({"Records": [{"eventID": f"{hour}-{number}"}]}).encode())


def digest_key(end, suffix=""):
    name = f"{ACCOUNT}_CloudTrail-Digest_{REGION}_main_{REGION}_{end:%Y%m%dT%H%M%SZ}{suffix}.json.gz"
    return f"{PREFIX}CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}/{name}"


def digest(hour, previous=None, *, key=None, pair=0, suffix="", **changed):
    """A signed digest of the hour that begins `hour` hours after BEGIN, with two log files."""
    start, end = BEGIN + timedelta(hours=hour), BEGIN + timedelta(hours=hour + 1)
    key = key or digest_key(end, suffix)
    told = {
        "awsAccountId": ACCOUNT,
        "digestStartTime": text(start),
        "digestEndTime": text(end),
        "digestS3Bucket": BUCKET,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": fingerprint(pair),
        "digestSignatureAlgorithm": "SHA256withRSA",
        "previousDigestS3Bucket": previous and previous.bucket,
        "previousDigestS3Object": previous and previous.key,
        "previousDigestHashValue": previous and hashlib.sha256(gzip.decompress(previous.body)).hexdigest(),
        "previousDigestHashAlgorithm": previous and "SHA-256",
        "previousDigestSignature": previous and previous.signature,
        "logFiles": [
            {
                "s3Bucket": BUCKET,
                "s3Object": log_key(hour, number),
                "hashValue": digests.uncompressed_hash(log_file(hour, number)),
                "hashAlgorithm": "SHA-256",
            }
            for number in (0, 1)
        ],
        **changed,
    }
    content = json.dumps(told).encode()
    signed = "\n".join(
        (
            told["digestEndTime"],
            f"{told['digestS3Bucket']}/{told['digestS3Object']}",
            hashlib.sha256(content).hexdigest(),
            told["previousDigestSignature"] or "null",
        )
    )
    signature = key_pair(pair).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
    return digests.Stored(BUCKET, key, gzip.compress(content), signature, "SHA256withRSA")


@cache
def chain(length=5):
    found = [digest(0)]
    for hour in range(1, length):
        found.append(digest(hour, found[-1]))
    return tuple(found)


def log_hashes(hours=range(5)):
    return {
        (BUCKET, log_key(hour, number)): digests.uncompressed_hash(log_file(hour, number))
        for hour in hours
        for number in (0, 1)
    }


def judge(found, keys=None, logs=None, start=BEGIN, now=NOW):
    given = {fingerprint(): public()} if keys is None else keys
    return digests.judge(list(found), given, log_hashes() if logs is None else logs, start, now)


def told(found):
    return [(one.verdict, one.file.rpartition("/")[2], one.says) for one in found.problems]


def test_what_cloudtrail_delivered_is_valid():
    found = judge(chain())
    assert (found.verdict, found.problems) == (VALID, ())
    assert (found.digests, found.log_files) == ({VALID: 5}, {VALID: 10})
    assert (found.start, found.end) == (BEGIN, NOW)


def test_the_order_in_which_digests_were_read_does_not_matter():
    assert judge(reversed(chain())) == judge(chain())


def test_digests_from_before_the_window_are_not_missed():
    assert judge(chain()[2:], start=BEGIN + timedelta(hours=2)).verdict == VALID


def test_a_changed_log_file():
    logs = {**log_hashes(), (BUCKET, log_key(2)): digests.uncompressed_hash(log_file(99))}
    found = judge(chain(), logs=logs)
    assert found.verdict == INVALID and found.log_files == {INVALID: 1, VALID: 9}
    ((verdict, file, says),) = told(found)
    assert (verdict, file) == (INVALID, log_key(2).rpartition("/")[2]) and says.startswith("its content isn't what")


def test_a_deleted_log_file():
    gone = digests.Unread(BUCKET, log_key(2), "it doesn't exist any more", missing=True)
    found = judge(chain(), logs={**log_hashes(), (BUCKET, log_key(2)): gone})
    assert told(found) == [(INVALID, log_key(2).rpartition("/")[2], "it doesn't exist any more")]


@pytest.mark.parametrize("actual", [None, digests.Unread(BUCKET, log_key(2), "may not be read")])
def test_a_log_file_that_was_not_read_is_unknown(actual):
    logs = log_hashes()
    logs.pop((BUCKET, log_key(2)))
    if actual:
        logs[BUCKET, log_key(2)] = actual
    found = judge(chain(), logs=logs)
    assert found.verdict == UNKNOWN and found.log_files == {UNKNOWN: 1, VALID: 9}


def test_a_deleted_digest_is_named_by_the_next():
    found = judge([*chain()[:2], *chain()[3:]])
    ((verdict, file, says),) = told(found)
    assert (found.verdict, verdict, file) == (INVALID, INVALID, chain()[2].key.rpartition("/")[2])
    assert says.startswith("it doesn't exist any more") and chain()[3].key in says


def test_a_deleted_first_digest_is_named_by_the_second():
    assert told(judge(chain()[1:]))[0][:2] == (INVALID, chain()[0].key.rpartition("/")[2])


def test_digests_deleted_at_the_end():
    found = judge(chain()[:1])
    ((verdict, _file, says),) = told(found)
    assert (found.verdict, verdict) == (UNKNOWN, UNKNOWN) and "there should be one for each hour" in says


def test_no_digest_at_all():
    found = judge([])
    assert found.verdict == UNKNOWN and told(found)[0][2] == "no digest file since 2026-11-28T09:01Z"
    assert found.digests == {} and found.start is None


def test_a_digest_signed_by_another_key():
    forged = digest(2, chain()[1], pair=1)
    # With the fingerprint of CloudTrail's key, and with its own.
    for one in (digest(2, chain()[1], pair=1, digestPublicKeyFingerprint=fingerprint()), forged):
        found = judge([*chain()[:2], one, *chain()[3:]])
        assert found.verdict == INVALID and found.digests == {INVALID: 1, VALID: 4}
        # What it says of log files proves nothing; the next digest names the original.
        assert found.log_files == {UNKNOWN: 2, VALID: 8}
        says = " ".join(problem[2] for problem in told(found))
        assert "its signature isn't the one that" in says
    assert f"no public key {fingerprint(1)}" in says


def test_a_digest_rewritten_with_its_old_signature():
    changed = replace(digest(2, chain()[1], logFiles=[]), signature=chain()[2].signature)
    found = judge([*chain()[:2], changed, *chain()[3:]])
    says = [problem[2] for problem in told(found)]
    assert found.verdict == INVALID and "the signature isn't CloudTrail's for this content" in says
    assert any(text.startswith("its content isn't the one that") for text in says)


def test_an_unsigned_digest():
    found = judge([*chain()[:4], replace(chain()[4], signature="")])
    ((verdict, _file, says), *files) = told(found)
    assert verdict == INVALID and says.startswith("it has no signature")
    assert [one[0] for one in files] == [UNKNOWN, UNKNOWN]


def test_digests_that_changed_places():
    first, second = chain()[1:3]
    swapped = [replace(first, key=second.key), replace(second, key=first.key)]
    found = judge([chain()[0], *swapped, *chain()[3:]])
    assert found.verdict == INVALID and found.digests == {INVALID: 2, VALID: 3}
    assert sum(says.startswith("it was moved") for _verdict, _file, says in told(found)) == 2


def test_a_digest_that_follows_an_older_one():
    """Whoever could sign would leave one out like this."""
    found = judge([*chain()[:4], digest(4, chain()[2])])
    assert told(found)[0][0] == INVALID and "isn't the one before it" in told(found)[0][2]


def test_a_chain_that_begins_anew_proves_nothing_of_the_gap():
    found = judge([*chain()[:2], digest(3), digest(4, digest(3))])
    ((verdict, _file, says),) = told(found)
    assert (found.verdict, verdict) == (UNKNOWN, UNKNOWN)
    assert "validation was off from 2026-11-28T11:01Z to 2026-11-28T12:01Z" in says


def test_without_public_keys_nothing_is_known():
    found = digests.judge(list(chain()), "AccessDenied", log_hashes(), BEGIN, NOW)
    assert found.verdict == UNKNOWN and found.digests == {UNKNOWN: 5} and found.log_files == {UNKNOWN: 10}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"no gzip", "it isn't a gzip file"),
        (chain.__wrapped__()[2].body[:-20], "it isn't a gzip file"),
        (gzip.compress(b"{"), "it isn't JSON"),
        (gzip.compress(b"[]"), "it lacks one of"),
        (gzip.compress(b'{"digestEndTime": 1}'), "it lacks one of"),
    ],
    # The bytes have the time in them, and workers must have the same names of tests.
    ids=("text", "cut", "brace", "list", "other"),
)
def test_what_is_no_digest(body, says):
    found = judge([*chain()[:2], replace(chain()[2], body=body), *chain()[3:]])
    assert told(found)[0][0] == INVALID and told(found)[0][2].startswith(says)
    assert len(found.problems) == 1 and found.digests == {INVALID: 1, VALID: 4}


def test_an_unread_digest_is_unknown_not_deleted():
    unread = digests.Unread(BUCKET, chain()[2].key, "GetObject: AccessDenied")
    found = judge([*chain()[:2], unread, *chain()[3:]])
    assert told(found) == [(UNKNOWN, chain()[2].key.rpartition("/")[2], "GetObject: AccessDenied")]


def test_a_backfill_digest_stands_beside_the_chain():
    """validation.py of awscli: names end with _backfill, and they are a chain of their own."""
    late = digest(1, suffix="_backfill", key=digest_key(BEGIN + timedelta(hours=2), "_backfill"))
    assert judge([*chain(), late]).verdict == VALID
    assert judge([*chain(), late]).digests == {VALID: 6}
    found = judge([*chain(), replace(late, signature=chain()[0].signature)])
    assert found.verdict == INVALID and told(found)[0][2].startswith("the signature isn't")


def test_a_log_file_that_no_digest_names():
    """Somebody who can write to the bucket adds a file, which queries read."""
    forged, early = (BUCKET, log_key(2, 7)), (BUCKET, log_key(0, 7))
    listed = {place: BEGIN + timedelta(hours=2) for place in (forged, *log_hashes())}
    listed[early] = BEGIN + timedelta(minutes=1)
    found = digests.judge(list(chain()), {fingerprint(): public()}, log_hashes(), BEGIN, NOW, listed)
    ((verdict, file, says),) = told(found)
    assert (found.verdict, verdict, file) == (UNKNOWN, UNKNOWN, log_key(2, 7).rpartition("/")[2])
    assert says.startswith("no digest names it") and found.log_files == {UNKNOWN: 1, VALID: 10}
    assert digests.judge([], {}, {}, BEGIN, NOW, listed).log_files == {}


def test_names_of_digests():
    name = digests.parse_name(digest_key(BEGIN, "_backfill"))
    assert (name.account, name.region, name.trail, name.home) == (ACCOUNT, REGION, "main", REGION)
    assert name.end == BEGIN and name.backfill
    assert digests.parse_name(log_key(1)) is None
    assert digests.prefix_of("p", "o-abc", ACCOUNT, REGION) == f"p/AWSLogs/o-abc/{ACCOUNT}/CloudTrail-Digest/{REGION}/"


def test_as_data():
    data = digests.as_data(judge(chain()[:1]))
    assert (data["verdict"], data["start"], data["end"]) == (UNKNOWN, "2026-11-28T09:01:31Z", "2026-11-28T10:01:31Z")
    assert data["problems"][0].keys() == {"file", "verdict", "says"}
    json.dumps(data)
