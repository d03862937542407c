# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lambda function that checks the endpoints of algorithms and writes their health. Shipped by algorithm_registry.

It imports the standard library only, and the boto3 of Lambda's runtime when it writes. What to check comes with the
event of its schedule: {"algorithms": [{algorithm, version, endpoint, port, protocol, health_path}]}.

Environment: HEALTH_TABLE, STALE_SECONDS (how long an answer is worth something), TIMEOUT_SECONDS (of one check).
"""

from __future__ import annotations

import concurrent.futures
import http.client
import importlib
import math
import os
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

# Checks at the same time: all are waiting most of the time.
PARALLEL = 64
# A text in a row of health has this many characters at most.
LONGEST = 200


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Check all algorithms of the event, write a row for each, and answer how many are healthy.

    Raises RuntimeError if a row couldn't be written, after all others were: so the function's metric Errors shows it.
    """
    table = os.environ["HEALTH_TABLE"]
    stale, timeout = int(os.environ["STALE_SECONDS"]), float(os.environ["TIMEOUT_SECONDS"])
    # Not at the top: the module that ships this file is read where boto3 need not be.
    client = importlib.import_module("boto3").client("dynamodb")
    algorithms = event["algorithms"]
    healthy, failed = 0, []
    for one, (answers, detail) in checked(algorithms, timeout):
        healthy += answers
        try:
            client.put_item(TableName=table, Item=row(one, answers, detail, int(time.time()), stale))
        except Exception as error:  # botocore's classes aren't known here
            failed.append(f"{one['algorithm']} {one['version']}: {error}")
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(algorithms)} rows weren't written: {'; '.join(failed)[:2000]}")
    return {"checked": len(algorithms), "healthy": healthy}


def longest(count: int, timeout: float) -> float:
    """Return within how many seconds this many checks are over."""
    return math.ceil(count / PARALLEL) * timeout + 1


def checked(algorithms: list[dict[str, Any]], timeout: float) -> Iterator[tuple[dict[str, Any], tuple[bool, str]]]:
    """Yield each algorithm with the answer of `check`, as they come; at the end those without one in time.

    A server that answers byte by byte never lets a socket time out, so all checks have a deadline together.
    """
    pool = concurrent.futures.ThreadPoolExecutor(PARALLEL)
    left = {pool.submit(check, one, timeout): one for one in algorithms}
    try:
        for done in concurrent.futures.as_completed(list(left), longest(len(algorithms), timeout)):
            yield left.pop(done), done.result()
    except concurrent.futures.TimeoutError:
        yield from ((one, (False, f"no answer within {timeout:g} s")) for one in left.values())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def row(one: dict[str, Any], answers: bool, detail: str, now: int, stale: int) -> dict[str, dict[str, Any]]:
    """Return the row of health of an algorithm, in DynamoDB's form."""
    texts = {"algorithm": one["algorithm"], "version": one["version"], "endpoint": one["endpoint"], "detail": detail}
    numbers = {"port": one["port"], "checked_at": now, "valid_until": now + stale}
    return {
        **{key: {"S": str(value)} for key, value in texts.items()},
        **{key: {"N": str(value)} for key, value in numbers.items()},
        "healthy": {"BOOL": answers},
    }


def check(one: dict[str, Any], timeout: float) -> tuple[bool, str]:
    """Return whether an endpoint answers, and what it answered.

    tcp: it accepts a connection. http and https: it answers GET with a status of 200 to 299; a redirect isn't followed,
    since it may lead anywhere.
    """
    try:
        if one["protocol"] == "tcp":
            socket.create_connection((one["endpoint"], int(one["port"])), timeout).close()
            return True, "connected"
        status = _status(one, timeout)
        return 200 <= status <= 299, f"HTTP {status}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return False, _printable(f"{type(error).__name__}: {error}")


def _status(one: dict[str, Any], timeout: float) -> int:
    connection: http.client.HTTPConnection
    if one["protocol"] == "https":
        # Whether it answers is asked, not who: certificates of private authorities aren't known here, and nothing
        # secret is sent. The front verifies them.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(one["endpoint"], int(one["port"]), timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(one["endpoint"], int(one["port"]), timeout=timeout)
    try:
        connection.request("GET", one["health_path"], headers={"User-Agent": "closednet-algorithm-registry"})
        return connection.getresponse().status
    finally:
        connection.close()


def _printable(text: str) -> str:
    """Return a text from the network in one line of printable characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:LONGEST]
