# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Problems of an inventory that takes over what exists, or whose hosts have other names now."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import adoption

HOSTS = ("hub", "alpha", "beta")


def told(**variables: Any) -> list[str]:
    return [str(one) for one in adoption.problems(dict.fromkeys(HOSTS, variables), {})]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"moved": [{"from": "old", "to": "alpha"}, {"from": "older", "to": "beta"}]},
        {"adoption": "observe", "adopted_ids": {"alpha": {"tiered_vpc/alpha": {"vpc.main": "vpc-1"}}}},
        {"moved": None, "adopted_ids": None},
    ],
)
def test_nothing_to_tell(variables: dict[str, Any]) -> None:
    assert told(**variables) == []


@pytest.mark.parametrize(
    ("moved", "problem"),
    [
        ([("beta", "alpha")], "hub.moved[0].from: 'beta' is a host of the inventory"),
        ([("old", "alpa")], "hub.moved[0].to: 'alpa' is no host of the inventory (did you mean alpha?)"),
        ([("a", "b"), ("b", "alpha")], "hub.moved[0].to: 'b' is itself moved"),
        ([("a", "b"), ("b", "a")], "hub.moved[1].to: 'a' is itself moved"),
        ([("a", "alpha"), ("a", "beta")], "hub.moved[0].from: 'a' is listed twice"),
        ([("a", "alpha"), ("b", "alpha")], "hub.moved[0].to: 'alpha' has two old names"),
    ],
)
def test_moved_leads_from_a_name_of_nobody_to_a_host(moved: list[tuple[str, str]], problem: str) -> None:
    lines = told(moved=[{"from": old, "to": new} for old, new in moved])
    assert any(line.startswith(problem) for line in lines), lines


def test_ids_are_of_hosts() -> None:
    (line,) = told(adopted_ids={"alpa": {}, "beta": {}})
    assert line.startswith("hub.adopted_ids.alpa: is no host of the inventory (did you mean alpha?)")


def test_a_role_without_phases_would_write() -> None:
    accounts = {"alpha": {"adoption": "observe"}, "beta": {}}
    groups = {"spokes": ["alpha"], "closed": ["alpha", "beta"], "consumers": ["alpha"]}
    lines = [str(one) for one in adoption.problems(accounts, groups)]
    assert len(lines) == 1 and "alpha.adoption: 'observe' isn't known to the role closed_network" in lines[0]
    assert not list(adoption.problems(accounts, {"spokes": ["alpha"]}))
