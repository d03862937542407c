# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON values and texts of files as values of a column's type."""

from __future__ import annotations

import datetime
import decimal
import json
import re
from typing import Any

from emulator.athena.types import INTEGERS, HiveType

_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2}:\d{2})(\.\d{1,9})?)?Z?")


def from_json(value: Any, kind: HiveType) -> Any:
    """Return a JSON value as the type's. Raises ValueError for one that doesn't fit.

    A column of texts takes any value: an object or array as its JSON, a number or boolean as it is written.
    """
    if value is None:
        return None
    if kind.name in ("string", "varchar", "char"):
        return _encodable(value if isinstance(value, str) else text_of(value))
    if kind.name == "struct":
        if not isinstance(value, dict):
            raise ValueError(f"Data is not JSONObject but {type(value).__name__} with value {value}")
        lowered = {key.lower(): one for key, one in value.items()}
        return {name: from_json(lowered.get(name), field) for name, field in kind.fields}
    if kind.name == "array":
        values = value if isinstance(value, list) else [value]
        return [from_json(one, kind.fields[0][1]) for one in values]
    if kind.name == "map":
        if not isinstance(value, dict):
            raise ValueError(f"Data is not JSONObject but {type(value).__name__} with value {value}")
        return [(from_json(key, kind.fields[0][1]), from_json(one, kind.fields[1][1])) for key, one in value.items()]
    return from_text(value if isinstance(value, str) else text_of(value), kind)


def text_of(value: Any) -> str:
    """Return JSON's text of a value, compact."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _encodable(text: str) -> str:
    """Return the text with ? for half of a surrogate pair, as Java encodes it."""
    return text.encode("utf-8", "replace").decode()


def from_text(text: str, kind: HiveType) -> Any:
    """Return a text as a scalar of the type. Raises ValueError for one that is none."""
    if kind.name in INTEGERS:
        number = int(text)
        if not -(2 ** (INTEGERS[kind.name] - 1)) <= number < 2 ** (INTEGERS[kind.name] - 1):
            raise ValueError(f'For input string: "{text}"')
        return number
    if kind.name in ("float", "double"):
        return float(text)
    if kind.name == "boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError(f'For input string: "{text}"')
        return text.lower() == "true"
    if kind.name == "decimal":
        return decimal.Decimal(text).quantize(decimal.Decimal(1).scaleb(-kind.arguments[1]))
    if kind.name == "date":
        return datetime.date.fromisoformat(text)
    if kind.name == "timestamp":
        return _timestamp(text)
    if kind.name == "binary":
        return text.encode()
    return text


def _timestamp(text: str) -> datetime.datetime:
    """Parse yyyy-MM-dd HH:mm:ss.fff; of the fraction three digits count.

    https://docs.aws.amazon.com/athena/latest/ug/data-types.html: timestamp(3); OpenX also takes ISO 8601:
    https://github.com/rcongiu/Hive-JSON-Serde
    """
    matched = _TIMESTAMP.fullmatch(text)
    if matched is None:
        raise ValueError("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")
    moment = datetime.datetime.fromisoformat(f"{matched[1]} {(matched[2] or '00:00:00').zfill(8)}")
    return moment.replace(microsecond=int((matched[3] or ".0")[1:4].ljust(3, "0")) * 1000)
