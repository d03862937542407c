# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Constraints of parameters in the API models: lengths, values, enumerations and patterns.

botocore's clients check only some of them (the smallest lengths and values), moto's services hardly any. AWS answers
`1 validation error detected: Value 'x' at 'roleName' failed to satisfy constraint: Member must have length less than
or equal to 64`, with the error code of the service.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import TYPE_RESPONSE, BaseResponse
from moto.core.utils import get_service_model

from emulator.errors import error_response

# Service -> error code of a constraint that isn't met: IAM's, STS's and Elastic Load Balancing's "common errors" pages
# (ValidationError), API_DescribeLogGroups, API_ChangeResourceRecordSets (InvalidInput). KMS, Systems Manager and
# Resolver answer the code of AWS's JSON services, ValidationException.
CODES = {
    "iam": "ValidationError",
    "sts": "ValidationError",
    "elbv2": "ValidationError",
    "logs": "InvalidParameterException",
    "route53": "InvalidInput",
    "kms": "ValidationException",
    "ssm": "ValidationException",
    "route53resolver": "ValidationException",
    "organizations": "InvalidInputException",
    # What their operations' pages declare for invalid input.
    "athena": "InvalidRequestException",
    "ecr": "InvalidParameterException",
    "glue": "InvalidInputException",
    "guardduty": "BadRequestException",
    # "Common errors" of their API references.
    "dynamodb": "ValidationException",
    "firehose": "ValidationException",
    "lambda": "ValidationException",
    "sagemaker": "ValidationException",
    "scheduler": "ValidationException",
    "secretsmanager": "ValidationException",
}
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html#API_CreateAccount_Errors, the
# reasons of InvalidInputException.
OF_ORGANIZATIONS = {
    "pattern": "You provided a value that does not match the required pattern.",
    "enum": "You specified an invalid value.",
    "longest": "You provided a string parameter that is longer than allowed.",
    "shortest": "You provided a string parameter that is shorter than allowed.",
    "largest": "You provided a numeric parameter that is larger than allowed.",
    "smallest": "You provided a numeric parameter that is smaller than allowed.",
}
# IAM's texts for its two most frequent patterns: shashankprasanna/torchserve-examples#7,
# aws-cloudformation/cfn-lint#722.
OF_IAM = {
    r"[\w+=,.@-]+": (
        "The specified value for {path} is invalid. It must contain only alphanumeric characters and/or the following: "
        "+=,.@_-"
    ),
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)": (
        "The specified value for {path} is invalid. It must begin and end with / and contain only alphanumeric "
        "characters and/or / characters."
    ),
}
# Members whose values aren't repeated in the text: moto's test_get_log_events_using_arn (aws_verified), LocalStack's
# test_iam.snapshot.json (recorded on AWS), test_user_match_id_mismatch.
SENSITIVE = ("logGroupIdentifier", "serviceSpecificCredentialId")
# Enums whose values AWS lists in another order than the model's: moto's test_select_values_are_case_sensitive
# (aws_verified), LocalStack's test_kms.snapshot.json (recorded on AWS). Others are listed as in the model.
ORDERS = {
    frozenset(values): values
    for values in (
        ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
        ("HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512"),
    )
}
# Classes of Java's patterns in Python's. Characters beyond ASCII count as letters, so none is refused wrongly.
_OTHERS = r"\x80-\U0010ffff"
_CLASSES = {
    "L": "A-Za-z" + _OTHERS,
    "Z": " " + _OTHERS,
    "N": "0-9" + _OTHERS,
    "M": _OTHERS,
    "S": r"$+<=>\^`|~" + _OTHERS,
    "P": r"!\"#%&'()*,\-./:;?@\[\\\]_{}" + _OTHERS,
    "ASCII": r"\x00-\x7f",
    "Print": r"\x20-\x7e",
    "Graph": r"\x21-\x7e",
    "Alnum": "A-Za-z0-9",
    "Alpha": "A-Za-z",
}


class Constrained(BaseResponse):
    """Mixin of a service's class: calls whose parameters don't meet the API model's constraints are refused."""

    def call_action(self) -> TYPE_RESPONSE:
        text = self._violation()
        if not text:
            return super().call_action()
        model = get_service_model(self.boto3_service_name)
        refusal = error_response(model.protocol, CODES[self.boto3_service_name], text)
        headers = {**dict(refusal.headers), "status": "400"}
        return 400, headers, refusal.get_data(as_text=True)

    def _violation(self) -> str | None:
        model = get_service_model(self.boto3_service_name)
        operation = self._get_action()
        if operation not in model.operation_names:
            return None
        given = self.params if self.automated_parameter_parsing else _body(self.body)
        return violation(self.boto3_service_name, model.operation_model(operation).input_shape, given)


def _body(body: Any) -> Any:
    try:
        return json.loads(body or "{}")
    except ValueError:
        return {}


def violation(service: str, shape: Any, given: Any) -> str | None:
    """Return AWS's text about the members of a request that violate the model, None if none does."""
    found = list(_violations(shape, given, "")) if shape is not None and isinstance(given, dict) else []
    if not found:
        return None
    path, value, kind, bound = found[0]
    if service == "organizations":
        return OF_ORGANIZATIONS[kind]
    if service == "iam" and kind == "pattern" and bound in OF_IAM:
        return OF_IAM[bound].format(path=path)
    texts = "; ".join(
        "Value "
        + ("" if path in SENSITIVE else f"'{value}' ")
        + f"at '{path}' failed to satisfy constraint: {_CONSTRAINTS[kind].format(bound)}"
        for path, value, kind, bound in found
    )
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {texts}"


def _shown(path: str, value: Any) -> str:
    return "" if path in SENSITIVE else f"'{value}' "


_CONSTRAINTS = {
    "pattern": "Member must satisfy regular expression pattern: {}",
    "enum": "Member must satisfy enum value set: {}",
    "longest": "Member must have length less than or equal to {}",
    "shortest": "Member must have length greater than or equal to {}",
    "largest": "Member must have value less than or equal to {}",
    "smallest": "Member must have value greater than or equal to {}",
}
Violation = tuple[str, Any, str, Any]


def _violations(shape: Any, given: Any, path: str) -> Iterator[Violation]:
    if shape.type_name == "structure" and isinstance(given, dict):
        for name, member in shape.members.items():
            if given.get(name) is not None:
                yield from _violations(member, given[name], f"{path}.{_lower(name)}" if path else _lower(name))
    elif shape.type_name == "list" and isinstance(given, list):
        yield from _of_size(shape, given, len(given), path)
        for number, item in enumerate(given, 1):
            yield from _violations(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "string" and isinstance(given, str):
        yield from _of_text(shape, given, path)
    elif shape.type_name in ("integer", "long") and isinstance(given, int):
        if given > shape.metadata.get("max", given):
            yield path, given, "largest", shape.metadata["max"]
        elif given < shape.metadata.get("min", given):
            yield path, given, "smallest", shape.metadata["min"]


def _of_size(shape: Any, given: Any, size: int, path: str) -> Iterator[Violation]:
    if size > shape.metadata.get("max", size):
        yield path, given, "longest", shape.metadata["max"]
    elif size < shape.metadata.get("min", size):
        yield path, given, "shortest", shape.metadata["min"]


def _of_text(shape: Any, given: str, path: str) -> Iterator[Violation]:
    yield from _of_size(shape, given, len(given), path)
    if (enum := shape.metadata.get("enum")) and given not in enum:
        yield path, given, "enum", f"[{', '.join(ORDERS.get(frozenset(enum), enum))}]"
    text = shape.metadata.get("pattern")
    if text and (pattern := compiled(text)) and not pattern.fullmatch(given):
        yield path, given, "pattern", text


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


@functools.cache
def compiled(text: str) -> re.Pattern[str] | None:
    """Return a model's pattern, which is Java's, as Python's; None for what Python can't compile."""
    text = text.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff")
    text = re.sub(r"\$\{(?=\d)", "{", text)  # SageMaker's
    text = re.sub(r"(\\[wsd])-(?=[^\]])", r"\1\\-", text)
    inside = re.compile(r"(\[(?:\\.|[^\]\\])*\])|\\p\{(\w+)\}")
    try:
        return re.compile(inside.sub(_translated, text), re.ASCII)
    except (re.error, KeyError):
        return None


def _translated(found: re.Match[str]) -> str:
    if found[2]:
        return f"[{_CLASSES[found[2]]}]"
    return re.sub(r"\\p\{(\w+)\}", lambda one: _CLASSES[one[1]], found[1])
