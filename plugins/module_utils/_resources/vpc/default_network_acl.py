# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The VPC's default network ACL, which can't be deleted, so it is emptied.

A subnet without an ACL of its own then reaches nothing rather than everything (PCI DSS 7.3.3, deny by default).
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref, Step
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..shared.ec2 import filters
from . import vpc_ipv6
from .network_acl_rules import key

READ_AFTER = ("network_acl", "subnet")
INPUTS = ()
PERMISSIONS = ("ec2:DeleteNetworkAclEntry", "ec2:DescribeNetworkAcls")
ADDRESS = "default_network_acl.main"


# Entries of a new one: https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
def _all(direction, number, cidr):
    everything = {"action": "allow", "protocol": "all", "cidr": cidr, "ports": "all"}
    return {"direction": direction, "number": number, **everything}


INITIAL = {direction: [_all(direction, 100, "0.0.0.0/0")] for direction in ("inbound", "outbound")}


def read(aws, declared, found):
    return {
        "main": Actual(
            acl.id,
            {way: [e for e in acl.details["entries"] if e["direction"] == way] for way in INITIAL},
            details={"subnets": list(acl.details["associations"])},
        )
        for acl in found["network_acl"].values()
        if acl.details["default"]
    }


def plan(wanted, found, declared):
    there = found["default_network_acl"]
    if not wanted:
        return []
    ours = {subnet.id for subnet in found["subnet"].values() if subnet.managed}
    others = [id_ for acl in there.values() for id_ in acl.details["subnets"] if id_ not in ours]
    if others and any(there["main"].fields.values()):
        raise Conflict(
            f"default_network_acl: {there['main'].id} is that of {', '.join(others)}, too, which would be cut off."
            " Give them another network ACL, or declare default_network_acl: ignore"
        )
    moved = [f"network_acl_association.{name}:network_acl" for name in declared.resources["network_acl_association"]]
    first = vpc_ipv6.is_first(found, declared)
    needs = [*moved, *([vpc_ipv6.ADDRESS] if first else [])]
    wanted = {name: {**fields, "needs": needs} for name, fields in wanted.items()}
    if there:
        return reconcile(KIND, wanted, {name: _after(first, acl) for name, acl in there.items()})
    # AWS creates it with the VPC, and CreateVpc's answer doesn't name it.
    look_up = Step(
        ADDRESS,
        "ec2.describe_network_acls",
        {"Filters": filters(vpc_id=Ref("vpc.main"), default="true")},
        id_path="NetworkAcls[0].NetworkAclId",
        reads_only=True,
    )
    return [look_up, *reconcile(KIND, wanted, {"main": _after(first, Actual(Ref(ADDRESS), INITIAL))})]


def _after(first, acl):
    """Return the ACL as it is once the VPC has its first IPv6 block."""
    if not first:
        return acl
    grown = {
        way: [*entries, _all(way, 101, "::/0")] if entries == INITIAL[way] else entries
        for way, entries in acl.fields.items()
    }
    return replace(acl, fields=grown)


def _remove(direction):
    def calls(id_, before, after):
        return [
            Call("ec2.delete_network_acl_entry", key(id_, entry), suffix=str(entry["number"]))
            for entry in before[direction]
        ]

    return calls


KIND = ResourceType("default_network_acl", changes={(direction,): _remove(direction) for direction in INITIAL})
