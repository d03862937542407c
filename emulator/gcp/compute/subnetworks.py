# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subnets, as recorded (kcc-operation-failed-network-in-use); conflicts of ranges are told by the operation."""

from __future__ import annotations

import ipaddress
from typing import Any

from emulator.gcp import operations
from emulator.gcp.call import Call
from emulator.gcp.collection import Collection, register, release
from emulator.gcp.discovery import need
from emulator.gcp.errors import Failed, invalid
from emulator.gcp.psc.attachments import decide_users
from emulator.gcp.registry import handles
from emulator.gcp.world import Resource

# Purposes of subnets whose addresses are Google's to use: they have neither gateway nor stack type (recorded).
INTERNAL_PURPOSES = ("PRIVATE_SERVICE_CONNECT", "PRIVATE_NAT", "REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY")
# https://cloud.google.com/vpc/docs/subnets#valid-ranges: smallest and largest size.
SMALLEST, LARGEST = 29, 4


def defaults(body: dict[str, Any]) -> dict[str, Any]:
    """Return a subnet's body with what the API adds."""
    added: dict[str, Any] = {
        "purpose": "PRIVATE",
        "privateIpGoogleAccess": False,
        "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
        "allowSubnetCidrRoutesOverlap": False,
        "enableFlowLogs": False,
        "logConfig": {"enable": False},
    }
    body = {**added, **body}
    if body["purpose"] not in INTERNAL_PURPOSES:
        body.setdefault("stackType", "IPV4_ONLY")
    # Recorded for PRIVATE_NAT, too.
    body["gatewayAddress"] = str(ipaddress.ip_network(body["ipCidrRange"])[1])
    return body


class Subnetworks(Collection):
    name, kind, noun = "subnetworks", "compute#subnetwork", "subnetwork"
    references = ("network",)
    has_fingerprint = fingerprint_required = True
    fixed = ("description", "ipCidrRange", "network", "purpose", "gatewayAddress")

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        need(body, "network", "ipCidrRange")
        network = call.referred(body["network"], "networks", permission="compute.networks.updatePolicy")
        if network.project_id != call.project_id:
            raise invalid("resource.network", network.path, "Cross project referencing is not allowed.")
        body["network"] = network.path
        check_range("resource.ipCidrRange", body["ipCidrRange"])
        return defaults(body)

    def created(self, call: Call, resource: Resource) -> None:
        self.check_conflicts(call, resource, resource.body["ipCidrRange"])

    def check_conflicts(self, call: Call, resource: Resource, cidr: str) -> None:
        """Raise Failed if another subnet of the network has addresses of the range."""
        mine = ipaddress.ip_network(cidr)
        for other in call.world.all("subnetworks"):
            if other is resource or other.body["network"] != resource.body["network"]:
                continue
            if mine.overlaps(ipaddress.ip_network(other.body["ipCidrRange"])):
                # The text: terraform-provider-google#21181; the code: what clients of the operation compare it with.
                message = (
                    f"Invalid IPCidrRange: {mine} conflicts with existing subnetwork '{other.name}' "
                    f"in region '{other.region}'."
                )
                raise Failed("INVALID_USAGE", message)

    def changed(self, call: Call, resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
        return defaults(body)

    def check_delete(self, call: Call, resource: Resource) -> None:
        call.need("compute.networks.updatePolicy", resource=resource.body["network"])
        super().check_delete(call, resource)


def check_range(field: str, text: str) -> None:
    """Raise Refused for a range that no subnet can have."""
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        raise invalid(field, text, "The IP range must be a valid CIDR range, such as 10.0.0.0/24.") from None
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise invalid(field, text, f"The prefix length must be between {LARGEST} and {SMALLEST}.")


SUBNETWORKS = Subnetworks()
register(SUBNETWORKS)


@handles("compute.subnetworks.expandIpCidrRange", "compute.subnetworks.expandIpCidrRange")
def expand(call: Call) -> dict[str, Any]:
    """Replace a subnet's range by a larger one that contains it.

    https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks/expandIpCidrRange
    """
    resource = SUBNETWORKS.writable(call)
    need(call.body, "ipCidrRange")
    cidr = call.body["ipCidrRange"]
    check_range("ipCidrRange", cidr)
    before, after = ipaddress.ip_network(resource.body["ipCidrRange"]), ipaddress.ip_network(cidr)
    if before == after or not before.subnet_of(after):
        raise invalid("ipCidrRange", cidr, f"The range must be larger than {before} and contain it.")
    resource.busy = True

    def effect() -> None:
        SUBNETWORKS.check_conflicts(call, resource, cidr)
        resource.body = defaults({**resource.body, "ipCidrRange": cidr})
        resource.version += 1
        resource.busy = False
        # A larger range for NAT has addresses for endpoints that lacked one.
        decide_users(call.world, resource.path)

    return operations.start(call, resource.path, "expandIpCidrRange", effect, lambda: release(resource))
