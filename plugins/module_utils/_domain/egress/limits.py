# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Limits of Network Firewall, checked before any call.

https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html: rules of a group 2,000,000 bytes, a rule
8,192 characters with the values of its variables, 30,000 rules of a group and of a policy, 20 rule groups of a policy.
AWS appends a generator id of 16 characters to each rule, so 8,175 are usable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..._core.errors import Invalid

BYTES = 2_000_000
LINE = 8_175
CAPACITY = 30_000
GROUPS_OF_POLICY = 20
# Characters of a line that a variable's value may take: the rest is for the rule and for EXTERNAL_NET.
VARIABLE = 6_000
# Capacity of a new rule group: three times what it needs, and at least this.
HEADROOM, LEAST_CAPACITY = 3, 500


def capacity(used: int, wanted: int | None, option: str) -> int:
    """Return the capacity to create a rule group with: `wanted`, or what it uses with headroom. Raises Invalid."""
    if used > CAPACITY:
        raise Invalid(option, None, f"makes {used} rules of one rule group", f"{CAPACITY} at most")
    if wanted is None:
        return min(CAPACITY, max(LEAST_CAPACITY, -(-used * HEADROOM // 100) * 100))
    if not used <= wanted <= CAPACITY:
        raise Invalid("egress_capacity", wanted, f"is no capacity for {used} rules", f"{used} to {CAPACITY}")
    return wanted


def chunks(cidrs: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the CIDRs in parts whose text fits into a line beside the rule; one part, empty, for no CIDR."""
    parts: list[list[str]] = [[]]
    length = 0
    for cidr in cidrs:
        if parts[-1] and length + len(cidr) + 2 > VARIABLE:
            parts.append([])
            length = 0
        parts[-1].append(cidr)
        length += len(cidr) + 2
    return [tuple(part) for part in parts]


def check(rule_groups: Mapping[str, tuple[str, Mapping[str, Sequence[str]]]], home: Sequence[str], option: str) -> None:
    """Check rules with their variables, by rule group. Raises Invalid."""
    external = _length(home)
    for name, (rules, variables) in rule_groups.items():
        size = len(rules.encode())
        if size > BYTES:
            problem = f"makes {size} bytes of rules for the rule group {name}"
            raise Invalid(option, None, problem, f"{BYTES} at most: wider wildcards, or fewer entries")
        lengths = {f"${variable}": _length(cidrs) for variable, cidrs in variables.items()}
        for line in rules.splitlines():
            whole = len(line) + external + sum(lengths.get(used, 0) for used in re.findall(r"\$\w+", line))
            if whole > LINE:
                problem = f"makes a rule of {whole} characters with the values of its variables: {line[:80]}..."
                raise Invalid(option, None, problem, f"{LINE} at most: wider CIDRs of sources, or fewer ports")


def _length(cidrs: Sequence[str]) -> int:
    return sum(len(cidr) + 2 for cidr in cidrs)


def check_policy(capacities: Mapping[str, int], option: str = "egress_managed_rule_groups") -> None:
    """Check the capacities that a policy's rule groups, managed ones too, reserve in it. Raises Invalid."""
    if len(capacities) > GROUPS_OF_POLICY:
        problem = f"makes a policy of {len(capacities)} rule groups"
        raise Invalid(option, None, problem, f"{GROUPS_OF_POLICY} at most")
    reserved = sum(capacities.values())
    if reserved > CAPACITY:
        listed = ", ".join(f"{name} {each}" for name, each in sorted(capacities.items()))
        raise Invalid(
            option, None, f"makes a policy whose rule groups reserve {reserved} ({listed})", f"{CAPACITY} at most"
        )
