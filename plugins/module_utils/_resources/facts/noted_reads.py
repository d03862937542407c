# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads of several kinds, of which those that are denied are noted by kind, operation and code: read only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from ..._core.cloud import Meaning

Items = list[dict[str, Any]]
# Of an account whose VPCs can't be read nothing can be said: the failure tells what its credential lacks.
NEEDED = ("Vpcs",)
# What AWS answers where a partition or region hasn't the operation or the service, or the account hasn't turned it on:
# "Common errors" of EC2, and of services of JSON. EndpointConnectionError: botocore's, for a host that doesn't exist.
LACKING = frozenset(
    (
        *("InvalidAction", "UnknownOperationException", "UnsupportedOperation", "UnsupportedOperationException"),
        *("OptInRequired", "SubscriptionRequiredException", "EndpointConnectionError"),
    )
)


class Wanted(NamedTuple):
    """A kind to read. operation: such as ec2.describe_vpcs; needs: kinds without which it can't be read"""

    kind: str
    operation: str
    read: Callable[[], Any]
    needs: tuple[str, ...] = ()


class Reads:
    """Reads of an account. goes_on: whether a read that AWS denies or lacks is noted, and no error.

    kinds: {kind: items}, without those that weren't read; unread: {(kind, of): {"Kind", "Operation", "Code"}}, with
    "Of" where a part of the kind wasn't
    """

    def __init__(self, aws: Any, goes_on: bool) -> None:
        self.aws, self.goes_on = aws, goes_on
        self.kinds: dict[str, Any] = {}
        self.unread: dict[tuple[str, str], dict[str, str]] = {}

    def take(self, *wanted: Wanted) -> None:
        """Read kinds at the same time. Raises the cloud's errors that aren't noted."""
        answers = self.aws.gather(*(partial(self._one, one) for one in wanted))
        self.kinds |= {one.kind: items for one, items in zip(wanted, answers) if items is not None}

    def of(self, kind: str) -> Items:
        """Return a kind's items; none if it wasn't read."""
        found: Items = self.kinds.get(kind, [])
        return found

    def described(self, kind: str, operation: str, result: str, **params: Any) -> Wanted:
        """Return the kind whose items are all that an operation answers under the key `result`."""
        return Wanted(kind, operation, partial(self.aws.read, operation, result, **params))

    def for_each(self, kind: str, operation: str, one: Callable[..., Any], keys: Iterable[Any], *needs: str) -> Wanted:
        """Return the kind whose items are what `one` returns for each key, at the same time."""
        listed = list(keys)
        return Wanted(kind, operation, lambda: self.aws.gather(*(partial(one, self.aws, key) for key in listed)), needs)

    def part(self, kind: str, of: str, operation: str, read: Callable[[], Any]) -> Any:
        """Return what a read of a part of a kind returns; None if it is noted as unread."""
        try:
            return read()
        except self.aws.errors as error:
            self._note(kind, operation, error, of)
            return None

    def _one(self, wanted: Wanted) -> Any:
        missing = next((self.unread[need, ""] for need in wanted.needs if (need, "") in self.unread), None)
        if missing:
            self.unread[wanted.kind, ""] = {**missing, "Kind": wanted.kind}
            return None
        try:
            return wanted.read()
        except self.aws.errors as error:
            self._note(wanted.kind, wanted.operation, error)
            return None

    def _note(self, kind: str, operation: str, error: Exception, of: str = "") -> None:
        code = self.aws.code(error)
        denied = self.aws.classify(error) is Meaning.DENIED
        # A call to EC2 that isn't answered is trouble with the connection: each region has EC2.
        lacking = code in LACKING and not (code == "EndpointConnectionError" and operation.startswith("ec2."))
        if kind in NEEDED or not (self.goes_on and (denied or lacking)):
            raise error
        name = getattr(error, "operation_name", "") or _name(operation)
        self.unread[kind, of] = {"Kind": kind, "Operation": name, "Code": code, **({"Of": of} if of else {})}


def _name(operation: str) -> str:
    """Return an operation's name as AWS has it: DescribeVpcs of ec2.describe_vpcs."""
    return "".join(word.capitalize() for word in operation.partition(".")[2].split("_"))


def permissions(operations: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the IAM actions of operations. operations: {prefix in IAM: such as describe_vpcs}"""
    return tuple(f"{prefix}:{_name(f'.{name}')}" for prefix, names in operations.items() for name in names)
