# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Eventual consistency: Describe answers omit a resource for a while after its creation.

https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html. Applies to Describe* and to resources that
operations marked with `creates` create: a describe by id answers NotFound; any other omits the resource and the items
that name it (the main route table of a VPC). Other calls see it at once; so does the other account of an attachment.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar
from xml.etree import ElementTree

from moto.core.utils import camelcase_to_underscores

from emulator import transitions
from emulator.ec2.errors import not_found

Method = TypeVar("Method", bound=Callable[..., Any])
milliseconds = 0.0
# Lag of the call being answered, set by a fault; and of resources that such calls created: resource id -> milliseconds.
of_this_call = 0.0
longer: dict[str, float] = {}


def creates(prefix: str) -> Callable[[Method], Method]:
    """Return a decorator for an operation whose new resources lag. prefix: of their ids."""

    def mark(method: Method) -> Method:
        method.__dict__["creates"] = prefix
        return method

    return mark


@functools.cache
def prefix_of(responses: type, operation: str) -> str | None:
    """Return the id prefix of what the operation creates, None if it isn't marked with `creates`.

    responses: EC2's class.
    """
    return getattr(getattr(responses, camelcase_to_underscores(operation), None), "creates", None)


def note_birth(born: dict[str, int], prefix: str | None, body: str | bytes) -> None:
    """Record the ids of what a call created. born: resource id -> nanoseconds of transitions.py, of its creation."""
    if prefix and (milliseconds or of_this_call):
        for resource_id in re.findall(rf">({prefix}-[0-9a-f]{{17}})<", str(body)):
            born.setdefault(resource_id, transitions.now())
            if of_this_call:
                longer[resource_id] = of_this_call


def hidden(born: dict[str, int]) -> set[str]:
    now = transitions.now()
    for resource_id, moment in list(born.items()):
        if moment + transitions.nanoseconds(longer.get(resource_id, milliseconds)) <= now:
            del born[resource_id]
    return set(born)


def refuse_hidden(unseen: set[str], parameters: dict[str, Any]) -> None:
    """Raise NotFound if an id parameter (SubnetId.1, ...) names a resource that is still hidden."""
    for name, (value, *_) in parameters.items():
        if value in unseen and not name.startswith("Filter"):
            raise not_found(value)


def without_hidden(unseen: set[str], body: str) -> str:
    """Return a Describe answer's XML without the items that name a hidden resource."""
    root = ElementTree.fromstring(body)
    if "}" in root.tag:
        ElementTree.register_namespace("", root.tag[1:].split("}")[0])
    for collection in root:
        for item in list(collection):
            if any(child.text in unseen for child in item):
                collection.remove(item)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
