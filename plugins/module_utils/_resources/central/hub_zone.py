# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Private hosted zones of an older set-up that answer a central service's name in the hub's VPC.

AWS refuses private DNS while one does: "private-dns-enabled cannot be set because there is already a conflicting DNS
domain" (https://github.com/hashicorp/terraform-provider-aws/issues/17535). A zone that is declared as old
is disassociated from the VPC once the service's endpoint exists; other VPCs keep it.
"""

from __future__ import annotations

from ..._core.plan import Address, Step
from ..._core.reconcile import Actual, Conflict, ResourceType
from ..shared import route53

READ_AFTER = ("existing_vpc", "aws_endpoint_service")
INPUTS = ("old_zones",)
PERMISSIONS = (
    "ec2:DescribeVpcs",
    "route53:DisassociateVPCFromHostedZone",
    "route53:GetChange",
    "route53:GetHostedZone",
    "route53:ListHostedZonesByVPC",
)
KIND = ResourceType("hub_zone")


def read(aws, declared, found):
    """Return {zone id: Actual} of the VPC's zones that have the name of a service, without those of AWS's own.

    Fields: name, vpc; managed: it is declared as old. details: service, account, last (bool: the VPC is its only one;
    None: it is another account's, so that can't be read).
    """
    vpc = found["existing_vpc"].get("main")
    services = {
        route53.full_name(name).removeprefix("*."): service
        for service, there in found["aws_endpoint_service"].items()
        for name in there.details["names"]
    }
    if not vpc or declared.absent:
        return {}
    zones = {}
    for zone in route53.zones_of_vpc(aws, vpc.id):
        if zone["Name"] not in services or "OwningAccount" not in zone["Owner"]:
            continue
        id_, account = zone["HostedZoneId"], zone["Owner"]["OwningAccount"]
        old = id_ in declared.inputs.old_zones
        zones[id_] = Actual(
            id_,
            {"name": zone["Name"].rstrip("."), "vpc": vpc.id},
            managed=old,
            details={
                "service": services[zone["Name"]],
                "account": account,
                "last": _is_last(aws, id_) if old and account == aws.account_id else None,
            },
        )
    return zones


def _is_last(aws, id_):
    return len(aws.call("route53.get_hosted_zone", Id=id_)["VPCs"]) == 1


def of_services(found, services):
    """Return {zone id: Actual} of the zones that have the name of one of these services."""
    return {id_: zone for id_, zone in found["hub_zone"].items() if zone.details["service"] in services}


def plan(wanted, found, declared):
    """Return the steps that disassociate old zones. Raises Conflict for a zone that isn't declared as old."""
    if declared.absent:
        return []
    zones = of_services(found, declared.resources["vpc_endpoint"])
    for id_, zone in sorted(zones.items()):
        what = f"{zone.fields['name']} is answered in the VPC by hosted zone {id_} of account {zone.details['account']}"
        if not zone.managed:
            raise Conflict(
                f"old_zones: {what}, so AWS refuses private DNS for the endpoint of {zone.details['service']}. If it"
                f" is of an older set-up of central endpoints, add {id_} to old_zones, and it is disassociated from"
                " this VPC"
            )
        if zone.details["last"]:
            raise Conflict(
                f"old_zones: {what}, and this VPC is its only one. Route 53 doesn't disassociate a zone's last VPC:"
                " delete the zone, or associate it with another VPC first"
            )
    return [_taken_off(id_, zone, declared.place["region"]) for id_, zone in sorted(zones.items())]


def _taken_off(id_, zone, region):
    return Step(
        Address(KIND.name, id_),
        "route53.disassociate_vpc_from_hosted_zone",
        {"HostedZoneId": id_, "VPC": {"VPCRegion": region, "VPCId": zone.fields["vpc"]}},
        before=zone.fields,
        removes=f"{id_} in {zone.fields['vpc']}",
        wait=route53.IN_SYNC,
        # The name has no answer for as short a time as possible.
        needs=(Address("vpc_endpoint", zone.details["service"]),),
    )
