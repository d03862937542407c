# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The examples of every module's page, as far as they can be run without an account: options and what they declare."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import yaml

COLLECTION = "ansible_collections.closednet.aws.plugins"
MODULES = sorted(path.stem for path in (Path(__file__).parents[3] / "plugins" / "modules").glob("*.py"))


def imported(module):
    return import_module(f"{COLLECTION}.modules.{module}")


def options_of(module):
    """{name of the task: options} of the module's tasks in its examples."""
    tasks = yaml.safe_load(imported(module).EXAMPLES)
    name = f"closednet.aws.{module}"
    return {task["name"]: task[name] for task in tasks if name in task}


EXAMPLES = [
    pytest.param(module, options, id=f"{module}: {name}")
    for module in MODULES
    for name, options in options_of(module).items()
]


@pytest.mark.parametrize(("module", "options"), EXAMPLES)
def test_an_example_is_a_sound_declaration(declare, module, options):
    declared = declare(module, **options)

    # psc_service_info reads what psc_service owns.
    assert declared.owner.partition("/")[0] in (module, module.removesuffix("_info"))
    assert declared.resources


@pytest.mark.parametrize("module", MODULES)
def test_examples_show_how_to_create_and_how_to_delete(module):
    examples = options_of(module).values()
    options = yaml.safe_load(imported(module).DOCUMENTATION)["options"]

    assert examples
    if "state" in options:
        assert {example.get("state", "present") for example in examples} == {"present", "absent"}
