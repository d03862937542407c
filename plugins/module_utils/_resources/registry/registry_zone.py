# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The private hosted zone of a registry's endpoints, associated with the front's VPC.

Its comment, set on creation, names its owner: a zone gets its tags only afterwards, and a run may end in between.
"""

from __future__ import annotations

import uuid

from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType, reconcile
from ..shared import route53

READ_AFTER = ("existing_vpc",)
INPUTS = ()
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


def comment(owner):
    return f"{OWNER_TAG}={owner}"


def read(aws, declared, found):
    """Return {name: Actual} with fields zone_name, vpc, region, comment.

    Somebody else's zone is in it, not managed, only if it has the declared name and answers in the VPC.
    """
    listed = aws.read("route53.list_hosted_zones", "HostedZones")
    own = [zone for zone in listed if zone["Config"].get("Comment") == comment(declared.owner)]
    details = aws.gather(*(lambda id_=zone["Id"]: aws.call("route53.get_hosted_zone", Id=id_) for zone in own))
    zones = {_name(zone["HostedZone"]["Name"]): _actual(zone) for zone in details}
    wanted = {fields["zone_name"] for fields in declared.resources["registry_zone"].values()} - set(zones)
    vpc = found["existing_vpc"].get("main")
    if declared.absent or not vpc or not wanted:
        return zones
    others = [zone for zone in route53.zones_of_vpc(aws, vpc.id) if _name(zone["Name"]) in wanted]
    return {**zones, **{_name(zone["Name"]): Actual(zone["HostedZoneId"], {}, False, zone["Owner"]) for zone in others}}


def _name(name):
    return name.rstrip(".")


def _actual(zone):
    vpcs = zone.get("VPCs") or [{}]
    return Actual(
        zone["HostedZone"]["Id"],
        {
            "zone_name": _name(zone["HostedZone"]["Name"]),
            "vpc": vpcs[0].get("VPCId"),
            "region": vpcs[0].get("VPCRegion"),
            "comment": zone["HostedZone"]["Config"]["Comment"],
        },
    )


def plan(wanted, found, declared):
    there = found["registry_zone"]
    for name, zone in there.items():
        if not zone.managed:
            owner = zone.details.get("OwningAccount") or zone.details.get("OwningService")
            raise Conflict(
                f"zone: {name} is answered in this VPC already, by hosted zone {zone.id} of {owner}. Delete that zone,"
                " or declare another"
            )
    return reconcile(
        KIND, {name: {**fields, "region": declared.place["region"]} for name, fields in wanted.items()}, there
    )


def _create(fields):
    return Call(
        "route53.create_hosted_zone",
        {
            "Name": fields["zone_name"],
            "VPC": {"VPCRegion": fields["region"], "VPCId": fields["vpc"]},
            "CallerReference": str(uuid.uuid4()),
            "HostedZoneConfig": {"Comment": fields["comment"], "PrivateZone": True},
        },
        id_path="HostedZone.Id",
    )


KIND = ResourceType(
    "registry_zone",
    create=_create,
    delete=lambda id_, fields: Call("route53.delete_hosted_zone", {"Id": id_}),
)
