# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of security groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.ec2.utils import random_security_group_rule_id


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
        """What makes it the same rule: the description does not."""
        peer = self.peer[1]["GroupId"] if self.peer[0] == "ReferencedGroupInfo" else self.peer[1]
        return (self.is_egress, self.ip_protocol, self.from_port, self.to_port, self.peer[0], peer)

    @property
    def ip_range(self) -> dict[str, str]:
        return {"CidrIp": self.peer[1]} if self.peer[0] == "CidrIpv4" else {}

    @property
    def source_group(self) -> dict[str, str]:
        return self.peer[1] if self.peer[0] == "ReferencedGroupInfo" else {}

    def __str__(self) -> str:
        """As AWS names a rule: peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW"""
        protocol = "ALL" if self.ip_protocol == "-1" else self.ip_protocol.upper()
        ports = "" if self.from_port is None else f", from port: {self.from_port}, to port: {self.to_port}"
        return f"peer: {self.identity[5]}, {protocol}{ports}, ALLOW"
