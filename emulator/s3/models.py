# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: moto's buckets and objects, whose locks are judged by the emulator's clock and whose policies are not moto's to
judge."""

from __future__ import annotations

import datetime
import re
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import InvalidBucketName, S3ClientError
from moto.s3.models import FakeBucket, FakeKey, FakeMultipart, S3Backend

from emulator import clock
from emulator.s3 import encryption


class Bucket(FakeBucket):
    def get_permission(self, action: str, resource: str) -> Any:
        """Return that it is permitted: whether it is has been decided before (iam/resource_calls.py, unsigned.py).

        moto reads statements for everyone, without their conditions.
        """
        return PermissionResult.PERMITTED

    def default_retention(self) -> str:
        days = (self.default_lock_days or 0) + 365 * (self.default_lock_years or 0)
        return (clock.now() + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Object(FakeKey):
    @property
    def retained_until(self) -> datetime.datetime | None:
        """Return until when the version is retained, None without a retention."""
        if self.lock_mode not in ("GOVERNANCE", "COMPLIANCE") or not self.lock_until:
            return None
        return datetime.datetime.fromisoformat(self.lock_until.replace("Z", "+00:00"))

    def is_locked(self, governance_bypass: bool) -> bool:
        if self.lock_legal_status == "ON":
            return True
        until = self.retained_until
        if until is None or until <= clock.now():
            return False
        return self.lock_mode == "COMPLIANCE" or not governance_bypass


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
LONGEST_KEY = 1024


def is_bucket_name(name: str) -> bool:
    address = re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name)
    wrong = ".." in name or address or name.startswith(_PREFIXES) or name.endswith(_SUFFIXES)
    return bool(_NAME.fullmatch(name)) and not wrong


class Backend(S3Backend):
    def create_bucket(self, *args: Any, **kwargs: Any) -> FakeBucket:
        if not is_bucket_name(args[0] if args else kwargs["bucket_name"]):
            raise InvalidBucketName()
        bucket = super().create_bucket(*args, **kwargs)
        bucket.__class__ = Bucket
        return bucket

    def put_object(self, *args: Any, **kwargs: Any) -> FakeKey:
        key = args[1] if len(args) > 1 else kwargs["key_name"]
        if len(key.encode()) > LONGEST_KEY:
            raise S3ClientError("KeyTooLongError", "Your key is too long")
        made = super().put_object(*args, **kwargs)
        made.__class__ = Object
        bucket = self.get_bucket(made.bucket_name)
        if bucket.has_default_lock and not made.lock_mode:
            # Also for multipart uploads and for what services put.
            made.lock_mode, made.lock_until = bucket.default_lock_mode, bucket.default_retention()
        if made.encryption in encryption.KMS:
            # Also without a default encryption: its objects' keys are asked for from now on.
            bucket.has_kms = True
        return made

    def create_multipart_upload(self, *args: Any, **kwargs: Any) -> FakeMultipart:
        upload = super().create_multipart_upload(*args, **kwargs)
        upload.initiated = clock.now()
        return upload
