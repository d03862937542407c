# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents that IAM refuses, beyond what moto's validator checks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. Sources of the texts:
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html and troubleshoot_roles.html; the other ones
are not verified.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

from emulator.accounts import Accounts
from emulator.iam.conditions import as_list
from emulator.iam.policy import ACCOUNT
from emulator.iam.sessions import sessions

PRINCIPAL_ARN = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(user|role)/(?:([\w+=,.@/-]+)/)?([\w+=,.@-]+)")
SESSION_ARN = re.compile(r"arn:aws[\w-]*:sts::\d{12}:(?:assumed-role|federated-user)/.+")
SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal|aws\.dev)")
# Roles that AWS creates in the accounts of an organization.
OF_AWS = ("OrganizationAccountAccessRole", "AWSControlTowerExecution")
SID = re.compile(r"[A-Za-z0-9]*")


class IAMError(ServiceException):
    """Error of IAM: IAMError(code, message)."""


def malformed(text: str) -> IAMError:
    return IAMError("MalformedPolicyDocument", text)


def statements(document: str) -> Iterator[dict[str, Any]]:
    """Yield the statements of a document; none of one that isn't JSON or has no statements."""
    try:
        parsed = json.loads(document)
    except ValueError:
        return
    if isinstance(parsed, dict):
        yield from (each for each in as_list(parsed.get("Statement", [])) if isinstance(each, dict))


def check_identity_policy(document: str) -> None:
    """Raise MalformedPolicyDocument for a policy of a user, group or role that names a principal, or for a bad Sid."""
    for statement in statements(document):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise malformed("Policy document should not specify a principal.")
        _check_sid(statement)


def _check_sid(statement: dict[str, Any]) -> None:
    sid = statement.get("Sid")
    if isinstance(sid, str) and not SID.fullmatch(sid):
        raise malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*"
        )


def check_trust_policy(document: str) -> None:
    """Raise MalformedPolicyDocument for a trust policy without principals, or with one that doesn't exist."""
    for statement in statements(document):
        _check_sid(statement)
        principals = statement.get("Principal", statement.get("NotPrincipal"))
        if principals is None:
            raise malformed("Missing required field Principal")
        if not isinstance(principals, dict):
            continue
        for wanted in as_list(principals.get("AWS", [])):
            if not exists(wanted):
                raise malformed(f'Invalid principal in policy: "AWS":"{wanted}"')
        for service in as_list(principals.get("Service", [])):
            if service != "*" and not SERVICE.fullmatch(service):
                raise malformed(f'Invalid principal in policy: "SERVICE":"{service}"')


def exists(principal: str) -> bool:
    """Return true if a principal of a trust policy exists.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html: "Invalid principal in policy". The world
    has more accounts than the emulator's, so every account exists; in the accounts of the emulator's organizations,
    those users and roles that were created, that AWS creates, or that somebody has assumed.
    """
    if principal == "*" or ACCOUNT.fullmatch(principal) or SESSION_ARN.fullmatch(principal):
        return True
    found = PRINCIPAL_ARN.fullmatch(principal)
    if not found:
        return False
    account_id, kind, path, name = found.groups()
    backend = iam_backends[account_id]["aws"]
    if kind == "user":
        return any(user.arn == principal for user in backend.users.values())
    if any(role.arn == principal for role in backend.roles.values()):
        return True
    if name.lower() in backend.made_roles:
        return False  # deleted, or of another path
    return not _is_known(account_id) or _is_given(principal, path or "", name)


def _is_known(account_id: str) -> bool:
    """Return true for an account of one of the emulator's organizations."""
    return account_id in organizations_backends.master_accounts or (
        account_id in organizations_backends and organizations_backends[account_id]["aws"].org is not None
    )


def _is_given(arn: str, path: str, name: str) -> bool:
    """Return true for a role that nobody had to create: AWS's own, the seed's, and those that were assumed."""
    if name in OF_AWS or path.startswith(("aws-service-role", "aws-reserved")) or arn in Accounts.external_ids:
        return True
    return any(session.role_arn == arn for session in sessions.values())
