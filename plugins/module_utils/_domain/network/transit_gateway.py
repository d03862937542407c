# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Path of a packet through transit gateways: attachments, route tables, and the VPC behind."""

from __future__ import annotations

from ipaddress import IPv4Network

from .packet_filters import Address, Decision, Packet
from .points import Lookups
from .snapshot import Item, Place, Unknown
from .trip import DELIVERED, DENIED, NO_ROUTE, Leave, Outcome, Trip, Verdict


class TransitGateways:
    """Outcomes of packets at transit gateways. leave: sends them on by the route table of an attachment's subnet."""

    def __init__(self, lookups: Lookups, leave: Leave) -> None:
        self.lookups = lookups
        self.snapshot = lookups.snapshot
        self.leave = leave

    def enter(self, id_: str, subnet: Item, packet: Packet, trip: Trip) -> Outcome:
        vpc_id = subnet["VpcId"]
        self.snapshot.of_vpc("Vpcs", vpc_id)
        self.snapshot.items("TransitGatewayVpcAttachments", self.snapshot.vpcs[vpc_id][0])
        attachment = next(
            (
                item
                for _place, item in self.snapshot.every("TransitGatewayVpcAttachments")
                if (item["TransitGatewayId"], item["VpcId"]) == (id_, vpc_id) and item["State"] == "available"
            ),
            None,
        )
        if attachment is None:
            decision = Decision("transit_gateway", (id_,), f"has no available attachment of {vpc_id}")
            return Outcome(Verdict(NO_ROUTE, trip.path, decision))
        attachment_id = attachment["TransitGatewayAttachmentId"]
        # https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html: only from the zones of its subnets.
        entries = [self.lookups.subnet(subnet_id, vpc_id) for subnet_id in attachment["SubnetIds"]]
        near = [entry for entry in entries if _zone(entry) == _zone(subnet)]
        if not near:
            message = f"has no subnet in the availability zone {_zone(subnet)} of {subnet['SubnetId']}"
            decision = Decision("transit_gateway_attachment", (attachment_id,), message)
            return Outcome(Verdict(NO_ROUTE, trip.path, decision))
        # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html, also where both are the same subnet.
        admitted, decision = self.lookups.network_acl(near[0], packet, egress=False)
        if not admitted:
            return Outcome(Verdict(DENIED, trip.path, decision))
        return self._in_transit_gateway(id_, attachment_id, _zone(subnet), packet, trip)

    def _in_transit_gateway(self, id_: str, attachment_id: str, zone: str, packet: Packet, trip: Trip) -> Outcome:
        if id_ in trip.path:
            loop = Decision("transit_gateway", (id_,), "the packet comes back to it: a loop, or no way that is shown")
            return Outcome(Verdict(NO_ROUTE, trip.path, loop))
        trip = trip.through(id_)
        tables = self.snapshot.every("TransitGatewayRouteTables")
        place = next((place for place, table in tables if table["TransitGatewayId"] == id_), None)
        if place is None:
            why = "its route tables aren't in the snapshot; only the account that owns it sees them"
            raise Unknown(id_, why, "a snapshot with that account")
        attachments = {
            item["TransitGatewayAttachmentId"]: item for item in self.snapshot.items("TransitGatewayAttachments", place)
        }
        association = self._association(attachments.get(attachment_id, {}))
        if association.get("State") != "associated":
            decision = Decision("transit_gateway_attachment", (attachment_id,), "is associated with no route table")
            return Outcome(Verdict(NO_ROUTE, trip.path, decision))
        table_id = association["TransitGatewayRouteTableId"]
        cidr, onward = self._transit_route(table_id, place, packet.destination)
        by = ("transit_gateway_route_table", (table_id,))
        if cidr is None or not onward:
            message = f"has no route to {packet.destination}" if cidr is None else f"the route {cidr} is a blackhole"
            return Outcome(Verdict(NO_ROUTE, trip.path, Decision(*by, message)))
        if len(onward) > 1:
            raise Unknown(table_id, f"{cidr} goes to {' and to '.join(sorted(onward))}", "one attachment for one range")
        (target,) = onward
        attachment = attachments.get(target)
        if attachment is None or attachment["State"] != "available":
            state = attachment["State"] if attachment else "deleted"
            return Outcome(Verdict(NO_ROUTE, trip.path, Decision(*by, f"{cidr} goes to {target}, which is {state}")))
        self._without_nat(attachment)
        if attachment["ResourceType"] == "vpc":
            return self._out_of_transit_gateway(attachment["ResourceId"], target, zone, packet, trip)
        if attachment["ResourceType"] == "peering":
            # Unverified: that both sides show the same attachment id, and the other gateway as ResourceId.
            return self._in_transit_gateway(attachment["ResourceId"], target, zone, packet, trip)
        why = f"{cidr} goes to {target}, of the type {attachment['ResourceType']}"
        raise Unknown(table_id, why, "what lies behind it, looked at by hand")

    def _association(self, attachment: Item) -> Item:
        """Return the attachment's association with a route table.

        Raises Unknown for a policy table or NAT, whose rules the trace doesn't follow.
        """
        association: Item = attachment.get("Association", {})
        if association.get("TransitGatewayPolicyTableId"):
            why = f"is associated with policy table {association['TransitGatewayPolicyTableId']}"
            raise Unknown(attachment["TransitGatewayAttachmentId"], why, "its rules, looked at by hand")
        self._without_nat(attachment)
        return association

    @staticmethod
    def _without_nat(attachment: Item) -> None:
        if attachment.get("NatGatewaySupport", "disabled") != "disabled":
            why = f"has NAT ({attachment['NatGatewaySupport']})"
            raise Unknown(attachment["TransitGatewayAttachmentId"], why, "its rules, looked at by hand")

    def _transit_route(self, table_id: str, place: Place, address: Address) -> tuple[IPv4Network | None, set[str]]:
        """Return the longest matching prefix, a static one before a propagated one, and the attachments it goes to.

        The prefix is None if no route matches; no attachments: a blackhole.
        https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
        """
        routes: list[tuple[IPv4Network, bool, set[str]]] = []
        complete = "TransitGatewayRoutes" in self.snapshot.places[place]
        for item in self._of_table(f"TransitGateway{'' if complete else 'Static'}Routes", place, table_id):
            if item.get("AdditionalRoutesAvailable"):
                raise Unknown(table_id, "the snapshot hasn't all of its routes", "all of them")
            for route in item["Routes"]:
                if ":" in route.get("DestinationCidrBlock", ":"):
                    continue  # IPv6
                targets = {to["TransitGatewayAttachmentId"] for to in route.get("TransitGatewayAttachments", ())}
                reached = targets if route["State"] == "active" else set()
                is_static = route.get("Type", "static") == "static"
                routes.append((IPv4Network(route["DestinationCidrBlock"]), is_static, reached))
        for item in () if complete else self._of_table("TransitGatewayPropagations", place, table_id):
            for propagation in item["TransitGatewayRouteTablePropagations"]:
                if propagation["State"] == "enabled":
                    target = {propagation["TransitGatewayAttachmentId"]}
                    routes += [(cidr, False, target) for cidr in self._propagated(table_id, propagation)]
        matching = [route for route in routes if address in route[0]]
        if not matching:
            return None, set()
        best = max((cidr.prefixlen, is_static) for cidr, is_static, _targets in matching)
        chosen = [route for route in matching if (route[0].prefixlen, route[1]) == best]
        return chosen[0][0], set().union(*(targets for _cidr, _is_static, targets in chosen))

    def _of_table(self, kind: str, place: Place, table_id: str) -> list[Item]:
        found = [i for i in self.snapshot.items(kind, place) if i["TransitGatewayRouteTableId"] == table_id]
        if not found:
            raise Unknown(f"{place.folder}{kind}.json", f"{table_id} isn't in it", f"all {kind} of {place}")
        return found

    def _propagated(self, table_id: str, propagation: Item) -> list[IPv4Network]:
        resource = propagation["ResourceId"]
        if propagation["ResourceType"] != "vpc" or resource not in self.snapshot.vpcs:
            why = f"{resource} ({propagation['ResourceType']}) propagates routes that the snapshot hasn't"
            raise Unknown(table_id, why, "a snapshot with the account that has it")
        return cidrs_of(self.snapshot.vpcs[resource][1])

    def _out_of_transit_gateway(
        self, vpc_id: str, attachment_id: str, zone: str, packet: Packet, trip: Trip
    ) -> Outcome:
        """Return the outcome of a packet that leaves by the attachment's subnet in the zone that it came from.

        If there is none, the packet may leave by any of the attachment's subnets, so all of them must let it through.
        """
        self.snapshot.of_vpc("Subnets", vpc_id)
        attachments = [
            item
            for _place, item in self.snapshot.every("TransitGatewayVpcAttachments")
            if item["TransitGatewayAttachmentId"] == attachment_id
        ]
        if not attachments:
            raise Unknown(attachment_id, "TransitGatewayVpcAttachments hasn't it", "its subnets")
        entries = [self.lookups.subnet(subnet_id, vpc_id) for subnet_id in sorted(attachments[0]["SubnetIds"])]
        near = [entry for entry in entries if _zone(entry) == zone]
        outcomes = [self.leave(entry, packet, trip.through(vpc_id), listed=False) for entry in near or entries]
        failed = [outcome for outcome in outcomes if outcome.verdict.verdict != DELIVERED]
        return (failed or outcomes)[0]


def cidrs_of(vpc: Item) -> list[IPv4Network]:
    blocks = vpc.get("CidrBlockAssociationSet") or [{"CidrBlock": vpc["CidrBlock"]}]
    states = ("associated", None)
    return [IPv4Network(b["CidrBlock"]) for b in blocks if b.get("CidrBlockState", {}).get("State") in states]


def _zone(subnet: Item) -> str:
    # Names of zones differ between accounts, their ids don't.
    zone: str = subnet.get("AvailabilityZoneId") or subnet["AvailabilityZone"]
    return zone
