# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NAT subnets of somebody else that a published service uses: only read."""

from __future__ import annotations

from ..._core.plan import Ref
from ..._core.reconcile import Actual, Conflict, ResourceType
from . import named, referenced_rule

READ_AFTER = ()
INPUTS = ("nat_subnets",)
PERMISSIONS = ("compute.subnetworks.get", "compute.subnetworks.use")
KIND = ResourceType("referenced_nat_subnet")
MISSING = (
    "nat_subnets: not all of {nat_subnets} exist in region {region}, where a service attachment has its NAT subnets"
)
PURPOSE = "PRIVATE_SERVICE_CONNECT"


def read(cloud, declared, found):
    """Return {name: Actual} of the declared ones that exist; details: cidr, purpose, network."""
    names = declared.inputs.nat_subnets
    subnets = cloud.gather(*(lambda name=name: cloud.get("compute.subnetworks.get", subnetwork=name) for name in names))
    return {
        subnet["name"]: Actual(
            named.relative(cloud, subnet["selfLink"]),
            {},
            False,
            {
                "cidr": subnet["ipCidrRange"],
                "purpose": subnet.get("purpose", "PRIVATE"),
                "network": named.relative(cloud, subnet["network"]),
            },
        )
        for subnet in subnets
        if subnet
    }


def plan(wanted, found, declared):
    network = referenced_rule.network(found, declared) if wanted else ""
    for name in wanted:
        there = found["referenced_nat_subnet"].get(name)
        if not there:
            continue
        if there.details["purpose"] != PURPOSE:
            raise Conflict(
                f"nat_subnets: {there.id} has purpose {there.details['purpose']}; expected a subnet of purpose"
                f" {PURPOSE}, or nat_cidrs to have one created"
            )
        if not isinstance(network, Ref) and there.details["network"] != network:
            raise Conflict(
                f"nat_subnets: {there.id} is of {there.details['network']}; expected one of {network}, the network of"
                " the load balancer"
            )
    return []
