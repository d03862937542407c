# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Number of rules or routes that a declared prefix list counts as, its maximum number of entries: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..shared.ec2 import filters

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("ec2:DescribeManagedPrefixLists",)
KIND = ResourceType("prefix_list_size")


def declared_in(*listed):
    """Return resources["prefix_list_size"] for lists of sources or destinations."""
    return {item: {} for items in listed for item in items if item.startswith("pl-")}


def read(aws, declared, found):
    """Return {id: Actual}; details: entries. No call without a declared list.

    Raises Conflict for a list that this account doesn't have and that isn't shared with it.
    """
    wanted = sorted(declared.resources["prefix_list_size"])
    if declared.absent or not wanted:
        return {}
    lists = aws.read("ec2.describe_managed_prefix_lists", "PrefixLists", Filters=filters(prefix_list_id=wanted))
    # AWS's own have a weight instead, which no call returns; that of S3 and DynamoDB is 1.
    sizes = {one["PrefixListId"]: one.get("MaxEntries", 1) for one in lists}
    missing = [list_id for list_id in wanted if list_id not in sizes]
    if missing:
        raise Conflict(f"{missing[0]} is no prefix list of this account and region, and none is shared with it")
    return {list_id: Actual(None, {}, False, {"entries": entries}) for list_id, entries in sizes.items()}


def of(found):
    """Return {prefix list id: number of rules or routes that it counts as}."""
    return {list_id: there.details["entries"] for list_id, there in found.get("prefix_list_size", {}).items()}
