# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Associations of subnets with network ACLs, by the subnet's name.

Every subnet has one, a new subnet has the VPC's default ACL. So associations are only replaced, after the entries of
the new ACL are created.
"""

from __future__ import annotations

from ..._core.plan import Ref, Step
from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from . import network_acl_entry

READ_AFTER = ("network_acl", "subnet")
INPUTS = ()
PERMISSIONS = ("ec2:DescribeNetworkAcls", "ec2:ReplaceNetworkAclAssociation")


def read(aws, declared, found):
    subnets = {subnet.id: (name, subnet.managed) for name, subnet in found["subnet"].items()}
    return {
        subnets[id_][0]: Actual(association, {"subnet": id_, "network_acl": acl.id}, subnets[id_][1])
        for acl in found["network_acl"].values()
        for id_, association in acl.details["associations"].items()
        if id_ in subnets
    }


def plan(wanted, found, declared):
    there = dict(found["network_acl_association"])
    # A new subnet has the default ACL, and CreateSubnet's answer doesn't name the association.
    default = [_DEFAULT, *(acl.id for acl in found["default_network_acl"].values())]
    new = [name for name, fields in wanted.items() if name not in there and fields["network_acl"] not in default]
    looked_up = {name: _look_up(name, wanted[name]["subnet"]) for name in new}
    there.update(
        {name: Actual(Ref(step.address), {"subnet": wanted[name]["subnet"]}) for name, step in looked_up.items()}
    )
    puts = [step for step in network_acl_entry.plan({}, found, declared) if not step.removes]
    wanted = {
        name: {
            **wanted[name],
            "needs": [step.address for step in puts if network_acl_entry.acl_of(step) == name.partition(".")[0]],
        }
        for name in wanted
        if name in there
    }
    return [*looked_up.values(), *reconcile(KIND, wanted, there)]


_DEFAULT = Ref("default_network_acl.main")


def _look_up(name, subnet):
    association = "NetworkAcls[].Associations[] | [?SubnetId=='{}'] | [0].NetworkAclAssociationId"
    return Step(
        f"first_network_acl_association.{name}",
        "ec2.describe_network_acls",
        {"Filters": [{"Name": "association.subnet-id", "Values": [subnet]}]},
        id_path=Ref(subnet.address, association) if isinstance(subnet, Ref) else association.format(subnet),
        reads_only=True,
    )


KIND = ResourceType(
    "network_acl_association",
    changes={
        ("network_acl",): lambda id_, before, after: [
            Call(
                "ec2.replace_network_acl_association",
                {"AssociationId": id_, "NetworkAclId": after["network_acl"]},
                id_path="NewAssociationId",
            )
        ]
    },
)
