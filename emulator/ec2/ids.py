# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The form of ids in requests: AWS refuses one of another form than prefix, dash, 8 or 17 hexadecimal digits.

Codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html ("The specified VPC ID is malformed",
...); a kind of id that it lists without such a code (eipalloc, vgw, rtbassoc, fl) has NotFound alone, here, too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from moto.ec2.exceptions import EC2ClientError

# Texts as users quote AWS: hashicorp/terraform#4381 and F5Networks/f5-cloud-failover-extension#150 (most kinds),
# terraform-aws-modules/terraform-aws-vpc#312 (calls about endpoints), ansible-collections/community.aws#1475
# (egress-only gateways), aws-controllers-k8s/ec2-controller#59 (NAT gateways).
_USUAL = 'Invalid id: "{id}" (expecting "{prefix}-...")'
_OF_ENDPOINTS = (
    "Invalid Id: '{id}' (expecting '{prefix}-...; the Id may only contain lowercase alphanumeric characters and a "
    "single dash')"
)
_IS_MALFORMED = "The {word} ID {id} is malformed"

# Prefix -> (code, text).
_MALFORMED = {
    "acl": ("InvalidNetworkAclId.Malformed", _USUAL),
    "ami": ("InvalidAMIID.Malformed", _USUAL),
    "cgw": ("InvalidCustomerGatewayId.Malformed", _USUAL),
    "cr": ("InvalidCapacityReservationId.Malformed", _USUAL),
    "dopt": ("InvalidDhcpOptionsId.Malformed", _USUAL),
    "eigw": ("InvalidEgressOnlyInternetGatewayId.Malformed", _USUAL),
    "eni": ("InvalidNetworkInterfaceId.Malformed", _USUAL),
    "eni-attach": ("InvalidNetworkInterfaceAttachmentId.Malformed", _USUAL),
    "h": ("InvalidHostID.Malformed", _USUAL),
    "i": ("InvalidInstanceID.Malformed", _USUAL),
    "igw": ("InvalidInternetGatewayId.Malformed", _USUAL),
    "lt": ("InvalidLaunchTemplateId.Malformed", _USUAL),
    "nat": ("NatGatewayMalformed", _IS_MALFORMED.format(word="NatGateway", id="{id}")),
    "pcx": ("InvalidVpcPeeringConnectionId.Malformed", _USUAL),
    "pl": ("InvalidPrefixListId.Malformed", _USUAL),
    "rtb": ("InvalidRouteTableId.Malformed", _USUAL),
    "sg": ("InvalidGroupId.Malformed", _USUAL),
    "sgr": ("InvalidSecurityGroupRuleId.Malformed", _USUAL),
    "snap": ("InvalidSnapshotID.Malformed", _USUAL),
    "subnet": ("InvalidSubnetID.Malformed", _USUAL),
    # Of floci-io/floci#2347 and #2348 (tried on AWS).
    "tgw": ("InvalidTransitGatewayID.Malformed", "Invalid Transit Gateway id {id}."),
    "tgw-attach": ("InvalidTransitGatewayAttachmentID.Malformed", "Invalid Transit Gateway Attachment id."),
    "tgw-rtb": ("InvalidRouteTableId.Malformed", "Invalid Transit Gateway Route Table id {id}."),
    "vol": ("InvalidVolumeID.Malformed", _USUAL),
    "vpc": ("InvalidVpcID.Malformed", _USUAL),
    # Only of CreateNatGateway.
    "eipalloc": ("InvalidElasticIpID.Malformed", "The elastic-ip ID '{id}' is malformed"),
    "vpce": ("InvalidVpcEndpointId.Malformed", _OF_ENDPOINTS),
    # Spelled so on the page.
    "vpce-svc": ("InvalidVpcEndpointServiceIdId.Malformed", _OF_ENDPOINTS),
}
# Parameter on the wire, without its place and index -> prefix of its ids.
_PREFIXES = {
    "AddRouteTableId": "rtb",
    "AddSecurityGroupId": "sg",
    "AddSubnetId": "subnet",
    "AddSubnetIds": "subnet",
    "AssociatedSubnetId": "subnet",
    "AssociationDefaultRouteTableId": "tgw-rtb",
    "AttachmentId": "eni-attach",
    "CapacityReservationId": "cr",
    "CustomerGatewayId": "cgw",
    "DestinationPrefixListId": "pl",
    "DhcpOptionsId": "dopt",
    "EgressOnlyInternetGatewayId": "eigw",
    "GroupId": "sg",
    "HostId": "h",
    "ImageId": "ami",
    "InstanceId": "i",
    "InternetGatewayId": "igw",
    "LaunchTemplateId": "lt",
    "NatGatewayId": "nat",
    "NetworkAclId": "acl",
    "NetworkInterfaceId": "eni",
    "PeerVpcId": "vpc",
    "PrefixListId": "pl",
    "PropagationDefaultRouteTableId": "tgw-rtb",
    "ReferencedGroupId": "sg",
    "RemoveRouteTableId": "rtb",
    "RemoveSecurityGroupId": "sg",
    "RemoveSubnetId": "subnet",
    "RemoveSubnetIds": "subnet",
    "RouteTableId": "rtb",
    "SecurityGroupId": "sg",
    "SecurityGroupIds": "sg",
    "SecurityGroupRuleId": "sgr",
    "ServiceId": "vpce-svc",
    "SnapshotId": "snap",
    "SubnetId": "subnet",
    "SubnetIds": "subnet",
    "TransitGatewayAttachmentId": "tgw-attach",
    "TransitGatewayAttachmentIds": "tgw-attach",
    "TransitGatewayId": "tgw",
    "TransitGatewayIds": "tgw",
    "TransitGatewayRouteTableId": "tgw-rtb",
    "TransitGatewayRouteTableIds": "tgw-rtb",
    "TransportTransitGatewayAttachmentId": "tgw-attach",
    "VolumeId": "vol",
    "VpcEndpointId": "vpce",
    "VpcId": "vpc",
    "VpcIds": "vpc",
    "VpcPeeringConnectionId": "pcx",
}
# Parameters that only one operation checks.
_PREFIXES_OF = {
    ("CreateNatGateway", "AllocationId"): "eipalloc",
    ("CreateNatGateway", "SecondaryAllocationId"): "eipalloc",
}
# (part of the operation's name, prefix) -> another code, other text, or None: not checked.
_OF_OPERATIONS: dict[tuple[str, str], tuple[str, str] | None] = {
    ("VpcEndpoint", "vpc"): ("InvalidVpcId.Malformed", _OF_ENDPOINTS),
    ("VpcEndpoint", "rtb"): ("InvalidRouteTableId.Malformed", _OF_ENDPOINTS),
    ("EgressOnlyInternetGateway", "vpc"): (
        "InvalidVpcId.Malformed",
        _IS_MALFORMED.format(word="vpc", id="{id}"),
    ),
    ("CreateNatGateway", "subnet"): ("InvalidSubnetID.Malformed", "The subnet ID '{id}' is malformed"),
    # NotFound for tgw-abcdefghij0123456: moto's test_create_vpn_connection_to_unknown_transit_gateway (aws_verified).
    ("CreateVpnConnection", "tgw"): None,
    # Ids of other kinds under the same names.
    ("PlacementGroup", "sg"): None,
    ("VerifiedAccess", "sg"): None,
}
# An empty id is a missing one; AssociateDhcpOptions takes "default".
_OTHER_VALUES = ("", "default")
_FORM = re.compile(r"[0-9a-f]{8}(?:[0-9a-f]{9})?")
# acl-000000000000 is only not found: ec2_vpc_nacl's integration target (amazon.aws). Whether other kinds take other
# lengths, too, is not verified; of VPCs 9 digits are malformed (community.aws#1475, egress-only gateways).
_FORMS = {"acl": re.compile(r"[0-9a-f]{8,17}")}


def malformed(prefix: str, resource_id: str) -> EC2ClientError:
    """Return AWS's error for an id of another form. prefix: of the ids that the parameter takes."""
    code, text = _MALFORMED[prefix]
    return EC2ClientError(code, text.format(id=resource_id, prefix=prefix))


def is_well_formed(prefix: str, resource_id: str) -> bool:
    if prefix == "ami" and resource_id.startswith("resolve:ssm:"):  # "ImageId" of RunInstances
        return True
    start, _, digits = resource_id.rpartition("-")
    return start == prefix and _FORMS.get(prefix, _FORM).fullmatch(digits) is not None


@functools.lru_cache(maxsize=65536)
def _kind(operation: str, name: str) -> tuple[str, str, str] | None:
    """Return (prefix, code, text) for ids of a parameter, None if it has no ids that AWS checks."""
    *place, last = [part for part in name.split(".") if not part.isdigit()]
    prefix = _PREFIXES.get(last) or _PREFIXES_OF.get((operation, last))
    if prefix is None or (last == "GroupId" and "Placement" in place) or "LaunchTemplateData" in place:
        return None
    found: tuple[str, str] | None = _MALFORMED[prefix]
    for (part, of), other in _OF_OPERATIONS.items():
        if of == prefix and part in operation:
            found = other
    return (prefix, *found) if found else None


def check_ids(operation: str, parameters: Iterable[tuple[str, str]]) -> None:
    """Raise AWS's error for the first malformed id of a request.

    parameters: (name on the wire, value): ("SubnetId.1", "subnet-0123456789abcdef0"), ...
    """
    parameters = list(parameters)
    if operation == "ModifyLaunchTemplate" and any(name == "LaunchTemplateName" for name, _ in parameters):
        return  # an id beside the name is refused first, whatever its form
    for name, value in parameters:
        kind = _kind(operation, name)
        if kind is None or value in _OTHER_VALUES:
            continue
        # ela-attach: of interfaces that services attach.
        if not is_well_formed(kind[0], value.replace("ela-attach-", "eni-attach-", 1)):
            raise EC2ClientError(kind[1], kind[2].format(id=value, prefix=kind[0]))
