# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private hosted zones of a VPC that is to use central endpoints: read only. Those of endpoints are left out."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from ..shared import route53
from . import placement

READ_AFTER = ("existing_vpc",)
INPUTS = ("central",)
PERMISSIONS = ("ec2:DescribeVpcs", "route53:ListHostedZonesByVPC")
KIND = ResourceType("vpc_zone")


def read(aws, declared, found):
    """Return {zone id: Actual} with the field name; details: owner."""
    vpc = placement.vpc_of(found, declared)
    if not vpc:
        return {}
    return {
        zone["HostedZoneId"]: Actual(zone["HostedZoneId"], {"name": zone["Name"].rstrip(".")}, False, zone["Owner"])
        for zone in route53.zones_of_vpc(aws, vpc.id)
        if zone["Owner"].get("OwningService") != "vpce.amazonaws.com"
    }
