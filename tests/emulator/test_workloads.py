# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be read of workloads and of what they reach. D: the operation's page of the service's API reference;
U: not verified.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.conftest import HUB, SPOKE, Emulator, error_of, filters, interfaces, refused

TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
IMAGE = f"{SPOKE}.dkr.ecr.eu-central-1.amazonaws.com/app:1"


@pytest.fixture
def group_id(ec2: Any, vpc_id: str) -> str:
    return ec2.create_security_group(GroupName="workload", Description="-", VpcId=vpc_id)["GroupId"]


@pytest.fixture
def role(client: Callable[..., Any]) -> str:
    """Of an instance profile of the same name, too."""
    iam = client(SPOKE, "iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    arn = iam.create_role(RoleName="workload", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="workload")
    iam.add_role_to_instance_profile(InstanceProfileName="workload", RoleName="workload")
    return arn


# EC2 and Systems Manager


@pytest.fixture
def instance_id(ec2: Any, subnet_id: str, group_id: str, role: str) -> str:
    made = ec2.run_instances(
        ImageId="ami-0abcdef1234567890",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet_id,
        SecurityGroupIds=[group_id],
        IamInstanceProfile={"Name": "workload"},
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        UserData="#!/bin/sh\npip install requests\n",
    )
    return made["Instances"][0]["InstanceId"]


def test_instance(ec2: Any, instance_id: str, subnet_id: str, group_id: str) -> None:
    """D DescribeInstances, DescribeInstanceAttribute, StopInstances"""
    (reservation,) = ec2.describe_instances(Filters=filters(subnet_id=subnet_id))["Reservations"]
    (instance,) = reservation["Instances"]
    assert instance["State"]["Name"] == "running"
    assert instance["SubnetId"] == subnet_id
    assert instance["IamInstanceProfile"]["Arn"] == f"arn:aws:iam::{SPOKE}:instance-profile/workload"
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert instance["SecurityGroups"] == [{"GroupId": group_id, "GroupName": "workload"}]
    (interface,) = interfaces(ec2, subnet_id)
    assert instance["NetworkInterfaces"][0]["NetworkInterfaceId"] == interface["NetworkInterfaceId"]
    assert interface["PrivateIpAddress"] == instance["PrivateIpAddress"]
    assert interface["Attachment"]["InstanceId"] == instance_id
    data = ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")["UserData"]["Value"]
    assert b"pip install" in base64.b64decode(data)
    ec2.stop_instances(InstanceIds=[instance_id])
    stopped = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    assert stopped["State"]["Name"] == "stopped"
    ec2.start_instances(InstanceIds=[instance_id])
    unknown = {"InstanceIds": ["i-0123456789abcdef0"]}
    assert refused(ec2.describe_instances, **unknown) == ("InvalidInstanceID.NotFound", 400)


def test_managed_instance(emulator: Emulator, client: Callable[..., Any], ec2: Any, instance_id: str) -> None:
    """D DescribeInstanceInformation; an instance whose agent never registered is not listed"""
    ssm = client(SPOKE, "ssm")
    read, only = ssm.describe_instance_information, [{"Key": "InstanceIds", "Values": [instance_id]}]
    assert read(Filters=only)["InstanceInformationList"] == []
    lost = {"PingStatus": "ConnectionLost", "SecondsSinceLastPing": 7200}
    for told, ping, minutes in (({}, "Online", 1), (lost, "ConnectionLost", 120)):
        emulator.control("POST", "settings", {"managed_instances": {instance_id: told}})
        (found,) = read(Filters=only)["InstanceInformationList"]
        assert (found["InstanceId"], found["PingStatus"], found["ResourceType"]) == (instance_id, ping, "EC2Instance")
        age = datetime.now(timezone.utc) - found["LastPingDateTime"]
        assert abs(age - timedelta(minutes=minutes)) < timedelta(minutes=1)
        assert found["AgentVersion"]
    emulator.control("POST", "settings", {"managed_instances": {instance_id: {}}})
    assert read(Filters=[{"Key": "PingStatus", "Values": ["Inactive"]}])["InstanceInformationList"] == []
    assert refused(read, Filters=[{"Key": "Name", "Values": ["x"]}]) == ("InvalidFilterKey", 400)
    ec2.stop_instances(InstanceIds=[instance_id])
    assert read()["InstanceInformationList"][0]["PingStatus"] == "ConnectionLost"
    assert client(HUB, "ssm").describe_instance_information()["InstanceInformationList"] == []


# ECS


@pytest.fixture
def ecs(client: Callable[..., Any], role: str) -> Any:
    """With cluster `main` and task definition `app`."""
    ecs = client(SPOKE, "ecs")
    ecs.create_cluster(clusterName="main")
    options = {"awslogs-group": "/app", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "app"}
    ecs.register_task_definition(
        family="app",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=role,
        taskRoleArn=role,
        containerDefinitions=[
            {
                "name": "app",
                "image": IMAGE,
                "environment": [{"name": "PIP_INDEX_URL", "value": "https://index.example.com/simple"}],
                "secrets": [{"name": "TOKEN", "valueFrom": "token"}],
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
    )
    return ecs


@pytest.fixture
def network(subnet_id: str, group_id: str) -> dict[str, Any]:
    vpc = {"subnets": [subnet_id], "securityGroups": [group_id], "assignPublicIp": "DISABLED"}
    return {"awsvpcConfiguration": vpc}


def create_service(ecs: Any, network: dict[str, Any], **changes: Any) -> dict[str, Any]:
    options = {"cluster": "main", "serviceName": "web", "taskDefinition": "app", "networkConfiguration": network}
    return ecs.create_service(**options | {"desiredCount": 2, "launchType": "FARGATE"} | changes)["service"]


def test_ecs_exec_is_told(ecs: Any, network: dict[str, Any]) -> None:
    """D UpdateService: enableExecuteCommand; tasks that run keep theirs (ECS Exec, "Considerations")"""

    def of_tasks() -> list[bool]:
        arns = ecs.list_tasks(cluster="main")["taskArns"]
        return [task["enableExecuteCommand"] for task in ecs.describe_tasks(cluster="main", tasks=arns)["tasks"]]

    assert create_service(ecs, network, desiredCount=1)["enableExecuteCommand"] is False and of_tasks() == [False]
    changed = ecs.update_service(cluster="main", service="web", enableExecuteCommand=True)["service"]
    assert changed["enableExecuteCommand"] and of_tasks() == [False]
    ecs.update_service(cluster="main", service="web", forceNewDeployment=True)
    assert of_tasks() == [True]
    run = ecs.run_task(
        cluster="main",
        taskDefinition="app",
        launchType="FARGATE",
        networkConfiguration=network,
        enableExecuteCommand=True,
    )
    assert run["tasks"][0]["enableExecuteCommand"]


def test_task_definition(ecs: Any, role: str) -> None:
    """D DescribeTaskDefinition"""
    found = ecs.describe_task_definition(taskDefinition="app")["taskDefinition"]
    (container,) = found["containerDefinitions"]
    assert (found["networkMode"], found["requiresCompatibilities"]) == ("awsvpc", ["FARGATE"])
    assert (found["executionRoleArn"], found["taskRoleArn"]) == (role, role)
    assert (container["image"], container["secrets"][0]["valueFrom"]) == (IMAGE, "token")
    assert container["logConfiguration"]["options"]["awslogs-group"] == "/app"
    assert refused(ecs.describe_task_definition, taskDefinition="none") == ("ClientException", 400)


def test_service_runs_its_tasks(ecs: Any, ec2: Any, network: dict[str, Any], subnet_id: str, group_id: str) -> None:
    """D DescribeServices, ListTasks, DescribeTasks; each task has an interface (task-networking-awsvpc.html)"""
    create_service(ecs, network)
    (service,) = ecs.describe_services(cluster="main", services=["web"])["services"]
    assert (service["launchType"], service["desiredCount"], service["runningCount"]) == ("FARGATE", 2, 2)
    assert service["networkConfiguration"] == network
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert "has reached a steady state" in service["events"][0]["message"]
    arns = ecs.list_tasks(cluster="main", serviceName="web")["taskArns"]
    for _ in range(3):  # reading them does not stop them
        tasks = ecs.describe_tasks(cluster="main", tasks=arns)["tasks"]
    assert [(task["lastStatus"], task["group"]) for task in tasks] == [("RUNNING", "service:web")] * 2
    details = [{one["name"]: one["value"] for one in task["attachments"][0]["details"]} for task in tasks]
    found = {one["NetworkInterfaceId"]: one for one in interfaces(ec2, subnet_id)}
    assert found.keys() == {one["networkInterfaceId"] for one in details}
    for one in details:
        interface = found[one["networkInterfaceId"]]
        assert interface["PrivateIpAddress"] == one["privateIPv4Address"]
        assert [group["GroupId"] for group in interface["Groups"]] == [group_id]
        assert interface["RequesterManaged"] and interface["Status"] == "in-use"
    (cluster,) = ecs.describe_clusters(clusters=["main"])["clusters"]
    assert (cluster["runningTasksCount"], cluster["activeServicesCount"]) == (2, 1)
    ecs.update_service(cluster="main", service="web", desiredCount=0)
    assert ecs.list_tasks(cluster="main", serviceName="web")["taskArns"] == []
    assert interfaces(ec2, subnet_id) == []


def test_task_that_failed(ecs: Any, network: dict[str, Any]) -> None:
    """D SubmitTaskStateChange (the agent's), Task: stopCode, stoppedReason; ListTasks: RUNNING unless asked"""
    create_service(ecs, network, desiredCount=1)
    (arn,) = ecs.list_tasks(cluster="main")["taskArns"]
    reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s): i/o timeout"
    ecs.submit_task_state_change(cluster="main", task=arn, status="STOPPED", reason=reason)
    assert ecs.list_tasks(cluster="main")["taskArns"] == []
    assert ecs.list_tasks(cluster="main", desiredStatus="STOPPED")["taskArns"] == [arn]
    missing = arn[:-8] + "00000000"
    answer = ecs.describe_tasks(cluster="main", tasks=[arn, missing])
    (task,) = answer["tasks"]
    assert (task["stopCode"], task["stoppedReason"], task["lastStatus"]) == ("TaskFailedToStart", reason, "STOPPED")
    assert answer["failures"] == [{"arn": missing, "reason": "MISSING"}]
    (service,) = ecs.describe_services(cluster="main", services=["web"])["services"]
    assert (service["runningCount"], service["deployments"][0]["failedTasks"]) == (0, 1)
    assert "unable to consistently start tasks" in service["events"][0]["message"]
    ecs.update_service(cluster="main", service="web", forceNewDeployment=True)
    assert ecs.describe_services(cluster="main", services=["web"])["services"][0]["runningCount"] == 1


def test_service_on_capacity_providers(ecs: Any, network: dict[str, Any]) -> None:
    """D CreateService: a launch type or a capacity provider strategy"""
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
    options = {"cluster": "main", "serviceName": "web", "taskDefinition": "app", "networkConfiguration": network}
    both = options | {"launchType": "FARGATE", "capacityProviderStrategy": strategy}
    assert refused(ecs.create_service, **both) == ("InvalidParameterException", 400)
    ecs.create_service(**options, capacityProviderStrategy=strategy, desiredCount=1)
    (service,) = ecs.describe_services(cluster="main", services=["web"])["services"]
    assert service["capacityProviderStrategy"] == strategy and "launchType" not in service
    assert service["runningCount"] == 1


def test_service_refused(ecs: Any, network: dict[str, Any]) -> None:
    """D CreateService; the code for a missing network configuration as moto has it"""
    create_service(ecs, network)
    with pytest.raises(ClientError, match="not idempotent"):
        create_service(ecs, network)
    for wrong in ({}, {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0123456789abcdef0"]}}}):
        options = {"cluster": "main", "serviceName": "api", "taskDefinition": "app", "launchType": "FARGATE"}
        assert refused(ecs.create_service, **options, **wrong) == ("InvalidParameterException", 400)
    assert refused(ecs.describe_services, cluster="none", services=["web"]) == ("ClusterNotFoundException", 400)
    expected = [{"arn": f"arn:aws:ecs:eu-central-1:{SPOKE}:service/none", "reason": "MISSING"}]
    assert ecs.describe_services(cluster="main", services=["none"])["failures"] == expected
    assert ecs.describe_clusters(clusters=["none"])["failures"][0]["reason"] == "MISSING"


def test_container_instance(ecs: Any, ec2: Any, instance_id: str) -> None:
    """D ContainerInstance: the agent of a stopped instance is not connected"""
    document = json.dumps({"instanceId": instance_id})
    ecs.register_container_instance(cluster="main", instanceIdentityDocument=document)
    for stop, connected in ((False, True), (True, False)):
        if stop:
            ec2.stop_instances(InstanceIds=[instance_id])
        arns = ecs.list_container_instances(cluster="main")["containerInstanceArns"]
        (found,) = ecs.describe_container_instances(cluster="main", containerInstances=arns)["containerInstances"]
        assert (found["ec2InstanceId"], found["agentConnected"]) == (instance_id, connected)


def test_tasks_in_pages(ecs: Any, network: dict[str, Any]) -> None:
    create_service(ecs, network, desiredCount=3)
    pages = ecs.get_paginator("list_tasks").paginate(cluster="main", PaginationConfig={"PageSize": 2})
    assert [len(page["taskArns"]) for page in pages] == [2, 1]


def test_scheduled_scaling(client: Callable[..., Any], ecs: Any, network: dict[str, Any]) -> None:
    """D DescribeScheduledActions, DescribeScalableTargets"""
    create_service(ecs, network)
    scaling = client(SPOKE, "application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/main/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=3)
    off = {"MinCapacity": 0, "MaxCapacity": 0}
    night = {"ScheduledActionName": "night", "Schedule": "cron(0 20 * * ? *)", "ScalableTargetAction": off}
    scaling.put_scheduled_action(**target, **night)
    (action,) = scaling.describe_scheduled_actions(ServiceNamespace="ecs", ResourceId="service/main/web")[
        "ScheduledActions"
    ]
    assert {name: action[name] for name in night} == night
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (found["MinCapacity"], found["MaxCapacity"]) == (0, 3)


# Lambda


def create_function(functions: Any, role: str, name: str = "job", **changes: Any) -> dict[str, Any]:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("job.py", "def handler(event, context): ...")
    options = {"Runtime": "python3.12", "Handler": "job.handler", "Role": role, "Code": {"ZipFile": code.getvalue()}}
    return functions.create_function(FunctionName=name, **options | changes)


def test_function(
    client: Callable[..., Any], emulator: Emulator, ec2: Any, role: str, vpc_id: str, subnet_id: str, group_id: str
) -> None:
    """D GetFunctionConfiguration, GetFunctionConcurrency; configuration-vpc.html: functions share interfaces"""
    functions = client(SPOKE, "lambda")
    vpc = {"SubnetIds": [subnet_id], "SecurityGroupIds": [group_id]}
    for name in ("job", "other"):
        create_function(functions, role, name, VpcConfig=vpc, Environment={"Variables": {"A": "b"}})
    found = functions.get_function_configuration(FunctionName="job")
    assert found["VpcConfig"] == vpc | {"VpcId": vpc_id, "Ipv6AllowedForDualStack": False}
    assert (found["State"], found["Role"], found["Environment"]) == ("Active", role, {"Variables": {"A": "b"}})
    assert found["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/job"}
    last = emulator.control("GET", "calls")[-1]
    assert (last["service"], last["operation"]) == ("lambda", "GetFunctionConfiguration")
    (interface,) = interfaces(ec2, subnet_id)
    assert interface["InterfaceType"] == "lambda" and interface["Description"].startswith("AWS Lambda VPC ENI-")
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName="job")
    functions.put_function_concurrency(FunctionName="job", ReservedConcurrentExecutions=0)
    assert functions.get_function_concurrency(FunctionName="job")["ReservedConcurrentExecutions"] == 0
    logging = {"LogGroup": "/shared"}
    out = {"SubnetIds": [], "SecurityGroupIds": []}
    changed = functions.update_function_configuration(FunctionName="job", LoggingConfig=logging, VpcConfig=out)
    assert (changed["LoggingConfig"]["LogGroup"], changed["VpcConfig"]["VpcId"]) == ("/shared", "")
    assert len(interfaces(ec2, subnet_id)) == 1  # the other function's still
    functions.delete_function(FunctionName="other")
    assert interfaces(ec2, subnet_id) == []
    assert refused(functions.get_function_configuration, FunctionName="none") == ("ResourceNotFoundException", 404)


def test_function_refused(client: Callable[..., Any], role: str, subnet_id: str) -> None:
    """The texts: https://github.com/hashicorp/terraform-provider-aws/issues/4149"""
    functions = client(SPOKE, "lambda")
    for vpc in (
        {"SubnetIds": [subnet_id], "SecurityGroupIds": []},
        {"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
        {"SubnetIds": [subnet_id], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
    ):
        with pytest.raises(ClientError) as error:
            create_function(functions, role, VpcConfig=vpc)
        assert error.value.response["Error"]["Code"] == "InvalidParameterValueException", vpc


def test_function_without_addresses(
    client: Callable[..., Any], ec2: Any, role: str, vpc_id: str, group_id: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html: StateReasonCode"""
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.9.0/28")["Subnet"]["SubnetId"]
    for _ in range(11):
        ec2.create_network_interface(SubnetId=subnet_id)
    vpc = {"SubnetIds": [subnet_id], "SecurityGroupIds": [group_id]}
    functions = client(SPOKE, "lambda")
    create_function(functions, role, VpcConfig=vpc)
    found = functions.get_function_configuration(FunctionName="job")
    assert (found["State"], found["StateReasonCode"]) == ("Failed", "SubnetOutOfIPAddresses")


# Glue, SageMaker, RDS


def test_glue(client: Callable[..., Any], role: str, subnet_id: str, group_id: str) -> None:
    """D GetJob, GetConnection"""
    glue = client(SPOKE, "glue")
    needs = {"SubnetId": subnet_id, "SecurityGroupIdList": [group_id], "AvailabilityZone": "eu-central-1a"}
    connection = {"Name": "vpc", "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    glue.create_connection(ConnectionInput=connection | {"PhysicalConnectionRequirements": needs})
    found = glue.get_connection(Name="vpc")["Connection"]
    assert (found["ConnectionType"], found["PhysicalConnectionRequirements"]) == ("NETWORK", needs)
    assert glue.get_connections()["ConnectionList"][0]["ConnectionType"] == "NETWORK"
    glue.create_job(
        Name="etl",
        Role=role,
        Command={"Name": "glueetl", "ScriptLocation": "s3://scripts/etl.py"},
        Connections={"Connections": ["vpc"]},
        DefaultArguments={"--additional-python-modules": "requests"},
    )
    job = glue.get_job(JobName="etl")["Job"]
    assert (job["Role"], job["Connections"]) == (role, {"Connections": ["vpc"]})
    assert job["DefaultArguments"]["--additional-python-modules"] == "requests"
    for call in ((glue.get_job, {"JobName": "none"}), (glue.get_connection, {"Name": "none"})):
        assert refused(call[0], **call[1]) == ("EntityNotFoundException", 400)


def test_sagemaker(client: Callable[..., Any], ec2: Any, role: str, vpc_id: str, subnet_id: str, group_id: str) -> None:
    """D DescribeDomain (ResourceNotFound), DescribeNotebookInstance (no error of its own: ValidationException)"""
    sagemaker = client(SPOKE, "sagemaker")
    users = {"ExecutionRole": role, "SecurityGroups": [group_id]}
    where = {"SubnetIds": [subnet_id], "VpcId": vpc_id, "AppNetworkAccessType": "VpcOnly"}
    sagemaker.create_domain(DomainName="studio", AuthMode="IAM", DefaultUserSettings=users, **where)
    (domain,) = sagemaker.list_domains()["Domains"]
    found = sagemaker.describe_domain(DomainId=domain["DomainId"])
    assert {name: found[name] for name in where} == where
    assert found["DefaultUserSettings"] == users
    assert refused(sagemaker.describe_domain, DomainId="d-none") == ("ResourceNotFound", 400)
    options = {"InstanceType": "ml.t3.medium", "RoleArn": role, "DirectInternetAccess": "Disabled"}
    sagemaker.create_notebook_instance(
        NotebookInstanceName="book", SubnetId=subnet_id, SecurityGroupIds=[group_id], **options
    )
    book = sagemaker.describe_notebook_instance(NotebookInstanceName="book")
    assert (book["NotebookInstanceStatus"], book["DirectInternetAccess"]) == ("InService", "Disabled")
    assert (book["SubnetId"], book["SecurityGroups"]) == (subnet_id, [group_id])
    assert [one["NetworkInterfaceId"] for one in interfaces(ec2, subnet_id)] == [book["NetworkInterfaceId"]]
    sagemaker.stop_notebook_instance(NotebookInstanceName="book")
    stopped = sagemaker.describe_notebook_instance(NotebookInstanceName="book")
    assert stopped["NotebookInstanceStatus"] == "Stopped"
    unknown = {"NotebookInstanceName": "none"}
    assert error_of(sagemaker.describe_notebook_instance, **unknown) == ("ValidationException", "RecordNotFound")


def test_rds(client: Callable[..., Any], ec2: Any, vpc_id: str, subnet_id: str, group_id: str) -> None:
    """D DescribeDBInstances, DescribeDBClusters, StopDBInstance, StopDBCluster"""
    rds = client(SPOKE, "rds")
    zone_b = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.1.0/24", AvailabilityZone="eu-central-1b")
    subnet_ids = [subnet_id, zone_b["Subnet"]["SubnetId"]]
    group = {"DBSubnetGroupName": "data", "DBSubnetGroupDescription": "-", "SubnetIds": subnet_ids}
    rds.create_db_subnet_group(**group)
    where = {"DBSubnetGroupName": "data", "VpcSecurityGroupIds": [group_id]}
    login = {"MasterUsername": "admin1", "MasterUserPassword": "not-a-secret-1"}
    size = {"DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
    rds.create_db_instance(DBInstanceIdentifier="one", Engine="postgres", **size, **login, **where)
    rds.create_db_cluster(DBClusterIdentifier="many", Engine="aurora-postgresql", **login, **where)
    (one,) = rds.describe_db_instances(DBInstanceIdentifier="one")["DBInstances"]
    assert (one["DBInstanceStatus"], one["Endpoint"]["Port"]) == ("available", 5432)
    assert one["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == group_id
    assert [subnet["SubnetIdentifier"] for subnet in one["DBSubnetGroup"]["Subnets"]] == subnet_ids
    (many,) = rds.describe_db_clusters(DBClusterIdentifier="many")["DBClusters"]
    assert (many["Status"], many["Port"], many["DBSubnetGroup"]) == ("available", 5432, "data")
    rds.stop_db_instance(DBInstanceIdentifier="one")
    rds.stop_db_cluster(DBClusterIdentifier="many")
    assert rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "stopped"
    assert rds.describe_db_clusters()["DBClusters"][0]["Status"] == "stopped"
    assert refused(rds.describe_db_instances, DBInstanceIdentifier="none") == ("DBInstanceNotFound", 404)
    assert refused(rds.describe_db_clusters, DBClusterIdentifier="none") == ("DBClusterNotFoundFault", 404)


# What workloads reach


def test_logs_secrets_parameters(client: Callable[..., Any]) -> None:
    """D DescribeLogGroups, DescribeSecret, GetResourcePolicy, DescribeParameters"""
    logs, secrets, ssm = (client(SPOKE, service) for service in ("logs", "secretsmanager", "ssm"))
    logs.create_log_group(logGroupName="/app")
    assert [one["logGroupName"] for one in logs.describe_log_groups(logGroupNamePrefix="/app")["logGroups"]] == ["/app"]
    assert logs.describe_log_groups(logGroupNamePrefix="/none")["logGroups"] == []
    secrets.create_secret(Name="token", SecretString="-")
    assert secrets.describe_secret(SecretId="token")["Name"] == "token"
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="token")
    for call in (secrets.describe_secret, secrets.get_resource_policy):
        assert error_of(call, SecretId="none")[0] == "ResourceNotFoundException"
    ssm.put_parameter(Name="/app/token", Type="SecureString", Value="-")
    only = [{"Key": "Name", "Values": ["/app/token"]}]
    (found,) = ssm.describe_parameters(ParameterFilters=only)["Parameters"]
    assert (found["Type"], found["KeyId"]) == ("SecureString", "alias/aws/ssm")
    assert client(HUB, "logs").describe_log_groups()["logGroups"] == []


def test_keys(client: Callable[..., Any]) -> None:
    """D DescribeKey, GetKeyPolicy, DisableKey: by id or ARN"""
    kms = client(SPOKE, "kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    assert "Statement" in json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    for change, state in ((kms.disable_key, "Disabled"), (kms.enable_key, "Enabled"), (kms.disable_key, "Disabled")):
        change(KeyId=arn)
        assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == state
    kms.schedule_key_deletion(KeyId=arn)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert refused(kms.describe_key, KeyId="alias/none") == ("NotFoundException", 400)


def test_ecr(client: Callable[..., Any]) -> None:
    """D DescribeRepositories, DescribeImages, GetRepositoryPolicy, DescribePullThroughCacheRules"""
    ecr = client(SPOKE, "ecr")
    ecr.create_repository(repositoryName="app")
    named = {"repositoryName": "app"}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{'a' * 64}"}
    ecr.put_image(**named, imageTag="1", imageManifest=json.dumps(manifest | {"config": config}))
    (image,) = ecr.describe_images(**named, imageIds=[{"imageTag": "1"}])["imageDetails"]
    assert image["imageTags"] == ["1"]
    assert refused(ecr.describe_images, **named, imageIds=[{"imageTag": "9"}]) == ("ImageNotFoundException", 400)
    assert refused(ecr.get_repository_policy, **named) == ("RepositoryPolicyNotFoundException", 400)
    unknown = {"repositoryNames": ["none"]}
    assert refused(ecr.describe_repositories, **unknown) == ("RepositoryNotFoundException", 400)
    rule = {"ecrRepositoryPrefix": "public", "upstreamRegistryUrl": "public.ecr.aws"}
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    ecr.create_pull_through_cache_rule(**rule)
    (found,) = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["public"])["pullThroughCacheRules"]
    assert rule.items() <= found.items() and found["registryId"] == SPOKE
    expected = ("PullThroughCacheRuleAlreadyExistsException", 400)
    assert refused(ecr.create_pull_through_cache_rule, **rule) == expected
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="public")
    wanted = {"ecrRepositoryPrefixes": ["public"]}
    expected = ("PullThroughCacheRuleNotFoundException", 400)
    assert refused(ecr.describe_pull_through_cache_rules, **wanted) == expected


def test_buckets(client: Callable[..., Any]) -> None:
    """D GetBucketLocation, HeadBucket, GetBucketPolicy; another account's: 403, and still its region"""
    s3, other = client(SPOKE, "s3"), client(HUB, "s3", "eu-west-1")
    place = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="data-of-spoke", CreateBucketConfiguration=place)
    assert s3.get_bucket_location(Bucket="data-of-spoke")["LocationConstraint"] == "eu-central-1"
    assert s3.head_bucket(Bucket="data-of-spoke")["BucketRegion"] == "eu-central-1"
    assert refused(s3.get_bucket_policy, Bucket="data-of-spoke") == ("NoSuchBucketPolicy", 404)
    assert refused(s3.head_bucket, Bucket="no-such-bucket-here") == ("404", 404)
    with pytest.raises(ClientError) as error:
        other.head_bucket(Bucket="data-of-spoke")
    metadata = error.value.response["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 403
    assert metadata["HTTPHeaders"]["x-amz-bucket-region"] == "eu-central-1"
    for call in (other.get_bucket_policy, other.get_bucket_location):
        assert refused(call, Bucket="data-of-spoke") == ("AccessDenied", 403)


def test_queues(client: Callable[..., Any]) -> None:
    """D GetQueueAttributes"""
    sqs = client(SPOKE, "sqs")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = sqs.create_queue(QueueName="jobs", Attributes={"Policy": policy})["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert found["QueueArn"] == f"arn:aws:sqs:eu-central-1:{SPOKE}:jobs"
    assert json.loads(found["Policy"])["Statement"] == [statement]
    assert refused(sqs.get_queue_url, QueueName="none") == ("AWS.SimpleQueueService.NonExistentQueue", 400)


def test_resolver(client: Callable[..., Any], ec2: Any, vpc_id: str, subnet_id: str, group_id: str) -> None:
    """D ListResolverRules, ListResolverRuleAssociations; TargetAddress: port 53"""
    resolver = client(SPOKE, "route53resolver")
    second = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    addresses = [{"SubnetId": subnet_id}, {"SubnetId": second}]
    endpoint = resolver.create_resolver_endpoint(
        CreatorRequestId="1", Name="out", SecurityGroupIds=[group_id], Direction="OUTBOUND", IpAddresses=addresses
    )["ResolverEndpoint"]
    rule = resolver.create_resolver_rule(
        CreatorRequestId="1",
        Name="aws",
        RuleType="FORWARD",
        DomainName="amazonaws.com",
        TargetIps=[{"Ip": "10.9.9.9"}],
        ResolverEndpointId=endpoint["Id"],
    )["ResolverRule"]
    assert rule["TargetIps"][0]["Port"] == 53
    resolver.associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=vpc_id)
    only = [{"Name": "VPCId", "Values": [vpc_id]}]
    (found,) = resolver.list_resolver_rule_associations(Filters=only)["ResolverRuleAssociations"]
    assert (found["ResolverRuleId"], found["VPCId"]) == (rule["Id"], vpc_id)
    assert rule["Id"] in [one["Id"] for one in resolver.list_resolver_rules()["ResolverRules"]]


def test_dns_firewall(client: Callable[..., Any], vpc_id: str) -> None:
    """D CreateFirewallRule, AssociateFirewallRuleGroup, ListFirewallRuleGroupAssociations; codes: ConflictException"""
    resolver = client(SPOKE, "route53resolver")
    named = {"CreatorRequestId": "1", "Name": "block"}
    domains = resolver.create_firewall_domain_list(**named)["FirewallDomainList"]["Id"]
    resolver.update_firewall_domains(FirewallDomainListId=domains, Operation="ADD", Domains=["*.amazonaws.com"])
    assert resolver.list_firewall_domains(FirewallDomainListId=domains)["Domains"] == ["*.amazonaws.com."]
    group = resolver.create_firewall_rule_group(**named)["FirewallRuleGroup"]["Id"]
    rule = {"FirewallRuleGroupId": group, "FirewallDomainListId": domains, "Priority": 10, "Action": "BLOCK"}
    assert refused(resolver.create_firewall_rule, **named, **rule) == ("ValidationException", 400)
    resolver.create_firewall_rule(**named, **rule, BlockResponse="NODATA")
    (found,) = resolver.list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]
    assert rule.items() <= found.items()
    of_vpc = {"VpcId": vpc_id, "FirewallRuleGroupId": group}
    made = resolver.associate_firewall_rule_group(**named, **of_vpc, Priority=101)["FirewallRuleGroupAssociation"]
    (found,) = resolver.list_firewall_rule_group_associations(VpcId=vpc_id)["FirewallRuleGroupAssociations"]
    assert (found["FirewallRuleGroupId"], found["Status"], found["Priority"]) == (group, "COMPLETE", 101)
    assert refused(resolver.delete_firewall_rule_group, FirewallRuleGroupId=group) == ("ConflictException", 400)
    resolver.disassociate_firewall_rule_group(FirewallRuleGroupAssociationId=made["Id"])
    assert resolver.list_firewall_rule_group_associations()["FirewallRuleGroupAssociations"] == []
    unknown = {"FirewallRuleGroupId": "rslvr-frg-none"}
    assert refused(resolver.list_firewall_rules, **unknown) == ("ResourceNotFoundException", 400)


def test_reset_forgets(emulator: Emulator, client: Callable[..., Any], ecs: Any) -> None:
    emulator.control("POST", "reset")
    assert emulator.client(SPOKE, "ecs").list_clusters()["clusterArns"] == []
    assert emulator.client(SPOKE, "route53resolver").list_firewall_rule_groups()["FirewallRuleGroups"] == []
