# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Profile in its RAM share, and the accounts that the share is for.

An account that is disassociated loses the Profile: "VPCs that have that Profile's configurations associated to them,
will lose them" (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/sharing-profiles.html).
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref
from ..._core.reconcile import reconcile
from ..hub import resource_share_association
from . import profiles

READ_AFTER = ("profile_share",)
INPUTS = ()
PERMISSIONS = resource_share_association.PERMISSIONS
KIND = replace(resource_share_association.KIND, name="profile_share_association")


def read(aws, declared, found):
    """Return {"PRINCIPAL ACCOUNT" or "RESOURCE ARN": Actual} with fields share, type, entity."""
    return resource_share_association.read(aws, declared, {"resource_share": found["profile_share"]})


def plan(wanted, found, declared):
    arn = profiles.arn_form("profile", declared.place)
    named = {}
    for fields in wanted.values():
        entity = fields["entity"]
        if fields["type"] == "RESOURCE":
            entity = replace(entity, form=arn) if isinstance(entity, Ref) else arn.format(entity)
        named[f"{fields['type']} {entity}"] = {**fields, "entity": entity}
    return reconcile(KIND, named, found["profile_share_association"])
