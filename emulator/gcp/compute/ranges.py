# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IP addresses of subnets: which are taken, and the next free one."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from emulator.gcp.compute.subnetworks import INTERNAL_PURPOSES
from emulator.gcp.errors import Failed, Refused, invalid
from emulator.gcp.world import Resource, World


def usable(subnetwork: Resource) -> Iterator[str]:
    """Yield a subnet's addresses but the four that Google keeps: https://cloud.google.com/vpc/docs/subnets#unusable-ip.

    The first two and the last two of a primary range.
    """
    network = ipaddress.ip_network(subnetwork.body["ipCidrRange"])
    for number in range(2, network.num_addresses - 2):
        yield str(network[number])


def taken(world: World, subnetwork: Resource, *but: Resource | None) -> dict[str, Resource]:
    """Return {IP address: what has it}: reserved addresses and forwarding rules of the subnet."""
    found = {}
    for resource in [*world.all("forwardingRules"), *world.all("addresses")]:
        field = "address" if resource.collection == "addresses" else "IPAddress"
        same = resource.body.get("subnetwork") == subnetwork.path
        if same and resource not in but and resource.body.get(field):
            found[resource.body[field]] = resource
    return found


def next_free(world: World, subnetwork: Resource) -> str:
    """Return the first free address. Raises Failed if the subnet has none."""
    used = taken(world, subnetwork)
    for address in usable(subnetwork):
        if address not in used:
            return address
    raise Failed("IP_SPACE_EXHAUSTED", f"IP space of '{subnetwork.path}' is exhausted.")


def check_inside(field: str, address: str, subnetwork: Resource) -> None:
    """Raise Refused for an address that the subnet doesn't have or that Google keeps."""
    network = ipaddress.IPv4Network(subnetwork.body["ipCidrRange"])
    try:
        number = ipaddress.IPv4Address(address)
    except ValueError:
        raise invalid(field, address, "Must be a valid IP address.") from None
    if number not in network:
        raise invalid(field, address, f"The IP address is not in the range of '{subnetwork.path}'.")
    if number in (network[0], network[1], network[-2], network[-1]):
        raise invalid(field, address, f"The IP address is reserved in '{subnetwork.path}'.")


def check_purpose(field: str, subnetwork: Resource) -> None:
    """Raise Refused for a subnet whose addresses are Google's to use, as a NAT subnet's are."""
    purpose = subnetwork.body["purpose"]
    if purpose in INTERNAL_PURPOSES:
        raise invalid(field, subnetwork.path, f"A subnetwork with purpose {purpose} cannot be used for this resource.")


def in_conflict(world: World, address: str, subnetwork: Resource, *but: Resource | None) -> None:
    """Raise Failed if another resource has the address: code and text of operations that users pasted."""
    if address in taken(world, subnetwork, *but):
        message = f"IP '{address}' is already being used by another resource."
        raise Failed("IP_IN_USE_BY_ANOTHER_RESOURCE", message)


def same_region(field: str, resource: Resource, region: str) -> None:
    """Raise Refused for a reference to another region."""
    if resource.region and resource.region != region:
        message = f"The reference must be to a resource of the region '{region}'."
        raise Refused(400, "invalid", f"Invalid value for field '{field}': '{resource.path}'. {message}")
