# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What answers for names in a VPC besides private zones: rules of the Resolver."""

from __future__ import annotations

from .conftest import SPOKE

REGION = "eu-central-1"


def test_rules_of_the_resolver(client, vpc_id):
    resolver = client(SPOKE, "route53resolver", REGION)
    rule = resolver.create_resolver_rule(CreatorRequestId="1", RuleType="SYSTEM", DomainName="amazonaws.com")
    rule_id = rule["ResolverRule"]["Id"]
    resolver.associate_resolver_rule(ResolverRuleId=rule_id, VPCId=vpc_id)
    of_vpc = [{"Name": "VPCId", "Values": [vpc_id]}]
    (found,) = resolver.list_resolver_rule_associations(Filters=of_vpc)["ResolverRuleAssociations"]
    assert (found["ResolverRuleId"], found["VPCId"]) == (rule_id, vpc_id)
    of_other = [{"Name": "VPCId", "Values": ["vpc-0123456789abcdef0"]}]
    assert resolver.list_resolver_rule_associations(Filters=of_other)["ResolverRuleAssociations"] == []
    assert [r["DomainName"] for r in resolver.list_resolver_rules()["ResolverRules"]] == ["amazonaws.com."]
