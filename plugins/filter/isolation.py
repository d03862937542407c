# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over the proof of isolation; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..module_utils._core.errors import Invalid
from ..module_utils._domain.pci.isolation_evidence import with_isolation_proof
from ..module_utils._domain.proof import coverage, evidence, prove
from ..module_utils._domain.reports import isolation_page, isolation_text
from ..module_utils._resources.shared import snapshot_folder
from ..plugin_utils.filter_errors import raising_ansible_error
from ..plugin_utils.plain import plain


def isolation_proof(
    accounts: dict[str, dict], snapshot_dir: str, window_hours: float = coverage.WINDOW_HOURS
) -> dict[str, Any]:
    hours = _hours(window_hours)
    files = snapshot_folder.load(Path(snapshot_dir))
    read = {
        host: {name: plain(variables[name]) for name in prove.READ if name in variables}
        for host, variables in accounts.items()
    }
    return prove.prove(files, read, hours)


def _hours(given: Any) -> float:
    try:
        hours = float(given)
    except (TypeError, ValueError):
        hours = -1.0
    if not 0 < hours < float("inf"):
        raise Invalid("window_hours", given, "is no number of hours", "a number above 0, such as 6")
    return hours


def isolation_changes(told: dict[str, Any], before: dict[str, Any]) -> list[str]:
    evidence.check(told, "evidence")
    evidence.check(before, "before")
    return evidence.changes(before, told)


def isolation_html(told: dict[str, Any]) -> str:
    evidence.check(told, "evidence")
    return isolation_page.isolation_html(told)


def isolation_lines(told: dict[str, Any]) -> list[str]:
    evidence.check(told, "evidence")
    return isolation_text.isolation_lines(told)


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (isolation_changes, isolation_html, isolation_lines, isolation_proof, with_isolation_proof)
        return {function.__name__: raising_ansible_error(function) for function in functions}
