# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many GB a closed VPC sends to and gets from its endpoints in a month, from flow logs in a log archive.

The addresses are those that answer for the services in the VPC, its own endpoints' or the hub's. A flow log of a VPC
records a packet at each of its network interfaces ("Logging IP traffic using VPC Flow Logs"): between a workload and an
endpoint of the same VPC twice, to the hub's endpoint once, since the hub's own records are of another account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from ..._core.errors import Invalid
from ..logs import layout, tables

LOCAL, HUB = "endpoint", "profile_endpoint"
# What flow logs name the fields, and as what log_query has a query's parameters.
MOST_DAYS = 400
BYTES_OF_A_GB = 10**9  # AWS bills by this one for data processed, not verified; 2**30 is 7 % more
DAYS_OF_A_MONTH = 30


def flow_log_table(host: str, archive: Mapping[str, Any]) -> str | None:
    """Return the name of an archive's table of flow logs, with its database; None if it has none."""
    parsed = tables.parse(f"{host}.log_archive_tables", archive.get("log_archive_tables") or [])
    found = [table.name for table in parsed if table.type == "vpc_flow_logs"]
    return f"{layout.database(archive.get('log_archive_name') or host)}.{found[0]}" if found else None


def addresses(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return {LOCAL: addresses, HUB: addresses} of closed_vpc_doctor's `answers`."""
    found: dict[str, set[str]] = {LOCAL: set(), HUB: set()}
    for one in answers.values():
        if one.get("by") in found:
            found[one["by"]].update(filter(_is_address, _flat(one.get("addresses") or ())))
    return {kind: sorted(ones) for kind, ones in found.items()}


def _flat(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    items = given.values() if isinstance(given, Mapping) else given
    return [text for item in items for text in _flat(item)]


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def query(table: str, account_id: str, found: Mapping[str, Sequence[str]], days: int) -> dict[str, Any] | None:
    """Return {sql, parameters} for log_query: one row, {local, hub} in bytes. None without an address to ask for."""
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("central_endpoints_days", days, "is no number of days", f"1 to {MOST_DAYS}")
    if not any(found.values()):
        return None
    columns, parameters = [], []
    for kind, name in ((LOCAL, "local"), (HUB, "hub")):
        columns.append(f"coalesce(sum(CASE WHEN {_between(found[kind])} THEN bytes ELSE 0 END), 0) AS {name}")
        parameters += [*found[kind], *found[kind]]
    recent = f"day >= date_format(current_timestamp - interval '{int(days)}' day, '%Y/%m/%d')"
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE account = ? AND {recent} AND action = 'ACCEPT'"
    return {"sql": sql, "parameters": [*parameters, account_id]}


def _between(addresses: Sequence[str]) -> str:
    if not addresses:
        return "false"
    asked = ", ".join("?" * len(addresses))
    return f"srcaddr IN ({asked}) OR dstaddr IN ({asked})"


def gb_per_month(rows: Sequence[Mapping[str, Any]], days: int) -> float:
    """Return the GB of 30 days, from the rows of `query`."""
    total = sum(int(row["local"]) / 2 + int(row["hub"]) for row in rows)
    return round(total / BYTES_OF_A_GB * DAYS_OF_A_MONTH / days, 3)
