# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Central endpoints in the hub, an older set-up in their way, and a closed VPC that moves to them and back."""

from __future__ import annotations

from tests.contract import central_cases as central
from tests.contract.world import World
from tests.emulator.conftest import HUB


def test_what_it_reports(world: World) -> None:
    central.hub_vpc(world)
    result = world.run("central_endpoints", HUB, central.CENTRAL)
    assert result["profile_id"] == central.profile(world)["Id"]
    assert set(result["endpoints"]) == set(central.CENTRAL["services"])
    for one in result["endpoints"].values():
        assert (
            one["in_profile"] and one["state"] == "available" and sorted(one["addresses"]) == ["euc1-az1", "euc1-az2"]
        )
    again = world.run("central_endpoints", HUB, central.CENTRAL)
    assert not again["changed"] and again["endpoints"] == result["endpoints"]
