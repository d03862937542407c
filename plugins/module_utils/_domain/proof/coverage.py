# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a proof rests on: which accounts and regions were read, when, and what of them wasn't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from ..network.snapshot import Place, Snapshot
from .declaration import Declaration
from .ways import Reason

# Kinds without which an account's networks, interfaces or filters aren't known.
NEEDED = (
    *("Vpcs", "Subnets", "RouteTables", "NetworkInterfaces", "SecurityGroups", "NetworkAcls"),
    *("TransitGatewayAttachments", "VpcPeeringConnections", "VpcEndpoints"),
)
# Two reads that are further apart may never have been true together.
WINDOW_HOURS = 6


class Coverage(NamedTuple):
    """Coverage of an inventory. places: each account and region that was read, as data

    unread: {account: why nothing is known of it}; start, end: of all reads, None if one doesn't say; equal: each place
    was read twice with the same result; further: accounts that were read, and that no host declares; unused: see below
    """

    places: tuple[dict[str, Any], ...]
    unread: dict[str, Reason]
    start: datetime | None
    end: datetime | None
    equal: bool
    further: tuple[str, ...]
    versions: dict[str, list[str]]
    unused: tuple[str, ...] = ()


def coverage(
    snapshot: Snapshot, declaration: Declaration, window_hours: float = WINDOW_HOURS, now: datetime | None = None
) -> Coverage:
    """Return what was read. window_hours: how far apart reads may be; now: the oldest read may be so long ago, too"""
    of_account: dict[str, list[Place]] = {}
    for place in snapshot.places:
        if place.account_id:
            of_account.setdefault(place.account_id, []).append(place)
    times = {place: _times(snapshot.read.get(place, {})) for place in snapshot.places}
    known = [told for told in times.values() if told]
    whole = len(known) == len(times) and bool(known)
    latest = max((end for _start, end in known), default=None)
    oldest = latest - timedelta(hours=window_hours) if latest else None
    unread = {}
    for account in {*declaration.hosts_of, *of_account}:
        reason = next(_missing(account, of_account.get(account, []), snapshot, declaration, times, oldest), None)
        if reason:
            unread[account] = reason
    return Coverage(
        tuple(_told(place, snapshot, declaration) for place in sorted(snapshot.places, key=str)),
        {**unread, **_behind_hubs(unread, declaration, {*declaration.hosts_of, *of_account})},
        min(start for start, _end in known) if whole else None,
        latest if whole else None,
        bool(times) and all(snapshot.read.get(place, {}).get("Equal") is True for place in times),
        tuple(sorted(of_account.keys() - declaration.hosts_of.keys())),
        _versions(snapshot),
        _unused(snapshot),
    )


def _unused(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the default VPCs without an interface: AWS creates one in each account, with routes to the internet."""
    used = {interface.get("VpcId") for _place, interface in snapshot.every("NetworkInterfaces")}
    defaults = {vpc["VpcId"] for _place, vpc in snapshot.every("Vpcs") if vpc.get("IsDefault")}
    return tuple(sorted(defaults - used))


def _missing(
    account: str,
    places: list[Place],
    snapshot: Snapshot,
    declaration: Declaration,
    times: Mapping[Place, tuple[datetime, datetime] | None],
    oldest: datetime | None,
) -> Iterator[Reason]:
    """Yield why an account isn't known, the most important reason first."""
    if not places:
        yield Reason(f"account {account}", "it wasn't read", f"a snapshot of account {account}")
        return
    for region in sorted(declaration.regions_of(account) - {place.region for place in places}):
        yield Reason(f"account {account}, {region}", "the region wasn't read", f"a snapshot of {region}")
    for place in places:
        for kind in NEEDED:
            if kind not in snapshot.places[place]:
                why = snapshot.unread.get(place, {}).get(kind) or "the snapshot doesn't have them"
                yield Reason(f"{place}: {kind}", f"they weren't read: {why}", f"all {kind}")
        told = times[place]
        if told is None:
            yield Reason(f"{place}: Read.json", "it doesn't tell when the account was read", "a snapshot that does")
        elif oldest and told[0] < oldest:
            why = f"it was read at {told[0].isoformat()}, hours before the others"
            yield Reason(str(place), why, f"reads from {oldest.isoformat()} on")


def _behind_hubs(unread: Mapping[str, Reason], declaration: Declaration, accounts: set[str]) -> dict[str, Reason]:
    """Return {account: reason} of all accounts, if what leads packets between them isn't known: a hub, a way out."""
    for account, reason in unread.items():
        hosts = declaration.hosts_of.get(account, ())
        if any(host in declaration.hubs or declaration.leads_out(host) for host in hosts):
            why = f"{reason.why}; packets of other accounts pass it"
            return {other: Reason(reason.id, why, reason.expected) for other in accounts if other not in unread}
    return {}


def _times(read: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    """Return when a read began and ended, as Read.json tells it; None if it doesn't."""
    try:
        start, end = (datetime.fromisoformat(str(read[key]).replace("Z", "+00:00")) for key in ("Start", "End"))
    except (KeyError, ValueError):
        return None
    return _utc(start), _utc(end)


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time


def _told(place: Place, snapshot: Snapshot, declaration: Declaration) -> dict[str, Any]:
    read = snapshot.read.get(place, {})
    return {
        "account_id": place.account_id,
        "region": place.region,
        "hosts": list(declaration.hosts_of.get(place.account_id or "", ())),
        "start": read.get("Start"),
        "end": read.get("End"),
        "reads": read.get("Reads"),
        "equal": read.get("Equal") is True,
        "unread": [{"kind": kind, "why": why} for kind, why in sorted(snapshot.unread.get(place, {}).items())],
    }


def _versions(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return {library: its versions} of all reads."""
    found: dict[str, set[str]] = {}
    for read in snapshot.read.values():
        versions = read.get("Versions")
        for name, version in (versions if isinstance(versions, Mapping) else {}).items():
            found.setdefault(str(name), set()).add(str(version))
    return {name: sorted(versions) for name, versions in sorted(found.items())}
