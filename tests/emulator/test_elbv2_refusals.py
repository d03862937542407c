# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load balancers, listeners, target groups, attributes and tags that are refused. Marks as in test_elbv2.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import HUB, Emulator, filters, refused
from tests.emulator.endpoint_services import Side, side

CONFIGURATION = "InvalidConfigurationRequest"


@pytest.fixture
def provider(emulator: Emulator) -> Side:
    return side(emulator, HUB)


class World:
    """Load balancers and target groups of one VPC, and a second VPC."""

    def __init__(self, elbv2: Any, provider: Side):
        self.elbv2, self.side = elbv2, provider
        self.other_vpc = provider.ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]

    def balancer(self, name: str, **options: Any) -> dict[str, Any]:
        parameters = {"Name": name, "Type": "network", "Scheme": "internal"} | options
        if "SubnetMappings" not in options:
            parameters.setdefault("Subnets", self.side.subnet_ids[:2])
        return self.elbv2.create_load_balancer(**parameters)["LoadBalancers"][0]

    def group(self, name: str, **options: Any) -> str:
        parameters = {"Name": name, "Protocol": "TCP", "Port": 443, "VpcId": self.side.vpc_id, "TargetType": "ip"}
        return self.elbv2.create_target_group(**parameters | options)["TargetGroups"][0]["TargetGroupArn"]

    def listen(self, balancer: dict[str, Any], group: str, port: int = 443, protocol: str = "TCP") -> str:
        made = self.elbv2.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol=protocol,
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return made["Listeners"][0]["ListenerArn"]

    def security_group(self, vpc_id: str) -> str:
        made = self.side.ec2.create_security_group(GroupName="x", Description="x", VpcId=vpc_id)
        return made["GroupId"]


@pytest.fixture
def world(client: Callable[..., Any], provider: Side) -> World:
    return World(client(HUB, "elbv2"), provider)


def tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": "1"} for key in keys]


def test_groups_are_set_on_a_network_load_balancer_created_with_some(world: World) -> None:
    """D SetSecurityGroups: "You can't perform this operation on a Network Load Balancer unless you specified a security
    group for the load balancer when you created it.\""""
    first, second = world.security_group(world.side.vpc_id), world.security_group(world.other_vpc)
    without, with_group = world.balancer("without"), world.balancer("with", SecurityGroups=[first])
    call = world.elbv2.set_security_groups
    assert refused(call, LoadBalancerArn=without["LoadBalancerArn"], SecurityGroups=[first])[0] == CONFIGURATION
    arn = with_group["LoadBalancerArn"]
    assert refused(call, LoadBalancerArn=arn, SecurityGroups=[second])[0] == CONFIGURATION
    assert refused(call, LoadBalancerArn=arn, SecurityGroups=["sg-0123456789abcdef0"])[0] == "InvalidSecurityGroup"
    made = world.side.ec2.create_security_group(GroupName="y", Description="y", VpcId=world.side.vpc_id)["GroupId"]
    assert call(LoadBalancerArn=arn, SecurityGroups=[made])["SecurityGroupIds"] == [made]
    found = world.side.ec2.describe_network_interfaces(Filters=filters(description="ELB net/with/*"))
    assert {group["GroupId"] for each in found["NetworkInterfaces"] for group in each["Groups"]} == {made}


def test_an_application_load_balancer_has_the_default_group(world: World) -> None:
    """D CreateLoadBalancer, SecurityGroups; application-load-balancers.html: else the VPC's default group"""
    groups = world.side.ec2.describe_security_groups(Filters=filters(vpc_id=world.side.vpc_id, group_name="default"))
    made = world.balancer("app", Type="application")
    assert made["SecurityGroups"] == [groups["SecurityGroups"][0]["GroupId"]]


def test_a_target_group_is_behind_one_load_balancer(world: World) -> None:
    """D CreateListener: TargetGroupAssociationLimit; several listeners of the one may use it"""
    group, other = world.group("one"), world.group("other")
    first, second = world.balancer("first"), world.balancer("second")
    world.listen(first, group)
    world.listen(first, group, port=444)
    with pytest.raises(world.elbv2.exceptions.TargetGroupAssociationLimitException):
        world.listen(second, group)
    listener = world.listen(second, other)
    change = {"ListenerArn": listener, "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]}
    assert refused(world.elbv2.modify_listener, **change)[0] == "TargetGroupAssociationLimit"
    world.elbv2.delete_load_balancer(LoadBalancerArn=first["LoadBalancerArn"])
    world.elbv2.modify_listener(**change)


def test_a_target_group_is_in_the_load_balancers_vpc(world: World) -> None:
    """D load-balancer-target-groups.html: a target group is for load balancers of its VPC; the code U"""
    far = world.group("far", VpcId=world.other_vpc)
    with pytest.raises(world.elbv2.exceptions.InvalidConfigurationRequestException):
        world.listen(world.balancer("near"), far)


def test_a_chosen_address(world: World) -> None:
    """D SubnetMapping: PrivateIPv4Address, "[Network Load Balancers] The private IPv4 address for an internal load
    balancer"; LoadBalancerAddress"""
    mapping = {"SubnetId": world.side.subnet_ids[0], "PrivateIPv4Address": "10.20.0.77"}
    made = world.balancer("chosen", SubnetMappings=[mapping])
    assert made["AvailabilityZones"][0]["LoadBalancerAddresses"] == [{"PrivateIPv4Address": "10.20.0.77"}]
    found = world.side.ec2.describe_network_interfaces(Filters=filters(description="ELB net/chosen/*"))
    assert [each["PrivateIpAddress"] for each in found["NetworkInterfaces"]] == ["10.20.0.77"]
    with pytest.raises(world.elbv2.exceptions.InvalidConfigurationRequestException):
        world.balancer("app", Type="application", SubnetMappings=[mapping])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"SecurityGroups": ["sg-0123456789abcdef0"]}, "InvalidSecurityGroup"),
        ({"IpAddressType": "dualstack"}, CONFIGURATION),
        ({"Tags": tags("a", "a")}, "DuplicateTagKeys"),
        ({"Tags": tags(*map(str, range(51)))}, "TooManyTags"),
        ({"Tags": tags("aws:x")}, "ValidationError"),
        ({"Subnets": []}, "ValidationError"),
    ],
)
def test_refused_load_balancers(world: World, options: dict[str, Any], code: str) -> None:
    """D CreateLoadBalancer, the errors"""
    parameters = {"Name": "x", "Type": "network", "Scheme": "internal", "Subnets": world.side.subnet_ids[:1]}
    assert refused(world.elbv2.create_load_balancer, **parameters | options) == (code, 400)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"HealthCheckProtocol": "UDP"}, "ValidationError"),
        ({"TargetType": "alb", "Protocol": "UDP"}, CONFIGURATION),
        ({"Protocol": "HTTP", "HealthCheckProtocol": "TCP"}, "ValidationError"),
        ({"VpcId": "vpc-0123456789abcdef0"}, "ValidationError"),
        ({"Port": 65536}, "ValidationError"),
        ({"HealthCheckIntervalSeconds": 301}, "ValidationError"),
        ({"Tags": tags("a", "a")}, "DuplicateTagKeys"),
        ({"Name": "known", "HealthCheckIntervalSeconds": 10}, "DuplicateTargetGroupName"),
        ({"Name": "known", "Port": 80}, "DuplicateTargetGroupName"),
    ],
)
def test_refused_target_groups(world: World, options: dict[str, Any], code: str) -> None:
    """D CreateTargetGroup, its parameters and errors"""
    world.group("known")
    parameters = {"Name": "x", "Protocol": "TCP", "Port": 443, "VpcId": world.side.vpc_id, "TargetType": "ip"}
    assert refused(world.elbv2.create_target_group, **parameters | options) == (code, 400)


def test_a_listeners_protocol_is_of_the_type(world: World) -> None:
    """D CreateListener, Protocol"""
    group, balancer = world.group("one"), world.balancer("net")
    with pytest.raises(world.elbv2.exceptions.ClientError) as error:
        world.listen(balancer, group, protocol="HTTP")
    assert error.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize(
    ("kind", "key", "value", "code"),
    [
        ("network", "idle_timeout.timeout_seconds", "60", CONFIGURATION),
        ("application", "idle_timeout.timeout_seconds", "0", "ValidationError"),
        ("application", "idle_timeout.timeout_seconds", "4000", None),
        ("application", "dns_record.client_routing_policy", "any_availability_zone", CONFIGURATION),
        ("network", "dns_record.client_routing_policy", "availability_zone_affinity", None),
        ("network", "deletion_protection.enabled", "yes", "ValidationError"),
        ("application", "load_balancing.cross_zone.enabled", "false", CONFIGURATION),
        ("network", "load_balancing.cross_zone.enabled", "true", None),
        ("network", "access_logs.s3.enabled", "true", CONFIGURATION),
        ("network", "no.such.key", "1", "ValidationError"),
    ],
)
def test_attributes_of_load_balancers(world: World, kind: str, key: str, value: str, code: str | None) -> None:
    """D LoadBalancerAttribute: which type has which, with which values"""
    arn = world.balancer("x", Type=kind)["LoadBalancerArn"]
    call = {"LoadBalancerArn": arn, "Attributes": [{"Key": key, "Value": value}]}
    if code:
        assert refused(world.elbv2.modify_load_balancer_attributes, **call) == (code, 400)
        return
    world.elbv2.modify_load_balancer_attributes(**call)
    found = world.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert {"Key": key, "Value": value} in found


@pytest.mark.parametrize(
    ("protocol", "key", "value", "code"),
    [
        ("TCP", "slow_start.duration_seconds", "30", CONFIGURATION),
        ("HTTP", "slow_start.duration_seconds", "29", "ValidationError"),
        ("HTTP", "slow_start.duration_seconds", "30", None),
        ("HTTP", "preserve_client_ip.enabled", "true", CONFIGURATION),
        ("UDP", "preserve_client_ip.enabled", "false", CONFIGURATION),
        ("TCP", "preserve_client_ip.enabled", "true", None),
        ("TCP", "stickiness.type", "lb_cookie", CONFIGURATION),
        ("TCP", "target_failover.on_unhealthy", "rebalance", CONFIGURATION),
        ("TCP", "deregistration_delay.timeout_seconds", "3601", "ValidationError"),
        ("TCP", "deregistration_delay.timeout_seconds", "3600", None),
        ("TCP", "no.such.key", "1", "ValidationError"),
    ],
)
def test_attributes_of_target_groups(world: World, protocol: str, key: str, value: str, code: str | None) -> None:
    """D TargetGroupAttribute"""
    arn = world.group("x", Protocol=protocol)
    call = {"TargetGroupArn": arn, "Attributes": [{"Key": key, "Value": value}]}
    if code:
        assert refused(world.elbv2.modify_target_group_attributes, **call) == (code, 400)
        return
    world.elbv2.modify_target_group_attributes(**call)
    found = world.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    assert {"Key": key, "Value": value} in found


def test_defaults_of_attributes(world: World) -> None:
    """D LoadBalancerAttribute and TargetGroupAttribute: the defaults"""
    balancer = world.balancer("net")["LoadBalancerArn"]
    found = world.elbv2.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
    keys = {each["Key"]: each["Value"] for each in found}
    assert (keys["load_balancing.cross_zone.enabled"], keys["ipv6.deny_all_igw_traffic"]) == ("false", "true")
    assert "idle_timeout.timeout_seconds" not in keys
    for protocol, client_address in (("TCP", "false"), ("UDP", "true")):
        arn = world.group(protocol.lower(), Protocol=protocol)
        group = world.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        assert {"Key": "preserve_client_ip.enabled", "Value": client_address} in group


def test_fifty_tags(world: World) -> None:
    """D network-load-balancers.html, tags: "Maximum number of tags per resource—50\""""
    arn = world.balancer("net")["LoadBalancerArn"]
    world.elbv2.add_tags(ResourceArns=[arn], Tags=tags(*map(str, range(50))))
    assert refused(world.elbv2.add_tags, ResourceArns=[arn], Tags=tags("new")) == ("TooManyTags", 400)


def test_a_health_check_keeps_what_a_change_leaves_out(world: World) -> None:
    """D ModifyTargetGroup: optional parameters"""
    arn = world.group("x", HealthCheckPort="8080", HealthyThresholdCount=4)
    world.elbv2.modify_target_group(TargetGroupArn=arn, HealthCheckIntervalSeconds=10)
    group = world.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    found = tuple(group[f"Health{name}"] for name in ("CheckPort", "yThresholdCount", "CheckIntervalSeconds"))
    assert found == ("8080", 4, 10)
