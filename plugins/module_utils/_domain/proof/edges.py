# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways beyond routes of VPCs: exits to the internet and to premises, what comes in there, services, what wasn't read.

Where they aren't known, the pair of sites has the object and why; both, where one of them may start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..network.snapshot import Unknown
from . import exits, inbound, relays
from .packet_sets import TooManyBoxes
from .ways import ANYWHERE, INTERNET, Edge, Reason, Site, Way, reason

if TYPE_CHECKING:
    from .reachability import Reachability

# Kinds without which ways or ends of an account may be missed; the others are asked for where they decide.
# A snapshot that says when it was read (Read.json) has them all, but for those that were denied.
NEEDED = (
    *("ClientVpnEndpoints", "InternetGateways", "LatticeResourceAssociations", "LatticeServiceAssociations"),
    *("LatticeVpcAssociations", "LoadBalancers", "NatGateways", "NetworkInterfaces", "RouteTables"),
    *("ServiceConfigurations", "Subnets", "TransitGatewayAttachments", "TransitGatewayRouteTables"),
    *("TransitGatewayRoutes", "TransitGatewayVpcAttachments", "VpcEndpoints", "VpcPeeringConnections", "Vpcs"),
    "VpnGateways",
)

# Those of them that tell what passes packets on to other accounts.
PASSES_ON = frozenset({"LoadBalancers", "NetworkInterfaces", "Subnets", "VpcEndpoints"})


def at_exit(reach: Reachability, source: Site, place: str, way: Way) -> Iterable[Edge]:
    """Return what becomes of packets of a site at the exit of a way. place: the subnet that the way starts in"""
    try:
        return list(exits.at_exit(reach, source, place, way))
    except TooManyBoxes as many:
        return list(exits.lost(reach, source, way, too_many(str(source), many)))


def further(reach: Reachability) -> Iterable[Edge]:
    """Return the ways that no route of a sender's VPC shows."""
    found = [*_unread(reach)]
    for ways in (inbound.from_internet, inbound.from_gateways, inbound.by_internet, relays.relayed, relays.opaque):
        found += _known(ways(reach))
    return found


class Edges:
    """Both, as reachability.compute takes them."""

    at_exit = staticmethod(at_exit)
    further = staticmethod(further)


def _known(found: Iterator[Edge]) -> Iterator[Edge]:
    """Yield edges; where it isn't known which there are, every pair may have one."""
    try:
        yield from found
    except Unknown as unknown:
        yield Edge(ANYWHERE, ANYWHERE, unknown=(reason(unknown),))
    except TooManyBoxes as many:
        yield Edge(ANYWHERE, ANYWHERE, unknown=(too_many("ways beyond routes", many),))


def too_many(id_: str, many: TooManyBoxes) -> Reason:
    return Reason(id_, f"its packets can't be worked out: {many}", "fewer rules, or addresses next to each other")


def _unread(reach: Reachability) -> Iterator[Edge]:
    """Yield the edges of accounts of which something wasn't read: they may reach anybody, and anybody them."""
    snapshot = reach.world.snapshot
    for place in snapshot.places:
        denied = snapshot.unread.get(place, {})
        told = bool(snapshot.read.get(place))
        missing = [kind for kind in NEEDED if kind in denied or told and kind not in snapshot.places[place]]
        if not missing or not place.account_id:
            continue
        reasons = tuple(
            Reason(
                f"{place.folder}{kind}.json",
                f"it couldn't be read ({denied[kind]})" if kind in denied else "it isn't in the snapshot",
                f"all {kind} of {place}",
            )
            for kind in missing
        )
        for site in reach.sites_of(place.account_id) or (Site(place.account_id, "", ""),):
            yield Edge(site, ANYWHERE, unknown=reasons)
            yield Edge(ANYWHERE, site, unknown=reasons)
        if PASSES_ON.intersection(missing):
            yield from _passed_on(reach, place.account_id, reasons)


def _passed_on(reach: Reachability, account_id: str, reasons: tuple[Reason, ...]) -> Iterator[Edge]:
    """Yield the edges of those who reach an account of which it isn't known what it passes on: to whom it reaches."""
    sites = reach.sites_of(account_id)
    senders = {a for site in sites for a, flow in reach.towards(site) if not flow.forward.is_empty}
    behind = {b for site in sites for b in reach.sites if not reach.direct(site, b).forward.is_empty}
    for one in sorted({*senders, INTERNET}):
        yield from (Edge(one, other, unknown=reasons) for other in sorted(behind) if one != other)
