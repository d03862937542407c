# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sizes of prefix lists against the quotas of the resources that reference them.

A list counts as its maximum number of entries:
https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.managed_prefixes import ManagedPrefixList

from emulator.ec2.models.prefix_list_associations import prefix_list_users
from emulator.ec2.models.security_groups import Rule
from emulator.ram.models import shared_resources

# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: inbound and outbound rules, and IPv4 and
# IPv6, are counted separately; so are IPv4 and IPv6 routes.
MAX_RULES = 60
MAX_ROUTES = 500
_ROUTE_MEMBER = "DestinationPrefixListId"


def lists_seen(account_id: str, region: str) -> dict[str, ManagedPrefixList]:
    """Return the account's prefix lists, AWS's, and those that others share with it by RAM, by id."""
    lists = dict(ec2_backends[account_id][region].managed_prefix_lists)
    for owner_id, list_id in shared_resources(account_id, region, "prefix-list"):
        shared = ec2_backends[owner_id][region].managed_prefix_lists
        if list_id in shared:
            lists[list_id] = shared[list_id]
    return lists


def weight(lists: Mapping[str, ManagedPrefixList], list_id: str) -> int:
    """Return how many entries a list counts as; AWS's own as its weight, 1 for S3 and DynamoDB, a deleted one as 1:
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-size
    """
    listed = lists.get(list_id)
    return int(listed.max_entries) if listed and listed.version and listed.max_entries else 1


def exceeds_rules(rules: Iterable[Rule], lists: Mapping[str, ManagedPrefixList]) -> bool:
    """Return true if rules of one direction are too many. Lists and groups count toward both IPv4 and IPv6, as tried on
    AWS in https://github.com/jantman/awslimitchecker/issues/431.
    """
    weights = [(rule.peer[0], weight(lists, rule.peer[1]) if rule.peer[0] == "PrefixListId" else 1) for rule in rules]
    return any(sum(each for kind, each in weights if kind != other) > MAX_RULES for other in ("CidrIpv6", "CidrIpv4"))


def unable_to_hold(prefix_list: ManagedPrefixList, maximum: int) -> list[str]:
    """Return the ids of the security groups and VPC route tables whose quota another maximum would exceed."""
    region = prefix_list.ec2_backend.region_name
    before, prefix_list.max_entries = prefix_list.max_entries, maximum
    try:
        return [
            user["ResourceId"]
            for user in prefix_list_users(prefix_list)
            if _is_full(ec2_backends[user["ResourceOwner"]][region], user["ResourceId"], prefix_list)
        ]
    finally:
        prefix_list.max_entries = before


def _is_full(backend: Any, resource_id: str, prefix_list: ManagedPrefixList) -> bool:
    lists = {**lists_seen(backend.account_id, backend.region_name), prefix_list.id: prefix_list}
    if table := backend.route_tables.get(resource_id):
        destinations = [getattr(route, "destination", ("", "")) for route in table.routes]
        family = "DestinationIpv6CidrBlock" if prefix_list.address_family == "IPv4" else "DestinationCidrBlock"
        counted = [
            weight(lists, value) if kind == _ROUTE_MEMBER else 1 for kind, value in destinations if kind != family
        ]
        return sum(counted) > MAX_ROUTES
    for groups in backend.groups.values():
        if group := groups.get(resource_id):
            return any(exceeds_rules(rules, lists) for rules in (group.ingress_rules, group.egress_rules))
    return False
