# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors of Network Firewall, by the codes of its API model."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException


class NetworkFirewallError(ServiceException):
    pass


def invalid_request(problem: str, parameter: Any = None, context: str | None = None) -> NetworkFirewallError:
    """Build an InvalidRequestException in the form that AWS gives it: "PROBLEM, parameter: [VALUE], context: PATH"."""
    text = problem if parameter is None else f"{problem}, parameter: [{parameter}]"
    return NetworkFirewallError("InvalidRequestException", f"{text}, context: {context}" if context else text)


def invalid_operation(message: str) -> NetworkFirewallError:
    return NetworkFirewallError("InvalidOperationException", message)


def not_found(name: str | None) -> NetworkFirewallError:
    """Build the error for an unknown resource; its text is not verified."""
    return NetworkFirewallError("ResourceNotFoundException", f"The resource {name} was not found.")


def limit_exceeded(name: str, value: int) -> NetworkFirewallError:
    """Build the error for a quota of the account; its text is not verified."""
    return NetworkFirewallError("LimitExceededException", f"{name} limit exceeded, parameter: [{value}]")


def stale_token() -> NetworkFirewallError:
    """Build the error for an update token that is not the current one; the text is the model's description."""
    text = "The token you provided is stale or isn't valid for the operation."
    return NetworkFirewallError("InvalidTokenException", text)


def in_use() -> NetworkFirewallError:
    """Build the error for deleting what is in use; the text: terraform-provider-aws, rule_group.go, retries on it."""
    return invalid_operation("Unable to delete the object because it is still in use")
