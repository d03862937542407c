# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from xdist.scheduler import LoadScopeScheduling

from tests.contract.case import Case
from tests.contract.conftest import new_world
from tests.contract.world import World
from tests.faults.turns import Stand
from tests.playbooks import Started, playbooks

__all__ = ["new_world"]

REPOSITORY = Path(__file__).parents[2]
EVERYTHING = os.environ.get("FAULTS_SAMPLE") == "all"


class ByTurn(LoadScopeScheduling):
    """Schedules all tests of one Turn in one process, which has to reach its beginning once."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("[")[2].rpartition("-")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByTurn:
    return ByTurn(config, log)


@pytest.fixture(scope="session")
def stand(new_world: Callable[[], World], tmp_path_factory: pytest.TempPathFactory) -> Stand:
    return Stand(new_world, lambda: tmp_path_factory.mktemp("cache"))


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten pauses between attempts to 0.02 s at most."""
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.02)))


class Run:
    """Process of ansible-playbook that runs one task."""

    def __init__(self, started: Started, directory: Path):
        # Kept, because a run that ends by itself writes its exit status to it.
        self._started, self.pid, self._directory = started, started.pid, directory

    @property
    def runs(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    @property
    def output(self) -> str:
        return (self._directory / "output").read_text(encoding="utf-8")

    def kill(self) -> None:
        """Send SIGKILL, which none can handle, to the process and its workers, each of which leads its own session."""
        workers = [
            int(child)
            for children in Path(f"/proc/{self.pid}/task").glob("*/children")
            for child in children.read_text(encoding="utf-8").split()
        ]
        assert workers, "ansible-playbook has no worker"
        for pid in (self.pid, *workers):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def one_task(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[World, Case, dict[str, Any]], Run]]:
    """Return one_task(world, case, options), which starts ansible-playbook with one task."""
    home = tmp_path_factory.mktemp("home")
    places = {"HOME": str(home), "ANSIBLE_HOME": str(home / "ansible"), "ANSIBLE_LOCAL_TEMP": str(home / "local")}
    environment = {**os.environ, **places}
    with playbooks(environment) as server:

        def start(world: World, case: Case, options: dict[str, Any]) -> Run:
            directory = tmp_path_factory.mktemp("run")
            task = {f"closednet.aws.{case.module}": world.options(case.account, **case.options, **options)}
            play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}
            # With another interpreter the task would run as a module, not in the action plugin.
            host = {"localhost": {"ansible_python_interpreter": sys.executable}}
            (directory / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
            (directory / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": host}}), encoding="utf-8")
            with (directory / "output").open("wb") as output:
                started = server.start(
                    ["-i", "hosts.yml", "play.yml"],
                    directory,
                    {**environment, "XDG_CACHE_HOME": str(world.cache)},
                    output.fileno(),
                )
            return Run(started, directory)

        yield start


# ---- the table ----------------------------------------------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
    ]
    tallies = [value for report in reports for key, value in report.user_properties if key == "faults"]
    if not tallies:
        return
    table = list(lines(tallies))
    terminalreporter.section("calls x faults: survived of tried")
    for line in table:
        terminalreporter.write_line(line)
    whole = EVERYTHING and not config.option.keyword and not terminalreporter.getreports("error")
    if whole:
        (REPOSITORY / "bench/FAULTS.md").write_text("\n".join([INTRODUCTION, *table, ""]), encoding="utf-8")


INTRODUCTION = """# Faults: calls x faults tried, survived

Written by `make faults`. Each turn of each case of `tests/contract` is run undisturbed once. Then each of its calls,
reads too, meets each fault, in a run of its own that begins where the undisturbed one began. Survived: a plain run
afterwards ends with the same resources as the undisturbed run, none twice and none missing, and a further run finds
nothing to do. Where the disturbed run itself has to get over the fault, it told the same as the undisturbed one; where
it can't, it named the call, the account, AWS's code and what to do next.

- calls: of the undisturbed runs; in brackets those that write
- lag: of calls that make an EC2 resource which the emulator can hide from reads for a while
- killed: SIGKILL of ansible-playbook and its worker, before and after each write
- the other columns: every call
"""


def lines(tallies: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of a Markdown table; a cell is `survived of tried`, or one number where both are the same."""
    faults = list(dict.fromkeys(tally["fault"] for tally in tallies))
    tried, survived, calls, writes = Counter(), Counter(), {}, {}
    for tally in tallies:
        for module in (tally["module"], "all"):
            tried[module, tally["fault"]] += tally["tried"]
            survived[module, tally["fault"]] += tally["survived"]
        # Set, not added: each fault reports the same counts of one Turn.
        calls[tally["module"], tally["turn"]] = tally["calls"]
        writes[tally["module"], tally["turn"]] = tally["writes"]
    yield "| module | calls | " + " | ".join(faults) + " | tried | survived |"
    yield "|---|" + "---:|" * (len(faults) + 3)
    for module in [*sorted({tally["module"] for tally in tallies}), "all"]:
        of = [sum(each[key] for key in each if module in (key[0], "all")) for each in (calls, writes)]
        cells = [
            str(tried[module, fault])
            if tried[module, fault] == survived[module, fault]
            else f"{survived[module, fault]} of {tried[module, fault]}"
            for fault in faults
        ]
        totals = [sum(each[module, fault] for fault in faults) for each in (tried, survived)]
        yield f"| {module} | {of[0]} ({of[1]}) | " + " | ".join([*cells, *map(str, totals)]) + " |"
