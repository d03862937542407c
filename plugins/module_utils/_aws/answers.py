# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that aren't AWS's, and errors that don't name their call: watched where botocore receives them."""

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

# Of operations whose answer has something in it.
ANSWERED = ("Describe", "Get", "List", "Search")


class UnreadableAnswer(HTTPClientError):  # type: ignore[misc]
    """An answer that isn't AWS's, so of a write it isn't known whether it took place."""

    fmt = "what answered isn't AWS: {error}"


def watched(client: Any) -> Any:
    """The client, whose errors name their call, and which takes no other answer for AWS's."""
    client.meta.events.register("before-parse", _refuse_what_is_not_of_aws)
    client.meta.events.register("needs-retry", give_up_on_silence)
    client.meta.events.register("after-call-error", _name_call)
    return client


def _name_call(exception: Any, event_name: str, **_event: Any) -> None:
    """botocore's own errors don't say in which call they came up, as AWS's do."""
    if isinstance(exception, ResponseParserError):
        # botocore quotes the whole body.
        unreadable = UnreadableAnswer(error=" ".join(str(exception).split())[:300])
        unreadable.operation_name = event_name.rpartition(".")[2]
        raise unreadable from exception
    exception.operation_name = event_name.rpartition(".")[2]


def give_up_on_silence(attempts: int, caught_exception: Exception | None = None, **_event: Any) -> None:
    """Ten attempts are for what AWS answers; who is silent is silent again."""
    if attempts >= SILENT_ATTEMPTS and isinstance(caught_exception, (ReadTimeoutError, ConnectTimeoutError)):
        raise caught_exception


def _refuse_what_is_not_of_aws(operation_model: Any, response_dict: Mapping[str, Any], **_event: Any) -> None:
    """A page, half an answer or none would be taken for an answer without items: nothing there."""
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
