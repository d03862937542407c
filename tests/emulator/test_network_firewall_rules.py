# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Network Firewall refuses in rules. [pf]: the texts with which AWS answered badmintoncryer/cdk-preflight's trials
(rules/networkfirewall/*/meta.yaml, September 2026); D: AWS's documentation; U: not verified.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Emulator, error_of
from tests.emulator.firewalls import STRICT, Firewalls, rule

OPTIONS = "flow:to_server; "


@pytest.fixture
def firewalls(emulator: Emulator) -> Firewalls:
    return Firewalls(emulator)


def line(header: str = "pass tls $HOME_NET any -> $EXTERNAL_NET 443", options: str = OPTIONS, sid: int = 1) -> str:
    return f"{header} ({options}sid:{sid};)"


def refusal(firewalls: Firewalls, rules: str, **group: Any) -> str:
    """Return the text with which a rule group of these rules is refused, also as a dry run."""
    code, text = error_of(firewalls.group, rules=rules, group=group)
    assert code == "InvalidRequestException"
    assert error_of(firewalls.group, rules=rules, group=group, DryRun=True) == (code, text)
    return text


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        # [pf], a line is a rule: "Backslash line continuation is NOT supported"
        ('pass tls any any -> any 443 (msg:"a"; \\', "Illegal option syntax: \\"),
        # Suricata's form of a rule
        ("pass tls any any -> any 443", "Illegal rule syntax"),
        ("pass tls any any any 443 (sid:1;)", "Illegal rule syntax"),
        ("pass tls any any -> any 443 (sid:1)", "Illegal option syntax: sid:1"),
        # [pf], suricata-sid-required; the whole text: awsdocs/aws-cloudformation-user-guide#913
        ("pass tls any any -> any 443 (flow:to_server;)", "sid not assigned"),
        # U: Suricata's sid has 32 bits
        ("pass tls any any -> any 443 (sid:4294967296;)", 'invalid sid "4294967296"'),
        # [pf], suricata-gid-not-allowed
        ("pass tls any any -> any 443 (gid:7; sid:1;)", "GIDs are not allowed. Illegal option(s): [gid:7]"),
        # [pf], suricata-action-supported
        ("block tls any any -> any 443 (sid:1;)", "Action block is not supported"),
        ("rejectsrc tcp any any -> any 443 (sid:1;)", "Action rejectsrc is not supported"),
        # [pf], suricata-reject-tcp-only
        ("reject udp any any -> any any (sid:1;)", "udp reject is not supported"),
        ("reject ip any any -> any any (sid:1;)", "ip reject is not supported"),
        ("reject quic any any -> any any (sid:1;)", "quic reject is not supported"),
        # [pf], suricata-unsupported-keyword
        ("pass tls any any -> any 443 (dataset:isset,x; sid:1;)", "RuleOptions dataset is not supported"),
        ("pass tls any any -> any 443 (iprep:src,x,>,1; sid:1;)", "RuleOptions iprep is not supported"),
        ("pass tls any any -> any 443 (filestore; sid:1;)", "RuleOptions filestore is not supported"),
        # [pf], suricata-pcre-companion-keyword
        (
            'pass tcp any any -> any 443 (pcre:"/x/"; sid:1;)',
            "Using pcre without one of the following options is not allowed: "
            "[tls.sni, http.host, dns.query, http.uri, content].",
        ),
        # [pf], suricata-geoip-country-code: UK is GB
        ("drop ip any any -> any any (geoip:dst,UK; sid:1;)", "Rule contains an incorrect country code"),
        ("drop ip any any -> any any (geoip:any,GB,EU; sid:1;)", "Rule contains an incorrect country code"),
    ],
)
def test_rule_is_refused(firewalls: Firewalls, refused: str, reason: str) -> None:
    assert refusal(firewalls, refused) == f"stateful rule is invalid, rule: {refused}, reason: {reason}"


@pytest.mark.parametrize("kind", ["nocase", "upper case"])
def test_http_host_is_lower_case(firewalls: Firewalls, kind: str) -> None:
    """Suricata 7.0.10 loads neither (measured); U: AWS's text."""
    content, more = ("example.com", "nocase; ") if kind == "nocase" else ("Example.com", "")
    rules = line("pass http any any -> any 80", f'http.host; content:"{content}"; {more}')
    assert "The hostname buffer is normalized to lowercase" in refusal(firewalls, rules)


@pytest.mark.parametrize(
    "options",
    [
        'tls.sni; content:"Example.com"; nocase; ',
        'http.host; content:"example.com"; http.uri; content:"/A"; nocase; ',
        'http.host; content:"a|2E|com"; ',
    ],
)
def test_case_of_other_buffers_is_free(firewalls: Firewalls, options: str) -> None:
    """Suricata 7.0.10 loads them (measured for tls.sni)."""
    firewalls.group(rules=line("pass http any any -> any 80", options))


@pytest.mark.parametrize(
    "accepted",
    [
        'pass tls any any -> any 443 (msg:"costs $USD, mail@x"; sid:1;)',  # [pf]: only the header has variables
        "pass tls [10.0.0.0/8, !10.1.0.0/16] any -> ![192.0.2.0/24] [443, 8443] (sid:1;)",
        "drop ip any any <> any any (geoip:src,!GB; sid:4294967295;)",
        'alert http any any -> any any (pcre:"/a\\;b/"; http.uri; sid:1;)',
        "# a comment\n\npass tls any any -> any 443 (sid:1;)\n",
        "reject tcp any any -> any any (sid:1;)",
    ],
)
def test_rule_is_accepted(firewalls: Firewalls, accepted: str) -> None:
    group = firewalls.nfw.describe_rule_group(RuleGroupArn=firewalls.group(rules=accepted))
    assert group["RuleGroup"]["RulesSource"]["RulesString"] == accepted
    assert group["RuleGroupResponse"]["ConsumedCapacity"] == 1


def test_sid_is_unique_in_a_group(firewalls: Firewalls) -> None:
    """[pf], suricata-sid-unique; other groups may have the same."""
    rules = f"{rule('a.example', 1)}\n{rule('b.example', 1)}"
    assert refusal(firewalls, rules).startswith("stateful rule is invalid, reason: Duplicate signature")
    firewalls.group("one", rule("a.example", 1))
    firewalls.group("two", rule("b.example", 1))


@pytest.mark.parametrize("keyword", ["priority:1; ", "classtype:misc-activity; "])
def test_strict_order_has_no_priorities(firewalls: Firewalls, keyword: str) -> None:
    """[pf], suricata-priority-strict-order; in the default order they are accepted."""
    assert refusal(firewalls, line(options=keyword)) == (
        "RulesString has invalid keywords. Rule groups that use strict order can't have rules that contain the "
        "keywords `priority` or `classtype`"
    )
    firewalls.group(rules=line(options=keyword), group={"StatefulRuleOptions": {"RuleOrder": "DEFAULT_ACTION_ORDER"}})


def test_variables_are_declared(firewalls: Firewalls) -> None:
    """[pf], suricata-variable-defined: only HOME_NET and EXTERNAL_NET are known without that."""
    rules = rule("a.example", 1, "$SRC_PAYMENTS")
    expected = "SRC_PAYMENTS cannot be null or empty, context: RuleVariables.IPSets.SRC_PAYMENTS"
    assert refusal(firewalls, rules) == expected
    http_ports = line("pass http any any -> any $HTTP_PORTS")
    assert (
        refusal(firewalls, http_ports) == "HTTP_PORTS cannot be null or empty, context: RuleVariables.IPSets.HTTP_PORTS"
    )
    variables = {"IPSets": {"SRC_PAYMENTS": {"Definition": ["10.1.0.0/16"]}}}
    firewalls.group(rules=rules, group={"RuleVariables": variables})


def test_ip_set_references_are_declared_and_few(firewalls: Firewalls) -> None:
    """[pf], suricata-ipset-reference-defined, rulegroup-ipset-references-max, rulegroup-ipset-reference-arn-unique."""
    rules = rule("a.example", 1, "@BETA")
    assert refusal(firewalls, rules) == "BETA cannot be null or empty, context: ReferenceSets.IPSetReferences.BETA"

    def references(count: int, same: bool = False) -> dict[str, Any]:
        arn = "arn:aws:ec2:eu-central-1:222222222222:prefix-list/pl-"
        made = {f"R{number}": {"ReferenceArn": f"{arn}{0 if same else number}"} for number in range(count)}
        return {"ReferenceSets": {"IPSetReferences": made}}

    used = rule("a.example", 1, "@R0")
    firewalls.group(rules=used, group=references(5))
    expected = "IPSetReferences limit exceeded, parameter: [6], context: ReferenceSets"
    assert refusal(firewalls, used, **references(6)) == expected
    assert refusal(firewalls, used, **references(2, True)) == "IPSetReferences is invalid, context: ReferenceSets"


def test_rule_has_8175_characters_with_its_variables(firewalls: Firewalls) -> None:
    """[pf], suricata-rule-max-length; D: quotas.html, "Each variable value in the rule counts towards this limit"."""
    padding = 8175 - len(line(options='msg:"";'))
    longest = line(options=f'msg:"{"x" * padding}";')
    assert len(longest) == 8175
    firewalls.group(rules=longest)
    assert refusal(firewalls, longest.replace("xx", "xxx", 1)).endswith("reason: Rule exceeds max length (8192)")
    blocks = [f"10.{number // 256}.{number % 256}.0/24" for number in range(700)]
    variables = {"IPSets": {"SRC": {"Definition": blocks}}}
    of_many = rule("a.example", 1, "$SRC")
    assert refusal(firewalls, of_many, RuleVariables=variables).endswith("reason: Rule exceeds max length (8192)")


def test_domain_list_has_its_own_form_and_capacity(firewalls: Firewalls) -> None:
    """[pf]: Targets * TargetTypes + TargetTypes + 1; rulegroup-domain-target-format, rulegroup-domain-target-unique."""

    def created(*targets: str, **options: Any) -> dict[str, Any]:
        domains = {"Targets": targets, "TargetTypes": ["TLS_SNI", "HTTP_HOST"], "GeneratedRulesType": "ALLOWLIST"}
        group = {"RulesSource": {"RulesSourceList": domains}, "StatefulRuleOptions": STRICT}
        parameters = {"RuleGroupName": "domains", "Type": "STATEFUL", "Capacity": 100, "RuleGroup": group}
        return firewalls.nfw.create_rule_group(**parameters | options)["RuleGroupResponse"]

    assert created(".example.com", "a.org", DryRun=True)["ConsumedCapacity"] == 2 * 2 + 2 + 1
    assert error_of(created, Capacity=2)[0] == "InvalidRequestException"
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match=r"Targets has invalid format.*\*\.a"):
        created("*.a.example")
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="Targets has invalid format"):
        created("https://a.example")
    with pytest.raises(firewalls.nfw.exceptions.InvalidRequestException, match="Targets has duplicate values"):
        created(".a.example", "a.example")


def test_structured_rules_are_checked_as_text(firewalls: Firewalls) -> None:
    """D: API_StatefulRule; awsdocs/aws-cloudformation-user-guide#913 quotes such a rule as AWS writes it."""

    def source(*keywords: str, action: str = "PASS", protocol: str = "TCP") -> dict[str, Any]:
        ends = {"Source": "10.0.0.0/24", "SourcePort": "10", "Destination": "ANY", "DestinationPort": "443"}
        header = {"Protocol": protocol, "Direction": "ANY"} | ends
        options = [{"Keyword": keyword} for keyword in keywords]
        return {"RulesSource": {"StatefulRules": [{"Action": action, "Header": header, "RuleOptions": options}]}}

    firewalls.group("one", group=source("sid:1"))
    firewalls.group("two", group=source("flow:to_server", "sid:1"))
    code, text = error_of(firewalls.group, group=source("flow:to_server"))
    shown = "pass tcp 10.0.0.0/24 10 <> any 443 (flow:to_server;)"
    assert text == f"stateful rule is invalid, rule: {shown}, reason: sid not assigned"
    assert (
        "udp reject is not supported"
        in error_of(firewalls.group, group=source("sid:1", action="REJECT", protocol="UDP"))[1]
    )
