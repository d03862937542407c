# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2's XML for answers that are plain data in the shape of the API: a tenth of the time that moto's serialiser takes,
which also looks for attributes of objects, under all names that a member may have there.

https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html, responses. A member that the operation's model does
not have is a mistake and raises: boto3 would drop it without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.model import Shape
from moto.core.utils import get_service_model

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
# Shown without Tags where they have none; others have an empty list. From recordings of real accounts (Batfish's
# aws_configs), the last two from moto's tests verified on AWS.
WITHOUT_EMPTY_TAGS = {
    "Vpc",
    "Subnet",
    "SecurityGroup",
    "Address",
    "TransitGatewayVpcAttachment",
    "TransitGatewayAttachment",
}
Writer = Callable[[Any], str]


class NotPlainError(Exception):
    """A value is an object of moto's: moto serialises it."""


def xml_answer(operation: str, result: dict[str, Any] | None) -> str:
    body = _answer_writer(operation)(result or {})
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<{operation}Response xmlns="{NAMESPACE}">'
        f"<requestId>{uuid4()}</requestId>{body}</{operation}Response>"
    )


@cache
def _answer_writer(operation: str) -> Writer:
    shape = get_service_model("ec2").operation_model(operation).output_shape
    return _writer(shape) if shape else lambda result: ""


def _writer(shape: Shape) -> Writer:
    if shape.type_name == "structure":
        return _structure_writer(shape)
    if shape.type_name == "list":
        return _list_writer(shape)
    return {"boolean": _boolean, "timestamp": _timestamp}.get(shape.type_name, _text)


def _structure_writer(shape: Shape) -> Writer:
    # Filled on first use: shapes may contain themselves.
    writers: dict[str, tuple[str, Writer]] = {}

    def write(value: Any) -> str:
        if not isinstance(value, dict):
            raise NotPlainError
        parts = []
        for name, inner in value.items():
            if inner is None or (inner == [] and name == "Tags" and shape.name in WITHOUT_EMPTY_TAGS):
                continue
            if name not in writers:
                if name not in shape.members and name[0].islower():
                    raise NotPlainError  # moto's data often has names of its own
                member = shape.members[name]
                writers[name] = (member.serialization.get("name", name), _writer(member))
            tag, writer = writers[name]
            parts.append(f"<{tag}>{writer(inner)}</{tag}>")
        return "".join(parts)

    return write


def _list_writer(shape: Shape) -> Writer:
    tag = shape.member.serialization.get("name", "item")
    writer = _writer(shape.member)

    def write(value: Any) -> str:
        if not isinstance(value, list | tuple):
            raise NotPlainError
        return "".join(f"<{tag}>{writer(item)}</{tag}>" for item in value)

    return write


def _boolean(value: Any) -> str:
    return "true" if str(value).lower() == "true" else "false"


def _timestamp(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.000Z") if isinstance(value, datetime) else str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise NotPlainError
    return escape(str(value))
