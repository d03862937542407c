# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service-linked roles that services create with their first resource in an account."""

from __future__ import annotations

import json

from moto.iam.models import IAMBackend, Role, iam_backends

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html, the services' pages
# about their service-linked roles. Other services' names are moto's.
ROLE_NAMES = {
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "cloudtrail.amazonaws.com": "AWSServiceRoleForCloudTrail",
    "config.amazonaws.com": "AWSServiceRoleForConfig",
    "delivery.logs.amazonaws.com": "AWSServiceRoleForLogDelivery",
    "ec2.amazonaws.com": "AWSServiceRoleForEC2",
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "guardduty.amazonaws.com": "AWSServiceRoleForAmazonGuardDuty",
    "network-firewall.amazonaws.com": "AWSServiceRoleForNetworkFirewall",
    "organizations.amazonaws.com": "AWSServiceRoleForOrganizations",
    "ram.amazonaws.com": "AWSServiceRoleForResourceAccessManager",
    "rds.amazonaws.com": "AWSServiceRoleForRDS",
    "route53resolver.amazonaws.com": "AWSServiceRoleForRoute53Resolver",
    "sso.amazonaws.com": "AWSServiceRoleForSSO",
    "transitgateway.amazonaws.com": "AWSServiceRoleForVPCTransitGateway",
}


def has_service_linked_role(account_id: str, name: str) -> bool:
    return any(role.name == name for role in iam_backends[account_id]["aws"].roles.values())


def need_service_linked_role(account_id: str, service: str, name: str, description: str) -> None:
    """Create a service's role in an account that lacks it."""
    if has_service_linked_role(account_id, name):
        return
    create_service_linked_role(iam_backends[account_id]["aws"], service, name, description)


def create_service_linked_role(backend: IAMBackend, service: str, name: str, description: str) -> Role:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    role: Role = backend.create_role(
        role_name=name,
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        path=f"/aws-service-role/{service}/",
        permissions_boundary=None,
        description=description,
        tags=[],
        max_session_duration="3600",
        linked_service=service,
    )
    return role
