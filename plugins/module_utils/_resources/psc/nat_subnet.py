# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAT subnets of a published service: its consumers' traffic comes from their addresses."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import IPv4Network
from itertools import count

from ..._core.plan import Address
from ..._core.reconcile import Actual, Call, Conflict, ResourceType, reconcile
from ..._domain.values import gcp_names
from . import mark, named, referenced_rule
from .referenced_nat_subnet import PURPOSE

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "compute.networks.updatePolicy",
    "compute.networks.use",
    "compute.regionOperations.get",
    "compute.subnetworks.create",
    "compute.subnetworks.delete",
    "compute.subnetworks.expandIpCidrRange",
    "compute.subnetworks.list",
    "compute.subnetworks.use",
)


def read(cloud, declared, found):
    """Return {name: Actual} of the region's subnets: nat-1 for SERVICE-nat-1, the relative name for any other.

    Fields: name, cidr, network, purpose, tags.
    """
    own = re.compile(rf"{re.escape(named.service(declared))}-(nat-[0-9]+)")
    subnets = {}
    for subnet in cloud.items("compute.subnetworks.list"):
        id_ = named.relative(cloud, subnet["selfLink"])
        match = own.fullmatch(subnet["name"])
        subnets[match[1] if match else id_] = Actual(
            id_,
            {
                "name": subnet["name"],
                "cidr": subnet.get("ipCidrRange", ""),
                "network": named.relative(cloud, subnet.get("network")),
                "purpose": subnet.get("purpose", "PRIVATE"),
                "tags": mark.read(subnet),
            },
            managed=mark.is_owned(subnet, declared.owner),
        )
    return subnets


def plan(wanted, found, declared):
    there = found["nat_subnet"]
    named_ = allot(found, declared)
    mark.refuse_others(KIND, named_, there, declared.owner)
    mark.refuse_renamed(KIND, named_, there, declared.owner, _same)
    _refuse_overlaps(named_, there)
    steps = reconcile(KIND, named_, there)
    # What a growing subnet takes in has to be deleted first.
    leaving = tuple(step.address for step in steps if step.removes)
    return [replace(step, needs=(*step.needs, *leaving)) if step.action == "change" else step for step in steps]


def _same(wanted, there):
    return wanted["cidr"] == there["cidr"] and wanted["network"] == there["network"]


def allot(found, declared):
    """Return {nat-1: fields} of the declared CIDRs: each has the subnet of its CIDR, of one within it, or a new one.

    A subnet can grow, but not change otherwise.
    """
    wanted = {} if declared.absent else declared.resources["nat_subnet"]
    left = {name: there for name, there in found["nat_subnet"].items() if there.managed}
    taken = set(left)
    names = {}
    for cidr in wanted:
        match = next((name for name, there in left.items() if _within(cidr, there.fields["cidr"])), None)
        if match:
            names[cidr] = match
            del left[match]
    free = (f"nat-{number}" for number in count(1) if f"nat-{number}" not in taken)
    network = referenced_rule.network(found, declared)
    allotted = {}
    for cidr, fields in wanted.items():
        name = names.get(cidr) or next(free)
        whole = f"{named.service(declared)}-{name}"
        own = {"network": fields["network"] or network}
        allotted[name] = {**fields, **own, "name": whole, "tags": mark.tags(declared.owner, name)}
    return allotted


def _within(cidr, there):
    return bool(there) and IPv4Network(there).subnet_of(IPv4Network(cidr))


def _refuse_overlaps(wanted, there):
    """Raise Conflict for a CIDR that another subnet of the network has; one of the service's own may only grow."""
    for name, fields in wanted.items():
        for other, actual in there.items():
            cidr = actual.fields["cidr"]
            grows = actual.managed and name in there
            if grows or other == name or not cidr or actual.fields["network"] != fields["network"]:
                continue
            if IPv4Network(cidr).overlaps(IPv4Network(fields["cidr"])):
                shrinks = " A subnet can't shrink." if actual.managed else ""
                raise Conflict(
                    f"{Address(KIND.name, name)}: nat_cidrs has {fields['cidr']}, which overlaps {cidr} of {actual.id}"
                    f" in the same network.{shrinks} Declare a free CIDR"
                )


def _create(fields):
    body = {
        "name": fields["name"],
        "description": mark.text(fields["tags"]),
        "ipCidrRange": fields["cidr"],
        "network": fields["network"],
        "purpose": fields["purpose"],
    }
    return Call("compute.subnetworks.insert", {"body": body}, id_path="target")


def _cidr(id_, before, after):
    body = {"ipCidrRange": after["cidr"]}
    return [Call("compute.subnetworks.expandIpCidrRange", {"subnetwork": gcp_names.last(id_), "body": body})]


def _delete(id_, fields):
    return Call("compute.subnetworks.delete", {"subnetwork": gcp_names.last(id_)})


KIND = ResourceType("nat_subnet", create=_create, changes={("cidr",): _cidr}, delete=_delete)


def declared_fields(cidr, network):
    """Return the fields of a NAT subnet to declare, by its CIDR. network: None for that of the forwarding rule."""
    return {"cidr": cidr, "network": network, "purpose": PURPOSE}
