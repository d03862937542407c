# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups and sources that only the rules in AWS have."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import removals
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.groups import Egress, Group, Source

ACCOUNTS = {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16", "10.3.0.0/16"]}


def egress(**groups):
    return Egress(tuple(Group(name, "", (Source(name, tuple(cidrs)),), ()) for name, cidrs in groups.items()))


def undeclared(before, after):
    return removals.undeclared(before, after, ACCOUNTS)


def test_what_is_declared_is_no_removal():
    assert undeclared(egress(one=["10.1.0.0/16"]), egress(one=["10.0.0.0/8"], two=["10.9.0.0/16"])) == {}


def test_a_group_and_a_source_have_their_names():
    before = egress(one=["10.1.0.0/16"], two=["10.1.0.0/16", "10.2.0.0/15", "10.9.0.0/16"])
    assert undeclared(before, egress(two=["10.1.0.0/16"])) == {
        "one": "the whole group, of 10.1.0.0/16",
        "two/beta": "10.2.0.0/15",
        "two/10.9.0.0/16": "",
    }


def test_a_part_of_a_range_is_one_of_its_account():
    """AWS has joined ranges, so that none of them is an account's."""
    assert undeclared(egress(one=["10.0.0.0/15"]), egress(one=["10.0.0.0/16"])) == {"one/alpha": "10.1.0.0/16"}


networks = st.lists(
    st.builds(
        lambda address, prefix: str(ip_network((address, prefix), strict=False)),
        st.integers(0, 255),
        st.integers(24, 32),
    ),
    min_size=1,
    max_size=6,
)


@given(networks, networks)
def test_exactly_the_lost_addresses_are_named(before, after):
    found = removals.undeclared(egress(one=before), egress(one=after), {})
    named = [ip_network(name.removeprefix("one/")) for name in found]

    def within(address, cidrs):
        return any(address in ip_network(cidr) for cidr in cidrs)

    for number in range(256):
        address = ip_address(number)
        assert within(address, named) == (within(address, before) and not within(address, after))
