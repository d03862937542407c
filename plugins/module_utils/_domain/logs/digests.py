# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verifies CloudTrail's digest files and the log files that they name.

"Custom implementations of CloudTrail log file integrity validation" and "CloudTrail digest file structure" in the
CloudTrail user guide; where they don't say how (a first digest's signature is `null`, backfill digests),
awscli/customizations/cloudtrail/validation.py does.

Unknown is never valid: what could not be read, or hangs on something that could not, is `unknown`.
"""

from __future__ import annotations

import binascii
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

VALID, INVALID, UNKNOWN = "valid", "invalid", "unknown"
WORST_FIRST = (INVALID, UNKNOWN, VALID)
ALGORITHM = "SHA256withRSA"
REQUIRED = ("digestPublicKeyFingerprint", "digestS3Bucket", "digestS3Object", "digestStartTime", "digestEndTime")
# CloudTrail delivers a digest every hour, also if there was no activity; it may take a while.
LATE = timedelta(hours=3)
# A digest names what was delivered in its hour; how exactly isn't documented, so nothing is judged near its ends.
NEAR = timedelta(minutes=30)
NAME = re.compile(
    r"(?P<account>\d{12})_CloudTrail-Digest_(?P<region>[a-z0-9-]+)_(?P<trail>.+)_(?P<home>[a-z0-9-]+)"
    r"_(?P<end>\d{8}T\d{6}Z)(?P<backfill>_backfill)?\.json\.gz"
)
# Bucket and key of an object.
Place = tuple[str, str]


@dataclass(frozen=True)
class Stored:
    """A digest file as read: its content (compressed), and CloudTrail's metadata of the object."""

    bucket: str
    key: str
    body: bytes
    signature: str = ""
    algorithm: str = ""

    @property
    def place(self) -> Place:
        return self.bucket, self.key


@dataclass(frozen=True)
class Unread:
    """An object that could not be read. missing: it doesn't exist."""

    bucket: str
    key: str
    reason: str
    missing: bool = False

    @property
    def place(self) -> Place:
        return self.bucket, self.key


@dataclass(frozen=True)
class Name:
    """Parts of a digest file's name. region: its keys sign; home: of the trail; end: when the file's hour ends."""

    account: str
    region: str
    trail: str
    home: str
    end: datetime
    backfill: bool


@dataclass(frozen=True)
class LogFile:
    place: Place
    hash: str


@dataclass(frozen=True)
class Digest:
    """A digest file, read. previous: None for the first of a chain; content_hash: of the uncompressed content."""

    place: Place
    named: Place
    start: datetime
    end: datetime
    end_text: str
    fingerprint: str
    previous: Place | None
    previous_hash: str | None
    previous_signature: str | None
    files: tuple[LogFile, ...]
    content_hash: str
    signature: str
    algorithm: str


@dataclass(frozen=True)
class Judged:
    """A file and what was found. file: its s3:// address; says: why it isn't valid."""

    file: str
    verdict: str
    says: str = ""


@dataclass(frozen=True)
class Chain:
    """What was verified of a trail's digests of one account and region.

    start, end  the time that the digests cover; None without digests
    digests, log_files  verdict -> how many
    problems    what isn't valid, the worst first
    """

    start: datetime | None
    end: datetime | None
    digests: Mapping[str, int]
    log_files: Mapping[str, int]
    problems: tuple[Judged, ...] = field(default=())

    @property
    def verdict(self) -> str:
        """The worst verdict; unknown if nothing was verified."""
        found = {one.verdict for one in self.problems} | {UNKNOWN if not self.digests else VALID}
        return next(verdict for verdict in WORST_FIRST if verdict in found)


class Malformed(Exception):
    """A digest file that isn't one; the text says why."""


def address(place: Place) -> str:
    return f"s3://{place[0]}/{place[1]}"


def prefix_of(
    key_prefix: str, organization_id: str, account_id: str = "", region: str = "", kind: str = "CloudTrail-Digest"
) -> str:
    """Prefix of the digest files' keys (kind CloudTrail: log files'), of all accounts, of one, or of a region of it."""
    start = f"{key_prefix}/" * bool(key_prefix) + "AWSLogs/" + f"{organization_id}/" * bool(organization_id)
    if not account_id:
        return start
    return f"{start}{account_id}/{kind}/" + f"{region}/" * bool(region)


def parse_name(key: str) -> Name | None:
    """Parts of the name of a digest file; None for any other key."""
    found = NAME.fullmatch(key.rpartition("/")[2])
    if not found:
        return None
    end = datetime.strptime(found["end"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    return Name(found["account"], found["region"], found["trail"], found["home"], end, bool(found["backfill"]))


def uncompressed_hash(data: bytes) -> str:
    """SHA-256, in hexadecimal, of the content of a gzip file. Raises Malformed."""
    return hashlib.sha256(_uncompressed(data)).hexdigest()


def _uncompressed(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        raise Malformed("it isn't a gzip file") from None


def parse(stored: Stored) -> Digest:
    """Return a digest file's parts; checks nothing but its form. Raises Malformed."""
    content = _uncompressed(stored.body)
    try:
        told = json.loads(content)
    except ValueError:
        raise Malformed("it isn't JSON") from None
    if not isinstance(told, dict) or [name for name in REQUIRED if not isinstance(told.get(name), str)]:
        raise Malformed(f"it lacks one of {', '.join(REQUIRED)}")
    try:
        start, end = (_time(told[name]) for name in ("digestStartTime", "digestEndTime"))
        files = tuple(
            LogFile((str(one["s3Bucket"]), str(one["s3Object"])), str(one["hashValue"]).lower())
            for one in told.get("logFiles") or ()
        )
    except (ValueError, KeyError, TypeError):
        raise Malformed("its times or log files aren't in CloudTrail's form") from None
    before = told.get("previousDigestS3Bucket"), told.get("previousDigestS3Object")
    return Digest(
        place=stored.place,
        named=(told["digestS3Bucket"], told["digestS3Object"]),
        start=start,
        end=end,
        end_text=told["digestEndTime"],
        fingerprint=told["digestPublicKeyFingerprint"],
        previous=(str(before[0]), str(before[1])) if all(before) else None,
        previous_hash=told.get("previousDigestHashValue"),
        previous_signature=told.get("previousDigestSignature"),
        files=files,
        content_hash=hashlib.sha256(content).hexdigest(),
        signature=stored.signature,
        algorithm=stored.algorithm,
    )


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def signed_text(digest: Digest) -> bytes:
    """What CloudTrail signs: end, path, hash of the content, and the previous signature (`null` if there is none)."""
    previous = digest.previous_signature or "null"
    lines = (digest.end_text, "/".join(digest.named), digest.content_hash, previous)
    return "\n".join(lines).encode()


def is_signed(public_key: bytes, signature: str, text: bytes) -> bool:
    """True if the signature (hexadecimal) of the text is by this key (DER, PKCS #1): SHA256withRSA.

    cryptography is imported here, since only this needs it; ansible-core brings it.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(public_key)
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        key.verify(binascii.unhexlify(signature), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def judge(
    found: Sequence[Stored | Unread],
    keys: Mapping[str, bytes] | str,
    hashes: Mapping[Place, str | Unread],
    start: datetime,
    now: datetime,
    listed: Mapping[Place, datetime] | None = None,
) -> Chain:
    """Return what the digests of one account, region and trail prove of the time from start to now.

    found   all digest files of that time, backfill digests among them
    keys    fingerprint -> public key of the trail's region in that time; or why these are not known
    hashes  log file -> SHA-256 of its uncompressed content, or why there is none; what isn't in it was not read
    listed  log files of the account and region in the bucket -> when each was written
    """
    digests: list[Digest] = []
    judged: list[Judged] = []
    unread = {one.place for one in found if isinstance(one, Unread)}
    for one in found:
        if isinstance(one, Unread):
            judged.append(Judged(address(one.place), INVALID if one.missing else UNKNOWN, one.reason))
            continue
        try:
            digests.append(parse(one))
        except Malformed as malformed:
            judged.append(Judged(address(one.place), INVALID, str(malformed)))
            unread.add(one.place)
    named = {digest.place: parse_name(digest.place[1]) for digest in digests}
    backfill = {place for place, name in named.items() if name and name.backfill}
    digests.sort(key=lambda digest: (digest.end, digest.place))
    own = [_digest(digest, keys) for digest in digests]
    links = _links([digest for digest in digests if digest.place not in backfill], start, now, unread)
    files = [
        _log_file(file, hashes.get(file.place), verdict)
        for digest, verdict in zip(digests, own)
        for file in digest.files
    ]
    regular = [digest for digest in digests if digest.place not in backfill]
    begin = min((digest.start for digest in regular), default=None)
    end = max((digest.end for digest in regular), default=None)
    if begin and end:
        files += _unnamed(digests, listed or {}, begin + NEAR, end - NEAR)
    problems = [one for one in (*judged, *own, *links, *files) if one.verdict != VALID]
    return Chain(
        begin,
        end,
        _counts([*judged, *own]),
        _counts(files),
        tuple(sorted(problems, key=lambda one: WORST_FIRST.index(one.verdict))),
    )


def _counts(judged: Sequence[Judged]) -> dict[str, int]:
    found = [one.verdict for one in judged]
    return {verdict: found.count(verdict) for verdict in WORST_FIRST if verdict in found}


def _digest(digest: Digest, keys: Mapping[str, bytes] | str) -> Judged:
    """Judge a digest by itself: where it is, and its signature."""
    file = address(digest.place)
    if digest.named != digest.place:
        return Judged(file, INVALID, f"it was moved: it says that it is {address(digest.named)}")
    name = parse_name(digest.place[1])
    if name and name.end != digest.end:
        return Judged(file, INVALID, f"its content ends at {digest.end_text}, which isn't the time in its name")
    if not digest.signature:
        return Judged(file, INVALID, "it has no signature: the object's metadata were lost, or it isn't CloudTrail's")
    if digest.algorithm not in ("", ALGORITHM):
        return Judged(file, UNKNOWN, f"its signature is {digest.algorithm}, which can't be verified here")
    if isinstance(keys, str):
        return Judged(file, UNKNOWN, f"CloudTrail's public keys are not known: {keys}")
    if digest.fingerprint not in keys:
        return Judged(file, INVALID, f"CloudTrail has no public key {digest.fingerprint} for this region and time")
    if not is_signed(keys[digest.fingerprint], digest.signature, signed_text(digest)):
        return Judged(file, INVALID, "the signature isn't CloudTrail's for this content")
    return Judged(file, VALID)


def _links(digests: Sequence[Digest], start: datetime, now: datetime, unread: Set[Place]) -> list[Judged]:
    """Judge how each digest follows the one before it; sorted by their end, without backfill digests.

    unread: those that exist and are judged already.
    """
    if not digests:
        return [Judged("", UNKNOWN, f"no digest file since {start:%Y-%m-%dT%H:%MZ}")]
    found = []
    there = {digest.place: digest for digest in digests}
    for before, digest in zip((None, *digests), digests):
        file = address(digest.place)
        if digest.previous is None:
            if before:
                says = f"validation was off from {before.end:%Y-%m-%dT%H:%MZ} to {digest.start:%Y-%m-%dT%H:%MZ}"
                found.append(Judged(file, UNKNOWN, f"the chain begins anew: {says}, or somebody restarted it"))
        elif digest.previous in there:
            found += _link(file, digest, there[digest.previous], before)
        elif digest.previous not in unread and _should_exist(digest.previous, start):
            found.append(Judged(address(digest.previous), INVALID, f"it doesn't exist any more; {file} follows it"))
    last = digests[-1].end
    if now - last > LATE:
        says = f"the last digest ends at {last:%Y-%m-%dT%H:%MZ}; there should be one for each hour: later ones were"
        found.append(Judged(address(digests[-1].place), UNKNOWN, f"{says} deleted, or the trail or validation is off"))
    return found


def _should_exist(place: Place, start: datetime) -> bool:
    """False for a digest before the time that was read."""
    name = parse_name(place[1])
    return name is None or name.end > start


def _link(file: str, digest: Digest, previous: Digest, before: Digest | None) -> list[Judged]:
    if previous is not before:
        return [Judged(file, INVALID, f"it follows {address(previous.place)}, which isn't the one before it")]
    if digest.previous_signature != previous.signature:
        return [Judged(address(previous.place), INVALID, f"its signature isn't the one that {file} names")]
    if digest.previous_hash is not None and digest.previous_hash.lower() != previous.content_hash:
        return [Judged(address(previous.place), INVALID, f"its content isn't the one that {file} names")]
    return []


def _log_file(file: LogFile, actual: str | Unread | None, digest: Judged) -> Judged:
    where = address(file.place)
    if isinstance(actual, Unread):
        return Judged(where, INVALID if actual.missing else UNKNOWN, actual.reason)
    if actual is None:
        return Judged(where, UNKNOWN, "it was not read")
    if actual != file.hash:
        return Judged(where, INVALID, "its content isn't what CloudTrail delivered")
    if digest.verdict != VALID:
        return Judged(where, UNKNOWN, f"its digest is {digest.verdict}: {digest.file}")
    return Judged(where, VALID)


def _unnamed(
    digests: Sequence[Digest], listed: Mapping[Place, datetime], begin: datetime, end: datetime
) -> list[Judged]:
    """Judge log files that no digest names: queries read them as they read CloudTrail's own."""
    named = {file.place for digest in digests for file in digest.files}
    says = "no digest names it: CloudTrail delivered it late, or somebody else wrote it"
    return [
        Judged(address(place), UNKNOWN, says)
        for place, written in sorted(listed.items())
        if place not in named and begin <= written <= end
    ]


def as_data(chain: Chain) -> dict[str, Any]:
    """Return a chain for a module's result: times as text, problems as dicts."""
    times = {
        name: value and value.strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, value in (("start", chain.start), ("end", chain.end))
    }
    return {
        "verdict": chain.verdict,
        **times,
        "digests": dict(chain.digests),
        "log_files": dict(chain.log_files),
        "problems": [vars(one) for one in chain.problems],
    }
