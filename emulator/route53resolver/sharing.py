# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolver rules that accounts share by RAM.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-rules-managing.html#resolver-rules-managing-sharing:
an account sees the rules that are shared with it and associates them with its VPCs; it can't change or delete them.
When a rule is no longer shared, its associations with other accounts' VPCs are removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.route53resolver.exceptions import InvalidParameterException, InvalidRequestException, ResourceInUseException
from moto.route53resolver.models import (
    ResolverRule,
    ResolverRuleAssociation,
    Route53ResolverBackend,
    route53resolver_backends,
)

from emulator.ram.models import resource_shares

KIND = ":resolver-rule/"


class SharedRule(ResolverRule):
    """Another account's rule as the account sees it with which it is shared."""

    def __init__(self, rule: ResolverRule):
        self.__dict__.update(rule.__dict__)
        self.share_status = "SHARED_WITH_ME"


def _shared(account_id: str, region: str) -> Iterator[tuple[str, ResolverRule]]:
    """Yield (owner's account id, rule) for the rules that are shared with an account now."""
    for share in resource_shares(region).shared_with(account_id):
        for arn, association in share.resources.items():
            if KIND in arn and association.is_associated:
                rules = route53resolver_backends[share.owner_id][region].resolver_rules
                if rule := rules.get(arn.rpartition("/")[2]):
                    yield share.owner_id, rule


def _is_shared_by(account_id: str, region: str, arn: str) -> bool:
    return any(
        share.owner_id == account_id and arn in share.resources and share.resources[arn].is_associated
        for share in resource_shares(region).all()
    )


class SharedRules(Route53ResolverBackend):
    """Mixin of the backend: operations about rules, with those that are shared with the account."""

    def _rules(self) -> dict[str, ResolverRule]:
        """Return the rules that the account sees, by id, with their share status."""
        for rule in self.resolver_rules.values():
            shared = _is_shared_by(self.account_id, self.region_name, rule.arn)
            rule.share_status = "SHARED_BY_ME" if shared else "NOT_SHARED"
        shared_rules = {rule.id: SharedRule(rule) for _, rule in _shared(self.account_id, self.region_name)}
        return shared_rules | self.resolver_rules

    def settle(self) -> None:
        """Remove the associations with rules that are no longer shared, or no longer exist."""
        known = self._rules()
        for key, association in list(self.resolver_rule_associations.items()):
            if association.resolver_rule_id not in known:
                del self.resolver_rule_associations[key]

    def get_resolver_rule(self, resolver_rule_id: str) -> ResolverRule:
        return self._rules().get(resolver_rule_id) or super().get_resolver_rule(resolver_rule_id)

    def list_resolver_rules(self, *arguments: Any, **options: Any) -> Any:
        own = self.resolver_rules
        self.resolver_rules = self._rules()
        try:
            return super().list_resolver_rules(*arguments, **options)
        finally:
            self.resolver_rules = own

    def list_resolver_rule_associations(self, *arguments: Any, **options: Any) -> Any:
        self.settle()
        return super().list_resolver_rule_associations(*arguments, **options)

    def get_resolver_rule_association(self, resolver_rule_association_id: str) -> ResolverRuleAssociation:
        self.settle()
        return super().get_resolver_rule_association(resolver_rule_association_id)

    def associate_resolver_rule(self, resolver_rule_id: str, name: str, vpc_id: str) -> ResolverRuleAssociation:
        """Associate a rule, own or shared, with an own VPC. Refuses a second rule for a domain name.

        API_AssociateResolverRule; participants of a shared VPC can't associate rules: vpc-sharing.html
        """
        self.settle()
        known = self._rules()
        if vpc_id not in self.ec2_backend.vpcs:
            raise InvalidParameterException(f"The vpc ID '{vpc_id}' does not exist")
        rule = known.get(resolver_rule_id)
        for association in self.resolver_rule_associations.values():
            other = known[association.resolver_rule_id]
            if rule and association.vpc_id == vpc_id and other.domain_name == rule.domain_name:
                raise InvalidRequestException(
                    "Cannot associate rules with same domain name with same VPC. Conflict with resolver rule "
                    f"'{other.id}'"
                )
        own = self.resolver_rules
        self.resolver_rules = known
        try:
            return super().associate_resolver_rule(resolver_rule_id, name, vpc_id)
        finally:
            self.resolver_rules = own

    def disassociate_resolver_rule(self, resolver_rule_id: str, vpc_id: str) -> ResolverRuleAssociation:
        self.settle()
        own = self.resolver_rules
        self.resolver_rules = self._rules()
        try:
            return super().disassociate_resolver_rule(resolver_rule_id, vpc_id)
        finally:
            self.resolver_rules = own

    def delete_resolver_rule(self, resolver_rule_id: str) -> ResolverRule:
        """Delete a rule. Refuses one that is shared: its text is not verified."""
        rule = self.resolver_rules.get(resolver_rule_id)
        if rule and _is_shared_by(self.account_id, self.region_name, rule.arn):
            raise ResourceInUseException("The resolver rule is shared. Stop sharing it before you delete it.")
        return super().delete_resolver_rule(resolver_rule_id)
