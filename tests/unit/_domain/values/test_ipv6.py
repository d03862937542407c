# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sizes: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html and subnet-sizing.html."""

from __future__ import annotations

from ipaddress import IPv6Network
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.approval import is_same
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.plan import Ref, resolve
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import ipv6 as ipv6_plan
from ansible_collections.closednet.aws.plugins.module_utils._domain.values.ipv6 import Part, lay_out

ZONES = [f"euc1-az{number}" for number in range(1, 5)]
blocks = st.sampled_from([44, 48, 52, 56]).flatmap(
    lambda length: st.integers(0, 2**length - 1).map(lambda bits: IPv6Network((bits << (128 - length), length)))
)
tiers_of = st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=16, unique=True)


def placed(block: IPv6Network, tiers: list[str], zones: list[str], slots: int) -> dict[tuple[str, str], IPv6Network]:
    laid_out = lay_out(tiers, zones, slots, block.prefixlen)
    return {key: IPv6Network(Part(number).format(str(block))) for key, number in laid_out.items()}


@given(blocks, tiers_of, st.integers(1, 4))
def test_subnets_are_disjoint_and_inside_the_block(block: IPv6Network, tiers: list[str], zones: int) -> None:
    subnets = placed(block, tiers, ZONES[:zones], 4)
    assert len(subnets) == len(tiers) * zones
    assert all(subnet.prefixlen == 64 and subnet.subnet_of(block) for subnet in subnets.values())
    assert not any(one.overlaps(other) for one, other in combinations(subnets.values(), 2))


@given(blocks, tiers_of, st.integers(1, 4), st.integers(0, 15))
def test_what_is_appended_moves_nothing(block: IPv6Network, tiers: list[str], zones: int, more: int) -> None:
    less = placed(block, tiers[: max(1, len(tiers) - more)], ZONES[: max(1, zones - 1)], 4)
    assert less.items() <= placed(block, tiers, ZONES[:zones], 4).items()


def test_where_the_third_tiers_subnets_lie() -> None:
    subnets = placed(IPv6Network("2001:db8:1234:1a00::/56"), ["public", "app", "data"], ZONES[:2], 4)
    assert [str(subnets["data", zone]) for zone in ZONES[:2]] == ["2001:db8:1234:1a08::/64", "2001:db8:1234:1a09::/64"]


def test_too_many_tiers_for_the_block() -> None:
    with pytest.raises(Invalid, match=r"ipv6: '/60' has 16 subnets of /64; 5 tiers with 4 AZ slots each need 20"):
        lay_out(list("abcde"), ZONES, 4, 60)


def test_of_a_block_that_aws_has_yet_to_give() -> None:
    ref = Ref("vpc_ipv6_cidr.main", Part(9))
    assert str(ref) == "(known after vpc_ipv6_cidr.main, /64 number 9)"
    known = resolve(ref, {"vpc_ipv6_cidr.main": "2001:db8:1234:1a00::/56"})
    assert known == "2001:db8:1234:1a09::/64"
    # So an approved plan stays approved once it is known.
    assert is_same(str(ref), known)


POOL = {"source": "pool", "pool_id": "ipam-pool-0123456789abcdef0"}


@pytest.mark.parametrize(
    "ipv6",
    [
        {"source": "amazon"},
        {"source": "none"},
        {**POOL, "netmask_length": 56},
        {**POOL, "cidr": "fd00:1234:5600::/44"},
        {"source": "pool", "pool_id": "ipv6pool-ec2-0123456789abcdef0", "cidr": "2001:db8:1234:1a00::/56"},
    ],
)
def test_sources(ipv6: dict[str, Any]) -> None:
    ipv6_plan.check_source("ipv6", ipv6)


@pytest.mark.parametrize(
    ("ipv6", "says"),
    [
        ({}, "ipv6.source: is no source"),
        ({"source": "amazon", "cidr": "2001:db8::/56"}, "ipv6.cidr: .* can't be had with source amazon"),
        ({"source": "amazon", "netmask_length": 56}, "ipv6.netmask_length: 56 can't be had"),
        ({"source": "pool"}, "ipv6.pool_id: is no id"),
        ({"source": "pool", "pool_id": "pool-1"}, "ipv6.pool_id: 'pool-1' is no id"),
        (POOL, "ipv6.netmask_length: is missing"),
        ({**POOL, "netmask_length": 57}, "ipv6.netmask_length: 57 is no size"),
        ({**POOL, "netmask_length": 56, "cidr": "2001:db8::/56"}, "ipv6.netmask_length: 56 says nothing here"),
        ({**POOL, "cidr": "2001:db8::/64"}, "ipv6.cidr: '2001:db8::/64' is no size"),
        ({**POOL, "cidr": "2001:db8::1/56"}, "has host bits set; expected 2001:db8::/56"),
        ({**POOL, "cidr": "2001:DB8:0:0::/56"}, "isn't written as AWS does; expected 2001:db8::/56"),
        ({**POOL, "cidr": "10.0.0.0/16"}, "is not an IPv6 CIDR"),
        ({**POOL, "cidr": "2001:db8::/56\n"}, "is not an IPv6 CIDR"),
        ({**POOL, "cidr": ["2001:db8::/56"]}, "is not an IPv6 CIDR"),
    ],
)
def test_what_is_no_source(ipv6: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        ipv6_plan.check_source("ipv6", ipv6)
