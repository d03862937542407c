# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PERMISSIONS are exactly what the modules' calls need, and the shipped policies are those PERMISSIONS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._resources.endpoints import subnet_user
from emulator.s3.asked import ACTIONS as S3_ACTIONS
from tests.contract.case import Case
from tests.contract.cases import CASES, INFO_CASES, ONCE_CASES
from tests.contract.conftest import Converged
from tests.contract.world import World, capability
from tests.emulator.people import policy as policy_text
from tools import iam_roles
from tools.iam_policies import MODULES, POLICIES, permissions, policy, readme, reads, text

# Actions that AWS checks without a call of the modules, so the emulator's call log can't show them.
NOT_A_CALL = {
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_vpce.html: permission-only.
    "vpce:AllowMultiRegion": "endpoints of services of another region, services with more than their own",
    "codeartifact:AssociateWithDownstreamRepository": "of an upstream, asked of who names it as one",
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    "s3:TagResource": "CreateBucket asks for it where it is given tags",
    "iam:PassRole/firehose.amazonaws.com": "CreateDeliveryStream gives its role to Firehose",
    # https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html: its answer has the tags only with it.
    "lambda:ListTags": "GetFunction answers the tags with it",
    "iam:PassRole/lambda.amazonaws.com": "CreateFunction and UpdateFunctionConfiguration give a role to Lambda",
    "iam:PassRole/scheduler.amazonaws.com": "CreateSchedule and UpdateSchedule, likewise",
    "iam:CreateServiceLinkedRole/transitgateway.amazonaws.com": "made on the caller's behalf with the first attachment",
    "iam:CreateServiceLinkedRole/elasticloadbalancing.amazonaws.com": "likewise, with the first load balancer",
    "ec2:CreateVpcEndpoint/network-firewall.amazonaws.com": "made on the caller's behalf with a firewall",
    "ec2:DeleteVpcEndpoints/network-firewall.amazonaws.com": "likewise, when an endpoint of a firewall is removed",
    "iam:CreateServiceLinkedRole/network-firewall.amazonaws.com": "likewise, with the first firewall",
    "logs:GetLogDelivery": "UpdateLoggingConfiguration reads the deliveries on the caller's behalf",
    "logs:ListLogDeliveries": "likewise",
    "logs:UpdateLogDelivery": "UpdateLoggingConfiguration does it on the caller's behalf",
    "logs:DescribeLogGroups": "likewise, where the destination is a log group",
    "logs:DescribeResourcePolicies": "likewise",
    "logs:PutResourcePolicy": "likewise",
    "s3:GetBucketPolicy": "likewise, where it is a bucket",
    "s3:PutBucketPolicy": "likewise",
    "firehose:TagDeliveryStream": "likewise, where it is a stream of Firehose",
    "iam:CreateServiceLinkedRole/delivery.logs.amazonaws.com": "likewise, with the first of these",
    "network-firewall:ListTLSInspectionConfigurations": "CreateFirewallPolicy reads them on the caller's behalf",
    "iam:PassRole/ecs-tasks.amazonaws.com": "RegisterTaskDefinition, likewise",
    "iam:CreateServiceLinkedRole/ecs.amazonaws.com": "made on the caller's behalf with the first cluster",
    "ssm:AddTagsToResource": "PutParameter asks for it where it is given tags",
    "iam:PassRole/logs.amazonaws.com": "PutAccountPolicy and PutSubscriptionFilter, where they are given a role",
    "iam:CreateServiceLinkedRole/cloudtrail.amazonaws.com": "made on the caller's behalf with an organization's trail",
    "iam:PassRole": "EC2 checks it when a flow log is given its role",
    "logs:CreateLogDelivery": "CreateFlowLogs does it on the caller's behalf where the destination is a bucket",
    "logs:DeleteLogDelivery": "DeleteFlowLogs, likewise",
}
# Route 53 requires these to create a private zone (CreateHostedZone). Other modules call the first of them.
OF_PRIVATE_ZONES = {"ec2:DescribeVpcs", "route53:AssociateVPCWithHostedZone"}
# Called only when AWS has refused to delete something: test_in_the_way.py.
AFTER_A_REFUSAL = {"ec2:DescribeNetworkInterfaces"}
# Called only when subnets are to be deleted: test_shrinking.py.
FOR_USERS_OF_SUBNETS = set(subnet_user.PERMISSIONS)
# Called only for declared prefix lists: test_quotas.py.
FOR_PREFIX_LISTS = {"ec2:DescribeManagedPrefixLists"}
# Called only when no service has the given name: test_doctor_of_workloads.py.
AFTER_A_MISTAKE = {"ecs:ListServices"}
# Athena asks for them on the caller's behalf: "Managed policies for Amazon Athena", AmazonAthenaFullAccess.
BY_ATHENA = {"glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "kms:Decrypt"}
BY_ATHENA |= {"s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"}
# Called only when a query takes too long: test_log_query.py.
AFTER_A_TIMEOUT = {"athena:StopQueryExecution"}
# S3 asks for them on the caller's behalf, of objects under a KMS key: "Using server-side encryption with AWS KMS keys".
OF_KEYS = {"kms:Decrypt", "kms:GenerateDataKey"}
# Of the checker's group: descriptions of rules that somebody gave, an ingress that is declared empty; of its VPC: a
# route table that leads to a NAT gateway. The function's VPC is looked at on the caller's behalf.
OF_THE_CHECKER = {
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:DescribeNatGateways",
    "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
    "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
}
# RAM asks for them on the caller's behalf: "Working with shared Route 53 Profiles", "Granting permissions".
OF_SHARED_PROFILES = {"route53profiles:GetProfilePolicy", "route53profiles:PutProfilePolicy"}
# Of Route 53's private zones, on the caller's behalf: "Route 53 API permissions".
OF_ZONES_OF_A_VPC = {"ec2:DescribeVpcs"}
# Called only for endpoints of Client VPN, which the emulator hasn't.
OF_CLIENT_VPN = {"ec2:DescribeClientVpnTargetNetworks"}
# module -> what it calls only then, or AWS on its behalf.
UNCALLED_OF = {
    "algorithm_registry": OF_PRIVATE_ZONES | OF_THE_CHECKER,
    "audit_trail_info": OF_KEYS,
    "central_endpoints": OF_SHARED_PROFILES | OF_ZONES_OF_A_VPC,
    "closed_vpc_endpoints": OF_ZONES_OF_A_VPC,
    "log_query": BY_ATHENA | AFTER_A_TIMEOUT,
    "log_replay": OF_KEYS,
    "network_path_info": OF_CLIENT_VPN,
    "privatelink_endpoint": OF_PRIVATE_ZONES,
    "tiered_vpc": FOR_USERS_OF_SUBNETS,
}
# Any credential may call it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html.
# AssumeRole is called by the operator, not by the role: docs/iam/README.md.
OF_ANYBODY = {"sts:GetCallerIdentity", "sts:AssumeRole"}


# boto3's name of a service -> the prefix of its IAM actions, where they differ.
PREFIXES = {"elbv2": "elasticloadbalancing", "sso-admin": "sso"}
# The same of an operation. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html: "you must have
# permission to perform the s3:ListBucket action".
ACTIONS = {f"s3:{operation}": f"s3:{action}" for operation, action in S3_ACTIONS.items()}


def used(world: World) -> set[str]:
    """Return the IAM actions of a run: each operation that the modules call has an action of its name, but for ACTIONS.

    "Actions, resources, and condition keys" of each in the service authorization reference:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    """
    names = {f"{PREFIXES.get(call['service'], call['service'])}:{call['operation']}" for call in world.calls}
    return {ACTIONS.get(name, name) for name in names}


def operator_of(world: World, case: Case) -> str:
    """Create a role that has exactly the module's shipped policy; return its ARN."""
    trusting = policy_text({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    iam = world.client(case.account, "iam")
    made = iam.create_role(RoleName="operator", Path="/operators/", AssumeRolePolicyDocument=trusting)["Role"]["Arn"]
    may = iam.create_policy(PolicyName="operator", PolicyDocument=text(case.module))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="operator", PolicyArn=may)
    return made


@pytest.mark.parametrize("module", MODULES)
def test_permissions_are_the_calls_that_are_made(new_world: Callable[[], World], kept: Converged, module: str) -> None:
    kept.forget()
    recorded: set[str] = set()
    for case in (case for case in [*CASES, *ONCE_CASES, *INFO_CASES] if case.module == module):
        world = new_world()
        case.before(world)
        operator = operator_of(world, case)

        def run(**more: Any) -> None:
            world.run(case.module, case.account, case.options, **more, assume_role_arn=operator)  # noqa: B023
            recorded.update(used(world))  # noqa: B023

        case.go_through(world, run)
    uncalled = NOT_A_CALL.keys() | AFTER_A_REFUSAL | AFTER_A_MISTAKE | FOR_PREFIX_LISTS
    uncalled |= UNCALLED_OF.get(module, set())
    assert recorded - OF_ANYBODY == permissions(module) - (uncalled - recorded)


@pytest.mark.parametrize("module", MODULES)
def test_the_shipped_policy_is_up_to_date(module: str) -> None:
    assert (POLICIES / f"{module}.json").read_text(encoding="utf-8") == text(module), "run tools/iam_policies.py"


def test_the_readme_says_what_is_not_told_apart() -> None:
    assert (POLICIES / "README.md").read_text(encoding="utf-8") == readme(), "run tools/iam_policies.py"


def test_there_is_no_policy_without_a_module() -> None:
    assert sorted(path.stem for path in POLICIES.glob("*.json")) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_policy_fits_iam_and_only_reads_in_its_read_statement(module: str) -> None:
    statements = {statement["Sid"]: statement for statement in policy(module)["Statement"]}
    assert len(statements) == len(policy(module)["Statement"])
    assert all(map(reads, statements.pop("Read")["Action"]))
    writes = [action for statement in statements.values() for action in statement["Action"]]
    assert not any(map(reads, writes))
    assert bool(writes) != capability(module).reads_only
    # A managed policy holds 6,144 characters without white space (IAM quotas).
    assert len(json.dumps(policy(module), separators=(",", ":"))) <= 6144
    assert all(sid.isalnum() for sid in statements)
    # Statements that IAM can't limit to resources or conditions, as docs/iam/README.md says.
    unscoped = [sid for sid, one in statements.items() if one["Resource"] == "*" and "Condition" not in one]
    assert set(unscoped) <= {"Others", "Others2"}


def test_the_policies_in_the_readme_are_policies() -> None:
    listed = re.findall(r"```json\n(.*?)```", (POLICIES / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert listed and all(json.loads(policy).keys() == {"Version", "Statement"} for policy in listed)


def test_every_resource_is_of_some_module() -> None:
    """So that no PERMISSIONS escape the test above."""
    # A file may hand on the read() of another, which is then of the same module.
    resources = {
        name.rpartition(".")[2]
        for module in [*MODULES, *iam_roles.MODULES]
        for resource in capability(module).resources
        for name in (resource.__name__, resource.read.__module__)
    }
    folder = POLICIES.parents[1] / "plugins" / "module_utils" / "_resources"
    # A file that several resources share has no read(); its PERMISSIONS are in theirs.
    own = re.compile(r"^(def read\(\w+, declared, found\)|read = )", re.MULTILINE)
    kinds = {path.stem for path in folder.rglob("*.py") if own.search(path.read_text(encoding="utf-8"))}
    assert kinds == resources
