# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The credential: a token, a service account's file or application default credentials, and who is impersonated.

google-auth and requests are imported where they are used: modules of AWS never load them.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from .._core.errors import Invalid
from .._core.retries import PARALLEL
from .._domain.values import gcp_connection
from .methods import HOSTS

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GENERATE = "iamcredentials.projects.serviceAccounts.generateAccessToken"
ENVIRONMENT = {
    "impersonate_service_account": "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
    "endpoint_url": "GOOGLE_CLOUD_ENDPOINT_URL",
}
# The first that is there, and only if no option has a credential: the nearest one is meant.
OF_CREDENTIALS = {"access_token": "GCP_ACCESS_TOKEN", "service_account_file": "GCP_SERVICE_ACCOUNT_FILE"}
# What google.auth.default reads.
DEFAULT = "GOOGLE_APPLICATION_CREDENTIALS"


def given(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with what the environment says of those that aren't given."""
    whole = {**params, **{option: params.get(option) or os.environ.get(name) for option, name in ENVIRONMENT.items()}}
    if not any(params.get(option) for option in OF_CREDENTIALS):
        found = [(option, os.environ[name]) for option, name in OF_CREDENTIALS.items() if os.environ.get(name)]
        whole.update(found[:1])
    return whole


def check(params: Mapping[str, Any]) -> None:
    """Check the options that connect to the project, as far as no call is needed. Raises Invalid."""
    whole = given(params)
    gcp_connection.check(whole)
    if whole.get("service_account_file"):
        _key(whole["service_account_file"])


def make_session(params: Mapping[str, Any], count: Callable[[str], None]) -> Any:
    """Return a requests.Session that adds the credential to each call. Raises Invalid and google.auth's errors.

    params: with the environment's, see given. count: called with the id of a method that gets a token.
    """
    import requests
    from google.auth.transport.requests import AuthorizedSession, Request

    inner = requests.Session()
    request = Request(inner)

    def of_token(url: str, method: str = "GET", **keys: Any) -> Any:
        if url.endswith(":generateAccessToken"):
            count(GENERATE)
        # requests would follow, and after 307 send a signed assertion to another host.
        return request(url, method, allow_redirects=False, **keys)

    static = bool(params.get("access_token") and not params.get("impersonate_service_account"))
    # A given token can't be refreshed, so Google's 401 is the answer.
    session = AuthorizedSession(  # type: ignore[no-untyped-call]
        _credentials(params), refresh_status_codes=() if static else (401,), auth_request=of_token
    )
    for each in (inner, session):
        # Otherwise requests would replace the credential by what ~/.netrc has for the host.
        each.auth = _unchanged
        each.headers["User-Agent"] = "closednet.aws"
        for scheme in ("https://", "http://"):
            each.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=2 * PARALLEL))
    return session


def _unchanged(request: Any) -> Any:
    return request


def _credentials(params: Mapping[str, Any]) -> Any:
    source = _source(params)
    principal = params.get("impersonate_service_account")
    if not principal:
        return source
    from google.auth import impersonated_credentials

    base = (params.get("endpoint_url") or HOSTS["iamcredentials"]).rstrip("/")
    return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        source,
        principal,
        [SCOPE],
        iam_endpoint_override=f"{base}/v1/projects/-/serviceAccounts/{principal}:generateAccessToken",
    )


def _source(params: Mapping[str, Any]) -> Any:
    if params.get("access_token"):
        from google.oauth2.credentials import Credentials

        return Credentials(params["access_token"])  # type: ignore[no-untyped-call]
    if params.get("service_account_file"):
        from google.oauth2 import service_account

        key = _key(params["service_account_file"])
        try:
            return service_account.Credentials.from_service_account_info(key, scopes=[SCOPE])  # type: ignore[no-untyped-call]
        except ValueError as error:
            raise _no_key(params["service_account_file"]) from error
    import google.auth

    # google.auth's error would show what isn't found.
    gcp_connection.key_file(DEFAULT, os.environ.get(DEFAULT, ""))
    with warnings.catch_warnings():
        # Of a user's credential without quota project: Google's answer says so, where it matters.
        warnings.simplefilter("ignore")
        credentials, _project = google.auth.default(scopes=[SCOPE])
    return credentials


def _key(path: str) -> dict[str, Any]:
    """Return the content of a service account's key file. Raises Invalid, which shows nothing of it."""
    try:
        with open(path, encoding="utf-8") as file:
            key = json.load(file)
    except (OSError, ValueError) as error:
        raise _no_key(path) from error
    if not isinstance(key, dict) or key.get("type") != "service_account":
        raise _no_key(path)
    return key


def _no_key(path: str) -> Invalid:
    expected = f"the JSON file of a service account's key; for another kind of credential, no such option and {DEFAULT}"
    return Invalid("service_account_file", path, "is no key of a service account that can be read", expected)
