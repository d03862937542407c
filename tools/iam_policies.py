# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write docs/iam/MODULE.json: the permissions that a module needs, no more, from the PERMISSIONS of its resources.

The modules for Google Cloud have roles instead, in docs/iam/MODULE.yml (tools/iam_roles.py).
"""

from __future__ import annotations

import importlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tools import iam_roles
from tools.iam_scopes import NAMED, OTHERS, PATH, PROXY, Scope, scopes, types_of

CHECKOUT = Path(__file__).resolve().parent.parent
POLICIES = CHECKOUT / "docs" / "iam"
MODULES = sorted({path.stem for path in (CHECKOUT / "plugins" / "modules").glob("[a-z]*.py")} - {*iam_roles.MODULES})
BEGIN, END = "<!-- written by tools/iam_policies.py -->", "<!-- end -->"
READS = ("Describe", "Filter", "Get", "List", "Search", "Simulate")
# Actions that write nothing, whatever their names: a query that reads, and decryption of what is read.
READING = (
    "athena:BatchGetNamedQuery",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
    "dynamodb:Scan",
    "kms:Decrypt",
)
# Permissions that would be too wide on any resource, so each has a statement of its own. After a slash: the service
# that the role is for, by which PERMISSIONS tell them apart.
NARROWED: dict[str, dict[str, Any]] = {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    "iam:PassRole": {
        "Sid": "PassRoleToFlowLogs",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}},
    },
    "iam:PassRole/lambda.amazonaws.com": {
        "Sid": "PassRoleToLambda",
        "Resource": f"arn:*:iam::*:role/{PATH}*",
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    },
    "iam:PassRole/scheduler.amazonaws.com": {
        "Sid": "PassRoleToScheduler",
        "Resource": f"arn:*:iam::*:role/{PATH}*",
        "Condition": {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
    },
    "iam:PassRole/ecs-tasks.amazonaws.com": {
        "Sid": "PassRoleToTasks",
        "Resource": f"arn:*:iam::*:role/{PROXY}",
        "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    },
    "iam:PassRole/firehose.amazonaws.com": {
        "Sid": "PassRoleToFirehose",
        "Resource": "arn:*:iam::*:role/*-firehose-*",
        "Condition": {"StringEquals": {"iam:PassedToService": "firehose.amazonaws.com"}},
    },
    # To the role by which CloudWatch Logs writes to a stream: PutAccountPolicy, PutSubscriptionFilter, PutDestination.
    "iam:PassRole/logs.amazonaws.com": {
        "Sid": "PassRoleToCloudWatchLogs",
        "Resource": "arn:*:iam::*:role/*",
        "Condition": {"StringEquals": {"iam:PassedToService": "logs.amazonaws.com"}},
    },
    # For the organization's trail: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/
    # using-service-linked-roles.html
    "iam:CreateServiceLinkedRole/cloudtrail.amazonaws.com": {
        "Sid": "CreateServiceLinkedRoleOfCloudTrail",
        "Resource": "arn:*:iam::*:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "cloudtrail.amazonaws.com"}},
    },
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
    "iam:CreateServiceLinkedRole/ecs.amazonaws.com": {
        "Sid": "CreateServiceLinkedRoleOfECS",
        "Resource": "arn:*:iam::*:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "ecs.amazonaws.com"}},
    },
    # https://docs.aws.amazon.com/vpc/latest/tgw/service-linked-roles.html
    "iam:CreateServiceLinkedRole/transitgateway.amazonaws.com": {
        "Sid": "CreateServiceLinkedRoleOfTransitGateway",
        "Resource": "arn:*:iam::*:role/aws-service-role/transitgateway.amazonaws.com/"
        "AWSServiceRoleForVPCTransitGateway*",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "transitgateway.amazonaws.com"}},
    },
    # Statements of the managed policy AWSNetworkFirewallFullAccess:
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSNetworkFirewallFullAccess.html
    "ec2:CreateVpcEndpoint/network-firewall.amazonaws.com": {
        "Sid": "CreateEndpointsOfFirewalls",
        "Resource": "arn:*:ec2:*:*:*",
        "Condition": {"StringEquals": {"aws:RequestTag/AWSNetworkFirewallManaged": "true"}},
    },
    "ec2:DeleteVpcEndpoints/network-firewall.amazonaws.com": {
        "Sid": "DeleteEndpointsOfFirewalls",
        "Resource": "arn:*:ec2:*:*:*",
        "Condition": {"StringEquals": {"aws:ResourceTag/AWSNetworkFirewallManaged": "true"}},
    },
    "iam:CreateServiceLinkedRole/network-firewall.amazonaws.com": {
        "Sid": "CreateServiceLinkedRoleOfFirewalls",
        "Resource": "arn:*:iam::*:role/aws-service-role/network-firewall.amazonaws.com/"
        "AWSServiceRoleForNetworkFirewall",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "network-firewall.amazonaws.com"}},
    },
    "s3:PutBucketPolicy": {
        "Sid": "LetLogsIntoOwnBuckets",
        "Resource": "arn:*:s3:::*",
        "Condition": {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
    },
    "iam:CreateServiceLinkedRole/delivery.logs.amazonaws.com": {
        "Sid": "CreateServiceLinkedRoleOfLogDelivery",
        "Resource": "arn:*:iam::*:role/aws-service-role/delivery.logs.amazonaws.com/AWSServiceRoleForLogDelivery",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "delivery.logs.amazonaws.com"}},
    },
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html
    "iam:CreateServiceLinkedRole/elasticloadbalancing.amazonaws.com": {
        "Sid": "CreateServiceLinkedRoleOfLoadBalancers",
        "Resource": "arn:*:iam::*:role/aws-service-role/elasticloadbalancing.amazonaws.com/"
        "AWSServiceRoleForElasticLoadBalancing*",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
    },
}

# (module, action) -> what its statement names in place of that in NARROWED.
RESOURCES = {
    ("algorithm_registry", "iam:PassRole/lambda.amazonaws.com"): {"Resource": "arn:*:iam::*:role/*-checker"},
    ("algorithm_registry", "iam:PassRole/scheduler.amazonaws.com"): {
        "Resource": "arn:*:iam::*:role/*-checker-schedule"
    },
    ("log_archive", "iam:PassRole/lambda.amazonaws.com"): {"Resource": "arn:*:iam::*:role/*-handler-*"},
    ("log_archive", "iam:PassRole/logs.amazonaws.com"): {"Resource": "arn:*:iam::*:role/*-dest-*"},
}


def permissions(module: str) -> set[str]:
    """The IAM actions of all resources of a module; of an info module, those that read."""
    capability = importlib.import_module(
        f"ansible_collections.closednet.aws.plugins.module_utils._capabilities.{module}"
    ).CAPABILITY
    actions = {action for resource in capability.resources for action in resource.PERMISSIONS}
    return {action for action in actions if reads(action)} if capability.reads_only else actions


def reads(action: str) -> bool:
    return action in READING or action.partition(":")[2].startswith(READS)


def policy(module: str) -> dict[str, Any]:
    actions = sorted(permissions(module))
    wide = [action for action in actions if action not in NARROWED]
    read = [action for action in wide if reads(action)]
    statements: list[dict[str, Any]] = []
    if read:
        statements.append({"Sid": "Read", "Effect": "Allow", "Action": read, "Resource": "*"})
    statements += _writes({action: scopes(module, action) for action in wide if action not in read})
    narrow = [
        {"Sid": NARROWED[action]["Sid"], "Effect": "Allow", "Action": action.partition("/")[0]}
        | NARROWED[action]
        | RESOURCES.get((module, action), {})
        for action in actions
        if action in NARROWED
    ]
    return {"Version": "2012-10-17", "Statement": statements + narrow}


def _writes(where: dict[str, list[Scope]]) -> list[dict[str, Any]]:
    """Return a statement for each kind of scope; several if one would allow an action beyond its own scopes."""
    found = list(dict.fromkeys(scope for action in where for scope in where[action]))
    kinds: list[list[Scope]] = []
    for scope in sorted(found):
        joined = next((kind for kind in kinds if _may_join(scope, kind, where)), None)
        if joined:
            joined.append(scope)
        else:
            kinds.append([scope])
    numbers: Counter[str] = Counter()
    statements = []
    for kind in kinds:
        numbers[kind[0].sid] += 1
        number = numbers[kind[0].sid]
        statements.append(_statement(f"{kind[0].sid}{number if number > 1 else ''}", kind, where))
    return statements


def _may_join(scope: Scope, kind: list[Scope], where: dict[str, list[Scope]]) -> bool:
    """Return true if the joined statement allows no action on a resource type that it has under another condition."""
    joined = [*kind, scope]
    if len({(each.sid, each.condition, each.resource == "*") for each in joined}) > 1:
        return False
    types = {_type(each) for each in joined}
    for action, own in where.items():
        named = {_type(each) for each in own if each in joined}
        if named and (types & types_of(action)) - named:
            return False
    return True


def _type(scope: Scope) -> str:
    return scope.resource.rpartition(":")[2].partition("/")[0]


def _statement(sid: str, kind: list[Scope], where: dict[str, list[Scope]]) -> dict[str, Any]:
    resources = sorted({scope.resource for scope in kind})
    condition: dict[str, dict[str, Any]] = {}
    for operator, key, values in kind[0].condition:
        condition.setdefault(operator, {})[key] = list(values) if len(values) > 1 else values[0]
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [action for action, own in where.items() if set(own) & set(kind)],
        "Resource": resources if len(resources) > 1 else resources[0],
        **({"Condition": condition} if condition else {}),
    }


def text(module: str) -> str:
    return json.dumps(policy(module), indent=2) + "\n"


def unscoped() -> str:
    """A table of the writes whose statement no tag, name or path narrows, and why."""
    rows = ["| policy | actions | on | since |", "|---|---|---|---|"]
    for (module, kind), (why, operations) in sorted(OTHERS.items()):
        rows.append(f"| `{module}` | {', '.join(operations.split())} | `{kind}` | {why} |")
    by_module: dict[tuple[str, str, str], list[str]] = {}
    for module in MODULES:
        for action in sorted(permissions(module) & NAMED.keys()):
            if any(scope.sid == "Others" for scope in scopes(module, action)):
                resource, why = NAMED[action]
                by_module.setdefault((module, resource, why), []).append(action)
    for (module, resource, why), actions in by_module.items():
        rows.append(f"| `{module}` | {', '.join(actions)} | `{resource}` | {why} |")
    flow_logs = [module for module in MODULES if "iam:PassRole" in permissions(module)]
    rows += [f"| `{module}` | iam:PassRole | `*`, to flow logs | the role is yours |" for module in flow_logs]
    return "\n".join(rows)


def readme() -> str:
    text_ = (POLICIES / "README.md").read_text(encoding="utf-8")
    before, _, rest = text_.partition(BEGIN)
    return f"{before}{BEGIN}\n{unscoped()}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    (POLICIES / "README.md").write_text(readme(), encoding="utf-8")
    for module in MODULES:
        (POLICIES / f"{module}.json").write_text(text(module), encoding="utf-8")
        print(f"docs/iam/{module}.json")


if __name__ == "__main__":
    main()
