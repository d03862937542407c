# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Demo API between accounts of one CIDR: shared, refused, run again, expired, approved again, torn down."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.module_utils._domain.reports.host_plans import UNPUBLISHED
from tests.integration.conftest import (
    DEMO,
    HOSTS,
    LEDGER,
    PARTNER,
    PAYMENTS,
    PRIVATELINK_HOSTS,
    lines,
    new_site,
)

GROUPS = ("providers", "consumers")
TEARDOWN = ("-e", "teardown_confirm=yes-all-3-of-ledger", "-e", "teardown_vpcs=true")
(SERVICE,) = yaml.safe_load((DEMO / "group_vars" / "providers.yml").read_text())["privatelink_provider_services"]
(ENDPOINT,) = yaml.safe_load((DEMO / "group_vars" / "consumers.yml").read_text())["privatelink_consumer_endpoints"]


@pytest.fixture(scope="module")
def converged(organization, tmp_path_factory):
    """Return (site, its first run); no test changes it."""
    site = new_site(organization, tmp_path_factory.mktemp("site"), GROUPS)
    return site, site.run("privatelink").succeeded()


@pytest.fixture
def site(organization, tmp_path):
    return new_site(organization, tmp_path, GROUPS)


def quiet(run):
    run.succeeded()
    assert not any(run.changed.values()), run.output
    assert run.writes == []
    return run


def endpoints(site, account_id: str) -> dict[str, str]:
    """Return {id: state} of the account's endpoints, without deleted ones."""
    found = site.client(account_id).describe_vpc_endpoints()["VpcEndpoints"]
    return {e["VpcEndpointId"]: e["State"] for e in found if e["State"] not in ("deleting", "deleted")}


def connections(site) -> dict[str, str]:
    """Return {account: state of its connection}, as the provider sees it."""
    found = site.client(LEDGER).describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    return {c["VpcEndpointOwner"]: c["VpcEndpointState"] for c in found}


def names(site, account_id: str) -> dict[str, str]:
    """Return {name: target} of the alias records in an account's hosted zones."""
    route53 = site.client(account_id, "route53")
    return {
        record["Name"]: record["AliasTarget"]["DNSName"].rstrip(".")
        for zone in route53.list_hosted_zones()["HostedZones"]
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        if "AliasTarget" in record
    }


def test_who_is_in_the_ledger_is_connected_and_who_merely_knows_the_service_is_refused(converged):
    site, first = converged
    assert set(first.changed) == set(PRIVATELINK_HOSTS)
    assert list(endpoints(site, PAYMENTS).values()) == ["available"]
    assert list(endpoints(site, PARTNER).values()) == ["rejected"]
    assert connections(site) == {PAYMENTS: "available", PARTNER: "rejected"}
    (endpoint,) = site.client(PAYMENTS).describe_vpc_endpoints()["VpcEndpoints"]
    assert names(site, PAYMENTS) == {"billing.example.internal.": endpoint["DnsEntries"][0]["DnsName"]}
    assert names(site, PARTNER) == {}


def test_a_second_run_changes_nothing_and_makes_no_write_call(converged):
    assert set(quiet(converged[0].run("privatelink")).changed) == set(PRIVATELINK_HOSTS)


def test_the_plan_and_verify_find_nothing_to_do(converged):
    site, _first = converged
    *shown, total = lines(quiet(site.run("plan")))
    assert total == "3 accounts: nothing to do; NOT AS DECLARED: partner"
    (endpoint,) = endpoints(site, PARTNER)
    told = f"NOT AS DECLARED billing: {endpoint} is rejected: the provider refused it"
    (host, finding) = shown
    assert host == f"partner ({PARTNER}, eu-central-1)" and finding.startswith(f"  {told}")
    # partner declares an endpoint that doesn't work.
    seen = site.run("verify")
    assert seen.code != 0 and told in seen.output and seen.writes == []
    as_declared = quiet(site.run("verify", "--limit", "ledger,payments")).output
    assert "Every account is as declared" in as_declared


def test_the_providers_turn_alone(converged):
    run = quiet(converged[0].run("privatelink", "--tags", "providers_decided"))
    assert {call["account"] for call in run.calls if call["operation"] != "AssumeRole"} == {LEDGER}


def test_a_consumer_without_its_provider_in_the_run_is_told_what_to_do(converged):
    run = converged[0].run("privatelink", "--limit", "consumers")
    assert sorted(run.failed) == ["partner", "payments"]
    assert "billing: the service's name isn't known. Run its provider in the same run (playbook privatelink)" in (
        run.output
    )
    assert run.writes == []


def test_a_consumer_whose_inventory_has_the_name_needs_no_provider(converged):
    site, _first = converged
    (there,) = site.client(PAYMENTS).describe_vpc_endpoints()["VpcEndpoints"]
    named = {**ENDPOINT, "service": None, "service_name": there["ServiceName"]}
    variables = site.home / "named.yml"
    variables.write_text(yaml.safe_dump({"privatelink_consumer_endpoints": [named]}))
    run = quiet(site.run("consumers", "--limit", "payments", "-e", f"@{variables}"))
    assert {call["account"] for call in run.calls if call["operation"] != "AssumeRole"} == {PAYMENTS}


def test_an_approval_ends_when_it_expires_and_a_renewed_one_needs_a_new_endpoint(site):
    site.run("privatelink").succeeded()
    (endpoint,) = endpoints(site, PAYMENTS)
    yesterday = datetime.now(timezone.utc).date() - timedelta(days=1)
    expired = ("-e", f"payments_approved_until={yesterday}")

    shown = lines(site.run("plan", *expired).succeeded())
    (line,) = [line for line in shown if line.startswith(f"  ~ billing: endpoint_connection.{endpoint}: ")]
    assert "state available -> rejected" in line
    assert f"expired on {yesterday}; monthly settlement (asked for by finance)" in line
    assert [line for line in shown if line.startswith("  ~ billing: endpoint_service.main:principals: ")]

    cut = site.run("privatelink", "--tags", "providers_decided", *expired).succeeded()
    assert {write.split()[0] for write in cut.writes} == {LEDGER}
    assert endpoints(site, PAYMENTS) == {endpoint: "rejected"}

    # A rejected endpoint stays rejected, whoever is in the ledger now.
    renewed = site.run("privatelink", "-v", "--tags", "providers_published,consumers_applied").succeeded()
    assert endpoints(site, PAYMENTS) == {endpoint: "rejected"}
    (finding,) = re.findall(rf'"{endpoint} is rejected: .*?"', renewed.output)
    assert "state=absent, then run again" in finding
    site.run("consumers", "--limit", "payments", "-e", "privatelink_consumer_state=absent").succeeded()
    site.run("privatelink").succeeded()
    assert list(endpoints(site, PAYMENTS).values()) == ["available"]
    assert endpoint not in endpoints(site, PAYMENTS)
    assert connections(site)[PAYMENTS] == "available"


def test_a_connection_rejected_by_hand_is_told_by_verify_on_both_sides(site):
    site.run("privatelink").succeeded()
    (endpoint,) = endpoints(site, PAYMENTS)
    ec2 = site.client(LEDGER)
    (service,) = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    ec2.reject_vpc_endpoint_connections(ServiceId=service["ServiceId"], VpcEndpointIds=[endpoint])

    seen = site.run("verify", "--limit", "ledger,payments")

    assert seen.code != 0 and seen.writes == []
    of_provider = f"{endpoint} of account {PAYMENTS} is rejected: account {PAYMENTS} is in the ledger, but AWS can't"
    assert f"NOT AS DECLARED billing: {of_provider}" in seen.output
    assert f"NOT AS DECLARED billing: {endpoint} is rejected: the provider refused it" in seen.output


def test_a_consumer_can_be_planned_before_its_provider_has_named_it(site):
    """The ledger has the approval, but the provider hasn't run since."""
    (entry,) = SERVICE["consumers"]
    site.declare("ledger", group="providers", privatelink_provider_services=[{**SERVICE, "consumers": []}])
    site.declare("payments", group="consumers", privatelink_consumer_endpoints=[])
    site.run("privatelink", "--limit", "ledger,payments").succeeded()
    site.declare("payments", group="consumers", privatelink_consumer_endpoints=[ENDPOINT])
    refused = site.run("plan", "--limit", "ledger,payments")
    assert refused.code != 0 and "ledger doesn't name account 666666666666" in refused.output and refused.calls == []

    site.declare("ledger", group="providers", privatelink_provider_services=[{**SERVICE, "consumers": [entry]}])
    shown = lines(site.run("plan", "--limit", "ledger,payments").succeeded())

    assert "  + billing: vpc_endpoint.main: " in "\n".join(shown)
    assert any(line.startswith("  ! billing: account 666666666666 finds no com.amazonaws.vpce.") for line in shown)
    site.run("privatelink", "--limit", "ledger,payments").succeeded()
    assert list(endpoints(site, PAYMENTS).values()) == ["available"]


def test_teardown_removes_all_that_was_made(site):
    site.run("privatelink").succeeded()
    refused = site.run("teardown")
    assert "-e teardown_confirm=yes-all-3-of-ledger" in refused.output
    assert refused.calls == []
    previewed = site.run("teardown", "--check", "-e", "teardown_vpcs=true").succeeded()
    assert previewed.writes == []
    assert {"  - billing: endpoint_service.main", "  - billing: vpc_endpoint.main"} <= set(lines(previewed))

    site.run("teardown", *TEARDOWN).succeeded()
    mine = [{"Name": "is-default", "Values": ["false"]}]
    for account_id in PRIVATELINK_HOSTS.values():
        ec2 = site.client(account_id)
        assert ec2.describe_vpcs(Filters=mine)["Vpcs"] == []
        assert ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"] == []
        assert endpoints(site, account_id) == {}
        assert site.client(account_id, "route53").list_hosted_zones()["HostedZones"] == []
        elbv2 = site.client(account_id, "elbv2")
        assert elbv2.describe_load_balancers()["LoadBalancers"] == elbv2.describe_target_groups()["TargetGroups"] == []


def test_what_is_wrong_with_the_inventory_is_told_before_any_call(site):
    (entry,) = SERVICE["consumers"]
    wrong = [
        {"name": "typo", "consumers": [{**entry, "account_id": "66666666666"}]},
        {"name": "date", "consumers": [{**entry, "expires": "31.12.2099"}]},
    ]
    site.declare("ledger", group="providers", privatelink_provider_services=[{**SERVICE, **one} for one in wrong])
    twice = [ENDPOINT, {**ENDPOINT, "name": "again"}]
    site.declare("payments", group="consumers", privatelink_consumer_endpoints=twice)
    run = site.run("privatelink")
    assert run.code != 0
    for problem in (
        "ledger.privatelink_provider_services[0].consumers[0].account_id: '66666666666' is no AWS account id",
        "ledger.privatelink_provider_services[1].consumers[0].expires: '31.12.2099' is no date; expected YYYY-MM-DD",
        "payments.privatelink_consumer_endpoints[1].dns_name: 'billing.example.internal' is there twice",
        "partner.privatelink_consumer_endpoints[0].service: {'host': 'ledger', 'name': 'billing'} is published nowhere",
    ):
        assert problem in run.output, run.output
    assert run.calls == []

    reason = {**SERVICE, "consumers": [{**entry, "reason": ""}]}
    site.declare("ledger", group="providers", privatelink_provider_services=[reason])
    run = site.run("privatelink")
    assert "ledger: privatelink_provider_services[0].consumers[0].reason: '' is empty" in run.output
    assert run.calls == []


def test_the_whole_demo_can_be_planned_and_many_services_between_two_accounts_are_worth_a_note(organization, tmp_path):
    site = new_site(organization, tmp_path, ("hub", "spokes", *GROUPS))
    services = [{**SERVICE, "name": f"api-{number}"} for number in range(6)]
    endpoints = [
        {**ENDPOINT, "name": name, "service": {"host": "ledger", "name": name}, "dns_name": f"{name}.example.internal"}
        for name in (service["name"] for service in services)
    ]
    site.declare("ledger", group="providers", privatelink_provider_services=services)
    site.declare("payments", group="consumers", privatelink_consumer_endpoints=endpoints)
    site.declare("partner", group="consumers", privatelink_consumer_endpoints=endpoints[:5])
    run = site.run("plan").succeeded()
    assert run.writes == []

    host, of_host = "", {}
    for line in lines(run):
        host = host if line.startswith(" ") else line.split()[0]
        of_host.setdefault(host, []).append(line)
    # "What this opens and closes" comes first, "7 accounts: ..." last.
    assert set(of_host) == {"What", *HOSTS, *PRIVATELINK_HOSTS, "7"}
    assert "  + api-5: load_balancer.main: " in "\n".join(of_host["ledger"])
    for number in range(6):
        assert f"  ! api-{number}: {UNPUBLISHED}" in of_host["payments"]
    advised = [host for host, shown in of_host.items() if "services of ledger by PrivateLink" in "\n".join(shown)]
    assert advised == ["payments"]
    assert of_host["payments"][-1].startswith("  ! 6 services of ledger by PrivateLink: ")
