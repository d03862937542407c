# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network ACLs of one VPC, by closednet:name tag (the tier).

An ACL is changed in place, new entries first, as long as the old and the new ones together are within the quota.
Otherwise it isn't the declared one any more: another is created and filled, the subnets are moved to it, each by one
call, and then the old one is deleted.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.reconcile import NAME_TAG, Actual, Call, ResourceType, reconcile
from ..shared.ec2 import duplicate_check, filters, names, owned, tag, tag_specifications, tags_of, untag
from ..shared.tagged import is_relevant
from .network_acl_rules import compiled, entries, is_ipv6

READ_AFTER = ("vpc", "tagged", "gateway_prefix_list", "vpc_ipv6_cidr")
INPUTS = ("handed_over", "network_acls")
PERMISSIONS = (
    "ec2:CreateNetworkAcl",
    "ec2:CreateTags",
    "ec2:DeleteNetworkAcl",
    "ec2:DeleteTags",
    "ec2:DescribeNetworkAcls",
)


def read(aws, declared, found):
    """Return {name: Actual} with fields vpc, tags.

    details: entries, associations ({subnet id: association id}), default.
    """
    wanted = compiled(declared, found)
    vpc = found["vpc"].get("main")
    declares = declared.resources.get("network_acl_association")
    if not vpc or not (declares or is_relevant("network_acl", "network-acl", declared, found)):
        return {}
    acls = aws.read("ec2.describe_network_acls", "NetworkAcls", Filters=filters(vpc_id=vpc.id))
    quota = (declared.inputs.network_acls or {}).get("quota")
    full = [acl for acl in acls if owned(acl, declared.owner) and _full(acl, wanted, quota)]
    named = names([acl for acl in acls if acl not in full], "NetworkAclId")
    named.update({acl["NetworkAclId"]: acl for acl in full})
    return {
        name: Actual(
            acl["NetworkAclId"],
            {"vpc": acl["VpcId"], "tags": tags_of(acl)},
            managed=owned(acl, declared.owner),
            details={
                "entries": entries(acl),
                "associations": {a["SubnetId"]: a["NetworkAclAssociationId"] for a in acl["Associations"]},
                "default": acl["IsDefault"],
            },
        )
        for name, acl in named.items()
    }


def _full(acl, wanted, quota):
    """Return true if the ACL's entries and the wanted ones are together too many for the quota, of IPv4 or of IPv6."""
    there, wanted = entries(acl), wanted.get(tags_of(acl).get(NAME_TAG), [])
    together = {(entry["direction"], is_ipv6(entry), entry["number"]) for entry in [*there, *wanted]}
    directions = [(direction, family) for direction, family, _number in together]
    return bool(wanted) and any(directions.count(way) >= quota for way in set(directions))


def holders(aws, id_):
    acls = aws.read("ec2.describe_network_acls", "NetworkAcls", NetworkAclIds=[id_])
    return [association["SubnetId"] for acl in acls for association in acl["Associations"]]


def plan(wanted, found, declared):
    steps = reconcile(KIND, wanted, found["network_acl"], purge_tags=declared.purge_tags)
    # A subnet is deleted with its association.
    subnets = tuple(f"subnet.{name}" for name in found["subnet"])
    return [replace(step, needs=step.needs + subnets) if step.removes else step for step in steps]


KIND = ResourceType(
    "network_acl",
    create=lambda fields: Call(
        "ec2.create_network_acl",
        {"VpcId": fields["vpc"], **tag_specifications("network-acl", fields)},
        id_path="NetworkAcl.NetworkAclId",
    ),
    delete=lambda id_, fields: Call("ec2.delete_network_acl", {"NetworkAclId": id_}),
    tag=tag,
    untag=untag,
    duplicates=lambda fields: duplicate_check(
        "ec2.describe_network_acls", "NetworkAcls[].NetworkAclId", fields, vpc_id=fields["vpc"]
    ),
)
