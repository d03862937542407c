# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Google's errors mean, in both of their shapes, and what to do about them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Meaning
from ansible_collections.closednet.aws.plugins.module_utils._gcp import codes
from ansible_collections.closednet.aws.plugins.module_utils._gcp.advice import next_step
from ansible_collections.closednet.aws.plugins.module_utils._gcp.errors import (
    GoogleError,
    classify,
    code_of,
    describe,
    of_answer,
    of_operation,
)

from .conftest import refused, rpc

RECORDINGS = Path(os.environ.get("GCP_RECORDINGS", Path(__file__).parents[4] / "shared" / "gcp-recordings"))
PATCH = "compute.serviceAttachments.patch"


def answered(status, told, operation=PATCH, method="PATCH"):
    return of_answer(status, json.dumps(told).encode(), operation, method)


def snake(code):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", code).upper()


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (404, "notFound", Meaning.GONE),
        (409, "alreadyExists", Meaning.TAKEN),
        (412, "conditionNotMet", Meaning.STALE),
        (409, "aborted", Meaning.STALE),
        (400, "resourceInUseByAnotherResource", Meaning.IN_USE),
        (400, "containerNotEmpty", Meaning.IN_USE),
        (400, "resourceNotReady", Meaning.UNSETTLED),
        (403, "rateLimitExceeded", Meaning.THROTTLED),
        (403, "userRateLimitExceeded", Meaning.THROTTLED),
        (403, "forbidden", Meaning.DENIED),
        (403, "permissionDenied", Meaning.DENIED),
        (403, "accessNotConfigured", Meaning.DENIED),
        (401, "authError", Meaning.EXPIRED),
        (401, "required", Meaning.EXPIRED),
        (408, "requestTimeout", Meaning.LOST),
        (403, "quotaExceeded", Meaning.REFUSED),
        (429, "quotaExceeded", Meaning.REFUSED),
        (413, "uploadTooLarge", Meaning.REFUSED),
        (400, "invalid", Meaning.REFUSED),
        (503, "backendError", Meaning.LOST),
        (500, "internalError", Meaning.LOST),
    ],
)
def test_a_code_means_the_same_in_both_shapes(status, code, meaning):
    assert classify(answered(*refused(status, code))) is meaning
    assert classify(answered(*rpc(status, snake(code)))) is meaning
    failed = {"error": {"errors": [{"code": snake(code), "message": "m"}]}, "httpErrorStatusCode": status}
    assert classify(of_operation(failed, PATCH, "PATCH")) is meaning


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        *[(404, Meaning.GONE), (409, Meaning.TAKEN), (412, Meaning.STALE), (401, Meaning.EXPIRED)],
        *[(403, Meaning.DENIED), (429, Meaning.THROTTLED), (504, Meaning.LOST), (400, Meaning.REFUSED)],
    ],
)
def test_a_code_that_nobody_knows_is_read_by_its_status(status, meaning):
    assert classify(answered(*refused(status, "somethingNew"))) is meaning


def test_the_words_have_one_meaning_each():
    words = [word.lower() for words in codes._WORDS.values() for word in words.split()]
    assert sorted(words) == sorted(set(words)) == sorted(codes.MEANINGS)


def test_a_policy_is_not_a_stale_fingerprint():
    """GoogleCloudPlatform/cloud-ops-sandbox#392: the same status and reason."""
    message = "Constraint constraints/compute.restrictLoadBalancerCreationForTypes violated for projects/P."
    error = answered(*refused(412, "conditionNotMet", message))
    assert classify(error) is Meaning.REFUSED
    assert "organization policy" in next_step(error, "psc_endpoint", "recruiting-a")


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ("The resource 'projects/gone-project' was not found", Meaning.REFUSED),
        ("The resource gone-project was not found", Meaning.REFUSED),
        ("The resource 'projects/p/regions/r/forwardingRules/ilb' was not found", Meaning.GONE),
    ],
)
def test_a_project_that_does_not_exist_is_not_waited_for(message, meaning):
    """Google's guide for producers, "Troubleshooting": a deleted project in a list."""
    error = answered(*refused(404, "notFound", message))
    assert classify(error) is meaning
    assert ("project gone-project doesn't exist" in next_step(error)) == (meaning is Meaning.REFUSED)


def test_a_read_that_failed_is_no_lost_write():
    assert classify(of_answer(503, b"", "compute.networks.get", "GET")) is Meaning.OTHER


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": null}', b'{"error": []}', b"\xff\xfe", b'"x"'])
def test_an_error_that_is_not_googles(body):
    for status in (403, 404, 409, 412):
        error = of_answer(status, body, PATCH, "PATCH")
        assert (classify(error), code_of(error)) == (Meaning.LOST, "UnreadableAnswer")
        assert "proxy" in next_step(error)
    assert of_answer(502, body, PATCH, "PATCH").transient


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings")
def test_recorded_errors_of_users():
    entries = json.loads((RECORDINGS / "errors-from-users.json").read_text())["errors"]
    meanings = {
        "Incorrect combination": Meaning.REFUSED,
        "verify ownership": Meaning.REFUSED,
        "/forwardingRules/NAME' was not found": Meaning.GONE,
        "conflicts with existing": Meaning.REFUSED,
        "The resource PROJECT was": Meaning.REFUSED,
        "Constraint constraints/": Meaning.REFUSED,
        "Required field": Meaning.REFUSED,
    }
    for entry in entries:
        status, reason = entry["status"] or 400, (entry["reason"] or "INVALID_USAGE").split(" ")[0]
        error = GoogleError(status, reason, entry["message"], PATCH, "PATCH")
        (expected,) = [meaning for part, meaning in meanings.items() if part in entry["message"]]
        assert classify(error) is expected, entry


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings")
def test_the_recorded_answers_are_read():
    exchanges = json.loads((RECORDINGS / "magic-modules-5031.json").read_text())["exchanges"]
    (missing,) = [one["response"] for one in exchanges if one.get("status") == 404]
    assert classify(answered(404, missing, method="GET")) is Meaning.GONE
    exchanges = json.loads((RECORDINGS / "kcc-operation-failed-network-in-use.json").read_text())["exchanges"]
    failed = [one["response"] for one in exchanges if (one["response"] or {}).get("httpErrorStatusCode")]
    assert failed and all(classify(of_operation(one, PATCH, "DELETE")) is Meaning.IN_USE for one in failed)


def test_texts():
    error = answered(*refused(400, "invalid", "Invalid value for field 'resource.name': \n'x'."))
    assert describe(error) == f"{PATCH}: invalid: Invalid value for field 'resource.name': 'x'"
    assert len(describe(answered(*refused(400, "invalid", "x" * 9999)))) < 700
    assert (describe(KeyError("x")), code_of(KeyError("x"))) == ("KeyError: 'x'", "KeyError")
    assert classify(KeyError("x")) is Meaning.OTHER and next_step(KeyError("x")).startswith("Next: fix the cause")
    several = {"error": {"errors": [{"code": "A", "message": "one"}, {"code": "B", "message": "two"}]}}
    assert describe(of_operation(several, PATCH, "PATCH")) == f"{PATCH}: A: one; two"
    assert of_operation({"error": {}}, PATCH, "PATCH").code == "400"


def disabled(service="compute.googleapis.com", consumer="projects/415104041262"):
    """As in google-gemini/gemini-cli#1343."""
    metadata = {"service": service, "consumer": consumer}
    return answered(*rpc(403, "PERMISSION_DENIED", "m", reason="SERVICE_DISABLED", metadata=metadata))


@pytest.mark.parametrize(
    ("error", "command"),
    [
        (disabled(), "gcloud services enable compute.googleapis.com --project recruiting-b"),
        (disabled(consumer="projects/ops-tools"), "gcloud services enable compute.googleapis.com --project ops-tools"),
        (answered(*refused(403, "accessNotConfigured")), "enable compute.googleapis.com --project recruiting-b"),
        (disabled("x.googleapis.com; rm -rf /"), "enable compute.googleapis.com --project recruiting-b,"),
        (disabled(consumer="projects/x; rm -rf /"), "enable compute.googleapis.com --project recruiting-b,"),
        (
            answered(*refused(403, "accessNotConfigured"), operation="dns.managedZones.list"),
            "enable dns.googleapis.com --project recruiting-b",
        ),
    ],
)
def test_an_api_that_is_not_enabled_has_the_command_that_enables_it(error, command):
    assert classify(error) is Meaning.DENIED
    assert command in next_step(error, "psc_service", "recruiting-b")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (refused(403, "forbidden"), "docs/iam/psc_service.yml"),
        (refused(401, "authError"), "GCP_SERVICE_ACCOUNT_FILE"),
        (refused(403, "rateLimitExceeded"), "throttles"),
        (refused(403, "quotaExceeded"), "higher quota"),
        (refused(403, "forbidden", "The API requires a quota project"), "set-quota-project recruiting-b"),
        (refused(400, "invalid", "Please verify ownership of the PTR domain."), "search.google.com/search-console"),
        (
            refused(404, "notFound", "The resource 'projects/b/regions/r/serviceAttachments/api' was not found"),
            "see that service is spelt right: project, region and name; or wait until its provider has published it",
        ),
        (refused(400, "resourceInUseByAnotherResource"), "delete what still uses it"),
        (refused(400, "invalid"), "fix the cause"),
        (refused(503, "backendError"), "status.cloud.google.com"),
    ],
)
def test_advice(error, text):
    step = next_step(answered(*error), "psc_service", "recruiting-b")
    assert step.startswith("Next: ") and text in step
