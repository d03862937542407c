# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Google Cloud that tests start with, and raw requests to it: a provider, two consumers, all with 10.0.0.0/16.

Projects of one organization, whose networks overlap. The operator owns all; each team has a principal of its own, who
knows nothing of the others' projects.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

REGION, OTHER_REGION = "asia-northeast1", "asia-northeast2"
ORGANIZATION, FOLDER, INNER_FOLDER = "123456789012", "111", "222"
PROVIDER, CONSUMER_A, CONSUMER_C, BARE, CLOSED = (
    "recruiting-b",
    "recruiting-a",
    "recruiting-c",
    "recruiting-bare",  # its APIs are not enabled
    "recruiting-closed",  # it is being deleted
)
NUMBERS = {
    CONSUMER_A: "200000000001",
    PROVIDER: "200000000002",
    CONSUMER_C: "200000000003",
    BARE: "200000000004",
    CLOSED: "200000000005",
}
PARENTS = {
    PROVIDER: f"folders/{INNER_FOLDER}",
    CONSUMER_A: f"folders/{FOLDER}",
    CONSUMER_C: f"organizations/{ORGANIZATION}",
    BARE: f"organizations/{ORGANIZATION}",
    CLOSED: f"organizations/{ORGANIZATION}",
}
# Access tokens. The stranger has no permission anywhere.
OPERATOR, TEAM_B, TEAM_A, TEAM_C, READER, STRANGER = (
    "token-of-the-operator",
    "token-of-team-b",
    "token-of-team-a",
    "token-of-team-c",
    "token-of-a-reader",
    "token-of-a-stranger",
)
# Service accounts that may change networks and zones of their projects; the token of the first consumer's.
DEPLOYER = {project: f"deployer@{project}.iam.gserviceaccount.com" for project in NUMBERS}
DEPLOYER_A = "token-of-the-deployer-of-a"
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
NETWORK, SUBNETWORK, BACKEND, BALANCER = "main", "apps", "apps", "matching-api-ilb"
CIDR = "10.0.0.0/16"


def _networks(project: str) -> dict[str, Any]:
    subnetworks = [
        {"name": SUBNETWORK, "region": REGION, "cidr": CIDR},
        {"name": SUBNETWORK, "region": OTHER_REGION, "cidr": "10.1.0.0/16"},
    ]
    return {"project_id": project, "name": NETWORK, "subnetworks": subnetworks}


def _team(name: str, token: str, project: str) -> dict[str, Any]:
    return {"email": f"{name}@example.com", "access_token": token, "bindings": {project: ["roles/owner"]}}


def lacking(permission: str) -> str:
    """Return the token of a principal with the custom role of a consumer without this permission."""
    return f"without {permission}"


def _custom(name: str, project: str, *granted: str, token: str = "") -> dict[str, Any]:
    return {
        "email": f"{name}@example.com",
        "access_token": token or f"token-of-{name}",
        "bindings": {project: list(granted)},
    }


SEED: dict[str, Any] = {
    "google": {
        "organization": {"id": ORGANIZATION},
        "folders": [
            {"id": FOLDER, "display_name": "recruiting", "parent": f"organizations/{ORGANIZATION}"},
            {"id": INNER_FOLDER, "display_name": "Databases", "parent": f"folders/{FOLDER}"},
        ],
        "projects": [
            {
                "project_id": project,
                "number": number,
                "display_name": project,
                "parent": PARENTS[project],
                "labels": {"team": project[-1]} if project in (PROVIDER, CONSUMER_A) else {},
                **({"apis": ["cloudresourcemanager.googleapis.com"]} if project == BARE else {}),
                **({"state": "DELETE_REQUESTED"} if project == CLOSED else {}),
            }
            for project, number in NUMBERS.items()
        ],
        "principals": [
            {
                "email": "operator@example.com",
                "access_token": OPERATOR,
                "bindings": {f"organizations/{ORGANIZATION}": ["roles/owner"]},
                "impersonates": [DEPLOYER[PROVIDER], DEPLOYER[CONSUMER_A]],
            },
            _team("team-b", TEAM_B, PROVIDER),
            _team("team-a", TEAM_A, CONSUMER_A),
            _team("team-c", TEAM_C, CONSUMER_C),
            _custom("reader", f"folders/{INNER_FOLDER}", "roles/viewer", token=READER),
            _custom("creator", PROVIDER, "compute.subnetworks.create", "compute.firewalls.create"),
            _custom("network-admin", PROVIDER, "roles/compute.networkAdmin"),
            {"email": "stranger@example.com", "access_token": STRANGER},
            *(
                {
                    "email": email,
                    "access_token": DEPLOYER_A if project == CONSUMER_A else "",
                    "bindings": {project: ["roles/compute.networkAdmin", "roles/dns.admin"]},
                }
                for project, email in DEPLOYER.items()
            ),
            *(
                _custom(
                    f"without-{left_out}",
                    CONSUMER_A,
                    *(one for one in CONSUMER_PERMISSIONS if one != left_out),
                    token=lacking(left_out),
                )
                for left_out in ("nothing", *CONSUMER_PERMISSIONS)
            ),
        ],
        "quotas": {"PSC_ILB_CONSUMER_FORWARDING_RULES_PER_PRODUCER_NETWORK": 8},
        "verified_domains": [{"domain": "example.com", "email": "operator@example.com"}],
        "networks": [
            *(_networks(project) for project in (PROVIDER, CONSUMER_A, CONSUMER_C)),
            # A second network of the provider: its endpoints may use the provider's own service.
            {
                "project_id": PROVIDER,
                "name": "office",
                "subnetworks": [{"name": "office", "region": REGION, "cidr": CIDR}],
            },
        ],
        "backends": [{"project_id": PROVIDER, "name": BACKEND, "zone": f"{REGION}-a", "network": NETWORK}],
        "load_balancers": [
            {
                "project_id": PROVIDER,
                "name": BALANCER,
                "region": REGION,
                "network": NETWORK,
                "subnetwork": SUBNETWORK,
                "backend": BACKEND,
                "ports": ["443"],
                "global_access": True,
            }
        ],
    }
}


class Refusal(Exception):
    """Answer of an error: HTTP status, reason (or the status of the APIs without one), message, and the whole JSON."""

    def __init__(self, status: int, body: dict[str, Any]):
        self.status, self.body = status, body
        error = body.get("error", {})
        self.message = error.get("message", "")
        self.reason = (error.get("errors") or [{}])[0].get("reason") or error.get("status", "")
        super().__init__(f"{status} {self.reason}: {self.message}")


class OperationFailed(Exception):
    """Operation that is DONE with an error: its code, message and the whole operation."""

    def __init__(self, operation: dict[str, Any]):
        self.operation = operation
        self.code, self.message = (operation["error"]["errors"][0][key] for key in ("code", "message"))
        super().__init__(f"{self.code}: {self.message}")


class Google:
    """Raw requests to the emulator's Google APIs with one access token."""

    def __init__(self, endpoint: str, token: str = OPERATOR, project: str = PROVIDER, region: str = REGION):
        self.endpoint, self.token, self.project, self.region = endpoint, token, project, region

    def of(self, token: str | None = None, project: str | None = None, region: str | None = None) -> Google:
        """Return one for another token, project or region."""
        return Google(self.endpoint, token or self.token, project or self.project, region or self.region)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return a request's JSON. path: with its query. Raises Refusal for an error."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        request = urllib.request.Request(f"{self.endpoint}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                text = response.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise Refusal(error.code, json.loads(error.read() or b"{}")) from None

    def path(self, resource: str) -> str:
        """Return the path of subnetworks/N (regional), global/networks/N, or a relative name."""
        if not resource.startswith("projects/"):
            scope = "" if resource.startswith(("global/", "aggregated/", "regions/")) else f"regions/{self.region}/"
            resource = f"projects/{self.project}/{scope}{resource}"
        return f"/compute/v1/{resource}"

    def get(self, resource: str) -> Any:
        return self.call("GET", self.path(resource))

    def find(self, resource: str) -> Any:
        """Return a resource, None if it doesn't exist."""
        try:
            return self.get(resource)
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            return None

    def write(self, method: str, resource: str, body: Any = None) -> dict[str, Any]:
        """Send a write and return its operation once it is DONE. Raises OperationFailed."""
        return self.wait(self.call(method, self.path(resource), body))

    def wait(self, operation: dict[str, Any]) -> dict[str, Any]:
        link = operation["selfLink"].partition("/compute/v1/")[2]
        while operation["status"] != "DONE":
            operation = self.call("POST", f"/compute/v1/{link}/wait")
        if "error" in operation:
            raise OperationFailed(operation)
        return operation

    def insert(self, collection: str, **body: Any) -> Any:
        """Create a resource and return it. collection: subnetworks, global/networks."""
        self.write("POST", collection, body)
        return self.get(f"{collection}/{body['name']}")

    def patch(self, resource: str, **body: Any) -> Any:
        self.write("PATCH", resource, body)
        return self.get(resource)

    def delete(self, resource: str) -> None:
        self.write("DELETE", resource)


def name(resource: str, project: str = PROVIDER, region: str = REGION) -> str:
    """Return a relative name: of subnetworks/N in the region, or of global/networks/N."""
    scope = "" if resource.startswith("global/") else f"regions/{region}/"
    return f"projects/{project}/{scope}{resource}"
