# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of account_members as an inventory declares them, and their problems before any API call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid, did_you_mean, refusal
from ..roster import GROUPS as ROSTER_GROUPS
from . import declared, specs
from .ways import MEMBERS, OF_OTHERS, PERMISSION_SET, USER, check_members, declared_accounts

Hosts = Mapping[str, Mapping[str, Any]]
Groups = Mapping[str, Sequence[str]]
GROUP = "identity_center"
SETS, DIRECTORY_GROUPS, USERS = "account_members_permission_sets", "account_members_groups", "account_members_users"
# The host variables that `problems` reads.
READ = (
    *("account_id", MEMBERS, OF_OTHERS, SETS, DIRECTORY_GROUPS, USERS),
    *("account_members_backend", "account_members_state", "account_members_name"),
    *("account_members_most_permission_sets", "account_members_most_sets_per_account"),
)
# What each has: the module's options of these names, whose name is the key here.
SPECS = {SETS: specs.PERMISSION_SET, DIRECTORY_GROUPS: specs.GROUP, USERS: specs.USER}
OPTIONS = {SETS: "permission_sets", DIRECTORY_GROUPS: "groups", USERS: "users"}


def options(hosts: Hosts, host: str) -> dict[str, Any]:
    """Return the options permission_sets, groups, users and accounts of account_members for a host of GROUP.

    hosts: the variables of all hosts. Reads account_id and members of each, and SPECS of the host.
    """
    named = {
        option: [{**(one or {}), "name": name} for name, one in (hosts[host].get(variable) or {}).items()]
        for variable, option in OPTIONS.items()
    }
    return {**named, "accounts": declared_accounts(hosts)}


def problems(hosts: Hosts, groups: Groups | None) -> list[Invalid]:
    """Return every problem of these hosts; option is "<host>.<variable>"."""
    centers = [host for host in (groups or {}).get(GROUP, ()) if host in hosts]
    found = [invalid for host, variables in hosts.items() for invalid in _of_host(host, variables)]
    # Hosts of the roster's groups are reported without this.
    grouped = {host for group in ROSTER_GROUPS for host in (groups or {}).get(group, ())}
    problem = "is missing, so that its members would lose their account"
    found += [
        Invalid(f"{host}.account_id", None, problem, "12 digits")
        for host, variables in hosts.items()
        if variables.get(MEMBERS) is not None and variables.get("account_id") is None and host not in grouped
    ]
    present = [host for host in centers if hosts[host].get("account_members_state") != "absent"]
    if len(centers) > 1:
        problem = f"has {len(centers)} hosts, and the first would remove what the others declare"
        found.append(Invalid(GROUP, ", ".join(centers), problem, "one host, whose account has the instance"))
    if groups and not centers:
        problem = f"are declared, and the group {GROUP} has no host, so that nobody gets in"
        declaring = [host for host, variables in hosts.items() if variables.get(MEMBERS)]
        found += [Invalid(f"{host}.{MEMBERS}", None, problem, f"a host in {GROUP}") for host in declaring]
    given = [of_host[MEMBERS] for of_host in hosts.values() if of_host.get(MEMBERS) is not None]
    shaped = all(refusal(check_members, MEMBERS, members) is None for members in given)
    for host in present[:1] if shaped else ():
        found += _of_center(host, hosts)
    return found


def _of_host(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    for variable in (MEMBERS, OF_OTHERS):
        members = variables.get(variable)
        invalid = None if members is None else refusal(check_members, f"{host}.{variable}", members)
        if invalid:
            yield invalid
        if members is None or invalid:
            continue
        for role, names in members.items():
            yield from _of_names(f"{host}.{variable}.{role}", names)


def _of_names(option: str, names: Sequence[Any]) -> Iterator[Invalid]:
    for index, name in enumerate(names):
        shown = name.removeprefix(USER) if isinstance(name, str) and f".{OF_OTHERS}." in option else name
        invalid = refusal(declared.check_display_name, f"{option}[{index}]", shown)
        if invalid:
            yield invalid
        elif name in names[:index]:
            yield Invalid(f"{option}[{index}]", name, "is there twice", "each group once")


def _of_center(host: str, hosts: Hosts) -> Iterator[Invalid]:
    """Yield problems of what the host declares, and of the members of all hosts."""
    variables = hosts[host]
    found = [invalid for variable, spec in SPECS.items() for invalid in _of_mapping(host, variable, spec, variables)]
    yield from found
    sets = variables.get(SETS) or {}
    if (variables.get("account_members_backend") or PERMISSION_SET) == PERMISSION_SET and isinstance(sets, Mapping):
        for other, of_other in hosts.items():
            members = of_other.get(MEMBERS)
            for name in members if isinstance(members, Mapping) else ():
                if name not in sets:
                    told = ", ".join(sets) or "none is declared"
                    problem = f"is no permission set of {host}{did_you_mean(str(name), sets)}"
                    found.append(Invalid(f"{other}.{MEMBERS}", name, problem, f"one of {SETS}: {told}"))
                    yield found[-1]
    if not found:
        yield from _of_module(host, hosts)


def _of_mapping(host: str, variable: str, spec: Mapping[str, Any], variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield problems of the names and options of one of SPECS."""
    option, value = f"{host}.{variable}", variables.get(variable)
    if value is not None and not isinstance(value, Mapping):
        yield Invalid(option, value, "is no mapping", "names, and what each has")
        return
    for name, one in (value or {}).items():
        if one is not None and not isinstance(one, Mapping):
            yield Invalid(f"{option}.{name}", one, "is no mapping", f"some of {', '.join(spec)}")
            continue
        yield from _of_item(f"{option}.{name}", spec, one or {})


def _of_item(option: str, spec: Mapping[str, Any], one: Mapping[str, Any]) -> Iterator[Invalid]:
    yield from _unknown(option, spec, one)
    for key, of_key in spec.items():
        value = one.get(key)
        if of_key.get("required") and value is None:
            yield Invalid(f"{option}.{key}", None, "is missing", "text")
        if value is None:
            continue
        if of_key["type"] == "list" and not isinstance(value, list):
            yield Invalid(f"{option}.{key}", value, "is no list", "a list")
        elif of_key.get("elements") == "dict":
            for index, item in enumerate(value):
                yield from _of_part(f"{option}.{key}[{index}]", of_key["options"], item)


def _unknown(option: str, spec: Mapping[str, Any], one: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield a problem for each option that isn't in the specification, or is no text where it has to be."""
    for key, value in one.items():
        if key not in spec:
            problem = f"is no option{did_you_mean(key, spec)}"
            yield Invalid(f"{option}.{key}", None, problem, f"one of {', '.join(sorted(spec))}")
        elif spec[key]["type"] == "str" and isinstance(value, (list, tuple, Mapping)):
            yield Invalid(f"{option}.{key}", value, "is no text", "text")
        elif spec[key]["type"] == "dict" and value is not None and not isinstance(value, Mapping):
            yield Invalid(f"{option}.{key}", value, "is no mapping", "names with values")
        elif isinstance(value, Mapping) and "options" in spec[key]:
            yield from _unknown(f"{option}.{key}", spec[key]["options"], value)


def _of_part(option: str, spec: Mapping[str, Any], item: Any) -> Iterator[Invalid]:
    if not isinstance(item, Mapping):
        yield Invalid(option, item, "is no mapping", f"some of {', '.join(spec)}")
        return
    yield from _unknown(option, spec, item)
    for key, of_key in spec.items():
        if of_key.get("required") and item.get(key) is None:
            yield Invalid(f"{option}.{key}", None, "is missing", "text")


def _of_module(host: str, hosts: Hosts) -> Iterator[Invalid]:
    """Yield what the module refuses of these options."""
    variables, made = hosts[host], options(hosts, host)
    params = {
        "name": str(variables.get("account_members_name") or "members"),
        "state": "present",
        "backend": variables.get("account_members_backend") or PERMISSION_SET,
        "accounts": made["accounts"],
        **{
            option: [_filled(specs.named(SPECS[variable])["options"], one) for one in made[option]]
            for variable, option in OPTIONS.items()
        },
        "most_permission_sets": variables.get("account_members_most_permission_sets") or declared.MOST_SETS,
        "most_sets_per_account": variables.get("account_members_most_sets_per_account")
        or declared.MOST_SETS_OF_AN_ACCOUNT,
    }
    invalid = refusal(declared.check, params)
    if invalid:
        yield Invalid(_where(host, hosts, made, invalid.option), invalid.value, invalid.problem, invalid.expected)


def _filled(spec: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the specification's defaults, as Ansible does it."""
    filled = {}
    for key, of_key in spec.items():
        value = one.get(key)
        if value is None:
            value = of_key.get("default")
        elif "options" in of_key:
            items = value if isinstance(value, list) else [value]
            items = [_filled(of_key["options"], item) for item in items]
            value = items if isinstance(value, list) else items[0]
        filled[key] = value
    return filled


def _where(host: str, hosts: Hosts, made: Mapping[str, Any], option: str) -> str:
    """Return "<host>.<variable>..." of a module's option: an item of a list is named by its name."""
    for variable, of_module in OPTIONS.items():
        found = re.fullmatch(rf"{of_module}(?:\[(\d+)\](.*))?", option)
        if found:
            name = "" if found[1] is None else f".{made[of_module][int(found[1])]['name']}"
            rest = found[2] or ""
            return f"{host}.{variable}{name}{'' if rest == '.name' else rest}"
    account = re.match(r"accounts\.(\d{12})(?:\.members)?(?: \(host [^)]*\))?", option)
    if account and account[1] in made["accounts"]:
        return f"{made['accounts'][account[1]]['host']}.{MEMBERS}{option[account.end() :]}"
    return f"{host}.account_members_{option}"
