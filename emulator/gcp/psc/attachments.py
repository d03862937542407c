# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service attachments: how a provider publishes a load balancer, and who may connect.

Sources: discovery document compute v1, the recorded attachment (magic-modules#5031), the recorded errors of users
(terraform-provider-google#17153, #14626, pulumi-gcp#840), and Google's pages configure-, about- and
manage-private-service-connect-services. PATCH without `name` or `enableProxyProtocol` fails by bugs of the API that
Terraform's provider works around (b/198329756, b/198308475); their texts are not verified, nor are those of a target,
NAT subnet or domain name that doesn't fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulator.gcp import discovery, names
from emulator.gcp.call import Call
from emulator.gcp.collection import Collection, register, users_of
from emulator.gcp.errors import Refused, invalid, stale
from emulator.gcp.psc import lists
from emulator.gcp.psc.connections import Connection, close, settle
from emulator.gcp.world import Resource, World

PURPOSE = "PRIVATE_SERVICE_CONNECT"
# The default: https://cloud.google.com/vpc/docs/about-controlling-access-published-services#propagated-connections.
PROPAGATED_LIMIT = 250


def connections_of(attachment: Resource) -> list[Connection]:
    """Return the connections of an attachment, oldest first."""
    found: list[Connection] = attachment.extra.setdefault("connections", [])
    return found


def decide(world: World, attachment: Resource) -> None:
    """Set the status of all connections by the attachment's present lists and NAT subnets."""
    settle(lists.policy_of(world, attachment.body), connections_of(attachment))


def decide_users(world: World, subnetwork: str) -> None:
    """Decide again for the attachment that has a NAT subnet, whose range has grown. subnetwork: its relative name."""
    for attachment in users_of(world, subnetwork, "serviceAttachments"):
        decide(world, attachment)


class ServiceAttachments(Collection):
    name = "serviceAttachments"
    kind = "compute#serviceAttachment"
    noun = "service_attachment"
    references = ("targetService", "producerForwardingRule", "natSubnets")
    has_fingerprint = True
    # Terraform's provider recreates the attachment for them.
    fixed = ("domainNames",)

    def relative_body(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        return lists.with_urls(super().relative_body(call, body), call.relative)

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        discovery.need(body, "connectionPreference", "natSubnets")
        body.setdefault("targetService", body.get("producerForwardingRule"))
        discovery.need(body, "targetService")
        body = {
            "enableProxyProtocol": False,
            "reconcileConnections": False,
            "propagatedConnectionLimit": PROPAGATED_LIMIT,
            "pscServiceAttachmentId": _id(call.world),
        } | body
        _check_domain_names(call, body)
        return self._checked(call, body, self.path(call, body["name"]))

    def changed(self, call: Call, resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
        for field in ("name", "enableProxyProtocol"):
            if call.body.get(field) is None:
                raise invalid(f"resource.{field}", "", "The field must be specified in a patch.")
        fewer = int(body.get("natIpsPerEndpoint") or 1) < int(resource.body.get("natIpsPerEndpoint") or 1)
        if fewer:
            raise invalid("resource.natIpsPerEndpoint", body.get("natIpsPerEndpoint", ""), "The number can only grow.")
        return self._checked(call, body, resource.path)

    def _checked(self, call: Call, body: dict[str, Any], path: str) -> dict[str, Any]:
        discovery.need(body, "connectionPreference", "natSubnets", "targetService")
        network = _network_of_target(call, body)
        _check_subnets(call, body, network, path)
        lists.check(call, body)
        if int(body.get("natIpsPerEndpoint") or 1) not in (1, 2):
            raise invalid("resource.natIpsPerEndpoint", body["natIpsPerEndpoint"], "Must be 1 or 2.")
        return body | {"producerForwardingRule": body["targetService"]}

    def check_fingerprint(self, call: Call, resource: Resource) -> None:
        """Refuse a patch without the current fingerprint: 412 also if it has none, says the discovery document."""
        if call.body.get("fingerprint") != resource.fingerprint:
            raise stale()

    def applied(self, call: Call, resource: Resource) -> None:
        decide(call.world, resource)

    def check_delete(self, call: Call, resource: Resource) -> None:
        """Nothing: an attachment can be deleted while endpoints are connected."""

    def deleted(self, call: Call, resource: Resource) -> None:
        close(connections_of(resource))

    def shown(self, resource: Resource) -> dict[str, Any]:
        shown = lists.with_urls(super().shown(resource), names.url)
        if endpoints := [_endpoint(connection) for connection in connections_of(resource)]:
            shown["connectedEndpoints"] = endpoints
        return {field: value for field, value in shown.items() if value != []}


def _id(world: World) -> dict[str, str]:
    """Return a 128-bit id in two halves, each as text, as recorded."""
    return {"high": world.number()[:17], "low": world.number()}


def _endpoint(connection: Connection) -> dict[str, Any]:
    consumer = connection.consumer
    shown: dict[str, Any] = {
        "status": connection.status,
        "pscConnectionId": connection.id,
        "endpoint": names.url(consumer.endpoint),
        "endpointWithId": names.url(consumer.endpoint_with_id),
        "consumerNetwork": names.url(consumer.network),
    }
    if connection.propagated:
        shown["propagatedConnectionCount"] = connection.propagated
    return shown


def network_of_service(world: World, attachment: Resource) -> str:
    """Return the network that an attachment's service is in."""
    rule = world.find(attachment.body["targetService"])
    return str(rule.body.get("network", "")) if rule else ""


def _network_of_target(call: Call, body: dict[str, Any]) -> str:
    """Return the network of the target, an internal forwarding rule of the attachment's region. Raises Refused."""
    target = body["targetService"]
    if of := names.parts(target):
        # A reference to another kind is looked up as a forwarding rule (recorded, pulumi-gcp#840).
        target = body["targetService"] = f"projects/{of.project}/{of.scope}/forwardingRules/{of.name}"
    rule = call.referred(target, "forwardingRules", permission="compute.forwardingRules.use")
    if rule.region != call.region:
        raise invalid("resource.targetService", names.url(rule.path), f"It must be in the region '{call.region}'.")
    if not str(rule.body.get("loadBalancingScheme", "")).startswith("INTERNAL"):
        text = "The forwarding rule must have an internal load balancing scheme."
        raise invalid("resource.targetService", names.url(rule.path), text)
    return str(rule.body.get("network", ""))


def _check_subnets(call: Call, body: dict[str, Any], network: str, path: str) -> None:
    subnets: Sequence[str] = body["natSubnets"]
    for number, subnet in enumerate(subnets):
        field, shown = f"resource.natSubnets[{number}]", names.url(subnet)
        found = call.referred(subnet, "subnetworks", permission="compute.subnetworks.use")
        if subnets.count(subnet) > 1:
            raise invalid(field, shown, "The subnetwork is listed more than once.")
        if found.region != call.region:
            raise invalid(field, shown, f"It must be in the region '{call.region}'.")
        if found.body.get("purpose") != PURPOSE:
            raise invalid(field, shown, f"The subnetwork must have the purpose {PURPOSE}.")
        if found.body.get("network") != network:
            raise invalid(field, shown, "The subnetwork must be in the network of the target service.")
        users = [user.path for user in users_of(call.world, found.path, "serviceAttachments") if user.path != path]
        if users:
            raise invalid(field, shown, f"The subnetwork is already being used by '{users[0]}'.")


def _check_domain_names(call: Call, body: dict[str, Any]) -> None:
    """Refuse more than one domain name, and one that the caller hasn't verified in Search Console (text recorded)."""
    given = body.get("domainNames") or []
    if len(given) > 1:
        raise invalid("resource.domainNames", "", "At most one domain name is supported.")
    owned = [
        known["domain"].strip(".").lower()
        for known in call.world.seed.get("verified_domains") or []
        if known["email"] == call.principal.email
    ]
    for name in given:
        bare = name.strip(".").lower()
        if not any(bare == domain or bare.endswith(f".{domain}") for domain in owned):
            text = (
                "Please verify ownership of the PTR domain. See more information at "
                "https://cloud.google.com/compute/docs/instances/create-ptr-record#domain_ownership."
            )
            raise Refused(400, "invalid", f"Invalid value for field 'resource.domainNames': ''. {text}")


register(ServiceAttachments())
