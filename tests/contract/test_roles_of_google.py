# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PERMISSIONS of the modules for Google Cloud are exactly what their calls need, as the emulator checks them.

A principal with a module's shipped role does all that the module does; one that lacks any permission of it fails
somewhere. test_permissions.py does the same for AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from tests.contract.case import Case
from tests.contract.cases import CASES, INFO_CASES
from tests.contract.conftest import Converged, converge
from tests.contract.google import lacking
from tests.contract.world import World, capability
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
    # The first only for a service of the own project: test_psc.py. IAM has pscUpdate beside update; Google documents
    # nowhere which of them a change of an endpoint asks for.
    "psc_endpoint": {"compute.serviceAttachments.get", "compute.forwardingRules.pscUpdate"},
}


def cases(module: str) -> list[Case]:
    return [case for case in [*CASES, *INFO_CASES] if case.module == module]


def created(world: World, case: Case, token: str) -> None:
    """Run the module from nothing to nothing."""
    case.before(world)
    world.run(case.module, case.account, case.options, access_token=token)
    for others in case.between:
        others(world)
        world.run(case.module, case.account, case.options, access_token=token)
    if not capability(case.module).reads_only:
        case.before_absent(world)
        world.run(case.module, case.account, case.options, access_token=token, state="absent")


def repaired(world: World, case: Case, token: str) -> None:
    """Run the module after each drift."""
    converge(world, case)
    for drift in case.drifts:
        drift.make(world)
        confirmed = {"confirm_removals": list(drift.confirm)} if drift.confirm else {}
        world.run(case.module, case.account, case.options, access_token=token, **confirmed)
        if drift.others:
            drift.others(world)
            world.run(case.module, case.account, case.options, access_token=token)


def phases(module: str) -> Iterator[tuple[Case, Callable[[World, Case, str], None]]]:
    for phase in (created, repaired):
        for case in cases(module):
            if case.drifts or phase is created:
                yield case, phase


@pytest.mark.parametrize("module", MODULES)
def test_a_role_is_enough(new_world: Callable[[], World], kept: Converged, module: str) -> None:
    kept.forget()
    for case, phase in phases(module):
        phase(new_world(), case, lacking(module))


@pytest.mark.parametrize(
    ("module", "permission"),
    [
        (module, permission)
        for module in MODULES
        for permission in sorted(permissions(module) - UNCALLED.get(module, set()))
    ],
)
def test_a_role_is_not_more_than_enough(
    new_world: Callable[[], World], kept: Converged, module: str, permission: str
) -> None:
    kept.forget()
    for case, phase in phases(module):
        try:
            phase(new_world(), case, lacking(module, permission))
        except Failure as failure:
            text = str(failure)
            assert case.account in text and "Next: " in text
            of_guard = permission == "resourcemanager.projects.get"
            assert of_guard or f"docs/iam/{module}.yml" in text, text
            return
    raise AssertionError(f"{module} needs no {permission}")
