# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html: "IPv4 CIDR block association restrictions"."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.vpc import cidr_blocks


def check(cidrs, quota=5, adopted=False):
    cidr_blocks.check("cidrs", cidrs, quota, "cidrs_quota", adopted)


@pytest.mark.parametrize(
    "cidrs",
    [
        ["10.1.0.0/16", "10.2.0.0/16"],
        # "Any publicly routable ... or a CIDR block from the 100.64.0.0/10 range"
        ["10.1.0.0/16", "100.64.0.0/16"],
        ["192.168.0.0/20", "203.0.112.0/20"],
        ["172.31.0.0/16", "172.30.0.0/16"],
        # Only what is added to it is restricted to the upper half of 10.0.0.0/15.
        ["10.0.0.0/16", "10.1.0.0/16"],
        ["10.2.0.0/16", "10.0.0.0/16"],
        ["198.19.0.0/20", "100.64.0.0/16"],
        [f"10.{number}.0.0/16" for number in range(1, 6)],
    ],
)
def test_what_aws_permits(cidrs):
    check(cidrs)


@pytest.mark.parametrize(
    ("cidrs", "text"),
    [
        (
            ["10.1.0.0/16", "198.19.0.0/16"],
            r"cidrs\[1\]: '198.19.0.0/16' can't be added to a VPC with 10.1.0.0/16: 198",
        ),
        (["100.64.0.0/16", "198.19.4.0/24"], "for AWS's own services"),
        (["10.1.0.0/16", "192.168.0.0/16"], "private ranges"),
        (["172.16.0.0/16", "10.1.0.0/16"], "private ranges"),
        (["198.19.0.0/20", "10.1.0.0/16"], "private ranges"),
        # "you have to add that CIDR first when you create the VPC"
        (["100.64.0.0/16", "10.1.0.0/16"], "private ranges"),
        (["10.1.0.0/16", "10.0.0.0/16"], "beside a range in 10.0.0.0/15"),
        (["10.0.0.0/17", "10.0.128.0/17"], "beside a range in 10.0.0.0/15"),
        (["172.16.0.0/16", "172.31.0.0/16"], "can only be a primary range"),
        (["169.254.0.0/16"], r"cidrs\[0\]: '169.254.0.0/16' is in 169.254.0.0/16, which no VPC can have"),
        (["10.1.0.0/16", "127.0.0.0/16"], "which no VPC can have"),
        ([f"10.{number}.0.0/16" for number in range(1, 7)], "are 6 ranges; expected 5 at most, or cidrs_quota"),
    ],
)
def test_what_aws_restricts(cidrs, text):
    with pytest.raises(Invalid, match=text):
        check(cidrs)


def test_a_raised_quota_is_declared():
    six = [f"10.{number}.0.0/16" for number in range(1, 7)]
    check(six, quota=6)
    with pytest.raises(Invalid, match="cidrs_quota: 51 is no quota that AWS gives; expected 5 to 50"):
        check(six, quota=51)


def test_what_an_adopted_vpc_has_is_not_judged():
    check(["10.1.0.0/16", "192.168.0.0/16"], adopted=True)
