# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stops a run that would remove what nobody declared to leave, or open what nobody named.

A typo, half an inventory or a rename looks the same as a wish to remove or to connect. Pure: no Ansible, no AWS.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import Invalid
from .plan import Step
from .reconcile import NAME_TAG, Actual, Conflict

OPENS = {"allow_opens": {"type": "list", "elements": "str", "default": []}}
OPTIONS = {"confirm_removals": {"type": "list", "elements": "str", "default": []}}
# One run removes no more than these (of a hub's spokes, say), unless confirm_removals names each.
LIMITS = {
    "max_removals": {"type": "int", "default": 3},
    "max_removals_percent": {"type": "int", "default": 25},
}

# Openings that a message describes.
MOST_OPENS = 8


@dataclass(frozen=True)
class Removals:
    """Removals of a plan: the name that confirm_removals expects -> what that is, in words.

    undeclared  no longer declared, and nothing says that it is to leave
    leaving     declared to leave
    total       number of all that could leave, to which max_removals_percent applies
    """

    undeclared: Mapping[str, str] = field(default_factory=dict)
    leaving: Mapping[str, str] = field(default_factory=dict)
    total: int = 0


# (Declared, what was read, the plan's steps) -> Removals
Judge = Callable[[Any, Mapping[str, Mapping[str, Actual]], Sequence[Step]], Removals]
# (Declared, what was read before the run wrote anything, what was read last, the plan's steps, allow_opens)
# -> {name that allow_opens needs and lacks: what opens, in words}
OpensJudge = Callable[
    [Any, Mapping[str, Mapping[str, Actual]], Mapping[str, Mapping[str, Actual]], Sequence[Step], Sequence[str]],
    Mapping[str, str],
]


def deleted(*kinds: str) -> Judge:
    """Return a judge that counts each deletion of these kinds as undeclared, by the name OWNER/KIND.NAME."""

    def judge(declared: Any, found: Mapping[str, Mapping[str, Actual]], steps: Sequence[Step]) -> Removals:
        return Removals({name_of(declared, step): str(step.removes) for step in gone(declared, steps, *kinds)})

    return judge


def name_of(declared: Any, step: Step) -> str:
    return f"{declared.owner.partition('/')[2]}/{step.address}"


def gone(declared: Any, steps: Sequence[Step], *kinds: str) -> list[Step]:
    """Deletions of these kinds after which the resource doesn't exist any more.

    Without those of replaced resources, and of the second of two that concurrent runs created.
    """
    created = {step.address for step in steps if step.action == "create"}

    def stays(step: Step) -> bool:
        kind = step.address.kind
        return (
            step.address.resource in created
            or (step.before or {}).get("tags", {}).get(NAME_TAG) in declared.resources[kind]
            and step.address.name not in declared.resources[kind]
        )

    return [step for step in steps if step.removes and step.address.kind in kinds and not stays(step)]


def check_options(params: Mapping[str, Any]) -> None:
    """Check max_removals (0 or more) and max_removals_percent (0 to 100). Raises Invalid."""
    for option, most in (("max_removals", None), ("max_removals_percent", 100)):
        value = params.get(option)
        if value is not None and (value < 0 or most is not None and value > most):
            raise Invalid(option, value, "is no limit", f"0 to {most}" if most else "0 or more")


def unconfirmed(removals: Removals, params: Mapping[str, Any]) -> list[str]:
    """Names that confirm_removals needs and lacks, sorted."""
    return sorted(_asked(removals, params) - set(params.get("confirm_removals") or ()))


def refuse(removals: Removals, params: Mapping[str, Any]) -> None:
    """Raise Conflict if a removal lacks a confirmation that it needs."""
    if unconfirmed(removals, params):
        raise Conflict(words(removals, params))


def words(removals: Removals, params: Mapping[str, Any]) -> str:
    """Return the message: what would be removed, why it has to be confirmed, and how to confirm it."""
    asked, missing = _asked(removals, params), unconfirmed(removals, params)
    reasons = []
    lost = [name for name in missing if name in removals.undeclared]
    if lost:
        reasons.append(
            f"{_listed(lost, removals.undeclared)}: no longer declared, and nothing says that it is to leave"
        )
    leaving = [name for name in missing if name in removals.leaving]
    if leaving:
        limits = f"max_removals {params['max_removals']}, max_removals_percent {params['max_removals_percent']}"
        reasons.append(
            f"{_listed(leaving, removals.leaving)}: declared to leave, but {len(removals.leaving)} of {removals.total}"
            f" are more than one run takes ({limits})"
        )
    return (
        f"confirm_removals: this would remove {'; '.join(reasons)}. Is the inventory whole, and each name spelt right?"
        f" If all of these are to go: -e {as_extra_variable('confirm_removals', sorted(asked))}"
    )


def refuse_opens(unnamed: Mapping[str, str]) -> None:
    """Raise Conflict if an opening lacks its name."""
    if unnamed:
        raise Conflict(words_of_opens(unnamed))


def words_of_opens(unnamed: Mapping[str, str]) -> str:
    """Return the message: what would open, and how to allow it."""
    what = "; ".join(f"{name} ({text})" if text else name for name, text in list(unnamed.items())[:MOST_OPENS])
    more = f"; and {len(unnamed) - MOST_OPENS} more" if len(unnamed) > MOST_OPENS else ""
    return (
        f"allow_opens: this would open {what}{more}. A segment of these is isolated, and what is in it doesn't reach"
        " this now. Is each segment right, and its isolated and reaches? If all of these are to open: -e"
        f" {as_extra_variable('allow_opens', sorted(unnamed))}"
    )


def _asked(removals: Removals, params: Mapping[str, Any]) -> set[str]:
    asked = set(removals.undeclared)
    if removals.leaving:
        # Removing one of a few is everyday work, whatever the percentage.
        part = max(1, removals.total * params["max_removals_percent"] // 100)
        if len(removals.leaving) > min(params["max_removals"], part):
            asked |= set(removals.leaving)
    return asked


def _listed(names: Iterable[str], what: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({what[name]})" if what[name] else name for name in names)


def as_extra_variable(variable: str, names: Sequence[str]) -> str:
    text = f"{variable}={','.join(names)}"
    if any(re.search(r"[,\s'\"=]", name) for name in names):
        text = json.dumps({variable: names})
    return shlex.quote(text)
