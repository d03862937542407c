# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is asymmetric in words: account, subnets, route table, route, and what would be right; alike findings as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from .packet_filters import Decision
from .points import Lookups
from .routes import ends_of
from .snapshot import Item, Unknown
from .tracer import NOT_BACK, Flow
from .trip import Hop, Leg

SHOWN = 6
BETWEEN = "between each other"


@dataclass(frozen=True)
class Finding:
    """account, table, route: of what would have to change; subnets: from or to which flows suffer"""

    account: str | None
    subnets: tuple[str, ...]
    flows: str
    problem: str
    table: str
    route: str
    expected: str

    def __str__(self) -> str:
        where = ", ".join(filter(None, (f"account {self.account}" if self.account else "", self.table, self.route)))
        whose = f"{_listed(self.subnets)} {self.flows}: " if self.subnets else ""
        return f"{whose}{self.problem}; {where}; expected {self.expected}"


class _Right(NamedTuple):
    """Where a direction should go: by these firewalls to a VPC, or to a gateway where vpc_id is ""."""

    firewalls: tuple[str, ...]
    vpc_id: str
    gateway: str
    transit_gateway: str


class Findings:
    """Findings so far; a route that harms many subnets is one of them."""

    def __init__(self, lookups: Lookups) -> None:
        self.lookups = lookups
        self.snapshot = lookups.snapshot
        self._asymmetric: dict[tuple[str | None, str, str, str], Finding] = {}
        self._unknown: dict[str, list[str]] = {}
        self._warnings: dict[str, list[str]] = {}

    def asymmetric(self) -> tuple[Finding, ...]:
        return tuple(sorted(self._asymmetric.values(), key=str))

    def unknown(self) -> tuple[str, ...]:
        return _worded(self._unknown)

    def warnings(self) -> tuple[str, ...]:
        return _worded(self._warnings)

    # ---- kinds of findings

    def not_back(self, flow: Flow, leg: Leg, subnets: tuple[str, ...], flows: str) -> None:
        """Add a flow whose answer gets lost, or passes other firewalls."""
        decision = flow.decisive.verdict.decided_by
        passed, expected = flow.back[-1].firewalls, leg.firewalls[::-1]
        problem, hops, end = _lost(decision), flow.back[-1].hops, leg.start
        if decision.by == "network_firewall":
            problem = f"packets pass {_named(leg.firewalls)}, their answers {_named(passed)}"
            if leg.start and leg.end and len(passed) > len(expected):
                # The packet's way lacks a firewall that the answer's has: the answer's is taken as the right one.
                hops, expected, end = flow.there.hops, passed[::-1], leg.end
        right = _Right(expected, end.subnet["VpcId"] if end else "", leg.gateway, self._transit_gateway(flow))
        hop, target = self._culprit(hops, right)
        if hop is None:
            self._no_route(flow, decision, right, subnets, flows)
            return
        attachment = self._other_zone(flow, hop)
        if attachment:
            self.no_appliance_mode(attachment, self._vpcs[hop.id], subnets)
            return
        lost = decision.by != "network_firewall"
        destination = self._cidr(right.vpc_id) if lost and right.vpc_id else hop.destination
        self._add(Finding(hop.account, subnets, flows, problem, hop.table, hop.route, f"{destination} -> {target}"))

    def _no_route(self, flow: Flow, decision: Decision, right: _Right, subnets: tuple[str, ...], flows: str) -> None:
        """Add a flow whose answer ends at a table that has no route for it, or a blackhole."""
        table = decision.ids[0] if decision.by.endswith("route_table") else ""
        destination = self._cidr(right.vpc_id) if right.vpc_id else "a route"
        last = flow.back[-1].hops[-1] if flow.back[-1].hops else None
        target, account, route = "the firewall that the packets pass", None, ""
        if decision.by == "transit_gateway_route_table":
            target = self._attachment_of.get(right.vpc_id, "the attachment that the packets come from")
            places = (
                place
                for place, item in self.snapshot.every("TransitGatewayRouteTables")
                if item["TransitGatewayRouteTableId"] == table
            )
            account = next((place.account_id for place in places), None)
        elif last is not None:
            account, route = last.account, last.route
            left = [id_ for id_ in right.firewalls if id_ not in {hop.id for hop in flow.back[-1].hops}]
            target = self._right_target(last, left, right)
        words = f"{destination} -> {target}, active"
        self._add(Finding(account, subnets, flows, _lost(decision), table, route, words))

    def no_appliance_mode(self, attachment_id: str, vpc_id: str, subnets: tuple[str, ...] = ()) -> None:
        """Add an attachment that may send both directions of a flow to different zones.

        https://docs.aws.amazon.com/network-firewall/latest/developerguide/vpc-config-tgw-multi-az.html
        """
        problem = (
            f"{attachment_id} has firewalls behind it in several zones and appliance mode is off, "
            "so both directions of a flow may pass different ones"
        )
        account, right = self.lookups.account_of(vpc_id), f"appliance mode on {attachment_id}"
        self._add(Finding(account, subnets, BETWEEN, problem, attachment_id, "", right))

    def gets_nowhere(self, flow: Flow, subnet: Item, flows: str) -> None:
        """Warn of a way out by the centre that ends on the way. A subnet without a route out is just closed."""
        if any(hop.kind in ("transit_gateway", "firewall_endpoint", "nat_gateway") for hop in flow.there.hops):
            decision = flow.there.verdict.decided_by
            words = f"{flows} nothing arrives: {', '.join(decision.ids)} {decision.message}"
            self._warnings.setdefault(words, []).append(subnet["SubnetId"])

    def crosses_zones(self, flow: Flow) -> None:
        """Warn of routes that lead to a firewall or NAT gateway in another zone: its failure stops both zones."""
        for part in (flow.there, *flow.back):
            for hop, onward in zip(part.hops, part.hops[1:]):
                crosses = hop.kind == "subnet" and hop.zone and onward.zone and hop.zone != onward.zone
                if crosses and onward.kind in ("firewall_endpoint", "nat_gateway"):
                    words = f"{hop.table}: {hop.route} leads from {hop.zone} to {onward.zone}: cross-zone, no asymmetry"
                    self._warnings.setdefault(words, []).append(hop.id)

    def is_unknown(self, unknown: Unknown, subnet: Item | None = None) -> None:
        words = f"{unknown.option}: {unknown.problem}"
        found = self._unknown.setdefault(words, [])
        if subnet is not None:
            found.append(subnet["SubnetId"])

    def ipv6(self, table: Item, route: Item, subnet: Item) -> None:
        destination, target = ends_of(route)
        words = f"{table['RouteTableId']}: {destination} -> {target}: paths of IPv6 aren't looked at"
        self._unknown.setdefault(words, []).append(subnet["SubnetId"])

    def beyond(self, attachment: Item) -> None:
        id_, kind = attachment["TransitGatewayAttachmentId"], attachment["ResourceType"]
        self._warnings.setdefault(f"{id_}: of the type {kind}, whose flows aren't looked at", [])

    # ---- who is to blame

    def _culprit(self, hops: Sequence[Hop], right: _Right) -> tuple[Hop | None, str]:
        """Return the first hop whose route leads elsewhere than the other direction came from, and where it should."""
        left = list(right.firewalls)
        last: tuple[Hop | None, str] = (None, "")
        for hop in hops:
            if hop.kind in ("firewall_endpoint", "network_function"):
                if left[:1] != [hop.id]:
                    return last
                left = left[1:]
            if not hop.table:
                continue
            target = self._right_target(hop, left, right)
            last = (hop, target)
            # A local route is right unless a firewall of this VPC comes first.
            if hop.target != target and (hop.target != "local" or target in self._endpoint_vpcs):
                return last
        return None, ""

    def _right_target(self, hop: Hop, left: list[str], right: _Right) -> str:
        """Return where a hop's route should lead. left: the firewalls that are still to be passed."""
        onward = self._endpoint_vpcs.get(left[0], left[0]) if left else right.vpc_id
        if hop.kind == "transit_gateway":
            return self._attachment_of.get(onward, onward)
        here = self._vpcs.get(hop.id, onward)
        if left and onward == here:
            return left[0]
        if not right.vpc_id:
            return right.gateway
        return "local" if here == right.vpc_id else right.transit_gateway

    def _cidr(self, vpc_id: str) -> str:
        return str(self.snapshot.vpcs[vpc_id][1].get("CidrBlock", vpc_id))

    @staticmethod
    def _transit_gateway(flow: Flow) -> str:
        hops = (hop for part in (flow.there, *flow.back) for hop in part.hops if hop.kind == "transit_gateway")
        return next((hop.id for hop in hops), "")

    def _other_zone(self, flow: Flow, hop: Hop) -> str:
        """Return the attachment by whose other zone the flow's other direction enters the hop's VPC; "" if none."""
        attachment = self._attachment_of.get(self._vpcs.get(hop.id, ""), "")
        item = self._attachments.get(attachment, {})
        if item.get("Options", {}).get("ApplianceModeSupport") == "enable":
            return ""
        entered = [set(_entries(part.hops, attachment)) for part in (flow.there, flow.back[-1])]
        return attachment if all(entered) and entered[0] != entered[1] else ""

    @cached_property
    def _vpcs(self) -> dict[str, str]:
        return {subnet["SubnetId"]: subnet["VpcId"] for _place, subnet in self.snapshot.every("Subnets")}

    @cached_property
    def _endpoint_vpcs(self) -> dict[str, str]:
        return {item["VpcEndpointId"]: item["VpcId"] for _place, item in self.snapshot.every("VpcEndpoints")}

    @cached_property
    def _attachments(self) -> dict[str, Item]:
        found = (item for _place, item in self.snapshot.every("TransitGatewayVpcAttachments"))
        return {item["TransitGatewayAttachmentId"]: item for item in found if item["State"] == "available"}

    @cached_property
    def _attachment_of(self) -> dict[str, str]:
        return {item["VpcId"]: id_ for id_, item in self._attachments.items()}

    def _add(self, finding: Finding) -> None:
        key = (finding.account, finding.table, finding.route, finding.expected)
        known = self._asymmetric.get(key)
        if known:
            subnets = tuple(sorted({*known.subnets, *finding.subnets}))
            finding = replace(known if known.subnets else finding, subnets=subnets)
        self._asymmetric[key] = finding


def _entries(hops: Sequence[Hop], attachment_id: str) -> Iterator[str]:
    """Yield the zones in which hops leave a transit gateway by an attachment."""
    for before, hop in zip(hops, hops[1:]):
        if hop.id == attachment_id and before.kind == "transit_gateway":
            yield hop.zone


def _listed(names: Sequence[str]) -> str:
    distinct = sorted(set(names))
    more = len(distinct) - SHOWN
    return ", ".join(distinct[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _worded(found: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{words} ({_listed(subnets)})" if subnets else words for words, subnets in found.items()))


def _lost(decision: Decision) -> str:
    message = decision.message.removeprefix(NOT_BACK)
    return f"answers get lost at {', '.join(decision.ids)}: {message}"


def _named(firewalls: tuple[str, ...]) -> str:
    return ", then ".join(firewalls) if firewalls else "no firewall"
