# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents of an algorithm registry: who reads and writes its tables, and what its own roles may do.

A table's policy denies everybody else, administrators of the account too, so that no identity policy opens it. It
denies operations on items only: whoever may change the policy still may. Their ARNs contain {partition} and {region}.

Sources: "Resource-based policies for DynamoDB" (rbac-examples, rbac-iam-actions), "DynamoDB gateway endpoints"
(vpc-endpoints-ddb: aws:SourceVpce), Service Authorization Reference (list_amazondynamodb).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# What the front does. A Scan would read all customers' rows at once, and PartiQL may scan.
FRONT = ("dynamodb:GetItem", "dynamodb:Query")
CHECKER = ("dynamodb:PutItem",)
# Sid of the statement that lists who has access.
NOBODY_ELSE = "NobodyElse"
# Every action that reads or writes items of a table, or copies of them.
ITEMS = tuple(
    f"dynamodb:{action}"
    for action in (
        *("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "ExportTableToPointInTime", "GetItem"),
        *("PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate", "PutItem", "Query", "Scan", "UpdateItem"),
    )
)


def registry_table(arn: str, front: str, operators: Sequence[str], endpoint_id: Any) -> dict[str, Any]:
    """Return the policy of the table of algorithms. endpoint_id: the gateway endpoint of the front's VPC."""
    return _document(*_only(arn, [front, *operators]), *_may("Front", arn, front, FRONT, endpoint_id))


def health_table(arn: str, front: str, operators: Sequence[str], checker: str, endpoint_id: Any) -> dict[str, Any]:
    """Return the policy of the table of their health, which the checker writes and doesn't read."""
    return _document(
        *_only(arn, [front, checker, *operators]),
        *_may("Front", arn, front, FRONT, endpoint_id),
        *_may("Checker", arn, checker, CHECKER, endpoint_id),
    )


def _only(arn: str, principals: Sequence[str]) -> list[dict[str, Any]]:
    others = {"ArnNotEquals": {"aws:PrincipalArn": sorted(set(principals))}}
    return [_statement(NOBODY_ELSE, "Deny", "*", ITEMS, arn, others)]


def _may(who: str, arn: str, role: str, actions: Sequence[str], endpoint_id: Any) -> list[dict[str, Any]]:
    """Return the statements that let a role do these actions through the endpoint, and nothing else with items."""
    is_it = {"ArnEquals": {"aws:PrincipalArn": role}}
    elsewhere = {**is_it, "StringNotEquals": {"aws:SourceVpce": endpoint_id}}
    more = [action for action in ITEMS if action not in actions]
    return [
        _statement(who, "Allow", {"AWS": role}, actions, arn, {"StringEquals": {"aws:SourceVpce": endpoint_id}}),
        _statement(f"{who}NothingMore", "Deny", "*", more, arn, is_it),
        _statement(f"{who}ThroughTheEndpoint", "Deny", "*", actions, arn, elsewhere),
    ]


def checker_permissions(table_arn: str, log_group_arn: str, function_arn: str) -> dict[str, Any]:
    """Return what the checker's role may do: write health and its log; interfaces in the VPC, through Lambda.

    Lambda creates the interfaces with the role of the function, whose own code must not ("Giving Lambda functions
    access to resources in an Amazon VPC", the example with lambda:SourceFunctionArn).
    """
    interfaces = [
        *("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
        *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
    ]
    own_code = {"ArnEquals": {"lambda:SourceFunctionArn": function_arn}}
    return _document(
        _identity("Health", "Allow", CHECKER, table_arn),
        _identity("Log", "Allow", ("logs:CreateLogStream", "logs:PutLogEvents"), f"{log_group_arn}:*"),
        _identity("Interfaces", "Allow", interfaces, "*"),
        {**_identity("NotByItsCode", "Deny", interfaces, "*"), "Condition": own_code},
    )


def schedule_permissions(function_arn: str) -> dict[str, Any]:
    return _document(_identity("Invoke", "Allow", ("lambda:InvokeFunction",), function_arn))


def trust(service: str, account_id: str) -> dict[str, Any]:
    """Return the trust policy for a service that acts for this account only ("The confused deputy problem").

    As AWS writes it for Lambda, too: aws/agent-toolkit-for-aws, lambda-trust-policy.json.
    """
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return _document({**statement, "Condition": {"StringEquals": {"aws:SourceAccount": account_id}}})


def _statement(
    sid: str, effect: str, principal: Any, actions: Sequence[str], resource: str, condition: Any
) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": effect,
        "Principal": principal,
        "Action": list(actions),
        "Resource": resource,
        "Condition": condition,
    }


def _identity(sid: str, effect: str, actions: Sequence[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": effect, "Action": list(actions), "Resource": resource}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
