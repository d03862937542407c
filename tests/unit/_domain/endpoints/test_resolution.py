# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What answers for a name in a VPC.

Which setting wins: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/profiles.html ("How Route 53 Profile
settings are prioritized"), hosted-zone-private-considerations.html, and botocore's model of route53profiles for the
priority of associations. Combinations that these pages don't decide must stay unknown.
"""

from __future__ import annotations

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import resolution

REGION, VPC, HUB = "eu-central-1", "vpc-1", "999999999999"
KMS, DKR = f"kms.{REGION}.amazonaws.com", f"*.dkr.ecr.{REGION}.amazonaws.com"
CENTRAL = {
    "kms": {"id": "vpce-hub-kms", "names": [KMS], "addresses": {"euc1-az1": ["10.0.8.5"], "euc1-az2": ["10.0.8.70"]}},
    "ecr.dkr": {"id": "vpce-hub-dkr", "names": [DKR], "addresses": {}},
}


def details(service, *names):
    return {
        "ServiceName": f"com.amazonaws.{REGION}.{service}",
        "PrivateDnsNames": [{"PrivateDnsName": name} for name in names],
    }


def endpoint(service, **more):
    name = f"com.amazonaws.{REGION}.{service}"
    described = {"VpcEndpointId": f"vpce-{service}", "ServiceName": name, "State": "available"}
    return described | {"PrivateDnsEnabled": True, **more}


def zone(name, id_="Z1", **owner):
    return {"HostedZoneId": id_, "Name": f"{name}.", "Owner": owner or {"OwningAccount": "444444444444"}}


def rule(domain, id_="rslvr-rr-1", kind="FORWARD"):
    return {"Id": id_, "DomainName": f"{domain}.", "RuleType": kind}


def used(id_="rslvr-rr-1"):
    return {"ResolverRuleId": id_, "VPCId": VPC, "Status": "COMPLETE"}


def profile(id_="rp-hub", priority=100, **more):
    return {"ProfileId": id_, "ResourceId": VPC, "Status": "COMPLETE", "Priority": priority, **more}


def resource(kind, id_, profile_id="rp-hub", **more):
    service = {"hostedzone": "route53::", "vpc-endpoint": f"ec2:{REGION}:{HUB}"}.get(
        kind, f"route53resolver:{REGION}:{HUB}"
    )
    return {"ProfileId": profile_id, "ResourceArn": f"arn:aws:{service}:{kind}/{id_}", "Status": "COMPLETE", **more}


def of_hub(service="kms", profile_id="rp-hub", **more):
    return resource("vpc-endpoint", CENTRAL[service]["id"], profile_id, **more)


def dns(**kinds):
    """Answers about a VPC in which everything was read, and nothing answers for names."""
    empty = dict.fromkeys((*resolution.LOCAL_READS, *resolution.PROFILE_READS), [])
    return {"vpc_id": VPC, "region": REGION, "ServiceDetails": [details("kms", KMS), details("ecr.dkr", DKR)]} | {
        **empty,
        **kinds,
    }


def central(**kinds):
    """Answers about a VPC that is associated with the hub's Profile."""
    resources = [of_hub(), of_hub("ecr.dkr"), *kinds.pop("resources", ())]
    profiles = [profile(), *kinds.pop("profiles", ())]
    return dns(**kinds, ProfileAssociations=profiles, ProfileResourceAssociations=resources)


def answered(facts, name=KMS, known=None):
    found = resolution.answer(facts, name, CENTRAL if known is None else known)
    return found.by, found.id


def test_nothing_answers_but_the_internet():
    assert answered(dns()) == ("public", "")


@pytest.mark.parametrize("name", [KMS, f"{KMS}.", KMS.upper(), DKR])
def test_the_hub_answers(name):
    found = resolution.answer(central(), name, CENTRAL)
    service = "ecr.dkr" if name == DKR else "kms"
    assert (found.by, found.id, found.profile_id) == ("profile_endpoint", CENTRAL[service]["id"], "rp-hub")
    assert "rp-hub" in found.says


@pytest.mark.parametrize(
    ("what", "facts", "expected"),
    [
        ("a leftover endpoint", central(VpcEndpoints=[endpoint("kms")]), ("endpoint", "vpce-kms")),
        ("an endpoint that is pending", central(VpcEndpoints=[endpoint("kms", State="pending")]), ("unknown", "")),
        (
            "the endpoint's own entries name it, where the services weren't read",
            central(
                VpcEndpoints=[
                    endpoint(
                        "kms",
                        DnsEntries=[
                            {"DnsName": f"vpce-kms.kms.{REGION}.vpce.amazonaws.com"},
                            {"DnsName": KMS, "HostedZoneId": "Z9"},
                        ],
                    )
                ],
                ServiceDetails=[],
            ),
            ("endpoint", "vpce-kms"),
        ),
        ("a private zone of the name", central(HostedZones=[zone(KMS)]), ("zone", "Z1")),
        (
            "a rule",
            central(ResolverRules=[rule(KMS)], ResolverRuleAssociations=[used()]),
            ("rule", "rslvr-rr-1"),
        ),
        (
            "a rule before the endpoint of its name",
            central(VpcEndpoints=[endpoint("kms")], ResolverRules=[rule(KMS)], ResolverRuleAssociations=[used()]),
            ("rule", "rslvr-rr-1"),
        ),
    ],
)
def test_the_vpcs_own_setting_comes_before_the_profile(what, facts, expected):
    assert answered(facts) == expected, what
    assert [(one.by, one.id) for one in resolution.shadows(facts, KMS, "rp-hub", CENTRAL)] == [expected]


@pytest.mark.parametrize(
    ("what", "kinds"),
    [
        ("a less specific private zone", {"HostedZones": [zone("amazonaws.com")]}),
        ("a less specific rule", {"ResolverRules": [rule("amazonaws.com")], "ResolverRuleAssociations": [used()]}),
        ("a rule that the VPC doesn't use", {"ResolverRules": [rule(KMS)]}),
        (
            "a SYSTEM rule",
            {"ResolverRules": [rule(KMS, kind="SYSTEM")], "ResolverRuleAssociations": [used()]},
        ),
        ("AWS's own zone of an endpoint", {"HostedZones": [zone(KMS, OwningService="vpce.amazonaws.com")]}),
        ("another service's endpoint", {"VpcEndpoints": [endpoint("ecr.dkr")]}),
        ("an endpoint without private DNS", {"VpcEndpoints": [endpoint("kms", PrivateDnsEnabled=False)]}),
        ("a deleted endpoint", {"VpcEndpoints": [endpoint("kms", State="deleted")]}),
        (
            "an endpoint whose names are for the inbound resolver only",
            {"VpcEndpoints": [endpoint("kms", DnsOptions={"PrivateDnsOnlyForInboundResolverEndpoint": True})]},
        ),
        ("a zone of the same Profile with other names", {"resources": [resource("hostedzone", "Z7")]}),
        ("a DNS Firewall group of the Profile", {"resources": [resource("firewall-rule-group", "rslvr-frg-1")]}),
        (
            "another VPC's association",
            {
                "profiles": [profile("rp-x", 90, ResourceId="vpc-2")],
                "resources": [resource("hostedzone", "Z7", "rp-x")],
            },
        ),
    ],
)
def test_these_leave_the_answer_to_the_hub(what, kinds):
    facts = central(**kinds)
    assert answered(facts) == ("profile_endpoint", "vpce-hub-kms"), what
    assert resolution.shadows(facts, KMS, "rp-hub", CENTRAL) == []


@pytest.mark.parametrize(
    ("what", "facts", "known", "reason"),
    [
        ("an endpoint of the Profile that nobody described", central(), {}, "vpce-hub-kms"),
        ("a rule of the Profile", central(resources=[resource("resolver-rule", "rslvr-rr-9")]), None, "rslvr-rr-9"),
        (
            "a kind of resource that AWS added since",
            central(profiles=[profile("rp-x", 150)], resources=[resource("name-server", "ns-1", "rp-x")])
            | {"ProfileAssociations": [profile(priority=200), profile("rp-x", 150)]},
            None,
            "ns-1",
        ),
        (
            "an earlier Profile with a zone whose name can't be read",
            central(profiles=[profile("rp-x", 90)], resources=[resource("hostedzone", "Z7", "rp-x")]),
            None,
            "Z7",
        ),
        (
            "an earlier Profile with a less specific zone",
            central(
                profiles=[profile("rp-x", 90)],
                resources=[resource("resolver-rule", "rslvr-rr-5", "rp-x")],
                ResolverRules=[rule("amazonaws.com", "rslvr-rr-5")],
            ),
            None,
            "less specific",
        ),
        (
            "the association isn't complete",
            central() | {"ProfileAssociations": [profile(Status="CREATING")]},
            None,
            "CREATING",
        ),
        (
            "the endpoint's association isn't complete",
            central() | {"ProfileResourceAssociations": [of_hub(Status="DELETING")]},
            None,
            "DELETING",
        ),
    ],
)
def test_these_are_unknown(what, facts, known, reason):
    found = resolution.answer(facts, KMS, CENTRAL if known is None else known)
    assert found.by == "unknown" and reason in found.says, what


@pytest.mark.parametrize("kind", [*resolution.LOCAL_READS, *resolution.PROFILE_READS])
def test_what_wasnt_read_is_unknown(kind):
    facts = central()
    del facts[kind]
    found = resolution.answer(facts, KMS, CENTRAL)
    assert found.by == "unknown" and kind in found.says


def test_resources_of_no_profile_need_no_read():
    facts = dns()
    del facts["ProfileResourceAssociations"]
    assert answered(facts) == ("public", "")


def test_an_endpoint_of_the_vpc_is_certain_without_zones_and_profiles():
    facts = dns(VpcEndpoints=[endpoint("kms")])
    for kind in ("HostedZones", *resolution.PROFILE_READS):
        del facts[kind]
    assert answered(facts) == ("endpoint", "vpce-kms")
    del facts["ResolverRuleAssociations"]
    assert answered(facts) == ("unknown", "")


def test_two_profiles_of_one_name_by_priority():
    both = [of_hub(), of_hub(profile_id="rp-x") | {"ResourceArn": "arn:aws:ec2:r:1:vpc-endpoint/vpce-other"}]
    known = {**CENTRAL, "other": {"id": "vpce-other", "names": [KMS]}}
    facts = dns(ProfileAssociations=[profile(), profile("rp-x", 90)], ProfileResourceAssociations=both)
    assert answered(facts, known=known) == ("profile_endpoint", "vpce-other")
    (shadow,) = resolution.shadows(facts, KMS, "rp-hub", known)
    assert (shadow.id, shadow.profile_id) == ("vpce-other", "rp-x")
    facts["ProfileAssociations"][1] = profile("rp-x", 110)
    assert answered(facts, known=known) == ("profile_endpoint", "vpce-hub-kms")


def test_an_association_without_a_priority_has_100():
    both = [of_hub(), of_hub(profile_id="rp-x") | {"ResourceArn": "arn:aws:ec2:r:1:vpc-endpoint/vpce-other"}]
    known = {**CENTRAL, "other": {"id": "vpce-other", "names": [KMS]}}
    without = {key: value for key, value in profile().items() if key != "Priority"}
    facts = dns(ProfileAssociations=[without, profile("rp-x", 101)], ProfileResourceAssociations=both)
    assert answered(facts, known=known) == ("profile_endpoint", "vpce-hub-kms")


def test_some_names_of_a_wildcard_are_answered_elsewhere():
    facts = central(HostedZones=[zone(f"444444444444.dkr.ecr.{REGION}.amazonaws.com")])
    found = resolution.answer(facts, DKR, CENTRAL)
    assert found.by == "unknown" and "Z1" in found.says
    assert [one.id for one in resolution.shadows(facts, DKR, "rp-hub", CENTRAL)] == ["Z1"]


def test_endpoints_that_will_be_deleted_shadow_nothing():
    facts = central(VpcEndpoints=[endpoint("kms")])
    assert [one.id for one in resolution.shadows(facts, KMS, "rp-hub", CENTRAL)] == ["vpce-kms"]
    assert resolution.shadows(facts, KMS, "rp-hub", CENTRAL, without=["vpce-kms"]) == []


def test_unread_endpoints_shadow_with_unknown():
    facts = central()
    del facts["VpcEndpoints"]
    assert [one.by for one in resolution.shadows(facts, KMS, "rp-hub", CENTRAL, without=["vpce-kms"])] == ["unknown"]


def test_names_of_the_hub_come_from_the_services_if_it_doesnt_tell_them():
    assert answered(central(), known={"kms": {"id": "vpce-hub-kms"}, "ecr.dkr": {"id": "vpce-hub-dkr"}}) == (
        "profile_endpoint",
        "vpce-hub-kms",
    )


def test_addresses():
    assert resolution.addresses(CENTRAL["kms"]) == ["10.0.8.5", "10.0.8.70"]
    assert resolution.addresses({"addresses": {"euc1-az1": "10.0.8.5"}}) == ["10.0.8.5"]
    assert resolution.addresses({}) == []
