# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of list operations outside EC2 that moto answers whole: sizes, tokens, and the service's error for a bad one.

Which parameters are an operation's size and token, and which members its items, is in botocore's paginators.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import botocore.session
from moto.core.exceptions import InvalidToken, JsonRESTError, ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores

Class = TypeVar("Class", bound=type)

# Operations whose size and token moto ignores -> items of a page without a size, from the operation's page in the API
# reference: IAM's 100; KMS: ListKeys 100, the others 50.
LISTS: dict[str, dict[str, int]] = {
    "iam": dict.fromkeys(
        [
            "GetAccountAuthorizationDetails",
            "GetGroup",
            "ListAccessKeys",
            "ListAccountAliases",
            "ListEntitiesForPolicy",
            "ListGroupPolicies",
            "ListGroups",
            "ListGroupsForUser",
            "ListInstanceProfiles",
            "ListInstanceProfilesForRole",
            "ListPolicyVersions",
            "ListRolePolicies",
            "ListServerCertificates",
            "ListUserPolicies",
            "ListUserTags",
            "ListUsers",
        ],
        100,
    ),
    "kms": {
        "ListAliases": 50,
        "ListGrants": 50,
        "ListKeyPolicies": 100,
        "ListKeys": 100,
        "ListResourceTags": 50,
        "ListRetirableGrants": 50,
    },
    "organizations": dict.fromkeys(
        [
            "ListAWSServiceAccessForOrganization",
            "ListChildren",
            "ListCreateAccountStatus",
            "ListDelegatedAdministrators",
            "ListDelegatedServicesForAccount",
            "ListParents",
            "ListRoots",
            "ListTargetsForPolicy",
        ],
        20,
    ),
    "elbv2": {"DescribeAccountLimits": 400, "DescribeSSLPolicies": 400},
    "route53": {"ListHealthChecks": 100, "ListHostedZones": 100},
    "route53resolver": {},
}
# (code, text) for a token that the service didn't give out. The codes are those of the operations' pages; texts of KMS
# and Organizations: API_ListKeys, API_ListRoots (reason INVALID_PAGINATION_TOKEN); the others aren't verified.
_BAD_TOKEN = {
    "iam": ("ValidationError", "Invalid Marker."),
    "kms": ("InvalidMarkerException", "The request was rejected because the marker is not valid."),
    "organizations": ("InvalidInputException", "You specified an invalid value for nextToken."),
    "elbv2": ("ValidationError", "Invalid marker"),
    "route53": ("InvalidInput", "The marker is not valid."),
    "route53resolver": ("InvalidNextTokenException", "The value that you specified for NextToken isn't valid."),
}
# Parameters for all items of an operation that has at most 100 of its own.
_EVERYTHING = {"list_hosted_zones": {"MaxItems": 1_000_000}}
# Services whose errors are written as JSON by moto.
_JSON = {"kms", "organizations"}


class ListError(ServiceException):
    """Error of a service of the query or REST protocol."""


def bad_token(service: str) -> Exception:
    code, text = _BAD_TOKEN[service]
    return JsonRESTError(code, text) if service in _JSON else ListError(code, text)


def paged(service: str) -> Callable[[Class], Class]:
    """Return a decorator of a service's class: its list operations get pages, or refuse a bad token as AWS does."""

    def decorate(responses: Class) -> Class:
        for operation, paginator in _paginators(service).items():
            name = camelcase_to_underscores(operation)
            method = getattr(responses, name, None)
            if method is None or "limit_key" not in paginator:
                continue
            most = LISTS[service].get(operation)
            setattr(responses, name, _paged(service, method, paginator, most) if most else _guarded(service, method))
        return responses

    return decorate


def _paginators(service: str) -> Mapping[str, dict[str, Any]]:
    config: Mapping[str, dict[str, Any]] = botocore.session.get_session().get_paginator_model(service)._paginator_config
    return config


def _guarded(service: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return moto's method with the service's error for a bad token: moto has one for all services."""

    @functools.wraps(method)
    def answer(self: Any) -> Any:
        try:
            return method(self)
        except InvalidToken:
            raise bad_token(service) from None

    return answer


def _paged(service: str, method: Callable[..., Any], paginator: dict[str, Any], most: int) -> Callable[..., Any]:
    size_name, token_name = paginator["limit_key"], paginator["input_token"]

    @functools.wraps(method)
    def answer(self: Any) -> Any:
        size = int(self._get_param(size_name) or most)
        start = _start(service, self._get_param(token_name))
        whole = _whole(self, method, (size_name, token_name))
        result = json.loads(whole) if isinstance(whole, str) else dict(whole.result)
        found = _below(result, self._get_param("PathPrefix") if service == "iam" else None, paginator)
        following = _cut(result, found, start, size)
        if flag := paginator.get("more_results"):
            result[flag] = following is not None
        result.pop(paginator["output_token"], None)
        if following is not None:
            result[paginator["output_token"]] = token_of(following)
        return json.dumps(result) if isinstance(whole, str) else ActionResult(result)

    return answer


def _whole(responses: Any, method: Callable[..., Any], hidden: tuple[str, str]) -> Any:
    """Return moto's answer to the request without size and token, which some of its methods read in part."""
    name = "params" if responses.automated_parameter_parsing else "body"
    given = getattr(responses, name)
    values = given if name == "params" else json.loads(given or "{}")
    kept = {key: value for key, value in values.items() if key not in hidden} | _EVERYTHING.get(method.__name__, {})
    setattr(responses, name, kept if name == "params" else json.dumps(kept))
    try:
        return method(responses)
    finally:
        setattr(responses, name, given)


def _below(result: dict[str, Any], prefix: str | None, paginator: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the lists of a result by member; prefix: of the items' paths."""
    keys = paginator["result_key"]
    found = {key: list(result.get(key) or []) for key in ([keys] if isinstance(keys, str) else keys)}
    if prefix:
        found = {key: [item for item in items if _path(item).startswith(prefix)] for key, items in found.items()}
    return found


def _path(item: Any) -> str:
    return str(item.get("Path") if isinstance(item, dict) else getattr(item, "path", None) or "/")


def _cut(result: dict[str, Any], found: dict[str, list[Any]], start: int, size: int) -> int | None:
    """Put the page's part of all lists, one after the other, into the result; return where the next page begins."""
    before = 0
    for key, items in found.items():
        result[key] = items[max(start - before, 0) : max(start + size - before, 0)]
        before += len(items)
    return start + size if start + size < before else None


def token_of(start: int) -> str:
    return base64.urlsafe_b64encode(f"from {start}".encode()).decode()


def start_of(token: str) -> int | None:
    """Return where the page of a token begins, None if the token was not given out."""
    try:
        text = base64.urlsafe_b64decode(token).decode()
        return int(text.removeprefix("from ")) if text.startswith("from ") else None
    except ValueError:
        return None


def _start(service: str, token: str | None) -> int:
    start = start_of(token) if token else 0
    if start is None:
        raise bad_token(service)
    return start
