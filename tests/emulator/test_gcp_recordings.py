# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The emulated Google Cloud against answers of the real one: same fields, same values where they aren't ids or times.

Recordings: a folder beside the repository, taken from public repositories, each with its source; not part of it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.gcp_world import PROVIDER, REGION, Google, OperationFailed, Refusal, name

RECORDINGS = Path(os.environ.get("GCP_RECORDINGS", Path(__file__).parents[3] / "shared" / "gcp-recordings"))

# Their values differ by nature; only their form is compared.
FORMS = {
    "id": r"\d{1,21}",
    "targetId": r"\d{1,21}",
    "name": r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?",
    "fingerprint": r"[\w-]{11}=",
    "labelFingerprint": r"[\w-]{11}=",
    "user": r"\S+@\S+",
    "creationTimestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)",
}
FORMS |= dict.fromkeys(("insertTime", "startTime", "endTime"), FORMS["creationTimestamp"])
# Set by the recording's own resources: names, ranges and links, whose form is compared.
LINKS = ("selfLink", "selfLinkWithId", "targetLink", "network", "region", "subnetworks", "target")


def recorded(file: str) -> Any:
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings in {RECORDINGS}")
    return json.loads((RECORDINGS / file).read_text(encoding="utf-8"))


def answers(file: str, method: str, ending: str) -> list[dict[str, Any]]:
    """Return the recorded answers of a method whose URL has the ending, without its query."""
    found = [
        exchange
        for exchange in recorded(file)["exchanges"]
        if exchange["method"] == method and re.search(ending, exchange["url"].partition("?")[0])
    ]
    assert found, (method, ending)
    return [exchange["response"] for exchange in found]


def same(ours: dict[str, Any], theirs: dict[str, Any], but: tuple[str, ...] = ()) -> None:
    """Compare fields and values. but: fields whose values the test itself set otherwise."""
    assert sorted(ours) == sorted(theirs)
    for field, value in theirs.items():
        if field in FORMS:
            assert re.fullmatch(FORMS[field], ours[field]), field
        elif field in LINKS:
            assert shape(ours[field]) == shape(value), field
        elif field not in but:
            assert ours[field] == value, field


def shape(link: Any) -> Any:
    """Return a link without its names: https://www.googleapis.com/compute/v1/projects/*/global/networks/*."""
    if isinstance(link, list):
        return {shape(one) for one in link}
    return re.sub(r"/(projects|[a-z]+s)/[^/]+", r"/\1/*", link)


KCC = "kcc-operation-failed-network-in-use.json"


def test_network(google: Google) -> None:
    theirs = answers(KCC, "GET", r"/networks/[^/]+$")
    made = google.insert("global/networks", name="ours", autoCreateSubnetworks=False)
    same(made, next(answer for answer in theirs if "error" not in answer))


@pytest.mark.parametrize(
    ("purpose", "cidr", "gateway"), [("PRIVATE", "10.2.0.0/16", True), ("PRIVATE_NAT", "10.3.0.0/16", False)]
)
def test_subnetwork(google: Google, purpose: str, cidr: str, gateway: bool) -> None:
    theirs = answers(KCC, "GET", r"/subnetworks/[^/]+$")
    body = {"name": "ours", "network": name("global/networks/main"), "ipCidrRange": cidr, "purpose": purpose}
    theirs_of = [answer for answer in theirs if answer.get("purpose") == purpose]
    same(google.insert("subnetworks", **body), theirs_of[0], but=("gatewayAddress",))


def test_write_answers_a_running_operation(google: Google) -> None:
    (theirs,) = answers(KCC, "POST", r"/subnetworks$")[:1]
    body = {"name": "ours", "network": name("global/networks/main"), "ipCidrRange": "10.2.0.0/16"}
    ours = google.call("POST", google.path("subnetworks"), body)
    same(ours, theirs)
    (done,) = answers(KCC, "GET", r"/regions/[^/]+/operations/[^/]+$")[:1]
    same(google.wait(ours), done)


def test_operation_of_the_recorded_log_of_terraform(google: Google) -> None:
    """magic-modules#5031, 2021: the deletion of an address, DONE."""
    (theirs,) = answers("magic-modules-5031.json", "GET", r"/operations/operation-[^/]+$")
    body = {"name": "ours", "addressType": "INTERNAL", "subnetwork": name("subnetworks/apps")}
    google.insert("addresses", **body)
    ours = google.write("DELETE", "addresses/ours")
    theirs["user"] = "user@example.com"
    same(ours, theirs)


def test_network_in_use(google: Google) -> None:
    """The deletion's operation is DONE with the error, HTTP 200."""
    theirs = next(answer for answer in answers(KCC, "GET", r"/global/operations/[^/]+$") if "error" in answer)
    body = {"name": "keeps-it", "network": name("global/networks/ours"), "allowed": [{"IPProtocol": "tcp"}]}
    google.insert("global/networks", name="ours", autoCreateSubnetworks=False)
    google.insert("global/firewalls", **body)
    with pytest.raises(OperationFailed) as caught:
        google.delete("global/networks/ours")
    same(caught.value.operation, theirs, but=("error",))
    (error,) = theirs["error"]["errors"]
    projects = re.compile(r"projects/[^/]+/")
    words = projects.sub("projects/P/", error["message"])
    words = re.sub(r"networks/[^']+", "networks/ours", words)
    words = re.sub(r"firewalls/[^']+", "firewalls/keeps-it", words)
    assert caught.value.code == error["code"]
    assert projects.sub("projects/P/", caught.value.message) == words


def test_resource_that_does_not_exist(google: Google) -> None:
    theirs = next(answer for answer in answers(KCC, "GET", r"/networks/[^/]+$") if "error" in answer)
    with pytest.raises(Refusal) as caught:
        google.get("global/networks/none")
    place = name("global/networks/none")
    text = re.sub(r"projects/[^']*/networks/[^']*", place, json.dumps(theirs))
    assert caught.value.body == json.loads(text)


def test_empty_scope(google: Google) -> None:
    theirs = recorded("gcpdiag-psc-forwarding-rules.json")["empty_scope_example"]
    ours = google.get("aggregated/forwardingRules")["items"]
    ((scope, empty),) = theirs.items()
    assert ours[scope] == empty
    assert "warning" not in ours[f"regions/{REGION}"]


def test_texts_of_users(google: Google) -> None:
    """Texts that users pasted: each names its issue."""
    texts = [error["message"] for error in recorded("errors-from-users.json")["errors"]]
    google.insert("global/networks", name="ours", autoCreateSubnetworks=False)
    body = {"network": name("global/networks/ours"), "ipCidrRange": "10.0.1.0/24"}
    google.insert("subnetworks", name="psc-ilb-producer-subnetwork", **body)
    with pytest.raises(OperationFailed) as caught:
        google.insert("subnetworks", name="second", **body)
    assert caught.value.message.replace(REGION, "us-west2") in texts
    with pytest.raises(Refusal) as refused:
        google.patch("subnetworks/apps", privateIpGoogleAccess=True)
    assert refused.value.message in texts
    with pytest.raises(Refusal) as refused:
        google.get("forwardingRules/NAME")
    assert refused.value.message.replace(PROVIDER, "PROJECT").replace(REGION, "REGION") in texts
