# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a no-op may cost in API calls: EC2 throttles by account, region and API, so a spoke's budget is small and the
hub's must not grow with the number of spokes (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.run import Bench, Measured


def no_op(spokes: int, folder: Path) -> tuple[Measured, Measured]:
    with Bench(spokes, forks=2, folder=folder) as bench:
        for playbook in ("closednet_hub.yml", "closednet.yml") * 2:
            bench.playbook(playbook)
        shutil.rmtree(folder / "cache")  # so that AssumeRole counts
        return bench.playbook("closednet.yml"), bench.playbook("closednet_hub.yml")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Measured, Measured]]:
    return {spokes: no_op(spokes, tmp_path_factory.mktemp("bench")) for spokes in (2, 5)}


def test_a_spoke_costs_at_most_14_calls_and_none_on_the_hub(measured):
    for spokes, _hub in measured.values():
        assert spokes.calls_per_spoke <= 14
        assert spokes.calls_on_hub == 0


def test_the_hubs_calls_do_not_grow_with_the_spokes(measured):
    assert measured[2][1].calls_on_hub == measured[5][1].calls_on_hub > 0


def test_a_no_op_writes_nothing(measured):
    assert all(run.writes == 0 for pair in measured.values() for run in pair)
