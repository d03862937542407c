# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Case of pci_guard_info: an account with one fault only, a root user without MFA, which no API can give it."""

from __future__ import annotations

import json
from typing import Any

from tests.contract.case import ZONES, Case, only, subnets
from tests.contract.world import REGION, World
from tests.emulator.conftest import MANAGEMENT, SPOKE

CIDR = "10.16.0.0/16"
GROUP = f"arn:aws:logs:{REGION}:{SPOKE}:log-group:"
ROLE = f"arn:aws:iam::{SPOKE}:role/"
PCI_VPC = {
    "name": "pci",
    "cidrs": [CIDR],
    "availability_zone_ids": ZONES,
    "tiers": [
        {"name": "public", "prefix": 24, "internet": "gateway"},
        {"name": "app", "prefix": 24},
        {"name": "data", "prefix": 24},
    ],
    "flow_logs": {
        "destination": f"{GROUP}flow-logs",
        "destination_type": "cloud-watch-logs",
        "role_arn": f"{ROLE}flow-logs",
    },
}
SWITCH = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::{MANAGEMENT}:user/operator"]},
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
                "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "900"},
                "StringEquals": {"sts:RoleSessionName": "${aws:username}"},
            },
        }
    ],
}
CONTAINER = {
    "name": "app",
    "image": "app",
    "readonlyRootFilesystem": True,
    "environment": [{"name": "STAGE", "value": "production"}],
    "secrets": [{"name": name, "valueFrom": f"/app/{name}"} for name in ("DB_PASSWORD", "LOG_LEVEL")],
}


def vpc_id(world: World) -> str:
    query = [{"Name": "cidr", "Values": [CIDR]}]
    return only(world.ec2(SPOKE).describe_vpcs(Filters=query)["Vpcs"], "VpcId")


def of_service(service: str) -> str:
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def good_account(world: World) -> None:
    account_without_report(world)
    world.client(SPOKE, "iam").generate_credential_report()


def account_without_report(world: World) -> None:
    logs = world.client(SPOKE, "logs")
    for name in ("flow-logs", "trail"):
        logs.create_log_group(logGroupName=name)
        logs.put_retention_policy(logGroupName=name, retentionInDays=365)
    world.run("tiered_vpc", SPOKE, PCI_VPC)
    world.made["vpc"] = vpc_id(world)
    _network(world)
    _identities(world)
    _watch(world)
    _workloads(world)


def _network(world: World) -> None:
    ec2, vpc = world.ec2(SPOKE), vpc_id(world)
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    (default,) = [
        found
        for found in ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
        if found["IsDefault"]
    ]
    for link in default["Associations"]:
        ec2.replace_network_acl_association(AssociationId=link["NetworkAclAssociationId"], NetworkAclId=acl)
    policy = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    policy["Condition"] = {"StringEquals": {"aws:PrincipalAccount": SPOKE, "aws:ResourceAccount": SPOKE}}
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )
    group = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
    world.made["group"] = group
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    for operation, port, cidr in (
        (ec2.authorize_security_group_ingress, 443, "0.0.0.0/0"),
        (ec2.authorize_security_group_egress, 5432, CIDR),
    ):
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
        operation(GroupId=group, IpPermissions=[rule])
    made = ec2.create_network_interface(SubnetId=subnets(world, SPOKE, "pci", "app")[0], Groups=[group])
    world.made["interface"] = made["NetworkInterface"]["NetworkInterfaceId"]
    rds = world.client(SPOKE, "rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="data",
        DBSubnetGroupDescription="data",
        SubnetIds=subnets(world, SPOKE, "pci", "data"),
    )
    rds.create_db_instance(
        DBInstanceIdentifier="cards",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="cards",
        MasterUserPassword="not-a-secret",
        DBSubnetGroupName="data",
        PubliclyAccessible=False,
    )


def _identities(world: World) -> None:
    iam = world.client(SPOKE, "iam")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    boundary = iam.create_policy(
        PolicyName="boundary", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    )["Policy"]["Arn"]
    trusted = json.dumps(SWITCH)
    iam.create_role(RoleName="admin", AssumeRolePolicyDocument=trusted, PermissionsBoundary=boundary)
    iam.attach_role_policy(RoleName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=trusted)
    iam.attach_role_policy(RoleName="auditor", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=of_service("ecs-tasks.amazonaws.com"))
    iam.update_account_password_policy(
        MinimumPasswordLength=14,
        RequireNumbers=True,
        RequireLowercaseCharacters=True,
        PasswordReusePrevention=24,
        MaxPasswordAge=90,
    )


def _watch(world: World) -> None:
    place = {"LocationConstraint": REGION}
    s3 = world.client(SPOKE, "s3")
    s3.create_bucket(Bucket="trail-of-the-spoke", CreateBucketConfiguration=place)
    bucket = "arn:aws:s3:::trail-of-the-spoke"
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    delivery = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": [bucket, f"{bucket}/AWSLogs/{SPOKE}/*"],
    }
    document = {"Version": "2012-10-17", "Statement": [delivery]}
    s3.put_bucket_policy(Bucket="trail-of-the-spoke", Policy=json.dumps(document))
    trails = world.client(SPOKE, "cloudtrail")
    trails.create_trail(
        Name="all",
        S3BucketName="trail-of-the-spoke",
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=f"{GROUP}trail:*",
        CloudWatchLogsRoleArn=f"{ROLE}trail",
    )
    trails.start_logging(Name="all")
    world.client(SPOKE, "guardduty").create_detector(Enable=True)
    preferences = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"idleSessionTimeout": "15"}}
    world.client(SPOKE, "ssm").create_document(
        Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=json.dumps(preferences)
    )


def service(world: World, family: str = "app", exec_: bool = False, **container: Any) -> None:
    """Create a service with a task definition of its own. container: fields that replace those of CONTAINER."""
    ecs = world.client(SPOKE, "ecs")
    ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{**CONTAINER, **container}],
    )
    network = {"subnets": subnets(world, SPOKE, "pci", "app"), "securityGroups": [world.made["group"]]}
    ecs.create_service(
        cluster="main",
        serviceName=family,
        taskDefinition=family,
        desiredCount=1,
        launchType="FARGATE",
        enableExecuteCommand=exec_,
        networkConfiguration={"awsvpcConfiguration": {**network, "assignPublicIp": "DISABLED"}},
    )


def _workloads(world: World) -> None:
    world.client(SPOKE, "ssm").put_parameter(Name="/app/LOG_LEVEL", Value="info", Type="SecureString")
    world.client(SPOKE, "ecs").create_cluster(clusterName="main")
    service(world)


PCI_GUARD_INFO = Case(
    "pci_guard_info",
    SPOKE,
    {"vpc_ids": lambda world: [world.made["vpc"]], "approved_services": ["tcp/443", "tcp/5432"]},
    [SPOKE],
    before=good_account,
)

INFO_CASES = [PCI_GUARD_INFO]
