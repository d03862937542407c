# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tails of a group: the rules that deny what no entry allowed, one for each reason, which the log then names."""

from __future__ import annotations

from dataclasses import dataclass

DENY, WOULD_DENY = "egress-deny", "egress-would-deny"
HELLO = "flow:to_server, established; ssl_state:client_hello;"
HEADERS = "flow:to_server, established;"
# An address in place of a name: IPv4, or IPv6 by its colons.
ADDRESS = r"/^[0-9.]+$|:/"
NO_ADDRESS = r"/^[^:]*[^0-9.:][^:]*$/"


@dataclass(frozen=True)
class Tail:
    """Tail of a kind. why: what it denies, in words."""

    kind: str
    protocol: str
    ports: str
    options: str
    why: str


TAILS = (
    Tail("tls-name", "tls", "443", f'{HELLO} tls.sni; pcre:"{NO_ADDRESS}";', "TLS with a name that no entry allows"),
    Tail("tls-address", "tls", "443", f'{HELLO} tls.sni; pcre:"{ADDRESS}";', "TLS with an address in place of a name"),
    Tail(
        "tls-no-name", "tls", "443", f'{HELLO} ja4.hash; content:!"d"; offset:3; depth:1;', "TLS without a name (SNI)"
    ),
    Tail("tls-port", "tls", "!443", HELLO, "TLS to another port than 443"),
    Tail(
        "http-name", "http", "80", f'{HEADERS} http.host; pcre:"{NO_ADDRESS}";', "HTTP with a Host that no entry allows"
    ),
    Tail("http-address", "http", "80", f'{HEADERS} http.host; pcre:"{ADDRESS}";', "HTTP with an address as Host"),
    Tail(
        "http-no-name",
        "http",
        "80",
        f'{HEADERS} http.header_names; content:!"|0d 0a|host|0d 0a|"; nocase;',
        "HTTP without a Host",
    ),
    Tail(
        "http-port",
        "http",
        "!80",
        f'{HEADERS} http.header_names; content:"|0d 0a|"; startswith;',
        "HTTP to another port than 80",
    ),
    Tail(
        "tcp",
        "tcp",
        "any",
        "flow:to_server, established; app-layer-protocol:!tls; app-layer-protocol:!http;",
        "TCP that is neither TLS nor HTTP",
    ),
    Tail("dns", "udp", "53", "flow:to_server;", "DNS to a server outside"),
    Tail("quic", "udp", "443", "flow:to_server;", "QUIC (HTTP/3): clients then take TLS by TCP"),
    Tail("udp", "udp", "![53,443]", "flow:to_server;", "UDP"),
    Tail("icmp", "icmp", "any", "flow:to_server;", "ICMP"),
)
WHY = {tail.kind: tail.why for tail in TAILS}
# Rules that look at each packet: in monitor mode, which stops nothing, one log entry for a connection is enough.
EACH_PACKET = ("tcp", "udp", "icmp")


def text(tail: Tail, group: str, variable: str, *, monitor: bool, reject: bool) -> str:
    """Return the rule of a tail without its id. reject: TCP clients get an RST."""
    tcp = tail.protocol not in ("udp", "icmp")
    action = "alert" if monitor else "reject" if reject and tcp else "drop"
    once = (
        " flowbits:isnotset,egress.told; flowbits:set,egress.told;" if monitor and tail.protocol in EACH_PACKET else ""
    )
    message = f'msg:"{WOULD_DENY if monitor else DENY} group={group} why={tail.kind}";'
    header = f"{action} {tail.protocol} ${variable} any -> $EXTERNAL_NET {tail.ports}"
    return f"{header} ({message} {tail.options}{once}"
