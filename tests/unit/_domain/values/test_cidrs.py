# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid, refusal
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import cidrs as cidr_plan
from ansible_collections.closednet.aws.plugins.module_utils._domain.values.cidrs import Overlap

AZ_IDS = ["euc1-az1", "euc1-az2", "euc1-az3", "euc1-az4"]


@st.composite
def cidrs(draw, within="10.0.0.0/20", longest=28):
    """A network in ``within``: small enough a space that overlaps, gaps and neighbours all happen."""
    space = IPv4Network(within)
    prefix = draw(st.integers(space.prefixlen, longest))
    index = draw(st.integers(0, 2 ** (prefix - space.prefixlen) - 1))
    return str(IPv4Network((int(space[0]) + index * 2 ** (32 - prefix), prefix)))


def addresses(networks):
    return {address for network in networks for address in range(int(network[0]), int(network[-1]) + 1)}


def networks(*cidrs):
    return [IPv4Network(cidr) for cidr in cidrs]


@given(st.lists(cidrs(), max_size=6), st.lists(cidrs(), max_size=10))
def test_free_and_taken_make_the_pool(pool, taken):
    free = cidr_plan.free(pool, taken)
    assert addresses(free) == addresses(networks(*pool)) - addresses(networks(*taken))
    assert free == list(collapse_addresses(free)), "not maximal, or not in order"


@given(st.lists(cidrs(), max_size=4), st.lists(cidrs(), max_size=10), st.integers(20, 30))
def test_allocate_gives_the_first_free_network_or_says_what_is_left(pool, taken, prefix):
    candidates = [
        candidate
        for network in collapse_addresses(networks(*pool))
        if network.prefixlen <= prefix
        for candidate in network.subnets(new_prefix=prefix)
        if not any(candidate.overlaps(other) for other in networks(*taken))
    ]
    if candidates:
        assert cidr_plan.allocate(pool, taken, prefix) == candidates[0]
    else:
        with pytest.raises(Invalid, match=f"has no free /{prefix}: (nothing is free|free are 10)"):
            cidr_plan.allocate(pool, taken, prefix)


@given(st.lists(cidrs(longest=26), max_size=10))
def test_allocating_again_and_again_fills_the_pool(taken):
    pool = ["10.0.0.0/20"]
    allocated = []
    while not refusal(cidr_plan.allocate, pool, taken + allocated, 26):
        allocated.append(str(cidr_plan.allocate(pool, taken + allocated, 26)))
    assert cidr_plan.overlaps({"allocated": allocated}) == []
    assert all(free.prefixlen > 26 for free in cidr_plan.free(pool, taken + allocated))


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(cidrs(within="10.0.0.0/28", longest=32), max_size=5)))
def test_overlaps_are_those_of_all_pairs(owners):
    owned = [(owner, cidr) for owner, owned_cidrs in owners.items() for cidr in owned_cidrs]
    expected = sum(
        IPv4Network(cidr).overlaps(IPv4Network(other))
        for index, (_owner, cidr) in enumerate(owned)
        for _other_owner, other in owned[:index]
    )
    found = cidr_plan.overlaps(owners)
    assert len(found) == expected
    for owner_a, cidr_a, owner_b, cidr_b in found:
        assert cidr_a in owners[owner_a] and cidr_b in owners[owner_b]
        assert IPv4Network(cidr_b).subnet_of(IPv4Network(cidr_a))


def test_overlaps_name_owners_and_cidrs():
    assert cidr_plan.overlaps({"b": ["10.1.2.0/24", "10.9.0.0/16"], "a": ["10.1.0.0/16"], "c": ["10.2.0.0/16"]}) == [
        Overlap("a", "10.1.0.0/16", "b", "10.1.2.0/24")
    ]


def test_overlaps_of_many_networks_take_no_time_that_grows_with_pairs():
    owners = {f"host-{n}": [str(IPv4Network((0x0A000000 + (n << 12), 20)))] for n in range(4096)}
    compared = 0
    original = IPv4Network.__lt__

    def counted(self, other):
        nonlocal compared
        compared += 1
        return original(self, other)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IPv4Network, "__lt__", counted)
        assert cidr_plan.overlaps(owners) == []
    assert compared < 4096 * 13


@pytest.mark.parametrize(
    ("cidr", "text"),
    [
        ("10.1.2.0/16", "has host bits set; expected 10.1.0.0/16"),
        ("10.1.0.0/255.255.0.0", "writes its prefix length as 255.255.0.0; expected 10.1.0.0/16"),
        ("10.1.0.0", "is not an IPv4 CIDR"),
        ("10.1.0.0/33", "is not an IPv4 CIDR"),
        ("10.1.0/16", "is not an IPv4 CIDR"),
        ("fd00::/8", "is not an IPv4 CIDR"),
        (10, "is not an IPv4 CIDR"),
        (None, "vpc_cidr: is not an IPv4 CIDR"),
        ("10.0.0.0/8", "is no size that AWS allows for a VPC; expected a prefix length of 16 to 28"),
        ("10.0.0.0/29", "is no size that AWS allows for a VPC"),
    ],
)
def test_a_wrong_cidr_is_explained(cidr, text):
    with pytest.raises(Invalid) as caught:
        cidr_plan.parse_vpc_cidr("vpc_cidr", cidr)
    assert text in str(caught.value)
    assert caught.value.option == "vpc_cidr"
    assert caught.value.value == cidr


@st.composite
def layouts(draw, max_tiers=4):
    vpc_cidrs = draw(st.sampled_from([["10.0.0.0/16"], ["10.0.0.0/20"], ["10.0.0.0/22", "10.9.0.0/20"]]))
    az_slots = draw(st.sampled_from([1, 2, 4]))
    az_ids = AZ_IDS[: draw(st.integers(1, az_slots))]
    tiers = []
    for index in range(draw(st.integers(1, max_tiers))):
        if draw(st.booleans()):
            tiers.append({"name": f"tier-{index}", "prefix": draw(st.integers(20, 28)), "cidrs": None})
        else:
            explicit = [draw(cidrs(within=draw(st.sampled_from(vpc_cidrs)))) for _az in az_ids]
            tiers.append({"name": f"tier-{index}", "cidrs": explicit})
    return vpc_cidrs, tiers, az_ids, az_slots


def lay_out_or_none(*arguments):
    try:
        return cidr_plan.lay_out(*arguments)
    except Invalid:
        return None


@given(layouts())
def test_subnets_lie_in_the_vpc_apart_from_each_other_and_of_the_declared_size(layout):
    vpc_cidrs, tiers, az_ids, _az_slots = layout
    subnets = lay_out_or_none(*layout)
    if subnets is None:
        return
    assert list(subnets) == [(tier["name"], az_id) for tier in tiers for az_id in az_ids]
    assert cidr_plan.overlaps({f"{tier} {az_id}": [cidr] for (tier, az_id), cidr in subnets.items()}) == []
    for tier in tiers:
        for index, az_id in enumerate(az_ids):
            subnet = IPv4Network(subnets[tier["name"], az_id])
            assert any(subnet.subnet_of(vpc) for vpc in networks(*vpc_cidrs))
            if tier["cidrs"]:
                assert str(subnet) == tier["cidrs"][index]
            else:
                assert subnet.prefixlen == tier["prefix"]


@given(layouts(max_tiers=5))
def test_appending_a_tier_moves_no_subnet(layout):
    vpc_cidrs, tiers, az_ids, az_slots = layout
    after = lay_out_or_none(*layout)
    if after is None:
        return
    before = cidr_plan.lay_out(vpc_cidrs, tiers[:-1], az_ids, az_slots)
    assert before.items() <= after.items()


@given(st.lists(st.integers(20, 28), min_size=1, max_size=5), st.sampled_from([2, 4]), st.integers(1, 3))
def test_adding_an_az_moves_no_subnet_and_always_fits(prefixes, az_slots, az_count):
    tiers = [{"name": f"tier-{index}", "prefix": prefix} for index, prefix in enumerate(prefixes)]
    az_count = min(az_count, az_slots - 1)
    before = lay_out_or_none(["10.0.0.0/18"], tiers, AZ_IDS[:az_count], az_slots)
    if before is None:
        return
    after = cidr_plan.lay_out(["10.0.0.0/18"], tiers, AZ_IDS[: az_count + 1], az_slots)
    assert before.items() <= after.items()


@given(layouts(), st.sampled_from(["10.64.0.0/16", "10.8.0.0/20", "9.0.0.0/16"]))
def test_adding_a_vpc_cidr_moves_no_subnet(layout, added):
    vpc_cidrs, *rest = layout
    before = lay_out_or_none(*layout)
    if before is not None:
        assert cidr_plan.lay_out([*vpc_cidrs, added], *rest) == before


def test_lay_out_of_a_closed_account():
    tiers = [{"name": "app", "prefix": 24}, {"name": "tgw", "prefix": 28}, {"name": "data", "prefix": 24}]
    assert cidr_plan.lay_out(["10.1.0.0/16"], tiers, AZ_IDS[:2]) == {
        ("app", "euc1-az1"): "10.1.0.0/24",
        ("app", "euc1-az2"): "10.1.1.0/24",
        ("tgw", "euc1-az1"): "10.1.4.0/28",
        ("tgw", "euc1-az2"): "10.1.4.16/28",
        ("data", "euc1-az1"): "10.1.8.0/24",
        ("data", "euc1-az2"): "10.1.9.0/24",
    }


APP = {"name": "app", "prefix": 24}


@pytest.mark.parametrize(
    ("vpc_cidrs", "tiers", "az_ids", "az_slots", "text"),
    [
        (["10.1.0.0/15"], [APP], ["a"], 1, "cidrs[0]: '10.1.0.0/15' has host bits set"),
        (["10.1.0.0/16", "10.1.2.0/24"], [APP], ["a"], 1, "cidrs: '10.1.2.0/24' overlaps 10.1.0.0/16"),
        (["10.1.0.0/16"], [APP], [], 1, "availability_zone_ids: [] names no availability zone"),
        (["10.1.0.0/16"], [APP], ["a", "a"], 2, "availability_zone_ids: 'a' is listed twice"),
        (["10.1.0.0/16"], [APP], ["a"], 3, "az_slots: 3 is not"),
        (["10.1.0.0/16"], [APP], ["a", "b"], 1, "az_slots: 1 is less than the 2 availability zones"),
        (["10.1.0.0/16"], [{"prefix": 24}], ["a"], 1, "tiers[0].name: is missing"),
        (["10.1.0.0/16"], [APP, APP], ["a"], 1, "tiers[1].name: 'app' is the name of an earlier tier"),
        (["10.1.0.0/16"], [{"name": "app"}], ["a"], 1, "tiers[0]: 'app' has no size"),
        (["10.1.0.0/16"], [{"name": "app", "prefix": 29}], ["a"], 1, "tiers[0].prefix: 29 is not a prefix length"),
        (["10.1.0.0/16"], [{"name": "app", "prefix": "24"}], ["a"], 1, "tiers[0].prefix: '24' is not"),
        (["10.1.0.0/16"], [{"name": "app", "cidrs": ["10.2.0.0/24"]}], ["a"], 1, "tiers[0].cidrs[0]: '10.2.0.0/24' is"),
        (["10.1.0.0/16"], [{"name": "app", "cidrs": ["10.1.0.0/24"]}], ["a", "b"], 2, "has no CIDR for b"),
        (
            ["10.1.0.0/16"],
            [{"name": "app", "cidrs": {"c": "10.1.0.0/24"}}],
            ["a"],
            1,
            "'c' is not in availability_zone_ids",
        ),
        (
            ["10.1.0.0/16"],
            [{"name": "app", "cidrs": ["10.1.0.0/24"] * 2}],
            ["a"],
            1,
            "more CIDRs than the 1 availability zones",
        ),
        (["10.1.0.0/16"], [{"name": "app", "cidrs": "10.1.0.0/24"}], ["a"], 1, "neither a list nor a mapping"),
        (
            ["10.1.0.0/16"],
            [{"name": "app", "prefix": 25, "cidrs": {"a": "10.1.0.0/24"}}],
            ["a"],
            1,
            "tiers[0].cidrs.a: '10.1.0.0/24' is not of the tier's prefix 25",
        ),
        (
            ["10.1.0.0/16"],
            [APP, {"name": "data", "cidrs": {"a": "10.1.1.0/24"}}],
            ["a"],
            2,
            "tiers[1].cidrs.a: '10.1.1.0/24' overlaps the block 10.1.0.0/23 of tier 'app'; expected a free CIDR (free "
            "are 10.1.128.0/17,",
        ),
        (
            ["10.1.0.0/24"],
            [{"name": "app", "prefix": 26}, {"name": "tgw", "prefix": 28}],
            ["a", "b"],
            4,
            "tiers[1].prefix: 28 does not fit: tier 'tgw' needs one free /26 for 4 AZ slots of /28, nothing is free, "
            "so 64 addresses are missing; expected another VPC CIDR",
        ),
        (
            ["10.1.0.0/24"],
            [{"name": "app", "prefix": 25}],
            ["a", "b"],
            4,
            "free are 10.1.0.0/24, so 256 addresses are missing; expected az_slots 2 (which moves the subnets of every "
            "tier) or prefix 26 or longer or another VPC CIDR",
        ),
    ],
)
def test_a_layout_that_cannot_be_is_explained(vpc_cidrs, tiers, az_ids, az_slots, text):
    with pytest.raises(Invalid) as caught:
        cidr_plan.lay_out(vpc_cidrs, tiers, az_ids, az_slots)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("cidr", "cidrs", "within"),
    [
        ("10.1.2.0/24", ["10.0.0.0/16", "10.1.0.0/16"], True),
        ("10.1.0.0/16", ["10.1.0.0/16"], True),
        ("10.0.0.0/8", ["10.1.0.0/16"], False),
        ("2001:db8::/56", ["0.0.0.0/0"], False),
        ("2001:db8:0:1::/64", ["2001:db8::/56"], True),
    ],
)
def test_is_within(cidr, cidrs, within):
    assert cidr_plan.is_within(cidr, cidrs) is within
