# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The backend service of an internal load balancer that a published service has of its own."""

from __future__ import annotations

from functools import partial

from ..._core.reconcile import Actual, Call, ResourceType
from ..._domain.values import gcp_names
from . import fingerprints, mark, named

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "compute.instanceGroups.use",
    "compute.networkEndpointGroups.use",
    "compute.regionBackendServices.create",
    "compute.regionBackendServices.delete",
    "compute.regionBackendServices.list",
    "compute.regionBackendServices.update",
    "compute.regionBackendServices.use",
    "compute.regionNetworkEndpointGroups.use",
    "compute.regionOperations.get",
)


def read(cloud, declared, found):
    """Return {protocol in lower case: Actual} of the names SERVICE-tcp and SERVICE-udp.

    Fields: name, protocol, backends (relative names, sorted), health_check, tags; details: fingerprint.
    """
    names = {f"{named.service(declared)}-{protocol}": protocol for protocol in ("tcp", "udp")}
    return {
        names[service["name"]]: Actual(
            named.relative(cloud, service["selfLink"]),
            {
                "name": service["name"],
                "protocol": service["protocol"],
                "backends": sorted(named.relative(cloud, one["group"]) for one in service.get("backends", [])),
                "health_check": next((named.relative(cloud, url) for url in service.get("healthChecks", [])), None),
                "tags": mark.read(service),
            },
            managed=mark.is_owned(service, declared.owner),
            details={"fingerprint": service.get("fingerprint", "")},
        )
        for service in cloud.items("compute.regionBackendServices.list")
        if service["name"] in names
    }


def plan(wanted, found, declared):
    there = found["backend_service"]
    mark.refuse_others(KIND, wanted, there, declared.owner)
    return fingerprints.steps(_kind, wanted, there)


def _backends(fields):
    # A passthrough balancer's only balancing mode:
    # https://cloud.google.com/load-balancing/docs/backend-service#balancing-mode
    backends = [{"group": group, "balancingMode": "CONNECTION"} for group in fields["backends"]]
    return {"backends": backends, "healthChecks": [fields["health_check"]]}


def _create(fields):
    body = {
        "name": fields["name"],
        "description": mark.text(fields["tags"]),
        "loadBalancingScheme": "INTERNAL",
        "protocol": fields["protocol"],
        **_backends(fields),
    }
    return Call("compute.regionBackendServices.insert", {"body": body}, id_path="target")


def _change(fingerprint, id_, before, after):
    body = {"fingerprint": fingerprint, **_backends(after)}
    return [Call("compute.regionBackendServices.patch", {"backendService": gcp_names.last(id_), "body": body})]


def _delete(id_, fields):
    return Call("compute.regionBackendServices.delete", {"backendService": gcp_names.last(id_)})


def _kind(fingerprint):
    return ResourceType(
        "backend_service",
        create=_create,
        changes={("backends", "health_check"): partial(_change, fingerprint)},
        delete=_delete,
    )


KIND = _kind("")
