# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dependent actions: what a caller needs besides, since the service does it, or looks, in the caller's name.

The reference lists them in its column "Dependent actions", and says that they "may be required". Asked for are those
of which a page says when: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/r53-api-permissions-ref.html
("Required permissions for private hosted zones", and Resolver's), and of RAM
https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html#getting-started-sharing-orgs. Tags, roles
that are passed, and those of Network Firewall and CloudWatch Logs are asked for elsewhere (asked.py). Not asked for, as
no page says when: those of CreateVpcEndpoint, CloudTrail, KMS, and service-linked roles of other services.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.iam.reference import page

# Service -> operations whose dependent actions are needed each time; None: all of the service.
_ALWAYS: dict[str, tuple[str, ...] | None] = {
    "ram": ("EnableSharingWithAwsOrganization",),
    "route53": ("AssociateVPCWithHostedZone", "DisassociateVPCFromHostedZone", "ListHostedZonesByVPC"),
    "route53profiles": ("AssociateProfile",),
    "route53resolver": None,
}
_ELSEWHERE = ("iam:PassRole", "iam:CreateServiceLinkedRole", "ram:TagResource")
# Needed by some values of the parameters only.
_SOMETIMES = ("UpdateResolverEndpoint", "CreateOutpostResolver")


def dependent(
    account_id: str, region: str, service: str, operation: str, parameters: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield (action, resource)."""
    if (service, operation) == ("route53", "CreateHostedZone") and parameters.get("VPC"):
        yield "ec2:DescribeVpcs", "*"
        yield "route53:AssociateVPCWithHostedZone", "arn:aws:route53:::hostedzone/*"
    if service not in _ALWAYS or operation in _SOMETIMES:
        return
    operations, found = _ALWAYS[service], page(service)
    if operations is not None and operation not in operations:
        return
    for action in found.needs.get(operation, ()) if found else ():
        if action not in _ELSEWHERE:
            yield action, _resource(account_id, region, action)


def _resource(account_id: str, region: str, action: str) -> str:
    """Return the resource of a dependent action: an interface, which the call doesn't name, or none."""
    of_interface = action in ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface")
    return f"arn:aws:ec2:{region}:{account_id}:network-interface/*" if of_interface else "*"
