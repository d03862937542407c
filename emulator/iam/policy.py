# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluation of policies: pure functions from policies and a request to a decision.

Sources, of the IAM User Guide: reference_policies_evaluation-logic_policy-eval-denyallow (the order),
reference_policies_evaluation-logic_policy-eval-basics (one account), reference_policies_evaluation-logic-cross-account,
access_policies_boundaries, reference_policies_elements_principal, ..._notprincipal, ..._action, ..._resource.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from emulator.iam.conditions import Context, PolicyError, as_list, compiled, holds, keys_of, resource_matches

ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY = "allowed", "explicitDeny", "implicitDeny"
ACCOUNT = re.compile(r"(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?")


@dataclass(frozen=True)
class Caller:
    """Caller of a request, as a resource-based policy may name it."""

    account_id: str
    # ARN of the user, or of the role.
    arn: str
    # ARN of the role's session; None for a user.
    session_arn: str | None = None
    # Service principal, such as cloudtrail.amazonaws.com, that calls for itself; then `arn` is empty.
    service: str = ""

    @property
    def is_user(self) -> bool:
        return self.session_arn is None


@dataclass(frozen=True)
class Request:
    """Request to decide on. `resource`: an ARN, or "*" for none. `context`: see conditions.py."""

    action: str
    resource: str
    context: Context
    caller: Caller | None = None


@dataclass(frozen=True)
class Statement:
    policy: Policy
    sid: str
    allows: bool
    body: dict[str, Any] = field(repr=False)

    def applies(self, request: Request) -> bool:
        variables = self.policy.has_variables
        return (
            self._names("Action", lambda wanted: _action(wanted, request.action))
            and self._names(
                "Resource", lambda wanted: resource_matches(wanted, request.resource, request.context, variables)
            )
            and holds(self.body.get("Condition", {}), request.context, variables)
        )

    def _names(self, element: str, matches: Any) -> bool:
        """Return true if an element, or its Not form, matches.

        A trust policy's statements have no Resource: it is the role.
        """
        if element in self.body:
            return any(matches(wanted) for wanted in as_list(self.body[element]))
        if f"Not{element}" in self.body:
            return not any(matches(wanted) for wanted in as_list(self.body[f"Not{element}"]))
        return element == "Resource"

    def grants(self, caller: Caller) -> set[str]:
        """Return how Principal names the caller, if at all.

        {"session", "user", "role", "everyone", "account", "service"}
        """
        if "NotPrincipal" in self.body:
            # "AWS might validate the account first, then the role, and then the session": all have to be listed.
            listed = self._ways(self.body["NotPrincipal"], caller)
            needed = {"account", "user"} if caller.is_user else {"account", "role", "session"}
            needed = {"service"} if caller.service else needed
            return set() if "everyone" in listed or needed <= listed else {"everyone"}
        return self._ways(self.body.get("Principal", {}), caller)

    @staticmethod
    def _ways(principal: Any, caller: Caller) -> set[str]:
        if principal == "*":
            return {"everyone"}
        ways = set()
        if caller.service:
            ways |= {"service"} if caller.service in as_list(principal.get("Service", [])) else set()
            return ways | ({"everyone"} if "*" in as_list(principal.get("AWS", [])) else set())
        for wanted in as_list(principal.get("AWS", [])):
            account = ACCOUNT.fullmatch(wanted)
            if wanted == "*":
                ways.add("everyone")
            elif account and account[1] == caller.account_id:
                ways.add("account")
            elif wanted == caller.arn:
                ways.add("user" if caller.is_user else "role")
            elif wanted == caller.session_arn:
                ways.add("session")
        return ways


@dataclass(frozen=True)
class Policy:
    """Policy document; `source`: PolicySourceType (user, group, role, aws-managed, user-managed, resource, none)."""

    id: str
    source: str
    document: str = field(repr=False)

    @property
    def has_variables(self) -> bool:
        """True for version 2012-10-17; 2008-10-17, which is the default, takes ${...} literally."""
        return _parsed(self.document).get("Version") == "2012-10-17"

    def statements(self) -> Iterator[Statement]:
        for body in as_list(_parsed(self.document)["Statement"]):
            yield Statement(self, body.get("Sid", ""), body["Effect"] == "Allow", body)

    def condition_keys(self) -> set[str]:
        return {key for statement in self.statements() for key in keys_of(statement.body.get("Condition", {}))}


@functools.lru_cache(maxsize=1024)
def _parsed(document: str) -> dict[str, Any]:
    try:
        parsed = json.loads(document)
        statements = as_list(parsed["Statement"])
        if not all(statement["Effect"] in ("Allow", "Deny") for statement in statements):
            raise PolicyError("Effect is neither Allow nor Deny")
    except (ValueError, KeyError, TypeError) as error:
        raise PolicyError("Syntax errors in policy.") from error
    return parsed


def _action(wanted: str, action: str) -> bool:
    return bool(compiled(((wanted, True),), True, True).fullmatch(action))


@dataclass(frozen=True)
class Verdict:
    """Decision of all policies of one type, with the statements that decide."""

    decision: str
    statements: tuple[Statement, ...] = ()
    # How Principal of the statements that allow matched the caller.
    grants: frozenset[str] = frozenset()

    @property
    def allows(self) -> bool:
        return self.decision == ALLOWED


def evaluate(policies: list[Policy], request: Request, resource_based: bool = False) -> Verdict:
    """Return the verdict of policies of one type: an explicit deny wins over any allow; neither: an implicit deny."""
    allows, denies, grants = [], [], set()
    for policy in policies:
        for statement in policy.statements():
            ways = statement.grants(request.caller) if resource_based else set()
            if (resource_based and not ways) or not statement.applies(request):
                continue
            (allows if statement.allows else denies).append(statement)
            if statement.allows:
                grants |= ways
    if denies:
        return Verdict(EXPLICIT_DENY, tuple(denies))
    if allows:
        return Verdict(ALLOWED, tuple(allows), frozenset(grants))
    return Verdict(IMPLICIT_DENY)


@dataclass(frozen=True)
class Sources:
    """Policies that apply to a request, by type. None: no policy of that type exists, so it limits nothing."""

    identity: list[Policy]
    boundary: list[Policy] | None = None
    session: list[Policy] | None = None
    # Root, units, account: each level has to allow. https://docs.aws.amazon.com/organizations/latest/userguide/
    # orgs_manage_policies_scps_evaluation.html
    service_control: list[list[Policy]] = field(default_factory=list)
    resource: list[Policy] | None = None
    resource_account: str | None = None
    # A role's trust policy has to allow in its own account too: id_roles_terms-and-concepts, "trust policy".
    resource_required: bool = False


@dataclass(frozen=True)
class Decision:
    decision: str
    # The policy type that decided: as in the message of an access denied error.
    type: str
    statements: tuple[Statement, ...] = ()
    # None: there is no boundary.
    boundary_allows: bool | None = None

    @property
    def allows(self) -> bool:
        return self.decision == ALLOWED


IDENTITY, BOUNDARY, SESSION = "identity-based policy", "permissions boundary", "session policy"
SERVICE_CONTROL, RESOURCE = "service control policy", "resource-based policy"


def decide(sources: Sources, request: Request) -> Decision:
    """Decide a request, in the order of reference_policies_evaluation-logic_policy-eval-denyallow.

    Within one account an allow of the resource's policy is enough. A boundary or session policy that doesn't allow
    limits it, unless the resource's policy names the user or the session itself; for "*" AWS says nothing, so it is
    limited too. Across accounts both sides have to allow.
    """
    levels = [evaluate(level, request) for level in sources.service_control]
    resource = evaluate(sources.resource, request, resource_based=True) if sources.resource is not None else None
    identity = evaluate(sources.identity, request)
    limits = [
        (evaluate(policies, request), kind)
        for policies, kind in ((sources.boundary, BOUNDARY), (sources.session, SESSION))
        if policies is not None
    ]
    bounded = next((verdict.allows for verdict, kind in limits if kind == BOUNDARY), None)
    typed = [(level, SERVICE_CONTROL) for level in levels]
    typed += [(resource, RESOURCE)] if resource else []
    typed += [(identity, IDENTITY), *limits]
    decisive = next(((verdict, kind) for verdict, kind in typed if verdict.decision == EXPLICIT_DENY), None)
    if not decisive:
        needed = _needed(sources, request, levels, resource, identity, limits)
        decisive = next(((verdict, kind) for verdict, kind in needed if not verdict.allows), None)
    if decisive:
        return Decision(decisive[0].decision, decisive[1], decisive[0].statements, bounded)
    statements = identity.statements + (resource.statements if resource else ())
    return Decision(ALLOWED, IDENTITY if identity.allows else RESOURCE, statements, bounded)


def _needed(
    sources: Sources,
    request: Request,
    levels: list[Verdict],
    resource: Verdict | None,
    identity: Verdict,
    limits: list[tuple[Verdict, str]],
) -> list[tuple[Verdict, str]]:
    """Return the verdicts that all have to allow, in AWS's order, if none denies."""
    needed = [(level, SERVICE_CONTROL) for level in levels]
    same_account = request.caller is None or sources.resource_account in (None, request.caller.account_id)
    if resource and (sources.resource_required or not same_account):
        needed.append((resource, RESOURCE))
    grants = resource.grants if resource and same_account else frozenset()
    if grants & {"user", "session", "service"}:
        return needed
    if not grants & {"role", "everyone"}:
        needed.append((identity, IDENTITY))
    return needed + limits
