# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over the algorithms of an inventory; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..module_utils._domain.network import snapshot
from ..module_utils._domain.registry import offers, states
from ..module_utils._resources.shared import snapshot_folder
from ..plugin_utils.filter_errors import raising_ansible_error
from ..plugin_utils.inventory_problems import Once


def algorithm_hosts(hosts: dict[str, dict], groups: dict[str, list[str]], registry: str) -> list[str]:
    return offers.hosts_to_read(_once(hosts), groups, registry)


def algorithm_states(
    hosts: dict[str, dict], groups: dict[str, list[str]], registry: str, snapshot_dir: str | None = None
) -> dict[str, Any]:
    read = None
    if snapshot_dir is not None:
        files = snapshot_folder.load(Path(snapshot_dir))
        # Where no account could be read, nothing is known.
        read = snapshot.parse(files).whole() if files else snapshot.Snapshot({})
    return states.states(_once(hosts), groups, registry, read)


def _once(hosts: dict[str, dict]) -> dict[str, Once]:
    """Return the hosts' variables, each templated once, when it is asked for."""
    return {host: Once(host, variables) for host, variables in hosts.items()}


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (algorithm_hosts, algorithm_states)
        return {function.__name__: raising_ansible_error(function) for function in functions}
