# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of access logs. Formats: http://www.squid-cache.org/Doc/config/logformat/, nginx's ngx_stream_log_module."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import observations
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.importing import access_logs, kinds

DAY = date(2026, 11, 28)
NATIVE = "1795867200.123    345 10.1.0.5 TCP_TUNNEL/200 4512 CONNECT API.stripe.com:443 - HIER_DIRECT/1.2.3.4 -"
REFUSED = "1795867200.123      0 10.1.0.6 TCP_DENIED/403 3900 CONNECT evil.example:8443 - HIER_NONE/- text/html"
PLAIN = "1795867200.123     12 10.1.0.5 TCP_MISS/200 900 GET http://u:p@deb.example:8080/x?y - HIER_DIRECT/1.2.3.4 -"
COMMON = (
    '10.1.0.5 - - [28/Nov/2026:12:00:00 +0000] "CONNECT api.stripe.com:443 HTTP/1.1" 200 4512 TCP_TUNNEL:HIER_DIRECT'
)
COMBINED = (
    '10.1.0.5 - u [28/Nov/2026:23:30:00 -0100] "GET http://x.example/ HTTP/1.1" 403 5 "-" "curl/8" TCP_DENIED:HIER_NONE'
)
STREAM = '10.1.0.5 [28/Nov/2026:12:00:00 +0000] TCP 200 4512 900 1.5 "api.stripe.com"'
JSON = '{"time":"2026-11-28T12:00:00+00:00","src":"10.1.0.5","sni":"api.stripe.com","verdict":"%s","server_port":"443"}'


def one(line, log_format):
    (found,) = access_logs.observations([line], log_format)
    return found and (
        found.flow.source,
        found.flow.destination,
        found.flow.port,
        found.flow.protocol,
        found.allowed,
        found.day,
    )


@pytest.mark.parametrize(
    ("log_format", "line", "expected"),
    [
        ("squid", NATIVE, ("10.1.0.5", "api.stripe.com", 443, "tls", True, DAY)),
        ("squid", REFUSED, ("10.1.0.6", "evil.example", 8443, "tls", False, DAY)),
        ("squid", PLAIN, ("10.1.0.5", "deb.example", 8080, "http", True, DAY)),
        (
            "squid",
            NATIVE.replace("API.stripe.com:443", "error:invalid-request"),
            ("10.1.0.5", "error:invalid-request", 443, "tls", True, DAY),
        ),
        ("squid", "garbage", None),
        ("common", COMMON, ("10.1.0.5", "api.stripe.com", 443, "tls", True, DAY)),
        ("combined", COMBINED, ("10.1.0.5", "x.example", 80, "http", False, date(2026, 11, 29))),
        ("nginx_stream", STREAM, ("10.1.0.5", "api.stripe.com", 443, "tls", True, DAY)),
        ("nginx_json", JSON % "1", ("10.1.0.5", "api.stripe.com", 443, "tls", True, DAY)),
        ("nginx_json", JSON % "deny", ("10.1.0.5", "api.stripe.com", 443, "tls", False, DAY)),
        ("nginx_json", "[1]", None),
        ("nginx_json", "{", None),
        (
            "$remote_addr|$ssl_preread_server_name|$server_port|$time_iso8601",
            "10.1.0.5|a.example|8443|bad",
            ("10.1.0.5", "a.example", 8443, "tls", True, None),
        ),
    ],
)
def test_a_line(log_format, line, expected):
    assert one(line, log_format) == expected


def test_formats_are_seen_by_the_first_line():
    lines = {"squid": NATIVE, "common": COMMON, "nginx_stream": STREAM, "nginx_json": JSON % "1"}
    assert {name: kinds.kind(f"\n{line}\n") for name, line in lines.items()} == {name: name for name in lines}
    assert kinds.kind("# names\n.stripe.com\n") == kinds.LIST
    assert kinds.kind("api.stripe.com 1;\n") == kinds.LIST
    assert kinds.kind("acl x dstdomain y\n") == kinds.SQUID
    assert kinds.kind("stream {\n") == kinds.NGINX


@pytest.mark.parametrize("log_format", ["", "sqiud", "$time_local $status", "$remote_addr"])
def test_a_format_without_clients_and_names_is_refused(log_format):
    with pytest.raises(Invalid, match="log_format: .* is no format of a log"):
        list(access_logs.observations(["x"], log_format))


@given(st.text(), st.sampled_from([*access_logs.FORMATS, "combined", "$remote_addr $ssl_preread_server_name"]))
def test_any_line_is_read_or_not(line, log_format):
    for found in access_logs.observations([line, f"10.1.0.5 {line}"], log_format):
        assert found is None or observations.ipv4(found.flow.source)


def test_a_line_without_end_takes_no_time():
    assert list(access_logs.observations(["1 " * 5_000_000], "squid")) == [None]
    assert list(access_logs.observations(["1 " * 9_000 + '"'], "common")) == [None]
