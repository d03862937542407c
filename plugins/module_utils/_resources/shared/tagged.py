# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of any type that carry the owner tag, read by one call.

The call spares an account the reads of types of which it has none, and finds what an interrupted run left behind.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from .ec2 import owner_filter

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("ec2:DescribeTags",)
KIND = ResourceType("tagged")


def read(aws, declared, found):
    """Return {resource id: Actual} with the field type, as DescribeTags names it (natgateway, elastic-ip, ...)."""
    tags = aws.read("ec2.describe_tags", "Tags", Filters=[owner_filter(declared.owner)])
    return {tag["ResourceId"]: Actual(None, {"type": tag["ResourceType"]}) for tag in tags}


def is_relevant(kind, resource_type, declared, found):
    """Return true if resources of this kind are declared or left over."""
    return bool(declared.resources[kind]) or any(
        there.fields["type"] == resource_type for there in found["tagged"].values()
    )
