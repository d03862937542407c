# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A few resources of each service, created by calls; the values of their answers are parameters of further calls."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.emulator.conftest import HUB, KEY, SPOKE
from tests.emulator.in_process import Clients

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
SERVICES = ["ec2", "lambda", "firehose", "scheduler", "ecs-tasks"]
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": [f"{name}.amazonaws.com" for name in SERVICES]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def _code() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", "def handler(event, context):\n    return 1\n")
    return archive.getvalue()


# (service, method, parameters); "$VpcId" is the first value of that name in an answer of the service, "$ec2.VpcId" in
# one of another's.
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("ec2", "create_vpc", {"CidrBlock": "10.1.0.0/16"}),
    ("ec2", "create_subnet", {"VpcId": "$VpcId", "CidrBlock": "10.1.0.0/24", "AvailabilityZone": "eu-central-1a"}),
    ("ec2", "create_security_group", {"VpcId": "$VpcId", "GroupName": "group", "Description": "d"}),
    (
        "ec2",
        "authorize_security_group_ingress",
        {"GroupId": "$GroupId", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"},
    ),
    ("ec2", "create_route_table", {"VpcId": "$VpcId"}),
    ("ec2", "associate_route_table", {"RouteTableId": "$RouteTableId", "SubnetId": "$SubnetId"}),
    ("ec2", "create_internet_gateway", {}),
    ("ec2", "attach_internet_gateway", {"InternetGatewayId": "$InternetGatewayId", "VpcId": "$VpcId"}),
    ("ec2", "create_egress_only_internet_gateway", {"VpcId": "$VpcId"}),
    ("ec2", "allocate_address", {"Domain": "vpc"}),
    ("ec2", "create_nat_gateway", {"SubnetId": "$SubnetId", "AllocationId": "$AllocationId"}),
    ("ec2", "create_network_interface", {"SubnetId": "$SubnetId"}),
    ("ec2", "create_network_acl", {"VpcId": "$VpcId"}),
    ("ec2", "create_dhcp_options", {"DhcpConfigurations": [{"Key": "domain-name", "Values": ["x.example"]}]}),
    ("ec2", "create_transit_gateway", {}),
    ("ec2", "create_transit_gateway_route_table", {"TransitGatewayId": "$TransitGatewayId"}),
    (
        "ec2",
        "create_transit_gateway_vpc_attachment",
        {"TransitGatewayId": "$TransitGatewayId", "VpcId": "$VpcId", "SubnetIds": ["$SubnetId"]},
    ),
    ("ec2", "create_managed_prefix_list", {"PrefixListName": "p", "MaxEntries": 5, "AddressFamily": "IPv4"}),
    (
        "ec2",
        "create_vpc_endpoint",
        {
            "VpcId": "$VpcId",
            "ServiceName": "com.amazonaws.eu-central-1.ec2",
            "VpcEndpointType": "Interface",
            "SubnetIds": ["$SubnetId"],
            "PrivateDnsEnabled": False,
        },
    ),
    ("ec2", "create_key_pair", {"KeyName": "key"}),
    ("ec2", "create_volume", {"AvailabilityZone": "eu-central-1a", "Size": 8}),
    ("ec2", "run_instances", {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "SubnetId": "$SubnetId"}),
    ("ec2", "create_customer_gateway", {"Type": "ipsec.1", "PublicIp": "198.51.100.1", "BgpAsn": 65000}),
    ("ec2", "create_vpn_gateway", {"Type": "ipsec.1"}),
    (
        "elbv2",
        "create_load_balancer",
        {"Name": "nlb", "Type": "network", "Scheme": "internal", "Subnets": ["$ec2.SubnetId"]},
    ),
    ("elbv2", "create_target_group", {"Name": "targets", "Protocol": "TCP", "Port": 80, "VpcId": "$ec2.VpcId"}),
    (
        "elbv2",
        "create_listener",
        {
            "LoadBalancerArn": "$LoadBalancerArn",
            "Protocol": "TCP",
            "Port": 80,
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": "$TargetGroupArn"}],
        },
    ),
    ("ec2", "create_vpc_endpoint_service_configuration", {"NetworkLoadBalancerArns": ["$elbv2.LoadBalancerArn"]}),
    (
        "s3",
        "create_bucket",
        {"Bucket": "some-bucket", "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}},
    ),
    ("s3", "put_object", {"Bucket": "some-bucket", "Key": "some-key", "Body": b"x"}),
    ("s3", "create_multipart_upload", {"Bucket": "some-bucket", "Key": "some-key"}),
    (
        "ec2",
        "create_flow_logs",
        {
            "ResourceIds": ["$VpcId"],
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "s3",
            "LogDestination": "arn:aws:s3:::some-bucket",
        },
    ),
    ("route53", "create_hosted_zone", {"Name": "x.example", "CallerReference": "1"}),
    (
        "route53",
        "create_health_check",
        {"CallerReference": "1", "HealthCheckConfig": {"Type": "TCP", "IPAddress": "198.51.100.1", "Port": 80}},
    ),
    ("iam", "create_role", {"RoleName": "some-role", "AssumeRolePolicyDocument": TRUST}),
    ("iam", "create_user", {"UserName": "some-user"}),
    ("iam", "create_group", {"GroupName": "some-group"}),
    ("iam", "create_policy", {"PolicyName": "some-policy", "PolicyDocument": POLICY}),
    ("iam", "put_role_policy", {"RoleName": "some-role", "PolicyName": "some-policy", "PolicyDocument": POLICY}),
    ("iam", "create_access_key", {"UserName": "some-user"}),
    ("iam", "create_instance_profile", {"InstanceProfileName": "some-profile"}),
    ("kms", "create_key", {}),
    ("kms", "create_alias", {"AliasName": "alias/a", "TargetKeyId": "$KeyId"}),
    ("logs", "create_log_group", {"logGroupName": "/some/group"}),
    ("logs", "create_log_stream", {"logGroupName": "/some/group", "logStreamName": "stream"}),
    ("ssm", "put_parameter", {"Name": "/some/parameter", "Value": "v", "Type": "String"}),
    (
        "dynamodb",
        "create_table",
        {
            "TableName": "some-table",
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    ),
    (
        "lambda",
        "create_function",
        {
            "FunctionName": "some-function",
            "Role": "$iam.Arn",
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Code": {"ZipFile": _code()},
        },
    ),
    ("ecs", "create_cluster", {"clusterName": "some-cluster"}),
    (
        "ecs",
        "register_task_definition",
        {"family": "family", "containerDefinitions": [{"name": "c", "image": "i", "memory": 64}]},
    ),
    ("ecr", "create_repository", {"repositoryName": "some-repository"}),
    (
        "route53resolver",
        "create_resolver_endpoint",
        {
            "CreatorRequestId": "1",
            "Direction": "OUTBOUND",
            "SecurityGroupIds": ["$ec2.GroupId"],
            "IpAddresses": [{"SubnetId": "$ec2.SubnetId"}, {"SubnetId": "$ec2.SubnetId"}],
        },
    ),
    ("route53profiles", "create_profile", {"Name": "profile", "ClientToken": "a"}),
    ("athena", "create_work_group", {"Name": "group"}),
    ("glue", "create_database", {"DatabaseInput": {"Name": "database"}}),
    (
        "firehose",
        "create_delivery_stream",
        {
            "DeliveryStreamName": "stream",
            "ExtendedS3DestinationConfiguration": {"RoleARN": "$iam.Arn", "BucketARN": "arn:aws:s3:::some-bucket"},
        },
    ),
    ("codeartifact", "create_domain", {"domain": "domain"}),
    ("codeartifact", "create_repository", {"domain": "domain", "repository": "repository"}),
    (
        "ram",
        "create_resource_share",
        {"name": "share", "resourceArns": [f"arn:aws:ec2:eu-central-1:{SPOKE}:transit-gateway/$ec2.TransitGatewayId"]},
    ),
    (
        "network-firewall",
        "create_firewall_policy",
        {
            "FirewallPolicyName": "policy",
            "FirewallPolicy": {
                "StatelessDefaultActions": ["aws:pass"],
                "StatelessFragmentDefaultActions": ["aws:pass"],
            },
        },
    ),
    (
        "network-firewall",
        "create_firewall",
        {
            "FirewallName": "firewall",
            "FirewallPolicyArn": "$FirewallPolicyArn",
            "VpcId": "$ec2.VpcId",
            "SubnetMappings": [{"SubnetId": "$ec2.SubnetId"}],
        },
    ),
    (
        "scheduler",
        "create_schedule",
        {
            "Name": "schedule",
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": "$lambda.FunctionArn", "RoleArn": "$iam.Arn"},
        },
    ),
]
# Read by the management account, which alone may.
OF_MANAGEMENT = [
    ("organizations", "describe_organization"),
    ("organizations", "list_roots"),
    ("organizations", "list_accounts"),
    ("sso-admin", "list_instances"),
]


class World:
    """Resources of the spoke account. known: by service the first value of each member's name in the answers."""

    def __init__(self, clients: Clients):
        self.clients = clients
        self.keys = {account_id: self._credentials(account_id) for account_id in (SPOKE, HUB)}
        self.known: dict[str, dict[str, str]] = {}
        self.failed: list[str] = []
        of_service: dict[str, Any] = {}
        for service, method, parameters in CALLS:
            if service not in of_service:
                of_service[service] = clients.client(service, **self.keys[SPOKE])
            self._call(of_service[service], service, method, self._filled(service, parameters))
        for service, method in OF_MANAGEMENT:
            self._call(clients.client(service, **KEY), service, method, {})
        self.known["identitystore"] = {
            "IdentityStoreId": self.known["sso-admin"].get("IdentityStoreId", "d-1234567890")
        }
        # Hosted zones' ids come as paths, "/hostedzone/Z1".
        self.known["route53"]["Id"] = self.known["route53"]["Id"].rpartition("/")[2]
        for name in ("Key", "Value", "Name", "Type", "State"):
            self.known["ec2"].pop(name, None)

    def _credentials(self, account_id: str) -> dict[str, str]:
        arn = f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole"
        sts = self.clients.client("sts", **KEY)
        made = sts.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
        return {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"],
        }

    def _call(self, client: Any, service: str, method: str, parameters: dict[str, Any]) -> None:
        try:
            answer = getattr(client, method)(**parameters)
        except (ClientError, BotoCoreError) as error:
            self.failed.append(f"{service}.{method}: {error}")
            return
        answer.pop("ResponseMetadata")
        for part in (parameters, answer):
            self._note(service, part)

    def _note(self, service: str, part: Any) -> None:
        known = self.known.setdefault(service, {})
        for name, value in part.items() if isinstance(part, dict) else ():
            if isinstance(value, str):
                known.setdefault(name, value)
            else:
                self._note(service, value)
        for value in part if isinstance(part, list) else ():
            self._note(service, value)

    def _filled(self, service: str, part: Any) -> Any:
        if isinstance(part, dict):
            return {name: self._filled(service, value) for name, value in part.items()}
        if isinstance(part, list):
            return [self._filled(service, value) for value in part]
        if not isinstance(part, str) or "$" not in part:
            return part
        before, _, name = part.partition("$")
        other, dot, inner = name.partition(".")
        found = self.known.get(other if dot else service, {}).get(inner if dot else name, "missing")
        return before + found
