# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Forwarding rules of internal passthrough load balancers; those of Private Service Connect have their own class.

https://cloud.google.com/compute/docs/reference/rest/v1/forwardingRules
"""

from __future__ import annotations

import ipaddress
from typing import Any

from emulator.gcp import names
from emulator.gcp.call import Call
from emulator.gcp.collection import Collection, register
from emulator.gcp.compute import ranges
from emulator.gcp.discovery import need
from emulator.gcp.errors import Refused, invalid, required
from emulator.gcp.psc.endpoints import Endpoints, is_endpoint, refuse_target
from emulator.gcp.registry import handles
from emulator.gcp.world import Resource, World

# https://cloud.google.com/load-balancing/docs/forwarding-rule-concepts#port_specifications
MOST_PORTS = 5


def defaults(world: World, body: dict[str, Any], address: str = "") -> dict[str, Any]:
    """Return a rule's body with what the API adds, its address the given one or the next free one."""
    subnetwork = world.resources[body["subnetwork"]]
    ip = address or ranges.next_free(world, subnetwork)
    return {"IPProtocol": "TCP", "networkTier": "PREMIUM", "allowGlobalAccess": False, **body, "IPAddress": ip}


class ForwardingRules(Collection):
    name, kind, noun = "forwardingRules", "compute#forwardingRule", "forwarding_rule"
    references = ("backendService", "network", "subnetwork", "target", "IPAddress")
    labels = has_fingerprint = True
    fixed = (
        "description",
        "IPAddress",
        "IPProtocol",
        "ports",
        "allPorts",
        "backendService",
        "network",
        "subnetwork",
        "labels",
        "loadBalancingScheme",
        "target",
    )

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        if psc := _psc(body):
            return psc.create(call, body)
        scheme = body.setdefault("loadBalancingScheme", "EXTERNAL")
        if scheme != "INTERNAL":
            message = "The emulator has internal passthrough load balancers only."
            raise invalid("resource.loadBalancingScheme", scheme, message)
        need(body, "backendService")
        service = call.referred(
            body["backendService"], "backendServices", permission="compute.regionBackendServices.use"
        )
        ranges.same_region("resource.backendService", service, call.region)
        subnetwork = _subnetwork(call, body)
        _check_ports(body)
        if body.get("labels"):
            call.need("compute.forwardingRules.setLabels")
        body |= {"subnetwork": subnetwork.path, "network": subnetwork.body["network"]}
        return {"IPProtocol": "TCP", "networkTier": "PREMIUM", "allowGlobalAccess": False, **body}

    def created(self, call: Call, resource: Resource) -> None:
        if psc := _psc(resource.body):
            return psc.created(call, resource)
        take_address(call, resource, call.world.resources[resource.body["subnetwork"]])

    def changed(self, call: Call, resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
        if psc := _psc(resource.body):
            return psc.changed(call, resource, body)
        return body

    def applied(self, call: Call, resource: Resource) -> None:
        if psc := _psc(resource.body):
            psc.applied(call, resource)

    def check_delete(self, call: Call, resource: Resource) -> None:
        if psc := _psc(resource.body):
            return psc.check_delete(call, resource)
        super().check_delete(call, resource)

    def deleted(self, call: Call, resource: Resource) -> None:
        if psc := _psc(resource.body):
            psc.deleted(call, resource)

    def operation_type(self, verb: str, resource: Resource) -> str:
        psc = _psc(resource.body)
        return psc.operation_type(verb, resource) if psc else verb

    def shown(self, resource: Resource) -> dict[str, Any]:
        if psc := _psc(resource.body):
            return psc.shown(resource)
        return super().shown(resource) | {"selfLinkWithId": self_link_with_id(resource)}


_ENDPOINTS = Endpoints()


def _psc(body: dict[str, Any]) -> Collection | None:
    return _ENDPOINTS if is_endpoint(body) else None


def self_link_with_id(resource: Resource) -> str:
    return names.url(f"{resource.path.rpartition('/')[0]}/{resource.id}")


def take_address(call: Call, rule: Resource, subnetwork: Resource) -> None:
    """Give a rule its address: a reserved one by its name or IP, a free IP, or the next free one. Raises Failed."""
    given = rule.body.get("IPAddress", "")
    reserved = reserved_address(call.world, given, subnetwork) if given else None
    ip = reserved.body["address"] if reserved else given or ranges.next_free(call.world, subnetwork)
    ranges.in_conflict(call.world, ip, subnetwork, reserved, rule)
    rule.body["IPAddress"] = ip


def reserved_address(world: World, given: str, subnetwork: Resource) -> Resource | None:
    """Return the reserved address of a subnet by its relative name or IP."""
    for address in world.all("addresses"):
        if given == address.path or (
            given == address.body.get("address") and address.body["subnetwork"] == subnetwork.path
        ):
            return address
    return None


def check_address(call: Call, given: str, subnetwork: Resource) -> None:
    """Raise Refused for an address that a rule in the subnet can't have."""
    if "/" in given:
        address = call.referred(given, "addresses", permission="compute.addresses.use")
        if address.body["subnetwork"] != subnetwork.path:
            message = f"The address must be of the subnetwork '{subnetwork.path}'."
            raise invalid("resource.IPAddress", given, message)
        return
    try:
        ipaddress.ip_address(given)
    except ValueError:
        # A bare name: only URLs and IP addresses are references.
        raise invalid("resource.IPAddress", given, "Must be an IP address or the URL of an address.") from None
    ranges.check_inside("resource.IPAddress", given, subnetwork)
    if reserved_address(call.world, given, subnetwork):
        call.need("compute.addresses.use")


def _subnetwork(call: Call, body: dict[str, Any]) -> Resource:
    """Return the rule's subnet, of its network if both are named. Raises Refused."""
    if not body.get("subnetwork"):
        # Custom mode networks need one: https://cloud.google.com/compute/docs/reference/rest/v1/forwardingRules.
        raise required("resource.subnetwork")
    if body.get("network"):
        call.referred(body["network"], "networks", permission="compute.networks.use")
    subnetwork = call.referred(body["subnetwork"], "subnetworks", permission="compute.subnetworks.use")
    ranges.same_region("resource.subnetwork", subnetwork, call.region)
    ranges.check_purpose("resource.subnetwork", subnetwork)
    if body.get("network") and subnetwork.body["network"] != body["network"]:
        message = f"The subnetwork must be of the network '{body['network']}'."
        raise invalid("resource.subnetwork", subnetwork.path, message)
    if body.get("IPAddress"):
        check_address(call, body["IPAddress"], subnetwork)
    return subnetwork


def _check_ports(body: dict[str, Any]) -> None:
    ports = body.get("ports") or []
    if bool(ports) == bool(body.get("allPorts")):
        message = "Exactly one of ports and allPorts must be specified for an internal passthrough load balancer."
        raise Refused(400, "invalid", f"Invalid value for field 'resource.ports': '{ports}'. {message}")
    if len(ports) > MOST_PORTS:
        raise invalid("resource.ports", ports, f"At most {MOST_PORTS} ports may be specified.")
    for port in ports:
        if not (port.isdecimal() and 1 <= int(port) <= 65535):
            raise invalid("resource.ports", port, "Must be a port number.")


RULES = ForwardingRules()
register(RULES)


@handles("compute.forwardingRules.setTarget", "compute.forwardingRules.setTarget")
def set_target(call: Call) -> None:
    """Refuse to replace a target: a rule of a passthrough load balancer has none, an endpoint's can't change."""
    resource = RULES.writable(call)
    target = call.body.get("target") or ""
    if _psc(resource.body) or is_endpoint({"target": target}):
        refuse_target(call, resource)
    raise invalid("target", target, "The forwarding rule has no target.")
