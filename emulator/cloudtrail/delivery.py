# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log files and digest files, delivered when they are due by the emulator's clock.

Names: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html and
cloudtrail-log-file-examples.html. Digests: cloudtrail-log-file-validation-digest-file-structure.html and
cloudtrail-log-file-custom-validation.html, with awscli/customizations/cloudtrail/validation.py for the string to sign
("null" before the first). "Each digest file is signed with a private key unique to its Region": API_ListPublicKeys.

Log files come 5 minutes after their first event, digests each hour; both are scaled by the setting log_delivery. A
digest is delivered without events, too, as on AWS; but here only for a trail's own region, for all accounts of its
organization, and for the accounts and regions that had an event. After a long jump of the clock digests of a scaled
hour are made for whole hours.
"""

from __future__ import annotations

import datetime
import functools
import gzip
import hashlib
import json
import random
import string
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from emulator import clock, deliveries, steps
from emulator.cloudtrail import watch
from emulator.cloudtrail.creation import SERVICE, prefix_of, source_of
from emulator.cloudtrail.models import Chain, Place, Trail, Waiting, organization_of
from emulator.s3.delivery import Refused, put_object

AFTER, HOUR = 300, 3600
MOST_BEHIND = 100
_unique = random.Random(0)


@functools.cache
def key_of(region: str) -> rsa.RSAPrivateKey:
    """Return a region's private key; the same for all accounts, as AWS's."""
    return rsa.generate_private_key(65537, 2048)


def public_key(region: str) -> tuple[bytes, str]:
    """Return (DER in PKCS#1, fingerprint) of a region's public key. The fingerprint's kind is not documented."""
    der = key_of(region).public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return der, hashlib.md5(der, usedforsecurity=False).hexdigest()


def deliver_all() -> None:
    for trail in list(watch.trails):
        deliver(trail)


def deliver(trail: Trail) -> None:
    """Deliver what is due of one trail: log files first, since digests name them."""
    if not trail.status.started:
        return
    now = clock.now()
    delay = datetime.timedelta(seconds=AFTER * deliveries.scale)
    for place, waiting in list(trail.pending.items()):
        due = waiting.since + delay
        if due <= now:
            _deliver_log_file(trail, place, waiting, due)
    if trail.log_validation and trail.validates_since:
        for place in _places(trail):
            _deliver_digests(trail, place, now)
    if not trail.status.is_logging and not trail.pending and now >= trail.status.stopped + _period():
        watch.forget(trail)


def _period() -> datetime.timedelta:
    return datetime.timedelta(seconds=max(1, round(HOUR * deliveries.scale)))


def _places(trail: Trail) -> list[Place]:
    places = {(trail.account_id, trail.region_name)} | trail.seen
    if trail.is_org_trail:
        members = organization_of(trail.account_id).accounts
        places |= {(member.id, trail.region_name) for member in members if member.status == "ACTIVE"}
    return sorted(places)


def _deliver_log_file(trail: Trail, place: Place, waiting: Waiting, due: datetime.datetime) -> None:
    account_id, region = place
    # A delivery that was refused comes after the digest of its hour: into the next one's.
    chain = trail.chains.get(place)
    moment = max(due, chain.start) if chain else due
    unique = "".join(_unique.choices(string.ascii_letters + string.digits, k=16))
    name = f"{account_id}_CloudTrail_{region}_{moment:%Y%m%dT%H%MZ}_{unique}.json.gz"
    key = f"{_folder(trail, account_id)}/CloudTrail/{region}/{moment:%Y/%m/%d}/{name}"
    content = json.dumps({"Records": waiting.records}, separators=(",", ":")).encode()
    refused = _put(trail, key, content)
    trail.status.delivery_error = refused.code if refused else ""
    if refused:
        return
    del trail.pending[place]
    trail.status.delivered = moment
    times = [record["eventTime"] for record in waiting.records]
    entry = {
        "s3Bucket": trail.bucket_name,
        "s3Object": key,
        "hashValue": hashlib.sha256(content).hexdigest(),
        "hashAlgorithm": "SHA-256",
        "newestEventTime": max(times),
        "oldestEventTime": min(times),
    }
    if trail.log_validation and trail.validates_since:
        _chain(trail, place).files.append((moment, entry))


def _chain(trail: Trail, place: Place) -> Chain:
    return trail.chains.setdefault(place, Chain(trail.validates_since))


def _deliver_digests(trail: Trail, place: Place, now: datetime.datetime) -> None:
    chain = _chain(trail, place)
    period = _period()
    last = now if trail.status.is_logging else min(now, trail.status.stopped + period)
    if (last - chain.start) / period > MOST_BEHIND:
        period = max(period, datetime.timedelta(seconds=HOUR))
    while chain.start + period <= last:
        if not _deliver_digest(trail, place, chain, chain.start + period):
            return


def _deliver_digest(trail: Trail, place: Place, chain: Chain, end: datetime.datetime) -> bool:
    account_id, region = place
    files = [entry for moment, entry in chain.files if moment <= end]
    name = (
        f"{account_id}_CloudTrail-Digest_{region}_{trail.trail_name}_{trail.region_name}_{end:%Y%m%dT%H%M%SZ}.json.gz"
    )
    key = f"{_folder(trail, account_id)}/CloudTrail-Digest/{region}/{end:%Y/%m/%d}/{name}"
    previous = chain.previous or {}
    digest = {
        "awsAccountId": account_id,
        "digestStartTime": _text(chain.start),
        "digestEndTime": _text(end),
        "digestS3Bucket": trail.bucket_name,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": public_key(region)[1],
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": max((entry["newestEventTime"] for entry in files), default=None),
        "oldestEventTime": min((entry["oldestEventTime"] for entry in files), default=None),
        "previousDigestS3Bucket": previous.get("bucket"),
        "previousDigestS3Object": previous.get("key"),
        "previousDigestHashValue": previous.get("hash"),
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "previousDigestSignature": previous.get("signature"),
        "logFiles": files,
    }
    content = json.dumps(digest, separators=(",", ":")).encode()
    hashed = hashlib.sha256(content).hexdigest()
    place_text = f"{trail.bucket_name}/{key}"
    signed = "\n".join((_text(end), place_text, hashed, previous.get("signature", "null")))
    signature = key_of(region).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
    refused = _put(trail, key, content, {"signature": signature, "signature-algorithm": "SHA256withRSA"})
    trail.status.digest_error = refused.code if refused else ""
    if refused:
        return False
    trail.status.digested = end
    chain.files = [each for each in chain.files if each[0] > end]
    chain.previous = {"bucket": trail.bucket_name, "key": key, "hash": hashed, "signature": signature}
    chain.start = end
    return True


def _put(trail: Trail, key: str, content: bytes, metadata: dict[str, str] | None = None) -> Refused | None:
    parameters: dict[str, Any] = {
        "ACL": "bucket-owner-full-control",
        "ContentType": "application/json",
        "ContentEncoding": "gzip",
    }
    if trail.kms_key_id:
        parameters |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": trail.kms_key_id}
    try:
        with steps.step("cloudtrail", "PutObject", trail.account_id):
            return put_object(
                SERVICE,
                trail.bucket_name,
                key,
                gzip.compress(content, mtime=0),
                context=source_of(trail),
                parameters=parameters,
                metadata=metadata,
                kms_context={"kms:encryptioncontext:aws:cloudtrail:arn": trail.arn} if trail.kms_key_id else None,
            )
    except steps.StepFailed as failed:
        # One whose answer was lost is written, and so is the file after it: S3 has the events twice, as AWS may.
        return Refused(failed.code, failed.message)


def _folder(trail: Trail, account_id: str) -> str:
    """Return AWSLogs/[o-ID/]ACCOUNT below the trail's prefix."""
    organization = f"{trail.organization_id}/" if trail.is_org_trail else ""
    return f"{prefix_of(trail)}AWSLogs/{organization}{account_id}"


def _text(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


deliveries.register(deliver_all)
