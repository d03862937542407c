# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A provider and two consumers whose networks have the same CIDR, and what both sides of a connection create."""

from __future__ import annotations

from typing import Any

from tests.emulator.psc.google_clients import Project

REGION = "asia-northeast1"
PROVIDER, CONSUMER, OTHER = "recruiting-b", "recruiting-a", "recruiting-c"
DEPLOYER = f"deployer@{CONSUMER}.iam.gserviceaccount.com"
_APPS = {"name": "apps", "region": REGION, "cidr": "10.0.0.0/16"}
_NAT = {"name": "nat", "region": REGION, "cidr": "192.168.0.0/29", "purpose": "PRIVATE_SERVICE_CONNECT"}
# What a consumer's custom role needs: https://cloud.google.com/vpc/docs/configure-private-service-connect-services.
CONSUMER_PERMISSIONS = (
    "compute.addresses.get",
    "compute.addresses.use",
    "compute.forwardingRules.create",
    "compute.forwardingRules.delete",
    "compute.forwardingRules.get",
    "compute.forwardingRules.pscCreate",
    "compute.forwardingRules.pscDelete",
    "compute.forwardingRules.pscUpdate",
    "compute.forwardingRules.update",
    "compute.networks.use",
    "compute.regionOperations.get",
    "servicedirectory.namespaces.create",
    "servicedirectory.namespaces.delete",
    "servicedirectory.services.create",
    "servicedirectory.services.delete",
)


def _without(permission: str) -> dict[str, Any]:
    """Return a principal with a custom role that lacks one permission; its token is `without PERMISSION`."""
    granted = [one for one in CONSUMER_PERMISSIONS if one != permission]
    return {
        "email": f"{permission}@example.com",
        "access_token": f"without {permission}",
        "bindings": {CONSUMER: granted},
    }


SEED: dict[str, Any] = {
    "organization": {"id": "123456789012"},
    "folders": [
        {"id": "111", "display_name": "recruiting", "parent": "organizations/123456789012"},
        {"id": "222", "display_name": "Databases", "parent": "folders/111"},
    ],
    "projects": [
        {"project_id": CONSUMER, "number": "200000000001", "parent": "folders/111", "labels": {"team": "a"}},
        {"project_id": PROVIDER, "number": "200000000002", "parent": "folders/222", "labels": {"team": "b"}},
        {"project_id": OTHER, "number": "200000000003", "parent": "organizations/123456789012"},
        {"project_id": "being-deleted", "number": "200000000004", "state": "DELETE_REQUESTED"},
    ],
    "principals": [
        {
            "email": "operator@example.com",
            "access_token": "operator",
            "bindings": {"organizations/123456789012": ["roles/owner"]},
        },
        {
            "email": DEPLOYER,
            "access_token": "deployer",
            "bindings": {CONSUMER: ["roles/compute.networkAdmin", "roles/dns.admin"]},
        },
        {
            "email": "reader@example.com",
            "access_token": "reader",
            "bindings": {"folders/222": ["roles/viewer"]},
        },
        {"email": "stranger@example.com", "access_token": "stranger"},
        *map(_without, ("nothing", *CONSUMER_PERMISSIONS)),
    ],
    "verified_domains": [{"domain": "example.com", "email": "operator@example.com"}],
    "quotas": {"PSC_ILB_CONSUMER_FORWARDING_RULES_PER_PRODUCER_NETWORK": 8},
    "networks": [
        {"project_id": PROVIDER, "name": "main", "subnetworks": [_APPS, _NAT]},
        {"project_id": CONSUMER, "name": "main", "subnetworks": [_APPS]},
        {"project_id": OTHER, "name": "main", "subnetworks": [_APPS]},
    ],
    "backends": [{"project_id": PROVIDER, "name": "apps", "zone": f"{REGION}-a", "network": "main"}],
    "load_balancers": [
        {
            "project_id": PROVIDER,
            "name": "matching-api-ilb",
            "region": REGION,
            "network": "main",
            "subnetwork": "apps",
            "backend": "apps",
        }
    ],
}


def attach(provider: Project, name: str = "matching-api", /, **body: Any) -> dict[str, Any]:
    """Publish the load balancer; return the service attachment."""
    attachment = {
        "name": name,
        "connectionPreference": "ACCEPT_MANUAL",
        "targetService": f"projects/{PROVIDER}/regions/{REGION}/forwardingRules/matching-api-ilb",
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
