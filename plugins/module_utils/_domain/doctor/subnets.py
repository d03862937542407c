# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about the target's subnets themselves: another account owns them, or they have few free addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .facts import Item
from .findings import CAUSE, NOTE, UNKNOWN, Finding

FEW_ADDRESSES = 8


def shared(subnets: Iterable[Item]) -> Iterator[Finding]:
    """Findings for subnets that another account owns; only that account sees their endpoints, route tables and ACLs."""
    for subnet in subnets:
        yield Finding(
            "shared_vpc_blind",
            UNKNOWN,
            subnet["SubnetId"],
            f"the subnet is shared by account {subnet['OwnerId']}, and only that account sees the endpoints, route"
            " tables and network ACLs",
            f"run this in account {subnet['OwnerId']}",
            {"Subnets[].OwnerId": subnet["OwnerId"]},
        )


def addresses(subnets: Iterable[Item]) -> Iterator[Finding]:
    """Findings for subnets with few free addresses or none."""
    for subnet in subnets:
        free = subnet.get("AvailableIpAddressCount")
        if free is not None and free < FEW_ADDRESSES:
            yield Finding(
                "ip_exhaustion",
                NOTE if free else CAUSE,
                subnet["SubnetId"],
                f"the subnet has {free} free addresses; what needs an address can't start",
                "more or larger subnets: tiered_vpc, tiers",
                {"Subnets[].AvailableIpAddressCount": free},
            )
