# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The provider's side of Private Service Connect: the service attachment and its connections.

Rules: https://cloud.google.com/vpc/docs/about-vpc-hosted-services.
"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._capabilities import psc_service_info
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Conflict, Renamed
from ansible_collections.closednet.aws.tests.unit._resources.psc_google import (
    CONSUMER,
    IN_B,
    MARK,
    NUMBER,
    RULE,
    B,
    accepted,
    attachment,
    body,
    endpoint,
    patch,
    plan,
    published,
    run,
    subnet,
    url,
)

# ---- what is created ----------------------------------------------------------------------------------------------


def test_a_new_service_has_its_nat_subnet_first():
    result = run({"forwardingRules": [RULE]}, firewall={})
    assert [step["address"] for step in result["plan"]] == [
        "nat_subnet.nat-1",
        "nat_firewall.main",
        "service_attachment.main",
    ]
    created = result["plan"][-1]["after"]
    assert created["nat_subnets"] == ["(known after nat_subnet.nat-1)"]
    assert created["target_service"] == f"{IN_B}/forwardingRules/given"
    assert result["plan"][0]["after"]["network"] == f"projects/{B}/global/networks/main"
    assert result["plan"][1]["after"]["ports"] == ["443"]


def test_a_plan_can_be_made_before_the_forwarding_rule_exists_but_not_applied():
    result = run({}, firewall={})
    assert result["plan"][-1]["after"]["target_service"] == "(known after referenced_rule.main)"
    with pytest.raises(Conflict, match="forwarding_rule: .*/given doesn't exist in region asia-northeast1"):
        run({}, check=False)


def test_what_is_as_declared_needs_nothing():
    assert plan(published()) == []
    number = published(endpoint("ACCEPTED"))
    for one in number["serviceAttachments"] + number["subnetworks"]:
        for key, value in one.items():
            if isinstance(value, str):
                one[key] = value.replace(f"projects/{B}/", f"projects/{NUMBER}/")
    # Whether answers have the project's id or its number isn't documented.
    assert plan(number) == []


@pytest.mark.parametrize("order", [1, -1])
def test_lists_are_compared_as_sets(order):
    """hashicorp/terraform-provider-google #12409, #25913: their orders are random."""
    both = [CONSUMER, {**CONSUMER, "project_id": "recruiting-c"}]
    given = published(
        consumerAcceptLists=[accepted(), accepted("recruiting-c")][::order],
        natSubnets=[url("subnetworks", f"matching-api-nat-{number}") for number in (1, 2)][::order],
    )
    given["subnetworks"].append(subnet("matching-api-nat-2", "192.168.1.0/29"))
    assert plan(given, consumers=both, nat_cidrs=["192.168.1.0/29", "192.168.0.0/29"]) == []


def test_a_project_is_known_by_its_number_if_the_entry_has_it():
    given = published(endpoint("ACCEPTED", "415104041262"), consumerAcceptLists=[accepted("415104041262")])
    assert plan(given, consumers=[{**CONSUMER, "project_number": "415104041262"}]) == []
    result = run(given)
    assert any("add project_number" in note for note in result["notes"])
    # Unknown isn't permitted: it asks for a confirmation rather than cutting what may be the declared project.
    with pytest.raises(
        Conflict, match="confirm_removals: this would remove matching-api/415104041262 .*project_number"
    ):
        run(given, check=False)


# ---- one patch ----------------------------------------------------------------------------------------------------


def test_all_changes_are_one_patch_with_what_the_api_demands():
    """Terraform's provider sends name and enableProxyProtocol with each: b/198329756, b/198308475."""
    sent = body(published(reconcileConnections=False, consumerAcceptLists=[]))
    assert sent["serviceAttachment"] == "matching-api"
    assert sent["body"] == {
        "name": "matching-api",
        "fingerprint": "abc=",
        "connectionPreference": "ACCEPT_MANUAL",
        "reconcileConnections": True,
        "enableProxyProtocol": False,
        "natSubnets": [f"{IN_B}/subnetworks/matching-api-nat-1"],
        "consumerAcceptLists": [{"projectIdOrNum": "recruiting-a", "connectionLimit": 1}],
        "consumerRejectLists": [],
    }


@pytest.mark.parametrize(
    ("there", "field"),
    [
        ({"reconcileConnections": False}, "reconcile_connections"),
        ({"reconcileConnections": None}, "reconcile_connections"),
        ({"connectionPreference": "ACCEPT_AUTOMATIC", "consumerAcceptLists": []}, "accept+connection_preference"),
        ({"enableProxyProtocol": True}, "proxy_protocol"),
        ({"consumerRejectLists": ["recruiting-a"]}, "reject"),
        ({"consumerAcceptLists": [accepted(limit=2)]}, "accept"),
        ({"consumerAcceptLists": [{"networkUrl": url("networks", "x"), "connectionLimit": 1}]}, "accept"),
        ({"targetService": url("forwardingRules", "other")}, "target_service"),
    ],
)
def test_what_differs_is_changed_back(there, field):
    assert patch(published(**there))["address"] == f"service_attachment.main:{field}"


def test_the_plan_says_what_happens_to_each_endpoint():
    given = published(endpoint("PENDING"), endpoint("ACCEPTED", "recruiting-c"), consumerAcceptLists=[])
    assert patch(given)["after"]["effect"] == [
        "recruiting-a: PENDING -> ACCEPTED, its traffic begins",
        "recruiting-c: ACCEPTED -> PENDING, its traffic stops",
    ]


def test_expired_is_cut_without_a_confirmation_and_omitted_only_with_one():
    given = published(endpoint("ACCEPTED"))
    expired = [{**CONSUMER, "expires": "2020-01-01"}]
    result = run(given, consumers=expired)
    assert result["plan"][0]["after"]["effect"] == ["recruiting-a: ACCEPTED -> PENDING, its traffic stops"]
    assert not any("confirm_removals" in note for note in result["notes"])
    with pytest.raises(Conflict, match="matching-api/recruiting-a .*no longer declared"):
        run(given, check=False, consumers=[])


def test_a_run_cuts_only_so_many_expired_projects():
    names = [f"expired-{number}" for number in range(4)]
    listed = [accepted(name) for name in names]
    given = published(*(endpoint("ACCEPTED", name) for name in names), consumerAcceptLists=listed)
    expired = [{**CONSUMER, "project_id": name, "expires": "2020-01-01"} for name in names]
    with pytest.raises(Conflict, match="4 of 4 are more than one run takes"):
        run(given, check=False, consumers=expired)


def test_undeclared_projects_are_rejected_only_if_that_is_said():
    given = published(endpoint("PENDING", "x-stranger"), endpoint("CLOSED", "y-closed"))
    assert plan(given) == []
    assert any("endpoint matching of project x-stranger waits" in note for note in run(given)["notes"])
    step = patch(given, undeclared="reject")
    assert step["after"]["reject"] == ["x-stranger"]
    assert step["after"]["effect"] == ["x-stranger: PENDING -> REJECTED"]


def test_a_number_that_may_be_a_ledger_entrys_is_not_rejected():
    """Whether answers have a project's id or its number isn't documented."""
    given = published(endpoint("PENDING", "415104041262"), endpoint("PENDING", "x-stranger"))
    result = run(given, undeclared="reject")
    assert result["plan"][0]["after"]["reject"] == ["x-stranger"]
    (finding,) = result["findings"]
    assert "415104041262 applies and isn't rejected" in finding and "describe recruiting-a" in finding
    assert result["notes"] == []
    # Nor does it stay on the list once an entry may be its project: an approval would have no effect.
    assert patch(published(endpoint("REJECTED", "999"), consumerRejectLists=["999"]), undeclared="reject")
    # An expired entry may be it, too.
    assert plan(given, consumers=[{**CONSUMER, "expires": "2020-01-01"}], undeclared="reject")
    known = {**CONSUMER, "project_number": "415104041262"}
    other = published(endpoint("PENDING", "415104041262"), endpoint("PENDING", "999"))
    result = run(other, consumers=[known], undeclared="reject")
    assert result["plan"][0]["after"]["reject"] == ["999"]
    assert not any("isn't rejected" in finding for finding in result["findings"])


def test_an_expired_project_is_left_waiting_not_rejected():
    given = published(endpoint("PENDING"), consumerAcceptLists=[])
    assert plan(given, consumers=[{**CONSUMER, "expires": "2020-01-01"}], undeclared="reject") == []


def test_more_strangers_than_a_reject_list_takes_dont_stop_a_run():
    """Whoever knows the URI can apply from as many projects as they like."""
    many = [endpoint("PENDING", f"stranger-{number:03}") for number in range(70)]
    result = run(published(*many), undeclared="reject")
    assert len(result["plan"][0]["after"]["reject"]) == 64
    assert any("6 more projects apply than a reject list takes" in line for line in result["findings"])


# ---- what interrupts all ------------------------------------------------------------------------------------------

INTERRUPTING = {
    "target": ({"targetService": url("forwardingRules", "other")}, {}, "replaces the target service"),
    "automatic": ({"connectionPreference": "ACCEPT_AUTOMATIC"}, {}, "switches from ACCEPT_AUTOMATIC"),
    "domain": ({"domainNames": ["p.example.com."]}, {}, "creates the service attachment again"),
    "nat": ({"natSubnets": [url("subnetworks", "x")]}, {}, "takes away a NAT subnet"),
    "absent": ({}, {"state": "absent"}, "deletes the service attachment"),
}


@pytest.mark.parametrize(("there", "options", "text"), INTERRUPTING.values(), ids=INTERRUPTING)
def test_what_interrupts_connected_endpoints_needs_a_confirmation(there, options, text):
    live = published(endpoint("ACCEPTED"), **there)
    with pytest.raises(Conflict, match=f"allow_disconnect: this {text}.* while endpoints are connected: recruiting-a"):
        run(live, check=False, **options)
    assert any(note.startswith(f"allow_disconnect: this {text}") for note in run(live, **options)["notes"])
    assert run(live, **options, allow_disconnect=True)["notes"] == []
    # Nobody is connected, so nobody is asked.
    for status in ("PENDING", "REJECTED", "CLOSED"):
        notes = run(published(endpoint(status), **there), **options)["notes"]
        assert not any("allow_disconnect" in note for note in notes)


def test_another_domain_name_creates_the_attachment_again_and_says_that_endpoints_close():
    live = published(endpoint("ACCEPTED"))
    result = run(live, domain_name="p.example.com", allow_disconnect=True)
    assert [f"{step['action']} {step['address']}" for step in result["plan"]] == [
        "create service_attachment.main",
        "delete service_attachment.main:replaced",
    ]
    assert result["plan"][1]["before"]["effect"] == [
        "recruiting-a: ACCEPTED -> CLOSED, its traffic stops; its consumer has to create it again"
    ]


@pytest.mark.parametrize("status", ["NEEDS_ATTENTION", "STATUS_UNSPECIFIED", "FROZEN"])
def test_an_endpoint_that_may_carry_traffic_is_not_cut_without_a_confirmation(status):
    """A status that isn't known here counts as one in which it does, as for psc_endpoint."""
    live = published(endpoint(status))
    with pytest.raises(Conflict, match="allow_disconnect: this deletes the service attachment while .*recruiting-a"):
        run(live, check=False, state="absent")
    with pytest.raises(Conflict, match="confirm_removals: this would remove matching-api/recruiting-a "):
        run(live, check=False, consumers=[])
    assert patch(live, consumers=[])["after"]["effect"][0].startswith(f"recruiting-a: {status} -> PENDING")
    # A stranger's, which no list connects, stops no run.
    stranger = published(endpoint("STATUS_UNSPECIFIED", "x-stranger"))
    assert run(stranger, check=False)["plan"] == []


def test_what_is_connected_still_is_not_told_to_wait():
    assert not any("waits" in note for note in run(published(endpoint("ACCEPTED")), consumers=[])["notes"])


def test_the_domain_name_to_come_is_told_with_what_google_asks_for():
    live = published(endpoint("ACCEPTED"))
    with pytest.raises(Conflict, match="with domain_name 'p.example.com.' .if Search Console doesn't show"):
        run(live, check=False, domain_name="p.example.com")


# ---- who is in the way --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "description",
    [None, "", "by hand", MARK.replace("psc_service", "psc_endpoint") + "main", f"{MARK}main\n{MARK}main"],
)
def test_somebody_elses_attachment_of_the_name_is_in_the_way(description):
    with pytest.raises(Conflict, match="service_attachment.main: .*matching-api exists and isn't closednet's"):
        run(published(description=description))


def test_a_line_of_ones_own_beside_the_mark_is_left():
    assert plan(published(description=f"of team b\n{MARK}main")) == []


def test_a_deletion_takes_nothing_from_an_attachment_of_others():
    """Its description was edited by hand: it stays, so what it uses has to stay, firewall rule and NAT subnet."""
    for description, name in (("by hand", "matching-api"), (f"{MARK}main".replace("matching", "z"), "other")):
        given = published(endpoint("ACCEPTED"), description=description, name=name)
        with pytest.raises(Conflict, match=f"{name} isn't closednet's .* would lose .*/matching-api-nat-1, which it"):
            run(given, check=False, state="absent", allow_disconnect=True)
        assert any("A run refuses that" in note for note in run(given, state="absent")["notes"])
    # One that uses nothing of it is no matter.
    free = published(description="by hand", natSubnets=[url("subnetworks", "x")])
    assert run(free, state="absent")["notes"] == []


def test_another_name_of_the_module_with_the_same_load_balancer_is_a_renamed_host():
    given = published(name="old-api", description=MARK.replace("matching-api", "old-api") + "main")
    with pytest.raises(Renamed, match="its closednet:managed is psc_service/old-api"):
        run({**given, "subnetworks": []})


@pytest.mark.parametrize(
    "shared", [{"targetService": url("forwardingRules", "z")}, {"natSubnets": [url("subnetworks", "z")]}]
)
def test_a_load_balancer_or_nat_subnet_serves_one_attachment(shared):
    """about-vpc-hosted-services: "Each load balancer can be referenced only by a single service attachment"."""
    theirs = attachment(name="theirs", description="by hand", **shared)
    with pytest.raises(Conflict, match="serves .*/theirs already"):
        run({**published(), "serviceAttachments": [theirs]})


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"loadBalancingScheme": "EXTERNAL"}, "is EXTERNAL; expected one of an internal load balancer"),
        ({"loadBalancingScheme": "", "target": url("serviceAttachments", "x")}, "is an endpoint of another service"),
    ],
)
def test_what_cannot_stand_behind_an_attachment(rule, text):
    with pytest.raises(Conflict, match=f"forwarding_rule: .*{text}"):
        run({"forwardingRules": [{**RULE, **rule}]})


# ---- findings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("NEEDS_ATTENTION", "the NAT subnets have no free address"),
        # The accept list has its project already, so no run changes it.
        ("PENDING", "is PENDING although the accept list has its project"),
        ("REJECTED", "an organization policy of its project forbids it"),
        ("CLOSED", "its service attachment was deleted"),
        ("STATUS_UNSPECIFIED", "a status that is not known here"),
        ("ODD\x1b[31m", "a status that is not known here"),
        ("", "is without a status"),
    ],
)
def test_a_connection_that_does_not_work_is_a_finding(status, text):
    (line,) = run(published(endpoint(status)))["findings"]
    assert text in line and "\x1b" not in line


def test_what_google_connects_against_its_lists_is_a_finding():
    """No change of the lists is left that would end it, so nothing is to be confirmed."""
    result = run(published(endpoint("ACCEPTED", "x-stranger")), check=False)
    (line,) = result["findings"]
    assert result["plan"] == [] and "of project x-stranger is ACCEPTED, although the ledger says" in line


def test_an_endpoint_over_its_limit_is_a_finding():
    (line,) = run(published(endpoint("ACCEPTED", name="one"), endpoint("PENDING", name="two")))["findings"]
    assert "endpoint two of project recruiting-a is PENDING: over the project's connection_limit 1" in line


def test_the_info_module_tells_what_a_run_would_decide():
    given = published(endpoint("PENDING"), endpoint("PENDING", "x-stranger"), consumerAcceptLists=[])
    result = run(given, capability=psc_service_info.CAPABILITY, consumers=[CONSUMER], undeclared="reject")
    told = {line["project"]: (line["verdict"], line["decision"]) for line in result["connections"]}
    assert told == {"recruiting-a": ("accepted", "ACCEPTED"), "x-stranger": ("unknown", "REJECTED")}
    assert result["service_uri"] == url("serviceAttachments", "matching-api")
    assert result["service_attachment_id"] == {"high": "36190541368524859", "low": "0"}
    nothing = run({}, capability=psc_service_info.CAPABILITY)
    assert (nothing["service_attachment"], nothing["connections"]) == (None, [])
