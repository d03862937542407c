# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trust policies of roles that people switch to: build one, and judge what any trust policy requires.

A trust policy is judged by the callers that it admits, not by its text: Bool, BoolIfExists and Null differ for callers
without an MFA key ("Secure API access with MFA", IAM User Guide). Requests of the role's session have no MFA key, and
nothing in IAM limits DurationSeconds of AssumeRole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import policy_evaluation
from .policy_evaluation import Request, Verdict

PRESENT, AGE, SESSION_NAME = "aws:multifactorauthpresent", "aws:multifactorauthage", "sts:rolesessionname"
# Context of callers without MFA: with long-term keys neither key exists; forwarded and console calls have false.
WITHOUT_MFA: tuple[Mapping[str, str | None], ...] = ({PRESENT: None, AGE: None}, {PRESENT: "false", AGE: None})
# Seconds; more than the longest session of GetSessionToken with MFA (129600 s).
UNLIMITED = 10**9
_ARN = re.compile(r"arn:(aws[\w-]*):iam::(\d{12}):(root|user/(?:.*/)?([^/]+)|role/(?:.*/)?([^/]+))")


def policy(
    partition: str, account_id: str, users: Sequence[str], federated_roles: Sequence[str], mfa_max_age: int
) -> dict[str, Any]:
    """Return a trust policy for users of the account with MFA at most mfa_max_age seconds old, under their own name.

    users, federated_roles: names with their paths, as in ARNs. The policy also admits sessions of federated roles (IAM
    Identity Center, SAML). These have no MFA key: the identity provider has to require MFA, and AWS can't tell.
    """

    def arns(kind: str, names: Sequence[str]) -> list[str]:
        return sorted(f"arn:{partition}:iam::{account_id}:{kind}/{name}" for name in names)

    # The account, narrowed by aws:PrincipalArn: IAM would replace a user's ARN by an id, which a recreated user lacks.
    account = {"AWS": f"arn:{partition}:iam::{account_id}:root"}
    action = {"Action": "sts:AssumeRole"}
    statements: list[dict[str, Any]] = []
    if users:
        statements.append(
            {
                "Sid": "NamedUsersFreshMfa",
                "Effect": "Allow",
                "Principal": account,
                **action,
                "Condition": {
                    "ArnEquals": {"aws:PrincipalArn": arns("user", users)},
                    "Bool": {"aws:MultiFactorAuthPresent": "true"},
                    "NumericLessThanEquals": {"aws:MultiFactorAuthAge": str(mfa_max_age)},
                    "StringEquals": {"sts:RoleSessionName": "${aws:username}"},
                },
            }
        )
    without_mfa: dict[str, Any] = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    if federated_roles:
        roles = {"aws:PrincipalArn": arns("role", federated_roles)}
        statements.append(
            {
                "Sid": "NamedFederatedRoles",
                "Effect": "Allow",
                "Principal": account,
                **action,
                "Condition": {"ArnEquals": roles},
            }
        )
        without_mfa["ArnNotEquals"] = roles
    statements.append(
        {"Sid": "NeverWithoutMfa", "Effect": "Deny", "Principal": {"AWS": "*"}, **action, "Condition": without_mfa}
    )
    return {"Version": "2012-10-17", "Statement": statements}


# The service by which people assume roles: IAM account access manager ("Prepare IAM roles", IAM User Guide).
ACCOUNT_ACCESS = "account-access.amazonaws.com"


@dataclass(frozen=True)
class Trust:
    """Requirements of a trust policy for the callers that it admits.

    principals          AWS principals that its Allow statements name, "*" among them: ARNs or account ids
    services            service principals, such as ecs-tasks.amazonaws.com
    federated           ARNs of identity providers
    whole_accounts      account ids, "*" for all, that it admits as a whole: anybody there who may call sts:AssumeRole
    without_mfa         true if it admits callers without MFA; None: unknown
    mfa_age             age in seconds of the oldest MFA that it admits; None: any age, or no caller with MFA
    any_session_name    true if a session may have another name than its user; None: unknown
    """

    principals: tuple[str, ...]
    services: tuple[str, ...]
    federated: tuple[str, ...]
    whole_accounts: tuple[str, ...]
    without_mfa: Verdict
    mfa_age: int | None
    any_session_name: Verdict

    @property
    def providers(self) -> tuple[str, ...]:
        """What lets people in by another sign-in: ARNs of identity providers, ACCOUNT_ACCESS."""
        return (*self.federated, *(one for one in self.services if one == ACCOUNT_ACCESS))

    @property
    def is_for_people(self) -> bool:
        return bool(self.principals)


def judge(document: str | Mapping[str, Any]) -> Trust:
    """Judge a trust policy. Raises ValueError if it is no policy document."""
    grants = [s for s in policy_evaluation.statements_of(document) if s.get("Effect") == "Allow"]
    named = {kind: sorted({one for s in grants for one in _named(s, kind)}) for kind in ("AWS", "Service", "Federated")}
    callers = sorted({caller for principal in named["AWS"] for caller in _callers(principal, grants)})
    fresh = [caller for caller in callers if _admits(document, caller, _mfa(0)) is not False]
    oldest = [
        max((age for age in _ages(document) if _admits(document, caller, _mfa(age)) is not False), default=0)
        for caller in fresh
    ]
    without = [_admits(document, caller, mfa) for caller in callers for mfa in WITHOUT_MFA]
    strangers = {
        _account(principal)
        for principal in named["AWS"]
        for mfa in (*WITHOUT_MFA, _mfa(0))
        if _is_whole(principal) and _admits(document, _somebody(principal), mfa) is not False
    }
    renamed = [_admits(document, caller, {**_mfa(0), SESSION_NAME: "another-name"}) for caller in fresh]
    return Trust(
        tuple(named["AWS"]),
        tuple(named["Service"]),
        tuple(named["Federated"]),
        tuple(sorted(strangers)),
        policy_evaluation.any_of(without),
        None if not oldest or max(oldest) >= UNLIMITED else max(oldest),
        policy_evaluation.any_of(renamed),
    )


def admitted(document: str | Mapping[str, Any]) -> tuple[str, ...]:
    """Return the users and roles that a trust policy names and doesn't refuse, with fresh MFA or without any.

    ARNs, or patterns of aws:PrincipalArn, as the policy has them. Accounts that it admits as a whole are
    Trust.whole_accounts. Raises ValueError if it is no policy document.
    """
    grants = [s for s in policy_evaluation.statements_of(document) if s.get("Effect") == "Allow"]
    named = {
        pattern: caller
        for statement in grants
        for principal in _named(statement, "AWS")
        for pattern, caller in _named_callers(principal, grants)
    }
    return tuple(
        sorted(
            pattern
            for pattern, caller in named.items()
            if any(_admits(document, caller, mfa) is not False for mfa in (*WITHOUT_MFA, _mfa(0)))
        )
    )


def _mfa(age: int) -> Mapping[str, str | None]:
    return {PRESENT: "true", AGE: str(age)}


def _admits(document: str | Mapping[str, Any], caller: str, more: Mapping[str, str | None]) -> Verdict:
    """Return true if the trust policy lets the caller, an ARN of a user or role, assume the role; None: unknown."""
    found = _ARN.fullmatch(caller)
    user, role = (found[4], found[5]) if found else (None, None)
    account = _account(caller)
    context = {
        "aws:principalarn": caller,
        "aws:principalaccount": account,
        "aws:principaltype": "User" if user else "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:username": user,
        SESSION_NAME: user or role,
        **more,
    }
    root = caller.rpartition(":")[0] + ":root"
    return policy_evaluation.judge(document, Request("sts:AssumeRole", None, (caller, account, root), context))[0]


def _named(statement: Mapping[str, Any], kind: str) -> list[str]:
    principal = statement.get("Principal", "*")  # NotPrincipal: everybody else
    if isinstance(principal, Mapping):
        return policy_evaluation.listed(principal.get(kind, []))
    return policy_evaluation.listed(principal) if kind == "AWS" else []


def _account(principal: str) -> str:
    return principal if principal == "*" or principal.isdigit() else principal.split(":")[4]


def _is_whole(principal: str) -> bool:
    return principal == "*" or principal.isdigit() or principal.endswith(":root")


def _somebody(principal: str) -> str:
    """ARN of a user that no policy names, of the principal's account, or of an unnamed one for "*"."""
    account = "000000000000" if principal == "*" else _account(principal)
    return f"arn:aws:iam::{account}:user/somebody-whom-no-policy-names"


def _callers(principal: str, grants: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield ARNs that represent a principal: itself; for an account, an unnamed user and those that conditions name."""
    if _is_whole(principal):
        yield _somebody(principal)
    for _pattern, caller in _named_callers(principal, grants):
        yield caller


def _named_callers(principal: str, grants: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield (ARN as the policy has it, ARN that matches it): the principal; for an account, those of conditions."""
    if not _is_whole(principal):
        yield principal, principal
        return
    for statement in grants:
        for pairs in statement.get("Condition", {}).values():
            for key, values in pairs.items():
                if key.lower() == "aws:principalarn":
                    for pattern in policy_evaluation.listed(values):
                        yield pattern, pattern.replace("*", "x").replace("?", "x")


def _ages(document: str | Mapping[str, Any]) -> list[int]:
    """Return ages of MFA in seconds, sorted, with each bound of the policy and its neighbours."""
    bounds = {
        int(float(number))
        for statement in policy_evaluation.statements_of(document)
        for pairs in statement.get("Condition", {}).values()
        for key, values in pairs.items()
        if key.lower() == AGE
        for number in policy_evaluation.listed(values)
        if re.fullmatch(r"\d+(\.\d+)?", number)
    }
    return sorted({0, UNLIMITED, *(bound + step for bound in bounds for step in (-1, 0, 1) if bound + step >= 0)})
