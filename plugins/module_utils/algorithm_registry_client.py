# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolves an algorithm to the endpoint that a customer offers, for the front that calls it.

One file without dependencies beyond boto3: copy it beside the front. Its role needs GetItem or Query on both tables,
which closednet.aws.algorithm_registry allows it through the VPC's gateway endpoint of DynamoDB.

    registry = Registry("algorithms", region="eu-central-1")
    answer = registry.resolve("score")            # a version by weight
    answer = registry.resolve("score", key="customer-17")  # the same version for the same key
    answer = registry.resolve("score", "2")       # this version
    requests.post(f"{answer.url}/run", ...)

An answer is a row that is live and whose endpoint the checker found healthy within `stale_seconds`. If DynamoDB
throttles or fails, the last good read is used for `keep_seconds`, and `answer.note` says so.
"""

from __future__ import annotations

import hashlib
import logging
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LOG = logging.getLogger(__name__)
LIVE = "live"
# What a row must have to be used.
NEEDED = {"version": str, "account_id": str, "endpoint": str, "port": int, "protocol": str, "weight": int}
# Algorithms whose rows are kept in memory at most.
MOST = 1000
# Seconds without another try after a failed read, so that callers don't all wait for what is down.
RETRY_SECONDS = 2.0
CONNECT_SECONDS, READ_SECONDS = 1, 2


class RegistryError(LookupError):
    """No endpoint for this algorithm. Its message says why."""


class UnknownAlgorithm(RegistryError):
    """The registry has no row of this algorithm, or of this version."""


class NotUsable(RegistryError):
    """No row may be used now: pending, unhealthy, or not checked lately."""


class NotReadable(RegistryError):
    """DynamoDB can't be read, and no earlier read is recent enough."""


@dataclass(frozen=True)
class Answer:
    """Endpoint of an algorithm. note: "" if it was read within the ttl, else what the registry's failure is."""

    algorithm: str
    version: str
    account: str
    endpoint: str
    port: int
    protocol: str
    note: str = ""

    @property
    def url(self) -> str:
        return f"{self.protocol}://{self.endpoint}:{self.port}"


@dataclass(frozen=True)
class _Read:
    """Rows of one algorithm. at: when they were read, by the monotonic clock; time: by the wall clock; note: of a
    failure since then."""

    rows: tuple[Mapping[str, Any], ...]
    at: float
    time: float
    note: str = ""


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    read: _Read | None = None


class _Table:
    """Rows of one table by algorithm, each read again after `ttl` seconds."""

    def __init__(self, client: Any, name: str, ttl: float, keep: float, clocks: _Clocks) -> None:
        self._client, self.name, self._ttl, self._keep, self._clocks = client, name, ttl, keep, clocks
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._failed_at, self._failure = float("-inf"), ""

    def get(self, algorithm: str) -> _Read:
        """Return the rows; if they can't be read, those of before with a note. Raises NotReadable."""
        entry = self._entry(algorithm)
        with entry.lock:
            now = self._clocks.monotonic()
            if entry.read is None or now - entry.read.at >= self._ttl:
                if now - self._failed_at < RETRY_SECONDS:
                    return self._kept(algorithm, entry.read, now)
                try:
                    # The time is that before the read: what changes meanwhile is seen one ttl later at most.
                    entry.read = _Read(self._query(algorithm), now, self._clocks.time())
                except Exception as error:
                    self._failed_at, self._failure = self._clocks.monotonic(), _short(error)
                    LOG.warning("the table %s can't be read: %s", self.name, self._failure)
                    return self._kept(algorithm, entry.read, now)
            return entry.read

    def _kept(self, algorithm: str, read: _Read | None, now: float) -> _Read:
        if read is None or now - read.at > self._keep:
            since = "and it wasn't read before" if read is None else f"and was last read {now - read.at:.0f} s ago"
            raise NotReadable(f"{algorithm}: the table {self.name} can't be read ({self._failure}), {since}")
        note = f"the table {self.name} can't be read ({self._failure}): as of {now - read.at:.0f} s ago"
        return _Read(read.rows, read.at, read.time, note)

    def _entry(self, algorithm: str) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(algorithm, _Entry())
            self._entries.move_to_end(algorithm)
            if len(self._entries) > MOST:
                self._entries.popitem(last=False)
            return entry

    def _query(self, algorithm: str) -> tuple[Mapping[str, Any], ...]:
        request = {
            "TableName": self.name,
            "KeyConditionExpression": "#algorithm = :algorithm",
            "ExpressionAttributeNames": {"#algorithm": "algorithm"},
            "ExpressionAttributeValues": {":algorithm": {"S": algorithm}},
            # So that what was withdrawn isn't answered after that.
            "ConsistentRead": True,
        }
        rows: list[Mapping[str, Any]] = []
        while True:
            page = self._client.query(**request)
            rows += [{name: _plain(value) for name, value in item.items()} for item in page.get("Items", ())]
            if not page.get("LastEvaluatedKey"):
                return tuple(rows)
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


@dataclass(frozen=True)
class _Clocks:
    monotonic: Callable[[], float]
    time: Callable[[], float]


class Registry:
    """Registry of algorithms, for any number of threads.

    table: its name or ARN; health_table: default is NAME-health
    ttl: seconds for which what was read counts; less than stale_seconds
    stale_seconds: a check that is older counts as unhealthy
    keep_seconds: how long the last good read counts while DynamoDB fails
    client: a boto3 client of DynamoDB; by default one of `region` with the role of the process
    """

    def __init__(
        self,
        table: str = "algorithms",
        health_table: str | None = None,
        region: str | None = None,
        ttl: float = 30,
        stale_seconds: float = 180,
        keep_seconds: float = 900,
        client: Any = None,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        if not 0 <= ttl < stale_seconds:
            raise ValueError(f"ttl: {ttl} is not below stale_seconds ({stale_seconds}): a stale check would be used")
        client = client or connect(region)
        clocks = _Clocks(monotonic, now)
        self._rows = _Table(client, table, ttl, keep_seconds, clocks)
        self._health = _Table(client, health_table or f"{table}-health", ttl, keep_seconds, clocks)
        self._stale_seconds, self._now, self._draw = stale_seconds, now, draw

    def resolve(self, algorithm: str, version: str | None = None, key: str | None = None) -> Answer:
        """Return where to call an algorithm.

        version: this one; without it one of those with a weight, drawn by weight
        key: such as the caller's id; the same key gets the same version while weights and states stay as they are
        Raises UnknownAlgorithm, NotUsable or NotReadable, all of them RegistryError.
        """
        read = self._rows.get(_named("algorithm", algorithm))
        rows = [row for row in read.rows if version is None or row.get("version") == version]
        if not rows:
            what = algorithm if version is None else f"{algorithm} {version}"
            raise UnknownAlgorithm(f"{what}: the registry {self._rows.name} has no such row{_of(read.note)}")
        health = self._health.get(algorithm)
        # While the health can't be read, checks count as at the last good read.
        when = health.time if health.note else self._now()
        refusals = {id(row): self._refusal(row, health.rows, when) for row in rows}
        usable = [row for row in rows if not refusals[id(row)]]
        note = "; ".join(dict.fromkeys(filter(None, (read.note, health.note))))
        if not usable:
            told = "; ".join(f"version {row.get('version')}: {refusals[id(row)]}" for row in rows)
            raise NotUsable(f"{algorithm}: no row may be used: {told}{_of(note)}")
        row = usable[0] if version is not None else self._drawn(algorithm, usable, key)
        named = {name: row[name] for name in ("version", "endpoint", "port", "protocol")}
        return Answer(algorithm=algorithm, account=row["account_id"], note=note, **named)

    def _refusal(self, row: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], when: float) -> str:
        """Return why a row may not be used at a time, by its health checks; "" if it may."""
        wrong = [name for name, type_ in NEEDED.items() if not isinstance(row.get(name), type_)]
        if wrong:
            return f"the row has no valid {', '.join(wrong)}"
        if row.get("state") != LIVE:
            return f"{row.get('state')}: {row.get('reason') or 'not live'}"
        for check in checks:
            of_row = all(check.get(name) == row[name] for name in ("version", "endpoint", "port"))
            if of_row:
                return self._of_check(check, when)
        return f"{row['endpoint']}:{row['port']} wasn't checked yet"

    def _of_check(self, check: Mapping[str, Any], when: float) -> str:
        checked_at = check.get("checked_at")
        if not isinstance(checked_at, (int, float)):
            return "its check has no time"
        valid_until = checked_at + self._stale_seconds
        if isinstance(check.get("valid_until"), (int, float)):
            valid_until = min(valid_until, check["valid_until"])
        # A check from the future is one of a wrong clock, which may be of any age.
        if not checked_at - self._stale_seconds <= when <= valid_until:
            return f"stale: checked {when - checked_at:.0f} s ago"
        return "" if check.get("healthy") is True else f"unhealthy: {check.get('detail') or 'the check failed'}"

    def _drawn(self, algorithm: str, usable: Sequence[Mapping[str, Any]], key: str | None) -> Mapping[str, Any]:
        weighted = sorted((row for row in usable if row["weight"] > 0), key=lambda row: str(row["version"]))
        if not weighted:
            versions = ", ".join(str(row["version"]) for row in usable)
            raise NotUsable(f"{algorithm}: no usable version has a weight; name one of {versions}")
        point = (self._draw() if key is None else _fraction(algorithm, key)) * sum(row["weight"] for row in weighted)
        for row in weighted:
            point -= row["weight"]
            if point < 0:
                return row
        return weighted[-1]


def connect(region: str | None = None, session: Any = None, endpoint_url: str | None = None) -> Any:
    """Return a client of DynamoDB that gives up within seconds, so that the last good read is used soon.

    session: a boto3 session; by default that of the process
    """
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"mode": "standard"})
    return (session or boto3).client("dynamodb", region_name=region, endpoint_url=endpoint_url, config=config)


def _named(what: str, name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise UnknownAlgorithm(f"{what}: {name!r} is no name")
    return name


def _of(note: str) -> str:
    return f" ({note})" if note else ""


def _fraction(algorithm: str, key: str) -> float:
    """Return a number from 0 to below 1 that depends on both texts alone."""
    digest = hashlib.sha256(f"{algorithm}\0{key}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _short(error: Exception) -> str:
    """Return AWS's error code, or the kind of error: texts may be long, and name what isn't the caller's business."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)


def _plain(value: Mapping[str, Any]) -> Any:
    """Return an attribute of DynamoDB as a Python value; what a row of the registry can't have stays as it is."""
    ((kind, inner),) = value.items()
    if kind == "N":
        return int(inner) if inner.lstrip("-").isdigit() else float(inner)
    return inner if kind in ("S", "BOOL") else None if kind == "NULL" else value
