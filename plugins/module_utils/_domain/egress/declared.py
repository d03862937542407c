# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The routes that an inventory declares: of a tier's subnets, and of the hub's segments, to the internet or a host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

from ..inventory import relations
from ..values import cidrs, internet
from .turns import Turn, Turns, attachments_of, covers

Accounts = Mapping[str, Mapping[str, Any]]

# Targets of a tier's route.
LOCAL, TRANSIT_GATEWAY, INTERNET_GATEWAY, NAT_GATEWAY = "local", "transit_gateway", "internet_gateway", "nat_gateway"
OF_INTERNET = {"gateway": INTERNET_GATEWAY, "direct": INTERNET_GATEWAY, "nat": NAT_GATEWAY}
DEFAULT_TIERS = ("app",)
ATTACHED_TIER = "tgw"


class Route(NamedTuple):
    """Route of a tier's subnets. decides: the variable that declares it, such as `spoke_destinations of alpha`."""

    destination: str
    target: str
    decides: str


class Tier(NamedTuple):
    """Tier of a host's VPC. internet: none, gateway, direct or nat; subnets: {AZ id: CIDR}, {} if AWS has them only."""

    name: str
    internet: str
    subnets: Mapping[str, str]


class Network:
    """The network that an inventory declares.

    accounts: the variables of each host. It reads group_names, region, vpc_cidrs, vpc_tiers, vpc_availability_zone_ids,
    vpc_az_slots, vpc_flows, spoke_*, hub_* and egress_*. They must be valid (see inventory.checks).
    """

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    @cached_property
    def hubs(self) -> dict[str, Mapping[str, Any]]:
        return {host: one for host, one in self.accounts.items() if one.get("hub_segments")}

    def hub_of(self, host: str) -> str:
        """Return the hub that a host is attached to; "" if none."""
        if host in self.hubs:
            return host if self.accounts[host].get("hub_segment") else ""
        if not relations.is_attached(self.accounts[host]):
            return ""
        return next(iter(relations.hubs_of(self.accounts[host], self.hubs)), "")

    def segment_of(self, host: str) -> str:
        variables = self.accounts[host]
        return str(variables.get("hub_segment" if host in self.hubs else "spoke_segment") or "")

    def in_group(self, host: str, group: str) -> bool:
        return group in (self.accounts[host].get("group_names") or ())

    @cached_property
    def egress_hosts(self) -> list[str]:
        return [host for host in self.accounts if self.in_group(host, "egress")]

    def egress_of(self, hub: str) -> str:
        """Return the egress host that is attached to this hub, or is the hub itself; "" if none."""
        return next((host for host in self.egress_hosts if hub in (host, self.hub_of(host))), "")

    def tiers(self, host: str) -> list[Tier]:
        """Return the tiers of a host's VPC, without the one of its attachment, in which nothing runs."""
        variables = self.accounts[host]
        declared = [tier for tier in variables.get("vpc_tiers") or () if tier["name"] != self.attached_tier(host)]
        if not declared:
            return [Tier(name, "none", {}) for name in self.attached_tiers(host)]
        laid_out = self._laid_out(host)
        return [
            Tier(
                tier["name"],
                tier.get("internet") or "none",
                {zone: cidr for (name, zone), cidr in laid_out.items() if name == tier["name"]},
            )
            for tier in declared
        ]

    def attached_tier(self, host: str) -> str:
        return str(self.accounts[host].get("spoke_attachment_tier") or ATTACHED_TIER)

    def _laid_out(self, host: str) -> dict[tuple[str, str], str]:
        variables = self.accounts[host]
        if variables.get("vpc_id"):
            return {}  # adopted: only AWS knows its subnets
        zones, slots = variables.get("vpc_availability_zone_ids") or [], variables.get("vpc_az_slots") or 4
        return cidrs.lay_out(list(variables["vpc_cidrs"]), list(variables["vpc_tiers"]), list(zones), slots)

    def tiers_of_address(self, host: str, networks: Sequence[IPv4Network]) -> list[Tier]:
        """Return the tiers with subnets in these networks; all tiers if the inventory doesn't tell subnets."""
        tiers = self.tiers(host)
        found = [
            tier
            for tier in tiers
            if any(IPv4Network(cidr).overlaps(one) for cidr in tier.subnets.values() for one in networks)
        ]
        return found or tiers

    def prefix(self, host: str) -> str:
        """Return the prefix of the variables of a host's attachment: hub or spoke."""
        return "hub" if host in self.hubs else "spoke"

    def attached_tiers(self, host: str) -> list[str]:
        return list(self.accounts[host].get(f"{self.prefix(host)}_tiers") or DEFAULT_TIERS)

    def destinations(self, host: str) -> list[str]:
        """Return the IPv4 CIDRs that the VPC's routes send to the Transit Gateway; [] if it isn't attached."""
        hub = self.hub_of(host)
        if not hub:
            return []
        given = self.accounts[host].get(f"{self.prefix(host)}_destinations")
        if given is None:
            given = self._behind_hub(hub) if host == hub else self.accounts[hub].get("vpc_cidrs") or []
        return [destination for destination in given if "/" in destination and ":" not in destination]

    def _behind_hub(self, hub: str) -> list[str]:
        attached = [host for host in self.accounts if host != hub and self.hub_of(host) == hub]
        return [cidr for host in attached for cidr in self.accounts[host].get("vpc_cidrs") or ()]

    def routes(self, host: str, tier: Tier) -> Iterator[Route]:
        """Yield the routes of a tier's subnets; of two with one destination, the first counts."""
        for cidr in self.accounts[host].get("vpc_cidrs") or ():
            yield Route(cidr, LOCAL, "AWS: the VPC's own route")
        own = OF_INTERNET.get(tier.internet)
        if tier.internet == "direct" and own:
            yield Route(internet.EVERYWHERE_IPV4, own, f"vpc_tiers of {host}: {tier.name} has internet: direct")
        if tier.name in self.attached_tiers(host):
            for destination in self.destinations(host):
                yield Route(destination, TRANSIT_GATEWAY, f"{self.prefix(host)}_destinations of {host}")
        if own:
            yield Route(
                internet.EVERYWHERE_IPV4, own, f"vpc_tiers of {host}: {tier.name} has internet: {tier.internet}"
            )

    def route(self, host: str, tier: Tier, address: IPv4Address | None) -> Route | None:
        """Return the longest route to an address; None stands for all the internet."""
        return longest(list(self.routes(host, tier)), address)

    @cached_property
    def _turns(self) -> dict[str, Turns]:
        found = {}
        for hub, variables in self.hubs.items():
            attached = {host: self.segment_of(host) for host in self.accounts if self.hub_of(host) == hub}
            attachments = attachments_of(hub, self.accounts, attached)
            found[hub] = Turns(hub, variables["hub_segments"], attachments, bool(variables.get("hub_blackholes")))
        return found

    def turn(self, host: str, address: IPv4Address | None) -> Turn:
        """Return the turn of a packet that comes into the hub from an attached host. None: to all the internet."""
        return self._turns[self.hub_of(host)].turn(self.segment_of(host), address)

    def reaches(self, hub: str, segment: str) -> tuple[str, ...]:
        """Return the segments that a segment declares to reach."""
        return self._turns[hub].parsed[segment].reaches

    def reached(self, host: str) -> list[str]:
        """Return the hosts that an attached host's table has routes to, besides default routes."""
        names = self._turns[self.hub_of(host)].reached(self.segment_of(host))
        return [name for name in names if name in self.accounts and name != host]

    def behind(self, hub: str, attachment: str) -> str:
        """Return the host of an attachment; of a firewall's own, or of a hub's further VPC, the egress host."""
        turns = self._turns[hub]
        own = turns.attachments.get(attachment)
        if (
            own
            and turns.parsed[own.segment].egress
            and not (attachment in self.accounts and self.in_group(attachment, "egress"))
        ):
            return self.egress_of(hub)
        return attachment


def longest(routes: Sequence[Route], address: IPv4Address | None) -> Route | None:
    """Return the longest of these routes to an address; None stands for all the internet."""
    matching = [route for route in routes if covers(route.destination, address)]
    if not matching and address is None:
        # The internet in parts, such as 0.0.0.0/1 and 128.0.0.0/1.
        for target in dict.fromkeys(route.target for route in routes):
            parts = [route for route in routes if route.target == target]
            if internet.mean_everywhere(route.destination for route in parts):
                return parts[-1]._replace(destination=", ".join(route.destination for route in parts))
    return max(matching, key=lambda route: IPv4Network(route.destination).prefixlen, default=None)
