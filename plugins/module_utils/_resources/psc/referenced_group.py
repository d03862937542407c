# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instance groups and network endpoint groups behind a load balancer that a published service has: only read."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.values import gcp_names

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "compute.instanceGroups.get",
    "compute.networkEndpointGroups.get",
    "compute.regionNetworkEndpointGroups.get",
)
KIND = ResourceType("referenced_group")
METHODS = {
    ("instanceGroups", True): "compute.instanceGroups.get",
    ("instanceGroups", False): "compute.regionInstanceGroups.get",
    ("networkEndpointGroups", True): "compute.networkEndpointGroups.get",
    ("networkEndpointGroups", False): "compute.regionNetworkEndpointGroups.get",
}


def read(cloud, declared, found):
    """Return {relative name: Actual} of the declared ones that exist."""
    names = list(declared.resources["referenced_group"])
    groups = cloud.gather(*(lambda name=name: _get(cloud, name) for name in names))
    return {name: Actual(name, {}, False) for name, group in zip(names, groups) if group}


def _get(cloud, name):
    kind = name.split("/")[-2]
    group = gcp_names.parse("backends", name, kind)
    where = {"zone": group.region} if group.zonal else {}
    return cloud.get(METHODS[kind, group.zonal], **where, **{kind[:-1]: group.name})


def refuse(wanted, found, declared):
    """Raise Conflict for one that doesn't exist: Google would say so only after other resources are created."""
    missing = sorted(wanted.keys() - found["referenced_group"].keys())
    if missing:
        raise Conflict(f"load_balancer.backends: {', '.join(missing)} doesn't exist; it isn't created here")
