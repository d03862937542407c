# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cloud as the engine sees it: calls, and what their errors mean. _aws is one; another one needs no change here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from typing import Any, Protocol, TypedDict

from .errors import Failure


class Meaning(Enum):
    """What an error of a call says about what was asked for."""

    GONE = auto()  # there is none of that name or id (any more, or not visible yet)
    IN_USE = auto()  # another resource still uses it
    TAKEN = auto()  # it exists already, or is so already
    STALE = auto()  # it was changed since it was read: the token or version of the call is an older one
    UNSETTLED = auto()  # not in its present state
    REFUSED = auto()  # for another reason that lies in what is there or in what was asked for
    THROTTLED = auto()  # nothing was done: too many calls
    DENIED = auto()  # the credential may not
    EXPIRED = auto()  # the credential is expired, unknown or wrongly used
    LOST = auto()  # the answer was lost, so a write may have taken place
    UNSENT = auto()  # the call never arrived
    OTHER = auto()  # no answer of the cloud: a fault of this machine, its settings or the code


# By what somebody else does meanwhile, these may have another answer: worth reading and planning again.
WORTH_REPLANNING = frozenset(
    (Meaning.GONE, Meaning.IN_USE, Meaning.TAKEN, Meaning.STALE, Meaning.UNSETTLED, Meaning.REFUSED)
)


class Place(TypedDict):
    """Where a module works; None where it reads files in place of an account."""

    account_id: str | None
    region: str | None
    partition: str | None


class Cloud(Protocol):
    """One account of a cloud, with one credential.

    errors     the exceptions of its calls
    calls      how often each operation was sent, retries included
    """

    account_id: str | None
    region: str | None
    partition: str | None
    errors: tuple[type[Exception], ...]

    @property
    def calls(self) -> Mapping[str, int]: ...

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """The answer of one call, `ec2.create_vpc`."""

    def gather(self, *reads: Callable[[], Any]) -> list[Any]:
        """The results of independent reads, in the order given."""

    def delay(self, operation: str) -> float:
        """Seconds until a call of this operation could be sent."""

    def classify(self, error: Exception) -> Meaning: ...

    def code(self, error: Exception) -> str:
        """The cloud's code, or the name of the exception."""

    def describe(self, error: Exception) -> str:
        """The call, and the cloud's code and message."""

    def next_step(self, error: Exception, module: str) -> str:
        """What to do about it: a sentence that begins with "Next: "."""


class Provider(Protocol):
    """A cloud before there is an account: what its modules need.

    account_option   the option that names the account
    """

    @property
    def account_option(self) -> str: ...

    @property
    def argument_spec(self) -> dict[str, Any]:
        """The options that lead to an account, account_option among them."""

    def missing(self) -> str:
        """The library that isn't installed, "" where all are."""

    def outdated(self) -> str:
        """Which library is too old, and what is needed; "" where none is."""

    def check(self, params: Mapping[str, Any]) -> None:
        """Raises Invalid for options that lead to no account."""

    def normalise(self, params: Mapping[str, Any], tagging: frozenset[str]) -> Mapping[str, Any]:
        """The options in the cloud's forms: tags as text. tagging: the permissions of kinds that have tags. Raises
        Invalid.
        """

    def connect(self, params: Mapping[str, Any]) -> Cloud:
        """Raises Failure where the credential isn't one of the account."""

    def preload(self, permissions: Iterable[str]) -> None:
        """Loads what a first connection reads and parses, for all workers of a run. permissions: those of its calls."""

    def results(self, params: Mapping[str, Any], calls: Mapping[str, int]) -> dict[str, Any]:
        """Further result keys of all modules of the cloud, from the calls that were sent."""


class NoCloud:
    """A null Cloud, for modules that read files in place of an account."""

    account_id: str | None = None
    region: str | None = None
    partition: str | None = None
    errors: tuple[type[Exception], ...] = ()
    calls: Mapping[str, int] = {}

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        raise Failure(f"{operation}: files are read here, no account")

    def gather(self, *reads: Callable[[], Any]) -> list[Any]:
        return [read() for read in reads]

    def delay(self, operation: str) -> float:
        return 0.0

    def classify(self, error: Exception) -> Meaning:
        return Meaning.OTHER

    def code(self, error: Exception) -> str:
        return type(error).__name__

    def describe(self, error: Exception) -> str:
        return str(error)

    def next_step(self, error: Exception, module: str) -> str:
        return "Next: correct the files and run again"
