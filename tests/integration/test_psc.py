# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An API of a project of Google Cloud for two others of the same range: applied for, approved, expired, rejected,
withdrawn, torn down. Statuses: https://docs.cloud.google.com/vpc/docs/about-vpc-hosted-services#connection-statuses."""

from __future__ import annotations

import json

import pytest

from tests.emulator.conftest import running
from tests.integration.conftest import lines
from tests.integration.google_site import (
    APPROVAL,
    ATTACHMENT,
    CONSUMER,
    ENDPOINT,
    GOOGLE_SEED,
    OTHER,
    PROJECTS,
    PROVIDER,
    SERVICE,
    GoogleSite,
    of_google,
    writes,
)

WORD = "yes-all-3-of-recruiting-b"
LONG_AGO = json.dumps({"recruiting_a_approved_until": "2020-01-31"})
REJECT = json.dumps({"matching_api_undeclared": "reject"})
ALLOW = ("-e", "allow_disconnect=true")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with running(GOOGLE_SEED, tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def empty(emulator, tmp_path):
    """Return a site before its first run."""
    emulator.control("POST", "reset")
    emulator.control("POST", "settings", {"transition": 30})
    return GoogleSite(emulator, tmp_path)


@pytest.fixture
def site(empty):
    empty.run("privatelink").succeeded()
    return empty


def quiet(run):
    run.succeeded()
    assert not any(run.changed.values()), run.output
    assert writes(run) == []
    return run


def test_who_is_in_the_ledger_is_connected_at_once_and_who_merely_knows_the_service_waits(empty):
    first = empty.run("privatelink").succeeded()
    assert {host for host, changed in first.changed.items() if changed} == set(PROJECTS)
    assert empty.statuses() == {CONSUMER: "ACCEPTED", OTHER: "PENDING"}
    # No run of the provider after the consumers': its lists decide on who comes later.
    accounts = [call["account"] for call in of_google(first) if call["account"]]
    assert PROVIDER not in accounts[accounts.index(CONSUMER) :]
    attachment = empty.get(PROVIDER, ATTACHMENT)
    assert attachment["connectionPreference"] == "ACCEPT_MANUAL" and attachment["reconcileConnections"] is True
    for project in (CONSUMER, OTHER):
        zone = empty.google(project).call("GET", f"/dns/v1/projects/{project}/managedZones")["managedZones"][0]
        assert (zone["dnsName"], zone["visibility"]) == ("matching.recruiting.internal.", "private")
    quiet(empty.run("privatelink"))
    quiet(empty.run("site"))


def test_plan_and_verify_tell_who_waits_and_write_nothing(site):
    *shown, total = lines(quiet(site.run("plan")))
    assert total == "3 accounts: nothing to do; NOT AS DECLARED: recruiting-c"
    told = f"NOT AS DECLARED matching: projects/{OTHER}/regions/asia-northeast1/{ENDPOINT} is PENDING"
    assert any(line.startswith(f"  {told}") for line in shown)
    seen = site.run("verify")
    assert seen.code != 0 and told in seen.output and writes(seen) == []
    declared = quiet(site.run("verify", "--limit", f"{PROVIDER},{CONSUMER}"))
    assert "Every account is as declared" in declared.output
    # Without an account of AWS, nothing is skipped for one.
    assert "skipping: [recruiting" not in site.run("verify").output


def test_a_plan_before_anything_exists_can_be_approved_and_applied(empty):
    plan = empty.home / "plan.json"
    planned = quiet_plan(empty.run("plan", "-e", f"plan_json={plan}"))
    assert "  + matching-api: service_attachment.main: name matching-api" in planned.output
    applied = empty.run("privatelink", "-e", f"approved_plan_file={plan}").succeeded()
    assert f"{PROVIDER} serviceAttachments.insert" in writes(applied)

    empty.declare(PROVIDER, "providers", psc_services=[{**SERVICE, "nat_cidrs": ["192.168.0.0/29", "192.168.1.0/29"]}])
    refused = empty.run("privatelink", "-e", f"approved_plan_file={plan}")
    assert refused.failed == [PROVIDER] and "wasn't planned" in refused.output and writes(refused) == []


def quiet_plan(run):
    assert writes(run.succeeded()) == []
    return run


def test_an_approval_ends_when_it_expires_and_a_renewed_one_connects_the_same_endpoint(site):
    before = site.get(CONSUMER, ENDPOINT)["pscConnectionId"]
    shown = lines(site.run("plan", "-e", LONG_AGO).succeeded())
    (line,) = [line for line in shown if "matching-api: service_attachment.main" in line]
    assert line.startswith("  ~ matching-api: ") and f"{CONSUMER}: ACCEPTED -> PENDING" in line and "stops" in line

    # The nightly run of the provider alone, in its last phase or in the first.
    cut = site.run("privatelink", "--tags", "providers_decided", "-e", LONG_AGO).succeeded()
    assert writes(cut) == [f"{PROVIDER} serviceAttachments.patch"]
    assert site.statuses() == {CONSUMER: "PENDING", OTHER: "PENDING"}

    renewed = site.run("providers").succeeded()
    assert writes(renewed) == [f"{PROVIDER} serviceAttachments.patch"]
    assert site.statuses() == {CONSUMER: "ACCEPTED", OTHER: "PENDING"}
    assert site.get(CONSUMER, ENDPOINT)["pscConnectionId"] == before


def test_who_isnt_declared_is_rejected_in_the_run_in_which_it_applies_and_can_be_accepted_later(empty):
    first = empty.run("privatelink", "-e", REJECT).succeeded()
    assert writes(first)[-1] == f"{PROVIDER} serviceAttachments.patch"
    assert empty.statuses() == {CONSUMER: "ACCEPTED", OTHER: "REJECTED"}
    quiet(empty.run("privatelink", "-e", REJECT))
    seen = empty.run("verify", "-e", REJECT)
    assert seen.code != 0 and f"projects/{OTHER}/regions/asia-northeast1/{ENDPOINT} is REJECTED" in seen.output

    both = [APPROVAL, {**APPROVAL, "project_id": OTHER}]
    approved = empty.run("privatelink", "-e", REJECT, "-e", json.dumps({"matching_api_consumers": both})).succeeded()
    assert writes(approved) == [f"{PROVIDER} serviceAttachments.patch"]
    assert empty.statuses() == {CONSUMER: "ACCEPTED", OTHER: "ACCEPTED"}


def test_a_connected_project_that_is_only_omitted_stays_until_somebody_confirms(site):
    nobody = json.dumps({"matching_api_consumers": []})
    refused = site.run("providers", "-e", nobody)
    assert refused.failed == [PROVIDER] and writes(refused) == []
    assert f"-e confirm_removals=matching-api/{CONSUMER}. Nothing was written" in refused.output
    assert site.statuses()[CONSUMER] == "ACCEPTED"
    site.run("providers", "-e", nobody, "-e", f"confirm_removals=matching-api/{CONSUMER}").succeeded()
    assert site.statuses()[CONSUMER] == "PENDING"


def test_a_withdrawn_service_is_confirmed_and_comes_back_with_new_endpoints(site):
    withdraw = ("-e", "psc_provider_state=absent")
    refused = site.run("providers", *withdraw)
    assert refused.failed == [PROVIDER] and writes(refused) == []
    assert f"allow_disconnect: this deletes the service attachment while endpoints are connected: {CONSUMER}" in (
        refused.output
    )
    site.run("providers", *withdraw, *ALLOW).succeeded()
    assert site.statuses() == {CONSUMER: "CLOSED", OTHER: "CLOSED"}
    assert site.listed(PROVIDER, "forwardingRules") == site.listed(PROVIDER, "backendServices") == []
    seen = site.run("verify", "--limit", "consumers")
    assert seen.code != 0 and "matching: psc_endpoint.main" in seen.output

    again = site.run("privatelink").succeeded()
    assert [write for write in writes(again) if "forwardingRules" in write and OTHER in write] == [
        f"{OTHER} forwardingRules.delete",
        f"{OTHER} forwardingRules.insert",
    ]
    assert site.statuses() == {CONSUMER: "ACCEPTED", OTHER: "PENDING"}
    quiet(site.run("privatelink"))


def test_teardown_deletes_all_that_was_created_and_asks_once(site):
    refused = site.run("teardown")
    assert refused.code != 0 and f"-e teardown_confirm={WORD}" in refused.output and refused.calls == []
    assert "closes all connections to their service attachments, of other inventories too" in refused.output
    previewed = site.run("teardown", "--check").succeeded()
    assert writes(previewed) == []
    shown = lines(previewed)
    for deleted in ("  - matching-api: service_attachment.main", "  - matching: psc_endpoint.main"):
        assert [line for line in shown if line.startswith(deleted)], shown
    # The connections that this cuts.
    (attachment,) = [line for line in shown if "matching-api: service_attachment.main" in line]
    assert CONSUMER in attachment and "CLOSED" in attachment

    done = writes(site.run("teardown", "-e", f"teardown_confirm={WORD}").succeeded())
    # Consumers first: an endpoint whose attachment is deleted would be CLOSED.
    assert done.index(f"{CONSUMER} forwardingRules.delete") < done.index(f"{PROVIDER} serviceAttachments.delete")
    for project in PROJECTS:
        for kind in ("forwardingRules", "addresses", "serviceAttachments", "backendServices"):
            assert site.listed(project, kind) == []
        # The network is theirs.
        assert site.listed(project, "subnetworks") == ["apps"]
        assert site.google(project).call("GET", f"/dns/v1/projects/{project}/managedZones")["managedZones"] == []
    assert writes(site.run("teardown", "-e", f"teardown_confirm={WORD}").succeeded()) == []


def test_swapped_projects_and_what_others_made_their_own_are_left_alone(site):
    site.declare(PROVIDER, "providers", project_id=CONSUMER)
    site.declare(CONSUMER, "consumers", project_id=PROVIDER)
    swapped = site.run("privatelink")
    assert swapped.code != 0 and writes(swapped) == []
    assert "its number is 200000000001, project_number says 200000000002" in swapped.output
    site.declare(PROVIDER, "providers", project_id=PROVIDER)
    site.declare(CONSUMER, "consumers", project_id=CONSUMER)

    there = site.get(PROVIDER, ATTACHMENT)
    fixed = {"name": there["name"], "enableProxyProtocol": False, "fingerprint": there["fingerprint"]}
    site.operator(PROVIDER).patch(ATTACHMENT, **fixed, description="by hand")
    deleted = site.run("teardown", "--limit", PROVIDER, "-e", f"teardown_confirm=yes-{PROVIDER}")
    assert deleted.code != 0 and writes(deleted) == []
    assert "matching-api isn't closednet's" in deleted.output and "would lose" in deleted.output
    assert site.statuses() == {CONSUMER: "ACCEPTED", OTHER: "PENDING"}


def service(number, **changed):
    """Return a service of the provider with a ledger entry, changed."""
    (nat,) = SERVICE["nat_cidrs"]
    more = {"name": f"api-{number}", "nat_cidrs": [nat.replace(".0.0/", f".{number}.0/")]}
    return {**SERVICE, **more, "consumers": [{**APPROVAL, **changed}]}


@pytest.mark.parametrize(
    ("playbook", "provider", "consumer", "expected"),
    [
        (
            "privatelink",
            {"cloud": "azure"},
            {"cloud": None},
            [
                "recruiting-b.cloud: 'azure' is no cloud of this collection; expected aws or gcp",
                "recruiting-a.project_id: is of Google Cloud, and the host an account of AWS (did you",
            ],
        ),
        (
            "plan",
            {"account_id": "5" * 12},
            {},
            ["recruiting-b.account_id: '555555555555' is an account of AWS, and the host"],
        ),
        (
            "plan",
            {"region": "asia-northeast1-a"},
            {"project_id": "recruiting-c"},
            [
                "recruiting-b.region: 'asia-northeast1-a' is a zone",
                "is also the project of recruiting-a in asia-northeast1",
            ],
        ),
        (
            "privatelink",
            {
                "psc_services": [
                    service(0),
                    service(1, project_number="7777777"),
                    service(2, expires="31.12.2099"),
                ]
            },
            {
                "psc_endpoints": [
                    {"name": "a", "service": {"host": PROVIDER, "name": "matching"}, "subnetwork": "apps"},
                ]
            },
            [
                "consumers[0].project_number: '7777777' isn't the number of recruiting-a; expected 200000000001",
                "recruiting-b.psc_services[2].consumers[0].expires: '31.12.2099' is no date",
                "is published nowhere (that host's services: api-0, api-1, api-2)",
            ],
        ),
        (
            "privatelink",
            {"psc_services": [{**service(0), "undeclred": "reject"}]},
            {"psc_endpoints": [{"name": "b", "subnetwork": "apps"}]},
            [
                "psc_services[0].undeclred: is no option (did you mean undeclared?)",
                "all of the following are missing: service found in psc_endpoints",
            ],
        ),
        (
            "plan",
            {"project_id": "200000000002"},
            {"region": "us-west1", "psc_endpoint": []},
            [
                "recruiting-b.project_id: '200000000002' is a project's number",
                "is a service of asia-northeast1, and endpoints of us-west1 reach services of",
                "recruiting-a.psc_endpoint: is no variable of this collection: did you mean psc_endp",
            ],
        ),
        (
            "privatelink",
            {"psc_services": [{**service(0, connection_limit=5), "name": "matching-api"}]},
            {},
            ["recruiting-b.psc_services[0].nat_cidrs: ['192.168.0.0/29'] has 4 usable addresses"],
        ),
    ],
)
def test_what_is_wrong_with_the_inventory_is_told_before_any_call(empty, playbook, provider, consumer, expected):
    """All of it at once. Each problem by itself: tests/unit/_domain/inventory/test_psc.py and test_clouds.py."""
    empty.declare(PROVIDER, "providers", **{"matching_api_state": "present", **provider})
    empty.declare(CONSUMER, "consumers", **consumer)
    run = empty.run(playbook)
    assert run.code != 0 and run.calls == []
    assert [text for text in expected if text not in run.output] == [], run.output


def test_a_project_of_google_cloud_has_no_other_role(empty):
    empty.declare(CONSUMER, "spokes")
    run = empty.run("plan")
    assert "recruiting-a.cloud: 'gcp' is in the group spokes, whose roles don't run on this cloud" in run.output
    assert run.calls == []


def test_a_provider_without_its_consumers_and_the_reverse(empty):
    """Each side is run by a team of its own, with its own playbook."""
    published = empty.run("providers").succeeded()
    assert {call["account"] for call in of_google(published) if call["account"]} == {PROVIDER}
    applied = empty.run("consumers", "--limit", CONSUMER).succeeded()
    assert {call["account"] for call in of_google(applied) if call["account"]} == {CONSUMER}
    quiet(empty.run("privatelink", "--limit", f"{PROVIDER},{CONSUMER}"))
