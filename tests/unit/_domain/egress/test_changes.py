# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import changes, groups, rules

ACCOUNTS = {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16"]}
PAYMENTS = {"sources": ["alpha", "10.7.0.0/16"], "allow": [{"domain": "api.stripe.com"}]}
RANGES = [{"cidr": "9.9.9.0/24", "ports": [53]}, {"cidr": "9.9.9.9/32", "ports": [53], "protocol": "udp"}]


def parse(declared):
    resolved = groups.resolve(declared, ACCOUNTS, {"spokes": ["alpha", "beta"]}, "egress_groups")
    return groups.parse(resolved, date(2026, 11, 29))


def texts(ruleset):
    return {name: (group.rules, group.variables) for name, group in ruleset.rule_groups.items()}


def told(before, after):
    return changes.changes(parse(before), parse(after))


def test_a_first_group():
    assert told({}, {"payments": PAYMENTS}) == ["payments: + api.stripe.com:443 from alpha (10.1.0.0/16), 10.7.0.0/16"]
    assert told({"payments": PAYMENTS}, {}) == ["payments: - api.stripe.com:443 from alpha (10.1.0.0/16), 10.7.0.0/16"]


def test_an_entry_more_is_one_line():
    more = {**PAYMENTS, "allow": [*PAYMENTS["allow"], {"domain": ".bücher.example", "ports": [80]}]}
    assert told({"payments": PAYMENTS}, {"payments": more}) == [
        "payments: + .xn--bcher-kva.example (bücher.example):80 (http) from alpha (10.1.0.0/16), 10.7.0.0/16"
    ]


def test_other_ports_are_told_by_port():
    other = {**PAYMENTS, "allow": [{"domain": "api.stripe.com", "ports": [443, 8443]}]}
    assert told({"payments": PAYMENTS}, {"payments": other}) == [
        "payments: + api.stripe.com:8443 from alpha (10.1.0.0/16), 10.7.0.0/16"
    ]


def test_other_sources():
    other = {**PAYMENTS, "sources": ["alpha", "beta"]}
    assert told({"payments": PAYMENTS}, {"payments": other}) == [
        "payments: - source 10.7.0.0/16, to 1 target",
        "payments: + source 10.2.0.0/16 (beta), to 1 target",
    ]


def test_another_name_of_the_same_sources_changes_nothing():
    same = {**PAYMENTS, "sources": ["10.1.0.0/16", "10.7.0.0/17", "10.7.128.0/17"]}
    assert told({"payments": PAYMENTS}, {"payments": same}) == []


def test_many_sources_are_cut_short():
    many = {"payments": {**PAYMENTS, "sources": [f"10.{number}.0.0/24" for number in range(5)]}}
    assert told({}, many)[0].endswith("from 10.0.0.0/24, 10.1.0.0/24, 10.2.0.0/24 and 2 more")


@pytest.mark.parametrize("generation", [rules.STRICT_ORDER, rules.V2])
@pytest.mark.parametrize("mode", [rules.ENFORCE, rules.MONITOR])
@given(
    st.lists(st.sampled_from(["x.com", ".x.com", "*.x.com", "bücher.example"]), min_size=1, max_size=3, unique=True),
    st.sampled_from([[443], [80, 443], [8443, 9443]]),
    st.sampled_from(
        [[], [{"cidr": "9.9.9.0/24", "ports": [53]}, {"cidr": "9.9.9.9/32", "ports": [53], "protocol": "udp"}]]
    ),
    st.sampled_from(["a", "a-b", "team_with-a_long-name_that_no_variable_can_have"]),
)
def test_what_rules_say_is_what_was_declared(generation, mode, names, ports, ranges, group):
    allow = [*({"domain": name, "ports": ports} for name in names), *ranges]
    egress = parse({group: {"sources": ["alpha", "10.7.0.0/16"], "allow": allow}, "payments": PAYMENTS})
    compiled = rules.compile(egress, mode, generation=generation)
    back = changes.read_back(texts(compiled))
    assert back.warnings == ()
    assert changes.changes(back, egress) == changes.changes(egress, back) == []
    kept = changes.sids(group.rules for group in compiled.rule_groups.values())
    assert len(kept) == sum(group.used for group in compiled.rule_groups.values())
    assert rules.compile(egress, mode, generation=generation, kept=kept) == compiled


def test_rules_of_others_are_told():
    theirs = [
        'pass tcp any any -> any any (msg:"egress-allow group=x"; sid:7;)',
        "alert ip any any -> any any (sid:8;)",
    ]
    back = changes.read_back({"allow-1": ("\n".join(["# a comment", "", *theirs]), {})})
    assert back.groups == ()
    assert back.warnings == tuple(f"allow-1: a rule that isn't one of egress_groups: {rule}" for rule in theirs)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('content:"api.stripe.com"', 'content:"evil.example"'),
        (" startswith;", ""),
        ("443 (", "any ("),
        ("$EXTERNAL_NET", "any"),
        (" tls.sni;", ""),
    ],
)
def test_a_rule_that_lets_through_something_else_than_it_says_is_told(old, new):
    compiled = rules.compile(parse({"payments": PAYMENTS}))
    name, (text, variables) = next(iter(texts(compiled).items()))
    assert old in text
    back = changes.read_back({name: (text.replace(old, new), variables)})
    assert (back.groups, len(back.warnings)) == ((), 1)
    assert back.warnings[0].startswith(f"{name}: a rule that isn't one of egress_groups: pass tls")


@pytest.mark.parametrize("generation", [rules.STRICT_ORDER, rules.V2])
@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        # Only logs, denies fewer ports, denies nothing.
        ("group=- why=udp", "drop", "alert"),
        ("group=payments why=dns", " 53 (", " 5353 ("),
        ("group=payments why=quic", "flow:to_server;", "flow:to_server; flowbits:isset,never;"),
        ("group=- why=port", "![80,443]", "any"),
    ],
)
def test_a_rule_that_no_longer_denies_what_it_says_is_told(generation, rule, old, new):
    compiled = rules.compile(parse({"payments": PAYMENTS}), generation=generation)
    text, variables = texts(compiled)["deny"]
    (line,) = [line for line in text.splitlines() if rule in line]
    assert old in line
    changed = text.replace(line, line.replace(old, new, 1))
    told = f"deny: a rule that isn't one of egress_groups: {line.replace(old, new, 1)}"
    assert changes.read_back({"deny": (changed, variables)}).warnings == (told,)


def test_a_source_that_is_no_cidr_is_told():
    text = rules.compile(parse({"payments": PAYMENTS})).rule_groups["deny"].rules
    back = changes.read_back({"deny": (text, {"SRC_payments": ["10.1.0.0/16", "10.9.9.9"]})})
    assert [source.name for source in back.groups[0].sources] == ["10.1.0.0/16"]
    assert back.warnings == ("a source that isn't one of egress_groups: 10.9.9.9",)


def test_an_address_that_joins_another_takes_nothing_away():
    one, both = ({**PAYMENTS, "sources": sources} for sources in (["10.3.0.0/16"], ["10.2.0.0/16", "10.3.0.0/16"]))
    assert told({"payments": one}, {"payments": both}) == ["payments: + source 10.2.0.0/16, to 1 target"]
    narrower = {**PAYMENTS, "sources": ["10.2.0.0/17"]}
    assert told({"payments": one}, {"payments": narrower}) == [
        "payments: - source 10.3.0.0/16, to 1 target",
        "payments: + source 10.2.0.0/17, to 1 target",
    ]


@given(st.text(max_size=200))
def test_whatever_stands_in_aws_is_read(text):
    changes.read_back({"deny": (text, {})})
    changes.sids([text])


@pytest.mark.parametrize("target", ['x.com"; sid:9', "not a name", "..", "*.", "\u202ex.com", "https://x.com"])
def test_a_rule_that_somebody_changed_by_hand_is_one_of_others(target):
    text = (
        f'pass tls $SRC_a any -> $EXTERNAL_NET 443 (msg:"egress-allow group=a domain={target}"; alert; sid:9; rev:1;)'
    )
    back = changes.read_back({"allow-1": (text, {"SRC_a": ["10.1.0.0/16"]})})
    assert (back.groups, len(back.warnings)) == ((), 1)
