# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may connect, and a connection from both sides. V: seen on AWS; D: documented; P: terraform-provider-aws; U: not
verified."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, SPOKE_2, Emulator, error_of, filters, refused
from tests.emulator.endpoint_services import Link, linked, side


@pytest.fixture
def link(emulator: Emulator) -> Link:
    return linked(emulator)


@pytest.fixture
def open_link(link: Link) -> Link:
    link.permit_consumer()
    return link


def names(ec2: Any, **options: Any) -> list[str]:
    return ec2.describe_vpc_endpoint_services(**options)["ServiceNames"]


# Who sees a service


def test_knowing_the_name_is_not_enough(link: Link) -> None:
    """D 'By default, your endpoint service is not available'; code P, text V hashicorp/terraform-provider-aws#24216"""
    expected = ("InvalidServiceName", f"The Vpc Endpoint Service '{link.service_name}' does not exist")
    assert error_of(link.apply) == expected
    assert error_of(link.consumer.ec2.describe_vpc_endpoint_services, ServiceNames=[link.service_name]) == expected
    assert link.service_name not in names(link.consumer.ec2)
    link.permit_consumer()
    assert link.service_name in names(link.consumer.ec2)
    assert link.apply()["State"] == "pendingAcceptance"


def test_a_permission_is_for_that_account_only(emulator: Emulator, link: Link) -> None:
    """D configure-endpoint-service.html"""
    link.permit(f"arn:aws:iam::{SPOKE_2}:root")
    assert refused(link.apply) == ("InvalidServiceName", 400)
    assert link.service_name in names(emulator.client(SPOKE_2, "ec2"))


def test_a_role_is_permitted_alone(emulator: Emulator, link: Link) -> None:
    """D configure-endpoint-service.html: role ARN"""
    link.permit(f"arn:aws:iam::{SPOKE}:role/deployer")
    other = emulator.plain_client("ec2", **emulator.credentials(SPOKE, "deployer"))
    assert link.service_name not in names(link.consumer.ec2)
    assert link.service_name in names(other)


def test_everyone_may_be_permitted(emulator: Emulator, link: Link) -> None:
    """D ModifyVpcEndpointServicePermissions: * makes the service public"""
    link.permit("*")
    assert link.service_name in names(emulator.client(SPOKE_2, "ec2"))


def test_the_owner_sees_his_own(link: Link) -> None:
    """U"""
    assert link.service_name in names(link.provider.ec2)


def test_a_service_as_its_consumer_sees_it(open_link: Link) -> None:
    """D DescribeVpcEndpointServices: AZs by the consumer's names for them"""
    answer = open_link.consumer.ec2.describe_vpc_endpoint_services(ServiceNames=[open_link.service_name])
    service = answer["ServiceDetails"][0]
    assert (service["Owner"], service["AcceptanceRequired"]) == (HUB, True)
    assert service["AvailabilityZoneIds"] == [subnet["AvailabilityZoneId"] for subnet in open_link.consumer.subnets[:2]]
    zones = sorted(subnet["AvailabilityZone"] for subnet in open_link.consumer.subnets[:2])
    assert service["AvailabilityZones"] == zones
    assert service["ServiceType"] == [{"ServiceType": "Interface"}]
    assert service["BaseEndpointDnsNames"] == open_link.service["BaseEndpointDnsNames"]


def test_aws_services(link: Link) -> None:
    """V recorded in us-east-1 (Batfish's aws_configs); S3 in two types D privatelink-interface-endpoints.html"""
    describe = link.consumer.ec2.describe_vpc_endpoint_services
    found = {
        (one["ServiceName"].removeprefix("com.amazonaws.eu-central-1."), one["ServiceType"][0]["ServiceType"]): one
        for one in describe(Filters=filters(owner="amazon"))["ServiceDetails"]
    }
    assert {("s3", "Gateway"), ("s3", "Interface"), ("dynamodb", "Gateway")} <= set(found)
    for name, private, base in (
        ("ec2", "ec2.eu-central-1.amazonaws.com", "ec2.eu-central-1.vpce.amazonaws.com"),
        ("ecr.api", "api.ecr.eu-central-1.amazonaws.com", "api.ecr.eu-central-1.vpce.amazonaws.com"),
        ("ecr.dkr", "*.dkr.ecr.eu-central-1.amazonaws.com", "dkr.ecr.eu-central-1.vpce.amazonaws.com"),
        ("ecs-agent", "ecs-a.eu-central-1.amazonaws.com", "ecs-a.eu-central-1.vpce.amazonaws.com"),
        ("kinesis-streams", "kinesis.eu-central-1.amazonaws.com", "kinesis.eu-central-1.vpce.amazonaws.com"),
        (
            "sagemaker.runtime",
            "runtime.sagemaker.eu-central-1.amazonaws.com",
            "runtime.sagemaker.eu-central-1.vpce.amazonaws.com",
        ),
    ):
        service = found[name, "Interface"]
        assert (service["PrivateDnsName"], service["BaseEndpointDnsNames"]) == (private, [base])
        assert service["PrivateDnsNameVerificationState"] == "verified"
    gateway = found["s3", "Gateway"]
    assert gateway["BaseEndpointDnsNames"] == ["s3.eu-central-1.amazonaws.com"] and "PrivateDnsName" not in gateway
    assert refused(describe, ServiceNames=["com.amazonaws.eu-central-1.nothing"]) == ("InvalidServiceName", 400)


def test_filters_and_pages_of_services(open_link: Link) -> None:
    """D DescribeVpcEndpointServices"""
    ec2 = open_link.consumer.ec2
    assert names(ec2, Filters=filters(owner=HUB)) == [open_link.service_name]
    assert names(ec2, Filters=filters(service_name="*.s3", service_type="Gateway")) == ["com.amazonaws.eu-central-1.s3"]
    assert refused(ec2.describe_vpc_endpoint_services, Filters=filters(state="x"))[0] == "InvalidParameterValue"
    pages = ec2.get_paginator("describe_vpc_endpoint_services").paginate(PaginationConfig={"PageSize": 100})
    paged = [service["ServiceId"] for page in pages for service in page["ServiceDetails"]]
    assert paged == [one["ServiceId"] for one in ec2.describe_vpc_endpoint_services()["ServiceDetails"]]


# A connection from both sides


def test_pending_accepted_available(emulator: Emulator, open_link: Link) -> None:
    """P wait.go: pendingAcceptance; after accept pending, then available"""
    endpoint_id = open_link.apply()["VpcEndpointId"]
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint": 60_000}})
    assert open_link.accept(endpoint_id) == []
    assert open_link.endpoint(endpoint_id)["State"] == "pending"
    assert open_link.connections()[0]["VpcEndpointState"] == "pending"


def test_without_acceptance_it_is_available_at_once(open_link: Link) -> None:
    """D AcceptanceRequired false; created as pending P"""
    change = {"ServiceId": open_link.service_id, "AcceptanceRequired": False}
    open_link.provider.ec2.modify_vpc_endpoint_service_configuration(**change)
    endpoint = open_link.apply()
    assert endpoint["State"] == "pending"
    assert open_link.endpoint(endpoint["VpcEndpointId"])["State"] == "available"


def test_a_pending_one_is_rejected_for_good(open_link: Link) -> None:
    """D RejectVpcEndpointConnections; that a rejected one can't be accepted and the code InvalidState U"""
    endpoint_id = open_link.apply()["VpcEndpointId"]
    assert open_link.reject(endpoint_id) == []
    assert open_link.endpoint(endpoint_id)["State"] == "rejected"
    assert [item["Error"]["Code"] for item in open_link.accept(endpoint_id)] == ["InvalidState"]
    assert [item["Error"]["Code"] for item in open_link.reject(endpoint_id)] == ["InvalidState"]


def test_an_available_one_can_be_rejected(open_link: Link) -> None:
    """D configure-endpoint-service.html; V rebuy-de/aws-nuke#728"""
    endpoint_id = open_link.connected()
    assert open_link.endpoint(endpoint_id)["State"] == "available"
    assert open_link.reject(endpoint_id) == []
    assert open_link.endpoint(endpoint_id)["State"] == "rejected"
    assert open_link.connections()[0]["VpcEndpointState"] == "rejected"


def test_what_can_not_be_decided_is_told_beside_the_rest(open_link: Link) -> None:
    """D Unsuccessful, HTTP 200; codes U"""
    endpoint_id, unknown = open_link.apply()["VpcEndpointId"], "vpce-0123456789abcdef0"
    failed = open_link.accept(unknown, endpoint_id)
    assert [(item["ResourceId"], item["Error"]["Code"]) for item in failed] == [
        (unknown, "InvalidVpcEndpointId.NotFound")
    ]
    assert open_link.endpoint(endpoint_id)["State"] == "available"


def test_only_the_owner_of_the_service_decides(open_link: Link) -> None:
    """D AcceptVpcEndpointConnections: 'to your VPC endpoint service'"""
    endpoint_id = open_link.apply()["VpcEndpointId"]
    options = {"ServiceId": open_link.service_id, "VpcEndpointIds": [endpoint_id]}
    call = open_link.consumer.ec2.accept_vpc_endpoint_connections
    assert refused(call, **options) == ("InvalidVpcEndpointServiceId.NotFound", 400)
    assert open_link.consumer.ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"] == []
    assert open_link.provider.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_a_connection(open_link: Link) -> None:
    """D API_VpcEndpointConnection"""
    endpoint = open_link.apply()
    connection = open_link.connections()[0]
    assert connection["VpcEndpointConnectionId"].startswith("vpce-conn-")
    expected = {
        "ServiceId": open_link.service_id,
        "VpcEndpointId": endpoint["VpcEndpointId"],
        "VpcEndpointOwner": SPOKE,
        "VpcEndpointState": "pendingAcceptance",
        "NetworkLoadBalancerArns": [open_link.balancer_arn],
        "DnsEntries": endpoint["DnsEntries"],
        "IpAddressType": "ipv4",
        "VpcEndpointRegion": "eu-central-1",
        "CreationTimestamp": endpoint["CreationTimestamp"],
        "Tags": [],
    }
    assert {key: value for key, value in connection.items() if key != "VpcEndpointConnectionId"} == expected


def test_filters_and_pages_of_connections(emulator: Emulator, open_link: Link) -> None:
    """D DescribeVpcEndpointConnections"""
    open_link.permit(f"arn:aws:iam::{SPOKE_2}:root")
    third = side(emulator, SPOKE_2)
    first = open_link.connected()
    options = {"VpcEndpointType": "Interface", "VpcId": third.vpc_id, "ServiceName": open_link.service_name}
    second = third.ec2.create_vpc_endpoint(**options)["VpcEndpoint"]["VpcEndpointId"]
    ec2 = open_link.provider.ec2
    for wanted, expected in (
        ({"vpc_endpoint_owner": SPOKE_2}, [second]),
        ({"vpc_endpoint_state": "available"}, [first]),
        ({"vpc_endpoint_state": ["available", "pendingAcceptance"]}, [first, second]),
        ({"service_id": open_link.service_id, "vpc_endpoint_id": second}, [second]),
        ({"service_id": "vpce-svc-0123456789abcdef0"}, []),
    ):
        found = ec2.describe_vpc_endpoint_connections(Filters=filters(**wanted))["VpcEndpointConnections"]
        assert [one["VpcEndpointId"] for one in found] == expected
    assert refused(ec2.describe_vpc_endpoint_connections, Filters=filters(owner=SPOKE))[0] == "InvalidParameterValue"
    for _ in range(4):
        open_link.apply()
    pages = ec2.get_paginator("describe_vpc_endpoint_connections").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["VpcEndpointConnections"]) for page in pages] == [5, 1]


def test_a_deleted_endpoint_is_still_listed_for_its_provider(emulator: Emulator, open_link: Link) -> None:
    """P: terraform-provider-aws takes state deleted as gone; for how long it is listed U"""
    endpoint_id = open_link.connected()
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint": 60_000}})
    open_link.consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    assert open_link.connections()[0]["VpcEndpointState"] == "deleting"
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint": 0}})
    endpoint_id = open_link.connected()
    open_link.consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    states = {one["VpcEndpointId"]: one["VpcEndpointState"] for one in open_link.connections()}
    assert states[endpoint_id] == "deleted"
    assert open_link.accept(endpoint_id)[0]["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


def test_a_new_service_may_not_be_ready(emulator: Emulator, open_link: Link) -> None:
    """V https://github.com/aws/aws-sdk/issues/805: said to be Available, it answers 503"""
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint-service.unready": 60_000}})
    options = {"NetworkLoadBalancerArns": [open_link.balancer_arn]}
    made = open_link.provider.ec2.create_vpc_endpoint_service_configuration(**options)["ServiceConfiguration"]
    open_link.provider.ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=made["ServiceId"], AddAllowedPrincipals=[f"arn:aws:iam::{SPOKE}:root"]
    )
    assert made["ServiceState"] == "Available"
    assert refused(open_link.apply, ServiceName=made["ServiceName"]) == ("Unavailable", 503)


# Notifications


def test_notifications(open_link: Link) -> None:
    """D Create-, Describe-, Modify-, DeleteVpcEndpointConnectionNotification(s); code of an unknown id D, texts U"""
    ec2, topic = open_link.provider.ec2, f"arn:aws:sns:eu-central-1:{HUB}:connections"
    options = {"ServiceId": open_link.service_id, "ConnectionNotificationArn": topic}
    create = ec2.create_vpc_endpoint_connection_notification
    made = create(**options, ConnectionEvents=["Connect", "Delete"])["ConnectionNotification"]
    assert made["ConnectionNotificationState"] == "Enabled" and made["ConnectionNotificationType"] == "Topic"
    identity = {"ConnectionNotificationId": made["ConnectionNotificationId"]}
    ec2.modify_vpc_endpoint_connection_notification(**identity, ConnectionEvents=["Accept"])
    describe = ec2.describe_vpc_endpoint_connection_notifications
    found = describe(Filters=filters(service_id=open_link.service_id))["ConnectionNotificationSet"]
    assert found == [made | {"ConnectionEvents": ["Accept"]}]
    assert refused(create, **options, ConnectionEvents=["Sometimes"]) == ("InvalidParameter", 400)
    delete = ec2.delete_vpc_endpoint_connection_notifications
    ids = [made["ConnectionNotificationId"]]
    assert delete(ConnectionNotificationIds=ids)["Unsuccessful"] == []
    failed = delete(ConnectionNotificationIds=ids)["Unsuccessful"]
    assert [item["Error"]["Code"] for item in failed] == ["InvalidConnectionNotification"]
    assert refused(describe, **identity) == ("InvalidConnectionNotification", 400)
