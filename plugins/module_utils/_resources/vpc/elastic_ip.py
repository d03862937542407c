# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic IP addresses of NAT gateways."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared.ec2 import duplicate_check, names, owner_filter, tag, tag_specifications, tags_of, untag
from ..shared.tagged import is_relevant
from . import nat_gateway

READ_AFTER = ("tagged",)
INPUTS = ("handed_over",)
PERMISSIONS = (
    "ec2:AllocateAddress",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:DescribeAddresses",
    "ec2:ReleaseAddress",
)


def read(aws, declared, found):
    if not is_relevant("elastic_ip", "elastic-ip", declared, found):
        return {}
    addresses = aws.read("ec2.describe_addresses", "Addresses", Filters=[owner_filter(declared.owner)])
    return {
        name: Actual(address["AllocationId"], {"tags": tags_of(address)})
        for name, address in names(addresses, "AllocationId").items()
    }


def plan(wanted, found, declared):
    staying = nat_gateway.address_of_staying(found, declared)
    there = {name: one for name, one in found["elastic_ip"].items() if name in wanted or one.id not in staying}
    return reconcile(KIND, wanted, there, purge_tags=declared.purge_tags)


KIND = ResourceType(
    "elastic_ip",
    create=lambda fields: Call(
        "ec2.allocate_address", {"Domain": "vpc", **tag_specifications("elastic-ip", fields)}, id_path="AllocationId"
    ),
    delete=lambda id_, fields: Call("ec2.release_address", {"AllocationId": id_}),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check("ec2.describe_addresses", "Addresses[].AllocationId", fields),
)
