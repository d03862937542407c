# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contents of an account in DynamoDB: tables with their policies. Their rows are the operator's alone to read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Contents = Iterator[tuple[str, list[dict[str, Any]]]]
KEYS = ("KeySchema", "AttributeDefinitions", "BillingModeSummary", "DeletionProtectionEnabled", "ItemCount")


def read_tables(dynamodb: Any) -> Contents:
    names = dynamodb.list_tables()["TableNames"]
    tables = [dynamodb.describe_table(TableName=name)["Table"] for name in names]
    yield "tables", [_read(dynamodb, table) for table in tables if table["TableStatus"] != "DELETING"]


def _read(dynamodb: Any, table: dict[str, Any]) -> dict[str, Any]:
    name, arn = table["TableName"], table["TableArn"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    try:
        policy = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    except dynamodb.exceptions.PolicyNotFoundException:
        policy = None
    return {
        "Arn": arn,
        **{key: table.get(key) for key in KEYS},
        "backups": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        "policy": policy,
        "Tags": dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"],
    }
