# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The examples of the modules' pages, as far as they can be run without an account: options and what they declare."""

from __future__ import annotations

from importlib import import_module

import pytest
import yaml

MODULES = (
    "codeartifact_domain",
    "pci_role_guard",
    "service_control_policy",
    "privatelink_endpoint",
    "privatelink_service",
    "tgw_hub",
    "tgw_spoke",
    "tiered_vpc",
    "vpc_block_public_access",
)


def tasks(module):
    examples = import_module(f"ansible_collections.closednet.aws.plugins.modules.{module}").EXAMPLES
    return [task for task in yaml.safe_load(examples) if f"closednet.aws.{module}" in task]


@pytest.mark.parametrize(
    ("module", "task"), [pytest.param(module, task, id=task["name"]) for module in MODULES for task in tasks(module)]
)
def test_an_example_is_a_sound_declaration(declare, module, task):
    declared = declare(module, **task[f"closednet.aws.{module}"])

    assert declared.owner.startswith(f"{module}/")
    assert declared.resources


@pytest.mark.parametrize("module", MODULES)
def test_examples_show_how_to_make_and_how_to_remove(module):
    states = {task[f"closednet.aws.{module}"].get("state", "present") for task in tasks(module)}

    assert states == {"present", "absent"}
