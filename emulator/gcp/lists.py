# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists: filter, pages, and aggregated ones by scope."""

from __future__ import annotations

import base64
import re
import sys
from typing import Any

from emulator.gcp.errors import invalid

LARGEST = 500
# One comparison, both syntaxes of https://cloud.google.com/compute/docs/reference/rest/v1/networks/list#query-parameters.
_COMPARED = re.compile(r'^\(?\s*([\w.]+)\s*(=|!=|eq|ne|:)\s*"?([^")]*)"?\s*\)?$')


def page(items: list[dict[str, Any]], params: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """Return the items of the asked page and the token of the next one, empty on the last."""
    items = [item for item in items if _matches(item, params.get("filter", ""))]
    most = int(params.get("maxResults", LARGEST))
    if not 1 <= most <= LARGEST:
        raise invalid("maxResults", most, f"Must be between 1 and {LARGEST}.")
    start = _start(params.get("pageToken", ""))
    token = base64.urlsafe_b64encode(str(start + most).encode()).decode() if len(items) > start + most else ""
    return items[start : start + most], token


def _start(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token.encode())) if token else 0
    except ValueError:
        raise invalid("pageToken", token, "The page token is invalid.") from None


def _matches(item: dict[str, Any], expression: str) -> bool:
    for part in re.split(r"\s+AND\s+|(?<=\))\s*(?=\()", expression.strip()):
        if part and not _one(item, part):
            return False
    return True


def _one(item: dict[str, Any], part: str) -> bool:
    compared = _COMPARED.match(part)
    if compared is None:
        print(f"emulator: unsupported filter {part!r}", file=sys.stderr, flush=True)
        raise invalid("filter", part, "Invalid list filter expression.")
    field, sign, wanted = compared.groups()
    value: Any = item
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    text = str(value).lower() if isinstance(value, bool) else str(value or "")
    if sign == ":":
        return wanted == "*" and value is not None or wanted.strip("*") in text
    try:
        equal = re.fullmatch(wanted, text) is not None if sign in ("eq", "ne") else text == wanted
    except re.error:
        raise invalid("filter", part, "Invalid list filter expression.") from None
    return equal == (sign in ("=", "eq"))


def listed(kind: str, path: str, shown: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a list. An empty one has no items, as recorded lists."""
    items, token = page(shown, params)
    answer: dict[str, Any] = {
        "kind": f"{kind}List",
        "id": path,
        "selfLink": f"https://www.googleapis.com/compute/v1/{path}",
    }
    if items:
        answer["items"] = items
    if token:
        answer["nextPageToken"] = token
    return answer


def aggregated(
    kind: str, path: str, scopes: list[str], shown: list[tuple[str, dict[str, Any]]], params: dict[str, Any]
) -> dict[str, Any]:
    """Return the answer of an aggregated list; an empty scope has a warning (recorded, gcpdiag).

    shown: [(scope, item)].
    """
    collection = path.rpartition("/")[2]
    scope_of = {id(item): scope for scope, item in shown}
    items, token = page([item for _, item in shown], params)
    answer: dict[str, Any] = {}
    for scope in scopes:
        inside = [item for item in items if scope_of[id(item)] == scope]
        answer[scope] = {collection: inside} if inside else {"warning": _empty(scope)}
    told = {"kind": f"{kind}AggregatedList", "id": path, "items": answer}
    return told | ({"nextPageToken": token} if token else {})


def _empty(scope: str) -> dict[str, Any]:
    return {
        "code": "NO_RESULTS_ON_PAGE",
        "message": f"No results for the scope '{scope}'.",
        "data": [{"key": "scope", "value": scope}],
    }
