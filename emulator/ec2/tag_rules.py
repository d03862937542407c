# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys of tags that AWS refuses: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emulator.ec2.errors import invalid_value


def check_tag_key(key: str) -> None:
    if key.lower().startswith("aws:"):
        raise invalid_value(
            f"Value ( {key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use"
        )


def tags_of_pairs(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return {key: value} of a request's tags; refuses a key that is given twice (the text is not verified)."""
    tags: dict[str, str] = {}
    for pair in pairs:
        key = pair.get("Key") or ""
        if key in tags:
            raise invalid_value(f"Duplicate tag key '{key}' specified.")
        tags[key] = pair.get("Value") or ""
    return tags
