# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one exception that a run ends with."""

from __future__ import annotations

from typing import Any

from . import escape


class Failure(Exception):
    """What was being done, where, what went wrong, what is already done, what to do next.

    details: extra keys of the module's result (done, left, error_code, ...).
    """

    def __init__(self, message: str, **details: Any):
        # What AWS, or whoever names things there, says goes to a terminal.
        super().__init__(escape.text(message))
        self.details = details
