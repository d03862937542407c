# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC attachments to a Transit Gateway, created in the VPC's account."""

from __future__ import annotations

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType
from ..shared import in_transition, states
from ..shared.ec2 import filters, members, owned, tag, tag_specifications, tags_of, untag
from ..vpc.existing_vpc import TERMINAL_STATES, cidrs_of, given_by_zone, ipv6_of, subnets_by_zone, unknown_subnets

READ_AFTER = ("existing_vpc", "transit_gateway")
INPUTS = ("owns_transit_gateway",)
PERMISSIONS = (
    "ec2:CreateTags",
    "ec2:CreateTransitGatewayVpcAttachment",
    "ec2:DeleteTags",
    "ec2:DeleteTransitGatewayVpcAttachment",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:ModifyTransitGatewayVpcAttachment",
    # The first attachment of an account creates AWSServiceRoleForVPCTransitGateway.
    "iam:CreateServiceLinkedRole/transitgateway.amazonaws.com",
)
SWITCHES = {
    "dns_support": "DnsSupport",
    "appliance_mode": "ApplianceModeSupport",
    "security_group_referencing": "SecurityGroupReferencingSupport",
    "ipv6_support": "Ipv6Support",
}


def read(aws, declared, found):
    """Return {name: Actual} with fields transit_gateway, vpc, subnets (ids, sorted), tags and those of SWITCHES (bool).

    details: state.
    """
    vpcs = {vpc.id: name for name, vpc in found["existing_vpc"].items()}
    gateway = found["transit_gateway"].get("main")
    if not vpcs:
        return {}
    # A share that was withdrawn hides the gateway, not the attachment.
    which = filters(transit_gateway_id=gateway.id) if gateway else []
    attachments = aws.read(
        "ec2.describe_transit_gateway_vpc_attachments",
        "TransitGatewayVpcAttachments",
        Filters=[*filters(vpc_id=sorted(vpcs)), *which],
    )
    return {
        vpcs[attachment["VpcId"]]: Actual(
            attachment["TransitGatewayAttachmentId"],
            {
                "transit_gateway": attachment["TransitGatewayId"],
                "vpc": attachment["VpcId"],
                "subnets": sorted(attachment["SubnetIds"]),
                "tags": tags_of(attachment),
                **{field: attachment["Options"].get(option) == "enable" for field, option in SWITCHES.items()},
            },
            managed=owned(attachment, declared.owner),
            details={"state": attachment["State"]},
        )
        for attachment in attachments
        if attachment["State"] not in TERMINAL_STATES and (gateway or owned(attachment, declared.owner))
    }


def plan(wanted, found, declared):
    for name in wanted:
        there = found["transit_gateway_attachment"].get(name)
        if there and there.details["state"] != "deleting" and "main" not in found["transit_gateway"]:
            # An attachment stays when its gateway is no longer shared (AWS: "Work with shared transit gateways").
            raise Conflict(
                f"transit_gateway_attachment.{name}: {there.id} leads to {there.fields['transit_gateway']}, which"
                " this account can't see any more: its share is deleted, as after a move to another organizational"
                " unit, or what is declared is another one. The attachment still carries traffic; don't delete it. Let"
                " the hub's share_with name this account, its organizational unit or its organization, run the hub,"
                " then this again"
            )
    wanted = {name: _with_subnets(name, fields, found) for name, fields in wanted.items()}
    return in_transition.reconcile_with_waits(
        KIND, wanted, found["transit_gateway_attachment"], declared, settled, _removed
    )


def findings(wanted, found, declared):
    gateway = found["transit_gateway"].get("main")
    owner = "this account" if declared.inputs.owns_transit_gateway else "the hub"
    if gateway and "owner" in gateway.details:
        owner = f"the hub, account {gateway.details['owner']},"
    under_way = "AWS hasn't finished; run again"
    undone = "AWS deletes it; run again after that, which attaches again"
    meanings = {
        "initiating": under_way,
        "initiatingRequest": under_way,
        "pendingAcceptance": f"{owner} has to accept it; run the hub, then this account: its routes follow",
        "rejecting": f"{owner} refuses it. {undone}",
        "failing": undone,
        "rollingBack": undone,
    }
    there = found["transit_gateway_attachment"]
    undeclared = [
        f"attachment {name} has IPv6 support, which isn't declared: it stays. Declare ipv6_support"
        for name, attachment in there.items()
        if name in wanted and wanted[name].get("ipv6_support") is None and attachment.fields.get("ipv6_support")
    ]
    return states.findings(wanted, there, ("available",), meanings) + undeclared


def carried(name, found, declared):
    """Return the CIDRs of an attached VPC that AWS propagates: IPv6 ones only if the attachment supports IPv6."""
    ipv6 = declared.resources.get(KIND.name, {}).get(name, {}).get("ipv6_support")
    if ipv6 is None:
        there = found[KIND.name].get(name)
        ipv6 = there is not None and there.fields.get("ipv6_support", False)
    cidrs = cidrs_of(found["existing_vpc"][name].details["route_tables"])
    return [cidr for cidr in cidrs if ipv6 or ":" not in cidr]


def _with_subnets(name, fields, found):
    tier = fields["tier"]
    given = fields.get("subnet_ids")
    fields = {key: value for key, value in fields.items() if key not in ("tier", "subnet_ids")}
    if given:
        subnets = given_by_zone("attachment_subnet_ids", given, name, found)
    else:
        subnets = subnets_by_zone("attachment_tier", tier, name, found)
    if fields.get("ipv6_support") and subnets is not None:
        option = "attachment_subnet_ids" if given else f"attachment_tier {tier!r}"
        _require_ipv6(option, found["existing_vpc"][name], set(subnets.values()))
    return {**fields, "subnets": unknown_subnets(tier, name) if subnets is None else sorted(subnets.values())}


def _require_ipv6(option, vpc, ids):
    """Raise Conflict where a subnet of the attachment has no IPv6 CIDR.

    "To support IPv6, the elastic network interfaces used by the attachments need to have IPv6 addresses" (AWS
    whitepaper "IPv6 on AWS", Amazon VPC connectivity options for IPv6).
    """
    chosen = [subnet for subnet in vpc.details["subnets"].values() if subnet["SubnetId"] in ids]
    without = sorted(subnet["SubnetId"] for subnet in chosen if not ipv6_of(subnet))
    if without:
        raise Conflict(
            f"ipv6_support: {', '.join(without)} of {option} has no IPv6 range. Give it one"
            " (tiered_vpc: ipv6), or say ipv6_support=false"
        )


def notes(wanted, found, declared):
    """Report the Availability Zones of the VPC in which the attachment has no subnet.

    "any resources in Availability Zones where there is no transit gateway attachment cannot reach the transit gateway"
    (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html)
    """
    lines = []
    for name, fields in wanted.items():
        vpc = found["existing_vpc"].get(name)
        attached = _with_subnets(name, fields, found)["subnets"]
        subnets = vpc.details["subnets"].values() if vpc else []
        zones = {subnet["AvailabilityZoneId"] for subnet in subnets if subnet["SubnetId"] in attached}
        without = sorted(
            (subnet["AvailabilityZoneId"], subnet["SubnetId"])
            for subnet in subnets
            if subnet["AvailabilityZoneId"] not in zones
        )
        for zone in sorted({zone for zone, _id in without}):
            ids = ", ".join(id_ for of, id_ in without if of == zone)
            lines.append(f"attachment {name} has no subnet in {zone}: what is in {ids} can't reach the Transit Gateway")
    return lines


def _options(fields):
    return {option: "enable" if fields[name] else "disable" for name, option in SWITCHES.items() if name in fields}


def settled(id_):
    # pendingAcceptance is left to the hub's phase, so it ends this run's wait.
    return Wait(
        "ec2.describe_transit_gateway_vpc_attachments",
        {"TransitGatewayAttachmentIds": [id_]},
        "TransitGatewayVpcAttachments[].State",
        until=("available", "pendingAcceptance"),
        pending=("initiating", "initiatingRequest", "pending", "modifying"),
        failed=("failed", "failing", "rejected", "rejecting", "deleted", "deleting", "rollingBack"),
    )


def _removed(id_):
    return Wait(
        "ec2.describe_transit_gateway_vpc_attachments",
        {"TransitGatewayAttachmentIds": [id_]},
        "TransitGatewayVpcAttachments[].State",
        until=("deleted",),
        # Any state that it had before, and those that follow from it.
        pending=(
            *("initiating", "initiatingRequest", "pendingAcceptance", "pending", "available", "modifying"),
            *("rollingBack", "failing", "failed", "rejecting", "rejected", "deleting"),
        ),
        gone=True,
    )


def _create(fields):
    return Call(
        "ec2.create_transit_gateway_vpc_attachment",
        {
            "TransitGatewayId": fields["transit_gateway"],
            "VpcId": fields["vpc"],
            "SubnetIds": fields["subnets"],
            "Options": _options(fields),
            **tag_specifications("transit-gateway-attachment", fields),
        },
        id_path="TransitGatewayVpcAttachment.TransitGatewayAttachmentId",
        wait=settled(OWN_ID),
    )


def _modify(id_, before, after):
    arguments = {"TransitGatewayAttachmentId": id_, **members("SubnetIds", before["subnets"], after["subnets"])}
    options = {name: after[name] for name in SWITCHES if name in after and before[name] != after[name]}
    if options:
        arguments["Options"] = _options(options)
    return [Call("ec2.modify_transit_gateway_vpc_attachment", arguments, wait=settled(id_))]


KIND = ResourceType(
    "transit_gateway_attachment",
    create=_create,
    changes={("subnets", *SWITCHES): _modify},
    delete=lambda id_, fields: Call(
        "ec2.delete_transit_gateway_vpc_attachment", {"TransitGatewayAttachmentId": id_}, wait=_removed(id_)
    ),
    tag=tag,
    untag=untag,
)
