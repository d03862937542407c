# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Glue tables that give a stream its schema."""

from __future__ import annotations

from typing import Any

from moto.firehose.exceptions import InvalidArgumentException
from moto.glue.exceptions import GlueClientError
from moto.glue.models import glue_backends

from emulator.firehose.parquet import Malformed, Schema
from emulator.iam.resource_policies import may, trusts

NOT_FOUND = (
    "The specified table/database could not be found. Please ensure that the table/database exists and that the values "
    "provided in the schema configuration are correct, especially with regards to casing."
)


class SchemaError(Exception):
    """No schema: code and text of the records' failures; those of a missing table are quoted by another emulator."""

    def __init__(self, code: str, text: str):
        super().__init__(text)
        self.code = code


def table_named(stream: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """Return dataCatalogTable of an error object, with the members that were probed on AWS (see parquet.py)."""
    return {
        "catalogId": schema.get("CatalogId", stream.account_id),
        "databaseName": schema["DatabaseName"],
        "tableName": schema["TableName"],
        "region": schema.get("Region", stream.region),
        "versionId": schema.get("VersionId", "LATEST"),
        "roleArn": schema["RoleARN"],
    }


def check_access(account_id: str, region: str, schema: dict[str, Any]) -> None:
    """Raise InvalidArgumentException unless a stream's role may read an existing table.

    The text: terraform-provider-aws, retryDeliveryStreamOp. A missing table is refused when the stream is created, with
    an error that wraps Glue's EntityNotFoundException (probed by floci's authors); its text is not verified.
    """
    if not _may_read(account_id, region, schema):
        raise InvalidArgumentException(
            "Access was denied when calling Glue. Please ensure that the role specified in the data format conversion "
            "configuration has the necessary permissions."
        )
    if _table(account_id, region, schema) is None:
        raise InvalidArgumentException(f"{NOT_FOUND} EntityNotFoundException")


def schema_of(stream: Any, configuration: dict[str, Any]) -> Schema:
    """Return the schema by which a stream converts records now. Raises SchemaError."""
    schema = configuration["SchemaConfiguration"]
    if not _may_read(stream.account_id, stream.region, schema):
        raise SchemaError("DataFormatConversion.AccessDenied", "Access was denied when calling Glue.")
    table = _table(stream.account_id, stream.region, schema)
    if table is None:
        raise SchemaError("DataFormatConversion.EntityNotFound", NOT_FOUND)
    options = configuration["InputFormatConfiguration"]["Deserializer"]["OpenXJsonSerDe"]
    try:
        return Schema(table, options)
    except Malformed as error:
        raise SchemaError("DataFormatConversion.InvalidSchema", f"The schema is invalid: {error}") from None


def _may_read(account_id: str, region: str, schema: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-glue: glue:GetTable,
    glue:GetTableVersion and glue:GetTableVersions."""
    role = schema["RoleARN"]
    if not trusts(role, "firehose.amazonaws.com", {"sts:ExternalId": account_id}):
        return False
    region, catalog = schema.get("Region", region), schema.get("CatalogId", account_id)
    table = f"arn:aws:glue:{region}:{catalog}:table/{schema['DatabaseName']}/{schema['TableName']}"
    return may(role, "glue:GetTableVersions", table, region=region).allows


def _table(account_id: str, region: str, schema: dict[str, Any]) -> dict[str, Any] | None:
    backend = glue_backends[schema.get("CatalogId", account_id)][schema.get("Region", region)]
    version = schema.get("VersionId", "LATEST")
    try:
        table = backend.get_table(schema["DatabaseName"], schema["TableName"])
        return table.versions[str(max(map(int, table.versions))) if version == "LATEST" else version]
    except (GlueClientError, KeyError):
        return None
