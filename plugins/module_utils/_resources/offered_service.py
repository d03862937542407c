# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An endpoint service as its consumer finds it: read only."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Actual, Conflict, Kind

READ_AFTER = ()
PERMISSIONS = ("ec2:DescribeVpcEndpointServices",)
KIND = Kind("offered_service")


def read(aws, declared, found):
    """{"main": Actual}; details: zones (AZ ids), acceptance_required, private_dns_name ("": none), verification."""
    if declared.absent:
        return {}
    services = aws.read(
        "ec2.describe_vpc_endpoint_services",
        "ServiceDetails",
        none_if="InvalidServiceName",
        ServiceNames=[declared.scope["service_name"]],
    )
    return {
        "main": Actual(
            service["ServiceName"],
            {},
            False,
            {
                "zones": sorted(service["AvailabilityZoneIds"]),
                "acceptance_required": service["AcceptanceRequired"],
                "private_dns_name": service.get("PrivateDnsName", ""),
                "verification": service.get("PrivateDnsNameVerificationState"),
            },
        )
        for service in services
    }


def plan(wanted, found, declared):
    """No step. A service that this account may not find is, to AWS, none."""
    if wanted and "main" not in found["offered_service"]:
        raise Conflict(
            f"service_name: account {declared.scope['account_id']} finds no {declared.scope['service_name']} in"
            f" {declared.scope['region']}. Its provider must put this account among the service's consumers"
            " (privatelink_service) and run first; or the name is wrong"
        )
    return []
