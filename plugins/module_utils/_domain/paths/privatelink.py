# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints by which a sender's accounts reach services of another account, whose networks needn't be connected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..network import kinds
from ..network.snapshot import Item, Snapshot
from .ends import Candidate
from .question import Accounts, End

BY_PRIVATELINK = " by PrivateLink "


def endpoints(accounts: Accounts, snapshot: Snapshot, senders: Sequence[str], to: End) -> list[Candidate]:
    """Return the senders' interface endpoints of services that a host provides; [] if the end is no whole host.

    Services are known by the provider's ServiceConfigurations: without its account in the snapshot there are none.
    Raises Unknown if these, or the senders' endpoints, weren't read.
    """
    if not to.host or to.tier:
        return []
    provider = str(accounts[to.host].get("account_id"))
    of_senders = {str(accounts[host].get("account_id")) for host in senders}
    services = {item.get("ServiceName") for item in _of(snapshot, "ServiceConfigurations", {provider})}
    return [
        Candidate(item["VpcEndpointId"], f"{to.host}{BY_PRIVATELINK}({item['VpcEndpointId']}, {item['ServiceName']})")
        for item in _of(snapshot, "VpcEndpoints", of_senders)
        if item.get("ServiceName") in services - {None} and item["VpcEndpointType"] in kinds.ENDPOINTS_WITH_INTERFACES
    ]


def _of(snapshot: Snapshot, kind: str, account_ids: set[str]) -> Iterator[Item]:
    """Yield a kind's items in the places of accounts. Raises Unknown for a place of which they weren't read."""
    for place in snapshot.places:
        if place.account_id in account_ids:
            yield from snapshot.items(kind, place)
