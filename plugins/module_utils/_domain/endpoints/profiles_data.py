# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoints that each kind of workload needs in a VPC without internet access, as data.

Services are named by their suffix (``ecr.api``); a service's full name in a region, and whether the region offers it,
are read from DescribeVpcEndpointServices and never built. Nothing here was tried on AWS; each need has a confidence:

    doc         the page in the profile's `sources` says so
    inferred    follows from what the pages say, not written as a requirement
    unverified  recalled, no page read
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EndpointNeed:
    """Endpoint that a workload needs. service: suffix; when: condition under which it is called ("": always)"""

    service: str
    when: str = ""
    why: str = ""
    confidence: str = "doc"


@dataclass(frozen=True)
class Profile:
    """Endpoints that a kind of workload needs.

    includes      names of further profiles that it needs
    buckets       ARNs of AWS's own S3 objects that it reads; the caller fills in {partition} and {region}
    """

    title: str
    required: tuple[EndpointNeed, ...] = ()
    conditional: tuple[EndpointNeed, ...] = ()
    includes: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


PROFILES = {
    "ecr_pull": Profile(
        "Pull private ECR images",
        required=(
            EndpointNeed("ecr.api", why="auth token and API"),
            EndpointNeed("ecr.dkr", why="Docker registry API (private DNS mandatory)"),
            EndpointNeed("s3", why="image layers live in the ECR-owned bucket"),
        ),
        buckets=("arn:{partition}:s3:::prod-{region}-starport-layer-bucket/*",),
        sources=("https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",),
    ),
    "ecs_fargate": Profile(
        "ECS on Fargate, Linux platform 1.4.0+ (all traffic through the task ENI)",
        required=(EndpointNeed("logs", when="awslogs driver", why="log delivery"),),
        conditional=(
            EndpointNeed(
                "secretsmanager", when="task definition has secrets/repositoryCredentials from Secrets Manager"
            ),
            EndpointNeed("ssm", when="task definition has secrets from Parameter Store"),
            EndpointNeed(
                "kms",
                when="those secrets use a customer managed key and the client calls KMS itself (ECS Exec)",
            ),
            EndpointNeed("ssmmessages", when="enableExecuteCommand"),
            EndpointNeed("ecs-agent", when="Service Connect should not use the public ecs-sc name"),
            EndpointNeed("sts", when="application assumes further roles", confidence="inferred"),
            EndpointNeed("elasticfilesystem", when="EFS volume with IAM/TLS helper", confidence="unverified"),
        ),
        includes=("ecr_pull",),
        sources=(
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-version-migration.html",
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        ),
    ),
    "ecs_ec2": Profile(
        "ECS on EC2 container instances",
        required=(
            EndpointNeed("ecs-agent"),
            EndpointNeed("ecs-telemetry"),
            EndpointNeed("ecs", why="all three or traffic uses the public names"),
            EndpointNeed("logs", when="awslogs driver"),
        ),
        conditional=(
            EndpointNeed("secretsmanager", when="secrets"),
            EndpointNeed("ssm", when="parameters, or managed instance"),
            EndpointNeed("ssmmessages", when="Session Manager or ECS Exec"),
        ),
        includes=("ecr_pull",),
        sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",),
    ),
    "ecs_exec": Profile(
        "ECS Exec",
        required=(EndpointNeed("ssmmessages"),),
        conditional=(
            EndpointNeed("kms", when="cluster executeCommandConfiguration.kmsKeyId"),
            EndpointNeed("logs", when="exec audit to CloudWatch Logs", confidence="inferred"),
            EndpointNeed("s3", when="exec audit to S3", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
            "github.com/aws-containers/amazon-ecs-exec-checker check-ecs-exec.sh (check 10: ssmmessages)",
        ),
    ),
    "ec2_ssm": Profile(
        "EC2 managed by Systems Manager / Session Manager",
        required=(
            EndpointNeed("ssm"),
            EndpointNeed("ssmmessages"),
            EndpointNeed("s3", why="agent updates, documents, patch baselines"),
        ),
        conditional=(
            EndpointNeed("ec2messages", when="SSM Agent < 3.3.40.0; page still lists it among the endpoints to create"),
            EndpointNeed("ec2", when="VSS snapshots"),
            EndpointNeed("kms", when="KMS for sessions or parameters"),
            EndpointNeed("logs", when="session/run-command/agent logs to CloudWatch"),
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
            EndpointNeed("ec2", when="EKS-optimised AMI sets the node DNS name; VPC CNI/EBS CSI also call EC2"),
            EndpointNeed("sts", when="IRSA"),
            EndpointNeed("eks-auth", when="EKS Pod Identity"),
            EndpointNeed("eks", when="nodes that look the cluster up (not needed with explicit bootstrap arguments)"),
            EndpointNeed("logs", when="node/pod logs to CloudWatch"),
        ),
        conditional=(
            EndpointNeed("oidc-eks", when="creating the IAM OIDC provider or validating tokens from inside the VPC"),
            EndpointNeed(
                "elasticloadbalancing", when="AWS Load Balancer Controller (set enable-shield/waf/wafv2=false)"
            ),
            EndpointNeed("autoscaling", when="Cluster Autoscaler (--aws-use-static-instance-list=true), plus sts"),
            EndpointNeed("ssm", when="SSM Agent on nodes"),
            EndpointNeed("xray", when="tracing"),
            EndpointNeed("route53", when="external-dns"),
            EndpointNeed("eks-proxy", when="console resource views with no egress"),
            EndpointNeed("sqs", when="Karpenter interruption queue", confidence="unverified"),
            EndpointNeed("kms", when="pods call KMS", confidence="inferred"),
            EndpointNeed("elasticfilesystem", when="EFS CSI", confidence="inferred"),
        ),
        includes=("ecr_pull",),
        sources=(
            "https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html",
            "https://docs.aws.amazon.com/eks/latest/userguide/vpc-interface-endpoints.html",
        ),
    ),
    "bottlerocket_eks": Profile(
        "Bottlerocket nodes in private EKS",
        required=(
            EndpointNeed("ssm", when="control container (on by default) for host access"),
            EndpointNeed("ssmmessages", when="same", confidence="inferred"),
        ),
        conditional=(EndpointNeed("ec2messages", when="old control container", confidence="inferred"),),
        includes=("eks_private",),
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
            EndpointNeed("secretsmanager", when="code or extension reads secrets", confidence="inferred"),
            EndpointNeed("ssm", when="code reads parameters", confidence="inferred"),
            EndpointNeed("sts", when="code assumes a role", confidence="inferred"),
            EndpointNeed("kms", when="code calls KMS", confidence="inferred"),
            EndpointNeed("xray", when="code uses the X-Ray API directly", confidence="unverified"),
            EndpointNeed("lambda", when="something in the VPC invokes functions"),
            EndpointNeed("s3", confidence="inferred"),
            EndpointNeed("dynamodb", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html",
            "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
            "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-endpoints.html",
        ),
    ),
    "sagemaker_studio": Profile(
        "SageMaker Studio, AppNetworkAccessType=VpcOnly",
        required=(
            EndpointNeed("sagemaker.api"),
            EndpointNeed("sagemaker.runtime"),
            EndpointNeed("studio"),
            EndpointNeed("s3"),
        ),
        conditional=(
            EndpointNeed("sts", when="SageMaker Python SDK remote jobs"),
            EndpointNeed("logs", when="SageMaker Python SDK remote jobs"),
            EndpointNeed("servicecatalog", when="SageMaker Projects"),
            EndpointNeed("notebook", when="notebook instances through PrivateLink"),
            EndpointNeed("ecr.api", when="custom images / docker in Studio", confidence="inferred"),
            EndpointNeed("ecr.dkr", when="custom images / docker in Studio", confidence="inferred"),
            EndpointNeed("monitoring", confidence="inferred"),
            EndpointNeed("kms", confidence="inferred"),
            EndpointNeed("ec2", confidence="unverified"),
            EndpointNeed("codeartifact.api", when="pip", confidence="inferred"),
            EndpointNeed("codeartifact.repositories", when="pip", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html",
            "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html",
            "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-interface-endpoint.html",
        ),
    ),
    "glue": Profile(
        "Glue jobs/crawlers with a VPC connection",
        required=(EndpointNeed("s3", why="checked before start; job fails without it (or NAT)"),),
        conditional=(
            EndpointNeed("glue", when="code in the VPC calls the Glue API / Data Catalog"),
            EndpointNeed("glue.sessions", when="Spark Connect sessions"),
            EndpointNeed("logs", when="continuous logging", confidence="inferred"),
            EndpointNeed("monitoring", when="job metrics", confidence="inferred"),
            EndpointNeed("secretsmanager", when="connection credentials in Secrets Manager", confidence="inferred"),
            EndpointNeed("kms", confidence="inferred"),
            EndpointNeed("sts", confidence="inferred"),
            EndpointNeed("lakeformation", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html",
            "https://docs.aws.amazon.com/glue/latest/dg/vpc-interface-endpoints.html",
            "https://docs.aws.amazon.com/glue/latest/dg/glue-troubleshooting-errors.html",
        ),
    ),
    "athena": Profile(
        "Athena queries",
        required=(
            EndpointNeed("athena"),
            EndpointNeed("glue", why="Data Catalog"),
            EndpointNeed("s3", why="read results", confidence="inferred"),
        ),
        conditional=(EndpointNeed("kms", confidence="inferred"), EndpointNeed("lakeformation", confidence="inferred")),
        sources=("https://docs.aws.amazon.com/athena/latest/ug/interface-vpc-endpoint.html",),
    ),
    "kinesis": Profile(
        "Kinesis data streams",
        required=(EndpointNeed("kinesis-streams"),),
        conditional=(
            EndpointNeed("dynamodb", when="KCL lease table", confidence="inferred"),
            EndpointNeed("monitoring", when="KCL metrics", confidence="inferred"),
            EndpointNeed("sts", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/streams/latest/dev/vpc.html",
            "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
        ),
    ),
    "firehose": Profile(
        "Data Firehose",
        required=(EndpointNeed("kinesis-firehose"),),
        sources=("https://docs.aws.amazon.com/firehose/latest/dev/vpc.html",),
    ),
    "cloudwatch": Profile(
        "CloudWatch logs and metrics",
        required=(EndpointNeed("logs"), EndpointNeed("monitoring")),
        conditional=(
            EndpointNeed("stream-logs", when="Live Tail / GetLogObject"),
            EndpointNeed("events", when="EventBridge"),
            EndpointNeed("xray", when="tracing"),
            EndpointNeed("ec2", when="CloudWatch agent reads EC2 tags", confidence="unverified"),
            EndpointNeed("ssm", when="agent config in Parameter Store", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html",
            "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-interface-VPC.html",
            "https://docs.aws.amazon.com/xray/latest/devguide/xray-security-vpc-endpoint.html",
        ),
    ),
    "codeartifact": Profile(
        "Packages from CodeArtifact",
        required=(EndpointNeed("codeartifact.api"), EndpointNeed("codeartifact.repositories")),
        conditional=(
            EndpointNeed("s3", when="any format other than Python or Swift"),
            EndpointNeed("sts", when="client assumes a role first", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/codeartifact/latest/ug/create-vpc-endpoints.html",
            "https://docs.aws.amazon.com/codeartifact/latest/ug/create-s3-gateway-endpoint.html",
            "https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html",
        ),
    ),
    "secretsmanager": Profile(
        "Secrets Manager",
        required=(EndpointNeed("secretsmanager"),),
        conditional=(
            EndpointNeed(
                "kms",
                when="client-side use of the key; Secrets Manager itself calls KMS for you",
                confidence="inferred",
            ),
        ),
        sources=("https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html",),
    ),
    "kms": Profile(
        "KMS",
        required=(EndpointNeed("kms"),),
        sources=("https://docs.aws.amazon.com/kms/latest/developerguide/kms-vpc-endpoint.html",),
    ),
    "sts": Profile(
        "STS, for roles that are assumed",
        required=(EndpointNeed("sts"),),
        sources=(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_interface_vpc_endpoints.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html",
            "github.com/boto/botocore .changes/1.40.0.json",
        ),
    ),
    "dynamodb": Profile(
        "DynamoDB",
        required=(EndpointNeed("dynamodb"),),
        sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-ddb.html",),
    ),
    "s3": Profile(
        "S3",
        required=(EndpointNeed("s3"),),
        sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",),
    ),
    "app_runner": Profile(
        "App Runner",
        required=(EndpointNeed("apprunner", why="control API"),),
        conditional=(EndpointNeed("apprunner.requests", when="private ingress to a service"),),
        sources=(
            "https://docs.aws.amazon.com/apprunner/latest/dg/security-vpce.html",
            "https://docs.aws.amazon.com/apprunner/latest/dg/network-pl.html",
        ),
    ),
    "managed_grafana": Profile(
        "Managed Grafana",
        required=(EndpointNeed("grafana-workspace", why="workspace UI and Grafana API"),),
        conditional=(EndpointNeed("grafana", when="managing workspaces"),),
        sources=("https://docs.aws.amazon.com/grafana/latest/userguide/VPC-endpoints.html",),
    ),
    "managed_prometheus": Profile(
        "Managed Prometheus",
        required=(EndpointNeed("aps-workspaces", why="remote write / query"),),
        conditional=(
            EndpointNeed("aps", when="control API"),
            EndpointNeed("sts", when="SigV4 with IRSA", confidence="inferred"),
        ),
        sources=("https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-and-interface-VPC.html",),
    ),
    "step_functions": Profile(
        "Step Functions",
        required=(EndpointNeed("states"),),
        conditional=(EndpointNeed("sync-states", when="synchronous express workflows"),),
        sources=("https://docs.aws.amazon.com/step-functions/latest/dg/vpc-endpoints.html",),
    ),
    "sqs": Profile(
        "SQS",
        required=(EndpointNeed("sqs"),),
        sources=(
            "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-internetwork-traffic-privacy.html#sqs-vpc-endpoints",
        ),
    ),
    "sns": Profile(
        "SNS",
        required=(EndpointNeed("sns"),),
        sources=("https://docs.aws.amazon.com/sns/latest/dg/sns-internetwork-traffic-privacy.html",),
    ),
    "eventbridge": Profile(
        "EventBridge",
        required=(EndpointNeed("events"),),
        sources=("https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-related-service-vpc.html",),
    ),
    "rds_api": Profile(
        "RDS' own API",
        required=(EndpointNeed("rds"),),
        conditional=(EndpointNeed("pi", when="Performance Insights API"),),
        sources=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/vpc-interface-endpoints.html",),
    ),
    "rds_data_api": Profile(
        "RDS Data API",
        required=(EndpointNeed("rds-data"),),
        conditional=(EndpointNeed("secretsmanager", when="client itself reads the secret", confidence="inferred"),),
        sources=("https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html",),
    ),
    "backup": Profile(
        "AWS Backup",
        required=(EndpointNeed("backup"),),
        conditional=(
            EndpointNeed("backup-storage", when="SAP HANA"),
            EndpointNeed("backup-gateway", when="VMware gateway"),
        ),
        sources=("https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-network.html",),
    ),
    "network_firewall": Profile(
        "Network Firewall's API",
        required=(EndpointNeed("network-firewall", why="control API only"),),
        sources=("https://docs.aws.amazon.com/network-firewall/latest/developerguide/vpc-interface-endpoints.html",),
    ),
    "transit_gateway": Profile(
        "Transit Gateway's API",
        required=(
            EndpointNeed(
                "ec2", why="transit gateway calls are EC2 API calls; no separate endpoint exists", confidence="inferred"
            ),
        ),
        conditional=(EndpointNeed("networkmanager", when="Network Manager / Cloud WAN"),),
        sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",),
    ),
    "ansible_controller": Profile(
        "Ansible itself runs inside the closed VPC (control plane calls)",
        required=(
            EndpointNeed("sts", confidence="inferred"),
            EndpointNeed("ec2", confidence="inferred"),
            EndpointNeed("ssm", when="aws_ssm connection / parameters", confidence="inferred"),
            EndpointNeed("ssmmessages", when="aws_ssm connection", confidence="inferred"),
            EndpointNeed("s3", when="aws_ssm connection file transfer bucket", confidence="inferred"),
        ),
        conditional=(
            EndpointNeed(
                "iam", when="any iam_* module: endpoint exists only in us-east-1; other Regions need TGW/peering to it"
            ),
            EndpointNeed("route53"),
            EndpointNeed("organizations"),
            EndpointNeed("elasticloadbalancing", confidence="inferred"),
            EndpointNeed("autoscaling", confidence="inferred"),
            EndpointNeed("rds", confidence="inferred"),
            EndpointNeed("ecs", confidence="inferred"),
            EndpointNeed("eks", confidence="inferred"),
            EndpointNeed("lambda", confidence="inferred"),
            EndpointNeed("cloudformation", confidence="inferred"),
            EndpointNeed("logs", confidence="inferred"),
            EndpointNeed("kms", confidence="inferred"),
            EndpointNeed("secretsmanager", confidence="inferred"),
        ),
        sources=(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_interface_vpc_endpoints.html",
            "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
        ),
    ),
}
