# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The service attachment behind an endpoint, where it is one of the endpoint's own project: read only.

Nobody but its own project may read an attachment, so of other projects' ones nothing is known here.
"""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.values import gcp_names
from . import existing_subnetwork, named

READ_AFTER = ()
INPUTS = ("service",)
PERMISSIONS = ("compute.serviceAttachments.get", "compute.subnetworks.get")
KIND = ResourceType("own_attachment")


def read(cloud, declared, found):
    """Return {"main": Actual} of an attachment of this project; {} for those of others, or if it doesn't exist.

    details: network (relative name), that of its NAT subnets.
    """
    if declared.absent or not is_own(declared, cloud.project_number):
        return {}
    service = gcp_names.parse("service", declared.inputs.service)
    there = cloud.get("compute.serviceAttachments.get", serviceAttachment=service.name)
    if there is None:
        return {}
    names = [gcp_names.last(url) for url in there.get("natSubnets", ())]
    subnets = cloud.gather(*(lambda name=name: cloud.get("compute.subnetworks.get", subnetwork=name) for name in names))
    networks = [named.relative(cloud, subnet["network"]) for subnet in subnets if subnet]
    details = {"network": networks[0] if networks else None}
    return {"main": Actual(named.relative(cloud, there["selfLink"]), {}, False, details)}


def is_own(declared, number=None):
    """Return true if the service is one of the endpoint's own project; number: that of the project, if known."""
    return gcp_names.project_of(declared.inputs.service) in (declared.place["account_id"], number)


def plan(wanted, found, declared):
    """Return no step; raise Conflict where the service is of the endpoint's own network."""
    there, network = found["own_attachment"].get("main"), existing_subnetwork.network(found)
    if wanted and there and network and gcp_names.same(there.details["network"] or "", network):
        raise Conflict(
            f"service: {there.id} is a service of {network}, the endpoint's own network; an endpoint has to be in"
            " another one. Callers of that network reach the service's load balancer itself"
        )
    return []


def refuse(wanted, found, declared):
    """Raise Conflict while the own project's attachment doesn't exist: an endpoint to it can be planned only."""
    if wanted and is_own(declared) and "main" not in found["own_attachment"]:
        raise Conflict(
            f"service: {declared.inputs.service} doesn't exist. psc_service has to create it first; or its name is"
            " another one"
        )
