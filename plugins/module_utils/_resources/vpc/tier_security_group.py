# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups of a VPC's tiers, by their names in the VPC; their rules name one another."""

from __future__ import annotations

from dataclasses import replace

from ..._core.reconcile import Actual, reconcile
from ..shared.ec2 import filters, names, owned, tags_of
from ..shared.tagged import is_relevant
from . import security_group, vpc_ipv6
from .security_group_rules import changes, flatten, sort

READ_AFTER = ("vpc", "tagged")
INPUTS = ("security_group_rules_quota",)
PERMISSIONS = (*security_group.PERMISSIONS, "ec2:AuthorizeSecurityGroupEgress")
KIND = security_group.KIND
holders = security_group.holders
_DIRECTIONS = ("ingress", "egress")


def read(aws, declared, found):
    """Return {name: Actual} with fields vpc, group_name, description, ingress, egress, tags."""
    vpc = found["vpc"].get("main")
    if not vpc or not is_relevant("security_group", "security-group", declared, found):
        return {}
    groups = aws.read("ec2.describe_security_groups", "SecurityGroups", Filters=filters(vpc_id=vpc.id))
    declared_names = {fields["group_name"]: name for name, fields in declared.resources["security_group"].items()}
    named = {declared_names[group["GroupName"]]: group for group in groups if group["GroupName"] in declared_names}
    others = [g for g in groups if owned(g, declared.owner) and g["GroupName"] not in declared_names]
    return {
        name: Actual(
            group["GroupId"],
            {
                "vpc": group["VpcId"],
                "group_name": group["GroupName"],
                "description": group["Description"],
                "ingress": flatten(group["IpPermissions"]),
                "egress": flatten(group["IpPermissionsEgress"]),
                "tags": tags_of(group),
            },
            managed=owned(group, declared.owner),
        )
        for name, group in {**names(others, "GroupId"), **named}.items()
    }


def plan(wanted, found, declared):
    there = found["security_group"]
    # Sorted here, where the ids of the groups that rules name are known.
    wanted = {
        name: {
            **fields,
            **security_group.created_with(there.get(name)),
            **{way: sort(fields[way]) for way in _DIRECTIONS},
        }
        for name, fields in wanted.items()
    }
    # AWS deletes no group that another group's rule names, so these rules are revoked first.
    going = {name: group for name, group in there.items() if name not in wanted and group.managed}
    ids = {group.id for group in going.values()}
    freed = {
        name: {way: [rule for rule in group.fields[way] if rule["peer"] not in ids] for way in _DIRECTIONS}
        for name, group in going.items()
    }
    left = {name: replace(group, fields={**group.fields, **freed.get(name, {})}) for name, group in there.items()}
    kind, vpc = KIND, found["vpc"].get("main")
    if "main" in declared.resources.get("vpc_ipv6", {}) or vpc and vpc.details.get("ipv6"):
        # Created once the VPC has IPv6, so that the rules of a new group are known.
        kind = security_group.of_vpc(ipv6=True)
        wanted = {name: {**fields, "needs": [vpc_ipv6.ADDRESS]} for name, fields in wanted.items()}
    quota = declared.inputs.security_group_rules_quota
    kind = replace(kind, changes={(way,): changes(way, quota) for way in _DIRECTIONS})
    return reconcile(KIND, freed, going) + reconcile(kind, wanted, left, purge_tags=declared.purge_tags)
