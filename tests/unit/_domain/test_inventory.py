# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain import inventory

ALPHA = {
    "account_id": "222222222222",
    "region": "eu-central-1",
    "vpc_cidrs": ["10.1.0.0/16"],
    "spoke_segment": "customers",
}
ATTACHMENT = {
    "name": "alpha",
    "account_id": "222222222222",
    "segment": "customers",
    "cidrs": ["10.1.0.0/16"],
    "vpc_id": None,
}


@pytest.mark.parametrize(
    ("changes", "attachments"),
    [
        ({}, [ATTACHMENT]),
        ({"spoke_attached": True, "vpc_id": "vpc-1"}, [{**ATTACHMENT, "vpc_id": "vpc-1"}]),
        ({"spoke_attached": False}, []),
        ({"spoke_segment": None}, []),
        ({"region": "eu-west-1"}, []),
        ({"region": None}, [ATTACHMENT]),
    ],
)
def test_attachments_are_those_that_the_spokes_of_the_region_ask_for(changes, attachments):
    spokes = {"alpha": {**ALPHA, **changes}}
    assert inventory.hub_attachments(spokes.items(), {"region": "eu-central-1"}) == attachments


def test_hubs_by_region():
    hubs = {"frankfurt": {"region": "eu-central-1"}, "dublin": {"region": "eu-west-1"}}
    assert inventory.hubs_of({"region": "eu-west-1"}, hubs) == ["dublin"]
    assert inventory.hubs_of({}, hubs) == ["frankfurt", "dublin"]
    assert inventory.hubs_of({"region": "us-east-1"}, hubs) == []
