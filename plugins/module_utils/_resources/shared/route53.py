# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of Route 53 share.

A record has no id and no tags: its content identifies it. A private zone's comment, set on creation, names its owner: a
zone gets its tags only afterwards, and a run may end in between.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import OWNER_TAG, Actual, Call, Conflict, ResourceType

# For every change of records.
PERMISSIONS = ("route53:ChangeResourceRecordSets", "route53:GetChange", "route53:ListResourceRecordSets")
# For private zones that a module creates.
ZONE_PERMISSIONS = (
    # CreateHostedZone needs the next two for a private zone.
    "ec2:DescribeVpcs",
    "route53:AssociateVPCWithHostedZone",
    "route53:CreateHostedZone",
    "route53:DeleteHostedZone",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByVPC",
)
# Until all of Route 53's servers answer with a change.
IN_SYNC = Wait(
    "route53.get_change",
    {"Id": OWN_ID},
    "[ChangeInfo.Status]",
    until=("INSYNC",),
    pending=("PENDING",),
    made="ChangeInfo.Id",
)


def zone_comment(owner: str) -> str:
    return f"{OWNER_TAG}={owner}"


def zone_kind(name: str) -> ResourceType:
    """Return the ResourceType of private zones with the fields name, vpc, region and comment."""
    return ResourceType(
        name,
        create=_create_zone,
        delete=lambda id_, fields: Call("route53.delete_hosted_zone", {"Id": id_}),
    )


def _create_zone(fields: Mapping[str, Any]) -> Call:
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


def zones_of_owner(aws: Any, owner: str) -> dict[str, Actual]:
    """Return {name: Actual} of the private zones of an owner, each with its first VPC, see zone_kind."""
    listed = aws.read("route53.list_hosted_zones", "HostedZones")
    own = [zone["Id"] for zone in listed if zone["Config"].get("Comment") == zone_comment(owner)]
    details = aws.gather(*(lambda id_=id_: aws.call("route53.get_hosted_zone", Id=id_) for id_ in own))
    return {_name(zone["HostedZone"]["Name"]): _zone(zone) for zone in details}


def _zone(zone: Mapping[str, Any]) -> Actual:
    vpc = next(iter(zone.get("VPCs", ())), {})
    fields = {
        "name": _name(zone["HostedZone"]["Name"]),
        "vpc": vpc.get("VPCId"),
        "region": vpc.get("VPCRegion"),
        "comment": zone["HostedZone"]["Config"]["Comment"],
    }
    return Actual(zone["HostedZone"]["Id"], fields)


def _name(stored: str) -> str:
    return stored.rstrip(".")


def others_zones(aws: Any, vpc_id: str, names: Collection[str]) -> dict[str, Actual]:
    """Return {name: Actual} of the zones that answer these names in a VPC, not managed; details: the API's Owner."""
    wanted = {full_name(name): name for name in names}
    return {
        wanted[zone["Name"]]: Actual(zone["HostedZoneId"], {}, False, zone["Owner"])
        for zone in (zones_of_vpc(aws, vpc_id) if wanted else ())
        if zone["Name"] in wanted
    }


def refuse_others_zones(there: Mapping[str, Actual], option: str, remedy: str) -> None:
    """Raise Conflict if one of these zones is somebody else's."""
    for name, zone in there.items():
        if not zone.managed:
            owner = zone.details.get("OwningAccount") or zone.details.get("OwningService")
            raise Conflict(
                f"{option}: {name} is answered in this VPC already, by hosted zone {zone.id} of {owner}. {remedy}"
            )


def records_of(aws: Any, zones: Mapping[str, Actual]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (name of the zone, its id, ResourceRecordSet) for each record of those of these zones that are managed."""
    own = {name: zone.id for name, zone in zones.items() if zone.managed}
    operation, key = "route53.list_resource_record_sets", "ResourceRecordSets"
    pages = aws.gather(*(lambda id_=id_: aws.read(operation, key, HostedZoneId=id_) for id_ in own.values()))
    return ((name, id_, item) for (name, id_), sets in zip(own.items(), pages) for item in sets)


def record_kind(name: str, record_set: Callable[..., Any], changed: tuple[str, ...], **more: Any) -> ResourceType:
    """Return the ResourceType of records with the fields zone, those that record_set reads, and `changed`.

    A new record overwrites the fields in `changed`.
    """

    def upsert(fields: Mapping[str, Any]) -> Call:
        return change("UPSERT", fields["zone"], record_set(fields))

    return ResourceType(
        name,
        create=upsert,
        changes={changed: lambda id_, before, after: [upsert(after)]},
        delete=lambda id_, fields: change("DELETE", fields["zone"], record_set(fields)),
        **more,
    )


def change(action: str, zone_id: Any, record_set: Mapping[str, Any]) -> Call:
    """Return the call that changes a record; action: UPSERT or DELETE.

    It waits until all of Route 53's servers answer with the change.
    """
    return Call(
        "route53.change_resource_record_sets",
        {
            "HostedZoneId": zone_id,
            "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": record_set}]},
        },
        wait=IN_SYNC,
    )


def zones_of_vpc(aws: Any, vpc_id: str) -> list[dict[str, Any]]:
    """Return HostedZoneSummaries of the private zones that a VPC of this account and region is associated with."""
    zones, token = [], {}
    while True:
        # botocore has no paginator for it.
        page = aws.call("route53.list_hosted_zones_by_vpc", VPCId=vpc_id, VPCRegion=aws.region, **token)
        zones += page["HostedZoneSummaries"]
        if not page.get("NextToken"):
            return zones
        token = {"NextToken": page["NextToken"]}


def full_name(name: str) -> str:
    """Return the name as Route 53 stores and answers it: lower case, with a dot at the end."""
    return name.lower().rstrip(".") + "."
