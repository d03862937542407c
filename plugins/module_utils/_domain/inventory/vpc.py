# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of a host's VPC: its CIDRs, names, tiers and flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..values import cidrs, identifiers
from ..vpc import cidr_blocks, network_acls
from . import ipv6, relations


def problems_of_cidrs(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    option = f"{host}.vpc_cidrs"
    declared = variables.get("vpc_cidrs")
    if declared is None or declared == []:
        for variable in ("spoke_segment", "hub_segment"):
            if variables.get(variable) is not None and (variable == "hub_segment" or relations.is_attached(variables)):
                yield Invalid(option, declared, f"is missing, but {variable} attaches its VPC", "the VPC's CIDRs")
    elif not isinstance(declared, list):
        yield Invalid(option, declared, "is not a list", "a list of CIDRs")
    else:
        for index, cidr in enumerate(declared):
            invalid = refusal(cidrs.parse_vpc_cidr, f"{option}[{index}]", cidr)
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
        invalid = refusal(cidr_blocks.check, option, declared, quota, f"{host}.vpc_cidrs_quota", adopted)
        if invalid:
            yield invalid


def problems_of_names(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield problems of names and ids. The modules refuse them, too, but other hosts may have changed AWS by then."""
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


def problems_of_tiers(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
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
        slots = 4 if variables.get("vpc_az_slots") is None else variables["vpc_az_slots"]
        try:
            laid_out = cidrs.lay_out(variables["vpc_cidrs"], tiers, zones, slots)
            ipv6.lay_out_host(variables, slots)
        except Invalid as invalid:
            # lay_out's options are those of tiered_vpc: cidrs, tiers, availability_zone_ids, az_slots.
            yield Invalid(f"{host}.vpc_{invalid.option}", invalid.value, invalid.problem, invalid.expected)
            return
        yield from _problems_of_tiers_used(host, variables, [tier["name"] for tier in tiers])
        if variables.get("vpc_flows") is not None:
            yield from _problems_of_flows(host, variables, laid_out, slots)


def _problems_of_flows(
    host: str, variables: Mapping[str, Any], laid_out: Mapping[tuple[str, str], str], slots: int
) -> Iterator[Invalid]:
    flows = variables["vpc_flows"]
    sound = isinstance(flows, list) and all(isinstance(flow, dict) and {"from", "to"} <= set(flow) for flow in flows)
    if not sound:
        expected = "a list such as [{from: app, to: data, tcp: [5432]}]"
        yield Invalid(f"{host}.vpc_flows", flows, "is not a list of flows", expected)
        return
    ports = ("tcp", "udp")
    flows = [{**flow, **{name: relations.as_list(flow[name]) for name in ports if name in flow}} for flow in flows]

    def option(name: str, default: Any) -> Any:
        given = variables.get(f"vpc_network_acl_{name}")
        return default if given is None else given

    def compiled() -> None:
        tiers = network_acls.tiers_of(variables["vpc_tiers"], laid_out, slots, option("ranges", "") == "blocks")
        denied = option("denied_ports", network_acls.RISKY_PORTS)
        # Without the CIDRs of s3 and dynamodb, which only AWS knows.
        of_ipv6 = ipv6.of_acls(variables, slots, option("ranges", "") == "blocks")
        acls = network_acls.NetworkAcls(tiers, flows, variables["vpc_cidrs"], {}, denied, of_ipv6)
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


def _problems_of_tiers_used(host: str, variables: Mapping[str, Any], tiers: list[str]) -> Iterator[Invalid]:
    used: dict[str, list[str]] = {}
    # The defaults are those of the roles. An adopted VPC may have subnets and route tables that variables name by id.
    if variables.get("vpc_id") is None and variables.get("hub_vpc_attachments") is None:
        if variables.get("hub_segment") is not None:
            used = {"vpc_tiers": ["tgw"], "hub_tiers": relations.as_list(variables.get("hub_tiers", ["app"]))}
        elif relations.is_attached(variables):
            attached = variables.get("spoke_attachment_tier", "tgw")
            routed = relations.as_list(variables.get("spoke_tiers", ["app"]))
            used = {"spoke_attachment_tier": [attached], "spoke_tiers": routed}
    for variable, names in used.items():
        for name in names:
            if name not in tiers:
                yield Invalid(f"{host}.{variable}", name, "is not a tier of the VPC", f"one of {', '.join(tiers)}")
