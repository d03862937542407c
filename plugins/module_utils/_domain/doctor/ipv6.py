# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about IPv6: subnets and endpoints without a common address family, and what the doctor doesn't check."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Item
from .findings import CAUSE, UNKNOWN, Finding
from .target import Target
from .vpc import Vpc, has_ipv6

CAUSE_ID = "ipv6_or_dualstack"


def address_types(vpc: Vpc, target: Target, service: str, endpoint: Item) -> Iterator[Finding]:
    """Findings for subnets that share no address family with the endpoint."""
    of_endpoint = endpoint.get("IpAddressType", "ipv4")
    for subnet in vpc.subnets(target.subnets):
        if of_endpoint == "ipv6" and not has_ipv6(subnet):
            yield Finding(
                CAUSE_ID,
                CAUSE,
                endpoint["VpcEndpointId"],
                f"{subnet['SubnetId']} has IPv4 only, the endpoint IPv6 only",
                "an endpoint with the address type ipv4 or dualstack, or a subnet with IPv6",
                {"VpcEndpoints[].IpAddressType": "ipv6", "Subnets[].Ipv6CidrBlockAssociationSet": []},
                (service,),
            )
        if of_endpoint == "ipv4" and subnet.get("Ipv6Native"):
            yield Finding(
                CAUSE_ID,
                CAUSE,
                endpoint["VpcEndpointId"],
                f"{subnet['SubnetId']} has IPv6 only, the endpoint IPv4 only",
                "an endpoint with the address type ipv6 or dualstack, or a subnet with IPv4",
                {"VpcEndpoints[].IpAddressType": "ipv4", "Subnets[].Ipv6Native": True},
                (service,),
            )


def not_checked(vpc: Vpc, target: Target) -> Iterator[Finding]:
    """Yield a finding if a subnet has IPv6 only, or is dual-stack and an endpoint has IPv6, which clients try."""
    targets = vpc.subnets(target.subnets)
    called = [endpoint for service in target.services if (endpoint := vpc.endpoint(service))]
    types = sorted({e.get("IpAddressType", "ipv4") for e in called} - {"ipv4"})
    native = [s["SubnetId"] for s in targets if s.get("Ipv6Native")]
    dual = [s["SubnetId"] for s in targets if types and s["SubnetId"] not in native and has_ipv6(s)]
    if native or dual:
        yield Finding(
            CAUSE_ID,
            UNKNOWN,
            vpc.id,
            "security groups, network ACLs and routes of IPv6 aren't checked",
            "check them by hand",
            {
                **({"Subnets[].Ipv6Native": True} if native else {}),
                **({"VpcEndpoints[].IpAddressType": types, "Subnets[].SubnetId": dual} if dual else {}),
            },
        )
