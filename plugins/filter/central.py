# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over the hub's central endpoints; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..module_utils._domain.endpoints import cost, proof
from ..module_utils._domain.network import snapshot
from ..module_utils._domain.reports import central_endpoints_cost as central_endpoints_cost_report
from ..module_utils._resources.shared import snapshot_folder
from ..plugin_utils.filter_errors import raising_ansible_error
from ..plugin_utils.plain import plain


def central_unproven(
    doctor_result: dict[str, Any],
    central_result: dict[str, Any],
    services: list[str],
    snapshot_dir: str,
    paths_only: bool = False,
) -> list[str]:
    # Without a subnet nothing is proven, whatever the folder has.
    files = snapshot_folder.load(Path(snapshot_dir)) if doctor_result.get("subnet_ids") else {}
    network = snapshot.parse(files) if files else None
    return proof.unproven(doctor_result, central_result, services, network, paths_only)


def central_endpoints_cost(
    hosts: dict[str, dict],
    central_result: dict[str, Any] | None = None,
    prices: dict[str, float] | None = None,
    gb_per_month: dict[str, float] | None = None,
) -> dict[str, Any]:
    return plain(cost.cost(hosts, central_result, prices or {}, gb_per_month or {}))


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (
            central_endpoints_cost,
            central_endpoints_cost_report.central_endpoints_cost_html,
            central_endpoints_cost_report.central_endpoints_cost_lines,
            central_unproven,
        )
        return {function.__name__: raising_ansible_error(function) for function in functions}
