# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways of all packets of a subnet at once, by their destination: what the tracer finds out packet by packet.

No filter counts here; a way names the network ACLs on it. Kinds that aren't followed end by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address

from ..network import firewalls, kinds
from ..network.addresses import blocks_of
from ..network.points import INTERNET, MIDDLEBOX, NOT_KNOWN, PEERING, TRANSIT, Crossed, Lookups
from ..network.routes import ends_of, route_text
from ..network.snapshot import Item, Unknown
from ..network.tracer import Tracer
from . import intervals, transit_ways
from .intervals import Intervals
from .route_maps import Group, RouteMaps
from .steps import State, end, lost, stop, way
from .ways import Decides, Exit, Nat, Reason, Way, reason

GATEWAYS = {"igw-": "internet_gateway", "vgw-": "virtual_private_gateway"}


class Forwarding:
    """Ways in one snapshot, worked out once for each subnet."""

    def __init__(self, snapshot_lookups: Lookups) -> None:
        self.lookups, self.snapshot = snapshot_lookups, snapshot_lookups.snapshot
        self.tracer = Tracer(self.snapshot, self.lookups)
        self.maps = RouteMaps(self.lookups, self.tracer.transit_gateways)
        self.transit = transit_ways.TransitWays(self.lookups, self.maps, self.tracer.transit_gateways, self.leave)
        self._ways: dict[tuple[str, int], tuple[Way, ...]] = {}
        self._blocks: dict[tuple[str, int], Intervals] = {}
        self.subnets: dict[str, Item] = {}
        for place, subnet in self.snapshot.every("Subnets"):
            if subnet["SubnetId"] not in self.subnets or subnet.get("OwnerId") == place.account_id:
                self.subnets[subnet["SubnetId"]] = subnet

    def ways(self, subnet_id: str, version: int) -> tuple[Way, ...]:
        """Return the ways of what interfaces of a subnet send, to all destinations."""
        key = (subnet_id, version)
        if key not in self._ways:
            subnet = self.subnets[subnet_id]
            state = State(version, subnet["VpcId"])
            self._ways[key] = tuple(self.leave(subnet, intervals.every(version), state))
        return self._ways[key]

    def from_premises(self, attachment_id: str, version: int) -> tuple[Way, ...]:
        """Return the ways of what comes in by an attachment of a transit gateway that is of no VPC."""
        key = (attachment_id, version)
        if key not in self._ways:
            state = State(version, "", left=Crossed(NOT_KNOWN))
            self._ways[key] = tuple(self.transit.from_premises(attachment_id, intervals.every(version), state))
        return self._ways[key]

    def blocks(self, subnet: Item, version: int) -> Intervals:
        key = (subnet["SubnetId"], version)
        if key not in self._blocks:
            self._blocks[key] = intervals.of_networks(blocks_of(subnet, version))
        return self._blocks[key]

    # ---- in VPCs

    def leave(self, subnet: Item, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of packets that leave an interface in the subnet by the subnet's route table."""
        subnet_id = subnet["SubnetId"]
        if subnet_id in state.seen:
            yield stop(to, state, Decides("subnet", subnet_id, "the packet comes back to it: a loop"))
            return
        state = state._replace(seen=state.seen | {subnet_id})
        own = self.blocks(subnet, state.version)
        inside = intervals.both(to, own)
        if inside:
            yield end(inside, state, subnet_id)
        to = intervals.without(to, own)
        try:
            table, explicit = self.lookups.table_of(subnet)
        except Unknown as unknown:
            yield lost(to, state, reason(unknown))
            return
        for group in self.maps.of_table(table, state.version):
            taken = intervals.both(to, group.addresses)
            if taken:
                yield from self._by_group(subnet, table, group, taken, self._left(subnet, group, state))

    def _left(self, subnet: Item, group: Group, state: State) -> State:
        """Return the state that says how the packets leave the sender's VPC, as the tracer's walk does."""
        return state if state.left is not None else state._replace(left=self._leaves_for(subnet["VpcId"], group))

    def _leaves_for(self, vpc_id: str, group: Group) -> Crossed:
        targets = {ends_of(route)[1] for route in group.routes}
        if group.unknown or len(targets) > 1:
            return Crossed(NOT_KNOWN)
        target = next(iter(targets), "local")
        if target == "local":
            return Crossed()
        if target.startswith("pcx-"):
            return Crossed(PEERING, self.lookups.peers(vpc_id).get(target, ""))
        known = {"tgw-": TRANSIT, "vpce-": MIDDLEBOX, "igw-": INTERNET, "nat-": INTERNET, "eigw-": INTERNET}
        return Crossed(next((by for start, by in known.items() if target.startswith(start)), NOT_KNOWN))

    def _by_group(self, subnet: Item, table: Item, group: Group, to: Intervals, state: State) -> Iterator[Way]:
        table_id = table["RouteTableId"]
        if group.unknown:
            yield lost(to, state, group.unknown)
        elif not group.routes:
            yield stop(to, state, Decides("route_table", table_id, "no route"))
        for route in group.routes:
            status = route.get("State", "active")
            if status == "blackhole":
                yield stop(to, state, Decides("route_table", table_id, f"{group.says} is a blackhole"))
            elif status != "active":
                yield lost(to, state, Reason(table_id, f"{route_text(route)} is {status}", "active or blackhole"))
            else:
                hop = Decides("route_table", table_id, group.says)
                onward = state.past(subnet["SubnetId"], True).by(hop)
                yield from self._known(to, state, self._to_target(route, subnet, to, onward))

    def _known(self, to: Intervals, state: State, found: Iterator[Way]) -> Iterator[Way]:
        """Yield ways; where one isn't known, say so."""
        try:
            yield from list(found)
        except Unknown as unknown:
            yield lost(to, state, reason(unknown))

    def _to_target(self, route: Item, subnet: Item, to: Intervals, state: State) -> Iterator[Way]:
        vpc_id, gateway_id = subnet["VpcId"], str(route.get("GatewayId", ""))
        if gateway_id == "local":
            return self.cross(vpc_id, to, state)
        if route.get("TransitGatewayId"):
            return self.transit.enter(route["TransitGatewayId"], subnet, to, state)
        if gateway_id.startswith("vpce-"):
            return self._to_endpoint(gateway_id, subnet, to, state)
        if route.get("VpcPeeringConnectionId"):
            return self._through_peering(route["VpcPeeringConnectionId"], vpc_id, to, state)
        if route.get("NatGatewayId"):
            return self._through_nat(route["NatGatewayId"], subnet, to, state)
        return self._out(route, subnet, to, state)

    def _out(self, route: Item, subnet: Item, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the way out by a target that isn't followed."""
        target, gateway_id = ends_of(route)[1], str(route.get("GatewayId", ""))
        kind = next((kind for start, kind in GATEWAYS.items() if gateway_id.startswith(start)), "")
        if route.get("EgressOnlyInternetGatewayId"):
            kind = "egress_only_internet_gateway"
        if route.get("NetworkInterfaceId") and self._drops(route["NetworkInterfaceId"]):
            yield from self._to_interface(route, target, to, state)
            return
        if not kind:
            opaque = (words for key, words in kinds.OPAQUE_TARGETS.items() if route.get(key))
            kind = next(opaque, "a target of a kind that isn't known")
        yield self.exit(to, state, kind, target, subnet)

    def _to_interface(self, route: Item, id_: str, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways to an interface that takes what is addressed to it, and drops all else.

        https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html#EIP_Disable_SrcDestCheck
        """
        own = self.lookups.interfaces[id_]
        texts = [one["PrivateIpAddress"] for one in own.get("PrivateIpAddresses", ())]
        texts += [one["Ipv6Address"] for one in own.get("Ipv6Addresses", ())]
        numbers = [address for address in map(ip_address, texts) if address.version == state.version]
        mine = intervals.both(to, intervals.merged((int(one), int(one)) for one in numbers))
        if mine:
            yield end(mine, state.past(own["SubnetId"], False), own["SubnetId"])
        says = f"{route_text(route)}, whose source/destination check drops what isn't addressed to it"
        yield stop(intervals.without(to, mine), state, Decides("network_interface", id_, says))

    def exit(self, to: Intervals, state: State, kind: str, target: str, subnet: Item) -> Way:
        vpc_id = subnet["VpcId"]
        says = state.hops[-1].says if state.hops else ""
        out = Exit(
            kind, target, subnet["SubnetId"], vpc_id, state.start == vpc_id, state.nat.id if state.nat else "", says
        )
        return way(to, state)._replace(exit=out)

    def _drops(self, interface_id: str) -> bool:
        return bool(self.lookups.interfaces.get(interface_id, {}).get("SourceDestCheck"))

    def cross(self, vpc_id: str, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of packets from elsewhere in the VPC, or a gateway, into the destinations' subnets."""
        for subnet in self.snapshot.of_vpc("Subnets", vpc_id):
            inside = intervals.both(to, self.blocks(subnet, state.version))
            if inside:
                yield end(inside, state.past(subnet["SubnetId"], False), subnet["SubnetId"])
                to = intervals.without(to, inside)
        if to:
            yield stop(to, state, Decides("vpc", vpc_id, "in none of its subnets"))

    def _through_peering(self, id_: str, vpc_id: str, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of packets that enter a peering connection: into the other VPC's own CIDRs, from this VPC.

        https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
        """
        self.snapshot.items("VpcPeeringConnections", self.snapshot.vpcs[vpc_id][0])
        other = self.lookups.peers(vpc_id).get(id_)
        if other is None or state.start != vpc_id:
            says = "it takes no packets of third networks" if other else f"is no active peering of {vpc_id}"
            yield stop(to, state, Decides("vpc_peering_connection", id_, says))
            return
        self.snapshot.of_vpc("Subnets", other)
        came = Crossed(PEERING, self.lookups.peers(other).get(id_, ""))
        hop = Decides("vpc_peering_connection", id_, f"from {vpc_id} to {other}")
        yield from self.cross(other, to, state.by(hop)._replace(came=came))

    def _to_endpoint(self, id_: str, subnet: Item, to: Intervals, state: State) -> Iterator[Way]:
        vpc_id = subnet["VpcId"]
        endpoint = next((e for e in self.snapshot.of_vpc("VpcEndpoints", vpc_id) if e["VpcEndpointId"] == id_), None)
        status = endpoint["State"].lower() if endpoint else "deleted"
        if endpoint is None or status != "available":
            yield stop(to, state, Decides("vpc_endpoint", id_, f"its state is {status}"))
            return
        if firewalls.name_of(endpoint) is not None:
            yield from self._through_firewall(endpoint, subnet, to, state)
            return
        known = {"Gateway": "gateway_endpoint", "GatewayLoadBalancer": "gateway_load_balancer_endpoint"}
        kind = str(endpoint.get("VpcEndpointType"))
        yield self.exit(to, state, known.get(kind, f"an endpoint of the type {kind}"), id_, subnet)

    def _through_firewall(self, endpoint: Item, subnet: Item, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of what a firewall lets through, by its endpoint's subnet's table."""
        id_, subnets = endpoint["VpcEndpointId"], endpoint.get("SubnetIds", ())
        if len(subnets) != 1:
            why = f"its subnets are {', '.join(subnets) or 'not shown'}"
            yield lost(to, state, Reason(id_, why, "one, as such endpoints have"))
            return
        own = self.lookups.subnet(subnets[0], endpoint["VpcId"])
        if own["SubnetId"] != subnet["SubnetId"]:
            state = state.past(own["SubnetId"], False)
        hop = Decides("firewall_endpoint", id_, firewalls.note(str(firewalls.name_of(endpoint))))
        passed = state.by(hop)._replace(firewalls=(*state.firewalls, id_), came=Crossed(MIDDLEBOX))
        yield from self.leave(own, to, passed)

    # ---- NAT gateways

    def _through_nat(self, id_: str, subnet: Item, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of what a NAT gateway sends on; beyond it, the addresses of the senders don't show."""
        found = (nat for nat in self.snapshot.of_vpc("NatGateways", subnet["VpcId"]) if nat["NatGatewayId"] == id_)
        nat = next(found, None)
        status = nat["State"] if nat else "deleted"
        if nat is None or status != "available" or state.nat:
            says = f"its state is {status}" if status != "available" else "its own subnet sends the packet back to it"
            yield stop(to, state, Decides("nat_gateway", id_, says))
            return
        if not nat.get("SubnetId"):
            yield self.exit(to, state, "regional_nat_gateway", id_, subnet)
            return
        own = self.lookups.subnet(nat["SubnetId"], nat["VpcId"])
        addresses = [a["PrivateIp"] for a in nat.get("NatGatewayAddresses", ()) if a.get("PrivateIp") and _assigned(a)]
        if state.version == 6 or not addresses:
            yield self.exit(to, state, "nat_gateway", id_, subnet)
            return
        if own["SubnetId"] != subnet["SubnetId"]:
            state = state.past(own["SubnetId"], False)
        numbers = (int(IPv4Address(text)) for text in addresses)
        passed = Nat(id_, own["SubnetId"], intervals.merged((n, n) for n in numbers), state.acls, state.firewalls)
        hops = (*state.hops, Decides("nat_gateway", id_, "translates the sender's address"))
        onward = state._replace(
            start=nat["VpcId"], zone="", acls=(), came=Crossed(), firewalls=(), hops=hops, nat=passed
        )
        if onward.only is not None:
            why = "packets come to it by a policy table's rule, whose part of them isn't followed beyond it"
            yield lost(to, state, Reason(id_, why, "a route table in place of the policy table"))
            return
        yield from self.leave(own, to, onward)


def _assigned(address: Item) -> bool:
    return bool(address.get("Status", "succeeded") == "succeeded")
