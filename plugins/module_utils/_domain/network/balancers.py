# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load balancers of a snapshot: which one an interface is of, its listeners, and the targets that get connections.

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/ and .../application/, where a page isn't named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from ipaddress import ip_address
from typing import NamedTuple

from . import kinds
from .addresses import Point, zone_of
from .packet_filters import ALL_PORTS, Address, Decision, Packet
from .points import Lookups
from .snapshot import Item, Place, Unknown

CROSS_ZONE = "load_balancing.cross_zone.enabled"
OF_BALANCER = "use_load_balancer_configuration"
KEEPS_CLIENT = "preserve_client_ip.enabled"
# Fewer healthy targets than this, and others get connections, too: target-group-health.html.
LEAST = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
# Protocols of target groups for which the client's address is always kept: edit-target-group-attributes.html.
ALWAYS_KEPT = ("UDP", "TCP_UDP", "QUIC", "TCP_QUIC")


class Balancer(NamedTuple):
    """A load balancer, and where it was read. name: as its interfaces' descriptions have it, net/NAME/ID"""

    name: str
    place: Place
    item: Item

    @property
    def arn(self) -> str:
        return str(self.item["LoadBalancerArn"])


class Rule(NamedTuple):
    """What a listener does with connections. group: the target group that they go to; None: it answers itself"""

    name: str
    group: Item | None


class Target(NamedTuple):
    """A registered target. id: of an instance or a load balancer (ARN), or an address; state: of its health"""

    id: str
    port: int
    zone: str
    state: str
    reason: str

    def __str__(self) -> str:
        return f"{self.id}:{self.port}"


class Served(NamedTuple):
    """The targets that get a node's connections; notes: what the health of targets has decided, in words"""

    targets: tuple[Target, ...]
    notes: tuple[str, ...] = ()


class Balancers:
    def __init__(self, lookups: Lookups) -> None:
        self.lookups, self.snapshot = lookups, lookups.snapshot

    # ---- nodes

    @cached_property
    def _by_name(self) -> dict[str, Balancer]:
        found = (
            Balancer(item["LoadBalancerArn"].partition(":loadbalancer/")[2], place, item)
            for place, item in self.snapshot.every("LoadBalancers")
        )
        return {balancer.name: balancer for balancer in found}

    @cached_property
    def _nodes(self) -> dict[str, list[Point]]:
        """The first point of each interface and IP version, by the load balancer's name."""
        found: dict[str, dict[tuple[str, int], Point]] = {}
        for point in (*self.lookups.points, *self.lookups.of_ipv6):
            name = self.name_of(point)
            if name:
                found.setdefault(name, {}).setdefault((point.interface_id, point.address.version), point)
        return {name: list(points.values()) for name, points in found.items()}

    def name_of(self, point: Point) -> str:
        """Return the name of the load balancer that an interface is a node of; "" if it is of none."""
        interface = self.lookups.interfaces.get(point.interface_id, {})
        described = interface.get("Description", "")
        managed = interface.get("RequesterManaged") and described.startswith("ELB ")
        if self.lookups.routes_only or point.kind == "gateway_load_balancer":
            return ""
        return described.removeprefix("ELB ") or "?" if managed or point.kind in kinds.OF_BALANCERS else ""

    def of(self, point: Point) -> Balancer | None:
        """Return the load balancer that an interface is a node of; None if it is of none. Raises Unknown."""
        name = self.name_of(point)
        if not name:
            return None
        if name in self._by_name:
            return self._by_name[name]
        if "/" not in name:
            why = f"it is of a Classic Load Balancer, {name}, whose listeners aren't read"
            raise Unknown(point.interface_id, why, "its listeners and instances, looked at by hand")
        self.snapshot.items("LoadBalancers", self._place(point))
        raise Unknown(point.interface_id, f"LoadBalancers hasn't its load balancer {name}", "all load balancers")

    def _place(self, point: Point) -> Place:
        """Return where the load balancer of an interface is read: its account's, which may be a participant's."""
        place, _vpc = self.snapshot.vpcs[point.subnet["VpcId"]]
        owner = self.lookups.interfaces.get(point.interface_id, {}).get("OwnerId")
        same = (p for p in self.snapshot.places if p.account_id == owner and p.region == place.region)
        return next(same, place)

    def with_arn(self, arn: str) -> Balancer:
        name = arn.partition(":loadbalancer/")[2]
        if name not in self._by_name:
            raise Unknown(arn, "LoadBalancers hasn't it", "the account that it is of, with all load balancers")
        return self._by_name[name]

    def nodes(self, balancer: Balancer, version: int) -> list[Point]:
        return [point for point in self._nodes.get(balancer.name, ()) if point.address.version == version]

    def named(self, name: str, version: int) -> list[tuple[Point, Address | None]]:
        """Return (node, its public address; None if the name means its private one) for a load balancer's DNS name.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
        """
        found = (one for one in self._by_name.values() if one.item.get("DNSName", "").lower() == name)
        nodes = [(balancer, node) for balancer in found for node in self.nodes(balancer, version)]
        return [(node, node.public if one.item.get("Scheme") == "internet-facing" else None) for one, node in nodes]

    # ---- listeners

    def refused(self, point: Point, packet: Packet) -> Decision | None:
        """Return why a load balancer takes no such packet at its node; None if it does, or the point is no node.

        Raises Unknown for a ping of a Network Load Balancer; an Application Load Balancer answers it, if its groups let
        it in: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
        """
        balancer = self.of(point)
        if balancer is None:
            return None
        state = balancer.item.get("State", {}).get("Code", "active")
        if state not in kinds.BALANCERS_TAKING:
            return Decision("load_balancer", (balancer.arn,), f"its state is {state}")
        if packet.protocol == "icmp":
            if balancer.item.get("Type") == "application":
                return None
            raise Unknown(balancer.arn, "no page says that a Network Load Balancer answers a ping", "tcp or udp")
        if self._listening(balancer, packet):
            return None
        known = ", ".join(f"{one['Protocol']} {one['Port']}" for one in self.listeners(balancer)) or "none"
        first, last = packet.ports
        ports = "" if packet.ports == ALL_PORTS else f"/{first}" if first == last else f"/{first}-{last}"
        message = f"{balancer.name} has no listener for {packet.protocol or 'any protocol'}{ports}; listeners: {known}"
        return Decision("load_balancer", (balancer.arn,), message)

    def listeners(self, balancer: Balancer) -> list[Item]:
        """Return a load balancer's listeners, by their port. Raises Unknown."""
        found = self.snapshot.items("LoadBalancerListeners", balancer.place)
        own = (item["Listeners"] for item in found if item["LoadBalancerArn"] == balancer.arn)
        listeners = next(own, None)
        if listeners is None:
            raise Unknown(balancer.arn, "LoadBalancerListeners hasn't its listeners", "those of all load balancers")
        return sorted(listeners, key=lambda listener: listener["Port"])

    def _listening(self, balancer: Balancer, packet: Packet) -> list[Item]:
        """Return the listeners of all ports of a packet; [] if one of them has none."""
        first, last = packet.ports
        asked = [
            listener
            for listener in self.listeners(balancer)
            if first <= listener["Port"] <= last and packet.protocol in kinds.LISTENERS.get(listener["Protocol"], ())
        ]
        return asked if len(asked) == last - first + 1 else []

    def rules(self, balancer: Balancer, packet: Packet) -> list[Rule]:
        """Return what its listeners may do with connections, by all rules; [] if none listens. Raises Unknown."""
        if packet.protocol == "icmp":
            return []
        listening = self._listening(balancer, packet)
        return [rule for listener in listening for rule in self._of_listener(balancer, listener)]

    def _of_listener(self, balancer: Balancer, listener: Item) -> Iterator[Rule]:
        """Yield a listener's rules. Which one a request of HTTP matches isn't in its packets, so any may."""
        name = f"{listener['Protocol']} {listener['Port']}"
        if balancer.item.get("Type") == "network":
            yield from self._of_actions(balancer, name, listener["DefaultActions"])
            return
        found = self.snapshot.items("LoadBalancerRules", balancer.place)
        own = next((item["Rules"] for item in found if item["ListenerArn"] == listener["ListenerArn"]), None)
        if own is None:
            raise Unknown(balancer.arn, f"LoadBalancerRules hasn't those of {name}", "those of all listeners")
        for rule in own:
            yield from self._of_actions(balancer, f"{name}, rule {rule['Priority']}", rule["Actions"])

    def _of_actions(self, balancer: Balancer, name: str, actions: Sequence[Item]) -> Iterator[Rule]:
        for action in actions:
            if action["Type"] in kinds.ANSWERS:
                yield Rule(f"{name}: {action['Type']}", None)
            elif action["Type"] == kinds.FORWARDS:
                yield from (Rule(f"{name}: {short(arn)}", self._group(balancer, arn)) for arn in _groups_of(action))
            elif action["Type"] not in kinds.BEFORE_FORWARDING:
                raise Unknown(balancer.arn, f"{name} has an action of an unknown type, {action['Type']}", "forward")

    def _group(self, balancer: Balancer, arn: str) -> Item:
        found = self.snapshot.items("TargetGroups", balancer.place)
        group = next((item for item in found if item["TargetGroupArn"] == arn), None)
        if group is None:
            raise Unknown(arn, "TargetGroups hasn't it", "all target groups")
        return group

    # ---- targets

    def served(self, balancer: Balancer, node: Point, group: Item) -> Served:
        """Return the targets of a group that get connections of a load balancer's node. Raises Unknown.

        Healthy ones; if there are too few, others, too: target-group-health-checks.html
        """
        arn, place = group["TargetGroupArn"], balancer.place
        found = self.snapshot.items("LoadBalancerTargetHealth", place)
        own = next((item for item in found if item["TargetGroupArn"] == arn), None)
        if own is None:
            raise Unknown(arn, "LoadBalancerTargetHealth hasn't its targets", "those of all target groups")
        registered = [_target(one, group) for one in own["TargetHealthDescriptions"]]
        if unknown := next((one for one in registered if one.state not in kinds.STATES_OF_TARGETS), None):
            raise Unknown(arn, f"{unknown} is in the state {unknown.state}, which isn't known", "healthy")
        near = [one for one in registered if self._is_near(balancer, node, group, one)]
        serving = [one for one in near if one.state in kinds.TARGETS_SERVING]
        failing = [one for one in near if one.state in kinds.TARGETS_FAILING]
        listed = ", ".join(f"{one} is {one.state}{one.reason}" for one in failing)
        if failing and len(serving) < self._least(place, arn, len(serving) + len(failing)):
            note = f"{short(arn)} has too few healthy targets, so all are used: {listed}"
            return Served((*serving, *failing), (note,))
        return Served(tuple(serving), (f"{short(arn)} doesn't use all targets: {listed}",) if failing else ())

    def _is_near(self, balancer: Balancer, node: Point, group: Item, target: Target) -> bool:
        """Return true if a node uses a target: those of its zone, and the others if cross-zone load balancing is on."""
        if group.get("TargetType") in ("alb", "lambda"):
            return True
        point = self.point_of(node, group, target)
        zone = zone_of(node.subnet)
        if target.zone == "all" or point and zone_of(point.subnet) == zone:
            return True
        if not point and not target.zone:
            return True  # Its place is unknown: a packet to it gets the verdict unknown.
        zones = balancer.item.get("AvailabilityZones", ())
        names = (one["ZoneName"] for one in zones if one.get("SubnetId") == node.subnet["SubnetId"])
        if not point and target.zone in (zone, *names):
            return True
        told = self._attribute("TargetGroupAttributes", balancer.place, group["TargetGroupArn"], CROSS_ZONE)
        if told in (None, OF_BALANCER):
            if balancer.item.get("Type") == "application":
                return True
            told = self._attribute("LoadBalancerAttributes", balancer.place, balancer.arn, CROSS_ZONE)
        return told == "true"

    def point_of(self, node: Point, group: Item, target: Target) -> Point | None:
        """Return the interface of a target, an instance's primary one; None if the node's VPC has none of it."""
        version = 6 if group.get("IpAddressType") == "ipv6" else 4
        if group.get("TargetType", "instance") == "instance":
            return next((one for one in self._of_instances.get(target.id, ()) if one.address.version == version), None)
        if group["TargetType"] != "ip":
            return None
        return self.lookups.at(node.subnet["VpcId"], address_of(target))

    @cached_property
    def _of_instances(self) -> dict[str, list[Point]]:
        found: dict[str, list[Point]] = {}
        for point in (*self.lookups.points, *self.lookups.of_ipv6):
            if point.instance_id:
                found.setdefault(point.instance_id, []).append(point)
        return found

    def _least(self, place: Place, arn: str, of: int) -> int:
        """Return how many healthy targets a node needs to leave the others out. Defaults if no attributes were read."""
        if "TargetGroupAttributes" not in self.snapshot.places[place]:
            return 1
        count = self._attribute("TargetGroupAttributes", place, arn, f"{LEAST}.count") or "1"
        percent = self._attribute("TargetGroupAttributes", place, arn, f"{LEAST}.percentage") or "off"
        share = -(-of * int(percent) // 100) if percent.isdigit() else 0
        return max(int(count) if count.isdigit() else 1, share)

    def keeps_client(self, balancer: Balancer, group: Item) -> bool:
        """Return true if targets see the client's address, not the node's: edit-target-group-attributes.html."""
        if balancer.item.get("Type") != "network":
            return False
        if group["Protocol"] in ALWAYS_KEPT:
            return True
        told = self._attribute("TargetGroupAttributes", balancer.place, group["TargetGroupArn"], KEEPS_CLIENT)
        return (group.get("TargetType") != "ip") if told is None else told == "true"

    def _attribute(self, kind: str, place: Place, arn: str, key: str) -> str | None:
        """Return the value of an attribute; None if the object has none of this name. Raises Unknown."""
        for item in self.snapshot.items(kind, place):
            if arn in (item.get("LoadBalancerArn"), item.get("TargetGroupArn")):
                return next((one["Value"] for one in item["Attributes"] if one["Key"] == key), None)
        raise Unknown(arn, f"{kind} hasn't its attributes", "those of all of them")


def address_of(target: Target) -> Address:
    return ip_address(target.id)


def _groups_of(action: Item) -> list[str]:
    """Return the ARNs of the target groups of an action that get connections."""
    listed = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"]}]
    return [one["TargetGroupArn"] for one in listed if one.get("Weight", 1) != 0]


def _target(described: Item, group: Item) -> Target:
    target, health = described["Target"], described.get("TargetHealth", {})
    reason = f" ({health['Reason']})" if health.get("Reason") else ""
    port = target.get("Port") or group.get("Port") or 0
    return Target(target["Id"], port, target.get("AvailabilityZone", ""), health.get("State", ""), reason)


def short(arn: str) -> str:
    """Return the name and id of an ARN, without its account and Region."""
    return arn.rpartition(":")[2]
