# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Causes that the doctor knows for calls that time out in a VPC without internet access, and their rank."""

from __future__ import annotations

from dataclasses import dataclass

# {area: files of this folder that find its causes}. Findings are ranked by the position of their area here, then by the
# position of their cause in CAUSES: the order that finds a cause fastest, with consequences of other causes last.
# error_text.py maps an error's text to areas.
AREAS = {
    "target": ("workload_states", "subnets"),
    "endpoint": ("endpoints", "no_endpoint", "central", "subnets", "workload_diagnosis", "workload_settings"),
    "region": ("error_text", "references", "workload_settings"),
    "dns": ("dns", "central", "ipv6", "error_text"),
    "sg": ("filters", "central", "database", "workload_diagnosis", "workload_settings"),
    "nacl": ("filters", "gateway_endpoints", "egress_routes"),
    "route": ("no_endpoint", "central", "gateway_endpoints", "egress_routes", "workload_settings"),
    "mtu": ("error_text",),
    "endpoint_policy": ("policies", "error_text"),
    "iam": ("roles", "workload_settings"),
    "resource_policy": ("references",),
    "kms": ("references",),
    "reference": ("references",),
    "metadata": ("workload_settings",),
    "software": ("workload_settings", "error_text"),
    "agent": ("workload_states",),
}


@dataclass(frozen=True)
class Cause:
    """Rule of the doctor. area: a key of AREAS; confidence in the rule, which was never tried on AWS:

    doc         an AWS page says so
    code        read in source code (botocore's models)
    inferred    follows from what the pages say

    hidden_by: reads (facts.py, workloads.py, references.py) without which the doctor can't tell if the cause applies
    """

    area: str
    confidence: str
    source: str
    hidden_by: tuple[str, ...] = ()


PRIVATELINK = "https://docs.aws.amazon.com/vpc/latest/privatelink"
VPC = "https://docs.aws.amazon.com/vpc/latest/userguide"
ROUTE53 = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide"
ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"

# A new cause needs an entry here, next to those of its area, and a generator of Findings in a file of its area.
CAUSES = {
    "target_stopped": Cause(
        "target",
        "code",
        "botocore's models of ecs, lambda, ec2, rds, sagemaker",
        hidden_by=(
            "Service",
            "ScheduledActions",
            "Instance",
            "Function",
            "Concurrency",
            "Domain",
            "NotebookInstance",
            "DBInstance",
            "DBCluster",
        ),
    ),
    "ip_exhaustion": Cause(
        "target",
        "code",
        "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html",
        hidden_by=("Function",),
    ),
    "shared_vpc_blind": Cause("endpoint", "doc", f"{PRIVATELINK}/create-interface-endpoint.html"),
    "service_without_endpoint": Cause(
        "endpoint", "doc", f"{PRIVATELINK}/aws-services-privatelink-support.html", hidden_by=("ServiceDetails",)
    ),
    "endpoint_missing": Cause(
        "endpoint",
        "doc",
        f"{ECS}/verify-connectivity.html",
        hidden_by=(
            "VpcEndpoints",
            "Service",
            "Instance",
            "Function",
            "Job",
            "Connections",
            "Domain",
            "NotebookInstance",
        ),
    ),
    "centralised_endpoints": Cause("endpoint", "inferred", f"{PRIVATELINK}/privatelink-access-aws-services.html"),
    "central_endpoint_shadowed": Cause("endpoint", "doc", f"{ROUTE53}/profiles.html"),
    "endpoint_not_available": Cause(
        "endpoint", "code", "botocore ec2 2016-11-15, VpcEndpoint.State", hidden_by=("VpcEndpoints",)
    ),
    "ecs_trio_incomplete": Cause(
        "endpoint", "doc", f"{ECS}/vpc-endpoints.html", hidden_by=("ContainerInstanceArns", "ContainerInstances")
    ),
    "endpoint_az_coverage": Cause("endpoint", "doc", f"{PRIVATELINK}/privatelink-access-aws-services.html"),
    "endpoint_for_other_region_or_global": Cause(
        "region", "doc", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_interface_vpc_endpoints.html"
    ),
    "sts_global_name": Cause(
        "region",
        "doc",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html",
        hidden_by=("TaskDefinition",),
    ),
    "s3_cross_region_bucket": Cause(
        "region", "doc", f"{PRIVATELINK}/gateway-endpoints.html", hidden_by=("Job", "Buckets")
    ),
    "wrong_hostname_variant": Cause(
        "dns",
        "inferred",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html",
    ),
    "vpc_dns_attributes": Cause("dns", "doc", f"{VPC}/AmazonDNS-concepts.html", hidden_by=("VpcAttributes",)),
    "private_dns_off": Cause("dns", "doc", f"{PRIVATELINK}/interface-endpoints.html", hidden_by=("VpcEndpoints",)),
    "custom_dhcp_dns": Cause(
        "dns",
        "doc",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html",
        hidden_by=("Vpcs", "DhcpOptions"),
    ),
    "resolver_rule_or_phz_override": Cause(
        "dns",
        "doc",
        f"{ROUTE53}/resolver-overview-forward-vpc-to-network-using-rules.html",
        hidden_by=(
            "HostedZones",
            "ServiceDetails",
            "ResolverRules",
            "ResolverRuleAssociations",
            "FirewallRuleGroupAssociations",
            "ProfileAssociations",
            "ProfileResourceAssociations",
        ),
    ),
    "ipv6_or_dualstack": Cause("dns", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "endpoint_sg_ingress": Cause(
        "sg", "doc", f"{PRIVATELINK}/create-interface-endpoint.html", hidden_by=("SecurityGroups", "NetworkInterfaces")
    ),
    "workload_sg_egress": Cause(
        "sg",
        "doc",
        f"{PRIVATELINK}/gateway-endpoints.html",
        hidden_by=("SecurityGroups", "NetworkInterfaces", "PrefixLists"),
    ),
    "glue_self_reference": Cause(
        "sg",
        "doc",
        "https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html",
        hidden_by=("Connections",),
    ),
    "sagemaker_sg": Cause(
        "sg",
        "doc",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html",
        hidden_by=("Domain",),
    ),
    "target_sg_or_port": Cause(
        "sg",
        "doc",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/vpc-interface-endpoints.html",
        hidden_by=("DBInstance", "DBCluster", "DBSubnetGroup"),
    ),
    "nacl_workload_subnet": Cause(
        "nacl", "doc", f"{VPC}/custom-network-acl.html", hidden_by=("NetworkAcls", "NetworkInterfaces")
    ),
    "nacl_endpoint_subnet": Cause(
        "nacl",
        "inferred",
        f"{PRIVATELINK}/privatelink-access-aws-services.html",
        hidden_by=("NetworkAcls", "NetworkInterfaces"),
    ),
    "nacl_gateway_endpoint": Cause(
        "nacl", "doc", f"{PRIVATELINK}/gateway-endpoints.html", hidden_by=("NetworkAcls", "PrefixLists")
    ),
    "nacl_transit_gateway_subnet": Cause("nacl", "doc", "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html"),
    "gateway_not_associated": Cause(
        "route", "doc", f"{PRIVATELINK}/gateway-endpoints.html", hidden_by=("RouteTables",)
    ),
    "blackhole_or_specific_route": Cause(
        "route", "doc", f"{PRIVATELINK}/gateway-endpoints.html", hidden_by=("RouteTables", "PrefixLists")
    ),
    "central_endpoint_route": Cause(
        "route",
        "doc",
        "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html",
        hidden_by=("RouteTables", "PrefixLists"),
    ),
    "central_endpoint_path": Cause("route", "inferred", f"{VPC}/route-tables-priority.html"),
    "gateway_used_across_vpc_boundary": Cause("route", "doc", f"{PRIVATELINK}/gateway-endpoints.html"),
    "vpc_block_public_access": Cause("route", "doc", f"{VPC}/security-vpc-bpa.html"),
    "eni_without_public_path": Cause(
        "route", "doc", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"
    ),
    "mtu_8500": Cause("mtu", "doc", f"{PRIVATELINK}/vpc-limits-endpoints.html"),
    "endpoint_policy_denies": Cause(
        "endpoint_policy", "doc", f"{PRIVATELINK}/vpc-endpoints-access.html", hidden_by=("VpcEndpoints", "Organization")
    ),
    "os_repo_or_update_host": Cause("endpoint_policy", "inferred", "names of Amazon Linux' buckets in public policies"),
    "iam_role_missing_permission": Cause(
        "iam",
        "doc",
        f"{ECS}/task_execution_IAM_role.html",
        hidden_by=("TaskDefinition", "InstanceProfile", "Job", "Simulations"),
    ),
    "resource_policy_source_vpce": Cause(
        "resource_policy",
        "doc",
        f"{PRIVATELINK}/vpc-endpoints-s3.html",
        hidden_by=("SecretPolicies", "RepositoryPolicies", "BucketPolicies"),
    ),
    "kms_key_unusable": Cause("kms", "code", "botocore kms 2014-11-01, KeyState", hidden_by=("Keys", "KeyPolicies")),
    "secret_or_parameter_missing": Cause(
        "reference",
        "doc",
        f"{ECS}/resource-initialization-error.html",
        hidden_by=("TaskDefinition", "Secrets", "Parameters"),
    ),
    "log_group_missing": Cause(
        "reference", "doc", f"{ECS}/resource-initialization-error.html", hidden_by=("TaskDefinition", "LogGroups")
    ),
    "imds_hop_limit": Cause(
        "metadata",
        "inferred",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html",
        hidden_by=("ContainerInstanceArns", "ContainerInstances", "Instances"),
    ),
    "proxy_settings": Cause("metadata", "doc", f"{ECS}/ecs-exec.html", hidden_by=("TaskDefinition",)),
    "pip_or_npm_to_internet": Cause(
        "software",
        "inferred",
        "https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html",
        hidden_by=("TaskDefinition", "Job", "PackageLines"),
    ),
    "public_registry_image": Cause(
        "software", "doc", f"{ECS}/task_cannot_pull_image.html", hidden_by=("TaskDefinition",)
    ),
    "ssm_not_registered": Cause(
        "agent",
        "doc",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html",
        hidden_by=("InstanceInformation",),
    ),
}
RANK = {id_: rank for rank, id_ in enumerate(sorted(CAUSES, key=lambda id_: list(AREAS).index(CAUSES[id_].area)))}
# {read: causes that stay unknown if it is missing}
HIDES = {
    read: tuple(id_ for id_, cause in CAUSES.items() if read in cause.hidden_by)
    for hidden in CAUSES.values()
    for read in hidden.hidden_by
}
