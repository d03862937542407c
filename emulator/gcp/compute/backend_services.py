# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regional backend services of internal passthrough load balancers.

https://cloud.google.com/compute/docs/reference/rest/v1/regionBackendServices
"""

from __future__ import annotations

from typing import Any

from emulator.gcp.call import Call
from emulator.gcp.collection import Collection, register
from emulator.gcp.compute.ranges import same_region
from emulator.gcp.errors import invalid, not_found, required
from emulator.gcp.world import Resource

_GROUPS = {"instanceGroups": "compute.instanceGroups.use", "networkEndpointGroups": "compute.networkEndpointGroups.use"}


def defaults(body: dict[str, Any]) -> dict[str, Any]:
    """Return a backend service's body with what the API adds."""
    added: dict[str, Any] = {
        "protocol": "TCP",
        "sessionAffinity": "NONE",
        "timeoutSec": 30,
        "connectionDraining": {"drainingTimeoutSec": 0},
    }
    body = {**added, **body}
    body["backends"] = [{"balancingMode": "CONNECTION", **backend} for backend in body.get("backends", [])]
    return body


class RegionBackendServices(Collection):
    name, kind, noun = "backendServices", "compute#backendService", "backend_service"
    method_name = "regionBackendServices"
    references = ("healthChecks", "backends.group", "network")
    has_fingerprint = fingerprint_required = True
    fixed = ("loadBalancingScheme",)

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        body.setdefault("loadBalancingScheme", "EXTERNAL")
        return self._checked(call, body)

    def changed(self, call: Call, resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
        return self._checked(call, body)

    def _checked(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        if body["loadBalancingScheme"] not in ("INTERNAL", "INTERNAL_MANAGED"):
            scheme = body["loadBalancingScheme"]
            raise invalid("resource.loadBalancingScheme", scheme, "The emulator has internal load balancers only.")
        checks = body.get("healthChecks") or []
        if not checks:
            raise required("resource.healthChecks")
        if len(checks) > 1:
            raise invalid("resource.healthChecks", checks, "At most one health check may be specified.")
        for check in checks:
            same_region("resource.healthChecks", self._health_check(call, check), call.region)
        groups = [backend.get("group", "") for backend in body.get("backends") or []]
        for number, group in enumerate(groups):
            if not group:
                raise required(f"resource.backends[{number}].group")
            if group in groups[:number]:
                raise invalid(f"resource.backends[{number}].group", group, "Duplicate backend.")
            self._group(call, number, group)
        if body.get("network"):
            call.referred(body["network"], "networks", permission="compute.networks.use")
        return defaults(body)

    def _health_check(self, call: Call, check: str) -> Resource:
        regional = "/regions/" in check
        permission = f"compute.{'regionHealthChecks' if regional else 'healthChecks'}.useReadOnly"
        return call.referred(check, "healthChecks", permission=permission)

    def _group(self, call: Call, number: int, group: str) -> None:
        kind = group.split("/")[-2] if group.count("/") > 1 else ""
        if kind not in _GROUPS:
            raise not_found(group)
        permission = _GROUPS[kind]
        if kind == "networkEndpointGroups" and "/regions/" in group:
            permission = "compute.regionNetworkEndpointGroups.use"
        found = call.referred(group, kind, permission=permission)
        same_region(f"resource.backends[{number}].group", found, call.region)


register(RegionBackendServices())
