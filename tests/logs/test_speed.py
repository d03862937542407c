# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The function beside gzip and JSON alone, on the same records."""

from __future__ import annotations

import pytest

from bench import log_handler


@pytest.mark.parametrize("table", ["cloudwatch", "app"])
def test_the_function_is_slower_by_less_than_its_limit(table: str) -> None:
    """The ratio alone: absolute times are of one machine. A quarter more, for machines that are busy."""
    speed = log_handler.measured(table)
    print("\n".join(log_handler.report([speed])))
    assert speed.ratio < 1.25 * log_handler.MOST
