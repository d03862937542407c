# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of an account in which no check fails, as AWS describes it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import trust_policies
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci.checks.model import Scope

NOW = datetime(2026, 1, 31, tzinfo=timezone.utc)
ACCOUNT, IDENTITY, VPC = "444444444444", "111111111111", "vpc-1"
SCOPE = Scope(frozenset({"subnet-public"}), frozenset({"subnet-data"}), ("tcp/443", "tcp/5432", "tcp/8443"))
GROUP = f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:"


def days_ago(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def rule(port: int, **peers: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}


def anywhere(**more: Any) -> dict[str, Any]:
    return {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], **more}


def statement(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}],
    }


def role(name: str, document: Any, *managed: str, **more: Any) -> dict[str, Any]:
    attached = [{"PolicyName": policy, "PolicyArn": f"arn:aws:iam::aws:policy/{policy}"} for policy in managed]
    return {
        "RoleName": name,
        "Path": "/",
        "AssumeRolePolicyDocument": document,
        "AttachedManagedPolicies": attached,
        **more,
    }


def of_service(service: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }


def subnet(tier: str) -> dict[str, Any]:
    return {"SubnetId": f"subnet-{tier}", "VpcId": VPC, "OwnerId": ACCOUNT, "MapPublicIpOnLaunch": False}


def table(tier: str, *routes: dict[str, Any]) -> dict[str, Any]:
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
    return {
        "RouteTableId": f"rtb-{tier}",
        "VpcId": VPC,
        "Associations": [{"SubnetId": f"subnet-{tier}"}],
        "Routes": [local, *routes],
    }


def way_out(**target: str) -> dict[str, Any]:
    return {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **target}


def interface(name: str, tier: str, **more: Any) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": f"eni-{name}",
        "SubnetId": f"subnet-{tier}",
        "VpcId": VPC,
        "InterfaceType": "interface",
        "RequesterManaged": False,
        "SourceDestCheck": True,
        **more,
    }


def good() -> dict[str, Any]:
    own = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    switch = trust_policies.policy("aws", IDENTITY, ["ann"], [], 900)
    return {
        "account_id": ACCOUNT,
        "now": NOW,
        "Vpcs": [{"VpcId": VPC}],
        "Subnets": [subnet("public"), subnet("app"), subnet("data")],
        "RouteTables": [
            table("public", way_out(GatewayId="igw-1")),
            table("app", {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"}),
            table("data"),
        ],
        "NetworkAcls": [
            {
                "NetworkAclId": "acl-default",
                "IsDefault": True,
                "Entries": [{"RuleAction": "allow", "RuleNumber": 100}],
                "Associations": [],
            },
            {
                "NetworkAclId": "acl-1",
                "IsDefault": False,
                "Entries": [{"RuleAction": "allow", "RuleNumber": 100}],
                "Associations": [{"SubnetId": f"subnet-{tier}"} for tier in ("public", "app", "data")],
            },
        ],
        "SecurityGroups": [
            {
                "GroupId": "sg-default",
                "GroupName": "default",
                "VpcId": VPC,
                "IpPermissions": [],
                "IpPermissionsEgress": [],
            },
            {
                "GroupId": "sg-app",
                "GroupName": "app",
                "VpcId": VPC,
                "IpPermissions": [rule(443, **anywhere()), rule(8443, UserIdGroupPairs=[{"GroupId": "sg-lb"}])],
                "IpPermissionsEgress": [rule(5432, IpRanges=[{"CidrIp": "10.0.3.0/24"}])],
            },
        ],
        "NetworkInterfaces": [
            interface("lb", "public", RequesterManaged=True, Association={"PublicIp": "198.51.100.1"}),
            interface("nat", "public", InterfaceType="nat_gateway", SourceDestCheck=False),
            interface("app", "app"),
            interface("db", "data"),
        ],
        "VpcEndpoints": [
            {
                "VpcEndpointId": "vpce-1",
                "ServiceName": "com.amazonaws.eu-central-1.s3",
                "PolicyDocument": statement(Principal="*", Condition=own),
            },
            # The service supports no endpoint policy.
            {"VpcEndpointId": "vpce-2", "ServiceName": "some.efs", "PolicyDocument": statement(Principal="*")},
        ],
        "ServiceDetails": [{"ServiceName": "some.efs", "VpcEndpointPolicySupported": False}],
        "FlowLogs": [
            {
                "FlowLogId": "fl-1",
                "ResourceId": VPC,
                "FlowLogStatus": "ACTIVE",
                "TrafficType": "ALL",
                "LogGroupName": "flow-logs",
            }
        ],
        "DBInstances": [
            {
                "DBInstanceIdentifier": "cards",
                "PubliclyAccessible": False,
                "DBSubnetGroup": {"VpcId": VPC, "Subnets": [{"SubnetIdentifier": "subnet-data"}]},
            }
        ],
        "Roles": [
            role("admin", switch, "AdministratorAccess", PermissionsBoundary={"PermissionsBoundaryArn": "arn"}),
            role("read-only", switch, "ReadOnlyAccess"),
            role("task", of_service("ecs-tasks.amazonaws.com"), RolePolicyList=[]),
            role(
                "AWSServiceRoleForECS",
                of_service("ecs.amazonaws.com"),
                "AdministratorAccess",
                Path="/aws-service-role/ecs.amazonaws.com/",
            ),
        ],
        "Users": [{"UserName": "mailer", "UserPolicyList": []}],
        "Groups": [],
        "Policies": [],
        "AccountSummary": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "Users": 1},
        "PasswordPolicy": {
            "MinimumPasswordLength": 14,
            "RequireNumbers": True,
            "RequireLowercaseCharacters": True,
            "PasswordReusePrevention": 4,
            "MaxPasswordAge": 90,
        },
        "CredentialReport": {
            "GeneratedTime": NOW - timedelta(hours=1),
            "Users": [user("<root_account>", mfa_active="false"), user("mailer", access_key_1_active="true")],
        },
        "Trails": [
            {
                "TrailARN": "arn:trail",
                "IsMultiRegionTrail": True,
                "IsLogging": True,
                "LogFileValidationEnabled": True,
                "CloudWatchLogsLogGroupArn": f"{GROUP}trail:*",
            }
        ],
        "LogGroups": [{"logGroupName": "trail"}, {"logGroupName": "flow-logs", "retentionInDays": 365}],
        "Detectors": [{"DetectorId": "1", "Status": "ENABLED"}],
        "SessionPreferences": {"idleSessionTimeout": "15"},
        "Containers": {
            "Services": [
                {
                    "serviceArn": "arn:service",
                    "launchType": "FARGATE",
                    "enableExecuteCommand": False,
                    "networkConfiguration": {"awsvpcConfiguration": {"assignPublicIp": "DISABLED"}},
                }
            ],
            "Tasks": [{"taskArn": "arn:task", "launchType": "FARGATE", "enableExecuteCommand": False}],
            "TaskDefinitions": [
                {
                    "taskDefinitionArn": "arn:definition",
                    "containerDefinitions": [
                        {
                            "name": "app",
                            "readonlyRootFilesystem": True,
                            "portMappings": [{"containerPort": 8443}],
                            "environment": [
                                {"name": "DB_SECRET", "value": "arn:aws:secretsmanager:eu-central-1:4:secret:db"},
                                {"name": "TOKEN_URL", "value": "https://login.example.com/token"},
                                {"name": "LOG_LEVEL", "value": "info"},
                            ],
                            "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:secret:db-AbCdEf:password::"}],
                        }
                    ],
                }
            ],
        },
        "Secrets": [{"Name": "db", "ARN": "arn:secret:db-AbCdEf", "RotationEnabled": True}],
        "Parameters": [{"Name": "/app/level"}],
        "denied": {},
        "unread": {},
    }


def user(name: str, **columns: str) -> dict[str, str]:
    """Build a row of the credential report; its first access key was used yesterday."""
    row = {
        "user": name,
        "user_creation_time": days_ago(400),
        "password_enabled": "false",
        "password_last_used": "N/A",
        "password_last_changed": "N/A",
        "mfa_active": "false",
        "access_key_1_active": "false",
        "access_key_1_last_used_date": days_ago(1),
        "access_key_1_last_rotated": days_ago(30),
        "access_key_2_active": "false",
        "access_key_2_last_used_date": "N/A",
        "access_key_2_last_rotated": "N/A",
    }
    return {**row, **columns}
