# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects in the emulator's S3, read in the name of the query's caller."""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeKey, s3_backends

from emulator.athena.errors import QueryFailed
from emulator.iam.resource_policies import may
from emulator.principals import Principal
from emulator.s3 import encryption


class Storage:
    """The buckets as one caller may read them. "You must have permissions to access the underlying data in Amazon S3":
    https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
    """

    def __init__(self, principal: Principal, region: str):
        self._principal, self._region = principal, region
        self._listed: dict[tuple[str, str], list[Any]] = {}

    def objects(self, bucket: str, prefix: str) -> list[Any]:
        """Return moto's objects whose keys begin with the prefix, by key. Raises QueryFailed."""
        if (bucket, prefix) not in self._listed:
            found = s3_backends.bucket_accounts.get(bucket)
            if found is None:
                # The text: https://repost.aws/knowledge-center/athena-no-such-bucket-error (not verified)
                raise QueryFailed(f"HIVE_FILESYSTEM_ERROR: The specified bucket does not exist: {bucket}")
            partition, account_id = found
            keys = s3_backends[account_id][partition].buckets[bucket].keys
            found_keys = [keys[name] for name in sorted(keys) if name.startswith(prefix)]
            # moto keeps delete markers among the objects.
            self._listed[bucket, prefix] = [item for item in found_keys if isinstance(item, FakeKey)]
        return self._listed[bucket, prefix]

    def require_listing(self, bucket: str, prefix: str) -> None:
        """Require the permission to list a prefix. Raises QueryFailed."""
        partition, _account_id = s3_backends.bucket_accounts.get(bucket, ("aws", ""))
        self._require("s3:ListBucket", f"arn:{partition}:s3:::{bucket}", {"s3:prefix": prefix})

    def read(self, bucket: str, item: Any) -> bytes:
        partition, _account_id = s3_backends.bucket_accounts[bucket]
        self._require("s3:GetObject", f"arn:{partition}:s3:::{bucket}/{item.name}", {})
        self._decrypt(bucket, item.name)
        return item.value

    def _decrypt(self, bucket: str, name: str) -> None:
        """Require what an object with SSE-KMS needs: https://docs.aws.amazon.com/athena/latest/ug/encryption.html"""
        for use in encryption.uses("GetObject", {"Bucket": bucket, "Key": name}):
            key, fault = encryption.resolved(use, self._principal.account_id)
            if fault is not None:
                raise QueryFailed(f"HIVE_FILESYSTEM_ERROR: {fault.code}: {fault.message}")  # not verified
            if key is not None:
                self._require(use.action, key.arn, use.context)

    def _require(self, action: str, resource: str, context: dict[str, Any]) -> None:
        if not may(self._principal, action, resource, context, self._region).allows:
            raise QueryFailed(
                f"PERMISSION_DENIED: {self._principal.arn} is not authorized to perform: {action} on resource: "
                f"{resource}"  # the text is not verified
            )
