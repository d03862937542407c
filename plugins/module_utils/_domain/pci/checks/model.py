# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge an account's facts by PCI DSS: one verdict per requirement. It lists evidence and claims no compliance.

facts (missing where they weren't read):

    account_id, now                  a datetime with its zone
    Vpcs, Subnets, RouteTables, NetworkAcls, SecurityGroups, NetworkInterfaces, VpcEndpoints, ServiceDetails, FlowLogs,
    DBInstances, LogGroups           of the region, as the Describe operation returns them
    Trails                           the trails of DescribeTrails, each with IsLogging of GetTrailStatus
    Detectors                        what GuardDuty's GetDetector returns, each with its DetectorId
    Roles, Users, Groups, Policies   the DetailLists of GetAccountAuthorizationDetails; Policies: the customer's own
    AccountSummary, PasswordPolicy   as IAM returns them; PasswordPolicy: {} if the account has none
    CredentialReport                 {"GeneratedTime": datetime, "Users": [{column: text}]}; {} if there is no report
    SessionPreferences               `inputs` of the document SSM-SessionManagerRunShell; {} if it doesn't exist
    Containers                       {"Services", "Tasks", "TaskDefinitions"} of ECS, as described
    Secrets, Parameters              the items of ListSecrets and DescribeParameters
    denied, unread                   {one of these names: the IAM action that the credential lacks, or why}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..requirements import REQUIREMENTS

Facts = Mapping[str, Any]
Item = Mapping[str, Any]

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = "pass", "fail", "unknown", "not_applicable"
# A requirement gets the first of these that one of its checks has.
WORST_FIRST = (FAIL, UNKNOWN, PASS, NOT_APPLICABLE)


@dataclass(frozen=True)
class Scope:
    """Declared settings that the account's facts don't show.

    public_subnets, data_subnets        ids; names of tiered_vpc's tiers are already resolved to them
    approved_services                   `tcp/443`, `udp/8000-8100`: the register of 1.2.5; empty: there is no register
    internet_services                   services that the internet may reach
    application_roles, break_glass_roles  names of roles that aren't judged as roles of people
    mfa_max_age                         seconds
    """

    public_subnets: frozenset[str] = frozenset()
    data_subnets: frozenset[str] = frozenset()
    approved_services: tuple[str, ...] = ()
    internet_services: tuple[str, ...] = ("tcp/443",)
    application_roles: frozenset[str] = frozenset()
    break_glass_roles: frozenset[str] = frozenset()
    mfa_max_age: int = 900


@dataclass(frozen=True)
class Outcome:
    """Verdict of one check. fields: API fields whose values show it; never the value of a secret."""

    verdict: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """A check of one or more requirements.

    needs: the facts without which the verdict is unknown. confidence: where its rule comes from: `doc` (AWS or PCI
    documentation), `code` (read in source code) or `inferred`.
    """

    id: str
    requirements: tuple[str, ...]
    needs: tuple[str, ...]
    judge: Callable[[Facts, Scope], Outcome]
    source: str
    confidence: str = "doc"


def of_all(items: Sequence[Any], bad: Sequence[Item], wrong: str, right: str, none: str) -> Outcome:
    """Return fail if some items are bad, pass if none is, and not_applicable if there are no items."""
    if bad:
        return Outcome(FAIL, wrong, {"failing": list(bad)})
    return Outcome(PASS, right, {"looked_at": len(items)}) if items else Outcome(NOT_APPLICABLE, none)


def is_own(facts: Facts, item: Item) -> bool:
    return bool(item.get("OwnerId", facts["account_id"]) == facts["account_id"])


def own_subnets(facts: Facts) -> list[Item]:
    return [subnet for subnet in facts["Subnets"] if is_own(facts, subnet)]


def of_own_subnets(judged: Callable[[Facts, Scope], Outcome]) -> Callable[[Facts, Scope], Outcome]:
    """Wrap a check: any verdict but fail becomes unknown if another account shares subnets with this one.

    Only the account that owns a subnet sees its routes, network ACL and flow logs.
    """

    def judge(facts: Facts, scope: Scope) -> Outcome:
        outcome = judged(facts, scope)
        shared = [subnet["SubnetId"] for subnet in facts["Subnets"] if not is_own(facts, subnet)]
        if shared and outcome.verdict != FAIL:
            message = "subnets are another account's, which alone sees their routes, network ACLs and flow logs"
            return Outcome(UNKNOWN, message, {"Subnets": shared})
        return outcome

    return judge


def judge(checks: Sequence[Check], facts: Facts, scope: Scope) -> list[dict[str, Any]]:
    """Return one verdict for each of REQUIREMENTS, in the order of the standard.

    Each has requirement, old, title, verdict, says, evidence; without a check for it, the verdict is unknown.
    """
    done = [(check, _outcome(check, facts, scope)) for check in checks]
    return [
        _verdict(number, [(check, outcome) for check, outcome in done if number in check.requirements])
        for number in REQUIREMENTS
    ]


def hidden(facts: Facts) -> dict[str, str]:
    """Return why each fact that couldn't be read is missing: {fact: reason}."""
    return {
        **facts.get("unread", {}),
        **{kind: f"{action} is denied" for kind, action in facts.get("denied", {}).items()},
    }


def _outcome(check: Check, facts: Facts, scope: Scope) -> Outcome:
    missing = {kind: hidden(facts).get(kind, "not read") for kind in check.needs if kind not in facts}
    if missing:
        reasons = ", ".join(sorted(set(missing.values())))
        return Outcome(UNKNOWN, f"can't be said: {reasons}", {"unread": missing})
    return check.judge(facts, scope)


def _verdict(number: str, done: Sequence[tuple[Check, Outcome]]) -> dict[str, Any]:
    verdict = next((one for one in WORST_FIRST if any(one == outcome.verdict for _check, outcome in done)), UNKNOWN)
    return {
        "requirement": number,
        "old": REQUIREMENTS[number].old or None,
        "title": REQUIREMENTS[number].title,
        "verdict": verdict,
        "says": "; ".join(outcome.message for _check, outcome in done if outcome.verdict == verdict),
        "evidence": [
            {
                "check": check.id,
                "verdict": outcome.verdict,
                "says": outcome.message,
                "fields": dict(outcome.fields),
                "source": check.source,
                "confidence": check.confidence,
            }
            for check, outcome in done
        ],
    }
