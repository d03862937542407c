# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Demo inventory on an empty organisation, then every run that must find nothing to do."""

from __future__ import annotations

import pytest

from tests.integration.conftest import HOSTS, HUB, SUMMARY, new_site


@pytest.fixture(scope="module")
def converged(organization, tmp_path_factory):
    """Return (site, its first run)."""
    site = new_site(organization, tmp_path_factory.mktemp("site"))
    return site, site.run("site", environment=SUMMARY).succeeded()


def quiet(run):
    run.succeeded()
    assert not any(run.changed.values()), run.output
    assert run.writes == []
    return run


def test_the_first_run_makes_the_network(converged):
    site, first = converged
    assert set(first.changed) == set(HOSTS)
    assert all(first.changed.values())
    assert site.reach(*HOSTS) == {
        "shared-services": ["alpha", "beta"],
        "alpha": ["shared-services"],
        "beta": ["shared-services"],
        "gamma": [],
    }


def test_the_summary_of_all_turns_has_nothing_pending(converged):
    _site, first = converged
    *_, summary = first.output.partition("\nSUMMARY ")
    _title, *told = summary.strip().split("\n")
    assert [line for line in told if not line.startswith(" ")] == [
        "changed: 1 account (shared-services)",
        "changed: 1 account (alpha)",
        "changed: 1 account (beta)",
        "changed: 1 account (gamma)",
    ]
    # Attachment and security group in the second phase, the route in the fourth.
    assert told[told.index("changed: 1 account (alpha)") + 1] == "  tgw_spoke: 3 created"


def test_the_account_without_attachment_has_none(converged):
    site, _first = converged
    attachments = site.client(HUB).describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    assert {a["ResourceOwnerId"]: {t["Key"]: t["Value"] for t in a["Tags"]}["Name"] for a in attachments} == {
        account_id: host for host, account_id in HOSTS.items() if host != "gamma"
    }


def test_only_declared_ports_come_in_from_the_hub(converged):
    site, _first = converged
    groups = {
        host: site.client(HOSTS[host]).describe_security_groups(
            Filters=[{"Name": "group-name", "Values": ["closednet-from-hub"]}]
        )["SecurityGroups"]
        for host in HOSTS
    }
    assert [host for host, found in groups.items() if found] == ["alpha"]
    (group,) = groups["alpha"]
    assert group["IpPermissionsEgress"] == []
    assert sorted(
        (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], [source["CidrIp"] for source in rule["IpRanges"]])
        for rule in group["IpPermissions"]
    ) == [("tcp", 443, 443, ["10.0.0.0/16"]), ("tcp", 8443, 8443, ["10.0.0.0/16"])]


def test_a_second_run_changes_nothing_and_makes_no_write_call(converged):
    assert set(quiet(converged[0].run("site")).changed) == set(HOSTS)


def test_check_mode_finds_nothing_to_do(converged):
    quiet(converged[0].run("site", "--check", "--diff"))


def test_the_plan_says_so_in_one_line(converged):
    run = quiet(converged[0].run("plan"))
    assert '"4 accounts: nothing to do"' in run.output


def test_verify_is_content(converged):
    run = quiet(converged[0].run("verify"))
    assert "Who reaches whom is what is declared" in run.output
    assert "Every account is as declared" in run.output


@pytest.mark.parametrize(
    ("arguments", "hosts"),
    [
        (("--tags", "hub_made"), {"shared-services"}),
        (("--tags", "spokes_attached", "--limit", "alpha"), {"alpha"}),
        (("--tags", "hub_accepted", "--limit", "hub"), {"shared-services"}),
        (("--tags", "spokes_routed", "--limit", "beta,gamma"), {"beta", "gamma"}),
    ],
)
def test_each_turn_alone(converged, arguments, hosts):
    run = quiet(converged[0].run("site", *arguments))
    assert {call["account"] for call in run.calls if call["operation"] != "AssumeRole"} == {HOSTS[h] for h in hosts}
