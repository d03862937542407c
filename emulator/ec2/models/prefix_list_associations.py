# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources that reference a managed prefix list.

https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.managed_prefixes import ManagedPrefixList


def prefix_list_users(prefix_list: ManagedPrefixList) -> list[dict[str, str]]:
    """Return the resources that reference a list, in the shape of PrefixListAssociation.

    These are route tables, security groups and route tables of transit gateways. Reads all accounts of the region.
    """
    region, owner_id = prefix_list.ec2_backend.region_name, prefix_list.owner_id
    found: list[dict[str, str]] = []
    for account_id in list(ec2_backends):
        if region not in ec2_backends[account_id].keys():  # noqa: SIM118  # `in` is true for each region of AWS
            continue
        # Also of accounts that the list is no longer shared with: they keep what they have made.
        for resource_id in _users_in(ec2_backends[account_id][region], prefix_list.id):
            found.append({"ResourceId": resource_id, "ResourceOwner": account_id})
    return sorted(found, key=lambda one: (one["ResourceOwner"] != owner_id, one["ResourceOwner"], one["ResourceId"]))


def _users_in(backend: Any, prefix_list_id: str) -> Iterator[str]:
    for table in backend.route_tables.values():
        if any(_destination_list(route) == prefix_list_id for route in table.routes):
            yield table.id
    for groups in list(backend.groups.values()):
        for group in groups.values():
            rules = [*group.ingress_rules, *group.egress_rules]
            if any(getattr(rule, "peer", None) == ("PrefixListId", prefix_list_id) for rule in rules):
                yield group.id
    for table in backend.transit_gateways_route_tables.values():
        if table.state != "deleted" and prefix_list_id in table.prefix_lists:
            yield table.id


def _destination_list(route: Any) -> str | None:
    """Return the prefix list of a route: one that a caller created has `destination`, moto's have the member's name."""
    member, value = getattr(route, "destination", None) or ("", None)
    if member == "DestinationPrefixListId":
        return value
    return getattr(route, "destination_prefix_list_id", None)
