# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proof of isolation of an inventory's accounts, from what was read of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..network import snapshot as snapshots
from ..network.snapshot import Snapshot
from . import coverage, reachability
from .declaration import Declaration
from .evidence import evidence
from .own_routes import OwnRoutes
from .retrace import Retracer
from .stops import Stops
from .verdicts import FILTERS, ROUTES, Levels, Prover

# What the declaration reads of a host's variables.
READ = (
    *("account_id", "region", "cloud", "vpc_cidrs", "vpc_ipv6_cidrs", "vpc_tiers", "vpc_flows", "egress_topology"),
    *("spoke_segment", "spoke_attached", "spoke_destinations", "spoke_ipv6_support", "hub_segments", "hub_segment"),
    *("hub_destinations", "hub_attachments", "hub_vpc_attachments", "hub_other_attachments", "hub_ipv6_support"),
    *("privatelink_provider_services", "privatelink_consumer_endpoints"),
)


def prove(
    files: Mapping[str, Any],
    accounts: Mapping[str, Mapping[str, Any]],
    window_hours: float = coverage.WINDOW_HOURS,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return the evidence, see evidence.evidence. Raises Invalid for files that are no snapshot.

    files: {path below a folder of snapshots: JSON}, {} if nothing could be read; accounts: the variables of each host
    """
    now = now or datetime.now(timezone.utc)
    snapshot = snapshots.parse(files) if files else Snapshot({})
    declaration = Declaration(accounts, now.date())
    read = coverage.coverage(snapshot, declaration, window_hours)
    prover = Prover(declaration, levels(snapshot), read.unread, read.unused)
    return evidence(prover, prover.prove(), read, snapshots.hash_of(files), now)


def levels(snapshot: Snapshot) -> Levels:
    """Return what verdicts are made of; sets are worked out when they are asked for."""

    def compute(level: str, **options: Any) -> reachability.Reachability:
        return reachability.compute(snapshot, level, **options)

    routes = compute(ROUTES)
    strict = compute(FILTERS, ends="groups", sender_filters=False)
    own = OwnRoutes(routes, strict)
    return Levels(
        routes,
        strict,
        compute(FILTERS),
        Retracer(snapshot).retrace,
        Stops(routes).between,
        own.between,
        own.past,
        routes.world.forwarding.transit.owners(),
    )
