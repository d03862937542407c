# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which variable of a host declares a rule of a security group that one of the collection's modules manages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..inventory.relations import as_list
from ..network.snapshot import Item
from ..values import ports
from .pieces import PEERS, Piece, rule_text

FROM_HUB = "spoke_from_hub"
# By module: the prefix of the variables of its role, which list sources of their endpoints' group.
SOURCES = {"closed_vpc_endpoints": "closed_network", "central_endpoints": "central_endpoints"}


def declared(variables: Mapping[str, Any], module: str, name: str, owner: str, piece: Piece) -> tuple[str, str] | None:
    """Return the variable that declares a rule, and the line to change; None if none does.

    module, owner: of the group's tag closednet:managed; name: its closednet:name
    """
    rule, is_egress = piece.data, piece.what.startswith("egress")
    if module == "tgw_spoke" and not is_egress:
        from_hub = variables.get(FROM_HUB) or {}
        return _of_sources(FROM_HUB, from_hub.get("sources"), rule, from_hub)
    if module == "privatelink_endpoint" and not is_egress:
        endpoints = variables.get("privatelink_consumer_endpoints") or ()
        endpoint: Mapping[str, Any] = next((one for one in endpoints if one["name"] == owner), {})
        return _of_sources(f"privatelink_consumer_endpoints.{owner}", endpoint.get("sources"), rule, endpoint)
    if module == "tiered_vpc" and variables.get("vpc_flows"):
        return f"vpc_flows (as rules of the tier's group {name}: vpc_security_groups)", ""
    if module in SOURCES:
        variable = f"{SOURCES[module]}_sources"
        sources = variables.get(variable)
        listed = as_list(sources) if sources is not None else list(variables.get("vpc_cidrs") or ())
        found = _of_sources(variable, listed, rule, {})
        return found or None
    if module in ("tgw_spoke", "privatelink_endpoint"):
        return None
    return f"{module}: {name}", ""


def _of_sources(variable: str, sources: Any, rule: Item, given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the variable and the line without the rule's peer, if the variable lists the peer and the rule's ports."""
    listed = as_list(sources)
    peer = peer_of(rule)
    if peer not in listed or (given and not _has_ports(rule, given)):
        return None
    left = ", ".join(one for one in listed if one != peer)
    dotted = variable if variable.endswith("_sources") else f"{variable}.sources"
    return f"{dotted}: {peer}", f"{dotted}: [{left}]"


def _has_ports(rule: Item, given: Mapping[str, Any]) -> bool:
    first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
    listed = [ports.parse("ports", text) for text in as_list(given.get(rule["IpProtocol"]))]
    return any(low <= first and last <= high for low, high in listed)


def peer_of(rule: Item) -> str:
    """Return the peer of a rule with one: a CIDR, a prefix list or a group."""
    keys = ("CidrIp", "CidrIpv6", "PrefixListId", "GroupId")
    return next((str(peer[key]) for name in PEERS for peer in rule.get(name, ()) for key in keys if key in peer), "")


def revoke(piece: Piece) -> str:
    """Return the call that deletes a rule."""
    way = "Egress" if piece.what.startswith("egress") else "Ingress"
    text = rule_text(piece.data, way == "Egress").partition(": ")[2]
    return f"RevokeSecurityGroup{way} {piece.id}: {text}"
