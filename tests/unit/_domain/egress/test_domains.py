# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import domains
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.domains import Domain

LONG_LABEL = "a" * 64
LONG_NAME = ".".join(["a" * 49] * 5) + ".example"


@pytest.mark.parametrize(
    ("declared", "name", "form"),
    [
        ("api.stripe.com", "api.stripe.com", "exact"),
        (".x.com", "x.com", "suffix"),
        ("*.x.com", "x.com", "subdomains"),
        ("API.Stripe.COM", "api.stripe.com", "exact"),
        ("x.com.", "x.com", "exact"),
        (".X.com.", "x.com", "suffix"),
        ("_dmarc.x.com", "_dmarc.x.com", "exact"),
        ("bücher.example", "xn--bcher-kva.example", "exact"),
        ("*.BÜCHER.example", "xn--bcher-kva.example", "subdomains"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "exact"),
        # Full-width letters, and the dot of Chinese and Japanese keyboards.
        ("\uff58.com", "x.com", "exact"),
        ("x\u3002com", "x.com", "exact"),
        # Of IDNA2008, which Python doesn't have.
        ("xn--strae-oqa.de", "xn--strae-oqa.de", "exact"),
        ("a.co.jp", "a.co.jp", "exact"),
        ("co.jp", "co.jp", "exact"),
        (".example.co.jp", "example.co.jp", "suffix"),
        (".1a.example", "1a.example", "suffix"),
    ],
)
def test_names(declared, name, form):
    assert domains.parse("domain", declared) == Domain(name, form)


@pytest.mark.parametrize(
    ("declared", "problem", "expected"),
    [
        ("https://api.stripe.com/v1", "has a scheme", "api.stripe.com"),
        ("HTTP://x.com", "has a scheme", "x.com"),
        ("x.com/path", "has a path", "x.com"),
        ("x.com:8443", "has a port", "domain: x.com, and ports: [8443]"),
        ("198.51.100.7", "is an address", "cidr"),
        ("198.51.100.0/24", "is an address", "cidr"),
        ("127.1", "is an address", "cidr"),
        ("2130706433", "is an address", "cidr"),
        ("0x7f.1", "is an address", "cidr"),
        ("[2001:db8::1]", "is an address", "cidr"),
        ("2001:db8::1", "is an address", "cidr"),
        ("a.*.com", "has a wildcard that isn't its first label", "*.example.com"),
        ("*x.com", "has a wildcard that isn't its first label", "*.example.com"),
        ("*.*.x.com", "has a wildcard that isn't its first label", "*.example.com"),
        ("..x.com", "has an empty label", "letters"),
        ("x..com", "has an empty label", "letters"),
        ("x.com..", "has an empty label", "letters"),
        (".", "has an empty label", "letters"),
        ("-x.com", "has the label '-x'", "letters"),
        ("x-.com", "has the label 'x-'", "letters"),
        ("a b.com", "has the label 'a b'", "letters"),
        ('x";sid:1;.com', "has a port", ""),
        ('x";.com', "has the label", "letters"),
        ("x.com\n", "has the label", "letters"),
        ("a_b.com", "has an underscore", "below the registered name"),
        (f"{LONG_LABEL}.com", "has a label of 64 characters", "63"),
        (LONG_NAME, "has 257 characters", "253"),
        ("localhost", "names no site on the internet", "api.example.com"),
        (".com", "opens a whole top-level domain", "api.example.com"),
        ("*.com", "opens a whole top-level domain", "api.example.com"),
        (".co.jp", "opens a suffix below which everybody", ".example.co.jp"),
        ("*.com.au", "opens a suffix below which everybody", ".example.com.au"),
        ("straße.de", "turn into different sites", "A-label"),
        ("xn--99999999999.com", "has 'xn--99999999999', which is no A-label", "A-label"),
        ("xn--.com", "has", ""),
        ("\u202e.com", "can't be written in A-labels", "api.example.com"),
        ("", "is no domain name", "api.example.com"),
        (None, "is no domain name", "api.example.com"),
        (443, "is no domain name", "api.example.com"),
        (["x.com"], "is no domain name", "api.example.com"),
    ],
)
def test_what_is_no_name(declared, problem, expected):
    with pytest.raises(Invalid) as refused:
        domains.parse("groups.a.allow[0].domain", declared)
    assert refused.value.option == "groups.a.allow[0].domain"
    assert problem in refused.value.problem
    assert expected in refused.value.expected


@given(st.text(max_size=80))
def test_nothing_but_names_passes(text):
    try:
        domain = domains.parse("domain", text)
    except Invalid:
        return
    # So that it can't end a rule of Suricata, or a line of nginx or squid.
    assert re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", domain.name)
    assert domains.parse("domain", domain.text) == domain


def test_an_internationalized_name_is_shown_both_ways():
    assert domains.parse("domain", ".bücher.example").shown == ".xn--bcher-kva.example (bücher.example)"
    assert domains.parse("domain", ".x.com").shown == ".x.com"
    # A character that turns the direction of a terminal's text.
    assert "\u202e" not in Domain("xn--a-w7t.example", "exact").shown


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("x.com", {"x.com", "X.COM"}),
        (".x.com", {"x.com", "X.COM", "a.x.com", "b.a.x.com"}),
        ("*.x.com", {"a.x.com", "b.a.x.com"}),
    ],
)
def test_which_hosts_a_form_matches(text, matched):
    domain = domains.parse("domain", text)
    hosts = ["x.com", "X.COM", "a.x.com", "b.a.x.com", "evilx.com", "x.com.evil.example", "x.com.", "com", ""]
    assert {host for host in hosts if domains.matches(domain.name, domain.form, host)} == matched


@pytest.mark.parametrize(
    ("outer", "inner", "covers"),
    [
        ("x.com", "x.com", True),
        (".x.com", "x.com", True),
        (".x.com", "*.x.com", True),
        (".x.com", "a.x.com", True),
        ("*.x.com", "x.com", False),
        ("*.x.com", ".x.com", False),
        ("*.x.com", ".a.x.com", True),
        ("x.com", ".x.com", False),
        ("x.com", "a.x.com", False),
        (".x.com", "ax.com", False),
        (".a.x.com", ".x.com", False),
    ],
)
def test_which_entry_covers_another(outer, inner, covers):
    assert domains.covers(domains.parse("", outer), domains.parse("", inner)) is covers


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        (".amazonaws.com", "amazonaws.com"),
        ("*.s3.amazonaws.com", "s3.amazonaws.com"),
        (".s3.eu-central-1.amazonaws.com", "s3.eu-central-1.amazonaws.com"),
        (".sts.amazonaws.com", None),
        (".github.io", "github.io"),
        ("github.io", None),
        (".me.github.io", None),
        (".windows.net", "windows.net"),
        (".azure.com", "cloudapp.azure.com"),
        (".example.com", None),
    ],
)
def test_wildcards_where_everybody_can_have_a_name(text, suffix):
    assert domains.hosting_suffix(domains.parse("", text)) == suffix
