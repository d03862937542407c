# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who answers for a service's name in a VPC besides private zones: rules of the Route 53 Resolver, DNS Firewall and
Route 53 Profiles. facts as in doctor.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .causes import UNKNOWN, Finding

Item = Mapping[str, Any]
OVERRIDE = "resolver_rule_or_phz_override"


def is_within(name: str, domain: str) -> bool:
    """Whether a name is a domain or in it; the root "." has all. Both with or without the dot at the end."""
    return f".{name.rstrip('.')}".endswith(f".{domain.strip('.')}" if domain.strip(".") else "")


def rule_for(facts: Mapping[str, Any], name: str, zone: str = "") -> Item | None:
    """The rule of the VPC by which a name is asked elsewhere; None: the VPC's resolver answers it.

    Of rules and private zones the most specific decides, of equals the rule
    (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-forward-vpc-to-network-using-rules.html
    and hosted-zone-private-considerations.html). SYSTEM rules take what they name out of a FORWARD rule.

    zone: the private zone that answers for the name ("": none), such as that of an endpoint with private DNS
    """
    used = {
        association["ResolverRuleId"]
        for association in facts.get("ResolverRuleAssociations", ())
        if association.get("VPCId", facts["vpc_id"]) == facts["vpc_id"] and association.get("Status") != "DELETING"
    }
    rules = [
        rule
        for rule in facts.get("ResolverRules", ())
        if rule["Id"] in used and is_within(name, rule["DomainName"]) and is_within(rule["DomainName"], zone)
    ]
    best = max(rules, key=lambda rule: len(rule["DomainName"].strip(".")), default=None)
    return best if best and best["RuleType"] in ("FORWARD", "DELEGATE") else None


def overrides(facts: Mapping[str, Any], names: Iterable[tuple[str, str, str]]) -> Iterator[Finding]:
    """names: (service, name, the private zone that answers for it)."""
    for service, name, zone in names:
        rule = rule_for(facts, name, zone)
        if rule:
            targets = ", ".join(target.get("Ip") or target.get("Ipv6", "?") for target in rule.get("TargetIps", ()))
            yield Finding(
                OVERRIDE,
                UNKNOWN,
                rule["Id"],
                f"the rule for {rule['DomainName']} sends the question for the service's name to"
                f" {targets or 'another server'}; what that answers can't be read",
                f"a rule of the type SYSTEM for {name}, or that server forwards it to an inbound endpoint of this VPC",
                {
                    "ResolverRules[].DomainName": rule["DomainName"],
                    "ResolverRules[].RuleType": rule["RuleType"],
                    "ResolverRules[].TargetIps": targets,
                },
                (service,),
            )


def attached(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """What may change any answer in the VPC, and what it holds isn't read."""
    for group in facts.get("FirewallRuleGroupAssociations", ()):
        if group.get("Status") != "DELETING":
            yield Finding(
                OVERRIDE,
                UNKNOWN,
                group["FirewallRuleGroupId"],
                "this DNS Firewall rule group filters the VPC's names; whether it blocks AWS's wasn't looked at",
                "see that none of its rules blocks amazonaws.com, api.aws or sagemaker.aws, or allow them first",
                {"FirewallRuleGroupAssociations[].Id": group["Id"]},
            )
    for profile in facts.get("ProfileAssociations", ()):
        if profile.get("Status") not in ("DELETING", "DELETED", "FAILED"):
            yield Finding(
                OVERRIDE,
                UNKNOWN,
                profile["ProfileId"],
                "this Route 53 Profile gives the VPC zones, Resolver rules, DNS Firewall groups; it wasn't looked at",
                "see that none of them answers for, forwards or blocks AWS's names; a profile's zones of endpoints"
                " elsewhere need a route there",
                {"ProfileAssociations[].Id": profile["Id"]},
            )
