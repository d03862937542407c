# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the services of a VPC with central endpoints are answered: at the hub, or by an endpoint of its own.

A service is left to the hub only if all that this account can read says that it works there. Otherwise an own endpoint
stays, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..._domain.endpoints import ways_to_hub
from ..vpc import effective_route_table

HUB, LOCAL = "hub", "local"


@dataclass(frozen=True)
class Central:
    """What is to be central: the option `central`. addresses: {service: of the hub's endpoint}."""

    services: Sequence[str] = ()
    profile_id: str | None = None
    owner_account_id: str | None = None
    priority: int = 100
    drain_seconds: int = 60
    # tiers whose subnets call the services; none: all subnets
    tiers: Sequence[str] = ()
    # service -> id of the hub's endpoint, and its addresses
    endpoints: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # service -> why it doesn't move in this run
    waits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Placement:
    """where: hub or local; reason: why that isn't as declared, or what is wrong with it; "" if nothing is."""

    where: str
    reason: str = ""


def placements(found, declared) -> dict[str, Placement]:
    """Return {service that is to be central: its Placement}."""
    if declared.absent:
        return {}
    return {service: _place(service, found, declared) for service in declared.inputs.central.services}


def at_hub(found, declared) -> list[str]:
    return [service for service, placed in placements(found, declared).items() if placed.where == HUB]


def _place(service, found, declared):
    central, there = declared.inputs.central, found["vpc_endpoint"].get(service)
    own = bool(there) and there.managed and there.details["state"] != "deleting"
    association = found["profile_association"].get("main")
    moved = bool(association) and not own
    waits = central.waits.get(service) or ("" if central.profile_id else "the hub's Profile isn't known")
    if waits:
        # Nothing moves, in neither direction; what has moved is as declared.
        return Placement(HUB) if moved else Placement(LOCAL, waits)
    reason = _shadow(service, found) or _lacking(service, found, declared)
    if not reason:
        return Placement(HUB)
    # Another's endpoint answers: an own one beside it can't.
    others = bool(there) and not there.managed
    return Placement(HUB if moved or others else LOCAL, reason)


def _shadow(service, found):
    """Return what in the VPC answers for the service's names in place of the hub, "" if nothing does."""
    there = found["vpc_endpoint"].get(service)
    others = there.details["others"] if there else ()
    if others:
        return f"{others[0]}, which isn't of this module, answers for its name in the VPC"
    offered = found["aws_endpoint_service"].get(service)
    names = offered.details["names"] if offered else ()
    for id_, zone in sorted(found["vpc_zone"].items()):
        if ways_to_hub.shadows(zone.fields["name"], names):
            return f"private zone {id_} ({zone.fields['name']}) answers for its name in the VPC"
    return ""


def _lacking(service, found, declared):
    """Return what the way to the hub's endpoint lacks, "" if nothing."""
    central = declared.inputs.central
    endpoint, addresses = central.endpoints.get(service), central.addresses.get(service)
    if not endpoint or not addresses:
        return "the hub has no endpoint of it"
    association = found["profile_association"].get("main")
    if association and association.details["state"] not in ("available", "modifying", "pending"):
        return f"the VPC's association with {association.fields['profile']} is {association.details['state']}"
    content = found["profile_content"].get(endpoint)
    if not content:
        return f"{central.profile_id} doesn't have {endpoint}, or isn't shared with this account"
    if content.details["state"] != "available":
        return f"{endpoint} is {content.details['state']} in {central.profile_id}"
    if "main" not in found["existing_vpc"]:
        return "the VPC doesn't exist yet"
    tables = found["effective_route_table"]
    used = {id_: tables[id_].details["routes"] for id_ in effective_route_table.effective(central.tiers, found)}
    lists = {id_: there.details["cidrs"] for id_, there in found["routed_list"].items()}
    missing = ways_to_hub.missing(addresses, used, lists)
    return missing[0] + (f", and {len(missing) - 1} more" if len(missing) > 1 else "") if missing else ""
