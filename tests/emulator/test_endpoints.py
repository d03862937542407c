# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoints. V: seen on AWS; D: documented; P: terraform-provider-aws; U: not verified."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from emulator.ec2.models.endpoint_services import EndpointService
from tests.emulator.conftest import SPOKE, SPOKE_2, Emulator, error_of, filters, refused
from tests.emulator.endpoint_services import CIDR, Link, Side, linked, side

SSM, S3 = "com.amazonaws.eu-central-1.ssm", "com.amazonaws.eu-central-1.s3"
NAMED = "api.example.com"


@pytest.fixture
def link(emulator: Emulator) -> Link:
    """The consumer is permitted."""
    made = linked(emulator)
    made.permit_consumer()
    return made


@pytest.fixture
def consumer(emulator: Emulator) -> Side:
    return side(emulator, SPOKE)


@pytest.fixture
def with_dns(consumer: Side) -> Side:
    """Its VPC has both DNS attributes."""
    consumer.ec2.modify_vpc_attribute(VpcId=consumer.vpc_id, EnableDnsHostnames={"Value": True})
    return consumer


def create(consumer: Side, service: str = SSM, **options: Any) -> dict[str, Any]:
    parameters = {"VpcId": consumer.vpc_id, "ServiceName": service, "VpcEndpointType": "Interface"}
    return consumer.ec2.create_vpc_endpoint(**parameters | options)["VpcEndpoint"]


def refusal(consumer: Side, service: str = SSM, **options: Any) -> tuple[str, str]:
    parameters = {"VpcId": consumer.vpc_id, "ServiceName": service, "VpcEndpointType": "Interface"}
    return error_of(consumer.ec2.create_vpc_endpoint, **parameters | options)


def described(consumer: Side, endpoint_id: str) -> dict[str, Any]:
    return consumer.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]


def interfaces(consumer: Side, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    ids = endpoint["NetworkInterfaceIds"]
    return consumer.ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"] if ids else []


def default_group(consumer: Side) -> str:
    wanted = filters(vpc_id=consumer.vpc_id, group_name="default")
    return consumer.ec2.describe_security_groups(Filters=wanted)["SecurityGroups"][0]["GroupId"]


def test_its_interfaces_are_in_its_subnets(link: Link) -> None:
    """D create-interface-endpoint.html; V the interface's description, in-use: duo-labs/cloudmapper#365"""
    endpoint = link.apply(SubnetIds=link.consumer.subnet_ids[:2])
    found = interfaces(link.consumer, endpoint)
    assert endpoint["SubnetIds"] == link.consumer.subnet_ids[:2]
    assert {eni["SubnetId"] for eni in found} == set(endpoint["SubnetIds"])
    blocks = {subnet["SubnetId"]: ip_network(subnet["CidrBlock"]) for subnet in link.consumer.subnets}
    for eni in found:
        assert ip_address(eni["PrivateIpAddress"]) in blocks[eni["SubnetId"]]
        assert (eni["InterfaceType"], eni["RequesterManaged"], eni["Status"]) == ("vpc_endpoint", True, "in-use")
        assert eni["Description"] == f"VPC Endpoint Interface {endpoint['VpcEndpointId']}"


def test_overlapping_ranges_do_not_matter(link: Link) -> None:
    """D what-is-privatelink: both VPCs are 10.20.0.0/16"""
    for one in (link.provider, link.consumer):
        assert one.ec2.describe_vpcs(VpcIds=[one.vpc_id])["Vpcs"][0]["CidrBlock"] == CIDR
    assert link.endpoint(link.connected())["State"] == "available"


def test_dns_names(link: Link) -> None:
    """D privatelink-access-aws-services.html: a regional name, one for each AZ"""
    endpoint = link.apply(SubnetIds=link.consumer.subnet_ids[:2])
    names = [entry["DnsName"] for entry in endpoint["DnsEntries"]]
    base = f"{link.service_id}.eu-central-1.vpce.amazonaws.com"
    assert names[0].startswith(f"{endpoint['VpcEndpointId']}-") and names[0].endswith(f".{base}")
    zones = sorted(subnet["AvailabilityZone"] for subnet in link.consumer.subnets[:2])
    label = names[0].split(".")[0]
    assert names[1:] == [f"{label}-{zone}.{base}" for zone in zones]
    assert all(entry["HostedZoneId"] for entry in endpoint["DnsEntries"])


def test_a_zone_that_the_service_has_not(link: Link) -> None:
    """V https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/785"""
    third = link.consumer.subnet_ids[2]
    options = {"VpcId": link.consumer.vpc_id, "VpcEndpointType": "Interface", "ServiceName": link.service_name}
    assert error_of(link.consumer.ec2.create_vpc_endpoint, **options, SubnetIds=[third]) == (
        "InvalidParameter",
        f"The VPC endpoint service {link.service_name} does not support the availability zone of the subnet: {third}.",
    )


def test_one_subnet_for_each_zone(consumer: Side) -> None:
    """V https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/583"""
    first = consumer.subnets[0]
    options = {"VpcId": consumer.vpc_id, "CidrBlock": "10.20.9.0/24", "AvailabilityZoneId": first["AvailabilityZoneId"]}
    twin = consumer.ec2.create_subnet(**options)["Subnet"]["SubnetId"]
    expected = (
        "DuplicateSubnetsInSameZone",
        f"Found another VPC endpoint subnet in the availability zone of {twin}. VPC endpoint subnets should be in "
        "different availability zones supported by the VPC endpoint service.",
    )
    off = {"PrivateDnsEnabled": False}
    assert refusal(consumer, SubnetIds=[first["SubnetId"], twin], **off) == expected
    endpoint_id = create(consumer, SubnetIds=[first["SubnetId"]], **off)["VpcEndpointId"]
    call = consumer.ec2.modify_vpc_endpoint
    assert error_of(call, VpcEndpointId=endpoint_id, AddSubnetIds=[twin]) == expected
    call(VpcEndpointId=endpoint_id, AddSubnetIds=[twin], RemoveSubnetIds=[first["SubnetId"]])
    assert described(consumer, endpoint_id)["SubnetIds"] == [twin]


def test_types_must_fit(consumer: Side, link: Link) -> None:
    """V hashicorp/terraform#24478, nanlabs/terraform-aws-starter#18; Gateway is the default D"""
    no_gateway = ("InvalidParameter", "Endpoint type (Gateway) does not match available service types ([Interface]).")
    assert refusal(consumer, VpcEndpointType="Gateway") == no_gateway
    options = {"VpcId": link.consumer.vpc_id, "ServiceName": link.service_name}
    assert error_of(link.consumer.ec2.create_vpc_endpoint, **options) == no_gateway
    assert refusal(consumer, S3, VpcEndpointType="Gateway", SubnetIds=consumer.subnet_ids[:1]) == (
        "InvalidParameter",
        "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.",
    )


def test_what_is_not_there(consumer: Side) -> None:
    """D error codes"""
    off = {"PrivateDnsEnabled": False}
    assert refusal(consumer, VpcId="vpc-0123456789abcdef0", **off)[0] == "InvalidVpcID.NotFound"
    assert refusal(consumer, SubnetIds=["subnet-0123456789abcdef0"], **off)[0] == "InvalidSubnetID.NotFound"
    assert refusal(consumer, SecurityGroupIds=["sg-0123456789abcdef0"], **off)[0] == "InvalidGroup.NotFound"
    wanted = {"VpcEndpointIds": ["vpce-0123456789abcdef0"]}
    expected = ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id 'vpce-0123456789abcdef0' does not exist")
    assert error_of(consumer.ec2.describe_vpc_endpoints, **wanted) == expected
    failed = consumer.ec2.delete_vpc_endpoints(**wanted)["Unsuccessful"]
    # terraform-provider-aws, resourceVPCEndpointDelete, expects this code.
    assert [(item["ResourceId"], item["Error"]["Code"]) for item in failed] == [
        (*wanted["VpcEndpointIds"], "InvalidVpcEndpoint.NotFound")
    ]
    assert consumer.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_security_groups(consumer: Side) -> None:
    """D CreateVpcEndpoint: the VPC's default group unless given; ModifyVpcEndpoint. That one must stay: text V
    terraform-aws-modules/terraform-aws-vpc#575"""
    ec2, default = consumer.ec2, default_group(consumer)
    endpoint = create(consumer, SubnetIds=consumer.subnet_ids[:1], PrivateDnsEnabled=False)
    assert endpoint["Groups"] == [{"GroupId": default, "GroupName": "default"}]
    own = ec2.create_security_group(GroupName="endpoint", Description="x", VpcId=consumer.vpc_id)["GroupId"]
    change = {"VpcEndpointId": endpoint["VpcEndpointId"], "RemoveSecurityGroupIds": [default]}
    assert error_of(ec2.modify_vpc_endpoint, **change)[1] == (
        "An Interface VPC Endpoint must always have at least one Security Group"
    )
    ec2.modify_vpc_endpoint(**change, AddSecurityGroupIds=[own])
    endpoint = described(consumer, endpoint["VpcEndpointId"])
    assert [group["GroupId"] for group in endpoint["Groups"]] == [own]
    assert [[group["GroupId"] for group in eni["Groups"]] for eni in interfaces(consumer, endpoint)] == [[own]]
    assert refused(ec2.delete_security_group, GroupId=own) == ("DependencyViolation", 400)


# Private DNS


def test_private_dns_needs_both_attributes_of_the_vpc(consumer: Side) -> None:
    """V quoted by docs.aws.amazon.com/guardduty (troubleshooting Runtime Monitoring)"""
    expected = (
        "InvalidParameter",
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
        f"{consumer.vpc_id}",
    )
    assert refusal(consumer, PrivateDnsEnabled=True) == expected
    assert create(consumer, PrivateDnsEnabled=False)["PrivateDnsEnabled"] is False


def test_private_dns_is_on_unless_it_is_said(with_dns: Side) -> None:
    """V https://github.com/hashicorp/terraform-provider-aws/issues/37694"""
    endpoint = create(with_dns)
    assert endpoint["PrivateDnsEnabled"] is True
    assert "ssm.eu-central-1.amazonaws.com" in [entry["DnsName"] for entry in endpoint["DnsEntries"]]


def test_one_endpoint_answers_a_name(with_dns: Side) -> None:
    """V https://github.com/hashicorp/terraform-provider-aws/issues/17535"""
    first = create(with_dns)
    expected = (
        "InvalidParameter",
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
        f"ssm.eu-central-1.amazonaws.com in the VPC {with_dns.vpc_id}",
    )
    assert refusal(with_dns) == expected
    second = create(with_dns, PrivateDnsEnabled=False)["VpcEndpointId"]
    switch = {"VpcEndpointId": second, "PrivateDnsEnabled": True}
    assert error_of(with_dns.ec2.modify_vpc_endpoint, **switch) == expected
    with_dns.ec2.modify_vpc_endpoint(VpcEndpointId=first["VpcEndpointId"], PrivateDnsEnabled=False)
    with_dns.ec2.modify_vpc_endpoint(**switch)
    assert described(with_dns, second)["PrivateDnsEnabled"] is True


def test_a_private_zone_conflicts_both_ways(with_dns: Side, client: Callable[..., Any]) -> None:
    """V https://github.com/hashicorp/terraform-provider-aws/issues/37783, 17535"""
    route53, vpc = client(SPOKE, "route53"), {"VPCId": with_dns.vpc_id, "VPCRegion": "eu-central-1"}
    zone = {"Name": "ssm.eu-central-1.amazonaws.com", "VPC": vpc}
    made = route53.create_hosted_zone(**zone, CallerReference="one")["HostedZone"]["Id"]
    assert refusal(with_dns)[0] == "InvalidParameter"
    route53.delete_hosted_zone(Id=made)
    create(with_dns)
    assert refused(route53.create_hosted_zone, **zone, CallerReference="two") == ("ConflictingDomainExists", 400)
    owners = [summary["Owner"] for summary in route53.list_hosted_zones_by_vpc(**vpc)["HostedZoneSummaries"]]
    assert owners == [{"OwningService": "vpce.amazonaws.com"}]


def test_a_service_without_a_name_of_its_own(link: Link) -> None:
    """V https://github.com/eksctl-io/eksctl/issues/3214; refused before it is verified, too: D, the text U"""
    ec2 = link.provider.ec2
    expected = (
        "InvalidParameter",
        f"Private DNS can't be enabled because the service {link.service_name} does not provide a private DNS name.",
    )
    link.consumer.ec2.modify_vpc_attribute(VpcId=link.consumer.vpc_id, EnableDnsHostnames={"Value": True})
    named = {"ServiceId": link.service_id, "PrivateDnsName": NAMED}
    for change in (None, named):
        if change:
            ec2.modify_vpc_endpoint_service_configuration(**change)
        assert refusal(link.consumer, link.service_name, PrivateDnsEnabled=True) == expected
    assert link.apply()["PrivateDnsEnabled"] is False


def test_a_verified_name_is_used_by_the_consumer(link: Link, client: Callable[..., Any]) -> None:
    """D manage-dns-names.html"""
    ec2 = link.provider.ec2
    ec2.modify_vpc_endpoint_service_configuration(ServiceId=link.service_id, PrivateDnsName=NAMED)
    describe = ec2.describe_vpc_endpoint_service_configurations
    found = describe(ServiceIds=[link.service_id])["ServiceConfigurations"][0]["PrivateDnsNameConfiguration"]
    route53 = client(SPOKE_2, "route53")
    zone_id = route53.create_hosted_zone(Name="example.com", CallerReference="x")["HostedZone"]["Id"]
    values = [{"Value": f'"{found["Value"]}"'}]
    wanted = {"Name": f"{found['Name']}.{NAMED}", "Type": "TXT", "TTL": 60, "ResourceRecords": values}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": wanted}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)
    ec2.start_vpc_endpoint_service_private_dns_verification(ServiceId=link.service_id)
    link.consumer.ec2.modify_vpc_attribute(VpcId=link.consumer.vpc_id, EnableDnsHostnames={"Value": True})
    endpoint_id = link.apply(PrivateDnsEnabled=True)["VpcEndpointId"]
    link.accept(endpoint_id)
    endpoint = link.endpoint(endpoint_id)
    assert endpoint["PrivateDnsEnabled"] is True
    assert endpoint["DnsEntries"][-1]["DnsName"] == NAMED
    seen = link.consumer.ec2.describe_vpc_endpoint_services(ServiceNames=[link.service_name])["ServiceDetails"][0]
    assert (seen["PrivateDnsName"], seen["PrivateDnsNameVerificationState"]) == (NAMED, "verified")


def test_s3_for_resolver_endpoints_only_needs_a_gateway_endpoint(with_dns: Side) -> None:
    """V https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/982"""
    options = {"DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}, "PrivateDnsEnabled": True}
    assert refusal(with_dns, S3, **options) == (
        "InvalidParameter",
        f"To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {with_dns.vpc_id} must have a Gateway "
        "endpoint for the service.",
    )
    create(with_dns, S3, VpcEndpointType="Gateway")
    assert create(with_dns, S3, **options)["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"] is True


def test_an_alias_to_an_endpoint(link: Link, client: Callable[..., Any]) -> None:
    """D ChangeResourceRecordSets, AliasTarget: 'Interface VPC endpoint': DnsEntries; texts of refusals U"""
    route53, vpc = client(SPOKE, "route53"), {"VPCId": link.consumer.vpc_id, "VPCRegion": "eu-central-1"}
    zone_id = route53.create_hosted_zone(Name=NAMED, VPC=vpc, CallerReference="x")["HostedZone"]["Id"]
    entry = link.apply()["DnsEntries"][0]

    def batch(target: dict[str, Any]) -> dict[str, Any]:
        wanted = {"Name": NAMED, "Type": "A", "AliasTarget": target | {"EvaluateTargetHealth": False}}
        return {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": wanted}]}

    alias = {"DNSName": entry["DnsName"], "HostedZoneId": entry["HostedZoneId"]}
    for wrong in ({"HostedZoneId": "Z0000000000000"}, {"DNSName": entry["DnsName"].replace("vpce-", "vpce-0", 1)}):
        call = route53.change_resource_record_sets
        assert refused(call, HostedZoneId=zone_id, ChangeBatch=batch(alias | wrong)) == ("InvalidChangeBatch", 400)
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch(alias))
    found = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    targets = [record["AliasTarget"] for record in found if record["Type"] == "A"]
    assert targets == [alias | {"DNSName": f"{entry['DnsName']}.", "EvaluateTargetHealth": False}]


# Gateway endpoints


def test_a_gateway_endpoint_adds_routes(consumer: Side) -> None:
    """D gateway-endpoints.html; the route's shape V recorded (Batfish's aws_configs)"""
    ec2 = consumer.ec2
    table_id = ec2.create_route_table(VpcId=consumer.vpc_id)["RouteTable"]["RouteTableId"]
    endpoint = create(consumer, S3, VpcEndpointType="Gateway", RouteTableIds=[table_id])
    lists = ec2.describe_managed_prefix_lists(Filters=filters(prefix_list_name=S3))["PrefixLists"]
    expected = {
        "DestinationPrefixListId": lists[0]["PrefixListId"],
        "GatewayId": endpoint["VpcEndpointId"],
        "Origin": "CreateRoute",
        "State": "active",
    }

    def routes() -> list[dict[str, Any]]:
        found = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]
        return [route for route in found if "DestinationPrefixListId" in route]

    assert routes() == [expected]
    assert (endpoint["State"], endpoint["PrivateDnsEnabled"], endpoint["DnsEntries"]) == ("available", False, [])
    assert endpoint["RouteTableIds"] == [table_id]
    # eksctl-io/eksctl#2510
    assert refusal(consumer, S3, VpcEndpointType="Gateway", RouteTableIds=[table_id]) == (
        "RouteAlreadyExists",
        f"route table {table_id} already has a route with destination-prefix-list-id {lists[0]['PrefixListId']}",
    )
    identity = {"VpcEndpointId": endpoint["VpcEndpointId"]}
    ec2.modify_vpc_endpoint(**identity, RemoveRouteTableIds=[table_id])
    assert routes() == [] and described(consumer, endpoint["VpcEndpointId"])["RouteTableIds"] == []
    ec2.modify_vpc_endpoint(**identity, AddRouteTableIds=[table_id])
    assert routes() == [expected]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    assert routes() == []


def test_its_table_may_be_gone(consumer: Side) -> None:
    """DeleteVpcEndpoints does not depend on the tables that were given; a table with only that route can go (U)"""
    ec2 = consumer.ec2
    table_id = ec2.create_route_table(VpcId=consumer.vpc_id)["RouteTable"]["RouteTableId"]
    endpoint = create(consumer, S3, VpcEndpointType="Gateway", RouteTableIds=[table_id])
    ec2.delete_route_table(RouteTableId=table_id)
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["Unsuccessful"] == []


def test_policies(consumer: Side) -> None:
    """D CreateVpcEndpoint: a default policy; ResetPolicy; not JSON is refused (code V InvalidPolicyDocument)"""
    endpoint = create(consumer, S3, VpcEndpointType="Gateway")
    default = endpoint["PolicyDocument"]
    assert '"Action": "*"' in default
    identity = {"VpcEndpointId": endpoint["VpcEndpointId"]}
    own = '{"Version": "2012-10-17", "Statement": []}'
    consumer.ec2.modify_vpc_endpoint(**identity, PolicyDocument=own)
    assert described(consumer, endpoint["VpcEndpointId"])["PolicyDocument"] == own
    call = consumer.ec2.modify_vpc_endpoint
    assert refused(call, **identity, PolicyDocument="{") == ("InvalidPolicyDocument", 400)
    call(**identity, ResetPolicy=True)
    assert described(consumer, endpoint["VpcEndpointId"])["PolicyDocument"] == default


# Life


def test_pending_then_available(emulator: Emulator, consumer: Side) -> None:
    """P wait.go; created as pending V"""
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint": 60_000}})
    endpoint = create(consumer, PrivateDnsEnabled=False)
    assert endpoint["State"] == "pending"
    assert described(consumer, endpoint["VpcEndpointId"])["State"] == "pending"


def test_deleting_then_gone(emulator: Emulator, link: Link) -> None:
    """P wait.go: deleting, then InvalidVpcEndpointId.NotFound; its interfaces go with it D DeleteVpcEndpoints"""
    endpoint_id, ec2 = link.connected(), link.consumer.ec2
    wanted = filters(description=f"VPC Endpoint Interface {endpoint_id}")
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint": 60_000}})
    other = link.apply(SubnetIds=link.consumer.subnet_ids[1:2])["VpcEndpointId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[other])
    assert link.endpoint(other)["State"] == "deleting"
    assert refused(ec2.delete_subnet, SubnetId=link.consumer.subnet_ids[1])[0] == "DependencyViolation"
    emulator.control("POST", "settings", {"transition": {"vpc-endpoint": 0}})
    assert len(ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]) == 1
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    assert refused(link.endpoint, endpoint_id=endpoint_id) == ("InvalidVpcEndpointId.NotFound", 400)
    assert ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"] == []
    ec2.delete_subnet(SubnetId=link.consumer.subnet_ids[0])


def test_subnets_are_added_and_removed(consumer: Side) -> None:
    """D ModifyVpcEndpoint"""
    first, second, third = consumer.subnet_ids
    endpoint_id = create(consumer, SubnetIds=[first, second], PrivateDnsEnabled=False)["VpcEndpointId"]
    change = {"AddSubnetIds": [third], "RemoveSubnetIds": [first]}
    consumer.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, **change)
    endpoint = described(consumer, endpoint_id)
    assert endpoint["SubnetIds"] == [second, third]
    assert {eni["SubnetId"] for eni in interfaces(consumer, endpoint)} == {second, third}
    consumer.ec2.delete_subnet(SubnetId=first)


def test_a_refused_change_changes_nothing(consumer: Side) -> None:
    endpoint_id = create(consumer, SubnetIds=consumer.subnet_ids[:1], PrivateDnsEnabled=False)["VpcEndpointId"]
    before = described(consumer, endpoint_id)
    change = {"AddSubnetIds": consumer.subnet_ids[1:2], "PrivateDnsEnabled": True, "PolicyDocument": "{}"}
    refused(consumer.ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, **change)
    assert described(consumer, endpoint_id) == before


def test_client_token_tags_filters_pages(consumer: Side) -> None:
    """D ec2-api-idempotency.html; DescribeVpcEndpoints"""
    ec2, options = consumer.ec2, {"PrivateDnsEnabled": False, "ClientToken": "once"}
    first, again = (create(consumer, **options)["VpcEndpointId"] for _ in range(2))
    assert first == again
    tags = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Name", "Value": "s3"}]}]
    second = create(consumer, S3, VpcEndpointType="Gateway", TagSpecifications=tags)["VpcEndpointId"]
    for wanted, expected in (
        ({"service_name": SSM}, [first]),
        ({"vpc_endpoint_type": "Gateway"}, [second]),
        ({"vpc_endpoint_state": "available"}, [first, second]),
        ({"vpc_endpoint_id": second}, [second]),
        ({"tag_key": "Name"}, [second]),
        ({"vpc_id": "vpc-0123456789abcdef0"}, []),
    ):
        found = ec2.describe_vpc_endpoints(Filters=filters(**wanted))["VpcEndpoints"]
        assert [endpoint["VpcEndpointId"] for endpoint in found] == expected
    assert refused(ec2.describe_vpc_endpoints, Filters=filters(state="available")) == ("InvalidParameterValue", 400)
    ec2.create_tags(Resources=[first], Tags=[{"Key": "Name", "Value": "ssm"}])
    assert described(consumer, first)["Tags"] == [{"Key": "Name", "Value": "ssm"}]
    for _ in range(4):
        create(consumer, PrivateDnsEnabled=False)
    pages = ec2.get_paginator("describe_vpc_endpoints").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["VpcEndpoints"]) for page in pages] == [5, 1]


def test_other_accounts_do_not_see_it(consumer: Side, client: Callable[..., Any]) -> None:
    endpoint_id = create(consumer, PrivateDnsEnabled=False)["VpcEndpointId"]
    other = client(SPOKE_2, "ec2")
    assert refused(other.describe_vpc_endpoints, VpcEndpointIds=[endpoint_id])[0] == "InvalidVpcEndpointId.NotFound"
    failed = other.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])["Unsuccessful"]
    # terraform-provider-aws, resourceVPCEndpointDelete, expects this code.
    assert [item["Error"]["Code"] for item in failed] == ["InvalidVpcEndpoint.NotFound"]


def test_it_can_be_seen_late(emulator: Emulator, consumer: Side) -> None:
    """D eventual-consistency.html"""
    emulator.control("POST", "settings", {"lag": 60_000})
    endpoint_id = create(consumer, PrivateDnsEnabled=False)["VpcEndpointId"]
    assert refused(described, consumer=consumer, endpoint_id=endpoint_id)[0] == "InvalidVpcEndpointId.NotFound"
    emulator.control("POST", "settings", {"lag": 0})
    assert described(consumer, endpoint_id)["VpcEndpointId"] == endpoint_id


def test_a_gateway_load_balancer_endpoint(link: Link) -> None:
    """D CreateVpcEndpoint: one subnet; manage-dns-names.html: no private DNS names; codes U"""
    provider = link.provider
    options = {"Name": "gwlb", "Type": "gateway", "Subnets": provider.subnet_ids}
    arn = link.elbv2.create_load_balancer(**options)["LoadBalancers"][0]["LoadBalancerArn"]
    make = provider.ec2.create_vpc_endpoint_service_configuration
    assert refused(make, GatewayLoadBalancerArns=[arn], PrivateDnsName=NAMED) == ("InvalidParameter", 400)
    service = make(GatewayLoadBalancerArns=[arn], AcceptanceRequired=False)["ServiceConfiguration"]
    provider.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service["ServiceId"], AddAllowedPrincipals=["*"])
    parameters = {"ServiceName": service["ServiceName"], "VpcEndpointType": "GatewayLoadBalancer"}
    both = link.consumer.subnet_ids[:2]
    call = link.consumer.ec2.create_vpc_endpoint
    assert refused(call, VpcId=link.consumer.vpc_id, SubnetIds=both, **parameters) == ("InvalidParameter", 400)
    endpoint = link.apply(SubnetIds=both[:1], **parameters)
    assert endpoint["DnsEntries"] == [] and endpoint["Groups"] == []
    assert interfaces(link.consumer, endpoint)[0]["InterfaceType"] == "gateway_load_balancer_endpoint"


def test_gateway_load_balancer_endpoint_with_a_route(link: Link) -> None:
    """D DeleteVpcEndpoints: "You can only delete Gateway Load Balancer endpoints when the routes that are associated
    with the endpoint are deleted"; Route: blackhole when the target isn't available; codes U"""
    provider, consumer = link.provider, link.consumer
    options = {"Name": "gwlb", "Type": "gateway", "Subnets": provider.subnet_ids}
    arn = link.elbv2.create_load_balancer(**options)["LoadBalancers"][0]["LoadBalancerArn"]
    make = provider.ec2.create_vpc_endpoint_service_configuration
    service = make(GatewayLoadBalancerArns=[arn], AcceptanceRequired=False)["ServiceConfiguration"]
    of_service = {"ServiceId": service["ServiceId"]}
    provider.ec2.modify_vpc_endpoint_service_permissions(**of_service, AddAllowedPrincipals=["*"])
    parameters = {"ServiceName": service["ServiceName"], "VpcEndpointType": "GatewayLoadBalancer"}
    endpoint_id = link.apply(SubnetIds=consumer.subnet_ids[:1], **parameters)["VpcEndpointId"]
    table = consumer.ec2.create_route_table(VpcId=consumer.vpc_id)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    consumer.ec2.create_route(**route, VpcEndpointId=endpoint_id)

    def last() -> tuple[str, str]:
        shown = consumer.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"][-1]
        return shown["GatewayId"], shown["State"]

    assert last() == (endpoint_id, "active")
    failed = consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])["Unsuccessful"]
    assert failed[0]["Error"]["Code"] == "InvalidParameter"
    provider.ec2.reject_vpc_endpoint_connections(**of_service, VpcEndpointIds=[endpoint_id])
    assert last() == (endpoint_id, "blackhole")
    consumer.ec2.delete_route(**route)
    assert consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])["Unsuccessful"] == []


def test_fifty_interface_endpoints_of_a_vpc(ec2, vpc_id, subnet_id):
    """https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html; VpcEndpointLimitExceeded:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
    ssm = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-central-1.ssm", "PrivateDnsEnabled": False}
    for _ in range(50):
        ec2.create_vpc_endpoint(VpcId=vpc_id, SubnetIds=[subnet_id], **ssm)
    refusal = refused(ec2.create_vpc_endpoint, VpcId=vpc_id, SubnetIds=[subnet_id], **ssm)
    assert refusal == ("VpcEndpointLimitExceeded", 400)
    s3 = {"VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.eu-central-1.s3"}
    ec2.create_vpc_endpoint(VpcId=vpc_id, **s3)


def test_a_service_of_another_region_is_found_and_connected_where_it_supports_this_one(
    emulator: Emulator, link: Link
) -> None:
    """D DescribeVpcEndpointServices (ServiceRegions), CreateVpcEndpoint (ServiceRegion); that the region must be named,
    P https://github.com/cloud-custodian/cloud-custodian/pull/10918; no AZs, P hashicorp/terraform-provider-aws#44186
    """
    link.permit_consumer()
    elsewhere = emulator.client(SPOKE, "ec2", "eu-west-1")
    vpc_id = elsewhere.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet_id = elsewhere.create_subnet(VpcId=vpc_id, CidrBlock="10.20.0.0/24")["Subnet"]["SubnetId"]
    home = {"ServiceRegions": ["eu-central-1"], "ServiceNames": [link.service_name]}
    wanted = {"VpcId": vpc_id, "VpcEndpointType": "Interface", "ServiceName": link.service_name}
    wanted |= {"SubnetIds": [subnet_id], "ServiceRegion": "eu-central-1"}
    assert refused(elsewhere.describe_vpc_endpoint_services, **home)[0] == "InvalidServiceName"
    assert refused(elsewhere.create_vpc_endpoint, **wanted)[0] == "InvalidServiceName"
    link.provider.ec2.modify_vpc_endpoint_service_configuration(
        ServiceId=link.service_id, AddSupportedRegions=["eu-west-1"]
    )
    assert (
        refused(elsewhere.describe_vpc_endpoint_services, ServiceNames=[link.service_name])[0] == "InvalidServiceName"
    )

    (offered,) = elsewhere.describe_vpc_endpoint_services(**home)["ServiceDetails"]
    made = elsewhere.create_vpc_endpoint(**wanted)["VpcEndpoint"]

    assert (offered["ServiceRegion"], offered["AvailabilityZoneIds"]) == ("eu-central-1", [])
    assert (made["ServiceRegion"], made["State"]) == ("eu-central-1", "pendingAcceptance")
    assert [entry["DnsName"].partition(".")[2] for entry in made["DnsEntries"]] == [
        f"{link.service_id}.eu-central-1.vpce.amazonaws.com"
    ]
    (connection,) = link.connections()
    assert (connection["VpcEndpointRegion"], connection["VpcEndpointOwner"]) == ("eu-west-1", SPOKE)
    assert link.accept(made["VpcEndpointId"]) == []


@pytest.mark.parametrize(
    ("region", "prefix"),
    [("cn-north-1", "cn.com.amazonaws"), ("us-gov-west-1", "com.amazonaws"), ("eusc-de-east-1", "eu.amazonaws")],
)
def test_names_of_services_begin_with_the_reversed_suffix_of_the_partition(region: str, prefix: str) -> None:
    """P VPC_ENDPOINT_SERVICE_NAME_PREFIX of aws-cdk's region-info; cn: V docs.emqx.com, cluster/privatelink"""
    service = EndpointService("555555555555", region, [], gateway=False)
    assert service.name == f"{prefix}.vpce.{region}.{service.id}"
