# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action plugins: every module runs inside Ansible's worker, by a plugin of its name."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins" / "modules").glob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_runs_in_process(module):
    plugins = "ansible_collections.closednet.aws.plugins"
    shared = import_module(f"{plugins}.plugin_utils.in_process")
    action = import_module(f"{plugins}.action.{module}").ActionModule

    assert issubclass(action, shared.ActionModule)
    assert action.CAPABILITY is import_module(f"{plugins}.modules.{module}").CAPABILITY
