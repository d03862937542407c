# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Health checks, global and regional: https://cloud.google.com/compute/docs/reference/rest/v1/healthChecks."""

from __future__ import annotations

from typing import Any

from emulator.gcp.call import Call
from emulator.gcp.collection import Collection, register
from emulator.gcp.errors import invalid, required
from emulator.gcp.world import Resource

# The block of each type, and its default port.
TYPES = {
    "TCP": ("tcpHealthCheck", 80),
    "SSL": ("sslHealthCheck", 443),
    "HTTP": ("httpHealthCheck", 80),
    "HTTPS": ("httpsHealthCheck", 443),
    "HTTP2": ("http2HealthCheck", 443),
    "GRPC": ("grpcHealthCheck", 0),
}
_WEB = ("HTTP", "HTTPS", "HTTP2")


def defaults(body: dict[str, Any]) -> dict[str, Any]:
    """Return a health check's body with what the API adds."""
    added = {"checkIntervalSec": 5, "timeoutSec": 5, "healthyThreshold": 2, "unhealthyThreshold": 2}
    body = {**added, **body}
    block, port = TYPES[body["type"]]
    given = {"proxyHeader": "NONE", **body.get(block, {})}
    if body["type"] in _WEB:
        given.setdefault("requestPath", "/")
    if not given.get("portName") and given.get("portSpecification") != "USE_SERVING_PORT":
        given.setdefault("port", port)
    body[block] = given
    return body


class HealthChecks(Collection):
    name, kind, noun, scope = "healthChecks", "compute#healthCheck", "health_check", "global"

    def create(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        return self._checked(body)

    def changed(self, call: Call, resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("type") != resource.body["type"]:
            # The block of the former type goes.
            body.pop(TYPES[resource.body["type"]][0], None)
        return self._checked(body)

    def _checked(self, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("type"):
            raise required("resource.type")
        if body["type"] not in TYPES:
            raise invalid("resource.type", body["type"], "Must be one of: " + ", ".join(TYPES) + ".")
        own = TYPES[body["type"]][0]
        for block, _ in TYPES.values():
            if block != own and body.get(block) is not None:
                raise invalid(f"resource.{block}", body[block], f"Cannot be specified with type {body['type']}.")
        body = defaults(body)
        if body["timeoutSec"] > body["checkIntervalSec"]:
            raise invalid("resource.timeoutSec", body["timeoutSec"], "Must not be greater than checkIntervalSec.")
        port = body[own].get("port", 1)
        if not 1 <= port <= 65535:
            raise invalid(f"resource.{own}.port", port, "Must be greater than or equal to 1 and at most 65535.")
        return body


class RegionHealthChecks(HealthChecks):
    scope, method_name = "regions", "regionHealthChecks"


register(HealthChecks())
register(RegionHealthChecks())
