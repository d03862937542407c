# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Budget of API calls for a run that changes nothing.

EC2 throttles by account, region and API (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). So a
spoke's budget is small, the hub's must not grow with the number of spokes, and a PrivateLink provider's not with the
number of connections.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from bench.harness import Measured
from bench.run import Bench
from tests.integration.conftest import LEDGER, PAYMENTS, new_site


def no_op(spokes: int, folder: Path) -> tuple[Measured, Measured]:
    with Bench(spokes, forks=2, folder=folder) as bench:
        for playbook in ("closednet_hub.yml", "closednet.yml") * 2:
            bench.playbook(playbook)
        shutil.rmtree(folder / "cache")  # so that AssumeRole counts
        return bench.playbook("closednet.yml"), bench.playbook("closednet_hub.yml")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Measured, Measured]]:
    return {spokes: no_op(spokes, tmp_path_factory.mktemp("bench")) for spokes in (2, 5)}


def test_a_spoke_costs_at_most_16_calls_and_none_on_the_hub(measured):
    for spokes, _hub in measured.values():
        assert spokes.calls_per_spoke <= 16
        assert spokes.calls_on_hub == 0


def test_the_hubs_calls_do_not_grow_with_the_spokes(measured):
    assert measured[2][1].calls_on_hub == measured[5][1].calls_on_hub > 0


def test_a_no_op_writes_nothing(measured):
    assert all(run.writes == 0 for pair in measured.values() for run in pair)


def test_a_providers_and_a_consumers_no_op_only_read_and_do_not_grow_with_the_connections(organization, tmp_path):
    """With 2 connections and with 12. One test, so that two workers don't both create the network."""
    site = new_site(organization, tmp_path, ("providers", "consumers"))
    turns = ("--tags", "providers_published,consumers_applied")
    site.run("privatelink").succeeded()
    few = site.run("privatelink", *turns).succeeded()
    ec2 = site.client(PAYMENTS)
    (endpoint,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    for _more in range(10):
        ec2.create_vpc_endpoint(
            VpcEndpointType="Interface", VpcId=endpoint["VpcId"], ServiceName=endpoint["ServiceName"]
        )
    site.run("providers").succeeded()
    connected = site.client(LEDGER).describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    assert [c["VpcEndpointState"] for c in connected].count("available") == 11
    many = site.run("privatelink", *turns).succeeded()

    assert few.writes == many.writes == []
    for account_id in (LEDGER, PAYMENTS):
        of_few, of_many = (
            Counter(call["operation"] for call in run.calls if call["account"] == account_id) for run in (few, many)
        )
        assert of_few == of_many != Counter()
