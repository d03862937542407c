# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways of all packets through transit gateways, by their destination and, at policy tables, by what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..network import attachment_nat, firewalls, kinds
from ..network.addresses import zone_of
from ..network.points import TRANSIT, Crossed, Lookups
from ..network.snapshot import Item, Place, Unknown
from ..network.transit_gateway import TransitGateways, may_pass, refuse_unknown_state
from . import intervals, policies
from .intervals import Intervals
from .route_maps import Onward, RouteMaps
from .steps import State, lost, stop, way
from .ways import Decides, Reason, Way, reason

Leave = Callable[[Item, Intervals, State], Iterator[Way]]
TABLE = "transit_gateway_route_table"


class TransitWays:
    """Ways through the transit gateways of a snapshot. leave: ways on by the route table of an attachment's subnet"""

    def __init__(self, lookups: Lookups, maps: RouteMaps, transit: TransitGateways, leave: Leave) -> None:
        self.lookups, self.snapshot = lookups, lookups.snapshot
        self.maps, self.transit, self.leave = maps, transit, leave
        self._places: dict[str, Place] = {}
        self._of_vpc: dict[tuple[str, str], Item] = {}
        for item in self.transit.vpc_attachments.values():
            if may_pass(item):
                self._of_vpc.setdefault((item["TransitGatewayId"], item["VpcId"]), item)

    def premises(self) -> dict[str, Item]:
        """Return the attachments that are of no gateway or firewall, nor of a VPC that was read, by id."""
        found = (item for attachments in self.transit.attachments.values() for item in attachments.values())
        return {
            item["TransitGatewayAttachmentId"]: item
            for item in found
            if may_pass(item) and (item["ResourceType"] not in kinds.FOLLOWED_ATTACHMENTS or self._is_unread(item))
        }

    def owners(self) -> dict[str, str]:
        """Return {attachment of a VPC that wasn't read: the account that has it}."""
        return {id_: str(item.get("ResourceOwnerId", "")) for id_, item in self.premises().items() if _of_vpc(item)}

    def _is_unread(self, item: Item) -> bool:
        return _of_vpc(item) and item.get("ResourceId", "") not in self.snapshot.vpcs

    def from_premises(self, attachment_id: str, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of packets that come in by an attachment that is of no VPC."""
        attachment = self.premises()[attachment_id]
        yield from self._inside(attachment["TransitGatewayId"], attachment_id, to, state)

    def from_attachment(self, attachment: Item, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of packets that come in by an attachment of a VPC, from the state's zone."""
        yield from self._inside(attachment["TransitGatewayId"], attachment["TransitGatewayAttachmentId"], to, state)

    def enter(self, id_: str, subnet: Item, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of packets that a route of a subnet sends to a transit gateway. Raises Unknown."""
        vpc_id = subnet["VpcId"]
        self.snapshot.of_vpc("Vpcs", vpc_id)
        self.snapshot.items("TransitGatewayVpcAttachments", self.snapshot.vpcs[vpc_id][0])
        attachment = self._of_vpc.get((id_, vpc_id))
        if attachment is None:
            yield stop(to, state, Decides("transit_gateway", id_, f"has no available attachment of {vpc_id}"))
            return
        attachment_id = attachment["TransitGatewayAttachmentId"]
        entries = [self.lookups.subnet(subnet_id, vpc_id) for subnet_id in attachment["SubnetIds"]]
        zone = zone_of(subnet)
        near = [entry for entry in entries if zone_of(entry) == zone]
        says = "" if near else f"has no subnet in the availability zone {zone}"
        says = "its support for IPv6 is off" if _drops(attachment, state) else says
        if says:
            yield stop(to, state, Decides("transit_gateway_attachment", attachment_id, says))
            return
        # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html, also where both are the same subnet.
        onward = state.past(near[0]["SubnetId"], False)._replace(zone=zone)
        yield from self._inside(id_, attachment_id, to, onward)

    def _inside(self, id_: str, attachment_id: str, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of packets that come in by an attachment; where one isn't known, say so."""
        try:
            yield from list(self._by_attachment(id_, attachment_id, to, state))
        except Unknown as unknown:
            yield lost(to, state, reason(unknown))

    def _by_attachment(self, id_: str, attachment_id: str, to: Intervals, state: State) -> Iterator[Way]:
        here = f"{id_}/{attachment_id}"
        if here in state.seen:
            yield stop(to, state, Decides("transit_gateway", id_, "the packet comes back to it: a loop"))
            return
        state = state._replace(seen=state.seen | {here})
        place = self._place_of(id_)
        came_by = self.transit.attachments[place].get(attachment_id, {})
        refuse_unknown_state(came_by)
        attachment_nat.refuse(came_by)
        association: Item = came_by.get("Association") or {}
        policy_table = association.get("TransitGatewayPolicyTableId")
        if policy_table and association.get("State", "associated") == "associated":
            yield from self._by_policies(id_, policy_table, place, to, state)
            return
        table_id = self.transit.table(came_by, None)
        if not isinstance(table_id, str):
            says = "is associated with no route table"
            yield stop(to, state, Decides("transit_gateway_attachment", attachment_id, says))
            return
        yield from self._by_table(id_, table_id, place, to, state)

    def _by_policies(self, id_: str, policies_id: str, place: Place, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways of packets for which a policy table chooses the route table."""
        if state.nat is not None:
            raise Unknown(policies_id, "what NAT gateways sent isn't told apart by its rules", "a route table")
        for table_id, chosen in policies.tables(self.snapshot, policies_id, place, state.version):
            only = chosen if state.only is None else chosen & state.only
            part = state._replace(only=only)
            if only.is_empty:
                continue
            if table_id is None:
                yield stop(to, part, Decides("transit_gateway_policy_table", policies_id, "no rule matches"))
                continue
            hop = Decides("transit_gateway_policy_table", policies_id, f"chooses {table_id}")
            yield from self._by_table(id_, table_id, place, to, part.by(hop))

    def _place_of(self, id_: str) -> Place:
        if id_ not in self._places:
            self._places[id_] = self.transit.place_of(id_)
        return self._places[id_]

    def _by_table(self, id_: str, table_id: str, place: Place, to: Intervals, state: State) -> Iterator[Way]:
        for group in self.maps.of_transit(table_id, place, state.version):
            taken = intervals.both(to, group.addresses)
            if not taken:
                continue
            if group.unknown:
                yield lost(taken, state, group.unknown)
            elif not group.targets:
                yield stop(taken, state, Decides(TABLE, table_id, group.says))
            else:
                yield from self._to_attachment(id_, table_id, place, group, taken, state)

    def _to_attachment(
        self, id_: str, table_id: str, place: Place, group: Onward, to: Intervals, state: State
    ) -> Iterator[Way]:
        (target,) = group.targets
        attachment = self.transit.attachments[place].get(target)
        if attachment is None or not may_pass(attachment):
            status = attachment["State"] if attachment else "deleted"
            yield stop(to, state, Decides(TABLE, table_id, f"{target} is {status}"))
            return
        state = state.by(Decides(TABLE, table_id, group.says))._replace(came=Crossed(TRANSIT))
        if attachment_nat.is_on(attachment):
            why = "has NAT, by which what is behind it has other addresses"
            nat = Reason(target, why, "an attachment without NAT")
            yield lost(to, state, nat)._replace(behind=attachment.get("ResourceId", ""))
            return
        try:
            yield from list(self._onward(id_, attachment, to, state))
        except Unknown as unknown:
            yield lost(to, state, reason(unknown))

    def _onward(self, id_: str, attachment: Item, to: Intervals, state: State) -> Iterator[Way]:
        refuse_unknown_state(attachment)
        target, kind = attachment["TransitGatewayAttachmentId"], attachment["ResourceType"]
        resource = attachment.get("ResourceId", "")
        if kind == "vpc":
            if self._is_unread(attachment):
                yield way(to, state)._replace(premises=target)
                # Its own tables may send on what comes in.
                yield lost(to, state, Reason(resource, "the VPC isn't in the snapshot", "a snapshot of its account"))
                return
            yield from self._out(resource, target, to, state)
        elif kind in ("peering", "tgw-peering"):
            yield from self._inside(resource, self.transit.other_side(id_, resource, target), to, state)
        elif kind == "network-function":
            hop = Decides("network_function", target, firewalls.note(str(resource).rpartition("/")[2]))
            passed = state.by(hop)._replace(zone="", firewalls=(*state.firewalls, target))
            yield from self._inside(id_, target, to, passed)
        elif kind in kinds.PREMISES:
            yield way(to, state)._replace(premises=target)
        else:
            why = f"is of the type {kind}: a kind that isn't known"
            yield lost(to, state, Reason(target, why, "what lies behind it, looked at by hand"))

    def _out(self, vpc_id: str, attachment_id: str, to: Intervals, state: State) -> Iterator[Way]:
        """Yield the ways out by the attachment's subnets: that of the zone, or each that AWS may pick.

        https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
        """
        self.snapshot.of_vpc("Subnets", vpc_id)
        attachment = self.transit.vpc_attachments.get(attachment_id)
        if attachment is None or not attachment["SubnetIds"]:
            raise Unknown(attachment_id, "TransitGatewayVpcAttachments hasn't its subnets", "its subnets")
        if _drops(attachment, state):
            yield stop(to, state, Decides("transit_gateway_attachment", attachment_id, "its support for IPv6 is off"))
            return
        entries = [self.lookups.subnet(subnet_id, vpc_id) for subnet_id in sorted(attachment["SubnetIds"])]
        if attachment.get("Options", {}).get("ApplianceModeSupport") != "enable":
            entries = [entry for entry in entries if zone_of(entry) == state.zone] or entries
        for entry in entries:
            yield from self.leave(entry, to, state)


def _of_vpc(attachment: Item) -> bool:
    return bool(attachment["ResourceType"] == "vpc")


def _drops(attachment: Item, state: State) -> bool:
    return state.version == 6 and attachment.get("Options", {}).get("Ipv6Support") == "disable"
