# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Request token buckets that AWS documents for EC2, for the setting `buckets: documented` (see control.py).

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html, "Request token bucket sizes and refill rates":
every number below is from its tables, read in a copy of the page that names DeclarativePolicies (2024-12 or later). AWS
raises them on request and may set other values for an account or region.

Not verified: which parameters make a call a filtered one. The page says "pagination or a filter"; here every parameter
that narrows the answer does, ids too. Not emulated: resource token buckets (which RunInstances, StartInstances,
StopInstances and TerminateInstances have as well) and the console's buckets.
"""

from __future__ import annotations

from collections.abc import Mapping

# (capacity, refill per second)
Limits = tuple[float, float]

NON_MUTATING, UNFILTERED, MUTATING, RESOURCE_INTENSIVE = (100, 20), (50, 10), (50, 5), (50, 5)
_READS = ("Describe", "List", "Search", "Get")
# Operations whose calls without filter and pagination have a smaller bucket of their own.
_UNFILTERED = {
    "DescribeInstances",
    "DescribeInstanceStatus",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeSpotInstanceRequests",
    "DescribeVolumes",
}
_RESOURCE_INTENSIVE = {
    "AcceptVpcPeeringConnection",
    "AuthorizeSecurityGroupIngress",
    "CancelSpotInstanceRequests",
    "CreateKeyPair",
    "CreateVpcPeeringConnection",
    "DeleteVpcPeeringConnection",
    "RejectVpcPeeringConnection",
    "RequestSpotInstances",
    "RevokeSecurityGroupIngress",
}
# "Uncategorized actions": limits -> operations.
_OF_THEIR_OWN: dict[Limits, str] = {
    (100, 13): "DescribeSpotDatafeedSubscription",
    (100, 10): "CreateTags DeleteTags",
    (100, 5): (
        "AssignIpv6Addresses AssignPrivateIpAddresses AssociateIamInstanceProfile CreateLaunchTemplateVersion "
        "CreateNetworkInterface CreateSnapshot CreateSnapshots CreateVolume DeleteNetworkInterface DeleteSnapshot "
        "DeleteVolume DeregisterImage DescribeSpotFleetInstances DescribeSpotFleetRequestHistory "
        "DisassociateIamInstanceProfile ModifyImageAttribute ModifyInstanceMetadataOptions ModifyLaunchTemplate "
        "ModifyNetworkInterfaceAttribute ModifySnapshotAttribute TerminateInstances UnassignPrivateIpAddresses"
    ),
    (100, 1): "CopyImage",
    (50, 3): "CreateSpotDatafeedSubscription DeleteSpotDatafeedSubscription DescribeSpotFleetRequests",
    (50, 0.5): "DescribeStoreImageTasks",
    (50, 0.1): "CreateRestoreImageTask CreateStoreImageTask",
    (20, 5): "DescribeSecurityGroupReferences DescribeStaleSecurityGroups",
    (20, 4): (
        "CreateVerifiedAccessEndpoint DeleteVerifiedAccessEndpoint ModifyVerifiedAccessEndpoint "
        "ModifyVerifiedAccessEndpointPolicy ModifyVerifiedAccessGroupPolicy"
    ),
    (10, 10): (
        "DescribeAggregateIdFormat DescribeIdFormat DescribeIdentityIdFormat DescribePrincipalIdFormat "
        "DescribeReservedInstancesOfferings"
    ),
    (10, 2): (
        "AttachVerifiedAccessTrustProvider CreateVerifiedAccessGroup CreateVerifiedAccessInstance "
        "CreateVerifiedAccessTrustProvider DeleteVerifiedAccessGroup DeleteVerifiedAccessInstance "
        "DeleteVerifiedAccessTrustProvider DescribeVerifiedAccessInstanceLoggingConfigurations "
        "DetachVerifiedAccessTrustProvider ModifyVerifiedAccessGroup ModifyVerifiedAccessInstance "
        "ModifyVerifiedAccessInstanceLoggingConfiguration ModifyVerifiedAccessTrustProvider"
    ),
    (10, 1): (
        "AcceptVpcEndpointConnections AssignPrivateNatGatewayAddress AssociateEnclaveCertificateIamRole "
        "AssociateNatGatewayAddress CreateNatGateway CreateVpcEndpointServiceConfiguration DeleteNatGateway "
        "DeleteVpcEndpointServiceConfigurations DisassociateEnclaveCertificateIamRole DisassociateNatGatewayAddress "
        "GetAssociatedEnclaveCertificateIamRoles ModifyVpcEndpointServiceConfiguration RejectVpcEndpointConnections "
        "UnassignPrivateNatGatewayAddress"
    ),
    (10, 0.15): (
        "DescribeCapacityBlockExtensionOfferings DescribeCapacityBlockOfferings PurchaseCapacityBlock "
        "PurchaseCapacityBlockExtension"
    ),
    (5, 5): (
        "DeleteQueuedReservedInstances DescribeDeclarativePoliciesReports GetDeclarativePoliciesReportSummary "
        "PurchaseReservedInstancesOffering"
    ),
    (5, 2): (
        "AuthorizeClientVpnIngress CreateClientVpnRoute DeleteClientVpnRoute DescribeHostReservationOfferings "
        "DescribeHostReservations DisableFastLaunch EnableFastLaunch GetHostReservationPurchasePreview "
        "PurchaseHostReservation RevokeClientVpnIngress RunInstances StartInstances"
    ),
    (5, 1): (
        "CreateCoipCidr CreateCoipPool CreateSubnetCidrReservation DeleteCoipCidr DeleteCoipPool "
        "DeleteCoipPoolPermission DeleteSubnetCidrReservation"
    ),
    (4, 0.3): "CreateVpcEndpoint DeleteVpcEndpoints ModifyVpcEndpoint",
    (2, 2): "ModifyInstanceMetadataDefaults",
    (1, 1): (
        "CancelDeclarativePoliciesReport CreateDefaultSubnet CreateDefaultVpc DescribeInstanceTopology "
        "DescribeMovingAddresses MoveAddressToVpc RestoreAddressToClassic StartDeclarativePoliciesReport"
    ),
    (1, 0.5): "AssociateCapacityReservationBillingOwner DescribeByoipCidrs DisassociateCapacityReservationBillingOwner",
    (1, 0.1): (
        "AdvertiseByoipCidr DeprovisionByoipCidr DisableImageBlockPublicAccess DisableSnapshotBlockPublicAccess "
        "EnableImageBlockPublicAccess EnableSnapshotBlockPublicAccess ProvisionByoipCidr WithdrawByoipCidr"
    ),
}
_UNCATEGORIZED = {operation: limits for limits, operations in _OF_THEIR_OWN.items() for operation in operations.split()}
_NARROW_NOTHING = {"Action", "Version", "DryRun", "IncludeAllInstances"}


# Services with one bucket for all operations; that it holds the calls of one second isn't verified. IAM Identity
# Center: "a collective throttle maximum of 20 transactions per second" (limits.html of its user guide); account access
# manager: "a collective throttle limit of 20" (IAM/latest/UserGuide/aam-quotas.html).
COLLECTIVE: dict[str, Limits] = {"sso-admin": (20, 20), "account-access": (20, 20)}


def collective(service: str, told: str | Mapping[str, Limits]) -> Limits | None:
    """Return the limits of a service's bucket, None if it has none; told: the setting `buckets`."""
    return told.get(service) if isinstance(told, Mapping) else COLLECTIVE.get(service)


def documented(operation: str, parameters: Mapping[str, str]) -> tuple[str, Limits]:
    """Return the name of the call's bucket, of which each account and region has its own, and its limits."""
    if operation in _UNCATEGORIZED:
        return operation, _UNCATEGORIZED[operation]
    if operation in _UNFILTERED and parameters.keys() <= _NARROW_NOTHING:
        return f"{operation}, unfiltered", UNFILTERED
    if operation.startswith(_READS):
        return operation, NON_MUTATING
    return operation, RESOURCE_INTENSIVE if operation in _RESOURCE_INTENSIVE else MUTATING
