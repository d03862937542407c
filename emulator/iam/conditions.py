# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluation of a policy's Condition element in a request's context.

A context maps lower-case keys to a string, or to a list of strings for a multivalued key; a key that the request does
not carry is absent. Sources, of the IAM User Guide:
reference_policies_elements_condition_operators, reference_policies_condition-single-vs-multi-valued-context-keys,
reference_policies_condition-logic-multiple-context-keys-or-values, reference_policies_variables.
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Context = Mapping[str, "str | list[str]"]

# ${key}, ${key, 'default'} and the escapes ${*} ${?} ${$}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_DEFAULT = re.compile(r"([^,]+),\s*'([^']*)'")


class PolicyError(ValueError):
    """Error in a policy, which IAM would have refused when the policy was written."""


class NotEvaluatedError(Exception):
    """A condition key that AWS has for this action, and that the emulator doesn't evaluate."""


class RequestContext(dict[str, "str | list[str]"]):
    """Context of a request. Raises NotEvaluatedError for a key of `unknown`: to take it for absent would be wrong."""

    def __init__(self, keys: Mapping[str, str | list[str]], unknown: frozenset[str] = frozenset()):
        super().__init__(keys)
        self.unknown = unknown

    def get(self, key: str, default: Any = None) -> Any:
        if key in self.unknown or f"{key.partition('/')[0]}/" in self.unknown:
            raise NotEvaluatedError(key)
        return super().get(key, default)


class _Unresolved(Exception):
    """A policy variable whose key the request does not carry."""


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def pattern(text: str, context: Context, variables: bool, wildcards: bool = True, ignore_case: bool = False) -> Any:
    """Compile a policy's value to a regular expression; a variable's value is taken literally. Raises _Unresolved."""
    if "${" not in text or not variables:
        return compiled(((text, True),), wildcards, ignore_case)
    parts, position = [], 0
    for found in _VARIABLE.finditer(text):
        parts += [(text[position : found.start()], True), (_resolved(found[1], context), False)]
        position = found.end()
    return compiled((*parts, (text[position:], True)), wildcards, ignore_case)


def _resolved(name: str, context: Context) -> str:
    if name in ("*", "?", "$"):
        return name
    default = _DEFAULT.fullmatch(name)
    value = context.get((default[1] if default else name).strip().lower())
    if isinstance(value, str):
        return value
    if default:
        return default[2]
    raise _Unresolved(name)


@functools.lru_cache(maxsize=4096)
def compiled(parts: tuple[tuple[str, bool], ...], wildcards: bool, ignore_case: bool) -> re.Pattern[str]:
    """Compile parts to one regular expression. parts: [(text, true if * and ? in it are wildcards)]."""
    expression = ""
    for text, is_pattern in parts:
        escaped = re.escape(text)
        expression += escaped.replace(r"\*", ".*").replace(r"\?", ".") if wildcards and is_pattern else escaped
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def arn_matches(wanted: str, arn: str, context: Context, variables: bool) -> bool:
    """Return true if an ARN matches part by part, each of the six with its own wildcards, case-sensitive.

    "*" alone matches all. Raises _Unresolved.
    """
    if wanted == "*":
        return True
    # A variable's value may hold colons (aws:userid does), the name of one always does.
    parts, given = _split_arn(wanted), arn.split(":", 5)
    return len(parts) == len(given) == 6 and all(
        pattern(part, context, variables).fullmatch(value) for part, value in zip(parts, given, strict=True)
    )


def _split_arn(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ":" and not depth and len(parts) < 5:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def date(text: str) -> float:
    """Return seconds since 1970, of a text in ISO 8601 or in seconds since 1970. Raises ValueError."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()


def _string(wildcards: bool = False, ignore_case: bool = False) -> Callable[[str, str, Context, bool], bool]:
    def compare(value: str, wanted: str, context: Context, variables: bool) -> bool:
        return bool(pattern(wanted, context, variables, wildcards, ignore_case).fullmatch(value))

    return compare


def _arn(value: str, wanted: str, context: Context, variables: bool) -> bool:
    return arn_matches(wanted, value, context, variables)


def _ordered(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    """Build a comparison of numbers or dates; a value that is neither matches nothing (not stated by AWS)."""

    def holds(value: str, wanted: str, context: Context, variables: bool) -> bool:
        try:
            return compare(parse(value), parse(wanted))
        except ValueError:
            return False

    return holds


def _boolean(value: str, wanted: str, context: Context, variables: bool) -> bool:
    return value.lower() == wanted.lower()


def _binary(value: str, wanted: str, context: Context, variables: bool) -> bool:
    return value == wanted


def _address(value: str, wanted: str, context: Context, variables: bool) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


# Operator -> comparison of one value of the request with one of the policy.
_POSITIVE: dict[str, Callable[[str, str, Context, bool], bool]] = {
    "stringequals": _string(),
    "stringequalsignorecase": _string(ignore_case=True),
    "stringlike": _string(wildcards=True),
    "arnequals": _arn,
    "arnlike": _arn,
    "bool": _boolean,
    "binaryequals": _binary,
    "ipaddress": _address,
}
for _kind, _parse in (("numeric", float), ("date", date)):
    for _name, _compare in (
        ("equals", operator.eq),
        ("lessthan", operator.lt),
        ("lessthanequals", operator.le),
        ("greaterthan", operator.gt),
        ("greaterthanequals", operator.ge),
    ):
        _POSITIVE[_kind + _name] = _ordered(_parse, _compare)
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
}


def holds(condition: dict[str, dict[str, Any]], context: Context, variables: bool) -> bool:
    """Return true if a Condition holds: all operators and all their keys (AND).

    One of a key's values has to match (OR), for a negated operator none (NOR). Raises PolicyError.
    """
    return all(
        _holds(name, key, [_text(value) for value in as_list(values)], context, variables)
        for name, keys in condition.items()
        for key, values in keys.items()
    )


def _holds(name: str, key: str, wanted: list[str], context: Context, variables: bool) -> bool:
    # The case of operators doesn't matter here; AWS's guide has one spelling and doesn't mention others.
    operator_name = name.lower()
    quantifier, _, operator_name = operator_name.rpartition(":")
    given = context.get(key.lower())
    values = None if given is None else as_list(given)
    if operator_name == "null":
        return _boolean(str(not values), wanted[0], context, variables)
    if_exists = operator_name.endswith("ifexists")
    operator_name = operator_name.removesuffix("ifexists")
    negated = operator_name in _NEGATED
    compare = _POSITIVE.get(_NEGATED.get(operator_name, operator_name))
    if compare is None or quantifier not in ("", "forallvalues", "foranyvalue"):
        raise PolicyError(f"Invalid Condition type : {name}")

    def one(value: str) -> bool:
        return negated != any(_matches(compare, value, text, context, variables) for text in wanted)

    if quantifier == "forallvalues":
        return all(one(value) for value in values or [])
    if quantifier == "foranyvalue":
        return any(one(value) for value in values or [])
    if values is None:
        return if_exists or negated
    # Several values without a set operator: not documented by AWS; treated like a policy's several values.
    found = [one(value) for value in values]
    return all(found) if negated else any(found)


def _matches(compare: Callable[..., bool], value: str, wanted: str, context: Context, variables: bool) -> bool:
    try:
        return compare(value, wanted, context, variables)
    except _Unresolved:
        return False


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def resource_matches(wanted: str, resource: str, context: Context, variables: bool) -> bool:
    """Return true if a policy's resource matches. `resource`: an ARN, or "*" for what policies can only name by "*".

    Parts that a policy leaves out at an ARN's end match all: reference_policies_elements_resource, "incomplete ARNs".
    """
    if wanted.startswith("arn:"):
        wanted += ":*" * (6 - len(_split_arn(wanted)))
    try:
        return wanted == "*" or (resource != "*" and arn_matches(wanted, resource, context, variables))
    except _Unresolved:
        return False


def keys_of(condition: dict[str, dict[str, Any]]) -> Iterator[str]:
    for keys in condition.values():
        yield from keys
