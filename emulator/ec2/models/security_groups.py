# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of security groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from moto.ec2.utils import random_security_group_rule_id

from emulator.ec2.errors import invalid_value


@dataclass
class Rule:
    """One rule: one protocol, one port range, one peer. moto reads ip_protocol, ip_range and source_group."""

    is_egress: bool
    ip_protocol: str
    from_port: int | None
    to_port: int | None
    # (member of the API's SecurityGroupRule, value): ("CidrIpv4", "10.0.0.0/8"), ("ReferencedGroupInfo", {...}), ...
    peer: tuple[str, Any]
    description: str | None = None
    id: str = field(default_factory=random_security_group_rule_id)

    @property
    def identity(self) -> tuple[Any, ...]:
        """Values that identify the rule; the description is not one of them."""
        peer = self.peer[1]["GroupId"] if self.peer[0] == "ReferencedGroupInfo" else self.peer[1]
        return (self.is_egress, self.ip_protocol, self.from_port, self.to_port, self.peer[0], peer)

    @property
    def ip_range(self) -> dict[str, str]:
        return {"CidrIp": self.peer[1]} if self.peer[0] == "CidrIpv4" else {}

    @property
    def source_group(self) -> dict[str, str]:
        return self.peer[1] if self.peer[0] == "ReferencedGroupInfo" else {}

    def __str__(self) -> str:
        """Return the rule as AWS's messages name it: peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW"""
        protocol = "ALL" if self.ip_protocol == "-1" else self.ip_protocol.upper()
        ports = "" if self.from_port is None else f", from port: {self.from_port}, to port: {self.to_port}"
        return f"peer: {self.identity[5]}, {protocol}{ports}, ALLOW"


PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}


def rule_of(permission: dict[str, Any], is_egress: bool, peer: tuple[str, Any], description: str | None) -> Rule:
    protocol = permission.get("IpProtocol")
    if protocol is None:
        raise invalid_value(
            "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
        )
    protocol = str(protocol).lower()
    protocol = PROTOCOLS.get(protocol, protocol)
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol in ("tcp", "udp"):
        if first is None or last is None:
            raise invalid_value("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
        if not 0 <= first <= last <= 65535:
            raise invalid_value("Invalid TCP/UDP port range" + f" ({first}:{last})")
    elif protocol not in ("icmp", "icmpv6"):
        first = last = None  # other protocols have no ports: all are allowed
    return Rule(is_egress, protocol, first, last, peer, description)


def checked_peer(kind: str, value: str) -> tuple[str, str]:
    try:
        block = ip_network(value, strict=False)
    except ValueError:
        block = None
    if "/" not in value or block is None or (block.version == 6) != (kind == "CidrIpv6"):
        raise invalid_value(f"CIDR block {value} is malformed")
    return kind, str(block)


_MEMBERS: dict[str, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    "CidrIpv4": ("IpRanges", lambda value: {"CidrIp": value}),
    "CidrIpv6": ("Ipv6Ranges", lambda value: {"CidrIpv6": value}),
    "PrefixListId": ("PrefixListIds", lambda value: {"PrefixListId": value}),
    "ReferencedGroupInfo": ("UserIdGroupPairs", lambda value: dict(value)),
}


def permissions_of(rules: list[Rule]) -> list[dict[str, Any]]:
    """Return rules in the shape of IpPermissions: rules of one protocol and port range form one permission."""
    permissions: dict[tuple[Any, ...], dict[str, Any]] = {}
    for rule in rules:
        key = (rule.ip_protocol, rule.from_port, rule.to_port)
        if key not in permissions:
            permission: dict[str, Any] = {"IpProtocol": rule.ip_protocol}
            if rule.from_port is not None:
                permission |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
            permissions[key] = permission | {member: [] for member, _ in _MEMBERS.values()}
        member, shape = _MEMBERS[rule.peer[0]]
        peer = shape(rule.peer[1])
        if rule.description:
            peer["Description"] = rule.description
        permissions[key][member].append(peer)
    return list(permissions.values())
