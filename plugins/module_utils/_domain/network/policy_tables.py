# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy tables of transit gateways: the route table that the first rule which matches a packet chooses.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables-concepts.html: an attachment has a policy table or a route
table; rules are looked at by number; a packet that none matches is dropped.
"""

from __future__ import annotations

import re

from .addresses import either
from .packet_filters import ALL_PORTS, NUMBERS, Address, Packet, Ports
from .snapshot import Item, Place, Snapshot, Unknown

ENTRIES = "TransitGatewayPolicyTableEntries"
ANY = "*"
RANGE = re.compile(r"(\d+)(?:-(\d+))?")


def route_table(snapshot: Snapshot, table_id: str, place: Place, packet: Packet, source_ports: Ports) -> str | None:
    """Return the id of the route table for a packet; None if no rule matches. place: of the gateway's owner

    Raises Unknown if rules weren't read, or tell apart packets of one flow.
    """
    found = [item for item in snapshot.items(ENTRIES, place) if item["TransitGatewayPolicyTableId"] == table_id]
    if not found:
        raise Unknown(f"{place.folder}{ENTRIES}.json", f"{table_id} isn't in it", f"all {ENTRIES} of {place}")
    entries = [entry for item in found for entry in item[ENTRIES] if entry.get("State", "active") == "active"]
    for entry in sorted(entries, key=lambda entry: int(entry["PolicyRuleNumber"])):
        rule = entry.get("PolicyRule") or {}
        number = entry["PolicyRuleNumber"]
        matches = _matches(rule, packet, source_ports)
        if matches is None:
            raise Unknown(table_id, f"rule {number} matches a part of {packet}", "one port, and one protocol")
        if matches and rule.get("MetaData"):
            raise Unknown(table_id, f"rule {number} needs metadata, which no packet shows", "a rule without")
        if matches:
            return str(entry["TargetRouteTableId"])
    return None


def _matches(rule: Item, packet: Packet, source_ports: Ports) -> bool | None:
    """Return true if a rule matches all packets of a flow's direction, None if it matches a part of them."""
    parts = [
        _of_cidr(rule.get("SourceCidrBlock"), packet.source),
        _of_cidr(rule.get("DestinationCidrBlock"), packet.destination),
        _of_protocol(rule.get("Protocol"), packet.protocol),
        _of_ports(rule.get("SourcePortRange"), source_ports, packet),
        _of_ports(rule.get("DestinationPortRange"), packet.ports, packet),
    ]
    return False if False in parts else None if None in parts else True


def _of_cidr(cidr: str | None, address: Address) -> bool:
    return cidr in (None, "", ANY) or address in either(str(cidr))


def _of_protocol(wanted: str | None, protocol: str | None) -> bool | None:
    if wanted in (None, "", ANY):
        return True
    return None if protocol is None else wanted in (protocol, NUMBERS[protocol])


def _of_ports(wanted: str | None, ports: Ports, packet: Packet) -> bool | None:
    if wanted in (None, "", ANY):
        return True
    if packet.protocol not in ("tcp", "udp"):
        return None if packet.protocol is None else False
    match = RANGE.fullmatch(str(wanted))
    if not match:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    if (first, last) == ALL_PORTS or first <= ports[0] and ports[1] <= last:
        return True
    return False if ports[1] < first or last < ports[0] else None
