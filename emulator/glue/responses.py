# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.responses import GlueResponse

from emulator.accounts import Accounts
from emulator.glue.models import GlueBackend, GlueError, Table
from emulator.pages import page


class GlueResponses(GlueResponse):
    @property
    def glue_backend(self) -> GlueBackend:
        return super().glue_backend  # type: ignore[return-value]

    def get_connection(self) -> ActionResult:
        return ActionResult({"Connection": self._typed(super().get_connection().result["Connection"])})

    def get_connections(self) -> ActionResult:
        result = super().get_connections().result
        return ActionResult(result | {"ConnectionList": [self._typed(one) for one in result["ConnectionList"]]})

    def get_databases(self) -> ActionResult:
        return self._page("DatabaseList", super().get_databases().result["DatabaseList"])

    def create_table(self) -> ActionResult:
        """Create a table. Iceberg's (OpenTableFormatInput) are moto's."""
        given = self.parameters
        if given.get("OpenTableFormatInput"):
            return super().create_table()
        principal = Accounts.principals.find(self.access_key)
        self.glue_backend.add_table(given["DatabaseName"], given["TableInput"], principal.arn if principal else "")
        return EmptyResult()

    def get_tables(self) -> ActionResult:
        return self._page("TableList", super().get_tables().result["TableList"])

    def update_table(self) -> ActionResult:
        """Update a table. Code and text of a stale VersionId: https://github.com/floci-io/floci/issues/1205"""
        given = self.parameters
        table = self.glue_backend.get_table(given["DatabaseName"], given["TableInput"]["Name"])
        version = given.get("VersionId")
        if version is not None and isinstance(table, Table) and version != table.current_version:
            text = "Update table failed due to concurrent modifications."
            raise GlueError("ConcurrentModificationException", text)
        return super().update_table()

    def get_tags(self) -> ActionResult:
        self._require(self.parameters["ResourceArn"])
        return super().get_tags()

    def tag_resource(self) -> ActionResult:
        """Tag a resource: up to 50 tags, https://docs.aws.amazon.com/glue/latest/dg/monitor-tags.html"""
        arn = self.parameters["ResourceArn"]
        self._require(arn)
        tags = self.glue_backend.get_tags(arn) | self.parameters.get("TagsToAdd", {})
        if len(tags) > 50:
            raise GlueError("InvalidInputException", "A resource can have at most 50 tags.")  # not verified
        return super().tag_resource()

    def untag_resource(self) -> ActionResult:
        self._require(self.parameters["ResourceArn"])
        return super().untag_resource()

    def _require(self, arn: str) -> None:
        """Raise EntityNotFoundException for the ARN of a database that doesn't exist; the text is not verified."""
        kind, _slash, name = arn.split(":")[-1].partition("/")
        if kind == "database" and name not in self.glue_backend.databases:
            raise GlueError("EntityNotFoundException", "Entity not found.")

    def _page(self, name: str, items: list[Any]) -> ActionResult:
        """https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html: MaxResults is at most 100."""
        most = self.parameters.get("MaxResults")
        if most is not None and not 1 <= most <= 100:
            raise GlueError("InvalidInputException", "MaxResults must be from 1 to 100")  # not verified
        found, token = page(items, most, self.parameters.get("NextToken"))
        return ActionResult({name: found, "NextToken": token})

    def _typed(self, connection: dict[str, Any]) -> dict[str, Any]:
        """Return moto's connection with ConnectionType and MatchCriteria, which moto stores but leaves out."""
        given = self.glue_backend.connections[connection["Name"]].connection_input
        return connection | {name: given.get(name) for name in ("ConnectionType", "MatchCriteria")}
