# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of the VPC's own network ACLs, exactly those that follow from the declared flows; by "acl/direction/number".

In an ACL that is in use, entries are added by ascending number, each deny before the allow that it guards, then surplus
entries are deleted by descending number. So the ACL never allows more than before and after together, and never cuts
what both allow. (By numbers, see _domain.vpc.network_acls, only entries that somebody changed are replaced.)
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from .network_acl_rules import arguments, compiled, key

READ_AFTER = ("network_acl",)
INPUTS = ("handed_over", "network_acls")
PERMISSIONS = ("ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAclEntry", "ec2:ReplaceNetworkAclEntry")


def read(aws, declared, found):
    """Return {"acl/direction/number": Actual} of declared ACLs; entries of other ACLs are deleted with them."""
    return {
        _name(name, entry): Actual(_name(acl.id, entry), {"network_acl": acl.id, **entry}, acl.managed)
        for name, acl in found["network_acl"].items()
        if name in declared.resources["network_acl"] and not declared.absent
        for entry in acl.details["entries"]
    }


def plan(wanted, found, declared):
    acls = found["network_acl"]
    wanted = {
        _name(name, entry): {"network_acl": acls[name].id if name in acls else Ref(f"network_acl.{name}"), **entry}
        for name, entries in compiled(declared, found).items()
        for entry in entries
    }
    steps = reconcile(KIND, wanted, found["network_acl_entry"])
    in_use = [name for name, acl in acls.items() if acl.details["associations"]]
    ordered = []
    for name in in_use:
        previous: tuple[str, ...] = ()
        for step in sorted((step for step in steps if acl_of(step) == name), key=_turn):
            ordered.append(replace(step, needs=step.needs + previous))
            previous = (step.address,)
    return [step for step in steps if acl_of(step) not in in_use] + ordered


def acl_of(step):
    """Return the name of the ACL that a step changes."""
    return step.address.name.partition("/")[0]


def _turn(step):
    number = int(step.address.name.rpartition("/")[2])
    return (1, -number) if step.removes else (0, number)


def _name(acl, entry):
    return f"{acl}/{entry['direction']}/{entry['number']}"


KIND = ResourceType(
    "network_acl_entry",
    create=lambda fields: Call("ec2.create_network_acl_entry", arguments(fields["network_acl"], fields)),
    changes={
        ("action", "protocol", "cidr", "ports"): lambda id_, before, after: [
            Call("ec2.replace_network_acl_entry", arguments(after["network_acl"], after))
        ]
    },
    delete=lambda id_, fields: Call("ec2.delete_network_acl_entry", key(fields["network_acl"], fields)),
)
