# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What answers for names in a VPC besides private zones: rules of the Resolver, Route 53 Profiles."""

from __future__ import annotations

from .conftest import HUB, SPOKE, refused

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


def test_profiles(client, vpc_id):
    profiles = client(SPOKE, "route53profiles", REGION)
    profile = profiles.create_profile(Name="names", ClientToken="1")["Profile"]["Id"]
    wanted = {"ProfileId": profile, "ResourceId": vpc_id, "Name": "names"}
    made = profiles.associate_profile(**wanted)["ProfileAssociation"]
    assert profiles.list_profile_associations(ResourceId=vpc_id)["ProfileAssociations"] == [made]
    assert profiles.list_profile_associations(ResourceId="vpc-0")["ProfileAssociations"] == []
    assert client(HUB, "route53profiles", REGION).list_profile_associations()["ProfileAssociations"] == []
    assert refused(profiles.associate_profile, **wanted) == ("ResourceExistsException", 400)
    profiles.disassociate_profile(ProfileId=profile, ResourceId=vpc_id)
    assert profiles.list_profile_associations()["ProfileAssociations"] == []
    gone = {"ProfileId": profile, "ResourceId": vpc_id}
    assert refused(profiles.disassociate_profile, **gone) == ("ResourceNotFoundException", 400)
