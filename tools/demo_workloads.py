# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Workloads of the demo's account without internet: a Fargate service, SageMaker Studio and a Glue job, by boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]
# More than these three need, to keep the demo short.
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def make(client: Client, account_id: str, region: str) -> list[dict[str, str]]:
    """Create the workloads and return them as the doctor's targets. client: service's name -> client of the account."""
    ec2 = client("ec2")
    subnets = ec2.describe_subnets(Filters=[{"Name": "tag:closednet:name", "Values": ["app.*"]}])["Subnets"]
    place = {"vpc_id": subnets[0]["VpcId"], "subnets": [subnet["SubnetId"] for subnet in subnets]}
    group = ec2.create_security_group(GroupName="workloads", Description="Workloads", VpcId=place["vpc_id"])["GroupId"]
    # Parts of a Glue job call each other, and so do those of Studio.
    own = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[own])
    return [
        _fargate_service(client, account_id, region, place["subnets"], group),
        _studio(client, place["vpc_id"], place["subnets"], group),
        _glue_job(client, region, subnets[0], group),
    ]


def _role(client: Client, name: str, service: str) -> str:
    trusted = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    arn = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(ALLOW_ALL))
    return arn


def _fargate_service(client: Client, account_id: str, region: str, subnets: list[str], group: str) -> dict[str, str]:
    client("logs").create_log_group(logGroupName="/ecs/reports")
    client("ecr").create_repository(repositoryName="reports")
    logs = {"awslogs-group": "/ecs/reports", "awslogs-region": region, "awslogs-stream-prefix": "task"}
    ecs = client("ecs")
    ecs.register_task_definition(
        family="reports",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=_role(client, "reports-execution", "ecs-tasks.amazonaws.com"),
        containerDefinitions=[
            {
                "name": "reports",
                "image": f"{account_id}.dkr.ecr.{region}.amazonaws.com/reports:1",
                "logConfiguration": {"logDriver": "awslogs", "options": logs},
            }
        ],
    )
    ecs.create_cluster(clusterName="analytics")
    network = {"subnets": subnets, "securityGroups": [group], "assignPublicIp": "DISABLED"}
    ecs.create_service(
        cluster="analytics",
        serviceName="reports",
        taskDefinition="reports",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
    )
    return {"ecs_cluster": "analytics", "ecs_service": "reports"}


def _studio(client: Client, vpc_id: str, subnets: list[str], group: str) -> dict[str, str]:
    role = _role(client, "studio", "sagemaker.amazonaws.com")
    made = client("sagemaker").create_domain(
        DomainName="studio",
        AuthMode="IAM",
        AppNetworkAccessType="VpcOnly",
        VpcId=vpc_id,
        SubnetIds=subnets,
        DefaultUserSettings={"ExecutionRole": role, "SecurityGroups": [group]},
    )
    return {"sagemaker_domain_id": made["DomainArn"].rpartition("/")[2]}


def _glue_job(client: Client, region: str, subnet: dict[str, Any], group: str) -> dict[str, str]:
    bucket = "scripts-of-analytics"
    client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    where = {
        "SubnetId": subnet["SubnetId"],
        "SecurityGroupIdList": [group],
        "AvailabilityZone": subnet["AvailabilityZone"],
    }
    connection = {"Name": "warehouse", "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    glue = client("glue")
    glue.create_connection(ConnectionInput={**connection, "PhysicalConnectionRequirements": where})
    glue.create_job(
        Name="nightly",
        Role=_role(client, "nightly", "glue.amazonaws.com"),
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/nightly.py"},
        Connections={"Connections": ["warehouse"]},
    )
    return {"glue_job": "nightly"}
