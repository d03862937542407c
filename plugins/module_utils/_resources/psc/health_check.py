# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The health check of an internal load balancer that a published service has of its own."""

from __future__ import annotations

from ..._core.reconcile import Actual, Call, ResourceType, reconcile
from ..._domain.values import gcp_names
from . import mark, named

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "compute.regionHealthChecks.create",
    "compute.regionHealthChecks.delete",
    "compute.regionHealthChecks.list",
    "compute.regionHealthChecks.update",
    "compute.regionHealthChecks.useReadOnly",
    "compute.regionOperations.get",
)
# Type -> its block in the API; the module declares the first three.
BLOCKS = {
    "TCP": "tcpHealthCheck",
    "HTTP": "httpHealthCheck",
    "HTTPS": "httpsHealthCheck",
    "SSL": "sslHealthCheck",
    "HTTP2": "http2HealthCheck",
    "GRPC": "grpcHealthCheck",
    "GRPC_WITH_TLS": "grpcTlsHealthCheck",
}


def read(cloud, declared, found):
    """Return {"main": Actual} if a health check has the service's name; fields: name, protocol, port, path, tags."""
    name = named.service(declared)
    return {
        "main": Actual(
            named.relative(cloud, check["selfLink"]),
            {"name": name, **_probe(check), "tags": mark.read(check)},
            managed=mark.is_owned(check, declared.owner),
        )
        for check in cloud.items("compute.regionHealthChecks.list")
        if check["name"] == name
    }


def _probe(check):
    block = check.get(BLOCKS.get(check["type"], ""), {})
    return {"protocol": check["type"], "port": block.get("port"), "path": block.get("requestPath")}


def plan(wanted, found, declared):
    mark.refuse_others(KIND, wanted, found["health_check"], declared.owner)
    return reconcile(KIND, wanted, found["health_check"])


def _block(fields):
    path = {} if fields["protocol"] == "TCP" else {"requestPath": fields["path"]}
    fixed = {"port": fields["port"], "portSpecification": "USE_FIXED_PORT"}
    return {"type": fields["protocol"], BLOCKS[fields["protocol"]]: {**fixed, **path}}


def _create(fields):
    body = {"name": fields["name"], "description": mark.text(fields["tags"]), **_block(fields)}
    return Call("compute.regionHealthChecks.insert", {"body": body}, id_path="target")


def _probe_change(id_, before, after):
    # A merge patch keeps what it doesn't name, and a check has one block, of its type.
    former = BLOCKS.get(before["protocol"])
    other = {former: None} if former and before["protocol"] != after["protocol"] else {}
    body = {**other, **_block(after)}
    return [Call("compute.regionHealthChecks.patch", {"healthCheck": gcp_names.last(id_), "body": body})]


def _delete(id_, fields):
    return Call("compute.regionHealthChecks.delete", {"healthCheck": gcp_names.last(id_)})


KIND = ResourceType(
    "health_check", create=_create, changes={("protocol", "port", "path"): _probe_change}, delete=_delete
)
