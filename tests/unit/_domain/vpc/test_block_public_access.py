# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modes and exclusions as the VPC user guide's "VPC BPA basics" has them."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.vpc.block_public_access import (
    ALL,
    FROM,
    TO,
    TO_BY_NAT,
    Setting,
    lost,
)

VPC, SUBNET = "vpc-1", "subnet-1"


@pytest.mark.parametrize(
    ("mode", "exclusion", "passes"),
    [
        ("off", None, ALL),
        ("off", "allow-egress", ALL),
        ("block-bidirectional", None, ()),
        ("block-bidirectional", "allow-egress", (TO, TO_BY_NAT)),
        ("block-bidirectional", "allow-bidirectional", ALL),
        ("block-ingress", None, (TO_BY_NAT,)),
        ("block-ingress", "allow-egress", (TO_BY_NAT,)),
        ("block-ingress", "allow-bidirectional", ALL),
    ],
)
def test_what_passes(mode, exclusion, passes):
    assert Setting(mode, {VPC: exclusion} if exclusion else {}).passes(VPC) == passes


def test_a_vpc_that_is_excluded_loses_nothing():
    before, after = Setting("off"), Setting("block-bidirectional", {VPC: "allow-bidirectional"})
    assert lost(before, after, [VPC]) == {}
    assert lost(before, after, [VPC, "vpc-2"]) == {"vpc-2": list(ALL)}


def test_a_narrower_mode_takes_only_what_passed():
    before = Setting("block-bidirectional", {VPC: "allow-egress"})
    assert lost(before, Setting("block-ingress"), [VPC]) == {VPC: [TO]}
    assert lost(before, Setting("off"), [VPC]) == {}


def test_a_subnet_loses_its_own_exclusion_only_while_a_mode_is_on():
    excluded = {SUBNET: "allow-bidirectional"}
    assert lost(Setting("block-ingress", excluded), Setting("block-ingress"), []) == {SUBNET: [FROM, TO]}
    assert lost(Setting("off", excluded), Setting("block-ingress"), []) == {}
