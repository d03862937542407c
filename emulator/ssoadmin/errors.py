# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors of IAM Identity Center. A text without a source at its place is not verified on AWS."""

from __future__ import annotations

from moto.core.exceptions import ServiceException

LIMITS = "Please refer to https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"


class SsoError(ServiceException):
    """Error of the service: SsoError(code, message)."""


def conflict(message: str) -> SsoError:
    return SsoError("ConflictException", message)


def not_found(message: str) -> SsoError:
    return SsoError("ResourceNotFoundException", message)


def invalid(message: str) -> SsoError:
    return SsoError("ValidationException", message)


def denied(principal: str, operation: str, resource: str) -> SsoError:
    """Build the refusal that a delegated administrator gets; its text: aws-samples/iam-identity-center-team#59."""
    message = f"User: {principal} is not authorized to perform: sso:{operation} on resource: {resource}"
    return SsoError("AccessDeniedException", message)


def over_quota(what: str, most: int, of: str) -> SsoError:
    """Build the error of a quota; the text is moto's for managed policies."""
    message = f"You have exceeded AWS SSO limits. Cannot create {what} more than {most} for id {of}. {LIMITS}"
    return SsoError("ServiceQuotaExceededException", message)
