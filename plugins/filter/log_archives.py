# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over an inventory's log archives; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..module_utils._domain.logs import sources
from ..plugin_utils.filter_errors import raising_ansible_error


def log_archive_of(
    archives: dict[str, dict], groups: dict[str, list[str]], region: str | None = None, trails: bool = False
) -> dict[str, Any]:
    find = sources.trail_archive_of if trails else sources.archive_of
    return find(archives, groups, region)


def log_archive_sources(accounts: dict[str, dict], groups: dict[str, list[str]], host: str) -> dict[str, Any]:
    return sources.archive_sources(accounts, groups, host)


def log_destinations(
    archive: dict[str, Any],
    all_log_groups: bool,
    table: str | None = None,
    log_groups: list[dict] | None = None,
    account_id: str = "",
) -> dict[str, Any]:
    return sources.destinations(archive, all_log_groups, table, log_groups or [], account_id)


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (log_archive_of, log_archive_sources, log_destinations)
        return {function.__name__: raising_ansible_error(function) for function in functions}
