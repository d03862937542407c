# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules as text; what Suricata makes of them is in tests/rules."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import (
    groups,
    limits,
    parts,
    rules,
    sids,
    tails,
)

DECLARED = {
    "payments": {
        "sources": ["10.1.0.0/16", "10.7.0.0/16"],
        "allow": [
            {"domain": "api.stripe.com"},
            {"domain": ".amazonaws.com", "ports": [80, 443]},
            {"domain": "*.deep.example", "ports": [443, 8443]},
            {"cidr": "203.0.113.0/24", "ports": [22]},
            {"cidr": "203.0.113.0/24", "ports": [123], "protocol": "udp"},
        ],
    },
    "everyone": {"sources": ["10.1.0.0/16", "192.0.2.0/24"], "allow": [{"domain": ".example-saas.com"}]},
}
GENERATIONS = (rules.STRICT_ORDER, rules.V2)


def parse(declared):
    return groups.parse(groups.resolve(declared, {}, {}, "egress_groups"), date(2026, 11, 29))


def compiled(declared=None, *arguments, **options):
    return rules.compile(parse(DECLARED if declared is None else declared), *arguments, **options)


def lines(ruleset):
    return [(name, line) for name, group in ruleset.rule_groups.items() for line in group.rules.splitlines()]


def test_the_rules_of_an_entry():
    allow = compiled().rule_groups[parts.rule_group_of("payments")].rules.splitlines()
    stripe = next(line for line in allow if "stripe" in line)
    assert re.sub(r"sid:\d+", "sid:N", stripe) == (
        'pass tls $SRC_payments any -> $EXTERNAL_NET 443 (msg:"egress-allow group=payments domain=api.stripe.com"; '
        'flow:to_server, established; ssl_state:client_hello; tls.sni; content:"api.stripe.com"; startswith; endswith; '
        "nocase; alert; sid:N; rev:1;)"
    )
    aws = next(line for line in allow if "domain=.amazonaws" in line and line.startswith("pass http"))
    assert 'http.host; dotprefix; content:".amazonaws.com"; endswith; alert;' in aws
    assert any('tls.sni; content:".deep.example"; endswith; nocase;' in line and "[443,8443]" in line for line in allow)
    assert len([line for line in allow if line.startswith("pass tcp") and "203.0.113.0/24 22" in line]) == 2


@pytest.mark.parametrize("mode", [rules.ENFORCE, rules.MONITOR])
@pytest.mark.parametrize("action", [rules.REJECT, rules.DROP])
def test_every_rule_has_a_flow_keyword_and_what_aws_refuses_is_nowhere(mode, action):
    for _name, line in lines(compiled(DECLARED, mode, action)):
        assert "flow:to_server" in line
        assert not re.search(r"\b(gid|priority|classtype|lua|dataset|iprep):", line)
        # Network Firewall rejects TCP, TLS and HTTP only.
        assert not line.startswith(("reject udp", "reject icmp", "reject http2"))
        assert action == rules.REJECT or not line.startswith("reject")


def test_monitor_denies_nothing():
    for name, line in lines(compiled(DECLARED, rules.MONITOR)):
        assert line.split()[0] == ("alert" if name == "deny" else "pass")
        assert (tails.WOULD_DENY in line) == (name == "deny")


def test_a_group_of_tails_for_each_group_and_one_for_everybody_else():
    deny = compiled().rule_groups["deny"].rules
    named = re.findall(r"group=(\S+) why=(\S+)\"", deny)
    kinds = [tail.kind for tail in tails.TAILS]
    assert named == [(name, kind) for name in ("everyone", "payments", "-") for kind in kinds]


def test_rules_that_allow_come_before_those_that_deny():
    ruleset = compiled()
    assert list(ruleset.rule_groups) == sorted(ruleset.rule_groups)
    assert list(ruleset.rule_groups)[-1] == "deny"


def test_without_groups_everything_is_denied():
    ruleset = compiled({})
    assert list(ruleset.rule_groups) == ["deny"]
    assert ruleset.rule_groups["deny"].variables == {}


def test_home_net_has_private_blocks_and_the_sources_outside_of_them():
    assert compiled().home_net == ("10.0.0.0/8", "192.0.2.0/24")
    assert compiled(internal=["172.20.0.0/16"]).home_net == ("10.0.0.0/8", "172.16.0.0/12", "192.0.2.0/24")


def with_payments(**changed):
    return {**DECLARED, "payments": {**DECLARED["payments"], **changed}}


def differing(before, after):
    one, other = lines(before), lines(after)
    return [line for line in one if line not in other], [line for line in other if line not in one]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_an_entry_more_is_a_line_more_in_one_rule_group(generation):
    more = {
        **DECLARED,
        "payments": {**DECLARED["payments"], "allow": [*DECLARED["payments"]["allow"], {"domain": "a.com"}]},
    }
    before, after = compiled(generation=generation), compiled(more, generation=generation)
    gone, new = differing(before, after)
    assert (gone, len(new)) == ([], 1)
    changed = [name for name, group in after.rule_groups.items() if group != before.rule_groups.get(name)]
    assert changed == [parts.rule_group_of("payments")]


def test_other_ports_change_one_line():
    other = with_payments(allow=[*DECLARED["payments"]["allow"]])
    other["payments"]["allow"][2] = {"domain": "*.deep.example", "ports": [8443]}
    gone, new = differing(compiled(), compiled(other))
    assert (len(gone), len(new)) == (1, 1)


def test_a_source_more_changes_variables_and_no_line():
    more = {
        **DECLARED,
        "payments": {**DECLARED["payments"], "sources": [*DECLARED["payments"]["sources"], "10.9.0.0/16"]},
    }
    before, after = compiled(), compiled(more)
    assert lines(before) == lines(after)
    assert before.home_net == after.home_net


def test_another_group_changes_no_line_of_the_others():
    more = {**DECLARED, "team": {"sources": ["10.8.0.0/16"], "allow": [{"domain": "b.com"}]}}
    gone, new = differing(compiled(), compiled(more))
    assert (gone, len(new)) == ([], 1 + len(tails.TAILS))


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_order_of_a_declaration_means_nothing(generation):
    turned = {
        name: {key: list(reversed(value)) for key, value in DECLARED[name].items()} for name in reversed(DECLARED)
    }
    assert compiled(turned, generation=generation) == compiled(generation=generation)


def test_a_new_generation_has_rules_of_its_engine():
    ruleset = compiled(generation=rules.V2)
    actions = {line.split()[0] for _name, line in lines(ruleset)}
    assert actions == {"accept:flow", "accept:hook", "reject:flow", "drop:flow"}
    assert ruleset.home_net == compiled().home_net


# ---- ids -----------------------------------------------------------------------------------------------------------


@given(st.sets(st.text(min_size=1, max_size=5), max_size=30))
def test_ids_are_unique_and_in_their_range(keys):
    assigned = sids.assign(keys)
    assert len(set(assigned.values())) == len(assigned) == len(keys)
    assert all(sids.FIRST <= sid <= sids.LAST for sid in assigned.values())


def test_of_two_keys_with_one_digest_the_one_that_has_the_id_keeps_it(monkeypatch):
    monkeypatch.setattr(sids, "LAST", sids.FIRST + 3)  # four ids only
    keys = ["b", "c", "d"]
    before = sids.assign(keys)
    after = sids.assign([*keys, "a"], kept=before)
    assert {key: after[key] for key in keys} == before
    assert len(set(after.values())) == 4
    # Without it, the first by key would take the id of another.
    assert any(sids.assign([*keys, name])[key] != before[key] for name in ("a", "0", "1", "2") for key in keys)


def test_an_id_that_two_keys_have_is_kept_by_one():
    assert sorted(sids.assign(["a", "b"], kept={"a": sids.FIRST, "b": sids.FIRST}).values())[0] == sids.FIRST


# ---- limits --------------------------------------------------------------------------------------------------------


def scattered(count):
    return [f"10.{number // 128}.{number % 128 * 2}.0/24" for number in range(count)]


def test_sources_that_no_line_can_hold_are_in_several_variables():
    many = {"payments": {**DECLARED["payments"], "sources": scattered(1000)}}
    ruleset = compiled(many)
    variables = ruleset.rule_groups["deny"].variables
    assert list(variables) == ["SRC_payments", "SRC_payments__2", "SRC_payments__3"]
    assert sorted(cidr for part in variables.values() for cidr in part) == sorted(scattered(1000))
    for _name, line in lines(ruleset):
        used = re.findall(r"\$(SRC_\w+)", line)
        assert len(line) + sum(len(cidr) + 1 for name in used for cidr in variables[name]) <= 8175
    assert len([line for _name, line in lines(ruleset) if "stripe" in line]) == 3


def test_a_line_that_ranges_of_others_make_too_long_is_refused():
    public = [f"11.{number // 128}.{number % 128 * 2}.0/24" for number in range(300)]
    with pytest.raises(Invalid, match="makes a rule of .* characters with the values of its variables"):
        compiled({"payments": {**DECLARED["payments"], "sources": [*scattered(390), *public]}})


def test_more_bytes_than_a_rule_group_holds_are_refused():
    allow = [{"domain": f"host-{number}.example.com"} for number in range(9000)]
    with pytest.raises(Invalid, match="bytes of rules for the rule group allow-"):
        compiled({"payments": {"sources": ["10.1.0.0/16"], "allow": allow}})


@pytest.mark.parametrize(
    ("used", "capacities"),
    [
        ({"allow-1": 1}, {"allow-1": 500}),
        ({"allow-1": 1001}, {"allow-1": 3100}),
        ({"allow-1": 7000, "deny": 1000}, {"allow-1": 21000, "deny": 3000}),
        ({"allow-1": 9000, "deny": 1000}, {"allow-1": 21600, "deny": 2400}),
        ({"allow-1": 27000, "deny": 1000}, {"allow-1": 27000, "deny": 1000}),
    ],
)
def test_capacity_has_headroom_and_a_policy_holds_it(used, capacities):
    assert limits.capacities(used, None, "egress_groups") == capacities
    assert sum(capacities.values()) <= limits.CAPACITY


def test_a_declared_capacity_must_hold_the_rules():
    assert compiled(capacity=1000).rule_groups["deny"].capacity == 1000
    with pytest.raises(Invalid, match="is no capacity for the 39 rules of the rule group deny"):
        compiled(capacity=20)
    with pytest.raises(Invalid, match="is no capacity"):
        compiled(capacity=30_001)
    with pytest.raises(Invalid, match="makes 30001 rules"):
        limits.capacities({"deny": 30_001}, None, "egress_groups")


def test_a_policy_holds_twenty_groups_and_thirty_thousand():
    limits.check_policy({str(number): 1500 for number in range(20)}, "egress_groups")
    with pytest.raises(Invalid, match="a policy of 21 rule groups"):
        limits.check_policy({str(number): 1 for number in range(21)}, "egress_groups")
    with pytest.raises(Invalid, match="reserve 30001"):
        limits.check_policy({"a": 30_000, "b": 1}, "egress_groups")


def test_rule_groups_that_no_policy_holds_together_are_refused():
    with pytest.raises(Invalid, match=r"reserve \d+ \(allow-"):
        compiled(capacity=20_000)


@given(st.sets(st.from_regex(groups.NAME, fullmatch=True), max_size=20))
def test_names_of_variables_fit_aws_and_are_of_one_group(names):
    variables = {name: parts.variable_name(name) for name in names}
    assert len(set(variables.values())) == len(names)
    # RuleVariableName of the service's model; and room for the number of a part.
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,28}", variable) for variable in variables.values())
