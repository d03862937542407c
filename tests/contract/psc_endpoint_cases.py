# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of psc_endpoint; the provider's side is made by hand, with raw requests."""

from __future__ import annotations

from typing import Any

from tests.contract.case import Case, Drift
from tests.contract.google import BALANCER, CONSUMER, NETWORK, PROVIDER, REGION, SUBNETWORK
from tests.contract.world import World

SERVICE = f"projects/{PROVIDER}/regions/{REGION}/serviceAttachments/matching-api"
NAME = "matching.example.internal"
ENDPOINT = {
    "name": "matching",
    "service": SERVICE,
    "network": NETWORK,
    "subnetwork": SUBNETWORK,
    "dns_name": NAME,
    # Drifts delete a connection that works.
    "allow_disconnect": True,
}
RULE, ADDRESS = "forwardingRules/matching", "addresses/matching"
OWNER = "psc_endpoint/matching"


def network(project: str, name: str = NETWORK) -> str:
    return f"projects/{project}/global/networks/{name}"


def in_region(project: str, path: str) -> str:
    return f"projects/{project}/regions/{REGION}/{path}"


def publish(world: World, *accepted: str, nat_cidr: str = "192.168.0.0/29", **fields: Any) -> None:
    """Publish the provider's service by hand, to these projects."""
    provider = world.project(PROVIDER)
    nat = {"purpose": "PRIVATE_SERVICE_CONNECT", "network": network(PROVIDER), "ipCidrRange": nat_cidr}
    provider.regional("POST", "subnetworks", {"name": "by-hand-nat", **nat})
    attach(world, *accepted, **fields)


def attach(world: World, *accepted: str, **fields: Any) -> None:
    body = {
        "name": "matching-api",
        "targetService": in_region(PROVIDER, f"forwardingRules/{BALANCER}"),
        "natSubnets": [in_region(PROVIDER, "subnetworks/by-hand-nat")],
        "connectionPreference": "ACCEPT_MANUAL",
        "reconcileConnections": True,
        "enableProxyProtocol": False,
        **accepts(*accepted),
        **fields,
    }
    world.project(PROVIDER).regional("POST", "serviceAttachments", body)


def accepts(*projects: str, limit: int = 2) -> dict[str, Any]:
    return {"consumerAcceptLists": [{"projectIdOrNum": name, "connectionLimit": limit} for name in projects]}


def decide(world: World, *accepted: str, rejected: tuple[str, ...] = (), limit: int = 2) -> None:
    """Change the lists of the provider's service by hand."""
    lists = {**accepts(*accepted, limit=limit), "consumerRejectLists": list(rejected)}
    world.project(PROVIDER).patch("serviceAttachments/matching-api", **lists)


def published(world: World) -> None:
    publish(world, CONSUMER)


def closed(world: World) -> None:
    """Delete the service and publish one of the same name: endpoints of the former stay closed."""
    world.project(PROVIDER).regional("DELETE", "serviceAttachments/matching-api")
    attach(world, CONSUMER)


def endpoint_deleted(world: World) -> None:
    world.project(CONSUMER).regional("DELETE", RULE)


def address_deleted(world: World) -> None:
    """Delete the address, and the endpoint, which uses it."""
    endpoint_deleted(world)
    world.project(CONSUMER).regional("DELETE", ADDRESS)


def endpoint_elsewhere(world: World) -> None:
    """Put an endpoint of the same name and mark to another service, of another network, at another address."""
    consumer, provider = world.project(CONSUMER), world.project(PROVIDER)
    nat = {"purpose": "PRIVATE_SERVICE_CONNECT", "network": network(PROVIDER), "ipCidrRange": "192.168.1.0/29"}
    provider.regional("POST", "subnetworks", {"name": "other-nat", **nat})
    attach(
        world,
        CONSUMER,
        name="other-api",
        targetService=in_region(PROVIDER, "forwardingRules/other-ilb"),
        natSubnets=[in_region(PROVIDER, "subnetworks/other-nat")],
    )
    description = consumer.regional("GET", RULE)["description"]
    endpoint_deleted(world)
    consumer.compute("POST", "global/networks", {"name": "by-hand", "autoCreateSubnetworks": False})
    subnetwork = {"name": "by-hand", "network": network(CONSUMER, "by-hand"), "ipCidrRange": "10.9.0.0/24"}
    consumer.regional("POST", "subnetworks", subnetwork)
    address = {"name": "by-hand", "addressType": "INTERNAL", "subnetwork": in_region(CONSUMER, "subnetworks/by-hand")}
    consumer.regional("POST", "addresses", address)
    rule = {
        "name": "matching",
        "description": description,
        "IPAddress": in_region(CONSUMER, "addresses/by-hand"),
        "network": network(CONSUMER, "by-hand"),
        "target": SERVICE.replace("matching-api", "other-api"),
    }
    consumer.regional("POST", "forwardingRules", rule)


def others_deleted(world: World) -> None:
    """Delete what endpoint_elsewhere made besides the endpoint."""
    consumer, provider = world.project(CONSUMER), world.project(PROVIDER)
    consumer.regional("DELETE", "addresses/by-hand")
    consumer.regional("DELETE", "subnetworks/by-hand")
    consumer.compute("DELETE", "global/networks/by-hand")
    provider.regional("DELETE", "serviceAttachments/other-api")
    provider.regional("DELETE", "subnetworks/other-nat")


def address_elsewhere(world: World) -> None:
    """Reserve the address in another subnetwork under the same name and mark; the endpoint goes with it."""
    consumer = world.project(CONSUMER)
    description = consumer.regional("GET", ADDRESS)["description"]
    address_deleted(world)
    where = in_region(CONSUMER, "subnetworks/second")
    body = {"name": "matching", "description": description, "addressType": "INTERNAL", "subnetwork": where}
    consumer.regional("POST", "addresses", body)


def zone(world: World) -> str:
    """Name of the endpoint's zone."""
    (found,) = world.project(CONSUMER).dns("GET", "")["managedZones"]
    return found["name"]


def record_deleted(world: World) -> None:
    world.project(CONSUMER).dns("DELETE", f"/{zone(world)}/rrsets/{NAME}./A")


def zone_deleted(world: World) -> None:
    record_deleted(world)
    world.project(CONSUMER).dns("DELETE", f"/{zone(world)}")


def record_changed(**fields: Any) -> Any:
    def change(world: World) -> None:
        consumer, path = world.project(CONSUMER), f"/{zone(world)}/rrsets/{NAME}./A"
        consumer.dns("PATCH", path, consumer.dns("GET", path) | fields)

    return change


def zone_hidden(world: World) -> None:
    """Show the zone to another network than the endpoint's."""
    consumer = world.project(CONSUMER)
    consumer.compute("POST", "global/networks", {"name": "by-hand", "autoCreateSubnetworks": False})
    url = f"https://www.googleapis.com/compute/v1/{network(CONSUMER, 'by-hand')}"
    consumer.dns("PATCH", f"/{zone(world)}", {"privateVisibilityConfig": {"networks": [{"networkUrl": url}]}})


def other_network_deleted(world: World) -> None:
    world.project(CONSUMER).compute("DELETE", "global/networks/by-hand")


def foreign_endpoint(world: World) -> str:
    """Create an endpoint of the declared name that isn't the module's; return its relative name."""
    consumer = world.project(CONSUMER)
    where = in_region(CONSUMER, f"subnetworks/{SUBNETWORK}")
    consumer.regional("POST", "addresses", {"name": "theirs", "addressType": "INTERNAL", "subnetwork": where})
    rule = {"name": "matching", "network": network(CONSUMER), "target": SERVICE}
    consumer.regional("POST", "forwardingRules", {**rule, "IPAddress": in_region(CONSUMER, "addresses/theirs")})
    return in_region(CONSUMER, RULE)


def foreign_address(world: World) -> str:
    where = in_region(CONSUMER, f"subnetworks/{SUBNETWORK}")
    body = {"name": "matching", "addressType": "INTERNAL", "subnetwork": where, "description": "ours, by hand"}
    world.project(CONSUMER).regional("POST", "addresses", body)
    return in_region(CONSUMER, ADDRESS)


def foreign_zone(world: World) -> str:
    """Create a zone that answers the declared name in the network."""
    url = f"https://www.googleapis.com/compute/v1/{network(CONSUMER)}"
    visible = {"visibility": "private", "privateVisibilityConfig": {"networks": [{"networkUrl": url}]}}
    body = {"name": "theirs", "dnsName": f"{NAME}.", "description": "by hand", **visible}
    world.project(CONSUMER).dns("POST", "", body)
    return f"projects/{CONSUMER}/managedZones/theirs"


PSC_ENDPOINT = Case(
    "psc_endpoint",
    CONSUMER,
    ENDPOINT,
    [CONSUMER, PROVIDER],
    [
        Drift("psc_address: deleted", "psc_address", ("name", "subnetwork", "tags"), "create", address_deleted),
        Drift("psc_address: in another subnetwork", "psc_address", ("subnetwork",), "create", address_elsewhere),
        Drift(
            "psc_endpoint: deleted",
            "psc_endpoint",
            ("name", "service", "network", "address", "global_access", "tags"),
            "create",
            endpoint_deleted,
        ),
        Drift("psc_endpoint: closed", "psc_endpoint", ("status",), "delete", closed),
        Drift(
            "psc_endpoint: to another service, elsewhere",
            "psc_endpoint",
            ("service", "network", "address"),
            "delete",
            endpoint_elsewhere,
            others=others_deleted,
        ),
        Drift(
            "psc_endpoint: for callers of all regions",
            "psc_endpoint",
            ("global_access",),
            "change",
            lambda world: world.project(CONSUMER).patch(RULE, allowPscGlobalAccess=True),
        ),
        Drift("psc_zone: deleted", "psc_zone", ("name", "zone", "networks", "tags"), "create", zone_deleted),
        Drift(
            "psc_zone: of another network",
            "psc_zone",
            ("networks",),
            "change",
            zone_hidden,
            others=other_network_deleted,
        ),
        Drift("psc_record: deleted", "psc_record", ("zone", "name", "ttl", "addresses"), "create", record_deleted),
        Drift("psc_record: for an hour", "psc_record", ("ttl",), "change", record_changed(ttl=3600)),
        Drift("psc_record: elsewhere", "psc_record", ("addresses",), "change", record_changed(rrdatas=["10.0.0.99"])),
    ],
    before=published,
    foreign={"endpoint": foreign_endpoint, "address": foreign_address, "zone": foreign_zone},
    reads=("compute", "forwardingRules.list"),
)

WITH_ADDRESS = Case(
    "psc_endpoint",
    CONSUMER,
    {
        "name": "matching",
        "service": f"https://www.googleapis.com/compute/v1/{SERVICE}",
        "subnetwork": in_region(CONSUMER, f"subnetworks/{SUBNETWORK}"),
        "address": "10.0.0.9",
        "global_access": True,
        "wait_for_acceptance": True,
        "allow_disconnect": True,
    },
    [CONSUMER, PROVIDER],
    [
        Drift("psc_address: deleted", "psc_address", ("name", "subnetwork", "address"), "create", address_deleted),
        Drift(
            "psc_endpoint: for callers of one region",
            "psc_endpoint",
            ("global_access",),
            "change",
            lambda world: world.project(CONSUMER).patch(RULE, allowPscGlobalAccess=False),
        ),
    ],
    before=published,
    name="with a given address",
    reads=("compute", "forwardingRules.list"),
)

CASES = [PSC_ENDPOINT, WITH_ADDRESS]
