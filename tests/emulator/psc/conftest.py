# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures: one emulator of Google Cloud for these tests, and its projects by their roles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.conftest import Emulator, running
from tests.emulator.psc.google_clients import Project
from tests.emulator.psc.world import CONSUMER, OTHER, PROVIDER, SEED


@pytest.fixture(scope="session")
def google_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running({"google": SEED}, tmp_path_factory.mktemp("google")) as process:
        yield process


@pytest.fixture
def google(google_process: Emulator) -> Emulator:
    google_process.control("POST", "reset")
    return google_process


@pytest.fixture
def provider(google: Emulator) -> Project:
    return Project(google.endpoint, PROVIDER, "operator")


@pytest.fixture
def consumer(google: Emulator) -> Project:
    return Project(google.endpoint, CONSUMER, "deployer")


@pytest.fixture
def other(google: Emulator) -> Project:
    return Project(google.endpoint, OTHER, "operator")


@pytest.fixture
def stranger(google: Emulator) -> Project:
    """The provider's project, seen by somebody without any permission."""
    return Project(google.endpoint, PROVIDER, "stranger")


@pytest.fixture
def reader(google: Emulator) -> Project:
    """The provider's project, seen by somebody who may only read."""
    return Project(google.endpoint, PROVIDER, "reader")
