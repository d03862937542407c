# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles of modules that tag: they pass ignore_tags on, and the inventory's check knows which tags AWS accepts."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory.host_options import TAGGING
from ansible_collections.closednet.aws.plugins.module_utils._domain.values.tags import STRICT_SERVICES

ROOT = Path(__file__).parents[2]
ROLES = sorted(path.parent.parent.name for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"))


def tasks_of(role):
    """Yield (module, options) of the role's tasks with modules of this collection that take tags."""
    for path in (ROOT / "roles" / role / "tasks").glob("*.yml"):
        for task in yaml.safe_load(path.read_text(encoding="utf-8")):
            for word, options in task.items():
                if word.startswith("closednet.aws.") and "purge_tags" in options:
                    yield word.rpartition(".")[2], options


@pytest.mark.parametrize("role", ROLES)
def test_a_role_hands_on_the_tags_of_others(role):
    specification = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = specification["argument_specs"]["main"]["options"]
    tagging = list(tasks_of(role))
    assert (role in TAGGING) == (f"{role}_ignore_tags" in options) == bool(tagging)
    strict = set()
    for module, given in tagging:
        capability = import_module(
            f"ansible_collections.closednet.aws.plugins.module_utils._capabilities.{module}"
        ).CAPABILITY
        of_module = capability.full_argument_spec()["ignore_tags"]["options"]
        of_role = options[f"{role}_ignore_tags"]["options"]
        assert {name: {**option, "description": ""} for name, option in of_module.items()} == {
            name: {**option, "description": ""} for name, option in of_role.items()
        }
        assert f"{role}_ignore_tags" in given["ignore_tags"]
        strict.add(
            any("Tag" in action and action.partition(":")[0] in STRICT_SERVICES for action in capability.tagging)
        )
    assert not tagging or TAGGING[role] == any(strict)
