# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a module's capability inside Ansible's worker instead of in a process of its own.

A process of its own costs Python's start, boto3's import and the parsing of EC2's service model for every host and
task: more than everything else together. Here they are loaded once, when the strategy loads this class in the parent,
and the workers are forked with them. Each module has an action plugin of its name in plugins/action, a subclass of this
class: a redirect in meta/runtime.yml would do, but ansible-test and antsibull-docs take it for one of the module.

It is the same code with the same options and the same result as the module's. If a task isn't plain local (another
connection, become, async, another interpreter), the ordinary module runs instead.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import partial

from ansible import constants as C
from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.warnings import get_warning_messages
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._core import escape, options
from ..module_utils._core.capability import Capability
from ..module_utils._core.errors import Failure
from ..module_utils._core.module import execute
from .plain import plain
from .templates import refusal


def prepared(capability):
    """Load what the first clients of a capability read and parse, and return the capability."""
    if not capability.cloud.missing():
        capability.cloud.preload(action for resource in capability.resources for action in resource.PERMISSIONS)
    # The workers' garbage collectors skip what exists now. Otherwise they would write to its memory pages, and every
    # worker would get a copy of them.
    gc.collect()
    gc.freeze()
    return capability


class ActionModule(ActionBase):
    """Action plugin that runs CAPABILITY: a module's, prepared."""

    CAPABILITY: Capability

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        if refused := refusal():
            return {**result, "failed": True, "msg": refused}
        if not self._is_plain_local(task_vars):
            return {**result, **self._execute_module(task_vars=task_vars, wrap_async=bool(self._task.async_val))}
        environment = {}
        self._compute_environment_string(environment)
        # A worker is forked for one task, so nothing else sees this.
        os.environ.update({key: str(value) for key, value in environment.items()})
        return {**result, **self._run_here((task_vars or {}).get("inventory_hostname", ""))}

    def _is_plain_local(self, task_vars):
        interpreter = task_vars.get("ansible_python_interpreter") or C.config.get_config_value(
            "INTERPRETER_PYTHON", variables=task_vars
        )
        interpreter = self._templar.template(interpreter)
        return (
            not self.CAPABILITY.cloud.missing()  # else the ordinary module says what is missing
            and self._connection.transport == "local"
            and not self._connection.become
            and not self._task.async_val
            and (interpreter.startswith("auto") or os.path.abspath(interpreter) == os.path.abspath(sys.executable))
        )

    def _tell(self, host, progress):
        # A plan of hundreds of steps takes an hour, and Ansible shows nothing of a task before it ends.
        Display().display(f"{self._task.action} [{escape.text(str(host))}]: {progress}")

    def _run_here(self, host):
        capability = self.CAPABILITY
        given = plain(self._task.args)
        # Before Ansible's check, which raises an exception of its own if a number is given for a mapping.
        known = {name: value for name, value in given.items() if name in capability.specification}
        for invalid in options.problems(capability.specification, known):
            return {"failed": True, "msg": f"{invalid} (nothing was read or written)", "changed": False}
        validator = ModuleArgumentSpecValidator(capability.full_argument_spec(), **capability.constraints)
        validated = validator.validate(given)
        params = validated.validated_parameters
        try:
            if validated.error_messages:
                unsupported = isinstance(validated.errors[0], UnsupportedError)
                prefix = f"Unsupported parameters for ({self._task.action}) module: " if unsupported else ""
                raise Failure(escape.sentence(prefix + validated.errors.msg))
            result = execute(capability, params, self._task.check_mode, partial(self._tell, host))
        except Failure as failure:
            result = {"failed": True, "msg": str(failure), "changed": False, **failure.details}
        if getattr(C, "INJECT_INVOCATION", True):
            result["invocation"] = {"module_args": params}
        warnings = get_warning_messages()
        if warnings:
            result["warnings"] = warnings
        # AnsibleModule takes them from the same attribute; there is no public one.
        hidden = validated._no_log_values | options.contents(capability.specification, params)  # noqa: SLF001
        return remove_values(result, hidden)
