# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sizes of NAT subnets: https://cloud.google.com/vpc/docs/about-vpc-hosted-services#psc-subnet-sizing."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.psc import capacity


@pytest.mark.parametrize(
    ("cidrs", "usable"),
    [([], 0), (["192.168.0.0/29"], 4), (["192.168.0.0/28"], 12), (["192.168.0.0/29", "192.168.1.0/29"], 8)],
)
def test_four_addresses_of_each_subnet_are_googles(cidrs, usable):
    assert capacity.usable(cidrs) == usable


@pytest.mark.parametrize(("connections", "prefix"), [(0, 29), (4, 29), (5, 28), (12, 28), (13, 27), (252, 24)])
def test_the_smallest_subnet_that_takes_them(connections, prefix):
    assert capacity.prefix_for(connections) == prefix
    assert capacity.usable([f"10.0.0.0/{prefix}"]) >= connections


@pytest.mark.parametrize(
    ("approved", "more", "text"),
    [
        (4, {}, ""),
        (4, {"propagated": 1}, "4 approved connections and 1 propagated need 5; expected one /28, or one /29"),
        (3, {"per_endpoint": 2}, "3 approved connections of 2 addresses need 6; expected one /28,"),
        (2, {"per_endpoint": 2}, ""),
        (
            13,
            {},
            "has 4 usable addresses (4 of each subnet are Google's), 13 approved connections need 13; expected one /27",
        ),
        (17, {}, "or one /27 more"),
        (2**32 - 1, {}, "; expected lower limits: no subnet takes so many"),
    ],
)
def test_what_does_not_fit_and_what_would(approved, more, text):
    found = capacity.shortage(["192.168.0.0/29"], approved, **more)
    assert text in "; expected ".join(found or ()) and bool(text) == bool(found)
