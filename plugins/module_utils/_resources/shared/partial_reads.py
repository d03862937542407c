# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads that leave out, and tell, what the credential may not read: for modules that only look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._aws.errors import classify, code_of
from ..._core.cloud import Meaning

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # module.run says what is missing

# What a region without the feature answers; there it stops nothing.
UNKNOWN_TO_AWS = ("InvalidAction", "UnsupportedOperation")


def read_if_allowed(kind: str, action: str, reading: Callable[[], Any], where_unknown: Any = None) -> dict[str, Any]:
    """{kind: what was read}, or {"denied": {kind: action}}, or {"unread": {kind: why}}.

    action: of IAM; or a service's prefix alone, where `reading` calls several of its operations
    where_unknown: what stands for the answer of a region that doesn't know the operation
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


def merge_reads(facts: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The facts with the answers of read_if_allowed, and all that is hidden of both."""
    hidden = {
        why: {kind: text for part in (facts, *parts) for kind, text in part.get(why, {}).items()}
        for why in ("denied", "unread")
    }
    return {key: value for part in (facts, *parts) for key, value in part.items()} | hidden
