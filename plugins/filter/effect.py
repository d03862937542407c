# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters over what a plan opens and closes; each is documented in the file of its name beside this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..module_utils._domain.effect import binding
from ..plugin_utils import effects
from ..plugin_utils.filter_errors import raising_ansible_error


def plan_effect(
    accounts: dict[str, dict], snapshot_dir: str, approved: dict[str, Any] | str | None = None
) -> dict[str, Any]:
    return effects.of_plan(accounts, snapshot_dir, approved)


def effect_beyond(effect: dict[str, Any], approved: dict[str, Any]) -> list[str]:
    return binding.beyond(effect, approved)


def effect_unnamed(effect: dict[str, Any], allow_opens: list[str] | None = None) -> list[str]:
    return binding.unnamed(effect, allow_opens or [])


class FilterModule:
    def filters(self) -> dict[str, Callable]:
        functions = (effect_beyond, effect_unnamed, plan_effect)
        return {function.__name__: raising_ansible_error(function) for function in functions}
