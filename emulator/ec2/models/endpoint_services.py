# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoint services: permitted principals, connection notifications, private DNS names."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.session import get_session
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.moto_api._internal import mock_random

from emulator.accounts import Accounts
from emulator.ec2.models.aws_services import AwsService, aws_services
from emulator.route53.lookup import txt_values
from emulator.transitions import StateClock, Transition, get_transitions

if TYPE_CHECKING:
    from emulator.ec2.models.endpoints import Endpoint

ACTIVE = ("pendingAcceptance", "pending", "available")
# The provider still sees a deleted endpoint for a while; how long is not documented.
DELETED_IS_LISTED_MS = 3_600_000
# https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html, ARNs for AWS principals; services:
# https://github.com/aws/aws-cdk/pull/29512. Organizational units, which the API's PrincipalType names, aren't emulated.
_PRINCIPALS = {
    "All": re.compile(r"\*"),
    "Account": re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root"),
    "Role": re.compile(r"arn:aws[\w-]*:iam::(\d{12}):role/[\w+=,.@-]+"),
    "User": re.compile(r"arn:aws[\w-]*:iam::(\d{12}):user/[\w+=,.@-]+"),
    "Service": re.compile(r"[a-z0-9.-]+\.amazonaws\.com"),
}
_ASSUMED = re.compile(r"arn:(aws[\w-]*):sts::(\d{12}):assumed-role/([^/]+)/.+")


def hexadecimal(length: int) -> str:
    return mock_random.get_random_hex(length)


@functools.cache
def dns_suffix(region: str) -> str:
    """Return the region's DNS suffix from botocore's data: amazonaws.com, or that of another partition."""
    partitions = get_session().get_data("partitions")["partitions"]
    return next(
        partition["outputs"]["dnsSuffix"] for partition in partitions if re.match(partition["regionRegex"], region)
    )


def principal_type(principal: str) -> str:
    """Return the PrincipalType of a principal; raises InvalidPrincipal for one that can't be permitted.

    The text: https://github.com/hashicorp/terraform-provider-aws/issues/16657 (a role session is no principal).
    """
    for kind, pattern in _PRINCIPALS.items():
        if pattern.fullmatch(principal):
            return kind
    raise EC2ClientError("InvalidPrincipal", f"Invalid Principal: '{principal}'")


def caller_principals(access_key_id: str) -> set[str]:
    """Return the principals that match the caller in a service's permissions: *, the account, and the user or role."""
    caller = Accounts.principals.find(access_key_id)
    partition = caller.arn.split(":")[1]
    principals = {"*", f"arn:{partition}:iam::{caller.account_id}:root"}
    if session := _ASSUMED.fullmatch(caller.arn):
        return principals | {f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}"}
    return principals | {caller.arn}


@dataclass
class Permission:
    principal: str
    id: str = field(default_factory=lambda: f"vpce-svc-perm-{hexadecimal(17)}")


@dataclass
class Notification:
    """A connection notification of a service or of one endpoint."""

    topic: str
    events: list[str]
    service_id: str | None = None
    endpoint_id: str | None = None
    id: str = field(default_factory=lambda: f"vpce-nfn-{hexadecimal(17)}")


class EndpointService:
    """An endpoint service configuration."""

    kind = "vpc-endpoint-service"
    state = StateClock(kind)
    readiness = StateClock(kind)
    verification = StateClock("vpc-endpoint-service-private-dns")
    policy_supported = False

    def __init__(self, owner_id: str, region: str, load_balancer_arns: list[str], gateway: bool):
        self.id = f"vpce-svc-{hexadecimal(17)}"
        self.owner, self.region = owner_id, region
        suffix = dns_suffix(region)
        # VPC_ENDPOINT_SERVICE_NAME_PREFIX of aws-cdk's region-info, cn.com.amazonaws.vpce in China.
        self.name = f"{'.'.join(reversed(suffix.split('.')))}.vpce.{region}.{self.id}"
        self.type = "GatewayLoadBalancer" if gateway else "Interface"
        self.base_dns_name = f"{self.id}.{region}.vpce.{suffix}"
        self.load_balancer_arns = load_balancer_arns
        self.acceptance_required = True
        self.address_types = ["ipv4"]
        self.regions = [region]
        self.permissions: dict[str, Permission] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.notifications: dict[str, Notification] = {}
        self.private_dns_name: str | None = None
        self.verification_name = self.verification_value = ""
        # In state Available a new service may still refuse endpoints, with Unavailable, HTTP 503:
        # https://github.com/aws/aws-sdk/issues/805. Here for 0 ms, unless a time is set for
        # "vpc-endpoint-service.unready".
        self.state = Transition("Pending", "Available")
        self.readiness = Transition(("unready", get_transitions().get(f"{self.kind}.unready", 0.0)), "ready")

    def zone_ids(self) -> list[str]:
        """Return the sorted ids of the Availability Zones that the load balancers are in now."""
        balancers = elbv2_backends[self.owner][self.region].load_balancers
        known = [balancers[arn] for arn in self.load_balancer_arns if arn in balancers]
        return sorted({subnet.availability_zone_id for balancer in known for subnet in balancer.subnets})

    def name_it(self, private_dns_name: str) -> None:
        self.private_dns_name = private_dns_name
        # Format of both: https://github.com/awsdocs/amazon-vpc-user-guide/pull/61
        self.verification_name = f"_{hexadecimal(20)}"
        self.verification_value = f"vpce:{hexadecimal(20)}"
        self.verification = "pendingVerification"

    def unname(self) -> None:
        self.private_dns_name = None

    def verify(self) -> None:
        """Set `verification` by the TXT record of the private DNS name: verified if it is found, else failed.

        The record is at NAME.DOMAIN, or at DOMAIN where names can't have an underscore; the domain is the private DNS
        name or a parent domain:
        https://github.com/awsdocs/amazon-vpc-user-guide/blob/main/doc_source/endpoint-services-dns-validation.md,
        https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
        """
        labels = self.private_dns_name.removeprefix("*.").rstrip(".").split(".")
        domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
        names = [name for domain in domains for name in (f"{self.verification_name}.{domain}", domain)]
        found = any(self.verification_value in txt_values(name) for name in names)
        self.verification = Transition("pendingVerification", "verified" if found else "failed")

    @property
    def private_dns_is_usable(self) -> bool:
        return self.private_dns_name is not None and self.verification == "verified"

    def is_permitted(self, principals: set[str]) -> bool:
        """Return true if a caller with these principals sees it; that its owner needs no permission is not verified."""
        owner = any(principal.endswith(f":iam::{self.owner}:root") for principal in principals)
        return owner or any(permission.principal in principals for permission in self.permissions.values())

    def connections(self) -> Iterator[Endpoint]:
        for endpoint in list(self.endpoints.values()):
            if endpoint.deleted_ms > DELETED_IS_LISTED_MS:
                del self.endpoints[endpoint.id]
            else:
                yield endpoint

    def delete(self) -> None:
        self.state = Transition("Deleting", "Deleted")

    @property
    def is_in_use(self) -> bool:
        return any(endpoint.state in ACTIVE for endpoint in self.endpoints.values())


def own_services(account_id: str, region: str) -> dict[str, EndpointService]:
    """Return the account's services that are not deleted, by id."""
    services = ec2_backends[account_id][region].configurations
    return {service.id: service for service in services.values() if service.state != "Deleted"}


def visible_services(
    region: str, principals: set[str], hosted_in: list[str] | None = None
) -> list[AwsService | EndpointService]:
    """Return the services that a caller may connect to: AWS's own, and those that permit one of the principals.

    hosted_in: regions of the services, by default only the caller's. AWS finds services of other regions only if the
    request names those regions (https://github.com/cloud-custodian/cloud-custodian/pull/10918). A service of another
    region is available if it supports the caller's (CreateVpcEndpointServiceConfiguration, SupportedRegions). AWS's own
    services across regions are not emulated.
    """
    services: list[AwsService | EndpointService] = []
    for hosting in hosted_in or [region]:
        services += aws_services(region) if hosting == region else []
        for account_id in list(ec2_backends):
            if hosting in ec2_backends[account_id]:
                services += [
                    service
                    for service in own_services(account_id, hosting).values()
                    if service.is_permitted(principals) and service.state != "Deleting" and region in service.regions
                ]
    return services
