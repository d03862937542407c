# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC attachments to a Transit Gateway, made in the VPC's account."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Actual, Call, Conflict, Kind
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import MADE
from ansible_collections.closednet.aws.plugins.module_utils._core.waiters import Wait
from ansible_collections.closednet.aws.plugins.module_utils._resources import moving
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import (
    filters,
    members,
    owned,
    tag,
    tag_specifications,
    tags_of,
    untag,
)
from ansible_collections.closednet.aws.plugins.module_utils._resources.existing_vpc import (
    OVER,
    ipv6_of,
    subnets_by_zone,
    unknown_subnets,
)

READ_AFTER = ("existing_vpc", "transit_gateway")
PERMISSIONS = (
    "ec2:CreateTags",
    "ec2:CreateTransitGatewayVpcAttachment",
    "ec2:DeleteTags",
    "ec2:DeleteTransitGatewayVpcAttachment",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:ModifyTransitGatewayVpcAttachment",
    # The first attachment of an account makes AWSServiceRoleForVPCTransitGateway.
    "iam:CreateServiceLinkedRole/transitgateway.amazonaws.com",
)
SWITCHES = {
    "dns_support": "DnsSupport",
    "appliance_mode": "ApplianceModeSupport",
    "security_group_referencing": "SecurityGroupReferencingSupport",
    "ipv6_support": "Ipv6Support",
}


def read(aws, declared, found):
    """{name: Actual} with fields transit_gateway, vpc, subnets (ids, sorted), tags and those of SWITCHES (bool);
    details: state, and whether it is on its way out.
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
            owned=owned(attachment, declared.owner),
            details={"state": attachment["State"]},
        )
        for attachment in attachments
        if attachment["State"] not in OVER and (gateway or owned(attachment, declared.owner))
    }


def plan(wanted, found, declared):
    wanted = {name: _with_subnets(name, fields, found) for name, fields in wanted.items()}
    return moving.converge(KIND, wanted, found["transit_gateway_attachment"], declared, _settled, _removed)


def _with_subnets(name, fields, found):
    tier = fields["tier"]
    fields = {key: value for key, value in fields.items() if key != "tier"}
    subnets = subnets_by_zone("attachment_tier", tier, name, found)
    if fields.get("ipv6_support") and subnets is not None:
        _require_ipv6(tier, found["existing_vpc"][name], set(subnets.values()))
    return {**fields, "subnets": unknown_subnets(tier, name) if subnets is None else sorted(subnets.values())}


def _require_ipv6(tier, vpc, ids):
    """Raises Conflict. "To support IPv6, the elastic network interfaces used by the attachments need to have IPv6
    addresses" (AWS whitepaper "IPv6 on AWS", Amazon VPC connectivity options for IPv6).
    """
    chosen = [subnet for subnet in vpc.details["subnets"].values() if subnet["SubnetId"] in ids]
    without = sorted(subnet["SubnetId"] for subnet in chosen if not ipv6_of(subnet))
    if without:
        raise Conflict(
            f"ipv6_support: {', '.join(without)} of attachment_tier {tier!r} has no IPv6 range. Give it one"
            " (tiered_vpc: ipv6), or say ipv6_support=false"
        )


def notes(wanted, found, declared):
    return [
        f"attachment {name} has IPv6 support, which isn't declared: it stays. Declare ipv6_support"
        for name, there in found["transit_gateway_attachment"].items()
        if name in wanted and wanted[name].get("ipv6_support") is None and there.fields.get("ipv6_support")
    ]


def _options(fields):
    return {option: "enable" if fields[name] else "disable" for name, option in SWITCHES.items() if name in fields}


def _settled(id_):
    # pendingAcceptance is the hub's turn, so it ends this run's wait.
    return Wait(
        "ec2.describe_transit_gateway_vpc_attachments",
        {"TransitGatewayAttachmentIds": [id_]},
        "TransitGatewayVpcAttachments[].State",
        until=("available", "pendingAcceptance"),
        failed=("failed", "failing", "rejected", "rejecting", "deleted", "deleting", "rollingBack"),
    )


def _removed(id_):
    return Wait(
        "ec2.describe_transit_gateway_vpc_attachments",
        {"TransitGatewayAttachmentIds": [id_]},
        "TransitGatewayVpcAttachments[].State",
        until=("deleted",),
        gone=("InvalidTransitGatewayAttachmentID.NotFound",),
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
        yields="TransitGatewayVpcAttachment.TransitGatewayAttachmentId",
        wait=_settled(MADE),
    )


def _modify(id_, before, after):
    arguments = {"TransitGatewayAttachmentId": id_, **members("SubnetIds", before["subnets"], after["subnets"])}
    options = {name: after[name] for name in SWITCHES if name in after and before[name] != after[name]}
    if options:
        arguments["Options"] = _options(options)
    return [Call("ec2.modify_transit_gateway_vpc_attachment", arguments, wait=_settled(id_))]


KIND = Kind(
    "transit_gateway_attachment",
    create=_create,
    changes={("subnets", *SWITCHES): _modify},
    delete=lambda id_, fields: Call(
        "ec2.delete_transit_gateway_vpc_attachment", {"TransitGatewayAttachmentId": id_}, wait=_removed(id_)
    ),
    tag=tag,
    untag=untag,
)
