# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proposals: sources by account, what a person must read, and YAML that no text can break."""

from __future__ import annotations

import time
from datetime import date
from ipaddress import ip_network

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups as egress_groups
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import observations, proposal_text
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.importing import kinds, proposal, report
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.importing.patterns import (
    Allowed,
    Imported,
    Line,
)

LINE = Line("squid.conf", 7, "acl x dstdomain x")
ACCOUNTS = {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16", "10.3.0.0/16"], "gamma": []}


def allowed(destination, *sources, port=443, protocol="tls"):
    return Allowed(destination, protocol, port, tuple(net and ip_network(net) for net in sources), LINE)


def sources(*nets, only=()):
    found, notes = proposal.groups([Imported((allowed("x.example", *nets),), ())], ACCOUNTS, only)
    return [group["sources"] for group in found.values()], notes


@pytest.mark.parametrize(
    ("nets", "only", "expected"),
    [
        (["10.1.0.0/16"], [], ["alpha"]),
        (["10.2.0.0/16"], [], ["10.2.0.0/16"]),  # half of beta: no more may than before
        (["10.2.0.0/16", "10.3.0.0/16"], [], ["beta"]),
        (["10.0.0.0/8"], [], ["alpha", "beta"]),
        (["10.0.0.0/8"], ["beta"], ["beta"]),
        (["192.168.0.0/16"], [], ["192.168.0.0/16"]),
        (["10.1.2.0/24"], ["alpha"], ["10.1.2.0/24"]),
        ([None], [], ["TODO"]),
        ([None], ["alpha"], ["alpha"]),
    ],
)
def test_ranges_become_accounts_where_they_are_whole(nets, only, expected):
    (found,), _notes = sources(*nets, only=only)
    assert found == expected


def test_ranges_of_others_are_left_out_of_the_proposal_for_one_account():
    found, notes = sources("10.9.0.0/16", only=["alpha"])
    assert found == [] and "10.9.0.0/16 is left out" in notes[0]


def test_what_a_proxy_denies_its_account_is_not_opened_by_what_it_allows_everybody():
    one = Imported((allowed("x.example", None), allowed("y.example", "10.1.0.0/16")), ())
    found, _notes = proposal.groups([one], ACCOUNTS, ["alpha"])
    assert [[entry["domain"] for entry in group["allow"]] for group in found.values()] == [["y.example"]]


def test_entries_have_what_differs_from_the_default():
    made = proposal.entries(
        [
            allowed("a.example", port=443),
            allowed("b.example", port=80, protocol="http"),
            allowed("b.example", port=443),
            allowed("c.example", port=8080, protocol="http"),
            allowed("203.0.113.0/24", port=22, protocol="tcp"),
        ]
    )
    reason = {"reason": "imported from squid.conf:7"}
    assert made == [
        {"cidr": "203.0.113.0/24", "ports": [22], **reason},
        {"domain": "a.example", **reason},
        {"domain": "b.example", "ports": [80, 443], **reason},
        {"domain": "c.example", "ports": [8080], "protocol": "http", **reason},
    ]


def test_what_an_entry_cannot_have_is_reported():
    one = Imported((allowed(".co.jp", "10.1.0.0/16"), allowed("localhost", "10.1.0.0/16")), ())
    made = report.result([one], ACCOUNTS, {})
    assert made["groups"] == {} and yaml.safe_load(made["proposal"]) == {"egress_groups": {}}
    assert [row["text"] for row in made["unconverted"]] == [LINE.text] * 2
    assert "everybody can register" in made["lines"][0] and "names no site" in made["lines"][1]


SQUID = "acl here src 10.1.0.0/16\nacl good dstdomain {names}\nhttp_access allow here good\nhttp_access deny all\n"


def test_each_proxy_is_a_configuration_of_its_own():
    texts = {"/a/squid.conf": SQUID.format(names='"good.txt"'), "/a/good.txt": "a.example\n"}
    texts |= {"/b/squid.conf": SQUID.format(names="b.example"), "/b/README": "words\n"}
    found = list(report.configurations(texts, {name: kinds.kind(text) for name, text in texts.items()}))
    assert [{one.destination for one in each.allowed} for each in found] == [{"a.example"}, {"b.example"}, set()]
    assert [one.line.file for one in found[-1].unconverted] == ["/b/README"]


def test_counts_by_name_and_comments():
    seen = {
        observations.Flow("10.1.0.5", "x.example", 443, "tls"): observations.Tally(1200, 0),
        observations.Flow("10.1.0.6", "x.example", 443, "tls"): observations.Tally(4, 0),
        observations.Flow("10.1.0.5", "{{ evil }}\n", 443, "tls"): observations.Tally(2, 2),
    }
    made = report.result([Imported((allowed("x.example", "10.1.0.0/16"),), ())], ACCOUNTS, seen)
    assert made["counts"] == [
        {"name": "x.example", "hits": 1204, "denied": 0, "sources": 2},
        {"name": "{{ evil }}\n", "hits": 2, "denied": 2, "sources": 1},
    ]
    assert "      # 1,204 requests in the logs\n      - {domain: x.example" in made["proposal"]
    assert "{{" not in made["proposal"] and "((" in made["proposal"]
    # What is proposed is a declaration that the rules accept.
    declared = yaml.safe_load(made["proposal"])["egress_groups"]
    resolved = egress_groups.resolve(declared, ACCOUNTS, {}, "egress_groups")
    assert egress_groups.problems(resolved, date(2026, 11, 29)) == []


@given(
    name=st.text(min_size=1, max_size=20),
    text=st.text(max_size=400),
    source=st.one_of(
        st.sampled_from(["yes", "1e3", "10.1.0.0/16", ".x.example", "*.x", "null", "~", "0x1f", "1:30"]), st.text()
    ),
)
def test_no_text_breaks_the_yaml(name, text, source):
    groups = {
        name: {"owner": text, "sources": [source], "allow": [{"domain": source, "ports": [80], "#": [text, name]}]}
    }
    written = proposal_text.write(groups, [text], [name, text])
    assert "{{" not in written and "{%" not in written
    quiet = proposal_text.quiet
    assert yaml.safe_load(written) == {
        "egress_groups": {
            quiet(name): {
                "owner": quiet(text),
                "sources": [quiet(source)],
                "allow": [{"domain": quiet(source), "ports": [80]}],
            }
        }
    }


def test_a_large_proxy_takes_seconds():
    names = "".join(f".d{n}.example.com\n" for n in range(2000))
    texts = {
        "squid.conf": 'acl all_ src 10.0.0.0/8\nacl good dstdomain "good"\nacl bad dstdomain "bad"\n'
        "http_access deny bad\nhttp_access allow all_ good\nhttp_access deny all\n",
        "good": names,
        "bad": names.replace(".example.com", ".example.net"),
    }
    seen = {
        observations.Flow("10.1.0.5", f"x.d{n}.example.com", 443, "tls"): observations.Tally(2) for n in range(2000)
    }
    started = time.monotonic()
    found = list(report.configurations(texts, {name: kinds.kind(text) for name, text in texts.items()}))
    made = report.result(found, ACCOUNTS, seen)
    assert len(made["groups"]["all"]["allow"]) == 2000 and made["proposal"].count("# 2 requests in the logs") == 2000
    assert time.monotonic() - started < 60  # quadratic, it takes minutes
