# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that Google doesn't give: of a proxy, a login page or whoever is at endpoint_url. None is an empty list."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Meaning
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.plugins.module_utils._core.options import contents, problems
from ansible_collections.closednet.aws.plugins.module_utils._domain.values import gcp_connection
from ansible_collections.closednet.aws.plugins.module_utils._gcp.client import Gcp
from ansible_collections.closednet.aws.plugins.module_utils._gcp.errors import GoogleError
from ansible_collections.closednet.aws.plugins.module_utils._gcp.provider import GCP

from .conftest import GUARD, OPERATOR, TOKEN, bearers, operation

DEEP = b"[" * 200_000
LISTS = {
    "compute.networks.list": "items",
    "dns.managedZones.list": "managedZones",
}
NO_PAGES = (b"{}", b'{"ok": true}', b'{"error": {"code": 403}}', DEEP, b'{"a":' * 200_000, b"1" * 10_000)


@pytest.mark.parametrize(
    ("operation_", "answer"),
    [
        (operation_, answer)
        for operation_, key_ in LISTS.items()
        for answer in (*NO_PAGES, *({key_: wrong} for wrong in ("abc", 5, ["x"], {"a": 1})))
    ],
)
def test_an_answer_that_is_no_page(google, gcp, operation_, answer):
    google.answers = [(200, answer)]
    with pytest.raises(GoogleError) as failed:
        found = gcp.items(operation_)
        pytest.fail(str(found))
    assert failed.value.code == "UnreadableAnswer" and failed.value.meaning is Meaning.OTHER
    assert "something else than Google answers" in gcp.next_step(failed.value, "psc_service")


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_an_error_of_brackets_without_end(google, gcp, status):
    google.answers = [(status, DEEP)] * 9
    with pytest.raises(GoogleError) as failed:
        gcp.get("compute.networks.get", network="n")
    assert failed.value.meaning is Meaning.OTHER and len(str(failed.value)) < 700


def test_pages_that_lead_back_to_one_before(google, gcp):
    google.answers = [(200, {"items": [], "nextPageToken": "ab"[page % 2]}) for page in range(9)]
    with pytest.raises(GoogleError, match="the pages don't end"):
        gcp.items("compute.networks.list")
    assert gcp.calls["compute.networks.list"] == 3


@pytest.mark.parametrize("code", ["UNREACHABLE", "PARTIAL_SUCCESS", "LIST_OVERHEAD_QUOTA_EXCEED"])
def test_a_warning_that_items_are_missing(google, gcp, code):
    """`warning` of a list in the discovery document of Compute Engine."""
    warning = {"code": code, "message": "A given scope cannot be reached"}
    google.answers = [(200, {"items": [{"name": "a"}], "warning": warning})]
    with pytest.raises(GoogleError, match="couldn't read.*cannot be reached"):
        gcp.items("compute.addresses.list")


@pytest.mark.parametrize(
    "error", ["abc", {"errors": "abc"}, {"errors": [1]}, {"errors": {"a": 1}}, {"errors": [[]]}, [1]]
)
def test_an_operation_whose_error_cannot_be_read_is_lost(google, gcp, error):
    google.answers = [operation(error=error)]
    with pytest.raises(GoogleError, match="error of its operation can't be read") as failed:
        gcp.call("compute.serviceAttachments.insert", body={"name": "a"})
    assert failed.value.meaning is Meaning.LOST


@pytest.mark.parametrize(
    "answer", [{"status": "RUNNING"}, {"status": "DONE", "name": ""}, {"name": "a", "status": None}]
)
def test_a_write_that_answers_no_operation_is_lost(google, gcp, answer):
    google.answers = [(200, answer)]
    with pytest.raises(GoogleError, match="isn't an operation") as failed:
        gcp.call("compute.serviceAttachments.insert", body={"name": "a"})
    assert failed.value.meaning is Meaning.LOST


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_credential_does_not_follow_to_another_address(google, params, key_file, status):
    """requests follows, and after 307 and 308 sends the signed assertion, too."""
    moved = (status, b"", {"Location": f"{google.url}/elsewhere"})
    for options in (
        {"impersonate_service_account": OPERATOR},
        {"access_token": None, "service_account_file": key_file},
        {},
    ):
        google.log.clear()
        google.answers = [moved] * 9
        with pytest.raises(Failure):
            Gcp({**params, **options})
        assert google.log and "/elsewhere" not in [one.path for one in google.log]


SECRETS = ("ya29.impersonated", "token-of-mine")


@pytest.mark.parametrize("status", [200, 400, 403, 404, 502])
@pytest.mark.parametrize("shape", ["page", "error"])
def test_a_text_that_shows_the_token_is_shown_without_it(google, params, status, shape):
    """Neither the option nor Ansible knows a token of impersonation or of the environment."""
    for secret in SECRETS:
        google.answers = [(200, {**TOKEN, "accessToken": secret}), (200, GUARD)]
        gcp = Gcp({**params, "impersonate_service_account": OPERATOR})
        told = f"authorization:  bearer {secret}\nHost: x"
        google.answers = [(status, told.encode() if shape == "page" else {"error": {"message": told, "code": 1}})] * 9
        with pytest.raises(GoogleError) as failed:
            gcp.call("compute.networks.list")
        assert bearers(google)[-1] == f"Bearer {secret}", "it is the one that was sent"
        assert secret not in f"{failed.value} {gcp.describe(failed.value)} {failed.value.args}"
        assert "not shown" in str(failed.value) or shape == "error" and status == 200


def test_a_token_that_no_header_can_hold_is_not_shown(google, params):
    """requests quotes the header."""
    google.answers = [(200, {**TOKEN, "accessToken": "ya29.secret\nX: y"}), (200, GUARD)]
    with pytest.raises(Failure) as failed:
        Gcp({**params, "impersonate_service_account": OPERATOR})
    assert "secret" not in str(failed.value), failed.value


@pytest.mark.parametrize(
    "told",
    [
        *([], 5, DEEP, b"\xff", {"access_token": "x", "expires_in": "abc"}, {"access_token": "x", "expires_in": []}),
        *({"access_token": "x", "expires_in": 10**300}, {"access_token": "\u20ac", "expires_in": 3600}),
        *({"accessToken": "x", "expireTime": 5}, {"accessToken": "\u20ac", "expireTime": TOKEN["expireTime"]}),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_token_that_cannot_be_read(google, params, key_file, told, status):
    for options in (
        {"impersonate_service_account": OPERATOR},
        {"access_token": None, "service_account_file": key_file},
    ):
        google.answers = [(status, told)] * 9
        with pytest.raises(Failure, match=f"project {GUARD['projectId']} .*the project can't be read"):
            Gcp({**params, **options})


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("expires", ["2099-01-01T00:00:00.123456Z", 5, None])
def test_an_answer_with_a_token_is_shown_without_it(google, params, status, expires):
    """google.auth's error has the whole answer, if it can't read when the token expires."""
    google.answers = [(status, {"accessToken": "secret", "expireTime": expires})] * 9
    with pytest.raises(Failure) as failed:
        Gcp({**params, "impersonate_service_account": OPERATOR})
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    "proxy",
    [
        *("http://me:secret", "http://me:secret#x@127.0.0.1:1", "http://me:secret/x@127.0.0.1:1"),
        *("http://me:secret?x@127.0.0.1:1", "http://me:secret[@127.0.0.1:1", "http://me:secret\u20ac@127.0.0.1:1"),
        *("http://me:x@127.0.0.1:secret", "http://me:secret@127.0.0.1:1", "me:secret@127.0.0.1:99999"),
    ],
)
def test_a_password_of_a_proxy_is_not_shown(google, params, monkeypatch, proxy):
    """Of an address that can't be read, the libraries' errors quote what they take for its host."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    for options in ({}, {"impersonate_service_account": OPERATOR}):
        with pytest.raises(Failure) as failed:
            Gcp({**params, "endpoint_url": None, **options})
        assert "secret" not in str(failed.value), failed.value
        assert "roxy" in str(failed.value) and google.log == []


PEM = "-----BEGIN PRIVATE KEY-----\nsecret"
KEY = json.dumps({"type": "service_account", "private_key_id": "1", "private_key": PEM})
CONTENTS = {
    "JSON": KEY,
    "JSON in lines": json.dumps(json.loads(KEY), indent=2),
    "PEM": PEM,
    "base64 of JSON": base64.b64encode(KEY.encode()).decode(),
    "base64 of JSON in lines": base64.b64encode(json.dumps(json.loads(KEY), indent=2).encode()).decode(),
    "base64 of PEM": base64.b64encode(PEM.encode() * 3).decode(),
    "mapping": json.loads(KEY),
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_key_in_place_of_its_path_is_not_shown(google, params, monkeypatch, kind):
    """As with lookup('file', ...), or a variable of a CI system that has the content: in no message and at no -vvv."""
    content = CONTENTS[kind]
    parts = [content] if isinstance(content, str) else list(content.values())
    shown = [part[:100] for part in parts if len(part) > 20]

    def hidden(text):
        assert not any(part in text or repr(part)[1:-1] in text for part in ("secret", *shown)), text
        assert "service_account_file" in text or "GOOGLE_APPLICATION_CREDENTIALS" in text

    for name in ("GCP_SERVICE_ACCOUNT_FILE", "GOOGLE_APPLICATION_CREDENTIALS"):
        with monkeypatch.context() as environment, pytest.raises(Failure) as failed:
            environment.setenv(name, str(content))
            Gcp({**params, "access_token": None})
        hidden(str(failed.value))
    spec = GCP.argument_spec
    for invalid in problems(spec, {"service_account_file": content}):
        hidden(str(invalid))
    assert contents(spec, {"service_account_file": content, "region": "{"}) == {str(content)}
    assert google.log == []


@pytest.mark.parametrize("path", ["~/.config/gcloud/key.json", "/run/secrets/ey.json", "keys/LS0t-1", "", None])
def test_a_path_is_no_content(path):
    assert contents(GCP.argument_spec, {"service_account_file": path}) == set()
    gcp_connection.key_file("service_account_file", path or "")
