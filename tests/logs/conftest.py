# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures: the emulator, as its own tests have it."""

from __future__ import annotations

from tests.emulator.conftest import emulator, emulator_process

__all__ = ["emulator", "emulator_process"]
