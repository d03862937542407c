# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of security groups."""

from __future__ import annotations

import re
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


PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
# "Allowed characters are ..." (API_IpRange and CreateSecurityGroup); written as AWS's messages do.
ALLOWED = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
MAX_LENGTH = 255
_is_allowed = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*").fullmatch


def is_allowed(text: str) -> bool:
    """Return true for a name or description that AWS allows for a security group or a rule."""
    return len(text) <= MAX_LENGTH and _is_allowed(text) is not None


def check_description(text: str | None) -> None:
    """Refuse a description of a rule. Text: https://github.com/aws-cloudformation/cfn-lint/issues/173"""
    if text and not is_allowed(text):
        raise invalid_value(
            "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: "
            f"{ALLOWED}"
        )


def rule_of(permission: dict[str, Any], is_egress: bool, peer: tuple[str, Any], description: str | None) -> Rule:
    """Return a rule of a permission of the request, or raise AWS's error for its protocol, ports or description."""
    protocol = permission.get("IpProtocol")
    if protocol is None:
        raise invalid_value(
            "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
        )
    protocol = str(protocol).lower()
    protocol = PROTOCOLS.get(protocol, protocol)
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol in ("tcp", "udp"):
        _check_ports(first, last)
    elif protocol in ("icmp", "icmpv6"):
        _check_icmp(protocol, first, last)
    elif protocol == "-1" or (protocol.isdecimal() and int(protocol) <= 255):
        first = last = None  # other protocols have no ports: all are allowed
    else:
        # https://github.com/hashicorp/terraform-provider-aws/issues/1793 ("all" is no protocol, either)
        raise invalid_value(f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    check_description(description)
    return Rule(is_egress, protocol, first, last, peer, description)


def _check_ports(first: int | None, last: int | None) -> None:
    """Refuse ports. Texts: moto's test_modify_security_group_rules (aws_verified), https://github.com/aws/aws-cli/issues/1066"""
    if first is None or last is None:
        raise invalid_value("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
    for word, port in (("from", first), ("to", last)):
        if not 0 <= port <= 65535:
            raise invalid_value(f"TCP/UDP ({word}) port ({port}) out of range")
    if first > last:
        raise invalid_value(f"Invalid TCP/UDP port range ({first}:{last})")


def _check_icmp(protocol: str, kind: int | None, code: int | None) -> None:
    """Refuse ICMP types and codes. Text: https://github.com/terraform-aws-modules/terraform-aws-security-group/issues/7

    "If the start of the port range is -1 (all ICMP types), then the end must be -1" and "For tcp, udp, and icmp, you
    must specify a port range" (API_IpPermission); these two texts are not verified.
    """
    if kind is None or code is None:
        if protocol == "icmp":
            raise invalid_value("Invalid value for portRange. Must specify both type and code with ICMP.")
        return
    for word, value in (("type", kind), ("code", code)):
        if not -1 <= value <= 255:
            raise invalid_value(f"ICMP {word} ({value}) out of range")
    if kind == -1 and code != -1:
        raise invalid_value(f"ICMP code ({code}) must be -1 for all ICMP types")


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
