# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find problems of the IPv6 of an account's VPC and attachment, and lay it out, from the inventory alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from ..values.ipv6 import check_source, has_block, lay_out, length_of, parse_vpc_cidr
from ..vpc.network_acls import Ipv6
from . import relations

OPTIONS = ("source", "pool_id", "cidr", "netmask_length")


def problems_of_host(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield problems of a host's IPv6. It reads:

    vpc_ipv6: as tiered_vpc's ipv6.
    vpc_ipv6_cidrs: the VPC's known IPv6 blocks; required for blocks that the hub reaches.
    spoke_ipv6_support, hub_ipv6_support: true if the attachment carries IPv6; then the blocks are required, and IPv6
        in the attached tier.
    """
    ipv6, blocks = variables.get("vpc_ipv6"), variables.get("vpc_ipv6_cidrs")
    sound = ipv6 is None or isinstance(ipv6, dict)
    if not sound:
        yield Invalid(f"{host}.vpc_ipv6", ipv6, "is not a mapping", "one such as {source: amazon}")
    elif ipv6 is not None:
        for key in ipv6:
            if key not in OPTIONS:
                yield Invalid(f"{host}.vpc_ipv6", key, "is not an option of it", f"one of {', '.join(OPTIONS)}")
        invalid = refusal(check_source, f"{host}.vpc_ipv6", ipv6)
        if invalid:
            yield invalid
    of_blocks = list(_problems_of_blocks(host, ipv6 if sound else None, blocks))
    yield from of_blocks
    if sound and not of_blocks:
        for side, attached in (
            ("spoke", relations.is_attached(variables)),
            ("hub", variables.get("hub_segment") is not None),
        ):
            yield from _problems_of_support(host, side, attached, variables)


def _problems_of_blocks(host: str, ipv6: Mapping[str, Any] | None, blocks: Any) -> Iterator[Invalid]:
    option = f"{host}.vpc_ipv6_cidrs"
    if blocks is None:
        return
    if not isinstance(blocks, list):
        yield Invalid(option, blocks, "is not a list", "a list of IPv6 CIDRs")
        return
    for index, cidr in enumerate(blocks):
        invalid = refusal(parse_vpc_cidr, f"{option}[{index}]", cidr)
        if invalid:
            yield invalid
    declared = (ipv6 or {}).get("cidr")
    if declared and declared not in blocks:
        yield Invalid(option, blocks, "has not the block of vpc_ipv6", f"{declared} among them")


def _problems_of_support(host: str, side: str, attached: bool, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    option = f"{host}.{side}_ipv6_support"
    support = variables.get(f"{side}_ipv6_support")
    if support is not None and not isinstance(support, bool):
        yield Invalid(option, support, "is not a boolean", "true or false")
        return
    if not support or not attached:
        return
    if not relations.ipv6_cidrs(variables, side):
        yield Invalid(
            f"{host}.vpc_ipv6_cidrs",
            None,
            f"is missing, but {side}_ipv6_support brings the VPC's IPv6 to the hub",
            "its IPv6 blocks; of one that Amazon gives, ipv6_cidr of the role vpc's result, once that was run",
        )
    tiers = variables.get("vpc_tiers")
    attached_tier = variables.get("spoke_attachment_tier", "tgw") if side == "spoke" else "tgw"
    for index, tier in enumerate(tiers if isinstance(tiers, list) else ()):
        if isinstance(tier, dict) and tier.get("name") == attached_tier and tier.get("ipv6") is False:
            problem = f"takes IPv6 from the tier that {side}_ipv6_support needs it in"
            yield Invalid(f"{host}.vpc_tiers[{index}].ipv6", False, problem, "true")


def lay_out_host(variables: Mapping[str, Any], slots: int) -> dict[tuple[Any, str], int]:
    """Return the IPv6 layout of a host's tiers (see values/ipv6.lay_out), {} without IPv6. Raises Invalid."""
    if not has_block(variables.get("vpc_ipv6")):
        return {}
    tiers = [tier.get("name") for tier in variables["vpc_tiers"]]
    length = length_of(variables["vpc_ipv6"])
    return lay_out(tiers, variables["vpc_availability_zone_ids"], slots, length)


def of_acls(variables: Mapping[str, Any], slots: int, blocks: bool) -> Ipv6 | None:
    """Return the IPv6 that network ACLs are compiled from, or None without IPv6. All variables must be valid."""
    if not has_block(variables.get("vpc_ipv6")):
        return None
    length = length_of(variables["vpc_ipv6"])
    return Ipv6.of(variables["vpc_tiers"], lay_out_host(variables, slots), slots, blocks, length)
