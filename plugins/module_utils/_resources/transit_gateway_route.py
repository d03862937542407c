# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes in a VPC's route tables that lead to the Transit Gateway, in the tiers that are to reach it."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import (
    OWNER_TAG,
    Actual,
    Call,
    Conflict,
    Kind,
    reconcile,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.attached_vpc import of_tier
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import tags_of

READ_AFTER = ("attached_vpc", "transit_gateway", "transit_gateway_attachment")
PERMISSIONS = ("ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute")
# DescribeRouteTables' names of a destination
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "EgressOnlyInternetGatewayId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
)


def read(aws, declared, found):
    """{"attachment/table/destination": Actual} with fields route_table, destination, transit_gateway.

    Every route of the VPC's tables is read, so that another route with a declared destination is seen to be in the way.
    Owned is what leads to this transit gateway, in a table that tiered_vpc made.
    """
    routes = {}
    for name, vpc in found["attached_vpc"].items():
        attachment = found["transit_gateway_attachment"].get(name)
        gateway = attachment and attachment.fields["transit_gateway"]
        for table_name, table in vpc.details["route_tables"].items():
            for route in table["Routes"]:
                destination = next((route[key] for key in DESTINATIONS if route.get(key)), None)
                target = next((route[key] for key in TARGETS if route.get(key)), None)
                ours = gateway is not None and target == gateway
                fields = {
                    "route_table": table["RouteTableId"],
                    "destination": destination,
                    "transit_gateway": target,
                }
                managed = tags_of(table).get(OWNER_TAG, "").startswith("tiered_vpc/")
                routes[f"{name}/{table_name}/{destination}"] = Actual(
                    f"{table['RouteTableId']}/{destination}", fields, ours, {"removable": ours and managed}
                )
    return routes


def plan(wanted, found, declared):
    expanded = {}
    for fields in wanted.values():
        attachment = fields["attachment"]
        state = state_of(found, attachment)
        vpc = found["attached_vpc"].get(attachment)
        # Its own account's attachment is available once made; another's waits for the hub.
        if not vpc or (state != "available" and not declared.scope["owns_transit_gateway"]):
            continue
        tables = of_tier(vpc.details["route_tables"], fields["tier"])
        if not tables:
            have = sorted({other.partition(".")[0] for other in vpc.details["route_tables"]})
            raise Conflict(f"tiers: {fields['tier']!r} has no route table in {vpc.id}; it has {', '.join(have)}")
        for table_name, table in tables.items():
            expanded[f"{attachment}/{table_name}/{fields['destination']}"] = {
                "route_table": table["RouteTableId"],
                "destination": fields["destination"],
                "transit_gateway": fields["transit_gateway"],
            }
    there = {
        name: actual
        for name, actual in found["transit_gateway_route"].items()
        if name in expanded or (actual.details["removable"] and (declared.absent or _settled(name, found)))
    }
    return reconcile(KIND, expanded, there)


def notes(wanted, found, declared):
    waiting = sorted({fields["attachment"] for fields in wanted.values()})
    return [
        f"routes of attachment {name} follow once the hub has accepted it (now: {state_of(found, name) or 'not made'})"
        for name in waiting
        if state_of(found, name) != "available" and not declared.scope["owns_transit_gateway"]
    ]


def state_of(found, attachment):
    """The state of an attachment; None while there is none."""
    there = found["transit_gateway_attachment"].get(attachment)
    return there and there.details["state"]


def _settled(name, found):
    return state_of(found, name.partition("/")[0]) == "available"


def _arguments(fields):
    destination = fields["destination"]
    key = "DestinationCidrBlock"
    if destination.startswith("pl-"):
        key = "DestinationPrefixListId"
    elif ":" in destination:
        key = "DestinationIpv6CidrBlock"
    return {"RouteTableId": fields["route_table"], key: destination}


KIND = Kind(
    "transit_gateway_route",
    create=lambda fields: Call(
        "ec2.create_route", {**_arguments(fields), "TransitGatewayId": fields["transit_gateway"]}
    ),
    delete=lambda id_, fields: Call("ec2.delete_route", _arguments(fields)),
    after_kinds=("transit_gateway_attachment",),
)
