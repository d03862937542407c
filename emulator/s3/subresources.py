# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sub-resources of S3's buckets and objects: those that are answered, by HTTP method; calls about others are refused.

moto ignores a sub-resource that it doesn't know: it would delete the bucket when its analytics are to be deleted.
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from moto.core.utils import get_service_model

BUCKET, OBJECT = "bucket", "object"
_BOTH = "tagging website cors lifecycle publicAccessBlock encryption replication ownershipControls"
HANDLED: dict[tuple[str, str], frozenset[str]] = {
    (level, method): frozenset(names.split())
    for (level, method), names in {
        (
            BUCKET,
            "GET",
        ): f"{_BOTH} object-lock uploads location versioning policyStatus policy acl logging notification "
        "accelerate inventory versions requestPayment",
        (BUCKET, "PUT"): f"{_BOTH} object-lock versioning policy acl logging notification accelerate inventory "
        "requestPayment",
        (BUCKET, "DELETE"): f"{_BOTH} policy",
        (BUCKET, "POST"): "delete",
        (OBJECT, "GET"): "acl tagging legal-hold attributes retention",
        (OBJECT, "PUT"): "retention legal-hold acl tagging",
        (OBJECT, "DELETE"): "tagging",
        (OBJECT, "POST"): "uploads restore select",
    }.items()
}


@functools.cache
def _operations() -> dict[tuple[str, str], dict[str, list[str]]]:
    """Return {(bucket or object, method): {sub-resource: operations}} of the API model."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    model: Any = get_service_model("s3")
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        level = OBJECT if "{Key" in path else BUCKET if "{Bucket" in path else ""
        for key, value in parse_qsl(query, keep_blank_values=True):
            if not value:
                found.setdefault((level, http["method"]), {}).setdefault(key, []).append(name)
    return found


def check(level: str, method: str, url: str) -> None:
    """Raise NotImplementedError for a request about a sub-resource that isn't answered."""
    known = _operations().get((level, method), {})
    handled = HANDLED.get((level, method), frozenset())
    for key, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if key in known and key not in handled:
            raise NotImplementedError(f"sub-resource {key}")


def refused() -> set[str]:
    """Return the operations of S3 that are refused."""
    of_subresources = {
        name
        for at, known in _operations().items()
        for key, names in known.items()
        for name in names
        if key not in HANDLED.get(at, frozenset())
    }
    return of_subresources | {"WriteGetObjectResponse"}  # at a host of its own
