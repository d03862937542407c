# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoints of a closed VPC: of all services that it needs, without those that the hub's endpoints answer.

A service moves in this order, so that its name is answered at all times: the VPC is associated with the Profile; the
own endpoint's private DNS is turned off, and the name leads to the hub; the time to live of answers passes; the own
endpoint is deleted. Back: the own endpoint is created and answers, since the VPC's own comes before a Profile's.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Address, Step
from ..endpoints import aws_service_endpoint, common
from . import placement

READ_AFTER = aws_service_endpoint.READ_AFTER
INPUTS = tuple(sorted({*aws_service_endpoint.INPUTS, "central"}))
PERMISSIONS = aws_service_endpoint.PERMISSIONS
KIND = aws_service_endpoint.KIND
read = aws_service_endpoint.read


def _local(wanted, found, declared):
    """Return those of the wanted services, with their fields, that have an endpoint in the VPC."""
    away = placement.at_hub(found, declared)
    return {service: fields for service, fields in wanted.items() if service not in away}


def plan(wanted, found, declared):
    away = placement.at_hub(found, declared)
    steps = aws_service_endpoint.plan(_local(wanted, found, declared), found, declared)
    return [
        one
        for step in steps
        for one in (_moved(step, found, declared) if step.removes and step.address.name in away else [step])
    ]


def _moved(step, found, declared):
    """Return the steps that let the hub answer, and then delete the own endpoint."""
    there = found["vpc_endpoint"][step.address.name]
    first = tuple(Address("profile_association", "main", part) for part in ("", "priority", "pending", "modifying"))
    removal = replace(step, needs=step.needs + first)
    if not there.fields["private_dns"] or there.details["state"] != "available":
        return [removal]
    (call,) = KIND.changes[("private_dns",)](there.id, there.fields, {"private_dns": False})
    off = Step(
        step.address.at("private_dns"),
        call.operation,
        call.params,
        before={"private_dns": True},
        after={"private_dns": False},
        wait=replace(common.settled(there.id), after=declared.inputs.central.drain_seconds),
        needs=first,
    )
    return [off, replace(removal, needs=(*removal.needs, off.address))]


def notes(wanted, found, declared):
    lines = list(aws_service_endpoint.notes(_local(wanted, found, declared), found, declared))
    unread: dict[str, list[str]] = {}
    for service in placement.at_hub(found, declared):
        reason = placement.waits_for(service, declared)
        if reason:
            unread.setdefault(reason, []).append(service)
    return lines + [
        f"unknown: whether the hub answers for {', '.join(services)}, which moved there; {reason}"
        for reason, services in unread.items()
    ]


def findings(wanted, found, declared):
    lines = list(aws_service_endpoint.findings(_local(wanted, found, declared), found, declared))
    for service, placed in placement.placements(found, declared).items():
        if placed.reason and placed.where == placement.LOCAL:
            lines.append(f"{service} isn't central: {placed.reason}. An endpoint of the VPC answers instead")
        elif placed.reason:
            lines.append(f"{service} is declared central, but {placed.reason}")
    return lines
