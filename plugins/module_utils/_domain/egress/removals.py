# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What rules in AWS allow whom and a declaration no longer names: groups, and sources of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import overlaps
from .groups import Egress


def undeclared(before: Egress, after: Egress, accounts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the groups (``payments``) and sources (``payments/alpha``) that only `before` has -> what that is.

    accounts: CIDRs by name of an account, by which lost addresses are named; others are named by their CIDR.
    """
    declared = {group.name: group for group in after.groups}
    found = {}
    for group in before.groups:
        if group.name not in declared:
            found[group.name] = f"the whole group, of {overlaps.listed(group.cidrs)}"
            continue
        lost = overlaps.without(group.cidrs, declared[group.name].cidrs)
        for name, cidrs in _named(lost, accounts).items():
            found[f"{group.name}/{name}"] = overlaps.listed(cidrs) if cidrs != (name,) else ""
    return found


def _named(lost: Sequence[str], accounts: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the lost CIDRs by account, or by themselves if they are of no account."""
    named: dict[str, tuple[str, ...]] = {}
    for account, own in sorted(accounts.items()) if lost else ():
        inside = overlaps.common(lost, own)
        if inside:
            named[account] = inside
            lost = overlaps.without(lost, own)
    return named | {cidr: (cidr,) for cidr in lost}
