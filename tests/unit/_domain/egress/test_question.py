# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import question

ACCOUNTS = {
    "alpha": {"vpc_cidrs": ["10.1.0.0/16", "10.101.0.0/16"], "vpc_tiers": [{"name": "app"}, {"name": "data"}]},
    "beta": {"vpc_cidrs": ["10.2.0.0/16"]},
    "people": {"account_id": "1"},
    "host.example.internal": {"vpc_cidrs": ["10.3.0.0/16"]},
}


def senders(asked):
    return [(one.host, [str(network) for network in one.networks]) for one in question.sender(ACCOUNTS, asked)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("alpha", [("alpha", ["10.1.0.0/16", "10.101.0.0/16"])]),
        (" alpha ", [("alpha", ["10.1.0.0/16", "10.101.0.0/16"])]),
        ("10.1.2.3", [("alpha", ["10.1.2.3/32"])]),
        (
            "10.0.0.0/8",
            [
                ("alpha", ["10.1.0.0/16", "10.101.0.0/16"]),
                ("beta", ["10.2.0.0/16"]),
                ("host.example.internal", ["10.3.0.0/16"]),
            ],
        ),
        ("10.2.1.0/24", [("beta", ["10.2.1.0/24"])]),
        ("192.168.0.1", [("", ["192.168.0.1/32"])]),
    ],
)
def test_a_sender_is_a_host_an_address_or_a_cidr(asked, found):
    assert senders(asked) == found


def test_a_tier_of_a_host():
    (one,) = question.sender(ACCOUNTS, "alpha/data")
    assert (one.host, one.tier) == ("alpha", "data")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (None, "from: names no sender"),
        ("", "from: '' names no sender"),
        (["alpha"], "names no sender"),
        (
            "alhpa",
            "from: 'alhpa' is neither a host of the inventory nor an IPv4 address or CIDR; expected a host of the",
        ),
        ("10.1.0.1/16", "is neither a host of the inventory"),
        ("2001:db8::1", "is IPv6, which the central egress doesn't carry"),
        ("people", "from: 'people' has no vpc_cidrs"),
        ("alpha/web", "from: 'alpha/web' names no tier of alpha; expected alpha/app, alpha/data"),
        ("alpha\x1b[2J", r"from: 'alpha\x1b[2J' is neither"),
    ],
)
def test_a_sender_that_is_wrong_is_told(asked, says):
    with pytest.raises(Invalid) as raised:
        question.sender(ACCOUNTS, asked)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("asked", "protocol", "found"),
    [
        ("api.example.com:443", None, ("api.example.com", None, 443, "tls", "")),
        ("api.example.com", None, ("api.example.com", None, 443, "tls", "")),
        ("API.Example.COM.:443", None, ("api.example.com", None, 443, "tls", "")),
        ("api.example.com:80", None, ("api.example.com", None, 80, "http", "")),
        ("api.example.com/http", None, ("api.example.com", None, 80, "http", "")),
        ("api.example.com:8443", None, ("api.example.com", None, 8443, "tls", "")),
        ("api.example.com:443/quic", None, ("api.example.com", None, 443, "quic", "")),
        ("api.example.com", "quic", ("api.example.com", None, 443, "quic", "")),
        ("m\u00fcnchen.example", None, ("xn--mnchen-3ya.example", None, 443, "tls", "")),
        ("203.0.113.7:22", None, ("", "203.0.113.7", 22, "tcp", "")),
        ("203.0.113.7:53/udp", None, ("", "203.0.113.7", 53, "udp", "")),
        ("10.2.0.5:443", None, ("", "10.2.0.5", 443, "tcp", "beta")),
        ("beta:443", None, ("", "10.2.0.0", 443, "tcp", "beta")),
        ("host.example.internal:443", None, ("", "10.3.0.0", 443, "tcp", "host.example.internal")),
    ],
)
def test_a_destination_is_a_name_an_address_or_a_host(asked, protocol, found):
    one = question.destination(ACCOUNTS, asked, protocol)
    assert (one.name, one.address and str(one.address), one.port, one.protocol, one.host) == found


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (None, "to: names no destination"),
        ("https://api.example.com/v1?x=1", "is a URL; expected name:port, such as api.example.com:443"),
        ("http://user:secret@api.example.com:8080", "expected name:port, such as api.example.com:8080"),
        ("alhpa", "to: 'alhpa' has no dot and is no host of the inventory; expected"),
        ("api.example.com:https", "is no port"),
        ("api.example.com:70000", "is no port"),
        ("api.example.com/ftp", "protocol of to: 'ftp' isn't known; expected tls, http, quic, udp, tcp"),
        ("203.0.113.0/24", "is a CIDR; expected one address of it"),
        ("[2001:db8::1]:443", "is IPv6"),
        (".example.com", "means many names; expected one of them, such as www.example.com"),
        ("*.example.com:443", "means many names"),
        ("999.1.1.1", "is an address"),
        ("a..example.com", "has an empty label"),
        ("<script>.example.com", "has the label"),
        ("-x.example.com", "has the label '-x'"),
        ("people", "has no vpc_cidrs"),
        ("api.example.com\n- all", "has the label"),
    ],
)
def test_a_destination_that_is_wrong_is_told(asked, says):
    with pytest.raises(Invalid) as raised:
        question.destination(ACCOUNTS, asked)
    assert says in str(raised.value) and "secret" not in str(raised.value).partition("expected")[2]


@given(st.text(max_size=60))
def test_any_text_is_a_question_or_refused_by_name(asked):
    for parse in (question.sender, question.destination):
        try:
            parse(ACCOUNTS, asked)
        except Invalid as invalid:
            assert str(invalid).isprintable()
