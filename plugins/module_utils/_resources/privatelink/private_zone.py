# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A private hosted zone of one VPC for one name.

Its comment, set on creation, names its owner: a zone gets its tags only afterwards, and a run may end in between.
"""

from __future__ import annotations

import uuid

from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..shared import route53
from .interface_endpoint import connected, uses_private_dns

READ_AFTER = ("existing_vpc", "consumed_service", "vpc_endpoint")
INPUTS = ("dns_name",)
PERMISSIONS = (
    # CreateHostedZone needs the next two for a private zone.
    "ec2:DescribeVpcs",
    "route53:AssociateVPCWithHostedZone",
    "route53:CreateHostedZone",
    "route53:DeleteHostedZone",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByVPC",
)


def read(aws, declared, found):
    """Return {name: Actual} with fields name, vpc, region, comment.

    Somebody else's zone is in it, not managed, only if it answers a declared name in the VPC.
    """
    own = [
        aws.call("route53.get_hosted_zone", Id=zone["Id"])
        for zone in aws.read("route53.list_hosted_zones", "HostedZones")
        if zone["Config"].get("Comment") == comment(declared.owner)
    ]
    zones = {
        zone["HostedZone"]["Name"].rstrip("."): Actual(
            zone["HostedZone"]["Id"],
            {
                "name": zone["HostedZone"]["Name"].rstrip("."),
                "vpc": zone["VPCs"][0]["VPCId"],
                "region": zone["VPCs"][0]["VPCRegion"],
                "comment": zone["HostedZone"]["Config"]["Comment"],
            },
        )
        for zone in own
    }
    vpc, name = found["existing_vpc"].get("main"), _name(declared, found)
    if declared.absent or not vpc or not name or name in zones:
        return zones
    others = [zone for zone in route53.zones_of_vpc(aws, vpc.id) if zone["Name"] == route53.full_name(name)]
    return {**zones, **{name: Actual(zone["HostedZoneId"], {}, False, zone["Owner"]) for zone in others}}


def comment(owner):
    return f"{OWNER_TAG}={owner}"


def _name(declared, found):
    """Return the private name that is wanted and that the endpoint doesn't answer itself yet, else None."""
    there, service = found["vpc_endpoint"].get("main"), found["consumed_service"].get("main")
    if there and there.fields["private_dns"]:
        return None
    verified = service and service.details["verification"] == "verified"
    return declared.inputs.dns_name or (service.details["private_dns_name"] if verified else None)


def plan(wanted, found, declared):
    there = found["private_zone"]
    for name, zone in there.items():
        if not zone.managed:
            owner = zone.details.get("OwningAccount") or zone.details.get("OwningService")
            raise Conflict(
                f"dns_name: {name} is answered in this VPC already, by hosted zone {zone.id} of {owner}. A name leads"
                " to one service: remove that zone or endpoint, or give another dns_name"
            )
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


def _create(fields):
    return Call(
        "route53.create_hosted_zone",
        {
            "Name": fields["name"],
            "VPC": {"VPCRegion": fields["region"], "VPCId": fields["vpc"]},
            "CallerReference": str(uuid.uuid4()),
            "HostedZoneConfig": {"Comment": fields["comment"], "PrivateZone": True},
        },
        id_path="HostedZone.Id",
    )


KIND = ResourceType(
    "private_zone",
    create=_create,
    delete=lambda id_, fields: Call("route53.delete_hosted_zone", {"Id": id_}),
)
