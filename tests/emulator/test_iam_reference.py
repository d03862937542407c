# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources, condition keys and further actions of calls, as the Service Authorization Reference lists them.

https://docs.aws.amazon.com/service-authorization/latest/reference/, the page of each service. Each case is a call with
a policy that allows it and one that doesn't; what the first statement names is the only difference.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import HUB, MANAGEMENT, SPOKE, error_of
from .people import allow, deny, person, policy

DENIED = "UnauthorizedOperation"
ANY = "arn:aws:ec2:*:*:"
TAG = [{"Key": "team", "Value": "cards"}]


@pytest.fixture
def hands(client: Any) -> Any:
    return client(SPOKE, "ec2")


@pytest.fixture
def world(hands: Any) -> dict[str, str]:
    """Return ids of one resource of each kind."""
    vpc = hands.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    other = hands.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = hands.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    table = hands.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    group = hands.create_security_group(VpcId=vpc, GroupName="a", Description="a")["GroupId"]
    gateway = hands.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    association = hands.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    address = hands.allocate_address(Domain="vpc")
    return {
        "vpc": vpc,
        "other": other,
        "subnet": subnet,
        "table": table,
        "group": group,
        "gateway": gateway,
        "association": association,
        "address": address["AllocationId"],
        "ip": address["PublicIp"],
    }


@pytest.fixture
def tried(emulator: Any, world: dict[str, str]) -> Any:
    """Return a function that dry-runs a call by somebody with these statements, and returns the code.

    {name} in parameters, [[name]] in statements: an id of the world. Some operations know no dry runs: then
    DryRunOperation if the call succeeds. All calls are one user's, whose policy changes: so that a table takes seconds.
    """
    ec2, iam = person(emulator, SPOKE, "alice").client("ec2"), emulator.client(SPOKE, "iam")

    def code(call: str, given: dict[str, Any], *statements: dict[str, Any]) -> str:
        filled = {key: value.format(**world) if isinstance(value, str) else value for key, value in given.items()}
        may = policy(*statements).replace("{", "{{").replace("}", "}}").replace("[[", "{").replace("]]", "}")
        iam.put_user_policy(UserName="alice", PolicyName="may", PolicyDocument=may.format(**world))
        operation = ec2.meta.service_model.operation_model(ec2.meta.method_to_api_mapping[call])
        try:
            getattr(ec2, call)(**filled, **({"DryRun": True} if "DryRun" in operation.input_shape.members else {}))
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "DryRunOperation"

    return code


RULE = {"GroupId": "{group}", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}]}
SUBNET = {"VpcId": "{vpc}", "CidrBlock": "10.0.1.0/24"}
# (call, parameters, a resource of the call). "[[name]]": an id of the world.
NAMED: list[tuple[str, dict[str, Any], str]] = [
    ("delete_vpc", {"VpcId": "{vpc}"}, "vpc/[[vpc]]"),
    ("modify_vpc_attribute", {"VpcId": "{vpc}", "EnableDnsSupport": {"Value": True}}, "vpc/[[vpc]]"),
    ("describe_vpc_attribute", {"VpcId": "{vpc}", "Attribute": "enableDnsSupport"}, "vpc/[[vpc]]"),
    ("modify_vpc_tenancy", {"VpcId": "{vpc}", "InstanceTenancy": "default"}, "vpc/[[vpc]]"),
    ("create_subnet", SUBNET, "vpc/[[vpc]]"),
    ("create_subnet", SUBNET, "subnet/*"),
    ("create_route_table", {"VpcId": "{vpc}"}, "vpc/[[vpc]]"),
    ("create_network_acl", {"VpcId": "{vpc}"}, "network-acl/*"),
    ("create_network_interface", {"SubnetId": "{subnet}"}, "subnet/[[subnet]]"),
    ("create_network_interface", {"SubnetId": "{subnet}"}, "network-interface/*"),
    ("associate_route_table", {"RouteTableId": "{table}", "SubnetId": "{subnet}"}, "subnet/[[subnet]]"),
    ("associate_route_table", {"RouteTableId": "{table}", "SubnetId": "{subnet}"}, "route-table/[[table]]"),
    ("disassociate_route_table", {"AssociationId": "{association}"}, "route-table/[[table]]"),
    ("disassociate_route_table", {"AssociationId": "{association}"}, "subnet/[[subnet]]"),
    ("attach_internet_gateway", {"InternetGatewayId": "{gateway}", "VpcId": "{vpc}"}, "vpc/[[vpc]]"),
    ("attach_internet_gateway", {"InternetGatewayId": "{gateway}", "VpcId": "{vpc}"}, "internet-gateway/[[gateway]]"),
    ("authorize_security_group_ingress", RULE, "security-group/[[group]]"),
    ("release_address", {"AllocationId": "{address}"}, "elastic-ip/[[address]]"),
    ("create_vpc_peering_connection", {"VpcId": "{vpc}", "PeerVpcId": "{other}"}, "vpc/[[vpc]]"),
    ("create_vpc_peering_connection", {"VpcId": "{vpc}", "PeerVpcId": "{other}"}, "vpc-peering-connection/*"),
    ("create_tags", {"Resources": ["vpc-0123456789abcdef0"], "Tags": TAG}, "vpc/vpc-0123456789abcdef0"),
    ("delete_tags", {"Resources": ["eni-0123456789abcdef0"]}, "network-interface/eni-0123456789abcdef0"),
    ("allocate_address", {"Domain": "vpc"}, "elastic-ip/*"),
    ("create_key_pair", {"KeyName": "mine"}, "key-pair/mine"),
    ("get_managed_prefix_list_entries", {"PrefixListId": "pl-0123456789abcdef0"}, "prefix-list/pl-0123456789abcdef0"),
    ("delete_nat_gateway", {"NatGatewayId": "nat-0123456789abcdef0"}, "natgateway/nat-0123456789abcdef0"),
    ("delete_dhcp_options", {"DhcpOptionsId": "dopt-0123456789abcdef0"}, "dhcp-options/dopt-0123456789abcdef0"),
    ("delete_volume", {"VolumeId": "vol-0123456789abcdef0"}, "volume/vol-0123456789abcdef0"),
    ("terminate_instances", {"InstanceIds": ["i-0123456789abcdef0"]}, "instance/i-0123456789abcdef0"),
]


def test_a_deny_of_one_resource(tried: Any) -> None:
    """Each resource of a call has to be allowed, and a deny of one is enough: "Resource types (*required)"."""
    for call, given, resource in NAMED:
        assert tried(call, given, allow("ec2:*"), deny("ec2:*", ANY + resource)) == DENIED, (call, resource)
        other = deny("ec2:*", f"{ANY}{resource}0")
        assert tried(call, given, allow("ec2:*"), other) == "DryRunOperation", (call, resource)


KEYS: list[tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any]]] = [
    # (call, parameters, operator, a condition that holds, one that doesn't)
    (
        "delete_subnet",
        {"SubnetId": "{subnet}"},
        "ArnEquals",
        {"ec2:Vpc": ANY + "vpc/[[vpc]]"},
        {"ec2:Vpc": ANY + "vpc/[[other]]"},
    ),
    (
        "delete_subnet",
        {"SubnetId": "{subnet}"},
        "StringEquals",
        {"ec2:SubnetID": "[[subnet]]"},
        {"ec2:SubnetID": "[[vpc]]"},
    ),
    ("delete_vpc", {"VpcId": "{vpc}"}, "StringEquals", {"ec2:VpcID": "[[vpc]]"}, {"ec2:VpcID": "[[other]]"}),
    ("delete_vpc", {"VpcId": "{vpc}"}, "StringEquals", {"ec2:Tenancy": "default"}, {"ec2:Tenancy": "dedicated"}),
    ("delete_vpc", {"VpcId": "{vpc}"}, "StringEquals", {"ec2:Region": "eu-central-1"}, {"ec2:Region": "us-east-1"}),
    ("describe_vpcs", {}, "StringEquals", {"ec2:Region": "eu-central-1"}, {"ec2:Region": "us-east-1"}),
    (
        "describe_vpcs",
        {},
        "StringEquals",
        {"aws:RequestedRegion": "eu-central-1"},
        {"aws:RequestedRegion": "us-east-1"},
    ),
    ("describe_vpcs", {}, "IpAddress", {"aws:SourceIp": "127.0.0.0/8"}, {"aws:SourceIp": "10.0.0.0/8"}),
    ("describe_vpcs", {}, "StringEquals", {"aws:PrincipalAccount": SPOKE}, {"aws:PrincipalAccount": MANAGEMENT}),
    (
        "describe_vpcs",
        {},
        "ArnLike",
        {"aws:PrincipalArn": "arn:aws:iam::*:user/al*"},
        {"aws:PrincipalArn": "arn:aws:iam::*:role/*"},
    ),
    (
        "delete_vpc",
        {"VpcId": "{vpc}"},
        "StringEquals",
        {"aws:ResourceAccount": SPOKE},
        {"aws:ResourceAccount": MANAGEMENT},
    ),
    ("describe_vpcs", {}, "Bool", {"aws:ViaAWSService": "false"}, {"aws:ViaAWSService": "true"}),
    ("describe_vpcs", {}, "Null", {"aws:CalledVia": "true"}, {"aws:CalledVia": "false"}),
    (
        "create_vpc",
        {"CidrBlock": "10.2.0.0/16"},
        "Null",
        {"aws:RequestTag/team": "true"},
        {"aws:RequestTag/team": "false"},
    ),
    (
        "create_vpc",
        {"CidrBlock": "10.2.0.0/16"},
        "ForAllValues:StringEquals",
        {"aws:TagKeys": ["x"]},
        {"ec2:VpcID": "x"},
    ),
    (
        "create_vpc",
        {"CidrBlock": "10.2.0.0/16"},
        "StringEqualsIfExists",
        {"aws:RequestTag/a": "b"},
        {"ec2:VpcID": "x"},
    ),
    (
        "create_vpc",
        {"CidrBlock": "10.2.0.0/16"},
        "StringNotEquals",
        {"aws:RequestTag/a": "b"},
        {"ec2:VpcID": "*"},
    ),
    ("describe_vpcs", {}, "Null", {"aws:ResourceTag/team": "true"}, {"aws:ResourceTag/team": "false"}),
    (
        "release_address",
        {"AllocationId": "{address}"},
        "StringEquals",
        {"ec2:PublicIpAddress": "[[ip]]"},
        {"ec2:Domain": "standard"},
    ),
    (
        "create_vpc_endpoint",
        {"VpcId": "{vpc}", "ServiceName": "com.amazonaws.eu-central-1.s3"},
        "StringEqualsIfExists",
        {"ec2:VpceServiceOwner": "amazon"},
        {"ec2:VpceServiceName": "com.amazonaws.eu-central-1.sqs"},
    ),
    (
        "create_vpc_peering_connection",
        {"VpcId": "{vpc}", "PeerVpcId": "{other}"},
        "ArnEqualsIfExists",
        {"ec2:AccepterVpc": ANY + "vpc/[[other]]"},
        {"ec2:AccepterVpc": ANY + "vpc/[[vpc]]"},
    ),
    (
        "modify_subnet_attribute",
        {"SubnetId": "{subnet}", "MapPublicIpOnLaunch": {"Value": True}},
        "StringEquals",
        {"ec2:Attribute": "MapPublicIpOnLaunch"},
        {"ec2:Attribute/MapPublicIpOnLaunch": "false"},
    ),
]


def test_condition_keys(tried: Any) -> None:
    """list_amazonec2, "Condition keys for Amazon EC2", and the global keys of reference_policies_condition-keys.

    That ec2:Attribute's value is the parameter's name is not verified.
    """
    for call, given, operator, holds, fails in KEYS:
        assert tried(call, given, allow("ec2:*", Condition={operator: fails})) == DENIED, (call, fails)
        assert tried(call, given, allow("ec2:*", Condition={operator: holds})) == "DryRunOperation", (call, holds)


def launch(hands: Any, world: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return parameters of RunInstances in the world's subnet."""
    image = hands.register_image(Name=f"image{len(more)}", Architecture="x86_64", RootDeviceName="/dev/xvda")["ImageId"]
    given = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro", "SubnetId": world["subnet"]}
    return given | {"SecurityGroupIds": [world["group"]]} | more


def test_launching_asks_for_each_resource(tried: Any, hands: Any, world: dict[str, str]) -> None:
    """list_amazonec2, RunInstances: image, instance, network interface, security group, subnet, volume.

    The volume is not marked as required there; of images on EBS it is needed: ExamplePolicies_EC2 of EC2's guide.
    """
    given = launch(hands, world)
    owned = ("instance/*", "volume/*", "network-interface/*", "security-group/[[group]]", "subnet/[[subnet]]")
    each = [allow("ec2:RunInstances", ANY + name) for name in owned]
    each.append(allow("ec2:RunInstances", "arn:aws:ec2:*::image/*"))
    assert tried("run_instances", given, *each) == "DryRunOperation"
    for missing in each:
        assert tried("run_instances", given, *[one for one in each if one is not missing]) == DENIED, missing
    small = {"StringEquals": {"ec2:InstanceType": "t3.micro"}}
    of_instances = [allow("ec2:RunInstances", f"{ANY}instance/*", Condition=small), *each[1:]]
    assert tried("run_instances", given, *of_instances) == "DryRunOperation"
    assert tried("run_instances", given | {"InstanceType": "m5.large"}, *of_instances) == DENIED


def test_tags_at_launch(tried: Any, hands: Any, world: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"""
    given = launch(hands, world, TagSpecifications=[{"ResourceType": "instance", "Tags": TAG}])
    of_launch = {"StringEquals": {"ec2:CreateAction": "RunInstances"}}
    run = allow("ec2:RunInstances")
    assert tried("run_instances", given, run) == DENIED
    assert tried("run_instances", given, run, allow("ec2:CreateTags", Condition=of_launch)) == "DryRunOperation"
    needed = deny("ec2:RunInstances", f"{ANY}instance/*", Condition={"Null": {"aws:RequestTag/team": "true"}})
    assert tried("run_instances", given, allow("ec2:*"), needed) == "DryRunOperation"
    assert tried("run_instances", launch(hands, world), allow("ec2:*"), needed) == DENIED


def test_the_owner_of_what_is_shared_is_in_its_arn(client: Any, tried: Any, world: dict[str, str]) -> None:
    """reference-arns: the account ID is the owner's; aws:ResourceAccount likewise."""
    hub = client(HUB, "ec2").create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    given = {"TransitGatewayId": hub, "VpcId": "{vpc}", "SubnetIds": [world["subnet"]]}
    attach = "create_transit_gateway_vpc_attachment"
    for account, code in ((HUB, DENIED), (SPOKE, "DryRunOperation")):
        other = deny("ec2:*", f"arn:aws:ec2:*:{account}:transit-gateway/*")
        assert tried(attach, given, allow("ec2:*"), other) == code
    foreign = deny("ec2:*", Condition={"StringNotEquals": {"aws:ResourceAccount": SPOKE}})
    assert tried(attach, given, allow("ec2:*"), foreign) == DENIED


def test_a_service_control_policy_about_tags_and_resources(client: Any, world: dict[str, str]) -> None:
    """orgs_manage_policies_scps_examples_tagging: "Require a tag on specified created resources"; of a VPC's ARN."""
    organizations = client(MANAGEMENT, "organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    untagged = deny("ec2:CreateVpc", f"{ANY}vpc/*", Condition={"Null": {"aws:RequestTag/team": "true"}})
    content = policy(untagged, deny("ec2:DeleteVpc", f"{ANY}vpc/{world['vpc']}"))
    made = organizations.create_policy(Content=content, Description="-", Name="p", Type="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=SPOKE)
    ec2 = client(SPOKE, "ec2")
    assert error_of(ec2.create_vpc, CidrBlock="10.2.0.0/16", DryRun=True)[0] == DENIED
    assert ec2.create_vpc(CidrBlock="10.2.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": TAG}])["Vpc"]
    assert error_of(ec2.delete_vpc, VpcId=world["vpc"], DryRun=True)[0] == DENIED
    assert error_of(ec2.delete_vpc, VpcId=world["other"], DryRun=True)[0] == "DryRunOperation"
