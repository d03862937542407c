# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Applies a plan; steps that don't depend on each other run at the same time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for_futures
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import Any

from .cloud import WORTH_REPLANNING, Cloud, Meaning
from .errors import Failure
from .plan import OWN_ID, Address, DuplicateCheck, Plan, Step, Wait, resolve, summarise
from .retries import GIVES_WAY_SECONDS, PARALLEL, PROGRESS_SECONDS, SETTLED_SECONDS
from .wait import WrongState, pauses, wait

try:
    import jmespath
except ImportError:
    pass  # module.run says what is missing


class CreatedTwice(Exception):
    """Another run created the same resource at the same time; this run has deleted its own again."""


class StepFailed(Exception):
    """A step's call failed.

    step             the failed step, with the ids that were created before it in place of Refs
    error, meaning   its error, and what that means
    done, left       addresses already applied; all others, the failed one among them
    others           further failed steps with their errors
    outcome_unknown  the answer was lost, so the write may have taken place: only reading again can tell
    """

    def __init__(
        self,
        step: Step,
        error: Exception,
        meaning: Meaning,
        done: list[str],
        left: list[str],
        others: Sequence[tuple[Step, Exception]] = (),
    ) -> None:
        super().__init__(str(error))
        self.others = others
        self.step = step
        self.error = error
        self.meaning = meaning
        self.done = done
        self.left = left

    @property
    def outcome_unknown(self) -> bool:
        return self.meaning is Meaning.LOST

    @property
    def already_done(self) -> bool:
        """True if the resource already differs from what was read: another run or somebody else was faster."""
        if isinstance(self.error, CreatedTwice) or self.meaning in (Meaning.TAKEN, Meaning.STALE):
            return True
        return self.meaning is Meaning.UNSETTLED and _changes_state(self.step)


@dataclass(frozen=True)
class Applied:
    """Ids, states and outputs from the steps of a plan.

    ids      address -> id of what a step created
    states   address -> state that a step's wait ended with
    outputs  address of the resource, with the output's name as its field -> another value of a step's answer that later
             steps or the report need
    """

    ids: dict[Address, str]
    states: dict[Address, str]
    outputs: dict[Address, Any]

    @property
    def known(self) -> dict[Any, Any]:
        return {**self.ids, **self.outputs}


def apply(plan: Plan, cloud: Cloud, timeout: float, progress: Callable[[str], None] | None = None) -> Applied:
    """Apply every step and return ids, states and outputs. timeout: seconds for each wait.

    After a failure no new step starts, and running ones finish; a step that is `alone` stops only those that need it.
    progress: called with "N of M steps", every PROGRESS_SECONDS at most. Raises StepFailed.
    """
    steps: dict[str, Step] = {step.address: step for step in plan.steps}
    applied = Applied({}, {}, {})
    done: list[str] = []
    failed: list[tuple[Step, Exception]] = []
    prerequisites = plan.prerequisites()
    order = TopologicalSorter(prerequisites)
    order.prepare()
    stopped = False
    report = _Progress(len(steps), progress)
    with ThreadPoolExecutor(PARALLEL) as pool:
        ready = _Ready(cloud)
        running: dict[Future[None], Step] = {}
        while True:
            for address in order.get_ready():
                ready.add(steps[address])
            # No more than run at once: steps queued in the pool would still start after a failure.
            while ready and len(running) < PARALLEL and not stopped:
                step = ready.take()
                has_prerequisites = bool(prerequisites[step.address])
                running[pool.submit(_apply_step, step, has_prerequisites, cloud, applied, timeout)] = step
            if not running:
                break
            for future in wait_for_futures(running, return_when=FIRST_COMPLETED).done:
                step = running.pop(future)
                error = future.exception()
                if error is None:
                    done.append(step.address)
                    order.done(step.address)
                elif isinstance(error, Exception):
                    failed.append((step, error))
                    stopped = stopped or not _concerns_it_alone(step, error, cloud)
                else:
                    raise error
            report(len(done))
    if failed:
        raise _failure(failed, cloud, applied, done, [address for address in steps if address not in done])
    return applied


def _concerns_it_alone(step: Step, error: Exception, cloud: Cloud) -> bool:
    """Return true if other steps can succeed nevertheless: the failure is one of what the step changes.

    Not so for a missing permission, an expired credential or a lost connection: each further step would fail as well.
    """
    return step.alone and (isinstance(error, Failure) or cloud.classify(error) in WORTH_REPLANNING)


def _failure(
    failed: list[tuple[Step, Exception]], cloud: Cloud, applied: Applied, done: list[str], left: list[str]
) -> StepFailed:
    """Build the StepFailed, of a step that reading again can't help if one failed; else of the plan's first."""
    failed.sort(key=lambda one: (cloud.classify(one[1]) in WORTH_REPLANNING, left.index(one[0].address)))
    resolved = [(replace(step, params=resolve(step.params, applied.known)), error) for step, error in failed]
    (step, error), *others = resolved
    failure = StepFailed(step, error, cloud.classify(error), done, left, others)
    failure.__cause__ = error
    return failure


class _Progress:
    """Reports the number of applied steps, every PROGRESS_SECONDS at most."""

    def __init__(self, total: int, report: Callable[[str], None] | None) -> None:
        self._total = total
        self._report = report
        self._reported = time.monotonic()

    def __call__(self, done: int) -> None:
        if self._report and done < self._total and time.monotonic() - self._reported >= PROGRESS_SECONDS:
            self._reported = time.monotonic()
            self._report(f"{done} of {self._total} steps")


class _Ready:
    """Steps that can start, in the order in which they became ready; throttled operations come after the others."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._steps: dict[str, deque[tuple[int, Step]]] = {}
        self._added = 0

    def add(self, step: Step) -> None:
        self._added += 1
        self._steps.setdefault(step.operation, deque()).append((self._added, step))

    def take(self) -> Step:
        operation = min(self._steps, key=lambda name: (self._cloud.delay(name), self._steps[name][0][0]))
        queue = self._steps[operation]
        _number, step = queue.popleft()
        if not queue:
            del self._steps[operation]
        return step

    def __bool__(self) -> bool:
        return bool(self._steps)


def _apply_step(step: Step, has_prerequisites: bool, cloud: Cloud, applied: Applied, timeout: float) -> None:
    known = applied.known
    for pause in pauses(time.monotonic() + min(SETTLED_SECONDS, timeout)):
        response = _send(step, has_prerequisites, cloud, resolve(step.params, known), timeout)
        created, outputs, missing = _taken_from(step, response, known)
        # What the cloud creates along with a resource may not be visible yet.
        if not (missing and step.reads_only):
            break
        time.sleep(pause)
    if missing:
        raise LookupError(f"{step.operation} answered without {missing}")
    applied.outputs.update({step.address.at(name): value for name, value in outputs.items()})
    if created:
        applied.ids[step.address] = known[OWN_ID.address] = created
    if step.wait:
        applied.states[step.address] = _waited_for(step, step.wait, response, created, cloud, known, timeout)
    if step.duplicates:
        _keep_one(step, step.duplicates, created, cloud, known, timeout)


def _waited_for(
    step: Step,
    waiter: Wait,
    response: Mapping[str, Any],
    created: str,
    cloud: Cloud,
    known: dict[Any, Any],
    timeout: float,
) -> str:
    """Pass a step's wait; return the state that it ended with."""
    if waiter.made:
        if step.removes and not response:
            # It was deleted already, so there is no request to wait for.
            return "deleted"
        known[OWN_ID.address] = jmespath.search(waiter.made, response)
    try:
        states = wait(cloud, waiter, resolve(waiter.params, known), timeout)
    except WrongState as failure:
        if step.duplicates:
            _give_way(step, step.duplicates, created, cloud, known, timeout, failure)
        raise
    return states[0] if states else "deleted"


def _taken_from(step: Step, response: Mapping[str, Any], known: Mapping[Any, Any]) -> tuple[Any, dict[str, Any], str]:
    """Return (id, outputs, missing) of a response; missing: the first JMESPath without a value, "" if none."""
    paths = {"": resolve(step.id_path, known), **step.outputs} if step.id_path else dict(step.outputs)
    values = {name: jmespath.search(path, response) for name, path in paths.items()}
    missing = next((path for name, path in paths.items() if not values[name]), "")
    return values.pop("", None), values, missing


def _give_way(
    step: Step,
    duplicates: DuplicateCheck,
    created: str,
    cloud: Cloud,
    known: Mapping[Any, Any],
    timeout: float,
    failure: WrongState,
) -> None:
    """Delete what this step created, and which failed, if another run has created the same resource.

    That one may be why: a NAT gateway fails if another has its address. Raises CreatedTwice after the deletion.
    """
    others = _ids(duplicates, cloud, known) - {created} - duplicates.known
    if others:
        _delete_own(step, duplicates, created, cloud, known, timeout)
        raise CreatedTwice(
            f"another run created it at the same time: {summarise(sorted(others))} stays, {created} of this run"
            f" failed and was deleted again ({failure})"
        ) from failure


def _ids(duplicates: DuplicateCheck, cloud: Cloud, known: Mapping[Any, Any]) -> set[str]:
    answer = cloud.call(duplicates.operation, **resolve(duplicates.params, known))
    return set(jmespath.search(duplicates.ids, answer) or ())


def _delete_own(
    step: Step, duplicates: DuplicateCheck, created: str, cloud: Cloud, known: Mapping[Any, Any], timeout: float
) -> None:
    operation, params = duplicates.remove
    delete = Step(step.address, operation, params, before={}, removes=created)
    _send(delete, True, cloud, resolve(params, known), timeout)


def _keep_one(
    step: Step, duplicates: DuplicateCheck, created: str, cloud: Cloud, known: Mapping[Any, Any], timeout: float
) -> None:
    """Delete what this step created if another run created the same resource at the same time and keeps it.

    Each run checks after its create. So it sees the other's resource, unless that is created later, and then the other
    run sees this one's: at least one of the two sees the other. A run that sees no other goes on. If both see each
    other, the lower id stays. But the higher id may belong to a run that looked earlier, saw no other and went on: it
    stays, so after GIVES_WAY_SECONDS this run deletes its own. Raises CreatedTwice after the deletion.
    """
    others: set[str] = set()
    for pause in pauses(time.monotonic() + min(GIVES_WAY_SECONDS, timeout)):
        ids = _ids(duplicates, cloud, known)
        others = ids - {created} - duplicates.known
        # An answer without the one just created is too old to tell.
        if created in ids and not others:
            return
        if others and min(others) < created:
            break
        time.sleep(pause)
    if not others:
        return
    _delete_own(step, duplicates, created, cloud, known, timeout)
    raise CreatedTwice(
        f"another run created it at the same time: {summarise(sorted(others))} stays, {created} of this run was deleted"
        " again"
    )


def _send(step: Step, has_prerequisites: bool, cloud: Cloud, params: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Send a step's call until the cloud accepts it, for SETTLED_SECONDS or `timeout` at most; return its answer.

    Returns {} if the resource to delete doesn't exist any more. has_prerequisites: other steps of this run came first,
    so their changes may not be visible yet.
    """
    for pause in pauses(time.monotonic() + min(SETTLED_SECONDS, timeout)):
        try:
            return cloud.call(step.operation, **params)
        except cloud.errors as error:
            meaning = cloud.classify(error)
            if step.removes and meaning is Meaning.GONE:
                return {}
            if not _settles(step, meaning, has_prerequisites):
                raise
            unsettled: Exception = error
        time.sleep(pause)
    raise unsettled


def _settles(step: Step, meaning: Meaning, has_prerequisites: bool) -> bool:
    """Return true if the cloud may accept the same call a little later."""
    if meaning is Meaning.GONE:
        # What was just created may not be visible yet.
        return has_prerequisites
    if meaning is Meaning.IN_USE:
        # An earlier run that was interrupted may also have left resources that are still being deleted.
        return bool(step.removes)
    return meaning is Meaning.UNSENT or (meaning is Meaning.UNSETTLED and not _changes_state(step))


def _changes_state(step: Step) -> bool:
    """Return true if the step changes the state itself, so that waiting for another state is no use."""
    return "state" in (step.before or {}) and not step.removes
