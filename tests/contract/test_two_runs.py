# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two runs of a module at once, both of which have read before either writes: nothing is duplicate or missing.

TWO_RUNS=all tests every case; the default is one case of each module.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._aws.client import READS, Aws
from ansible_collections.closednet.aws.plugins.module_utils._core import apply, runner
from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Cloud
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._core.module import execute
from ansible_collections.closednet.aws.plugins.module_utils._gcp.client import Gcp
from ansible_collections.closednet.aws.plugins.module_utils._gcp.methods import METHODS
from tests.contract.case import Case
from tests.contract.cases import CASES
from tests.contract.conftest import Converged, converge
from tests.contract.world import World, capability, differences, validated

FIRST = list({case.module: case for case in reversed(CASES)}.values())
TRIED = CASES if os.environ.get("TWO_RUNS") == "all" else FIRST


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> threading.Barrier:
    """Barrier at which, after a reset, each run waits with its first write for the other's."""
    barrier = threading.Barrier(2)
    barrier.abort()
    met: set[Cloud] = set()
    lock = threading.Lock()

    def meeting_at(call: Callable[..., dict[str, Any]], reads: Callable[[str], bool]) -> Callable[..., dict[str, Any]]:
        def meet(self: Cloud, operation: str, **params: Any) -> dict[str, Any]:
            with lock:
                first = not reads(operation) and self not in met
                if first:
                    met.add(self)
            if first:
                with suppress(threading.BrokenBarrierError):  # the other one had nothing to write
                    barrier.wait(20)
            return call(self, operation, **params)

        return meet

    monkeypatch.setattr(Aws, "call", meeting_at(Aws.call, lambda name: name.partition(".")[2].startswith(READS)))
    monkeypatch.setattr(Gcp, "call", meeting_at(Gcp.call, lambda name: METHODS[name].reads))
    monkeypatch.setattr(apply, "GIVES_WAY_SECONDS", 2)
    monkeypatch.setattr(runner, "DUPLICATES_SECONDS", 4)
    monkeypatch.setattr(runner, "READ_AGAIN_SECONDS", 0.1)
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.1)))
    return barrier


def at_once(world: World, case: Case, meeting: threading.Barrier, **more: Any) -> list[dict[str, Any] | Failure]:
    """Run the case's module twice at once; return what each ends with, a result or a Failure."""
    os.environ["XDG_CACHE_HOME"] = str(world.cache)
    meeting.reset()

    def one() -> dict[str, Any] | Failure:
        given = validated(case.module, world.options(case.account, **case.options, **more))
        try:
            return execute(capability(case.module), given, False)
        except Failure as failure:
            return failure
        finally:
            meeting.abort()

    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in [pool.submit(one), pool.submit(one)]]


def settled(world: World, case: Case, ends: list[dict[str, Any] | Failure], **more: Any) -> None:
    """Check that a failed run names the other run, and that the next one has nothing to do if either succeeded."""
    for end in ends:
        if isinstance(end, Failure):
            assert "another run" in str(end) and "Next: " in str(end), str(end)
    again = world.run(case.module, case.account, case.options, **more)
    if any(isinstance(end, dict) for end in ends):
        assert again["plan"] == []
    assert world.run(case.module, case.account, case.options, **more)["plan"] == []


@pytest.mark.parametrize("case", TRIED, ids=str)
def test_two_runs_at_once_make_what_one_makes(
    new_world: Callable[[], World], kept: Converged, meeting: threading.Barrier, case: Case
) -> None:
    kept.forget()
    world = new_world()
    case.before(world)
    empty = case.contents(world)
    converge(world, case, prepared=True)
    wanted = case.contents(world)

    world = new_world()
    world.emulator.control("POST", "settings", {"transition": 50})
    case.before(world)
    for others in (None, *case.between):
        if others:
            others(world)
        settled(world, case, at_once(world, case, meeting))
    assert differences(case.contents(world), wanted) == []

    case.before_absent(world)
    settled(world, case, at_once(world, case, meeting, state="absent"), state="absent")
    left = differences(case.contents(world), empty)
    assert [line for line in left if line.split(":")[0].split()[2] not in case.stays] == []


@pytest.mark.parametrize("case", [case for case in FIRST if case.module == "log_archive"], ids=str)
def test_the_run_without_the_bucket_waits_for_the_key_of_the_other(
    new_world: Callable[[], World], meeting: threading.Barrier, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, read = Aws.call, Aws.read
    listed, keys = threading.Event(), list[str]()

    def late(self: Aws, operation: str, **params: Any) -> dict[str, Any]:
        if operation == "kms.create_key":
            keys.append(operation)
            listed.wait(20)
        return call(self, operation, **params)

    def reading(self: Aws, operation: str, *path: Any, **params: Any) -> Any:
        answer = read(self, operation, *path, **params)
        # Only the run that has lost the bucket finds it, and then looks for its key.
        if operation == "kms.list_keys" and keys:
            listed.set()
        return answer

    monkeypatch.setattr(Aws, "call", late)
    monkeypatch.setattr(Aws, "read", reading)
    world = new_world()
    case.before(world)
    settled(world, case, at_once(world, case, meeting))
    assert listed.is_set()
    assert len(keys) == 1
