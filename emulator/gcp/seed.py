# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Seed of the emulated Google Cloud, the key `google`; every key is optional.

    google:
      organization: {id: "123456789012"}
      folders: [{id: "111", display_name: recruiting, parent: organizations/123456789012}]
      projects: [{project_id: recruiting-b, number: "200000000002", display_name: ..., parent: folders/111, labels: {},
                  apis: [compute.googleapis.com, dns.googleapis.com], state: ACTIVE}]
      principals: [{email: operator@example.com, access_token: ..., bindings: {recruiting-b: [roles/owner]},
                    impersonates: [deployer@recruiting-b.iam.gserviceaccount.com]}]
      verified_domains: [{domain: example.com, email: operator@example.com}]
      networks: [{project_id: recruiting-b, name: main,
                  subnetworks: [{name: apps, region: asia-northeast1, cidr: 10.0.0.0/16, purpose: PRIVATE}]}]
      backends: [{project_id: recruiting-b, name: apps, zone: asia-northeast1-a, network: main}]
      load_balancers: [{project_id: recruiting-b, name: matching-api-ilb, region: asia-northeast1, network: main,
                        subnetwork: apps, backend: apps, ports: ["443"], address: 10.0.0.5}]

Without `apis` a project has Compute, DNS, Resource Manager, IAM Credentials and Service Usage enabled. Keys of
`bindings` are project ids, folders/N or organizations/N; their values roles or single permissions. A principal without
`access_token` can only be impersonated. A backend is an instance group of its `zone`, or a network endpoint group of
its `region`.
"""

from __future__ import annotations

from typing import Any

from emulator.gcp.permissions import ROLES
from emulator.gcp.world import Folder, Principal, Project, Resource, World

APIS = [
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "dns.googleapis.com",
    "iamcredentials.googleapis.com",
    "serviceusage.googleapis.com",
]


def build(seed: dict[str, Any]) -> World:
    """Return the world that exists before the first call."""
    world = World(seed)
    world.organization_id = str((seed.get("organization") or {}).get("id", ""))
    for folder in seed.get("folders", []):
        world.folders[str(folder["id"])] = Folder(
            str(folder["id"]), folder.get("display_name", ""), folder.get("parent", ""), folder.get("state", "ACTIVE")
        )
    for number, project in enumerate(seed.get("projects", []), 1):
        _project(world, number, **project)
    for principal in seed.get("principals", []):
        _principal(world, **principal)
    for network in seed.get("networks", []):
        _network(world, **network)
    for backend in seed.get("backends", []):
        _backend(world, **backend)
    for balancer in seed.get("load_balancers", []):
        _load_balancer(world, **balancer)
    return world


def _project(world: World, position: int, project_id: str, number: str = "", **more: Any) -> None:
    number = str(number or 100000000000 + position)
    labels = {str(key): str(value) for key, value in (more.pop("labels", None) or {}).items()}
    world.projects[project_id] = Project(
        project_id, number, labels=labels, apis=list(more.pop("apis", APIS)), **{"display_name": project_id, **more}
    )


def _principal(world: World, email: str, access_token: str = "", **more: Any) -> None:
    granted = [name for names in more.get("bindings", {}).values() for name in names]
    if unknown := [name for name in granted if name.startswith("roles/") and name not in ROLES]:
        raise ValueError(f"seed: google.principals: {email}: the emulator doesn't know {', '.join(unknown)}")
    world.principals[email] = Principal(email, **more)
    if access_token:
        world.tokens[access_token] = (email, None)


def _add(world: World, path: str, body: dict[str, Any]) -> Resource:
    return world.add(path, {"name": path.rpartition("/")[2], **body})


def _network(world: World, project_id: str, name: str, subnetworks: list[dict[str, Any]] | None = None) -> None:
    path = f"projects/{project_id}/global/networks/{name}"
    routing = {"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"}
    order = {"networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL"}
    _add(world, path, {"autoCreateSubnetworks": False, "routingConfig": routing, **order})
    for subnetwork in subnetworks or []:
        from emulator.gcp.compute.subnetworks import defaults  # needs the collections

        body = {"network": path, "ipCidrRange": subnetwork["cidr"], "purpose": subnetwork.get("purpose", "PRIVATE")}
        where = f"projects/{project_id}/regions/{subnetwork['region']}/subnetworks/{subnetwork['name']}"
        _add(world, where, defaults(body))


def _backend(
    world: World, project_id: str, name: str, network: str = "", zone: str = "", region: str = "", **more: Any
) -> None:
    scope, kind = (f"zones/{zone}", "instanceGroups") if zone else (f"regions/{region}", "networkEndpointGroups")
    body = {"network": f"projects/{project_id}/global/networks/{network}", **more}
    _add(world, f"projects/{project_id}/{scope}/{kind}/{name}", body)


def _load_balancer(
    world: World, project_id: str, name: str, region: str, network: str, subnetwork: str, **more: Any
) -> None:
    """Create an internal passthrough load balancer: health check, backend service and forwarding rule of one name."""
    from emulator.gcp.compute import backend_services, forwarding_rules, health_checks  # need the collections

    where = f"projects/{project_id}/regions/{region}"
    network = f"projects/{project_id}/global/networks/{network}"
    ports = [str(port) for port in more.get("ports", ["443"])]
    check = _add(
        world,
        f"{where}/healthChecks/{name}",
        health_checks.defaults({"type": "TCP", "tcpHealthCheck": {"port": int(ports[0])}}),
    )
    groups = [
        resource.path
        for resource in world.resources.values()
        if resource.collection in ("instanceGroups", "networkEndpointGroups")
        and resource.project_id == project_id
        and resource.name == more.get("backend")
    ]
    body = {
        "loadBalancingScheme": "INTERNAL",
        "protocol": more.get("protocol", "TCP"),
        "healthChecks": [check.path],
        "backends": [{"group": group, "balancingMode": "CONNECTION"} for group in groups],
    }
    service = _add(world, f"{where}/backendServices/{name}", backend_services.defaults(body))
    rule = {
        "loadBalancingScheme": "INTERNAL",
        "IPProtocol": more.get("protocol", "TCP"),
        "backendService": service.path,
        "network": network,
        "subnetwork": f"{where}/subnetworks/{subnetwork}",
        "ports": ports,
        "allowGlobalAccess": bool(more.get("global_access", False)),
    }
    path = f"{where}/forwardingRules/{name}"
    _add(world, path, forwarding_rules.defaults(world, rule, more.get("address", "")))
