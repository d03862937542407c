# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which flows of a host's vpc_flows an entry of a network ACL is compiled from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from ..._core.errors import Invalid
from ..inventory.relations import as_list
from ..network.packet_filters import ALL_PORTS
from ..network.snapshot import Item
from ..values import cidrs
from ..vpc import network_acls
from ..vpc.network_acl_rules import Rule

# Of these services' addresses the inventory knows nothing: AWS has them in prefix lists.
SERVICES = network_acls.SERVICES


def declared(variables: Mapping[str, Any], tier: str, entry: Item) -> tuple[str, str] | None:
    """Return what declares an entry of a tier's ACL, in words, and the line to remove; None if nothing does."""
    of_tier = next((one for one in variables.get("vpc_tiers") or () if one["name"] == tier), None)
    if of_tier is None:
        return None
    if of_tier.get("network_acl", "flows") != "flows":
        return f"vpc_tiers: {tier} has network_acl: {of_tier['network_acl']}", ""
    flows = [_parsed(flow) for flow in variables.get("vpc_flows") or ()]
    if "Ipv6CidrBlock" in entry:
        return ("vpc_flows (which one isn't compared for IPv6)", "") if flows else None
    try:
        return _compiled(variables, tier, entry, flows)
    except (Invalid, KeyError):
        return "vpc_flows (which one isn't known: the subnets aren't declared)", ""


def _compiled(
    variables: Mapping[str, Any], tier: str, entry: Item, flows: Sequence[Mapping[str, Any]]
) -> tuple[str, str] | None:
    def has(left: Sequence[Mapping[str, Any]]) -> bool:
        return any(_same(rule, entry) for rule in _rules(variables, tier, left))

    services = [flow for flow in flows if flow["to"] in SERVICES]
    if not has(flows):
        # An entry to AWS's public addresses may be of a service's prefix list.
        public = ip_network(entry["CidrBlock"]).is_global
        return _told(services) if services and public else None
    needed = [flow for at, flow in enumerate(flows) if not has([*flows[:at], *flows[at + 1 :]])]
    # Where several flows each compile to it, each is enough.
    return _told(needed or [flow for flow in flows if has([flow])])


def _told(flows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    lines = [line(flow) for flow in flows]
    return (
        f"vpc_flows: {' and '.join(lines) or 'several'}",
        f"vpc_flows: without {' and '.join(lines)}" if lines else "",
    )


def line(flow: Mapping[str, Any]) -> str:
    """Return a flow as it stands in vpc_flows."""
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in flow.items()) + "}"


def _value(value: Any) -> str:
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, (list, tuple)) else str(value)


def _parsed(flow: Mapping[str, Any]) -> dict[str, Any]:
    return {key: as_list(value) if key in ("tcp", "udp") else value for key, value in flow.items()}


def _rules(variables: Mapping[str, Any], tier: str, flows: Sequence[Mapping[str, Any]]) -> list[Rule]:
    tiers, slots = list(variables["vpc_tiers"]), variables.get("vpc_az_slots") or 4
    laid_out = cidrs.lay_out(list(variables["vpc_cidrs"]), tiers, list(variables["vpc_availability_zone_ids"]), slots)
    blocks = variables.get("vpc_network_acl_ranges") == "blocks"
    denied = variables.get("vpc_network_acl_denied_ports")
    denied = network_acls.RISKY_PORTS if denied is None else denied
    compiled = network_acls.tiers_of(tiers, laid_out, slots, blocks)
    acls = network_acls.NetworkAcls(compiled, flows, variables["vpc_cidrs"], {}, denied)
    return acls.rules(tier)


def _same(rule: Rule, entry: Item) -> bool:
    ports = entry.get("PortRange")
    found = (entry["Egress"], entry["RuleAction"] == "allow", entry["Protocol"], entry["CidrBlock"])
    allowed = (ports["From"], ports["To"]) if ports else ALL_PORTS
    return (rule.egress, rule.allow, rule.protocol, str(rule.network), rule.ports) == (*found, allowed)
