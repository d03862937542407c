# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One inventory with accounts of AWS and projects of Google Cloud: each host has the tasks of its cloud only."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from tests.emulator.conftest import running
from tests.integration.conftest import LEDGER, PAYMENTS, PRIVATELINK_HOSTS, lines, new_site
from tests.integration.google_site import (
    BOTH_SEEDS,
    CONSUMER,
    OTHER,
    PROJECTS,
    PROVIDER,
    GoogleSite,
    of_google,
    writes,
)

TASK = re.compile(r"^TASK \[(.*?)\] \**$", re.MULTILINE)
STATUS = re.compile(r"^(ok|changed|skipping|failed|fatal): \[([^\]]+)\]", re.MULTILINE)
ROLES_OF_GOOGLE = ("closednet.aws.psc_provider", "closednet.aws.psc_consumer")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with running(BOTH_SEEDS, tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def both(emulator, tmp_path):
    emulator.control("POST", "reset")
    emulator.control("POST", "settings", {"transition": 30})
    return GoogleSite(emulator, tmp_path / "both").with_aws()


def tasks(run) -> dict[str, Counter[str]]:
    """Return {host: how often a role had each task on it, also skipped}. Other tasks run on the first host only."""
    found: dict[str, Counter[str]] = {}
    parts = TASK.split(run.output)[1:]
    for name, output in zip(parts[::2], parts[1::2]):
        if name.startswith("closednet.aws."):
            for _status, host in dict.fromkeys(STATUS.findall(output)):
                found.setdefault(host, Counter())[name] += 1
    return found


def writes_of_aws(run) -> list[str]:
    return [write for write in run.writes if "." not in write]


@pytest.mark.parametrize("playbook", ["site", "verify"])
def test_each_host_has_the_tasks_of_its_cloud_as_if_it_were_alone(both, emulator, tmp_path, playbook):
    """site has all that converges, verify all that reads."""
    mixed = tasks(both.run(playbook))
    emulator.control("POST", "reset")
    of_aws = tasks(new_site(emulator, tmp_path / "aws", ("providers", "consumers")).run(playbook))
    emulator.control("POST", "reset")
    google = tasks(GoogleSite(emulator, tmp_path / "google").run(playbook))
    assert set(mixed) - {"localhost"} == {*PRIVATELINK_HOSTS, *PROJECTS}
    for host in PRIVATELINK_HOSTS:
        assert mixed[host] == of_aws[host]
        assert not any(name.startswith(ROLES_OF_GOOGLE) for name in mixed[host])
    for host in PROJECTS:
        assert mixed[host] == google[host]
        assert all(name.startswith(ROLES_OF_GOOGLE) for name in mixed[host])


def test_an_inventory_of_aws_has_no_host_more_than_before(emulator, tmp_path):
    run = new_site(emulator, tmp_path, ("providers", "consumers")).run("privatelink").succeeded()
    assert set(tasks(run)) == set(PRIVATELINK_HOSTS)
    assert of_google(run) == [] and "localhost" not in run.output


def test_both_clouds_converge_in_one_run_and_a_second_one_changes_nothing(both):
    first = both.run("privatelink").succeeded()
    assert {host for host, changed in first.changed.items() if changed} == {*PRIVATELINK_HOSTS, *PROJECTS}
    assert both.statuses() == {CONSUMER: "ACCEPTED", OTHER: "PENDING"}
    assert f"{LEDGER} AcceptVpcEndpointConnections" in writes_of_aws(first)
    second = both.run("privatelink").succeeded()
    assert not any(second.changed.values()) and writes(second) == writes_of_aws(second) == []

    *_shown, total = lines(both.run("plan"))
    assert total == "6 accounts: nothing to do; NOT AS DECLARED: partner, recruiting-c"
    whole = both.run("verify", "--limit", f"ledger,payments,{PROVIDER},{CONSUMER}").succeeded()
    assert "Every account is as declared" in whole.output

    word = re.search(r"teardown_confirm=(\S+)", both.run("teardown").output)[1]
    gone = both.run("teardown", "-e", f"teardown_confirm={word}", "-e", "teardown_vpcs=true").succeeded()
    assert f"{PROVIDER} serviceAttachments.delete" in writes(gone)
    assert f"{LEDGER} DeleteVpcEndpointServiceConfigurations" in writes_of_aws(gone)


def test_the_trouble_of_one_cloud_doesnt_keep_the_other_from_running(both):
    both.run("privatelink").succeeded()
    expired = ("-e", '{"recruiting_a_approved_until": "2020-01-31", "payments_approved_until": "2020-01-31"}')

    # All accounts of AWS fail; the approval on Google Cloud ends nevertheless.
    fails = {"service": "ec2", "operation": "Describe*", "action": "error", "code": "AuthFailure", "status": 401}
    both.emulator.control("POST", "faults", fails)
    run = both.run("privatelink", *expired)
    both.emulator.control("DELETE", "faults")
    assert run.code != 0 and set(run.failed) == set(PRIVATELINK_HOSTS)
    assert both.statuses() == {CONSUMER: "PENDING", OTHER: "PENDING"}

    # And the other way round.
    run = both.run("privatelink", *expired, environment={"GCP_ACCESS_TOKEN": "expired"})
    assert run.code != 0 and set(run.failed) == set(PROJECTS)
    assert f"{LEDGER} RejectVpcEndpointConnections" in writes_of_aws(run)
    (endpoint,) = both.client(PAYMENTS).describe_vpc_endpoints()["VpcEndpoints"]
    assert endpoint["State"] == "rejected"


def test_a_consumer_cant_name_a_service_of_another_cloud(both):
    path = both.inventory / "host_vars" / f"{CONSUMER}.yml"
    path.parent.mkdir()
    crossing = {"name": "billing", "service": {"host": "ledger", "name": "billing"}, "subnetwork": "apps"}
    path.write_text(yaml.safe_dump({"psc_endpoints": [crossing]}))
    run = both.run("privatelink")
    assert "recruiting-a.psc_endpoints[0].service.host: 'ledger' is no host with cloud: gcp" in run.output
    assert run.calls == []
