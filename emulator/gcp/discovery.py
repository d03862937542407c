# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google's discovery documents, stripped by tools/google_schemas.py: the method of a request, and its valid body."""

from __future__ import annotations

import functools
import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.gcp.errors import Refused, invalid, required

FOLDER = Path(__file__).parent / "schemas"
# Parameters of every method that the documents don't list.
COMMON = {"$alt", "$prettyPrint", "$userProject", "upload_id"}
_PLACE = re.compile(r"\{(\+?)(\w+)\}")


@dataclass(frozen=True)
class Method:
    """Method of an API. id: compute.networks.insert; service and operation as the call log has them."""

    id: str
    http: str
    flat: re.Pattern[str]
    path: re.Pattern[str]
    parameters: dict[str, dict[str, Any]]
    # The schema of its body, empty without one.
    request: str

    @property
    def service(self) -> str:
        return self.id.partition(".")[0]

    @property
    def operation(self) -> str:
        return self.id.partition(".")[2]


@functools.cache
def document(service: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{service}.json").read_text(encoding="utf-8"))


@functools.cache
def methods() -> dict[tuple[str, int], list[Method]]:
    """Return {(HTTP method, number of the path's words): methods}."""
    found: dict[tuple[str, int], list[Method]] = {}
    for file in sorted(FOLDER.glob("*.json")):
        for name, method in document(file.stem)["methods"].items():
            flat = method.get("flat", method["path"])
            key = method["http"], flat.count("/")
            patterns = _pattern(flat), _pattern(method["path"])
            found.setdefault(key, []).append(
                Method(name, method["http"], *patterns, method["parameters"], method.get("request", ""))
            )
    return found


def find(http: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """Return the method that a request calls and its path parameters."""
    for method in methods().get((http, path.count("/")), ()):
        if method.flat.fullmatch(path) and (match := method.path.fullmatch(path)):
            return method, match.groupdict()
    return None


def _pattern(path: str) -> re.Pattern[str]:
    """Return the expression of a path: {name} is one word, {+name} several."""
    written, end = "", 0
    for place in _PLACE.finditer(path):
        written += re.escape(path[end : place.start()])
        written += f"(?P<{place[2]}>{'.+' if place[1] else '[^/]+'})"
        end = place.end()
    return re.compile(written + re.escape(path[end:]))


def query(method: Method, given: dict[str, list[str]]) -> dict[str, Any]:
    """Return a method's query parameters, repeated ones as lists. Raises Refused for unknown and invalid ones."""
    known = {name: value for name, value in method.parameters.items() if value["location"] == "query"}
    common = COMMON.union(document(method.service)["parameters"])
    values: dict[str, Any] = {}
    for name, words in given.items():
        if name in common:
            continue
        if name not in known:
            raise Refused(
                400,
                "invalid",
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message.",
            )
        if name == "requestId":
            _check_request_id(words[-1])
        values[name] = words if known[name].get("repeated") else words[-1]
        for word in words:
            if known[name]["type"] == "integer" and not word.isdecimal():
                raise invalid(name, word, "Must be an integer.")
    return values


def _check_request_id(text: str) -> None:
    """Raise Refused for a requestId that is no UUID, or the zero UUID: its description in the discovery document."""
    try:
        good = uuid.UUID(text).int != 0
    except ValueError:
        good = False
    if not good:
        raise invalid("requestId", text, "Must be a valid UUID.")


def body(method: Method, given: Any) -> dict[str, Any]:
    """Return a request's body without the fields that only answers have. Raises Refused for invalid ones."""
    if not method.request:
        return {}
    if not isinstance(given, dict):
        raise Refused(400, "parseError", "Invalid JSON payload received. Expected an object.")
    schemas = document(method.service)["schemas"]
    return _Check(schemas, "resource").object(schemas[method.request], given, "")


class _Check:
    """Check of one body against the schemas of its API."""

    def __init__(self, schemas: dict[str, Any], root: str):
        self.schemas, self.root = schemas, root

    def object(self, fields: dict[str, Any], given: dict[str, Any], at: str) -> dict[str, Any]:
        checked = {}
        for given_name, value in given.items():
            # Parsers accept a field's proto name, too: https://protobuf.dev/programming-guides/json/.
            name = given_name if given_name in fields else _camel(given_name)
            if name not in fields:
                where = f" at '{_snake(at)}'" if at else ""
                raise Refused(
                    400,
                    "invalid",
                    f'Invalid JSON payload received. Unknown name "{given_name}"{where}: Cannot find field.',
                )
            if not fields[name].get("readOnly"):
                checked[name] = self.value(fields[name], value, f"{at}.{name}" if at else name)
        return checked

    def value(self, schema: dict[str, Any], given: Any, at: str) -> Any:
        if given is None:
            return None
        if "$ref" in schema:
            schema = {"type": "object", "properties": self.schemas[schema["$ref"]]}
        kind = schema.get("type", "any")
        if kind == "any":
            return given
        if kind == "array":
            self._is(isinstance(given, list) and None not in given, given, at, "an array without null")
            return [self.value(schema["items"], item, f"{at}[{number}]") for number, item in enumerate(given)]
        if kind == "object":
            self._is(isinstance(given, dict), given, at, "an object")
            if "additionalProperties" in schema:
                of = schema["additionalProperties"]
                return {str(key): self.value(of, value, f"{at}.{key}") for key, value in given.items()}
            return self.object(schema.get("properties", {}), given, at)
        return self._scalar(kind, schema, given, at)

    def _scalar(self, kind: str, schema: dict[str, Any], given: Any, at: str) -> Any:
        if kind == "boolean":
            self._is(isinstance(given, bool), given, at, "a boolean")
        elif kind == "integer":
            digits = isinstance(given, str) and given.lstrip("-").isdecimal()
            self._is(digits or (isinstance(given, int) and not isinstance(given, bool)), given, at, "an integer")
            return int(given)
        elif kind == "number":
            self._is(isinstance(given, (int, float)) and not isinstance(given, bool), given, at, "a number")
        else:
            whole = isinstance(given, int) and not isinstance(given, bool) and schema.get("format")
            self._is(isinstance(given, str) or bool(whole), given, at, "a string")
            given = str(given)
            if "enum" in schema and given not in schema["enum"]:
                raise invalid(f"{self.root}.{at}", given, "Must be one of: " + ", ".join(schema["enum"]) + ".")
            if schema.get("pattern") and not re.fullmatch(schema["pattern"], given):
                raise invalid(f"{self.root}.{at}", given, f"Must be a match of regex '{schema['pattern']}'")
        return given

    def _is(self, good: bool, given: Any, at: str, kind: str) -> None:
        if not good:
            raise invalid(f"{self.root}.{at}", given, f"Must be {kind}.")


def _snake(at: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", at)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda letter: letter[1].upper(), name)


def need(given: dict[str, Any], *fields: str) -> None:
    """Raise Refused for the first of the fields that is missing or empty."""
    for field in fields:
        if given.get(field) in (None, "", []):
            raise required(f"resource.{field}")
