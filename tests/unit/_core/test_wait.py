# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from ansible_collections.closednet.aws.plugins.module_utils._aws.client import Errors
from ansible_collections.closednet.aws.plugins.module_utils._core import wait as waiters
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Wait
from ansible_collections.closednet.aws.plugins.module_utils._core.wait import pauses, wait

AVAILABLE = Wait("x.describe", {}, "States", until=("available",), failed=("failed",))
GONE = Wait("x.describe", {}, "States", until=("deleted",), gone=True)


class Clock:
    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(waiters, "time", clock)
    return clock


class Answers(Errors):
    """A cloud that answers these states one after the other, the last for ever; a string is an error's code."""

    def __init__(self, *states):
        self.left = list(states)

    def call(self, _operation):
        state = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        if isinstance(state, str):
            raise ClientError({"Error": {"Code": state, "Message": "m"}}, "Describe")
        return {"States": state}


@pytest.mark.parametrize(
    ("waiter", "states", "last"),
    [
        (AVAILABLE, [["pending"], ["available"]], ["available"]),
        (AVAILABLE, [[], ["available"]], ["available"]),  # not visible yet
        (AVAILABLE, [["available", "pending"], ["available", "available"]], ["available", "available"]),
        (AVAILABLE, ["X.NotFound", ["available"]], ["available"]),
        (GONE, [["deleting"], ["deleted"]], ["deleted"]),
        (GONE, [["deleting"], "X.NotFound"], []),
        (GONE, [["deleting"], []], []),
    ],
)
def test_it_is_over_when_the_state_is_there(waiter, states, last):
    assert wait(Answers(*states), waiter, {}, 60) == last


def test_a_state_from_which_nothing_follows_ends_it():
    with pytest.raises(Failure, match="waited for available, the state is failed"):
        wait(Answers(["pending"], ["failed"]), AVAILABLE, {}, 60)


def test_a_state_that_nobody_expects_ends_it_at_once(clock):
    waiter = Wait("x.describe", {}, "States", until=("available",), pending=("pending",), failed=("failed",))
    assert wait(Answers([], ["pending"], ["available"]), waiter, {}, 60) == ["available"]
    begun = clock.now
    with pytest.raises(Failure, match="waited for available, the state is suspended, which doesn't lead there"):
        wait(Answers(["pending"], ["suspended"]), waiter, {}, 600)
    assert clock.now - begun < 1


def test_after_the_timeout_the_last_state_is_said(clock):
    with pytest.raises(Failure, match=r"waited 60 s for available, last seen: \['pending'\]"):
        wait(Answers(["pending"]), AVAILABLE, {}, 60)
    assert 60 <= clock.now < 75


def test_what_it_takes_to_succeed_is_said_when_it_fails():
    waiter = Wait("x.describe", {}, "States", until=("verified",), failed=("failed",), hint="publish the record")
    for states in (["failed"], ["pendingVerification"]):
        with pytest.raises(Failure, match=r"for verified \(publish the record\), "):
            wait(Answers(states), waiter, {}, 60)


@pytest.mark.parametrize(("timeout", "waited"), [(600, 30), (10, 10)])
def test_what_happens_soon_or_never_is_not_waited_for_longer(clock, timeout, waited):
    waiter = Wait("x.describe", {}, "States", until=("available",), within=30)
    with pytest.raises(Failure, match=f"waited {waited} s for available"):
        wait(Answers(["pending"]), waiter, {}, timeout)
    assert clock.now == pytest.approx(waited)


def test_another_error_is_not_waited_out():
    with pytest.raises(ClientError):
        wait(Answers("UnauthorizedOperation"), AVAILABLE, {}, 60)


def test_pauses_grow_so_that_a_long_wait_costs_few_calls(clock):
    taken = []
    for delay in pauses(600):
        taken.append(delay)
        clock.sleep(delay)
    assert taken[0] < 0.5
    assert len(taken) < 100
    # A run that began to wait earlier also ends earlier.
    assert clock.now == pytest.approx(600)


def test_a_failed_state_says_the_clouds_reason():
    class Cloud(Errors):
        def call(self, _operation):
            return {"States": ["failed"], "FailureReason": "The policy x doesn't exist."}

    with pytest.raises(waiters.WrongState, match=r"the state is failed: The policy x doesn't exist$"):
        wait(Cloud(), replace(AVAILABLE, reason="FailureReason"), {}, 10)
    with pytest.raises(waiters.WrongState, match="the state is failed$"):
        wait(Cloud(), replace(AVAILABLE, reason="Other"), {}, 10)


def test_the_first_look_can_come_later(clock):
    assert wait(Answers(["available"]), replace(AVAILABLE, after=60), {}, 100) == ["available"]
    assert clock.now == 60


def test_a_deletion_that_fails_for_what_is_gone_is_over():
    class Cloud(Errors):
        def call(self, _operation):
            return {"States": ["failed"], "FailureReason": "Received a 404 status error: Assignment not found."}

    assert wait(Cloud(), replace(AVAILABLE, reason="FailureReason", missing="Assignment not found"), {}, 10) == []
    with pytest.raises(waiters.WrongState):
        wait(Cloud(), replace(AVAILABLE, reason="FailureReason"), {}, 10)
