# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subnets of one VPC, by closednet:name tag (tier.az_id)."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Actual, Call, Conflict, Kind, reconcile
from ansible_collections.closednet.aws.plugins.module_utils._resources import states
from ansible_collections.closednet.aws.plugins.module_utils._resources.ec2 import (
    filters,
    interfaces,
    names,
    owned,
    tag,
    tag_specifications,
    tags_of,
    untag,
)

READ_AFTER = ("vpc",)
PERMISSIONS = (
    "ec2:CreateSubnet",
    "ec2:CreateTags",
    "ec2:DeleteSubnet",
    "ec2:DeleteTags",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:ModifySubnetAttribute",
)


def read(aws, declared, found):
    """{name: Actual} with fields vpc, cidr, az_id, map_public_ip, tags. A name is tier.az_id, or the subnet's id."""
    vpc = found["vpc"].get("main")
    subnets = vpc and aws.read("ec2.describe_subnets", "Subnets", Filters=filters(vpc_id=vpc.id)) or []
    wanted = {} if declared.absent else declared.resources["subnet"]
    # A CIDR is a subnet's natural key: with it a declared subnet is found even if its tags were changed.
    declared_names = {fields["cidr"]: name for name, fields in wanted.items()}
    named = {declared_names[s["CidrBlock"]]: s for s in subnets if s["CidrBlock"] in declared_names}
    others = names([s for s in subnets if s["CidrBlock"] not in declared_names], "SubnetId")
    named.update({subnet["SubnetId"] if name in named else name: subnet for name, subnet in others.items()})
    missing = sorted({fields["az_id"] for name, fields in wanted.items() if name not in named})
    if missing:
        zones = aws.read("ec2.describe_availability_zones", "AvailabilityZones")
        offered = sorted(zone["ZoneId"] for zone in zones)
        unknown = [az_id for az_id in missing if az_id not in offered]
        if unknown:
            raise Conflict(
                f"availability_zone_ids: {unknown[0]!r} isn't offered to this account in {aws.region};"
                f" it has {', '.join(offered)}"
            )
    return {
        name: Actual(
            subnet["SubnetId"],
            {
                "vpc": subnet["VpcId"],
                "cidr": subnet["CidrBlock"],
                "az_id": subnet["AvailabilityZoneId"],
                "map_public_ip": subnet["MapPublicIpOnLaunch"],
                "tags": tags_of(subnet),
            },
            owned=owned(subnet, declared.owner),
            details={"state": subnet["State"]},
        )
        for name, subnet in named.items()
    }


def holders(aws, id_):
    return interfaces(aws, subnet_id=id_)


def plan(wanted, found, declared):
    if wanted:
        # A VPC is made with its first CIDR only; the others must be there before subnets in them.
        cidrs = [f"vpc.main:cidrs.add.{cidr}" for cidr in declared.resources["vpc"]["main"]["cidrs"][1:]]
        wanted = {name: {**fields, "needs": cidrs} for name, fields in wanted.items()}
    return reconcile(KIND, wanted, found["subnet"], purge_tags=declared.purge_tags)


def findings(wanted, found, declared):
    return states.findings(wanted, found["subnet"], ("available",), {})


def _create(fields):
    return Call(
        "ec2.create_subnet",
        {
            "VpcId": fields["vpc"],
            "CidrBlock": fields["cidr"],
            "AvailabilityZoneId": fields["az_id"],
            **tag_specifications("subnet", fields),
        },
        yields="Subnet.SubnetId",
    )


KIND = Kind(
    "subnet",
    create=_create,
    changes={
        ("map_public_ip",): lambda id_, before, after: [
            Call(
                "ec2.modify_subnet_attribute",
                {"SubnetId": id_, "MapPublicIpOnLaunch": {"Value": after["map_public_ip"]}},
            )
        ],
    },
    delete=lambda id_, fields: Call("ec2.delete_subnet", {"SubnetId": id_}),
    tag=tag,
    untag=untag,
    defaults={"map_public_ip": False},
    exclusive=True,
)
