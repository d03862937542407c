# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts about an account and one of its regions that PCI DSS asks for: read only, and never the value of a secret.

The VPCs must be readable; any other read that is denied is left out and reported. See _domain/pci/checks/model.py.
"""

from __future__ import annotations

import csv
import json
from datetime import datetime, timezone
from functools import partial

from ..._core.reconcile import Actual, ResourceType
from ..shared.ec2 import filters
from ..shared.partial_reads import merge_reads, read_if_allowed, unless

READ_AFTER = ()
INPUTS = ("clusters", "vpc_ids")
PERMISSIONS = (
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "ec2:DescribeFlowLogs",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcEndpointServices",
    "ec2:DescribeVpcs",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTasks",
    "guardduty:GetDetector",
    "guardduty:ListDetectors",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "logs:DescribeLogGroups",
    "rds:DescribeDBInstances",
    "secretsmanager:ListSecrets",
    "ssm:DescribeParameters",
    "ssm:GetDocument",
)
KIND = ResourceType("account_facts")
# A kind of facts -> the Filter of GetAccountAuthorizationDetails, and its key.
IDENTITIES = {
    "Roles": ("Role", "RoleDetailList"),
    "Users": ("User", "UserDetailList"),
    "Groups": ("Group", "GroupDetailList"),
    "Policies": ("LocalManagedPolicy", "Policies"),
}
OF_VPC = {
    "Subnets": "describe_subnets",
    "RouteTables": "describe_route_tables",
    "NetworkAcls": "describe_network_acls",
    "SecurityGroups": "describe_security_groups",
    "NetworkInterfaces": "describe_network_interfaces",
    "VpcEndpoints": "describe_vpc_endpoints",
}
# DescribeServices and DescribeTasks take no more at once.
SERVICES_AT_ONCE, TASKS_AT_ONCE = 10, 100


def read(aws, declared, found):
    """Return {"main": Actual} whose details are facts, see _domain/pci/checks/model.py.

    Of all VPCs, or of inputs.vpc_ids; of all clusters, or of inputs.clusters.
    """
    vpc_ids = declared.inputs.vpc_ids
    vpcs = aws.read("ec2.describe_vpcs", "Vpcs", **({"VpcIds": vpc_ids} if vpc_ids else {}))
    facts = {"account_id": aws.account_id, "now": datetime.now(timezone.utc), "Vpcs": vpcs}
    of_vpc = {"Filters": filters(vpc_id=[vpc["VpcId"] for vpc in vpcs])}
    # The largest pages of these two operations.
    secrets, parameters = {"MaxResults": 100}, {"MaxResults": 50}
    readings = {
        **{kind: ("ec2", partial(aws.read, f"ec2.{OF_VPC[kind]}", kind, **of_vpc)) for kind in OF_VPC},
        "ServiceDetails": (
            "ec2",
            partial(aws.read, "ec2.describe_vpc_endpoint_services", "ServiceDetails", Filters=filters(owner="amazon")),
        ),
        "FlowLogs": ("ec2", partial(aws.read, "ec2.describe_flow_logs", "FlowLogs")),
        "DBInstances": ("rds", partial(_databases, aws, vpcs)),
        **{
            kind: ("iam", partial(aws.read, "iam.get_account_authorization_details", key, Filter=[of]))
            for kind, (of, key) in IDENTITIES.items()
        },
        "AccountSummary": ("iam", lambda: aws.call("iam.get_account_summary")["SummaryMap"]),
        "PasswordPolicy": ("iam", partial(_password_policy, aws)),
        "CredentialReport": ("iam", partial(_credential_report, aws)),
        "Trails": ("cloudtrail", partial(_trails, aws)),
        "LogGroups": ("logs", partial(aws.read, "logs.describe_log_groups", "logGroups")),
        "Detectors": ("guardduty", partial(_detectors, aws)),
        "SessionPreferences": ("ssm", partial(_session_preferences, aws)),
        "Containers": ("ecs", partial(_containers, aws, declared.inputs.clusters)),
        "Secrets": ("secretsmanager", partial(aws.read, "secretsmanager.list_secrets", "SecretList", **secrets)),
        "Parameters": ("ssm", partial(aws.read, "ssm.describe_parameters", "Parameters", **parameters)),
    }
    parts = aws.gather(
        *(partial(read_if_allowed, kind, service, reading) for kind, (service, reading) in readings.items())
    )
    return {"main": Actual(aws.account_id, {}, False, merge_reads(facts, parts))}


def _databases(aws, vpcs):
    ids = {vpc["VpcId"] for vpc in vpcs}
    found = aws.read("rds.describe_db_instances", "DBInstances")
    return [database for database in found if database.get("DBSubnetGroup", {}).get("VpcId") in ids]


def _password_policy(aws):
    return unless(
        ("NoSuchEntity",), lambda: aws.call("iam.get_account_password_policy")["PasswordPolicy"], otherwise={}
    )


def _credential_report(aws):
    """Return the latest existing report, {} without one: creating one would be a write."""
    answer = unless(
        ("ReportNotPresent", "ReportExpired", "ReportInProgress"),
        lambda: aws.call("iam.get_credential_report"),
        otherwise=None,
    )
    if answer is None:
        return {}
    rows = list(csv.DictReader(answer["Content"].decode().splitlines()))
    return {"GeneratedTime": answer["GeneratedTime"], "Users": rows}


def _trails(aws):
    trails = aws.call("cloudtrail.describe_trails")["trailList"]
    logging = aws.gather(
        *(partial(aws.call, "cloudtrail.get_trail_status", Name=trail["TrailARN"]) for trail in trails)
    )
    return [{**trail, "IsLogging": status["IsLogging"]} for trail, status in zip(trails, logging)]


def _detectors(aws):
    ids = aws.read("guardduty.list_detectors", "DetectorIds")
    found = aws.gather(*(partial(aws.call, "guardduty.get_detector", DetectorId=id_) for id_ in ids))
    return [{**detector, "DetectorId": id_} for id_, detector in zip(ids, found)]


def _session_preferences(aws):
    text = unless(
        ("InvalidDocument",),
        lambda: aws.call("ssm.get_document", Name="SSM-SessionManagerRunShell", DocumentFormat="JSON")["Content"],
        otherwise="{}",
    )
    return json.loads(text).get("inputs", {})


def _containers(aws, clusters):
    """Return the Services (those that aren't INACTIVE) and Tasks of the clusters, and their TaskDefinitions."""
    clusters = clusters or aws.read("ecs.list_clusters", "clusterArns")
    # The clusters are read at the same time, and so are the batches of what each describes.
    services = aws.gather(*(partial(_described, aws, cluster, "service", SERVICES_AT_ONCE) for cluster in clusters))
    tasks = aws.gather(*(partial(_described, aws, cluster, "task", TASKS_AT_ONCE) for cluster in clusters))
    found = {
        "Services": [item for part in services for item in part if item["status"] != "INACTIVE"],
        "Tasks": [item for part in tasks for item in part],
    }
    arns = {service["taskDefinition"] for service in found["Services"] if service.get("taskDefinition")}
    arns |= {task["taskDefinitionArn"] for task in found["Tasks"]}
    definitions = aws.gather(
        *(partial(aws.call, "ecs.describe_task_definition", taskDefinition=arn) for arn in sorted(arns))
    )
    return {**found, "TaskDefinitions": [definition["taskDefinition"] for definition in definitions]}


def _described(aws, cluster, kind, at_once):
    arns = aws.read(f"ecs.list_{kind}s", f"{kind}Arns", cluster=cluster)
    batches = [arns[first : first + at_once] for first in range(0, len(arns), at_once)]
    answers = aws.gather(
        *(partial(aws.call, f"ecs.describe_{kind}s", cluster=cluster, **{f"{kind}s": batch}) for batch in batches)
    )
    return [item for answer in answers for item in answer[f"{kind}s"]]
