# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials: which one is taken, who is impersonated, and what is said of one that doesn't work."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.cloud import Meaning
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure, Invalid
from ansible_collections.closednet.aws.plugins.module_utils._gcp.client import Gcp
from ansible_collections.closednet.aws.plugins.module_utils._gcp.credentials import GENERATE, check, given
from ansible_collections.closednet.aws.plugins.module_utils._gcp.errors import GoogleError
from ansible_collections.closednet.aws.plugins.module_utils._gcp.provider import GCP, _Provider
from ansible_collections.closednet.aws.plugins.module_utils._gcp.transport import Api

from .conftest import GUARD, LOST, OPERATOR, PROJECT, TOKEN, bearers, refused, rpc


def test_the_service_account_that_is_impersonated_acts(google, params):
    google.answers = [(200, TOKEN), (200, GUARD), (200, {"items": []})]
    gcp = Gcp({**params, "impersonate_service_account": OPERATOR})
    gcp.items("compute.networks.list")
    assert google.log[0].path == f"/v1/projects/-/serviceAccounts/{OPERATOR}:generateAccessToken"
    assert google.log[0].body["scope"] == ["https://www.googleapis.com/auth/cloud-platform"]
    assert bearers(google) == ["Bearer ya29.token", *["Bearer ya29.impersonated"] * 2]
    assert gcp.calls[GENERATE] == 1


@pytest.mark.parametrize(
    "answer",
    [
        rpc(403, "PERMISSION_DENIED", "Permission 'iam.serviceAccounts.getAccessToken' denied"),
        rpc(404, "NOT_FOUND", "Not found; Gaia id not found for email"),
    ],
)
def test_an_account_that_cannot_be_impersonated(google, params, answer):
    google.answers = [answer]
    with pytest.raises(Failure, match=f"{GENERATE}: .*Token") as failed:
        Gcp({**params, "impersonate_service_account": OPERATOR})
    assert f"roles/iam.serviceAccountTokenCreator on {OPERATOR}" in str(failed.value)


def test_a_fault_while_impersonating_is_tried_again(google, params):
    google.answers = [rpc(503, "UNAVAILABLE"), LOST, (200, TOKEN), (200, GUARD)]
    assert Gcp({**params, "impersonate_service_account": OPERATOR}).account_id == PROJECT


def test_a_page_while_impersonating_says_nothing_of_the_credential(google, params):
    """google-auth hands on the text of a 502 without its status (impersonated_credentials, _make_iam_token_request)."""
    page = (502, "<html>Bad Gateway</html>")
    google.answers = [page, (200, TOKEN), (200, GUARD)]
    assert Gcp({**params, "impersonate_service_account": OPERATOR}).account_id == PROJECT
    google.answers = [page] * 9
    with pytest.raises(Failure, match=r"UnreadableAnswer: the answer is a page \(HTML\).*HTTPS_PROXY") as failed:
        Gcp({**params, "impersonate_service_account": OPERATOR})
    assert "expired" not in str(failed.value)


def test_a_missing_account_is_no_missing_resource(google, params):
    """The token's 404 in the middle of a run must not count as a resource that was deleted already."""
    google.answers = [(200, TOKEN), (200, GUARD), refused(401, "authError"), rpc(404, "NOT_FOUND")]
    gcp = Gcp({**params, "impersonate_service_account": OPERATOR})
    with pytest.raises(GoogleError) as failed:
        gcp.get("compute.networks.get", network="n")
    assert failed.value.meaning is Meaning.DENIED


def test_a_given_token_that_expired_is_said_to_be(google, gcp):
    google.answers = [refused(401, "authError", "Request had invalid authentication credentials")]
    with pytest.raises(GoogleError) as failed:
        gcp.items("compute.networks.list")
    assert failed.value.meaning is Meaning.EXPIRED and gcp.calls["compute.networks.list"] == 1
    assert failed.value.code == "authError", "Google's answer, not that the token can't be refreshed"
    assert "this one has expired" in gcp.next_step(failed.value, "psc_service")


def test_a_key_file(google, params, key_file):
    google.answers = [(200, {"access_token": "ya29.of-key", "expires_in": 3600}), (200, GUARD)]
    Gcp({**params, "access_token": None, "service_account_file": key_file})
    assert [one.path for one in google.log] == ["/token", f"/v3/projects/{PROJECT}"]
    assert bearers(google)[1] == "Bearer ya29.of-key"


def test_a_key_that_was_deleted(google, params, key_file):
    google.answers = [(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})]
    with pytest.raises(Failure, match="RefreshError: .*invalid_grant.*this one has expired, was revoked"):
        Gcp({**params, "access_token": None, "service_account_file": key_file})


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"type": "authorized_user"}', '{"type": "service_account"}'])
def test_a_file_that_is_no_key(google, params, tmp_path, content):
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    options = {**params, "access_token": None, "service_account_file": str(path)}
    with pytest.raises(Failure, match="is no key of a service account that can be read"):
        Gcp(options)
    if content != '{"type": "service_account"}':
        with pytest.raises(Invalid):
            check(options)
    assert google.log == []


def test_no_credential_at_all(google, params, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    for client in (Gcp, Api):
        with pytest.raises(Failure, match="can't get a credential: .*Next: give access_token"):
            client({**params, "access_token": None})


def test_application_default_credentials(google, params, monkeypatch, key_file):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", key_file)
    google.answers = [(200, {"access_token": "ya29.default", "expires_in": 3600}), (200, GUARD)]
    Gcp({**params, "access_token": ""})
    assert bearers(google)[1] == "Bearer ya29.default"


def test_netrc_does_not_replace_the_credential(google, params, monkeypatch, tmp_path):
    """requests takes ~/.netrc where a session has no auth of its own."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    Gcp(params)
    assert bearers(google) == ["Bearer ya29.token"]


def test_an_option_is_nearer_than_the_environment(monkeypatch):
    monkeypatch.setenv("GCP_ACCESS_TOKEN", "of-environment")
    monkeypatch.setenv("GCP_SERVICE_ACCOUNT_FILE", "/environment.json")
    monkeypatch.setenv("GOOGLE_CLOUD_ENDPOINT_URL", "http://127.0.0.1:1")
    assert given({})["access_token"] == "of-environment" and "service_account_file" not in given({})
    assert given({"service_account_file": "/option.json"}) == {
        "service_account_file": "/option.json",
        "endpoint_url": "http://127.0.0.1:1",
        "impersonate_service_account": None,
    }
    assert given({"access_token": "", "endpoint_url": "https://x"})["endpoint_url"] == "https://x"


def test_a_token_that_is_none_is_not_shown(google, monkeypatch):
    monkeypatch.setenv("GCP_ACCESS_TOKEN", "ya29.secret\nX")
    with pytest.raises(Failure, match="access_token: .*not shown.* has spaces, line ends") as failed:
        Api({"endpoint_url": google.url})
    assert "secret" not in str(failed.value) and google.log == []


def test_a_client_without_a_project(google, params):
    google.answers = [(200, {"projects": [{"projectId": "a"}], "nextPageToken": "2"}), (200, {"projects": []})]
    api = Api({"access_token": "t", "endpoint_url": google.url})
    assert api.items("cloudresourcemanager.projects.search", query="state:ACTIVE") == [{"projectId": "a"}]
    assert google.log[1].query == {"query": "state:ACTIVE", "pageToken": "2"}


def test_what_is_not_installed_is_said(monkeypatch):
    from ansible_collections.closednet.aws.plugins.module_utils._gcp import provider

    assert GCP.missing() == GCP.outdated() == ""
    monkeypatch.setattr(provider, "find_spec", lambda name: None)
    assert GCP.missing() == "google-auth and requests"
    monkeypatch.setattr("google.auth.version.__version__", "1.35.0")
    assert _Provider().outdated() == "google-auth 1.35.0 is too old: 2.0 or later is needed"


@pytest.mark.parametrize("broken", [ImportError("no cffi"), AttributeError("no X509_V_FLAG"), SyntaxError("s")])
def test_a_library_that_cannot_be_loaded_is_said_by_the_run(monkeypatch, broken):
    """Not by an action plugin's import: Ansible would end the play, for hosts of AWS, too."""
    from ansible_collections.closednet.aws.plugins.module_utils._gcp import provider

    def load():
        raise broken

    monkeypatch.setattr(provider, "_load", load)
    GCP.preload(())
    assert GCP.outdated() == f"google-auth is installed and can't be loaded: {type(broken).__name__}: {broken}"


@pytest.mark.parametrize(("version", "old"), [("2.0rc1", False), ("2.1.dev3", False), ("1.35rc2", True), ("3", False)])
def test_a_version_that_is_no_release(monkeypatch, version, old):
    monkeypatch.setattr("google.auth.version.__version__", version)
    assert bool(GCP.outdated()) is old


def test_nothing_of_google_is_loaded_before_a_connection():
    """Modules of AWS, and inventories without Google Cloud, don't need the libraries."""
    here = "ansible_collections.closednet.aws.plugins.module_utils._gcp"
    loaded = "[name for name in sys.modules if name.startswith(('google', 'requests', 'urllib3'))]"
    code = f"import sys, {here}.provider, {here}.transport; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
