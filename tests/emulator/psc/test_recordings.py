# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The recorded requests of Terraform for a service attachment and its endpoint, sent as they were: the same answers.

The recording is of 2021: fields that came later are named in the tests. Recordings: see test_gcp_recordings.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.gcp_world import PROVIDER
from tests.emulator.psc.google_clients import Project
from tests.emulator.psc.world import CONSUMER, attach, connect, reserve
from tests.emulator.test_gcp_recordings import recorded, same

# What the recording's names are here.
NAMES = {
    "us-west2": "asia-northeast1",
    "tf-test-my-psc-ilbstqmj0sn9m": "matching-api",
    "tf-test-producer-forwarding-rulestqmj0sn9m": "matching-api-ilb",
    "tf-test-psc-ilb-natstqmj0sn9m": "nat",
    "tf-test-psc-ilb-consumer-addressstqmj0sn9m": "matching",
    "tf-test-psc-ilb-consumer-forwarding-rulestqmj0sn9m": "matching",
    "networks/default": "networks/main",
}
# Later than 2021, or output of Terraform's that the excerpt lacks.
LATER = {"reconcileConnections", "propagatedConnectionLimit"}
OUTSIDE_OF_THE_EXCERPT = {"id", "name", "creationTimestamp", "description", "selfLink"}


def exchanges(method: str, ending: str, project: str) -> dict[str, Any]:
    """Return the recorded exchange of a method whose URL has the text, with our names in place of theirs."""
    text = json.dumps(recorded("magic-modules-5031.json")["exchanges"])
    for theirs, ours in NAMES.items():
        text = text.replace(theirs, ours)
    # The attachment is the provider's, also where the consumer names it.
    text = text.replace(
        "REDACTED/regions/asia-northeast1/serviceAttachments", f"{PROVIDER}/regions/asia-northeast1/serviceAttachments"
    )
    for exchange in json.loads(text.replace("projects/REDACTED", f"projects/{project}")):
        if exchange["method"] == method and ending in exchange["url"]:
            found: dict[str, Any] = exchange
            return found
    raise AssertionError((method, ending))


def test_attachment(provider: Project, consumer: Project) -> None:
    sent = exchanges("POST", "/serviceAttachments", PROVIDER)["request"]
    provider.write("serviceAttachments", "insert", body=sent)
    endpoint = connect(consumer)
    theirs = exchanges("GET", "after the consumer connected", PROVIDER)["response"]
    ours = provider.get("serviceAttachments", "matching-api")
    assert ours.keys() - theirs.keys() == LATER | OUTSIDE_OF_THE_EXCERPT
    for field in theirs.keys() - {"fingerprint", "pscServiceAttachmentId", "connectedEndpoints"}:
        assert ours[field] == theirs[field], field
    assert theirs["pscServiceAttachmentId"].keys() == ours["pscServiceAttachmentId"].keys()
    (mine,), (recorded_one,) = ours["connectedEndpoints"], theirs["connectedEndpoints"]
    assert mine.keys() - recorded_one.keys() == {"endpointWithId", "consumerNetwork"}
    assert mine["status"] == recorded_one["status"] == "ACCEPTED"
    assert mine["endpoint"] == endpoint["selfLink"]
    assert mine["pscConnectionId"].isdigit()


@pytest.mark.parametrize("verb", ["POST", "DELETE"])
def test_operations_of_an_endpoint(provider: Project, consumer: Project, verb: str) -> None:
    attach(provider, connectionPreference="ACCEPT_AUTOMATIC")
    reserve(consumer)
    exchange = exchanges("POST", "/forwardingRules", CONSUMER)
    ours = consumer.call("forwardingRules", "insert", body=exchange["request"])
    if verb == "DELETE":
        exchange = exchanges("DELETE", "/forwardingRules/", CONSUMER)
        consumer.wait(ours)
        ours = consumer.call("forwardingRules", "delete", forwardingRule="matching")
    theirs = {field: value for field, value in exchange["response"].items() if field != "user"}
    same({field: ours[field] for field in theirs}, theirs)


def test_missing_attachment(provider: Project) -> None:
    theirs = exchanges("GET", "after deletion", PROVIDER)
    request = provider.compute.serviceAttachments().get(
        project=PROVIDER, region="asia-northeast1", serviceAttachment="matching-api"
    )
    answer, content = request.http.request(request.uri)
    assert (answer.status, json.loads(content)) == (theirs["status"], theirs["response"])


def test_real_endpoints(provider: Project, consumer: Project) -> None:
    """Six endpoints of a live project (gcpdiag): exactly the same fields and the same constants."""
    attach(provider, connectionPreference="ACCEPT_AUTOMATIC")
    ours = connect(consumer)
    theirs = recorded("gcpdiag-psc-forwarding-rules.json")["psc_forwarding_rules"]
    assert len(theirs) == 6
    for endpoint in theirs:
        assert endpoint.keys() == ours.keys()
        assert len(endpoint["pscConnectionId"]) == len(ours["pscConnectionId"])
        for field in ("allowPscGlobalAccess", "attachedExtensions", "kind", "labelFingerprint", "networkTier"):
            assert endpoint[field] == ours[field], field
        for field in ("pscConnectionStatus", "serviceDirectoryRegistrations"):
            assert endpoint[field] == ours[field], field
