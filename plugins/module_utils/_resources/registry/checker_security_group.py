# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The security group of the checker: nothing in, and out to the endpoints and to DynamoDB only."""

from __future__ import annotations

from ..vpc import security_group
from ..vpc.security_group_rules import sort

READ_AFTER = (*security_group.READ_AFTER, "gateway_prefix_list")
INPUTS = security_group.INPUTS
PERMISSIONS = (
    *security_group.PERMISSIONS,
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
)
KIND = security_group.KIND
holders = security_group.holders
read = security_group.read


def plan(wanted, found, declared):
    # Sorted here, where the id of DynamoDB's prefix list is known.
    wanted = {name: {**fields, "egress": sort(fields["egress"])} for name, fields in wanted.items()}
    return security_group.plan(wanted, found, declared)
