# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks that hold for every option, beyond types and choices, which Ansible checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import escape
from .errors import Invalid, did_you_mean

Spec = Mapping[str, Mapping[str, Any]]

# Options that hold what somebody else wrote, a log or a plan: none of it is sent to AWS.
QUOTED = ("error_text", "doctor_error_text", "approved_plan")
# SQL has lines, and texts of any letters; its modules check it.
SQL = ("query",)
# These may be empty, as an AWX survey leaves them, and then count as not given.
CONNECTION = (
    *("profile", "aws_profile", "region", "assume_role_arn", "assume_role_external_id", "endpoint_url"),
    *("access_key", "secret_key", "session_token", "aws_ca_bundle"),
    *("service_account_file", "access_token", "impersonate_service_account"),
)
# The longest text that AWS accepts is an SSH public key of 16,384 bits.
MOST_CHARACTERS = 4096
ONE_LINE = "text of one line without control and invisible characters (in YAML `>-` folds lines, `>` ends them)"


def problems(spec: Spec, given: Mapping[str, Any], where: str = "") -> Iterator[Invalid]:
    """Yield an Invalid for each problem of the given options, at every depth.

    Problems are options that aren't in the specification; text that is empty, too long, of several lines or with
    invisible characters; nulls in lists; lists and mappings where text is expected, which Ansible would turn into
    Python's notation; anything else where a mapping is expected.

    spec: of a module or role, in Ansible's form; given: the options before or after Ansible's own check.
    """
    known = {alias: option for option, of_it in spec.items() for alias in (option, *of_it.get("aliases", ()))}
    for name, value in given.items():
        if name in known:
            yield from _of_option(f"{where}{name}", spec[known[name]], value, name in (*QUOTED, *SQL))
        else:
            # Without its value: a misspelt option may hold a secret.
            problem = f"is no option{did_you_mean(name, known)}"
            yield Invalid(f"{where}{name}", None, problem, f"one of {', '.join(sorted(spec))}")


def contents(spec: Spec, given: Mapping[str, Any]) -> set[str]:
    """Return the values of paths that are a file's content instead, such as a key: -vvv would show them."""
    paths = [given.get(name) for name, of_it in spec.items() if of_it.get("type") == "path"]
    return {str(value) for value in paths if value and escape.is_content(value)}


def _is_secret(spec: Mapping[str, Any], value: Any) -> bool:
    return bool(spec.get("no_log")) or (spec.get("type") == "path" and escape.is_content(value))


def _of_option(where: str, spec: Mapping[str, Any], value: Any, quoted: bool) -> Iterator[Invalid]:
    kind, secret = spec.get("type", "str"), _is_secret(spec, value)
    told = None if secret else value
    if kind == "list" and isinstance(value, (list, tuple)):
        item = {**spec, "type": spec.get("elements")}
        for index, each in enumerate(value):
            if each is None:
                yield Invalid(f"{where}[{index}]", None, "is null", "a value, or no item")
            else:
                yield from _of_option(f"{where}[{index}]", item, each, quoted)
    elif kind == "list" and isinstance(value, Mapping):
        yield Invalid(where, told, "is a mapping", "a list")
    elif "options" in spec and isinstance(value, Mapping):
        yield from problems(spec["options"], value, f"{where}.")
    elif kind == "dict" and not _is_mapping(value):
        yield Invalid(where, told, "is no mapping", "names with values")
    elif kind in ("str", "path"):
        yield from _of_scalar(where, spec, value, quoted)
    elif not quoted:
        yield from _of_text(where, value, secret)


def _of_scalar(where: str, spec: Mapping[str, Any], value: Any, quoted: bool) -> Iterator[Invalid]:
    secret = _is_secret(spec, value)
    if isinstance(value, (list, tuple, Mapping)):
        problem = f"is a {'mapping' if isinstance(value, Mapping) else 'list'}"
        yield Invalid(where, None if secret else value, problem, "text")
    elif value == "" and not _may_be_empty(where, spec):
        yield Invalid(where, value, "is empty", "text, or no such option")
    elif not quoted:
        yield from _of_text(where, value, secret)


def _is_mapping(value: Any) -> bool:
    """Return true for a mapping, None, or text that Ansible reads as a mapping: JSON, or key=value."""
    if isinstance(value, str):
        return re.match(r"\s*\{|.*=", value) is not None
    return value is None or isinstance(value, Mapping)


def _may_be_empty(where: str, spec: Mapping[str, Any]) -> bool:
    return spec.get("default") == "" or where in CONNECTION or where in QUOTED


def _of_text(where: str, value: Any, secret: bool) -> Iterator[Invalid]:
    """Yield problems of text in a value, also within lists and mappings of the user's own names, such as tags."""
    if where.endswith("tags") and isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, (list, tuple, Mapping)):
                yield Invalid(f"{where}.{key}", item, "is a list or mapping", "text")
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _of_text(f"{where} (its key)", key, secret)
            yield from _of_text(f"{where}.{key}", item, secret)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _of_text(f"{where}[{index}]", item, secret)
    elif isinstance(value, str):
        yield from _of_line(where, value, None if secret else value)


def _of_line(where: str, value: str, told: str | None) -> Iterator[Invalid]:
    if len(value) > MOST_CHARACTERS:
        yield Invalid(where, told, "is too long", f"at most {MOST_CHARACTERS} characters")
    elif not escape.is_seen(value):
        yield Invalid(where, told, "has characters that can't be seen", ONE_LINE)
