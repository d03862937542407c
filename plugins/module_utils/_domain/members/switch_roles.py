# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who gets into a PCI account by its own IAM roles and users, and which variables of the inventory declare them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..iam import trust_policies
from .identity_center import permission_set_of
from .ways import ENTITLEMENT, IAM_USER, PERMISSION_SET, SWITCH_ROLE, Way

Hosts = Mapping[str, Mapping[str, Any]]
# The variables of the guard's own roles. Roles of applications and for emergencies are declared as a whole.
OF_THE_GUARD = ("pci_account_users", "pci_account_roles")
PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(user|role)/(.+)")


def ways(
    found: Mapping[str, Any],
    variables: Mapping[str, Any],
    hosts: Hosts,
    groups: Mapping[str, Sequence[str]],
    known: Mapping[str, Sequence[Way]],
) -> Iterator[Way]:
    """Yield the ways of a PCI account's roles and users.

    found: ways_in of pci_guard_info; variables: the account's host; known: account id -> ways by IAM Identity Center.
    """
    for role in found["roles"] or ():
        if permission_set_of(role["role_arn"]):
            continue  # its assignments show who gets in
        apart = _apart(role["role_name"], variables)
        for principal in role["principals"]:
            declared = apart or _declares(role["role_name"], principal, variables)
            yield from _of_principal(role, principal, declared, hosts, groups, known)
        for account in role["whole_accounts"]:
            everybody = "anybody of any account" if account == "*" else f"anybody of the account {account}"
            yield Way(SWITCH_ROLE, role["role_name"], everybody, None, apart)
        for provider in role["federated"]:
            if provider == trust_policies.ACCOUNT_ACCESS and _entitled(role, known):
                continue  # its entitlements show who gets in
            name = f"whom the identity provider {provider} lets in"
            yield Way(SWITCH_ROLE, role["role_name"], name, None, apart)
    kept = set(variables.get("pci_account_break_glass_users") or ())
    for arn in found["users"] or ():
        user = arn.rpartition("/")[2]
        yield Way(IAM_USER, user, None, (user,), "pci_account_break_glass_users" if user in kept else None)


def _entitled(role: Mapping[str, Any], known: Mapping[str, Sequence[Way]]) -> bool:
    account, _role, name = role["role_arn"].partition("::")[2].partition(":role/")
    return any(way.by == ENTITLEMENT and way.role == name for way in known.get(account, ()))


def _apart(role: str, variables: Mapping[str, Any]) -> str | None:
    """Return the variable that names a role as one of applications or for emergencies."""
    for variable in ("pci_application_roles", "pci_break_glass_roles"):
        if role in (variables.get(variable) or ()):
            return variable
    return None


def _declares(role: str, principal: str, variables: Mapping[str, Any]) -> str | None:
    """Return the variable by which the account's guard lets this user or role of the identity account into the role."""
    parsed = PRINCIPAL.fullmatch(principal)
    if not parsed or parsed[1] != str(variables.get("pci_account_identity_account_id")):
        return None
    declared = [one for one in variables.get("pci_account_roles") or () if one.get("name") == role]
    if not declared:
        return None
    if parsed[2] == "user":
        if parsed[3] in (variables.get("pci_account_users") or ()):
            return "pci_account_users"
        return "pci_account_roles" if parsed[3] in (declared[0].get("users") or ()) else None
    return "pci_account_roles" if parsed[3] in (declared[0].get("federated_roles") or ()) else None


def _of_principal(
    role: Mapping[str, Any],
    principal: str,
    declared: str | None,
    hosts: Hosts,
    groups: Mapping[str, Sequence[str]],
    known: Mapping[str, Sequence[Way]],
) -> Iterator[Way]:
    parsed = PRINCIPAL.fullmatch(principal)
    if parsed and parsed[2] == "user" and not _is_pattern(principal):
        person = parsed[3].rpartition("/")[2]
        teams = list(_groups_of(person, parsed[1], role["role_arn"], hosts, groups))
        for team in teams or (None,):
            yield Way(SWITCH_ROLE, role["role_name"], team, (person,), declared)
        return
    from_set = _of_permission_set(principal)
    if from_set:
        account, name = from_set
        through = [way for way in known.get(account, ()) if way.by == PERMISSION_SET and fnmatchcase(way.role, name)]
        for way in through:
            label = f"{way.group or 'people'} of the permission set {way.role} in {account}"
            yield Way(SWITCH_ROLE, role["role_name"], label, way.people, declared)
        if through:
            return
    yield Way(SWITCH_ROLE, role["role_name"], principal, None, declared)


def _of_permission_set(principal: str) -> tuple[str, str] | None:
    """Return (account, name) of a permission set's role; the 16 digits at its end may be a pattern, too."""
    return permission_set_of(re.sub(r"_(\*|\?{16})$", f"_{'0' * 16}", principal))


def _is_pattern(principal: str) -> bool:
    return "*" in principal or "?" in principal


def _groups_of(
    person: str, account: str, role_arn: str, hosts: Hosts, groups: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Yield the groups of the identity account's declaration by which a person may switch to the role."""
    for host in groups.get("identity", ()):
        variables = hosts.get(host, {})
        if str(variables.get("account_id")) != account:
            continue
        users = [one for one in variables.get("pci_people_users") or () if one.get("name") == person]
        mine = {group for one in users for group in one.get("groups") or ()}
        for group in variables.get("pci_people_groups") or ():
            if group["name"] in mine and role_arn in [one["role_arn"] for one in group.get("roles") or ()]:
                yield group["name"]
