# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subnets and resolver rules that an account shares by RAM with another one.

Subnets: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html and vpc-sharing-responsibilities.html; what a
participant lists and the refusal of changes: ekristen/aws-nuke#497, hashicorp/terraform-provider-aws#46953.
Rules: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-rules-managing.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import HUB, SPOKE, SPOKE_2, STRANGER, Emulator, error_of, filters, refused

GONE = "InvalidSubnetID.NotFound"


class Shared:
    """A VPC of the spoke with two subnets, of which it shares the first with another account."""

    def __init__(self, emulator: Emulator):
        self.owner, self.participant = emulator.client(SPOKE, "ec2"), emulator.client(SPOKE_2, "ec2")
        self.ram = emulator.client(SPOKE, "ram")
        self.vpc_id = self.owner.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self._subnet("10.1.0.0/24")
        self.subnet_id, self.other_id = self.subnet["SubnetId"], self._subnet("10.1.1.0/24")["SubnetId"]
        made = self.owner.create_route_table(VpcId=self.vpc_id)["RouteTable"]
        self.table_id = made["RouteTableId"]
        self.owner.associate_route_table(RouteTableId=self.table_id, SubnetId=self.subnet_id)
        self.gateway_id = self.owner.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.owner.attach_internet_gateway(InternetGatewayId=self.gateway_id, VpcId=self.vpc_id)
        self.share(SPOKE_2)

    def _subnet(self, cidr: str) -> dict[str, Any]:
        return self.owner.create_subnet(VpcId=self.vpc_id, CidrBlock=cidr)["Subnet"]

    def share(self, principal: str) -> None:
        arns = [self.subnet["SubnetArn"]]
        made = self.ram.create_resource_share(name="subnets", resourceArns=arns, principals=[principal])
        self.arn = made["resourceShare"]["resourceShareArn"]

    def unshare(self) -> None:
        self.ram.disassociate_resource_share(resourceShareArn=self.arn, principals=[SPOKE_2])

    def group(self) -> str:
        made = self.participant.create_security_group(GroupName="mine", Description="x", VpcId=self.vpc_id)
        return made["GroupId"]

    def interface(self, group_id: str) -> dict[str, Any]:
        made = self.participant.create_network_interface(SubnetId=self.subnet_id, Groups=[group_id])
        return made["NetworkInterface"]


@pytest.fixture
def shared(emulator: Emulator) -> Shared:
    return Shared(emulator)


def test_a_participant_sees_the_subnet(shared: Shared) -> None:
    """vpc-sharing.html; without the owner's tags; the zone by its id: working-with-az-ids.html"""
    shared.owner.create_tags(Resources=[shared.subnet_id], Tags=[{"Key": "Name", "Value": "x"}])
    found = shared.participant.describe_subnets(Filters=filters(owner_id=SPOKE))["Subnets"]
    assert [(each["SubnetId"], each["OwnerId"], each.get("Tags")) for each in found] == [
        (shared.subnet_id, SPOKE, None)
    ]
    [subnet] = shared.participant.describe_subnets(SubnetIds=[shared.subnet_id])["Subnets"]
    zones = shared.participant.describe_availability_zones(ZoneIds=[shared.subnet["AvailabilityZoneId"]])
    assert subnet["AvailabilityZone"] == zones["AvailabilityZones"][0]["ZoneName"]
    assert refused(shared.participant.describe_subnets, SubnetIds=[shared.other_id]) == (GONE, 400)


def test_a_participant_sees_what_belongs_to_the_subnet(shared: Shared, client: Callable[..., Any]) -> None:
    """ekristen/aws-nuke#497: VPC, route tables, DHCP options, internet gateway. Not verified: which tables"""
    of_vpc = filters(vpc_id=shared.vpc_id)
    for ec2, expected in ((shared.participant, 1), (client(HUB, "ec2"), 0)):
        assert len(ec2.describe_vpcs(Filters=of_vpc)["Vpcs"]) == expected
        tables = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]
        assert [table["RouteTableId"] for table in tables] == [shared.table_id] * expected
        assert len(ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"]) == expected
        gateways = ec2.describe_internet_gateways(Filters=filters(attachment__vpc_id=shared.vpc_id))
        assert len(gateways["InternetGateways"]) == expected
    options = shared.participant.describe_vpcs(VpcIds=[shared.vpc_id])["Vpcs"][0]["DhcpOptionsId"]
    assert shared.participant.describe_dhcp_options(DhcpOptionsIds=[options])["DhcpOptions"]


CHANGES = {
    "delete_subnet": {"SubnetId": "subnet_id"},
    "delete_vpc": {"VpcId": "vpc_id"},
    "modify_subnet_attribute": {"SubnetId": "subnet_id", "MapPublicIpOnLaunch": {"Value": True}},
    "create_subnet": {"VpcId": "vpc_id", "CidrBlock": "10.1.2.0/24"},
    "create_route": {"RouteTableId": "table_id", "DestinationCidrBlock": "192.0.2.0/24", "GatewayId": "gateway_id"},
    "create_nat_gateway": {"SubnetId": "subnet_id", "ConnectivityType": "private"},
    "create_vpc_endpoint": {"VpcId": "vpc_id", "ServiceName": "com.amazonaws.eu-central-1.s3"},
    "create_tags": {"Resources": ["subnet_id"], "Tags": [{"Key": "a", "Value": "b"}]},
    "detach_internet_gateway": {"InternetGatewayId": "gateway_id", "VpcId": "vpc_id"},
}


@pytest.mark.parametrize("operation", CHANGES)
def test_a_participant_changes_nothing_of_the_owners(shared: Shared, operation: str) -> None:
    """The text: hashicorp/terraform-provider-aws#46953; 403: ekristen/aws-nuke#497"""

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(each) for each in value]
        return getattr(shared, value, value) if isinstance(value, str) else value

    parameters = {name: filled(value) for name, value in CHANGES[operation].items()}
    call = getattr(shared.participant, operation)
    assert refused(call, **parameters) == ("UnauthorizedOperation", 403)
    action = "".join(word.capitalize() for word in operation.split("_"))
    assert error_of(call, **parameters)[1].startswith(
        f"You are not authorized to perform {action} operation. A subnet in this vpc is shared but the provided object "
        "is not owned by you"
    )


def test_a_participants_resources(shared: Shared) -> None:
    """vpc-sharing-responsibilities.html: own groups and interfaces; the owner sees the interfaces, and can't delete the
    subnet or VPC while they are there"""
    group_id = shared.group()
    made = shared.interface(group_id)
    assert (made["OwnerId"], made["VpcId"], made["SubnetId"]) == (SPOKE_2, shared.vpc_id, shared.subnet_id)
    seen = shared.owner.describe_network_interfaces(Filters=filters(subnet_id=shared.subnet_id))["NetworkInterfaces"]
    assert [each["NetworkInterfaceId"] for each in seen] == [made["NetworkInterfaceId"]]
    for ec2 in (shared.owner, shared.participant):
        [subnet] = ec2.describe_subnets(SubnetIds=[shared.subnet_id])["Subnets"]
        assert subnet["AvailableIpAddressCount"] == 250
    assert refused(shared.owner.delete_subnet, SubnetId=shared.subnet_id) == ("DependencyViolation", 400)


def test_a_participants_load_balancer(shared: Shared, emulator: Emulator) -> None:
    """vpc-sharing-responsibilities.html; AZ names: working-with-az-ids.html"""
    elbv2 = emulator.client(SPOKE_2, "elbv2")
    made = elbv2.create_load_balancer(Name="mine", Type="network", Subnets=[shared.subnet_id])["LoadBalancers"][0]
    (interface,) = shared.participant.describe_network_interfaces()["NetworkInterfaces"]
    assert (interface["SubnetId"], interface["InterfaceType"]) == (shared.subnet_id, "network_load_balancer")
    zones = shared.participant.describe_availability_zones(ZoneIds=[interface["AvailabilityZoneId"]])
    assert interface["AvailabilityZone"] == zones["AvailabilityZones"][0]["ZoneName"]
    assert refused(shared.owner.delete_subnet, SubnetId=shared.subnet_id) == ("DependencyViolation", 400)
    elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    assert shared.participant.describe_network_interfaces()["NetworkInterfaces"] == []


def test_the_default_group_is_the_owners(shared: Shared) -> None:
    """ "Participants can't launch resources using the default security group for the VPC because it belongs to the
    owner". Not verified: the code"""
    call = shared.participant.create_network_interface
    assert refused(call, SubnetId=shared.subnet_id) == ("InvalidGroup.NotFound", 400)


def test_unshared_with_resources_in_it(shared: Shared) -> None:
    """ "If the owner unshares a subnet, the participants can continue to use existing resources, but can't create new
    ones"; deleted ones make the subnet deletable"""
    group_id = shared.group()
    made = shared.interface(group_id)
    shared.unshare()
    assert shared.participant.describe_subnets(Filters=filters(owner_id=SPOKE))["Subnets"] == []
    assert len(shared.participant.describe_network_interfaces()["NetworkInterfaces"]) == 1
    call = shared.participant.create_network_interface
    assert refused(call, SubnetId=shared.subnet_id, Groups=[group_id]) == (GONE, 400)
    assert refused(shared.participant.delete_subnet, SubnetId=shared.subnet_id) == (GONE, 400)
    assert refused(shared.owner.delete_subnet, SubnetId=shared.subnet_id) == ("DependencyViolation", 400)
    shared.participant.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])
    shared.owner.delete_subnet(SubnetId=shared.subnet_id)
    shared.owner.delete_subnet(SubnetId=shared.other_id)
    shared.owner.detach_internet_gateway(InternetGatewayId=shared.gateway_id, VpcId=shared.vpc_id)
    shared.owner.delete_route_table(RouteTableId=shared.table_id)
    assert refused(shared.owner.delete_vpc, VpcId=shared.vpc_id) == ("DependencyViolation", 400)
    shared.participant.delete_security_group(GroupId=group_id)
    shared.owner.delete_vpc(VpcId=shared.vpc_id)


def test_subnets_stay_in_the_organization(shared: Shared, client: Callable[..., Any]) -> None:
    """https://docs.aws.amazon.com/ram/latest/userguide/shareable.html, Amazon VPC: a subnet with accounts of the own
    organization only; no subnet of a default VPC (vpc-sharing.html): its association fails"""
    call = {"name": "x", "resourceArns": [shared.subnet["SubnetArn"]], "principals": [STRANGER]}
    assert refused(shared.ram.create_resource_share, **call) == ("OperationNotPermittedException", 400)
    default = shared.owner.describe_subnets(Filters=filters(default_for_az="true"))["Subnets"]
    if not default:
        shared.owner.create_default_vpc()
        default = shared.owner.describe_subnets(Filters=filters(default_for_az="true"))["Subnets"]
    arns = [default[0]["SubnetArn"]]
    made = shared.ram.create_resource_share(name="y", resourceArns=arns, principals=[SPOKE_2])["resourceShare"]
    [found] = shared.ram.get_resource_share_associations(
        associationType="RESOURCE", resourceShareArns=[made["resourceShareArn"]]
    )["resourceShareAssociations"]
    assert found["status"] == "FAILED"


# Resolver rules


@pytest.fixture
def rule(client: Callable[..., Any]) -> dict[str, Any]:
    resolver = client(SPOKE, "route53resolver")
    made = resolver.create_resolver_rule(CreatorRequestId="x", Name="r", RuleType="SYSTEM", DomainName="x.example.com")
    return made["ResolverRule"]


def test_a_shared_rule_is_associated(client: Callable[..., Any], rule: dict[str, Any]) -> None:
    """resolver-rules-managing-sharing; ResolverRule: ShareStatus"""
    owner, user, ram = client(SPOKE, "route53resolver"), client(SPOKE_2, "route53resolver"), client(SPOKE, "ram")
    vpc_id = client(SPOKE_2, "ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    own = {"ResolverRuleId": rule["Id"]}
    assert refused(user.get_resolver_rule, **own) == ("ResourceNotFoundException", 400)
    assert refused(user.associate_resolver_rule, **own, VPCId=vpc_id) == ("ResourceNotFoundException", 400)
    made = ram.create_resource_share(name="rules", resourceArns=[rule["Arn"]], principals=[SPOKE_2])["resourceShare"]
    [seen] = user.list_resolver_rules()["ResolverRules"]
    assert (seen["Id"], seen["OwnerId"], seen["ShareStatus"]) == (rule["Id"], SPOKE, "SHARED_WITH_ME")
    assert owner.get_resolver_rule(**own)["ResolverRule"]["ShareStatus"] == "SHARED_BY_ME"
    user.associate_resolver_rule(**own, VPCId=vpc_id)
    assert refused(user.associate_resolver_rule, **own, VPCId=vpc_id) == ("InvalidRequestException", 400)
    assert refused(user.delete_resolver_rule, **own) == ("ResourceNotFoundException", 400)
    assert refused(owner.delete_resolver_rule, **own) == ("ResourceInUseException", 400)
    assert [each["VPCId"] for each in user.list_resolver_rule_associations()["ResolverRuleAssociations"]] == [vpc_id]
    ram.delete_resource_share(resourceShareArn=made["resourceShareArn"])
    assert user.list_resolver_rules()["ResolverRules"] == []
    assert user.list_resolver_rule_associations()["ResolverRuleAssociations"] == []
    owner.delete_resolver_rule(**own)


def test_a_forwarding_rule_needs_targets(client: Callable[..., Any]) -> None:
    """CreateResolverRule: TargetIps, ResolverEndpointId. Not verified: the code"""
    call = {"CreatorRequestId": "x", "Name": "f", "RuleType": "FORWARD", "DomainName": "x.example.com"}
    create = client(SPOKE, "route53resolver").create_resolver_rule
    assert refused(create, **call) == ("InvalidParameterException", 400)


def test_arns_and_pages_of_shares(client: Callable[..., Any]) -> None:
    """RAM: MalformedArnException, InvalidMaxResultsException, of the operations' pages"""
    ram = client(SPOKE, "ram")
    assert refused(ram.update_resource_share, resourceShareArn="x", name="y")[0] == "MalformedArnException"
    assert refused(ram.list_resources, resourceOwner="SELF", maxResults=501)[0] == "InvalidMaxResultsException"


def test_a_vpc_has_one_rule_for_a_domain(client: Callable[..., Any], rule: dict[str, Any]) -> None:
    """AssociateResolverRule: "Cannot associate rules with same domain name with same VPC\" (moto's text)"""
    resolver = client(SPOKE, "route53resolver")
    vpc_id = client(SPOKE, "ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    other = resolver.create_resolver_rule(
        CreatorRequestId="y", Name="s", RuleType="SYSTEM", DomainName="x.example.com"
    )["ResolverRule"]
    resolver.associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=vpc_id)
    call = {"ResolverRuleId": other["Id"], "VPCId": vpc_id}
    assert refused(resolver.associate_resolver_rule, **call) == ("InvalidRequestException", 400)
    resolver.disassociate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=vpc_id)
    resolver.associate_resolver_rule(**call)
