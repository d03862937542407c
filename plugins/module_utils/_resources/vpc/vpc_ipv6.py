# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The IPv6 block of a VPC: Amazon's, or one of a pool (BYOIP, IPAM)."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Wait
from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..._domain.values.ipv6 import BYOIP

READ_AFTER = ("vpc",)
INPUTS = ("ipv6",)
ADDRESS = "vpc_ipv6.main"
PERMISSIONS = ("ec2:AssociateVpcCidrBlock", "ec2:DescribeVpcs", "ec2:DisassociateVpcCidrBlock")
# VpcIpv6CidrBlockAssociation.Ipv6Pool: the id of a BYOIP pool, or one of AWS's two words.
OF_AMAZON, OF_IPAM = "Amazon", "IPAM Managed"


def read(aws, declared, found):
    """Return {"main": Actual} of the declared block, others by their CIDR; from what `vpc` read.

    details: settled, true once the block is associated.
    """
    vpc = found["vpc"].get("main")
    wanted = declared.resources["vpc_ipv6"].get("main")
    blocks = sorted(vpc.details["ipv6"], key=lambda block: block["Ipv6CidrBlock"]) if vpc else []
    main = next((block for block in blocks if wanted and _is(block, wanted)), None)
    return {
        "main" if block is main else block["Ipv6CidrBlock"]: Actual(
            block["AssociationId"],
            {**(wanted if block is main else {}), "vpc": vpc.id, "cidr": block["Ipv6CidrBlock"]},
            # Others are deleted only where none is declared explicitly.
            managed=block is main or declared.inputs.ipv6 == "none",
            details={"settled": block["Ipv6CidrBlockState"]["State"] == "associated"},
        )
        for block in blocks
    }


def _is(block, wanted):
    if wanted["cidr"]:
        return block["Ipv6CidrBlock"] == wanted["cidr"]
    pool = wanted["pool_id"]
    return block.get("Ipv6Pool") == (OF_AMAZON if not pool else pool if pool.startswith(BYOIP) else OF_IPAM)


def plan(wanted, found, declared):
    steps = reconcile(KIND, wanted, found["vpc_ipv6"])
    # AWS keeps a block in which a subnet has a CIDR.
    changes = ("ipv6_cidr", "ipv6_cidr+assign_ipv6")
    freed = tuple(f"subnet.{name}:{fields}.disassociate" for name in found["subnet"] for fields in changes)
    freed += tuple(f"subnet.{name}" for name in found["subnet"])
    return [replace(step, needs=step.needs + freed) if step.removes else step for step in steps]


def is_first(found, declared):
    """Return true if the VPC gets its first IPv6 block in this run.

    AWS then adds rules for all of IPv6 to the VPC's default ACL and default security group, unless somebody has changed
    those of IPv4: "Default network ACL for a VPC", "Default security groups".
    """
    vpc = found["vpc"].get("main")
    return "main" in declared.resources.get("vpc_ipv6", {}) and not (vpc and vpc.details.get("ipv6"))


def _associate(fields):
    pool, cidr = fields.get("pool_id"), fields.get("cidr")
    arguments = {"VpcId": fields["vpc"]}
    if not pool:
        arguments["AmazonProvidedIpv6CidrBlock"] = True
    else:
        arguments["Ipv6Pool" if pool.startswith(BYOIP) else "Ipv6IpamPoolId"] = pool
        arguments |= {"Ipv6CidrBlock": cidr} if cidr else {}
        arguments |= {"Ipv6NetmaskLength": length} if (length := fields.get("netmask_length")) else {}
    return Call(
        "ec2.associate_vpc_cidr_block",
        arguments,
        id_path="Ipv6CidrBlockAssociation.AssociationId",
        # Before that, no subnet can have a CIDR in it.
        wait=Wait(
            "ec2.describe_vpcs",
            {"VpcIds": [fields["vpc"]]},
            "Vpcs[].Ipv6CidrBlockAssociationSet[?Ipv6CidrBlockState.State!='disassociated'][].Ipv6CidrBlockState.State",
            until=("associated",),
            pending=("associating", "disassociating"),
            failed=("failing", "failed"),
        ),
    )


KIND = ResourceType(
    "vpc_ipv6",
    create=_associate,
    delete=lambda id_, fields: Call("ec2.disassociate_vpc_cidr_block", {"AssociationId": id_}),
)
