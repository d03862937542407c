# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the options that connect to an account; their values become headers, paths and files. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid, refusal
from . import identifiers

HIDDEN = "(not shown)"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Longer than any wait that AWS documents, and small enough to add to a clock.
LONGEST_WAIT = 86400


def check(params: Mapping[str, Any]) -> None:
    """Check account_id and the options of CHECKS that params has. Raises the first Invalid."""
    identifiers.account_id("account_id", params.get("account_id"))
    for invalid in problems(params):
        raise invalid


def problems(params: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield an Invalid for each of these options that is wrong, account_id apart."""
    yield from refusals(CHECKS, params)
    invalid = refusal(_role_of_account, params.get("assume_role_arn"), params.get("account_id"))
    if invalid:
        yield invalid


def refusals(checks: Mapping[str, Callable[[str, Any], Any]], params: Mapping[str, Any]) -> Iterator[Invalid]:
    """Yield an Invalid for each option with a value that its check refuses. checks: option -> check."""
    for option, function in checks.items():
        if params.get(option) not in (None, ""):
            invalid = refusal(function, option, params[option])
            if invalid:
                yield invalid


def line(option: str, value: Any) -> None:
    """Check for text without control characters. Raises Invalid."""
    if not isinstance(value, str) or CONTROL.search(value):
        raise Invalid(option, value, "is no line of text", "text without control characters")


def profile(option: str, value: Any) -> None:
    """Check the name of a profile, as a line ``[profile NAME]`` of the AWS CLI's config file has it. Raises Invalid."""
    line(option, value)
    if not re.fullmatch(r"[^\[\]#;\s]([^\[\]]*[^\[\]\s])?", value):
        raise Invalid(option, value, "is no name of a profile", "one such as operator, without brackets")


def credential(option: str, value: Any) -> None:
    """Check a part of a credential, which goes into a header. Raises Invalid, which doesn't show the value."""
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]+", value):
        raise Invalid(option, HIDDEN, "has spaces, line ends or other characters that no credential has", "it alone")


def external_id(option: str, value: Any) -> None:
    # AssumeRole: ExternalId.
    if not isinstance(value, str) or not re.fullmatch(r"[\w+=,.@:/-]{2,1224}", value, re.ASCII):
        raise Invalid(option, HIDDEN, "is no external id", "2 to 1224 letters, digits or _+=,.@:/-")


def url(option: str, value: Any) -> None:
    """Check an HTTP or HTTPS URL without a credential in it. Raises Invalid."""
    pattern = r"https?://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~%+-]*)*"
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Invalid(
            option,
            HIDDEN if "@" in str(value) else value,
            "is no address",
            "one such as https://ec2.eu-central-1.amazonaws.com",
        )


def wait_timeout(option: str, value: Any) -> None:
    seconds = int(value) if re.fullmatch(r"\d{1,9}", str(value)) else 0
    if isinstance(value, bool) or not 1 <= seconds <= LONGEST_WAIT:
        raise Invalid(option, value, "is no time to wait", f"1 to {LONGEST_WAIT} seconds")


def client_config(option: str, value: Any) -> None:
    """Check the texts in aws_config for control characters; only botocore knows the settings. Raises Invalid."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            client_config(f"{option}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            client_config(f"{option}[{index}]", item)
    elif isinstance(value, str):
        line(option, value)


def _role_of_account(role: Any, account: Any) -> None:
    # The checks of each already report what is wrong with it.
    if (
        role
        and account
        and not refusal(identifiers.role_arn, "", role)
        and not refusal(identifiers.account_id, "", account)
    ):
        owner = role.split(":")[4]
        if owner != account:
            raise Invalid("assume_role_arn", role, f"is a role of account {owner}", f"one of account_id {account}")


CHECKS = {
    "region": identifiers.region,
    "profile": profile,
    "endpoint_url": url,
    "access_key": credential,
    "secret_key": credential,
    "session_token": credential,
    "assume_role_arn": identifiers.role_arn,
    "assume_role_external_id": external_id,
    "aws_ca_bundle": line,
    "aws_config": client_config,
    "wait_timeout": wait_timeout,
}
