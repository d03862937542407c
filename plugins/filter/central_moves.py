# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over an inventory's central endpoints; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..module_utils._domain.endpoints import moves, traffic
from ..plugin_utils.filter_errors import raising_ansible_error
from ..plugin_utils.plain import plain


def central_endpoints_accounts(hosts: dict[str, dict], groups: dict[str, list[str]], hub: str) -> dict[str, Any]:
    return moves.accounts_of(hosts, groups, hub)


def central_endpoints_of(hosts: dict[str, dict], groups: dict[str, list[str]], host: str) -> dict[str, Any]:
    return plain(moves.central_of(hosts, groups, host))


def central_endpoints_waiting(hosts: dict[str, dict], groups: dict[str, list[str]]) -> list[str]:
    return moves.waiting(hosts, groups)


def central_endpoints_traffic_queries(
    hosts: dict[str, dict], archive: str, closed: list[str], days: int = 30
) -> list[dict[str, Any]]:
    table = traffic.flow_log_table(archive, hosts[archive])
    asked = [(host, (hosts[host].get("central_endpoints_answers_result") or {}).get("answers")) for host in closed]
    queries = {
        host: traffic.query(table, str(hosts[host]["account_id"]), traffic.addresses(answers), days)
        for host, answers in asked
        if table and answers
    }
    return plain([{"host": host, **one} for host, one in queries.items() if one])


def central_endpoints_traffic(answers: list[dict], days: int = 30) -> dict[str, float]:
    read = [one for one in answers if not one.get("failed") and one.get("rows")]
    return {str(one["item"]["host"]): traffic.gb_per_month(one["rows"], days) for one in read}


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (
            central_endpoints_accounts,
            central_endpoints_of,
            central_endpoints_traffic,
            central_endpoints_traffic_queries,
            central_endpoints_waiting,
        )
        return {function.__name__: raising_ansible_error(function) for function in functions}
