# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tails of a group: the rules that deny what no entry allowed, one for each reason, which the log then names.

Those of TLS and HTTP wait for the name: a rule that looks at packets would deny the first part of a ClientHello or of a
request whose name comes later. So does the one of other protocols: until Suricata knows the protocol, it lets data
through, at most 100 kB of a connection whose server doesn't answer (tests/rules measures it). TCP ports that no entry
has are denied at the first packet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DENY, WOULD_DENY = "egress-deny", "egress-would-deny"
ESTABLISHED = "flow:to_server, established;"
HELLO = f"{ESTABLISHED} ssl_state:client_hello;"
# An address in place of a name: IPv4, or IPv6 by its colons. Every text matches one of the two.
ADDRESS = r'pcre:"/^[0-9.]+$|:/";'
NAME = r'pcre:"/^[^:]*[^0-9.:][^:]*$/";'
# With ja4 the fourth letter is d for a hello with a name.
NO_SNI = 'ja4.hash; content:!"d"; offset:3; depth:1;'
# Neither http.host nor http.header_names exist for a request without headers (HTTP/0.9, or an empty list of them).
NO_HOST = r'http.start; content:"|20|"; pcre:!"/\nHost:[ \t]*[^\s]/i";'


@dataclass(frozen=True)
class Tail:
    """Tail of a kind. why: what it denies, in words."""

    kind: str
    protocol: str
    ports: str
    options: str
    why: str


TAILS = (
    # Its ports are those that no domain's entry has.
    Tail("port", "tcp", "", "flow:to_server;", "a TCP port that no entry has"),
    Tail("tls-name", "tls", "any", f"{HELLO} tls.sni; {NAME}", "TLS with a name (SNI) that no entry allows"),
    Tail("tls-address", "tls", "any", f"{HELLO} tls.sni; {ADDRESS}", "TLS with an address in place of a name"),
    Tail("tls-no-name", "tls", "any", f"{HELLO} {NO_SNI}", "TLS without a name (SNI)"),
    Tail("http-name", "http", "any", f"{ESTABLISHED} http.host; {NAME}", "HTTP with a Host that no entry allows"),
    Tail("http-address", "http", "any", f"{ESTABLISHED} http.host; {ADDRESS}", "HTTP with an address as Host"),
    Tail("http-no-name", "http", "any", f"{ESTABLISHED} {NO_HOST}", "HTTP without a Host"),
    # A name is in http.host, and so is denied by a tail above.
    Tail(
        "http2",
        "http2",
        "any",
        f'{ESTABLISHED} http.header_names; content:"|0d 0a|"; startswith;',
        "HTTP/2 without TLS",
    ),
    Tail(
        "tcp",
        "tcp",
        "any",
        f"{ESTABLISHED} app-layer-protocol:!tls; app-layer-protocol:!http;",
        "TCP that is neither TLS nor HTTP",
    ),
    Tail("dns", "udp", "53", "flow:to_server;", "DNS to a server outside"),
    Tail("quic", "udp", "443", "flow:to_server;", "QUIC (HTTP/3)"),
    Tail("udp", "udp", "![53,443]", "flow:to_server;", "UDP"),
    Tail("icmp", "icmp", "any", "flow:to_server;", "ICMP"),
)
DEFAULT = "default"
WHY = {tail.kind: tail.why for tail in TAILS} | {DEFAULT: "no entry has this target, which is inside"}
# In the place of a group, in the tails of sources that are in no group: no group can have this name.
NOBODY = "-"
# Network Firewall refuses to reject other protocols, HTTP/2 too.
REJECTABLE = ("tcp", "tls", "http")
# These look at each packet: in monitor mode, which stops nothing, one log entry of a connection is enough.
EACH_PACKET = ("tcp", "udp", "icmp")
ONCE = " flowbits:isnotset,egress.told; flowbits:set,egress.told;"


def lines(group: str, source: str, ports: Sequence[int], *, monitor: bool, reject: bool) -> Iterator[tuple[str, str]]:
    """Yield (kind, rule without its id) of each tail.

    source: variable of the group's sources, or any for those of no group
    ports: TCP ports that entries with a domain have; reject: TCP clients get an RST.
    """
    others = f"![{','.join(map(str, ports))}]"
    for tail in TAILS:
        rejected = reject and tail.protocol in REJECTABLE
        action = "alert" if monitor else "reject" if rejected else "drop"
        message = f'msg:"{WOULD_DENY if monitor else DENY} group={group} why={tail.kind}";'
        once = ONCE if monitor and tail.protocol in EACH_PACKET else ""
        header = f"{action} {tail.protocol} {source} any -> $EXTERNAL_NET {tail.ports or others}"
        yield tail.kind, f"{header} ({message} {tail.options}{once}"
