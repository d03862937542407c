# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run whose write calls fail, one at a time, or that is killed: the next run ends as if nothing had happened.

FAULTS_SAMPLE: how many write calls of each case are tried with each fault (default 1); all: each of them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.failure import Failure
from tests.contract.case import Case
from tests.contract.cases import CASES
from tests.contract.world import World, differences

SAMPLE = os.environ.get("FAULTS_SAMPLE", "1")
# name -> (the emulator's rule, whether the run itself gets over it)
FAULTS: dict[str, tuple[dict[str, Any], bool]] = {
    "throttled three times": ({"action": "throttle"}, True),
    "server error": ({"action": "unavailable", "status": 500}, True),
    "dropped before": ({"action": "drop_before"}, True),
    "dropped after": ({"action": "drop_after"}, True),
    "denied": ({"action": "error", "code": "UnauthorizedOperation", "status": 403}, False),
}
KILLS = ("before", "after")


@dataclass(frozen=True)
class Turn:
    """A run of a case's module, undisturbed.

    others    what others do before it
    options   beyond the case's
    writes    the operations that it writes with
    contents  what is there afterwards
    """

    others: Callable[[World], Any]
    options: dict[str, Any]
    writes: list[str]
    contents: dict[str, list[Any]]


Undisturbed = Callable[[Case], list[Turn]]


@pytest.fixture(scope="session")
def undisturbed(new_world: Callable[[], World]) -> Undisturbed:
    """undisturbed(case): all its turns; absent is the last."""
    known: dict[int, list[Turn]] = {}

    def turns(case: Case) -> list[Turn]:
        if id(case) not in known:
            world, made = new_world(), []
            for others in (case.before, *case.between, case.before_absent):
                options = {"state": "absent"} if others is case.before_absent else {}
                others(world)
                world.run(case.module, case.account, case.options, **options)
                made.append(Turn(others, options, world.writes, case.contents(world)))
            known[id(case)] = made
        return known[id(case)]

    return turns


def sample(total: int, offset: int) -> list[int]:
    """Numbers from 0 to total - 1, evenly spread; another offset gives others."""
    if SAMPLE == "all":
        return list(range(total))
    count = min(int(SAMPLE), total)
    return sorted({(offset + number * total // count) % total for number in range(count)})


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are short."""
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.02)))


def at_write(world: World, case: Case, turns: list[Turn], number: int) -> tuple[Turn, int]:
    """The world as it is before the run that makes the case's write `number`; (its turn, number within it)."""
    for turn in turns:
        turn.others(world)
        if number < len(turn.writes):
            return turn, number
        number -= len(turn.writes)
        world.run(case.module, case.account, case.options, **turn.options)
    raise AssertionError("there are fewer writes")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_write_fails(
    new_world: Callable[[], World], undisturbed: Undisturbed, briefly: None, case: Case, fault: str
) -> None:
    turns = undisturbed(case)
    rule, gets_over_it = FAULTS[fault]
    for number in sample(sum(len(turn.writes) for turn in turns), offset=list(FAULTS).index(fault)):
        world = new_world()
        turn, index = at_write(world, case, turns, number)
        operation = turn.writes[index]
        nth = Counter(turn.writes[: index + 1])[operation]
        hit = [nth, nth + 1, nth + 2] if fault.endswith("three times") else nth
        world.emulator.control("POST", "faults", rule | {"operation": operation, "nth": hit, "account": case.account})
        try:
            world.run(case.module, case.account, case.options, **turn.options)
            failed = None
        except Failure as failure:
            failed = failure
        assert world.emulator.control("GET", "faults")[0]["hits"] > 0, f"{operation} {nth} was not made"
        world.emulator.control("DELETE", "faults")
        assert (failed is None) == gets_over_it, f"{operation}: {failed}"
        finish(world, case, turn, f"{fault} at {operation} {nth}")


@pytest.mark.parametrize("when", KILLS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_run_is_killed(new_world: Callable[[], World], undisturbed: Undisturbed, case: Case, when: str) -> None:
    turns = undisturbed(case)
    for number in sample(sum(len(turn.writes) for turn in turns), offset=KILLS.index(when) * 2 + 1):
        world = new_world()
        turn, index = at_write(world, case, turns, number)
        # Long enough that the next run still finds things on their way.
        world.emulator.control("POST", "settings", {"transition": 300})
        options = world.options(case.account, **case.options, **turn.options)
        request = {"module": case.module, "options": options, "write": index + 1, "when": when}
        run = subprocess.run(
            [sys.executable, "-m", "tests.faults.killed"],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "XDG_CACHE_HOME": str(world.cache)},
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == -signal.SIGKILL, run.stdout + run.stderr
        finish(world, case, turn, f"killed {when} write {index + 1} of {turn.writes}")


def finish(world: World, case: Case, turn: Turn, what: str) -> None:
    world.run(case.module, case.account, case.options, **turn.options)
    assert differences(case.contents(world), turn.contents) == [], what
    assert world.run(case.module, case.account, case.options, **turn.options)["plan"] == [], what
