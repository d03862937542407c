# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roster of the roles that converge an inventory's accounts, in the order of a run.

Playbooks, the check of the inventory, filters and reports follow it. A new capability is one entry here and files of
its own; then `make generated` writes what the playbooks can't read from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

_Variables = TypeVar("_Variables", bound=Mapping[str, Any])


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
    cloud     the cloud whose accounts it runs on; hosts of a group may be of several
    confirmed variables that teardown sets to true, since its typed confirmation is one of what they allow
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
    cloud: str = "aws"
    confirmed: tuple[str, ...] = ()


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
    Entry(
        "psc_provider",
        "service attachments of the providers",
        ("providers",),
        ("psc_provider_result",),
        playbook="privatelink",
        needed=("psc_services",),
        without=(("psc_provider_state", "absent"),),
        shared=True,
        cloud="gcp",
        confirmed=("allow_disconnect",),
    ),
    Entry(
        "psc_consumer",
        "Private Service Connect endpoints of the consumers",
        ("consumers",),
        ("psc_consumer_result",),
        playbook="privatelink",
        needed=("psc_endpoints",),
        without=(("psc_consumer_state", "absent"),),
        shared=True,
        cloud="gcp",
        confirmed=("allow_disconnect",),
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
CLOUDS = tuple(dict.fromkeys(entry.cloud for entry in ROSTER))
# The groups whose hosts may be of several clouds.
MIXED = tuple(group for group in GROUPS if len({one.cloud for one in ROSTER if group in one.groups}) > 1)


def cloud_of(variables: Mapping[str, Any]) -> str:
    """Cloud of a host with these variables. One that isn't in CLOUDS is read as aws: the inventory check refuses it."""
    declared = variables.get("cloud")
    return declared if isinstance(declared, str) and declared in CLOUDS else "aws"


def cloud_of_role(role: str) -> str:
    """Cloud whose accounts a role runs on; aws for one that isn't in the roster."""
    return next((entry.cloud for entry in ROSTER if entry.role == role), "aws")


def of_cloud(hosts: Mapping[str, _Variables], cloud: str) -> dict[str, _Variables]:
    """Hosts of one cloud: host -> variables, as given."""
    return {host: variables for host, variables in hosts.items() if cloud_of(variables) == cloud}


def entries_of(group: str, cloud: str = "aws") -> list[Entry]:
    """Entries whose roles run on the accounts of a group and a cloud, in the order of a run."""
    return [entry for entry in ROSTER if group in entry.groups and entry.cloud == cloud]


def account_roles(group_names: Collection[str], has_vpc: bool = True, cloud: str = "aws") -> list[str]:
    """Names of the roles of an account in these groups, in the order of a run.

    has_vpc: true if it declares a VPC. An account whose only group with VPCs is pci may have none.
    """
    roles = dict.fromkeys(entry.role for group in GROUPS if group in group_names for entry in entries_of(group, cloud))
    with_vpc = {group for entry in ROSTER if entry.role == "vpc" for group in entry.groups}
    if not has_vpc and with_vpc.intersection(group_names) == {"pci"}:
        roles.pop("vpc", None)
    return [entry.role for entry in ROSTER if entry.role in roles]


def account_groups(
    groups: Mapping[str, Collection[str]],
    role: str | None = None,
    switches: Iterable[str] | None = None,
    empty: bool = False,
) -> list[str]:
    """Names of the roster's groups that have accounts in this inventory, of whichever cloud.

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


def account_pattern(
    groups: Mapping[str, Collection[str]],
    hostvars: Mapping[str, Mapping[str, Any]] | None,
    role: str | None = None,
    cloud: str = "aws",
    within: Iterable[str] | None = None,
    apart: bool = False,
) -> str:
    """Ansible's pattern of the accounts that have this role, or are of this cloud; "" if there are none.

    It is the names of the groups, and without the hosts of other clouds, which only MIXED groups have.
    hostvars: variables of each host, as Ansible's variable of this name; only those of MIXED groups are read. None
        before any play of a run, as with --list-hosts: then the hosts of other clouds are in the pattern, too.
    within: these groups in place of the roster's.
    apart: with localhost, if the groups also have accounts of another cloud. A play whose hosts all fail ends the run;
        so the trouble of one cloud doesn't keep the plays of the other from running.
    """
    wanted = cloud if role is None else cloud_of_role(role)
    names = account_groups(groups, role) if within is None else [name for name in within if groups.get(name)]
    members = {host for name in names for host in groups[name]}
    mixed = dict.fromkeys(host for group in MIXED for host in groups.get(group, ()) if host in members)
    others = [host for host in mixed if hostvars is not None and cloud_of(hostvars[host]) != wanted]
    if len(others) == len(members):
        return ""
    return ":".join([*names, *(["localhost"] if apart and others else ()), *(f"!{host}" for host in others)])
