# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource types of EC2's actions that the modules' calls name, from the Service Authorization Reference."""

from __future__ import annotations

from emulator.iam.ec2_resources import TYPES
from emulator.iam.reference import rows

# Types of resources that a module creates, or names in a call.
NAMED = (
    *("egress-only-internet-gateway", "elastic-ip", "internet-gateway", "ipam-pool", "ipv6pool-ec2", "natgateway"),
    *("network-acl", "prefix-list", "route-table", "security-group", "subnet", "transit-gateway"),
    *("transit-gateway-attachment", "transit-gateway-route-table", "vpc", "vpc-block-public-access-exclusion"),
    *("vpc-endpoint", "vpc-endpoint-service", "vpc-flow-log"),
)
# A pool is named by this call only.
_OF_POOLS = {"ipam-pool": ("AssociateVpcCidrBlock",), "ipv6pool-ec2": ("AssociateVpcCidrBlock",)}


def types_of_ec2(operation: str) -> list[str]:
    """Return the types of an action, "+" before one that it creates."""
    if operation in ("CreateTags", "DeleteTags"):
        return sorted(set(NAMED) & {*TYPES.values()})
    found = rows("ec2", operation)
    if found is None:
        raise LookupError(f"ec2:{operation} is newer than emulator/iam/service_authorization/ec2.json")
    named = (row for row in found if row.type in NAMED and operation in _OF_POOLS.get(row.type, (operation,)))
    return [f"{'+' if row.is_new else ''}{row.type}" for row in named]
