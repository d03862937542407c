# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hub's interface endpoints: those of closed_vpc_endpoints, and private DNS only once no old zone is in the way."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Ref
from ..._core.reconcile import Conflict
from ..endpoints import aws_service_endpoint
from ..vpc.existing_vpc import subnets_by_zone
from . import hub_zone

READ_AFTER = aws_service_endpoint.READ_AFTER
INPUTS = tuple(sorted((*aws_service_endpoint.INPUTS, "cross_zone", "spoke_zones")))
PERMISSIONS = aws_service_endpoint.PERMISSIONS
KIND = aws_service_endpoint.KIND
read = aws_service_endpoint.read


def offered(services, found):
    """Return those of the services that the region offers with a private DNS name: others can't be central."""
    there = found["aws_endpoint_service"]
    return [service for service in services if service in there and there[service].details["private_dns"]]


def subnets_of(found, declared):
    """Return the function that gives the ids of the subnets in which a service has its endpoint; sorted."""
    by_zone = subnets_by_zone("tier", declared.inputs.tier, "main", found)

    def of(service):
        zones = found["aws_endpoint_service"][service].details["zones"]
        return sorted(subnet for zone, subnet in by_zone.items() if zone in zones)

    return of


def zones(declared, found):
    """Return the AZ ids of the tier's subnets, sorted; [] where the VPC doesn't exist or all is to be deleted."""
    if declared.absent or "main" not in found["existing_vpc"]:
        return []
    return sorted(subnets_by_zone("tier", declared.inputs.tier, "main", found))


def plan(wanted, found, declared):
    without = [service for service in wanted if service in found["aws_endpoint_service"]]
    without = [service for service in without if not found["aws_endpoint_service"][service].details["private_dns"]]
    wanted = {service: fields for service, fields in wanted.items() if service not in without}
    _refuse_gaps(wanted, found, declared)
    zones = hub_zone.of_services(found, wanted)
    steps = aws_service_endpoint.plan(wanted, found, declared)
    return [later for step in steps for later in _after_zones(step, zones)]


def _after_zones(step, zones):
    """Return the step; for an endpoint of a name that an old zone has, private DNS is turned on after the zone left."""
    service = step.address.name
    mine = tuple(Address(hub_zone.KIND.name, id_) for id_, zone in zones.items() if zone.details["service"] == service)
    if not mine or step.removes:
        return [step]
    on = step.address.resource.at("private_dns")
    if step.address == on:
        return [replace(step, needs=step.needs + mine)]
    if step.action != "create" or not step.after["private_dns"]:
        return [step]
    turn_on = KIND.changes[("private_dns",)]
    (call,) = turn_on(Ref(step.address), None, {"private_dns": True})
    off = {**step.params, "PrivateDnsEnabled": False}
    first = replace(step, params=off, after={**step.after, "private_dns": False})
    second = replace(
        step,
        address=on,
        operation=call.operation,
        params=call.params,
        before={"private_dns": False},
        after={"private_dns": True},
        id_path="",
        outputs={},
        wait=call.wait,
        needs=mine,
        duplicates=None,
    )
    return [first, second]


def _gaps(services, found, declared):
    """Yield (service, zones) of the spokes' zones in which a service has no endpoint."""
    subnets = subnets_by_zone("tier", declared.inputs.tier, "main", found)
    if subnets is None:
        return
    for service in offered(services, found):
        zones = set(subnets) & set(found["aws_endpoint_service"][service].details["zones"])
        gaps = sorted(set(declared.inputs.spoke_zones) - zones)
        if gaps:
            yield service, gaps


def _refuse_gaps(services, found, declared):
    gaps = list(_gaps(services, found, declared)) if declared.inputs.cross_zone == "refuse" else []
    if gaps:
        told = "; ".join(f"{service} in {', '.join(zones)}" for service, zones in gaps)
        raise Conflict(
            f"cross_zone: these have no endpoint in a zone of the spokes: {told}. Add subnets in these zones to the"
            " tier, or allow calls across zones, which AWS charges by the GB"
        )


def notes(wanted, found, declared):
    if declared.absent:
        return []
    lines = list(aws_service_endpoint.notes({service: wanted[service] for service in wanted}, found, declared))
    lines += [
        f"{service} has no private DNS name in {declared.place['region']}: it can't be central, each VPC needs its own"
        for service in wanted
        if service in found["aws_endpoint_service"] and service not in offered(wanted, found)
    ]
    by_zones: dict[tuple[str, ...], list[str]] = {}
    for service, zones in _gaps(wanted, found, declared):
        by_zones.setdefault(tuple(zones), []).append(service)
    return lines + [
        f"no endpoint in {', '.join(zones)}, where spokes have subnets: {', '.join(services)}; their calls go to"
        " another zone, and AWS charges data across zones by the GB"
        for zones, services in by_zones.items()
    ]


findings = aws_service_endpoint.findings
