# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the variables of one host, as far as they alone tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..hub import segments
from ..values import cidrs as cidr_plan
from ..values import identifiers, ports, quotas
from ..vpc import cidr_blocks, network_acls
from . import environments, relations
from . import ipv6 as ipv6_check


def problems(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    invalid = refusal(_parse_account_id, f"{host}.account_id", variables.get("account_id"))
    if invalid:
        yield invalid
    region = variables.get("region")
    invalid = None if region is None else refusal(identifiers.region, f"{host}.region", region)
    if invalid:
        yield invalid
    attached = variables.get("spoke_attached")
    if attached is not None and not isinstance(attached, bool):
        yield Invalid(f"{host}.spoke_attached", attached, "is not a boolean", "true or false")
    of_cidrs = [*_problems_of_vpc_cidrs(host, variables), *ipv6_check.problems_of_host(host, variables)]
    yield from of_cidrs
    yield from _problems_of_names(host, variables)
    if variables.get("vpc_tiers") is not None and variables.get("vpc_cidrs") and not of_cidrs:
        yield from _problems_of_vpc_tiers(host, variables)
    if not of_cidrs:
        yield from environments.problems_of_host(host, variables)
    yield from _problems_of_options(host, variables)
    hub_segments = variables.get("hub_segments")
    if hub_segments is None:
        if variables.get("hub_segment") is not None:
            yield Invalid(f"{host}.hub_segment", variables["hub_segment"], "has no hub_segments", "hub_segments too")
        return
    if variables.get("spoke_segment") is not None:
        yield Invalid(f"{host}.spoke_segment", variables["spoke_segment"], "is set on a hub", "hub_segment instead")
    invalid = refusal(segments.parse, hub_segments, f"{host}.hub_segments")
    if invalid:
        yield invalid


def _parse_account_id(option: str, account_id: Any) -> None:
    if account_id is None:
        raise Invalid(option, None, "is missing", "the 12 digits of the AWS account, in quotes")
    if isinstance(account_id, int):
        # YAML drops leading zeros, or reads what follows them as octal: the id can only be told if it has all digits.
        quoted = f'"{account_id}"' if len(str(account_id)) == 12 else "the 12 digits in quotes"
        raise Invalid(option, account_id, "is a number, which loses leading zeros", quoted)
    identifiers.account_id(option, account_id)


def _problems_of_vpc_cidrs(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    option = f"{host}.vpc_cidrs"
    cidrs = variables.get("vpc_cidrs")
    if cidrs is None or cidrs == []:
        for variable in ("spoke_segment", "hub_segment"):
            if variables.get(variable) is not None and (variable == "hub_segment" or relations.is_attached(variables)):
                yield Invalid(option, cidrs, f"is missing, but {variable} attaches its VPC", "the VPC's CIDRs")
    elif not isinstance(cidrs, list):
        yield Invalid(option, cidrs, "is not a list", "a list of CIDRs")
    else:
        for index, cidr in enumerate(cidrs):
            invalid = refusal(cidr_plan.parse_vpc_cidr, f"{option}[{index}]", cidr)
            if invalid:
                yield invalid
                return
        quota = variables.get("vpc_cidrs_quota", cidr_blocks.QUOTA)
        if not isinstance(quota, int):
            yield Invalid(
                f"{host}.vpc_cidrs_quota", quota, "is not a number", f"{cidr_blocks.QUOTA} to {cidr_blocks.MOST}"
            )
            return
        adopted = variables.get("vpc_id") is not None
        invalid = refusal(cidr_blocks.check, option, cidrs, quota, f"{host}.vpc_cidrs_quota", adopted)
        if invalid:
            yield invalid


def _problems_of_names(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """What the modules refuse before their first call, but only once another host may have written."""
    zones = variables.get("vpc_availability_zone_ids")
    checks = [
        (identifiers.az_id, f"vpc_availability_zone_ids[{index}]", zone)
        for index, zone in enumerate(zones if isinstance(zones, list) else [])
    ]
    checks += [
        (identifiers.name, variable, variables[variable])
        for variable in ("vpc_name", "spoke_name", "hub_name")
        if variables.get(variable) is not None
    ]
    for variable in ("spoke_attachment_subnet_ids", "hub_attachment_subnet_ids"):
        invalid = refusal(
            identifiers.subnet_ids, f"{host}.{variable}", variables.get(variable), variables.get("vpc_id")
        )
        if invalid:
            yield invalid
    for check, variable, value in checks:
        invalid = refusal(check, f"{host}.{variable}", value)
        if invalid:
            yield invalid


def _problems_of_vpc_tiers(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    tiers, zones = variables["vpc_tiers"], variables.get("vpc_availability_zone_ids")
    if not isinstance(tiers, list) or not all(isinstance(tier, dict) for tier in tiers):
        yield Invalid(
            f"{host}.vpc_tiers", tiers, "is not a list of mappings", "a list such as [{name: app, prefix: 24}]"
        )
    elif not tiers:
        yield Invalid(f"{host}.vpc_tiers", tiers, "would leave the VPC without subnets", "at least one tier")
    elif not isinstance(zones, list):
        expected = "a list such as [euc1-az1, euc1-az2]"
        yield Invalid(f"{host}.vpc_availability_zone_ids", zones, "is missing or not a list", expected)
    else:
        for index, tier in enumerate(tiers):
            invalid = refusal(identifiers.tier, f"{host}.vpc_tiers[{index}].name", tier.get("name"))
            if invalid:
                yield invalid
                return
        slots = variables.get("vpc_az_slots")
        sizes = (variables["vpc_cidrs"], tiers, zones, *([] if slots is None else [slots]))
        invalid = refusal(cidr_plan.lay_out, *sizes) or refusal(ipv6_check.lay_out, variables, slots or 4)
        if not invalid:
            yield from _problems_of_tiers_used(host, variables, [tier["name"] for tier in tiers])
            if variables.get("vpc_flows") is not None:
                yield from _problems_of_flows(host, variables, cidr_plan.lay_out(*sizes))
        else:
            # lay_out's options are those of tiered_vpc: cidrs, tiers, availability_zone_ids, az_slots.
            yield Invalid(f"{host}.vpc_{invalid.option}", invalid.value, invalid.problem, invalid.expected)


def _problems_of_flows(
    host: str, variables: Mapping[str, Any], laid_out: Mapping[tuple[str, str], str]
) -> Iterator[Invalid]:
    flows = variables["vpc_flows"]
    sound = isinstance(flows, list) and all(isinstance(flow, dict) and {"from", "to"} <= set(flow) for flow in flows)
    if not sound:
        expected = "a list such as [{from: app, to: data, tcp: [5432]}]"
        yield Invalid(f"{host}.vpc_flows", flows, "is not a list of flows", expected)
        return
    flows = [{**flow, **{name: _as_list(flow[name]) for name in ("tcp", "udp") if name in flow}} for flow in flows]

    def option(name: str, default: Any) -> Any:
        given = variables.get(f"vpc_network_acl_{name}")
        return default if given is None else given

    def compiled() -> None:
        slots = variables.get("vpc_az_slots") or 4
        tiers = network_acls.tiers_of(variables["vpc_tiers"], laid_out, slots, option("ranges", "") == "blocks")
        denied = option("denied_ports", network_acls.RISKY_PORTS)
        # Without the CIDRs of s3 and dynamodb, which only AWS knows.
        ipv6 = ipv6_check.of_acls(variables, slots, option("ranges", "") == "blocks")
        acls = network_acls.NetworkAcls(tiers, flows, variables["vpc_cidrs"], {}, denied, ipv6)
        quota = int(option("rules_quota", network_acls.QUOTA))
        network_acls.check_quota(quota)
        acls.check(quota)

    invalid = refusal(compiled)
    if invalid:
        yield Invalid(f"{host}.vpc_{invalid.option}", invalid.value, invalid.problem, invalid.expected)
    attached = variables.get("spoke_attachment_tier", "tgw") if relations.is_attached(variables) else None
    if variables.get("hub_segment") is not None and variables.get("hub_vpc_attachments") is None:
        attached = "tgw"
    for tier in variables["vpc_tiers"]:
        # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-best-design-practices.html: "Keep the network ACL open".
        if tier["name"] == attached and tier.get("network_acl", "flows") == "flows":
            problem = "is attached to the Transit Gateway, whose traffic its network ACL would deny"
            yield Invalid(f"{host}.vpc_tiers", attached, problem, "network_acl: open in that tier")


def _as_list(value: Any) -> list[Any]:
    """As an option of type list takes it."""
    return value if isinstance(value, list) else str(value).split(",")


def _problems_of_tiers_used(host: str, variables: Mapping[str, Any], tiers: list[str]) -> Iterator[Invalid]:
    used: dict[str, list[Any]] = {}
    # The defaults are those of the roles. An adopted VPC may have subnets and route tables that are used by their ids.
    if variables.get("vpc_id") is None and variables.get("hub_vpc_attachments") is None:
        if variables.get("hub_segment") is not None:
            used = {"vpc_tiers": ["tgw"], "hub_tiers": variables.get("hub_tiers", ["app"])}
        elif relations.is_attached(variables):
            attached = variables.get("spoke_attachment_tier", "tgw")
            used = {"spoke_attachment_tier": [attached], "spoke_tiers": variables.get("spoke_tiers", ["app"])}
    for variable, names in used.items():
        for name in names:
            if name not in tiers:
                yield Invalid(f"{host}.{variable}", name, "is not a tier of the VPC", f"one of {', '.join(tiers)}")


def _problems_of_options(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    if variables.get("hub_account_id") is not None:
        invalid = refusal(identifiers.account_id, f"{host}.hub_account_id", variables["hub_account_id"])
        if invalid:
            yield invalid
    for variable in ("hub_destinations", "spoke_destinations"):
        if variables.get(variable) is not None:
            yield from _each(f"{host}.{variable}", variables[variable], identifiers.destination)
    from_hub = variables.get("spoke_from_hub")
    if isinstance(from_hub, dict):
        yield from _problems_of_from_hub(host, variables, from_hub)
    for variable in ("hub_destinations", "spoke_destinations"):
        if isinstance(variables.get(variable), list):
            yield from _problems_of_count(host, variables, variable, "routes", _of_a_family(variables[variable]))


def _each(option: str, values: Any, check: Callable[[str, Any], Any]) -> Iterator[Invalid]:
    if not isinstance(values, list):
        yield Invalid(option, values, "is not a list", "a list")
        return
    for index, value in enumerate(values):
        invalid = refusal(check, f"{option}[{index}]", value)
        if invalid:
            yield invalid


def _problems_of_from_hub(host: str, variables: Mapping[str, Any], from_hub: Mapping[str, Any]) -> Iterator[Invalid]:
    option = f"{host}.spoke_from_hub"
    yield from _each(f"{option}.sources", from_hub.get("sources"), _check_source)
    for protocol in ("tcp", "udp"):
        yield from _each(f"{option}.{protocol}", from_hub.get(protocol, []), ports.parse)
    listed = [from_hub.get(key, []) for key in ("sources", "tcp", "udp")]
    if all(isinstance(one, list) for one in listed):
        sources, tcp, udp = listed
        count = _of_a_family(sources) * (len(tcp) + len(udp))
        yield from _problems_of_count(host, variables, "spoke_from_hub", "rules of a security group", count)


def _of_a_family(destinations: list[Any]) -> int:
    """How many of them count as IPv4, or as IPv6 where those are more: the quotas hold for each apart."""
    ipv4 = sum(":" not in str(one) for one in destinations)
    ipv6 = sum(":" in str(one) or "/" not in str(one) for one in destinations)
    return max(ipv4, ipv6)


def _problems_of_count(
    host: str, variables: Mapping[str, Any], variable: str, what: str, count: int
) -> Iterator[Invalid]:
    """As far as it is known without AWS: a prefix list counts as one."""
    kind, default = ("routes", quotas.ROUTES) if what == "routes" else ("security_group_rules", quotas.RULES)
    quota_variable = f"{variable.partition('_')[0]}_{kind}_quota"
    quota = variables.get(quota_variable, default)
    if not isinstance(quota, int):
        yield Invalid(f"{host}.{quota_variable}", quota, "is not a number", f"{default} to {quotas.MOST}")
    elif count > quota:
        yield quotas.exceeded(f"{host}.{variable}", what, count, quota_variable, quota)


def _check_source(option: str, value: Any) -> None:
    identifiers.destination(option, value, ("pl", "sg"))
