# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compute's operations: what a write answers. Its effect happens when it is DONE, before the next call is answered.

An operation lasts the time of the kind `google-operation` of transitions.py. Its end is a step (see steps.py), named
as its method with `:done`, so that faults can make it fail. A write's answer always says RUNNING, as recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator import clock, steps
from emulator.gcp import lists, names
from emulator.gcp.call import Call
from emulator.gcp.errors import Failed, Refused, not_found
from emulator.gcp.registry import handles
from emulator.gcp.world import World, timestamp
from emulator.transitions import StateClock, Transition

# The messages of the status, as recorded for 400.
_MESSAGES = {400: "BAD REQUEST", 403: "FORBIDDEN", 404: "NOT FOUND", 409: "CONFLICT", 500: "INTERNAL SERVER ERROR"}


class Operation:
    status = StateClock("google-operation")

    def __init__(self, call: Call, target: str, kind: str, effect: Callable[[], None], failed: Callable[[], None]):
        found, of = call.world.find(target), names.parts(target)
        self.scope = of.scope if of else "global"
        self.id = call.world.number()
        self.name = f"operation-{int(clock.now().timestamp() * 1000)}-{self.id[:13]}-{self.id[13:]}"
        self.path = f"projects/{call.project_id}/{self.scope}/operations/{self.name}"
        self.target, self.kind, self.user = target, kind, call.principal.email
        self.target_id = found.id if found else "0"
        self.effect, self.failed = effect, failed
        self.step = f"{call.method.operation}:done"
        self.started, self.ended = timestamp(), ""
        self.error: Failed | None = None
        self.status = Transition("RUNNING", "DONE")

    def finish(self) -> None:
        """Let the effect happen, or fail."""
        try:
            try:
                with steps.step("compute", self.step, self.path.split("/")[1]):
                    self.effect()
            except steps.StepFailed as fault:
                raise Failed(fault.code, fault.message, 500) from None
        except Failed as error:
            self.error = error
            self.failed()
        self.ended = timestamp()

    def shown(self, running: bool = False) -> dict[str, Any]:
        """Return the API's operation. running: as the write answers it."""
        done = self.ended and not running
        shown = {
            "kind": "compute#operation",
            "id": self.id,
            "name": self.name,
            "operationType": self.kind,
            "targetLink": names.url(self.target),
            "targetId": self.target_id,
            "status": "DONE" if done else "RUNNING",
            "user": self.user,
            "progress": 100 if done else 0,
            "insertTime": self.started,
            "startTime": self.started,
            "selfLink": names.url(self.path),
        }
        if self.scope != "global":
            shown["region"] = names.url(f"projects/{self.path.split('/')[1]}/{self.scope}")
        if done:
            shown["endTime"] = self.ended
        if done and self.error:
            shown["error"] = {"errors": [{"code": self.error.code, "message": self.error.message}]}
            shown["httpErrorStatusCode"] = self.error.status
            shown["httpErrorMessage"] = _MESSAGES.get(self.error.status, "BAD REQUEST")
        return shown


def start(
    call: Call,
    target: str,
    operation_type: str,
    effect: Callable[[], None],
    failed: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Start an operation and return the write's answer. failed: undoes what the call has done, if the effect fails."""
    operation = Operation(call, target, operation_type, effect, failed)
    call.world.operations[operation.path] = operation
    call.world.pending.append(operation)
    if request_id := call.params.get("requestId"):
        call.world.requests[call.method.id, call.path, request_id] = operation
    return operation.shown(running=True)


def settle(world: World) -> None:
    """Let the effects of operations that are done by the clock happen, in the order of their start."""
    due = [operation for operation in world.pending if operation.status == "DONE"]
    world.pending = [operation for operation in world.pending if operation not in due]
    for operation in due:
        operation.finish()


def repeated(call: Call) -> dict[str, Any] | None:
    """Return the operation of the same call with the same requestId, None if it is the first one."""
    request_id = call.params.get("requestId")
    if not request_id:
        return None
    operation = call.world.requests.get((call.method.id, call.path, request_id))
    return operation.shown() if operation else None


def _found(call: Call) -> Operation:
    scope = f"regions/{call.region}" if call.region else "global"
    path = f"projects/{call.project_id}/{scope}/operations/{call.params['operation']}"
    if path not in call.world.operations:
        raise not_found(path)
    return call.world.operations[path]


@handles("compute.globalOperations.get", "compute.globalOperations.get")
@handles("compute.regionOperations.get", "compute.regionOperations.get")
@handles("compute.globalOperations.wait", "compute.globalOperations.get")
@handles("compute.regionOperations.wait", "compute.regionOperations.get")
def get(call: Call) -> dict[str, Any]:
    """Return an operation. The application has waited before for the method wait."""
    return _found(call).shown()


def is_waited_for(call: Call) -> bool:
    """Return true while a call of the method wait waits for its operation."""
    if not call.method.id.endswith("Operations.wait"):
        return False
    try:
        return _found(call).status != "DONE"
    except Refused:
        return False


def _list(call: Call, scope: str) -> dict[str, Any]:
    prefix = f"projects/{call.project_id}/{scope}/"
    found = [operation.shown() for path, operation in call.world.operations.items() if path.startswith(prefix)]
    return lists.listed("compute#operation", f"{prefix}operations", found, call.params)


@handles("compute.globalOperations.list", "compute.globalOperations.list")
def list_global(call: Call) -> dict[str, Any]:
    return _list(call, "global")


@handles("compute.regionOperations.list", "compute.regionOperations.list")
def list_regional(call: Call) -> dict[str, Any]:
    return _list(call, f"regions/{call.region}")
