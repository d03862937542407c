# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hooks of botocore that refuse answers which aren't AWS's, and name the call in errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .retries import SILENT_ATTEMPTS

try:
    from botocore.exceptions import ConnectTimeoutError, HTTPClientError, ReadTimeoutError
    from botocore.parsers import ResponseParserError
except ImportError:
    HTTPClientError = Exception  # module.run says what is missing

# Prefixes of operations whose answer is never empty.
ANSWERED = ("Describe", "Get", "List", "Search")


class UnreadableAnswer(HTTPClientError):  # type: ignore[misc]
    """An answer that isn't AWS's, so a write may or may not have taken place."""

    fmt = "what answered isn't AWS: {error}"


def watched(client: Any) -> Any:
    """Return the client with the hooks: its errors name their call, and it refuses answers that aren't AWS's."""
    client.meta.events.register("before-parse", _refuse_what_is_not_of_aws)
    client.meta.events.register("needs-retry", give_up_on_silence)
    client.meta.events.register("after-call-error", _name_call)
    return client


def _name_call(exception: Any, event_name: str, **_event: Any) -> None:
    """Add the operation's name to botocore's own errors, which lack it, unlike AWS's.

    Raises UnreadableAnswer in place of ResponseParserError, and an error that says less in place of urllib3's of an
    address that can't be read: it is a proxy's, and the text quotes a password with a character such as # or /.
    """
    if type(getattr(exception, "kwargs", {}).get("error")).__name__ == "LocationParseError":
        exception = HTTPClientError(
            error="the address of a proxy (HTTPS_PROXY, HTTP_PROXY) can't be read; a user and password in it are"
            " URL-encoded"
        )
        exception.operation_name = event_name.rpartition(".")[2]
        raise exception from None
    if isinstance(exception, ResponseParserError):
        # botocore quotes the whole body.
        unreadable = UnreadableAnswer(error=" ".join(str(exception).split())[:300])
        unreadable.operation_name = event_name.rpartition(".")[2]
        raise unreadable from exception
    exception.operation_name = event_name.rpartition(".")[2]


def give_up_on_silence(attempts: int, caught_exception: Exception | None = None, **_event: Any) -> None:
    """Raise a timeout after SILENT_ATTEMPTS: ten attempts are for calls that AWS answers; silence repeats itself."""
    if attempts >= SILENT_ATTEMPTS and isinstance(caught_exception, (ReadTimeoutError, ConnectTimeoutError)):
        raise caught_exception


def _refuse_what_is_not_of_aws(operation_model: Any, response_dict: Mapping[str, Any], **_event: Any) -> None:
    """Raise ResponseParserError for a page, half an answer or none: botocore would read an answer without items."""
    body = response_dict["body"]
    if response_dict["status_code"] >= 300 or not isinstance(body, bytes):
        return
    begins = body.lstrip()[:500].lower()
    if not begins:
        members = operation_model.output_shape.members.values() if operation_model.output_shape else ()
        if operation_model.name.startswith(ANSWERED) and any(
            "location" not in shape.serialization for shape in members
        ):
            raise ResponseParserError("it is empty")
    elif begins.startswith(b"<"):
        if b"<html" in begins:
            raise ResponseParserError("it is a page (HTML)")
    else:
        try:
            json.loads(body)
        except ValueError:
            raise ResponseParserError(f"it is neither XML nor JSON: {body[:60]!r}") from None
