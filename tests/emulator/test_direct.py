# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The short ways that the emulator has beside moto's long ones give the same answers."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlencode, urlsplit

import jmespath
import pytest
from botocore.parsers import create_parser
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from moto.ec2.responses._base_response import EC2BaseResponse

from emulator.ec2.filters import getter
from emulator.ec2.responses import Ec2Responses
from emulator.ec2.serialize import xml_answer

from .conftest import HUB, SPOKE, refused

TAGS = [{"Key": "a & b", "Value": "<c>"}, {"Key": "Name", "Value": ""}]
READS = [
    "describe_availability_zones",
    "describe_internet_gateways",
    "describe_route_tables",
    "describe_security_group_rules",
    "describe_security_groups",
    "describe_subnets",
    "describe_tags",
    "describe_transit_gateway_attachments",
    "describe_transit_gateway_route_tables",
    "describe_transit_gateway_vpc_attachments",
    "describe_transit_gateways",
    "describe_vpcs",
]


@pytest.fixture
def network(ec2, vpc_id, subnet_id):
    """An account with some of what most others have, tagged with what XML has to escape."""
    gateway_id = ec2.create_transit_gateway(Description='"<hub>" & more')["TransitGateway"]["TransitGatewayId"]
    attachment = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=[subnet_id]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    group_id = ec2.create_security_group(GroupName="web", Description="a & b", VpcId=vpc_id)["GroupId"]
    table_id = ec2.describe_route_tables()["RouteTables"][0]["RouteTableId"]
    tables = ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    everything = [vpc_id, subnet_id, gateway_id, attachment, group_id, table_id]
    everything += [table["TransitGatewayRouteTableId"] for table in tables]
    everything += [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    everything += [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    everything += [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]]
    ec2.create_tags(Resources=everything, Tags=TAGS)
    return everything


@pytest.mark.parametrize("read", READS)
def test_xml_is_what_moto_writes(ec2, network, read):
    operation = ec2.meta.method_to_api_mapping[read]
    answer = getattr(ec2, read)()
    del answer["ResponseMetadata"]
    assert any(answer.values())
    model = get_service_model("ec2").operation_model(operation)
    picker = XFormedAttributePicker(response_transformers=EC2BaseResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER)
    moto = get_serializer_class("ec2", "ec2")(operation_model=model, value_picker=picker).serialize(answer)["body"]
    assert _parsed(ec2, operation, xml_answer(operation, answer)) == _parsed(ec2, operation, moto) == answer


def _parsed(ec2, operation, body):
    shape = ec2.meta.service_model.operation_model(operation).output_shape
    answer = create_parser("ec2").parse({"headers": {}, "status_code": 200, "body": body.encode()}, shape)
    del answer["ResponseMetadata"]
    return answer


CALLS = [
    ("ec2", {"Action": "DescribeVpcs"}),
    ("ec2", {"Action": "DescribeVpcs", "Filter.1.Name": "cidr", "Filter.1.Value.1": "10.1.0.0/16"}),
    ("ec2", {"Action": "DescribeVpcs", "Filter.1.Name": "tag:a & b", "Filter.1.Value.1": "<c>"}),
    ("ec2", {"Action": "DescribeVpcs", "VpcId.1": "vpc-0123456789abcdef0"}),
    ("ec2", {"Action": "DescribeVpcs", "DryRun": "true"}),
    ("ec2", {"Action": "DescribeVpcs", "Filter.1.Name": "colour", "Filter.1.Value.1": "x"}),
    ("ec2", {"Action": "DescribeSubnets", "MaxResults": "5"}),
    ("ec2", {"Action": "DescribeRegions"}),
    ("ec2", {"Action": "DescribeNonsense"}),
    ("ec2", {"Action": "DescribeHosts"}),
    ("ec2", {"Action": "CreateVpc", "CidrBlock": ""}),
    ("ec2", {"Action": "CreateTags", "ResourceId.1": "vpc-0123456789abcdef0", "Tag.1.Key": "k"}),
    ("sts", {"Action": "GetCallerIdentity"}),
    ("sts", {"Action": "AssumeRole", "RoleArn": "nonsense", "RoleSessionName": "tests"}),
    ("sts", {"Action": "AssumeRole", "RoleArn": f"arn:aws:iam::{HUB}:role/x", "RoleSessionName": "tests"}),
]


@pytest.mark.parametrize(
    ("service", "form"), CALLS, ids=lambda value: value if isinstance(value, str) else value["Action"]
)
def test_answer_is_what_flask_gives(emulator, network, service, form):
    """A form in the query string takes moto's way."""
    of_form, of_query = (_ask(emulator, service, form, in_query) for in_query in (False, True))
    assert of_form == of_query


def _ask(emulator, service, form, in_query):
    """(status, headers, body) without what is drawn by lot."""
    credentials = emulator.credentials(SPOKE)
    encoded = urlencode(form | {"Version": "2016-11-15" if service == "ec2" else "2011-06-15"})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credentials['aws_access_key_id']}/20260101/eu-central-1/"
        f"{service}/aws4_request, SignedHeaders=host, Signature=0",
        "X-Amz-Security-Token": credentials["aws_session_token"],
    }
    connection = http.client.HTTPConnection(urlsplit(emulator.endpoint).netloc)
    connection.request("POST", f"/?{encoded}" if in_query else "/", "" if in_query else encoded, headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    drawn = "AccessKeyId|SecretAccessKey|SessionToken|Expiration|AssumedRoleId|UserId|[rR]equestI[dD]"
    named = {name.lower(): value for name, value in response.getheaders()}
    for name in ("x-amzn-requestid", "date", "content-length"):
        named.pop(name)
    return response.status, named, re.sub(rf"<({drawn})>[^<]*<", r"<\1><", body)


@pytest.mark.parametrize(
    "path",
    [
        "State",
        "Options.Dns",
        "Nothing",
        "Nothing.At.All",
        "State.More",
        "Routes[].State",
        "Routes[].To.Id",
        "Tags[].Key",
    ],
)
def test_filter_path_is_what_jmespath_finds(path):
    item = {
        "State": "available",
        "Options": {"Dns": True},
        "Routes": [{"State": "active", "To": {"Id": 1}}, {"State": None}, {"To": {}}],
    }
    assert getter(path)(item) == jmespath.search(path, item)
    assert getter(path)({}) == jmespath.search(path, {})


def test_connection_stays_open(emulator):
    """As AWS's do; and what is sent on it after an error is answered."""
    connection = http.client.HTTPConnection(urlsplit(emulator.endpoint).netloc)
    for path, status in (("/_emulator/settings", 200), ("/_emulator/nothing", 404), ("/_emulator/calls", 200)):
        connection.request("GET", path)
        socket = connection.sock
        response = connection.getresponse()
        assert (response.status, response.read() != b"") == (status, True)
        assert connection.sock is socket is not None
    connection.close()


def test_key_that_was_taken_away(emulator):
    """An account is known by its key, a key that is gone by none."""
    session = emulator.session(SPOKE)
    iam = session.client("iam", "eu-central-1", endpoint_url=emulator.endpoint)
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    sts = emulator.plain_client("sts", **credentials)
    assert sts.get_caller_identity()["Account"] == SPOKE
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    assert refused(sts.get_caller_identity) == ("InvalidClientTokenId", 403)


def test_no_file_of_ec2_hides_a_private_method_of_another():
    """They are one class in the end. A public one may go on to the next."""
    ours = [cls for cls in Ec2Responses.__mro__ if cls.__module__.startswith("emulator.")]
    names = [name for cls in ours for name in vars(cls) if name.startswith("_") and not name.startswith("__")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
