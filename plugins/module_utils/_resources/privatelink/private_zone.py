# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A private hosted zone of one VPC for one name."""

from __future__ import annotations

from ..._core.reconcile import reconcile
from ..shared import route53
from .interface_endpoint import connected, uses_private_dns

READ_AFTER = ("existing_vpc", "consumed_service", "vpc_endpoint")
INPUTS = ("dns_name",)
PERMISSIONS = route53.ZONE_PERMISSIONS
KIND = route53.zone_kind("private_zone")
REMEDY = "A name leads to one service: remove that zone or endpoint, or give another dns_name"


def read(aws, declared, found):
    """Return {name: Actual} of this module's zones, see route53.zone_kind.

    Somebody else's zone is in it, not managed, only if it answers a declared name in the VPC.
    """
    zones = route53.zones_of_owner(aws, declared.owner)
    vpc, name = found["existing_vpc"].get("main"), _name(declared, found)
    if declared.absent or not vpc or not name or name in zones:
        return zones
    return zones | route53.others_zones(aws, vpc.id, [name])


def _name(declared, found):
    """Return the private name that is wanted and that the endpoint doesn't answer itself yet, else None."""
    there, service = found["vpc_endpoint"].get("main"), found["consumed_service"].get("main")
    if there and there.fields["private_dns"]:
        return None
    verified = service and service.details["verification"] == "verified"
    return declared.inputs.dns_name or (service.details["private_dns_name"] if verified else None)


def plan(wanted, found, declared):
    there = found["private_zone"]
    route53.refuse_others_zones(there, "dns_name", REMEDY)
    due = is_due(found, declared)
    return reconcile(
        KIND,
        {
            name: {**fields, "region": declared.place["region"]}
            for name, fields in wanted.items()
            if due or name in there
        },
        there,
    )


def is_due(found, declared):
    """Return true if a zone is needed: the service is known, the endpoint answers, and not to the name itself.

    An existing zone stays when the service's own name is verified later: a change would leave the name unanswered for a
    while.
    """
    known = "main" in found["consumed_service"]
    return known and connected(found) and not uses_private_dns(declared.inputs.dns_name, found)
