# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network ACLs, security groups and what interfaces take, as sets of packets; what isn't known is told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..network import kinds
from ..network.addresses import Point, either
from ..network.balancers import Balancers
from ..network.packet_filters import ALL_PROTOCOLS, OF_ENTRY, OF_PERMISSION
from ..network.points import BALANCED, INTERNET, MIDDLEBOX, NOT_KNOWN, PEERING, TRANSIT, Crossed, Lookups
from ..network.snapshot import Item, Unknown
from ..network.transit_gateway import may_pass
from . import intervals, packet_sets
from .packet_sets import ICMP, TCP, UDP, PacketSet
from .ways import Decides, Reason

# IANA's numbers of the protocols that rules of security groups name.
BY_NAME = {"tcp": TCP, "udp": UDP, "icmp": 1, "icmpv6": 58}


class Allowed(NamedTuple):
    """What filters let through. sure: certainly; more: perhaps, in addition; unknown: why; by: the objects"""

    sure: PacketSet
    more: PacketSet
    unknown: tuple[Reason, ...] = ()
    by: tuple[Decides, ...] = ()


class Side(NamedTuple):
    """One end of a flow, as rules that name groups see it. vpc_id: "" if it is in none"""

    vpc_id: str
    groups: tuple[str, ...]


class Filters:
    """Sets of the filters of a snapshot, worked out once for each that is alike."""

    def __init__(self, lookups: Lookups) -> None:
        self.lookups, self.snapshot = lookups, lookups.snapshot
        self._groups = {group["GroupId"]: group for _place, group in self.snapshot.every("SecurityGroups")}
        self._acls: dict[str, Item] = {}
        self._acl_sets: dict[tuple[str, bool, int], PacketSet] = {}
        self._alike: dict[object, PacketSet] = {}
        self._rules: dict[tuple[object, ...], Allowed] = {}
        self._asked: dict[tuple[object, ...], Allowed] = {}
        self._no_transit: frozenset[str] | None = None
        self._bindings: set[str] = set()

    # ---- network ACLs

    def acl_of(self, subnet: Item) -> Item:
        """Return the network ACL of a subnet. Raises Unknown."""
        if subnet["VpcId"] not in self._bindings:
            for acl in reversed(self.snapshot.of_vpc("NetworkAcls", subnet["VpcId"])):
                self._acls.update({one["SubnetId"]: acl for one in acl["Associations"]})
            self._bindings.add(subnet["VpcId"])
        if subnet["SubnetId"] not in self._acls:
            why = "NetworkAcls has none that is associated with it"
            raise Unknown(subnet["SubnetId"], why, "all network ACLs")
        return self._acls[subnet["SubnetId"]]

    def acl(self, subnet: Item, egress: bool, version: int) -> PacketSet:
        """Return what a subnet's network ACL lets through: by the first entry that matches. Raises Unknown.

        https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
        """
        acl = self.acl_of(subnet)
        key = (acl["NetworkAclId"], egress, version)
        if key not in self._acl_sets:
            found = [entry for entry in acl["Entries"] if entry["Egress"] == egress and OF_ENTRY[version] in entry]
            entries = sorted(found, key=lambda entry: int(entry["RuleNumber"]))
            like = (egress, version, *(repr(sorted(entry.items())) for entry in entries))
            if like not in self._alike:
                self._alike[like] = self._of_entries(entries, egress, version)
            self._acl_sets[key] = self._alike[like]
        return self._acl_sets[key]

    def _of_entries(self, entries: Sequence[Item], egress: bool, version: int) -> PacketSet:
        left, admitted = packet_sets.full(version), packet_sets.empty(version)
        for entry in entries:
            peer = intervals.of_networks([either(entry[OF_ENTRY[version]])])
            matching = _box(version, peer, egress, str(entry["Protocol"]), _ports_of_entry(entry))
            if entry["RuleAction"] == "allow":
                admitted |= left & matching
            left -= matching
        return admitted

    # ---- security groups

    def groups(self, own: Side, other: Side, egress: bool, crossed: Crossed, version: int) -> Allowed:
        """Return what the rules of an end's groups let through to or from the other end. Raises Unknown.

        See network/points.py for what a rule that names a group means beyond what was crossed.
        """
        asked = (own, other, egress, crossed, version)
        if asked not in self._asked:
            self._asked[asked] = self._of_groups(own, other, egress, crossed, version)
        return self._asked[asked]

    def _of_groups(self, own: Side, other: Side, egress: bool, crossed: Crossed, version: int) -> Allowed:
        if not own.groups:
            return Allowed(packet_sets.full(version), packet_sets.empty(version))
        self.snapshot.of_vpc("SecurityGroups", own.vpc_id)
        missing = sorted(set(own.groups) - self._groups.keys())
        if missing:
            raise Unknown(own.vpc_id, f"SecurityGroups hasn't {', '.join(missing)}", "all security groups")
        counts = self._counts(own, other, egress, crossed)
        key = (own.groups, egress, version, crossed, counts)
        if key not in self._rules:
            self._rules[key] = self._of_rules(own, egress, version, counts)
        return self._rules[key]

    def _counts(self, own: Side, other: Side, egress: bool, crossed: Crossed) -> tuple[tuple[str, bool | None], ...]:
        """Return (group that a rule names, whether the other end counts as its member; None: not known)."""
        direction = "IpPermissionsEgress" if egress else "IpPermissions"
        pairs = {
            pair["GroupId"]: pair
            for id_ in own.groups
            for permission in self._groups[id_].get(direction, ())
            for pair in permission.get("UserIdGroupPairs", ())
        }
        return tuple((id_, self._is_member(own, other, pairs[id_], egress, crossed)) for id_ in sorted(pairs))

    def _is_member(self, own: Side, other: Side, pair: Item, egress: bool, crossed: Crossed) -> bool | None:
        named, has = pair["GroupId"], pair["GroupId"] in other.groups
        if crossed.by in (INTERNET, BALANCED):
            return named in crossed.groups
        if crossed.by == MIDDLEBOX:
            return None if egress else False
        same = own.vpc_id == other.vpc_id
        if has and (same and crossed.by in ("", NOT_KNOWN) or crossed.by == PEERING and crossed.vpc_id == other.vpc_id):
            return True
        elsewhere = not same and (has or pair.get("VpcId", own.vpc_id) not in self.snapshot.vpcs)
        if crossed.by == TRANSIT:
            return None if elsewhere and not egress and self._by_transit(own.vpc_id) else False
        return None if elsewhere and crossed.by == NOT_KNOWN else False

    def _by_transit(self, vpc_id: str) -> bool:
        """Return false if no attachment of the receiver's VPC supports references to groups.

        That of the sender's doesn't count: the sender may modify it.
        https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
        """
        if self._no_transit is None:
            support: dict[str, set[bool]] = {}
            for _place, item in self.snapshot.every("TransitGatewayVpcAttachments"):
                if may_pass(item):
                    is_off = item.get("Options", {}).get("SecurityGroupReferencingSupport") == "disable"
                    support.setdefault(item["VpcId"], set()).add(not is_off)
            self._no_transit = frozenset(of_vpc for of_vpc, found in support.items() if found == {False})
        return vpc_id not in self._no_transit

    def _of_rules(self, own: Side, egress: bool, version: int, counts: tuple[tuple[str, bool | None], ...]) -> Allowed:
        members = dict(counts)
        sure, more = packet_sets.empty(version), packet_sets.empty(version)
        unknown: list[Reason] = []
        for id_ in own.groups:
            for permission in self._groups[id_].get("IpPermissionsEgress" if egress else "IpPermissions", ()):
                certain, lost = self._peers(permission, version, members)
                ports = _ports_of_permission(permission)
                protocol = str(permission["IpProtocol"])
                if certain != ():
                    sure |= _box(version, certain, egress, protocol, ports)
                if lost:
                    more |= _box(version, None, egress, protocol, ports)
                    unknown.append(Reason(id_, lost, "the prefix list, or the other side's VPC"))
        way = "egress" if egress else "ingress"
        by = Decides("security_group", ", ".join(own.groups), f"{way} rules")
        return Allowed(sure, more - sure, tuple(dict.fromkeys(unknown)), (by,))

    def _peers(
        self, permission: Item, version: int, members: dict[str, bool | None]
    ) -> tuple[intervals.Intervals | None, str]:
        """Return the addresses that a permission means, None: the other end's, and what isn't known of it."""
        ranges, key = OF_PERMISSION[version]
        networks = [either(peer[key]) for peer in permission.get(ranges, ())]
        lost = ""
        for listed in permission.get("PrefixListIds", ()):
            cidrs = self.lookups.prefix_lists.get(listed["PrefixListId"])
            if cidrs is None:
                lost = f"PrefixLists hasn't {listed['PrefixListId']} of one of its rules"
            networks += [cidr for cidr in cidrs or () if cidr.version == version]
        named = [members.get(pair["GroupId"]) for pair in permission.get("UserIdGroupPairs", ())]
        if True in named:
            return None, ""
        if None in named:
            lost = "whether a group that one of its rules names means the other side isn't in the snapshot"
        return intervals.of_networks(networks), lost

    # ---- interfaces

    def taken(self, kind: str, interface_id: str, version: int) -> Allowed:
        """Return what an interface of a type takes, of all that its groups let in."""
        everything, nothing = packet_sets.full(version), packet_sets.empty(version)
        if kind in kinds.ACCEPT_NO_INBOUND:
            says = f"{kinds.ACCEPT_NO_INBOUND[kind]} accepts no packets addressed to itself"
            return Allowed(nothing, nothing, (), (Decides(kind, interface_id, says),))
        if kind == "vpc_endpoint":
            why = "whether the service of an interface endpoint takes UDP isn't shown"
            udp = packet_sets.box(version, protocol=UDP)
            return Allowed(packet_sets.box(version, protocol=TCP), udp, (Reason(interface_id, why, "tcp"),))
        if kind not in (*kinds.WORKLOADS, *kinds.TAKE):
            why = f"it is of the type {kind}; no page says what it does with packets"
            return Allowed(nothing, everything, (Reason(interface_id, why, "another interface"),))
        return Allowed(everything, nothing)

    def listened(self, balancers: Balancers, node: Point, version: int) -> Allowed:
        """Return what a load balancer takes at a node: as its listeners say. Raises Unknown."""
        balancer = balancers.of(node)
        everything, nothing = packet_sets.full(version), packet_sets.empty(version)
        if balancer is None:
            return Allowed(everything, nothing)
        state = balancer.item.get("State", {}).get("Code", "active")
        if state not in kinds.BALANCERS_TAKING:
            return Allowed(nothing, nothing, (), (Decides("load_balancer", balancer.arn, f"its state is {state}"),))
        takes = nothing
        for listener in balancers.listeners(balancer):
            port = listener["Port"]
            for name in kinds.LISTENERS.get(listener["Protocol"], ()):
                takes |= packet_sets.box(version, protocol=BY_NAME[name], ports=(port, port))
        by = (Decides("load_balancer", balancer.arn, "its listeners"),)
        ping = _box(version, None, False, str(ICMP[version]), packet_sets.ANY_PORT)
        if balancer.item.get("Type") == "application":
            return Allowed(takes | ping, nothing, (), by)
        why = "no page says that a Network Load Balancer answers a ping"
        return Allowed(takes, ping, (Reason(balancer.arn, why, "tcp or udp"),), by)


def _box(
    version: int, peer: intervals.Intervals | None, egress: bool, protocol: str, ports: tuple[int, int]
) -> PacketSet:
    sources, destinations = (None, peer) if egress else (peer, None)
    number = None if protocol == ALL_PROTOCOLS else BY_NAME.get(protocol, int(protocol) if protocol.isdigit() else -1)
    if number == -1:
        return packet_sets.empty(version)
    if number not in (TCP, UDP, ICMP[version]):
        ports = packet_sets.ANY_PORT
    return packet_sets.box(version, sources, destinations, number, ports=ports)


def _ports_of_permission(permission: Item) -> tuple[int, int]:
    first, last = permission.get("FromPort", -1), permission.get("ToPort", -1)
    if str(permission["IpProtocol"]) in ("icmp", "icmpv6", "1", "58"):
        return _of_icmp(first, last)
    return packet_sets.ANY_PORT if first == -1 else (first, last)


def _ports_of_entry(entry: Item) -> tuple[int, int]:
    if str(entry["Protocol"]) in ("1", "58", "icmp", "icmpv6"):
        kind = entry.get("IcmpTypeCode", {})
        return _of_icmp(kind.get("Type", -1), kind.get("Code", -1))
    ports = entry.get("PortRange")
    return (ports["From"], ports["To"]) if ports else packet_sets.ANY_PORT


def _of_icmp(icmp_type: int, code: int) -> tuple[int, int]:
    """Return the numbers of an ICMP type and code; -1: all of them.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """
    if icmp_type == -1:
        return packet_sets.ANY_PORT
    return (icmp_type * 256, icmp_type * 256 + 255) if code == -1 else (icmp_type * 256 + code,) * 2
