# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes XML answers of EC2 and STS from plain data in the API's shape.

Takes a tenth of the time of moto's serialiser, which also looks for attributes of objects, under all names that a
member may have there. Protocols: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html, responses;
aws-query-protocol.html. A member that the operation's model lacks is a bug and raises KeyError: boto3 would drop it
silently.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import Shape
from moto.core.utils import get_service_model

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
# AWS omits Tags of these if there are none; others have an empty list. From recordings of real accounts (Batfish's
# aws_configs), the last two from moto's tests verified on AWS.
WITHOUT_EMPTY_TAGS = {
    "Vpc",
    "Subnet",
    "SecurityGroup",
    "Address",
    "TransitGatewayVpcAttachment",
    "TransitGatewayAttachment",
}
# Appends a value's XML, without its own tag, to the parts of an answer.
Writer = Callable[[Any, list[str]], None]
_has_markup = re.compile("[&<>]").search


class NotPlainError(Exception):
    """Raised for an answer that holds moto's objects or moto's own member names: moto serialises it."""


def xml_answer(operation: str, result: dict[str, Any] | None) -> str:
    parts = [
        f'<?xml version="1.0" encoding="utf-8"?>\n<{operation}Response xmlns="{NAMESPACE}">'
        f"<requestId>{_request_id()}</requestId>"
    ]
    _answer_writer("ec2", operation)(result or {}, parts)
    parts.append(f"</{operation}Response>")
    return "".join(parts)


def _request_id() -> str:
    """Return an id in the form of a UUID; the system's random bytes, of which uuid4 makes one, cost more."""
    digits = f"{random.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def query_answer(service: str, namespace: str, operation: str, result: dict[str, Any]) -> str:
    """Return the XML answer of a query-protocol operation (STS); results hold no lists."""
    parts = [f'<{operation}Response xmlns="{namespace}"><{operation}Result>']
    _answer_writer(service, operation)(result, parts)
    parts.append(
        f"</{operation}Result><ResponseMetadata><RequestId>request-id</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )
    return "".join(parts)


@cache
def _answer_writer(service: str, operation: str) -> Writer:
    shape = get_service_model(service).operation_model(operation).output_shape
    return _writer(shape) if shape else lambda result, parts: None


def _writer(shape: Shape) -> Writer:
    if shape.type_name == "structure":
        return _structure_writer(shape)
    if shape.type_name == "list":
        return _list_writer(shape)
    return {"boolean": _boolean, "timestamp": _timestamp}.get(shape.type_name, _text)


def _structure_writer(shape: Shape) -> Writer:
    # Filled on first use: shapes may contain themselves.
    members: dict[str, tuple[str, str, Writer]] = {}
    without_empty_tags = shape.name in WITHOUT_EMPTY_TAGS

    def member_of(name: str) -> tuple[str, str, Writer]:
        if name not in shape.members and name[0].islower():
            raise NotPlainError  # moto's data often has names of its own
        member = shape.members[name]
        tag = member.serialization.get("name", name)
        members[name] = (f"<{tag}>", f"</{tag}>", _writer(member))
        return members[name]

    def write(value: Any, parts: list[str]) -> None:
        if not isinstance(value, dict):
            raise NotPlainError
        for name, inner in value.items():
            if inner is None or (without_empty_tags and name == "Tags" and inner == []):
                continue
            opening, closing, writer = members.get(name) or member_of(name)
            parts.append(opening)
            writer(inner, parts)
            parts.append(closing)

    return write


def _list_writer(shape: Shape) -> Writer:
    tag = shape.member.serialization.get("name", "item")
    opening, closing, writer = f"<{tag}>", f"</{tag}>", _writer(shape.member)

    def write(value: Any, parts: list[str]) -> None:
        if not isinstance(value, list | tuple):
            raise NotPlainError
        for item in value:
            parts.append(opening)
            writer(item, parts)
            parts.append(closing)

    return write


def _boolean(value: Any, parts: list[str]) -> None:
    parts.append("true" if value is True or str(value).lower() == "true" else "false")


def _timestamp(value: Any, parts: list[str]) -> None:
    parts.append(_moment(value) if isinstance(value, datetime) else str(value))


@lru_cache(maxsize=65536)
def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _text(value: Any, parts: list[str]) -> None:
    if not isinstance(value, str):
        if not isinstance(value, int | float):
            raise NotPlainError
        value = str(value)
    parts.append(escape(value) if _has_markup(value) else value)
