# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Join what was read of IAM Identity Center and of PCI accounts' roles: which people get into which account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from . import switch_roles
from .ways import ENTITLEMENT, PERMISSION_SET, Way, declared_accounts, of_others

Hosts = Mapping[str, Mapping[str, Any]]
Groups = Mapping[str, Sequence[str]]
STATUS, WAYS_IN = "account_members_status", "pci_ways_in_result"
OURS = "account_members/"
NOT_LOOKED_AT = "who_gets_in_account_ids leaves it out"
LIMITS = (
    "The IAM users and roles of accounts outside the group pci aren't read.",
    "Who is in a group of an external identity provider, only that provider decides.",
    "The root user of each account gets in by its own password.",
)


@dataclass
class Account:
    """An account, who gets in, and what is wrong or unknown about it. host: "" for one that no host declares."""

    account_id: str
    host: str = ""
    ways: list[Way] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        people: dict[str, list[str]] = {}
        for way in self.ways:
            for person in way.people or ():
                people.setdefault(person, []).append(way.role)
        return {
            "host": self.host or None,
            "account_id": self.account_id,
            "people": {person: list(dict.fromkeys(roles)) for person, roles in sorted(people.items())},
            "ways": [{**asdict(way), "people": None if way.people is None else list(way.people)} for way in self.ways],
            "problems": self.problems,
            "unknown": self.unknown,
            "notes": self.notes,
        }


def who_gets_in(hosts: Hosts, groups: Groups) -> dict[str, Any]:
    """Return {"accounts": [...], "others": [...], "problems": [texts], "unknown": [texts], "limits": [texts]}.

    hosts: the variables of each host. Reads account_id, members, members_of_others, account_members_backend,
    account_members_groups, pci_account_*, pci_people_*, and the results STATUS of the group identity_center's hosts and
    WAYS_IN of the group pci's.

    others: accounts that no host declares. A problem is somebody who gets in without being declared, or is declared and
    doesn't. Unknown is what wasn't read: nobody knows who gets in by it.
    """
    accounts = _accounts(hosts)
    unknown: list[str] = []
    centers = [host for host in groups.get("identity_center", ()) if host in hosts]
    if not centers:
        unknown.append("the group identity_center has no host: who gets in by IAM Identity Center wasn't read")
    for host in centers:
        unknown += _of_center(host, hosts, accounts)
    for host in groups.get("pci", ()):
        if host in hosts:
            _of_pci(host, hosts, groups, accounts)
    for account in accounts.values():
        account.ways.sort(key=lambda way: (way.by, way.role, way.group or ""))
    inside = [account for account in accounts.values() if account.host]
    others = sorted((one for one in accounts.values() if not one.host), key=lambda one: one.account_id)
    return {
        "accounts": [one.as_data() for one in inside],
        "others": [one.as_data() for one in others],
        "problems": [f"{_name(one)}: {text}" for one in (*inside, *others) for text in one.problems],
        "unknown": [*unknown, *(f"{_name(one)}: {text}" for one in (*inside, *others) for text in one.unknown)],
        "limits": list(LIMITS),
    }


def _name(account: Account) -> str:
    return account.host or account.account_id


def _accounts(hosts: Hosts) -> dict[str, Account]:
    """Return the accounts of the inventory, by their ids, each with the first host that has it."""
    accounts: dict[str, Account] = {}
    for host, variables in hosts.items():
        if variables.get("account_id") is not None:
            accounts.setdefault(str(variables["account_id"]), Account(str(variables["account_id"]), host))
    return accounts


def _of_center(host: str, hosts: Hosts, accounts: dict[str, Account]) -> list[str]:
    """Add to the accounts who gets in by this instance. Return what is unknown of it."""
    center, status = hosts[host], hosts[host].get(STATUS) or {}
    if "assignments" not in status:
        return [f"{host}: IAM Identity Center wasn't read: {status.get('msg', 'not looked at')}"]
    declared = declared_accounts(hosts)
    backend = center.get("account_members_backend") or PERMISSION_SET
    of_groups = {one["group_id"]: one for one in status["groups"]}
    disabled = {one["name"] for one in status["users"] if one["status"] == "DISABLED"}
    # Entitlements have no tags: with this backend each undeclared one is a problem, in other accounts, too.
    ours = backend == ENTITLEMENT
    for one in (*status["assignments"], *status["entitlements"]):
        account = accounts.setdefault(one["account_id"], Account(one["account_id"]))
        way = _way(one, of_groups, disabled)
        members = declared.get(account.account_id, {}).get("members", {})
        way = way.declared_in(members if way.by == backend else {}, of_others(hosts, account.account_id))
        account.ways.append(way)
        _judge(account, way, one, status, ours)
    looked_at = status.get("account_ids") or accounts
    for account_id, one in declared.items():
        if account_id in looked_at:
            _missing(accounts[account_id], one["members"], backend, status)
    for account_id in accounts.keys() - looked_at:
        accounts[account_id].notes.append(f"{NOT_LOOKED_AT}: who gets in by IAM Identity Center isn't known")
    _of_members(center, status, accounts)
    _of_sets(status, accounts)
    return [f"{host}: {what}: {why}" for what, why in status["unread"].items()]


def _way(one: Mapping[str, Any], of_groups: Mapping[str, Any], disabled: Iterable[str]) -> Way:
    by = ENTITLEMENT if "role_arn" in one else PERMISSION_SET
    role = one["role_arn"].partition(":role/")[2] if by == ENTITLEMENT else one["permission_set"]
    name = one["principal"] or one["principal_id"] or "unknown"
    if one["principal_type"] == "USER":
        people: Sequence[str] | None = [name]
        group = None
    else:
        people, group = of_groups.get(one["principal_id"], {}).get("users"), name
    shown = None if people is None else tuple(_shown(person, disabled) for person in people)
    return Way(by, role, group, shown)


def _shown(person: str, disabled: Iterable[str]) -> str:
    return f"{person} (disabled)" if person in disabled else person


def _judge(account: Account, way: Way, one: Mapping[str, Any], status: Mapping[str, Any], ours: bool) -> None:
    same = [group["name"] for group in status["groups"]].count(way.group)
    if one["principal"] is None:
        kind, id_ = one["principal_type"].lower(), one["principal_id"]
        account.unknown.append(f"{kind} {id_} gets in by {way.words}, and the identity store doesn't show its name")
        return
    if way.group is not None and same > 1:
        account.problems.append(f"{way.group} gets in by {way.words}, and {same} groups have this name")
    elif way.group is not None and way.people is None:
        account.unknown.append(f"the members of {way.group}, who get in by {way.words}, weren't read")
    ours = ours if way.by == ENTITLEMENT else _is_ours(one, status)
    if way.declared_by is None and (account.host or ours):
        somebody = f"group {way.group}" if way.group is not None else f"user {', '.join(way.people or ())}"
        account.problems.append(f"{somebody} gets in by {way.words}, and nothing declares it")


def _is_ours(one: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
    """Return true for an assignment of a permission set that this collection manages."""
    ours = {s["permission_set_arn"] for s in status["permission_sets"] if str(s["managed_by"] or "").startswith(OURS)}
    return one.get("permission_set_arn") in ours


def _missing(account: Account, members: Mapping[str, Sequence[str]], backend: str, status: Mapping[str, Any]) -> None:
    """Add who is declared and doesn't get in; unknown where something wasn't read that may be it."""
    there = {(way.role, way.group) for way in account.ways if way.by == backend}
    for role, names in members.items():
        for name in names:
            if (role, name) not in there:
                found = account.unknown if status["unread"] else account.problems
                found.append(f"group {name} is declared for {Way(backend, role, name, ()).words}, and doesn't get in")


def _of_members(center: Mapping[str, Any], status: Mapping[str, Any], accounts: Mapping[str, Account]) -> None:
    """Compare the members of the groups that the inventory declares, in each account into which they get."""
    declared = center.get("account_members_groups") or {}
    actual = {one["name"]: one["users"] for one in status["groups"]}
    for account in accounts.values():
        for name in dict.fromkeys(way.group for way in account.ways if way.group in declared):
            users, wanted = actual.get(name), set((declared[name] or {}).get("users") or ())
            if users is not None and "users" in status["unread"]:
                account.unknown.append(f"the members of {name} are read by their ids only, so they aren't compared")
            elif users is not None:
                account.problems += [
                    f"{user} is a member of {name}, and nothing declares it" for user in sorted({*users} - wanted)
                ]
                account.problems += [
                    f"{user} is declared as a member of {name}, and isn't" for user in sorted(wanted - {*users})
                ]


def _of_sets(status: Mapping[str, Any], accounts: Mapping[str, Account]) -> None:
    """Add what permission sets leave in accounts: earlier versions, and roles that nobody is assigned to."""
    for one in status["permission_sets"]:
        for account in _known(accounts, one["outdated_account_ids"]):
            account.problems.append(f"has an earlier version of the permission set {one['name']}")
        for account in _known(accounts, one["account_ids"]):
            if not any(way.by == PERMISSION_SET and way.role == one["name"] for way in account.ways):
                account.notes.append(f"has the role of the permission set {one['name']}, to which nobody is assigned")


def _known(accounts: Mapping[str, Account], ids: Iterable[str] | None) -> Iterator[Account]:
    for id_ in ids or ():
        if id_ in accounts and accounts[id_].host:
            yield accounts[id_]


def _of_pci(host: str, hosts: Hosts, groups: Groups, accounts: Mapping[str, Account]) -> None:
    """Add who gets in by the roles and users of a PCI account."""
    account = accounts[str(hosts[host]["account_id"])]
    result = hosts[host].get(WAYS_IN) or {}
    found = result.get("ways_in")
    if not found:
        account.unknown.append(f"its IAM users and roles weren't read: {result.get('msg', 'not looked at')}")
        return
    for kind in ("roles", "users"):
        if found[kind] is None:
            account.unknown.append(f"its IAM {kind} weren't read")
    known = {one.account_id: list(one.ways) for one in accounts.values()}
    for way in switch_roles.ways(found, hosts[host], hosts, groups, known):
        account.ways.append(way)
        if way.people is None and way.declared_by in switch_roles.OF_THE_GUARD:
            account.unknown.append(f"{way.group} gets in by {way.words}, and who that is isn't known")
        if way.declared_by is None:
            somebody = way.group or ", ".join(way.people or ())
            account.problems.append(f"{somebody} gets in by {way.words}, and nothing declares it")
