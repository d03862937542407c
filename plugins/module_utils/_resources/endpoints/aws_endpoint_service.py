# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's own endpoint services as the region offers them: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType
from ..._domain.endpoints.profiles import GATEWAYS, suffix_of
from ..shared.ec2 import filters

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = ("ec2:DescribeVpcEndpointServices",)
KIND = ResourceType("aws_endpoint_service")


def read(aws, declared, found):
    """Return {suffix: Actual} whose id is the service's name; S3 and DynamoDB as gateways.

    details: type, zones (AZ ids), private_dns (bool), names (private DNS names, *. before a wildcard's domain),
    policy_supported.
    """
    if declared.absent:
        return {}
    services = aws.read("ec2.describe_vpc_endpoint_services", "ServiceDetails", Filters=filters(owner="amazon"))
    offered = {}
    for service in services:
        suffix = suffix_of(service["ServiceName"], aws.region)
        type_ = service["ServiceType"][0]["ServiceType"]
        wanted = "Gateway" if suffix in GATEWAYS else "Interface"
        # com.amazonaws' own service, where another prefix has the same suffix.
        if type_ != wanted or suffix in offered and not service["ServiceName"].startswith("com.amazonaws."):
            continue
        offered[suffix] = Actual(
            service["ServiceName"],
            {},
            False,
            {
                "type": type_,
                "zones": sorted(service["AvailabilityZoneIds"]),
                "private_dns": bool(service.get("PrivateDnsName")),
                "names": sorted(name["PrivateDnsName"] for name in service.get("PrivateDnsNames", ())),
                "policy_supported": service["VpcEndpointPolicySupported"],
            },
        )
    return offered
