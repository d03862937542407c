# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decisions of security groups and network ACLs, as EC2 describes them, about packets of IPv4 or IPv6."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any, TypeAlias

# IP protocol numbers, as network ACLs have them: https://www.iana.org/assignments/protocol-numbers
NUMBERS = {"icmp": "1", "tcp": "6", "udp": "17"}
ALL_PROTOCOLS = "-1"
ALL_PORTS = (0, 65535)
# By IP version: ICMP's name and number in rules, and its types for a ping (RFC 792, RFC 4443), whose code is 0.
ICMP = {4: ("icmp", "1"), 6: ("icmpv6", "58")}
ECHO_REQUEST, ECHO_REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
# By IP version: CIDR fields of a network ACL's entry and of a security group's permission.
OF_ENTRY = {4: "CidrBlock", 6: "Ipv6CidrBlock"}
OF_PERMISSION = {4: ("IpRanges", "CidrIp"), 6: ("Ipv6Ranges", "CidrIpv6")}
CLOSING = (32767, 32768)

Ports = tuple[int, int]
Address: TypeAlias = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Packet:
    """Packets of one flow in one direction.

    protocol: tcp, udp, icmp (a ping); None: any, so that only rules for all protocols allow all of them
    ports: the first and the last destination port
    answer: they go back to the caller; security groups don't check them, since they are stateful
    """

    source: Address
    destination: Address
    protocol: str | None = None
    ports: Ports = ALL_PORTS
    answer: bool = False

    def __str__(self) -> str:
        first, last = self.ports
        ports = "" if self.ports == ALL_PORTS or self.protocol == "icmp" else f"/{_range(first, last)}"
        return f"{self.protocol or 'any protocol'}{ports} from {self.source} to {self.destination}"


@dataclass(frozen=True)
class Decision:
    """Decision about a packet.

    by: kind of what decides (security_group, network_acl, route_table, ...); ids: its ids; message: in words
    """

    by: str
    ids: tuple[str, ...]
    message: str


def security_groups(
    groups: Iterable[Mapping[str, Any]],
    packet: Packet,
    egress: bool,
    names_peer: Callable[[Mapping[str, Any]], bool | None],
) -> tuple[bool | None, Decision]:
    """Return true if the rules of an interface's groups allow all packets of the flow, and what decides.

    None instead of false: a rule would allow them if it is known to mean the other side.

    names_peer: true if an IpPermission means the other side's address; None: that can't be known
    """
    groups = list(groups)
    left, unsure = [packet.ports], None
    for group in groups:
        for permission in group.get("IpPermissionsEgress" if egress else "IpPermissions", ()):
            ports = _of_permission(permission, packet)
            if ports is None or _without(left, ports) == left:
                continue
            named = names_peer(permission)
            decision = Decision("security_group", (group["GroupId"],), _permission(permission, egress))
            if named is None:
                unsure = decision
            if named:
                left = _without(left, ports)
            if not left:
                return True, decision
    if unsure:
        return None, unsure
    way = "egress" if egress else "ingress"
    ids = tuple(group["GroupId"] for group in groups)
    return False, Decision("security_group", ids, f"no {way} rule allows {_part(packet, left)}")


def network_acl(acl: Mapping[str, Any], packet: Packet, egress: bool) -> tuple[bool, Decision]:
    """Return true if the ACL allows all packets of the flow, and the entry that decides: the first that matches.

    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """
    address = packet.destination if egress else packet.source
    left = [packet.ports]
    way = "outbound" if egress else "inbound"
    key = OF_ENTRY[address.version]
    entries = [entry for entry in acl["Entries"] if entry["Egress"] == egress and key in entry]
    for entry in sorted(entries, key=lambda entry: entry["RuleNumber"]):
        ports = _of_entry(entry, packet)
        if ports is None or address not in ip_network(entry[key]) or _without(left, ports) == left:
            continue
        number = "*" if entry["RuleNumber"] in CLOSING else entry["RuleNumber"]
        allows = entry["RuleAction"] == "allow"
        message = f"{way} rule {number} {'allows' if allows else 'denies'} {_part(packet, left)}"
        if not allows:
            return False, Decision("network_acl", (acl["NetworkAclId"],), message)
        left = _without(left, ports)
        if not left:
            return True, Decision("network_acl", (acl["NetworkAclId"],), message)
    return False, Decision("network_acl", (acl["NetworkAclId"],), f"no {way} rule allows {_part(packet, left)}")


def permits(permission: Mapping[str, Any], packet: Packet) -> bool:
    """Return true if an IpPermission is for the protocol and ports of some of these packets, whoever its peers are."""
    ports = _of_permission(permission, packet)
    return ports is not None and _without([packet.ports], ports) != [packet.ports]


def matches(entry: Mapping[str, Any], packet: Packet, egress: bool) -> bool:
    """Return true if an entry of a network ACL is for some of these packets in a direction."""
    address = packet.destination if egress else packet.source
    key = OF_ENTRY[address.version]
    if entry["Egress"] != egress or key not in entry or address not in ip_network(entry[key]):
        return False
    ports = _of_entry(entry, packet)
    return ports is not None and _without([packet.ports], ports) != [packet.ports]


def _of_permission(permission: Mapping[str, Any], packet: Packet) -> Ports | None:
    """Return the ports that an IpPermission covers; None if it matches none of these packets."""
    protocol = permission["IpProtocol"]
    if protocol == ALL_PROTOCOLS:
        return ALL_PORTS
    if packet.protocol is None or protocol not in _protocol(packet.protocol, packet.source.version):
        return None
    first, last = permission.get("FromPort", -1), permission.get("ToPort", -1)
    if packet.protocol == "icmp":
        return ALL_PORTS if _is_ping(packet, first, last) else None
    return ALL_PORTS if first == -1 else (first, last)


def _of_entry(entry: Mapping[str, Any], packet: Packet) -> Ports | None:
    """Return the ports that an entry of an ACL covers; None if it matches none of these packets.

    An entry that denies one protocol stops a part of the packets of any protocol.
    """
    protocol = entry["Protocol"]
    if protocol == ALL_PROTOCOLS:
        return ALL_PORTS
    if packet.protocol is None:
        return ALL_PORTS if entry["RuleAction"] == "deny" else None
    if protocol not in _protocol(packet.protocol, packet.source.version):
        return None
    if packet.protocol == "icmp":
        kind = entry.get("IcmpTypeCode", {})
        return ALL_PORTS if _is_ping(packet, kind.get("Type", -1), kind.get("Code", -1)) else None
    ports = entry.get("PortRange")
    return (ports["From"], ports["To"]) if ports else ALL_PORTS


def _protocol(protocol: str, version: int) -> tuple[str, str]:
    """Name and number of the packet's protocol in rules."""
    if protocol == "icmp":
        return ICMP[version]
    return protocol, NUMBERS[protocol]


def _is_ping(packet: Packet, icmp_type: int, code: int) -> bool:
    types = ECHO_REPLY if packet.answer else ECHO_REQUEST
    return icmp_type in (-1, types[packet.source.version]) and code in (-1, 0)


def _without(ranges: list[Ports], taken: Ports) -> list[Ports]:
    left = []
    for first, last in ranges:
        if taken[1] < first or last < taken[0]:
            left.append((first, last))
            continue
        if first < taken[0]:
            left.append((first, taken[0] - 1))
        if taken[1] < last:
            left.append((taken[1] + 1, last))
    return left


def _part(packet: Packet, left: list[Ports]) -> str:
    """Return the flow in words, with its remaining ports unless these are all of them."""
    if left == [packet.ports]:
        return str(packet)
    return f"{packet}, of which ports {', '.join(_range(*ports) for ports in left)}"


def _permission(permission: Mapping[str, Any], egress: bool) -> str:
    what = "any protocol" if permission["IpProtocol"] == ALL_PROTOCOLS else permission["IpProtocol"]
    ports = permission.get("FromPort", -1), permission.get("ToPort", -1)
    if what in ("tcp", "udp") and ports[0] != -1:
        what += f"/{_range(*ports)}"
    peers = [peer[key] for ranges, key in OF_PERMISSION.values() for peer in permission.get(ranges, ())]
    peers += [peer["PrefixListId"] for peer in permission.get("PrefixListIds", ())]
    peers += [peer["GroupId"] for peer in permission.get("UserIdGroupPairs", ())]
    return f"{'egress' if egress else 'ingress'} rule allows {what} {'to' if egress else 'from'} {', '.join(peers)}"


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
