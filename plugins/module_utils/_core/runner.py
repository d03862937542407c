# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads, plans and applies: check mode, diff, absent, and what to do when another run changes the same resources."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import adoption, escape, guard, network_calls
from .apply import Applied, StepFailed, apply
from .approval import refuse_unapproved
from .capability import Capability, Declared
from .cloud import WORTH_REPLANNING, Cloud, Meaning, Place
from .errors import Invalid
from .ignored_tags import without_ignored
from .messages import failure
from .plan import OWN_ID, Address, Plan, Step, refs, resolve
from .reconcile import Conflict, DuplicateResources, order_kinds, refuse_duplicates
from .resource import Found, HasFindings, HasMissing, HasNotes, HasRefusal, Resource, layers
from .retries import ATTEMPTS, DUPLICATES_SECONDS, READ_AGAIN_SECONDS
from .wait import pauses


def converge(
    capability: Capability,
    declared: Declared,
    cloud: Cloud,
    params: Mapping[str, Any],
    check_mode: bool,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Read, plan and, except in check mode, apply; return the module's result. progress: of a long plan, see apply.

    Raises Conflict, Invalid, Failure and the cloud's errors.
    """
    declared = _with_place(declared, cloud, params)
    found = _read(capability, declared, cloud)
    if capability.finish:
        capability.finish(declared, found)
    if capability.reads_only:
        return {
            "changed": False,
            **_calls(capability, cloud, params),
            **capability.report(declared, found, _ids_by_address(found), {}),
        }
    first, read_first = _plan_to_apply(capability, declared, found, params, check_mode), found
    applied, findings = Applied({}, {}, {}), list(first.findings)
    if not check_mode:
        applied, found, last = _apply(capability, declared, cloud, params, found, first, progress)
        findings = _findings(capability, declared, cloud, last)
    ids, states = _ids(capability, found, first, applied), _states(found, applied)
    return {
        "changed": bool(first.changes),
        "plan": first.describe(),
        "notes": [escape.text(note) for note in first.notes],
        "findings": [escape.text(finding) for finding in findings],
        **(_network_calls(capability, declared, found, first) if check_mode else {}),
        **_opens(capability, declared, read_first, first, params),
        "diff": first.diff(),
        # Ids that steps only looked up are for the report alone.
        "ids": {str(address): id_ for address, id_ in sorted(ids.items()) if address.kind in found},
        **_calls(capability, cloud, params),
        **capability.report(declared, found, {**ids, **applied.outputs}, states),
    }


def _with_place(declared: Declared, cloud: Cloud, params: Mapping[str, Any]) -> Declared:
    """Return `declared` with its place and what the options of all modules say, without ignored tags."""
    ignored = params.get("ignore_tags") or {}
    resources = {
        kind: {name: without_ignored(fields, ignored) for name, fields in resources.items()}
        for kind, resources in declared.resources.items()
    }
    place = Place(account_id=cloud.account_id, region=cloud.region, partition=cloud.partition)
    absent = params.get("state") == "absent"
    # A task that declares no tags leaves them to others.
    purge_tags = bool(params.get("tags")) and params["purge_tags"]
    return replace(
        declared,
        resources=resources,
        place=place,
        absent=absent,
        purge_tags=purge_tags,
        ignored=ignored,
        adoption=adoption.Adoption.of(params, declared.owner),
    )


def _apply(
    capability: Capability,
    declared: Declared,
    cloud: Cloud,
    params: Mapping[str, Any],
    found: Found,
    first: Plan,
    progress: Callable[[str], None] | None,
) -> tuple[Applied, Found, Plan]:
    """Apply the first plan; return what was applied, and the last reading and plan.

    If a step fails and reading again may help, read and plan again, and go on from there. Of a module that does
    something once, what only an earlier reading found belongs to the last one, too: the run did it. Raises Failure.
    """
    plan, done, first_found = first, list[str](), found
    failures: Counter[str] = Counter()
    while True:
        try:
            return apply(plan, cloud, params["wait_timeout"], progress), found, plan
        except StepFailed as failed:
            done += [address for address in failed.done if address not in done]
            failures[failed.step.address] += 1
            settles = failed.outcome_unknown or failed.already_done
            hopeless = not settles and failed.meaning not in WORTH_REPLANNING
            if hopeless or failures[failed.step.address] == ATTEMPTS:
                raise failure(capability, cloud, failed, first, done) from failed
            # Random, so that two runs that meet don't stay in step.
            time.sleep(READ_AGAIN_SECONDS * random.uniform(0.5, 1.5))
            try:
                again = _read(capability, declared, cloud)
                plan = _plan_to_apply(capability, declared, again, params, check_mode=False, first=first_found)
            except Conflict as conflict:
                raise failure(capability, cloud, failed, first, done, f" Read again: {conflict}.") from failed
            except cloud.errors:
                raise failure(capability, cloud, failed, first, done) from failed
            found = {kind: {**found[kind], **there} for kind, there in again.items()} if capability.once else again
            # An unknown error code may still mean that another run changed this. If planning again drops or alters the
            # step, go on.
            same = [step for step in plan.steps if step.address == failed.step.address]
            if not settles and [step.params for step in same] == [failed.step.params]:
                raise failure(capability, cloud, failed, first, done) from failed
            # A step that is no longer in the plan took place, whatever the answer was.
            still = {step.address for step in plan.steps}
            done += [step.address for step in first.steps if step.address not in {*still, *done}]


def _ids(capability: Capability, found: Found, first: Plan, applied: Applied) -> dict[Address, str]:
    """Ids of the resources that exist now, by address."""
    deleted = {step.address for step in first.steps if step.removes}
    created = {resource.KIND.name for resource in capability.resources if resource.KIND.create}
    # Of a kind that this module creates, resources that others created aren't part of its result.
    own = {
        kind: {name: there for name, there in resources.items() if there.managed or kind not in created}
        for kind, resources in found.items()
    }
    # A change may give its resource another id: a replaced association has a new one.
    new = {address.resource: id_ for address, id_ in applied.ids.items()}
    return {address: id_ for address, id_ in {**_ids_by_address(own), **new}.items() if address not in deleted}


def _states(found: Found, applied: Applied) -> dict[Address, str]:
    """States of the resources by address: what a wait ended with, else what was read."""
    read = {
        Address(kind, name): there.details["state"]
        for kind, resources in found.items()
        for name, there in resources.items()
        if "state" in there.details
    }
    return {**read, **applied.states, **{address.resource: state for address, state in applied.states.items()}}


def _calls(capability: Capability, cloud: Cloud, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"api_calls": dict(sorted(cloud.calls.items())), **capability.cloud.results(params, cloud.calls)}


def _read(capability: Capability, declared: Declared, cloud: Cloud) -> Found:
    """Read all declared kinds, again while there are duplicates: another run may be about to delete its own.

    Repeats for DUPLICATES_SECONDS at most, and once if a resource vanishes meanwhile. Raises DuplicateResources for
    those that stay, unless all are to be deleted: which one is in use can't be told.
    """
    vanished = False
    for pause in pauses(time.monotonic() + DUPLICATES_SECONDS):
        try:
            return _read_without_duplicates(capability, declared, cloud)
        except DuplicateResources:
            pass
        except cloud.errors as error:
            # Another run may have deleted it after it was listed and before it was described.
            if vanished or cloud.classify(error) is not Meaning.GONE:
                raise
            vanished = True
        time.sleep(pause)
    if declared.absent:
        return _read_once(capability, declared, cloud)
    return _read_without_duplicates(capability, declared, cloud)


def _read_without_duplicates(capability: Capability, declared: Declared, cloud: Cloud) -> Found:
    found = _read_once(capability, declared, cloud)
    for resource in capability.resources:
        refuse_duplicates(resource.KIND, found.get(resource.KIND.name, {}), declared.owner)
    return found


def _read_once(capability: Capability, declared: Declared, cloud: Cloud) -> Found:
    """Read all declared kinds once, independent ones at the same time."""
    found: Found = {}
    used = [resource for resource in capability.resources if resource.KIND.name in declared.resources]
    for ready in layers(capability.name, used):
        results = cloud.gather(*(lambda r=r: r.read(cloud, declared, found) for r in ready))
        for resource, result in zip(ready, results):
            found[resource.KIND.name] = {
                name: replace(there, fields=without_ignored(there.fields, declared.ignored))
                for name, there in result.items()
            }
    return adoption.marked(found, cloud)


def _plan(capability: Capability, declared: Declared, found: Found) -> Plan:
    ids = _ids_by_address(found)
    steps: list[Step] = []
    notes: list[str] = []
    findings: list[str] = []
    removals: list[Step] = []
    conflicts: list[str] = []
    really = adoption.real(found)
    used = [r for r in capability.resources if r.KIND.name in declared.resources]
    for resource in used:
        wanted = {} if declared.absent else resolve(declared.resources[resource.KIND.name], ids)
        planned = []
        if isinstance(resource, Resource):
            planned = adoption.planned(resource, wanted, really, declared, conflicts)
        steps += [step for step in planned if not step.removes]
        removals = [step for step in planned if step.removes] + removals
        if isinstance(resource, HasNotes):
            notes += resource.notes(wanted, found, declared)
        if isinstance(resource, HasFindings):
            findings += resource.findings(wanted, found, declared)
    plan = Plan(tuple(order_kinds(steps + removals, [r.KIND for r in used])), tuple(notes), tuple(findings))
    return adoption.restrict(plan, declared.adoption, found, conflicts)


def _findings(capability: Capability, declared: Declared, cloud: Cloud, plan: Plan) -> list[str]:
    """Findings that are left after `plan` was applied; reads again, since what was pending may have arrived."""
    if not (plan.findings and plan.steps):
        return list(plan.findings)
    try:
        return list(_plan(capability, declared, _read(capability, declared, cloud)).findings)
    except (Conflict, *cloud.errors):  # type: ignore[misc]
        return list(plan.findings)


def _network_calls(capability: Capability, declared: Declared, found: Found, first: Plan) -> dict[str, Any]:
    """Return {"network_calls": the plan's writes to the network, and those of later phases as far as foreseen}."""
    calls = network_calls.of_plan(first)
    if capability.foreseen and not declared.absent:
        try:
            then = _plan(capability, *capability.foreseen(declared, found))
        except (Conflict, Invalid) as error:
            return {"network_calls": [*calls, network_calls.unforeseen(capability.name, escape.text(str(error)))]}
        calls += network_calls.foreseen(first, then)
    return {"network_calls": calls}


def _plan_to_apply(
    capability: Capability,
    declared: Declared,
    found: Found,
    params: Mapping[str, Any],
    check_mode: bool,
    first: Found | None = None,
) -> Plan:
    """Return the plan. In check mode, a note says which removals and openings have to be confirmed.

    first: what the run read before it wrote anything, if that isn't `found`.

    Raises Conflict if the plan isn't the approved one or, outside check mode, if it can't be applied: a removal or an
    opening lacks its confirmation, or somebody else has to act first.
    """
    plan = _plan(capability, declared, found)
    refuse_unapproved(params, plan)
    # The approver has seen all removals of an approved plan.
    if capability.removals and not declared.absent and params.get("approved_plan") is None:
        removals = capability.removals(declared, found, plan.steps)
        if not check_mode:
            guard.refuse(removals, params)
        elif guard.unconfirmed(removals, params):
            plan = replace(plan, notes=(*plan.notes, guard.words(removals, params)))
    # An approval names its openings, too: they are the same in the run.
    unnamed = _unnamed_opens(capability, declared, first or found, found, plan, params)
    if unnamed and check_mode:
        plan = replace(plan, notes=(*plan.notes, guard.words_of_opens(unnamed)))
    elif unnamed:
        guard.refuse_opens(unnamed)
    if not check_mode:
        _require_resolvable_refs(capability, declared, plan)
        if not declared.adoption.phase:
            _refuse(capability, declared, found)
    return plan


def _opens(
    capability: Capability, declared: Declared, found: Found, plan: Plan, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return {"unnamed_opens": {name: words}} of a module that has the option allow_opens."""
    unnamed = _unnamed_opens(capability, declared, found, found, plan, params)
    shown = {name: escape.text(text) for name, text in unnamed.items()}
    return {"unnamed_opens": shown} if capability.opens else {}


def _unnamed_opens(
    capability: Capability, declared: Declared, first: Found, found: Found, plan: Plan, params: Mapping[str, Any]
) -> Mapping[str, str]:
    if not capability.opens:
        return {}
    return capability.opens(declared, first, found, plan.steps, params["allow_opens"])


def _require_resolvable_refs(capability: Capability, declared: Declared, plan: Plan) -> None:
    """Raise Conflict if the plan refers to something that neither exists nor is created by it.

    A plan may name what somebody else has yet to create, so that a whole inventory can be planned before anything
    exists; it can be applied only once that exists.
    """
    made = {step.address for step in plan.steps} | {OWN_ID.address}
    missing = sorted({ref.address for step in plan.steps for ref in refs(step.params)} - made)
    for address in missing:
        kind = Address.of(address).kind
        hints = [
            resource.MISSING.format_map(declared.words())
            for resource in capability.resources
            if resource.KIND.name == kind and isinstance(resource, HasMissing)
        ]
        raise Conflict(": ".join([f"{address} doesn't exist and isn't created here", *hints]))


def _refuse(capability: Capability, declared: Declared, found: Found) -> None:
    """Let the resource files raise Conflict for a plan that can be shown, but not applied before somebody else's is."""
    for resource in capability.resources:
        if resource.KIND.name in declared.resources and isinstance(resource, HasRefusal):
            wanted = {} if declared.absent else declared.resources[resource.KIND.name]
            resource.refuse(wanted, found, declared)


def _ids_by_address(found: Found) -> dict[Address, str]:
    return {
        Address(kind, name): there.id
        for kind, resources in found.items()
        for name, there in resources.items()
        if isinstance(there.id, str)
    }
