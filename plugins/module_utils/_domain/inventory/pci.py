# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of the PCI accounts and people of a whole inventory, before any API call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..iam.policy_evaluation import like
from ..values import identifiers

WAYS_IN, PASSABLE = "pci_account_break_glass_arns", "pci_account_passable_roles"


def problems(accounts: Mapping[str, Mapping[str, Any]]) -> list[Invalid]:
    """Return every problem of these hosts; option is "<host>.<variable>", with an index for an item of a list."""
    return [
        invalid
        for host, variables in accounts.items()
        for invalid in (*_of_keeper(host, variables), *_of_passable(host, variables), *_of_people(host, variables))
    ]


def _of_keeper(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield a problem if the service control policy would also apply to the role that manages the guard."""
    keeper, ways_in = variables.get("assume_role_arn"), variables.get(WAYS_IN) or []
    if not variables.get("pci_account_management_account_id") or variables.get("pci_account_state") == "absent":
        return
    if isinstance(keeper, str) and not any(like(keeper, str(way_in)) for way_in in ways_in):
        problem = f"let the service control policy bind {keeper}, which keeps the guard"
        yield Invalid(f"{host}.{WAYS_IN}", ways_in, problem, "assume_role_arn among them")


def _of_passable(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    guarded = variables.get("pci_account_path") or "/pci/"
    for index, pattern in enumerate(variables.get(PASSABLE) or []):
        invalid = refusal(identifiers.passable_role, f"{host}.{PASSABLE}[{index}]", pattern, guarded)
        if invalid:
            yield invalid


def _of_people(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    if variables.get("pci_people_manage_users") is not False:
        return
    for index, user in enumerate(variables.get("pci_people_users") or []):
        if isinstance(user, Mapping) and user.get("register_mfa"):
            option = f"{host}.pci_people_users[{index}].register_mfa"
            problem = "is of a user that isn't created here (pci_people_manage_users is false)"
            yield Invalid(option, True, problem, "the user's tag, set by whoever creates the user")
