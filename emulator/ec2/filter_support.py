# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which documented filters of EC2's operations the emulator applies, and which it refuses by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.core.utils import camelcase_to_underscores, get_service_model

from emulator.ec2.describe import Listing, has_tags
from emulator.ec2.filters import documented_filters
from emulator.ec2.models.transit_gateway_routes import ROUTE_FILTERS
from emulator.ec2.moto_listings import LISTINGS

_OF_TAGS = {"tag", "tag-key", "tag-value"}
# Filters that an operation applies itself, before its Listing.
_BEFORE = {
    "DescribeTags": {"tag"},
    "GetTransitGatewayPolicyTableEntries": {"policy-rule.meta-data.key", "policy-rule.meta-data.value"},
}


@dataclass(frozen=True)
class Support:
    """Filters on an operation's page in the API reference, "tag" for tag:KEY: applied, or refused by name."""

    applied: frozenset[str]
    refused: frozenset[str]


def support(responses: type) -> dict[str, Support]:
    """Return what holds for each operation with filters. responses: EC2's class of the emulator."""
    return {
        operation: found
        for operation in get_service_model("ec2").operation_names
        if documented_filters(operation) and (found := _support(responses, operation))
    }


def _support(responses: type, operation: str) -> Support | None:
    documented = documented_filters(operation)
    if operation == "SearchTransitGatewayRoutes":
        return Support(documented & ROUTE_FILTERS, documented - ROUTE_FILTERS)
    listing = _listing(getattr(responses, camelcase_to_underscores(operation), None), operation)
    if listing is None:
        return None  # the operation is refused itself
    known = set(listing.filters) | (_OF_TAGS if has_tags(operation, listing.key) else set())
    known |= _BEFORE.get(operation, set())
    return Support(documented & known, documented - known)


def _listing(method: Any, operation: str) -> Listing | None:
    """Return the Listing that an operation's method names, moto's row for one of moto's."""
    code = getattr(method, "__code__", None)
    if code is None or operation in LISTINGS:
        return LISTINGS.get(operation)
    named = (method.__globals__.get(name) for name in code.co_names)
    return next((value for value in named if isinstance(value, Listing)), None)
