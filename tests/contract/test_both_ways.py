# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of modules in a process of their own and inside Ansible's worker: both must be the same.

BOTH_WAYS=all tests every module; the default is every fourth one, since what may differ is code that they share, and
each takes 20 seconds. ansible-test sanity checks that Ansible sends what each module imports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract import google
from tests.contract.case import Case
from tests.contract.cases import CASES, INFO_CASES
from tests.contract.clouds import is_project
from tests.contract.world import World, capability, stable
from tests.emulator.conftest import HUB, KEY, MANAGEMENT, SPOKE

BIN = Path(sys.executable).parent
# With any interpreter but Ansible's own, the action plugin leaves the task to the module.
OTHER_NAME = BIN / ("python" if sys.executable.endswith("python3") else "python3")
INTERPRETERS = {"module": str(OTHER_NAME), "in_process": sys.executable}
EXTERNAL_ID = "shared-with-nobody"


# One case of each module: what may differ between the two doesn't depend on the options.
FIRST = list({case.module: case for case in reversed([*CASES, *INFO_CASES])}.values())
TRIED = FIRST if os.environ.get("BOTH_WAYS") == "all" else FIRST[::4]
REFUSED = {"without_role", "role_of_another", "unknown_option"}
# Tasks that are also run in a process of their own, one for each kind of end: each takes more than a second.
IN_A_PROCESS = {"check", "denied", "first", "without_role", "unknown_option", "absent"}


@pytest.fixture(params=TRIED, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


def tasks(world: World, case: Case) -> list[dict[str, Any]]:
    """Build a task for each kind of end that a run can have, registered under its name, and tasks that set faults."""
    reads_only = capability(case.module).reads_only
    options, refused, of_another = connections(world, case)
    for each in (options, refused, of_another):
        if reads_only:
            del each["wait_timeout"]

    def task(name: str, options: dict[str, Any], **more: Any) -> dict[str, Any]:
        module = {f"closednet.aws.{case.module}": options}
        return {"name": name, **module, "register": name, "ignore_errors": True, **more}

    def faults(method: str, **body: Any) -> dict[str, Any]:
        url = f"{world.emulator.endpoint}/_emulator/faults"
        return {"ansible.builtin.uri": {"url": url, "method": method, **body}}

    in_any_state = [
        task("without_role", refused),
        task("role_of_another", of_another),
        task("unknown_option", options | {"colour": "green"}),
    ]
    if reads_only:
        return [task("check", options, check_mode=True, diff=True), task("first", options), *in_any_state]
    created = "*.insert" if is_project(case.account) else "Create*"
    denied = {"action": "error", "operation": created, "code": "AccessDenied", "status": 403}
    return [
        task("check", options, check_mode=True, diff=True),
        faults("POST", body=denied, body_format="json"),
        task("denied", options),
        faults("DELETE"),
        task("first", options),
        task("second", options),
        *in_any_state,
        task("no_number", options | {"wait_timeout": "soon"}),
        task("absent_check", options | {"state": "absent"}, check_mode=True),
        task("absent", options | {"state": "absent"}),
        task("absent_again", options | {"state": "absent"}),
    ]


def connections(world: World, case: Case) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Options with the right credential; with one of another account or project; with another account or project."""
    if is_project(case.account):
        options = world.options(case.account, **case.options)
        other = next(project for project in google.PROJECTS if project != case.account)
        refused = options | {"access_token": google.owner(other)}
        return options, refused, options | {"project_id": other, "access_token": google.owner(case.account)}
    options = world.options(case.account, **case.options, assume_role_external_id=EXTERNAL_ID)
    refused = {key: value for key, value in options.items() if not key.startswith("assume_role")}
    return options, refused, options | {"account_id": HUB if case.account == SPOKE else SPOKE}


def results(world: World, case: Case, way: str, directory: Path) -> dict[str, dict[str, Any]]:
    """Run the tasks with ansible-playbook; return {task name: result}."""
    case.before(world)
    listed = [
        task
        for task in tasks(world, case)
        if way == "in_process" or "register" not in task or task["register"] in IN_A_PROCESS
    ]
    names = [task["register"] for task in listed if "register" in task]
    kept = "{{ {" + ", ".join(f"'{name}': {name}" for name in names) + "} | to_json }}"
    copy = {"ansible.builtin.copy": {"content": kept, "dest": str(directory / "results.json"), "mode": "0600"}}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [*listed, copy]}
    (directory / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    (directory / "hosts.yml").write_text(
        yaml.safe_dump({"all": {"hosts": {"localhost": {"ansible_python_interpreter": INTERPRETERS[way]}}}}),
        encoding="utf-8",
    )
    environment = {"XDG_CACHE_HOME": str(directory / "cache"), "ANSIBLE_LOCAL_TEMP": str(directory / "local")}
    run = subprocess.run(
        [BIN / "ansible-playbook", "-i", "hosts.yml", "-vvv", "play.yml"],
        cwd=directory,
        env={**os.environ, **environment, "ANSIBLE_REMOTE_TEMP": str(directory / "remote")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr
    # A module's process starts from a file that Ansible writes; in the worker there is no such file.
    assert (f"AnsiballZ_{case.module}.py" in run.stdout) == (way == "module"), f"not run as {way}"
    shown = run.stdout + run.stderr + (directory / "results.json").read_text(encoding="utf-8")
    secrets = (KEY["aws_secret_access_key"], EXTERNAL_ID, google.OPERATOR, *map(google.owner, google.PROJECTS))
    assert [secret for secret in secrets if secret in shown] == []
    # Messages name the folder of cached sessions, which differs between the two here.
    return json.loads((directory / "results.json").read_text(encoding="utf-8").replace(str(directory), "."))


def test_a_module_answers_the_same_both_ways(new_world: Callable[[], World], kept, case: Case, tmp_path: Path) -> None:
    kept.forget()
    answers = {}
    for way in INTERPRETERS:
        (tmp_path / way).mkdir()
        answers[way] = results(new_world(), case, way, tmp_path / way)

    reads_only = capability(case.module).reads_only
    failed = {name for name, result in answers["in_process"].items() if result.get("failed")}
    # All tasks of AWS use a key of the management account.
    refused = REFUSED - {"without_role"} if case.account == MANAGEMENT else REFUSED
    assert failed == refused | (set() if reads_only else {"denied", "no_number"})
    changed = {name for name, result in answers["in_process"].items() if result["changed"]} - failed
    assert changed == (set() if reads_only else {"check", "first", "absent_check", "absent"})
    for name, result in answers["module"].items():
        assert comparable(answers["in_process"][name]) == comparable(result), name


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result without ids and, where a step failed, without how far others got, which depends on time.

    Of the addresses of central_endpoints, which AWS draws, the zones stay.
    """
    if result.get("endpoints"):
        zones = {name: {**one, "addresses": list(one["addresses"])} for name, one in result["endpoints"].items()}
        result = {**result, "endpoints": zones}
    by_chance = ("msg", "done", "left", "changed", "api_calls") if "left" in result else ()
    return stable({key: value for key, value in result.items() if key not in by_chance})
