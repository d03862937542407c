# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy tables of transit gateways as sets: which packets which route table is chosen for.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables-concepts.html: see network/policy_tables.py
"""

from __future__ import annotations

from ..network.addresses import either
from ..network.packet_filters import NUMBERS
from ..network.policy_tables import ANY, ENTRIES, RANGE
from ..network.snapshot import Item, Place, Snapshot, Unknown
from . import intervals, packet_sets
from .intervals import Intervals
from .packet_sets import TCP, UDP, PacketSet

WITH_PORTS = (TCP, UDP)


def tables(snapshot: Snapshot, table_id: str, place: Place, version: int) -> list[tuple[str | None, PacketSet]]:
    """Return (route table, the packets that it is chosen for); None for those that no rule matches. Raises Unknown."""
    found = [item for item in snapshot.items(ENTRIES, place) if item["TransitGatewayPolicyTableId"] == table_id]
    if not found:
        raise Unknown(f"{place.folder}{ENTRIES}.json", f"{table_id} isn't in it", f"all {ENTRIES} of {place}")
    entries = [entry for item in found for entry in item[ENTRIES] if entry.get("State", "active") == "active"]
    left, chosen = packet_sets.full(version), []
    for entry in sorted(entries, key=lambda entry: int(entry["PolicyRuleNumber"])):
        rule = entry.get("PolicyRule") or {}
        taken = left & _matching(table_id, rule, version)
        if rule.get("MetaData") and not taken.is_empty:
            number = entry["PolicyRuleNumber"]
            raise Unknown(table_id, f"rule {number} needs metadata, which no packet shows", "a rule without")
        chosen.append((str(entry["TargetRouteTableId"]), taken))
        left -= taken
    return [*chosen, (None, left)]


def _matching(table_id: str, rule: Item, version: int) -> PacketSet:
    ports = [_ports(table_id, rule.get(key)) for key in ("SourcePortRange", "DestinationPortRange")]
    wanted = str(rule.get("Protocol") or ANY)
    every: list[int | None]
    if wanted == ANY:
        every = [None] if ports == [None, None] else list(WITH_PORTS)
    elif wanted not in NUMBERS and not wanted.isdigit():
        raise Unknown(table_id, f"one of its rules is for the protocol {wanted}, which isn't known", "its number")
    else:
        every = [int(NUMBERS.get(wanted, wanted))]
    ends = [_addresses(rule.get(key), version) for key in ("SourceCidrBlock", "DestinationCidrBlock")]
    if ports != [None, None] and any(protocol not in WITH_PORTS for protocol in every):
        return packet_sets.empty(version)
    found = (
        packet_sets.box(
            version, ends[0], ends[1], protocol, ports[0] or packet_sets.ANY_PORT, ports[1] or packet_sets.ANY_PORT
        )
        for protocol in every
    )
    return packet_sets.joined(version, found)


def _addresses(cidr: str | None, version: int) -> Intervals | None:
    if cidr in (None, "", ANY):
        return None
    network = either(str(cidr))
    return intervals.of_networks([network]) if network.version == version else ()


def _ports(table_id: str, wanted: str | None) -> tuple[int, int] | None:
    if wanted in (None, "", ANY):
        return None
    match = RANGE.fullmatch(str(wanted))
    if not match:
        raise Unknown(table_id, f"one of its rules is for the ports {wanted}, which can't be read", "a number, or two")
    return int(match[1]), int(match[2] or match[1])
