# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways of people into an account, and who is declared for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..._core.errors import Invalid

PERMISSION_SET, ENTITLEMENT, SWITCH_ROLE, IAM_USER = "permission_set", "entitlement", "switch_role", "iam_user"
WORDS = {
    PERMISSION_SET: "the permission set {}",
    ENTITLEMENT: "the entitlement to the role {}",
    SWITCH_ROLE: "the role {}",
    IAM_USER: "being the account's own IAM user {}",
}
MEMBERS, OF_OTHERS = "members", "members_of_others"
# How members_of_others names a user who is assigned without a group.
USER = "user/"


@dataclass(frozen=True)
class Way:
    """A way into an account.

    by           PERMISSION_SET, ENTITLEMENT, SWITCH_ROLE or IAM_USER
    role         name of the permission set or IAM user; of a role with its path, if any
    group        name of the group, or of whatever else gets in as one (an account, an identity provider); None: people
    people       names of the people, None if they aren't known
    declared_by  the variable that declares it, None if none does
    """

    by: str
    role: str
    group: str | None
    people: tuple[str, ...] | None
    declared_by: str | None = None

    @property
    def words(self) -> str:
        return WORDS[self.by].format(self.role)

    def declared_in(self, members: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]]) -> Way:
        """Return the way with the variable that declares it. members: declared here; others: of members_of_others."""
        names = [self.group] if self.group is not None else [f"{USER}{person}" for person in self.people or ()]
        names = [name.removesuffix(" (disabled)") for name in names]
        for variable, declared in ((MEMBERS, members), (OF_OTHERS, others)):
            if names and set(names) <= set(declared.get(self.role) or ()):
                return replace(self, declared_by=variable)
        return self


def declared_accounts(hosts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return account id -> {"host", "members": {permission set or role: groups}} of the hosts that declare members.

    Several hosts of one account add up. hosts: the variables of each host. Raises Invalid for members of another shape.
    """
    accounts: dict[str, dict[str, Any]] = {}
    for host, variables in hosts.items():
        declared = variables.get(MEMBERS)
        if declared is None or variables.get("account_id") is None:
            continue
        check_members(f"{host}.{MEMBERS}", declared)
        account = accounts.setdefault(str(variables["account_id"]), {"host": host, "members": {}})
        for role, groups in declared.items():
            have = account["members"].setdefault(role, [])
            have += [group for group in groups if group not in have]
    return accounts


def check_members(option: str, declared: Any) -> None:
    """Check the shape of members: names and lists. Raises Invalid."""
    if not isinstance(declared, Mapping):
        raise Invalid(option, declared, "is no mapping", "{developers: [group-a]}")
    for role, names in declared.items():
        if not isinstance(names, (list, tuple)):
            raise Invalid(f"{option}.{role}", names, "is no list", "a list of groups' display names, [] for nobody")


def of_others(hosts: Mapping[str, Mapping[str, Any]], account_id: str) -> dict[str, list[str]]:
    """Return what members_of_others of the account's hosts declares: permission set or role -> groups, USER + name."""
    declared: dict[str, list[str]] = {}
    for variables in hosts.values():
        if str(variables.get("account_id")) == account_id:
            for role, names in (variables.get(OF_OTHERS) or {}).items():
                declared.setdefault(role, []).extend(names or ())
    return declared
