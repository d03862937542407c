# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables, files and queries for the tests of Athena."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.emulator.conftest import HUB, Emulator

BUCKET, DATABASE = "the-logs", "logs"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
HOURS = {
    "type": "date",
    "format": "yyyy/MM/dd/HH",
    "range": "2024/01/01/00,NOW",
    "interval": "1",
    "interval.unit": "HOURS",
}


class Lake:
    """A bucket, a database and Athena of one account."""

    def __init__(self, emulator: Emulator, account_id: str = HUB):
        self.athena = emulator.client(account_id, "athena")
        self.glue = emulator.client(account_id, "glue")
        self.s3 = emulator.client(account_id, "s3")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.glue.create_database(DatabaseInput={"Name": DATABASE})
        managed = {"ManagedQueryResultsConfiguration": {"Enabled": True}}
        self.athena.create_work_group(Name="logs", Configuration=managed)

    def table(
        self,
        name: str,
        columns: dict[str, str],
        location: str = "",
        serde: str = PARQUET,
        partitions: tuple[str, ...] = (),
        serde_parameters: dict[str, str] | None = None,
        input_format: str = "",
        **parameters: str,
    ) -> None:
        """Create a table at s3://the-logs/NAME/, or under the location. parameters: with __ for a dot."""
        self.glue.create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "PartitionKeys": [{"Name": partition, "Type": "string"} for partition in partitions],
                "Parameters": {key.replace("__", "."): value for key, value in parameters.items()},
                "StorageDescriptor": {
                    "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                    "Location": f"s3://{BUCKET}/{location or name}/",
                    "InputFormat": input_format,
                    "SerdeInfo": {"SerializationLibrary": serde, "Parameters": serde_parameters or {}},
                },
            },
        )

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def start(self, sql: str, *parameters: str, workgroup: str = "logs") -> dict[str, Any]:
        """Start a query and return its QueryExecution."""
        given = {"ExecutionParameters": list(parameters)} if parameters else {}
        id_ = self.athena.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": DATABASE}, WorkGroup=workgroup, **given
        )["QueryExecutionId"]
        return self.athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]

    def rows(self, sql: str, *parameters: str) -> list[list[str | None]]:
        """Return a query's rows without the header."""
        return self.table_of(sql, *parameters)[1:]

    def table_of(self, sql: str, *parameters: str) -> list[list[str | None]]:
        """Return a query's rows, the header first."""
        execution = self.start(sql, *parameters)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        results = self.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[value.get("VarCharValue") for value in row["Data"]] for row in results["ResultSet"]["Rows"]]

    def failure(self, sql: str, *parameters: str) -> str:
        """Return the reason why a query fails."""
        status = self.start(sql, *parameters)["Status"]
        assert status["State"] == "FAILED", status
        assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
        return status["StateChangeReason"]


def parquet(rows: list[dict[str, Any]], int96: bool = False, **types: Any) -> bytes:
    """Return rows as a Parquet file. int96: as Hive writes timestamps; types: pyarrow's by column, or as it infers."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    arrays = [pa.array([row.get(name) for row in rows], types.get(name)) for name in names]
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays, names=names), sink, use_deprecated_int96_timestamps=int96)
    return sink.getvalue()


def projected(**projections: dict[str, str]) -> dict[str, str]:
    """Return the properties of projected partitions: projected(hour=HOURS)."""
    found = {"projection__enabled": "true"}
    for column, properties in projections.items():
        found |= {f"projection__{column}__{key.replace('.', '__')}": value for key, value in properties.items()}
    return found
