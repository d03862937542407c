# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings for what the doctor couldn't read: each cause that a denied or missing read hides is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .causes import HIDES
from .facts import Facts, Item
from .findings import UNKNOWN, Finding


def of_vpc(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each cause that missing reads of a VPC hide, with all of these reads.

    A kind that isn't in HIDES is read only if a route needs it; egress_routes.py reports it.
    """
    denied, unread = facts.get("denied", {}), facts.get("unread", {})
    hidden: dict[str, list[str]] = {}
    for kind in [*denied, *unread]:
        for cause in HIDES.get(kind, ()):
            hidden.setdefault(cause, []).append(kind)
    for cause, kinds in hidden.items():
        actions = ", ".join(denied[kind] for kind in kinds if kind in denied)
        missing = "; ".join(unread[kind] for kind in kinds if kind not in denied)
        why = [_may_not_call(actions)] * bool(actions) + [missing] * bool(missing)
        fixes = [_grant(actions)] * bool(actions)
        fixes += ["access to the API, or the file as closed_vpc_doctor saves it"] * bool(missing)
        shown = {key: text for key, text in (("denied", actions), ("missing", missing)) if text}
        yield _unknown(cause, facts["vpc_id"], "; ".join(why), "; and ".join(fixes), shown)


def of_workload(raw: Item) -> Iterator[Finding]:
    """Yield a finding for each cause that a missing read of a workload hides."""
    for kind, action in raw["denied"].items():
        for cause in HIDES[kind]:
            yield _unknown(cause, raw["name"], _may_not_call(action), _grant(action), {"denied": action})
    for kind, why in raw["unread"].items():
        if kind not in raw["denied"]:
            for cause in HIDES[kind]:
                yield _unknown(cause, raw["name"], why, "run the doctor where this can be read", {"missing": why})


def of_reference(access: Item, kind: str, name: str) -> Finding:
    """Build the finding for a reference that wasn't read. access: see references.py; name: of this kind"""
    (cause,) = HIDES[kind]
    action, other = (access.get(why, {}).get(kind) for why in ("denied", "unread"))
    if action:
        return _unknown(cause, name, _may_not_call(action), _grant(action), {"denied": action})
    return _unknown(cause, name, other or "only what is in this account and region is read", "check it where it is", {})


def _unknown(cause: str, resource: str, why: str, fix: str, evidence: Mapping[str, Any]) -> Finding:
    return Finding(cause, UNKNOWN, resource, f"isn't known, since {why}", fix, evidence)


def _may_not_call(actions: str) -> str:
    return f"the credential may not call {actions}"


def _grant(actions: str) -> str:
    return f"grant {actions}; docs/iam/closed_vpc_doctor.json has all that is read"
