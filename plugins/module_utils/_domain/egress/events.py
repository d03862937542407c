# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads Network Firewall's alert and flow logs. All fields come from packets and are hostile text.

https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html; in `event` is
Suricata's EVE record. Logs from S3 and Firehose have one record after another, those exported from CloudWatch Logs a
time before each, and subscriptions put several into an envelope.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timezone
from typing import Any

from . import parts, tails
from .observations import Observation, of_text

DECODER = json.JSONDecoder()
MESSAGE = re.compile(rf"(?:{parts.ALLOW}|{tails.DENY}|{tails.WOULD_DENY}) group=([A-Za-z][A-Za-z0-9_-]{{0,63}})\b")
DEEPEST = 3


def observations(lines: Iterable[str]) -> Iterator[Observation | None]:
    """Yield what each record says; None for what is no record of a log."""
    for line in lines:
        for record in _records(line):
            if record is None:
                yield None
            else:
                yield from _of_record(record, 0)


def is_log(text: str) -> bool:
    """Return true if a file begins like a log of Network Firewall."""
    first = next((record for record in _records(text.lstrip().partition("\n")[0])), None)
    return first is not None and bool({"firewall_name", "logEvents"} & first.keys() or "event_type" in first)


def _records(line: str) -> Iterator[dict[str, Any] | None]:
    """Yield the JSON objects of a line; None for a rest that is none."""
    at = line.find("{")
    if at < 0:
        if line.strip():
            yield None
        return
    while at < len(line):
        try:
            found, at = DECODER.raw_decode(line, at)
        except (ValueError, RecursionError):
            yield None
            return
        yield found if isinstance(found, dict) else None
        at += len(line[at:]) - len(line[at:].lstrip(" \t\r\n,"))


def _of_record(record: Mapping[str, Any], depth: int) -> Iterator[Observation | None]:
    enclosed = record.get("logEvents")
    if isinstance(enclosed, list) and depth < DEEPEST:
        for one in enclosed:
            for inner in _records(str(_field(one, "message"))):
                yield from [None] if inner is None else _of_record(inner, depth + 1)
        return
    event = record.get("event", record)
    if not isinstance(event, dict):
        yield None
    elif event.get("event_type") == "alert":
        yield _of_alert(event)
    elif event.get("event_type") == "netflow":
        yield from _of_flow(event)
    # TLS logs have errors of TLS inspection.


def _of_alert(event: Mapping[str, Any]) -> Observation | None:
    signature = str(_field(event, "alert", "signature"))
    found = MESSAGE.match(signature)
    # In monitor mode, what would be denied is allowed.
    allowed = _field(event, "alert", "action") != "blocked"
    name = str(_field(event, "tls", "sni") or _field(event, "http", "hostname") or "")
    protocol = _protocol(event)
    return _observed(event, name or str(event.get("dest_ip", "")), protocol, allowed, found[1] if found else None)


def _protocol(event: Mapping[str, Any]) -> str:
    application = str(event.get("app_proto", ""))
    if application in ("tls", "http", "quic"):
        return application
    if event.get("tls") or event.get("http"):
        return "tls" if event.get("tls") else "http"
    transport = str(event.get("proto", "")).lower()
    return transport if transport in ("tcp", "udp", "icmp") else "other"


def _of_flow(event: Mapping[str, Any]) -> Iterator[Observation | None]:
    """Yield connections without a name. Each has a record for each direction; answers come from the lower port."""
    source, destination = event.get("src_port"), event.get("dest_port")
    is_answer = isinstance(source, int) and isinstance(destination, int) and source < destination
    protocol = _protocol(event)
    if not is_answer and protocol not in ("tls", "http"):
        yield _observed(event, str(event.get("dest_ip", "")), protocol, None, None)


def _observed(
    event: Mapping[str, Any], host: str, protocol: str, allowed: bool | None, group: str | None
) -> Observation | None:
    port = event.get("dest_port", 0)
    number = port if isinstance(port, int) and 0 <= port < 65536 else 0
    return of_text(str(event.get("src_ip", "")), host, number, protocol, allowed, _day(event.get("timestamp")), group)


def _field(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _day(text: Any) -> date | None:
    """Return the day, in UTC, of a time as in 2026-11-28T12:00:00.123456+0000."""
    try:
        found = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        return None
    return found.astimezone(timezone.utc).date()
