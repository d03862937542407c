# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of S3's lists: sizes and tokens, which moto reads in part.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html, API_ListMultipartUploads.html; texts: gaul/s3proxy
and minio/minio for sizes, versity/versitygw#993 for tokens.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult
from moto.s3.exceptions import InvalidArgumentError, InvalidContinuationToken
from moto.s3.responses import S3Response

from emulator.lists import start_of, token_of

MOST = {"max-buckets": 10_000, "max-keys": 1000, "max-uploads": 1000, "max-parts": 1000}
_LARGEST = 2**31 - 1


def size_of(given: str | None, name: str) -> int:
    """Return the size of a page; name: the query's parameter. Raises InvalidArgument for one that S3 doesn't take."""
    most = MOST[name]
    if given is None:
        return most
    try:
        size = int(given)
    except ValueError:
        size = _LARGEST + 1
    if not -_LARGEST - 1 <= size <= _LARGEST:
        raise InvalidArgumentError(f"Provided {name} not an integer or within integer range", name, given)
    smallest, largest = (1, most) if name == "max-buckets" else (0, _LARGEST)
    if not smallest <= size <= largest:
        called = "maxKeys" if name == "max-keys" else name
        text = f"Argument {called} must be an integer between {smallest} and {largest}"
        raise InvalidArgumentError(text, called, given)
    return min(size, most)


class Pages(S3Response):
    def all_buckets(self) -> TYPE_RESPONSE:
        """Answer ListBuckets, ordered by name."""
        self.data["Action"] = "ListAllMyBuckets"
        self._authenticate_and_authorize_s3_action()
        token, prefix = self._get_param("continuation-token"), self._get_param("prefix")
        size = size_of(self._get_param("max-buckets"), "max-buckets")
        start = start_of(token) if token else 0
        if start is None:
            raise InvalidContinuationToken()
        found = self.backend.list_buckets(
            prefix=prefix, bucket_region=self._get_param("bucket-region"), max_buckets=None
        )
        items = sorted(
            ({"Name": each.name, "CreationDate": each.creation_date_ISO8601} for each in found),
            key=lambda item: item["Name"],
        )
        answer: dict[str, Any] = {
            "Owner": {"ID": "bcaf1ffd86f41161ca5fb16fd081034f", "DisplayName": "webfile"},
            "Buckets": items[start : start + size],
        }
        if prefix:
            answer["Prefix"] = prefix
        if start + size < len(items):
            answer["ContinuationToken"] = token_of(start + size)
        self.data["Action"] = "ListBuckets"
        return self.serialized(ActionResult(answer))

    def list_multipart_uploads(self) -> TYPE_RESPONSE:
        """Answer ListMultipartUploads: ordered by key, from after the markers on."""
        query = {name: values[0] for name, values in self.querystring.items()}
        size = size_of(query.get("max-uploads"), "max-uploads")
        marker, upload_id = query.get("key-marker") or "", query.get("upload-id-marker") or ""
        found = sorted(self.backend.list_multipart_uploads(self.bucket_name).values(), key=lambda one: one.key_name)
        found = [one for one in found if one.key_name.startswith(query.get("prefix") or "")]
        ids = [one.id for one in found if one.key_name == marker]
        if marker and upload_id in ids:
            later = set(ids[ids.index(upload_id) + 1 :])
            found = [one for one in found if one.key_name > marker or one.id in later]
        elif marker:
            found = [one for one in found if one.key_name > marker]
        shown, is_truncated = found[:size], len(found) > size > 0
        answer: dict[str, Any] = {
            "Bucket": self.bucket_name,
            "KeyMarker": marker,
            "UploadIdMarker": upload_id,
            "MaxUploads": size,
            "IsTruncated": is_truncated,
            "Uploads": [self._upload(one) for one in shown],
        }
        if is_truncated:
            answer |= {"NextKeyMarker": shown[-1].key_name, "NextUploadIdMarker": shown[-1].id}
        if query.get("prefix"):
            answer["Prefix"] = query["prefix"]
        self.data["Action"] = "ListMultipartUploads"
        return self.serialized(ActionResult(answer))

    def _upload(self, upload: Any) -> dict[str, Any]:
        owner = {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a", "DisplayName": "webfile"}
        return {
            "Key": upload.key_name,
            "UploadId": upload.id,
            "Initiator": owner,
            "Owner": owner,
            "StorageClass": upload.metadata.get("x-amz-storage-class", "STANDARD"),
            "Initiated": upload.initiated,
            "ChecksumAlgorithm": upload.metadata.get("x-amz-checksum-algorithm"),
            "ChecksumType": upload.metadata.get("x-amz-checksum-type"),
        }

    def list_objects(self) -> TYPE_RESPONSE:
        self._bounded("max-keys")
        return super().list_objects()

    def list_objects_v2(self) -> TYPE_RESPONSE:
        self._bounded("max-keys")
        token = self.querystring.get("continuation-token", [None])[0]
        if token is not None and token not in self.backend._pagination_tokens:
            raise InvalidContinuationToken()
        return super().list_objects_v2()

    def list_object_versions(self) -> TYPE_RESPONSE:
        self._bounded("max-keys")
        if self.querystring.get("max-keys") == ["0"]:  # ceph/s3-tests, test_bucket_list_maxkeys_zero
            self.data["Action"] = "ListObjectVersions"
            return self.serialized(ActionResult({"Name": self.bucket_name, "MaxKeys": 0, "IsTruncated": False}))
        return super().list_object_versions()

    def _bounded(self, name: str) -> None:
        """Replace the size of a page by the most that S3 returns, if it is larger."""
        if name in self.querystring:
            self.querystring[name] = [str(size_of(self.querystring[name][0], name))]
