# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who pays for requests of a bucket: GetBucketRequestPayment and PutBucketRequestPayment, which moto lacks."""

from __future__ import annotations

from typing import Any

import xmltodict
from moto.core.responses import TYPE_RESPONSE, ActionResult
from moto.s3.exceptions import MalformedXML
from moto.s3.responses import S3Response

PAYERS = ("BucketOwner", "Requester")


class Payment(S3Response):
    def _bucket_response_get(self, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "requestPayment" not in querystring:
            return super()._bucket_response_get(bucket_name, querystring)
        payer = getattr(self.backend.get_bucket(bucket_name), "payer", PAYERS[0])
        self.data["Action"] = "GetBucketRequestPayment"
        return self.serialized(ActionResult({"Payer": payer}))

    def put_request_payment(self, bucket_name: str) -> TYPE_RESPONSE:
        bucket = self.backend.get_bucket(bucket_name)
        payer = (xmltodict.parse(self.body).get("RequestPaymentConfiguration") or {}).get("Payer")
        if payer not in PAYERS:
            raise MalformedXML()
        bucket.payer = payer
        return 200, {}, ""
