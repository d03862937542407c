# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads access logs of proxies: who asked for which name. What a client wrote there is hostile text.

Formats: squid's ``squid`` (native), ``common`` and ``combined`` (http://www.squid-cache.org/Doc/config/logformat/);
nginx's, which have no fixed one: JSON, or a log_format line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timezone
from typing import Any

from ...._core.errors import Invalid
from ..observations import Observation, of_text

FORMATS = ("squid", "common", "nginx_json", "nginx_stream")
# Squid's result codes for what it refused; NONE is what didn't get as far as that.
DENIED = ("TCP_DENIED", "TCP_DENIED_REPLY", "TCP_DENIED_ABORTED")
NATIVE = re.compile(
    r"(?P<time>\d+(?:\.\d+)?)\s+-?\d+\s+(?P<source>\S+)\s+(?P<result>[A-Z_]+)[^/\s]*/(?P<status>\d+)\s+\d+\s+"
    r"(?P<method>\S+)\s+(?P<url>\S+)\s+"
)
COMMON = re.compile(
    r"(?P<source>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "
    r"\"(?P<method>\S+) (?P<url>\S+)(?: HTTP/[\d.]+)?\" (?P<status>\d+) \S+"
    r"(?:.*\s(?P<result>TCP_[A-Z_]+|NONE[A-Z_]*)[:/]\S*)?"
)
# No default has a name: this one is https://nginx.org/en/docs/stream/ngx_stream_log_module.html's "basic" and the name.
NGINX_STREAM = (
    '$remote_addr [$time_local] $protocol $status $bytes_sent $bytes_received $session_time "$ssl_preread_server_name"'
)
# Fields of nginx's logs by what they are called in JSON, the first that a line has.
SOURCES = ("src", "source", "client", "proxy_protocol_addr", "remote_addr")
NAMES = ("sni", "ssl_preread_server_name", "server_name", "host", "http_host")
TIMES = ("time", "time_iso8601", "time_local", "timestamp", "msec")
PORTS = ("port", "server_port")
VERDICTS = ("verdict", "ok")
MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
LONGEST_LINE = 20_000
Reader = Callable[[str], "Observation | None"]


def observations(lines: Iterable[str], log_format: str, option: str = "log_format") -> Iterator[Observation | None]:
    """Yield what each line says; None for a line that isn't of the format. Raises Invalid for an unknown format.

    log_format: one of FORMATS, or a log_format of nginx with its variables.
    """
    reader = _reader(log_format, option)
    for line in lines:
        if line.strip():
            yield reader(line) if len(line) <= LONGEST_LINE else None


def likely(text: str) -> str | None:
    """Return the format of a log by its first lines, or None."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lstrip().startswith("{"):
        return "nginx_json"
    for name, pattern in (("squid", NATIVE), ("common", COMMON)):
        if pattern.match(first):
            return name
    return "nginx_stream" if re.match(_pattern(NGINX_STREAM), first) else None


def _reader(log_format: str, option: str) -> Reader:
    if log_format == "squid":
        return lambda line: _of_squid(NATIVE.match(line.strip()))
    if log_format in ("common", "combined"):
        return lambda line: _of_squid(COMMON.match(line.strip()))
    if log_format == "nginx_json":
        return _of_json
    text = NGINX_STREAM if log_format == "nginx_stream" else log_format
    names = set(VARIABLE.findall(text))
    if not names & {*NAMES} or not names & {*SOURCES}:
        expected = f"{', '.join(FORMATS)}, or nginx's log_format with $remote_addr and $ssl_preread_server_name"
        raise Invalid(option, log_format, "is no format of a log that names clients and servers", expected)
    compiled = re.compile(_pattern(text))

    def read(line: str) -> Observation | None:
        found = compiled.match(line.strip())
        return _of_fields(found.groupdict()) if found else None

    return read


def _pattern(log_format: str) -> str:
    """Return a regular expression for a line of a log_format: a variable ends where the next text begins."""
    parts, at, seen = [], 0, set()
    for found in VARIABLE.finditer(log_format):
        parts.append(re.escape(log_format[at : found.start()]))
        at = found.end()
        following = log_format[at : at + 1]
        inside = f"[^{re.escape(following)}]*" if following and following != "$" else r"\S*"
        parts.append(f"(?:{inside})" if found[1] in seen else f"(?P<{found[1]}>{inside})")
        seen.add(found[1])
    return "".join([*parts, re.escape(log_format[at:])])


def _of_squid(found: re.Match[str] | None) -> Observation | None:
    if not found:
        return None
    host, port, protocol = _of_url(found["method"], found["url"])
    result = found["result"] or ""
    # What wasn't a request that squid understood, such as error:invalid-request.
    if not host:
        return None
    allowed = not (result in DENIED or (not result and found["status"] == "403"))
    return of_text(found["source"], host, port, protocol, allowed, _day(found["time"]))


def _of_url(method: str, url: str) -> tuple[str, int, str]:
    """Return (host, port, protocol) of a request; host is empty if it has none."""
    if method == "CONNECT":
        host, _colon, port = url.rpartition(":")
        return (host, int(port), "tls") if port.isdecimal() and len(port) < 6 else (url, 443, "tls")
    found = re.match(r"(?P<scheme>https?)://(?:[^/@\s]*@)?(?P<host>[^/:?#\s]+)(?::(?P<port>\d{1,5}))?", url)
    if not found:
        return "", 0, ""
    is_tls = found["scheme"] == "https"
    return found["host"], int(found["port"] or (443 if is_tls else 80)), "tls" if is_tls else "http"


def _of_json(line: str) -> Observation | None:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _of_fields(fields) if isinstance(fields, dict) else None


def _of_fields(fields: Mapping[str, Any]) -> Observation | None:
    host = _first(fields, NAMES)
    source = _first(fields, SOURCES)
    if not host or not source:
        return None
    verdict = _first(fields, VERDICTS)
    denied = verdict.lower() in ("0", "deny", "denied", "blocked", "false", "reject")
    allowed = not denied if verdict else not _first(fields, ("status",)).startswith(("403", "5"))
    port = _first(fields, PORTS)
    number = int(port) if port.isdecimal() and len(port) < 6 else 443
    return of_text(source, host, number, "http" if number == 80 else "tls", allowed, _day(_first(fields, TIMES)))


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> str:
    found = (str(fields[name]) for name in names if fields.get(name) not in (None, "", "-"))
    return next(found, "")


def _day(text: str) -> date | None:
    """Return the day, in UTC, of a time: in seconds, in ISO 8601, or as in 29/Nov/2026:12:00:00 +0100. Or None."""
    try:
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), timezone.utc).date()
        local = re.fullmatch(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)", text)
        if local:
            day, month, year, clock, hours, minutes = local.groups()
            text = f"{year}-{MONTHS[month]:02}-{day}T{clock}{hours}:{minutes}"
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc).date()
    except (ValueError, KeyError, OverflowError, OSError):
        return None
