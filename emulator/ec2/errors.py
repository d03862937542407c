# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from moto.ec2.exceptions import EC2ClientError

# Prefix of the id -> (AWS's error code, AWS's text); {} is the id.
_NOT_FOUND = {
    "vpc": ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    "subnet": ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    "rtb": ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    "rtbassoc": ("InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
    "igw": ("InvalidInternetGatewayID.NotFound", "The internetGateway ID '{}' does not exist"),
    "eigw": ("InvalidGatewayID.NotFound", "The eigw ID '{}' does not exist"),
    "nat": ("NatGatewayNotFound", "NatGateway {} was not found"),
    "eipassoc": ("InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
    "eipalloc": ("InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
    "sg": ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
    "sgr": ("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '{}' does not exist"),
    "pl": ("InvalidPrefixListID.NotFound", "The prefix list ID '{}' does not exist"),
    "pcx": ("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '{}' does not exist"),
    "vgw": ("InvalidVpnGatewayID.NotFound", "The vpnGateway ID '{}' does not exist"),
    "cgw": ("InvalidCustomerGatewayID.NotFound", "The customerGateway ID '{}' does not exist"),
    "vpn": ("InvalidVpnConnectionID.NotFound", "The vpnConnection ID '{}' does not exist"),
    "dopt": ("InvalidDhcpOptionsID.NotFound", "The dhcpOption ID '{}' does not exist"),
    "i": ("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
    "fl": ("InvalidFlowLogId.NotFound", "The flow log ID '{}' does not exist"),
    "acl": ("InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"),
    "aclassoc": ("InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
    "eni": ("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"),
    # Code: errCodeInvalidVPCBlockPublicAccessExclusionIdNotFound of the Terraform provider; the text is not verified.
    "vpcbpa-exclude": (
        "InvalidVpcBlockPublicAccessExclusionId.NotFound",
        "The VPC Block Public Access exclusion ID '{}' does not exist",
    ),
    "tgw": ("InvalidTransitGatewayID.NotFound", "Transit Gateway {} was deleted or does not exist."),
    "tgw-attach": (
        "InvalidTransitGatewayAttachmentID.NotFound",
        "Transit Gateway Attachment {} was deleted or does not exist.",
    ),
    "tgw-rtb": ("InvalidRouteTableID.NotFound", "Transit Gateway Route Table {} was deleted or does not exist."),
    # Codes: internal/service/ec2/errors.go of the Terraform provider; the texts are not verified.
    "tgw-ptb": (
        "InvalidTransitGatewayPolicyTableId.NotFound",
        "Transit Gateway Policy Table {} was deleted or does not exist.",
    ),
    "tgw-connect-peer": (
        "InvalidTransitGatewayConnectPeerID.NotFound",
        "Transit Gateway Connect Peer {} was deleted or does not exist.",
    ),
    "vpce": ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"),
    # https://github.com/rebuy-de/aws-nuke/issues/1258
    "vpce-svc": ("InvalidVpcEndpointServiceId.NotFound", "The VpcEndpointService Id '{}' does not exist"),
}


def not_found(resource_id: str, prefix: str = "") -> EC2ClientError:
    """Return AWS's error for an id that does not exist, by the id's prefix.

    prefix: of the expected resource, used if the id's own prefix is unknown; the error is InvalidID if both are.
    """
    unknown = _NOT_FOUND.get(prefix, ("InvalidID", "The ID '{}' is not valid"))
    code, text = _NOT_FOUND.get(resource_id.rpartition("-")[0], unknown)
    return EC2ClientError(code, text.format(resource_id))


def dependency_violation(kind: str, resource_id: str) -> EC2ClientError:
    """Return AWS's DependencyViolation error.

    kind: vpc, subnet, routeTable, internetGateway ... as AWS spells it in this message.
    """
    return EC2ClientError("DependencyViolation", f"The {kind} '{resource_id}' has dependencies and cannot be deleted.")


def invalid_value(message: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameterValue", message)


def only_attribute(given: list[str]) -> str:
    """Return the parameter of a Modify call, which changes one attribute at a time; texts: aws/aws-sdk-go#415

    Raises InvalidParameterCombination for more than one, or none.
    """
    if not given:
        raise EC2ClientError("InvalidParameterCombination", "No attributes specified.")
    if len(given) > 1:
        fields = ", ".join(name[0].lower() + name[1:] for name in given)
        raise EC2ClientError("InvalidParameterCombination", f"Fields for multiple attribute types specified: {fields}")
    return given[0]
