# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MaxResults and NextToken of EC2's Describe operations, those of moto's answers included."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from moto.core.utils import camelcase_to_underscores

from emulator.app import Emulator
from emulator.ec2.responses import Ec2Responses
from tests.emulator.conftest import KEY, SEED, error_of
from tests.emulator.in_process import Clients

MODEL = botocore.session.get_session().get_service_model("ec2")


def ranged() -> list[tuple[str, int, int]]:
    """Operations without required parameters whose MaxResults has a range in the API model, with the range."""
    found = []
    for name in MODEL.operation_names:
        shape = MODEL.operation_model(name).input_shape
        size = shape.members.get("MaxResults") if shape else None
        answered = hasattr(Ec2Responses, camelcase_to_underscores(name))
        if answered and size and "max" in size.metadata and not shape.required_members and name.startswith("Describe"):
            found.append((name, size.metadata["min"], size.metadata["max"]))
    return found


@pytest.fixture(scope="module")
def ec2() -> Any:
    """Client that sends parameters as they are: boto3's own checks are off."""
    return Clients(Emulator(SEED)).client("ec2", **KEY)


def call(ec2: Any, operation: str) -> Any:
    return getattr(ec2, next(name for name, each in ec2.meta.method_to_api_mapping.items() if each == operation))


@pytest.mark.parametrize(("operation", "least", "most"), ranged())
def test_limits(ec2, operation, least, most):
    """The range is the API model's. Texts: aws/aws-sdk-ruby#2575; DescribeRouteTables' answer to 1000 in a report."""
    describe = call(ec2, operation)
    describe(MaxResults=least)
    describe(MaxResults=most)
    if least > 1:
        assert error_of(describe, MaxResults=least - 1) == (
            "InvalidParameterValue",
            f"Value ( {least - 1} ) for parameter maxResults is invalid. Expecting a value greater than {least}.",
        )
    assert error_of(describe, MaxResults=0)[0] == "InvalidParameterValue"
    assert error_of(describe, MaxResults=most + 1) == (
        "InvalidParameterValue",
        f"Value ( {most + 1} ) for parameter MaxResults is invalid. Expecting a value smaller than or equal to {most}.",
    )


def test_larger_pages_are_cut_where_that_is_documented(ec2):
    """ "If MaxResults is given a value larger than 1,000, only 1,000 results are returned": the operation's page."""
    assert ec2.describe_vpc_endpoint_service_configurations(MaxResults=2000)["ServiceConfigurations"] == []


@pytest.mark.parametrize(
    ("operation", "ids", "text"),
    [
        (
            "describe_vpcs",
            {"VpcIds": ["vpc-00000000"]},
            "The parameter VpcIds cannot be used with the parameter MaxResults",
        ),
        (
            "describe_network_interfaces",
            {"NetworkInterfaceIds": ["eni-00000000"]},
            "The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults",
        ),
        (
            "describe_instances",
            {"InstanceIds": ["i-00000000"]},
            "The parameter instancesSet cannot be used with the parameter maxResults",
        ),
        (
            "describe_volumes",
            {"VolumeIds": ["vol-00000000"]},
            "The parameter volumeSet cannot be used with the parameter maxResults",
        ),
        (
            "describe_security_groups",
            {"GroupIds": ["sg-00000000"]},
            "The parameter securityGroupIdSet cannot be used with the parameter maxResults",
        ),
    ],
)
def test_ids_or_pages(ec2, operation, ids, text):
    """Pages of the operations ("You cannot specify this parameter and ... IDs"), aws/aws-cli#1976 for volumes, and
    cloud-barista/cb-spider for VPCs."""
    assert error_of(getattr(ec2, operation), MaxResults=5, **ids) == ("InvalidParameterCombination", text)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("describe_vpcs", "InvalidParameterValue"),  # https://github.com/boto/boto3/issues/2673
        ("describe_security_group_rules", "InvalidPaginationToken"),
        ("describe_transit_gateways", "InvalidNextToken"),
        ("describe_instances", "InvalidNextToken"),
        ("describe_volumes", "InvalidNextToken"),
    ],
)
def test_bad_token(ec2, operation, code):
    """Codes: errors-overview of the EC2 API reference; that an operation has this one of them is verified for VPCs."""
    assert error_of(getattr(ec2, operation), NextToken="never-given-out")[0] == code
    assert error_of(getattr(ec2, operation), NextToken="AAAA")[0] == code


def test_only_vpcs_refuse_an_empty_token(ec2):
    """https://github.com/boto/boto3/issues/2673"""
    assert error_of(ec2.describe_vpcs, NextToken="") == (
        "InvalidParameterValue",
        "Value (  ) for parameter NextToken is invalid. The token is invalid.",
    )
    assert ec2.describe_security_groups(NextToken="")["SecurityGroups"]


def test_pages_of_moto_s_answers(ec2):
    """All of more than a hundred instances without MaxResults, pages of five with it; a filter holds for all pages."""
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    for _ in range(3):
        ec2.run_instances(ImageId="ami-12345678", SubnetId=subnet, MinCount=37, MaxCount=37)

    def instances(pages: Any) -> list[str]:
        return [one["InstanceId"] for page in pages for each in page["Reservations"] for one in each["Instances"]]

    whole = ec2.describe_instances()
    assert (len(instances([whole])), "NextToken" in whole) == (111, False)
    wanted = [{"Name": "subnet-id", "Values": [subnet]}]
    pages = list(ec2.get_paginator("describe_instances").paginate(Filters=wanted, PaginationConfig={"PageSize": 50}))
    assert [len(instances([page])) for page in pages] == [50, 50, 11]
    assert sorted(instances(pages)) == sorted(instances([whole]))


def test_filters_by_number_and_name(ec2):
    """A name given twice is two filters, joined by AND (Using_Filtering); too many values: scylla-cluster-tests quotes
    DescribeInstances' answer."""
    first = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    twice = [{"Name": "vpc-id", "Values": [first]}, {"Name": "vpc-id", "Values": ["vpc-00000000"]}]
    assert ec2.describe_vpcs(Filters=twice)["Vpcs"] == []
    assert len(ec2.describe_vpcs(Filters=twice[:1])["Vpcs"]) == 1
    many = [{"Name": "instance-id", "Values": [f"i-{number:017x}" for number in range(201)]}]
    assert error_of(ec2.describe_instances, Filters=many) == (
        "FilterLimitExceeded",
        "The maximum number of filter values specified on a single call is 200",
    )
    assert error_of(ec2.describe_instances, Filters=[{"Values": ["x"]}])[0] == "InvalidParameterValue"


def test_regions(ec2):
    """Without AllRegions the enabled ones: API_DescribeRegions; which need to be enabled: manage-acct-regions of the
    account guide; the error: awslabs/amazon-s3-tar-tool#7."""
    enabled = {region["RegionName"] for region in ec2.describe_regions()["Regions"]}
    every = {region["RegionName"]: region["OptInStatus"] for region in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert "eu-central-1" in enabled
    assert "af-south-1" not in enabled
    assert enabled == {name for name, status in every.items() if status == "opt-in-not-required"}
    wanted = [{"Name": "opt-in-status", "Values": ["not-opted-in"]}]
    assert {region["RegionName"] for region in ec2.describe_regions(AllRegions=True, Filters=wanted)["Regions"]} == {
        name for name, status in every.items() if status == "not-opted-in"
    }
    assert error_of(ec2.describe_regions, RegionNames=["us--east-1"]) == (
        "InvalidParameterValue",
        "Invalid region: [us--east-1]",
    )
