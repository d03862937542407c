# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures: the projects of gcp_world.py by their roles, each seen by Google's own client."""

from __future__ import annotations

import pytest

from tests.emulator.conftest import Emulator
from tests.emulator.gcp_world import DEPLOYER_A, OPERATOR, PROVIDER, READER, STRANGER
from tests.emulator.psc.google_clients import Project
from tests.emulator.psc.world import CONSUMER, OTHER, nat


@pytest.fixture
def provider(emulator: Emulator) -> Project:
    project = Project(emulator.endpoint, PROVIDER, OPERATOR)
    nat(project)
    return project


@pytest.fixture
def consumer(emulator: Emulator) -> Project:
    return Project(emulator.endpoint, CONSUMER, DEPLOYER_A)


@pytest.fixture
def other(emulator: Emulator) -> Project:
    return Project(emulator.endpoint, OTHER, OPERATOR)


@pytest.fixture
def stranger(emulator: Emulator) -> Project:
    """The provider's project, seen by somebody without any permission."""
    return Project(emulator.endpoint, PROVIDER, STRANGER)


@pytest.fixture
def reader(emulator: Emulator) -> Project:
    """The provider's project, seen by somebody who may only read."""
    return Project(emulator.endpoint, PROVIDER, READER)
