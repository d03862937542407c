# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's prefix lists of the services with gateway endpoints, by service (s3, dynamodb): read only.

Network ACLs take no prefix lists, so the lists' CIDRs are needed.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..shared.ec2 import filters

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("ec2:DescribePrefixLists",)
KIND = ResourceType("gateway_prefix_list")


def read(aws, declared, found):
    """Return {service: Actual} with the field cidrs (IPv4); raise Conflict for a service without a prefix list."""
    by_name = {f"com.amazonaws.{aws.region}.{service}": service for service in declared.resources[KIND.name]}
    if not by_name:
        return {}
    lists = aws.read("ec2.describe_prefix_lists", "PrefixLists", Filters=filters(prefix_list_name=sorted(by_name)))
    listed = {by_name[item["PrefixListName"]]: item for item in lists}
    for service in by_name.values():
        if service not in listed:
            raise Conflict(f"flows: {service} has no prefix list in {aws.region}")
    return {
        service: Actual(item["PrefixListId"], {"cidrs": [cidr for cidr in item["Cidrs"] if ":" not in cidr]})
        for service, item in listed.items()
    }
