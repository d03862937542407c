# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An inventory of a network that exists: hosts, segments and ids, and what they don't say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..network.snapshot import Snapshot
from ..values import cidrs
from . import gateways, hubs, joined, spokes, unexpressed, vpcs
from .gateways import GatewayFound
from .index import Lookups
from .model import Account, Host, Network, tags_of
from .vpcs import VpcFound


def infer(snapshot: Snapshot, accounts: Mapping[str, Mapping[str, Any]], released: Sequence[str] = ()) -> Network:
    """Return the inventory of the accounts in a snapshot.

    accounts: host -> its variables, of which account_id and region name an account; one that has no host is called
    account-ID. released: ids and stacks that other tools own, and that adopt may take over.
    """
    network = Network()
    names: dict[tuple[str, Any], str] = {}
    for host, variables in accounts.items():
        if variables.get("account_id"):
            first = names.setdefault((str(variables["account_id"]), variables.get("region")), host)
            if first != host:
                why = f"the account and region of {first}, too: hosts of its VPCs are named after {first}"
                network.leave("unmanaged", host, str(variables["account_id"]), why)
    every = [Lookups(snapshot, account) for account in _accounts(snapshot, names)]
    for lookups in every:
        if lookups.unread:
            why = f"{', '.join(lookups.unread)} wasn't read, so nothing of this account is in the inventory"
            network.leave("unread", lookups.account, lookups.account.account_id, why)
    read = {account.account.account_id for account in every}
    for (account_id, _of), host in names.items():
        if account_id not in read:
            network.leave("unread", host, account_id, "the account wasn't read")
    sound = [lookups for lookups in every if not lookups.unread]
    for region in sorted({lookups.account.region for lookups in sound}):
        _region(network, [one for one in sound if one.account.region == region], tuple(released))
    return network


def _accounts(snapshot: Snapshot, names: Mapping[tuple[str, Any], str]) -> list[Account]:
    found: list[Account] = []
    regions = Counter(place.account_id for place in snapshot.places)
    for place, kinds in sorted(snapshot.places.items(), key=lambda one: one[0].folder):
        account_id, region = place.account_id or _owner(kinds), place.region or _region_of(kinds)
        host = names.get((account_id, region)) or names.get((account_id, None))
        if host is None:
            host = next((name for (id_, _of), name in names.items() if id_ == account_id), f"account-{account_id}")
            if regions[place.account_id] > 1:
                host = f"{host}-{region}"
        if any(one.host == host for one in found):
            # A host that names no region, and an account that was read in several: each has its own network.
            host = f"{host}-{region}"
        found.append(Account(account_id, region, host, place))
    return found


def _owner(kinds: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """Return the account of a place whose folder doesn't say it: the one that owns most of its VPCs."""
    owners = Counter(str(vpc.get("OwnerId", "")) for vpc in kinds.get("Vpcs", ()))
    return owners.most_common(1)[0][0] if owners else ""


def _region_of(kinds: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    zones = (str(subnet.get("AvailabilityZone", "")) for subnet in kinds.get("Subnets", ()))
    return next((match[0] for zone in zones if (match := re.match(r"[a-z]+(?:-[a-z]+)+-\d+", zone))), "")


def _region(network: Network, every: list[Lookups], released: tuple[str, ...]) -> None:
    """Add the hosts of one region, which has one hub at most."""
    hub, gateway = _hub(network, every, released)
    found: dict[str, VpcFound] = {}
    for lookups in every:
        for vpc in lookups.vpcs:
            found[str(vpc["VpcId"])] = vpcs.find(lookups, vpc, gateway.id if gateway else "", released)
    hosts = {id_: name for lookups in every for id_, name in _hosts(lookups, found, network, lookups is hub).items()}
    declared = None
    if hub and gateway:
        host = network.hosts.setdefault(hub.account.host, Host(hub.account.host, hub.account))
        firsts = {lookups.account.account_id: lookups.account.host for lookups in every}
        attached = joined.join(gateway, hub.account, hosts, found, firsts, network)
        declaration = hubs.declare(host, gateway, attached, hub, network)
        for problem in declaration.refused:
            network.leave("difference", hub.account, gateway.id, f"its segments can't be declared: {problem}")
        declared = attached if not declaration.refused else None
        if declared is None:
            network.hosts.pop(host.name)
    for lookups in every:
        for vpc_id, name in hosts.items():
            if found[vpc_id].item in lookups.vpcs:
                spokes.declare(network, lookups, found[vpc_id], name, hub if declared else None, declared)
        unexpressed.of_account(network, lookups, found, hosts)


def _hub(
    network: Network, every: list[Lookups], released: tuple[str, ...]
) -> tuple[Lookups | None, GatewayFound | None]:
    """Return the account with the region's transit gateway that has the most attachments; others are left."""
    there = [(lookups, one) for lookups in every for one in gateways.of_account(lookups, released)]
    there.sort(key=lambda one: (bool(one[1].problem), -len(one[1].attachments)))
    for lookups, gateway in there[1:]:
        network.leave(
            "unmanaged", lookups.account, gateway.id, "a region has one hub; this is a further transit gateway"
        )
    if not there:
        return None, None
    lookups, gateway = there[0]
    if gateway.problem:
        network.leave("foreign", lookups.account, gateway.id, f"{gateway.problem}; no hub is written")
        return None, None
    return lookups, gateway


def _hosts(lookups: Lookups, found: Mapping[str, VpcFound], network: Network, is_hub: bool) -> dict[str, str]:
    """Return {VPC id: host} of the account's VPCs that can be declared, and note why others can't."""
    named: dict[str, str] = {}
    ranges: dict[str, list[str]] = {}

    def rank(vpc: Mapping[str, Any]) -> tuple[bool, bool, int, str]:
        one = found[str(vpc["VpcId"])]
        return one.attachment is None, bool(vpc.get("IsDefault")), -len(one.tiers), one.vpc_id

    for vpc in sorted(lookups.vpcs, key=rank):
        one = found[str(vpc["VpcId"])]
        kind, why = _not_a_host(one, bool(vpc.get("IsDefault")), is_hub and bool(named))
        overlaps = [o for o in cidrs.overlaps({**ranges, one.vpc_id: one.cidrs}) if o.owner_a != o.owner_b]
        if not why and overlaps:
            kind, why = "unmanaged", f"its CIDRs overlap those of {overlaps[0].owner_a}, a VPC of the same account"
        if why:
            network.leave(kind, lookups.account, one.vpc_id, why)
            continue
        ranges[one.vpc_id] = one.cidrs
        named[one.vpc_id] = _name(lookups.account.host, vpc, named.values())
    return named


def _not_a_host(one: VpcFound, is_default: bool, hub_has_one: bool) -> tuple[str, str]:
    """Return the kind and reason of a VPC that gets no host; "" if it gets one."""
    if is_default and one.attachment is None:
        return "unmanaged", "the default VPC, attached to nothing; it stays as it is"
    if one.problem:
        kind = "foreign" if one.problem.startswith("owned by") else "unmanaged"
        return kind, f"{one.problem}; the VPC stays as it is"
    return (
        ("unmanaged", "a further VPC of the hub's account has no host; it stays as it is") if hub_has_one else ("", "")
    )


def _name(first: str, vpc: Mapping[str, Any], taken: Iterable[str]) -> str:
    if not list(taken):
        return first
    word = re.sub(r"[^a-z0-9]+", "-", tags_of(vpc).get("Name", "").lower()).strip("-")[:40]
    name = f"{first}-{word.removeprefix(f'{first}-')}" if word else ""
    return name if word and name not in {*taken, first} else f"{first}-{str(vpc['VpcId'])[-8:]}"
