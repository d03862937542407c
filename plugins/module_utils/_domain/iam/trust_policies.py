# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trust policies of roles that people switch to: how one is written, and what one written by anybody asks for.

A trust policy is judged by what it lets in, not by its text: Bool, BoolIfExists and Null differ for callers that have
no MFA key at all ("Secure API access with MFA", IAM User Guide). What a role's session may do afterwards carries no MFA
key any more, and nothing in IAM caps DurationSeconds of AssumeRole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import policy_evaluation
from .policy_evaluation import Request, Verdict

PRESENT, AGE, SESSION_NAME = "aws:multifactorauthpresent", "aws:multifactorauthage", "sts:rolesessionname"
# Who calls, by how: long-term keys have neither key; forwarded and console calls say false.
WITHOUT_MFA: tuple[Mapping[str, str | None], ...] = ({PRESENT: None, AGE: None}, {PRESENT: "false", AGE: None})
# Of GetSessionToken, the longest that MFA can be told of (129600 s), and beyond.
UNLIMITED = 10**9
_ARN = re.compile(r"arn:(aws[\w-]*):iam::(\d{12}):(root|user/(?:.*/)?([^/]+)|role/(?:.*/)?([^/]+))")


def policy(
    partition: str, account_id: str, users: Sequence[str], federated_roles: Sequence[str], mfa_max_age: int
) -> dict[str, Any]:
    """Who may switch to a role: users of the account with MFA at most mfa_max_age seconds old, under their own name.

    users, federated_roles: names with their paths, as in ARNs. A federated role's sessions (IAM Identity Center, SAML)
    have no MFA key: the identity provider has to ask for it, and AWS can't tell.
    """

    def arns(kind: str, names: Sequence[str]) -> list[str]:
        return sorted(f"arn:{partition}:iam::{account_id}:{kind}/{name}" for name in names)

    # The account, narrowed by aws:PrincipalArn: IAM would turn a user's ARN into an id that a user made anew hasn't.
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


@dataclass(frozen=True)
class Trust:
    """What a trust policy asks of those whom it lets in.

    principals          ARNs that its Allow statements name, "*" among them; services and identity providers apart
    services            service principals, such as ecs-tasks.amazonaws.com
    federated           ARNs of identity providers
    whole_accounts      accounts, "*" for all, of which anybody gets in who may call sts:AssumeRole there
    without_mfa         whether somebody gets in without MFA; None: can't be said
    mfa_age             seconds, the oldest MFA that gets in; None: any, or without
    any_session_name    whether a session may be named otherwise than its user
    """

    principals: tuple[str, ...]
    services: tuple[str, ...]
    federated: tuple[str, ...]
    whole_accounts: tuple[str, ...]
    without_mfa: Verdict
    mfa_age: int | None
    any_session_name: Verdict

    @property
    def is_for_people(self) -> bool:
        return bool(self.principals)


def judge(document: str | Mapping[str, Any]) -> Trust:
    """Raises ValueError for what is no policy document."""
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


def _mfa(age: int) -> Mapping[str, str | None]:
    return {PRESENT: "true", AGE: str(age)}


def _admits(document: str | Mapping[str, Any], caller: str, more: Mapping[str, str | None]) -> Verdict:
    """Whether the caller, an ARN of a user or role, may assume the role, as far as the trust policy says."""
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
    """Of an account, or of another than any that is named, whom no policy has thought of."""
    account = "000000000000" if principal == "*" else _account(principal)
    return f"arn:aws:iam::{account}:user/somebody-whom-no-policy-names"


def _callers(principal: str, grants: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """ARNs that stand for whom a principal means: itself, and of an account those that conditions name."""
    if not _is_whole(principal):
        yield principal
        return
    yield _somebody(principal)
    for statement in grants:
        for pairs in statement.get("Condition", {}).values():
            for key, values in pairs.items():
                if key.lower() == "aws:principalarn":
                    for pattern in policy_evaluation.listed(values):
                        yield pattern.replace("*", "x").replace("?", "x")


def _ages(document: str | Mapping[str, Any]) -> list[int]:
    """The ages of MFA between which the policy can tell."""
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
