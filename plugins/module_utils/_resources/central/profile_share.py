# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The RAM share through which other accounts see the Profile.

With RAM's default permission for Profiles, AWSRAMPermissionRoute53ProfileAllowAssociation, they can associate it with
their VPCs and can't change it (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/sharing-profiles.html).
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.reconcile import OWNER_TAG, reconcile
from ..hub import resource_share

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "ram:CreateResourceShare",
    "ram:DeleteResourceShare",
    "ram:GetResourceShares",
    "ram:TagResource",
    "ram:UntagResource",
    "ram:UpdateResourceShare",
    # RAM shares a Profile in the caller's name (sharing-profiles.html, "Granting permissions").
    "route53profiles:GetProfilePolicy",
    "route53profiles:PutProfilePolicy",
)
KIND = replace(resource_share.KIND, name="profile_share")


def read(aws, declared, found):
    """Return {"main": Actual} with fields share_name, allow_external, tags; a second one of the owner by its ARN."""
    own = resource_share.alive(aws, tagFilters=[{"tagKey": OWNER_TAG, "tagValues": [declared.owner]}])
    first, *more = sorted(own, key=lambda share: share.id) or (None,)
    return {**({"main": first} if first else {}), **{share.id: share for share in more}}


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["profile_share"], purge_tags=declared.purge_tags)
