# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of the central endpoints: read, and looked up again after steps that change them."""

from __future__ import annotations

from ..._core.plan import Address, Step
from ..._core.reconcile import Actual, ResourceType
from ..shared.ec2 import filters
from . import central_endpoint

READ_AFTER = ("existing_vpc", "vpc_endpoint")
INPUTS = ("tier",)
PERMISSIONS = ("ec2:DescribeNetworkInterfaces",)
KIND = ResourceType("endpoint_address")
# Not a kind that is read, so its result is for the report alone.
LOOKED_UP = Address("endpoint_addresses", "main")
OPERATION = "ec2.describe_network_interfaces"
# Description of an interface endpoint's network interface, as AWS's answers have it.
DESCRIPTION = "VPC Endpoint Interface "


def _select(vpc_id):
    return {"Filters": filters(vpc_id=vpc_id, interface_type="vpc_endpoint")}


def read(aws, declared, found):
    """Return {network interface id: Actual}; details: endpoint (id), subnet, address."""
    vpc = found["existing_vpc"].get("main")
    if not vpc or not found["vpc_endpoint"] or declared.absent:
        return {}
    return {
        item["NetworkInterfaceId"]: Actual(None, {}, False, {"described": _described(item)})
        for item in aws.read(OPERATION, "NetworkInterfaces", **_select(vpc.id))
    }


def _described(item):
    return [item.get("Description", ""), item["SubnetId"], item["PrivateIpAddress"]]


def plan(wanted, found, declared):
    """Return the step that looks the addresses up once the endpoints are as declared, if they aren't yet."""
    vpc, there = found["existing_vpc"].get("main"), found["vpc_endpoint"]
    services = central_endpoint.offered(declared.resources["vpc_endpoint"], found)
    if not vpc or declared.absent or not services:
        return []
    subnets = central_endpoint.subnets_of(found, declared)
    changing = [
        service for service in services if service not in there or there[service].fields["subnets"] != subnets(service)
    ]
    if not changing:
        return []
    needs = tuple(
        Address("vpc_endpoint", service, field) for service in changing for field in ("", "subnets", "pending")
    )
    path = "NetworkInterfaces[].[Description, SubnetId, PrivateIpAddress]"
    return [Step(LOOKED_UP, OPERATION, _select(vpc.id), id_path=path, needs=needs, reads_only=True)]


def by_zone(endpoint_id, ids, found):
    """Return {AZ id: [addresses]} of an endpoint, as looked up or read."""
    described = ids.get(LOOKED_UP) or [there.details["described"] for there in found["endpoint_address"].values()]
    subnets = found["existing_vpc"]["main"].details["subnets"].values() if "main" in found["existing_vpc"] else ()
    zones = {subnet["SubnetId"]: subnet["AvailabilityZoneId"] for subnet in subnets}
    addresses: dict[str, list[str]] = {}
    for words, subnet, address in described:
        if words == f"{DESCRIPTION}{endpoint_id}":
            addresses.setdefault(zones.get(subnet, subnet), []).append(address)
    return {zone: sorted(addresses[zone]) for zone in sorted(addresses)}
