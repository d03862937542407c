# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Phases in which a module takes over what somebody else created: first it only observes, then it only sets tags.

What is taken over is named by its id. A cloud shows such resources to the reads as if they had the owner's tags, so
that the plan is the one of a module that owns them; of that plan a phase lets through nothing, or the tags alone. What
it holds back is a finding. Pure: no Ansible, no AWS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from . import escape
from .errors import Invalid, did_you_mean
from .plan import Plan, Step, printable
from .reconcile import NAME_TAG, OWNER_TAG, Actual, Conflict
from .resource import Found, Resource, Wanted

OBSERVE, TAGS = "observe", "tags"
OPTIONS = {
    "adoption": {"type": "str", "choices": [OBSERVE, TAGS]},
    "adopted_ids": {"type": "dict"},
    "adopt_release": {"type": "list", "elements": "str", "default": []},
    "moved": {"type": "dict"},
}
# Key of an Actual's details: the Claimed of a resource that was shown with other tags than it has.
CLAIMED = "claimed"
# Names that a finding, a note or a message lists at most.
MOST_NAMES = 8


@dataclass(frozen=True)
class Claimed:
    """A resource that a read showed with other tags than it has.

    tags   its real values of the tags in `own`, as far as it has them
    own    the tags that it was shown with
    owner  who else manages it, in words; "" if nobody is known
    """

    tags: Mapping[str, str]
    own: Mapping[str, str]
    owner: str = ""


@runtime_checkable
class HasClaims(Protocol):
    """A cloud that shows resources to the reads as if they had the owner's tags.

    claimed  id -> Claimed, of those read so far whose real tags differ
    """

    @property
    def claimed(self) -> Mapping[str, Claimed]: ...


@dataclass(frozen=True)
class Adoption:
    """What a run may do, and what it takes over.

    phase     observe, tags, or "" for resources that are owned
    ids       address -> id, of this module
    """

    phase: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, Any], owner: str) -> Adoption:
        return cls(params.get("adoption") or "", (params.get("adopted_ids") or {}).get(owner) or {})


def check(params: Mapping[str, Any], owner: str, kinds: Iterable[str]) -> None:
    """Check the options of OPTIONS. kinds: those of the module whose resources have tags. Raises Invalid."""
    _check_ids(params.get("adopted_ids") or {}, owner, set(kinds))
    moved = params.get("moved") or {}
    for old, new in moved.items():
        if not isinstance(new, str) or not new:
            raise Invalid(f"moved.{old}", new, "is no name", "the new name")
        if new in moved:
            raise Invalid(f"moved.{old}", new, "is itself moved", "the name that it has in the end")


def _check_ids(adopted: Mapping[str, Any], owner: str, kinds: set[str]) -> None:
    seen: dict[str, str] = {}
    for tag, ids in adopted.items():
        where = f"adopted_ids.{tag}"
        if "/" not in str(tag):
            raise Invalid(where, None, "is no owner", f"MODULE/NAME, such as {owner}")
        if not isinstance(ids, Mapping):
            raise Invalid(where, ids, "is no mapping", "KIND.NAME: ID, such as vpc.main: vpc-0123456789abcdef0")
        for address, id_ in ids.items():
            kind = str(address).partition(".")[0]
            if not isinstance(id_, str) or not id_:
                raise Invalid(f"{where}.{address}", id_, "is no id", "the resource's id, or its ARN")
            if tag == owner and kind not in kinds:
                problem = f"is of no kind that has tags here{did_you_mean(kind, kinds)}"
                raise Invalid(
                    f"{where}.{address}", None, problem, f"one of {', '.join(sorted(kinds))}, a dot, its name"
                )
            if id_ in seen:
                problem = f"is that of {seen[id_]}, too, and a resource has one owner"
                raise Invalid(f"{where}.{address}", id_, problem, "one line for each id")
            seen[id_] = f"{tag}.{address}"


def marked(found: Found, cloud: Any) -> Found:
    """Return what was read, with the Claimed of each resource that was shown with other tags than it has."""
    if not isinstance(cloud, HasClaims) or not cloud.claimed:
        return found
    claimed = cloud.claimed

    def mark(there: Actual) -> Actual:
        claim = claimed.get(there.id) if isinstance(there.id, str) else None
        return replace(there, details={**there.details, CLAIMED: claim}) if claim else there

    return {kind: {name: mark(there) for name, there in of_kind.items()} for kind, of_kind in found.items()}


def real(found: Found) -> Found:
    """Return what was read with real tags, for plans that set them."""
    if not any(CLAIMED in there.details for of_kind in found.values() for there in of_kind.values()):
        return found
    return {kind: {name: _real(there) for name, there in of_kind.items()} for kind, of_kind in found.items()}


def _real(there: Actual) -> Actual:
    claim, tags = there.details.get(CLAIMED), there.fields.get("tags")
    if claim is None or not isinstance(tags, Mapping):
        return there
    without = {key: value for key, value in tags.items() if key not in claim.own}
    return replace(there, fields={**there.fields, "tags": {**without, **claim.tags}})


def planned(resource: Resource, wanted: Wanted, found: Found, declared: Any, conflicts: list[str]) -> list[Step]:
    """Return the resource file's steps; in a phase, append its Conflict to `conflicts` and return none."""
    try:
        return resource.plan(wanted, found, declared)
    except Conflict as conflict:
        if not declared.adoption.phase:
            raise
        conflicts.append(str(conflict))
        return []


def restrict(plan: Plan, adoption: Adoption, found: Found, conflicts: Sequence[str] = ()) -> Plan:
    """Return what the phase lets through of a plan: nothing, or the steps that add tags.

    What it holds back, and what can't be planned, is in the findings; tags that a later phase sets or removes are in
    notes. Raises Conflict for tags of a resource that somebody else manages, and for adopted_ids without a phase.
    """
    if not adoption.phase:
        _refuse_untagged(adoption, found)
        return plan
    changes = [step for step in plan.steps if not step.reads_only]
    tagging = [step for step in changes if step.address.field == "tags.add"]
    untagging = [step for step in changes if step.address.field == "tags.remove"]
    others = [step for step in changes if step not in tagging and step not in untagging]
    foreign = [_managed(step, claim) for step in tagging if (claim := _claim(step, found)) and claim.owner]
    if foreign and adoption.phase == TAGS:
        raise Conflict(
            f"adoption: {_listed(foreign, '; ')}. Two tools would change them in turn: take them out of that one"
            " first, then name them in adopt_release (an id, or the stack's name)"
        )
    findings = [
        *plan.findings,
        *(f"adoption: not found: {address}, {id_} in adopted_ids" for address, id_ in _missing(adoption, found)),
        *(f"adoption: {line}; adoption: tags refuses it unless adopt_release names it" for line in foreign),
        *(f"adoption: can't be planned: {conflict}" for conflict in conflicts),
        *(f"adoption: {_held_back(step)}" for step in others),
    ]
    notes = list(plan.notes)
    if untagging:
        names = _listed([str(step.address.resource) for step in untagging])
        notes.append(f"adoption: once owned, undeclared tags are removed of {names}; purge_tags: false keeps them")
    if adoption.phase == TAGS:
        # What these steps wait for is held back, too.
        return Plan(tuple(replace(step, needs=()) for step in tagging), tuple(notes), tuple(findings))
    if tagging:
        names = _listed([str(step.address.resource) for step in tagging])
        notes.append(f"adoption: tags sets the tags of {len(tagging)} resources: {names}")
    return Plan((), tuple(notes), tuple(findings))


def _claim(step: Step, found: Found) -> Claimed | None:
    there = found.get(step.address.kind, {}).get(step.address.name)
    return there.details.get(CLAIMED) if there else None


def _managed(step: Step, claim: Claimed) -> str:
    return f"{step.address.resource} is managed by {claim.owner}"


def _listed(names: Sequence[str], separator: str = ", ") -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return separator.join(names[:MOST_NAMES]) + more


def _held_back(step: Step) -> str:
    """Return what the step would do once the resources are owned."""
    if step.action == "create":
        return f"declared, and doesn't exist: {step.address}. Once owned, it is created"
    if step.action == "delete":
        return f"exists, and isn't declared: {step.address} ({step.removes}). Once owned, it is deleted"
    before, after = step.before or {}, step.after or {}
    fields = "; ".join(
        f"{key} is {_word(before.get(key))}, declared is {_word(after.get(key))}"
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    )
    return f"not as declared: {step.address} ({fields}). Once owned, it is changed"


def _word(value: Any) -> str:
    return escape.literal(printable(value))


def _missing(adoption: Adoption, found: Found) -> list[tuple[str, str]]:
    """Return (address, id) of this module's adopted resources that no read of their kind found."""
    there = {one.id for of_kind in found.values() for one in of_kind.values() if isinstance(one.id, str)}
    ids = sorted(adoption.ids.items())
    return [(address, id_) for address, id_ in ids if id_ not in there and address.partition(".")[0] in found]


def _refuse_untagged(adoption: Adoption, found: Found) -> None:
    """Raise Conflict for adopted ids whose tags aren't set: owning them at once would skip the plan that only tags."""
    claimed = {one.id for of_kind in found.values() for one in of_kind.values() if CLAIMED in one.details}
    lacking = [f"{address} ({id_})" for address, id_ in sorted(adoption.ids.items()) if id_ in claimed]
    if lacking:
        raise Conflict(
            f"adopted_ids: {_listed(lacking)}: their tags {OWNER_TAG} and {NAME_TAG} aren't set. Run with adoption:"
            " tags first; then remove adoption and adopted_ids together"
        )
