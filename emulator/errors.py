# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS errors in the shape of each service protocol, and error codes of answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response


@dataclass
class Answer:
    """HTTP answer: the part of werkzeug's Response that the emulator needs, in a tenth of the time."""

    status_code: int
    headers: dict[str, str]
    body: bytes

    def get_data(self, as_text: bool) -> str:
        return self.body.decode()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        status = f"{self.status_code} {HTTPStatus(self.status_code).phrase.upper()}"
        start_response(status, [*self.headers.items(), ("Content-Length", str(len(self.body)))])
        return (self.body,)


_XML_CODE = re.compile(r"<Code>([^<]*)</Code>")


def error_response(protocol: str, code: str, message: str, status: int = 400) -> Response:
    """Build an AWS error. `protocol`: ec2, query, json, rest-json, rest-xml or smithy-rpc-v2-cbor."""
    request_id = str(uuid4())
    headers = {"x-amzn-RequestId": request_id}
    if protocol == "smithy-rpc-v2-cbor":
        # https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
        headers |= {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        members = (_cbor_text(text) for text in ("__type", code, "message", message))
        return Response(b"\xa2" + b"".join(members), status, headers)
    if protocol in ("json", "rest-json"):
        headers |= {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
        return Response(json.dumps({"__type": code, "message": message}), status, headers)
    headers["Content-Type"] = "text/xml"
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if protocol == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        fault = "Sender" if status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{fault}</Type>{error}</Error><RequestId>{request_id}</RequestId>"
            "</ErrorResponse>"
        )
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{body}', status, headers)


def _cbor_text(text: str) -> bytes:
    """Encode a text as CBOR: major type 3 with a length of two bytes."""
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2) + encoded


def error_code(response: Response | Answer) -> str | None:
    """Return the AWS error code of an error answer, None for a success."""
    if response.status_code < 400:
        return None
    text = response.get_data(as_text=True)
    if found := _XML_CODE.search(text):
        return found[1]
    try:
        code = json.loads(text)["__type"]
    except (ValueError, KeyError, TypeError):
        code = response.headers.get("x-amzn-ErrorType", "")
    return code.split("#")[-1].split(":")[0] or str(response.status_code)
