# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What objects leave behind: each takes interfaces and addresses, and gives all of them back.

D: a page of AWS's documentation; Q: as users quote AWS's answer; U: not verified.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import HUB, SPOKE, Emulator, error_of, free, interfaces, refused


@pytest.fixture
def group_id(ec2: Any, vpc_id: str) -> str:
    return ec2.create_security_group(GroupName="own", Description="own", VpcId=vpc_id)["GroupId"]


# Services


def endpoint(client: Callable[..., Any], subnet: dict[str, Any], group_id: str) -> Callable[[], Any]:
    ec2 = client(SPOKE, "ec2")
    options = {"VpcId": subnet["VpcId"], "SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": [group_id]}
    made = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface", ServiceName="com.amazonaws.eu-central-1.ssm", PrivateDnsEnabled=False, **options
    )["VpcEndpoint"]["VpcEndpointId"]
    return lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[made])


def nat(client: Callable[..., Any], subnet: dict[str, Any], group_id: str) -> Callable[[], Any]:
    ec2 = client(SPOKE, "ec2")
    made = ec2.create_nat_gateway(SubnetId=subnet["SubnetId"], ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    return lambda: ec2.delete_nat_gateway(NatGatewayId=made)


def attachment(client: Callable[..., Any], subnet: dict[str, Any], group_id: str) -> Callable[[], Any]:
    ec2 = client(SPOKE, "ec2")
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway, VpcId=subnet["VpcId"], SubnetIds=[subnet["SubnetId"]]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    return lambda: ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=made)


def balancer(client: Callable[..., Any], subnet: dict[str, Any], group_id: str) -> Callable[[], Any]:
    elbv2 = client(SPOKE, "elbv2")
    made = elbv2.create_load_balancer(
        Name="nlb", Type="network", Scheme="internal", Subnets=[subnet["SubnetId"]], SecurityGroups=[group_id]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    return lambda: elbv2.delete_load_balancer(LoadBalancerArn=made)


def resolver(client: Callable[..., Any], subnet: dict[str, Any], group_id: str) -> Callable[[], Any]:
    route53resolver = client(SPOKE, "route53resolver")
    made = route53resolver.create_resolver_endpoint(
        CreatorRequestId="1",
        Name="in",
        Direction="INBOUND",
        SecurityGroupIds=[group_id],
        IpAddresses=[{"SubnetId": subnet["SubnetId"]}, {"SubnetId": subnet["SubnetId"]}],
    )["ResolverEndpoint"]["Id"]
    return lambda: route53resolver.delete_resolver_endpoint(ResolverEndpointId=made)


def firewall(client: Callable[..., Any], subnet: dict[str, Any], group_id: str) -> Callable[[], Any]:
    network_firewall = client(SPOKE, "network-firewall")
    policy = {name: ["aws:pass"] for name in ("StatelessDefaultActions", "StatelessFragmentDefaultActions")}
    arn = network_firewall.create_firewall_policy(FirewallPolicyName="p", FirewallPolicy=policy)
    network_firewall.create_firewall(
        FirewallName="f",
        FirewallPolicyArn=arn["FirewallPolicyResponse"]["FirewallPolicyArn"],
        VpcId=subnet["VpcId"],
        SubnetMappings=[{"SubnetId": subnet["SubnetId"]}],
        DeleteProtection=False,
    )
    return lambda: network_firewall.delete_firewall(FirewallName="f")


# Maker -> (number of interfaces, type, beginning of the description, whether it has the group)
SERVICES = {
    endpoint: (1, "vpc_endpoint", "VPC Endpoint Interface vpce-", True),
    nat: (1, "nat_gateway", "Interface for NAT Gateway nat-", False),
    attachment: (1, "transit_gateway", "Network Interface for Transit Gateway Attachment tgw-attach-", False),
    balancer: (1, "network_load_balancer", "ELB net/nlb/", True),
    firewall: (1, "gateway_load_balancer_endpoint", "VPC Endpoint Interface vpce-", False),
    resolver: (2, "interface", "Route 53 Resolver: rslvr-in-", True),
}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.__name__)
def test_service(
    client: Callable[..., Any], ec2: Any, subnet_id: str, group_id: str, service: Callable[..., Any]
) -> None:
    """Each service's interfaces: theirs alone, in use, and none once the service's object is deleted.

    D requester-managed-eni.html; descriptions: D the services' pages, Q aws-cloudformation/cloudformation-coverage-
    roadmap#2483; detachment Q terraform-provider-aws, waitForNLBNetworkInterfacesToDetach; AuthFailure Q.
    """
    number, kind, description, grouped = SERVICES[service]
    (subnet,) = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    delete = service(client, subnet, group_id)
    found = interfaces(ec2, subnet_id)
    assert len(found) == number and free(ec2, subnet_id) == 251 - number
    for one in found:
        assert (one["InterfaceType"], one["Status"], one["RequesterManaged"]) == (kind, "in-use", True)
        assert one["Description"].startswith(description)
        assert [group["GroupId"] for group in one["Groups"]] == ([group_id] if grouped else [])
        assert one["Attachment"]["InstanceOwnerId"] == "amazon-aws" and "InstanceId" not in one["Attachment"]
        id_ = {"NetworkInterfaceId": one["NetworkInterfaceId"]}
        text = f"Network interface '{one['NetworkInterfaceId']}' is currently in use."
        assert error_of(ec2.delete_network_interface, **id_) == ("InvalidParameterValue", text)
        text = "You are not allowed to manage 'ela-attach' attachments."
        attached = one["Attachment"]["AttachmentId"]
        assert error_of(ec2.detach_network_interface, AttachmentId=attached) == ("OperationNotPermitted", text)
        assert refused(ec2.modify_network_interface_attribute, **id_, Groups=[group_id])[0] == "AuthFailure"
        assert refused(ec2.assign_private_ip_addresses, **id_, SecondaryPrivateIpAddressCount=1)[0] == "AuthFailure"
    text = f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
    assert error_of(ec2.delete_subnet, SubnetId=subnet_id) == ("DependencyViolation", text)
    if grouped:
        assert refused(ec2.delete_security_group, GroupId=group_id) == ("DependencyViolation", 400)
    delete()
    assert free(ec2, subnet_id) == 251 and interfaces(ec2, subnet_id) == []
    ec2.delete_security_group(GroupId=group_id)
    ec2.delete_subnet(SubnetId=subnet_id)


def test_attachment_of_a_transit_gateway(emulator: Emulator, client: Callable[..., Any], ec2: Any, vpc_id: str) -> None:
    """D tgw-vpc-attachments.html: an address of each subnet. Q AviatrixSystems/Docs#282: none is free"""
    emulator.control("POST", "settings", {"transition": {"transit-gateway-attachment.deleting": 100}})
    ids = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.1.{n}.0/28", AvailabilityZone=f"eu-central-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    create = {"TransitGatewayId": gateway, "VpcId": vpc_id}
    for _ in range(11):
        ec2.create_network_interface(SubnetId=ids[1])
    full = ("InsufficientFreeAddressesInSubnet", "Insufficient Free IP Addresses in subnet.")
    assert error_of(ec2.create_transit_gateway_vpc_attachment, **create, SubnetIds=ids) == full
    made = ec2.create_transit_gateway_vpc_attachment(**create, SubnetIds=ids[:1])
    id_ = {"TransitGatewayAttachmentId": made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]}
    assert free(ec2, ids[0]) == 10
    assert error_of(ec2.modify_transit_gateway_vpc_attachment, **id_, AddSubnetIds=[ids[1]]) == full
    ec2.delete_network_interface(NetworkInterfaceId=interfaces(ec2, ids[1])[0]["NetworkInterfaceId"])
    ec2.modify_transit_gateway_vpc_attachment(**id_, AddSubnetIds=[ids[1]], RemoveSubnetIds=[ids[0]])
    assert [free(ec2, one) for one in ids] == [11, 0]
    ec2.delete_transit_gateway_vpc_attachment(**id_)
    assert free(ec2, ids[1]) == 0  # deleting
    while ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"][0]["State"] != "deleted":
        pass
    assert free(ec2, ids[1]) == 1


def test_shared_attachment_waits_for_its_interface(
    client: Callable[..., Any], ec2: Any, vpc_id: str, subnet_id: str
) -> None:
    """U that an attachment has no interface before it is accepted"""
    hub, ram = client(HUB, "ec2"), client(HUB, "ram")
    gateway = hub.create_transit_gateway()["TransitGateway"]
    ram.create_resource_share(name="hub", resourceArns=[gateway["TransitGatewayArn"]], principals=[SPOKE])
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway["TransitGatewayId"], VpcId=vpc_id, SubnetIds=[subnet_id]
    )["TransitGatewayVpcAttachment"]
    assert interfaces(ec2, subnet_id) == []
    hub.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=made["TransitGatewayAttachmentId"])
    assert len(interfaces(ec2, subnet_id)) == 1
    hub.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=made["TransitGatewayAttachmentId"])
    assert interfaces(ec2, subnet_id) == []


def test_nat_gateway_without_address(ec2: Any, vpc_id: str) -> None:
    """D nat-gateway-troubleshooting.html, NatGateway (FailureCode, FailureMessage)"""
    small = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.8.0/28")["Subnet"]["SubnetId"]
    for _ in range(11):
        ec2.create_network_interface(SubnetId=small)
    made = ec2.create_nat_gateway(SubnetId=small, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    (found,) = ec2.describe_nat_gateways(NatGatewayIds=[made])["NatGateways"]
    assert (found["State"], found["FailureCode"]) == ("failed", "InsufficientFreeAddressesInSubnet")
    assert found["FailureMessage"] == "Subnet has insufficient free addresses to create this NAT gateway"


def test_endpoint_without_address(ec2: Any, vpc_id: str, subnet_id: str) -> None:
    """A refused request leaves no interface in any of its subnets. U that the codes are CreateNetworkInterface's"""
    options = {"AvailabilityZone": "eu-central-1b"}
    small = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.8.0/28", **options)["Subnet"]["SubnetId"]
    service = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-central-1.ssm", "VpcId": vpc_id}
    create = {**service, "PrivateDnsEnabled": False}
    taken = [{"SubnetId": small, "Ipv4": "10.1.8.3"}]
    wrong = refused(ec2.create_vpc_endpoint, **create, SubnetIds=[subnet_id], SubnetConfigurations=taken)
    assert wrong == ("InvalidParameterValue", 400)
    chosen = [{"SubnetId": small, "Ipv4": "10.1.8.9"}]
    made = ec2.create_vpc_endpoint(**create, SubnetConfigurations=chosen)["VpcEndpoint"]["VpcEndpointId"]
    assert [one["PrivateIpAddress"] for one in interfaces(ec2, small)] == ["10.1.8.9"]
    ec2.modify_vpc_endpoint(VpcEndpointId=made, AddSubnetIds=[subnet_id], RemoveSubnetIds=[small])
    for _ in range(11):
        ec2.create_network_interface(SubnetId=small)
    full = ("InsufficientFreeAddressesInSubnet", 400)
    assert refused(ec2.create_vpc_endpoint, **create, SubnetIds=[subnet_id, small]) == full
    assert refused(ec2.modify_vpc_endpoint, VpcEndpointId=made, AddSubnetIds=[small]) == full
    assert len(interfaces(ec2, subnet_id)) == 1


def test_task_without_address(client: Callable[..., Any], ec2: Any, vpc_id: str, subnet_id: str, group_id: str) -> None:
    """D failed-to-start-error.html; a task takes the first subnet with a free address: U. A group of another VPC: U"""
    ecs = client(SPOKE, "ecs")
    ecs.create_cluster(clusterName="main")
    small = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.8.0/28")["Subnet"]["SubnetId"]
    for _ in range(11):
        ec2.create_network_interface(SubnetId=small)
    ecs.register_task_definition(
        family="app",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "app"}],
    )

    def run(subnets: list[str], groups: list[str]) -> dict[str, Any]:
        network = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": groups}}
        options = {"cluster": "main", "launchType": "FARGATE", "networkConfiguration": network}
        (task,) = ecs.run_task(taskDefinition="app", **options)["tasks"]
        return ecs.describe_tasks(cluster="main", tasks=[task["taskArn"]])["tasks"][0]

    failed = run([small], [group_id])
    assert (failed["lastStatus"], failed["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert failed["stoppedReason"].endswith(f"in subnet '{small}': InsufficientFreeAddressesInSubnet")
    assert run([small, subnet_id], [group_id])["lastStatus"] == "RUNNING"
    assert len(interfaces(ec2, subnet_id)) == 1
    elsewhere = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    foreign = ec2.create_security_group(GroupName="x", Description="x", VpcId=elsewhere)["GroupId"]
    assert refused(run, subnets=[subnet_id], groups=[foreign]) == ("InvalidParameterException", 400)


def test_function_in_two_networks(client: Callable[..., Any], ec2: Any, subnet_id: str) -> None:
    """U: refused as invalid, and nothing is left"""
    elsewhere = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    foreign = ec2.create_security_group(GroupName="x", Description="x", VpcId=elsewhere)["GroupId"]
    function = {
        "FunctionName": "f",
        "Runtime": "python3.12",
        "Role": f"arn:aws:iam::{SPOKE}:role/OrganizationAccountAccessRole",
        "Handler": "f.f",
        "Code": {"ZipFile": b"x"},
        "VpcConfig": {"SubnetIds": [subnet_id], "SecurityGroupIds": [foreign]},
    }
    assert refused(client(SPOKE, "lambda").create_function, **function) == ("InvalidParameterValueException", 400)
    assert interfaces(ec2, subnet_id) == []


def test_services_in_a_full_subnet(client: Callable[..., Any], ec2: Any, vpc_id: str, group_id: str) -> None:
    """Each service refuses it by an error of its own API model, and leaves nothing; which code AWS answers U"""
    small = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.8.0/28")["Subnet"]["SubnetId"]
    (subnet,) = ec2.describe_subnets(SubnetIds=[small])["Subnets"]
    for _ in range(11):
        ec2.create_network_interface(SubnetId=small)
    sagemaker = client(SPOKE, "sagemaker")
    notebook = {"NotebookInstanceName": "n", "InstanceType": "ml.t3.medium", "SubnetId": small}
    role = f"arn:aws:iam::{SPOKE}:role/OrganizationAccountAccessRole"
    for make, options, code in (
        (firewall, {"client": client, "subnet": subnet, "group_id": group_id}, "InvalidRequestException"),
        (resolver, {"client": client, "subnet": subnet, "group_id": group_id}, "InvalidRequestException"),
        (sagemaker.create_notebook_instance, {**notebook, "RoleArn": role}, "ValidationException"),
    ):
        assert refused(make, **options) == (code, 400), make
    assert client(SPOKE, "network-firewall").list_firewalls()["Firewalls"] == []
    assert sagemaker.list_notebook_instances()["NotebookInstances"] == []
    assert len(interfaces(ec2, small)) == 11
