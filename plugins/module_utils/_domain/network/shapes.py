# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shapes of a snapshot's items: the members that AWS always shows and no path does without, and the forms of others.

Files may have been edited, or come from elsewhere; one that is malformed is named, before anything is judged by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from ..._core.errors import Invalid

TEXT, NUMBER, FLAG = "a text", "a number", "true or false"
CIDR, ADDRESS, DIGITS = "a CIDR", "an IP address", "a number as text"

# A member's shape: one of the above, a mapping of members, or a list with the shape of its items; a name that ends in ?
# is of a member that may be missing.
ASSOCIATED = {"State?": TEXT}
TARGETS = ("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId")
RULE = {
    "IpProtocol": TEXT,
    "FromPort?": NUMBER,
    "ToPort?": NUMBER,
    "IpRanges?": [{"CidrIp": CIDR}],
    "Ipv6Ranges?": [{"CidrIpv6": CIDR}],
    "PrefixListIds?": [{"PrefixListId": TEXT}],
    "UserIdGroupPairs?": [{"GroupId": TEXT, "VpcId?": TEXT}],
}
IPV6_BLOCKS = [{"Ipv6CidrBlock": CIDR, "Ipv6CidrBlockState?": ASSOCIATED}]
PEER = {"VpcId?": TEXT}
TAGS = [{"Key": TEXT, "Value?": TEXT}]
TRANSIT_ROUTES = {
    "Routes": [
        {
            "State": TEXT,
            "Type?": TEXT,
            "DestinationCidrBlock?": CIDR,
            "PrefixListId?": TEXT,
            "TransitGatewayAttachments?": [{"TransitGatewayAttachmentId": TEXT}],
        }
    ]
}
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "InternetGateways": {"Attachments?": [{"VpcId": TEXT, "State?": TEXT}]},
    "NatGateways": {
        "State": TEXT,
        "VpcId?": TEXT,
        "SubnetId?": TEXT,
        "NatGatewayAddresses?": [{"PrivateIp?": ADDRESS, "PublicIp?": ADDRESS, "NetworkInterfaceId?": TEXT}],
    },
    "NetworkAcls": {
        "VpcId?": TEXT,
        "Associations": [{"SubnetId": TEXT}],
        "Entries": [
            {
                "Egress": FLAG,
                "RuleNumber": NUMBER,
                "RuleAction": TEXT,
                "Protocol": TEXT,
                "CidrBlock?": CIDR,
                "Ipv6CidrBlock?": CIDR,
                "PortRange?": {"From": NUMBER, "To": NUMBER},
                "IcmpTypeCode?": {"Type?": NUMBER, "Code?": NUMBER},
            }
        ],
    },
    "NetworkInterfaces": {
        "SubnetId": TEXT,
        "VpcId?": TEXT,
        "PrivateIpAddress?": ADDRESS,
        "PrivateIpAddresses?": [{"PrivateIpAddress": ADDRESS, "Association?": {"PublicIp?": ADDRESS}}],
        "Ipv6Addresses?": [{"Ipv6Address": ADDRESS}],
        "Ipv4Prefixes?": [{"Ipv4Prefix": CIDR}],
        "Ipv6Prefixes?": [{"Ipv6Prefix": CIDR}],
        "Groups": [{"GroupId": TEXT}],
        "Attachment?": {"InstanceId?": TEXT, "DeviceIndex?": NUMBER},
        "InterfaceType?": TEXT,
        "Description?": TEXT,
        "Status?": TEXT,
    },
    "PrefixLists": {"Cidrs": [CIDR], "PrefixListName?": TEXT},
    "Reservations": {"Instances": [{"InstanceId": TEXT, "State": {"Name": TEXT}}]},
    "RouteTables": {
        "VpcId?": TEXT,
        "Associations?": [{"SubnetId?": TEXT, "GatewayId?": TEXT, "Main?": FLAG, "AssociationState?": ASSOCIATED}],
        "Routes": [
            {
                "DestinationCidrBlock?": CIDR,
                "DestinationIpv6CidrBlock?": CIDR,
                "DestinationPrefixListId?": TEXT,
                "State?": TEXT,
                **{f"{target}?": TEXT for target in TARGETS},
            }
        ],
    },
    "SecurityGroups": {"VpcId?": TEXT, "IpPermissions?": [RULE], "IpPermissionsEgress?": [RULE]},
    "Subnets": {
        "VpcId": TEXT,
        "CidrBlock?": CIDR,
        "Ipv6CidrBlockAssociationSet?": IPV6_BLOCKS,
        "AvailabilityZoneId?": TEXT,
        "AvailabilityZone?": TEXT,
    },
    "TransitGatewayAttachmentNatConfigurations": {"NatGatewayRules?": [{"MatchSourceCidr": CIDR, "NatCidr": CIDR}]},
    "TransitGatewayAttachments": {
        "TransitGatewayId": TEXT,
        "ResourceType": TEXT,
        "ResourceId?": TEXT,
        "State": TEXT,
        "Association?": {"State?": TEXT, "TransitGatewayRouteTableId?": TEXT},
    },
    "TransitGatewayPolicyTableEntries": {
        "TransitGatewayPolicyTableEntries": [{"PolicyRuleNumber": DIGITS, "TargetRouteTableId?": TEXT}]
    },
    "TransitGatewayPropagations": {
        "TransitGatewayRouteTablePropagations": [
            {"State": TEXT, "ResourceId": TEXT, "ResourceType": TEXT, "TransitGatewayAttachmentId": TEXT}
        ]
    },
    "TransitGatewayRouteTables": {"TransitGatewayId": TEXT},
    "TransitGatewayRoutes": TRANSIT_ROUTES,
    "TransitGatewayStaticRoutes": TRANSIT_ROUTES,
    "TransitGatewayVpcAttachments": {
        "TransitGatewayId": TEXT,
        "VpcId": TEXT,
        "State": TEXT,
        "SubnetIds": [TEXT],
        "Options?": {"ApplianceModeSupport?": TEXT, "Ipv6Support?": TEXT},
    },
    "Unread": {"Kind": TEXT, "Operation": TEXT, "Code": TEXT, "Of?": TEXT},
    "VpcBlockPublicAccessExclusions": {"ResourceArn": TEXT, "State": TEXT, "InternetGatewayExclusionMode": TEXT},
    "VpcEndpoints": {
        "VpcId": TEXT,
        "State": TEXT,
        "VpcEndpointType": TEXT,
        "NetworkInterfaceIds?": [TEXT],
        "SubnetIds?": [TEXT],
        "Tags?": TAGS,
        "DnsEntries?": [{"DnsName?": TEXT}],
    },
    "VpcPeeringConnections": {
        "Status?": {"Code?": TEXT},
        "RequesterVpcInfo?": PEER,
        "AccepterVpcInfo?": PEER,
    },
    "Vpcs": {
        "CidrBlock": CIDR,
        "OwnerId?": TEXT,
        "CidrBlockAssociationSet?": [{"CidrBlock": CIDR, "CidrBlockState?": ASSOCIATED}],
        "Ipv6CidrBlockAssociationSet?": IPV6_BLOCKS,
    },
}


def id_of(path: str, item: Mapping[str, Any], member: str) -> str:
    """Return an item's id; raise Invalid, naming the file, for one that is no text."""
    if not isinstance(item[member], str):
        raise Invalid(path, None, f"has an item that is malformed at {member}", f"{TEXT}, as AWS shows it")
    return str(item[member])


def check(path: str, kind: str, id_: str, item: Mapping[str, Any]) -> None:
    """Raise Invalid, naming the file, the item and the member, for an item that hasn't the shape of its kind."""
    wrong = _wrong(item, SHAPES.get(kind, {}), "")
    if wrong:
        where, expected = wrong
        raise Invalid(path, id_, f"is malformed at {where}", f"{expected}, as AWS shows it")


def _wrong(value: Any, shape: Any, where: str) -> tuple[str, str] | None:
    """Return (the member that is wrong, what is expected there); None if nothing is."""
    if isinstance(shape, str):
        return None if FORMS[shape](value) else (where, shape)
    if isinstance(shape, list):
        if not isinstance(value, (list, tuple)):
            return where, "a list"
        return next((found for item in value if (found := _wrong(item, shape[0], where))), None)
    if not isinstance(value, Mapping):
        return where, "an object"
    for name, of_member in shape.items():
        member = name.removesuffix("?")
        if member not in value and member != name:
            continue
        found = _wrong(value.get(member), of_member, f"{where}.{member}".lstrip("."))
        if found:
            return found
    return None


@lru_cache(maxsize=65536)
def _parses(parse: Callable[[str], Any], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


FORMS: Mapping[str, Callable[[Any], bool]] = {
    TEXT: _is_text,
    NUMBER: lambda value: isinstance(value, int),
    DIGITS: lambda value: str(value).isdecimal(),
    FLAG: lambda value: isinstance(value, bool),
    CIDR: lambda value: isinstance(value, str) and _parses(ip_network, value),
    ADDRESS: lambda value: isinstance(value, str) and _parses(ip_address, value),
}
