# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over networks that exist; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..module_utils._core.errors import Invalid
from ..plugin_utils import adoption_files
from ..plugin_utils.filter_errors import raising_ansible_error


def adopted_inventory(
    accounts: dict[str, dict[str, Any]],
    snapshot_dir: str,
    adopt_release: list[str] | None = None,
    adopt_dir: str = "DIR",
) -> dict[str, Any]:
    if not isinstance(accounts, dict):
        raise Invalid("accounts", accounts, "is not a mapping", "the variables of each host")
    released = adopt_release or []
    if not isinstance(released, list) or not all(isinstance(one, str) for one in released):
        raise Invalid("adopt_release", released, "is not a list of texts", "ids, or names of stacks")
    return adoption_files.written(accounts, str(snapshot_dir), released, str(adopt_dir))


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        return {"adopted_inventory": raising_ansible_error(adopted_inventory)}
