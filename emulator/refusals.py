# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refusals that all services share: callers, regions and services that don't exist, throttling, and what moto can't do.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and the "common errors" page of each other
service. No call ends in an InternalError: what nothing here answers is refused by the names of operation and cause.
"""

from __future__ import annotations

import functools
import json
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import unescape

from botocore.exceptions import UnknownServiceError
from botocore.loaders import create_loader
from botocore.model import OperationNotFoundError
from moto.core.exceptions import ServiceException
from moto.core.utils import get_service_model
from moto.ec2.exceptions import FilterNotImplementedError
from werkzeug.wrappers import Response

from emulator import constraints
from emulator.errors import error_code, error_response


@dataclass(frozen=True)
class Call:
    """Request as parsed before moto sees it."""

    access_key_id: str | None
    region: str
    # botocore's name of the service, and the signature's, which is IAM's prefix with a few exceptions.
    service: str
    signing_name: str
    protocol: str
    operation: str
    # The form's, each with its first value; empty if the body is no form.
    parameters: dict[str, str]
    # Whether anything here answers the service.
    is_known: bool = True


def unknown_caller(call: Call) -> Response:
    if call.access_key_id is None:
        message = "Request is missing Authentication Token"
        return error_response(call.protocol, "MissingAuthenticationToken", message, 403)
    if call.protocol == "ec2":
        message = "AWS was not able to validate the provided access credentials"
        return error_response(call.protocol, "AuthFailure", message, 401)
    code = "UnrecognizedClientException" if "json" in call.protocol else "InvalidClientTokenId"
    status = 400 if call.protocol == "json" else 403
    return error_response(call.protocol, code, "The security token included in the request is invalid.", status)


def expired(call: Call) -> Response:
    if call.protocol == "ec2":
        return error_response("ec2", "RequestExpired", "Request has expired.", 400)
    code = "ExpiredTokenException" if "json" in call.protocol else "ExpiredToken"
    status = 400 if call.protocol == "json" else 403
    return error_response(call.protocol, code, "The security token included in the request is expired", status)


def throttled(call: Call) -> Response:
    if call.protocol == "ec2":
        return error_response("ec2", "RequestLimitExceeded", "Request limit exceeded.", 503)
    if call.service == "organizations":
        return error_response(call.protocol, "TooManyRequestsException", "Rate exceeded", 400)
    code = "ThrottlingException" if "json" in call.protocol else "Throttling"
    return error_response(call.protocol, code, "Rate exceeded", 400)


@functools.cache
def regions() -> frozenset[str]:
    """Return the regions of all partitions that botocore knows."""
    partitions = create_loader().load_data("partitions")["partitions"]
    return frozenset(region for partition in partitions for region in partition["regions"])


def unknown_region(call: Call) -> Response:
    """Refuse a signature for a region that doesn't exist.

    AWS's clients find no host of such a region; a host that gets the signature of another region refuses it with this.
    """
    if call.service == "s3":
        text = f"The authorization header is malformed; the region '{call.region}' is wrong; expecting 'us-east-1'"
        return error_response(call.protocol, "AuthorizationHeaderMalformed", text)
    text = f"Credential should be scoped to a valid region, not '{call.region}'."
    if call.protocol == "ec2":
        return error_response(call.protocol, "AuthFailure", text, 401)
    code = (
        "InvalidSignatureException" if "json" in call.protocol or "cbor" in call.protocol else "SignatureDoesNotMatch"
    )
    return error_response(call.protocol, code, text, 400 if call.protocol == "json" else 403)


def unknown_service(call: Call) -> Response:
    text = f"The emulator doesn't answer {call.service}.{call.operation}: it lacks the service {call.service}."
    print(f"emulator: {text}", file=sys.stderr, flush=True)
    return error_response(call.protocol, "InvalidAction", text)


def unexpected(call: Call, error: Exception, parameters: Callable[[], dict[str, Any]]) -> Response:
    """Refuse a call that an exception ended, which moto raises for what it doesn't expect.

    A request that its API model doesn't allow gets the refusal of AWS. Any other is refused by name: the emulator
    can't answer it, and says so on stderr.
    """
    if isinstance(error, FilterNotImplementedError):
        name = str(error).split("'")[1]
        return error_response(call.protocol, "InvalidParameterValue", f"The filter '{name}' is invalid")
    if isinstance(error, (NotImplementedError, OperationNotFoundError)):
        print(f"emulator: {call.service}.{call.operation}: {error}", file=sys.stderr, flush=True)
        part = "" if "implemented" in str(error) else f" ({error})"
        return error_response(call.protocol, "InvalidAction", NO_ACTION.format(call.operation) + part)
    if isinstance(error, ServiceException):  # raised outside of the service's handler, as by a permission check
        return error_response(call.protocol, error.code, error.message)
    if isinstance(error, KeyError) and error.args[:1] == (call.region,):
        return unknown_region(call)  # moto: none of the service's regions
    if refusal := _outside_model(call, error, parameters):
        return refusal
    tell(error)
    text = f"The emulator can't answer {call.operation} with these parameters: {type(error).__name__}: {error}"
    code = "UnsupportedOperation" if call.protocol in ("ec2", "query") else "UnsupportedOperationException"
    return error_response(call.protocol, code, text[:500])


def corrected(call: Call, response: Any) -> Response | None:
    """Return the error of an answer that clients can't read (no code, another protocol's form), None if they can.

    moto's web application answers an HTML page for a path that it has no function for, some of moto's functions a 404
    or 400 without a body, and some of its errors are JSON in a service of XML.
    """
    code, text = error_code(response) or "0", response.get_data(as_text=True)
    if code == "InvalidToken" and call.service != "s3":  # moto's for all lists
        return error_response(call.protocol, code_of_token(call), "The token is not valid.")
    is_html = "html" in response.headers.get("Content-Type", "") and text.lstrip()[:9].lower() in (
        "<!doctype",
        "<html>",
    )
    if response.status_code != 308 and not code.isdigit() and not is_html:
        of_json = call.protocol in ("json", "rest-json")
        message = _message(text)
        if not text or text.lstrip().startswith("{" if of_json else "<") or message is None:
            return None
        return error_response(call.protocol, code, message, response.status_code)
    if response.status_code == 404 and not text:
        return error_response(call.protocol, _declared(call, _NOT_FOUND), "The resource does not exist", 404)
    if response.status_code == 400:
        return error_response(call.protocol, _declared(call, _INVALID), "The request is not valid")
    print(
        f"emulator: {call.service}.{call.operation}: no function of moto's for this path", file=sys.stderr, flush=True
    )
    return error_response(call.protocol, "InvalidAction", NO_ACTION.format(call.operation))


def _message(text: str) -> str | None:
    if found := re.search(r"<Message>(.*?)</Message>", text, re.DOTALL):
        return unescape(found[1])
    try:
        members = json.loads(text)
        return str(members.get("message") or members.get("Message") or "")
    except (ValueError, AttributeError):
        return None


NO_ACTION = "The action {} is not valid for this web service."


def tell(error: Exception) -> None:
    traceback.print_exception(error)


def _outside_model(call: Call, error: Exception, parameters: Callable[[], dict[str, Any]]) -> Response | None:
    """Return the refusal of a request that lacks what its API model requires, or whose values AWS excludes."""
    try:
        shape = get_service_model(call.service).operation_model(call.operation).input_shape
    except (UnknownServiceError, OperationNotFoundError):
        return None
    if shape is None:
        return None
    try:
        given = parameters()
    except Exception as unreadable:  # a parser's, by the kind of value
        return _unreadable(call, unreadable)
    return _violating(call, shape, given) or _causing(call, shape, given, error)


def _violating(call: Call, shape: Any, given: dict[str, Any]) -> Response | None:
    lacking = next(_lacking(shape, given, ""), None)
    if lacking and call.protocol == "ec2":
        name = lacking[:1].upper() + lacking[1:]
        return error_response("ec2", "MissingParameter", f"The request must contain the parameter {name}")
    if lacking:
        text = f"Value null at '{lacking}' failed to satisfy constraint: Member must not be null"
        return error_response(call.protocol, refusal_code(call), f"1 validation error detected: {text}")
    if text := constraints.violation(call.service, shape, given):
        return error_response(call.protocol, refusal_code(call), text)
    return None


def _causing(call: Call, shape: Any, given: dict[str, Any], error: Exception) -> Response | None:
    """Return the refusal for the member of the request that the exception is about.

    That is a page's token that no page had, a name or id of nothing that exists, or a member that this case requires.
    """
    about = error.args[0] if error.args else None
    values = dict(_values(shape, given))
    for name, value in values.items():
        if isinstance(error, (ValueError, LookupError)) and isinstance(value, str) and repr(value)[:60] in str(error):
            of_page = name.lower().endswith(("token", "marker"))
            codes = _TOKENS if of_page else _INVALID if isinstance(error, ValueError) else _NOT_FOUND
            text = (
                f"Invalid value '{value}' for {name}" if codes is not _NOT_FOUND else f"{name} '{value}' does not exist"
            )
            return error_response(call.protocol, _declared(call, codes), text)
    if isinstance(error, KeyError):
        return _lacking_key(call, shape, values, str(about))
    if isinstance(error, ExpatError):
        text = "The XML you provided was not well-formed or did not validate against our published schema"
        return error_response(call.protocol, "MalformedXML", text)
    not_found = [code for code in _codes(call) if _NOT_FOUND.match(code)]
    if isinstance(error, AttributeError) and str(error).startswith("'NoneType' object") and len(not_found) == 1:
        return error_response(call.protocol, not_found[0], "The resource that the request names does not exist")
    return None


def _lacking_key(call: Call, shape: Any, values: dict[str, Any], key: str) -> Response | None:
    """Return the refusal for a key that was looked up: an ARN's region, or a member that this case requires."""
    arns = (value for value in values.values() if isinstance(value, str) and value.startswith("arn:"))
    arn = next((value for value in arns if [*value.split(":"), *[""] * 6][3] == key), None)
    if arn:
        return error_response(call.protocol, _declared(call, _ARN), f"Invalid ARN: {arn}")
    names = {name.lower(): name for name in _names(shape, set())}
    if key.lower() in names and key not in values:
        code = "MissingParameter" if call.protocol == "ec2" else refusal_code(call)
        return error_response(call.protocol, code, f"The request must contain the parameter {names[key.lower()]}")
    return None


def _values(shape: Any, given: Any) -> Iterator[tuple[str, Any]]:
    """Yield (name, value) of each member that the request has, the inner ones too."""
    if shape.type_name == "structure" and isinstance(given, dict):
        for name, member in shape.members.items():
            if given.get(name) is not None:
                yield name, given[name]
                yield from _values(member, given[name])
    elif shape.type_name == "list" and isinstance(given, list):
        for item in given:
            yield from _values(shape.member, item)


def _names(shape: Any, seen: set[str]) -> Iterator[str]:
    if shape.name in seen:
        return
    seen.add(shape.name)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield name
            yield from _names(member, seen)
    elif shape.type_name == "list":
        yield from _names(shape.member, seen)


def _unreadable(call: Call, error: Exception) -> Response:
    """Refuse a request with a value of another type than the model's, such as text for a number."""
    if call.protocol == "ec2":
        return error_response("ec2", "InvalidParameterValue", f"Invalid value in the request: {error}")
    code = {"query": "MalformedInput", "rest-xml": "MalformedXML"}.get(call.protocol, "SerializationException")
    return error_response(call.protocol, code, f"The request can't be read: {error}")


def _lacking(shape: Any, given: Any, path: str) -> Iterator[str]:
    """Yield the path of each required member that is missing, as AWS names it."""
    if shape.type_name == "structure" and isinstance(given, dict):
        for name, member in shape.members.items():
            inner = name[:1].lower() + name[1:]
            inner = f"{path}.{inner}" if path else inner
            if given.get(name) is not None:
                yield from _lacking(member, given[name], inner)
            elif name in shape.required_members:
                yield inner
    elif shape.type_name == "list" and isinstance(given, list):
        for number, item in enumerate(given, 1):
            yield from _lacking(shape.member, item, f"{path}.{number}.member")


# How services name a request that isn't as the model says, a token that no page had, and what doesn't exist.
_INVALID = re.compile(
    r"(ValidationException|ValidationError|Invalid(Parameter|ParameterValue|Request|Input|Argument)(Exception)?"
    r"|BadRequestException)$"
)
_TOKENS = re.compile(r"Invalid\w*(Token|Marker)(Exception)?$")
_ARN = re.compile(r"\w*A(rn|RN)\w*Exception$")
_NOT_FOUND = re.compile(r"(NoSuchEntity|\w*NotFound(Exception|Fault)?|EntityNotFoundException|NoSuch\w+)$")


def _declared(call: Call, names: re.Pattern[str]) -> str:
    """Return the first error code of this form that the operation declares, else that of any invalid request."""
    codes = _codes(call)
    return next((code for code in codes if names.match(code)), None) or refusal_code(call)


def code_of_token(call: Call) -> str:
    """Return the operation's error code of a page's token that wasn't given out."""
    return _declared(call, _TOKENS) if any(map(_TOKENS.match, _codes(call))) else _declared(call, _INVALID)


def refusal_code(call: Call) -> str:
    """Return the code of a request outside its API model: the service's, or one that the operation declares."""
    if code := constraints.CODES.get(call.service):
        return code
    if call.protocol == "ec2":
        return "InvalidParameterValue"
    found = next((code for code in _codes(call) if _INVALID.match(code)), None)
    defaults = {"query": "ValidationError", "rest-xml": "InvalidArgument"}
    return found or defaults.get(call.protocol, "ValidationException")


def _codes(call: Call) -> list[str]:
    """Return the error codes that the operation's API model declares; none for what botocore's model doesn't have."""
    try:
        model = get_service_model(call.service).operation_model(call.operation)
    except (UnknownServiceError, OperationNotFoundError):
        return []
    return sorted(shape.error_code for shape in model.error_shapes)
