# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which pairs of accounts an inventory declares open."""

from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.proof.declaration import (
    CLOSED,
    INTERNET,
    NO_SEGMENT,
    Declaration,
)

TODAY = date(2026, 11, 30)
HUB, ALPHA, BETA, LEDGER, PAYMENTS, PARTNER = (digit * 12 for digit in "123567")
OFFICE = "premises/tgw-attach-0123456789abcdef0"
SEGMENTS = {"shared": {}, "customers": {"isolated": True, "reaches": ["shared"]}, "office": {"reaches": ["shared"]}}


def spoke(account, number, **more):
    return {
        "account_id": account,
        "region": "eu-central-1",
        "vpc_cidrs": [f"10.{number}.0.0/16"],
        "spoke_segment": "customers",
        **more,
    }


@pytest.fixture
def hosts():
    hub = {
        "account_id": HUB,
        "region": "eu-central-1",
        "vpc_cidrs": ["10.0.0.0/16"],
        "hub_segments": SEGMENTS,
        "hub_segment": "shared",
        "hub_other_attachments": [
            {
                "name": "vpn",
                "attachment_id": OFFICE.partition("/")[2],
                "resource_type": "vpn",
                "segment": "office",
                "cidrs": ["192.168.0.0/16"],
            }
        ],
    }
    return {"hub": hub, "alpha": spoke(ALPHA, 1), "beta": spoke(BETA, 2)}


def between(hosts, one, other):
    return Declaration(hosts, TODAY).between(one, other)


def test_an_isolated_segment_keeps_its_members_apart(hosts):
    assert between(hosts, ALPHA, BETA) == CLOSED
    told = between(hosts, ALPHA, HUB)
    assert (told.open, told.required, told.why) == (True, True, "hub_segments.customers.reaches of hub")
    assert between(hosts, HUB, ALPHA).open


def test_a_segment_that_is_not_isolated_joins_its_members(hosts):
    hosts["hub"]["hub_segments"] = {**SEGMENTS, "customers": {}}
    told = between(hosts, ALPHA, BETA)
    # Their routes lead to the hub's CIDRs only, so nobody requires that packets arrive.
    assert (told.open, told.required, told.why) == (True, False, "hub_segments.customers of hub isn't isolated")
    for host in ("alpha", "beta"):
        hosts[host]["spoke_destinations"] = ["10.0.0.0/8"]
    assert between(hosts, ALPHA, BETA).required


def test_what_the_inventory_does_not_know_is_closed(hosts):
    assert between(hosts, "999999999999", ALPHA) == between(hosts, ALPHA, "999999999999") == CLOSED


def test_an_account_that_is_not_attached_reaches_nobody(hosts):
    hosts["beta"]["spoke_attached"] = False
    assert between(hosts, HUB, BETA) == CLOSED
    assert Declaration(hosts, TODAY).segment_of(BETA) == NO_SEGMENT


def test_premises(hosts):
    assert between(hosts, OFFICE, HUB).open and between(hosts, HUB, OFFICE).open
    assert between(hosts, ALPHA, OFFICE) == between(hosts, OFFICE, ALPHA) == CLOSED


def privatelink(hosts, **entry):
    service = {"name": "billing", "consumers": [{"account_id": PAYMENTS, "reason": "r", "requested_by": "p", **entry}]}
    hosts["ledger"] = {"account_id": LEDGER, "privatelink_provider_services": [service]}
    endpoint = {"name": "billing", "service": {"host": "ledger", "name": "billing"}}
    for host, account in (("payments", PAYMENTS), ("partner", PARTNER)):
        hosts[host] = {"account_id": account, "privatelink_consumer_endpoints": [endpoint]}


def test_privatelink_opens_one_direction_for_accounts_of_the_ledger(hosts):
    privatelink(hosts)
    told = between(hosts, PAYMENTS, LEDGER)
    assert told.open and "of payments and privatelink_provider_services of ledger: billing" in told.why
    assert between(hosts, LEDGER, PAYMENTS) == between(hosts, PARTNER, LEDGER) == CLOSED


def test_an_expired_approval_is_none(hosts):
    privatelink(hosts, expires="2026-11-29")
    assert between(hosts, PAYMENTS, LEDGER) == CLOSED
    privatelink(hosts, expires=date(2026, 12, 1))  # YAML makes a date of it
    assert between(hosts, PAYMENTS, LEDGER).open


def test_internet(hosts):
    assert between(hosts, ALPHA, INTERNET) == between(hosts, INTERNET, ALPHA) == CLOSED
    hosts["alpha"]["vpc_tiers"] = [{"name": "public", "prefix": 28, "internet": "gateway"}]
    assert between(hosts, ALPHA, INTERNET).open and between(hosts, INTERNET, ALPHA) == CLOSED
    hosts["alpha"]["vpc_flows"] = [{"from": "internet", "to": "public", "tcp": ["443"]}]
    assert between(hosts, INTERNET, ALPHA).open


def test_the_internet_by_a_central_way_out_needs_a_default_route(hosts):
    hosts["hub"]["hub_segments"] = {
        **SEGMENTS,
        "customers": {"isolated": True, "reaches": ["out"]},
        "out": {"egress": True},
    }
    assert between(hosts, ALPHA, INTERNET) == CLOSED
    hosts["alpha"]["spoke_destinations"] = ["0.0.0.0/0"]
    assert between(hosts, ALPHA, INTERNET).why == "hub_segments.out.egress of hub"


def test_a_default_route_alone_requires_no_pair(hosts):
    hosts["alpha"]["spoke_destinations"] = ["0.0.0.0/0"]
    told = between(hosts, ALPHA, HUB)
    assert (told.open, told.required) == (True, False)
    hosts["alpha"]["spoke_destinations"] = ["0.0.0.0/0", "10.0.0.0/16"]
    assert between(hosts, ALPHA, HUB).required


def test_hubs_of_two_regions_by_a_peering(hosts):
    def peering(cidr):
        return {
            "name": "peer",
            "attachment_id": "tgw-attach-0123456789abcdef1",
            "resource_type": "peering",
            "segment": "shared",
            "cidrs": [cidr],
        }

    west = {"region": "eu-west-1", "hub_segments": SEGMENTS, "hub_segment": "shared", "vpc_cidrs": ["10.100.0.0/16"]}
    hosts["west"] = {**west, "account_id": "8" * 12, "hub_other_attachments": [peering("10.0.0.0/12")]}
    assert between(hosts, HUB, "8" * 12) == CLOSED
    hosts["hub"]["hub_other_attachments"] = [peering("10.100.0.0/16")]
    told = between(hosts, HUB, "8" * 12)
    assert told.open and told.why == "hub_other_attachments of hub: peer, hub_other_attachments of west: peer"
    assert between(hosts, "8" * 12, HUB).open
    assert between(hosts, ALPHA, "8" * 12).open, "customers reach shared, and so its peering"


def test_attachments_that_the_hub_lists_come_in_place_of_hosts(hosts):
    hosts["hub"]["hub_attachments"] = [
        {"name": "gamma", "account_id": "4" * 12, "segment": "shared", "cidrs": ["10.4.0.0/16"]}
    ]
    assert between(hosts, ALPHA, HUB) == CLOSED
    assert between(hosts, "4" * 12, HUB).open
