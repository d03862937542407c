# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roster: the roles by which an inventory's accounts become what they are declared, in the order of a run.

Playbooks, the check of the inventory, filters and reports follow it. A new capability is one entry here and files of
its own; then `make generated` writes what the playbooks can't read from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A role, and the accounts that it is run on.

    role      its variables begin with its name, and ROLE_state: absent deletes what it manages
    title     of the plays that read or delete what it manages, as in "Read the VPCs"
    groups    the inventory groups whose accounts have it
    results   the variables that it registers, in the order of the plan's text
    playbook  which runs it for its groups, in all the phases that it takes; "": those of its groups run it
    needed    an account of the group declares one of these variables ...
    without   ... or, by one of these variables with this value, that it has nothing there
    shared    accounts of other groups read what these declare
    switch    the variable without which teardown leaves it alone; None: teardown always does
    fatal     teardown ends where it fails for one account: what follows is in use until it is deleted for all
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
    fatal: bool = False


# The trust policies of a PCI account's guard name people of the identity account, whom AWS wants to exist. The guard
# comes before the account's network, so that nobody gets in otherwise once there is something to reach. Teardown goes
# the other way.
ROSTER = (
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
        ("hub", "spokes", "providers", "consumers", "closed", "pci"),
        ("vpc_result",),
        switch="teardown_vpcs",
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
        "closed_network",
        "endpoints of the closed VPCs",
        ("closed",),
        ("closed_network_result", "closed_network_block_result"),
        playbook="closed_network",
        needed=("closed_network_workloads", "closed_network_services"),
        without=(("closed_network_state", "absent"),),
    ),
    Entry(
        "private_python_index",
        "Python package indexes",
        ("python_index",),
        ("private_python_index_result",),
        playbook="private_python_index",
        teardown=False,
    ),
)
# In the order in which users read them: an account's network before what it may be besides.
GROUPS = ("hub", "spokes", "providers", "consumers", "closed", "pci", "identity", "python_index")
RESULTS = tuple(result for entry in ROSTER for result in entry.results)


def entries_of(group: str) -> list[Entry]:
    """The entries that are run on the accounts of a group, in the order of a run."""
    return [entry for entry in ROSTER if group in entry.groups]


def account_roles(group_names: Collection[str], has_vpc: bool = True) -> list[str]:
    """The roles of an account in these groups, in the order of a run.

    has_vpc: whether it declares a VPC. All have to but an account of the group pci alone, which may have none.
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
    """The roster's groups that have accounts in this inventory.

    groups    as Ansible's variable of this name: name -> hosts
    role      only those whose accounts have this role
    switches  only those in which teardown deletes something, with these of its variables set
    empty     those without accounts, too
    """
    entries = [entry for entry in ROSTER if role in (None, entry.role)]
    if switches is not None:
        given = {None, *switches}
        entries = [entry for entry in entries if entry.teardown and entry.switch in given]
    named = {group for entry in entries for group in entry.groups if empty or groups.get(group)}
    return [group for group in GROUPS if group in named]
