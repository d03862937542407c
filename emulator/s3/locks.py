# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Object Lock: the bucket's configuration, retention and legal hold of versions, and what they refuse.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html, object-lock-configure.html (an existing bucket,
"versioning must be enabled"), and the API reference's pages of the operations. Codes and statuses: ceph/s3-tests,
test_object_lock_*, which run on AWS.
"""

from __future__ import annotations

import datetime
from typing import Any

import xmltodict
from moto.core.responses import TYPE_RESPONSE, ActionResult
from moto.s3.exceptions import AccessDeniedByLock, MissingKey, MissingVersion
from moto.s3.responses import S3Response

from emulator import clock
from emulator.s3.models import Object

LOCKED = "Access Denied because object protected by object lock."
MISSING = "Bucket is missing Object Lock Configuration"


class Refusal(Exception):
    """Refusal of a call, with S3's code, text and HTTP status."""

    def __init__(self, code: str, message: str, status: int):
        super().__init__(code, message, status)
        self.code, self.message, self.status = code, message, status


def malformed() -> Refusal:
    text = "The XML you provided was not well-formed or did not validate against our published schema"
    return Refusal("MalformedXML", text, 400)


class Locks(S3Response):
    @property
    def bypasses(self) -> bool:
        """True if the call asks to bypass governance; whether it may has been decided before."""
        return self.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"

    def put_lock_configuration(self, bucket: Any) -> TYPE_RESPONSE:
        """Answer PutObjectLockConfiguration."""
        if bucket.versioning_status != "Enabled":
            text = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
            raise Refusal("InvalidBucketState", text, 409)
        configuration = self._parsed("ObjectLockConfiguration")
        if configuration.get("ObjectLockEnabled") != "Enabled":
            raise malformed()
        rule = (configuration.get("Rule") or {}).get("DefaultRetention") or {}
        mode, days, years = rule.get("Mode"), rule.get("Days"), rule.get("Years")
        if rule:
            if mode not in ("GOVERNANCE", "COMPLIANCE") or (days is None) == (years is None):
                raise malformed()
            if int(days or years) <= 0:
                text = "Default retention period must be a positive integer value."
                raise Refusal("InvalidRetentionPeriod", text, 400)
        bucket.object_lock_enabled = True
        bucket.default_lock_mode, bucket.default_lock_days, bucket.default_lock_years = (
            mode,
            int(days) if days else None,
            int(years) if years else None,
        )
        return 200, {}, ""

    def put_versioning(self, bucket: Any) -> None:
        if bucket.object_lock_enabled and b"<Status>Suspended" in self.body:
            text = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            raise Refusal("InvalidBucketState", text, 409)

    def check_headers_of_lock(self, bucket: Any) -> None:
        """Raise Refusal for a new object's retention that S3 doesn't take."""
        mode = self.headers.get("x-amz-object-lock-mode")
        until = self.headers.get("x-amz-object-lock-retain-until-date")
        if (mode or until or self.headers.get("x-amz-object-lock-legal-hold")) and not bucket.object_lock_enabled:
            raise Refusal("InvalidRequest", MISSING, 400)
        if bool(mode) != bool(until):
            names = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode"
            raise Refusal("InvalidArgument", f"{names} must both be supplied", 400)
        if mode:
            _in_future(until)

    def put_object_retention(self) -> TYPE_RESPONSE:
        """Answer PutObjectRetention: a retention is extended freely, else bypassed if it is governance."""
        version = self._locked_version()
        retention = self._parsed("Retention")
        mode, until = retention.get("Mode"), retention.get("RetainUntilDate")
        if retention and (mode not in ("GOVERNANCE", "COMPLIANCE") or not until):
            raise malformed()
        if until:
            _in_future(until)
        before, now = version.retained_until, clock.now()
        in_force = before is not None and before > now
        extended = bool(until) and in_force and mode == version.lock_mode and _moment(until) >= before
        stricter = bool(until) and in_force and mode == "COMPLIANCE" and _moment(until) >= before and self.bypasses
        free = not in_force or extended or stricter
        if not free and (version.lock_mode == "COMPLIANCE" or not self.bypasses):
            raise Refusal("AccessDenied", LOCKED, 403)
        version.lock_mode, version.lock_until = mode, until
        return 200, {}, ""

    def get_object_retention(self) -> TYPE_RESPONSE:
        """Answer GetObjectRetention, which moto lacks."""
        version = self._locked_version()
        if version.retained_until is None:
            raise _no_configuration()
        self.data["Action"] = "GetObjectRetention"
        retention = {"Mode": version.lock_mode, "RetainUntilDate": version.retained_until}
        return self.serialized(ActionResult({"Retention": retention}))

    def get_object_legal_hold(self) -> TYPE_RESPONSE:
        if self._locked_version().lock_legal_status is None:
            raise _no_configuration()
        return super().get_object_legal_hold()

    def put_object_legal_hold(self) -> TYPE_RESPONSE:
        version = self._locked_version()
        status = self._parsed("LegalHold").get("Status")
        if status not in ("ON", "OFF"):
            raise malformed()
        version.lock_legal_status = status
        return 200, {}, ""

    def delete_object(self) -> TYPE_RESPONSE:
        """Answer DeleteObject: without a version a delete marker, which no lock refuses."""
        version = self._get_param("versionId")
        found = self.backend.get_object(self.bucket_name, self.parse_key_name(), version_id=version)
        if version and isinstance(found, Object) and found.is_locked(self.bypasses):
            raise Refusal("AccessDenied", LOCKED, 403)
        try:
            return super().delete_object()
        except AccessDeniedByLock:
            raise Refusal("AccessDenied", LOCKED, 403) from None

    def _locked_version(self) -> Any:
        """Return the version that the call names, of a bucket with Object Lock. Raises Refusal."""
        if not self.backend.get_bucket(self.bucket_name).object_lock_enabled:
            raise Refusal("InvalidRequest", MISSING, 400)
        key, version = self.parse_key_name(), self._get_param("versionId")
        found = self.backend.get_object(self.bucket_name, key, version_id=version)
        if found is None:
            raise MissingVersion() if version else MissingKey(key=key)
        return found

    def _parsed(self, root: str) -> dict[str, Any]:
        try:
            return xmltodict.parse(self.body)[root] or {}
        except Exception:  # the body is any text that a caller sends
            raise malformed() from None


def _moment(text: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise malformed() from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def _in_future(text: str) -> None:
    if _moment(text) <= clock.now():
        raise Refusal("InvalidArgument", "The retain until date must be in the future!", 400)


def _no_configuration() -> Refusal:
    text = "The specified object does not have a ObjectLock configuration"
    return Refusal("NoSuchObjectLockConfiguration", text, 404)
