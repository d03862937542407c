# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DNS attributes of a VPC that private names of endpoints need ("DNS attributes for your VPC").

They are turned on and never off again.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared.ec2 import dns_attributes, dns_in_order

READ_AFTER = ("existing_vpc",)
INPUTS = ()
PERMISSIONS = ("ec2:DescribeVpcAttribute", "ec2:ModifyVpcAttribute")
ATTRIBUTES = {"dns_support": "EnableDnsSupport", "dns_hostnames": "EnableDnsHostnames"}
# Steps that turn them on: before these, AWS creates no endpoint with private DNS.
ADDRESSES = tuple(f"vpc_dns.main:{field}" for field in ATTRIBUTES)


def read(aws, declared, found):
    """Return {"main": Actual} with fields dns_support, dns_hostnames."""
    vpc = found["existing_vpc"].get("main")
    if not vpc or declared.absent:
        return {}
    return {"main": Actual(vpc.id, dict(zip(ATTRIBUTES, dns_attributes(aws, vpc.id))))}


def plan(wanted, found, declared):
    there = found["vpc_dns"]
    return dns_in_order(reconcile(KIND, wanted, there)) if there else []


KIND = ResourceType(
    "vpc_dns",
    changes={
        (field,): lambda id_, before, after, key=key, field=field: [
            Call("ec2.modify_vpc_attribute", {"VpcId": id_, key: {"Value": after[field]}})
        ]
        for field, key in ATTRIBUTES.items()
    },
)
