# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An endpoint service as its consumer finds it: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, Conflict, ResourceType
from ..._domain.values import identifiers

READ_AFTER = ()
INPUTS = ("service_name", "service_region")
PERMISSIONS = ("ec2:DescribeVpcEndpointServices",)
KIND = ResourceType("consumed_service")
ADDRESS = "consumed_service.main"
MISSING = (
    "account {account_id} finds no {service_name} in {region}. The provider has to put this account among the service's"
    " consumers (privatelink_service) and run first; or the name is wrong"
)


def read(aws, declared, found):
    """Return {"main": Actual} whose id is the service's name; {} where AWS lists no such service.

    details: zones (AZ ids; None for a service of another region, whose AZs don't matter), acceptance_required,
    private_dns_name ("": none), verification.
    """
    if declared.absent:
        return {}
    region = hosted_in(declared)
    services = aws.read(
        "ec2.describe_vpc_endpoint_services",
        "ServiceDetails",
        none_if="InvalidServiceName",
        ServiceNames=[declared.inputs.service_name],
        **({"ServiceRegions": [region]} if region else {}),
    )
    return {
        "main": Actual(
            service["ServiceName"],
            {},
            False,
            {
                "zones": None if region else sorted(service["AvailabilityZoneIds"]),
                "acceptance_required": service["AcceptanceRequired"],
                "private_dns_name": service.get("PrivateDnsName", ""),
                "verification": service.get("PrivateDnsNameVerificationState"),
            },
        )
        for service in services
    }


def hosted_in(declared):
    """Return the service's region if it isn't this one, else None."""
    region = declared.inputs.service_region
    return region if region != declared.place["region"] else None


def plan(wanted, found, declared):
    """Return no step; raise Conflict where the name is that of a service of another region than is declared."""
    here, named = declared.place["region"], declared.inputs.service_name
    where = declared.inputs.service_region or here
    if wanted and (told := identifiers.service_name("service_name", named)) != where:
        raise Conflict(
            f"service_name: {named} is a service of {told}; expected one of {where}, or service_region: {told}"
        )
    return []


def notes(wanted, found, declared):
    """Report a missing service while there is no endpoint; to AWS, one that this account may not find is missing."""
    return [_missing(declared)] if _is_missing(wanted, found) and "main" not in found["vpc_endpoint"] else []


def findings(wanted, found, declared):
    return [_missing(declared)] if _is_missing(wanted, found) and "main" in found["vpc_endpoint"] else []


def _is_missing(wanted, found):
    return bool(wanted) and "main" not in found["consumed_service"]


def _missing(declared):
    return MISSING.format_map(declared.words())
