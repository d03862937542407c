# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs in which one call meets a fault, or that are killed at a write: a plain run afterwards ends as if undisturbed.

FAULTS_SAMPLE=all tries every call of every Turn with every fault; the default is a fixed sample of them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from emulator.ec2 import lag
from emulator.ec2.responses import Ec2Responses
from tests.contract.case import Case
from tests.contract.cases import CASES, INFO_CASES, ONCE_CASES
from tests.contract.clouds import cloud_of
from tests.contract.world import World, capability, differences
from tests.faults.conftest import EVERYTHING, Run
from tests.faults.refusal import refused
from tests.faults.turns import Call, Stand, Turn, others, reads_only, told

# Longer than a run with brief pauses takes.
LAG_MS = 400
# name -> the emulator's rule. The run itself survives all but the last.
FAULTS: dict[str, dict[str, Any]] = {
    "throttled 3 times": {"action": "throttle"},
    "500": {"action": "unavailable", "status": 500},
    "503": {"action": "unavailable", "status": 503},
    "refused": {},
    "dropped before": {"action": "drop_before"},
    "dropped after": {"action": "drop_after"},
    "lag": {"action": "lag", "ms": LAG_MS},
    "denied": {"action": "error", "code": "AccessDenied", "status": 403, "message": "You are not authorized"},
}
KILLS = ("before", "after")


def tries(names: Iterable[str], cases: Iterable[Case]) -> list[Any]:
    """Build the tests' parameters (case, number of the Turn, name); in the sample every third of them."""
    turns = [(case, number) for case in cases for number in range(len(others(case)))]
    return [
        pytest.param(case, number, name, id=f"{case}-{number}-{name}")
        for (place, (case, number)), (which, name) in itertools.product(enumerate(turns), enumerate(names))
        if EVERYTHING or (place + which) % 3 == 0
    ]


def sample(calls: list[Call], name: str) -> list[Call]:
    """Return the calls to disturb: all of them, or in the sample one, chosen by the name."""
    return calls if EVERYTHING or not calls else [calls[sum(name.encode()) % len(calls)]]


@pytest.mark.parametrize(("case", "number", "fault"), tries(FAULTS, [*CASES, *ONCE_CASES, *INFO_CASES]))
def test_a_call_meets_a_fault(
    stand: Stand, briefly: None, request: pytest.FixtureRequest, case: Case, number: int, fault: str
) -> None:
    turn = stand.turn(case, number)
    met = [call for call in turn.calls if fault != "lag" or lag.prefix_of(Ec2Responses, call.operation)]

    def meet(call: Call) -> None:
        world = stand.world()
        result, failed = run_disturbed(world, case, turn, call, fault)
        if fault == "denied":
            expect_told(world, case, turn, call, result, failed)
        else:
            assert failed is None, failed
            expect_same(turn, told(result))
        if not reads_only(case):
            partly = fault == "denied" and capability(case.module).once
            finish(world, case, turn, quiet=failed is None and not partly)
        elif failed:
            assert told(world.run(case.module, case.account, case.options)) == turn.told

    attempt(request, case, number, turn, fault, sample(met, fault), meet)


@pytest.mark.parametrize(("case", "number", "when"), tries(KILLS, CASES))
def test_ansible_playbook_is_killed(
    stand: Stand,
    briefly: None,
    one_task: Callable[..., Run],
    request: pytest.FixtureRequest,
    case: Case,
    number: int,
    when: str,
) -> None:
    turn = stand.turn(case, number)
    writes = [call for call in turn.calls if call.writes]

    def kill(call: Call) -> None:
        world = stand.world()
        control = world.emulator.control
        # Long enough that the next run still finds resources in transition.
        control("POST", "settings", {"transition": 300})
        control("POST", "faults", {"action": f"hold_{when}", **call.rule})
        run = one_task(world, case, turn.options)
        wait_until(lambda: control("GET", "faults")[0]["holding"] or not run.runs)
        assert run.runs, run.output
        run.kill()
        wait_until(lambda: not control("GET", "faults")[0]["holding"])
        control("DELETE", "faults")
        finish(world, case, turn)

    attempt(request, case, number, turn, f"killed {when}", sample(writes, when), kill)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline, "it takes too long"


def run_disturbed(
    world: World, case: Case, turn: Turn, call: Call, fault: str
) -> tuple[dict[str, Any] | None, Failure | None]:
    """Run the module while the call meets the fault; return the result or the Failure. The fault is removed then."""
    control = world.emulator.control
    rule = FAULTS[fault] | call.rule
    if fault.endswith("3 times"):
        rule["nth"] = [call.number, call.number + 1, call.number + 2]
    if fault != "refused":
        control("POST", "faults", rule)
    result = failed = None
    with refused(call) if fault == "refused" else nullcontext([]) as met:
        try:
            result = world.run(case.module, case.account, case.options, **turn.options)
        except Failure as failure:
            failed = failure
    assert met or any(rule["hits"] for rule in control("GET", "faults")), "the call was not made"
    control("DELETE", "faults")
    control("POST", "settings", {"lag": 0})
    return result, failed


def expect_same(turn: Turn, found: dict[str, Any]) -> None:
    """Check that the result is the undisturbed run's.

    Of a module that writes, only the plan and what belongs to it must be equal. The rest is what it read last: after a
    lost answer, in the middle of the run.
    """
    if "plan" not in found:
        assert found == turn.told
        return
    for key in ("changed", "plan", "diff", "notes"):
        assert found[key] == turn.told[key]
    if not turn.options:  # else all is deleted by then
        assert [key for key, value in turn.told.items() if value is not None and found[key] is None] == []
        assert turn.told["ids"].items() <= found["ids"].items()


def expect_told(
    world: World, case: Case, turn: Turn, call: Call, result: dict[str, Any] | None, failed: Failure | None
) -> None:
    """Check that the failure says what is needed to fix it: call, account, region, error code and next step.

    An info module may go on, and one that does something once, with the rest; its result then names the call that
    failed, unless the result is the undisturbed one. Others go on where they read once more after their last write, to
    see which findings are left (runner).
    """
    if result and not reads_only(case) and turn.is_after_writes(call):
        assert {**told(result), "findings": []} == {**turn.told, "findings": []}
        return
    once = capability(case.module).once
    assert failed or reads_only(case) or once, "it went on"
    if result and told(result) == turn.told:
        return
    text = str(failed or told(result))
    # Resource Manager answers a status of google.rpc, whatever the reason is.
    code = "PERMISSION_DENIED" if call.service == "cloudresourcemanager" else "AccessDenied"
    whole = [call.operation, case.account, cloud_of(case.account).region, code, "Next: "]
    parts = whole if failed else [call.operation]
    assert [part for part in parts if part not in text] == [], text
    if once and not failed:
        return
    wrote = [made for made in world.calls if made["operation"] in world.writes and made["status"] == 200]
    assert turn.calls.index(call) >= turn.first_write() or wrote == [], wrote


def finish(world: World, case: Case, turn: Turn, quiet: bool = False) -> None:
    """Run the module undisturbed and check that the contents are as after the undisturbed run.

    quiet: this run must find nothing to do; otherwise a further run must.
    """
    result = world.run(case.module, case.account, case.options, **turn.options)
    assert not quiet or (result["plan"], world.writes) == ([], [])
    unlike = differences(turn.contents_now(world, case), turn.contents)
    assert unlike == [], "\n".join(unlike)
    if not quiet:
        result = world.run(case.module, case.account, case.options, **turn.options)
        assert (result["plan"], world.writes) == ([], [])


def attempt(
    request: pytest.FixtureRequest,
    case: Case,
    number: int,
    turn: Turn,
    fault: str,
    calls: list[Call],
    disturb: Callable[[Call], None],
) -> None:
    """Disturb each call, and note for the table how many of them the module survived."""
    wrong = []
    for call in calls:
        try:
            disturb(call)
        except (AssertionError, Failure) as error:
            wrong.append(f"{fault} at {call}: {error}")
    tally = {"module": case.module, "turn": f"{case} {number}", "fault": fault, "tried": len(calls)}
    counts = {"calls": len(turn.calls), "writes": len([call for call in turn.calls if call.writes])}
    request.node.user_properties.append(("faults", {**tally, **counts, "survived": len(calls) - len(wrong)}))
    assert wrong == [], "\n\n".join(wrong)
