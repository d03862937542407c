# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the hub's Profile, and the others of a closed VPC, have, as far as its account may see: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from . import profiles

READ_AFTER = ("profile_association",)
INPUTS = ("central",)
PERMISSIONS = ("route53profiles:ListProfileResourceAssociations",)
KIND = ResourceType("profile_content")


def read(aws, declared, found):
    """Return {Profile id: Actual}; details: resources, as listed; [] also for one that isn't shared with us."""
    central = declared.inputs.central
    if declared.absent or not central.services or not central.profile_id:
        return {}
    others = [one.fields["profile"] for one in found["profile_association"].values()]
    ids = list(dict.fromkeys([central.profile_id, *others]))
    contents = aws.gather(
        *(lambda id_=id_: profiles.resources_of(aws, id_, none_if="ResourceNotFoundException") for id_ in ids)
    )
    return {id_: Actual(id_, {}, False, {"resources": resources}) for id_, resources in zip(ids, contents)}
