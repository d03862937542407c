# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases and tables of the catalog: names in lower case, versions from 0, tags that end with their database.

"For Hive compatibility, this is folded to lowercase when it is stored":
https://docs.aws.amazon.com/glue/latest/webapi/API_DatabaseInput.html and API_TableInput.html
"""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.glue.models import FakeDatabase, FakeTable
from moto.glue.models import GlueBackend as MotoGlueBackend
from moto.utilities.utils import get_partition


class GlueError(ServiceException):
    """Error of Glue: GlueError(code, message)."""


class Table(FakeTable):
    """Table whose first version is 0: verified on AWS in https://github.com/floci-io/floci/issues/1205."""

    def __init__(self, database: str, name: str, table_input: dict[str, Any], catalog_id: str, created_by: str = ""):
        super().__init__(database, name, table_input, catalog_id)
        self._current_version = 0
        self.versions = {"0": _folded(table_input)}
        self.updated_time = self.created_time
        self.created_by = created_by

    @property
    def current_version(self) -> str:
        return str(self._current_version)

    def update(self, table_input: dict[str, Any]) -> None:
        """Replace the whole definition: "TableInput: An updated TableInput object to define the metadata table"."""
        super().update(_folded(table_input))

    def as_dict(self, version: str | None = None) -> dict[str, Any]:
        """Return the Table. Numbers and booleans that weren't given are 0 and false (not verified for each)."""
        described = {"PartitionKeys": [], "Retention": 0, "IsRegisteredWithLakeFormation": False}
        described |= super().as_dict(version) | {"Name": self.name, "CreatedBy": self.created_by}
        storage = {"Compressed": False, "NumberOfBuckets": 0, "StoredAsSubDirectories": False, "SortColumns": []}
        if "StorageDescriptor" in described:
            described["StorageDescriptor"] = storage | described["StorageDescriptor"]
        return described


def _folded(table_input: dict[str, Any]) -> dict[str, Any]:
    return table_input | {"Name": table_input["Name"].lower()}


class GlueBackend(MotoGlueBackend):
    def database_arn(self, name: str) -> str:
        return f"arn:{get_partition(self.region_name)}:glue:{self.region_name}:{self.account_id}:database/{name}"

    def create_database(
        self, database_name: str, database_input: dict[str, Any], tags: dict[str, str] | None = None
    ) -> FakeDatabase:
        return super().create_database(database_name.lower(), database_input, tags)

    def get_database(self, database_name: str) -> FakeDatabase:
        return super().get_database(database_name.lower())

    def update_database(self, database_name: str, database_input: dict[str, Any]) -> None:
        super().update_database(database_name.lower(), database_input)

    def delete_database(self, database_name: str) -> None:
        super().delete_database(database_name.lower())
        self.tagger.delete_all_tags_for_resource(self.database_arn(database_name.lower()))

    def add_table(self, database_name: str, table_input: dict[str, Any], created_by: str) -> None:
        database, name = self.get_database(database_name), table_input["Name"].lower()
        if name in database.tables:
            raise GlueError("AlreadyExistsException", "Table already exists.")
        database.tables[name] = Table(database.name, name, table_input, self.account_id, created_by)

    def get_table(self, database_name: str, table_name: str) -> FakeTable:
        return super().get_table(database_name, table_name.lower())

    def delete_table(self, database_name: str, table_name: str) -> None:
        super().delete_table(database_name, table_name.lower())
