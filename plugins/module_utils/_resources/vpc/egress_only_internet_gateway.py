# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The egress-only internet gateway of a VPC: outbound IPv6 without inbound."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared.ec2 import duplicate_check, owned, tag, tag_specifications, tags_of, untag
from ..shared.tagged import is_relevant
from . import internet_route

READ_AFTER = ("vpc", "tagged")
INPUTS = ("handed_over",)
PERMISSIONS = (
    "ec2:CreateEgressOnlyInternetGateway",
    "ec2:CreateTags",
    "ec2:DeleteEgressOnlyInternetGateway",
    "ec2:DeleteTags",
    "ec2:DescribeEgressOnlyInternetGateways",
)


def read(aws, declared, found):
    """Return {"main": Actual} with fields vpc, tags: the module's own gateway, else somebody else's in the VPC.

    DescribeEgressOnlyInternetGateways filters by tags only.
    """
    vpc = found["vpc"].get("main")
    if not vpc or not is_relevant(KIND.name, "egress-only-internet-gateway", declared, found):
        return {}
    gateways = [
        gateway
        for gateway in aws.read("ec2.describe_egress_only_internet_gateways", "EgressOnlyInternetGateways")
        if any(attachment["VpcId"] == vpc.id for attachment in gateway["Attachments"])
    ]
    own = [gateway for gateway in gateways if owned(gateway, declared.owner)]
    return {
        "main": Actual(
            gateway["EgressOnlyInternetGatewayId"],
            {"vpc": vpc.id, "tags": tags_of(gateway)},
            managed=owned(gateway, declared.owner),
        )
        for gateway in (own or gateways)[:1]
    }


def plan(wanted, found, declared):
    there = internet_route.staying(KIND.name, found, declared)
    return reconcile(KIND, wanted, there, purge_tags=declared.purge_tags)


KIND = ResourceType(
    "egress_only_internet_gateway",
    create=lambda fields: Call(
        "ec2.create_egress_only_internet_gateway",
        {"VpcId": fields["vpc"], **tag_specifications("egress-only-internet-gateway", fields)},
        id_path="EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
    ),
    delete=lambda id_, fields: Call("ec2.delete_egress_only_internet_gateway", {"EgressOnlyInternetGatewayId": id_}),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        "ec2.describe_egress_only_internet_gateways",
        "EgressOnlyInternetGateways[].EgressOnlyInternetGatewayId",
        fields,
    ),
)
