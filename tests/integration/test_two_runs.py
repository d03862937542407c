# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two runs of playbooks at once end as one undisturbed run does."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.contract.world import World, differences
from tests.integration.conftest import HOSTS, HUB, READS, Run, Site, new_site


class Looking(World):
    """World over a site's accounts, to read their contents."""

    def __init__(self, site: Site):
        self._site, self._made = site, {}

    def client(self, account: str, service: str) -> Any:
        if (account, service) not in self._made:
            self._made[account, service] = self._site.client(account, service)
        return self._made[account, service]


def contents(site: Site) -> dict[str, list[Any]]:
    return Looking(site).contents_read(tuple(HOSTS.values()), services=())


@pytest.fixture(scope="module")
def undisturbed(organization, tmp_path_factory) -> dict[str, list[Any]]:
    site = new_site(organization, tmp_path_factory.mktemp("undisturbed"))
    site.run("site").succeeded()
    return contents(site)


@pytest.fixture
def sites(undisturbed, organization, tmp_path) -> Callable[..., Site]:
    """Return sites(name, *groups), which creates a Site with an inventory and cached sessions of its own.

    Nothing is created yet. Each call takes 20 ms and each state 300 ms, so that runs meet.
    """
    new_site(organization, tmp_path / "first")
    organization.control("POST", "settings", {"latency": 20, "transition": 300})
    return lambda name, *groups: Site(organization, tmp_path / name, groups or ("hub", "spokes"))


def at_once(*runs: tuple[Site, tuple[str, ...]]) -> list[Run]:
    """Run playbooks at the same time, each on its Site and with its arguments; return the finished runs."""
    emulator = runs[0][0].emulator
    before = len(emulator.control("GET", "calls"))
    with ThreadPoolExecutor(len(runs)) as pool:
        ended = list(pool.map(lambda run: run[0].run(*run[1]), runs))
    calls = emulator.control("GET", f"calls?since={before}")
    # Had they run one after the other, nothing would be written after the last one begins to read.
    last_write = max(call["time"] for call in calls if not call["operation"].startswith(READS))
    assert max(begun(site) for site, _arguments in runs) < datetime.fromisoformat(last_write).timestamp()
    return ended


def begun(site: Site) -> float:
    """Return when the site's first session was written, which is before its first read."""
    return min(session.stat().st_mtime for session in (site.home / "cache").rglob("*.json"))


def settle(site: Site, runs: list[Run], undisturbed: dict[str, list[Any]]) -> None:
    """Check that a failed run names the other one, and that the next run, or the one after it, finds nothing to do."""
    for run in runs:
        assert all("another run" in line for line in run.output.splitlines() if "fatal: " in line), run.output
    again = site.run("site").succeeded()
    if any(run.failed for run in runs):
        again = site.run("site").succeeded()
    assert (again.writes, set(again.changed.values())) == ([], {0}), again.output
    assert differences(contents(site), undisturbed) == []


def test_the_same_playbook_twice_from_nothing(sites, undisturbed):
    one, other = sites("one"), sites("other")
    settle(one, at_once((one, ("site",)), (other, ("site",))), undisturbed)


def test_two_slices_beside_the_hub_that_they_share(sites, undisturbed):
    """Each slice's inventory has every other spoke, and no hub."""
    whole = sites("whole")
    whole.run("hub").succeeded()
    told = json.dumps({"hub_account_id": HUB, "spoke_destinations": ["10.0.0.0/16"]})
    spokes = [host for host in HOSTS if host != "shared-services"]
    slices = [sites(f"slice-{number}", "spokes") for number in range(2)]
    for number, part in enumerate(slices):
        part.forget(*spokes[number::2])
    runs = at_once((whole, ("hub",)), *((part, ("spokes", "-e", told)) for part in slices))
    settle(whole, [*runs, whole.run("site")], undisturbed)


def test_an_operator_limits_a_run_during_a_full_one(sites, undisturbed):
    full, limited = sites("full"), sites("limited")
    runs = at_once((full, ("site",)), (limited, ("site", "--limit", "shared-services,alpha")))
    settle(full, runs, undisturbed)
