# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints that the hub's Profile has, as an account sees them with which it is shared: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from . import profiles

READ_AFTER = ()
INPUTS = ("central",)
PERMISSIONS = ("route53profiles:ListProfileResourceAssociations",)
KIND = ResourceType("profile_content")


def read(aws, declared, found):
    """Return {endpoint id: Actual}; details: state. {} also for a Profile that isn't shared with this account."""
    central = declared.inputs.central
    if declared.absent or not central.services or not central.profile_id:
        return {}
    listed = aws.read(
        "route53profiles.list_profile_resource_associations",
        "ProfileResourceAssociations",
        none_if="ResourceNotFoundException",
        ProfileId=central.profile_id,
    )
    return {
        item["ResourceArn"].rpartition("/")[2]: Actual(None, {}, False, {"state": profiles.state(item["Status"])})
        for item in listed
        if ":vpc-endpoint/" in item["ResourceArn"]
    }
