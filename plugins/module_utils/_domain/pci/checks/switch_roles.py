# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of PCI DSS 7.2, 8.2, 8.4 and 8.5, as far as roles that people switch to and their trust policies show them.
model.py lists the facts.

A role whose trust policy names AWS principals counts as one that people switch to, unless it is declared as an
application's or break-glass role. For roles that only services assume, the checks judge permissions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...iam import trust_policies
from ...iam.policy_evaluation import Request, judge, listed, statements_of
from .model import FAIL, UNKNOWN, Check, Facts, Item, Outcome, Scope, of_all

MFA = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html"
KEYS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
LEAST = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
# Part of the ARNs of the roles that IAM Identity Center's users assume ("Using permission sets in policies").
IDENTITY_CENTER = ":role/aws-reserved/sso.amazonaws.com/"
# AWS managed policies whose holder can grant itself any permission.
OF_ADMINISTRATORS = ("AdministratorAccess", "IAMFullAccess")
# A principal that may call one of these for any role or policy can grant itself any permission, too.
POWERS = ("iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy")


def _judged(facts: Facts) -> Iterator[tuple[Item, trust_policies.Trust]]:
    for role in facts["Roles"]:
        if not role["Path"].startswith("/aws-service-role/"):
            yield role, trust_policies.judge(role["AssumeRolePolicyDocument"])


def people(facts: Facts, scope: Scope) -> list[tuple[Item, trust_policies.Trust]]:
    """Roles that people switch to, each with its trust; application and break-glass roles apart."""
    apart = scope.application_roles | scope.break_glass_roles
    return [(r, t) for r, t in _judged(facts) if t.is_for_people and r["RoleName"] not in apart]


def _federated(facts: Facts, scope: Scope) -> list[str]:
    """Names of roles that people assume by SAML, IAM Identity Center or account access manager; whether they used MFA
    isn't known in AWS.
    """
    return [
        r["RoleName"]
        for r, t in _judged(facts)
        if (
            any(":saml-provider/" in arn for arn in t.federated)
            or trust_policies.ACCOUNT_ACCESS in t.services
            or _directly(r) is not r
        )
        and r["RoleName"] not in scope.break_glass_roles
    ]


def _directly(role: Item) -> Item:
    """Return the role without the statements of its trust policy that admit only Identity Center's roles, whose
    sessions have no MFA key.
    """
    statements = statements_of(role["AssumeRolePolicyDocument"])
    kept = [statement for statement in statements if not _of_identity_center(statement)]
    return role if kept == statements else {**role, "AssumeRolePolicyDocument": {"Statement": kept}}


def _of_identity_center(statement: Item) -> bool:
    principal = statement.get("Principal")
    named = listed(principal.get("AWS", [])) if isinstance(principal, Mapping) else []
    by_condition = [
        value
        for operator in ("ArnEquals", "ArnLike", "StringEquals", "StringLike")
        for key, values in statement.get("Condition", {}).get(operator, {}).items()
        if key.lower() == "aws:principalarn"
        for value in listed(values)
    ]
    arns = by_condition or named
    return statement.get("Effect") == "Allow" and bool(arns) and all(IDENTITY_CENTER in arn for arn in arns)


def _apart(facts: Facts, scope: Scope) -> dict[str, list[str]]:
    """Names of the account's roles that the declaration leaves out, by option, so that results show them."""
    names = {role["RoleName"] for role in facts["Roles"]}
    left = {"application_roles": scope.application_roles, "break_glass_roles": scope.break_glass_roles}
    return {option: sorted(names & roles) for option, roles in left.items() if names & roles}


def _of_people(
    wrong: Callable[[Item, trust_policies.Trust, Scope], Any],
    message: str,
    right: str,
    only_administrators: bool = False,
    federated_says: str = "",
) -> Callable[[Facts, Scope], Outcome]:
    """Build a check of the roles that people switch to.

    wrong: returns the fields that fail a role; False: it passes; None: unknown.
    """

    def judged(facts: Facts, scope: Scope) -> Outcome:
        roles = people(facts, scope)
        federated = _federated(facts, scope) if federated_says else []
        if only_administrators:
            powers = _powers(facts)
            roles = [(role, t) for role, t in roles if powers(role)]
            federated = [role["RoleName"] for role in facts["Roles"] if role["RoleName"] in federated and powers(role)]
        found = [(role, wrong(role, t, scope)) for role, t in roles]
        bad = [{"RoleName": role["RoleName"], **fields} for role, fields in found if fields]
        open_ = [role["RoleName"] for role, fields in found if fields is None]
        apart = _apart(facts, scope)
        if bad:
            return Outcome(FAIL, message, {"failing": bad, **apart})
        if open_:
            return Outcome(UNKNOWN, "conditions of trust policies can't be judged", {"roles": open_, **apart})
        if federated:
            return Outcome(UNKNOWN, federated_says, {"roles": federated, **apart})
        none = "people have no such role here" if not only_administrators else "no administrator's role here"
        outcome = of_all(roles, [], "", right, none)
        return Outcome(outcome.verdict, outcome.message, {**outcome.fields, **apart})

    return judged


def _fields(verdict: bool | None, trusted: trust_policies.Trust, what: str) -> Any:
    if not verdict:
        return verdict  # False or None
    return {"AssumeRolePolicyDocument": what, "principals": list(trusted.principals)}


def _without_mfa(role: Item, trusted: trust_policies.Trust, scope: Scope) -> Any:
    trusted = trust_policies.judge(_directly(role)["AssumeRolePolicyDocument"])
    return _fields(trusted.without_mfa, trusted, "lets in without MFA")


def _bypass(role: Item, trusted: trust_policies.Trust, scope: Scope) -> Any:
    """Fields of a role whose trust policy asks for MFA but admits callers without it, else False or None.

    8.4.2 covers policies that don't ask for MFA at all.
    """
    document = _directly(role)["AssumeRolePolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    if "aws:multifactorauth" not in text.lower():
        return False
    trusted = trust_policies.judge(document)
    return _fields(trusted.without_mfa, trusted, "names aws:MultiFactorAuth..., yet lets in without MFA")


def _age(role: Item, trusted: trust_policies.Trust, scope: Scope) -> Any:
    trusted = trust_policies.judge(_directly(role)["AssumeRolePolicyDocument"])
    if not trusted.principals or trusted.mfa_age is not None and trusted.mfa_age <= scope.mfa_max_age:
        return False
    return {"aws:MultiFactorAuthAge": trusted.mfa_age if trusted.mfa_age is not None else "any"}


def _session_name(role: Item, trusted: trust_policies.Trust, scope: Scope) -> Any:
    return _fields(trusted.any_session_name, trusted, "lets users choose sts:RoleSessionName")


def _whole_accounts(role: Item, trusted: trust_policies.Trust, scope: Scope) -> Any:
    return {"whole_accounts": list(trusted.whole_accounts)} if trusted.whole_accounts else False


def _powers(facts: Facts) -> Callable[[Item], list[str]]:
    """Return a function that names the policies that make a role, user or group an administrator."""
    documents = {policy["Arn"]: _default_version(policy) for policy in facts["Policies"]}

    def of(item: Item) -> list[str]:
        attached = item.get("AttachedManagedPolicies", ())
        inline = [
            policy
            for key in ("RolePolicyList", "UserPolicyList", "GroupPolicyList")
            for policy in item.get(key, ())
            if _is_wide(policy["PolicyDocument"])
        ]
        return [policy["PolicyName"] for policy in inline] + [
            policy["PolicyName"]
            for policy in attached
            if policy["PolicyArn"].rpartition("/")[2] in OF_ADMINISTRATORS
            and ":iam::aws:" in policy["PolicyArn"]
            or _is_wide(documents.get(policy["PolicyArn"]) or {"Statement": []})
        ]

    return of


def _default_version(policy: Item) -> Mapping[str, Any]:
    return next((v["Document"] for v in policy.get("PolicyVersionList", ()) if v.get("IsDefaultVersion")), {})


def _is_wide(document: Any) -> bool:
    # On a role and a policy that no statement names. Only True counts: a condition narrows.
    arn = "arn:aws:iam::000000000000:{}/that-no-policy-names"
    return any(
        judge(document, Request(power, arn.format("policy" if "Version" in power else "role"), None))[0] is True
        for power in POWERS
    )


def _administrators(facts: Facts, scope: Scope) -> Outcome:
    powers = _powers(facts)
    direct = [(kind, item) for kind in ("User", "Group") for item in facts[f"{kind}s"]]
    bad = [{f"{kind}Name": item[f"{kind}Name"], "policies": powers(item)} for kind, item in direct if powers(item)]
    bad += [
        {"RoleName": role["RoleName"], "policies": powers(role), "PermissionsBoundary": None}
        for role, _trust in people(facts, scope)
        if powers(role) and not role.get("PermissionsBoundary")
    ]
    outcome = of_all(
        [*direct, *people(facts, scope)],
        bad,
        "users or groups are administrators, or a role that people switch to is one without a permissions boundary",
        "people are administrators by a role with a permissions boundary at most",
        "no users, groups or roles of people here",
    )
    return Outcome(outcome.verdict, outcome.message, {**outcome.fields, **_apart(facts, scope)})


def _applications(facts: Facts, scope: Scope) -> Outcome:
    powers = _powers(facts)
    of_services = [
        role
        for role, trusted in _judged(facts)
        if trusted.services and not trusted.principals or role["RoleName"] in scope.application_roles
    ]
    bad = [{"RoleName": role["RoleName"], "policies": powers(role)} for role in of_services if powers(role)]
    return of_all(
        of_services,
        bad,
        "roles of services or applications are administrators",
        "no role of a service or application is an administrator",
        "no roles of services here",
    )


IDP = "roles of people who come by SAML or IAM Identity Center: whether with MFA is the identity provider's matter"
TRUST = ("Roles",)
POLICIES = ("Roles", "Users", "Groups", "Policies")
_mfa_says = ("roles that people switch to let in without MFA", "no role lets people in without MFA")


def _check(id_: str, requirements: Sequence[str], judged: Any, source: str, needs: Sequence[str] = TRUST) -> Check:
    return Check(id_, tuple(requirements), tuple(needs), judged, source)


CHECKS = (
    _check("administrators", ("7.2.2",), _administrators, LEAST, POLICIES),
    _check("application_roles", ("7.2.5",), _applications, LEAST, ("Roles", "Policies")),
    _check(
        "whole_accounts",
        ("7.2.2", "8.2.2"),
        _of_people(
            _whole_accounts, "trust policies let in everybody of an account", "no trust policy lets in a whole account"
        ),
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    ),
    _check(
        "session_names",
        ("8.2.1", "8.2.2"),
        _of_people(
            _session_name, "users may name their sessions as they like", "sessions carry the name of who switched"
        ),
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html",
    ),
    Check(
        "mfa_age",
        ("8.2.8",),
        TRUST,
        _of_people(
            _age,
            "roles let in with MFA older than mfa_max_age; stricter than the requirement, and no idle time",
            "who switches has used MFA within mfa_max_age; AWS doesn't end the session after that time",
        ),
        KEYS,
        "inferred",
    ),
    _check(
        "mfa_of_administrators",
        ("8.4.1",),
        _of_people(_without_mfa, *_mfa_says, only_administrators=True, federated_says=IDP),
        MFA,
        ("Roles", "Policies"),
    ),
    _check("mfa_of_people", ("8.4.2", "8.4.3"), _of_people(_without_mfa, *_mfa_says, federated_says=IDP), MFA),
    _check(
        "mfa_bypass",
        ("8.5.1",),
        _of_people(
            _bypass,
            "trust policies ask for MFA in a way that who has none gets in (BoolIfExists, Null, ...IfExists)",
            "no trust policy that asks for MFA lets in who has none",
        ),
        MFA,
    ),
)
