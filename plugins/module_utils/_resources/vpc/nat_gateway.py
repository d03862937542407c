# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAT gateways of a VPC that isn't closed."""

from __future__ import annotations

from ..._core.plan import OWN_ID, Wait
from ..._core.reconcile import Actual, Call, Conflict, ResourceType
from ..shared import in_transition, states
from ..shared.ec2 import duplicate_check, filters, names, owned, tag, tag_specifications, tags_of, untag
from ..shared.tagged import is_relevant
from . import internet_route

READ_AFTER = ("vpc", "tagged")
INPUTS = ("handed_over",)
PERMISSIONS = (
    "ec2:CreateNatGateway",
    "ec2:CreateTags",
    "ec2:DeleteNatGateway",
    "ec2:DeleteTags",
    "ec2:DescribeNatGateways",
)


def read(aws, declared, found):
    if not is_relevant("nat_gateway", "natgateway", declared, found):
        return {}
    vpc = found["vpc"].get("main")
    # A failed NAT gateway counts as none: AWS deletes it.
    alive = vpc and aws.read(
        "ec2.describe_nat_gateways",
        "NatGateways",
        Filter=filters(vpc_id=vpc.id, state=["pending", "available", "deleting"]),
    )
    return {
        name: Actual(
            nat["NatGatewayId"],
            {
                "subnet": nat["SubnetId"],
                "address": next((a.get("AllocationId") for a in nat["NatGatewayAddresses"]), None),
                "tags": tags_of(nat),
            },
            managed=owned(nat, declared.owner),
            details={"state": nat["State"]},
        )
        for name, nat in names(alive or [], "NatGatewayId").items()
    }


def plan(wanted, found, declared):
    # A NAT gateway holds its address and its subnet until its deletion ends.
    there = internet_route.staying(KIND.name, found, declared)
    _require_its_subnet(there, found, declared)
    return in_transition.reconcile_with_waits(KIND, wanted, there, declared, _available, _removed)


def _require_its_subnet(there, found, declared):
    """Raise Conflict if a NAT gateway that stays for a default route is in a tier that is to be deleted."""
    names = {subnet.id: name for name, subnet in found["subnet"].items()}
    for name, nat in found[KIND.name].items():
        subnet = names.get(nat.fields["subnet"])
        if name not in there and subnet and subnet not in declared.resources["subnet"]:
            raise Conflict(
                f"tiers: {subnet} holds {nat.id}, through which tiers leave until their default routes lead to the"
                " transit gateway. Keep its tier in this run, and take it out in a later one"
            )


def address_of_staying(found, declared):
    """Return the ids of the addresses of NAT gateways that aren't declared and stay."""
    there = internet_route.staying(KIND.name, found, declared)
    return {nat.fields["address"] for name, nat in found[KIND.name].items() if name not in there}


def findings(wanted, found, declared):
    return states.findings(wanted, found["nat_gateway"], ("available",), {})


def _create(fields):
    return Call(
        "ec2.create_nat_gateway",
        {
            "SubnetId": fields["subnet"],
            "AllocationId": fields["address"],
            **tag_specifications("natgateway", fields),
        },
        id_path="NatGateway.NatGatewayId",
        wait=_available(OWN_ID),
    )


def _available(id_):
    return Wait(
        "ec2.describe_nat_gateways",
        {"NatGatewayIds": [id_]},
        "NatGateways[].State",
        until=("available",),
        pending=("pending",),
        failed=("failed", "deleting", "deleted"),
    )


def _removed(id_):
    return Wait(
        "ec2.describe_nat_gateways",
        {"NatGatewayIds": [id_]},
        "NatGateways[].State",
        until=("deleted",),
        pending=("pending", "available", "failed", "deleting"),
        gone=True,
    )


KIND = ResourceType(
    "nat_gateway",
    create=_create,
    delete=lambda id_, fields: Call(
        "ec2.delete_nat_gateway",
        {"NatGatewayId": id_},
        wait=_removed(id_),
    ),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        "ec2.describe_nat_gateways",
        "NatGateways[].NatGatewayId",
        fields,
        argument="Filter",
        state=["pending", "available"],
    ),
    depends_on=("internet_gateway_attachment",),
)
