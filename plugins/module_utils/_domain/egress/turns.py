# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the route tables that a hub's segments declare lead a packet, and which line decides that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address, ip_network
from typing import Any, NamedTuple

from ..hub import segments
from ..hub.segments import Attachment
from ..inventory import ways_out
from ..values import internet


class Turn(NamedTuple):
    """Turn of a packet in the route table of a segment.

    to: the attachment that it leaves by; "": it ends here; destination: of the route, "" if there is none
    decides: the variable; missing: the line that would add a route
    """

    segment: str
    to: str
    destination: str
    decides: str
    missing: str = ""


class _Found(NamedTuple):
    """A route that has the address. static: it beats a propagated one to the same destination."""

    length: int
    static: bool
    turn: Turn


class Turns:
    """Route tables of a hub's segments.

    hub: the host; declared: its hub_segments; attachments: all of its Transit Gateway; blackholes: hub_blackholes
    Raises Invalid for segments that segments.parse refuses.
    """

    def __init__(self, hub: str, declared: Any, attachments: Sequence[Attachment], blackholes: bool) -> None:
        self.hub = hub
        self.parsed = segments.parse(declared, f"{hub}.hub_segments")
        self.attachments = {attachment.name: attachment for attachment in attachments}
        self._defaults = segments.default_routes(declared, attachments)
        self._tables = segments.tables(declared, attachments, blackholes)

    def turn(self, segment: str, address: IPv4Address | None) -> Turn:
        """Return the turn of a packet from a member of a segment; address None: to all the internet."""
        found = list(self._routes(segment, address))
        if not found:
            return Turn(segment, "", "", "", self._missing(segment))
        return max(found, key=lambda one: (one.length, one.static)).turn

    def _routes(self, segment: str, address: IPv4Address | None) -> Iterator[_Found]:
        table = self._tables[segment]
        defaults = {route.destination for route in self._defaults[segment]}
        declared = {route.destination for route in self.parsed[segment].static_routes}
        for route in table.static_routes:
            if covers(route.destination, address):
                decides = f"hub_segments.{segment}.static_routes of {self.hub}"
                if route.destination in defaults:
                    decides = f"hub_segments.{self._exit(segment)}.egress of {self.hub}"
                yield _found(route.destination, Turn(segment, route.attachment or "", route.destination, decides))
        for dropped in table.blackholes:
            if covers(dropped, address):
                decides = f"hub_segments.{segment}.static_routes of {self.hub}"
                if dropped not in declared:
                    decides = f"hub_segments.{segment} of {self.hub} reaches none of it"
                yield _found(dropped, Turn(segment, "", dropped, decides))
        if address is None:
            return
        for cidr, name in self._propagated.get(segment, ()):
            if address in cidr:
                other = self.attachments[name].segment
                reached = "" if other == segment else f": it reaches {other}"
                turn = Turn(segment, name, str(cidr), f"hub_segments.{segment} of {self.hub}{reached}")
                yield _Found(cidr.prefixlen, False, turn)

    @cached_property
    def _propagated(self) -> dict[str, list[tuple[Any, str]]]:
        return {
            segment: [
                (ip_network(cidr), name)
                for name in table.propagations
                for cidr in self.attachments[name].cidrs
                if ":" not in cidr
            ]
            for segment, table in self._tables.items()
        }

    def reached(self, segment: str) -> list[str]:
        """Return the names of the attachments that a segment's table has routes to, without default routes."""
        return list(dict.fromkeys(name for _cidr, name in self._propagated[segment]))

    def exit_of(self, segment: str) -> str:
        """Return the attachment that a segment's default route leads to; "" if it has none."""
        return next(
            (str(r.attachment) for r in self._defaults[segment] if r.destination == internet.EVERYWHERE_IPV4), ""
        )

    def _exit(self, segment: str) -> str:
        return self.attachments[self.exit_of(segment)].segment

    def _missing(self, segment: str) -> str:
        """Return the line that gives a segment a default route."""
        leading = [name for name, one in self.parsed.items() if one.egress]
        if not leading:
            return f"{self.hub}: hub_segments.egress: {{egress: true}}, with the attachment of the egress account"
        reaches = ", ".join([*self.parsed[segment].reaches, leading[0]])
        return f"{self.hub}: hub_segments.{segment}.reaches: [{reaches}]"


def _found(destination: str, turn: Turn) -> _Found:
    return _Found(ip_network(destination).prefixlen, True, turn)


def covers(destination: str, address: IPv4Address | None) -> bool:
    """Return true if a CIDR has the address, or all the internet for None. A prefix list or IPv6 doesn't."""
    if "/" not in destination or ":" in destination:
        return False
    if address is None:
        return internet.is_everywhere(destination) and ip_network(destination).prefixlen == 0
    return address in ip_network(destination)


def is_private(address: IPv4Address) -> bool:
    """Return true for an address that the internet has no route to."""
    return any(covers(cidr, address) for cidr in internet.PRIVATE)


def attachments_of(
    hub: str, accounts: Mapping[str, Mapping[str, Any]], attached: Mapping[str, str]
) -> list[Attachment]:
    """Return the attachments of a hub's Transit Gateway.

    attached: {host: segment} of the inventory's hosts, the hub among them; what the hub lists itself comes instead.
    """
    variables = accounts[hub]
    own = variables.get("hub_vpc_attachments")
    listed = [*(own or ()), *(variables.get("hub_attachments") or ())]
    taken = {one["name"] for one in listed}
    found = [
        Attachment(host, segment, tuple(accounts[host].get("vpc_cidrs") or ()), str(accounts[host].get("account_id")))
        for host, segment in attached.items()
        if host not in taken and not (host == hub and own is not None)
    ]
    found += [
        Attachment(
            one["name"], one["segment"], tuple(one["cidrs"]), str(one.get("account_id", variables.get("account_id")))
        )
        for one in listed
    ]
    firewalls = variables.get("hub_firewall_attachments")
    if firewalls is None:
        egress = {host: one for host, one in accounts.items() if "egress" in (one.get("group_names") or ())}
        declared, region = variables["hub_segments"], variables.get("region")
        firewalls = ways_out.firewall_attachments(egress, declared, region) if egress else []
    return found + segments.others([*(variables.get("hub_other_attachments") or ()), *firewalls])
