# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of an inventory that adopt writes, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid
from .model import Host, Network

GROUPS = ("hub", "spokes")
# Variables with which the accounts were read, and a run reads them, too.
CONNECTION = ("assume_role_arn", "aws_profile")
# Roles whose tags of others stay as they are.
TAGGED = ("vpc", "hub", "spoke")
HEADINGS = {
    "hosts.yml": "Accounts that adopt found, by group.",
    "group_vars/all/main.yml": (
        "adoption: observe writes nothing. Next are adoption: tags, and then no adoption at all: see adoption.md."
    ),
    "group_vars/all/adopted_ids.yml": "Ids of what exists, by host, owner and address. Delete it once all is tagged.",
}


def files(network: Network, accounts: Mapping[str, Mapping[str, Any]], released: Sequence[str] = ()) -> dict[str, Any]:
    """Return {path below the inventory's folder: its content}.

    accounts: variables of the hosts that were read. released: ids and stacks that adopt may take over, and so may the
    phase of tags.
    """
    for name in network.hosts:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            expected = "letters, digits, dots, - and _, since its variables get a file of its name"
            raise Invalid("host", name, "is no host name that adopt can write", expected)
    told: dict[str, Any] = {"hosts.yml": {"all": {"children": _groups(network, accounts)}}}
    told["group_vars/all/main.yml"] = {**_for_all(network), **({"adopt_release": list(released)} if released else {})}
    told["group_vars/all/adopted_ids.yml"] = {"adopted_ids": {name: host.ids for name, host in network.hosts.items()}}
    told |= {f"host_vars/{name}.yml": host.variables for name, host in network.hosts.items() if host.variables}
    return told


def _regions(network: Network) -> set[str]:
    return {host.account.region for host in network.hosts.values()}


def _groups(network: Network, accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    groups: dict[str, Any] = {}
    for group in GROUPS:
        hosts = {}
        for name, host in sorted(network.hosts.items()):
            if group not in host.groups:
                continue
            given = accounts.get(name) or accounts.get(host.account.host) or _of_account(accounts, host)
            hosts[name] = {"account_id": host.account.account_id}
            hosts[name] |= {key: str(given[key]) for key in CONNECTION if given.get(key)}
            if len(_regions(network)) > 1:
                hosts[name]["region"] = host.account.region
        if hosts:
            groups[group] = {"hosts": hosts}
    return groups


def _of_account(accounts: Mapping[str, Mapping[str, Any]], host: Host) -> Mapping[str, Any]:
    """Return the variables with which the host's account was read, in another region."""
    same = (one for one in accounts.values() if str(one.get("account_id")) == host.account.account_id)
    return next(same, {})


def _for_all(network: Network) -> dict[str, Any]:
    variables: dict[str, Any] = {"adoption": "observe"}
    if len(_regions(network)) == 1:
        variables["region"] = next(iter(_regions(network)))
    if network.tagged_by_others:
        variables |= {f"{role}_purge_tags": False for role in TAGGED}
        variables |= {f"{role}_ignore_tags": {"keys": ["Name"]} for role in TAGGED}
    return variables
