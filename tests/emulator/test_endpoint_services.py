# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The provider's side of PrivateLink. V: seen on AWS; D: documented; P: terraform-provider-aws; U: not verified."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, Emulator, error_of, filters, refused
from tests.emulator.endpoint_services import Link, linked, network_balancer

ROOT = f"arn:aws:iam::{SPOKE}:root"
NAMED = "api.example.com"


@pytest.fixture
def link(emulator: Emulator) -> Link:
    return linked(emulator)


def configuration(link: Link) -> dict[str, Any]:
    answer = link.provider.ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[link.service_id])
    return answer["ServiceConfigurations"][0]


def modify(link: Link, **changes: Any) -> Any:
    return link.provider.ec2.modify_vpc_endpoint_service_configuration(ServiceId=link.service_id, **changes)


def delete(link: Link) -> list[dict[str, Any]]:
    answer = link.provider.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[link.service_id])
    return answer["Unsuccessful"]


def test_a_service(link: Link) -> None:
    """Shape V https://github.com/aws/aws-sdk/issues/805; AZs of the load balancer, by the provider's names D"""
    service = configuration(link)
    assert re.fullmatch("vpce-svc-[0-9a-f]{17}", service["ServiceId"])
    assert service["ServiceName"] == f"com.amazonaws.vpce.eu-central-1.{service['ServiceId']}"
    assert service["BaseEndpointDnsNames"] == [f"{service['ServiceId']}.eu-central-1.vpce.amazonaws.com"]
    assert service["AvailabilityZoneIds"] == [subnet["AvailabilityZoneId"] for subnet in link.provider.subnets[:2]]
    zones = sorted(subnet["AvailabilityZone"] for subnet in link.provider.subnets[:2])
    assert service["AvailabilityZones"] == zones
    assert service["ServiceType"] == [{"ServiceType": "Interface"}]
    assert (service["ServiceState"], service["AcceptanceRequired"]) == ("Available", True)
    assert service["NetworkLoadBalancerArns"] == [link.balancer_arn]
    assert service["PrivateDnsNameConfiguration"] == {}
    assert service["ManagesVpcEndpoints"] is False


def test_acceptance_is_required_unless_said_otherwise(link: Link) -> None:
    """V awsdocs/amazon-vpc-user-guide#1"""
    made = link.provider.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[link.balancer_arn])
    assert made["ServiceConfiguration"]["AcceptanceRequired"] is True


def test_it_is_pending_then_available(emulator: Emulator, link: Link) -> None:
    """D ServiceState"""
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint-service": 60_000}})
    made = link.provider.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[link.balancer_arn])
    assert made["ServiceConfiguration"]["ServiceState"] == "Pending"
    assert delete(link) == []
    assert configuration(link)["ServiceState"] == "Deleting"


def test_a_service_needs_a_load_balancer(link: Link) -> None:
    """V https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1859"""
    assert error_of(link.provider.ec2.create_vpc_endpoint_service_configuration) == (
        "InvalidParameter",
        "exactly one of network_load_balancer_arn or gateway_load_balancer_arn is a required member",
    )


def test_load_balancers_that_do_not_do(emulator: Emulator, link: Link) -> None:
    """D create-endpoint-service.html, prerequisites: a Network Load Balancer, one's own; all codes U"""
    create = link.provider.ec2.create_vpc_endpoint_service_configuration
    other = emulator.client(SPOKE, "elbv2")
    foreign = network_balancer(other, link.consumer.subnet_ids[:1], "foreign")
    options = {"Name": "alb", "Scheme": "internal", "Subnets": link.provider.subnet_ids[:2]}
    application = link.elbv2.create_load_balancer(**options)["LoadBalancers"][0]["LoadBalancerArn"]
    emulator.control("POST", "settings", {"transition": {"load-balancer": 60_000}})
    options = {"Name": "young", "Type": "network", "Scheme": "internal", "Subnets": link.provider.subnet_ids[:1]}
    young = link.elbv2.create_load_balancer(**options)["LoadBalancers"][0]["LoadBalancerArn"]
    for arn, code in (
        ("api", "InvalidLoadBalancerArn.Malformed"),
        (foreign, "InvalidLoadBalancerArn.NotFound"),
        (link.balancer_arn[:-16] + "0" * 16, "InvalidLoadBalancerArn.NotFound"),
        (application, "InvalidParameter"),
        (young, "InvalidParameter"),
    ):
        assert refused(create, NetworkLoadBalancerArns=[arn]) == (code, 400)


def test_the_same_client_token_makes_one_service(link: Link) -> None:
    """D ec2-api-idempotency.html"""
    create = link.provider.ec2.create_vpc_endpoint_service_configuration
    first, second = (create(NetworkLoadBalancerArns=[link.balancer_arn], ClientToken="once") for _ in range(2))
    assert first["ServiceConfiguration"]["ServiceId"] == second["ServiceConfiguration"]["ServiceId"]
    other = {"NetworkLoadBalancerArns": [link.balancer_arn], "AcceptanceRequired": False, "ClientToken": "once"}
    assert refused(create, **other) == ("IdempotentParameterMismatch", 400)


def test_filters_and_tags(link: Link) -> None:
    """D DescribeVpcEndpointServiceConfigurations"""
    ec2 = link.provider.ec2
    tags = [{"ResourceType": "vpc-endpoint-service", "Tags": [{"Key": "Name", "Value": "other"}]}]
    options = {"NetworkLoadBalancerArns": [link.balancer_arn], "TagSpecifications": tags}
    other = ec2.create_vpc_endpoint_service_configuration(**options)["ServiceConfiguration"]["ServiceId"]
    ec2.create_tags(Resources=[link.service_id], Tags=[{"Key": "Name", "Value": "first"}])
    describe = ec2.describe_vpc_endpoint_service_configurations
    for wanted, expected in (
        ({"service-name": link.service_name}, {link.service_id}),
        ({"service-id": other}, {other}),
        ({"service-state": "Available"}, {link.service_id, other}),
        ({"tag:Name": "other"}, {other}),
        ({"tag-key": "Name"}, {link.service_id, other}),
        ({"service-state": "Deleted"}, set()),
    ):
        criteria = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        found = describe(Filters=criteria)["ServiceConfigurations"]
        assert {service["ServiceId"] for service in found} == expected
    assert refused(describe, Filters=filters(owner=HUB)) == ("InvalidParameterValue", 400)
    assert link.consumer.ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"] == []


def test_an_unknown_service(link: Link) -> None:
    """V https://github.com/rebuy-de/aws-nuke/issues/1258; another account's is as unknown"""
    for ec2 in (link.provider.ec2, link.consumer.ec2):
        service_id = "vpce-svc-0123456789abcdef0" if ec2 is link.provider.ec2 else link.service_id
        expected = ("InvalidVpcEndpointServiceId.NotFound", f"The VpcEndpointService Id '{service_id}' does not exist")
        assert error_of(ec2.describe_vpc_endpoint_service_configurations, ServiceIds=[service_id]) == expected
        assert error_of(ec2.describe_vpc_endpoint_service_permissions, ServiceId=service_id) == expected
        assert error_of(ec2.modify_vpc_endpoint_service_configuration, ServiceId=service_id) == expected


def test_it_is_modified(link: Link) -> None:
    """D ModifyVpcEndpointServiceConfiguration"""
    second = network_balancer(link.elbv2, link.provider.subnet_ids[2:], "second")
    modify(link, AcceptanceRequired=False, AddNetworkLoadBalancerArns=[second], AddSupportedIpAddressTypes=["ipv6"])
    service = configuration(link)
    assert service["AcceptanceRequired"] is False
    assert service["NetworkLoadBalancerArns"] == [link.balancer_arn, second]
    assert service["SupportedIpAddressTypes"] == ["ipv4", "ipv6"]
    assert len(service["AvailabilityZoneIds"]) == 3
    modify(link, RemoveNetworkLoadBalancerArns=[link.balancer_arn], AddSupportedRegions=["eu-west-1"])
    service = configuration(link)
    assert service["NetworkLoadBalancerArns"] == [second]
    assert [region["Region"] for region in service["SupportedRegions"]] == ["eu-central-1", "eu-west-1"]


def test_its_zones_follow_the_load_balancer(link: Link) -> None:
    """D privatelink-share-your-services.html: the AZs of the load balancer"""
    link.elbv2.set_subnets(LoadBalancerArn=link.balancer_arn, Subnets=link.provider.subnet_ids[1:])
    expected = [subnet["AvailabilityZoneId"] for subnet in link.provider.subnets[1:]]
    assert configuration(link)["AvailabilityZoneIds"] == expected


def test_load_balancers_stay_while_endpoints_are_connected(link: Link) -> None:
    """D errors-overview.html: ExistingVpcEndpointConnections, 'or change the load balancers'"""
    second = network_balancer(link.elbv2, link.provider.subnet_ids[2:], "second")
    link.permit_consumer()
    endpoint_id = link.connected()
    change = {"AddNetworkLoadBalancerArns": [second], "RemoveNetworkLoadBalancerArns": [link.balancer_arn]}
    call = link.provider.ec2.modify_vpc_endpoint_service_configuration
    assert refused(call, ServiceId=link.service_id, **change) == ("ExistingVpcEndpointConnections", 400)
    link.reject(endpoint_id)
    modify(link, **change)


def test_a_service_in_use_is_not_deleted(link: Link) -> None:
    """D delete-endpoint-service.html: available or pendingAcceptance; text V https://github.com/openshift/hypershift/pull/2700"""
    link.permit_consumer()
    endpoint_id = link.apply()["VpcEndpointId"]
    error = {
        "Code": "ExistingVpcEndpointConnections",
        "Message": "Service has existing active VPC Endpoint connections!",
    }
    assert delete(link) == [{"ResourceId": link.service_id, "Error": error}]
    link.accept(endpoint_id)
    assert delete(link) == [{"ResourceId": link.service_id, "Error": error}]
    link.reject(endpoint_id)
    assert delete(link) == []
    assert [item["Error"]["Code"] for item in delete(link)] == ["InvalidVpcEndpointService.NotFound"]
    # V https://github.com/rebuy-de/aws-nuke/issues/1258: the connection is still there, rejected.
    assert [connection["VpcEndpointState"] for connection in link.connections()] == ["rejected"]


# Permissions


@pytest.mark.parametrize(
    ("principal", "kind"),
    [
        (ROOT, "Account"),
        (f"arn:aws:iam::{SPOKE}:role/deployer", "Role"),
        (f"arn:aws:iam::{SPOKE}:user/alice", "User"),
        ("*", "All"),
    ],
)
def test_principals(link: Link, principal: str, kind: str) -> None:
    """D configure-endpoint-service.html, ARNs for AWS principals; AddedPrincipals of the API"""
    answer = link.permit(principal)
    added = answer["AddedPrincipals"][0]
    assert answer["ReturnValue"] is True
    assert (added["Principal"], added["PrincipalType"], added["ServiceId"]) == (principal, kind, link.service_id)
    assert link.permit(principal)["AddedPrincipals"] == []
    described = link.provider.ec2.describe_vpc_endpoint_service_permissions(ServiceId=link.service_id)
    assert [(one["Principal"], one["ServicePermissionId"]) for one in described["AllowedPrincipals"]] == [
        (principal, added["ServicePermissionId"])
    ]
    remove = {"ServiceId": link.service_id, "RemoveAllowedPrincipals": [principal]}
    link.provider.ec2.modify_vpc_endpoint_service_permissions(**remove)
    described = link.provider.ec2.describe_vpc_endpoint_service_permissions(ServiceId=link.service_id)
    assert described["AllowedPrincipals"] == []


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:sts::{SPOKE}:assumed-role/deployer/session",
        f"arn:aws:iam::{SPOKE}:role/path/deployer",
        "arn:aws:iam::12345:root",
        SPOKE,
        "nobody",
    ],
)
def test_what_is_no_principal(link: Link, principal: str) -> None:
    """V https://github.com/hashicorp/terraform-provider-aws/issues/16657; no paths D; a bare account id U"""
    call = link.provider.ec2.modify_vpc_endpoint_service_permissions
    wrong = {"ServiceId": link.service_id, "AddAllowedPrincipals": [ROOT, principal]}
    assert error_of(call, **wrong) == ("InvalidPrincipal", f"Invalid Principal: '{principal}'")
    described = link.provider.ec2.describe_vpc_endpoint_service_permissions(ServiceId=link.service_id)
    assert described["AllowedPrincipals"] == []


def test_filters_of_permissions(link: Link) -> None:
    """D DescribeVpcEndpointServicePermissions"""
    link.permit(ROOT, "*")
    describe = link.provider.ec2.describe_vpc_endpoint_service_permissions
    for wanted, expected in (({"principal-type": "All"}, ["*"]), ({"principal": ROOT}, [ROOT])):
        criteria = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        found = describe(ServiceId=link.service_id, Filters=criteria)["AllowedPrincipals"]
        assert [one["Principal"] for one in found] == expected
    assert refused(describe, ServiceId=link.service_id, Filters=filters(owner="x"))[0] == "InvalidParameterValue"


def test_a_permission_taken_away_cuts_nobody(link: Link) -> None:
    """D configure-endpoint-service.html: 'If you remove permissions, it does not affect existing connections'"""
    link.permit_consumer()
    endpoint_id = link.connected()
    remove = {"ServiceId": link.service_id, "RemoveAllowedPrincipals": [ROOT]}
    link.provider.ec2.modify_vpc_endpoint_service_permissions(**remove)
    assert link.endpoint(endpoint_id)["State"] == "available"
    assert refused(link.apply) == ("InvalidServiceName", 400)


# Private DNS names


@pytest.fixture
def public_zone(client: Callable[..., Any]) -> Callable[..., Any]:
    """public_zone(*records): example.com, in an account of its own, with TXT records {name: value}"""
    route53 = client(SPOKE_2, "route53")
    made = route53.create_hosted_zone(Name="example.com", CallerReference="example.com")["HostedZone"]["Id"]

    def publish(name: str, value: str) -> None:
        wanted = {"Name": name, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"{value}"'}]}
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": wanted}]}
        route53.change_resource_record_sets(HostedZoneId=made, ChangeBatch=batch)

    return publish


def verification(link: Link) -> dict[str, str]:
    return configuration(link)["PrivateDnsNameConfiguration"]


def verify(link: Link) -> str:
    link.provider.ec2.start_vpc_endpoint_service_private_dns_verification(ServiceId=link.service_id)
    return verification(link)["State"]


def test_a_name_is_pending_until_it_is_verified(link: Link, public_zone: Callable[..., Any]) -> None:
    """D manage-dns-names.html; name and value of the record V awsdocs/amazon-vpc-user-guide#61"""
    modify(link, PrivateDnsName=NAMED)
    found = verification(link)
    assert configuration(link)["PrivateDnsName"] == NAMED
    assert (found["State"], found["Type"]) == ("pendingVerification", "TXT")
    assert re.fullmatch("_[0-9a-z]+", found["Name"]) and re.fullmatch("vpce:[0-9a-zA-Z]+", found["Value"])
    assert verify(link) == "failed"
    public_zone(f"{found['Name']}.{NAMED}", "vpce:something-else")
    assert verify(link) == "failed"
    public_zone(f"{found['Name']}.{NAMED}", found["Value"])
    assert verify(link) == "verified"


@pytest.mark.parametrize("place", ["{name}.example.com", NAMED, "example.com"])
def test_the_domain_above_verifies_too(link: Link, public_zone: Callable[..., Any], place: str) -> None:
    """D manage-dns-names.html: 'You can verify the domain of a subdomain'; without the underscore's label
    awsdocs/amazon-vpc-user-guide, endpoint-services-dns-validation.md"""
    modify(link, PrivateDnsName=NAMED)
    found = verification(link)
    public_zone(place.format(name=found["Name"]), found["Value"])
    assert verify(link) == "verified"


def test_a_private_zone_proves_nothing(link: Link, client: Callable[..., Any]) -> None:
    """D manage-dns-names.html: 'you must have a public hostname or a public DNS provider'"""
    modify(link, PrivateDnsName=NAMED)
    found = verification(link)
    route53 = client(HUB, "route53")
    vpc = {"VPCId": link.provider.vpc_id, "VPCRegion": "eu-central-1"}
    zone_id = route53.create_hosted_zone(Name="example.com", VPC=vpc, CallerReference="x")["HostedZone"]["Id"]
    values = [{"Value": f'"{found["Value"]}"'}]
    wanted = {"Name": f"{found['Name']}.{NAMED}", "Type": "TXT", "TTL": 60, "ResourceRecords": values}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": wanted}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)
    assert verify(link) == "failed"


def test_another_name_is_verified_anew(link: Link, public_zone: Callable[..., Any]) -> None:
    """D: one name for each service; the same name again changes nothing (U)"""
    modify(link, PrivateDnsName=NAMED)
    first = verification(link)
    public_zone(f"{first['Name']}.{NAMED}", first["Value"])
    assert verify(link) == "verified"
    modify(link, PrivateDnsName=NAMED)
    assert verification(link) == first | {"State": "verified"}
    modify(link, PrivateDnsName="new.example.com")
    assert verification(link)["State"] == "pendingVerification"
    assert verification(link)["Value"] != first["Value"]
    modify(link, RemovePrivateDnsName=True)
    assert "PrivateDnsName" not in configuration(link)
    call = link.provider.ec2.start_vpc_endpoint_service_private_dns_verification
    assert refused(call, ServiceId=link.service_id) == ("InvalidParameter", 400)


def test_verification_takes_time(emulator: Emulator, link: Link) -> None:
    """D manage-dns-names.html: pendingVerification until it is decided"""
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint-service-private-dns": 60_000}})
    modify(link, PrivateDnsName=NAMED)
    assert verify(link) == "pendingVerification"
