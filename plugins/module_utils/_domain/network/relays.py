# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets beyond an address that passes them on: of a load balancer to its targets, of an endpoint to its service.

The way there goes on in a new leg, from the load balancer's node, to which answers come back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from ..values.ports import EPHEMERAL
from .addresses import Point, zone_of
from .balancers import Balancer, Balancers, Target, address_of, short
from .checks import Checks
from .choices import Choices
from .packet_filters import Address, Decision, Packet
from .points import INTERNET, NOT_KNOWN, PEERING, Crossed, Lookups
from .snapshot import Item, Place, Unknown
from .trip import DELIVERED, DENIED, Hop, Leave, Outcome, Trip, Unanswered

# In names of services that customers provide, also those of the Marketplace; AWS's own have none.
OF_CUSTOMERS = ".vpce-svc-"
ENFORCED = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
NOT_DIRECT = "it keeps the client's address, but {} leaves its VPC otherwise than to a peered one"


class Arrival(NamedTuple):
    """A packet at a load balancer's node. outcome: if it goes no further; by_service: it came by an endpoint"""

    node: Point
    packet: Packet
    trip: Trip
    outcome: Outcome
    by_service: bool = False


class Relays:
    """Outcomes of packets beyond load balancers and endpoints.

    leave: sends them on by a subnet's route table; leaves_for: how a packet leaves a subnet's VPC; hop: of a point
    """

    def __init__(
        self,
        lookups: Lookups,
        leave: Leave,
        leaves_for: Callable[[Item, Packet], Crossed],
        hop: Callable[..., Hop],
        choices: Choices,
        checks: Checks,
    ) -> None:
        self.lookups, self.snapshot = lookups, lookups.snapshot
        self.leave, self.leaves_for, self.hop = leave, leaves_for, hop
        self.choices, self.checks = choices, checks
        self.balancers = Balancers(lookups)

    def onward(self, point: Point, packet: Packet, trip: Trip, outcome: Outcome) -> Outcome:
        """Return the outcome of a packet that an interface has taken. outcome: if it goes no further.

        What isn't known of what is behind it is noted, and the packet counts as arrived.
        """
        if self.lookups.routes_only:
            return outcome
        arrival = Arrival(point, packet, trip, outcome)
        try:
            endpoint = self.lookups.endpoint_of(point)
            if endpoint:
                return self._by_service(endpoint, arrival)
            balancer = self.balancers.of(point)
            return self._balanced(balancer, arrival) if balancer else outcome
        except Unanswered:
            raise
        except Unknown as unknown:
            self.checks.unknown(trip, unknown)
            return outcome

    # ---- endpoints of services

    @cached_property
    def _services(self) -> dict[str, tuple[Place, Item]]:
        found = self.snapshot.every("ServiceConfigurations")
        return {item["ServiceName"]: (place, item) for place, item in found}

    def _by_service(self, endpoint: Item, arrival: Arrival) -> Outcome:
        """Return the outcome of a packet that an endpoint hands to its service, which for AWS's own ends there.

        It comes to the node in the endpoint's zone, whose groups see the client's address, unless that is turned off:
        https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html,
        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
        """
        if OF_CUSTOMERS not in endpoint.get("ServiceName", "") or arrival.packet.protocol != "tcp":
            return arrival.outcome
        balancer, node = self._node_of(endpoint, arrival)
        packet = replace(arrival.packet, destination=node.address)
        trip = arrival.trip.through(node.node)
        self.checks.stops(trip, lambda: self.balancers.refused(node, packet))
        allowed: tuple[Decision, ...] = ()
        if balancer.item.get(ENFORCED, "on") != "off":
            same = node.subnet["VpcId"] == arrival.node.subnet["VpcId"]
            crossed = Crossed(NOT_KNOWN) if same else Crossed(INTERNET)
            allowed = self.checks.security_groups(trip, node, packet, False, crossed)
        trip = trip.by(self.hop(node, *allowed))
        decision = arrival.outcome.verdict.decided_by
        outcome = trip.ends(DELIVERED, decision, *arrival.outcome.legs)
        return self._balanced(balancer, Arrival(node, packet, trip, outcome, by_service=True))

    def _node_of(self, endpoint: Item, arrival: Arrival) -> tuple[Balancer, Point]:
        """Return the node that an endpoint's interface sends to, in its zone; one of several load balancers' is picked.

        https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
        """
        id_, name = endpoint["VpcEndpointId"], endpoint["ServiceName"]
        if name not in self._services:
            raise Unknown(id_, f"its service {name} isn't in the snapshot", "one with the account that provides it")
        place, service = self._services[name]
        state = service.get("ServiceState", "Available")
        if state != "Available":
            decision = Decision("vpc_endpoint_service", (service["ServiceId"],), f"its state is {state}")
            self.checks.fails(arrival.trip, DENIED, decision)
        region = self.snapshot.vpcs[endpoint["VpcId"]][0].region
        if place.region != region:
            why = f"its service is in {place.region}, and which of its nodes such connections come to isn't told"
            raise Unknown(id_, why, "a service of the endpoint's Region")
        zone, version = zone_of(arrival.node.subnet), arrival.packet.destination.version
        balancers = [self.balancers.with_arn(arn) for arn in service.get("NetworkLoadBalancerArns", ())]
        nodes = [
            (balancer, node)
            for balancer in balancers
            for node in self.balancers.nodes(balancer, version)
            if zone_of(node.subnet) == zone
        ]
        if not nodes:
            why = f"{name} has no load balancer with an IPv{version} address in {zone}"
            raise Unknown(id_, why, "one in the zones of the endpoint")
        key = (service["ServiceId"], arrival.node.interface_id)
        return self.choices.pick(key, name, nodes, lambda found: found[0].name)

    # ---- load balancers

    def _balanced(self, balancer: Balancer, arrival: Arrival) -> Outcome:
        """Return the outcome of a packet that a load balancer sends on to one of its targets, if it does."""
        rules = self.balancers.rules(balancer, arrival.packet)
        if not rules:
            return arrival.outcome  # The node's refusal is reported already; a ping is answered.
        key = (balancer.arn, arrival.node.interface_id, arrival.packet)
        rule = self.choices.pick((*key, "rule"), balancer.name, rules, lambda rule: rule.name)
        group = rule.group
        if group is None:
            return _noted(arrival, f"{balancer.name} answers itself, by {rule.name}").outcome
        if group.get("TargetType") == "lambda":
            return _noted(arrival, f"{balancer.name} invokes a function of {short(group['TargetGroupArn'])}").outcome
        served = self.balancers.served(balancer, arrival.node, group)
        if served.notes:
            arrival = _noted(arrival, *served.notes)
        if not served.targets:
            zone = zone_of(arrival.node.subnet)
            message = f"{balancer.name} has no target for {rule.name} that its node in {zone} uses"
            message += f" ({', '.join(served.notes)})" if served.notes else ""
            self.checks.fails(arrival.trip, DENIED, Decision("load_balancer", (balancer.arn,), message))
            return arrival.outcome
        target = self.choices.pick((*key, group["TargetGroupArn"]), short(group["TargetGroupArn"]), served.targets, str)
        return self._to_target(balancer, group, target, arrival)

    def _to_target(self, balancer: Balancer, group: Item, target: Target, arrival: Arrival) -> Outcome:
        """Return the outcome of a packet to a target, from the node's address or the client's.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
        """
        node, packet, trip = arrival.node, arrival.packet, arrival.trip
        address = self._address(group, target, arrival)
        same = (one for one in self.balancers.nodes(balancer, address.version) if one.interface_id == node.interface_id)
        start = node if node.address.version == address.version else next(same, None)
        if start is None:
            raise Unknown(balancer.arn, f"its node {node.interface_id} has no IPv{address.version} address", "one")
        keeps = packet.source.version == address.version and not arrival.by_service
        kept = keeps and self.balancers.keeps_client(balancer, group)
        source = packet.source if kept else start.address
        onto = Packet(source, address, packet.protocol, (target.port, target.port))
        trip = replace(
            trip,
            start=start,
            legs=arrival.outcome.legs,
            gateway="",
            source_ports=trip.source_ports if kept else EPHEMERAL,
            firewalls=(),
            sent_to=None,
            direct=kept,
            relayed=True,
            sent_as=start.groups if kept else None,
        )
        crossed = self.leaves_for(start.subnet, onto)
        if kept:
            self.checks.stops(trip, lambda: self._not_direct(balancer, onto, crossed))
        allowed = self.checks.security_groups(trip, start, onto, True, crossed)
        last = trip.hops[-1]
        hops = (*trip.hops[:-1], replace(last, lets_through=(*last.lets_through, *allowed)))
        return self.leave(start.subnet, onto, replace(trip, hops=hops))

    def _address(self, group: Item, target: Target, arrival: Arrival) -> Address:
        """Return the address of a target; one of an Application Load Balancer's is picked. Raises Unknown."""
        if group.get("TargetType") == "alb":
            nodes = self.balancers.nodes(self.balancers.with_arn(target.id), arrival.packet.destination.version)
            if not nodes:
                raise Unknown(target.id, "no interface in the snapshot is of it", "the account that it is of")
            key = (target.id, arrival.packet)
            return self.choices.pick(key, short(target.id), nodes, lambda node: str(node.address)).address
        if group.get("TargetType") == "ip":
            return address_of(target)
        point = self.balancers.point_of(arrival.node, group, target)
        if point is None:
            raise Unknown(target.id, "this target has no interface in the snapshot", "all NetworkInterfaces")
        return point.address

    def _not_direct(self, balancer: Balancer, packet: Packet, crossed: Crossed) -> Decision | None:
        """Return why a packet with its client's address gets no answer from a target; None if nothing prevents it.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html#loopback-timeout
        """
        if packet.source == packet.destination:
            message = f"it keeps the client's address, and {packet.source} as its own target drops such packets"
            return Decision("load_balancer", (balancer.arn,), message)
        if crossed.by in ("", PEERING, NOT_KNOWN):
            return None
        return Decision("load_balancer", (balancer.arn,), NOT_DIRECT.format(packet))


def _noted(arrival: Arrival, *notes: str) -> Arrival:
    """Return an arrival whose last hop, the node, has notes."""
    last = arrival.trip.hops[-1]
    hops = (*arrival.trip.hops[:-1], replace(last, note="; ".join((*filter(None, (last.note,)), *notes))))
    return arrival._replace(trip=replace(arrival.trip, hops=hops), outcome=arrival.outcome._replace(hops=hops))
