# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CreateTags, DeleteTags, DescribeTags."""

from __future__ import annotations

import pytest

from .conftest import error_of, filters, refused


def described(ec2, **wanted):
    return {tag["Key"]: tag["Value"] for tag in ec2.describe_tags(Filters=filters(**wanted))["Tags"]}


def tag_list(**tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def test_tags_come_and_go(ec2, vpc_id, subnet_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html: a value given must match; no tags
    given, all go"""
    ec2.create_tags(Resources=[vpc_id, subnet_id], Tags=tag_list(Name="a", stage="test"))
    ec2.create_tags(Resources=[vpc_id], Tags=tag_list(Name="b"))
    assert described(ec2, resource_id=vpc_id) == {"Name": "b", "stage": "test"}
    assert described(ec2, resource_type="subnet", key="Name") == {"Name": "a"}
    assert [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["b"]}])["Vpcs"]] == [
        vpc_id
    ]
    ec2.delete_tags(Resources=[vpc_id], Tags=tag_list(Name="wrong"))
    ec2.delete_tags(Resources=[vpc_id], Tags=[{"Key": "stage"}])
    assert described(ec2, resource_id=vpc_id) == {"Name": "b"}
    ec2.delete_tags(Resources=[vpc_id])
    assert described(ec2, resource_id=vpc_id) == {}


def test_every_kind_of_resource_is_tagged(ec2, vpc_id, subnet_id):
    """Resource types as https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TagSpecification.html names them"""
    tgw_id = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    resources = {
        "vpc": vpc_id,
        "subnet": subnet_id,
        "route-table": ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"],
        "internet-gateway": ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"],
        "elastic-ip": ec2.allocate_address()["AllocationId"],
        "natgateway": ec2.create_nat_gateway(SubnetId=subnet_id, ConnectivityType="private")["NatGateway"][
            "NatGatewayId"
        ],
        "security-group": ec2.create_security_group(VpcId=vpc_id, GroupName="a", Description="a")["GroupId"],
        "prefix-list": ec2.create_managed_prefix_list(PrefixListName="a", AddressFamily="IPv4", MaxEntries=1)[
            "PrefixList"
        ]["PrefixListId"],
        "transit-gateway": tgw_id,
        "transit-gateway-route-table": ec2.create_transit_gateway_route_table(TransitGatewayId=tgw_id)[
            "TransitGatewayRouteTable"
        ]["TransitGatewayRouteTableId"],
        "transit-gateway-attachment": ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=tgw_id, VpcId=vpc_id, SubnetIds=[subnet_id]
        )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"],
    }
    ec2.create_tags(Resources=list(resources.values()), Tags=tag_list(owner="us"))
    tagged = ec2.describe_tags(Filters=filters(key="owner"))["Tags"]
    assert {tag["ResourceType"]: tag["ResourceId"] for tag in tagged} == resources


@pytest.mark.parametrize(
    ("resource_id", "code"),
    [
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
        ("vpc-0123456789abcdef0", "InvalidVpcID.NotFound"),
        ("subnet-0123456789abcdef0", "InvalidSubnetID.NotFound"),
        ("rtb-0123456789abcdef0", "InvalidRouteTableID.NotFound"),
        ("tgw-0123456789abcdef0", "InvalidTransitGatewayID.NotFound"),
        ("tgw-attach-0123456789abcdef0", "InvalidTransitGatewayAttachmentID.NotFound"),
        ("nothing-0123456789abcdef0", "InvalidID"),
    ],
)
def test_what_is_not_there_is_not_tagged(ec2, resource_id, code):
    assert refused(ec2.create_tags, Resources=[resource_id], Tags=tag_list(a="b")) == (code, 400)


def test_tag_limits(ec2, vpc_id):
    """50 tags, none of them aws:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"""
    fifty = tag_list(**{f"key{number}": "" for number in range(50)})
    ec2.create_tags(Resources=[vpc_id], Tags=fifty)
    assert error_of(ec2.create_tags, Resources=[vpc_id], Tags=tag_list(more="")) == (
        "TagLimitExceeded",
        "The maximum number of Tags for a resource has been reached.",
    )
    ec2.create_tags(Resources=[vpc_id], Tags=tag_list(key7="changed"))
    too_many = [{"ResourceType": "vpc", "Tags": [*fifty, {"Key": "more", "Value": ""}]}]
    assert refused(ec2.create_vpc, CidrBlock="10.9.0.0/16", TagSpecifications=too_many) == ("TagLimitExceeded", 400)
    reserved = {"Resources": [vpc_id], "Tags": [{"Key": "aws:owner", "Value": "x"}]}
    assert refused(ec2.create_tags, **reserved) == ("InvalidParameterValue", 400)


def test_tags_of_another_type_are_refused(ec2):
    """Text: moto's authors found it so on AWS."""
    tags = [{"ResourceType": "subnet", "Tags": tag_list(a="b")}]
    assert error_of(ec2.create_vpc, CidrBlock="10.9.0.0/16", TagSpecifications=tags) == (
        "InvalidParameterValue",
        "'subnet' is not a valid taggable resource type for this operation.",
    )


def test_filters_with_the_same_name_are_all_applied(ec2, vpc_id, subnet_id):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html: "joined with an AND"."""
    ec2.create_tags(Resources=[vpc_id, subnet_id], Tags=tag_list(a="x", b="y"))

    def keys(*wanted):
        own = {"Name": "resource-id", "Values": [vpc_id]}
        found = ec2.describe_tags(Filters=[own, *({"Name": name, "Values": values} for name, values in wanted)])
        return sorted(tag["Key"] for tag in found["Tags"])

    assert keys(("key", ["a", "b"])) == ["a", "b"]
    assert keys(("key", ["a", "b"]), ("key", ["b"])) == ["b"]
    assert keys(("key", ["b"]), ("key", ["a", "b"])) == ["b"]
    assert keys(("key", ["a"]), ("key", ["b"])) == []
    assert keys(("tag:a", ["x"]), ("tag:b", ["y"])) == []
