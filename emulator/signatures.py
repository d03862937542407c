# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials that a request names: in its header, or in a presigned URL. Signatures are not checked."""

from __future__ import annotations

import datetime
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from emulator import clock

UNSIGNED = (None, "us-east-1", None)


def credential_scope(environ: dict[str, Any]) -> tuple[str | None, str, str | None]:
    """Return (access key id, region, signing name), (None, us-east-1, None) for a request without a signature.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html; URLs of Signature Version 2, which
    boto3 makes for us-east-1: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
    """
    try:
        scope = environ["HTTP_AUTHORIZATION"].split("Credential=")[1].split(",")[0].split("/")
        return scope[0], scope[2], scope[3]
    except (KeyError, IndexError):
        query = environ.get("QUERY_STRING", "")
        return _of_url(environ, query) if "X-Amz-Credential=" in query or "AWSAccessKeyId=" in query else UNSIGNED


def _of_url(environ: dict[str, Any], query: str) -> tuple[str | None, str, str | None]:
    """Return the scope of a presigned URL. After its time it has none, and S3 denies access as without a signature."""
    given = {name: values[0] for name, values in parse_qs(query).items()}
    with suppress(KeyError, ValueError, IndexError):
        if _end(given) < clock.now().timestamp():
            return UNSIGNED
        if token := given.get("X-Amz-Security-Token") or given.get("x-amz-security-token"):
            environ.setdefault("HTTP_X_AMZ_SECURITY_TOKEN", token)
        if "X-Amz-Credential" not in given:
            return given["AWSAccessKeyId"], "us-east-1", "s3"
        scope = given["X-Amz-Credential"].split("/")
        return scope[0], scope[2], scope[3]
    return UNSIGNED


def _end(given: dict[str, str]) -> float:
    if "X-Amz-Credential" not in given:
        return float(given["Expires"])
    made = datetime.datetime.strptime(given["X-Amz-Date"] + "+0000", "%Y%m%dT%H%M%SZ%z")
    return made.timestamp() + float(given["X-Amz-Expires"])
