# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all of Google's methods have in common: callers, permissions, errors, operations, requestId, faults, call log.

Sources: https://cloud.google.com/compute/docs/api/how-tos/api-requests-responses (operations),
https://cloud.google.com/apis/design/errors, https://cloud.google.com/iam/docs/reference/credentials/rest, the discovery
documents, and the recorded texts. Texts of 401 and accessNotConfigured: as gcloud prints them.
"""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
import urllib.parse
import urllib.request

import pytest

from tests.emulator.conftest import KEY, Emulator
from tests.emulator.gcp_world import (
    BARE,
    CLOSED,
    CONSUMER_A,
    CONSUMER_C,
    DEPLOYER,
    FOLDER,
    OPERATOR,
    PROVIDER,
    READER,
    REGION,
    TEAM_A,
    Google,
    OperationFailed,
    Refusal,
    name,
)

REQUEST_ID = "5b1c7a10-3f4e-4d0a-9b6e-000000000001"
SUBNET = {
    "name": "nat",
    "network": name("global/networks/main"),
    "ipCidrRange": "192.168.0.0/29",
    "purpose": "PRIVATE_SERVICE_CONNECT",
}


def refused(call, *arguments, **parameters):
    with pytest.raises(Refusal) as caught:
        call(*arguments, **parameters)
    return caught.value


@pytest.mark.parametrize(("token", "reason"), [("", "required"), ("unknown", "authError")])
def test_caller_without_a_valid_token(google: Google, token: str, reason: str) -> None:
    anonymous = Google(google.endpoint, token)
    for path in (google.path("global/networks"), f"/v3/projects/{PROVIDER}"):
        error = refused(anonymous.call, "GET", path).body["error"]
        assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
    assert refused(anonymous.get, "global/networks").reason == reason


def test_permission(google: Google) -> None:
    """Text: Required 'compute.subnetworks.use' permission for 'projects/...' (Google's docs on Shared VPC)."""
    reader = google.of(READER)
    assert reader.get("subnetworks/apps")
    refusal = refused(reader.insert, "subnetworks", **SUBNET)
    assert (refusal.status, refusal.reason) == (403, "forbidden")
    assert refusal.message == (
        f"Required 'compute.subnetworks.create' permission for 'projects/{PROVIDER}/regions/{REGION}/subnetworks'"
    )
    assert refused(google.of(TEAM_A).get, "subnetworks/apps").status == 403, "another team's project"
    assert refused(google.of(TEAM_A).get, "subnetworks/none").status == 403, "nor does it tell what exists"


def test_each_permission_counts(google: Google) -> None:
    """subnetworks.insert: compute.subnetworks.create and, of the network, compute.networks.updatePolicy.

    https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks/insert#iam-permissions
    """
    custom = google.of("token-of-creator")
    refusal = refused(custom.insert, "subnetworks", **SUBNET)
    assert refusal.message == f"Required 'compute.networks.updatePolicy' permission for '{SUBNET['network']}'"
    body = {"name": "a", "network": SUBNET["network"], "allowed": [{"IPProtocol": "tcp"}]}
    assert "compute.networks.updatePolicy" in refused(custom.insert, "global/firewalls", **body).message
    body = {"name": "a", "addressType": "INTERNAL", "subnetwork": name("subnetworks/apps")}
    assert "compute.addresses.createInternal" in refused(custom.insert, "addresses", **body).message


def test_role_of_networks(google: Google) -> None:
    """roles/compute.networkAdmin changes networks, but no firewall rules."""
    admin = google.of("token-of-network-admin")
    admin.insert("subnetworks", **SUBNET)
    body = {"name": "a", "network": SUBNET["network"], "allowed": [{"IPProtocol": "tcp"}]}
    assert refused(admin.insert, "global/firewalls", **body).reason == "forbidden"
    assert refused(admin.of(project=CONSUMER_A).get, "global/networks").status == 403


def test_roles_are_inherited(google: Google) -> None:
    """The operator owns the organization, hence its folders and projects."""
    assert google.of(OPERATOR, CONSUMER_A).get("global/networks")["items"]
    assert google.call("GET", f"/v3/folders/{FOLDER}")["displayName"] == "recruiting"


def test_api_that_is_not_enabled(google: Google) -> None:
    error = refused(google.of(project=BARE).get, "global/networks")
    assert (error.status, error.reason) == (403, "accessNotConfigured")
    assert error.message.startswith("Compute Engine API has not been used in project 200000000004 before or it is dis")
    assert error.body["error"]["details"][0]["reason"] == "SERVICE_DISABLED"


@pytest.mark.parametrize("project", ["no-such-project", "999999999999", CLOSED])
def test_project_that_does_not_exist(google: Google, project: str) -> None:
    error = refused(google.of(project=project).get, "global/networks")
    assert (error.status, error.reason) == (404, "notFound")
    assert error.message == f"The resource 'projects/{project}' was not found"


def test_region_that_does_not_exist(google: Google) -> None:
    assert refused(google.of(region="asia-northeast9").get, "subnetworks").reason == "invalid"


def test_unknown_field(google: Google) -> None:
    error = refused(google.insert, "subnetworks", **SUBNET, noSuch=1)
    assert (error.status, error.reason) == (400, "invalid")
    assert error.message == 'Invalid JSON payload received. Unknown name "noSuch": Cannot find field.'
    nested = refused(google.insert, "subnetworks", **SUBNET, logConfig={"noSuch": 1})
    assert nested.message.endswith("Unknown name \"noSuch\" at 'log_config': Cannot find field.")


def test_proto_name_of_a_field(google: Google) -> None:
    """Parsers accept both names of a field: https://protobuf.dev/programming-guides/json/."""
    body = {"ip_cidr_range": SUBNET["ipCidrRange"], "name": "nat", "network": SUBNET["network"]}
    assert google.insert("subnetworks", **body)["ipCidrRange"] == SUBNET["ipCidrRange"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("purpose", 1),
        ("secondaryIpRanges", [None]),
        ("privateIpGoogleAccess", "yes"),
        ("secondaryIpRanges", {}),
        ("logConfig", []),
        ("name", None),
    ],
)
def test_type_of_a_field(google: Google, field: str, value) -> None:
    assert refused(google.insert, "subnetworks", **{**SUBNET, field: value}).status == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_body_that_is_no_json_object(google: Google, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {OPERATOR}"}
    request = urllib.request.Request(google.endpoint + google.path("subnetworks"), body, headers, method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert (caught.value.code, json.load(caught.value)["error"]["errors"][0]["reason"]) == (400, "parseError")


def test_output_only_fields_are_ignored(google: Google) -> None:
    made = google.insert("subnetworks", **SUBNET, id="5", selfLink="https://example.com/", gatewayAddress="1.2.3.4")
    assert made["id"] != "5"
    assert made["selfLink"].startswith("https://www.googleapis.com/compute/v1/projects/")


@pytest.mark.parametrize("path", ["subnetworks/apps/noSuch", "subnetworks/apps/setIamPolicy"])
def test_unknown_path_and_method_that_is_not_emulated(google: Google, path: str) -> None:
    error = refused(google.call, "POST", google.path(path), {})
    assert (error.status, error.message) == (
        404,
        f"The requested URL {google.path(path)} was not found on this server.",
    )


def test_repeated_request(google: Google, emulator: Emulator) -> None:
    """The same requestId: the same operation, whether it is done or not; discovery document, requestId."""
    path = google.path(f"subnetworks?requestId={REQUEST_ID}")
    first = google.call("POST", path, SUBNET)
    again = google.call("POST", path, SUBNET)
    assert again["name"] == first["name"]
    assert google.wait(again)["status"] == "DONE"
    assert google.call("POST", path, SUBNET)["status"] == "DONE"
    other = REQUEST_ID.replace("1", "2")
    assert refused(google.call, "POST", google.path(f"subnetworks?requestId={other}"), SUBNET).reason == "alreadyExists"
    deletion = google.path(f"subnetworks/nat?requestId={REQUEST_ID}")
    operation = google.call("DELETE", deletion)
    google.wait(operation)
    assert google.call("DELETE", deletion)["name"] == operation["name"], "also when the resource is gone"


@pytest.mark.parametrize("bad", ["5", "00000000-0000-0000-0000-000000000000"])
def test_request_id_that_is_no_uuid(google: Google, bad: str) -> None:
    assert refused(google.call, "POST", google.path(f"subnetworks?requestId={bad}"), SUBNET).reason == "invalid"


def test_lost_answer_can_be_repeated(google: Google, emulator: Emulator) -> None:
    emulator.control("POST", "faults", {"action": "drop_after", "operation": "subnetworks.insert", "times": 1})
    path = google.path(f"subnetworks?requestId={REQUEST_ID}")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        google.call("POST", path, SUBNET)
    google.wait(google.call("POST", path, SUBNET))
    assert google.get("subnetworks/nat")


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ({"action": "throttle"}, 403, "rateLimitExceeded"),
        ({"action": "unavailable"}, 503, "backendError"),
        ({"action": "unavailable", "status": 500}, 500, "backendError"),
        (
            {"action": "error", "code": "quotaExceeded", "message": "Quota exceeded.", "status": 413},
            413,
            "quotaExceeded",
        ),
    ],
)
def test_fault(google: Google, emulator: Emulator, fault, status: int, reason: str) -> None:
    emulator.control("POST", "faults", {"service": "compute", "account": PROVIDER, "times": 1, **fault})
    error = refused(google.get, "global/networks")
    assert (error.status, error.reason) == (status, reason)
    assert google.get("global/networks")
    assert emulator.control("GET", "calls")[0]["fault"] == fault["action"]


def test_held_call(google: Google, emulator: Emulator) -> None:
    """hold_before: it waits while others go on, and is executed once the rule is deleted."""
    emulator.control("POST", "faults", {"action": "hold_before", "operation": "subnetworks.insert"})
    made = []
    waiting = threading.Thread(target=lambda: made.append(google.insert("subnetworks", **SUBNET)))
    waiting.start()
    while not emulator.control("GET", "faults")[0]["holding"]:
        assert google.find("subnetworks/nat") is None
    emulator.control("DELETE", "faults")
    waiting.join()
    assert made[0]["name"] == "nat"


def test_operation_that_fails(google: Google, emulator: Emulator) -> None:
    """Its end is a step: the error arrives in the operation, as recorded for other codes."""
    rule = {"service": "compute", "operation": "subnetworks.insert:done", "action": "error", "code": "INTERNAL_ERROR"}
    emulator.control("POST", "faults", {**rule, "message": "Internal error. Please try again."})
    with pytest.raises(OperationFailed) as caught:
        google.insert("subnetworks", **SUBNET)
    operation = caught.value.operation
    assert (caught.value.code, operation["status"], operation["httpErrorStatusCode"]) == ("INTERNAL_ERROR", "DONE", 500)
    assert google.find("subnetworks/nat") is None
    emulator.control("DELETE", "faults")
    assert google.insert("subnetworks", **SUBNET), "its name is free again"


def test_operation_of_a_change_that_fails(google: Google, emulator: Emulator) -> None:
    google.insert("subnetworks", **SUBNET)
    for operation in ("patch", "delete"):
        rule = {"service": "compute", "operation": f"subnetworks.{operation}:done", "action": "error", "times": 1}
        emulator.control("POST", "faults", rule)
    before = google.get("subnetworks/nat")
    change = {"privateIpGoogleAccess": True, "fingerprint": before["fingerprint"]}
    with pytest.raises(OperationFailed):
        google.patch("subnetworks/nat", **change)
    with pytest.raises(OperationFailed):
        google.delete("subnetworks/nat")
    assert google.get("subnetworks/nat") == before
    assert google.patch("subnetworks/nat", **change)["privateIpGoogleAccess"] is True


def test_list_of_operations(google: Google) -> None:
    google.insert("subnetworks", **SUBNET)
    google.insert("addresses", name="one", addressType="INTERNAL", subnetwork=name("subnetworks/apps"))
    first = google.get("operations?maxResults=1")
    (second,) = google.get(f"operations?pageToken={first['nextPageToken']}")["items"]
    assert [first["items"][0]["targetLink"][-3:], second["targetLink"][-3:]] == ["nat", "one"]
    assert google.get("global/operations").get("items", []) == []


def test_call_log(google: Google, emulator: Emulator) -> None:
    emulator.control("DELETE", "calls")
    google.get("subnetworks/apps")
    google.find("global/networks/none")
    google.call("GET", f"/v3/projects/{PROVIDER}")
    members = ("service", "operation", "account", "principal", "region", "status", "error", "fault")
    logged = [tuple(call[member] for member in members) for call in emulator.control("GET", "calls")]
    who = "operator@example.com"
    assert logged == [
        ("compute", "subnetworks.get", PROVIDER, who, REGION, 200, None, None),
        ("compute", "networks.get", PROVIDER, who, "global", 404, "notFound", None),
        ("cloudresourcemanager", "projects.get", PROVIDER, who, "global", 200, None, None),
    ]


def test_wait(google: Google, emulator: Emulator) -> None:
    """Operations' wait answers when the operation is done, here after 1 s, and lets others go on meanwhile."""
    emulator.control("POST", "settings", {"transition_call": 0, "transition": {"google-operation": 1000}})
    operation = google.call("POST", google.path("subnetworks"), SUBNET)
    link = f"/compute/v1/{operation['selfLink'].partition('/compute/v1/')[2]}"
    done = []
    waiting = threading.Thread(target=lambda: done.append(google.call("POST", f"{link}/wait")))
    began = time.monotonic()
    waiting.start()
    others = 0
    while not done:
        others += google.call("GET", link)["status"] == "RUNNING"
    waiting.join()
    assert done[0]["status"] == "DONE"
    assert 0.8 < time.monotonic() - began < 30, "one request lasts as long as the operation"
    assert others > 10


def test_snapshot_and_reset(google: Google, emulator: Emulator) -> None:
    google.insert("subnetworks", **SUBNET)
    emulator.control("POST", "snapshot")
    google.delete("subnetworks/nat")
    emulator.control("POST", "restore")
    assert google.get("subnetworks/nat")
    emulator.control("POST", "reset")
    assert google.find("subnetworks/nat") is None


def token_of(google: Google, email: str, **body) -> dict[str, str]:
    scope = ["https://www.googleapis.com/auth/cloud-platform"]
    path = f"/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
    return google.call("POST", path, {"scope": scope, **body})


def test_impersonation(google: Google, emulator: Emulator) -> None:
    """generateAccessToken, whose token ends: https://cloud.google.com/iam/docs/reference/credentials/rest."""
    answer = token_of(google, DEPLOYER[PROVIDER], lifetime="600s")
    deployer = google.of(answer["accessToken"])
    assert deployer.get("subnetworks/apps")
    assert refused(deployer.of(project=CONSUMER_A).get, "subnetworks/apps").status == 403
    assert emulator.control("GET", "calls")[-2]["principal"] == DEPLOYER[PROVIDER]
    emulator.control("POST", "settings", {"clock_ahead": 601})
    assert refused(deployer.get, "subnetworks/apps").reason == "authError"


@pytest.mark.parametrize(
    ("token", "email", "body", "status"),
    [
        (TEAM_A, DEPLOYER[PROVIDER], {}, 403),
        (READER, DEPLOYER[PROVIDER], {}, 403),
        (OPERATOR, DEPLOYER[CONSUMER_C], {}, 403),  # an owner's role doesn't have it
        (OPERATOR, "nobody@recruiting-b.iam.gserviceaccount.com", {}, 403),
        (OPERATOR, DEPLOYER[PROVIDER], {"scope": []}, 400),
        (OPERATOR, DEPLOYER[PROVIDER], {"lifetime": "3601s"}, 400),
        (OPERATOR, DEPLOYER[PROVIDER], {"lifetime": "1h"}, 400),
    ],
)
def test_impersonation_that_is_refused(google: Google, token: str, email: str, body, status: int) -> None:
    error = refused(token_of, google.of(token), email, **body)
    assert error.status == status
    if status == 403:
        text = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
        assert (error.reason, error.message) == ("PERMISSION_DENIED", text)


def test_key_of_a_service_account(google: Google) -> None:
    """https://developers.google.com/identity/protocols/oauth2/service-account#httprest; signatures are not checked."""

    def part(value) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    def exchange(email: str):
        assertion = f"{part({'alg': 'RS256'})}.{part({'iss': email})}.signature"
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        form = urllib.parse.urlencode({"grant_type": grant, "assertion": assertion}).encode()
        with urllib.request.urlopen(f"{google.endpoint}/oauth2/token", form) as response:
            return json.load(response)

    assert google.of(exchange(DEPLOYER[PROVIDER])["access_token"]).get("subnetworks/apps")
    with pytest.raises(urllib.error.HTTPError) as caught:
        exchange("nobody@example.com")
    assert (caught.value.code, json.load(caught.value)["error"]) == (400, "invalid_grant")


def test_aws_answers_on_the_same_server(google: Google, emulator: Emulator) -> None:
    """A signed request is AWS's, whatever its path: a bucket may be called compute."""
    s3 = emulator.plain_client("s3", "us-east-1", **KEY)
    s3.create_bucket(Bucket="compute")
    s3.put_object(Bucket="compute", Key="v1/projects/x", Body=b"x")
    assert s3.get_object(Bucket="compute", Key="v1/projects/x")["Body"].read() == b"x"
    address = s3.generate_presigned_url("get_object", {"Bucket": "compute", "Key": "v1/projects/x"})
    assert urllib.request.urlopen(address).read() == b"x"
