# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permissions that a DynamoDB call needs on its tables, and the tables' own policies.

Actions and resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html.
Which calls may name another account's table by its ARN: rbac-iam-actions of the developer guide ("Cross-account
support").
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends

from emulator.iam.conditions import Context
from emulator.iam.resource_policies import HOLDERS, Held

Permission = tuple[str, str, Context]
# rbac-iam-actions, "Cross-account support", of the operations that this emulator has.
ACROSS_ACCOUNTS = {
    *("BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement", "GetItem"),
    *("PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem"),
    *("DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups", "DeleteTable", "UpdateTable"),
    *("GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy"),
    *("ListTagsOfResource", "TagResource", "UntagResource"),
}
# Header by which a test says through which VPC endpoint a call comes; AWS knows that by itself.
FROM_ENDPOINT = "HTTP_X_EMULATOR_SOURCE_VPCE"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
_STATEMENT = re.compile(r'\s*(SELECT\b.*?\bFROM|INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?([\w.:/-]+)"?', re.I | re.S)
_VERBS = {"S": "PartiQLSelect", "I": "PartiQLInsert", "U": "PartiQLUpdate", "D": "PartiQLDelete"}


def permissions(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> list[Permission]:
    """Return (action, ARN of a table, condition keys) for all that a call asks for; "*" where it names no table."""
    wanted = [(action, arn_of(account_id, region, name)) for action, name in _named(operation, parameters)]
    return [(f"dynamodb:{action}", arn, {}) for action, arn in wanted] or [(f"dynamodb:{operation}", "*", {})]


def _named(operation: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (action, table's name or ARN)."""
    if name := parameters.get("TableName") or parameters.get("ResourceArn"):
        yield operation, name
        if operation == "CreateTable" and parameters.get("Tags"):
            yield "TagResource", name
        if operation == "CreateTable" and parameters.get("ResourcePolicy"):
            yield "PutResourcePolicy", name
    for name in parameters.get("RequestItems") or ():
        yield operation, name
    for item in parameters.get("TransactItems") or ():
        for kind, one in item.items():
            action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
            yield action, one["TableName"]
    statements = [parameters, *(parameters.get("Statements") or ()), *(parameters.get("TransactStatements") or ())]
    for one in statements:
        if text := one.get("Statement"):
            found = _STATEMENT.match(text)
            if found is None:
                raise NotImplementedError(f"the PartiQL statement {text}")
            yield _VERBS[found[1][0].upper()], found[2]


def arn_of(account_id: str, region: str, name: str) -> str:
    """Return the ARN of a table, given by its name or ARN; of an index's or stream's ARN that of its table."""
    if name.startswith("arn:"):
        return "/".join(name.split("/")[:2])
    return f"arn:aws:dynamodb:{region}:{account_id}:table/{name}"


def owner(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> str:
    """Return the account whose table a call is about: another's only if the call names its ARN, and may."""
    if operation not in ACROSS_ACCOUNTS:
        return account_id
    arns = [arn for _action, arn, _context in permissions(account_id, region, operation, parameters) if arn != "*"]
    accounts = {arn.split(":")[4] for arn in arns if _table(arn) is not None} - {account_id}
    if accounts and len({arn.split(":")[4] for arn in arns}) > 1:
        raise NotImplementedError("one call on tables of several accounts")
    return accounts.pop() if accounts else account_id


def has_policies(account_id: str, region: str, operation: str, parameters: dict[str, Any]) -> bool:
    """Return true if one of a call's tables has a policy or is another account's: an administrator is limited, too."""
    arns = [arn for _action, arn, _context in permissions(account_id, region, operation, parameters) if arn != "*"]
    return any(arn.split(":")[4] != account_id or _held(arn).policy for arn in arns)


def context_of(environ: dict[str, Any]) -> dict[str, str | list[str]]:
    """Return aws:SourceVpce and aws:SourceVpc of a call through a gateway endpoint.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-ddb.html. The endpoint's own policy isn't
    evaluated. Raises NotImplementedError for an endpoint that doesn't exist or is another service's.
    """
    endpoint_id = environ.get(FROM_ENDPOINT)
    if not endpoint_id:
        return {}
    for account_id in list(ec2_backends):
        for backend in ec2_backends[account_id].values():
            if (endpoint := backend.vpc_end_points.get(endpoint_id)) and endpoint.service_name.endswith(".dynamodb"):
                return {"aws:sourcevpce": endpoint_id, "aws:sourcevpc": endpoint.vpc_id}
    raise NotImplementedError(f"{endpoint_id} is no VPC endpoint of DynamoDB here")


def _backend(arn: str) -> Any:
    """Return moto's backend of a table's ARN, None before DynamoDB's first call."""
    moto = sys.modules.get("moto.dynamodb.models")
    _arn, _partition, _dynamodb, region, account_id, _name = arn.split(":", 5)
    return moto.dynamodb_backends[account_id][region] if moto else None


def _table(arn: str) -> Any:
    backend = _backend(arn)
    return backend and backend.tables.get(arn.rpartition("/")[2])


def _held(arn: str) -> Held:
    # A table that doesn't exist has an owner, too: who may not call it must not learn that.
    policy = _backend(arn).resource_policies.get(arn) if _table(arn) is not None else None
    return Held(arn.split(":")[4], policy.policy_doc if policy else None)


HOLDERS["dynamodb"] = _held
