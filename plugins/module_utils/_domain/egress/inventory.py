# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Egress groups of an inventory: sources as CIDRs, and problems of what the role egress is given, before any call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any

from ..._core.errors import Invalid, refusal
from ..inventory import relations
from ..values import identifiers
from . import both_ways, groups, log_destinations, rules

# The host variables that `problems` reads.
READ = (
    *("region", "vpc_id", "vpc_cidrs", "vpc_ipv6_cidrs", "vpc_tiers", "vpc_availability_zone_ids", "vpc_nat_gateways"),
    *("spoke_segment", "spoke_attached", "spoke_ipv6_support", "hub_segment", "hub_segments", "hub_ipv6_support"),
    *("egress_groups", "egress_state", "egress_topology", "egress_policy", "egress_capacity", "egress_logs"),
    *("egress_tgw_tier", "egress_firewall_tier", "egress_public_tier", "egress_availability_zone_ids"),
    *both_ways.READ,
)
Hosts = Mapping[str, Mapping[str, Any]]
DESTINATIONS = tuple(log_destinations.TYPES)
GROUPS, ATTACHED = "egress_groups", "transit_gateway"
# Variables that name a tier, with the role's defaults, and what each tier of an inspection VPC must say of internet.
TIERS = both_ways.TIERS
WAYS = {"egress_tgw_tier": ("none",), "egress_firewall_tier": ("nat",), "egress_public_tier": ("gateway", "direct")}


def sources(accounts: Hosts, region: str | None) -> dict[str, list[str]]:
    """Return {host: CIDRs of its VPC} of the accounts that the hub of a region can route, which may be sources.

    accounts: variables of each host. It reads region, vpc_cidrs, vpc_ipv6_cidrs, spoke_segment, spoke_attached,
    hub_segment and hub_segments.
    """
    return {
        host: [*variables["vpc_cidrs"], *relations.ipv6_cidrs(variables, "hub" if _is_hub(variables) else "spoke")]
        for host, variables in accounts.items()
        if variables.get("vpc_cidrs")
        and relations.same_region(variables, {"region": region})
        and (variables.get("hub_segment") if _is_hub(variables) else relations.is_attached(variables))
    }


def _is_hub(variables: Mapping[str, Any]) -> bool:
    return variables.get("hub_segments") is not None


def resolved(
    declared: Any, accounts: Hosts, members: Mapping[str, Sequence[str]], region: str | None, option: str = GROUPS
) -> Any:
    """Return the groups with each source as {"name", "cidrs"}, as network_firewall takes them. Raises Invalid.

    members: hosts by group of the inventory. Of a group, the hosts that the region's hub can route count.
    """
    # Accounts that aren't attached have no CIDRs: the refusal of one then says so.
    known: dict[str, list[str]] = {host: [] for host in accounts}
    known |= sources(accounts, region)
    return groups.resolve(declared, known, members_in(accounts, members, region), option)


def members_in(accounts: Hosts, members: Mapping[str, Sequence[str]], region: str | None) -> dict[str, list[str]]:
    """Return the hosts of each group that are sources. Accounts of ways out are none: what they send is inspected."""
    ways_out, known = set(members.get("egress") or ()), sources(accounts, region)
    return {
        group: [host for host in hosts if host in known and host not in ways_out] for group, hosts in members.items()
    }


def problems(accounts: Hosts, members: Mapping[str, Sequence[str]] | None) -> Iterator[Invalid]:
    """Yield problems of hosts with egress_groups, or with a firewall that leads nowhere.

    members: hosts by group of the inventory; None: not known, so names of sources can't be checked
    """
    today = datetime.now(timezone.utc).date()
    for host, variables in accounts.items():
        if variables.get(GROUPS) is None or variables.get("egress_state") == "absent":
            continue
        yield from _of_groups(host, variables, accounts, members, today)
        yield from _of_logs(host, variables)
        yield from _of_places(host, variables)


def _of_groups(
    host: str, variables: Mapping[str, Any], accounts: Hosts, members: Mapping[str, Sequence[str]] | None, today: date
) -> Iterator[Invalid]:
    option = f"{host}.{GROUPS}"
    if members is None:
        return
    try:
        found = resolved(variables[GROUPS], accounts, members, variables.get("region"), option)
    except Invalid as invalid:
        yield invalid
        return
    wrong = groups.problems(found, today, option)
    yield from wrong
    if not wrong:
        invalid_rules = refusal(_compile, found, variables, today, option)
        if invalid_rules:
            yield invalid_rules
        if variables.get("egress_topology") != ATTACHED:
            yield from both_ways.problems(host, variables, found)


def _compile(found: Any, variables: Mapping[str, Any], today: date, option: str) -> None:
    rules.compile(
        groups.parse(found, today, option),
        capacity=_number(variables.get("egress_capacity")),
        generation=variables.get("egress_policy") or rules.STRICT_ORDER,
        option=option,
    )


def _number(given: Any) -> int | None:
    """Return the number as the role takes it, `-e egress_capacity=500` too; None for what it refuses as no number."""
    if isinstance(given, str) and given.strip().isdecimal():
        return int(given)
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _of_logs(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    logs = variables.get("egress_logs")
    given = [{"destination_type": "s3", **log} for log in logs if isinstance(log, Mapping)] if logs else []
    # Keys that are missing and values that aren't among the choices are refused as of any option.
    if all(log.keys() >= {"log_type", "destination"} and log["destination_type"] in DESTINATIONS for log in given):
        invalid = refusal(log_destinations.parse, f"{host}.egress_logs", given)
        if invalid:
            yield invalid


def _of_places(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield problems of where the firewall is: its tiers, or the zones of a firewall at the Transit Gateway."""
    zones = variables.get("egress_availability_zone_ids")
    if variables.get("egress_topology") == ATTACHED:
        if not zones:
            option = f"{host}.egress_availability_zone_ids"
            yield Invalid(option, zones, "gives the firewall no endpoint", "the AZ IDs of its endpoints")
        return
    tiers = variables.get("vpc_tiers")
    if variables.get("vpc_id") is not None or not isinstance(tiers, list):
        return
    declared = {tier.get("name"): tier for tier in tiers if isinstance(tier, Mapping)}
    for variable, default in TIERS.items():
        name = variables.get(variable, default)
        if name not in declared:
            listed = ", ".join(str(one) for one in declared)
            yield Invalid(f"{host}.{variable}", name, "is no tier of vpc_tiers", f"one of {listed}")
            continue
        ways = WAYS[variable]
        if declared[name].get("internet", "none") not in ways:
            problem = f"leads elsewhere than the tier {name} of a firewall's VPC"
            option = f"{host}.vpc_tiers.{name}.internet"
            yield Invalid(option, declared[name].get("internet", "none"), problem, " or ".join(ways))
    yield from _of_zones(host, variables, declared)


def _of_zones(host: str, variables: Mapping[str, Any], declared: Mapping[Any, Mapping[str, Any]]) -> Iterator[Invalid]:
    """Yield problems of zones: one without subnet or NAT gateway, and tiers whose zones share a route table."""
    have = variables.get("vpc_availability_zone_ids") or []
    option = f"{host}.egress_availability_zone_ids"
    for index, zone in enumerate(relations.as_list(variables.get("egress_availability_zone_ids"))):
        invalid = refusal(identifiers.az_id, f"{option}[{index}]", zone)
        if invalid:
            yield invalid
        elif zone not in have:
            expected = f"one of vpc_availability_zone_ids: {', '.join(map(str, have))}"
            yield Invalid(f"{option}[{index}]", zone, "has no subnet for an endpoint", expected)
    if len(have) < 2:
        return
    if variables.get("vpc_nat_gateways", "single") != "per_az":
        problem = "leaves zones without a NAT gateway of their own, so packets cross zones"
        yield Invalid(f"{host}.vpc_nat_gateways", variables.get("vpc_nat_gateways", "single"), problem, "per_az")
    for variable in ("egress_tgw_tier", "egress_public_tier"):
        tier = declared.get(variables.get(variable, TIERS[variable]))
        if tier is not None and tier.get("route_tables", "single") != "per_az":
            where = f"{host}.vpc_tiers.{tier['name']}.route_tables"
            problem = "gives all zones one route table, but each leads to the endpoint of its own zone"
            yield Invalid(where, tier.get("route_tables", "single"), problem, "per_az")
