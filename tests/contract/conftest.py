# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures of worlds for the cases, on one emulator process for each pytest worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract.case import Case
from tests.contract.world import WITH_HANDS, World
from tests.emulator.conftest import running


class Converged:
    """Converged world of the case requested last; reused while tests leave it as they found it."""

    def __init__(self, new_world: Callable[[], World]):
        self._new_world = new_world
        self._case: Case | None = None
        self.world: World | None = None
        self.contents: dict[str, Any] = {}

    def of(self, case: Case) -> World:
        if self._case is not case:
            self.world = self._new_world()
            converge(self.world, case)
            self.contents = case.contents(self.world)
            self._case = case
        return self.world

    def forget(self) -> None:
        self._case = None


def converge(world: World, case: Case, prepared: bool = False) -> list[dict[str, Any]]:
    """Run the module until all that the case declares exists; return the results. prepared: `before` was called."""
    if not prepared:
        case.before(world)
    results = [world.run(case.module, case.account, case.options)]
    for others in case.between:
        others(world)
        results.append(world.run(case.module, case.account, case.options))
    return results


@pytest.fixture(scope="session")
def new_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], World]]:
    clients: dict[tuple[str, str], Any] = {}
    with running(WITH_HANDS, tmp_path_factory.mktemp("emulator")) as emulator:
        yield lambda: World(emulator, tmp_path_factory.mktemp("cache"), clients)


@pytest.fixture(scope="session")
def kept(new_world: Callable[[], World]) -> Converged:
    return Converged(new_world)


@pytest.fixture
def world(new_world: Callable[[], World], kept: Converged) -> World:
    """World of empty accounts."""
    kept.forget()
    return new_world()


@pytest.fixture
def converged(kept: Converged, request: pytest.FixtureRequest) -> Iterator[Callable[[Case], Converged]]:
    """Return converged(case), which returns a Converged where all that the case declares exists.

    A test that fails leaves no world for the next one.
    """

    def of(case: Case) -> Converged:
        kept.of(case)
        return kept

    failed = request.session.testsfailed
    yield of
    if request.session.testsfailed > failed:
        kept.forget()
