# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account's organisation: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType

READ_AFTER = ()
INPUTS = ("needs_organization",)
PERMISSIONS = ("organizations:DescribeOrganization",)
KIND = ResourceType("organization")


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the organisation's ARN, which RAM takes as a principal; details: id."""
    if not declared.inputs.needs_organization or declared.absent:
        return {}
    organization = aws.call("organizations.describe_organization")["Organization"]
    return {"main": Actual(organization["Arn"], {}, False, {"id": organization["Id"]})}
