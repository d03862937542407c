# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolver rules of a closed VPC, which answer for their domains in place of a Profile: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from . import placement

READ_AFTER = ("existing_vpc",)
INPUTS = ("central",)
PERMISSIONS = ("route53resolver:ListResolverRuleAssociations", "route53resolver:ListResolverRules")
KIND = ResourceType("vpc_rule")


def read(aws, declared, found):
    """Return {rule id: Actual} of the rules that the VPC uses; details: rule, as listed; None if it isn't listed."""
    vpc = placement.vpc_of(found, declared)
    if not vpc:
        return {}
    used, rules = aws.gather(
        lambda: aws.read(
            "route53resolver.list_resolver_rule_associations",
            "ResolverRuleAssociations",
            Filters=[{"Name": "VPCId", "Values": [vpc.id]}],
        ),
        lambda: aws.read("route53resolver.list_resolver_rules", "ResolverRules"),
    )
    by_id = {rule["Id"]: rule for rule in rules}
    return {
        one["ResolverRuleId"]: Actual(one["ResolverRuleId"], {}, False, {"rule": by_id.get(one["ResolverRuleId"])})
        for one in used
        if one["Status"] != "DELETING"
    }
