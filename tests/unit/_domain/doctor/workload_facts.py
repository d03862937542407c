# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of one healthy workload of each kind in the closed VPC of doctor_facts, as its service describes it."""

from __future__ import annotations

from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor import references, roles, workloads
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.workload_diagnosis import Question, needed
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints.profiles import PROFILES
from ansible_collections.closednet.aws.tests.unit._domain.doctor import doctor_facts
from ansible_collections.closednet.aws.tests.unit._domain.doctor.doctor_facts import ACCOUNT, APP, ENDPOINT, REGION, VPC

PLACE = {"account_id": ACCOUNT, "region": REGION, "partition": "aws"}
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/web/level"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web:1"
DATABASE = ("db_instance", "orders")


def role(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def task(**more):
    return {
        "family": "web",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": role("execution"),
        "taskRoleArn": role("task"),
        "containerDefinitions": [
            {
                "name": "web",
                "image": IMAGE,
                "environment": [],
                "secrets": [
                    {"name": "DB", "valueFrom": f"{SECRET}:password::"},
                    {"name": "LEVEL", "valueFrom": PARAMETER},
                ],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "/ecs/web", "awslogs-region": REGION},
                },
            }
        ],
        **more,
    }


def service(**more):
    return {
        "serviceName": "web",
        "status": "ACTIVE",
        "desiredCount": 2,
        "launchType": "FARGATE",
        "enableExecuteCommand": True,
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": list(APP),
                "securityGroups": ["sg-app"],
                "assignPublicIp": "DISABLED",
            }
        },
        **more,
    }


def instance(**more):
    return {
        "InstanceId": "i-1",
        "VpcId": VPC,
        "SubnetId": "subnet-a1",
        "State": {"Name": "running"},
        "SecurityGroups": [{"GroupId": "sg-app"}],
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        "IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/app"},
        **more,
    }


def raws():
    """Return {kind: workload as read from AWS}; "on EC2" is an ECS service on EC2."""
    connection = {
        "Name": "orders",
        "ConnectionProperties": {"SECRET_ID": SECRET},
        "PhysicalConnectionRequirements": {"SubnetId": "subnet-a1", "SecurityGroupIdList": ["sg-app"]},
    }
    return {
        "ecs_service": {"name": "web", "Service": service(), "TaskDefinition": task(), "ScheduledActions": []},
        "on EC2": {
            "kind": "ecs_service",
            "name": "batch",
            "Service": {"serviceName": "batch", "status": "ACTIVE", "desiredCount": 1, "launchType": "EC2"},
            "TaskDefinition": task(
                networkMode="bridge",
                requiresCompatibilities=["EC2"],
                taskRoleArn="",
                executionRoleArn=role("execution"),
            ),
            "ScheduledActions": [],
            "ContainerInstances": [{"ec2InstanceId": "i-1", "agentConnected": True}],
            "Instances": [instance()],
        },
        "ecs_task_definition": {"name": "web:1", "TaskDefinition": task()},
        "instance_id": {
            "name": "i-1",
            "Instance": instance(),
            "InstanceProfile": {"Roles": [{"Arn": role("app")}]},
            "InstanceInformation": [{"InstanceId": "i-1", "PingStatus": "Online"}],
            "PackageLines": [],
        },
        "lambda_function": {
            "name": "orders",
            "Function": {
                "FunctionName": "orders",
                "State": "Active",
                "LastUpdateStatus": "Successful",
                "Role": role("orders"),
                "KMSKeyArn": KEY,
                "VpcConfig": {"VpcId": VPC, "SubnetIds": list(APP), "SecurityGroupIds": ["sg-app"]},
                "Environment": {"Variables": {}},
            },
            "Concurrency": {},
        },
        "glue_job": {
            "name": "nightly",
            "Job": {
                "Name": "nightly",
                "Role": "nightly",
                "Command": {"ScriptLocation": "s3://scripts-of-delta/nightly.py"},
                "DefaultArguments": {"--enable-continuous-cloudwatch-log": "true", "--enable-metrics": "true"},
            },
            "Connections": [connection],
        },
        "glue_connection": {"name": "orders", "Connections": [connection]},
        "sagemaker_domain_id": {
            "name": "d-1",
            "Domain": {
                "Status": "InService",
                "VpcId": VPC,
                "SubnetIds": list(APP),
                "AppNetworkAccessType": "VpcOnly",
                "DefaultUserSettings": {"ExecutionRole": role("studio"), "SecurityGroups": ["sg-app"]},
                "KmsKeyId": KEY,
            },
        },
        "notebook_instance": {
            "name": "lab",
            "NotebookInstance": {
                "NotebookInstanceStatus": "InService",
                "SubnetId": "subnet-a1",
                "SecurityGroups": ["sg-app"],
                "RoleArn": role("lab"),
                "DirectInternetAccess": "Disabled",
            },
        },
        "db_instance": {"name": "orders", "DBInstance": database()},
        "db_cluster": {
            "name": "orders",
            "DBCluster": {
                "Status": "available",
                "Port": 5432,
                "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-db"}],
            },
            "DBSubnetGroup": database()["DBSubnetGroup"],
        },
    }


def database():
    return {
        "DBInstanceStatus": "available",
        "Endpoint": {"Port": 5432},
        "AvailabilityZone": "eu-central-1a",
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-db"}],
        "DBSubnetGroup": {
            "VpcId": VPC,
            "Subnets": [
                {"SubnetIdentifier": id_, "SubnetAvailabilityZone": {"Name": f"eu-central-1{zone}"}}
                for id_, zone in zip(ENDPOINT, "ab")
            ],
        },
    }


KINDS = tuple(raws())


def question(kind, **more):
    """Build what is asked beside a workload: Lambda's code calls DynamoDB; a database is called from subnets."""
    where = {"subnets": tuple(APP), "groups": ("sg-app",)}
    options = {
        "ecs_task_definition": {**where, "is_asked": False},
        "lambda_function": {"services": ("dynamodb",)},
        **dict.fromkeys(("db_instance", "db_cluster"), {**where, "is_asked": True, "services": ("s3",)}),
    }.get(kind, {})
    return Question(**{"is_asked": False, **options, **more})


def healthy(kind):
    raw = {"kind": kind, "denied": {}, "unread": {}, **raws()[kind]}
    workload = workloads.of(raw, PLACE)
    asked = question(kind)
    services = needed(asked, workload)
    profiles = [name for name in workload.profiles if name in PROFILES]
    facts = doctor_facts.healthy(profiles, [*services, *asked.services])
    app, endpoints = facts["SecurityGroups"]
    to_itself = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": [{"GroupId": "sg-app"}]}
    app["IpPermissions"].append(to_itself)
    to_database = [{"GroupId": "sg-db"}]
    app["IpPermissionsEgress"] += [
        dict(to_itself),
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": to_database},
    ]
    from_app = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": "sg-app"}]}
    facts["SecurityGroups"].append(
        {"GroupId": "sg-db", "VpcId": VPC, "IpPermissions": [from_app], "IpPermissionsEgress": []}
    )
    for acl in facts["NetworkAcls"]:
        there = acl["NetworkAclId"] == "acl-app"
        for egress in (True, False):
            if egress == there:
                acl["Entries"].append(entry(50, egress, 5432, 5432))
    facts |= {"Targets": [raw], "Access": access()}
    add_simulations(facts, workload, asked)
    return facts


def entry(number, egress, first, last, action="allow", cidr="10.4.0.0/16"):
    return {
        "RuleNumber": number,
        "Protocol": "6",
        "RuleAction": action,
        "Egress": egress,
        "CidrBlock": cidr,
        "PortRange": {"From": first, "To": last},
    }


def access():
    group = {"logGroupName": "/ecs/web", "kmsKeyId": KEY}
    return {
        "LogGroups": {"/ecs/web": group, "/aws/lambda/orders": {"logGroupName": "/aws/lambda/orders"}},
        "Secrets": {SECRET: {"ARN": SECRET, "KmsKeyId": KEY}},
        "Parameters": {PARAMETER: {"Name": "/web/level", "Type": "String"}},
        "Keys": {KEY: {"Arn": KEY, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}},
        "KeyPolicies": {KEY: allowing({"Service": f"logs.{REGION}.amazonaws.com"})},
        "SecretPolicies": {SECRET: None},
        "RepositoryPolicies": {"web": None},
        "Buckets": {"scripts-of-delta": REGION},
        "BucketPolicies": {"scripts-of-delta": None},
        "denied": {},
    }


def allowing(principal, **more):
    return doctor_facts.json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*", **more}]}
    )


def add_simulations(facts, workload, asked):
    facts["Access"]["Simulations"] = [
        {
            **roles.question(need, facts),
            "EvaluationResults": [
                {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": "allowed"}
                for action in need.actions
                for resource in need.resources
            ],
        }
        for need in references.needs(workload, facts, asked.profiles, facts["Access"])
    ]
