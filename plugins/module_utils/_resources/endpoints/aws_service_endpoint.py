# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoints for AWS's own services, by the service's suffix."""

from __future__ import annotations

from dataclasses import replace

from ..._core.plan import Ref
from ..._core.reconcile import Conflict
from ..._domain.endpoints import policies, profiles
from ..shared import in_transition
from ..shared.ec2 import filters
from ..vpc import effective_route_table, vpc_dns
from ..vpc.existing_vpc import subnets_by_zone
from . import common

READ_AFTER = ("existing_vpc",)
INPUTS = (
    "accounts",
    "endpoints_quota",
    "needed_by",
    "objects",
    "policies",
    "private_dns",
    "services",
    "tier",
    "tiers",
    "unsigned_buckets",
)
PERMISSIONS = common.PERMISSIONS
KIND = common.KIND
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html: "Interface and Gateway Load Balancer
# endpoints per VPC"
QUOTA = 50


def read(aws, declared, found):
    """Return {suffix: Actual}, see endpoints.common.actual; of two for one service, the managed one.

    details beside those: others (ids of endpoints of others with private DNS for the same service).
    """
    vpc = found["existing_vpc"].get("main")
    listed = vpc and aws.read(*common.READ, Filters=filters(vpc_id=vpc.id)) or []
    alive = [common.actual(item, declared.owner) for item in listed if common.state(item["State"]) != "deleted"]
    by_suffix, others = {}, {}
    for endpoint in sorted(alive, key=lambda endpoint: endpoint.managed):
        suffix = profiles.suffix_of(endpoint.fields["service_name"], aws.region)
        by_suffix[suffix] = endpoint
        if not endpoint.managed and endpoint.fields["private_dns"]:
            others.setdefault(suffix, []).append(endpoint.id)
    return {
        suffix: replace(endpoint, details={**endpoint.details, "others": others.get(suffix, [])})
        for suffix, endpoint in by_suffix.items()
    }


def plan(wanted, found, declared):
    wanted = {
        suffix: _complete(suffix, fields, found, declared)
        for suffix, fields in wanted.items()
        if _is_offered(suffix, found, declared)
    }
    steps = in_transition.reconcile_with_waits(
        KIND, wanted, found["vpc_endpoint"], declared, common.settled, common.removed
    )
    return _within_quota(steps, found["vpc_endpoint"], declared.inputs.endpoints_quota)


def _within_quota(steps, there, quota):
    """Return the steps ordered so that new endpoints come first, except where the VPC has no room for both.

    The new ones then follow the deletion of old ones. Raises Conflict where the VPC can't hold all. Gateway endpoints
    don't count.
    """
    added = [step for step in steps if step.action == "create" and step.after["type"] == "Interface"]
    removed = [step for step in steps if step.removes and step.before["type"] == "Interface"]
    now = sum(1 for one in there.values() if one.fields["type"] != "Gateway")
    if added and now + len(added) - len(removed) > quota:
        raise Conflict(
            f"services: the VPC would have {now + len(added) - len(removed)} interface endpoints, its quota is {quota}"
            " (endpoints_quota); declare fewer, or the quota of this account"
        )
    if now + len(added) <= quota:
        return steps
    freed = tuple(step.address for step in removed)
    return [replace(step, needs=step.needs + freed) if step in added else step for step in steps]


def _is_offered(suffix, found, declared):
    """Return true if the region offers the service.

    Raises Conflict for a service that AWS has under no name, and for one that is declared by name and isn't offered.
    """
    offered = found["aws_endpoint_service"]
    if suffix in offered:
        return True
    region = declared.place["region"]
    if suffix not in profiles.KNOWN_SERVICES:
        like = profiles.nearest(suffix, [*offered, *profiles.KNOWN_SERVICES])
        raise Conflict(f"services: {suffix!r} is no endpoint service of AWS in {region}; expected {like}")
    if suffix in declared.inputs.services:
        raise Conflict(f"services: {suffix} isn't offered in {region}")
    return False


def _complete(suffix, fields, found, declared):
    service = found["aws_endpoint_service"][suffix]
    fields = {**fields, "type": service.details["type"], "service_name": service.id}
    if service.details["policy_supported"]:
        fields["policy"] = _policy(suffix, found, declared)
    if fields["type"] == "Gateway":
        known = "main" in found["existing_vpc"]
        tables = effective_route_table.effective(declared.inputs.tiers, found) if known else _unknown_tables()
        return {**fields, "route_tables": tables}
    return {
        **fields,
        "subnets": _subnets(suffix, service, found, declared),
        "groups": [Ref("security_group.endpoints")]
        if "endpoints" not in found["security_group"]
        else [found["security_group"]["endpoints"].id],
        "private_dns": suffix in declared.inputs.private_dns and service.details["private_dns"],
        "needs": vpc_dns.ADDRESSES,
    }


def _unknown_tables():
    return [Ref("existing_vpc.main", "route tables of {}")]


def _subnets(suffix, service, found, declared):
    return common.subnets(declared.inputs.tier, found, f"{suffix} is offered", service.details["zones"])


def _policy(suffix, found, declared):
    if suffix in declared.inputs.policies:
        return declared.inputs.policies[suffix]
    organization = found["organization"].get("main")
    objects = [arn.format(**declared.place) for arn in declared.inputs.objects]
    return policies.own(
        suffix,
        organization.details["id"] if organization else None,
        declared.place["account_id"],
        declared.place,
        objects,
        declared.inputs.unsigned_buckets,
        declared.inputs.accounts,
    )


def findings(wanted, found, declared):
    return common.findings(wanted, found["vpc_endpoint"])


def notes(wanted, found, declared):
    if declared.absent:
        return []
    offered, region, needed_by = found["aws_endpoint_service"], declared.place["region"], declared.inputs.needed_by
    lines = [
        f"{suffix} isn't offered in {region}: {', '.join(needed_by[suffix])} can't reach it from here"
        for suffix in wanted
        if suffix not in offered
    ]
    interfaces = [suffix for suffix in wanted if suffix in offered and offered[suffix].details["type"] == "Interface"]
    subnets = subnets_by_zone("tier", declared.inputs.tier, "main", found)
    if subnets is not None and interfaces:
        zones = sum(len(_subnets(suffix, offered[suffix], found, declared)) for suffix in interfaces)
        lines.append(
            f"cost: {len(interfaces)} interface endpoints, charged by the hour for each zone: {zones} in all; gateway"
            " endpoints are free (https://aws.amazon.com/privatelink/pricing/)"
        )
    return lines + [
        f"{suffix} takes no endpoint policy: everything goes through its endpoint"
        for suffix in interfaces
        if not offered[suffix].details["policy_supported"]
    ]
