# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts of an inventory belong together: a spoke and the hub of its region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def is_attached(spoke: Mapping[str, Any]) -> bool:
    """Whether a spoke asks for an attachment: spoke_segment says where, spoke_attached (default true) whether."""
    return spoke.get("spoke_segment") is not None and spoke.get("spoke_attached", True) is not False


def same_region(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """A host without a region takes the one of the environment, which is every such host's."""
    regions = (one.get("region"), other.get("region"))
    return None in regions or regions[0] == regions[1]


def hubs_of(account: Mapping[str, Any], hubs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The hosts among `hubs` that are a hub of this account's region. Sound is one."""
    return [host for host, hub in hubs.items() if same_region(account, hub)]


def hub_attachments(spokes: Iterable[tuple[str, Mapping[str, Any]]], hub: Mapping[str, Any]) -> list[dict[str, Any]]:
    """tgw_hub's `attachments` from (host, its variables): the spokes of the hub's region that ask for an attachment."""
    return [
        {
            "name": host,
            "account_id": spoke["account_id"],
            "segment": spoke["spoke_segment"],
            "cidrs": spoke["vpc_cidrs"],
            "vpc_id": spoke.get("vpc_id"),
        }
        for host, spoke in spokes
        if is_attached(spoke) and same_region(spoke, hub)
    ]
