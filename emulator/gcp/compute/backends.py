# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instance groups and network endpoint groups of the seed, which backend services name: to read only."""

from __future__ import annotations

from typing import Any

from emulator.gcp import lists, names
from emulator.gcp.call import Call
from emulator.gcp.errors import not_found
from emulator.gcp.registry import handles
from emulator.gcp.world import Resource

# The kind and the path parameter of each.
_KINDS = {
    "instanceGroups": ("compute#instanceGroup", "instanceGroup"),
    "networkEndpointGroups": ("compute#networkEndpointGroup", "networkEndpointGroup"),
}


def shown(resource: Resource) -> dict[str, Any]:
    kind, _ = _KINDS[resource.collection]
    scope = resource.path.split("/")[2:4]
    field = "zone" if scope[0] == "zones" else "region"
    return {
        "kind": kind,
        "id": resource.id,
        "creationTimestamp": resource.created,
        "name": resource.name,
        "network": names.url(resource.body["network"]),
        field: names.url(f"projects/{resource.project_id}/{scope[0]}/{scope[1]}"),
        "size": resource.body.get("size", 1),
        "selfLink": names.url(resource.path),
    }


def _scope(call: Call) -> str:
    return f"zones/{call.params['zone']}" if "zone" in call.params else f"regions/{call.region}"


def _get(call: Call, collection: str) -> dict[str, Any]:
    path = f"projects/{call.project_id}/{_scope(call)}/{collection}/{call.params[_KINDS[collection][1]]}"
    found = call.world.find(path)
    if found is None:
        raise not_found(path)
    return shown(found)


def _list(call: Call, collection: str) -> dict[str, Any]:
    found = [shown(one) for one in call.world.all(collection, call.project_id, _scope(call))]
    return lists.listed(
        _KINDS[collection][0], f"projects/{call.project_id}/{_scope(call)}/{collection}", found, call.params
    )


@handles("compute.instanceGroups.get", "compute.instanceGroups.get")
@handles("compute.regionInstanceGroups.get", "compute.instanceGroups.get")
def get_instance_group(call: Call) -> dict[str, Any]:
    return _get(call, "instanceGroups")


@handles("compute.instanceGroups.list", "compute.instanceGroups.list")
@handles("compute.regionInstanceGroups.list", "compute.instanceGroups.list")
def list_instance_groups(call: Call) -> dict[str, Any]:
    return _list(call, "instanceGroups")


@handles("compute.networkEndpointGroups.get", "compute.networkEndpointGroups.get")
@handles("compute.regionNetworkEndpointGroups.get", "compute.regionNetworkEndpointGroups.get")
def get_endpoint_group(call: Call) -> dict[str, Any]:
    return _get(call, "networkEndpointGroups")


@handles("compute.networkEndpointGroups.list", "compute.networkEndpointGroups.list")
@handles("compute.regionNetworkEndpointGroups.list", "compute.regionNetworkEndpointGroups.list")
def list_endpoint_groups(call: Call) -> dict[str, Any]:
    return _list(call, "networkEndpointGroups")
