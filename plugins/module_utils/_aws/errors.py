# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Meanings and texts of AWS's errors, by the tables in codes.py."""

from __future__ import annotations

from .._core.cloud import Meaning
from .codes import (
    ALREADY,
    EXPIRED,
    GONE,
    IN_USE,
    NAME_TAKEN,
    NOT_READY,
    RETRIED_CONFLICTS,
    STALE,
    STILL_ASSIGNED,
    STILL_IN_USE,
    TAKEN,
    THROTTLED,
    UNKNOWN_CREDENTIAL,
    UNKNOWN_ROLE,
    UNSETTLED,
    WRONG_SIGNATURE,
)

try:
    from botocore.exceptions import (
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        HTTPClientError,
    )
except ImportError:
    ClientError = Exception  # module.run says what is missing


def classify(error: Exception) -> Meaning:
    """Return the Meaning of an error, by AWS's code or botocore's class."""
    if isinstance(error, ClientError):
        return _of_answer(error)
    if isinstance(error, (EndpointConnectionError, ConnectTimeoutError)):
        return Meaning.UNSENT
    return Meaning.LOST if isinstance(error, HTTPClientError) else Meaning.OTHER


def _of_answer(error: ClientError) -> Meaning:
    code = code_of(error)
    if code in THROTTLED:
        return Meaning.THROTTLED
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return Meaning.LOST
    if code in EXPIRED | UNKNOWN_CREDENTIAL | WRONG_SIGNATURE:
        return Meaning.EXPIRED
    if is_denied(code):
        return Meaning.DENIED
    message = error.response["Error"].get("Message") or ""
    if code == "ConflictException" and any(name in error.operation_name for name in RETRIED_CONFLICTS):
        return _of_conflict(message)
    return _of_code(code, message)


def _of_conflict(message: str) -> Meaning:
    """Return the Meaning of a ConflictException of IAM Identity Center."""
    if NAME_TAKEN in message:
        return Meaning.TAKEN
    return Meaning.IN_USE if STILL_ASSIGNED in message else Meaning.UNSETTLED


def _of_code(code: str, message: str) -> Meaning:
    if code in IN_USE or STILL_IN_USE in message:
        return Meaning.IN_USE
    if code in STALE:
        return Meaning.STALE
    if code == "ResourceInUseException" and NAME_TAKEN in message:
        return Meaning.TAKEN
    if code in UNSETTLED or NOT_READY in message:
        return Meaning.UNSETTLED
    if code in ALREADY or any(word in code for word in TAKEN):
        return Meaning.TAKEN
    if any(word in code for word in GONE) or any(text in message for text in UNKNOWN_ROLE):
        return Meaning.GONE
    return Meaning.REFUSED


def code_of(error: Exception) -> str:
    """AWS's error code, or the name of botocore's class."""
    return error.response["Error"].get("Code", "Unknown") if isinstance(error, ClientError) else type(error).__name__


def is_denied(code: str) -> bool:
    return "Unauthorized" in code or "AccessDenied" in code


def describe(error: Exception) -> str:
    """Text of an error: the call, and AWS's code and message, or botocore's class and message."""
    if isinstance(error, ClientError):
        details = error.response["Error"]
        message = (details.get("Message") or "no message").rstrip(".")
        return f"{error.operation_name}: {details.get('Code', 'Unknown')}: {message}"
    call = getattr(error, "operation_name", "")
    return f"{call}: " * bool(call) + f"{type(error).__name__}: {error}".rstrip(".")
