# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A security group with exactly the declared rules, by its name in the VPC."""

from __future__ import annotations

from dataclasses import replace

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..shared.ec2 import filters, interfaces, names, owned, tag, tag_specifications, tags_of, untag
from . import prefix_list_size
from .existing_vpc import has_ipv6
from .security_group_rules import changes, check_size, flatten, rule

READ_AFTER = ("existing_vpc", "prefix_list_size")
INPUTS = ("security_group_rules_quota", "security_groups")
# No outbound rule is declared yet, so none is added or described.
PERMISSIONS = (
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateSecurityGroup",
    "ec2:CreateTags",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteTags",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
    "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
)


def read(aws, declared, found):
    """Return {name: Actual} with fields vpc, group_name, description, ingress, egress, tags.

    Groups are found by their names, a natural key, or by the owner's tags: a group keeps the name that it was created
    with.
    """
    group_names = declared.inputs.security_groups  # name -> group name
    vpcs = [vpc.id for vpc in found["existing_vpc"].values()]
    if not vpcs:
        return {}
    groups = aws.read("ec2.describe_security_groups", "SecurityGroups", Filters=filters(vpc_id=vpcs))
    by_name = {group["GroupName"]: group for group in groups}
    tagged = names([group for group in groups if owned(group, declared.owner)], "GroupId")
    return {
        name: Actual(
            group["GroupId"],
            {
                "vpc": group["VpcId"],
                "group_name": group["GroupName"],
                "description": group["Description"],
                "ingress": flatten(group["IpPermissions"]),
                "egress": flatten(group["IpPermissionsEgress"]),
                "tags": tags_of(group),
            },
            managed=owned(group, declared.owner),
        )
        for name, group_name in group_names.items()
        if (group := by_name.get(group_name) or tagged.get(name))
    }


def created_with(group):
    """Return name and description of a managed group: AWS changes neither, and the owner's own name may change."""
    if group is None or not group.managed:
        return {}
    return {key: group.fields[key] for key in ("group_name", "description")}


def holders(aws, id_):
    return interfaces(aws, group_id=id_)


def plan(wanted, found, declared):
    quota, sizes = declared.inputs.security_group_rules_quota, prefix_list_size.of(found)
    for fields in wanted.values():
        check_size(fields["group_name"], fields["ingress"], quota, sizes)
    there = found["security_group"]
    wanted = {name: {**fields, **created_with(there.get(name))} for name, fields in wanted.items()}
    kind = of_vpc(any(has_ipv6(vpc) for vpc in found["existing_vpc"].values()))
    kind = replace(kind, changes={(way,): changes(way, quota, sizes) for way in ("ingress", "egress")})
    return reconcile(kind, wanted, there, purge_tags=declared.purge_tags)


def of_vpc(ipv6):
    """Return the kind for a VPC with or without IPv6: with it, a new group allows all outbound IPv6, too."""
    egress = [*KIND.defaults["egress"], rule("-1", None, None, "::/0")]
    return replace(KIND, defaults={**KIND.defaults, "egress": egress}) if ipv6 else KIND


KIND = ResourceType(
    "security_group",
    create=lambda fields: Call(
        "ec2.create_security_group",
        {
            "VpcId": fields["vpc"],
            "GroupName": fields["group_name"],
            "Description": fields["description"],
            **tag_specifications("security-group", fields),
        },
        id_path="GroupId",
    ),
    changes={("ingress",): changes("ingress"), ("egress",): changes("egress")},
    delete=lambda id_, fields: Call("ec2.delete_security_group", {"GroupId": id_}),
    tag=tag,
    untag=untag,
    # CreateSecurityGroup: nothing in, everything out.
    defaults={"ingress": [], "egress": [rule("-1", None, None, "0.0.0.0/0")]},
)
