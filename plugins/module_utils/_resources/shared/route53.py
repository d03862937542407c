# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers that the resource files of Route 53 share. A record has no id and no tags: its content identifies it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import Call, ResourceType

# For every change of records.
PERMISSIONS = ("route53:ChangeResourceRecordSets", "route53:GetChange", "route53:ListResourceRecordSets")


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

    It waits until all of Route 53's servers answer with the change (GetChange: INSYNC).
    """
    return Call(
        "route53.change_resource_record_sets",
        {
            "HostedZoneId": zone_id,
            "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": record_set}]},
        },
        wait=Wait(
            "route53.get_change",
            {"Id": OWN_ID},
            "[ChangeInfo.Status]",
            until=("INSYNC",),
            pending=("PENDING",),
            made="ChangeInfo.Id",
        ),
    )


def zones_of_vpc(aws: Any, vpc_id: str) -> list[dict[str, Any]]:
    """HostedZoneSummaries of the private zones that a VPC of this account and region is associated with."""
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
