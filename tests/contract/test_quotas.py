# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Quota of security group rules: sources are exchanged within it, and refused beyond it before the first write."""

from __future__ import annotations

from typing import Any

from tests.contract.cases import TGW_SPOKE
from tests.contract.conftest import converge
from tests.contract.world import World
from tests.emulator.conftest import SPOKE


def from_hub(first: int, last: int, *more: str) -> dict[str, Any]:
    sources = [f"10.{number}.0.0/16" for number in range(first, last)]
    return {**TGW_SPOKE.options, "from_hub": {"sources": [*sources, *more], "tcp": ["443"]}}


def sources(world: World) -> set[str]:
    query = [{"Name": "group-name", "Values": ["closednet-from-hub"]}]
    (group,) = world.ec2(SPOKE).describe_security_groups(Filters=query)["SecurityGroups"]
    return {source["CidrIp"] for permission in group["IpPermissions"] for source in permission["IpRanges"]}


def test_forty_sources_are_exchanged_for_forty_others(world: World) -> None:
    """RulesPerSecurityGroupLimitExceeded beyond 60: https://github.com/aws-samples/aws-cloudfront-samples/issues/53"""
    converge(world, TGW_SPOKE)
    world.run("tgw_spoke", SPOKE, from_hub(0, 40))
    world.run("tgw_spoke", SPOKE, from_hub(40, 80))
    assert sources(world) == {f"10.{number}.0.0/16" for number in range(40, 80)}
    assert not world.run("tgw_spoke", SPOKE, from_hub(40, 80))["changed"]


def test_a_prefix_list_counts_as_its_entries(world: World) -> None:
    converge(world, TGW_SPOKE)
    entries = {"AddressFamily": "IPv4", "MaxEntries": 30}
    listed = world.ec2(SPOKE).create_managed_prefix_list(PrefixListName="hub", **entries)["PrefixList"]["PrefixListId"]
    assert world.run("tgw_spoke", SPOKE, from_hub(0, 30, listed))["changed"]
    text = str(world.failure("tgw_spoke", SPOKE, from_hub(0, 31, listed)))
    assert "makes 61 rules of a security group; expected 60 at most, or security_group_rules_quota" in text
    assert "Nothing was written" in text and world.writes == []
    text = str(world.failure("tgw_spoke", SPOKE, from_hub(0, 3, "pl-0123456789abcdef0")))
    assert "pl-0123456789abcdef0 is no prefix list of this account and region" in text and world.writes == []
