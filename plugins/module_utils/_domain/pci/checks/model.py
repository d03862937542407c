# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an account shows of PCI DSS: facts in, one verdict per requirement out. It lists evidence, and claims no
compliance.

facts (missing where they weren't read):

    account_id, now                  a datetime with its zone
    Vpcs, Subnets, RouteTables, NetworkAcls, SecurityGroups, NetworkInterfaces, VpcEndpoints, ServiceDetails, FlowLogs,
    DBInstances, LogGroups           of the region, as the Describe operation has them
    Trails                           DescribeTrails', each with IsLogging of GetTrailStatus
    Detectors                        GetDetector's of GuardDuty
    Roles, Users, Groups, Policies   the DetailLists of GetAccountAuthorizationDetails; Policies: the customer's own
    AccountSummary, PasswordPolicy   as IAM has them; PasswordPolicy: {} where there is none
    CredentialReport                 {"GeneratedTime": datetime, "Users": [{column: text}]}; {} where none was made
    SessionPreferences               `inputs` of the document SSM-SessionManagerRunShell; {} where there is none
    Containers                       {"Services", "Tasks", "TaskDefinitions"} of ECS, as described
    Secrets, Parameters              ListSecrets', DescribeParameters'
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
# Of several outcomes the first of these is the requirement's.
WORST_FIRST = (FAIL, UNKNOWN, PASS, NOT_APPLICABLE)


@dataclass(frozen=True)
class Scope:
    """What the account doesn't say of itself.

    public_subnets, data_subnets        ids; tiers by the name that tiered_vpc gave them are resolved already
    approved_services                   `tcp/443`, `udp/8000-8100`: the register of 1.2.5; none: there is no register
    internet_services                   those of them that the internet may reach
    application_roles, break_glass_roles  names of roles that aren't judged as people's
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
    """fields: of the API, with values that say so; never the value of a secret."""

    verdict: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """needs: the facts without which nothing can be said. confidence: of the rule that decides, `doc` (AWS or PCI say
    so), `code` (read in source code) or `inferred`.
    """

    id: str
    requirements: tuple[str, ...]
    needs: tuple[str, ...]
    judge: Callable[[Facts, Scope], Outcome]
    source: str
    confidence: str = "doc"


def of_all(items: Sequence[Any], bad: Sequence[Item], wrong: str, right: str, none: str) -> Outcome:
    """Fails for the bad ones among the items, passes where there is none of those, and doesn't apply without items."""
    if bad:
        return Outcome(FAIL, wrong, {"failing": list(bad)})
    return Outcome(PASS, right, {"looked_at": len(items)}) if items else Outcome(NOT_APPLICABLE, none)


def is_own(facts: Facts, item: Item) -> bool:
    return bool(item.get("OwnerId", facts["account_id"]) == facts["account_id"])


def own_subnets(facts: Facts) -> list[Item]:
    return [subnet for subnet in facts["Subnets"] if is_own(facts, subnet)]


def of_own_subnets(judged: Callable[[Facts, Scope], Outcome]) -> Callable[[Facts, Scope], Outcome]:
    """Of a subnet that another account shares, only that account sees the routes, the ACL and the flow logs."""

    def judge(facts: Facts, scope: Scope) -> Outcome:
        outcome = judged(facts, scope)
        shared = [subnet["SubnetId"] for subnet in facts["Subnets"] if not is_own(facts, subnet)]
        if shared and outcome.verdict != FAIL:
            message = "subnets are another account's, which alone sees their routes, network ACLs and flow logs"
            return Outcome(UNKNOWN, message, {"Subnets": shared})
        return outcome

    return judge


def judge(checks: Sequence[Check], facts: Facts, scope: Scope) -> list[dict[str, Any]]:
    """One verdict per requirement that a check is for, in the order of the standard."""
    done = [(check, _outcome(check, facts, scope)) for check in checks]
    return [
        _verdict(number, [(check, outcome) for check, outcome in done if number in check.requirements])
        for number in REQUIREMENTS
    ]


def hidden(facts: Facts) -> dict[str, str]:
    """What couldn't be read, and why."""
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
