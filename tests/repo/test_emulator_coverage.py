# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of the emulator's operations is as tools/emulator_coverage.py writes it."""

from __future__ import annotations

from tools import emulator_coverage


def test_the_page_is_as_written():
    assert emulator_coverage.PAGE.read_text(encoding="utf-8") == emulator_coverage.written(), "run `make generated`"
