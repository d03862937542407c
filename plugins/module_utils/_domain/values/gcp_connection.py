# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the options that connect to a project of Google Cloud; their values become headers and paths. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..._core import escape
from ..._core.errors import Invalid, refusal
from . import connection, gcp_names

LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1", re.ASCII)


def check(params: Mapping[str, Any]) -> None:
    """Check project_id, region and the options of CHECKS that params has. Raises the first Invalid."""
    gcp_names.project_id("project_id", params.get("project_id"))
    if params.get("region") in (None, ""):
        raise Invalid("region", None, "isn't given", "a region, such as asia-northeast1, set on the host")
    for invalid in problems(params):
        raise invalid


def problems(params: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield an Invalid for each of these options that is wrong, project_id apart."""
    yield from connection.refusals(CHECKS, params)
    if params.get("access_token") and params.get("service_account_file"):
        problem = "is given together with access_token, of which one would be ignored"
        yield Invalid("service_account_file", None, problem, "one of them")
    invalid = refusal(_encrypted, params.get("endpoint_url"), params.get("access_token"))
    if invalid:
        yield invalid


def url(option: str, value: Any) -> None:
    """Check an HTTP or HTTPS URL without a credential in it. Raises Invalid."""
    if refusal(connection.url, option, value):
        shown = connection.HIDDEN if "@" in str(value) else value
        raise Invalid(option, shown, "is no address", "one such as http://127.0.0.1:5000, for all of Google's APIs")


def key_file(option: str, value: Any) -> None:
    """Check the path of a credential's file. Raises Invalid, which doesn't show a key that is given in its place."""
    if escape.is_content(value):
        problem = "is a file's content and no path"
        raise Invalid(option, connection.HIDDEN, problem, "the path of a credential's JSON file")
    connection.line(option, value)


def _encrypted(endpoint: Any, token: Any) -> None:
    """Refuse to send what Google's libraries take as credential, which is a bearer token, over HTTP. Raises Invalid.

    An access_token may be that of an emulator on another machine.
    """
    if not endpoint or token or refusal(url, "", endpoint):
        return
    there = urlsplit(endpoint)
    if there.scheme == "http" and not LOOPBACK.fullmatch(there.hostname or ""):
        raise Invalid(
            "endpoint_url",
            endpoint,
            "would get the credential unencrypted",
            "an address with https, one of this machine, or an access_token given for it",
        )


CHECKS = {
    "project_number": gcp_names.project_number,
    "region": gcp_names.region,
    "service_account_file": key_file,
    "access_token": connection.credential,
    "impersonate_service_account": gcp_names.service_account,
    "endpoint_url": url,
    "wait_timeout": connection.wait_timeout,
}
