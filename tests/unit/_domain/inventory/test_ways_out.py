# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readiness of ways out, from what the roles of an inventory's accounts registered."""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.inventory import ways_out

READY = {"egress_result": {"ready": True}, "spoke_result": {"routed": True}}


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ({}, None),
        ({"security": {}}, None),
        ({"security": READY}, True),
        ({"security": {**READY, "egress_result": {"ready": False}}}, False),
        ({"security": {**READY, "egress_result": {"ready": True, "failed": True}}}, False),
        ({"security": {"egress_result": {"ready": True}}}, False),
        ({"security": {**READY, "spoke_result": {"routed": False}}}, False),
        ({"security": {**READY, "spoke_result": {"routed": True, "failed": True}}}, False),
        # The hub itself: tgw_hub creates the routes back.
        ({"hub": {"hub_segments": {}, "egress_result": {"ready": True}}}, True),
        ({"security": READY, "other": {}}, None),
        ({"security": READY, "elsewhere": {"region": "eu-west-1"}}, True),
    ],
)
def test_a_way_out_is_ready_only_if_this_run_says_so(accounts, expected):
    assert ways_out.egress_ready(accounts, "eu-central-1") is expected


def test_a_plan_takes_the_attachment_for_granted_that_is_read_after_the_hub():
    ready = {"egress_result": {"ready": True}}
    assert ways_out.egress_ready({"security": ready}, planning=True) is True
    assert ways_out.egress_ready({"security": {**ready, "spoke_result": {"routed": False}}}, planning=True) is False
    assert ways_out.egress_ready({"security": {}}, planning=True) is None


def test_a_segment_is_in_use_until_all_its_spokes_say_that_they_have_no_default_route():
    spokes = {
        "alpha": {"spoke_segment": "customers", "spoke_result": {"default_routes": []}},
        "beta": {"spoke_segment": "dev", "spoke_result": {"default_routes": ["0.0.0.0/0"]}},
        "gamma": {"spoke_segment": "prod"},
        "delta": {"spoke_segment": "test", "spoke_result": {"failed": True}},
        "left": {"spoke_segment": "left", "spoke_attached": False},
        "elsewhere": {"spoke_segment": "far", "region": "eu-west-1"},
    }
    assert ways_out.default_routes_in_use(spokes, "eu-central-1") == ["dev", "prod", "test"]


def test_firewalls_that_are_attached_to_the_transit_gateway():
    segments = {"egress": {"egress": True}, "internet": {"internet_of": "egress"}}
    security = {"egress_topology": "transit_gateway", "spoke_segment": "internet"}
    result = {"egress_result": {"transit_gateway_attachment_id": "tgw-attach-1"}}
    (unknown,) = ways_out.firewall_attachments({"security": security}, segments, None)
    assert unknown == {
        "name": "security-firewall",
        "attachment_id": None,
        "resource_type": "network-function",
        "segment": "egress",
        "cidrs": [],
    }
    (known,) = ways_out.firewall_attachments({"security": {**security, **result}}, segments, None)
    assert known == {**unknown, "attachment_id": "tgw-attach-1"}
    assert ways_out.firewall_attachments({"a": {"spoke_segment": "egress"}}, segments, None) == []
    # Without such a segment, the only way out.
    (alone,) = ways_out.firewall_attachments({"security": {"egress_topology": "transit_gateway"}}, segments, None)
    assert alone["segment"] == "egress"


def test_only_the_hubs_result_of_this_run_makes_a_default_route_ready():
    ready = {"hub_result": {"default_routes": {"customers": ["0.0.0.0/0"]}}}
    assert ways_out.ready_destinations([ready], "customers", None) == ["0.0.0.0/0"]
    assert ways_out.ready_destinations([ready], "other", None) == []
    assert ways_out.ready_destinations([ready], None, None) == []
    for hubs in ([], [{}], [{"hub_result": {"failed": True}}], [{**ready, "region": "eu-west-1"}], [ready, ready]):
        assert ways_out.ready_destinations(hubs, "customers", "eu-central-1") == []
