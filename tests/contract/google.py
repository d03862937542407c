# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google Cloud for the contract suite: projects, whose networks all are 10.0.0.0/16, what they contain, and hands.

Changes by hand and readings are raw requests, not those of the modules' client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.contract.clouds import GOOGLE_REGION as REGION
from tests.emulator.gcp_world import Google
from tools.iam_roles import MODULES, permissions

# The provider, two consumers of the same network range, and one who knows the service's URI.
PROVIDER, CONSUMER, CONSUMER_2, STRANGER = "recruiting-b", "recruiting-a", "recruiting-c", "stranger-x"
PROJECTS = (PROVIDER, CONSUMER, CONSUMER_2, STRANGER)
NUMBERS = {project: str(415104041262 + number) for number, project in enumerate(PROJECTS)}
NETWORK, SUBNETWORK, RANGE = "main", "apps", "10.0.0.0/16"
# Deleted, but Google still knows its id; without Compute Engine's API; without Cloud DNS's.
DELETED, NO_COMPUTE, NO_DNS = "deleted-x", "no-compute-x", "no-dns-x"
APIS = {NO_COMPUTE: [], NO_DNS: ["compute.googleapis.com"]}
# What the forwarding rule of somebody else's load balancer is called, and the instance group behind it.
BALANCER, GROUP, ZONE = "given-ilb", "apps", f"{REGION}-a"
# Tokens: of an owner of all projects with which tests act by hand, and of the modules' operator.
HANDS, OPERATOR = "hands-token-no-secret", "operator-token-no-secret"


def operator_of(module: str) -> str:
    """Token of a principal that has the module's shipped role in every project."""
    return f"token-of-{module}"


def _principals() -> Iterator[dict[str, Any]]:
    for email, token in (("hands@example.com", HANDS), ("operator@example.com", OPERATOR)):
        everywhere = dict.fromkeys((*PROJECTS, *APIS), ["roles/owner"])
        yield {"email": email, "access_token": token, "bindings": everywhere}
    for module in MODULES:
        yield {
            "email": f"{module.replace('_', '-')}@example.com",
            "access_token": operator_of(module),
            "bindings": dict.fromkeys(PROJECTS, sorted(permissions(module))),
        }
    for project in PROJECTS:
        bindings = {project: ["roles/owner"]}
        yield {"email": f"owner@{project}.example.com", "access_token": owner(project), "bindings": bindings}


def owner(project: str) -> str:
    """Token of a principal that has all rights in one project, and none elsewhere."""
    return f"owner-of-{project}-no-secret"


SEED: dict[str, Any] = {
    "organization": {"id": "123456789012"},
    "folders": [{"id": "111", "display_name": "recruiting", "parent": "organizations/123456789012"}],
    "projects": [
        *({"project_id": project, "number": number, "parent": "folders/111"} for project, number in NUMBERS.items()),
        *({"project_id": project, "number": str(999 + len(apis)), "apis": apis} for project, apis in APIS.items()),
        {"project_id": DELETED, "number": "990", "state": "DELETE_REQUESTED"},
    ],
    "principals": list(_principals()),
    "verified_domains": [{"domain": "example.com", "email": principal["email"]} for principal in _principals()],
    "networks": [
        {
            "project_id": project,
            "name": NETWORK,
            "subnetworks": [
                {"name": SUBNETWORK, "region": REGION, "cidr": RANGE},
                {"name": "second", "region": REGION, "cidr": "10.1.0.0/24"},
            ],
        }
        for project in (*PROJECTS, NO_DNS)
    ],
    "backends": [
        {"project_id": PROVIDER, "name": name, "zone": ZONE, "network": NETWORK} for name in (GROUP, "other-group")
    ],
    "load_balancers": [
        {
            "project_id": PROVIDER,
            "name": name,
            "region": REGION,
            "network": NETWORK,
            "subnetwork": SUBNETWORK,
            "backend": GROUP,
            "ports": ["443"],
            "address": address,
        }
        for name, address in ((BALANCER, "10.0.0.5"), ("other-ilb", "10.0.0.6"))
    ],
}


def options(project: str, endpoint: str) -> dict[str, Any]:
    """Return a module's options that say which project and how to reach it."""
    return {
        "project_id": project,
        "region": REGION,
        "access_token": OPERATOR,
        "endpoint_url": endpoint,
        "wait_timeout": 20,
    }


class Project(Google):
    """What an owner of a project does by hand, and what it contains."""

    def __init__(self, endpoint: str, project: str, token: str = HANDS) -> None:
        super().__init__(endpoint, token, project, REGION)

    def compute(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        """Send a request of Compute Engine, and wait until its operation is done. path: after the project."""
        answer = self.call(verb, f"/compute/v1/projects/{self.project}/{path}", body)
        return self.wait(answer) if answer.get("kind") == "compute#operation" else answer

    def regional(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        return self.compute(verb, f"regions/{REGION}/{path}", body)

    def dns(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        return self.call(verb, f"/dns/v1/projects/{self.project}/managedZones{path}", body) or {}

    def patch(self, resource: str, **body: Any) -> dict[str, Any]:
        """Patch a regional resource as `gcloud` does: with the fingerprint and what the method requires besides."""
        there = self.get(resource)
        kept = {name: there[name] for name in ("fingerprint",) if name in there}
        if resource.startswith("serviceAttachments/"):
            # hashicorp/terraform-provider-google: bugs b/198329756 and b/198308475 of the API.
            kept |= {"name": there["name"], "enableProxyProtocol": there.get("enableProxyProtocol", False)}
        return self.write("PATCH", resource, kept | body)

    def contents(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield (kind, its resources) for all that the project contains, without what differs from run to run."""
        for scope, kinds in COLLECTIONS.items():
            for kind in kinds:
                name = f"{scope.partition('/')[0]}-{kind}"
                yield name, [_stable(item) for item in self.compute("GET", f"{scope}/{kind}").get("items", ())]
        zones = self.dns("GET", "").get("managedZones", ())
        yield "zones", [_stable(zone) for zone in zones]
        for zone in zones:
            records = self.dns("GET", f"/{zone['name']}/rrsets")["rrsets"]
            yield f"records-of-{zone['dnsName']}", [_stable(record) for record in records]


COLLECTIONS = {
    "global": ("networks", "healthChecks", "firewalls"),
    f"regions/{REGION}": (
        *("subnetworks", "addresses", "forwardingRules", "backendServices", "healthChecks"),
        "serviceAttachments",
    ),
}
# Fields that Google draws for each resource, or that tell how often it was changed.
DRAWN = (
    *("id", "fingerprint", "labelFingerprint", "creationTimestamp", "creationTime", "selfLinkWithId", "endpointWithId"),
    *("pscConnectionId", "pscServiceAttachmentId", "nameServers"),
)


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stable(item) for key, item in value.items() if key not in DRAWN}
    if isinstance(value, list):
        return sorted((_stable(item) for item in value), key=repr)
    return value
