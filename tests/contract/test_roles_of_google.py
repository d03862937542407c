# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PERMISSIONS of the modules for Google Cloud are exactly what their calls need, as the emulator checks them.

A principal with a module's shipped role does all that the module does, and each permission of it is asked for.
test_permissions.py does the same for AWS; what a run without a permission says: test_every_module.py, "denied".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.cases import CASES, INFO_CASES
from tests.contract.conftest import Converged
from tests.contract.google import operator_of
from tests.contract.world import World
from tools.iam_roles import MODULES, permissions

# Permissions that no call of a case needs.
UNCALLED = {
    "psc_service": {
        # Of backends that are network endpoint groups.
        "compute.networkEndpointGroups.get",
        "compute.networkEndpointGroups.use",
        "compute.regionNetworkEndpointGroups.get",
        "compute.regionNetworkEndpointGroups.use",
    },
    # Only for a service of the own project: test_psc.py.
    "psc_endpoint": {"compute.serviceAttachments.get"},
}


@pytest.mark.parametrize("module", MODULES)
def test_a_role_is_exactly_what_the_calls_ask_for(new_world: Callable[[], World], kept: Converged, module: str) -> None:
    kept.forget()
    asked: set[str] = set()
    for case in (case for case in [*CASES, *INFO_CASES] if case.module == module):
        world = new_world()
        case.before(world)

        def run(**more: Any) -> None:
            world.run(case.module, case.account, case.options, **more, access_token=operator_of(module))  # noqa: B023
            asked.update(permission for call in world.calls for permission in call["permissions"])  # noqa: B023

        case.go_through(world, run)
    assert asked == permissions(module) - UNCALLED.get(module, set())
