# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables with states that take time, and backends that forget a deleted table with its policy.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html: TableStatus.
"""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models import Table as MotoTable

from emulator.transitions import StateClock, Transition


class DynamoError(JsonRESTError):
    """Error of DynamoDB: DynamoError(code, message)."""

    code = 400

    def __init__(self, code: str, message: str):
        super().__init__(f"com.amazonaws.dynamodb.v20120810#{code}", message)


class Table(MotoTable):
    state = StateClock("dynamodb-table")

    def describe(self, base_key: str = "TableDescription") -> dict[str, Any]:
        answer = super().describe(base_key)
        answer[base_key]["TableStatus"] = self.state
        if self.billing_mode == "PROVISIONED":
            # "BillingModeSummary" is of tables that were on-demand at some time; moto answers it always.
            answer[base_key].pop("BillingModeSummary")
        return answer


class TablesBackend(DynamoDBBackend):
    """moto's backend, whose tables are of the class above."""

    def create_table(self, *args: Any, **kwargs: Any) -> MotoTable:
        self.forget_deleted()
        table = super().create_table(*args, **kwargs)
        table.__class__ = Table
        table.state = Transition("CREATING", "ACTIVE")  # type: ignore[attr-defined]
        return table

    def update_table(self, name: str, *args: Any, **kwargs: Any) -> MotoTable:
        self.usable(name)
        table = super().update_table(name, *args, **kwargs)
        table.state = Transition("UPDATING", "ACTIVE")  # type: ignore[attr-defined]
        return table

    def delete_table(self, name: str) -> MotoTable:
        """Begin to delete a table: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html"""
        table = self.usable(name)
        if table.deletion_protection_enabled:
            raise DynamoError(
                "ValidationException",
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection"
                " first.",
            )
        table.state = Transition("DELETING", "DELETED")  # type: ignore[attr-defined]
        return table

    def get_table(self, table_name: str) -> MotoTable:
        self.forget_deleted()
        return super().get_table(table_name)

    def usable(self, name: str) -> MotoTable:
        """Return a table that can be changed or deleted. Raises ResourceInUseException, ResourceNotFoundException.

        API_UpdateTable and API_DeleteTable: in another state than ACTIVE (deletion: UPDATING, too) the operation is
        refused. The text: https://github.com/aws/aws-cdk/issues/11346
        """
        table = self.get_table(name)
        state = table.state  # type: ignore[attr-defined]
        if state != "ACTIVE":
            raise DynamoError(
                "ResourceInUseException",
                f"Attempt to change a resource which is still in use: Table is being {_MOVING[state]}: {table.name}",
            )
        return table

    def forget_deleted(self) -> None:
        for name, table in list(self.tables.items()):
            if table.state == "DELETED":  # type: ignore[attr-defined]
                del self.tables[name]
                self.resource_policies.pop(table.table_arn, None)

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Set tags: a key that the table has gets the new value, where moto keeps both."""
        table = self.get_table(arn)
        self.untag_resource(table.table_arn, list(tags))
        super().tag_resource(table.table_arn, tags)


_MOVING = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}
