# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which VPC endpoints a kind of workload needs in a VPC without internet.

Services are named by their suffix (``ecr.api``); what a service is called in a region, and whether it is offered there,
is read from DescribeVpcEndpointServices and never built. Nothing here was tried on AWS; each need has a confidence:

    doc         the page in the profile's `sources` says so
    inferred    follows from what the pages say, not written as a requirement
    unverified  recalled, no page read
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..._core.errors import Invalid


@dataclass(frozen=True)
class Need:
    """service: suffix; when: the condition under which the workload calls it ("": always)."""

    service: str
    when: str = ""
    why: str = ""
    confidence: str = "doc"


@dataclass(frozen=True)
class Profile:
    """A kind of workload.

    includes      names of profiles that it needs, too
    buckets       AWS's own S3 objects that it reads, as ARNs with {partition} and {region} left to be filled in
    traps         what is often taken for granted and isn't so
    """

    title: str
    required: tuple[Need, ...] = ()
    conditional: tuple[Need, ...] = ()
    includes: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


PROFILES = {
    "ecr_pull": Profile(
        "Pull private ECR images",
        required=(
            Need("ecr.api", why="auth token and API"),
            Need("ecr.dkr", why="Docker registry API (private DNS mandatory)"),
            Need("s3", why="image layers live in the ECR-owned bucket"),
        ),
        buckets=("arn:{partition}:s3:::prod-{region}-starport-layer-bucket/*",),
        traps=(
            "The first pull through a pull-through-cache rule still needs NAT/internet.",
            "public.ecr.aws images and Windows foreign layers are not covered by these endpoints.",
            "A gateway policy limited to the starport bucket denies every other bucket (dnf, SSM, own data).",
        ),
        sources=("https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",),
    ),
    "ecs_fargate": Profile(
        "ECS on Fargate, Linux platform 1.4.0+ (all traffic through the task ENI)",
        required=(Need("logs", when="awslogs driver", why="log delivery"),),
        conditional=(
            Need("secretsmanager", when="task definition has secrets/repositoryCredentials from Secrets Manager"),
            Need("ssm", when="task definition has secrets from Parameter Store"),
            Need(
                "kms",
                when="those secrets use a customer managed key and the client calls KMS itself (ECS Exec)",
            ),
            Need("ssmmessages", when="enableExecuteCommand"),
            Need("ecs-agent", when="Service Connect should not use the public ecs-sc name"),
            Need("sts", when="application assumes further roles", confidence="inferred"),
            Need("elasticfilesystem", when="EFS volume with IAM/TLS helper", confidence="unverified"),
        ),
        includes=("ecr_pull",),
        traps=(
            "ecs, ecs-agent, ecs-telemetry: Fargate tasks do not need them (Service Connect aside)",
            "platform <= 1.3.0 needs only ecr.dkr + s3",
        ),
        sources=(
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-version-migration.html",
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        ),
    ),
    "ecs_ec2": Profile(
        "ECS on EC2 container instances",
        required=(
            Need("ecs-agent"),
            Need("ecs-telemetry"),
            Need("ecs", why="all three or traffic uses the public names"),
            Need("logs", when="awslogs driver"),
        ),
        conditional=(
            Need("secretsmanager", when="secrets"),
            Need("ssm", when="parameters, or managed instance"),
            Need("ssmmessages", when="Session Manager or ECS Exec"),
        ),
        includes=("ecr_pull",),
        traps=(
            "Create in the order agent, telemetry, ecs when instances already run, then restart the agent or reboot.",
            "The agent is handed numbered names (ecs-a-1, ecs-t-1) by DiscoverPollEndpoint.",
            "ECS agent must be >= 1.25.1.",
        ),
        sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",),
    ),
    "ecs_exec": Profile(
        "ECS Exec",
        required=(Need("ssmmessages"),),
        conditional=(
            Need("kms", when="cluster executeCommandConfiguration.kmsKeyId"),
            Need("logs", when="exec audit to CloudWatch Logs", confidence="inferred"),
            Need("s3", when="exec audit to S3", confidence="inferred"),
        ),
        traps=(
            "readonlyRootFilesystem=true is unsupported with ECS Exec.",
            "Idle timeout is 20 minutes and cannot be changed (PCI DSS 8.2.8 wants 15).",
            "Commands run as root whatever the container user.",
        ),
        sources=(
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
            "github.com/aws-containers/amazon-ecs-exec-checker check-ecs-exec.sh (check 10: ssmmessages)",
        ),
    ),
    "ec2_ssm": Profile(
        "EC2 managed by Systems Manager / Session Manager",
        required=(Need("ssm"), Need("ssmmessages"), Need("s3", why="agent updates, documents, patch baselines")),
        conditional=(
            Need("ec2messages", when="SSM Agent < 3.3.40.0; page still lists it among the endpoints to create"),
            Need("ec2", when="VSS snapshots"),
            Need("kms", when="KMS for sessions or parameters"),
            Need("logs", when="session/run-command/agent logs to CloudWatch"),
        ),
        buckets=(
            "arn:{partition}:s3:::amazon-ssm-{region}/*",
            "arn:{partition}:s3:::aws-ssm-{region}/*",
            "arn:{partition}:s3:::{region}-birdwatcher-prod/*",
            "arn:{partition}:s3:::aws-windows-downloads-{region}/*",
            "arn:{partition}:s3:::patch-baseline-snapshot-{region}/*",
            "arn:{partition}:s3:::aws-patch-manager-{region}-*/*",
            "arn:{partition}:s3:::al2023-repos-{region}-de612dc2/*",
        ),
        sources=(
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html",
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html",
        ),
    ),
    "eks_private": Profile(
        "EKS cluster without outbound internet",
        required=(
            Need("ec2", when="EKS-optimised AMI sets the node DNS name; VPC CNI/EBS CSI also call EC2"),
            Need("sts", when="IRSA"),
            Need("eks-auth", when="EKS Pod Identity"),
            Need("eks", when="nodes that look the cluster up (not needed with explicit bootstrap arguments)"),
            Need("logs", when="node/pod logs to CloudWatch"),
        ),
        conditional=(
            Need("oidc-eks", when="creating the IAM OIDC provider or validating tokens from inside the VPC"),
            Need("elasticloadbalancing", when="AWS Load Balancer Controller (set enable-shield/waf/wafv2=false)"),
            Need("autoscaling", when="Cluster Autoscaler (--aws-use-static-instance-list=true), plus sts"),
            Need("ssm", when="SSM Agent on nodes"),
            Need("xray", when="tracing"),
            Need("route53", when="external-dns"),
            Need("eks-proxy", when="console resource views with no egress"),
            Need("sqs", when="Karpenter interruption queue", confidence="unverified"),
            Need("kms", when="pods call KMS", confidence="inferred"),
            Need("elasticfilesystem", when="EFS CSI", confidence="inferred"),
        ),
        includes=("ecr_pull",),
        traps=(
            "The eks endpoint does not carry the Kubernetes API; that is resourcesVpcConfig.endpointPrivateAccess.",
            "AWS SDK v1 pods use sts.amazonaws.com unless AWS_STS_REGIONAL_ENDPOINTS=regional.",
            "Page says ACM has no endpoint; the PrivateLink list now names acm. Read the live service list.",
            "Managed node groups: the endpoint SG must admit the node subnets' CIDR or the created node SG.",
        ),
        sources=(
            "https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html",
            "https://docs.aws.amazon.com/eks/latest/userguide/vpc-interface-endpoints.html",
        ),
    ),
    "bottlerocket_eks": Profile(
        "Bottlerocket nodes in private EKS",
        required=(
            Need("ssm", when="control container (on by default) for host access"),
            Need("ssmmessages", when="same", confidence="inferred"),
        ),
        conditional=(Need("ec2messages", when="old control container", confidence="inferred"),),
        includes=("eks_private",),
        traps=(
            "OS updates come from updates.bottlerocket.aws, which has no endpoint: replace nodes by AMI, or mirror it",
            "Host containers are pulled from ECR; the instance role needs AmazonEC2ContainerRegistryReadOnly.",
        ),
        sources=(
            "github.com/bottlerocket-os/bottlerocket README.md",
            "bottlerocket source: TUF_PUBLIC_REPOSITORY = https://updates.bottlerocket.aws (schnauzer helper)",
            "https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html",
        ),
    ),
    "bottlerocket_ecs": Profile(
        "Bottlerocket ECS variant",
        includes=("ecs_ec2", "ec2_ssm"),
        sources=(
            "github.com/bottlerocket-os/bottlerocket README.md",
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
        ),
    ),
    "lambda_in_vpc": Profile(
        "Lambda function attached to the VPC",
        conditional=(
            Need("secretsmanager", when="code or extension reads secrets", confidence="inferred"),
            Need("ssm", when="code reads parameters", confidence="inferred"),
            Need("sts", when="code assumes a role", confidence="inferred"),
            Need("kms", when="code calls KMS", confidence="inferred"),
            Need("xray", when="code uses the X-Ray API directly", confidence="unverified"),
            Need("lambda", when="something in the VPC invokes functions"),
            Need("s3", confidence="inferred"),
            Need("dynamodb", confidence="inferred"),
        ),
        traps=(
            "A public subnet gives the function no public IP and no internet.",
            "NACLs must allow 1024-65535 for TCP and UDP.",
            "State=Inactive/Failed with a StateReasonCode (SubnetOutOfIPAddresses, ...) looks like an outage.",
            "logs for the function's own stdout (sent by the service, not the ENI) [unverified]",
        ),
        sources=(
            "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html",
            "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
            "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-endpoints.html",
        ),
    ),
    "sagemaker_studio": Profile(
        "SageMaker Studio, AppNetworkAccessType=VpcOnly",
        required=(Need("sagemaker.api"), Need("sagemaker.runtime"), Need("studio"), Need("s3")),
        conditional=(
            Need("sts", when="SageMaker Python SDK remote jobs"),
            Need("logs", when="SageMaker Python SDK remote jobs"),
            Need("servicecatalog", when="SageMaker Projects"),
            Need("notebook", when="notebook instances through PrivateLink"),
            Need("ecr.api", when="custom images / docker in Studio", confidence="inferred"),
            Need("ecr.dkr", when="custom images / docker in Studio", confidence="inferred"),
            Need("monitoring", confidence="inferred"),
            Need("kms", confidence="inferred"),
            Need("ec2", confidence="unverified"),
            Need("codeartifact.api", when="pip", confidence="inferred"),
            Need("codeartifact.repositories", when="pip", confidence="inferred"),
        ),
        traps=(
            "VpcOnly domains do not start apps without these endpoints or NAT.",
            "The Studio UI calls AWS from the browser: aws:SourceVpce in the execution role breaks it from outside.",
        ),
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html",
            "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html",
            "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-interface-endpoint.html",
        ),
    ),
    "glue": Profile(
        "Glue jobs/crawlers with a VPC connection",
        required=(Need("s3", why="checked before start; job fails without it (or NAT)"),),
        conditional=(
            Need("glue", when="code in the VPC calls the Glue API / Data Catalog"),
            Need("glue.sessions", when="Spark Connect sessions"),
            Need("logs", when="continuous logging", confidence="inferred"),
            Need("monitoring", when="job metrics", confidence="inferred"),
            Need("secretsmanager", when="connection credentials in Secrets Manager", confidence="inferred"),
            Need("kms", confidence="inferred"),
            Need("sts", confidence="inferred"),
            Need("lakeformation", confidence="inferred"),
        ),
        traps=("S3 connect timed out often means a bucket in another Region.",),
        sources=(
            "https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html",
            "https://docs.aws.amazon.com/glue/latest/dg/vpc-interface-endpoints.html",
            "https://docs.aws.amazon.com/glue/latest/dg/glue-troubleshooting-errors.html",
        ),
    ),
    "athena": Profile(
        "Athena queries",
        required=(
            Need("athena"),
            Need("glue", why="Data Catalog"),
            Need("s3", why="read results", confidence="inferred"),
        ),
        conditional=(Need("kms", confidence="inferred"), Need("lakeformation", confidence="inferred")),
        sources=("https://docs.aws.amazon.com/athena/latest/ug/interface-vpc-endpoint.html",),
    ),
    "kinesis": Profile(
        "Kinesis data streams",
        required=(Need("kinesis-streams"),),
        conditional=(
            Need("dynamodb", when="KCL lease table", confidence="inferred"),
            Need("monitoring", when="KCL metrics", confidence="inferred"),
            Need("sts", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/streams/latest/dev/vpc.html",
            "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
        ),
    ),
    "firehose": Profile(
        "Data Firehose",
        required=(Need("kinesis-firehose"),),
        sources=("https://docs.aws.amazon.com/firehose/latest/dev/vpc.html",),
    ),
    "cloudwatch": Profile(
        "CloudWatch logs and metrics",
        required=(Need("logs"), Need("monitoring")),
        conditional=(
            Need("stream-logs", when="Live Tail / GetLogObject"),
            Need("events", when="EventBridge"),
            Need("xray", when="tracing"),
            Need("ec2", when="CloudWatch agent reads EC2 tags", confidence="unverified"),
            Need("ssm", when="agent config in Parameter Store", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html",
            "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-interface-VPC.html",
            "https://docs.aws.amazon.com/xray/latest/devguide/xray-security-vpc-endpoint.html",
        ),
    ),
    "codeartifact": Profile(
        "Packages from CodeArtifact",
        required=(Need("codeartifact.api"), Need("codeartifact.repositories")),
        conditional=(
            Need("s3", when="any format other than Python or Swift"),
            Need("sts", when="client assumes a role first", confidence="inferred"),
        ),
        traps=(
            "sts:GetServiceBearerToken must be in the identity policy; in the domain policy it has no effect.",
            "Token default is 12 h and is independent of the role session; use --duration-seconds 0 or 900.",
            "pip index URL must be configured; a plain pip goes to the public Python index and times out.",
        ),
        sources=(
            "https://docs.aws.amazon.com/codeartifact/latest/ug/create-vpc-endpoints.html",
            "https://docs.aws.amazon.com/codeartifact/latest/ug/create-s3-gateway-endpoint.html",
            "https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html",
        ),
    ),
    "secretsmanager": Profile(
        "Secrets Manager",
        required=(Need("secretsmanager"),),
        conditional=(
            Need(
                "kms",
                when="client-side use of the key; Secrets Manager itself calls KMS for you",
                confidence="inferred",
            ),
        ),
        sources=("https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html",),
    ),
    "kms": Profile(
        "KMS",
        required=(Need("kms"),),
        sources=("https://docs.aws.amazon.com/kms/latest/developerguide/kms-vpc-endpoint.html",),
    ),
    "sts": Profile(
        "STS, for roles that are assumed",
        required=(Need("sts"),),
        traps=(
            "Use sts.{region}.amazonaws.com. Global sts.amazonaws.com is not in the endpoint's private DNS.",
            "botocore >= 1.40.0 defaults to the regional name; older clients need AWS_STS_REGIONAL_ENDPOINTS=regional.",
        ),
        sources=(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_interface_vpc_endpoints.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html",
            "github.com/boto/botocore .changes/1.40.0.json",
        ),
    ),
    "dynamodb": Profile(
        "DynamoDB",
        required=(Need("dynamodb"),),
        sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-ddb.html",),
    ),
    "s3": Profile(
        "S3",
        required=(Need("s3"),),
        sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",),
    ),
    "app_runner": Profile(
        "App Runner",
        required=(Need("apprunner", why="control API"),),
        conditional=(Need("apprunner.requests", when="private ingress to a service"),),
        traps=("App Runner closed to new customers from 2026-04-30.",),
        sources=(
            "https://docs.aws.amazon.com/apprunner/latest/dg/security-vpce.html",
            "https://docs.aws.amazon.com/apprunner/latest/dg/network-pl.html",
        ),
    ),
    "managed_grafana": Profile(
        "Managed Grafana",
        required=(Need("grafana-workspace", why="workspace UI and Grafana API"),),
        conditional=(Need("grafana", when="managing workspaces"),),
        traps=("grafana-workspace takes no endpoint policy, needs private DNS, and must itself allow the endpoint.",),
        sources=("https://docs.aws.amazon.com/grafana/latest/userguide/VPC-endpoints.html",),
    ),
    "managed_prometheus": Profile(
        "Managed Prometheus",
        required=(Need("aps-workspaces", why="remote write / query"),),
        conditional=(Need("aps", when="control API"), Need("sts", when="SigV4 with IRSA", confidence="inferred")),
        sources=("https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-and-interface-VPC.html",),
    ),
    "step_functions": Profile(
        "Step Functions",
        required=(Need("states"),),
        conditional=(Need("sync-states", when="synchronous express workflows"),),
        sources=("https://docs.aws.amazon.com/step-functions/latest/dg/vpc-endpoints.html",),
    ),
    "sqs": Profile(
        "SQS",
        required=(Need("sqs"),),
        traps=("old clients use queue.amazonaws.com style names, which private DNS does not cover [unverified]",),
        sources=(
            "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-internetwork-traffic-privacy.html#sqs-vpc-endpoints",
        ),
    ),
    "sns": Profile(
        "SNS",
        required=(Need("sns"),),
        sources=("https://docs.aws.amazon.com/sns/latest/dg/sns-internetwork-traffic-privacy.html",),
    ),
    "eventbridge": Profile(
        "EventBridge",
        required=(Need("events"),),
        sources=("https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-related-service-vpc.html",),
    ),
    "rds_api": Profile(
        "RDS' own API",
        required=(Need("rds"),),
        conditional=(Need("pi", when="Performance Insights API"),),
        traps=(
            "A SQL connection needs no endpoint; look at the DB's security group, port and DBInstanceStatus instead.",
        ),
        sources=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/vpc-interface-endpoints.html",),
    ),
    "rds_data_api": Profile(
        "RDS Data API",
        required=(Need("rds-data"),),
        conditional=(Need("secretsmanager", when="client itself reads the secret", confidence="inferred"),),
        sources=("https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html",),
    ),
    "backup": Profile(
        "AWS Backup",
        required=(Need("backup"),),
        conditional=(Need("backup-storage", when="SAP HANA"), Need("backup-gateway", when="VMware gateway")),
        sources=("https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-network.html",),
    ),
    "network_firewall": Profile(
        "Network Firewall's API",
        required=(Need("network-firewall", why="control API only"),),
        sources=("https://docs.aws.amazon.com/network-firewall/latest/developerguide/vpc-interface-endpoints.html",),
    ),
    "transit_gateway": Profile(
        "Transit Gateway's API",
        required=(
            Need(
                "ec2", why="transit gateway calls are EC2 API calls; no separate endpoint exists", confidence="inferred"
            ),
        ),
        conditional=(Need("networkmanager", when="Network Manager / Cloud WAN"),),
        sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",),
    ),
    "ansible_controller": Profile(
        "Ansible itself runs inside the closed VPC (control plane calls)",
        required=(
            Need("sts", confidence="inferred"),
            Need("ec2", confidence="inferred"),
            Need("ssm", when="aws_ssm connection / parameters", confidence="inferred"),
            Need("ssmmessages", when="aws_ssm connection", confidence="inferred"),
            Need("s3", when="aws_ssm connection file transfer bucket", confidence="inferred"),
        ),
        conditional=(
            Need(
                "iam", when="any iam_* module: endpoint exists only in us-east-1; other Regions need TGW/peering to it"
            ),
            Need("route53"),
            Need("organizations"),
            Need("elasticloadbalancing", confidence="inferred"),
            Need("autoscaling", confidence="inferred"),
            Need("rds", confidence="inferred"),
            Need("ecs", confidence="inferred"),
            Need("eks", confidence="inferred"),
            Need("lambda", confidence="inferred"),
            Need("cloudformation", confidence="inferred"),
            Need("logs", confidence="inferred"),
            Need("kms", confidence="inferred"),
            Need("secretsmanager", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_interface_vpc_endpoints.html",
            "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
        ),
    ),
}

# Reached by routes and prefix lists ("Gateway endpoints").
GATEWAYS = ("s3", "dynamodb")
# Inbound TCP ports besides 443: https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-network.html
MORE_PORTS = {"backup-gateway": (1026, 1027, 1028, 1031, 2222)}
KNOWN_SERVICES = frozenset(
    need.service for profile in PROFILES.values() for need in (*profile.required, *profile.conditional)
)


def check(option: str, workloads: Iterable[str]) -> None:
    for index, workload in enumerate(workloads):
        if workload not in PROFILES:
            raise Invalid(f"{option}[{index}]", workload, "is no workload profile", nearest(workload, PROFILES))


def nearest(word: str, known: Collection[str]) -> str:
    """The names most like it; all of them, if none is."""
    close = difflib.get_close_matches(word, sorted(set(known)), n=3, cutoff=0.5)
    return f"one like {', '.join(close)}" if close else f"one of {', '.join(sorted(known))}"


def with_included(workloads: Iterable[str]) -> list[str]:
    """The workloads and the profiles that they include, each once."""
    found: list[str] = []
    queue = list(workloads)
    while queue:
        name = queue.pop(0)
        if name not in found:
            found.append(name)
            queue += PROFILES[name].includes
    return found


def required(workloads: Iterable[str], services: Iterable[str]) -> dict[str, list[str]]:
    """{service: who needs it}, of all workloads and of those that were asked for by name."""
    needed: dict[str, list[str]] = {}
    for workload in with_included(workloads):
        for need in PROFILES[workload].required:
            needed.setdefault(need.service, []).append(workload)
    for service in services:
        needed.setdefault(service, []).append("services")
    return needed


def conditional(workloads: Iterable[str], declared: Collection[str]) -> list[dict[str, str]]:
    """What the workloads may need besides, and when: only who runs them knows. [{"workload", "service", "when"}]"""
    return [
        {"workload": workload, "service": need.service, "when": need.when or "it is called"}
        for workload in with_included(workloads)
        for need in PROFILES[workload].conditional
        if need.service not in declared
    ]


def buckets(workloads: Iterable[str]) -> list[str]:
    """AWS's own S3 objects that the workloads read (ARNs, see Profile)."""
    return sorted({arn for workload in with_included(workloads) for arn in PROFILES[workload].buckets})


def suffix_of(service_name: str, region: str) -> str:
    """``ecr.api`` of ``com.amazonaws.eu-central-1.ecr.api``, ``studio`` of ``aws.sagemaker.eu-central-1.studio``,
    ``iam`` of ``com.amazonaws.iam``, as AWS's list of services has them.
    """
    before, with_region, after = service_name.partition(f".{region}.")
    return after if with_region else service_name.removeprefix("com.amazonaws.")
