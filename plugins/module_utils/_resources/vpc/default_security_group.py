# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The VPC's default security group, which can't be deleted, so it is emptied.

What is created without a group of its own is then allowed nothing rather than everything (AWS Security Hub EC2.2).
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref, Step
from ..._core.reconcile import Actual, ResourceType, reconcile
from ..shared.ec2 import filters
from . import vpc_ipv6
from .security_group_rules import changes, flatten, rule

READ_AFTER = ("vpc",)
INPUTS = ()
PERMISSIONS = (
    "ec2:DescribeSecurityGroups",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
)
ADDRESS = "default_security_group.main"
# Rules of a new one: everything from itself, everything to anywhere.
INITIAL = {
    "ingress": [rule("-1", None, None, Ref(ADDRESS))],
    "egress": [rule("-1", None, None, "0.0.0.0/0")],
}


IPV6_OUT = rule("-1", None, None, "::/0")


def _of(vpc_id):
    return {"Filters": filters(vpc_id=vpc_id, group_name="default")}


def read(aws, declared, found):
    vpc = found["vpc"].get("main")
    groups = vpc and aws.read("ec2.describe_security_groups", "SecurityGroups", **_of(vpc.id))
    return {
        "main": Actual(
            group["GroupId"],
            {"ingress": flatten(group["IpPermissions"]), "egress": flatten(group["IpPermissionsEgress"])},
        )
        for group in groups or []
    }


def plan(wanted, found, declared):
    there = found["default_security_group"]
    if not wanted:
        return []
    first = vpc_ipv6.is_first(found, declared)
    if first:
        wanted = {name: {**fields, "needs": [vpc_ipv6.ADDRESS]} for name, fields in wanted.items()}
    if there:
        return reconcile(KIND, wanted, {name: _after(first, group) for name, group in there.items()})
    # AWS creates it with the VPC, and CreateVpc's answer doesn't name it.
    look_up = Step(
        ADDRESS,
        "ec2.describe_security_groups",
        _of(Ref("vpc.main")),
        id_path="SecurityGroups[0].GroupId",
        reads_only=True,
    )
    return [look_up, *reconcile(KIND, wanted, {"main": _after(first, Actual(Ref(ADDRESS), INITIAL))})]


def _after(first, group):
    """Return the group as it is once the VPC has its first IPv6 block."""
    if not first or group.fields["egress"] != INITIAL["egress"]:
        return group
    return replace(group, fields={**group.fields, "egress": [*INITIAL["egress"], IPV6_OUT]})


KIND = ResourceType(
    "default_security_group",
    changes={("ingress",): changes("ingress"), ("egress",): changes("egress")},
)
