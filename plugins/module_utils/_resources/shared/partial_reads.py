# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads that leave out, and report, what the credential may not read: for modules that only read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ..._aws.errors import classify, code_of
from ..._core.cloud import Meaning

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # module.run says what is missing

# Error codes of a region without the feature, which then blocks nothing there.
UNKNOWN_TO_AWS = ("InvalidAction", "UnsupportedOperation")


def read_if_allowed(kind: str, action: str, reading: Callable[[], Any], where_unknown: Any = None) -> dict[str, Any]:
    """Return {kind: what was read}, {"denied": {kind: action}} or {"unread": {kind: reason}}.

    action: an IAM action, or a service's prefix alone where `reading` calls several of its operations
    where_unknown: the result for a region that doesn't know the operation
    """
    try:
        return {kind: reading()}
    except (BotoCoreError, ClientError) as error:
        meaning = classify(error)
        if meaning is Meaning.UNSENT:
            # Route 53 Profiles isn't in every region, and a controller in a closed VPC may lack endpoints.
            return {"unread": {kind: str(error).rstrip(".")}}
        if where_unknown is not None and code_of(error) in UNKNOWN_TO_AWS:
            return {kind: where_unknown}
        if meaning is not Meaning.DENIED:
            raise
        return {"denied": {kind: action if ":" in action else f"{action}:{error.operation_name}"}}


def unless(codes: Collection[str], reading: Callable[[], Any], otherwise: Any) -> Any:
    """Return what was read, or `otherwise` where AWS answers one of these error codes."""
    try:
        return reading()
    except ClientError as error:
        if code_of(error) not in codes:
            raise
        return otherwise


def unless_unreachable(reading: Callable[[], Any], otherwise: Any) -> Any:
    """Return what was read, or `otherwise` where the service isn't reached, as in a region without it."""
    try:
        return reading()
    except BotoCoreError as error:
        if classify(error) is not Meaning.UNSENT:
            raise
        return otherwise


def merge_reads(facts: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the facts with the answers of read_if_allowed, and what is denied and unread of both."""
    hidden = {
        why: {kind: text for part in (facts, *parts) for kind, text in part.get(why, {}).items()}
        for why in ("denied", "unread")
    }
    return {key: value for part in (facts, *parts) for key, value in part.items()} | hidden
