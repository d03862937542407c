# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls, operations, pages, repetitions and the project's guard, against a local server."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Meaning
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._gcp import client, retries
from ansible_collections.closednet.aws.plugins.module_utils._gcp.client import Gcp
from ansible_collections.closednet.aws.plugins.module_utils._gcp.errors import GoogleError

from .conftest import GUARD, LOST, NUMBER, PROJECT, REGION, operation, refused, rpc

HERE = f"/compute/v1/projects/{PROJECT}/regions/{REGION}"
INSERT = "compute.serviceAttachments.insert"
PAGE = b"<!DOCTYPE html><html><title>Error 502</title></html>"


def insert(gcp):
    return gcp.call(INSERT, body={"name": "a"})


def test_the_project_is_read_before_anything_else(google, gcp):
    assert [(one.verb, one.path) for one in google.log] == [("GET", f"/v3/projects/{PROJECT}")]
    assert (gcp.account_id, gcp.project_number, gcp.region, gcp.partition) == (PROJECT, NUMBER, REGION, None)
    assert google.log[0].headers["Authorization"] == "Bearer ya29.token"
    assert gcp.calls == {"cloudresourcemanager.projects.get": 1}


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        # Google's answer for a project that doesn't exist, too.
        (rpc(403, "PERMISSION_DENIED", "The caller does not have permission"), "roles/browser"),
        (rpc(404, "NOT_FOUND"), "the project can't be read"),
        (refused(401, "authError", "Invalid Credentials"), "give access_token, service_account_file"),
        ((200, {**GUARD, "projectId": "recruiting-a"}), "Google answered for project recruiting-a"),
        ((200, {**GUARD, "state": "DELETE_REQUESTED"}), f"gcloud projects undelete {PROJECT}"),
        ((200, PAGE), "what answered isn't Google"),
        ((302, b"", {"Location": "https://login.example"}), "what answered isn't Google: status 302"),
    ],
)
def test_a_project_that_cannot_be_read_ends_the_run(google, params, answer, text):
    google.answers = [answer]
    with pytest.raises(Failure, match=f"project {PROJECT} \\({REGION}\\): ") as failure:
        Gcp(params)
    assert text in str(failure.value) and len(google.log) == 1


def test_a_project_of_another_number_ends_the_run(google, params):
    """The project_ids of two hosts were swapped."""
    google.answers = [(200, GUARD), (200, GUARD)]
    with pytest.raises(Failure, match=f"its number is {NUMBER}, project_number says 9. Nothing else was read or"):
        Gcp({**params, "project_number": "9"})
    assert len(google.log) == 1
    assert Gcp({**params, "project_number": NUMBER}).project_number == NUMBER


def test_resource_manager_that_is_not_enabled_says_which_command_enables_it(google, params):
    metadata = {"service": "cloudresourcemanager.googleapis.com", "consumer": f"projects/{NUMBER}"}
    google.answers = [rpc(403, "PERMISSION_DENIED", "has not been used", reason="SERVICE_DISABLED", metadata=metadata)]
    command = f"gcloud services enable cloudresourcemanager.googleapis.com --project {PROJECT}"
    with pytest.raises(Failure, match=command):
        Gcp(params)


def test_a_write_is_done_when_its_operation_is(google, gcp):
    google.answers = [operation("RUNNING"), operation("RUNNING"), operation("DONE")]
    done = insert(gcp)
    assert (done["status"], done["target"]) == (
        "DONE",
        f"projects/{PROJECT}/regions/{REGION}/serviceAttachments/a",
    )
    assert google.calls == [
        f"POST {HERE}/serviceAttachments",
        *[f"POST {HERE}/operations/operation-1/wait"] * 2,
    ]
    assert google.log[1].body == {"name": "a"} and uuid.UUID(google.log[1].query["requestId"])
    assert gcp.calls[INSERT] == 1 and gcp.calls["compute.regionOperations.wait"] == 2


def test_a_global_operation_is_awaited_where_it_is(google, gcp):
    running = {"name": "operation-2", "status": "PENDING", "targetLink": "projects/p/global/firewalls/f"}
    google.answers = [(200, running), (200, {**running, "status": "DONE"})]
    assert gcp.call("compute.firewalls.delete", firewall="f")["target"] == "projects/p/global/firewalls/f"
    assert google.calls[-1] == f"POST /compute/v1/projects/{PROJECT}/global/operations/operation-2/wait"


def test_an_operation_that_failed_is_an_error(google, gcp):
    """The recorded one of k8s-config-connector: status 200, DONE, httpErrorStatusCode 400."""
    message = "The network resource 'n' is already being used by 'r'"
    error = {"errors": [{"code": "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", "message": message}]}
    google.answers = [operation("RUNNING"), operation(error=error, httpErrorStatusCode=400)]
    with pytest.raises(GoogleError) as failed:
        gcp.call("compute.networks.delete", network="n")
    assert gcp.classify(failed.value) is Meaning.IN_USE
    assert (failed.value.status, failed.value.operation, failed.value.method) == (
        400,
        "compute.networks.delete",
        "DELETE",
    )
    assert gcp.describe(failed.value) == f"compute.networks.delete: RESOURCE_IN_USE_BY_ANOTHER_RESOURCE: {message}"


def test_an_operation_that_does_not_end_is_waited_for_as_long_as_the_module_says(google, params):
    gcp = Gcp({**params, "wait_timeout": 3})
    google.answers = [operation("RUNNING")] * 100
    with pytest.raises(Failure, match=r"waited 3 s for operation operation-1, last seen: RUNNING\. Run again"):
        insert(gcp)
    assert sum(google.pauses) <= 3.1


def test_a_lost_answer_is_asked_for_again_with_the_same_request_id(google, gcp):
    google.answers = [LOST, (503, PAGE), operation("DONE")]
    assert insert(gcp)["status"] == "DONE"
    ids = [one.query["requestId"] for one in google.log[1:]]
    assert len(ids) == 3 and len(set(ids)) == 1
    google.answers = [operation("DONE")]
    insert(gcp)
    assert google.log[-1].query["requestId"] not in ids
    assert gcp.calls[INSERT] == 4


def test_a_write_without_request_id_is_sent_once(google, gcp):
    """Cloud DNS has none: what it did, only reading tells."""
    for answer in (LOST, (502, PAGE), refused(503, "backendError")):
        google.answers, before = [answer], len(google.log)
        with pytest.raises(GoogleError) as failed:
            gcp.call("dns.managedZones.create", body={"name": "z"})
        assert failed.value.meaning is Meaning.LOST and len(google.log) == before + 1


def test_a_fault_that_lasts_is_an_answer_in_the_end(google, gcp):
    google.answers = [refused(503, "backendError", "Backend Error")] * 50
    with pytest.raises(GoogleError) as failed:
        insert(gcp)
    assert failed.value.meaning is Meaning.LOST and gcp.calls[INSERT] == retries.ATTEMPTS
    with pytest.raises(GoogleError) as failed:
        gcp.get("compute.networks.get", network="n")
    assert failed.value.meaning is Meaning.OTHER and gcp.calls["compute.networks.get"] == retries.ATTEMPTS


def test_what_google_refuses_is_not_sent_again(google, gcp):
    for answer in (refused(400, "invalid"), refused(403, "forbidden"), refused(412, "conditionNotMet")):
        google.answers, before = [answer], len(google.log)
        with pytest.raises(GoogleError):
            insert(gcp)
        assert len(google.log) == before + 1


def test_a_throttled_call_is_sent_again_until_google_takes_it(google, gcp):
    google.answers = [refused(403, "rateLimitExceeded"), rpc(429, "RESOURCE_EXHAUSTED"), operation("DONE")]
    assert insert(gcp)["status"] == "DONE"
    google.answers = [refused(403, "rateLimitExceeded")] * 500
    with pytest.raises(GoogleError) as failed:
        gcp.call("dns.managedZones.create", body={"name": "z"})
    assert failed.value.meaning is Meaning.THROTTLED
    assert sum(google.pauses) >= retries.THROTTLED_SECONDS / 2 and len(google.log) < 30


def test_google_says_how_long_to_wait(google, gcp):
    google.answers = [(*refused(429, "rateLimitExceeded"), {"Retry-After": "20"}), operation("DONE")]
    insert(gcp)
    assert max(google.pauses) > 19


def test_an_operation_that_was_throttled_is_asked_for_anew(google, gcp):
    error = {"errors": [{"code": "RATE_LIMIT_EXCEEDED", "message": "m"}]}
    google.answers = [operation(error=error, httpErrorStatusCode=403), operation("DONE")]
    assert insert(gcp)["status"] == "DONE"
    assert len({one.query["requestId"] for one in google.log[1:]}) == 2


def test_waiting_survives_faults(google, gcp):
    google.answers = [operation("RUNNING"), LOST, (503, PAGE), refused(403, "rateLimitExceeded"), operation("DONE")]
    assert insert(gcp)["status"] == "DONE"
    assert gcp.calls[INSERT] == 1


def test_an_operation_that_nobody_knows_any_more_is_a_lost_answer(google, gcp):
    """Not GONE: that would be the resource, and a deletion would count as done."""
    google.answers = [operation("RUNNING"), refused(404, "notFound", "The resource 'operation-1' was not found")]
    with pytest.raises(GoogleError) as failed:
        gcp.call("compute.serviceAttachments.delete", serviceAttachment="a")
    assert failed.value.meaning is Meaning.LOST


def test_a_call_of_another_project_is_not_sent(google, gcp):
    with pytest.raises(Failure, match="would be one of project recruiting-a, this run is one of recruiting-b"):
        gcp.call("compute.networks.delete", project="recruiting-a", network="main")
    with pytest.raises(Failure, match=r"network is '\.\.', which is no name; nothing was sent"):
        gcp.call("compute.networks.delete", network="..")
    assert google.calls == []


def test_what_does_not_exist_is_none(google, gcp):
    google.answers = [refused(404, "notFound", "The resource 'projects/p/global/networks/n' was not found")]
    assert gcp.get("compute.networks.get", network="n") is None


TAKEN = refused(409, "alreadyExists")
NONE = refused(404, "notFound", "The resource 'projects/recruiting-b/x/a' was not found")
DENIED = refused(403, "forbidden")


@pytest.mark.parametrize(
    ("answers", "reads"),
    [
        ([NONE, NONE, (200, {"name": "a"})], [f"GET {HERE}/serviceAttachments/a"] * 3),
        (
            [DENIED, (200, {"items": []}), DENIED, (200, {"items": [{"name": "a"}]})],
            [f"GET {HERE}/serviceAttachments/a", f"GET {HERE}/serviceAttachments"] * 2,
        ),
        ([DENIED, DENIED], [f"GET {HERE}/serviceAttachments/a", f"GET {HERE}/serviceAttachments"]),
    ],
)
def test_a_taken_name_is_told_when_it_can_be_read(google, gcp, answers, reads):
    """A run that was killed after its insert: the next one reads nothing while the operation runs."""
    google.answers = [TAKEN, *answers]
    with pytest.raises(GoogleError) as failed:
        insert(gcp)
    assert failed.value.meaning is Meaning.TAKEN and google.calls[1:] == reads


def test_a_taken_name_that_never_appears(google, gcp):
    google.answers = [TAKEN, *[NONE] * 500]
    with pytest.raises(GoogleError) as failed:
        insert(gcp)
    assert failed.value.meaning is Meaning.TAKEN
    assert abs(sum(google.pauses) - retries.TAKEN_SECONDS) < 5


def test_a_resource_of_another_project_is_not_waited_for(google, gcp):
    """What this run has just created may not be visible yet; a misspelt service of somebody else never will be."""
    text = "The resource 'projects/{}/regions/us-west2/serviceAttachments/x' was not found"
    for project, meaning in (("recruiting-z", Meaning.REFUSED), (PROJECT, Meaning.GONE), (NUMBER, Meaning.GONE)):
        google.answers = [refused(404, "notFound", text.format(project))]
        with pytest.raises(GoogleError) as failed:
            gcp.call("compute.forwardingRules.insert", body={"name": "e"})
        assert failed.value.meaning is meaning


def test_a_404_of_a_proxy_is_not_none(google, gcp):
    google.answers = [(404, b"<html>404 not found</html>")]
    with pytest.raises(GoogleError, match="the answer is a page") as failed:
        gcp.get("compute.networks.get", network="n")
    assert failed.value.meaning is Meaning.OTHER


@pytest.mark.parametrize("body", [b"", PAGE, b"[]", b'{"items": [', b'"text"'])
def test_an_answer_that_is_not_googles_is_none_without_items(google, gcp, body):
    google.answers = [(200, body)]
    with pytest.raises(GoogleError, match="what answered isn't Google"):
        gcp.items("compute.networks.list")
    google.answers = [(200, body)]
    with pytest.raises(GoogleError) as failed:
        insert(gcp)
    assert failed.value.meaning is Meaning.LOST


def test_an_answer_that_is_no_operation_is_a_lost_one(google, gcp):
    google.answers = [(200, {"name": "a"})]
    with pytest.raises(GoogleError, match="what answered isn't an operation") as failed:
        insert(gcp)
    assert failed.value.meaning is Meaning.LOST


def test_all_pages_are_read(google, gcp):
    google.answers = [
        (200, {"items": [{"name": "a"}], "nextPageToken": "2"}),
        (200, {"nextPageToken": "3"}),
        (200, {"items": [{"name": "b"}]}),
    ]
    assert [one["name"] for one in gcp.items("compute.forwardingRules.list", filter="name eq x")] == ["a", "b"]
    queries = [one.query for one in google.log[1:]]
    assert [query.get("pageToken") for query in queries] == [None, "2", "3"]
    assert all(query["maxResults"] == "500" and query["filter"] == "name eq x" for query in queries)


def test_pages_that_do_not_end(google, gcp):
    google.answers = [(200, {"items": [], "nextPageToken": "2"})] * 9
    with pytest.raises(GoogleError, match="the pages don't end"):
        gcp.items("compute.networks.list")


def test_a_list_without_results_is_empty(google, gcp):
    """With a warning, as gcpdiag's recording has it."""
    warning = {"code": "NO_RESULTS_ON_PAGE", "message": "There are no results for scope 'regions/x' on this page."}
    google.answers = [(200, {"kind": "compute#forwardingRuleList", "warning": warning})]
    assert gcp.items("compute.forwardingRules.list") == []


def test_a_list_that_lacks_a_region_is_an_error(google, gcp):
    google.answers = [(200, {"items": [], "unreachables": ["regions/us-west2"]})]
    with pytest.raises(GoogleError, match="couldn't read"):
        gcp.items("compute.forwardingRules.list")


def test_a_zone_of_dns_is_deleted_without_an_answer(google, gcp):
    """204: dns.managedZones.delete has no response in the discovery document."""
    google.answers = [(204, b"")]
    assert gcp.call("dns.managedZones.delete", managedZone="z") == {}


@pytest.mark.parametrize("nobody", ["http://127.0.0.1:1", "http://compute.invalid"])
def test_nobody_there_is_unsent(gcp, nobody):
    """A port that is closed; a name that doesn't exist (RFC 6761)."""
    gcp._base = nobody
    for operation_ in (INSERT, "dns.managedZones.create", "compute.networks.list"):
        with pytest.raises(GoogleError) as failed:
            gcp.call(operation_, body={})
        assert failed.value.meaning is Meaning.UNSENT and gcp.calls[operation_] == retries.ATTEMPTS
    assert gcp.next_step(failed.value, "psc_service").startswith("Next: see that this machine reaches that address")


def test_silence_is_not_waited_for_five_times(google, gcp, monkeypatch):
    import requests

    def silent(*_arguments, **keys):
        assert keys["timeout"] == (retries.CONNECT_SECONDS, retries.ANSWER_SECONDS)
        raise requests.exceptions.ReadTimeout("read timed out")

    monkeypatch.setattr(gcp._session, "request", silent)
    with pytest.raises(GoogleError):
        insert(gcp)
    assert gcp.calls[INSERT] == retries.SILENT_ATTEMPTS


def test_reads_run_at_the_same_time(google, gcp):
    google.answers = [(200, {"items": [{"name": str(number)}]}) for number in range(8)]
    read = [lambda: gcp.items("compute.networks.list")] * 8
    assert sorted(page[0]["name"] for page in gcp.gather(*read)) == [str(number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        google.answers = [operation("DONE")] * 8
        assert all(done["status"] == "DONE" for done in pool.map(lambda _: insert(gcp), range(8)))
    assert gcp.calls[INSERT] == 8


def test_the_module_gives_the_timeout(params):
    assert client.Gcp({**params, "wait_timeout": 7})._timeout == 7
    assert client.Gcp({**params, "wait_timeout": None})._timeout == retries.WAIT_SECONDS
