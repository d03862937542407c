# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The model of what becomes of a connection; tests/rules holds it against Suricata."""

from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups, tails
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.verdict import decide

DECLARED = {
    "payments": {
        "sources": ["10.1.0.0/16", "10.7.0.0/16"],
        "allow": [
            {"domain": "api.stripe.com"},
            {"domain": ".amazonaws.com", "ports": [80, 443, 8443]},
            {"cidr": "203.0.113.0/24", "ports": [22]},
            {"cidr": "10.200.0.0/16", "ports": [443]},
            {"domain": "old.example", "until": "2026-11-28"},
        ],
    },
    "everyone": {"sources": ["10.1.0.0/16", "10.2.0.0/16"], "allow": [{"domain": ".example-saas.com"}]},
}
EGRESS = groups.parse(groups.resolve(DECLARED, {}, {}, "egress_groups"), date(2026, 11, 29))


@pytest.mark.parametrize(
    ("source", "target", "port", "protocol", "group", "entry"),
    [
        ("10.1.0.5", "api.stripe.com", 443, "tls", "payments", "api.stripe.com"),
        ("10.7.0.5", "API.stripe.com", 443, "tls", "payments", "api.stripe.com"),
        ("10.1.0.5", "a.example-saas.com", 443, "tls", "everyone", ".example-saas.com"),
        ("10.7.0.5", "s3.amazonaws.com", 80, "http", "payments", ".amazonaws.com"),
        ("10.7.0.5", "s3.amazonaws.com", 8443, "tls", "payments", ".amazonaws.com"),
        ("10.7.0.5", "203.0.113.9", 22, "tcp", "payments", "203.0.113.0/24"),
    ],
)
def test_allowed(source, target, port, protocol, group, entry):
    verdict = decide(EGRESS, source, target, port, protocol)
    assert (verdict.allowed, verdict.group.name, verdict.entry.target, verdict.tail) == (True, group, entry, None)


@pytest.mark.parametrize(
    ("source", "target", "port", "protocol", "group", "tail"),
    [
        ("10.2.0.5", "api.stripe.com", 443, "tls", "everyone", "tls-name"),
        ("10.1.0.5", "evil.example", 443, "tls", "everyone", "tls-name"),
        ("10.7.0.5", "evil.example", 443, "tls", "payments", "tls-name"),
        ("10.7.0.5", "old.example", 443, "tls", "payments", "tls-name"),
        ("10.7.0.5", "api.stripe.com.", 443, "tls", "payments", "tls-name"),
        ("10.7.0.5", "198.51.100.7", 443, "tls", "payments", "tls-address"),
        ("10.7.0.5", None, 443, "tls", "payments", "tls-no-name"),
        ("10.7.0.5", "api.stripe.com", 8443, "tls", "payments", "tls-name"),
        ("10.7.0.5", "api.stripe.com", 9999, "tls", "payments", "port"),
        ("10.7.0.5", "api.stripe.com", 80, "http", "payments", "http-name"),
        ("10.7.0.5", "::1", 80, "http", "payments", "http-address"),
        ("10.7.0.5", None, 80, "http", "payments", "http-no-name"),
        ("10.7.0.5", "198.51.100.7", 443, "tcp", "payments", "tcp"),
        ("10.7.0.5", "198.51.100.7", 22, "tcp", "payments", "port"),
        ("10.7.0.5", "203.0.113.9", 22, "udp", "payments", "udp"),
        ("10.7.0.5", "x.com", 53, "udp", "payments", "dns"),
        ("10.7.0.5", "api.stripe.com", 443, "udp", "payments", "quic"),
        ("10.7.0.5", "203.0.113.9", 22, "icmp", "payments", "icmp"),
        ("10.9.0.5", "api.stripe.com", 443, "tls", None, "tls-name"),
    ],
)
def test_denied(source, target, port, protocol, group, tail):
    verdict = decide(EGRESS, source, target, port, protocol)
    assert (verdict.allowed, verdict.entry, verdict.tail) == (False, None, tail)
    assert (verdict.group.name if verdict.group else None) == group
    assert tails.WHY[tail]


def test_a_name_lets_nothing_through_to_an_address_inside():
    inside = decide(EGRESS, "10.7.0.5", "api.stripe.com", 443, address="10.2.0.9")
    assert (inside.allowed, inside.tail) == (False, tails.DEFAULT)
    assert decide(EGRESS, "10.7.0.5", "api.stripe.com", 443, address="198.51.100.7").allowed
    # A range may be inside: its rule has no name, and no EXTERNAL_NET.
    assert decide(EGRESS, "10.7.0.5", "evil.example", 443, address="10.200.0.9").entry.target == "10.200.0.0/16"


def test_ranges_behind_the_hub_are_inside_without_being_a_source():
    """As in the policy's HOME_NET, which has internal_cidrs besides the sources."""
    asked = (EGRESS, "10.7.0.5", "api.stripe.com", 443, "tls", "198.51.100.7")
    assert decide(*asked, internal=["198.51.99.0/24"]).allowed
    inside = decide(*asked, internal=["198.51.100.0/24"])
    assert (inside.allowed, inside.group, inside.tail) == (False, None, tails.DEFAULT)
