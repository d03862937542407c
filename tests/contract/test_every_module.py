# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requirements that every module must meet, tested on all modules."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._aws import client
from ansible_collections.closednet.aws.plugins.module_utils._gcp import client as gcp_client
from ansible_collections.closednet.aws.plugins.module_utils._gcp import transport
from tests.contract import google
from tests.contract.case import Case, Drift
from tests.contract.cases import CASES, INFO_CASES, ONCE_CASES
from tests.contract.clouds import cloud_of, is_project
from tests.contract.conftest import Converged, converge
from tests.contract.world import World, capability, differences, role, stable
from tests.emulator.conftest import HUB, MANAGEMENT, SPOKE

MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins/modules").glob("[a-z]*.py"))
RESULT_KEYS = {"changed", "plan", "diff", "ids", "api_calls"}
# Fields that a plan for empty accounts shows and that nobody can change alone.
NO_DRIFT = {
    ("resource_share_invitation", "share"): "RAM has no call that takes back what was accepted",
    ("other_attachment", "state"): "accepted once; what somebody deletes then is the firewall's account to create",
    ("endpoint_connection", "account_id"): "says whose it is; a connection of another account is another one",
    ("service_attachment", "effect"): "says what a change does to each connection; nobody declares it",
    ("endpoint_connection", "service"): "says of what; a connection to another service is another one",
}

every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_info_case = pytest.mark.parametrize("case", INFO_CASES, ids=str)
every_case_and_info = pytest.mark.parametrize("case", [*CASES, *ONCE_CASES, *INFO_CASES], ids=str)
every_drift = pytest.mark.parametrize(
    ("case", "drift"),
    [pytest.param(case, drift, id=f"{case}: {drift.name}") for case in CASES for drift in case.drifts],
)


def test_every_module_has_its_case() -> None:
    writers = [module for module in MODULES if not capability(module).reads_only]
    assert sorted({case.module for case in [*CASES, *ONCE_CASES]}) == writers
    assert sorted({case.module for case in INFO_CASES}) == sorted(set(MODULES) - set(writers))


def run(world: World, case: Case, **more: Any) -> dict[str, Any]:
    """Run the module, check what every result must have, and return the result."""
    result = world.run(case.module, case.account, case.options, **more)
    assert result.keys() >= RESULT_KEYS
    assert result["api_calls"] == world.counted
    assert result["changed"] == bool(result["plan"])
    return result


@every_case
def test_check_mode_shows_the_plan_that_is_applied_and_writes_nothing(world: World, case: Case) -> None:
    case.before(world)
    for others in (None, *case.between):
        if others:
            others(world)
        there = case.contents(world)
        checked = run(world, case, check=True)
        assert world.writes == []
        assert differences(case.contents(world), there) == []

        approved = json.loads(json.dumps(checked["plan"]))
        failure = world.failure(case.module, case.account, case.options, approved_plan=approved[1:])
        first = f"{approved[0]['action']} {approved[0]['address']}: wasn't planned"
        assert "approved_plan: the plan is stale" in str(failure) and first in str(failure)
        assert world.writes == []

        applied = run(world, case, approved_plan=approved)
        assert checked["changed"] and applied["changed"]
        assert checked["plan"] == applied["plan"]
        assert checked["diff"] == applied["diff"]
        assert len(world.writes) >= len(applied["plan"])
        # Ids from create calls are the ids that reads find.
        assert applied["ids"].items() <= run(world, case, check=True)["ids"].items()


@every_case
def test_a_second_run_changes_nothing_and_makes_no_write_call(
    converged: Callable[[Case], Converged], case: Case
) -> None:
    world = converged(case).world
    for check in (True, False):
        result = run(world, case, check=check)
        assert (result["changed"], result["plan"], world.writes) == (False, [], [])
        assert result["diff"] == {"before": {}, "after": {}}


@every_drift
def test_drift_is_shown_and_repaired(converged: Callable[[Case], Converged], case: Case, drift: Drift) -> None:
    kept = converged(case)
    world, wanted = kept.world, kept.contents
    drift.make(world)

    checked = run(world, case, check=True)
    assert world.writes == []
    shown = [
        step
        for step in checked["plan"]
        if step["address"].startswith(f"{drift.kind}.")
        and step["action"] == drift.action
        and all((step["before"] or {}).get(name) != (step["after"] or {}).get(name) for name in drift.fields)
    ]
    assert shown, f"no {drift.action} of {drift.kind} shows {drift.fields}: {checked['plan']}"
    if drift.name.endswith("tag added"):  # a tag of others, which ignore_tags may name
        assert run(world, case, check=True, ignore_tags={"keys": ["extra"]})["plan"] == []

    confirmed = {}
    if drift.confirm:
        confirmed = {"confirm_removals": list(drift.confirm)}
        assert f"-e confirm_removals={','.join(drift.confirm)}" in str(
            world.failure(case.module, case.account, case.options)
        )
        assert world.writes == []
    repaired = run(world, case, **confirmed)
    assert repaired["plan"] == checked["plan"]
    if drift.others:
        drift.others(world)
        run(world, case)
    assert differences(case.contents(world), wanted) == []
    assert run(world, case)["plan"] == []
    assert world.writes == []


@pytest.mark.parametrize("module", sorted({case.module for case in CASES}))
def test_every_declared_field_has_its_drift(new_world: Callable[[], World], kept: Converged, module: str) -> None:
    """Declared fields are those that the module's plans for empty accounts show."""
    kept.forget()
    cases = [case for case in CASES if case.module == module]
    kinds = {resource.KIND.name for resource in capability(module).resources}
    declared = {
        (kind, name)
        for case in cases
        for result in converge(new_world(), case)
        for step in result["plan"]
        for name in step["after"] or {}
        # Some steps are of no resource kind, such as accepting an invitation.
        if (kind := step["address"].partition(".")[0]) in kinds
    }
    drifts = [drift for case in cases for drift in case.drifts]
    drifting = {(drift.kind, name) for drift in drifts for name in drift.fields}
    assert declared - drifting - NO_DRIFT.keys() == set()

    # What can be changed in place must be repaired in place, not by replacing the resource.
    in_place = {
        (resource.KIND.name, name)
        for resource in capability(module).resources
        for name in [
            *(name for names in resource.KIND.changes for name in names),
            *(["tags"] if resource.KIND.tag else []),
        ]
    }
    changed = {(drift.kind, name) for drift in drifts if drift.action == "change" for name in drift.fields}
    assert (declared & in_place) - changed == set()


@every_case
def test_absent_removes_what_is_owned_and_is_quiet_the_second_time(world: World, case: Case) -> None:
    case.before(world)
    empty = case.contents(world)
    results = converge(world, case, prepared=True)
    made = {
        result["ids"][step["address"]]
        for result in results
        for step in result["plan"]
        if step["action"] == "create"
        and step["address"] in result["ids"]
        and step["address"].partition(".")[0] not in case.keeps
    }
    case.before_absent(world)

    there = case.contents(world)
    checked = run(world, case, check=True, state="absent")
    assert world.writes == []
    assert differences(case.contents(world), there) == []

    removed = run(world, case, state="absent")
    assert removed["plan"] == checked["plan"]
    left = differences(case.contents(world), empty)
    assert [line for line in left if line.split(":")[0].split()[2] not in case.stays] == []
    assert (made or case.keeps) and not made & set(removed["ids"].values())

    again = run(world, case, state="absent")
    assert (again["changed"], again["plan"], world.writes) == (False, [], [])


@every_info_case
def test_an_info_module_tells_the_same_in_any_mode_and_writes_nothing(world: World, case: Case) -> None:
    case.before(world)
    there = case.contents(world)
    told = []
    for check in (True, False):
        result = world.run(case.module, case.account, case.options, check=check)
        assert world.writes == [] and result["api_calls"] == world.counted
        # The first run may have to assume the role.
        told.append(stable({key: value for key, value in result.items() if key != "api_calls"}))
    assert told[0] == told[1] and not told[0]["changed"]
    assert differences(case.contents(world), there) == []


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let retries give up after a few attempts, without waiting between them."""
    for module in (client, gcp_client, transport):
        monkeypatch.setattr(module, "pauses", lambda *_times, **_more: iter((0, 0, 0)))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


FAULTS = ("denied", "throttled")


@every_case
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_write_is_reported_and_the_next_run_goes_on_from_there(
    world: World, case: Case, fault: str, soon: None
) -> None:
    case.before(world)
    plan = world.run(case.module, case.account, case.options, check=True)["plan"]
    made = case.contents(world)
    failing, cloud = plan[len(plan) // 2]["operation"], cloud_of(case.account)
    world.emulator.control("POST", "faults", cloud.faults[fault] | cloud.rule(failing) | {"account": case.account})

    failure = world.failure(case.module, case.account, case.options)

    text, details = str(failure), failure.details
    assert case.module in text and case.account in text and cloud.region in text
    assert details["error_code"] in cloud.codes[fault] and details["error_code"] in text
    assert details["plan"] == plan
    addresses = [step["address"] for step in plan]
    assert sorted(details["done"] + details["left"]) == sorted(addresses)
    failed = {step["address"] for step in plan if step["operation"] == failing}
    assert failed & set(details["left"]) and any(f"{address}: " in text for address in failed)
    assert details["changed"] == bool(details["done"]) == (differences(case.contents(world), made) != [])
    assert "Done: " in text and "Not done: " in text and "Next: " in text
    assert (cloud.role.format(case.module) in text) == (fault == "denied")
    assert details["api_calls"] == world.counted

    world.emulator.control("DELETE", "faults")
    finished = run(world, case)
    assert {step["address"] for step in finished["plan"]} <= set(details["left"])
    assert run(world, case)["plan"] == []


@every_case_and_info
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_read_is_reported(world: World, case: Case, fault: str, soon: None) -> None:
    (service, operations), cloud = case.reads, cloud_of(case.account)
    rule = {"service": service, "operation": operations, "account": case.account}
    case.before(world)
    world.emulator.control("POST", "faults", cloud.faults[fault] | rule)
    failure = world.failure(case.module, case.account, case.options)
    text = str(failure)
    assert case.module in text and case.account in text and cloud.region in text and operations.rstrip("*") in text
    assert failure.details["error_code"] in cloud.codes[fault] and failure.details["error_code"] in text
    assert "reading what is there" in text and "Next: " in text
    assert failure.details["api_calls"] == world.counted
    assert world.writes == []


@every_case_and_info
def test_the_credential_of_another_account_is_refused_before_any_other_call(world: World, case: Case) -> None:
    case.before(world)
    if is_project(case.account):
        refuses_the_credential_of_another_project(world, case)
        return
    if case.account != MANAGEMENT:  # the key is this account's
        failure = world.failure(case.module, case.account, case.options, assume_role_arn=None)
        assert [call["operation"] for call in world.calls] == ["GetCallerIdentity"]
        assert f"account_id is {case.account}, but the credential is one of account {MANAGEMENT}" in str(failure)

    other = HUB if case.account == SPOKE else SPOKE
    failure = world.failure(case.module, case.account, case.options, assume_role_arn=role(other))
    assert world.calls == []
    assert other in str(failure) and case.account in str(failure)


def refuses_the_credential_of_another_project(world: World, case: Case) -> None:
    """Google answers the same for a project that the credential may not see and for one that doesn't exist."""
    other = next(project for project in google.PROJECTS if project != case.account)
    for token, status in ((google.owner(other), 403), ("no-token", 401)):
        failure = world.failure(case.module, case.account, case.options, access_token=token)
        assert [(call["operation"], call["status"]) for call in world.calls] == [("projects.get", status)]
        text = str(failure)
        assert case.account in text and "can't be read" in text and "Next: " in text and token not in text


@pytest.mark.parametrize(
    ("case", "make"), [pytest.param(c, m, id=f"{c}: {name}") for c in CASES for name, m in c.foreign.items()]
)
def test_what_others_made_is_named_and_left_alone(world: World, case: Case, make: Callable[[World], str]) -> None:
    case.before(world)
    id_ = make(world)
    there = case.contents(world)
    for check in (True, False):
        failure = world.failure(case.module, case.account, case.options, check=check)
        assert id_ in str(failure) and case.account in str(failure) and "Nothing was written" in str(failure)
        assert world.writes == []
        assert differences(case.contents(world), there) == []
