# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every filter that the EC2 API model documents of an operation that the emulator answers: it is applied, or refused.

The model's text about Filters is that of the operation's page in the API reference. Where an item of the answer has the
member that a filter is about, the filter keeps the items with a value and drops the others; the member's path is found
here by its name, independently of the emulator's tables.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import botocore.session
import jmespath
import pytest
from botocore.model import OperationModel, Shape

from emulator.app import Emulator
from emulator.ec2.filter_support import support
from emulator.ec2.moto_listings import LISTINGS
from emulator.ec2.responses import Ec2Responses
from tests.emulator.conftest import HUB, KEY, SEED, error_of
from tests.emulator.filter_world import build
from tests.emulator.in_process import Clients

MODEL = botocore.session.get_session().get_service_model("ec2")
# Path in an item (JMESPath) of filters whose name says something else: "operation filter", or "operation prefix.".
PATHS = {
    "DescribeDhcpOptions key": "DhcpConfigurations[].Key",
    "DescribeDhcpOptions value": "DhcpConfigurations[].Values[].Value",
    "DescribeImages block-device-mapping.": "BlockDeviceMappings[].Ebs",
    "DescribeImages block-device-mapping.device-name": "BlockDeviceMappings[].DeviceName",
    "DescribeImages is-public": "Public",
    "DescribeInstanceStatus instance-status.reachability": "InstanceStatus.Details[].Status",
    "DescribeInstanceStatus system-status.reachability": "SystemStatus.Details[].Status",
    "DescribeInstances availability-zone": "Placement.AvailabilityZone",
    "DescribeInstances block-device-mapping.": "BlockDeviceMappings[].Ebs",
    "DescribeInstances block-device-mapping.device-name": "BlockDeviceMappings[].DeviceName",
    "DescribeInstances dns-name": "PublicDnsName",
    "DescribeInstances instance-state-code": "State.Code",
    "DescribeInstances instance-state-name": "State.Name",
    "DescribeInstances instance.": "SecurityGroups[]",
    "DescribeInstances ip-address": "PublicIpAddress",
    "DescribeInstances launch-index": "AmiLaunchIndex",
    "DescribeInstances network-interface.addresses.": "NetworkInterfaces[].PrivateIpAddresses[]",
    "DescribeInstances network-interface.attachment.instance-id": "InstanceId",
    "DescribeInstances network-interface.attachment.instance-owner-id": "OwnerId",
    "DescribeInstances network-interface.availability-zone": "Placement.AvailabilityZone",
    "DescribeInstances network-interface.group-id": "NetworkInterfaces[].Groups[].GroupId",
    "DescribeInstances network-interface.group-name": "NetworkInterfaces[].Groups[].GroupName",
    "DescribeInstances tenancy": "Placement.Tenancy",
    "DescribeInstanceTypes supported-usage-class": "SupportedUsageClasses",
    "DescribeKeyPairs fingerprint": "KeyFingerprint",
    "DescribeLaunchTemplateVersions image-id": "LaunchTemplateData.ImageId",
    "DescribeLaunchTemplateVersions instance-type": "LaunchTemplateData.InstanceType",
    "DescribeLaunchTemplateVersions is-default-version": "DefaultVersion",
    "DescribeNetworkAcls association.association-id": "Associations[].NetworkAclAssociationId",
    "DescribeNetworkAcls default": "IsDefault",
    "DescribeNetworkAcls entry.": "Entries[]",
    "DescribeNetworkAcls entry.cidr": "Entries[].CidrBlock",
    "DescribeNetworkAcls entry.icmp.code": "Entries[].IcmpTypeCode.Code",
    "DescribeNetworkAcls entry.icmp.type": "Entries[].IcmpTypeCode.Type",
    "DescribeNetworkAcls entry.ipv6-cidr": "Entries[].Ipv6CidrBlock",
    "DescribeSecurityGroups egress.ip-permission.": "IpPermissionsEgress[]",
    "DescribeSecurityGroups egress.ip-permission.cidr": "IpPermissionsEgress[].IpRanges[].CidrIp",
    "DescribeSecurityGroups egress.ip-permission.group-id": "IpPermissionsEgress[].UserIdGroupPairs[].GroupId",
    "DescribeSecurityGroups egress.ip-permission.ipv6-cidr": "IpPermissionsEgress[].Ipv6Ranges[].CidrIpv6",
    "DescribeSecurityGroups egress.ip-permission.prefix-list-id": "IpPermissionsEgress[].PrefixListIds[].PrefixListId",
    "DescribeSecurityGroups egress.ip-permission.protocol": "IpPermissionsEgress[].IpProtocol",
    "DescribeSecurityGroups egress.ip-permission.user-id": "IpPermissionsEgress[].UserIdGroupPairs[].UserId",
    "DescribeSecurityGroups ip-permission.cidr": "IpPermissions[].IpRanges[].CidrIp",
    "DescribeSecurityGroups ip-permission.group-id": "IpPermissions[].UserIdGroupPairs[].GroupId",
    "DescribeSecurityGroups ip-permission.ipv6-cidr": "IpPermissions[].Ipv6Ranges[].CidrIpv6",
    "DescribeSecurityGroups ip-permission.prefix-list-id": "IpPermissions[].PrefixListIds[].PrefixListId",
    "DescribeSecurityGroups ip-permission.protocol": "IpPermissions[].IpProtocol",
    "DescribeSecurityGroups ip-permission.user-id": "IpPermissions[].UserIdGroupPairs[].UserId",
    "DescribeSnapshots status": "State",
    "DescribeSubnets ipv6-cidr-block-association.": "Ipv6CidrBlockAssociationSet[]",
    "DescribeSubnets ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlockState.State",
    "DescribeVolumes attachment.status": "Attachments[].State",
    "DescribeVolumes status": "State",
    "DescribeVpcClassicLink is-classic-link-enabled": "ClassicLinkEnabled",
    "DescribeVpcEndpointServices service-type": "ServiceType[].ServiceType",
    "DescribeVpcEndpoints vpc-endpoint-state": "State",
    "DescribeVpcs cidr": "CidrBlock",
    "DescribeVpcs cidr-block-association.state": "CidrBlockAssociationSet[].CidrBlockState.State",
    "DescribeVpcs ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlockState.State",
    "DescribeVpnGateways attachment.": "VpcAttachments[]",
    "GetTransitGatewayPrefixListReferences attachment.": "TransitGatewayAttachment",
    "GetTransitGatewayPrefixListReferences is-blackhole": "Blackhole",
    "SearchTransitGatewayRoutes attachment.": "TransitGatewayAttachments[]",
}
NO_VALUE = "no-item-has-this"
# Values of no item where the form of a value is checked.
NOTHING = {"DescribeSecurityGroupRules group-id": "sg-00000000000000000"} | {
    f"SearchTransitGatewayRoutes route-search.{kind}-match": "192.0.2.0/24"
    for kind in ("exact", "longest-prefix", "subnet-of", "supernet-of")
}
NOT_ANSWERED = {"DescribeReservedInstances", "DescribeReservedInstancesListings"}
OF_MOTO = set(LISTINGS)


def documented(operation: OperationModel) -> list[str]:
    shape = filters_shape(operation)
    names = re.findall(r"<li> *<p> *<code>([^<]+)</code>", shape.documentation) if shape else []
    return [html.unescape(name).strip() for name in names]


def filters_shape(operation: OperationModel) -> Shape | None:
    members = operation.input_shape.members if operation.input_shape else {}
    return members.get("Filters") or members.get("Filter")


SUPPORT = support(Ec2Responses)
OPERATIONS = sorted(SUPPORT)


class World:
    """The network, and its account's client; the answers without filters are asked for once."""

    def __init__(self) -> None:
        application = Emulator(SEED)
        application.control.set(transition=0)
        clients = Clients(application)
        keys = clients.client("sts", **KEY).assume_role(
            RoleArn=f"arn:aws:iam::{HUB}:role/OrganizationAccountAccessRole", RoleSessionName="tests"
        )["Credentials"]
        credentials = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
        self.ec2 = clients.client("ec2", **credentials)
        self.required = build(self.ec2, clients.client("elbv2", **credentials), clients.client("s3", **credentials))
        self.methods = {operation: method for method, operation in self.ec2.meta.method_to_api_mapping.items()}

    def items(self, operation: str, **filters: Any) -> list[dict[str, Any]]:
        if operation == "SearchTransitGatewayRoutes" and not filters:
            filters = {"Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]}
        answer = getattr(self.ec2, self.methods[operation])(**self.required.get(operation, {}), **filters)
        lists = [value for name, value in answer.items() if isinstance(value, list) and name != "ServiceNames"]
        items = [item for values in lists for item in values]
        if operation == "DescribeInstances":
            outer = ("OwnerId", "ReservationId")
            items = [
                instance | {name: item[name] for name in outer} for item in items for instance in item["Instances"]
            ]
        return items

    def filtered(self, operation: str, name: str, value: str) -> list[dict[str, Any]]:
        parameter = "Filters" if "Filters" in MODEL.operation_model(operation).input_shape.members else "Filter"
        return self.items(operation, **{parameter: [{"Name": name, "Values": [value]}]})


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    yield World()


def texts(value: Any) -> set[str]:
    """Texts that a filter compares with a value of an answer."""
    if isinstance(value, list):
        return {text for part in value for text in texts(part)}
    if isinstance(value, bool):
        return {str(value).lower()}
    if isinstance(value, datetime):
        return {value.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    return set() if value is None or isinstance(value, dict) else {str(value)}


def values_of(item: dict[str, Any], operation: str, name: str) -> set[str]:
    """Texts of an item that a filter is about."""
    start, _, end = name.rpartition(".")
    for key, words in ((f"{operation} {name}", ""), (f"{operation} {start}.", end)):
        if key in PATHS:
            return texts(found(jmespath.search(PATHS[key], item), words.split("-") if words else []))
    return texts(found(item, re.split("[-.]", name)))


def found(item: Any, words: list[str]) -> list[Any]:
    """Values of an item at the members that the words name: ["ip", "permission", "cidr"] -> IpPermissions[].Cidr..."""
    if isinstance(item, list):
        return [value for part in item for value in found(part, words)]
    if not words:
        return [item]
    if not isinstance(item, dict):
        return []
    values: list[Any] = []
    for count in range(1, len(words) + 1):
        name = "".join(words[:count]).lower()
        for member, inner in item.items():
            if member.lower() in (name, f"{name}s", f"{name}set"):
                values += found(inner, words[count:])
    return values


@pytest.mark.parametrize("operation", OPERATIONS)
def test_documented_filters(world, operation):
    """Applied where an item has the value; all are dropped without one; or refused, and the error says by whom."""
    if operation in NOT_ANSWERED:
        pytest.skip("the operation itself is refused by name")
    items = world.items(operation)
    for name in documented(MODEL.operation_model(operation)):
        name = "tag:tier" if name.partition(":")[0] == "tag" else name
        if name.partition(":")[0] in SUPPORT[operation].refused:
            code, message = error_of(world.filtered, operation=operation, name=name, value=NO_VALUE)
            assert (code, message) == ("InvalidParameterValue", f"The filter '{name}' is not supported by the emulator")
            continue
        assert world.filtered(operation, name, NOTHING.get(f"{operation} {name}", NO_VALUE)) == [], name
        if name == "tag:tier" or name.startswith("route-search"):
            continue
        by_item = [values_of(item, operation, name) for item in items]
        counts = Counter(text for texts_of_item in by_item for text in texts_of_item)
        if counts:
            text = min(counts, key=counts.__getitem__)
            kept = world.filtered(operation, name, re.sub(r"([*?\\])", r"\\\1", text))
            assert len(kept) == counts[text], (name, text)
            assert all(text in values_of(item, operation, name) for item in kept), (name, text)


def test_filters_of_tags(world):
    """tag:KEY keeps the tagged item, tag-key the same: in all Describe operations whose items have tags."""
    checked = 0
    for operation in OPERATIONS:
        if "tag" not in SUPPORT[operation].applied or operation in NOT_ANSWERED or operation == "DescribeTags":
            continue
        tagged = [item for item in world.items(operation) if item.get("Tags") or item.get("TagSet")]
        assert world.filtered(operation, "tag:tier", "*") == tagged, operation
        assert world.filtered(operation, "tag-key", "tier") == tagged, operation
        checked += bool(tagged)
    assert checked > 20


def test_all_documented_filters_are_right_or_named():
    """The network operations have all filters but those named here."""
    total = sum(len(found.applied) + len(found.refused) for found in SUPPORT.values())
    assert total > 700
    refused = {operation: sorted(found.refused) for operation, found in SUPPORT.items() if found.refused}
    assert {operation: refused[operation] for operation in refused if operation not in OF_MOTO} == {
        "DescribeAvailabilityZones": ["group-long-name"],
        # The emulator has no resource endpoints, so it never returns one.
        "DescribeVpcEndpointAssociations": [
            "associated-resource-accessibility",
            "associated-resource-id",
            "association-id",
            "resource-configuration-group-arn",
            "service-network-arn",
            "vpc-endpoint-id",
        ],
        "DescribeVpcEndpointConnections": ["transit-gateway-attachment-id"],
    }
