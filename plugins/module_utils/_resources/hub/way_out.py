# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections of an attached VPC beside the Transit Gateway: peering connections, and routes to other targets.

Read only, whoever created them: segments keep VPCs apart only where no other connection exists.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from ..shared.ec2 import filters

READ_AFTER = ("existing_vpc", "transit_gateway", "transit_gateway_attachment")
INPUTS = ("other_targets",)
PERMISSIONS = ("ec2:DescribeRouteTables", "ec2:DescribeVpcPeeringConnections")
KIND = ResourceType("way_out")
# VpcPeeringConnectionStateReason.Code of peering connections that neither are active nor can become active.
TERMINAL_STATES = ("deleted", "deleting", "rejected", "failed", "expired")
# Members of a Route that don't name its target.
NO_TARGETS = ("Origin", "State", "InstanceOwnerId")
# Targets that lead to the internet, egress-only ones too: tiered_vpc compares these.
INTERNET = ("igw-", "nat-", "eigw-")


def read(aws, declared, found):
    """Return {"peering connection id" or "table/destination": Actual}.

    details: vpc (its name here), vpc_id, target, words. All route tables of the VPCs are read, since one that somebody
    else created routes their subnets as well.
    """
    vpcs = {vpc.id: name for name, vpc in found["existing_vpc"].items()}
    if not vpcs:
        return {}
    tables, peerings = aws.gather(
        lambda: aws.read("ec2.describe_route_tables", "RouteTables", Filters=filters(vpc_id=sorted(vpcs))),
        lambda: aws.read("ec2.describe_vpc_peering_connections", "VpcPeeringConnections"),
    )
    ways = {}
    for peering in peerings:
        sides = [peering.get(side, {}) for side in ("RequesterVpcInfo", "AccepterVpcInfo")]
        for one, other in (sides, sides[::-1]):
            if one.get("VpcId") in vpcs and peering["Status"]["Code"] not in TERMINAL_STATES:
                id_ = peering["VpcPeeringConnectionId"]
                with_ = f"{other.get('VpcId', 'an unknown VPC')} of account {other.get('OwnerId', 'unknown')}"
                words = f"peering connection {id_} with {with_} is {peering['Status']['Code']}"
                ways[id_] = _way(vpcs, one["VpcId"], id_, words)
    for table in tables:
        for route in table["Routes"]:
            target, destination = _target(route), _destination(route)
            words = f"route {destination} of {table['RouteTableId']} leads to {target}"
            if target and not _is_known(target, destination, found):
                ways[f"{table['RouteTableId']}/{destination}"] = _way(vpcs, table["VpcId"], target, words)
    return ways


def _way(vpcs, vpc_id, target, words):
    return Actual(None, {}, False, {"vpc": vpcs[vpc_id], "vpc_id": vpc_id, "target": target, "words": words})


def _destination(route):
    return next((value for key, value in sorted(route.items()) if key.startswith("Destination")), "to nowhere")


def _target(route):
    """Return the id of what the route leads to, of any kind; None where AWS shows no target any more."""
    targets = {
        key: value
        for key, value in route.items()
        if value and isinstance(value, str) and not key.startswith("Destination") and key not in NO_TARGETS
    }
    # A route to an instance has the id of its interface, too.
    return targets.get("InstanceId") or next(iter(targets.values()), None)


def _is_known(target, destination, found):
    gateways = {there.id for there in found["transit_gateway"].values()}
    gateways |= {there.fields["transit_gateway"] for there in found["transit_gateway_attachment"].values()}
    # A gateway endpoint's route is to AWS's own prefix list; one with a CIDR is a Gateway Load Balancer's.
    endpoint = target.startswith("vpce-") and destination.startswith("pl-")
    return target == "local" or target in gateways or target.startswith(INTERNET) or endpoint


def findings(wanted, found, declared):
    if declared.absent:
        return []
    return [
        f"{there.details['vpc_id']}: {there.details['words']}, which no segment knows of. Remove it, or declare it"
        f" (other_targets: {there.details['target']})"
        for there in found[KIND.name].values()
        if there.details["target"] not in declared.inputs.other_targets.get(there.details["vpc"], ())
    ]
