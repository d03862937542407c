# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from datetime import date

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.why import why
from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.why import why_lines
from ansible_collections.closednet.aws.tests.unit._domain.egress.inventory import GROUPS, MEMBERS, TIERS, inventory

TODAY = date(2026, 11, 29)
SEGMENTS = inventory()["shared-services"]["hub_segments"]


def asked(from_, to, accounts=None, **more):
    return why(accounts or inventory(), MEMBERS, {"from": from_, "to": to, **more}, TODAY)


def only(result):
    (answer,) = result["answers"]
    return answer


def with_groups(**groups):
    return inventory(security={"egress_groups": {**GROUPS, **groups}})


def test_allowed_names_group_entry_reason_day_and_owner_and_each_hop_both_ways():
    answer = only(asked("alpha", "api.stripe.com:443"))
    assert answer["verdict"] == "allowed"
    assert answer["says"] == (
        "allowed by group payments, api.stripe.com (card payments, until 2027-03-31, owner team-payments)"
    )
    assert [(step["where"], step["decides"]) for step in answer["steps"]] == [
        ("alpha, subnets of tier app", "spoke_destinations of alpha"),
        ("Transit Gateway of shared-services, segment customers", "hub_segments.egress.egress of shared-services"),
        ("security, subnets of tier tgw", "egress_tgw_tier of security"),
        ("Network Firewall of security", "egress_groups.payments.allow: api.stripe.com"),
        ("security, subnets of tier firewall", "vpc_nat_gateways of security"),
        ("security, NAT gateway in tier public", ""),
        ("security, internet gateway", ""),
    ]
    assert [step["where"] for step in answer["back"]] == [
        "security, NAT gateway in tier public",
        "security, subnets of tier public",
        "Network Firewall of security",
        "security, subnets of tier firewall",
        "Transit Gateway of shared-services, segment egress",
        "alpha, VPC",
    ]
    assert answer["back"][1]["what"] == "10.0.0.0/8 leads to the firewall's endpoint of the same zone"
    assert all(step["passes"] and step["source"] == "inventory" for step in [*answer["steps"], *answer["back"]])
    assert answer["notes"] == ["alpha, subnets of tier data: no route to the internet: spoke_tiers hasn't data"]


@pytest.mark.parametrize(
    ("to", "tail", "fix"),
    [
        ("evil.example:443", "tls-name", "allow: - {domain: evil.example, reason: WHY}"),
        ("evil.example:80", "http-name", "allow: - {domain: evil.example, ports: [80], reason: WHY}"),
        ("evil.example:8443", "port", "allow: - {domain: evil.example, ports: [8443], reason: WHY}"),
        ("evil.example:8080/http", "port", "{domain: evil.example, ports: [8080], protocol: http, reason: WHY}"),
        ("198.51.100.9:443/tls", "tls-no-name", "allow: - {cidr: 198.51.100.9/32, ports: [443], reason: WHY}"),
        ("198.51.100.9:53/udp", "dns", "{cidr: 198.51.100.9/32, ports: [53], protocol: udp, reason: WHY}"),
        ("198.51.100.9:5432", "port", "allow: - {cidr: 198.51.100.9/32, ports: [5432], reason: WHY}"),
    ],
)
def test_denied_names_the_tail_and_the_line_that_would_open_it(to, tail, fix):
    answer = only(asked("alpha", to))
    assert answer["verdict"] == "denied" and f"denied by the tail {tail} of group payments" in answer["says"]
    assert answer["steps"][-1]["passes"] is False and answer["steps"][-1]["where"] == "Network Firewall of security"
    assert answer["fix"][0].startswith("security: egress_groups.payments.allow: - ") and answer["fix"][0].endswith(fix)
    assert not answer["back"]


def test_quic_stays_closed_and_the_answer_says_what_clients_do():
    answer = only(asked("alpha", "api.stripe.com:443/quic"))
    assert answer["verdict"] == "denied" and answer["fix"] == [
        "QUIC can't be opened: its handshake hides the name. Clients fall back to TLS over TCP, which is open"
    ]


def test_a_line_that_opens_is_right():
    """Each line that is proposed for a name, put into the groups, makes the answer allowed."""
    import yaml

    for to in (
        "evil.example:443",
        "evil.example:80",
        "evil.example:8080/http",
        "198.51.100.9:53/udp",
        "evil.example:80/tls",
    ):
        line = next(line for line in only(asked("alpha", to))["fix"] if "payments.allow" in line)
        entry = yaml.safe_load(line.partition(".allow: ")[2])
        payments = {**GROUPS["payments"], "allow": [*GROUPS["payments"]["allow"], *entry]}
        assert asked("alpha", to, with_groups(payments=payments))["verdict"] == "allowed", line


def test_what_another_group_has_needs_only_the_sender():
    answer = only(asked("beta", "api.stripe.com"))
    assert answer["fix"] == ["security: egress_groups.payments.sources: [alpha, beta]"]


def test_what_the_group_has_on_another_port_needs_only_the_port():
    answer = only(asked("alpha", "api.stripe.com:8443"))
    assert answer["fix"] == ["security: egress_groups.payments.allow: - {domain: api.stripe.com, ports: [443, 8443]}"]


def test_an_entry_that_has_expired_is_named_with_its_day():
    answer = only(asked("alpha", "old.example.org"))
    assert "payments had old.example.org until 2026-01-31, which is over" in answer["says"]
    assert answer["fix"] == ["security: egress_groups.payments.allow: - {domain: old.example.org, until: A LATER DAY}"]


def test_a_sender_in_no_group():
    accounts = with_groups()
    del accounts["security"]["egress_groups"]["everyone"], accounts["security"]["egress_groups"]["payments"]
    answer = only(asked("alpha", "evil.example", accounts))
    assert answer["verdict"] == "denied" and "the sender is in no group of egress_groups" in answer["says"]
    assert answer["fix"] == [
        "security: egress_groups.NAME: {owner: WHO, sources: [alpha], allow: [{domain: evil.example, reason: WHY}]}"
    ]


def test_in_monitor_mode_nothing_is_dropped():
    result = asked("alpha", "evil.example", inventory(security={"egress_mode": "monitor"}))
    answer = only(result)
    assert result["verdict"] == "allowed" and answer["verdict"] == "denied" and answer["monitor"]
    assert answer["says"].endswith("would be dropped; now only logged (egress_mode: monitor)")
    assert answer["steps"][-1]["where"] == "security, internet gateway" and answer["back"]


@pytest.mark.parametrize(
    ("changes", "from_", "says", "fix"),
    [
        (
            {"alpha": {"spoke_destinations": ["10.0.0.0/16"]}},
            "alpha/app",
            "alpha, subnets of tier app: no route to the internet: spoke_destinations hasn't the internet",
            ["alpha: spoke_destinations: [10.0.0.0/16, 0.0.0.0/0]"],
        ),
        (
            {},
            "alpha/data",
            "alpha, subnets of tier data: no route to the internet: spoke_tiers hasn't data",
            ["alpha: spoke_tiers: [app, data]"],
        ),
        (
            {},
            "gamma",
            "no route to the internet: gamma isn't attached (spoke_attached: false)",
            ["gamma: spoke_attached: true"],
        ),
        (
            {"delta": {"vpc_cidrs": ["10.4.0.0/16"], "vpc_tiers": TIERS, "vpc_availability_zone_ids": ["euc1-az1"]}},
            "delta",
            "no route to the internet: delta isn't attached to a Transit Gateway",
            ["delta: spoke_segment: shared, in the group spokes", "delta: spoke_destinations: [0.0.0.0/0]"],
        ),
        (
            {},
            "analytics",
            "no route to the internet: analytics is closed: it reaches AWS's services, by VPC endpoints only",
            ["analytics: closed_network_services: for a service of AWS, its endpoint"],
        ),
        (
            {"shared-services": {"hub_segments": {**SEGMENTS, "customers": {"isolated": True, "reaches": ["shared"]}}}},
            "alpha/app",
            "Transit Gateway of shared-services, segment customers: no route to 0.0.0.0/0",
            ["shared-services: hub_segments.customers.reaches: [shared, egress]"],
        ),
        (
            {"shared-services": {"hub_segments": {"customers": {}, "shared": {}}}, "security": None},
            "alpha/app",
            "Transit Gateway of shared-services, segment customers: no route to 0.0.0.0/0",
            ["shared-services: hub_segments.egress: {egress: true}, with the attachment of the egress account"],
        ),
    ],
)
def test_a_missing_route_is_named_with_the_line_that_adds_it(changes, from_, says, fix):
    answer = only(asked(from_, "api.stripe.com", inventory(**changes)))
    assert (answer["verdict"], answer["says"], answer["fix"]) == ("unrouted", says, fix)
    assert answer["steps"][-1]["passes"] is False


def test_a_static_route_that_drops_it():
    segments = {
        **SEGMENTS,
        "customers": {**SEGMENTS["customers"], "static_routes": [{"destination": "203.0.113.0/24", "blackhole": True}]},
    }
    accounts = inventory(**{"shared-services": {"hub_segments": segments}})
    answer = only(asked("alpha/app", "203.0.113.7:22", accounts))
    assert answer["verdict"] == "unrouted" and "203.0.113.0/24 is dropped (blackhole)" in answer["says"]
    assert answer["steps"][-1]["decides"] == "hub_segments.customers.static_routes of shared-services"


def test_a_tier_that_answers_by_its_own_gateway_is_not_filtered():
    tiers = [{"name": "public", "prefix": 24, "internet": "direct"}, *TIERS]
    accounts = inventory(alpha={"vpc_tiers": tiers, "spoke_tiers": ["public", "app"]})
    answer = only(asked("alpha/public", "evil.example", accounts))
    assert answer["verdict"] == "allowed" and answer["says"].startswith("allowed: leaves by its own internet gateway")
    result = asked("alpha", "evil.example", accounts)
    assert result["verdict"] == "mixed" and [one["sender"] for one in result["answers"]] == [
        "alpha/public",
        "alpha/app",
    ]


def test_the_central_egress_comes_before_an_own_nat_gateway():
    """A spoke's 0.0.0.0/0 replaces the one of its NAT gateway."""
    tiers = [{"name": "public", "prefix": 24, "internet": "gateway"}, {"name": "app", "prefix": 24, "internet": "nat"}]
    accounts = inventory(alpha={"vpc_tiers": [*tiers, TIERS[2]]})
    assert asked("alpha/app", "evil.example", accounts)["verdict"] == "denied"
    own = inventory(alpha={"vpc_tiers": [*tiers, TIERS[2]], "spoke_destinations": ["10.0.0.0/16"]})
    assert "its own NAT gateway" in only(asked("alpha/app", "evil.example", own))["says"]


def test_the_internet_in_two_halves_is_the_internet():
    accounts = inventory(alpha={"spoke_destinations": ["0.0.0.0/1", "128.0.0.0/1"]})
    answer = only(asked("alpha/app", "api.stripe.com", accounts))
    assert answer["verdict"] == "allowed" and answer["steps"][0]["what"].startswith("0.0.0.0/1, 128.0.0.0/1 leads to")


def test_a_tier_without_a_flow_to_the_internet_is_closed_by_its_network_acl():
    accounts = inventory(alpha={"vpc_flows": [{"from": "app", "to": "internet", "tcp": [443]}]})
    assert asked("alpha/app", "api.stripe.com:443", accounts)["verdict"] == "allowed"
    answer = only(asked("alpha/app", "203.0.113.7:22", accounts))
    assert answer["verdict"] == "denied" and "no flow from app to internet" in answer["says"]
    assert answer["fix"] == ["alpha: vpc_flows: - {from: app, to: internet, tcp: [22]}"]


def test_parts_of_a_range_that_are_in_different_groups_are_told_apart():
    half = {"sources": ["10.1.0.0/21"], "allow": [{"domain": "half.example.com"}]}
    result = asked("alpha", "half.example.com", with_groups(half=half))
    # The tier app has 10.1.0.0/20 and 10.1.16.0/20.
    assert [(one["sender"], one["verdict"]) for one in result["answers"]] == [
        ("alpha/app (10.1.0.0/21)", "allowed"),
        ("alpha/app (10.1.8.0/21, 10.1.16.0/20)", "denied"),
    ]
    assert result["verdict"] == "mixed"
    assert asked("10.1.3.4", "half.example.com", with_groups(half=half))["verdict"] == "allowed"
    assert asked("10.1.8.0", "half.example.com", with_groups(half=half))["verdict"] == "denied"


def test_an_address_of_no_account():
    result = asked("192.168.7.7", "api.stripe.com")
    assert result["verdict"] == "denied" and only(result)["steps"][0]["passes"] is None
    strangers = with_groups(office={"sources": ["192.168.0.0/16"], "allow": [{"domain": "a.example.com"}]})
    answer = only(asked("192.168.7.7", "a.example.com", strangers))
    assert answer["verdict"] == "unknown" and "if it comes to the firewall" in answer["says"]
    assert only(asked("192.168.7.7", "a.example.com", inventory(security=None)))["verdict"] == "unrouted"


def test_a_private_address_behind_nothing_is_dropped_at_the_hub():
    answer = only(asked("alpha/app", "10.99.0.1"))
    assert answer["verdict"] == "unrouted" and "10.0.0.0/8 is dropped" in answer["says"]


def test_another_account_east_west():
    answer = only(asked("alpha/app", "shared-services"))
    assert answer["verdict"] == "unknown" and "routes lead to shared-services and back" in answer["says"]
    assert answer["back"][0]["decides"] == "hub_destinations of shared-services"
    closed = inventory(**{"shared-services": {"hub_destinations": []}})
    answer = only(asked("alpha/app", "shared-services", closed))
    assert answer["verdict"] == "unrouted" and "its answers don't come back" in answer["says"]


def test_segments_that_do_not_reach_each_other_are_told():
    answer = only(asked("alpha/app", "10.2.0.5:443"))
    assert answer["verdict"] == "unrouted" and answer["notes"] == [
        "alpha and beta are in customers, whose members don't reach each other (isolated: true)"
    ]
    segments = {**SEGMENTS, "partners": {}}
    accounts = inventory(**{"shared-services": {"hub_segments": segments}, "beta": {"spoke_segment": "partners"}})
    answer = only(asked("alpha/app", "10.2.0.5:443", accounts))
    assert answer["notes"] == ["alpha is in segment customers, beta in partners"]
    assert answer["fix"] == ["shared-services: hub_segments.customers.reaches: [shared, egress, partners]"]


def test_a_name_may_stand_for_an_address_that_is_open():
    answer = only(asked("alpha/app", "sftp.bank.example:22/tcp"))
    assert answer["verdict"] == "denied" and answer["fix"] == [
        "a name is seen in TLS and HTTP only: tcp needs an entry {cidr: ..., ports: ...}"
    ]
    assert answer["notes"] == ["if its address is in 203.0.113.0/24, group payments lets it pass, whatever its name"]


def test_a_firewall_that_is_attached_to_the_transit_gateway_itself():
    segments = {**SEGMENTS, "internet": {"internet_of": "egress"}}
    accounts = inventory(
        **{
            "shared-services": {"hub_segments": segments},
            "security": {"spoke_segment": "internet", "egress_topology": "transit_gateway"},
        }
    )
    answer = only(asked("alpha/app", "api.stripe.com", accounts))
    assert answer["verdict"] == "allowed"
    assert answer["steps"][1]["what"] == "0.0.0.0/0 leads to the attachment of security-firewall"
    assert answer["steps"][2]["where"] == "Transit Gateway, attachment of security's firewall"


@pytest.mark.parametrize(
    ("from_", "to", "says"),
    [
        ("alhpa", "api.stripe.com", "from: 'alhpa' is neither a host of the inventory"),
        ("alpha", "nowhere", "to: 'nowhere' has no dot and is no host of the inventory"),
    ],
)
def test_a_wrong_question_is_refused(from_, to, says):
    with pytest.raises(Invalid, match=says):
        asked(from_, to)


def test_wrong_groups_are_refused_by_their_path():
    with pytest.raises(Invalid, match=r"security.egress_groups.x.sources\[0\]: 'nobody' is no account"):
        asked("alpha", "api.stripe.com", with_groups(x={"sources": ["nobody"], "allow": [{"domain": "a.example.com"}]}))


def test_the_text_and_the_data():
    result = asked("alpha", "api.stripe.com:443")
    assert result == json.loads(json.dumps(result))
    lines = why_lines(result)
    assert lines[:2] == [
        "from alpha to api.stripe.com:443 (tls): ALLOWED",
        "alpha/app: allowed by group payments, api.stripe.com (card payments, until 2027-03-31, owner team-payments)",
    ]
    assert lines[2] == (
        "  -> alpha, subnets of tier app: 0.0.0.0/0 leads to the Transit Gateway [spoke_destinations of alpha; alpha]"
    )
    denied = why_lines(asked("alpha", "evil.example"))
    assert any(line.startswith("  x Network Firewall of security: stops TLS with a name (SNI) that") for line in denied)
    assert any(line.startswith("  to change that: security: egress_groups.payments.allow: - {dom") for line in denied)


def test_names_of_others_are_text():
    payments = {
        **GROUPS["payments"],
        "owner": "\x1b[31mred",
        "allow": [{"domain": "a.example.com", "reason": "x\n- y\u202e"}],
    }
    for line in why_lines(asked("alpha", "a.example.com", with_groups(payments=payments))):
        assert line.isprintable() and "\x1b" not in line and "\u202e" not in line


@pytest.mark.parametrize(
    ("declared", "inside"),
    [
        ({}, False),
        ({"egress_internal_cidrs": ["10.0.0.0/8", "198.51.100.0/24"]}, True),
        ({"egress_internal_cidrs": "10.0.0.0/8, 198.51.100.0/24"}, True),
        ({"spoke_destinations": ["10.0.0.0/8", "198.51.100.0/24"]}, True),
    ],
)
def test_what_is_behind_the_hub_is_inside_for_the_firewall(declared, inside):
    answer = only(asked("alpha", "198.51.100.7:443", inventory(security=declared)))
    assert answer["verdict"] == "denied"
    assert ("denied by the firewall's default: 198.51.100.7:443 is inside" in answer["says"]) == inside
