# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users of the subnets and route tables that are to be deleted.

Attachments and endpoints of this collection lose these first; anything else that uses them is named before the first
write. AWS deletes no subnet in which there is a network interface (DeleteSubnet). Where nothing is to be deleted, no
call is made.
"""

from __future__ import annotations

from ..._core.plan import Address, Step
from ..._core.reconcile import OWNER_TAG, Actual, Conflict, ResourceType
from ..hub import transit_gateway_attachment
from ..shared.ec2 import filters, tags_of
from ..vpc.existing_vpc import TERMINAL_STATES
from . import common

READ_AFTER = ("vpc", "subnet", "route_table", "nat_gateway")
INPUTS = ()
PERMISSIONS = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeVpcEndpoints",
    "ec2:ModifyTransitGatewayVpcAttachment",
    "ec2:ModifyVpcEndpoint",
)
KIND = ResourceType("subnet_user")
# Modules whose attachments and endpoints lose a subnet here; in their own next run they miss none.
MODULES = ("tgw_hub", "tgw_spoke", "closed_vpc_endpoints", "privatelink_endpoint")
ATTACHMENT, ENDPOINT = "attachment", "endpoint"


def read(aws, declared, found):
    """Return {id: Actual} of what uses subnets or route tables to be deleted; {} with absent, where all are.

    Fields: subnets, route_tables (ids, sorted), tags; details: kind, state, interfaces (ids), words.
    """
    subnets, tables = (_leaving(kind, declared, found) for kind in ("subnet", "route_table"))
    if declared.absent or not subnets and not tables:
        return {}
    of_vpc = filters(vpc_id=found["vpc"]["main"].id)
    attachments, listed, interfaces = aws.gather(
        lambda: aws.read(
            "ec2.describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments", Filters=of_vpc
        ),
        lambda: aws.read(*common.READ, Filters=of_vpc),
        lambda: (
            aws.read("ec2.describe_network_interfaces", "NetworkInterfaces", Filters=filters(subnet_id=sorted(subnets)))
            if subnets
            else []
        ),
    )
    users = {
        attachment["TransitGatewayAttachmentId"]: _user(ATTACHMENT, attachment, attachment["State"])
        for attachment in attachments
        if attachment["State"] not in (*TERMINAL_STATES, "deleting")
    }
    users |= {
        endpoint["VpcEndpointId"]: _user(ENDPOINT, endpoint, state)
        for endpoint in listed
        if (state := common.state(endpoint["State"])) not in (*TERMINAL_STATES, "deleting", "expired")
    }
    gone = {*subnets, *tables}
    users = {id_: user for id_, user in users.items() if gone & {*user.fields["subnets"], *user.fields["route_tables"]}}
    known = {id_ for user in users.values() for id_ in user.details["interfaces"]}
    attached = {id_ for user in users.values() if user.details["kind"] == ATTACHMENT for id_ in user.fields["subnets"]}
    nats = {nat.fields["subnet"] for nat in _leaving("nat_gateway", declared, found).values()}
    for interface in interfaces:
        kind, subnet = interface["InterfaceType"], interface["SubnetId"]
        is_known = (
            interface["NetworkInterfaceId"] in known
            or (kind == "transit_gateway" and subnet in attached)
            or (kind == "nat_gateway" and subnet in nats)
        )
        if not is_known:
            users[interface["NetworkInterfaceId"]] = _interface(interface)
    return users


def _leaving(kind, declared, found):
    """Return {id: Actual} of this module's resources that are no longer declared."""
    wanted = declared.resources.get(kind, {})
    return {there.id: there for name, there in found.get(kind, {}).items() if there.managed and name not in wanted}


def _user(kind, item, state):
    tags = tags_of(item)
    fields = {
        "subnets": sorted(item.get("SubnetIds", [])),
        "route_tables": sorted(item.get("RouteTableIds", [])),
        "tags": tags,
    }
    id_ = item.get("TransitGatewayAttachmentId") or item["VpcEndpointId"]
    owned = tags.get(OWNER_TAG, "").partition("/")[0] in MODULES
    details = {"kind": kind, "state": state, "interfaces": item.get("NetworkInterfaceIds", []), "words": ""}
    return Actual(id_, fields, owned, details)


def _interface(item):
    words = item.get("Description") or item["InterfaceType"]
    fields = {"subnets": [item["SubnetId"]], "route_tables": [], "tags": {}}
    return Actual(item["NetworkInterfaceId"], fields, False, {"kind": "interface", "state": "", "words": words})


def plan(wanted, found, declared):
    subnets, tables = (_leaving(kind, declared, found) for kind in ("subnet", "route_table"))
    steps, held = [], []
    for user in found["subnet_user"].values():
        problem = _problem(user, subnets, found)
        if problem:
            names = ", ".join(
                subnets[id_].fields["tags"].get("Name", id_) for id_ in user.fields["subnets"] if id_ in subnets
            )
            held.append(f"{names or 'a route table'}: {user.id} {problem}")
        else:
            steps += _taken_off(user, subnets, tables)
    if held:
        raise Conflict(f"subnets that are to be deleted are in use. {'; '.join(sorted(held))}")
    return steps


def _problem(user, subnets, found):
    """Return why it can't just lose its subnets here, and what comes first; "" if it can."""
    kind, going = user.details["kind"], [id_ for id_ in user.fields["subnets"] if id_ in subnets]
    if kind == "interface" and user.details["words"].startswith("ELB "):
        return f"({user.details['words']}) is in it; take the subnet off that load balancer first (SetSubnets)"
    if kind == "interface":
        return f"({user.details['words']}) is in it; delete it or move it to another subnet first"
    if not user.managed:
        return f"({kind}) isn't of this collection; take the subnet off it first"
    if going and user.details["state"] != "available":
        return f"({kind}) is {user.details['state']}; it can lose a subnet once it is available"
    if going and len(going) == len(user.fields["subnets"]):
        if kind == ATTACHMENT:
            return "(attachment) has no other subnet; attach another tier first (spoke_attachment_tier), or detach it"
        return (
            "(endpoint) has no other subnet; give it another tier first (closed_network_tier or its tier), or delete it"
        )
    if kind == ATTACHMENT:
        zones = {subnets[id_].fields["az_id"] for id_ in going}
        staying = [
            there.id for there in found["subnet"].values() if there.id not in subnets and there.fields["az_id"] in zones
        ]
        if staying:
            # "any resources in Availability Zones where there is no transit gateway attachment cannot reach" it
            # (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html)
            return (
                f"(attachment) would no longer be in {', '.join(sorted(zones))}, where {', '.join(sorted(staying))}"
                " stay and would lose the Transit Gateway; attach another tier first (spoke_attachment_tier)"
            )
    return ""


def _taken_off(user, subnets, tables):
    steps = []
    for field, member, leaving in (("subnets", "SubnetIds", subnets), ("route_tables", "RouteTableIds", tables)):
        going = [id_ for id_ in user.fields[field] if id_ in leaving]
        if not going:
            continue
        left = [id_ for id_ in user.fields[field] if id_ not in leaving]
        if user.details["kind"] == ATTACHMENT:
            operation, argument = "ec2.modify_transit_gateway_vpc_attachment", "TransitGatewayAttachmentId"
            settled = transit_gateway_attachment.settled
        else:
            operation, argument, settled = "ec2.modify_vpc_endpoint", "VpcEndpointId", common.settled
        steps.append(
            Step(
                Address("subnet_user", user.id, field),
                operation,
                {argument: user.id, f"Remove{member}": going},
                before={field: user.fields[field]},
                after={field: left},
                wait=settled(user.id),
            )
        )
    return steps
