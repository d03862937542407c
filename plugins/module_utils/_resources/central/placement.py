# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the services of a VPC with central endpoints are answered: at the hub, or by an endpoint of its own.

A service is left to the hub only if all that this account can read says that it works there. Otherwise an own endpoint
stays, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..._domain.endpoints import limits, resolution, ways_to_hub
from ..vpc import effective_route_table, existing_vpc

HUB, LOCAL = "hub", "local"


@dataclass(frozen=True)
class Central:
    """What is to be central: the option `central`. addresses: {service: of the hub's endpoint}."""

    services: Sequence[str] = ()
    profile_id: str | None = None
    priority: int = limits.PRIORITY
    drain_seconds: int = limits.DRAIN_SECONDS
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


def vpc_of(found, declared):
    """Return the Actual of the VPC if services are to be central, None if none are or it doesn't exist."""
    to_move = not declared.absent and declared.inputs.central.services
    return found["existing_vpc"].get("main") if to_move else None


def waits_for(service, declared):
    """Return why the service doesn't move in this run, "" if it may."""
    central = declared.inputs.central
    return central.waits.get(service) or ("" if central.profile_id else "the hub's Profile isn't known")


def _place(service, found, declared):
    there = found["vpc_endpoint"].get(service)
    own = bool(there) and there.managed and there.details["state"] != "deleting"
    association = found["profile_association"].get("main")
    moved = bool(association) and not own
    waits = waits_for(service, declared)
    if waits:
        # Nothing moves, in neither direction; what has moved is as declared.
        return Placement(HUB) if moved else Placement(LOCAL, waits)
    others = there.details["others"] if there else ()
    reason = f"{others[0]}, which isn't of this module, answers for its name in the VPC" if others else ""
    reason = reason or _lacking(service, found, declared) or _shadow(service, found, declared)
    if not reason:
        return Placement(HUB)
    # Another's endpoint answers: an own one beside it can't.
    return Placement(HUB if moved or there and not there.managed else LOCAL, reason)


def _shadow(service, found, declared):
    """Return what answers for the service's names in place of the hub, or may; "" if nothing does."""
    central, offered = declared.inputs.central, found["aws_endpoint_service"]
    known = {
        one: {"id": id_, "names": offered[one].details["names"]}
        for one, id_ in central.endpoints.items()
        if one in offered
    }
    unlisted = sorted(id_ for id_, rule in found["vpc_rule"].items() if not rule.details["rule"])
    if unlisted:
        return f"Resolver rule {unlisted[0]} of the VPC, which this account can't read, may answer for its name"
    dns = _dns(found, declared)
    answers = [
        answer
        for name in known.get(service, {"names": ()})["names"]
        for answer in resolution.shadows(dns, name, central.profile_id, known)
    ]
    return answers[0].says if answers else ""


def _dns(found, declared):
    """Return what decides about names in the VPC once it is moved, without endpoints, see resolution.answer."""
    central = declared.inputs.central
    associations = {
        one.fields["profile"]: {"ProfileId": one.fields["profile"], "Priority": one.fields["priority"]}
        for one in found["profile_association"].values()
        if one.details["state"] != "deleting"
    }
    associations[central.profile_id] = {"ProfileId": central.profile_id, "Priority": central.priority}
    return {
        "vpc_id": found["existing_vpc"]["main"].id,
        "region": declared.place["region"],
        "VpcEndpoints": [],
        "HostedZones": [
            {"HostedZoneId": id_, "Name": zone.fields["name"], "Owner": zone.details}
            for id_, zone in found["vpc_zone"].items()
        ],
        "ResolverRules": [rule.details["rule"] for rule in found["vpc_rule"].values()],
        "ResolverRuleAssociations": [{"ResolverRuleId": id_} for id_ in found["vpc_rule"]],
        "ProfileAssociations": list(associations.values()),
        "ProfileResourceAssociations": [
            resource for one in found["profile_content"].values() for resource in one.details["resources"]
        ],
    }


def _lacking(service, found, declared):
    """Return what the path to the hub's endpoint lacks, "" if nothing."""
    central = declared.inputs.central
    endpoint, addresses = central.endpoints.get(service), central.addresses.get(service)
    if not endpoint or not addresses:
        return "the hub has no endpoint of it"
    association = found["profile_association"].get("main")
    if association and association.details["state"] not in ("available", "modifying", "pending"):
        return f"the VPC's association with {association.fields['profile']} is {association.details['state']}"
    content = found["profile_content"][central.profile_id].details["resources"]
    status = next((one["Status"] for one in content if one["ResourceArn"].endswith(f":vpc-endpoint/{endpoint}")), "")
    if not status:
        return f"{central.profile_id} doesn't have {endpoint}, or isn't shared with this account"
    if status != "COMPLETE":
        return f"{endpoint} is {status} in {central.profile_id}"
    if "main" not in found["existing_vpc"]:
        return "the VPC doesn't exist yet"
    named = found["existing_vpc"]["main"].details["subnets"]
    unknown = [tier for tier in central.tiers if not existing_vpc.of_tier(named, tier)]
    if unknown or not named:
        return f"the VPC has no subnet{f' of the tier {unknown[0]}' if unknown else ''}, so no path to the hub is known"
    tables = found["effective_route_table"]
    used = {id_: tables[id_].details["routes"] for id_ in effective_route_table.effective(central.tiers, found)}
    lists = {id_: there.details["cidrs"] for id_, there in found["routed_list"].items()}
    missing = ways_to_hub.missing(addresses, used, lists)
    return missing[0] + (f", and {len(missing) - 1} more" if len(missing) > 1 else "") if missing else ""
