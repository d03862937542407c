# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mistakes that others made in such rules, each of which the judge must find.

Most load without a word: they fail open, or kill what is allowed.
"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import rules, tails

from .attempts import Attempt, engine, lines, parse, problems

EGRESS = parse(
    {
        "payments": {
            "sources": ["10.1.0.0/16", "10.7.0.0/16"],
            "allow": [
                {"domain": "exact.example", "ports": [80, 443]},
                {"domain": ".suffix.example", "ports": [80, 443]},
                {"domain": "*.below.example"},
                {"cidr": "203.0.113.0/24", "ports": [22]},
            ],
        },
        "everyone": {"sources": ["10.1.0.0/16", "10.2.0.0/16"], "allow": [{"domain": "for-all.example"}]},
    }
)
COMPILED = rules.compile(EGRESS, action=rules.DROP)
RULES = lines(COMPILED)
BOTH, PAYMENTS, EVERYONE, NOBODY = "10.1.0.5", "10.7.0.5", "10.2.0.5", "10.9.0.5"
NAMES = (
    *("exact.example", "EXACT.example", "a.exact.example", "evilexact.example", "exact.example.evil.example"),
    *("suffix.example", "a.suffix.example", "evilsuffix.example", "below.example", "a.below.example"),
    *("for-all.example", "evil.example", "198.51.100.7", None),
)
ATTEMPTS = [
    *(Attempt(source, name) for source in (BOTH, EVERYONE, NOBODY) for name in NAMES),
    *(Attempt(source, name, 80, "http") for source in (BOTH, NOBODY) for name in NAMES),
    *(
        Attempt(BOTH, name, 443, "tls", how=how)
        for name in ("exact.example", None)
        for how in ("split", "bytes", "big")
    ),
    *(Attempt(BOTH, "exact.example", 80, "http", how=how) for how in ("split", "bytes")),
    *(Attempt(PAYMENTS, "exact.example", port, protocol) for port in (80, 443, 8443) for protocol in ("tls", "http")),
    *(Attempt(source, None, port, "tcp") for source in (BOTH, NOBODY) for port in (22, 443, 9999)),
    *(Attempt(source, None, port, "udp") for source in (BOTH, NOBODY) for port in (53, 443, 123)),
    *(Attempt(source, None, 22, "icmp") for source in (BOTH, NOBODY)),
    *(Attempt(source, None, 22, "tcp", "203.0.113.9") for source in (BOTH, EVERYONE)),
]


def found(folder, changed: list[str]) -> list[str]:
    assert changed != RULES
    return problems(EGRESS, engine(folder, COMPILED, changed), ATTEMPTS)


def replaced(old: str, new: str, within: str = "") -> list[str]:
    return [rule.replace(old, new) if within in rule else rule for rule in RULES]


def test_without_a_mistake_nothing_is_found(tmp_path):
    assert problems(EGRESS, engine(tmp_path, COMPILED), ATTEMPTS) == []


BARE_DROP = "drop tcp $SRC_payments any -> any any (sid:1;)"
CHANGES = {
    "endswith only": replaced(" startswith;", ""),
    "content only": replaced(" startswith; endswith;", ""),
    "no nocase": replaced(" nocase;", "", "tls.sni"),
    "dotprefix after the content": replaced(
        'dotprefix; content:".suffix.example";', 'content:".suffix.example"; dotprefix;'
    ),
    "dotprefix and no dot": replaced('content:".suffix', 'content:"suffix'),
    "no dotprefix": replaced(" dotprefix;", ""),
    "dotprefix where only subdomains are declared": replaced('content:".below', 'dotprefix; content:".below'),
    "a star in the content": replaced('content:".below', 'content:"*.below'),
    "nocase for the Host": replaced("endswith; alert", "endswith; nocase; alert", "http.host"),
    "upper case for the Host": replaced('content:"exact.example"', 'content:"Exact.example"', "http.host"),
    "a typographic quote": replaced('content:"exact', "content:\u201cexact"),
    "a misspelt direction": replaced("to_server", "to_sever"),
    "an unknown keyword": replaced("tls.sni", "tls.snx"),
    "a drop of TCP below the passes": [*RULES, BARE_DROP],
    "a drop of TCP for the first packet": [*RULES, BARE_DROP.replace("(", "(flow:to_server; ")],
    "the usual fix of it, which fails open": [
        *(rule for rule in RULES if not rule.startswith("drop")),
        "pass tcp any any <> any 443 (flow:not_established; sid:2;)",
        BARE_DROP,
    ],
    "a pass of TCP that opens whole connections": [
        "pass tcp $HOME_NET any -> any 443 (sid:1;)",
        *RULES,
    ],
    "established in place of the application layer": replaced(
        " app-layer-protocol:!tls; app-layer-protocol:!http;", "", "why=tcp"
    ),
    "a drop of TLS that doesn't wait for the name": replaced(
        f"{tails.HELLO} tls.sni; {tails.NAME}", tails.ESTABLISHED, "why=tls-name"
    ),
    "a drop of HTTP that doesn't wait for the Host": replaced(f"http.host; {tails.NAME}", "", "why=http-name"),
    "tails before the passes": sorted(RULES, key=lambda rule: not rule.startswith("drop")),
    "a drop by address": [*RULES, "drop ip any any -> 192.0.2.0/24 any (sid:1;)"],
    "HOME_NET in place of the group's sources": replaced("$SRC_payments", "$HOME_NET", "egress-allow"),
    "any target port": replaced("$EXTERNAL_NET 443", "$EXTERNAL_NET any", "egress-allow"),
    "passes without alert": replaced(" alert;", ""),
    "a range for every source": replaced("$SRC_payments", "any", "cidr="),
    "one group's tails for another": replaced("group=payments", "group=everyone", "egress-deny"),
}


@pytest.mark.parametrize("mistake", CHANGES)
def test_a_mistake_is_found(tmp_path, mistake):
    assert found(tmp_path, CHANGES[mistake])


@pytest.mark.parametrize("kind", [tail.kind for tail in tails.TAILS if tail.kind != "http2"])
@pytest.mark.parametrize("name", ["everyone", tails.NOBODY])
def test_a_missing_tail_is_found(tmp_path, kind, name):
    assert found(tmp_path, [rule for rule in RULES if f'group={name} why={kind}"' not in rule])


@pytest.mark.parametrize("kind", ["tls-name", "http-name", "tcp", "udp"])
def test_a_tail_that_only_alerts_is_found(tmp_path, kind):
    assert found(tmp_path, [rule.replace("drop", "alert", 1) if f"why={kind}" in rule else rule for rule in RULES])
