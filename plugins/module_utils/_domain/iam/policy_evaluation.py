# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluate one IAM policy document for a request: True, False, or None if the result is unknown.

Elements, operators and missing keys are those of the IAM User Guide: "IAM JSON policy elements reference", "Condition
operators", "Policy evaluation logic". AWS's final decision depends on all policies that apply to the request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any, TypeAlias

Verdict: TypeAlias = "bool | None"  # None: unknown
VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class Request:
    """A request to evaluate.

    action      `s3:GetObject`, or `ecr:*` for any action of the service
    resource    its ARN; "": any of one's own; None: the resource that the policy is attached to
    principals  ARNs and ids that identify the caller; empty: nobody of ours; None: the identity that has the policy
    context     condition key in lower case -> value (a tuple: several values), None: the request doesn't have the key;
                the value of a key that is absent here is unknown
    """

    action: str
    resource: str | None = ""
    principals: Sequence[str] | None = ()
    context: Mapping[str, Any] = field(default_factory=dict)


def statements_of(document: str | Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the statements of a policy document. Raises ValueError if it is none."""
    try:
        parsed = json.loads(document) if isinstance(document, str) else document
        listed = parsed["Statement"]
    except (KeyError, TypeError) as error:
        raise ValueError("there is no Statement") from error
    listed = listed if isinstance(listed, list) else [listed]
    if not all(isinstance(statement, Mapping) for statement in listed):
        raise ValueError("a statement is no mapping")
    return listed


def judge(document: str | Mapping[str, Any], request: Request) -> tuple[Verdict, str]:
    """Return the verdict (False: the policy denies or doesn't allow the request) and the reason as text."""
    try:
        statements = statements_of(document)
    except ValueError:
        return None, "the policy can't be read"
    judged = [(statement, matches(statement, request)) for statement in statements]
    denials = [(s, verdict) for s, verdict in judged if s.get("Effect") == "Deny" and verdict is not False]
    grants = [(s, verdict) for s, verdict in judged if s.get("Effect") == "Allow" and verdict is not False]
    for statement, verdict in denials:
        if verdict:
            return False, f"{name(statement)} denies it"
    if denials:
        return None, f"{name(denials[0][0])} may deny it"
    for statement, verdict in grants:
        if verdict:
            return True, f"{name(statement)} allows it"
    if grants:
        return None, f"{name(grants[0][0])} allows some of it"
    return False, "no statement allows it"


def name(statement: Mapping[str, Any]) -> str:
    return f"statement {statement['Sid']}" if statement.get("Sid") else "a statement without Sid"


def matches(statement: Mapping[str, Any], request: Request) -> Verdict:
    return all_of(
        [
            _principal(statement, request),
            _action(statement, request),
            _resource(statement, request),
            *(
                _condition(operator, key, values, request)
                for operator, pairs in statement.get("Condition", {}).items()
                for key, values in pairs.items()
            ),
        ]
    )


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    if any(verdict is False for verdict in verdicts):
        return False
    return None if None in verdicts else True


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def listed(value: Any) -> list[str]:
    """Return a value or a list of values as a list of texts; true and false as in JSON."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in values]


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    # Not fnmatch: IAM takes [ and ] literally.
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)


def like(value: str, pattern: str) -> bool:
    return _pattern(pattern).fullmatch(value) is not None


def _principal(statement: Mapping[str, Any], request: Request) -> Verdict:
    if request.principals is None:
        return True
    if "NotPrincipal" in statement:
        return _not(_named(statement["NotPrincipal"], request.principals))
    return _named(statement["Principal"], request.principals) if "Principal" in statement else None


def _named(principal: Any, principals: Sequence[str]) -> Verdict:
    named = listed(principal.get("AWS", [])) if isinstance(principal, Mapping) else listed(principal)
    if "*" in named or set(named) & set(principals):
        return True
    # The statement may name one role of the account that the request stands for.
    return None if principals and all(_is_account(one) for one in principals) else False


def _is_account(principal: str) -> bool:
    return principal.isdigit() or principal.endswith(":root")


def _action(statement: Mapping[str, Any], request: Request) -> Verdict:
    key = "NotAction" if "NotAction" in statement else "Action"
    if key not in statement:
        return None
    action = request.action.lower()
    named: Verdict = any(like(action, pattern.lower()) for pattern in listed(statement[key]))
    if not named and action.endswith(":*"):
        named = None
    return _not(named) if key == "NotAction" else named


def _resource(statement: Mapping[str, Any], request: Request) -> Verdict:
    if request.resource is None:
        return True
    key = "NotResource" if "NotResource" in statement else "Resource"
    if key not in statement:
        return None
    named = _is_one_of(request, listed(statement[key]))
    return _not(named) if key == "NotResource" else named


def _is_one_of(request: Request, patterns: list[str]) -> Verdict:
    if "*" in patterns:
        return True
    if not request.resource:
        return None
    filled = [_filled(_whole(pattern), request) for pattern in patterns]
    if any(pattern is not None and like(request.resource, pattern) for pattern in filled):
        return True
    # The patterns match a part of these resources, or contain a variable whose value is unknown.
    return None if None in filled or any(like(pattern, request.resource) for pattern in patterns) else False


def _whole(arn: str) -> str:
    """Return an ARN pattern with its missing last parts as wildcards ("IAM JSON policy elements: Resource")."""
    return arn + ":*" * (5 - VARIABLE.sub("", arn).count(":")) if arn.startswith("arn:") else arn


def _filled(text: str, request: Request) -> str | None:
    """Return the text with its policy variables replaced, or None if one is unknown (${*}, ${?} and ${$} are, here).

    A variable of a key that the request doesn't have matches nothing ("IAM policy elements: Variables and tags").
    """
    values = []
    for variable in VARIABLE.findall(text):
        key, _comma, default = (part.strip() for part in variable.partition(","))
        if key.lower() not in request.context:
            return None
        value = request.context[key.lower()]
        values.append((variable, default.strip("'") if value is None and default else value))
    for variable, value in values:
        text = text.replace(f"${{{variable}}}", "\0" if value is None else str(value))
    return text


def _condition(operator: str, key: str, values: Any, request: Request) -> Verdict:
    key = key.lower()
    if key not in request.context:
        return None
    value = request.context[key]
    if operator == "Null":
        return (value is None) in [text.lower() == "true" for text in listed(values)]
    quantifier, _colon, plain = operator.rpartition(":")
    if_exists = plain.endswith("IfExists")
    plain = plain.removesuffix("IfExists")
    negated = "Not" in plain
    compare = COMPARISONS.get(plain.replace("Not", ""))
    if compare is None:
        return None
    if value is None:
        return quantifier == "ForAllValues" or not quantifier and (if_exists or negated)
    # Variables are for strings and ARNs ("IAM policy elements: Variables and tags").
    takes_variables = plain.startswith(("String", "Arn"))
    filled = [_filled(text, request) if takes_variables else text for text in listed(values)]

    def judged(one: str) -> Verdict:
        verdict = any_of([None if text is None else _compared(compare, one, text) for text in filled])
        return _not(verdict) if negated else verdict

    verdicts = [judged(one) for one in listed(value)]
    return all_of(verdicts) if quantifier == "ForAllValues" or negated and not quantifier else any_of(verdicts)


def _compared(compare: Callable[[str, str], bool], one: str, other: str) -> Verdict:
    try:
        return compare(one, other)
    except ValueError:
        return None  # no number, moment or network


def any_of(verdicts: Sequence[Verdict]) -> Verdict:
    if any(verdicts):
        return True
    return None if None in verdicts else False


def _arn(value: str, pattern: str) -> bool:
    """Return true if each of the six parts of an ARN matches its pattern; ArnEquals accepts wildcards, too."""
    parts, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(like, parts, patterns))


def _moment(text: str) -> datetime:
    """Parse ISO 8601 (UTC if it has no zone) or seconds since 1970. Raises ValueError."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), timezone.utc)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _ordered(convert: Callable[[str], Any]) -> dict[str, Callable[[str, str], bool]]:
    return {
        "Equals": lambda one, other: convert(one) == convert(other),
        "LessThan": lambda one, other: convert(one) < convert(other),
        "LessThanEquals": lambda one, other: convert(one) <= convert(other),
        "GreaterThan": lambda one, other: convert(one) > convert(other),
        "GreaterThanEquals": lambda one, other: convert(one) >= convert(other),
    }


COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda one, other: one == other,
    "StringEqualsIgnoreCase": lambda one, other: one.lower() == other.lower(),
    "StringLike": like,
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": lambda one, other: one.lower() == other.lower(),
    "IpAddress": lambda one, other: ip_address(one) in ip_network(other, strict=False),
    **{f"Numeric{suffix}": compare for suffix, compare in _ordered(float).items()},
    **{f"Date{suffix}": compare for suffix, compare in _ordered(_moment).items()},
}
