# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a capability as an Ansible module, or inside Ansible's worker. The only file of the core that knows Ansible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import guard, options
from .capability import Capability, Declared
from .cloud import Cloud, NoCloud
from .errors import Failure, Invalid
from .reconcile import Conflict
from .runner import converge


def run(capability: Capability) -> None:
    """Run a capability as a module's main()."""
    module = AnsibleModule(
        argument_spec=capability.full_argument_spec(),
        supports_check_mode=True,
        **capability.constraints,
    )
    module.no_log_values.update(options.contents(module.argument_spec, module.params))
    missing = capability.cloud.missing()
    if missing:
        module.fail_json(msg=missing_required_lib(missing))
    try:
        result = execute(capability, module.params, module.check_mode)
    except Failure as failure:
        module.fail_json(msg=str(failure), **failure.details)
    module.exit_json(**result)


def execute(
    capability: Capability,
    params: Mapping[str, Any],
    check_mode: bool,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Run a capability and return the module's result, in a module or in Ansible's worker. Raises Failure.

    progress: called with the progress of a long plan; None in a module's own process, which can't show it.
    """
    outdated = capability.cloud.outdated()
    if outdated:
        raise Failure(f"{outdated}. Nothing was read or written")
    offline = capability.offline and params[capability.offline] is not None
    try:
        declared = declare(capability, params)
    except Invalid as error:
        where = "" if offline else f"{capability.cloud.account_noun} {params[capability.cloud.account_option]}; "
        raise Failure(f"{error} ({where}nothing was read or written)") from error
    cloud: Cloud = NoCloud() if offline else capability.cloud.connect(params)
    noun = capability.cloud.account_noun
    where = capability.name if offline else f"{capability.name} in {noun} {cloud.account_id} ({cloud.region})"
    try:
        return converge(capability, declared, cloud, params, check_mode, progress)
    except (Conflict, Invalid) as error:
        raise Failure(f"{where}: {error}. Nothing was written", api_calls=dict(cloud.calls)) from error
    except Failure as failure:
        raise Failure(f"{where}: {failure}", **{"api_calls": dict(cloud.calls), **failure.details}) from failure
    except cloud.errors as error:
        raise Failure(
            f"{where}: reading what is there: {cloud.describe(error)}. {cloud.next_step(error, capability.name)}",
            error_code=cloud.code(error),
            api_calls=dict(cloud.calls),
        ) from error


def declare(capability: Capability, params: Mapping[str, Any]) -> Declared:
    """Return what these options declare; sends no call. Raises Invalid."""
    given = {name: value for name, value in params.items() if name in capability.specification}
    for invalid in options.problems(capability.specification, given):
        raise invalid
    if not capability.offline or params[capability.offline] is None:
        capability.cloud.check(params)
    guard.check_options(params)
    return capability.declare(capability.cloud.normalise(params, capability.tagging))
