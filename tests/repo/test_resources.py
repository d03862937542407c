# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names in resource files, which no type checker sees."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.resource import HOOKS, ReadOnly

UTILS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
PACKAGE = "ansible_collections.closednet.aws.plugins.module_utils._resources"
# Two files are of one kind, for endpoints of AWS's services and of others'; a shared gateway is read as the hub's.
OTHER_NAME = {"aws_service_endpoint": "vpc_endpoint", "interface_endpoint": "vpc_endpoint"} | {
    "shared_transit_gateway": "transit_gateway",
    "tier_security_group": "security_group",
    "checker_function": "lambda_function",
    "checker_security_group": "security_group",
    "gateway_endpoint": "vpc_endpoint",
    "central_endpoint": "vpc_endpoint",
    "local_endpoint": "vpc_endpoint",
}


def resources():
    for path in sorted((UTILS / "_resources").glob("*/*.py")):
        module = import_module(f"{PACKAGE}.{path.parent.name}.{path.stem}")
        if isinstance(module, ReadOnly):
            yield module


RESOURCES = {resource.__name__.rpartition(".")[2]: resource for resource in resources()}
KINDS = {resource.KIND.name for resource in RESOURCES.values()}


def test_there_are_some():
    assert len(RESOURCES) > 60


@pytest.mark.parametrize("name", RESOURCES)
def test_a_file_has_the_name_of_its_kind(name):
    assert RESOURCES[name].KIND.name == OTHER_NAME.get(name, name)


@pytest.mark.parametrize("name", RESOURCES)
def test_a_kind_that_is_read_first_exists(name):
    assert set(RESOURCES[name].READ_AFTER) <= KINDS
    assert set(RESOURCES[name].KIND.depends_on) <= KINDS


@pytest.mark.parametrize("name", RESOURCES)
def test_a_file_names_the_inputs_that_it_reads(name):
    """So a module that lacks one fails when it is loaded: see check of _core/resource.py.

    A file may pass inputs to another file's function, so it can name more than it reads.
    """
    read = set(re.findall(r"\binputs\.(\w+)", inspect.getsource(RESOURCES[name])))
    assert read <= set(RESOURCES[name].INPUTS)
    assert list(RESOURCES[name].INPUTS) == sorted(RESOURCES[name].INPUTS)


@pytest.mark.parametrize("name", RESOURCES)
def test_no_hook_is_misspelt(name):
    """The engine looks hooks up by name, so it would never call a misspelt one."""
    hooks = {
        function
        for function, value in inspect.getmembers(RESOURCES[name], inspect.isfunction)
        if value.__module__ == RESOURCES[name].__name__
        and list(inspect.signature(value).parameters) in (["wanted", "found", "declared"], ["aws", "declared", "found"])
        and not function.startswith("_")
    }
    assert hooks <= set(HOOKS)
