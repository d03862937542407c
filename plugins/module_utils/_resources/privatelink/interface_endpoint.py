# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An interface VPC endpoint to another account's endpoint service."""

from __future__ import annotations

from ..._core.plan import Address, Ref, Step, Wait
from ..._core.reconcile import refuse_renamed
from ..._domain.privatelink.acceptance import WAITING
from ..endpoints import common
from ..shared import in_transition, states
from ..shared.ec2 import by_name, of_module
from . import consumed_service

READ_AFTER = ()
INPUTS = ("dns_name", "wait_for_acceptance")
# AllowMultiRegion: for a service of another region (service authorization reference, AWS PrivateLink).
PERMISSIONS = (*common.PERMISSIONS, "vpce:AllowMultiRegion")
ADDRESS = "vpc_endpoint.main"
READ, KIND = common.READ, common.KIND
# AWS doesn't document that an endpoint leaves these states, so no run tries; each with what to do, and who has to act.
TERMINAL_STATES = {
    "rejected": "the provider refused it, or its approval has expired. Once the provider has this account among the"
    " service's consumers, this account has to apply anew: state=absent, then run again",
    "failed": common.MEANINGS["failed"],
    "expired": "the provider didn't answer in time. Once the provider has this account among the service's consumers,"
    " this account has to apply anew: state=absent, then run again",
}


def read(aws, declared, found):
    """Return {name: Actual}, see endpoints.common.actual; those of the module's other names by id, not managed."""
    listed = aws.read(*READ, Filters=[of_module(declared.owner)])
    alive = [endpoint for endpoint in listed if common.state(endpoint["State"]) != "deleted"]
    named = by_name(alive, "VpcEndpointId", declared.owner)
    return {name: common.actual(item, declared.owner) for name, item in named.items()}


def connected(found):
    """Return true if the endpoint answers, or will without the provider's decision."""
    there = found["vpc_endpoint"].get("main")
    service = found["consumed_service"].get("main")
    if there and there.details["state"] != "deleting":
        return there.details["state"] in ("available", "pending")
    return bool(service) and not service.details["acceptance_required"]


def uses_private_dns(dns_name, found):
    """Return true if the endpoint can answer, or answers already, to the service's own private DNS name.

    A name that lost its verification goes on working in endpoints that have it ("Manage DNS names for VPC endpoint
    services").
    """
    service, there = found["consumed_service"].get("main"), found["vpc_endpoint"].get("main")
    if not service or dns_name not in (None, service.details["private_dns_name"]):
        return False
    return service.details["verification"] == "verified" or bool(there and there.fields["private_dns"])


def has_own_name(declared, found, ids, states):
    """Return true if the endpoint answers to the service's own private DNS name after the run."""
    there = found["vpc_endpoint"].get("main")
    if not there or there.details["state"] == "deleting":
        return ADDRESS in ids and _private_dns(found, declared)
    return there.fields["private_dns"] != (f"{ADDRESS}:private_dns" in states)


def plan(wanted, found, declared):
    there = found["vpc_endpoint"]
    over = {
        name: actual for name, actual in there.items() if actual.managed and actual.details["state"] in TERMINAL_STATES
    }
    if wanted and "main" in over:
        return []  # see findings
    wanted = {name: _complete(fields, found, declared) for name, fields in wanted.items()}
    refuse_renamed(
        KIND, wanted, there, lambda one, other: all(one[key] == other[key] for key in ("vpc", "service_name"))
    )
    steps = in_transition.reconcile_with_waits(KIND, wanted, there, declared, common.settled, common.removed)
    if wanted and declared.inputs.wait_for_acceptance:
        steps += _acceptance(there.get("main"))
    return steps


def _complete(fields, found, declared):
    service, there = found["consumed_service"].get("main"), found["vpc_endpoint"].get("main")
    tier = fields["tier"]
    fields = {**{key: value for key, value in fields.items() if key != "tier"}, "type": "Interface"}
    fields["service_region"] = consumed_service.hosted_in(declared)
    if service:
        subnets = common.subnets(tier, found, "the service is", service.details["zones"])
        return {**fields, "subnets": subnets, "private_dns": _private_dns(found, declared)}
    if there and there.details["state"] != "deleting":
        return fields  # What isn't known changes nothing.
    unknown = Ref(consumed_service.ADDRESS, "subnets of tier " + tier + " in the zones of {}")
    return {**fields, "subnets": [unknown], "private_dns": False}


def _private_dns(found, declared):
    # A zone of ours that answers the name already stays; see private_zone.
    answered = declared.inputs.dns_name in found["private_zone"]
    return uses_private_dns(declared.inputs.dns_name, found) and connected(found) and not answered


def _acceptance(there):
    """Return the step that waits for the provider's decision; none where it is made.

    An endpoint that is being deleted has a successor, which waits.
    """
    stays = there and there.details["state"] != "deleting"
    if stays and there.details["state"] != WAITING:
        return []
    select = {"VpcEndpointIds": [there.id if stays else Ref(ADDRESS)]}
    wait = Wait(
        READ[0],
        select,
        f"{READ[1]}[].State",
        until=("available",),
        pending=(WAITING, *common.PENDING),
        failed=(*TERMINAL_STATES, "deleting", "deleted"),
    )
    return [Step(Address.of(ADDRESS).at("accepted"), READ[0], select, wait=wait, needs=(ADDRESS,), reads_only=True)]


def findings(wanted, found, declared):
    waits = "the provider has to accept it; private names follow, by running this account again"
    meanings = {**common.MEANINGS, **TERMINAL_STATES, WAITING: waits}
    return states.findings(wanted, found["vpc_endpoint"], ("available",), meanings)
