# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network Load Balancers, their listeners, target groups and targets. V: seen on AWS; D: documented; U: not verified.

D without a page: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/, the operation's page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, Emulator, error_of, filters, refused
from tests.emulator.endpoint_services import Side, network_balancer, side


@pytest.fixture
def provider(emulator: Emulator) -> Side:
    return side(emulator, HUB)


@pytest.fixture
def elbv2(client: Callable[..., Any]) -> Any:
    return client(HUB, "elbv2")


@pytest.fixture
def balancer_arn(elbv2: Any, provider: Side) -> str:
    return network_balancer(elbv2, provider.subnet_ids[:2])


def balancer(elbv2: Any, arn: str) -> dict[str, Any]:
    return elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]


def target_group(elbv2: Any, vpc_id: str, **options: Any) -> str:
    parameters = {"Name": "api", "Protocol": "TCP", "Port": 443, "VpcId": vpc_id, "TargetType": "ip"}
    return elbv2.create_target_group(**parameters | options)["TargetGroups"][0]["TargetGroupArn"]


def listener(elbv2: Any, balancer_arn: str, group_arn: str, **options: Any) -> dict[str, Any]:
    forward = [{"Type": "forward", "TargetGroupArn": group_arn}]
    parameters = {"LoadBalancerArn": balancer_arn, "Protocol": "TCP", "Port": 443, "DefaultActions": forward}
    return elbv2.create_listener(**parameters | options)["Listeners"][0]


def health(elbv2: Any, group_arn: str) -> dict[str, tuple[str, str | None]]:
    """Target id -> (state, reason)"""
    found = elbv2.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
    return {one["Target"]["Id"]: (one["TargetHealth"]["State"], one["TargetHealth"].get("Reason")) for one in found}


def test_it_is_provisioned_then_active(emulator: Emulator, elbv2: Any, provider: Side) -> None:
    """D CreateLoadBalancer: State provisioning, then active."""
    emulator.control("POST", "settings", {"transition": {"load-balancer": 60_000}})
    options = {"Name": "api", "Type": "network", "Scheme": "internal", "Subnets": provider.subnet_ids}
    made = elbv2.create_load_balancer(**options)["LoadBalancers"][0]
    assert balancer(elbv2, made["LoadBalancerArn"])["State"]["Code"] == "provisioning"
    assert made["LoadBalancerArn"].startswith(f"arn:aws:elasticloadbalancing:eu-central-1:{HUB}:loadbalancer/net/api/")
    assert {zone["SubnetId"] for zone in made["AvailabilityZones"]} == set(provider.subnet_ids)
    assert (made["Type"], made["Scheme"], made["VpcId"]) == ("network", "internal", provider.vpc_id)


def test_it_is_active_without_a_transition_time(elbv2: Any, balancer_arn: str) -> None:
    assert balancer(elbv2, balancer_arn)["State"]["Code"] == "active"


def test_the_same_again_is_the_same_and_with_other_settings_refused(
    elbv2: Any, provider: Side, balancer_arn: str
) -> None:
    """D CreateLoadBalancer is idempotent; DuplicateLoadBalancerName"""
    assert network_balancer(elbv2, provider.subnet_ids[:2]) == balancer_arn
    options = {"Name": "api", "Type": "network", "Scheme": "internal", "Subnets": provider.subnet_ids[:1]}
    assert refused(elbv2.create_load_balancer, **options) == ("DuplicateLoadBalancerName", 400)


def test_unknown_ones(elbv2: Any, balancer_arn: str) -> None:
    """Texts V: hashicorp/terraform-provider-aws#15214, by name as aws-cli's users quote it"""
    arn = balancer_arn[:-16] + "0" * 16
    expected = ("LoadBalancerNotFound", "One or more load balancers not found")
    assert error_of(elbv2.describe_load_balancers, LoadBalancerArns=[arn]) == expected
    expected = ("LoadBalancerNotFound", "Load balancers '[other]' not found")
    assert error_of(elbv2.describe_load_balancers, Names=["api", "other"]) == expected


def test_other_accounts_do_not_see_it(client: Callable[..., Any], balancer_arn: str) -> None:
    other = client(SPOKE, "elbv2")
    assert other.describe_load_balancers()["LoadBalancers"] == []
    assert refused(other.describe_load_balancers, LoadBalancerArns=[balancer_arn])[0] == "LoadBalancerNotFound"


def test_pages(elbv2: Any, provider: Side) -> None:
    """D DescribeLoadBalancers: PageSize 1 to 400"""
    for number in range(3):
        network_balancer(elbv2, provider.subnet_ids[:1], f"api-{number}")
    pages = list(elbv2.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["LoadBalancers"]) for page in pages] == [2, 1]
    assert refused(elbv2.describe_load_balancers, PageSize=401) == ("ValidationError", 400)


def test_what_it_can_not_be_put_into(elbv2: Any, provider: Side) -> None:
    """D CreateLoadBalancer: SubnetNotFound, InvalidSubnet (no internet gateway), one subnet for each AZ"""
    zone_id = provider.subnets[0]["AvailabilityZoneId"]
    twin = provider.ec2.create_subnet(VpcId=provider.vpc_id, CidrBlock="10.20.9.0/24", AvailabilityZoneId=zone_id)
    both = [provider.subnet_ids[0], twin["Subnet"]["SubnetId"]]
    for subnets, scheme, code in (
        (["subnet-0123456789abcdef0"], "internal", "SubnetNotFound"),
        (both, "internal", "InvalidConfigurationRequest"),
        (provider.subnet_ids[:1], "internet-facing", "InvalidSubnet"),
    ):
        options = {"Name": "api", "Type": "network", "Scheme": scheme, "Subnets": subnets}
        assert refused(elbv2.create_load_balancer, **options) == (code, 400)


def test_its_interfaces_are_in_its_subnets_until_it_is_deleted(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """D load-balancer-troubleshooting: requester-managed interfaces 'ELB net/...', deleted with it"""
    wanted = filters(description=f"ELB {balancer_arn.partition('/')[2]}")
    found = provider.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]
    assert {eni["SubnetId"] for eni in found} == set(provider.subnet_ids[:2])
    assert {(eni["InterfaceType"], eni["RequesterManaged"]) for eni in found} == {("network_load_balancer", True)}
    assert refused(provider.ec2.delete_subnet, SubnetId=provider.subnet_ids[0])[0] == "DependencyViolation"
    elbv2.delete_load_balancer(LoadBalancerArn=balancer_arn)
    assert provider.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"] == []
    provider.ec2.delete_subnet(SubnetId=provider.subnet_ids[0])


def test_deleting_what_is_not_there_succeeds(elbv2: Any, balancer_arn: str) -> None:
    """D DeleteLoadBalancer: if it 'does not exist or has already been deleted, the call succeeds'"""
    for _ in range(2):
        elbv2.delete_load_balancer(LoadBalancerArn=balancer_arn)


def test_a_protected_one_is_not_deleted(elbv2: Any, balancer_arn: str) -> None:
    """D DeleteLoadBalancer: OperationNotPermitted"""
    attribute = {"Key": "deletion_protection.enabled", "Value": "true"}
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer_arn, Attributes=[attribute])
    assert refused(elbv2.delete_load_balancer, LoadBalancerArn=balancer_arn) == ("OperationNotPermitted", 400)


def test_one_behind_an_endpoint_service_is_not_deleted(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """V https://github.com/cloud-custodian/cloud-custodian/issues/9921"""
    made = provider.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer_arn])
    assert error_of(elbv2.delete_load_balancer, LoadBalancerArn=balancer_arn) == (
        "ResourceInUse",
        f"Load balancer '{balancer_arn}' cannot be deleted because it is currently associated with another service",
    )
    service_id = made["ServiceConfiguration"]["ServiceId"]
    provider.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service_id])
    elbv2.delete_load_balancer(LoadBalancerArn=balancer_arn)


def test_one_subnet_may_stay_of_a_network_load_balancer(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """D SetSubnets: Network Load Balancers, one or more"""
    elbv2.set_subnets(LoadBalancerArn=balancer_arn, Subnets=provider.subnet_ids[1:2])
    zones = balancer(elbv2, balancer_arn)["AvailabilityZones"]
    assert [zone["SubnetId"] for zone in zones] == provider.subnet_ids[1:2]


def test_tags(elbv2: Any, balancer_arn: str) -> None:
    """D AddTags, RemoveTags, DescribeTags (LoadBalancerNotFound)"""
    elbv2.add_tags(ResourceArns=[balancer_arn], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    elbv2.remove_tags(ResourceArns=[balancer_arn], TagKeys=["a"])
    described = elbv2.describe_tags(ResourceArns=[balancer_arn])["TagDescriptions"]
    assert described == [{"ResourceArn": balancer_arn, "Tags": [{"Key": "b", "Value": "2"}]}]
    elbv2.delete_load_balancer(LoadBalancerArn=balancer_arn)
    assert refused(elbv2.describe_tags, ResourceArns=[balancer_arn]) == ("LoadBalancerNotFound", 400)


def test_a_target_group_in_use_is_not_deleted(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """D DeleteTargetGroup: ResourceInUse; LoadBalancerArns of those that forward to it"""
    group_arn = target_group(elbv2, provider.vpc_id)
    made = listener(elbv2, balancer_arn, group_arn)
    described = elbv2.describe_target_groups(LoadBalancerArn=balancer_arn)["TargetGroups"]
    assert [group["LoadBalancerArns"] for group in described] == [[balancer_arn]]
    assert refused(elbv2.delete_target_group, TargetGroupArn=group_arn) == ("ResourceInUse", 400)
    elbv2.delete_listener(ListenerArn=made["ListenerArn"])
    assert elbv2.describe_target_groups(Names=["api"])["TargetGroups"][0]["LoadBalancerArns"] == []
    elbv2.delete_target_group(TargetGroupArn=group_arn)


def test_a_target_group_again(elbv2: Any, provider: Side) -> None:
    """D CreateTargetGroup is idempotent; DuplicateTargetGroupName"""
    group_arn = target_group(elbv2, provider.vpc_id)
    assert target_group(elbv2, provider.vpc_id) == group_arn
    options = {"Name": "api", "Protocol": "TCP", "Port": 80, "VpcId": provider.vpc_id, "TargetType": "ip"}
    assert refused(elbv2.create_target_group, **options) == ("DuplicateTargetGroupName", 400)


def test_one_listener_for_each_port(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """D CreateListener is idempotent; DuplicateListener"""
    first, second = (target_group(elbv2, provider.vpc_id, Name=name) for name in ("first", "second"))
    made = listener(elbv2, balancer_arn, first)
    assert listener(elbv2, balancer_arn, first)["ListenerArn"] == made["ListenerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": second}]
    options = {"LoadBalancerArn": balancer_arn, "Protocol": "TCP", "Port": 443, "DefaultActions": forward}
    assert refused(elbv2.create_listener, **options) == ("DuplicateListener", 400)


def test_a_listener_is_modified(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """D ModifyListener: port, protocol, default action"""
    first = target_group(elbv2, provider.vpc_id, Name="first")
    second = target_group(elbv2, provider.vpc_id, Name="second", Protocol="UDP")
    made = listener(elbv2, balancer_arn, first)
    forward = [{"Type": "forward", "TargetGroupArn": second}]
    elbv2.modify_listener(ListenerArn=made["ListenerArn"], Port=53, Protocol="UDP", DefaultActions=forward)
    found = elbv2.describe_listeners(LoadBalancerArn=balancer_arn)["Listeners"][0]
    assert (found["Port"], found["Protocol"]) == (53, "UDP")
    assert found["DefaultActions"][0]["TargetGroupArn"] == second
    assert elbv2.describe_target_groups(Names=["first"])["TargetGroups"][0]["LoadBalancerArns"] == []


def test_protocols_of_listener_and_target_group_must_fit(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """D load-balancer-target-groups.html, routing configuration; the code U"""
    group_arn = target_group(elbv2, provider.vpc_id, Protocol="UDP", Port=53)
    forward = [{"Type": "forward", "TargetGroupArn": group_arn}]
    options = {"LoadBalancerArn": balancer_arn, "Protocol": "TCP", "Port": 443, "DefaultActions": forward}
    assert refused(elbv2.create_listener, **options) == ("InvalidConfigurationRequest", 400)


def test_a_target_is_initial_then_healthy_and_drains(
    emulator: Emulator, elbv2: Any, provider: Side, balancer_arn: str
) -> None:
    """D API_TargetHealth: states and reasons"""
    group_arn = target_group(elbv2, provider.vpc_id)
    target = [{"Id": "10.20.0.10"}]
    elbv2.register_targets(TargetGroupArn=group_arn, Targets=target)
    assert health(elbv2, group_arn) == {"10.20.0.10": ("unused", "Target.NotInUse")}
    listener(elbv2, balancer_arn, group_arn)
    assert health(elbv2, group_arn) == {"10.20.0.10": ("healthy", None)}
    emulator.control("POST", "settings", {"transition": {"target": 60_000}})
    elbv2.register_targets(TargetGroupArn=group_arn, Targets=[{"Id": "10.20.0.11"}])
    assert health(elbv2, group_arn)["10.20.0.11"] == ("initial", "Elb.RegistrationInProgress")
    elbv2.deregister_targets(TargetGroupArn=group_arn, Targets=target)
    assert health(elbv2, group_arn)["10.20.0.10"] == ("draining", "Target.DeregistrationInProgress")


def test_a_deregistered_target_goes(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """D API_TargetHealth: Target.NotRegistered for one that is asked for by id"""
    group_arn = target_group(elbv2, provider.vpc_id)
    listener(elbv2, balancer_arn, group_arn)
    target = [{"Id": "10.20.0.10", "Port": 443}]
    elbv2.register_targets(TargetGroupArn=group_arn, Targets=target)
    elbv2.deregister_targets(TargetGroupArn=group_arn, Targets=target)
    assert health(elbv2, group_arn) == {}
    asked = elbv2.describe_target_health(TargetGroupArn=group_arn, Targets=target)["TargetHealthDescriptions"]
    assert asked[0]["TargetHealth"]["Reason"] == "Target.NotRegistered"
    # moto's test_describe_unknown_targets (aws_verified).
    assert asked[0]["HealthCheckPort"] == "443"


def test_a_terminated_target_drains(elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """moto's test_register_targets (aws_verified): it is no longer listed, and draining for who asks for it."""
    group_arn = target_group(elbv2, provider.vpc_id, TargetType="instance")
    listener(elbv2, balancer_arn, group_arn)
    launched = provider.ec2.run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=provider.subnet_ids[0]
    )
    target = [{"Id": launched["Instances"][0]["InstanceId"]}]
    elbv2.register_targets(TargetGroupArn=group_arn, Targets=target)
    assert len(health(elbv2, group_arn)) == 1
    provider.ec2.terminate_instances(InstanceIds=[target[0]["Id"]])
    assert health(elbv2, group_arn) == {}
    asked = elbv2.describe_target_health(TargetGroupArn=group_arn, Targets=target)["TargetHealthDescriptions"]
    assert asked[0]["TargetHealth"]["Reason"] == "Target.DeregistrationInProgress"


def test_health_can_be_told(emulator: Emulator, elbv2: Any, provider: Side, balancer_arn: str) -> None:
    """The emulator's own: nothing answers there."""
    group_arn = target_group(elbv2, provider.vpc_id)
    listener(elbv2, balancer_arn, group_arn)
    targets = [{"Id": "10.20.0.10"}, {"Id": "10.20.0.11", "Port": 8443}, {"Id": "10.20.0.11", "Port": 9443}]
    elbv2.register_targets(TargetGroupArn=group_arn, Targets=targets)
    told = {"10.20.0.10": "unhealthy", "10.20.0.11:8443": "unhealthy"}
    emulator.control("POST", "settings", {"target_health": told})
    found = elbv2.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
    assert [(one["Target"]["Port"], one["TargetHealth"]["State"]) for one in found] == [
        (443, "unhealthy"),
        (8443, "unhealthy"),
        (9443, "healthy"),
    ]
    emulator.control("POST", "settings", {"target_health": {}})
    assert health(elbv2, group_arn)["10.20.0.10"] == ("healthy", None)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"Id": "8.8.8.8", "AvailabilityZone": "all"}, "ValidationError"),
        ({"Id": "192.168.1.1"}, "ValidationError"),
        ({"Id": "api.example.com"}, "ValidationError"),
    ],
)
def test_addresses_that_are_no_targets(elbv2: Any, provider: Side, target: dict[str, str], code: str) -> None:
    """D RegisterTargets: an address of the VPC or of a private range, the latter with AvailabilityZone all; codes U"""
    group_arn = target_group(elbv2, provider.vpc_id)
    assert refused(elbv2.register_targets, TargetGroupArn=group_arn, Targets=[target])[0] == code
    elbv2.register_targets(TargetGroupArn=group_arn, Targets=[{"Id": "192.168.1.1", "AvailabilityZone": "all"}])


def test_an_instance_must_be_there(elbv2: Any, provider: Side) -> None:
    """D RegisterTargets: InvalidTarget"""
    group_arn = target_group(elbv2, provider.vpc_id, TargetType="instance")
    targets = [{"Id": "i-0123456789abcdef0"}]
    assert refused(elbv2.register_targets, TargetGroupArn=group_arn, Targets=targets) == ("InvalidTarget", 400)


def test_unknown_target_group(elbv2: Any, balancer_arn: str) -> None:
    """D TargetGroupNotFound"""
    assert refused(elbv2.describe_target_groups, Names=["other"]) == ("TargetGroupNotFound", 400)
