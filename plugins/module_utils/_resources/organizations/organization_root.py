# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The root of the organization and its enabled types of policies: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("organizations:ListRoots",)
KIND = ResourceType("organization_root")


def read(aws, declared, found):
    """Return {"main": Actual}; details: id, policy_types (enabled ones)."""
    (root,) = aws.read("organizations.list_roots", "Roots")
    types = [each["Type"] for each in root["PolicyTypes"] if each["Status"] == "ENABLED"]
    return {"main": Actual(None, {}, False, {"id": root["Id"], "policy_types": types})}


def plan(wanted, found, declared):
    root = found["organization_root"]["main"].details
    if not declared.absent and "SERVICE_CONTROL_POLICY" not in root["policy_types"]:
        raise Conflict(
            "service control policies aren't switched on in this organization: aws organizations enable-policy-type"
            f" --root-id {root['id']} --policy-type SERVICE_CONTROL_POLICY"
        )
    return []
