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
# Of a policy's capacity, what is left for managed rule groups.
SPARE = 6_000


def capacities(used: Mapping[str, int], wanted: int | None, option: str) -> dict[str, int]:
    """Return the capacity to create each rule group with: `wanted`, or what it uses with headroom. Raises Invalid.

    option: of the groups; that of the capacity has the same prefix
    The policy reserves all of them, so headroom shrinks where many rules are used: SPARE is left for managed groups.
    """
    total = sum(used.values())
    if total > CAPACITY:
        raise Invalid(option, None, f"makes {total} rules", f"{CAPACITY} at most, the quota of a policy")
    if wanted is None:
        ample = {name: max(LEAST_CAPACITY, -(-lines * HEADROOM // 100) * 100) for name, lines in used.items()}
        if sum(ample.values()) <= CAPACITY - SPARE:
            return ample
        room = max(CAPACITY - SPARE - total, 0)
        return {name: lines + room * lines // total for name, lines in used.items()}
    for name, lines in used.items():
        if not lines <= wanted <= CAPACITY:
            problem = f"is no capacity for the {lines} rules of the rule group {name}"
            of_capacity = f"{option.removesuffix('groups')}capacity"
            raise Invalid(of_capacity, wanted, problem, f"{max(used.values())} to {CAPACITY}")
    return dict.fromkeys(used, wanted)


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


def check_policy(capacities: Mapping[str, int], option: str) -> None:
    """Check the capacities that rule groups reserve in a policy; those of managed ones aren't known. Raises Invalid."""
    if len(capacities) > GROUPS_OF_POLICY:
        problem = f"makes a policy of {len(capacities)} rule groups"
        raise Invalid(option, None, problem, f"{GROUPS_OF_POLICY} at most")
    reserved = sum(capacities.values())
    if reserved > CAPACITY:
        listed = ", ".join(f"{name} {each}" for name, each in sorted(capacities.items()))
        raise Invalid(
            option, None, f"makes a policy whose rule groups reserve {reserved} ({listed})", f"{CAPACITY} at most"
        )
