# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Applies a plan: steps that don't depend on each other at the same time."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for_futures
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import Any

from .._aws.client import PARALLEL, Aws
from .._aws.rate_limit import Pace
from .plan import MADE, Plan, Step, resolve, summarise
from .wait import delays, wait

try:
    import jmespath
    from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, HTTPClientError
except ImportError:
    pass  # module.run says what is missing

# A just made resource may be unknown to the next call for a while or not yet in its state (IncorrectState), a just
# removed one may still hold another (DependencyViolation): "Eventual consistency in the Amazon EC2 API". No longer than
# wait_timeout.
SETTLED_WITHIN_SECONDS = 60
# How long the run whose resource is to stay looks whether the other run's goes. Longer than that run takes from its own
# look to its removal.
GIVES_WAY_WITHIN_SECONDS = 20
# EC2's, Elastic Load Balancing's, PrivateLink's and IAM's word for a resource that another one still uses.
HELD = ("DependencyViolation", "ResourceInUse", "ExistingVpcEndpointConnections", "DeleteConflict")
# What Lambda and EventBridge Scheduler say of a role that was made a moment ago; the codes are those of any bad value.
# The texts as users report them: github.com/aws/aws-sdk-js-v3/issues/6494 for the second.
UNKNOWN_ROLE = ("cannot be assumed by Lambda", "must allow AWS EventBridge Scheduler to assume the role")


class MadeTwice(Exception):
    """Another run made the same at the same time; what this run made is gone again."""


class StepFailed(Exception):
    """A step's call failed. `done`: addresses already applied; `left`: the failed one and those after it.

    step has the ids that were made before it in place of Refs.
    outcome_unknown: the answer was lost, so the write may have taken place: only reading again can tell.
    """

    def __init__(self, step: Step, error: Exception, done: list[str], left: list[str]):
        super().__init__(str(error))
        self.step = step
        self.error = error
        self.done = done
        self.left = left

    @property
    def outcome_unknown(self) -> bool:
        if isinstance(self.error, ClientError):
            return self.error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
        return isinstance(self.error, HTTPClientError)

    @property
    def contradicted(self) -> bool:
        """It is so already, or no longer, unlike what was read: another run or somebody else was faster."""
        if not isinstance(self.error, ClientError):
            return isinstance(self.error, MadeTwice)
        code = self.error.response["Error"]["Code"]
        return _already(code) or code == "IncorrectState" and _moves(self.step)


@dataclass(frozen=True)
class Applied:
    """ids: address -> id of what a step made; states: address -> state that a step's wait ended with."""

    ids: dict[str, str]
    states: dict[str, str]


def apply(plan: Plan, aws: Aws, timeout: float) -> Applied:
    """Applies every step. timeout: seconds for each wait.

    After a failure nothing new is started; what is under way is finished. Raises StepFailed.
    """
    steps = {step.address: step for step in plan.steps}
    applied = Applied({}, {})
    done: list[str] = []
    failed: list[tuple[Step, Exception]] = []
    prerequisites = plan.prerequisites()
    order = TopologicalSorter(prerequisites)
    order.prepare()
    with ThreadPoolExecutor(PARALLEL) as pool:
        ready = _Ready(aws.pace)
        running: dict[Future[None], Step] = {}
        while True:
            for address in order.get_ready():
                ready.add(steps[address])
            # No more than run at once: what waited in the pool would be begun after a failure, too.
            while ready and len(running) < PARALLEL and not failed:
                step = ready.take()
                follows = bool(prerequisites[step.address])
                running[pool.submit(_apply_step, step, follows, aws, applied, timeout)] = step
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
                else:
                    raise error
    if failed:
        step, error = failed[0]
        step = replace(step, params=resolve(step.params, applied.ids))
        raise StepFailed(step, error, done, [address for address in steps if address not in done]) from error
    return applied


class _Ready:
    """Steps that can be begun, in the order in which they became so; what AWS has throttled lets the others pass."""

    def __init__(self, pace: Pace):
        self._pace = pace
        self._steps: dict[str, deque[tuple[int, Step]]] = {}
        self._added = 0

    def add(self, step: Step) -> None:
        self._added += 1
        self._steps.setdefault(step.operation, deque()).append((self._added, step))

    def take(self) -> Step:
        operation = min(self._steps, key=lambda name: (self._pace.delay(name), self._steps[name][0][0]))
        queue = self._steps[operation]
        _number, step = queue.popleft()
        if not queue:
            del self._steps[operation]
        return step

    def __bool__(self) -> bool:
        return bool(self._steps)


def _apply_step(step: Step, follows: bool, aws: Aws, applied: Applied, timeout: float) -> None:
    known = dict(applied.ids)
    for delay in delays(time.monotonic() + min(SETTLED_WITHIN_SECONDS, timeout)):
        response = _send(step, follows, aws, resolve(step.params, known), timeout)
        made = jmespath.search(resolve(step.yields, known), response) if step.yields else None
        # What came with a resource that was just made may not be visible yet.
        if made or not (step.yields and step.lookup):
            break
        time.sleep(delay)
    if step.yields and not made:
        raise LookupError(f"{step.operation} answered without {step.yields}")
    if made:
        applied.ids[step.address] = known[MADE.address] = made
    if step.wait:
        if step.wait.made:
            known[MADE.address] = jmespath.search(step.wait.made, response)
        states = wait(aws.call, step.wait, resolve(step.wait.params, known), timeout)
        applied.states[step.address] = states[0] if states else "deleted"
    if step.twins:
        _keep_one(step, made, aws, known, timeout)


def _keep_one(step: Step, made: str, aws: Aws, known: dict[str, str], timeout: float) -> None:
    """Of what two runs made at the same time, one goes again, by the run that made it. Raises MadeTwice.

    A run that looks once its own is made sees the other's, unless that one is made later, and then the other run sees
    this one's. So whoever sees none goes on, and never two do. Two that see each other agree by the order of ids. But
    what has the later id may be of a run that looked earlier, saw none and has gone on; then it doesn't go, and this
    one does.
    """
    others: set[str] = set()
    for delay in delays(time.monotonic() + min(GIVES_WAY_WITHIN_SECONDS, timeout)):
        answer = aws.call(step.twins.operation, **resolve(step.twins.params, known))
        ids = set(jmespath.search(step.twins.ids, answer) or ())
        others = ids - {made} - step.twins.known
        # An answer without the one just made is too old to tell.
        if made in ids and not others:
            return
        if others and min(others) < made:
            break
        time.sleep(delay)
    if not others:
        return
    operation, params = step.twins.remove
    _send(Step(step.address, operation, params, before={}, removes=made), True, aws, resolve(params, known), timeout)
    raise MadeTwice(
        f"another run made it at the same time: {summarise(sorted(others))} stays, {made} of this run was removed again"
    )


def _send(step: Step, follows: bool, aws: Aws, params: dict[str, Any], timeout: float) -> dict[str, Any]:
    """follows: other steps of this run came first, so that what they did may not be visible yet."""
    for delay in delays(time.monotonic() + min(SETTLED_WITHIN_SECONDS, timeout)):
        try:
            response = aws.call(step.operation, **params)
            refused = response.get("Unsuccessful")
            if refused:  # CreateFlowLogs and a few others answer 200 and say here what went wrong
                raise ClientError({"Error": refused[0]["Error"]}, step.operation)
            return response
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if step.removes and _gone(code):
                return {}
            # An earlier run that was cut off may also have left things on their way.
            moving = code == "IncorrectState" and not _moves(step) or bool(step.removes) and code in HELD
            unknown_role = any(text in error.response["Error"].get("Message", "") for text in UNKNOWN_ROLE)
            unseen = follows and (unknown_role or _gone(code) and not _already(code))
            if not (moving or unseen):
                raise
            unsettled: Exception = error
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            # Never arrived, so it may be sent again.
            unsettled = error
        time.sleep(delay)
    raise unsettled


def _gone(code: str) -> bool:
    return code.endswith(
        ("NotFound", "ResourceNotFoundException", "UnknownResourceException", "NotAttached", "NoSuchEntity")
    )


def _already(code: str) -> bool:
    taken = ("Duplicate", "Already", "Conflict")
    return any(word in code for word in taken) and code not in HELD or code == "InvalidPermission.NotFound"


def _moves(step: Step) -> bool:
    """Whether it is the state itself that it changes, so that in another state there is nothing to wait for."""
    return "state" in (step.before or {}) and not step.removes
