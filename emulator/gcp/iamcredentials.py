# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM Credentials: access tokens of service accounts, in place of which AWS has AssumeRole."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re
from typing import Any
from urllib.parse import parse_qs

from emulator import clock
from emulator.gcp import permissions
from emulator.gcp.call import Call
from emulator.gcp.errors import Refused
from emulator.gcp.registry import handles
from emulator.gcp.world import Principal, World

# https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
LONGEST = 3600
_DENIED = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."


@handles("iamcredentials.projects.serviceAccounts.generateAccessToken")
def generate_access_token(call: Call) -> dict[str, Any]:
    if not call.body.get("scope"):
        raise Refused(400, "invalid", "Request contains an invalid argument.")
    seconds = _seconds(call.body.get("lifetime") or f"{LONGEST}s")
    email = call.params["name"].rpartition("/")[2]
    by = call.principal
    for delegate in [name.rpartition("/")[2] for name in call.body.get("delegates") or []] + [email]:
        if delegate not in call.world.principals or not _may(call.world, by, delegate):
            details = {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "IAM_PERMISSION_DENIED",
                "domain": "iam.googleapis.com",
                "metadata": {"permission": "iam.serviceAccounts.getAccessToken"},
            }
            raise Refused(403, "forbidden", _DENIED, details=[details])
        by = call.world.principals[delegate]
    token, ends = create_token(call.world, email, seconds)
    return {"accessToken": token, "expireTime": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _may(world: World, principal: Principal, email: str) -> bool:
    project_id = email.partition("@")[2].partition(".")[0]
    return email in principal.impersonates or (
        project_id in world.projects
        and permissions.allowed(world, principal, "iam.serviceAccounts.getAccessToken", project_id)
    )


def _seconds(lifetime: str) -> int:
    match = re.fullmatch(r"(\d+)(?:\.0+)?s", lifetime)
    if match is None or not 0 < int(match[1]) <= LONGEST:
        raise Refused(400, "invalid", "Request contains an invalid argument.")
    return int(match[1])


def create_token(world: World, email: str, seconds: int) -> tuple[str, datetime.datetime]:
    """Return a new access token of a principal and its expiry."""
    ends = clock.now() + datetime.timedelta(seconds=seconds)
    token = f"emulated-{world.number()}"
    world.tokens[token] = (email, ends)
    return token, ends


def exchange(world: World, body: bytes) -> tuple[int, dict[str, Any]]:
    """Answer a service account's signed assertion with a token, as https://oauth2.googleapis.com/token: (status, JSON).

    Signatures are not checked: https://developers.google.com/identity/protocols/oauth2/service-account#httprest.
    """
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    try:
        claims = form["assertion"].split(".")[1]
        email = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"]
    except (KeyError, IndexError, ValueError, TypeError, binascii.Error):
        return 400, {"error": "invalid_request", "error_description": "Missing or malformed assertion."}
    if email not in world.principals:
        return 400, {"error": "invalid_grant", "error_description": "Invalid grant: account not found"}
    token, _ = create_token(world, email, LONGEST)
    return 200, {"access_token": token, "expires_in": LONGEST - 1, "token_type": "Bearer"}
