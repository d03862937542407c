# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over members of accounts; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..module_utils._domain.members import inventory
from ..module_utils._domain.members import who_gets_in as joined
from ..module_utils._domain.reports import who_gets_in as report
from ..plugin_utils.filter_errors import raising_ansible_error
from ..plugin_utils.plain import plain


def account_members_options(hosts: dict[str, dict], host: str) -> dict[str, Any]:
    return plain(inventory.options(hosts, host))


def who_gets_in(hosts: dict[str, dict], groups: dict[str, list[str]]) -> dict[str, Any]:
    return plain(joined.who_gets_in(hosts, groups))


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (
            account_members_options,
            who_gets_in,
            report.who_gets_in_html,
            report.who_gets_in_json,
            report.who_gets_in_lines,
        )
        return {function.__name__: raising_ansible_error(function) for function in functions}
