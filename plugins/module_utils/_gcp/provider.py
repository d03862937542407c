# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google Cloud before there is a connection: the options of every module, and what has to be installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from .._core.cloud import Cloud
from .client import Gcp
from .credentials import check

# The first that takes iam_endpoint_override and a session's auth_request as they are used here.
GOOGLE_AUTH = (2, 0)


class _Provider:
    """Google Cloud as a Provider of _core/cloud.py."""

    account_option = "project_id"
    account_noun = "project"

    @property
    def argument_spec(self) -> dict[str, Any]:
        return {
            "project_number": {"type": "str"},
            "region": {"type": "str"},
            "service_account_file": {"type": "path"},
            "access_token": {"type": "str", "no_log": True},
            "impersonate_service_account": {"type": "str"},
            "endpoint_url": {"type": "str"},
        }

    def missing(self) -> str:
        # find_spec imports the parent, which other packages of Google may have brought.
        there = find_spec("google") and find_spec("google.auth")
        lacking = ["google-auth"] * (not there) + ["requests"] * (not find_spec("requests"))
        return " and ".join(lacking)

    def outdated(self) -> str:
        try:
            _load()
            from google.auth.version import __version__ as version
        except Exception as error:  # also of what it loads: cryptography, OpenSSL, urllib3
            return f"google-auth is installed and can't be loaded: {type(error).__name__}: {error}"
        installed = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
        needed = ".".join(map(str, GOOGLE_AUTH))
        return "" if installed >= GOOGLE_AUTH else f"google-auth {version} is too old: {needed} or later is needed"

    def check(self, params: Mapping[str, Any]) -> None:
        check(params)

    def normalise(self, params: Mapping[str, Any], tagging: frozenset[str]) -> Mapping[str, Any]:
        return params

    def connect(self, params: Mapping[str, Any]) -> Cloud:
        return Gcp(params)

    def preload(self, permissions: Iterable[str]) -> None:
        # For all workers: they are forked with it. This is where a play begins, also one with hosts of AWS only.
        with suppress(Exception):  # outdated says it
            _load()

    def results(self, params: Mapping[str, Any], calls: Mapping[str, int]) -> dict[str, Any]:
        return {}


def _load() -> None:
    import google.auth.transport.requests
    import google.oauth2.credentials  # noqa: F401


GCP = _Provider()
