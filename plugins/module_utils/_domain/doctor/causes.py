# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why calls time out in a VPC without internet: the causes that the doctor knows, and what an error points at."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

# Of a finding. cause: this stops calls; unknown: reads don't tell; note: worth knowing, stops nothing by itself.
CAUSE, UNKNOWN, NOTE = "cause", "unknown", "note"


@dataclass(frozen=True)
class Cause:
    """area: what an error's text may point at; confidence in the rule, none of which was tried on AWS:

    doc         a page of AWS says so
    code        read in source code (botocore's models)
    inferred    follows from what the pages say
    """

    area: str
    confidence: str
    source: str


PRIVATELINK = "https://docs.aws.amazon.com/vpc/latest/privatelink"
VPC = "https://docs.aws.amazon.com/vpc/latest/userguide"
ROUTE53 = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide"

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"

# In the order that finds causes fastest: what is there, names, security groups, ACLs, routes, policies, software.
CAUSES = {
    "target_stopped": Cause("target", "code", "botocore's models of ecs, lambda, ec2, rds, sagemaker"),
    "shared_vpc_blind": Cause("endpoint", "doc", f"{PRIVATELINK}/create-interface-endpoint.html"),
    "ip_exhaustion": Cause(
        "target", "code", "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html"
    ),
    "service_without_endpoint": Cause("endpoint", "doc", f"{PRIVATELINK}/aws-services-privatelink-support.html"),
    "endpoint_missing": Cause(
        "endpoint", "doc", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/verify-connectivity.html"
    ),
    "centralised_endpoints": Cause("endpoint", "inferred", f"{PRIVATELINK}/privatelink-access-aws-services.html"),
    "endpoint_not_available": Cause("endpoint", "code", "botocore ec2 2016-11-15, VpcEndpoint.State"),
    "ecs_trio_incomplete": Cause("endpoint", "doc", f"{ECS}/vpc-endpoints.html"),
    "endpoint_for_other_region_or_global": Cause(
        "region", "doc", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_interface_vpc_endpoints.html"
    ),
    "sts_global_name": Cause(
        "region", "doc", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html"
    ),
    "wrong_hostname_variant": Cause(
        "dns",
        "inferred",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html",
    ),
    "vpc_dns_attributes": Cause("dns", "doc", f"{VPC}/AmazonDNS-concepts.html"),
    "private_dns_off": Cause("dns", "doc", f"{PRIVATELINK}/interface-endpoints.html"),
    "custom_dhcp_dns": Cause(
        "dns", "doc", "https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html"
    ),
    "resolver_rule_or_phz_override": Cause(
        "dns",
        "doc",
        f"{ROUTE53}/resolver-overview-forward-vpc-to-network-using-rules.html",
    ),
    "ipv6_or_dualstack": Cause("dns", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "endpoint_sg_ingress": Cause("sg", "doc", f"{PRIVATELINK}/create-interface-endpoint.html"),
    "workload_sg_egress": Cause("sg", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "glue_self_reference": Cause(
        "sg", "doc", "https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html"
    ),
    "sagemaker_sg": Cause(
        "sg", "doc", "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html"
    ),
    "target_sg_or_port": Cause(
        "sg", "doc", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/vpc-interface-endpoints.html"
    ),
    "nacl_workload_subnet": Cause("nacl", "doc", f"{VPC}/custom-network-acl.html"),
    "nacl_endpoint_subnet": Cause("nacl", "inferred", f"{PRIVATELINK}/privatelink-access-aws-services.html"),
    "nacl_gateway_endpoint": Cause("nacl", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "nacl_transit_gateway_subnet": Cause("nacl", "doc", "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html"),
    "gateway_not_associated": Cause("route", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "blackhole_or_specific_route": Cause("route", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "gateway_used_across_vpc_boundary": Cause("route", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "vpc_block_public_access": Cause("route", "doc", f"{VPC}/security-vpc-bpa.html"),
    "eni_without_public_path": Cause(
        "route", "doc", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"
    ),
    "mtu_8500": Cause("mtu", "doc", f"{PRIVATELINK}/vpc-limits-endpoints.html"),
    "endpoint_az_coverage": Cause("endpoint", "doc", f"{PRIVATELINK}/privatelink-access-aws-services.html"),
    "endpoint_policy_denies": Cause("endpoint_policy", "doc", f"{PRIVATELINK}/vpc-endpoints-access.html"),
    "iam_role_missing_permission": Cause("iam", "doc", f"{ECS}/task_execution_IAM_role.html"),
    "resource_policy_source_vpce": Cause("resource_policy", "doc", f"{PRIVATELINK}/vpc-endpoints-s3.html"),
    "kms_key_unusable": Cause("kms", "code", "botocore kms 2014-11-01, KeyState"),
    "secret_or_parameter_missing": Cause("reference", "doc", f"{ECS}/resource-initialization-error.html"),
    "log_group_missing": Cause("reference", "doc", f"{ECS}/resource-initialization-error.html"),
    "s3_cross_region_bucket": Cause("region", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "ssm_not_registered": Cause(
        "target", "doc", "https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html"
    ),
    "imds_hop_limit": Cause(
        "metadata",
        "inferred",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html",
    ),
    "proxy_settings": Cause("metadata", "doc", f"{ECS}/ecs-exec.html"),
    "os_repo_or_update_host": Cause("endpoint_policy", "inferred", "names of Amazon Linux' buckets in public policies"),
    "pip_or_npm_to_internet": Cause(
        "software", "inferred", "https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html"
    ),
    "public_registry_image": Cause(
        "software", "doc", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html"
    ),
}
ORDER = {cause: rank for rank, cause in enumerate(CAUSES)}


@dataclass(frozen=True)
class Finding:
    """id: in CAUSES; says: the cause in words; evidence: fields of the API and their values; services: those that it
    concerns, none: all; targets: the workloads that were asked about and have it, none: no workload was named.
    """

    id: str
    status: str
    resource: str
    says: str
    fix: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        known = CAUSES[self.id]
        return {
            "id": self.id,
            "status": self.status,
            "resource": self.resource,
            "services": list(self.services),
            "targets": list(self.targets),
            "says": self.says,
            "evidence": dict(self.evidence),
            "fix": self.fix,
            "confidence": known.confidence,
            "source": known.source,
        }


# Of ECS and the kubelet, of pip, npm and their like.
IMAGE_PULLS = ("CannotPullContainer", "Failed to pull image", "failed to pull and unpack image")
PACKAGE_TOOLS = ("HTTPSConnectionPool", "npm ERR!", "npm error", "Could not fetch URL")
# After the connection was made.
STALLS = ("Read timeout on endpoint URL", "ReadTimeoutError", "TLS handshake timeout")
# Patterns -> areas, the first that has one of the patterns. Of botocore's exceptions, the pages of ECS, Lambda, Glue
# and EKS about network errors, and the tools' own.
SILENT = ("route", "endpoint", "sg", "nacl", "dns")
ERRORS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    ((r"Curl error", r"\bdnf\b", r"\byum\b"), ("endpoint_policy", "endpoint", "route")),
    (("explicit deny in a resource-based policy",), ("resource_policy",)),
    (("explicit deny in a VPC endpoint policy", "no VPC endpoint policy allows"), ("endpoint_policy",)),
    (("no identity-based policy allows", "explicit deny in an identity-based policy"), ("iam",)),
    (("KMSInvalidStateException", "DisabledException", "kms:Decrypt"), ("kms", "iam")),
    (("initialize logging driver", "unable to retrieve secret", "secret exists"), ("reference", "iam", *SILENT)),
    (
        ("AccessDenied", r"\b403\b", "not authorized to perform", "explicit deny", "endpoint policy"),
        ("endpoint_policy", "iam", "resource_policy", "kms"),
    ),
    (
        (
            *("Could not connect to the endpoint URL", "no such host", "UnknownHostException"),
            *("failure in name resolution", "Name or service not known", "NXDOMAIN"),
        ),
        ("dns", "region"),
    ),
    (("Unable to locate credentials", "169.254.170.2", "169.254.169.254"), ("metadata", "iam")),
    (("conflicting DNS domain", "enableDnsSupport"), ("dns",)),
    (("Could not find S3 endpoint or NAT gateway",), ("route", "endpoint")),
    (("security group must open all",), ("sg",)),
    ((*IMAGE_PULLS, *PACKAGE_TOOLS), ("software", "endpoint", "route", "dns", "sg", "nacl")),
    (STALLS[:2], ("mtu", "nacl")),
    (("TLS handshake timeout",), ("route", "endpoint", "sg", "nacl", "dns", "mtu")),
    (
        (
            *("connection refused", "no tasks running", "ConnectionLost", "TargetNotConnected"),
            *("RESOURCE:ENI", "SubnetOutOfIPAddresses", "InsufficientFreeAddressesInSubnet", "EniLimitExceeded"),
        ),
        ("target",),
    ),
    (
        (
            *("Connect timeout on endpoint URL", "i/o timeout", "dial tcp", "context deadline exceeded", "ETIMEDOUT"),
            *("Client.Timeout exceeded", "request canceled", "context canceled", "Task timed out after", "timed out"),
            *("signal: killed", "ResourceInitializationError"),
        ),
        SILENT,
    ),
)
# A private address: the name led to the endpoint. A public one: it didn't. Inferred from how private DNS works.
LED_TO_ENDPOINT, LED_PAST_IT = ("sg", "nacl"), ("endpoint", "dns", "route", "region")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
# An image's name begins with a host where its first part has a dot (distribution's reference grammar).
_HOST = re.compile(
    r"(?:https?://|host=['\"]?|lookup |image ['\"]?(?=[a-z0-9-]+(?:\.[a-z0-9-]+)+/))"
    r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)",
    re.IGNORECASE,
)
OF_AWS = re.compile(r"\.(?:amazonaws\.com(?:\.cn)?|api\.aws|sagemaker\.aws|on\.aws)$")


def points_at(error_text: str) -> tuple[str, ...]:
    """The areas of causes that an error's text points at; none for one that isn't known."""
    known = [areas for texts, areas in ERRORS if any(re.search(text, error_text, re.IGNORECASE) for text in texts)]
    addresses = [_parse(text) for text in _ADDRESS.findall(error_text)]
    if known and {"endpoint", "sg"} <= {*known[0]} and any(addresses):
        return LED_TO_ENDPOINT if any(address.is_private for address in addresses if address) else LED_PAST_IT
    return known[0] if known else ()


def stalls(error_text: str) -> bool:
    """Whether it tells that a connection was made and then nothing came; not of a host that the network keeps away."""
    host = host_in(error_text)
    return any(text in error_text for text in STALLS) and not (host and not OF_AWS.search(host))


def host_in(error_text: str) -> str:
    """The host that couldn't be reached, as the text has it ("": none)."""
    hosts = [host.lower() for host in _HOST.findall(error_text)]
    return next((host for host in hosts if not _ADDRESS.fullmatch(host)), "")


def _parse(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def merged(findings: Sequence[Finding], error_text: str = "") -> list[Finding]:
    """One finding for all services and targets with the same trouble, with all that ends it; the worst first, of equals
    those that the error points at.
    """
    found: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        key = (finding.id, finding.status, finding.resource)
        first = found.get(key, finding)
        services = tuple(sorted({*first.services, *finding.services} - {""}))
        fixes = first.fix.split("; and ")
        fix = first.fix if finding.fix in fixes else "; and ".join([*fixes, finding.fix])
        targets = tuple(sorted({*first.targets, *finding.targets}))
        found[key] = replace(first, fix=fix, services=services, targets=targets)
    areas = points_at(error_text)

    def rank(finding: Finding) -> tuple[Any, ...]:
        worst = (CAUSE, UNKNOWN, NOTE).index(finding.status)
        return (worst, CAUSES[finding.id].area not in areas, ORDER[finding.id], finding.resource)

    return sorted(found.values(), key=rank)
