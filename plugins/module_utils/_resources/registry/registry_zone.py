# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The private hosted zone of a registry's endpoints, associated with the front's VPC."""

from __future__ import annotations

from ..._core.reconcile import reconcile
from ..shared import route53

READ_AFTER = ("existing_vpc",)
INPUTS = ()
PERMISSIONS = route53.ZONE_PERMISSIONS
KIND = route53.zone_kind("registry_zone")


def read(aws, declared, found):
    """Return {name: Actual} of the registry's zones, see route53.zone_kind.

    Somebody else's zone is in it, not managed, only if it has the declared name and answers in the VPC.
    """
    zones = route53.zones_of_owner(aws, declared.owner)
    vpc, names = found["existing_vpc"].get("main"), set(declared.resources["registry_zone"]) - set(zones)
    if declared.absent or not vpc:
        return zones
    return zones | route53.others_zones(aws, vpc.id, names)


def plan(wanted, found, declared):
    there = found["registry_zone"]
    route53.refuse_others_zones(there, "zone", "Delete that zone, or declare another")
    complete = {name: {**fields, "region": declared.place["region"]} for name, fields in wanted.items()}
    return reconcile(KIND, complete, there)
