# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Path of a packet through transit gateways: attachments, route tables, and the VPC behind."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from . import attachment_nat, firewalls, kinds, policy_tables
from .addresses import Network, all_cidrs_of, either, zone_of
from .checks import Checks
from .choices import Choices
from .packet_filters import Address, Decision, Packet, Ports
from .points import Lookups
from .snapshot import Item, Place, Unknown
from .trip import DELIVERED, DENIED, NO_ROUTE, Hop, Leave, Outcome, Trip, Unanswered

Route = tuple[Network, bool, frozenset[str]]
# The place of a gateway's owner, a packet (None: one that NAT translated), and its source ports.
Asked = tuple[Place, "Packet | None", Ports]
BEHIND = "what the networks behind {} route and filter is not judged here"


def may_pass(attachment: Item) -> bool:
    """Return false for an attachment by which no packet passes in its state; a state that isn't known may let them."""
    return attachment["State"] not in kinds.NOT_PASSING


def refuse_unknown_state(attachment: Item) -> None:
    """Raise Unknown for an attachment whose state isn't known."""
    state = attachment.get("State", "available")
    if state not in (*kinds.PASSING, *kinds.NOT_PASSING):
        raise Unknown(attachment["TransitGatewayAttachmentId"], f"is {state}: a state that isn't known", "available")


class TransitGateways:
    """Outcomes of packets at transit gateways. leave: sends them on by the route table of an attachment's subnet.

    premises: id of the attachment to networks on premises that a flow starts or ends at; "": none
    """

    def __init__(self, lookups: Lookups, leave: Leave, choices: Choices, checks: Checks) -> None:
        self.lookups, self.checks = lookups, checks
        self.premises = ""
        self.starts_there = False
        self.snapshot = lookups.snapshot
        self.leave = leave
        self.choices = choices
        self._routes: dict[tuple[str, Place], list[Route]] = {}
        self._unsettled: dict[tuple[str, Place], list[Network]] = {}

    @cached_property
    def vpc_attachments(self) -> dict[str, Item]:
        found = (item for _place, item in self.snapshot.every("TransitGatewayVpcAttachments"))
        return {item["TransitGatewayAttachmentId"]: item for item in reversed(list(found))}

    @cached_property
    def attachments(self) -> dict[Place, dict[str, Item]]:
        return {
            place: {item["TransitGatewayAttachmentId"]: item for item in kinds.get("TransitGatewayAttachments", ())}
            for place, kinds in self.snapshot.places.items()
        }

    def enter(self, id_: str, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        vpc_id = subnet["VpcId"]
        self.snapshot.of_vpc("Vpcs", vpc_id)
        self.snapshot.items("TransitGatewayVpcAttachments", self.snapshot.vpcs[vpc_id][0])
        attachment = next(
            (
                item
                for item in self.vpc_attachments.values()
                if (item["TransitGatewayId"], item["VpcId"]) == (id_, vpc_id) and may_pass(item)
            ),
            None,
        )
        if attachment is None:
            return trip.ends(NO_ROUTE, Decision("transit_gateway", (id_,), f"has no available attachment of {vpc_id}"))
        attachment_id = attachment["TransitGatewayAttachmentId"]
        # https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html: only from the zones of its subnets.
        entries = [self.lookups.subnet(subnet_id, vpc_id) for subnet_id in attachment["SubnetIds"]]
        zone = zone_of(subnet)
        near = [entry for entry in entries if zone_of(entry) == zone]
        if not near:
            message = f"has no subnet in the availability zone {zone} of {subnet['SubnetId']}"
            return trip.ends(NO_ROUTE, Decision("transit_gateway_attachment", (attachment_id,), message))
        # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html, also where both are the same subnet.
        allowed = self.checks.network_acl(trip, near[0], packet, egress=False)
        self._of_version(attachment, packet, trip)
        account = self.lookups.account_of(vpc_id)
        trip = trip.by(Hop("transit_gateway_attachment", attachment_id, account, zone, lets_through=allowed))
        return self._in_transit_gateway(id_, attachment_id, zone, packet, trip)

    def from_premises(self, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet that comes in by the attachment `premises`."""
        attachment = next(found[self.premises] for found in self.attachments.values() if self.premises in found)
        owner = attachment.get("ResourceOwnerId")
        trip = replace(trip, gateway=self.premises).through(self.premises)
        trip = trip.by(Hop("transit_gateway_attachment", self.premises, owner, note=BEHIND.format(self.premises)))
        state = attachment.get("State")
        if state in kinds.NOT_PASSING:
            decision = Decision("transit_gateway_attachment", (self.premises,), f"its state is {state}")
            return trip.ends(NO_ROUTE, decision)
        id_ = attachment["TransitGatewayId"]
        try:
            return self._in_transit_gateway(id_, self.premises, "", packet, trip)
        except Unanswered:
            raise
        except Unknown as unknown:
            raise Unanswered(unknown, trip.unanswered(unknown)) from unknown

    def _of_version(self, attachment: Item, packet: Packet, trip: Trip) -> None:
        """Note IPv6 packets that an attachment without support for IPv6 drops."""
        if packet.destination.version == 6 and attachment.get("Options", {}).get("Ipv6Support") == "disable":
            id_ = attachment["TransitGatewayAttachmentId"]
            message = "its support for IPv6 is off"
            self.checks.fails(trip, DENIED, Decision("transit_gateway_attachment", (id_,), message))

    def _in_transit_gateway(self, id_: str, attachment_id: str, zone: str, packet: Packet, trip: Trip) -> Outcome:
        """Return the outcome of a packet that comes in by an attachment. zone: that it comes from; "": any."""
        here = ("transit_gateway", id_, attachment_id, str(packet.source), str(packet.destination))
        if here in trip.seen:
            loop = Decision("transit_gateway", (id_,), "the packet comes back to it: a loop, or no way that is shown")
            return trip.ends(NO_ROUTE, loop)
        trip = replace(trip.through(id_), seen=trip.seen | {here})
        place = self.place_of(id_)
        attachments = self.attachments[place]
        came_by = attachments.get(attachment_id, {})
        refuse_unknown_state(came_by)
        if self.lookups.routes_only:
            attachment_nat.refuse(came_by)
        sent = packet
        packet = replace(sent, source=attachment_nat.source(self.snapshot, place, came_by, sent.source))
        table_id = self.table(came_by, (place, packet if packet == sent else None, trip.source_ports))
        if isinstance(table_id, Decision) or table_id is None:
            decision = Decision("transit_gateway_attachment", (attachment_id,), "is associated with no route table")
            return trip.ends(NO_ROUTE, table_id or decision)
        cidr, onward = self._transit_route(table_id, place, packet.destination)
        by = ("transit_gateway_route_table", (table_id,))
        if cidr is None or not onward:
            message = f"has no route to {packet.destination}" if cidr is None else f"the route {cidr} is a blackhole"
            return trip.ends(NO_ROUTE, Decision(*by, message))
        if len(onward) > 1:
            raise Unknown(table_id, f"{cidr} goes to {' and to '.join(sorted(onward))}", "one attachment for one range")
        (target,) = onward
        attachment = attachments.get(target)
        if attachment is None or not may_pass(attachment):
            state = attachment["State"] if attachment else "deleted"
            return trip.ends(NO_ROUTE, Decision(*by, f"{cidr} goes to {target}, which is {state}"))
        refuse_unknown_state(attachment)
        trip = trip.by(Hop("transit_gateway", id_, place.account_id, "", table_id, str(cidr), target))
        if self.lookups.routes_only:
            attachment_nat.refuse(attachment)
        onto = attachment_nat.destination(self.snapshot, place, attachment, packet.destination)
        if onto != packet.destination:
            trip = replace(trip, sent_to=trip.sent_to or packet.destination)
            packet = replace(packet, destination=onto)
        return self._onward(id_, attachment, zone, packet, trip, Decision(*by, f"{cidr} goes to {target}"))

    def place_of(self, id_: str) -> Place:
        """Return the place of a transit gateway's owner. Raises Unknown if that isn't in the snapshot."""
        tables = self.snapshot.every("TransitGatewayRouteTables")
        place = next((place for place, table in tables if table["TransitGatewayId"] == id_), None)
        if place is None:
            why = "its route tables aren't in the snapshot; only the account that owns it sees them"
            raise Unknown(id_, why, "a snapshot with that account")
        self.snapshot.items("TransitGatewayAttachments", place)
        return place

    def _onward(self, id_: str, attachment: Item, zone: str, packet: Packet, trip: Trip, by: Decision) -> Outcome:
        """Return the outcome of a packet that a transit gateway sends to an attachment."""
        target, kind = attachment["TransitGatewayAttachmentId"], attachment["ResourceType"]
        resource = attachment.get("ResourceId", "")
        if kind == "vpc":
            return self._out_of_transit_gateway(resource, target, zone, packet, trip)
        if kind in ("peering", "tgw-peering"):
            return self._in_transit_gateway(resource, self.other_side(id_, resource, target), zone, packet, trip)
        if kind == "network-function":
            # A firewall of Network Firewall, always in appliance mode; it sends on what it admits by its attachment's
            # table, from any of its zones:
            # https://docs.aws.amazon.com/network-firewall/latest/developerguide/tgw-firewall-considerations.html
            name = str(resource).rpartition("/")[2]
            owner = attachment.get("ResourceOwnerId")
            trip = trip.through(target).by(Hop("network_function", target, owner, note=firewalls.note(name)))
            trip = replace(trip, firewalls=(*trip.firewalls, target))
            return self._in_transit_gateway(id_, target, "", packet, trip)
        if target == self.premises and packet.answer == self.starts_there:
            owner, note = attachment.get("ResourceOwnerId"), BEHIND.format(target)
            trip = trip.through(target).by(Hop("transit_gateway_attachment", target, owner, note=note))
            return trip.ends(DELIVERED, by, *trip.legs, trip.leg(packet, None, target))
        what = kinds.PREMISES.get(kind, "a kind that isn't known")
        why = f"{by.message}, of the type {kind}: {what}"
        raise Unknown(by.ids[0], why, "what lies behind it, looked at by hand")

    def other_side(self, id_: str, other: str, attachment_id: str) -> str:
        """Return the id that a peering attachment has at the other transit gateway.

        Within a Region each side has its own id (hashicorp/terraform-provider-aws#23828), across Regions both have one.
        """
        found = {
            item["TransitGatewayAttachmentId"]
            for attachments in self.attachments.values()
            for item in attachments.values()
            if (item["TransitGatewayId"], item.get("ResourceId")) == (other, id_) and may_pass(item)
        }
        if len(found) > 1 and attachment_id not in found:
            why = f"several peering attachments lead from {other} to {id_}: {', '.join(sorted(found))}"
            raise Unknown(attachment_id, why, "one")
        return attachment_id if attachment_id in found or not found else found.pop()

    def table_of(self, attachment_id: str) -> str | None:
        """Return the id of the route table of an attachment; None if the snapshot shows none. Raises Unknown."""
        for attachments in self.attachments.values():
            if attachment_id in attachments and attachments[attachment_id].get("Association"):
                attachment_nat.refuse(attachments[attachment_id])
                found = self.table(attachments[attachment_id], None)
                return None if isinstance(found, Decision) else found
        return None

    def table(self, attachment: Item, asked: Asked | None) -> str | Decision | None:
        """Return the id of the route table for a packet that comes in by an attachment; None if it has none.

        A Decision if no rule of its policy table matches the packet. asked: None for the table of all packets. Raises
        Unknown where it isn't the same for all, or is about to change.
        """
        association: Item = attachment.get("Association") or {}
        id_ = attachment.get("TransitGatewayAttachmentId", "")
        policies = association.get("TransitGatewayPolicyTableId")
        if policies and (asked is None or self.lookups.routes_only):
            raise Unknown(id_, f"is associated with policy table {policies}", "its rules, looked at by packet")
        state = association.get("State", "associated" if policies else "")
        if state and state not in kinds.SETTLED:
            why = f"is {state}, and which table routes its packets meanwhile isn't shown"
            raise Unknown(id_, why, "associated")
        if state != "associated":
            return None
        if policies and asked:
            place, packet, source_ports = asked
            if packet is None:
                why = f"is associated with policy table {policies}, and has NAT; which comes first isn't told"
                raise Unknown(id_, why, "one of both")
            found = policy_tables.route_table(self.snapshot, policies, place, packet, source_ports)
            return found or Decision("transit_gateway_policy_table", (policies,), f"no rule matches {packet}")
        if not association.get("TransitGatewayRouteTableId"):
            raise Unknown(id_, "is associated with something else than a route table", "a route table")
        return str(association["TransitGatewayRouteTableId"])

    def _transit_route(self, table_id: str, place: Place, address: Address) -> tuple[Network | None, set[str]]:
        """Return the longest matching prefix, a static one before a propagated one, and the attachments it goes to.

        The prefix is None if no route matches; no attachments: a blackhole.
        https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
        """
        matching = [route for route in self.routes(table_id, place) if address in route[0]]
        best = max(((cidr.prefixlen, is_static) for cidr, is_static, _targets in matching), default=(-1, False))
        changing = [cidr for cidr in self.unsettled(table_id, place) if address in cidr]
        if any(cidr.prefixlen >= best[0] for cidr in changing):
            raise Unknown(table_id, f"the route {changing[0]} is about to be created or deleted", "one that is active")
        if not matching:
            return None, set()
        chosen = [route for route in matching if (route[0].prefixlen, route[1]) == best]
        return chosen[0][0], set().union(*(targets for _cidr, _is_static, targets in chosen))

    def leads_on(self, table_id: str, place: Place, address: Address) -> bool:
        """Return true if a route table has a route to an address that is no blackhole. Raises Unknown."""
        return bool(self._transit_route(table_id, place, address)[1])

    def routes(self, table_id: str, place: Place) -> list[Route]:
        """Return (CIDR, true if it is static, attachments; none: a blackhole) of the table's routes."""
        if (table_id, place) not in self._routes:
            self._routes[table_id, place] = self._read_routes(table_id, place)
        return self._routes[table_id, place]

    def unsettled(self, table_id: str, place: Place) -> list[Network]:
        """Return the CIDRs of a table's routes that are about to be created or deleted."""
        self.routes(table_id, place)
        return self._unsettled.get((table_id, place), [])

    def _read_routes(self, table_id: str, place: Place) -> list[Route]:
        routes: list[Route] = []
        complete = "TransitGatewayRoutes" in self.snapshot.places[place]
        for item in self._of_table(f"TransitGateway{'' if complete else 'Static'}Routes", place, table_id):
            if item.get("AdditionalRoutesAvailable"):
                raise Unknown(table_id, "the snapshot hasn't all of its routes", "all of them")
            for route in item["Routes"]:
                targets = {to["TransitGatewayAttachmentId"] for to in route.get("TransitGatewayAttachments", ())}
                if route["State"] == "active" and not targets:
                    raise Unknown(table_id, "an active route of it shows no attachment", "all of its attachments")
                if route["State"] not in ("active", "blackhole"):
                    if route["State"] != "deleted":
                        self._unsettled.setdefault((table_id, place), []).extend(self._cidrs(table_id, route))
                    continue
                reached = frozenset(targets if route["State"] == "active" else ())
                is_static = route.get("Type", "static") == "static"
                routes += [(cidr, is_static, reached) for cidr in self._cidrs(table_id, route)]
        for item in () if complete else self._of_table("TransitGatewayPropagations", place, table_id):
            for propagation in item["TransitGatewayRouteTablePropagations"]:
                if propagation["State"] == "enabled":
                    target = frozenset({propagation["TransitGatewayAttachmentId"]})
                    routes += [(cidr, False, target) for cidr in self._propagated(table_id, propagation)]
        return routes

    def _cidrs(self, table_id: str, route: Item) -> list[Network]:
        """Return the CIDRs of a route; several if it has a prefix list."""
        if route.get("DestinationCidrBlock"):
            return [either(route["DestinationCidrBlock"])]
        if route.get("PrefixListId"):
            return self.lookups.prefix_list(table_id, route["PrefixListId"])
        raise Unknown(table_id, "one of its routes shows no destination", "its CIDR")

    def _of_table(self, kind: str, place: Place, table_id: str) -> list[Item]:
        found = [i for i in self.snapshot.items(kind, place) if i["TransitGatewayRouteTableId"] == table_id]
        if not found:
            raise Unknown(f"{place.folder}{kind}.json", f"{table_id} isn't in it", f"all {kind} of {place}")
        return found

    def _propagated(self, table_id: str, propagation: Item) -> list[Network]:
        resource = propagation["ResourceId"]
        if propagation["ResourceType"] != "vpc" or resource not in self.snapshot.vpcs:
            why = f"{resource} ({propagation['ResourceType']}) propagates routes that the snapshot hasn't"
            raise Unknown(table_id, why, "a snapshot with the account that has it")
        return all_cidrs_of(self.snapshot.vpcs[resource][1])

    def _out_of_transit_gateway(
        self, vpc_id: str, attachment_id: str, zone: str, packet: Packet, trip: Trip
    ) -> Outcome:
        """Return the outcome of a packet that leaves by the attachment's subnet in the zone that it came from.

        Without one, it may leave by any of the attachment's subnets. In appliance mode the transit gateway picks one
        for a flow, and both directions use it: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
        """
        self.snapshot.of_vpc("Subnets", vpc_id)
        if attachment_id not in self.vpc_attachments:
            raise Unknown(attachment_id, "TransitGatewayVpcAttachments hasn't it", "its subnets")
        attachment = self.vpc_attachments[attachment_id]
        entries = [self.lookups.subnet(subnet_id, vpc_id) for subnet_id in sorted(attachment["SubnetIds"])]
        flow = frozenset({packet.source, packet.destination})
        key: tuple[object, ...] = (attachment_id, flow)
        if attachment.get("Options", {}).get("ApplianceModeSupport") != "enable":
            entries = [entry for entry in entries if zone_of(entry) == zone] or entries
            key = (attachment_id, packet.source, packet.destination)
        if not entries:
            raise Unknown(attachment_id, "TransitGatewayVpcAttachments shows no subnets of it", "its subnets")
        self._of_version(attachment, packet, trip)
        entry = self.choices.pick(key, attachment_id, entries, zone_of)
        account = self.lookups.account_of(vpc_id)
        trip = trip.through(vpc_id).by(Hop("transit_gateway_attachment", attachment_id, account, zone_of(entry)))
        return self.leave(entry, packet, trip, listed=False)
