# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints of Private Service Connect: forwarding rules whose target is a service attachment.

Sources: the recorded rules (gcpdiag, magic-modules#5031), discovery document compute v1, and
https://cloud.google.com/vpc/docs/configure-private-service-connect-services. `setTarget` between attachments is refused
(terraform-provider-google#19189). Not verified: texts of the refusals, and those of fields that an endpoint can't have.
"""

from __future__ import annotations

import itertools
from typing import Any

from emulator.gcp import names
from emulator.gcp.call import Call
from emulator.gcp.collection import Collection
from emulator.gcp.errors import Failed, Refused, invalid, required
from emulator.gcp.psc import automatic_dns
from emulator.gcp.psc.attachments import PURPOSE, connections_of, decide, network_of_service
from emulator.gcp.psc.connections import CLOSED, PENDING, Connection, Consumer
from emulator.gcp.world import Resource, World

# https://cloud.google.com/vpc/docs/quota#per_network counts endpoints of any status, until their consumers delete them.
QUOTA = "PSC_ILB_CONSUMER_FORWARDING_RULES_PER_PRODUCER_NETWORK"
_NOT_OF_ENDPOINTS = ("backendService", "IPProtocol", "portRange", "ports", "allPorts", "allowGlobalAccess")
_SERVICE_DIRECTORY = ("servicedirectory.namespaces", "servicedirectory.services")


def is_endpoint(body: dict[str, Any]) -> bool:
    """Return true for the body of a rule whose target is a service attachment."""
    return "/serviceAttachments/" in (body.get("target") or "")


class Endpoints(Collection):
    """Not registered: the collection of forwarding rules passes its hooks on for rules that are endpoints."""

    name = "forwardingRules"
    kind = "compute#forwardingRule"
    noun = "forwarding_rule"
    references = ("network", "subnetwork", "target")
    labels = True
    has_fingerprint = True
    fixed = ("target", "IPAddress", "network", "subnetwork", "noAutomateDnsZone", "serviceDirectoryRegistrations")

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        _need(call, "pscCreate", "create")
        if body.get("loadBalancingScheme"):
            text = "It must not be set for a forwarding rule that targets a service attachment."
            raise invalid("resource.loadBalancingScheme", body["loadBalancingScheme"], text)
        for field in _NOT_OF_ENDPOINTS:
            if body.get(field):
                text = "It can't be set for a forwarding rule that targets a service attachment."
                raise invalid(f"resource.{field}", body[field], text)
        body["target"] = call.relative(body["target"])
        attachment = _attachment(call, body)
        network, address = _place(call, body)
        if network == network_of_service(call.world, attachment):
            text = "The endpoint must be in another network than the service of the service attachment."
            raise invalid("resource.network", names.url(network), text)
        defaults = {
            "networkTier": "PREMIUM",
            "allowPscGlobalAccess": False,
            "serviceDirectoryRegistrations": [{"namespace": automatic_dns.DEFAULT_NAMESPACE}],
        }
        given = {"IPAddress": address, "network": network, "pscConnectionId": _connection_id(call.world)}
        return defaults | body | given

    def created(self, call: Call, resource: Resource) -> None:
        attachment = call.world.find(resource.body["target"])
        if attachment is None or call.project is None:
            target = resource.body["target"]
            raise Failed("RESOURCE_NOT_FOUND", f"The resource '{target}' was not found", 404)
        _check_quota(call.world, attachment)
        folder = f"projects/{resource.project_id}/regions/{resource.region}/forwardingRules"
        consumer = Consumer(
            call.project.project_id,
            call.project.number,
            resource.body["network"],
            resource.path,
            f"{folder}/{resource.id}",
        )
        connection = Connection(resource.body["pscConnectionId"], consumer, PENDING)
        resource.extra["connection"] = connection
        connections_of(attachment).append(connection)
        decide(call.world, attachment)
        automatic_dns.add(call.world, resource, attachment)

    def changed(self, call: Call, resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
        """Check a patch: only the global access can change, at any time.

        That pscUpdate is needed beside update is by analogy to pscCreate; not verified.
        """
        call.need("compute.forwardingRules.pscUpdate")
        for field in body.keys() | resource.body.keys():
            if field != "allowPscGlobalAccess" and body.get(field) != resource.body.get(field):
                raise invalid(f"resource.{field}", body.get(field, ""), "Field cannot be changed.")
        return body

    def check_delete(self, call: Call, resource: Resource) -> None:
        _need(call, "pscDelete", "delete")

    def deleted(self, call: Call, resource: Resource) -> None:
        connection = resource.extra.get("connection")
        attachment = call.world.find(resource.body["target"])
        if attachment and connection in connections_of(attachment):
            connections_of(attachment).remove(connection)
            decide(call.world, attachment)
        automatic_dns.remove(call.world, resource)

    def operation_type(self, verb: str, resource: Resource) -> str:
        """Return the recorded types of creation and deletion."""
        return {"insert": "createRegionPscForwardingRule", "delete": "deleteRegionPscForwardingRule"}.get(verb, verb)

    def shown(self, resource: Resource) -> dict[str, Any]:
        shown = super().shown(resource)
        folder = resource.path.rpartition("/")[0]
        # Recorded of endpoints: gcpdiag.
        shown["attachedExtensions"] = []
        shown["selfLinkWithId"] = names.url(f"{folder}/{resource.id}")
        if connection := resource.extra.get("connection"):
            shown["pscConnectionStatus"] = connection.status
        return shown


def refuse_target(call: Call, resource: Resource) -> None:
    """Refuse forwardingRules.setTarget for an endpoint."""
    target = call.body.get("target", "")
    raise invalid("target", target, "The target of a forwarding rule can't change from or to a service attachment.")


def _need(call: Call, verb: str, of_service_directory: str) -> None:
    call.need(f"compute.forwardingRules.{verb}")
    for kind in _SERVICE_DIRECTORY:
        call.need(f"{kind}.{of_service_directory}")


def _attachment(call: Call, body: dict[str, Any]) -> Resource:
    """Return the attachment: anybody who knows its name may apply, so no permission in its project is needed."""
    of = names.parts(body["target"])
    if of and of.scope != f"regions/{call.region}":
        text = f"The service attachment must be in the region '{call.region}'."
        raise invalid("resource.target", names.url(body["target"]), text)
    return call.referred(body["target"], "serviceAttachments")


def _place(call: Call, body: dict[str, Any]) -> tuple[str, str]:
    """Return the endpoint's network and its IP address, which must be reserved there."""
    network = body.get("network")
    if body.get("subnetwork"):
        subnetwork = call.referred(body["subnetwork"], "subnetworks", permission="compute.subnetworks.use")
        _check_subnetwork(call, subnetwork, "resource.subnetwork")
        network = network or subnetwork.body["network"]
        if network != subnetwork.body["network"]:
            raise invalid("resource.network", names.url(network), "It must be the network of the subnetwork.")
    if not network:
        raise required("resource.network")
    call.referred(network, "networks", permission="compute.networks.use")
    address = _address(call, body)
    given = str(body["IPAddress"])
    if address.body.get("addressType") != "INTERNAL":
        raise invalid("resource.IPAddress", given, "The address must be internal.")
    subnetwork_of_address = call.world.find(address.body.get("subnetwork", ""))
    if subnetwork_of_address is None or subnetwork_of_address.body["network"] != network:
        raise invalid("resource.IPAddress", given, f"The address must be in the network '{names.url(network)}'.")
    _check_subnetwork(call, subnetwork_of_address, "resource.IPAddress")
    return network, str(address.body["address"])


def _check_subnetwork(call: Call, subnetwork: Resource, field: str) -> None:
    if subnetwork.region != call.region:
        raise invalid(field, names.url(subnetwork.path), f"It must be in the region '{call.region}'.")
    if subnetwork.body.get("purpose") == PURPOSE:
        raise invalid(field, names.url(subnetwork.path), f"A subnetwork of purpose {PURPOSE} is only for NAT.")


def _address(call: Call, body: dict[str, Any]) -> Resource:
    """Return the reserved address that IPAddress names, by its resource or by its number, which no rule uses yet."""
    given = body.get("IPAddress")
    if not given:
        raise required("resource.IPAddress")
    region = f"regions/{call.region}"
    if "/" in given:
        found = call.referred(given, "addresses", permission="compute.addresses.use")
        if found.region != call.region:
            raise invalid("resource.IPAddress", given, f"It must be in the region '{call.region}'.")
    else:
        reserved = call.world.all("addresses", call.project_id, region)
        same = [address for address in reserved if address.ready and address.body.get("address") == given]
        if not same:
            raise invalid("resource.IPAddress", given, "The address must be reserved.")
        found = same[0]
        call.need("compute.addresses.use", resource=found.path)
    rules = call.world.all("forwardingRules", call.project_id, region)
    network = body.get("network")
    if any(
        rule.body.get("IPAddress") == found.body["address"] and network in (None, rule.body.get("network"))
        for rule in rules
    ):
        text = "Specified IP address is in-use and would result in a conflict."
        raise Refused(400, "invalid", f"Invalid value for field 'resource.IPAddress': '{given}'. {text}")
    return found


def _check_quota(world: World, attachment: Resource) -> None:
    """Fail if the service's network has as many endpoints as the seed's `quotas` allow."""
    limit = (world.seed.get("quotas") or {}).get(QUOTA)
    network = network_of_service(world, attachment)
    there = [
        connection
        for other in world.all("serviceAttachments")
        if network_of_service(world, other) == network
        for connection in connections_of(other)
        if connection.status != CLOSED
    ]
    if limit is not None and len(there) >= limit:
        text = f"Quota '{QUOTA}' exceeded.  Limit: {float(limit)} in region {attachment.region}."
        raise Failed("QUOTA_EXCEEDED", text, 403)


def _connection_id(world: World) -> str:
    """Return the next connection id: 17 digits, as recorded."""
    counter = world.data.setdefault("psc connection ids", itertools.count(36190541368524850))
    return str(next(counter))
