# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over an inventory's central endpoints; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..module_utils._domain.endpoints import moves
from ..plugin_utils.filter_errors import raising_ansible_error
from ..plugin_utils.plain import plain


def central_endpoints_accounts(hosts: dict[str, dict], groups: dict[str, list[str]], hub: str) -> dict[str, Any]:
    return moves.accounts_of(hosts, groups, hub)


def central_endpoints_of(hosts: dict[str, dict], groups: dict[str, list[str]], host: str) -> dict[str, Any]:
    return plain(moves.central_of(hosts, groups, host))


def central_endpoints_waiting(hosts: dict[str, dict], groups: dict[str, list[str]]) -> list[str]:
    return moves.waiting(hosts, groups)


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (central_endpoints_accounts, central_endpoints_of, central_endpoints_waiting)
        return {function.__name__: raising_ansible_error(function) for function in functions}
