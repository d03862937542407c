# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local Google Cloud beside AWS, on the same server: which requests are Google's, and its state.

The rest is imported at the first of these requests, since most tests wait for the start of an AWS without them.
"""

from __future__ import annotations

from typing import Any

PREFIXES = (
    "/compute/v1/",
    "/dns/v1/",
    "/v3/projects",
    "/v3/folders",
    "/v3/organizations",
    "/v1/projects/",
    "/oauth2/token",
)
_seed: dict[str, Any] = {}


def is_google(environ: dict[str, Any]) -> bool:
    """Return true for a request to one of Google's APIs. One with a signature of AWS is AWS's (a bucket named v3)."""
    if not environ.get("PATH_INFO", "").startswith(PREFIXES):
        return False
    signed = environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-")
    return not signed and "Signature=" not in environ.get("QUERY_STRING", "")


def reset(seed: dict[str, Any]) -> None:
    """Go back to the seed's Google Cloud, its key `google`; see seed.py."""
    global _seed, answer
    _seed = seed.get("google") or {}
    answer = _first_answer


def _first_answer(emulator: Any, environ: dict[str, Any], body: bytes) -> Any:
    """Create the seed's world, then answer this request and the following ones with it."""
    global answer
    from emulator.gcp.app import Google  # imported at the first request

    answer = Google(_seed).answer
    return answer(emulator, environ, body)


answer = _first_answer
