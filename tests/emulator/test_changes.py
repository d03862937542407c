# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change of one member leaves the others as they were, and is seen: pages of the Update operations."""

from __future__ import annotations

import pytest

from .conftest import SPOKE, error_of
from .test_more_lists import TRUST, archive

REGIONS = ["eu-west-1", "us-east-1", "us-west-1"]


@pytest.fixture
def check(client):
    route53 = client(SPOKE, "route53")
    config = {
        "Type": "HTTP",
        "FullyQualifiedDomainName": "a.example",
        "ResourcePath": "/x",
        "Port": 80,
        "Regions": REGIONS,
    }
    check_id = route53.create_health_check(CallerReference="1", HealthCheckConfig=config)["HealthCheck"]["Id"]

    def update(**changes):
        route53.update_health_check(HealthCheckId=check_id, **changes)
        return route53.get_health_check(HealthCheckId=check_id)["HealthCheck"]["HealthCheckConfig"]

    return update


def test_an_update_of_a_health_check_keeps_its_regions(check):
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html"""
    changed = check(Port=81)
    assert (changed["Port"], sorted(changed["Regions"]), changed["ResourcePath"]) == (81, REGIONS, "/x")


def test_elements_of_a_health_check_are_reset(check):
    """The same page, ResetElements: "resets the value of the specified elements to the default"."""
    changed = check(ResetElements=["ResourcePath"])
    assert "ResourcePath" not in changed
    assert sorted(changed["Regions"]) == REGIONS


@pytest.fixture
def function(client):
    role = client(SPOKE, "iam").create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    functions = client(SPOKE, "lambda")
    functions.create_function(
        FunctionName="f",
        Role=role,
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": archive()},
        Description="d",
    )
    return functions


@pytest.mark.parametrize(
    ("member", "value"), [("TracingConfig", {"Mode": "Active"}), ("EphemeralStorage", {"Size": 1024}), ("Timeout", 9)]
)
def test_a_change_of_a_function_is_seen(function, member, value):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
    before = function.get_function_configuration(FunctionName="f")
    function.update_function_configuration(FunctionName="f", **{member: value})
    after = function.get_function_configuration(FunctionName="f")
    assert after[member] == value
    kept = ("Description", "Handler", "MemorySize", "Role", "Runtime")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_a_change_of_a_functions_url_is_seen(function):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html"""
    function.create_function_url_config(FunctionName="f", AuthType="AWS_IAM")
    function.update_function_url_config(FunctionName="f", InvokeMode="RESPONSE_STREAM")
    found = function.get_function_url_config(FunctionName="f")
    assert (found["InvokeMode"], found["AuthType"]) == ("RESPONSE_STREAM", "AWS_IAM")


def test_a_change_of_a_resolver_rule(client):
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_UpdateResolverRule.html"""
    resolver = client(SPOKE, "route53resolver")
    rule = resolver.create_resolver_rule(CreatorRequestId="1", RuleType="SYSTEM", DomainName="a.example", Name="one")
    rule_id = rule["ResolverRule"]["Id"]
    resolver.update_resolver_rule(ResolverRuleId=rule_id, Config={"TargetIps": [{"Ip": "10.0.0.1"}]})
    resolver.update_resolver_rule(ResolverRuleId=rule_id, Config={"Name": "two"})
    found = resolver.get_resolver_rule(ResolverRuleId=rule_id)["ResolverRule"]
    assert (found["Name"], found["DomainName"]) == ("two", "a.example.")
    assert found["TargetIps"] == [{"Ip": "10.0.0.1", "Port": 53}]
    gone = "rslvr-rr-0123456789abcdef0"
    answer = error_of(resolver.update_resolver_rule, ResolverRuleId=gone, Config={"Name": "x"})
    assert answer[0] == "ResourceNotFoundException"


def test_a_listener_without_tls_has_no_policy_and_no_certificate(client):
    """The policy's text: kubernetes ingress controllers' lists of errors; the certificate's is not verified."""
    elbv2 = client(SPOKE, "elbv2")
    ec2 = client(SPOKE, "ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.5.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.5.0.0/24")["Subnet"]["SubnetId"]
    made = elbv2.create_load_balancer(Name="nlb", Type="network", Scheme="internal", Subnets=[subnet])
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    group = elbv2.create_target_group(Name="targets", Protocol="TCP", Port=80, VpcId=vpc_id)["TargetGroups"][0]
    forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}]
    policy = {"SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
    tcp = {"LoadBalancerArn": arn, "Protocol": "TCP", "Port": 80, "DefaultActions": forward}
    refusal = ("ValidationError", "An SSL policy cannot be specified for TCP listeners")
    assert error_of(elbv2.create_listener, **tcp, **policy) == refusal
    listener = elbv2.create_listener(**tcp)["Listeners"][0]["ListenerArn"]
    assert error_of(elbv2.modify_listener, ListenerArn=listener, **policy) == refusal
    certificate = [{"CertificateArn": f"arn:aws:acm:eu-central-1:{SPOKE}:certificate/x"}]
    answer = error_of(elbv2.modify_listener, ListenerArn=listener, Certificates=certificate)
    assert answer[0] == "ValidationError"
