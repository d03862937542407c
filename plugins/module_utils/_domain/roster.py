# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roster of the roles that converge an inventory's accounts, in the order of a run.

Playbooks, the check of the inventory, filters and reports follow it. A new capability is one entry here and files of
its own; then `make generated` writes what the playbooks can't read from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A role, and the accounts that it runs on.

    role      its variables begin with its name, and ROLE_state: absent deletes what it manages
    title     what it manages, in the names of the plays that read or delete it, as in "Read the VPCs"
    groups    the inventory groups whose accounts it runs on
    results   the variables that it registers, in the order of the plan's text
    playbook  the playbook that runs it for its groups, in all its phases; "": the playbooks of its groups run it
    needed    an account of the groups must declare one of these variables ...
    without   ... or say, by one of these variables with this value, that it has nothing there
    shared    accounts of other groups read what these declare
    teardown  teardown deletes what it manages
    switch    the variable without which teardown leaves it alone; None: teardown needs no variable
    deleted_before  the role before whose resources teardown deletes these, where that differs from the reverse order
    fatal     teardown ends if it fails for one account: what follows is in use until it is deleted for all
    """

    role: str
    title: str
    groups: tuple[str, ...]
    results: tuple[str, ...]
    playbook: str = ""
    needed: tuple[str, ...] = ()
    without: tuple[tuple[str, Any], ...] = ()
    shared: bool = False
    teardown: bool = True
    switch: str | None = None
    deleted_before: str = ""
    fatal: bool = False


# The archive of logs comes first, so that flow logs of VPCs find their bucket, and what subscribes to it last: in
# teardown's reverse order, what sends ends before what receives.
#
# The trust policies of a PCI account's guard name users of the identity account, which AWS requires to exist. The guard
# comes before the account's network, so that there is no other way in once there is something to reach. Teardown runs
# in reverse order.
ROSTER = (
    Entry(
        "log_archive",
        "log archives",
        ("logs",),
        ("log_archive_result", "log_archive_trails_result"),
        playbook="logs",
        needed=("log_archive_bucket",),
        without=(("log_archive_state", "absent"),),
        shared=True,
        switch="teardown_logs",
    ),
    Entry(
        "audit_trail",
        "audit trails",
        ("audit_trails",),
        ("audit_trail_result",),
        playbook="logs",
        switch="teardown_logs",
    ),
    Entry(
        "pci_people",
        "people of the identity account",
        ("identity",),
        ("pci_people_result",),
        playbook="people",
        needed=("pci_people_groups",),
        without=(("pci_people_state", "absent"),),
        switch="teardown_people",
    ),
    Entry(
        "pci_account",
        "guards of the PCI accounts",
        ("pci",),
        ("pci_account_result", "pci_account_policy_result"),
        playbook="pci",
        switch="teardown_guards",
    ),
    Entry(
        "vpc",
        "VPCs",
        ("hub", "egress", "spokes", "providers", "consumers", "central_endpoints", "closed", "egress_proxy", "pci"),
        ("vpc_result",),
        switch="teardown_vpcs",
    ),
    Entry(
        "egress",
        "ways out",
        ("egress",),
        ("egress_result",),
        playbook="transit_gateway",
        needed=("egress_groups",),
        without=(("egress_state", "absent"),),
        deleted_before="hub",
        fatal=True,
    ),
    Entry("hub", "transit gateway", ("hub",), ("hub_result",), playbook="transit_gateway", fatal=True),
    Entry(
        "spoke",
        "attachments of the spokes",
        ("spokes",),
        ("spoke_result",),
        playbook="transit_gateway",
        needed=("spoke_segment",),
        without=(("spoke_attached", False), ("spoke_state", "absent")),
        shared=True,
        fatal=True,
    ),
    Entry(
        "privatelink_provider",
        "endpoint services of the providers",
        ("providers",),
        ("privatelink_provider_result",),
        playbook="privatelink",
        needed=("privatelink_provider_services",),
        without=(("privatelink_provider_state", "absent"),),
        shared=True,
    ),
    Entry(
        "privatelink_consumer",
        "endpoints of the consumers",
        ("consumers",),
        ("privatelink_consumer_result",),
        playbook="privatelink",
        needed=("privatelink_consumer_endpoints",),
        without=(("privatelink_consumer_state", "absent"),),
        shared=True,
    ),
    # Before the closed VPCs, whose own endpoints a run deletes once the hub's answer for them.
    Entry(
        "central_endpoints",
        "endpoints of the hub for the closed VPCs",
        ("central_endpoints",),
        ("central_endpoints_result",),
        playbook="central_endpoints",
        needed=("central_endpoints_services", "central_endpoints_workloads"),
        without=(("central_endpoints_state", "absent"),),
        shared=True,
    ),
    Entry(
        "closed_network",
        "endpoints of the closed VPCs",
        ("closed",),
        ("closed_network_result", "closed_network_block_result"),
        playbook="closed_network",
        needed=("closed_network_workloads", "closed_network_services"),
        without=(("closed_network_state", "absent"),),
    ),
    # After the endpoints through which ECS gets its image and configuration.
    Entry(
        "egress_proxy",
        "proxies to the internet",
        ("egress_proxy",),
        ("egress_proxy_result",),
        playbook="egress_proxy",
        needed=("egress_proxy_image",),
        without=(("egress_proxy_state", "absent"),),
    ),
    Entry(
        "private_python_index",
        "Python package indexes",
        ("python_index",),
        ("private_python_index_result",),
        playbook="private_python_index",
        teardown=False,
    ),
    Entry(
        "log_source",
        "subscriptions of the log sources",
        ("log_sources",),
        ("log_source_result",),
        playbook="logs",
        switch="teardown_logs",
    ),
    Entry(
        "algorithm_registry",
        "algorithm registry",
        ("algorithm_registry",),
        ("algorithm_registry_result",),
        playbook="algorithms",
        needed=("algorithm_registry_zone",),
        without=(("algorithm_registry_state", "absent"),),
        shared=True,
        switch="teardown_algorithms",
    ),
    Entry(
        "account_members",
        "members of the accounts",
        ("identity_center",),
        ("account_members_result",),
        playbook="members",
        needed=("account_members_permission_sets", "account_members_backend"),
        without=(("account_members_state", "absent"),),
        switch="teardown_members",
    ),
)
# In the order in which users read them: groups of an account's network before its other groups.
GROUPS = (
    "hub",
    "egress",
    "spokes",
    "providers",
    "consumers",
    "central_endpoints",
    "closed",
    "egress_proxy",
    "pci",
    "identity",
    "identity_center",
    "python_index",
    "algorithm_registry",
    "logs",
    "log_sources",
    "audit_trails",
)
RESULTS = tuple(result for entry in ROSTER for result in entry.results)


def entries_of(group: str) -> list[Entry]:
    """Entries whose roles run on the accounts of a group, in the order of a run."""
    return [entry for entry in ROSTER if group in entry.groups]


def account_roles(group_names: Collection[str], has_vpc: bool = True) -> list[str]:
    """Names of the roles of an account in these groups, in the order of a run.

    has_vpc: true if it declares a VPC. An account whose only group with VPCs is pci may have none.
    """
    roles = dict.fromkeys(entry.role for group in GROUPS if group in group_names for entry in entries_of(group))
    with_vpc = {group for entry in ROSTER if entry.role == "vpc" for group in entry.groups}
    if not has_vpc and with_vpc.intersection(group_names) == {"pci"}:
        del roles["vpc"]
    return [entry.role for entry in ROSTER if entry.role in roles]


def account_groups(
    groups: Mapping[str, Collection[str]],
    role: str | None = None,
    switches: Iterable[str] | None = None,
    empty: bool = False,
) -> list[str]:
    """Names of the roster's groups that have accounts in this inventory.

    groups    as Ansible's variable of this name: name -> hosts
    role      only those whose accounts have this role
    switches  only those in which teardown deletes something, with these of its variables set
    empty     also those without accounts
    """
    entries = [entry for entry in ROSTER if role in (None, entry.role)]
    if switches is not None:
        given = {None, *switches}
        entries = [entry for entry in entries if entry.teardown and entry.switch in given]
    named = {group for entry in entries for group in entry.groups if empty or groups.get(group)}
    return [group for group in GROUPS if group in named]
