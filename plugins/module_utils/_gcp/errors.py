# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google's errors: of an answer, of an operation, of the connection and of the credential; their meanings and texts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .._core.cloud import Meaning
from .codes import FAULTS, MEANINGS, OF_STATUS, plain

# An organization policy refuses with the status and reason of a stale fingerprint: GoogleCloudPlatform/cloud-ops-
# sandbox#392, "Constraint constraints/compute.restrict... violated for projects/P".
POLICY = re.compile(r"\bconstraints/[\w.]+")
# Of a write that names another project, such as one of an accept list that was deleted (Google's guide for producers,
# "Troubleshooting"): it won't be found a moment later, unlike a resource that was just created.
NO_PROJECT = re.compile(r"The resource '?(projects/)?([^/'\s]+)'? was not found")
LONGEST, LONGEST_CODE = 600, 100
# A token in a text, such as that of a proxy's page which shows the headers that it got. No option has one that the
# credential made or the environment gave, so Ansible can't hide it.
TOKEN = re.compile(
    r"(\bBearer\s+|\bya29\.|\"(?:access_?token|id_?token|refresh_?token|private_?key)\"\s*:\s*\")[^\s\"',;}]+",
    re.IGNORECASE,
)


class GoogleError(Exception):
    """A call that failed.

    status     of HTTP; 0 if there is no answer
    code       Google's reason or code, or the name of the exception of the connection or credential
    message    Google's text, of one line
    operation  id of the method: compute.networks.get
    method     its verb
    meaning    what it means to the engine
    service, consumer   of an API that isn't enabled: compute.googleapis.com, projects/NUMBER
    transient  it may end by itself: a fault of Google or of the connection
    pause      seconds that Google asks to wait
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        operation: str,
        method: str = "GET",
        meaning: Meaning | None = None,
    ) -> None:
        message = TOKEN.sub(r"\1(not shown)", " ".join(str(message).split()))
        self.status = status
        self.code = code[:LONGEST_CODE]
        self.message = message if len(message) <= LONGEST else f"{message[:LONGEST]}..."
        self.operation = operation
        self.method = method
        self.meaning = meaning or _meaning(status, code, message, method)
        self.service = self.consumer = ""
        self.transient = status in FAULTS
        self.pause = 0.0
        super().__init__(f"{self.code}: {self.message}")


def of_answer(status: int, body: bytes, operation: str, method: str) -> GoogleError:
    """Error of an answer with this status: Compute Engine's form, google.rpc's, OAuth's, or a page of a proxy."""
    try:
        told = json.loads(body)["error"]
        if isinstance(told, str):  # OAuth: {"error": "invalid_grant", "error_description": ...}
            told = {"status": told, "message": json.loads(body).get("error_description", "")}
        first: Mapping[str, Any] = (told.get("errors") or [{}])[0]
        info = _info(told)
        code = first.get("reason") or info.get("reason") or told.get("status") or str(status)
        error = GoogleError(status, str(code), str(told.get("message") or "no message"), operation, method)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        # Not Google's: a 404 of a proxy doesn't mean that the resource doesn't exist.
        meaning = Meaning.OTHER if method == "GET" else Meaning.LOST
        code = str(status) if status in FAULTS else "UnreadableAnswer"
        return GoogleError(status, code, f"status {status}: {page(body)}", operation, method, meaning)
    metadata = info.get("metadata") or {}
    if isinstance(metadata, Mapping):
        error.service, error.consumer = str(metadata.get("service", "")), str(metadata.get("consumer", ""))
    return error


def of_operation(operation: Mapping[str, Any], name: str, method: str) -> GoogleError:
    """Error of an operation that is DONE with errors; the first one's code, and all texts."""
    try:
        errors = (operation.get("error") or {}).get("errors") or [{}]
        status = int(operation.get("httpErrorStatusCode") or 400)
        code = str(errors[0].get("code") or operation.get("httpErrorMessage") or status)
        message = "; ".join(str(error.get("message") or error.get("code") or "no message") for error in errors)
    except (ValueError, KeyError, TypeError, AttributeError):
        text = f"the error of its operation can't be read: {operation.get('error')}"
        return GoogleError(0, "UnreadableAnswer", text, name, method, Meaning.LOST)
    return GoogleError(status, code, message, name, method)


def classify(error: Exception) -> Meaning:
    """Return the Meaning of an error."""
    return error.meaning if isinstance(error, GoogleError) else Meaning.OTHER


def code_of(error: Exception) -> str:
    """Google's reason or code, or the name of the exception."""
    return error.code if isinstance(error, GoogleError) else type(error).__name__


def describe(error: Exception) -> str:
    """Text of an error: the call, and Google's code and message."""
    if isinstance(error, GoogleError):
        return f"{error.operation}: {error.code}: {error.message.rstrip('.')}"
    return f"{type(error).__name__}: {error}".rstrip(".")


def _meaning(status: int, code: str, message: str, method: str) -> Meaning:
    if status == 401:
        return Meaning.EXPIRED  # also the code `required`, which is one of bad input elsewhere
    meaning = MEANINGS.get(plain(code)) or OF_STATUS.get(status) or Meaning.REFUSED
    if status == 429 and meaning is Meaning.REFUSED and "quota" not in plain(code):
        meaning = Meaning.THROTTLED
    if meaning is Meaning.GONE and NO_PROJECT.match(message):
        return Meaning.REFUSED
    if meaning is Meaning.STALE and POLICY.search(message):
        return Meaning.REFUSED
    if meaning is Meaning.LOST and method == "GET":
        return Meaning.OTHER  # nothing can have taken place
    return meaning


def _info(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """google.rpc.ErrorInfo of an error (https://google.aip.dev/193), {} if it has none."""
    for detail in told.get("details") or ():
        if isinstance(detail, Mapping) and str(detail.get("@type", "")).endswith("google.rpc.ErrorInfo"):
            return detail
    return {}


def page(body: bytes) -> str:
    """Text of an answer that isn't Google's JSON: its beginning, or that it is HTML."""
    begins = body[:200].decode("utf-8", "replace").strip()
    if "<html" in begins.lower() or "<!doctype" in begins.lower():
        return "the answer is a page (HTML), of a proxy or of Google's front end"
    return begins or "no text"
