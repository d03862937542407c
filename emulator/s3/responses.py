# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

import xmltodict
from moto.core.responses import TYPE_RESPONSE, ActionResult
from moto.s3.exceptions import AccessDeniedByLock, MalformedXML

from emulator.accounts import Accounts
from emulator.iam import resource_calls
from emulator.s3 import policies, subresources, unsigned
from emulator.s3.locks import LOCKED, Locks, Refusal
from emulator.s3.pages import Pages
from emulator.s3.payment import Payment


class S3Responses(Pages, Locks, Payment):
    def _bucket_response(self, request: Any, full_url: str) -> Any:
        subresources.check(subresources.BUCKET, request.method, full_url)
        try:
            return super()._bucket_response(request, full_url)
        except Refusal as refusal:
            return _answer(refusal)

    def _key_response(self, request: Any, full_url: str) -> Any:
        subresources.check(subresources.OBJECT, request.method, full_url)
        try:
            return super()._key_response(request, full_url)
        except Refusal as refusal:
            return _answer(refusal)

    def _key_response_get(self, query: dict[str, Any], key_name: str) -> TYPE_RESPONSE:
        if "retention" in query:
            return self.get_object_retention()
        return super()._key_response_get(query, key_name)

    def _key_response_put(self, query: dict[str, Any], key_name: str) -> TYPE_RESPONSE:
        self.check_headers_of_lock(self.backend.get_bucket(self.bucket_name))
        return super()._key_response_put(query, key_name)

    def _bucket_response_put(self, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "policy" in querystring:
            return self._put_policy(bucket_name)
        if "object-lock" in querystring:
            return self.put_lock_configuration(self.backend.get_bucket(bucket_name))
        if "requestPayment" in querystring:
            return self.put_request_payment(bucket_name)
        if "versioning" in querystring:
            self.put_versioning(self.backend.get_bucket(bucket_name))
        answer = super()._bucket_response_put(request, bucket_name, querystring)
        if self.data.get("Action") == "CreateBucket":
            self._tag_new(bucket_name)
        return answer

    def _tag_new(self, bucket_name: str) -> None:
        """Tag a new bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html"""
        parsed = xmltodict.parse(self.body, force_list=("Tag",)) if self.body else {}
        tags = ((parsed.get("CreateBucketConfiguration") or {}).get("Tags") or {}).get("Tag", [])
        if tags:
            self.backend.put_bucket_tagging(bucket_name, {tag["Key"]: tag["Value"] or "" for tag in tags})

    def _put_policy(self, bucket_name: str) -> TYPE_RESPONSE:
        """Answer PutBucketPolicy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html"""
        bucket = self.backend.get_bucket(bucket_name)
        policy = policies.check(self.body.decode(errors="replace"), bucket_name)
        block = bucket.public_access_block
        if block and block.block_public_policy and policies.is_public(policy):
            text = (
                f"User: {Accounts.principals.find(self.get_access_key()).arn} is not authorized to perform: "
                f's3:PutBucketPolicy on resource: "{bucket.arn}" because public policies are blocked by the '
                "BlockPublicPolicy block public access setting."
            )
            raise Refusal("AccessDenied", text, 403)
        self.backend.put_bucket_policy(bucket_name, self.body)
        return 204, {}, ""

    def _bucket_response_delete_keys(self, bucket_name: str, authenticated: bool = True) -> TYPE_RESPONSE:
        """Answer DeleteObjects: objects that the caller may not delete, or that are locked, are errors in the answer.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
        """
        request = xmltodict.parse(self.body, strip_whitespace=False, force_list=("Object",))["Delete"]
        if not request.get("Object"):
            raise MalformedXML()
        deleted, errors = [], []
        for each in request["Object"]:
            done, error = self._delete_one(bucket_name, each["Key"], each.get("VersionId"))
            (errors if error else deleted).append(error or done)
        quiet = str(request.get("Quiet", "")).strip().lower() == "true"
        self.data["Action"] = "DeleteObjects"
        return self.serialized(ActionResult({"Deleted": [] if quiet else deleted, "Errors": errors}))

    def _delete_one(
        self, bucket_name: str, key: str, version: str | None
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        named = {"Key": key} | ({"VersionId": version} if version else {})
        if text := resource_calls.refused_objects.get((key, version or "")):
            return {}, named | {"Code": "AccessDenied", "Message": text}
        try:
            _done, headers = self.backend.delete_object(bucket_name, key, version_id=version, bypass=self.bypasses)
        except AccessDeniedByLock:
            return {}, named | {"Code": "AccessDenied", "Message": LOCKED}
        marker = None if version else headers.get("version-id")
        return named | ({"DeleteMarker": True, "DeleteMarkerVersionId": marker} if marker else {}), None


def _answer(refusal: Refusal) -> TYPE_RESPONSE:
    response = unsigned.error(refusal.code, refusal.message, refusal.status)
    return response.status_code, dict(response.headers), response.get_data(as_text=True)
