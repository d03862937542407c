# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Glue's databases and tables: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog.html"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import HUB, error_of

ARN = f"arn:aws:glue:eu-central-1:{HUB}:database/logs"
TABLE = {
    "Name": "flows",
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"projection.enabled": "true"},
    "PartitionKeys": [{"Name": "day", "Type": "string"}],
    "StorageDescriptor": {"Columns": [{"Name": "srcaddr", "Type": "string"}], "Location": "s3://logs/flows/"},
}


@pytest.fixture
def glue(client: Callable[..., Any]) -> Any:
    """Glue's client, with the database logs."""
    glue = client(HUB, "glue")
    glue.create_database(DatabaseInput={"Name": "logs", "Parameters": {"a": "b"}}, Tags={"closednet": "yes"})
    return glue


def test_names_are_folded_to_lower_case(glue: Any) -> None:
    """ "For Hive compatibility, this is folded to lowercase when it is stored": API_DatabaseInput, API_TableInput."""
    glue.create_database(DatabaseInput={"Name": "Other"})
    assert [one["Name"] for one in glue.get_databases()["DatabaseList"]] == ["logs", "other"]
    glue.create_table(DatabaseName="OTHER", TableInput=TABLE | {"Name": "Flows"})
    assert glue.get_table(DatabaseName="other", Name="FLOWS")["Table"]["Name"] == "flows"
    code, text = error_of(glue.create_table, DatabaseName="other", TableInput=TABLE)
    assert (code, text) == ("AlreadyExistsException", "Table already exists.")
    code, text = error_of(glue.create_database, DatabaseInput={"Name": "LOGS"})
    assert (code, text) == ("AlreadyExistsException", "Database already exists.")


def test_what_does_not_exist(glue: Any) -> None:
    """Texts as in https://github.com/getmoto/moto/blob/master/moto/glue/exceptions.py."""
    assert error_of(glue.get_database, Name="gone") == ("EntityNotFoundException", "Database gone not found.")
    absent = ("EntityNotFoundException", "Table gone not found.")
    assert error_of(glue.get_table, DatabaseName="logs", Name="gone") == absent
    assert error_of(glue.delete_table, DatabaseName="logs", Name="gone") == absent
    assert error_of(glue.update_table, DatabaseName="logs", TableInput=TABLE | {"Name": "gone"}) == absent
    absent = ("EntityNotFoundException", "Database gone not found.")
    assert error_of(glue.create_table, DatabaseName="gone", TableInput=TABLE) == absent


def test_update_replaces_the_whole_definition_and_counts_versions_from_zero(glue: Any) -> None:
    """Verified on AWS in https://github.com/floci-io/floci/issues/1205."""
    glue.create_table(DatabaseName="logs", TableInput=TABLE)
    created = glue.get_table(DatabaseName="logs", Name="flows")["Table"]
    assert created["VersionId"] == "0"
    assert created["Parameters"] == {"projection.enabled": "true"}
    glue.update_table(DatabaseName="logs", TableInput={"Name": "flows", "Description": "new"}, VersionId="0")
    updated = glue.get_table(DatabaseName="logs", Name="flows")["Table"]
    assert (updated["VersionId"], updated["Description"], updated["PartitionKeys"]) == ("1", "new", [])
    assert "Parameters" not in updated
    assert "StorageDescriptor" not in updated
    assert error_of(glue.update_table, DatabaseName="logs", TableInput=TABLE, VersionId="0") == (
        "ConcurrentModificationException",
        "Update table failed due to concurrent modifications.",
    )
    versions = glue.get_table_versions(DatabaseName="logs", TableName="flows")["TableVersions"]
    assert sorted(one["VersionId"] for one in versions) == ["0", "1"]


def test_lists_come_in_pages(glue: Any) -> None:
    """API_GetTables: MaxResults, NextToken; 100 in a page at most."""
    for number in range(105):
        glue.create_table(DatabaseName="logs", TableInput=TABLE | {"Name": f"t{number:03}"})
    first = glue.get_tables(DatabaseName="logs")
    assert len(first["TableList"]) == 100
    rest = glue.get_tables(DatabaseName="logs", NextToken=first["NextToken"])
    assert [one["Name"] for one in rest["TableList"]] == ["t100", "t101", "t102", "t103", "t104"]
    assert "NextToken" not in rest
    pages = glue.get_paginator("get_tables").paginate(DatabaseName="logs", PaginationConfig={"PageSize": 50})
    assert [len(one["TableList"]) for one in pages] == [50, 50, 5]
    assert len(glue.get_databases(MaxResults=1)["DatabaseList"]) == 1


def test_tags_of_a_database(glue: Any) -> None:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html. A deleted database's tags end with it."""
    assert glue.get_tags(ResourceArn=ARN)["Tags"] == {"closednet": "yes"}
    glue.tag_resource(ResourceArn=ARN, TagsToAdd={"owner": "payments", "closednet": "no"})
    glue.untag_resource(ResourceArn=ARN, TagsToRemove=["closednet"])
    assert glue.get_tags(ResourceArn=ARN)["Tags"] == {"owner": "payments"}
    glue.delete_database(Name="logs")
    assert error_of(glue.get_tags, ResourceArn=ARN)[0] == "EntityNotFoundException"
    glue.create_database(DatabaseInput={"Name": "logs"})
    assert glue.get_tags(ResourceArn=ARN)["Tags"] == {}


def test_update_of_a_database_replaces_its_definition(glue: Any) -> None:
    """API_UpdateDatabase: DatabaseInput specifies "the new definition of the existing database"."""
    glue.update_database(Name="LOGS", DatabaseInput={"Name": "logs", "Description": "new"})
    database = glue.get_database(Name="logs")["Database"]
    assert database["Description"] == "new"
    assert "Parameters" not in database
    glue.delete_database(Name="logs")
    assert error_of(glue.get_table, DatabaseName="logs", Name="flows")[0] == "EntityNotFoundException"
