# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's own services that an endpoint can reach, as DescribeVpcEndpointServices lists them.

The names are those of moto's list, newer ones, and ones that moto treats separately. DNS names follow the rule that
recordings of us-east-1 show (a.b -> b.a.REGION.amazonaws.com), with the exceptions below. Unlike on AWS, the list is
the same in every region, except for the regions in `_ELSEWHERE`, and every AZ has every service.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache

from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES

# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
_MORE = [
    "cloudformation",
    "codepipeline",
    "dynamodb",
    "ecr.api",
    "ecr.dkr",
    "eks-auth",
    "eks-proxy",
    "glue.sessions",
    "grafana",
    "grafana-workspace",
    "guardduty-data",
    "iot.data",
    "kinesis-firehose",
    "kinesis-streams",
    "networkmanager",
    "network-firewall",
    "oidc-eks",
    "pi",
    "redshift-data",
    "route53resolver",
    "s3",
    "sagemaker.api",
    "stream-logs",
    "backup-storage",
    "xray",
]
# Entries of moto's list that are not names of AWS endpoint services.
_NOT_SERVICES = {"iot", "sagemaker", "ecr", "kinesis", "firehose", "redshiftdata"}
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
GATEWAY_SERVICES = ("s3", "dynamodb")
# Private DNS names that don't follow the rule; None: the service has none. Recorded, or from the service's page.
_PRIVATE_DNS = {
    "appstream.api": "appstream2.{region}.amazonaws.com",
    "codeartifact.api": "codeartifact.{region}.amazonaws.com",
    "codeartifact.repositories": "*.d.codeartifact.{region}.amazonaws.com",
    "ecr.dkr": "*.dkr.ecr.{region}.amazonaws.com",
    "ecs-agent": "ecs-a.{region}.amazonaws.com",
    "ecs-telemetry": "ecs-t.{region}.amazonaws.com",
    "eks-auth": "eks-auth.{region}.api.aws",
    "eks-proxy": "eks-proxy.{region}.api.aws",
    "execute-api": "*.execute-api.{region}.amazonaws.com",
    "glue.sessions": None,
    "apprunner.requests": None,
    "grafana-workspace": "*.grafana-workspace.{region}.amazonaws.com",
    "iot.data": None,
    "kinesis-firehose": "firehose.{region}.amazonaws.com",
    "kinesis-streams": "kinesis.{region}.amazonaws.com",
    "oidc-eks": "oidc.eks.{region}.amazonaws.com",
    "transfer.server": "*.server.transfer.{region}.amazonaws.com",
}
# Names outside com.amazonaws.REGION: service name, private DNS name, base DNS name, regions that have it (None: all).
_ELSEWHERE = (
    (
        "aws.sagemaker.{region}.notebook",
        "*.notebook.{region}.sagemaker.aws",
        "notebook.{region}.vpce.sagemaker.aws",
        None,
    ),
    ("aws.sagemaker.{region}.studio", "*.studio.{region}.sagemaker.aws", "studio.{region}.vpce.sagemaker.aws", None),
    (
        "com.amazonaws.s3-global.accesspoint",
        "*.accesspoint.s3-global.amazonaws.com",
        "accesspoint.s3-global.{region}.vpce.amazonaws.com",
        None,
    ),
    ("com.amazonaws.iam", "iam.amazonaws.com", "iam.{region}.vpce.amazonaws.com", ("us-east-1",)),
    ("com.amazonaws.route53", "route53.amazonaws.com", "route53.{region}.vpce.amazonaws.com", ("us-east-1",)),
)
# Recorded: these support no endpoint policy.
_WITHOUT_POLICY = {"appstream.api", "appstream.streaming", "sagemaker.runtime-fips", "transfer.server"}


@dataclass(frozen=True)
class AwsService:
    """One row of DescribeVpcEndpointServices; S3 and DynamoDB have two, one for each type."""

    name: str
    region: str
    type: str
    base_dns_name: str
    private_dns_name: str | None
    policy_supported: bool = True
    id: str = field(init=False)

    owner = "amazon"
    acceptance_required = False
    private_dns_is_usable = True

    def __post_init__(self) -> None:
        digest = hashlib.sha256(f"{self.name} {self.type} {self.region}".encode()).hexdigest()
        object.__setattr__(self, "id", f"vpce-svc-{digest[:17]}")


@cache
def aws_services(region: str) -> tuple[AwsService, ...]:
    services = []
    for suffix in sorted(set(AWS_ENDPOINT_SERVICES) - _NOT_SERVICES | set(_MORE)):
        name, policy = f"com.amazonaws.{region}.{suffix}", suffix not in _WITHOUT_POLICY
        reverse = ".".join(reversed(suffix.split(".")))
        if suffix in GATEWAY_SERVICES:
            services.append(AwsService(name, region, "Gateway", f"{suffix}.{region}.amazonaws.com", None, policy))
        private = _PRIVATE_DNS.get(suffix, f"{reverse}.{{region}}.amazonaws.com")
        private = private and private.format(region=region)
        base = (private or f"{reverse}.{region}.amazonaws.com").removeprefix("*.")
        base = base.replace(f"{region}.amazonaws.com", f"{region}.vpce.amazonaws.com")
        services.append(AwsService(name, region, "Interface", base, private, policy))
    for name, private, base, regions in _ELSEWHERE:
        if regions is None or region in regions:
            names = (text.format(region=region) for text in (base, private))
            services.append(AwsService(name.format(region=region), region, "Interface", *names))
    return tuple(services)
