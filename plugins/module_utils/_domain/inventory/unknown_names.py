# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find misspelt names in an inventory: a variable that no role reads, a group that no playbook runs on."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid
from ..roster import GROUPS, ROSTER, cloud_of

# Variables that playbooks read besides the roles' options, and variables that tasks set.
OF_PLAYBOOKS = frozenset(
    (
        *("approved_plan_file", "wait_timeout", "inventory_extra_variables", "inventory_extra_groups"),
        *("hub_hosts", "spokes_hosts", "providers_hosts", "consumers_hosts", "egress_accounts"),
        *("cloud", "psc_providers_hosts", "psc_consumers_hosts"),
        *("plan_file", "plan_json", "plan_page", "snapshot_dir", "save_snapshot_dir", "adopt_dir"),
        *("teardown_confirm", "teardown_vpcs", "teardown_guards", "teardown_people", "teardown_logs"),
        *("doctor_report", "doctor_page", "pci_report", "pci_page", "teardown_members", "teardown_algorithms"),
        *("who_gets_in_report", "who_gets_in_page", "who_gets_in_verify"),
        *("who_gets_in_backends", "who_gets_in_account_ids"),
        *("proof_json", "proof_page", "proof_verify", "proof_window_hours", "proof_read_twice", "verify_isolation"),
        "isolation_proof",
        *("pci_vpc_ids", "pci_public_tiers", "pci_public_subnet_ids", "pci_data_tiers", "pci_data_subnet_ids"),
        *("pci_approved_services", "pci_internet_services", "pci_application_roles", "pci_break_glass_roles"),
        *("pci_mfa_max_age", "pci_clusters"),
        *("network_plan", "network_scope", "network_stage"),
        *("central_endpoints_gb", "central_endpoints_prices", "central_endpoints_page", "central_endpoints_json"),
        *("central_endpoints_flow_logs", "central_endpoints_days"),
        *("egress_migration", "egress_migration_quiet_days", "egress_migration_evidence", "egress_migration_ignored"),
        *("private_python_index_address", "private_python_index_found", "private_python_index_listed"),
        *(
            "private_python_index_objects",
            "private_python_index_put",
            "private_python_index_deleted",
            "hub_reach",
            "part_of_site",
            "effect_compared",
        ),
    )
)
# Prefixes of variables of no role, or of roles by another name: of the playbook pci_report, and psc_services.
MORE_PREFIXES = ("pci_", "psc_")
EXTRA, EXTRA_GROUPS = "inventory_extra_variables", "inventory_extra_groups"
# The host variables that this file reads.
READ = frozenset(
    (
        *(EXTRA, EXTRA_GROUPS, "hub_segments"),
        *(name for entry in ROSTER for name in entry.needed),
        *(name for entry in ROSTER for name, _value in entry.without),
    )
)
# A shorter name is similar to too many others.
SHORTEST = 6


def problems_of_variables(
    accounts: Mapping[str, Mapping[str, Any]], options: Collection[str], roles: Iterable[str]
) -> Iterator[Invalid]:
    """Yield a problem for each unknown variable, at the first host that has it.

    A variable is reported if neither `options` nor OF_PLAYBOOKS has it, and it has the prefix of one of `roles` or is
    one edit away from a known name.
    """
    known = {*options, *OF_PLAYBOOKS}
    prefixes = (*(f"{role}_" for role in roles), *MORE_PREFIXES)
    hosts_of: dict[str, list[str]] = {}
    extra: set[str] = set()
    for host, variables in accounts.items():
        extra |= set(variables[EXTRA] or ()) if EXTRA in variables else set()
        for name in variables:
            if name not in known:
                hosts_of.setdefault(name, []).append(host)
    for name, hosts in hosts_of.items():
        if name in extra or name.endswith("_result") or not name.isascii():
            continue
        near = [other for other in known if len(other) >= SHORTEST and is_near(name, other)]
        if near or _has_prefix(name, prefixes):
            likely = near or difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            hint = f": did you mean {sorted(likely)[0]}?" if likely else ""
            more = f", nor of {len(hosts) - 1} more hosts" if len(hosts) > 1 else ""
            yield Invalid(
                f"{hosts[0]}.{name}",
                None,
                f"is no variable of this collection{more}{hint}",
                f"the name of one; a name of your own is to be listed in {EXTRA}",
            )


def _has_prefix(name: str, prefixes: Collection[str]) -> bool:
    """Return true if the name begins with one of the prefixes, or with its plural."""
    return any(name.startswith((prefix, f"{prefix[:-1]}s_")) for prefix in prefixes)


def problems_of_groups(groups: Mapping[str, Collection[str]], extra: Collection[str]) -> Iterator[Invalid]:
    """Yield problems of groups whose name is one edit away from one of GROUPS, or is also the name of a host.

    Ansible confuses a host and a group of the same name. groups: name -> hosts.
    """
    hosts = {host for group in groups.values() for host in group}
    for name in groups:
        if name in hosts:
            yield Invalid(name, None, "is the name of a host and of a group", "a name of its own for the host")
        if name in GROUPS or name in extra:
            continue
        near = [known for known in GROUPS if _is_near_group(name, known)]
        if near:
            problem = f"is a group that no playbook runs on: did you mean {near[0]}?"
            yield Invalid(name, None, problem, f"{near[0]}; a group of your own is to be listed in {EXTRA_GROUPS}")


def _is_near_group(name: str, known: str) -> bool:
    name = name.lower()
    if len(known) < SHORTEST:
        return name in (known, f"{known}s")
    return name == known or is_near(name, known)


def problems_of_members(
    accounts: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Collection[str]]
) -> Iterator[Invalid]:
    """Yield problems of hosts that declare none of their group's variables, nor that they need none."""
    for entry, group in ((one, group) for one in ROSTER if one.needed for group in one.groups):
        for host in groups.get(group, ()):
            variables = accounts.get(host, {})
            if cloud_of(variables) != entry.cloud or group == "spokes" and variables.get("hub_segments") is not None:
                continue
            without = any(variables.get(name) == value for name, value in entry.without)
            if not without and all(variables.get(name) is None for name in entry.needed):
                said = " or ".join(f"{name}: {str(value).lower()}" for name, value in entry.without)
                problem = f"is missing, and the host is in the group {group}"
                yield Invalid(f"{host}.{entry.needed[0]}", None, problem, f"{' or '.join(entry.needed)}; or {said}")


def is_near(one: str, other: str) -> bool:
    """Return true if one edit turns one name into the other: a letter added, removed or replaced, or two swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    if len(one) != len(other):
        longer, shorter = sorted((one, other), key=len, reverse=True)
        return longer[1:] == shorter
    return one[1:] == other[1:] or one[:2] == other[1::-1] and one[2:] == other[2:]
