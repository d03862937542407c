# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Order and ownership in a CodeArtifact domain, dict in, steps out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Actual, Conflict
from ansible_collections.closednet.aws.plugins.module_utils._resources.packages import (
    package_domain,
    package_repository,
)

NOBODY = {"organization_id": None, "account_ids": []}
INPUTS = {"domain": "packages", "readers": NOBODY}
DOMAIN = Actual("arn:d", {"domain": "packages", "policy": {}, "tags": {}})
THEIRS = Actual("arn:theirs", {"tags": {}}, False)


def repository(name, *upstreams):
    return {
        "domain": "packages",
        "repository": name,
        "description": "",
        "upstreams": list(upstreams),
        "external_connection": "",
        "tags": {},
    }


def wanted(name, *upstreams):
    return {name: {**repository(name, *upstreams), "readable": True}}


def there(name, *upstreams):
    return {name: Actual(f"arn:{name}", {**repository(name, *upstreams), "policy": {}})}


def test_upstreams_are_made_first(planned):
    plan = planned(
        package_repository, {**wanted("python", "store"), **wanted("store")}, {"package_domain": {}}, **INPUTS
    )
    assert "package_repository.store" in plan.prerequisites()["package_repository.python"]


def test_an_upstream_goes_when_nobody_points_to_it_any_more(planned):
    found = {"package_repository": {**there("store"), **there("python", "store"), **there("gone", "store")}}
    plan = planned(package_repository, wanted("python"), found, **INPUTS)
    assert plan.prerequisites()["package_repository.store"] == {
        "package_repository.gone",
        "package_repository.python:upstreams",
    }


@pytest.mark.parametrize("others", [{}, there("store")])
def test_an_upstream_that_is_not_there_or_goes_is_refused(planned, others):
    with pytest.raises(Conflict, match="its upstream store is neither declared nor in the domain"):
        planned(package_repository, wanted("python", "store"), {"package_repository": others}, **INPUTS)


def test_somebody_elses_repository_can_be_an_upstream(planned, lines):
    found = {"package_repository": {"team": THEIRS}}
    plan = planned(package_repository, wanted("python", "team"), found, **INPUTS)
    assert lines(plan) == ["create package_repository.python"]


def test_a_domain_with_repositories_of_others_stays(planned, lines):
    found = {"package_domain": {"main": DOMAIN}, "package_repository": {**there("python"), "team": THEIRS}}
    assert lines(planned(package_domain, {}, found, absent=True, **INPUTS)) == []
    absent = SimpleNamespace(absent=True)
    assert package_domain.notes({}, found, absent) == ["arn:d stays: others' repositories are in it (team)"]
    assert lines(planned(package_repository, {}, found, absent=True, **INPUTS)) == ["delete package_repository.python"]

    del found["package_repository"]["team"]
    assert lines(planned(package_domain, {}, found, absent=True, **INPUTS)) == ["delete package_domain.main"]
    assert package_domain.notes({}, found, absent) == []
