# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client of Google Cloud against the emulator: lost answers, fingerprints, permissions, impersonation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Meaning
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._gcp.client import Gcp
from ansible_collections.closednet.aws.plugins.module_utils._gcp.errors import GoogleError
from ansible_collections.closednet.aws.plugins.module_utils._gcp.transport import Api
from tests.emulator.conftest import Emulator, running
from tests.emulator.gcp_world import (
    BARE,
    CLOSED,
    CONSUMER_A,
    DEPLOYER,
    NUMBERS,
    OPERATOR,
    PROVIDER,
    READER,
    REGION,
    SEED,
    TEAM_A,
    Google,
    name,
)

NAT = {
    "name": "nat",
    "network": name("global/networks/main"),
    "ipCidrRange": "192.168.0.0/29",
    "purpose": "PRIVATE_SERVICE_CONNECT",
}
INSERT = "compute.subnetworks.insert"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running(SEED, tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def emulator(process: Emulator) -> Emulator:
    process.control("POST", "reset")
    return process


@pytest.fixture
def connect(emulator: Emulator) -> Any:
    """Return connect(project, token, ...) -> its client."""

    def to(project: str = PROVIDER, token: str = OPERATOR, **options: Any) -> Gcp:
        return Gcp(
            {
                "project_id": project,
                "region": REGION,
                "access_token": token,
                "endpoint_url": emulator.endpoint,
                "wait_timeout": 20,
                **options,
            }
        )

    return to


def strike(emulator: Emulator, operation: str, action: str, times: int = 1, **fault: Any) -> None:
    emulator.control("POST", "faults", {"operation": operation, "action": action, "times": times, **fault})


def names(gcp: Gcp) -> list[str]:
    return sorted(one["name"] for one in gcp.items("compute.subnetworks.list"))


def test_a_resource_is_created_read_changed_and_deleted(connect: Any) -> None:
    gcp = connect()
    assert gcp.project_number == NUMBERS[PROVIDER]
    done = gcp.call(INSERT, body=NAT)
    assert (done["status"], done["target"]) == ("DONE", name("subnetworks/nat"))
    found = gcp.get("compute.subnetworks.get", subnetwork="nat")
    assert found["purpose"] == "PRIVATE_SERVICE_CONNECT"
    assert gcp.call("compute.subnetworks.delete", subnetwork="nat")["target"] == name("subnetworks/nat")
    assert gcp.get("compute.subnetworks.get", subnetwork="nat") is None


def test_an_operation_takes_its_time(emulator: Emulator, connect: Any) -> None:
    emulator.control("POST", "settings", {"transition": {"google-operation": 300}})
    gcp = connect()
    assert gcp.call(INSERT, body=NAT)["status"] == "DONE"
    assert gcp.calls["compute.regionOperations.wait"] >= 1
    emulator.control("POST", "settings", {"transition": {"google-operation": 60000}})
    with pytest.raises(Failure, match="waited 1 s for operation .* last seen: (RUNNING|PENDING)"):
        connect(wait_timeout=1).call("compute.subnetworks.delete", subnetwork="nat")


@pytest.mark.parametrize("action", ["drop_before", "drop_after", "unavailable", "throttle"])
def test_whatever_happens_to_an_answer_a_write_takes_place_once(emulator: Emulator, connect: Any, action: str) -> None:
    """requestId: "the server will know to ignore the request if it has already been completed" (discovery)."""
    gcp = connect()
    before = names(gcp)
    strike(emulator, "subnetworks.insert", action)
    assert gcp.call(INSERT, body=NAT)["target"] == name("subnetworks/nat")
    assert names(gcp) == [*sorted([*before, "nat"])]
    assert gcp.calls[INSERT] == 2


@pytest.mark.parametrize("action", ["drop_after", "unavailable", "throttle"])
def test_waiting_for_the_operation_survives_it(emulator: Emulator, connect: Any, action: str) -> None:
    emulator.control("POST", "settings", {"transition": {"google-operation": 200}})
    strike(emulator, "regionOperations.wait", action)
    gcp = connect()
    assert gcp.call(INSERT, body=NAT)["status"] == "DONE" and gcp.calls[INSERT] == 1


def test_a_write_of_dns_whose_answer_was_lost_says_so(emulator: Emulator, connect: Any) -> None:
    strike(emulator, "managedZones.create", "drop_after")
    zone = {"name": "z", "dnsName": "x.example.", "description": "d", "visibility": "private"}
    gcp = connect()
    with pytest.raises(GoogleError) as failed:
        gcp.call("dns.managedZones.create", body=zone)
    assert failed.value.meaning is Meaning.LOST and gcp.calls["dns.managedZones.create"] == 1
    with pytest.raises(GoogleError) as failed:
        gcp.call("dns.managedZones.create", body=zone)
    assert failed.value.meaning is Meaning.TAKEN
    assert gcp.call("dns.managedZones.delete", managedZone="z") == {}
    assert gcp.get("dns.managedZones.get", managedZone="z") is None


def test_a_stale_fingerprint_and_a_taken_name(connect: Any) -> None:
    gcp = connect()
    gcp.call(INSERT, body=NAT)
    with pytest.raises(GoogleError) as failed:
        gcp.call(INSERT, body={**NAT, "ipCidrRange": "192.168.1.0/29"})
    assert failed.value.meaning is Meaning.TAKEN
    (service,) = gcp.items("compute.regionBackendServices.list")
    patch = {"name": service["name"], "description": "x", "fingerprint": service["fingerprint"]}
    gcp.call("compute.regionBackendServices.patch", backendService=service["name"], body=patch)
    with pytest.raises(GoogleError) as failed:
        gcp.call("compute.regionBackendServices.patch", backendService=service["name"], body=patch)
    assert (failed.value.status, failed.value.meaning) == (412, Meaning.STALE)


def test_what_is_used_is_in_use(connect: Any) -> None:
    gcp = connect()
    with pytest.raises(GoogleError) as failed:
        gcp.call("compute.networks.delete", network="main")
    assert failed.value.meaning is Meaning.IN_USE and "main" in failed.value.message


def test_a_missing_permission_and_an_unknown_token(connect: Any) -> None:
    reader = connect(token=READER)
    with pytest.raises(GoogleError, match=re.escape("Required 'compute.subnetworks.create' permission")) as failed:
        reader.call(INSERT, body=NAT)
    assert failed.value.meaning is Meaning.DENIED
    assert "docs/iam/psc_service.yml" in reader.next_step(failed.value, "psc_service")
    with pytest.raises(Failure, match="authError|UNAUTHENTICATED"):
        connect(token="unknown")


@pytest.mark.parametrize("project", [CONSUMER_A, "recruiting-none"])
def test_another_teams_project_and_one_that_does_not_exist_look_the_same(connect: Any, project: str) -> None:
    token = TEAM_A if project != CONSUMER_A else "token-of-team-b"
    with pytest.raises(Failure, match=f"project {project} .*can't be read: .*PERMISSION_DENIED.*roles/browser"):
        connect(project, token)


def test_a_project_that_is_being_deleted(connect: Any) -> None:
    with pytest.raises(Failure, match=f"DELETE_REQUESTED.*gcloud projects undelete {CLOSED}"):
        connect(CLOSED)


def test_an_api_that_is_not_enabled(connect: Any) -> None:
    gcp = connect(BARE)
    with pytest.raises(GoogleError) as failed:
        gcp.items("compute.networks.list")
    command = f"gcloud services enable compute.googleapis.com --project {BARE}"
    assert failed.value.meaning is Meaning.DENIED and command in gcp.next_step(failed.value, "psc_service")


def test_impersonation(emulator: Emulator, connect: Any) -> None:
    gcp = connect(impersonate_service_account=DEPLOYER[PROVIDER])
    gcp.call(INSERT, body=NAT)
    calls = emulator.control("GET", "calls")
    assert {call["principal"] for call in calls if call["operation"] == "subnetworks.insert"} == {DEPLOYER[PROVIDER]}
    with pytest.raises(Failure, match=f"iam.serviceAccountTokenCreator on {DEPLOYER[PROVIDER]}"):
        connect(token=TEAM_A, impersonate_service_account=DEPLOYER[PROVIDER])


def test_no_call_names_another_project(emulator: Emulator, connect: Any) -> None:
    gcp = connect()
    for operation in ("compute.networks.list", INSERT):
        with pytest.raises(Failure, match="it wasn't sent"):
            gcp.call(operation, project=CONSUMER_A, body={})
    accounts = {call["account"] for call in emulator.control("GET", "calls")}
    assert accounts <= {PROVIDER}


def test_pages(emulator: Emulator, connect: Any) -> None:
    gcp = connect()
    raw = Google(emulator.endpoint)
    for number in range(5):
        raw.insert("addresses", name=f"a{number}", addressType="INTERNAL", subnetwork=name("subnetworks/apps"))
    every = gcp.items("compute.addresses.list", maxResults=2)
    assert [one["name"] for one in every] == [f"a{number}" for number in range(5)]
    assert gcp.calls["compute.addresses.list"] == 3


def test_projects_and_folders_without_a_project(emulator: Emulator) -> None:
    api = Api({"access_token": OPERATOR, "endpoint_url": emulator.endpoint})
    found = {one["projectId"] for one in api.items("cloudresourcemanager.projects.search", pageSize=2)}
    assert {PROVIDER, CONSUMER_A} <= found
    folders = api.items("cloudresourcemanager.folders.search")
    assert [one["displayName"] for one in folders] == ["recruiting", "Databases"]
