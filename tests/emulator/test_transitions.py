# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import time

import pytest

from emulator import transitions
from emulator.transitions import StateClock, Transition


class Resource:
    state = StateClock("resource")


@pytest.fixture(autouse=True)
def clock():
    yield
    transitions.count_each_call(0)
    transitions.set_transitions({}, replace=True)


@pytest.mark.parametrize("call, calls", [(5, 4), (0.1, 200), (0.3, 67), (20, 1)])
@pytest.mark.parametrize("started", [3, 10_333_488_919_978, 79_812_345_678_901])
def test_state_lasts_the_same_calls_whenever_the_machine_was_started(monkeypatch, started, call, calls):
    monkeypatch.setattr(time, "monotonic_ns", lambda: started)
    transitions.set_transitions({"resource": 20})
    transitions.count_each_call(call)
    resource = Resource()
    resource.state = Transition("pending", "available")
    lasted = 0
    while resource.state == "pending":
        transitions.count_call()
        lasted += 1
    assert lasted == calls


def test_time_in_a_state_is_whole():
    transitions.count_each_call(1001)
    resource = Resource()
    resource.state = "deleted"
    transitions.count_call()
    assert Resource.state.ms_in_state(resource) == 1001  # 1.001 s times 1000 is less
