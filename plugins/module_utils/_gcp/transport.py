# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls of Google's APIs: ONE credential, counted calls, pages, and what is sent again."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

from .._core.cloud import Meaning
from .._core.errors import Failure, Invalid
from .._core.parallel import gather
from .._core.wait import pauses
from .._domain.values import gcp_connection
from .advice import CREDENTIAL, next_step
from .connection_errors import of_exception
from .credentials import given, make_session
from .errors import GoogleError, classify, code_of, describe, of_answer
from .methods import HOSTS, METHODS, MOST, Method
from .retries import (
    ANSWER_SECONDS,
    ATTEMPTS,
    CONNECT_SECONDS,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    SILENT_ATTEMPTS,
    THROTTLED_SECONDS,
)

# One with this code was silent: each attempt takes a timeout.
SILENT = frozenset(("ReadTimeout", "ConnectTimeout"))


class Api:
    """Google's APIs with one credential, of no project in particular; safe to use from several threads.

    params: the connection options of all modules; any may be missing.
    Raises Failure if there is no credential.
    """

    errors: tuple[type[Exception], ...] = (GoogleError,)
    classify = staticmethod(classify)
    code = staticmethod(code_of)
    describe = staticmethod(describe)
    gather = staticmethod(gather)

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._not_before: dict[str, float] = {}
        self._params = given(params)
        self._base = (self._params.get("endpoint_url") or "").rstrip("/")
        try:
            # Also of the environment: an error of requests quotes a header that can't be one.
            for invalid in gcp_connection.problems(self._params):
                raise invalid
            self._session = make_session(self._params, self._count)
        except Invalid as error:
            raise Failure(f"{self.place}: {error} (nothing was read or written)") from error
        except ValueError as error:
            # google.auth's errors of credentials that it finds by itself are ValueErrors or its own.
            raise Failure(f"{self.place}: can't get a credential: {error}. Next: {CREDENTIAL}") from error
        except Exception as error:
            if not type(error).__module__.startswith("google.auth"):
                raise
            raise Failure(f"{self.place}: can't get a credential: {error}. Next: {CREDENTIAL}") from error

    @property
    def place(self) -> str:
        return "Google Cloud"

    def next_step(self, error: Exception, module: str) -> str:
        return next_step(error, module, account=self._params.get("impersonate_service_account") or "")

    def call(self, operation: str, *, body: Mapping[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """Send one call, such as `compute.networks.get`, and return its answer."""
        return self.send(METHODS[operation], params, body)

    def get(self, operation: str, **params: Any) -> dict[str, Any] | None:
        """Return what a reading call answers, None if the resource doesn't exist."""
        try:
            return self.call(operation, **params)
        except GoogleError as error:
            if error.meaning is not Meaning.GONE:
                raise
            return None

    def items(self, operation: str, **params: Any) -> list[dict[str, Any]]:
        """Return the items of all pages."""
        method = METHODS[operation]
        if method.service == "compute":
            params.setdefault("maxResults", MOST)
        found: list[dict[str, Any]] = []
        read = {""}
        while True:
            page = self.call(operation, **params)
            try:
                unread = method.unread(page)
                found += method.of_page(page)
            except ValueError as error:
                raise GoogleError(0, "UnreadableAnswer", str(error), operation, meaning=Meaning.OTHER) from error
            if unread:
                # A list that lacks a region would be taken for all that exists.
                raise GoogleError(0, "unreachable", f"Google couldn't read {unread}", operation, meaning=Meaning.OTHER)
            following = page.get("nextPageToken") or ""
            if not following:
                return found
            if str(following) in read:
                raise GoogleError(0, "UnreadableAnswer", "the pages don't end", operation, meaning=Meaning.OTHER)
            read.add(str(following))
            params["pageToken"] = following

    def delay(self, operation: str) -> float:
        """Seconds until a call of this operation could be sent: Google has throttled it."""
        return max(0.0, self._not_before.get(operation, 0.0) - time.monotonic())

    def send(
        self,
        method: Method,
        params: Mapping[str, Any],
        body: Mapping[str, Any] | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        again: bool = True,
    ) -> dict[str, Any]:
        """Send a call as often as retries.py says; return the answer. Raises GoogleError.

        again: sent again after a fault; one that Google throttles is in any case.
        """
        url, query = self._address(method, params)
        deadline = time.monotonic() + THROTTLED_SECONDS
        for attempts, pause in enumerate(pauses(deadline, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS), 1):
            time.sleep(self.delay(method.id))
            try:
                return self._once(method, url, query, body, answer_seconds)
            except GoogleError as error:
                throttled = error.meaning is Meaning.THROTTLED
                if not throttled and not (again and _worth_again(method, error, attempts)):
                    raise
                failed = error
            seconds = min(max(pause, failed.pause), LONGEST_PAUSE_SECONDS)
            if throttled:
                self._not_before[method.id] = time.monotonic() + seconds
            else:
                time.sleep(seconds)
        raise failed

    def _address(self, method: Method, params: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """URL and query of a call. All attempts have the same requestId."""
        try:
            url = method.url(self._base or HOSTS[method.service], params)
        except ValueError as error:
            raise Failure(f"{error}, which is no name; nothing was sent") from error
        query = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in params.items()
            if name not in method.parameters and value is not None
        }
        return url, {**query, "requestId": str(uuid.uuid4())} if method.repeatable else query

    def _once(
        self, method: Method, url: str, query: Mapping[str, str], body: Mapping[str, Any] | None, answer_seconds: float
    ) -> dict[str, Any]:
        self._count(method.id)
        try:
            answer = self._session.request(
                method.verb,
                url,
                params=query,
                json=body,
                timeout=(CONNECT_SECONDS, answer_seconds),
                allow_redirects=False,
            )
        except Exception as error:
            told = of_exception(error, method.id, method.verb)
            if told is None:
                raise
            raise told from error
        return _read(answer, method)

    def _count(self, operation: str) -> None:
        with self._lock:
            self.calls[operation] += 1


def _worth_again(method: Method, error: GoogleError, attempts: int) -> bool:
    """Return true if a call that met a fault is to be sent again: it takes place once, or nothing was sent."""
    if not error.transient:
        return False
    once = method.reads or method.repeatable or error.meaning is Meaning.UNSENT
    return once and attempts < (SILENT_ATTEMPTS if error.code in SILENT else ATTEMPTS)


def _read(answer: Any, method: Method) -> dict[str, Any]:
    """Return the JSON of an answer. Raises GoogleError for an error, and for what isn't Google's."""
    if answer.status_code >= 400:
        error = of_answer(answer.status_code, answer.content, method.id, method.verb)
        asked = answer.headers.get("Retry-After", "")
        error.pause = float(asked) if asked.isascii() and asked.isdigit() else 0.0
        raise error
    if answer.status_code < 300 and not answer.content.strip() and method.verb == "DELETE":
        return {}  # of Cloud DNS: 204
    try:
        read = json.loads(answer.content)
    except (ValueError, RecursionError):  # the latter of brackets without end
        read = None
    if answer.status_code >= 300 or not isinstance(read, dict) or not method.knows(read):
        text = f"what answered isn't Google: status {answer.status_code}, {answer.content[:60]!r}"
        meaning = Meaning.OTHER if method.reads else Meaning.LOST
        raise GoogleError(answer.status_code, "UnreadableAnswer", text, method.id, method.verb, meaning)
    return read
