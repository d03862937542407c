# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Workloads in the closed VPC, one of each kind that closed_vpc_doctor takes, created by hand."""

from __future__ import annotations

import json
from typing import Any

from tests.contract import closed_cases as closed
from tests.contract.case import Case, subnets
from tests.contract.world import REGION, World
from tests.emulator.conftest import SPOKE

WORKLOADS = ["ecs_fargate", "ecs_ec2", "ecs_exec", "ec2_ssm", "glue", "sagemaker_studio"]
SERVICES = ["secretsmanager", "ssm", "ssmmessages", "monitoring", "dynamodb"]
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
BUCKET = "scripts-of-delta"


def network(world: World) -> None:
    """Create the VPC, endpoints for all workloads, and two groups.

    The workloads' group allows all egress and ingress from itself; the database's admits the workloads.
    """
    closed.closed_vpc(world)
    world.run("closed_vpc_endpoints", SPOKE, {**closed.ENDPOINTS, "workloads": WORKLOADS, "services": SERVICES})
    ec2, vpc = world.ec2(SPOKE), closed.vpc_id(world)
    for name in ("workload", "database"):
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)
        world.made[name] = group["GroupId"]
    own = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": world.made["workload"]}]}
    ec2.authorize_security_group_ingress(GroupId=world.made["workload"], IpPermissions=[own])
    ec2.authorize_security_group_ingress(
        GroupId=world.made["database"], IpPermissions=[own | {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}]
    )


def app(world: World) -> list[str]:
    return subnets(world, SPOKE, "delta", "app")


def role(world: World, name: str, service: str, policy: dict[str, Any] | None = None) -> str:
    """Create a role that may do everything, unless a policy is given; return its ARN."""
    iam = world.client(SPOKE, "iam")
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy or ALLOW_ALL))
    return arn


def task_definition(world: World, family: str, **more: Any) -> None:
    secret = world.client(SPOKE, "secretsmanager").create_secret(Name=f"{family}-db", SecretString="none")["ARN"]
    key = world.client(SPOKE, "kms").create_key()["KeyMetadata"]["Arn"]
    world.client(SPOKE, "secretsmanager").update_secret(SecretId=secret, KmsKeyId=key)
    world.client(SPOKE, "ssm").put_parameter(Name=f"/{family}/level", Value="info", Type="String")
    world.client(SPOKE, "logs").create_log_group(logGroupName=f"/ecs/{family}")
    world.client(SPOKE, "ecr").create_repository(repositoryName=family)
    world.made |= {f"{family} secret": secret, f"{family} key": key}
    container = {
        "name": family,
        "image": f"{SPOKE}.dkr.ecr.{REGION}.amazonaws.com/{family}:1",
        "secrets": [
            {"name": "DB", "valueFrom": f"{secret}:password::"},
            {"name": "LEVEL", "valueFrom": f"arn:aws:ssm:{REGION}:{SPOKE}:parameter/{family}/level"},
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": f"/ecs/{family}", "awslogs-region": REGION, "awslogs-stream-prefix": "a"},
        },
    }
    options = {
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": role(world, f"{family}-execution", "ecs-tasks.amazonaws.com"),
        "taskRoleArn": role(world, f"{family}-task", "ecs-tasks.amazonaws.com"),
    }
    world.client(SPOKE, "ecs").register_task_definition(
        family=family, containerDefinitions=[container | {"memory": 512}], **{**options, **more}
    )


def ecs_service(world: World) -> dict[str, Any]:
    task_definition(world, "web")
    ecs = world.client(SPOKE, "ecs")
    ecs.create_cluster(clusterName="shop")
    ecs.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition="web",
        desiredCount=2,
        launchType="FARGATE",
        enableExecuteCommand=True,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": app(world),
                "securityGroups": [world.made["workload"]],
                "assignPublicIp": "DISABLED",
            }
        },
    )
    return {"ecs_service": "web", "ecs_cluster": "shop"}


def ecs_task_definition(world: World) -> dict[str, Any]:
    task_definition(world, "batch")
    return {"ecs_task_definition": "batch"}


def lambda_function(world: World) -> dict[str, Any]:
    world.client(SPOKE, "lambda").create_function(
        FunctionName="orders",
        Runtime="python3.12",
        Role=role(world, "orders", "lambda.amazonaws.com"),
        Handler="orders.handler",
        Code={"ZipFile": b"PK\x05\x06" + 18 * b"\0"},
        VpcConfig={"SubnetIds": app(world), "SecurityGroupIds": [world.made["workload"]]},
    )
    world.client(SPOKE, "logs").create_log_group(logGroupName="/aws/lambda/orders")
    return {"lambda_function": "orders"}


def glue_connection(world: World) -> dict[str, Any]:
    world.client(SPOKE, "glue").create_connection(
        ConnectionInput={
            "Name": "orders",
            "ConnectionType": "NETWORK",
            "ConnectionProperties": {},
            "PhysicalConnectionRequirements": {
                "SubnetId": app(world)[0],
                "SecurityGroupIdList": [world.made["workload"]],
                "AvailabilityZone": f"{REGION}a",
            },
        }
    )
    return {"glue_connection": "orders"}


def glue_job(world: World) -> dict[str, Any]:
    if not world.client(SPOKE, "glue").get_connections()["ConnectionList"]:
        glue_connection(world)
    place = {"LocationConstraint": REGION}
    world.client(SPOKE, "s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    world.client(SPOKE, "glue").create_job(
        Name="nightly",
        Role=role(world, "nightly", "glue.amazonaws.com"),
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/nightly.py"},
        Connections={"Connections": ["orders"]},
    )
    return {"glue_job": "nightly"}


def sagemaker_domain_id(world: World) -> dict[str, Any]:
    made = world.client(SPOKE, "sagemaker").create_domain(
        DomainName="lab",
        AuthMode="IAM",
        AppNetworkAccessType="VpcOnly",
        VpcId=closed.vpc_id(world),
        SubnetIds=app(world),
        DefaultUserSettings={
            "ExecutionRole": role(world, "studio", "sagemaker.amazonaws.com"),
            "SecurityGroups": [world.made["workload"]],
        },
    )
    return {"sagemaker_domain_id": made["DomainArn"].rpartition("/")[2]}


def notebook_instance(world: World) -> dict[str, Any]:
    world.client(SPOKE, "sagemaker").create_notebook_instance(
        NotebookInstanceName="lab",
        InstanceType="ml.t3.medium",
        RoleArn=role(world, "lab", "sagemaker.amazonaws.com"),
        SubnetId=app(world)[0],
        SecurityGroupIds=[world.made["workload"]],
        DirectInternetAccess="Disabled",
    )
    return {"notebook_instance": "lab"}


def instance_id(world: World) -> dict[str, Any]:
    iam = world.client(SPOKE, "iam")
    role(world, "app", "ec2.amazonaws.com")
    profile = iam.create_instance_profile(InstanceProfileName="app")["InstanceProfile"]["Arn"]
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    (made,) = world.ec2(SPOKE).run_instances(
        ImageId="ami-0abcdef1234567890",
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        SubnetId=app(world)[0],
        SecurityGroupIds=[world.made["workload"]],
        IamInstanceProfile={"Arn": profile},
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
    )["Instances"]
    world.made["instance"] = made["InstanceId"]
    world.emulator.control("POST", "settings", {"managed_instances": {made["InstanceId"]: {}}})
    return {"instance_id": made["InstanceId"]}


def on_ec2(world: World) -> dict[str, Any]:
    """Create a service on the instance with network mode bridge; return the doctor's target."""
    if "instance" not in world.made:
        instance_id(world)
    more = {"networkMode": "bridge", "requiresCompatibilities": ["EC2"]}
    task_definition(world, "queue", **more)
    ecs = world.client(SPOKE, "ecs")
    ecs.create_cluster(clusterName="own")
    document = json.dumps({"instanceId": world.made["instance"], "region": REGION, "accountId": SPOKE})
    ecs.register_container_instance(cluster="own", instanceIdentityDocument=document)
    ecs.create_service(cluster="own", serviceName="queue", taskDefinition="queue", desiredCount=1, launchType="EC2")
    return {"ecs_service": "queue", "ecs_cluster": "own"}


def db_instance(world: World) -> dict[str, Any]:
    rds = world.client(SPOKE, "rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="data", DBSubnetGroupDescription="data", SubnetIds=subnets(world, SPOKE, "delta", "endpoint")
    )
    rds.create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        Port=5432,
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
        DBSubnetGroupName="data",
        VpcSecurityGroupIds=[world.made["database"]],
    )
    return {"db_instance": "orders"}


def db_cluster(world: World) -> dict[str, Any]:
    rds = world.client(SPOKE, "rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="aurora",
        DBSubnetGroupDescription="data",
        SubnetIds=subnets(world, SPOKE, "delta", "endpoint"),
    )
    rds.create_db_cluster(
        DBClusterIdentifier="shop",
        Engine="aurora-postgresql",
        Port=5432,
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
        DBSubnetGroupName="aurora",
        VpcSecurityGroupIds=[world.made["database"]],
    )
    return {"db_cluster": "shop"}


MAKERS = {
    maker.__name__: maker
    for maker in (
        ecs_service,
        ecs_task_definition,
        instance_id,
        on_ec2,
        lambda_function,
        glue_connection,
        glue_job,
        sagemaker_domain_id,
        notebook_instance,
        db_instance,
        db_cluster,
    )
}


def all_of_them(world: World) -> None:
    """Create one workload of each kind; their reads and references need all permissions of the doctor."""
    network(world)
    world.made |= {"targets": [make(world) for make in MAKERS.values()], "subnets": app(world)}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.client(SPOKE, "s3").put_bucket_policy(Bucket=BUCKET, Policy=document)


DOCTOR_OF_WORKLOADS = Case(
    "closed_vpc_doctor",
    SPOKE,
    {
        "targets": lambda world: world.made["targets"],
        "services": ["dynamodb"],
        "subnet_ids": lambda world: world.made["subnets"],
        "security_group_ids": lambda world: [world.made["workload"]],
    },
    [SPOKE],
    before=all_of_them,
    name="of workloads",
)

INFO_CASES = [DOCTOR_OF_WORKLOADS]
