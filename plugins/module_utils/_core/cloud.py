# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cloud as the engine sees it: calls, and what their errors mean. _aws and _gcp are two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from typing import Any, Protocol, TypedDict

from .errors import Failure


class Meaning(Enum):
    """Meaning of a call's error to the engine, whatever the cloud's code."""

    GONE = auto()  # no resource has that name or id (any more, or it isn't visible yet)
    IN_USE = auto()  # another resource still uses it
    TAKEN = auto()  # it exists already, or is already as asked for
    STALE = auto()  # it was changed since it was read: the token or version of the call is outdated
    UNSETTLED = auto()  # its present state doesn't allow the call
    REFUSED = auto()  # for another reason, in what exists or in what was asked for
    THROTTLED = auto()  # too many calls; nothing was done
    DENIED = auto()  # the credential lacks a permission
    EXPIRED = auto()  # the credential is expired, unknown or wrongly used
    LOST = auto()  # the answer was lost, so a write may have taken place
    UNSENT = auto()  # the call never arrived
    OTHER = auto()  # no answer from the cloud: a fault of this machine, its settings or the code


# What somebody else does meanwhile may change the answer to these: worth reading and planning again.
WORTH_REPLANNING = frozenset(
    (Meaning.GONE, Meaning.IN_USE, Meaning.TAKEN, Meaning.STALE, Meaning.UNSETTLED, Meaning.REFUSED)
)


class Place(TypedDict):
    """Account, region and partition of a run; None where a module reads files in place of an account."""

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
        """Send one call, such as `ec2.create_vpc`, and return its answer."""

    def gather(self, *reads: Callable[[], Any]) -> list[Any]:
        """Run independent reads and return their results in the order given."""

    def delay(self, operation: str) -> float:
        """Seconds until a call of this operation could be sent."""

    def classify(self, error: Exception) -> Meaning: ...

    def code(self, error: Exception) -> str:
        """The cloud's error code, or the name of the exception."""

    def describe(self, error: Exception) -> str:
        """Text of an error: the call, and the cloud's code and message."""

    def next_step(self, error: Exception, module: str) -> str:
        """Return what to do about an error, as a sentence that begins with "Next: "."""


class Provider(Protocol):
    """A cloud before there is a connection: options, checks and preloading for its modules.

    account_option   the option that names the account
    account_noun     what its users call an account: project
    """

    @property
    def account_option(self) -> str: ...

    @property
    def account_noun(self) -> str: ...

    @property
    def argument_spec(self) -> dict[str, Any]:
        """Argument spec of the options that connect to an account, without account_option."""

    def missing(self) -> str:
        """Name of the library that isn't installed; "" if all are."""

    def outdated(self) -> str:
        """Text that says which library is too old, and what is needed; "" if none is."""

    def check(self, params: Mapping[str, Any]) -> None:
        """Check the options that connect to an account, as far as no call is needed. Raises Invalid."""

    def normalise(self, params: Mapping[str, Any], tagging: frozenset[str]) -> Mapping[str, Any]:
        """Return the options in the cloud's forms: tags as text. Raises Invalid.

        tagging: permissions of the kinds that have tags.
        """

    def connect(self, params: Mapping[str, Any]) -> Cloud:
        """Connect to the account of these options. Raises Failure if the credential is of another one."""

    def preload(self, permissions: Iterable[str]) -> None:
        """Load what a first connection reads and parses, for all workers of a run. permissions: of its calls."""

    def results(self, params: Mapping[str, Any], calls: Mapping[str, int]) -> dict[str, Any]:
        """Further result keys of all the cloud's modules, from the calls that were sent."""


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
