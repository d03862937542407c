# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re
from typing import Any

from moto.core.responses import TYPE_RESPONSE, ActionResult, EmptyResult
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords
from moto.dynamodb.responses import DynamoHandler

from emulator.dynamodb.models import DynamoError
from emulator.iam.conditions import PolicyError, as_list
from emulator.iam.policy import Policy
from emulator.s3 import policies

# Operations on items, which a table has only once it is ACTIVE or being updated.
OF_ITEMS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")
# What moto or this class acts on; another member of a request is not silently left out.
KNOWN = {
    "CreateTable": "AttributeDefinitions TableName KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes BillingMode"
    " ProvisionedThroughput StreamSpecification SSESpecification Tags DeletionProtectionEnabled ResourcePolicy",
    "UpdateTable": "AttributeDefinitions TableName BillingMode ProvisionedThroughput GlobalSecondaryIndexUpdates"
    " StreamSpecification DeletionProtectionEnabled",
    "PutResourcePolicy": "ResourceArn Policy ExpectedRevisionId",
    "UpdateContinuousBackups": "TableName PointInTimeRecoverySpecification",
}
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: "20 KB".
POLICY_BYTES = 20 * 1024


class DynamoResponses(DynamoHandler):
    def call_action(self) -> TYPE_RESPONSE:
        operation, given = self._get_action(), getattr(self, "params", {})
        if operation in KNOWN and (unknown := set(given) - set(KNOWN[operation].split())):
            raise NotImplementedError(f"{operation} with {', '.join(sorted(unknown))}")
        if operation in OF_ITEMS:
            table = self.dynamodb_backend.get_table(given["TableName"])
            if table.state not in ("ACTIVE", "UPDATING"):  # type: ignore[attr-defined]
                # API_PutItem: "The resource might not be specified correctly, or its status might not be ACTIVE."
                raise DynamoError("ResourceNotFoundException", "Requested resource not found")
        _check_reserved(given)
        return super().call_action()

    def create_table(self) -> ActionResult:
        policy = self.body.get("ResourcePolicy")
        if policy:
            _check_policy(policy)
        answer = super().create_table()
        if policy:
            table = self.dynamodb_backend.get_table(self.body["TableName"])
            self.dynamodb_backend.put_resource_policy(table.table_arn, policy, None)
        return answer

    def tag_resource(self) -> ActionResult:
        table = self.dynamodb_backend.get_table(self.body["ResourceArn"])
        tags = {tag["Key"]: tag.get("Value") for tag in self.body["Tags"]}
        self.dynamodb_backend.tag_resource(table.table_arn, tags)
        return EmptyResult()

    def put_resource_policy(self) -> ActionResult:
        _check_policy(self.body["Policy"])
        return super().put_resource_policy()

    def update_continuous_backups(self) -> ActionResult:
        """Answer UpdateContinuousBackups; not possible while the table is being created.

        The text is that of https://github.com/aws-amplify/amplify-backend/issues/1654.
        """
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        if table.state == "CREATING":  # type: ignore[attr-defined]
            raise DynamoError(
                "ContinuousBackupsUnavailableException",
                f"Backups are being enabled for the table: {table.name}. Please retry later",
            )
        return super().update_continuous_backups()


def _check_policy(text: str) -> None:
    """Raise ValidationException for a policy that DynamoDB refuses; the texts are not verified.

    Size: ServiceQuotas of the developer guide. Public access: rbac-bpa-rbp. That principals have to exist is as in S3
    and KMS, and not verified.
    """
    if len(text.encode()) > POLICY_BYTES:
        raise _refused("the size limit of 20 KB is exceeded")
    try:
        bodies = [statement.body for statement in Policy("policy", "resource", text).statements()]
    except PolicyError as error:
        raise _refused(str(error)) from error
    for body in bodies:
        principal = body.get("Principal", body.get("NotPrincipal"))
        named = [] if principal == "*" else as_list((principal or {}).get("AWS", []))
        if principal is None or not all(policies.exists(each) for each in named):
            raise _refused("Invalid principal in policy")
    if policies.is_public({"Statement": bodies}):
        raise _refused("Resource-based policy grants public access")


def _refused(why: str) -> DynamoError:
    return DynamoError("ValidationException", f"Invalid policy document: {why}")


def _check_reserved(given: dict[str, Any]) -> None:
    """Raise ValidationException for a reserved word in a key condition, where moto accepts it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
    """
    words = set(re.findall(r"(?<![#:\w])[A-Za-z_]\w*", given.get("KeyConditionExpression") or ""))
    reserved = set(ReservedKeywords.get_reserved_keywords()) - {"AND", "BETWEEN"}
    for word in sorted(words - {"begins_with"}):
        if word.upper() in reserved:
            raise DynamoError(
                "ValidationException",
                "Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: " + word,
            )
