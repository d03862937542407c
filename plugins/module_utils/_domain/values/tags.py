# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of tags as AWS accepts them, and of ignored tags, which modules leave alone. Pure.

The rules: "Tag your Amazon EC2 resources: Tag restrictions"
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..._core.errors import Invalid
from ..._core.ignored_tags import is_ignored
from .connection import CONTROL

OWN = ("closednet:managed", "closednet:name")
MOST = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
# The pattern [\p{L}\p{Z}\p{N}_.:/=+\-@]* of TagKey and TagValue in the API models of these services; here \w
# stands for letters, numbers and _, and the listed characters for \p{Z}.
STRICT_SERVICES = frozenset(("elasticloadbalancing", "iam", "lambda", "organizations"))
STRICT = re.compile(r"[\w \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000.:/=+\-@]*")


def as_text(params: Mapping[str, Any], strict: bool = False) -> Mapping[str, Any]:
    """Return a module's options with its tags as text, as AWS has them. Raises Invalid for wrong tags.

    YAML turns text that looks like a number, boolean or date into one.
    """
    given = params.get("tags")
    if given:
        check("tags", given, strict)
    if params.get("ignore_tags"):
        check_ignored("ignore_tags", params["ignore_tags"], given)
    return {**params, "tags": texts(given)} if given else params


def texts(tags: Mapping[Any, Any] | None) -> dict[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in (tags or {}).items()}


def check(option: str, tags: Any, strict: bool = False) -> None:
    """Check declared tags. strict: some resources are of STRICT_SERVICES. Raises Invalid."""
    if not isinstance(tags, Mapping):
        raise Invalid(option, tags, "is no mapping", "keys with values, such as {team: network}")
    most = MOST - len({*OWN, "Name"} - tags.keys())
    for key, value in tags.items():
        where = f"{option}[{str(key)[:LONGEST_KEY]!r}]"
        if isinstance(value, (Mapping, list, tuple)):
            raise Invalid(where, value, "is no text", "text of up to 256 characters")
        key, text = str(key), "" if value is None else str(value)
        _text(f"{where}: the key", key, LONGEST_KEY, strict)
        _text(where, text, LONGEST_VALUE, strict)
        if not key:
            raise Invalid(where, None, "has no key", "a key of 1 to 128 characters")
        if key.lower().startswith("aws:"):
            raise Invalid(where, text, "is a tag of AWS, which nobody else sets", "a key that doesn't begin with aws:")
        if key in OWN:
            raise Invalid(where, text, "says whose a resource is, and comes by itself", "another key")
    if len(tags) > most:
        raise Invalid(
            option, None, f"has {len(tags)} tags", f"{most} at most: AWS takes 50, and some come by themselves"
        )


def check_ignored(option: str, ignored: Mapping[str, Any], tags: Mapping[str, Any] | None) -> None:
    """Check the option ignore_tags, which must match no own tag and no declared one. Raises Invalid."""
    for name in ("keys", "key_prefixes"):
        if not isinstance(ignored.get(name) or [], (list, tuple)):
            raise Invalid(f"{option}.{name}", ignored[name], "is not a list", "a list of keys, or of how keys begin")
        for index, text in enumerate(ignored.get(name) or ()):
            where = f"{option}.{name}[{index}]"
            _text(where, text, LONGEST_KEY, strict=False)
            if not text:
                raise Invalid(where, text, "is empty", "a key, or how keys begin")
    for own in OWN:
        if is_ignored(own, ignored):
            raise Invalid(option, ignored, f"takes in {own}, which says whose a resource is", "other keys")
    for key in tags if isinstance(tags, Mapping) else ():
        if is_ignored(str(key), ignored):
            raise Invalid(option, ignored, f"takes in {key}, which tags declares", "a tag in one of the two")


def _text(option: str, text: Any, longest: int, strict: bool) -> None:
    if not isinstance(text, str):
        raise Invalid(option, text, "is no text", f"text of up to {longest} characters")
    if len(text) > longest:
        raise Invalid(option, f"{text[:20]}...", f"has {len(text)} characters", f"{longest} at most")
    if CONTROL.search(text):
        raise Invalid(option, text, "has control characters", "text without them")
    if strict and not STRICT.fullmatch(text):
        raise Invalid(option, text, "has what AWS doesn't take here", "letters, digits, spaces and _.:/=+-@")
