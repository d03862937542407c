# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What both sides of a connection create, in the projects of gcp_world.py."""

from __future__ import annotations

from typing import Any

from tests.emulator.gcp_world import BALANCER, CONSUMER_A, CONSUMER_C, PROVIDER, REGION
from tests.emulator.psc.google_clients import Project

CONSUMER, OTHER = CONSUMER_A, CONSUMER_C


def nat(provider: Project) -> None:
    """Create the provider's NAT subnet, which serves four endpoints."""
    subnetwork = {
        "name": "nat",
        "network": provider.path("networks", "main"),
        "ipCidrRange": "192.168.0.0/29",
        "purpose": "PRIVATE_SERVICE_CONNECT",
    }
    provider.write("subnetworks", "insert", body=subnetwork)


def attach(provider: Project, name: str = "matching-api", /, **body: Any) -> dict[str, Any]:
    """Publish the load balancer; return the service attachment."""
    attachment = {
        "name": name,
        "connectionPreference": "ACCEPT_MANUAL",
        "targetService": f"projects/{PROVIDER}/regions/{REGION}/forwardingRules/{BALANCER}",
        "natSubnets": [f"projects/{PROVIDER}/regions/{REGION}/subnetworks/nat"],
    }
    provider.write("serviceAttachments", "insert", body=attachment | body)
    return provider.get("serviceAttachments", name)


def accept(provider: Project, *projects: str, limit: int = 1, **changes: Any) -> dict[str, Any]:
    """Replace the accept list of the attachment matching-api, with reconciliation; return the attachment."""
    current = provider.get("serviceAttachments", "matching-api")
    body = {
        "name": current["name"],
        "enableProxyProtocol": current["enableProxyProtocol"],
        "fingerprint": current["fingerprint"],
        "reconcileConnections": True,
        "consumerAcceptLists": [{"projectIdOrNum": project, "connectionLimit": limit} for project in projects],
    }
    provider.patch("serviceAttachments", "matching-api", **body | changes)
    return provider.get("serviceAttachments", "matching-api")


def reserve(consumer: Project, name: str = "matching", **body: Any) -> None:
    """Reserve an internal address in the subnet apps."""
    address = {"name": name, "addressType": "INTERNAL", "subnetwork": consumer.path("subnetworks", "apps")}
    consumer.write("addresses", "insert", body=address | body)


def connect(consumer: Project, name: str = "matching", /, **body: Any) -> dict[str, Any]:
    """Create an address and an endpoint of the service; return the endpoint."""
    if "IPAddress" not in body:
        reserve(consumer, name)
    endpoint = {
        "name": name,
        "IPAddress": consumer.path("addresses", name),
        "network": consumer.path("networks", "main"),
        "target": f"projects/{PROVIDER}/regions/{REGION}/serviceAttachments/matching-api",
    }
    consumer.write("forwardingRules", "insert", body=endpoint | body)
    return consumer.get("forwardingRules", name)


def statuses(provider: Project) -> list[str]:
    """Return the statuses that the attachment shows, oldest endpoint first."""
    endpoints = provider.get("serviceAttachments", "matching-api").get("connectedEndpoints", [])
    return [endpoint["status"] for endpoint in endpoints]


def status(consumer: Project, name: str = "matching") -> str:
    """Return the status that the endpoint shows."""
    return str(consumer.get("forwardingRules", name)["pscConnectionStatus"])
