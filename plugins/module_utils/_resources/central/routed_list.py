# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Customers' prefix lists in the routes of a VPC that is to use central endpoints: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from ..shared.ec2 import customers_list

READ_AFTER = ("effective_route_table",)
INPUTS = ("central",)
PERMISSIONS = ("ec2:GetManagedPrefixListEntries",)
KIND = ResourceType("routed_list")


def read(aws, declared, found):
    """Return {prefix list id: Actual}; details: cidrs. Without lists that can't be read."""
    if declared.absent or not declared.inputs.central.services:
        return {}
    ids = sorted(
        {
            route["DestinationPrefixListId"]
            for table in found["effective_route_table"].values()
            for route in table.details["routes"]
            if "DestinationPrefixListId" in route and not route.get("GatewayId", "").startswith("vpce-")
        }
    )
    lists = aws.gather(*(lambda id_=id_: customers_list(aws, id_) for id_ in ids))
    return {
        listed["PrefixListId"]: Actual(listed["PrefixListId"], {}, False, {"cidrs": listed["Cidrs"]})
        for listed in lists
        if listed
    }
