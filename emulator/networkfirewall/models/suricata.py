# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules in Suricata's text form, and what Network Firewall refuses in them.

No parser of Suricata: a rule is split into header and options, and checked for what Network Firewall itself checks.
Measured by [pf]: one line is one rule, and only the header holds variables.
https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-limitations-caveats.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from emulator.networkfirewall.errors import NetworkFirewallError, invalid_request
from emulator.networkfirewall.models.countries import COUNTRIES

ACTIONS = ("pass", "drop", "reject", "alert")
# [pf]: the only protocols whose rules may reject.
REJECTABLE = ("tcp", "http", "tls", "smb", "ssh", "smtp", "dcerpc")
# [pf] and suricata-limitations-caveats.html.
UNSUPPORTED = ("dataset", "datarep", "iprep", "lua", "luajit", "filestore")
PCRE_COMPANIONS = ("tls.sni", "http.host", "dns.query", "http.uri", "content")
BUILT_IN = ("HOME_NET", "EXTERNAL_NET")
# https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html; [pf]: Network Firewall appends a gid,
# so a rule of 8,175 characters is the longest.
MAX_LENGTH, GID_LENGTH = 8192, 17
_OPTION_END = re.compile(r"(?<!\\);")
_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_WORD = r"(?:!?\[[^\]]*\]|\S+)"
_HEADER = re.compile(rf"\S+\s+\S+\s+{_WORD}\s+{_WORD}\s+(?:->|<>)\s+{_WORD}\s+{_WORD}")


@dataclass(frozen=True)
class Rule:
    text: str

    @cached_property
    def header(self) -> str:
        return self.text.partition("(")[0].strip()

    @cached_property
    def action(self) -> str:
        return self.header.split(None, 1)[0]

    @property
    def protocol(self) -> str:
        return (self.header.split() + [""])[1].lower()

    @cached_property
    def options(self) -> list[tuple[str, str]]:
        """Keywords and values, in their order; a value without the spaces around it."""
        inner = self.text.partition("(")[2].rstrip().removesuffix(")")
        parts = [part.strip() for part in _OPTION_END.split(inner)]
        pairs = [part.partition(":") for part in parts if part]
        return [(name.strip(), value.strip()) for name, _, value in pairs]

    @cached_property
    def keywords(self) -> set[str]:
        return {name for name, _ in self.options}

    def values(self, keyword: str) -> list[str]:
        return [value for name, value in self.options if name == keyword]

    @cached_property
    def variables(self) -> set[str]:
        return set(_VARIABLE.findall(self.header))

    @property
    def references(self) -> set[str]:
        return set(re.findall(r"@([A-Za-z0-9_]+)", self.header))


# Returns what is wrong with a rule.
Test = Callable[[Rule], "str | None"]


def rules_of(text: str) -> list[Rule]:
    """Return the rules of a rules string: its lines but comments and empty ones."""
    lines = [line.strip() for line in text.split("\n")]
    return [Rule(line) for line in lines if line and not line.startswith("#")]


def check(
    rules: list[Rule],
    declared: Mapping[str, list[str]],
    references: set[str],
    strict: bool,
    mode: Mapping[str, Test] | None = None,
) -> None:
    """Raise InvalidRequestException for the first rule that Network Firewall refuses.

    declared: values of the group's variables by name; references: names of its IP set references; mode: checks by
    their names in the place of those of classic rules.
    """
    tests = TESTS | (mode or {})
    for rule in rules:
        for test in tests.values():
            if problem := test(rule):
                raise refused(rule, problem)
    for rule in rules:
        if strict and rule.keywords & {"priority", "classtype"}:  # [pf]
            raise invalid_request(
                "RulesString has invalid keywords. Rule groups that use strict order can't have rules that contain "
                "the keywords `priority` or `classtype`"
            )
        for name in sorted(rule.variables - set(BUILT_IN) - set(declared)):  # [pf]
            raise invalid_request(f"{name} cannot be null or empty", context=f"RuleVariables.IPSets.{name}")
        for name in sorted(rule.references - references):  # [pf]
            raise invalid_request(f"{name} cannot be null or empty", context=f"ReferenceSets.IPSetReferences.{name}")
        if _length(rule, declared) > MAX_LENGTH - GID_LENGTH:
            raise refused(rule, f"Rule exceeds max length ({MAX_LENGTH})")
    _refuse_duplicates(rules)


def refused(rule: Rule, reason: str) -> NetworkFirewallError:
    """Build AWS's error for one rule: awsdocs/aws-cloudformation-user-guide#913 quotes it."""
    return invalid_request(f"stateful rule is invalid, rule: {rule.text}, reason: {reason}")


def _length(rule: Rule, declared: Mapping[str, list[str]]) -> int:
    """Return the length of the rule with its variables' values in their place, as quotas.html counts it."""
    length = len(rule.text)
    for name in _VARIABLE.findall(rule.header):
        if name in declared:
            length += len(",".join(declared[name])) + len("[]") - len(f"${name}")
    return length


def _refuse_duplicates(rules: list[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        sid = rule.values("sid")[0]
        if sid in seen:  # [pf]
            raise invalid_request(f'stateful rule is invalid, reason: Duplicate signature "{rule.text}"')
        seen.add(sid)


def _syntax(rule: Rule) -> str | None:
    """Return what is wrong with the rule's form. [pf]: a rule that goes on in another line, with a backslash."""
    if "(" not in rule.text or not _HEADER.fullmatch(rule.header):
        return "Illegal rule syntax"
    if not rule.text.endswith(")"):
        rest = _OPTION_END.split(rule.text.partition("(")[2])[-1].strip()
        return f"Illegal option syntax: {rest}"
    inner = rule.text.partition("(")[2].removesuffix(")").strip()
    if inner and not inner.endswith(";"):
        return f"Illegal option syntax: {_OPTION_END.split(inner)[-1].strip()}"
    return None


def _action(rule: Rule) -> str | None:  # [pf]
    return None if rule.action in ACTIONS else f"Action {rule.action} is not supported"


def _gid(rule: Rule) -> str | None:  # [pf]
    gids = rule.values("gid")
    return f"GIDs are not allowed. Illegal option(s): [gid:{gids[0]}]" if gids else None


def _sid(rule: Rule) -> str | None:
    """Return a problem with the rule's id: 32 bits, as Suricata has it; a missing one: [pf]."""
    sids = rule.values("sid")
    if not sids:
        return "sid not assigned"
    if not sids[0].isdigit() or not 0 < int(sids[0]) < 2**32:
        return f'invalid sid "{sids[0]}"'  # not verified
    return None


def _supported(rule: Rule) -> str | None:  # [pf]
    bad = sorted(rule.keywords & set(UNSUPPORTED))
    return f"RuleOptions {bad[0]} is not supported" if bad else None


def _reject(rule: Rule) -> str | None:  # [pf]
    refused_protocol = rule.action == "reject" and rule.protocol not in REJECTABLE
    return f"{rule.protocol} reject is not supported" if refused_protocol else None


def _pcre(rule: Rule) -> str | None:  # [pf]
    if "pcre" not in rule.keywords or rule.keywords & set(PCRE_COMPANIONS):
        return None
    return f"Using pcre without one of the following options is not allowed: [{', '.join(PCRE_COMPANIONS)}]."


def _geoip(rule: Rule) -> str | None:  # [pf]
    if "geoip" not in rule.keywords:
        return None
    words = ",".join(rule.values("geoip")).upper().split(",")
    codes = {word.strip().removeprefix("!").strip() for word in words} - {"", "SRC", "DST", "BOTH", "ANY"}
    return "Rule contains an incorrect country code" if codes - COUNTRIES else None


def _http_host(rule: Rule) -> str | None:
    """Return the problem of a rule whose http.host content Suricata 7.0.10 doesn't load (measured).

    That AWS's text is Suricata's is not verified.
    """
    buffer = ""
    for name, value in rule.options if "http.host" in rule.keywords else ():
        buffer = name if "." in name else buffer
        if buffer != "http.host":
            continue
        normalized = "The hostname buffer is normalized to lowercase"
        if name == "nocase":
            return f'http.host keyword specified along with "nocase". {normalized}, specifying nocase is redundant.'
        if name == "content" and _has_upper(value):
            return f"pattern with uppercase characters detected for http.host. {normalized}, use a lowercase pattern."
    return None


def _has_upper(content: str) -> bool:
    """Return true if a content has an upper-case letter outside its hexadecimal parts."""
    return any(letter.isupper() for letter in re.sub(r"\|[0-9A-Fa-f ]*\|", "", content))


# By name, in the order of the checks.
TESTS: dict[str, Test] = {
    "syntax": _syntax,
    "action": _action,
    "gid": _gid,
    "sid": _sid,
    "keywords": _supported,
    "reject": _reject,
    "pcre": _pcre,
    "geoip": _geoip,
    "http.host": _http_host,
}
