# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which accounts an inventory lets reach which: by segments of its hubs, by PrivateLink, and to the internet.

Ends are account IDs, `internet`, and `premises/ATTACHMENT-ID` for what is behind an attachment that is no VPC. What
nobody declares is declared closed, also between accounts that the inventory doesn't know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from ipaddress import ip_network
from typing import Any, NamedTuple

from ..hub import segments
from ..hub.segments import Attachment
from ..inventory import relations
from ..privatelink import acceptance
from ..roster import cloud_of
from ..values import internet

Hosts = Mapping[str, Mapping[str, Any]]
INTERNET, PREMISES = "internet", "premises/"
SERVICES, ENDPOINTS = "privatelink_provider_services", "privatelink_consumer_endpoints"
# The segment of a host that is in none, for reports.
NO_SEGMENT = "(no segment)"
# How a tier of a VPC reaches the internet by its own gateway.
OWN_EXITS = ("gateway", "nat", "direct")


class Declared(NamedTuple):
    """Declaration about an ordered pair. why: the variable and host that declare it, "nobody declares it" if closed.

    required: both declare routes to each other, so a pair that is closed is a problem, too
    """

    open: bool
    required: bool
    why: str


CLOSED = Declared(False, False, "nobody declares it")


class Member(NamedTuple):
    """End of a hub's segment. destinations: CIDRs that its routes lead to the hub; None: the inventory doesn't tell."""

    name: str
    end: str
    hub: str
    segment: str
    cidrs: tuple[str, ...] = ()
    destinations: tuple[str, ...] | None = None


class Declaration:
    """Declared reachability of an inventory.

    accounts: the variables of each host, valid ones (inventory.checks). It reads account_id, region, cloud, vpc_cidrs,
    vpc_ipv6_cidrs, vpc_tiers, vpc_nat_gateways, spoke_segment, spoke_attached, spoke_destinations, hub_segments,
    hub_segment, hub_destinations, hub_attachments, hub_vpc_attachments, hub_other_attachments, SERVICES and ENDPOINTS.
    today: the day that the ledgers of services are compared with
    """

    def __init__(self, accounts: Hosts, today: date) -> None:
        self.accounts = {
            host: one for host, one in accounts.items() if one.get("account_id") and cloud_of(one) == "aws"
        }
        self.today = today

    @cached_property
    def hosts_of(self) -> dict[str, tuple[str, ...]]:
        """{account ID: its hosts}"""
        found: dict[str, list[str]] = {}
        for host, one in self.accounts.items():
            found.setdefault(str(one["account_id"]), []).append(host)
        return {account: tuple(hosts) for account, hosts in found.items()}

    def regions_of(self, account_id: str) -> set[str]:
        """Return the regions that an account's hosts declare."""
        told = (self.accounts[host].get("region") for host in self.hosts_of.get(account_id, ()))
        return {str(region) for region in told if region}

    @cached_property
    def hubs(self) -> dict[str, Mapping[str, Any]]:
        return {host: one for host, one in self.accounts.items() if one.get("hub_segments")}

    @cached_property
    def members(self) -> dict[str, tuple[Member, ...]]:
        """{end: its memberships in segments}"""
        found: dict[str, list[Member]] = {}
        for hub in self.hubs:
            for member in self._members_of(hub):
                found.setdefault(member.end, []).append(member)
        return {end: tuple(members) for end, members in found.items()}

    def segment_of(self, end: str) -> str:
        """Return the segment of an end, with its hub where there are several; NO_SEGMENT if it is in none."""
        if end == INTERNET:
            return INTERNET
        told = dict.fromkeys(
            member.segment if len(self.hubs) == 1 else f"{member.hub}/{member.segment}"
            for member in self.members.get(end, ())
        )
        return ", ".join(told) or NO_SEGMENT

    def leads_out(self, host: str) -> bool:
        """Return true if other accounts leave by a host's VPC or firewall: its segment is a way out of theirs."""
        for member in self.members.get(str(self.accounts[host]["account_id"]), ()):
            segment = segments.parse(self.hubs[member.hub]["hub_segments"]).get(member.segment)
            if segment and (segment.egress or segment.internet_of):
                return True
        return self.accounts[host].get("egress_topology") is not None

    def between(self, one: str, other: str) -> Declared:
        """Return what is declared about packets from one end to the other."""
        if INTERNET in (one, other):
            why = self._to_internet.get(one) if other == INTERNET else self._from_internet.get(other)
            return Declared(True, False, why) if why else CLOSED
        mine, theirs = self.members.get(one, ()), self.members.get(other, ())
        for member in mine:
            for target in theirs:
                declared = self._reached[member.hub].get((member.segment, target.segment))
                if declared and member.hub == target.hub:
                    return Declared(True, _meet(member, target) and _meet(target, member), declared)
        shared = self._privatelink.get((one, other)) or self._over_peering(mine, theirs)
        return Declared(True, False, shared) if shared else CLOSED

    def _members_of(self, hub: str) -> Iterator[Member]:
        variables = self.hubs[hub]
        own, listed = variables.get("hub_vpc_attachments"), variables.get("hub_attachments")
        for one in (*(own or ()), *(listed or ())):
            account = str(one.get("account_id") or variables["account_id"])
            yield Member(one["name"], account, hub, one["segment"], tuple(one["cidrs"]))
        spokes = list(self._spokes(hub)) if listed is None else []
        if own is None and variables.get("hub_segment") is not None:
            behind = tuple(cidr for spoke in spokes for cidr in spoke.cidrs)
            given = variables.get("hub_destinations")
            leads = behind if given is None else tuple(given)
            cidrs = (*(variables.get("vpc_cidrs") or ()), *relations.ipv6_cidrs(variables, "hub"))
            yield Member(hub, str(variables["account_id"]), hub, variables["hub_segment"], cidrs, leads)
        yield from spokes
        for one in variables.get("hub_other_attachments") or ():
            yield Member(one["name"], PREMISES + one["attachment_id"], hub, one["segment"], tuple(one["cidrs"]))

    def _spokes(self, hub: str) -> Iterator[Member]:
        variables = self.hubs[hub]
        behind = (*(variables.get("vpc_cidrs") or ()), *relations.ipv6_cidrs(variables, "hub"))
        for host, spoke in self.accounts.items():
            attached = host not in self.hubs and relations.is_attached(spoke) and spoke.get("vpc_cidrs")
            if attached and relations.hubs_of(spoke, self.hubs)[:1] == [hub]:
                given = spoke.get("spoke_destinations")
                leads = behind if given is None else tuple(given)
                cidrs = (*spoke["vpc_cidrs"], *relations.ipv6_cidrs(spoke, "spoke"))
                yield Member(host, str(spoke["account_id"]), hub, spoke["spoke_segment"], cidrs, leads)

    @cached_property
    def _reached(self) -> dict[str, dict[tuple[str, str], str]]:
        """{hub: {(segment, segment): what declares that their members reach each other}}"""
        return {hub: _segment_pairs(hub, one["hub_segments"]) for hub, one in self.hubs.items()}

    def _over_peering(self, mine: Sequence[Member], theirs: Sequence[Member]) -> str:
        """Return what declares a peering between two hubs, which each of them lists with the CIDRs behind it."""
        for member in mine:
            for target in (one for one in theirs if one.hub != member.hub):
                ways = [self._peering(*pair) for pair in ((member, target), (target, member))]
                if all(ways):
                    return ", ".join(ways)
        return ""

    def _peering(self, member: Member, target: Member) -> str:
        for one in self.hubs[member.hub].get("hub_other_attachments") or ():
            reached = (member.segment, one["segment"]) in self._reached[member.hub]
            if one["resource_type"] == "peering" and reached and _overlap(one["cidrs"], target.cidrs):
                return f"hub_other_attachments of {member.hub}: {one['name']}"
        return ""

    @cached_property
    def _privatelink(self) -> dict[tuple[str, str], str]:
        """{(consumer's account, provider's): what declares it}, for services whose ledger has the consumer today."""
        found: dict[tuple[str, str], str] = {}
        for host, consumer in self.accounts.items():
            for endpoint in consumer.get(ENDPOINTS) or ():
                service = endpoint.get("service") or {}
                offer = self._offer(service)
                if offer is None or endpoint.get("state", "present") == "absent":
                    continue
                account = str(consumer["account_id"])
                if _is_approved(offer, account, self.today):
                    provider = service["host"]
                    pair = (account, str(self.accounts[provider]["account_id"]))
                    found[pair] = f"{ENDPOINTS} of {host} and {SERVICES} of {provider}: {service['name']}"
        return found

    def _offer(self, service: Mapping[str, Any]) -> Mapping[str, Any] | None:
        offers = self.accounts.get(service.get("host", ""), {}).get(SERVICES) or ()
        present = (one for one in offers if one.get("state", "present") != "absent")
        return next((one for one in present if one.get("name") == service.get("name")), None)

    @cached_property
    def _to_internet(self) -> dict[str, str]:
        """{account: what declares that it reaches the internet}"""
        found: dict[str, str] = {}
        for host, one in self.accounts.items():
            account = str(one["account_id"])
            tiers = [tier["name"] for tier in one.get("vpc_tiers") or () if tier.get("internet") in OWN_EXITS]
            if tiers:
                found[account] = f"vpc_tiers of {host}: {', '.join(tiers)}"
        for end, members in self.members.items():
            for member in members:
                why = self._exit_of(member)
                if why:
                    found.setdefault(end, why)
        return found

    def _exit_of(self, member: Member) -> str:
        parsed = segments.parse(self.hubs[member.hub]["hub_segments"])
        reached = self._reached[member.hub]
        exits = [name for name, one in parsed.items() if one.egress and (member.segment, name) in reached]
        leads = member.destinations is None or internet.mean_everywhere(filter(_is_cidr, member.destinations))
        return f"hub_segments.{exits[0]}.egress of {member.hub}" if exits and leads else ""

    @cached_property
    def _from_internet(self) -> dict[str, str]:
        """{account: what declares that the internet reaches it}"""
        found: dict[str, str] = {}
        for host, one in self.accounts.items():
            flows = [flow for flow in one.get("vpc_flows") or () if flow.get("from") == INTERNET]
            if flows:
                found[str(one["account_id"])] = f"vpc_flows of {host}: from internet to {flows[0].get('to')}"
        return found


def _segment_pairs(hub: str, declared: Any) -> dict[tuple[str, str], str]:
    """Return {(segment, segment): what declares it} in both orders; a segment is paired with itself if not isolated."""
    parsed = segments.parse(declared)
    # Two members of each segment tell all: what is declared of one is declared of each.
    two = [Attachment(f"{name}/{number}", name, (), "") for name in parsed for number in (1, 2)]
    found = {}
    for one, other in segments.declared(declared, two):
        pair = one.rpartition("/")[0], other.rpartition("/")[0]
        found[pair] = _who_declares(hub, parsed, pair)
    for name, segment in parsed.items():
        # Who reaches a firewall's segment leaves by the VPC behind the firewall, whose answers come back.
        for other in [pair[1] for pair in found if pair[0] == segment.internet_of and pair[1] != name]:
            found.setdefault((name, other), f"hub_segments.{name}.internet_of of {hub}")
            found.setdefault((other, name), f"hub_segments.{name}.internet_of of {hub}")
    return found


def _who_declares(hub: str, parsed: Mapping[str, segments.Segment], pair: tuple[str, str]) -> str:
    one, other = pair
    if one == other:
        return f"hub_segments.{one} of {hub} isn't isolated"
    key = "reaches" if other in parsed[one].reaches or one in parsed[other].reaches else "internet_of"
    holder = one if other in (*parsed[one].reaches, parsed[one].internet_of) else other
    return f"hub_segments.{holder}.{key} of {hub}"


def _is_approved(offer: Mapping[str, Any], account_id: str, today: date) -> bool:
    """Return true if a service's ledger has the account, and its entry hasn't expired."""
    entries = [
        {**entry, "expires": None if entry.get("expires") is None else str(entry["expires"])}
        for entry in offer.get("consumers") or ()
    ]
    found = acceptance.parse("consumers", entries).get(account_id)
    if found is not None:
        return found.is_valid(today)
    return offer.get("acceptance_required") is False and _is_named(offer, account_id)


def _is_named(offer: Mapping[str, Any], account_id: str) -> bool:
    principals = offer.get("allowed_principals") or ()
    return bool(offer.get("allow_any_principal")) or any(
        acceptance.account_of(str(principal)) == account_id for principal in principals
    )


def _meet(sender: Member, receiver: Member) -> bool:
    """Return true if the sender's declared routes lead to the hub for addresses of the receiver, default routes aside.

    A default route is for the internet: the hub's tables drop what it has for private addresses.
    """
    leads = [one for one in sender.destinations or () if one not in internet.EVERYWHERE]
    return _overlap(leads, receiver.cidrs)


def _overlap(some: Iterable[str], others: Iterable[str]) -> bool:
    return any(_meet_in(cidr, other) for cidr in some if _is_cidr(cidr) for other in others)


@lru_cache(maxsize=65536)
def _meet_in(cidr: str, other: str) -> bool:
    one, network = ip_network(cidr), ip_network(other)
    return one.version == network.version and one.overlaps(network)


def _is_cidr(destination: str) -> bool:
    """Return false for the ID of a prefix list, whose entries the inventory doesn't tell."""
    return "/" in destination
