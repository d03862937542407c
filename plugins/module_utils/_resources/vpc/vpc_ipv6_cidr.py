# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The IPv6 CIDR of the VPC, from which subnets get theirs: looked up, since AWS chooses it. Its id is the CIDR."""

from __future__ import annotations

from ..._core.plan import Ref, Step
from ..._core.reconcile import Actual, ResourceType

READ_AFTER = ("vpc", "vpc_ipv6")
INPUTS = ()
PERMISSIONS = ("ec2:DescribeVpcs",)
KIND = ResourceType("vpc_ipv6_cidr")


def read(aws, declared, found):
    block = found["vpc_ipv6"].get("main")
    return {"main": Actual(block.fields["cidr"], {}, False)} if block else {}


def plan(wanted, found, declared):
    """Return the step that looks up the CIDR of a block that this run associates."""
    if not wanted or found["vpc_ipv6_cidr"]:
        return []
    vpc = found["vpc"].get("main")
    block, is_it = "Vpcs[0].Ipv6CidrBlockAssociationSet", "AssociationId=='{}'"
    return [
        Step(
            "vpc_ipv6_cidr.main",
            "ec2.describe_vpcs",
            {"VpcIds": [vpc.id if vpc else Ref("vpc.main")]},
            id_path=Ref("vpc_ipv6.main", f"{block}[?{is_it}].Ipv6CidrBlock | [0]"),
            needs=("vpc_ipv6.main",),
            reads_only=True,
        )
    ]
