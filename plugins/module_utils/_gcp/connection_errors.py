# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors of requests and google-auth as GoogleErrors: whether the call was sent, and what the credential lacks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .._core.cloud import Meaning
from .credentials import GENERATE
from .errors import GoogleError, of_answer, page

# Names of the exceptions that mean that nothing was sent: of requests, and of urllib3 inside of them.
UNSENT = frozenset(
    (
        *("ConnectTimeout", "ConnectTimeoutError", "NewConnectionError", "NameResolutionError", "ProxyError"),
        *("SSLError", "TransportError", "InvalidProxyURL", "InvalidURL", "InvalidSchema", "MissingSchema"),
    )
)
# Those of an address that can't be read, which is a proxy's: all others are checked or fixed. Their texts quote what
# they take for its host: a part of the password, if that has a character such as # or /.
OF_PROXY = frozenset(("InvalidProxyURL", "InvalidURL", "LocationParseError"))
PROXY = "the address of a proxy (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)"
# What the libraries raise where a token's answer has another form than Google's, or a proxy's address isn't ASCII.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
# Those that don't end by themselves.
PERMANENT = frozenset(("SSLError", "InvalidProxyURL", "InvalidURL", "InvalidSchema", "MissingSchema"))


def of_exception(error: Exception, operation: str, method: str) -> GoogleError | None:
    """Return the GoogleError of an exception of requests or google-auth, None for one of somebody else."""
    module = type(error).__module__
    if module == "builtins" and isinstance(error, UNREADABLE):
        text = f"{PROXY}, or what answered where a token was asked for, can't be read"
        # It may have been sent: one can come up after that, too.
        return GoogleError(
            0, type(error).__name__, text, operation, method, Meaning.OTHER if method == "GET" else Meaning.LOST
        )
    if module.startswith("requests"):
        return _of_connection(error, operation, method)
    if not module.startswith("google.auth"):
        return None
    if type(error).__name__ == "TransportError":
        return _of_connection(error, operation, method)
    return _of_credential(error, operation, method)


def _of_connection(error: Exception, operation: str, method: str) -> GoogleError:
    names = [type(one).__name__ for one in _chain(error)]
    unsent = not UNSENT.isdisjoint(names)
    meaning = Meaning.UNSENT if unsent else Meaning.OTHER if method == "GET" else Meaning.LOST
    text = (
        str(error)
        if OF_PROXY.isdisjoint(names)
        else f"{PROXY} can't be read; a user and password in it are URL-encoded"
    )
    told = GoogleError(0, type(error).__name__, text, operation, method, meaning)
    told.transient = PERMANENT.isdisjoint(names)
    return told


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, and those that it says are its reason, by argument or attribute (urllib3) or as a cause."""
    for _depth in range(6):
        yield error
        inner = getattr(error, "reason", None) or next(iter(error.args), None) or error.__cause__
        if not isinstance(inner, BaseException):
            return
        error = inner


def _of_credential(error: Exception, operation: str, method: str) -> GoogleError:
    """Error of getting a token, before the call itself: nothing was sent, and no resource is what is meant."""
    body = error.args[1] if len(error.args) > 1 else None
    status = _status(body)
    if not status and isinstance(body, str):
        # Of a proxy or of Google's front end: it says nothing of the credential.
        told = GoogleError(0, "UnreadableAnswer", page(body.encode()), GENERATE, "POST", Meaning.UNSENT)
        told.transient = True
        return told
    if not status:
        return GoogleError(
            0, type(error).__name__, str(error.args[0] if error.args else error), operation, method, Meaning.EXPIRED
        )
    told = of_answer(status, str(body).encode(), GENERATE, "POST")
    told.transient = status >= 500
    if told.transient:
        told.meaning = Meaning.UNSENT
    elif told.meaning not in (Meaning.THROTTLED, Meaning.EXPIRED):
        told.meaning = Meaning.DENIED
    return told


def _status(body: object) -> int:
    """Status in an answer of generateAccessToken, 0 if it is none."""
    try:
        return int(json.loads(body)["error"]["code"]) if isinstance(body, str) else 0
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
