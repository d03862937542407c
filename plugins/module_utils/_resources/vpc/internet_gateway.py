# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The internet gateway of a VPC that isn't closed."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared.ec2 import duplicate_check, filters, owned, owner_filter, tag, tag_specifications, tags_of, untag
from ..shared.tagged import is_relevant
from . import internet_route

READ_AFTER = ("vpc", "tagged")
INPUTS = ("handed_over",)
PERMISSIONS = (
    "ec2:CreateInternetGateway",
    "ec2:CreateTags",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteTags",
    "ec2:DescribeInternetGateways",
)


def read(aws, declared, found):
    """Return {"main": Actual} with field tags; details: vpc, the id of the VPC that it is attached to.

    Found by its attachment to the VPC, so that somebody else's is found, too; by owner tag if the VPC has none.
    """
    if not is_relevant("internet_gateway", "internet-gateway", declared, found):
        return {}
    vpc = found["vpc"].get("main")
    gateways = vpc and aws.read(
        "ec2.describe_internet_gateways", "InternetGateways", Filters=filters(**{"attachment.vpc-id": vpc.id})
    )
    if not gateways:
        gateways = aws.read(
            "ec2.describe_internet_gateways", "InternetGateways", Filters=[owner_filter(declared.owner)]
        )
    return {
        "main": Actual(
            gateway["InternetGatewayId"],
            {"tags": tags_of(gateway)},
            managed=owned(gateway, declared.owner),
            details={"vpc": next((a["VpcId"] for a in gateway["Attachments"]), None)},
        )
        for gateway in (gateways or [])[:1]
    }


def plan(wanted, found, declared):
    there = internet_route.staying(KIND.name, found, declared)
    return reconcile(KIND, wanted, there, purge_tags=declared.purge_tags)


KIND = ResourceType(
    "internet_gateway",
    create=lambda fields: Call(
        "ec2.create_internet_gateway",
        tag_specifications("internet-gateway", fields),
        id_path="InternetGateway.InternetGatewayId",
    ),
    delete=lambda id_, fields: Call("ec2.delete_internet_gateway", {"InternetGatewayId": id_}),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        "ec2.describe_internet_gateways", "InternetGateways[].InternetGatewayId", fields
    ),
)
