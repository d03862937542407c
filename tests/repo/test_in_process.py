# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action plugins: every module runs inside Ansible's worker, by a plugin of its name."""

from __future__ import annotations

import subprocess
import sys
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


@pytest.mark.parametrize("google", [False, True])
def test_a_cloud_needs_no_library_of_the_other(google):
    """Neither a module nor its action plugin loads the other cloud's client, however many of them a play has."""
    modules = [module for module in MODULES if module.startswith("psc_") is google]
    assert modules
    there = "ansible_collections.closednet.aws.plugins"
    names = [f"{there}.{kind}.{module}" for kind in ("modules", "action") for module in modules]
    of_other = (
        ("boto3", "botocore", f"{there}.module_utils._aws") if google else ("google", f"{there}.module_utils._gcp")
    )
    code = f"import sys, {', '.join(names)}; print([name for name in sys.modules if name.startswith({of_other})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
