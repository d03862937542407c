# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Glue's TableInput of a log archive's tables: SerDe, location and projected partitions, as Athena reads them.

Sources, of the Amazon Athena User Guide: "Set up partition projection", "Supported types for partition projection",
"Amazon Data Firehose example", "Create the table for CloudTrail logs in Athena using partition projection", "Create and
query a table for VPC flow logs", "Create and query a table for netflow logs", "Query Amazon Route 53 Resolver logs".
Where services put their files: "Flow log files" (VPC), "Sending AWS Network Firewall logs to Amazon S3", "Amazon S3"
under "AWS resources that you can send Resolver query logs to" (Route 53), "Finding your CloudTrail log files".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.errors import Invalid
from .tables import RESOURCES, Table

# Earlier than any archive of this collection, and fixed: what a partition's range leaves out is missing silently.
FIRST_DAY = "2024/01/01"
TEXT = "org.apache.hadoop.mapred.TextInputFormat"
IGNORES_KEYS = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
# Regions that a trail may write: a trail of all regions also has what happens in a region that nobody declared, and of
# global services in us-east-1. By the beginning of the declared regions; botocore's endpoints, 2026.
TRAIL_REGIONS = {
    "cn-": "cn-north-1 cn-northwest-1",
    "us-gov-": "us-gov-east-1 us-gov-west-1",
    "eusc-": "eusc-de-east-1",
    "": "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2"
    " ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7"
    " ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3"
    " il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2",
}


def glue_table(
    table: Table,
    name: str,
    bucket: str,
    accounts: Sequence[str],
    regions: Sequence[str],
    organization_id: str = "",
    trail_bucket: str = "",
) -> dict[str, Any]:
    """Return the TableInput of a table.

    name             the archive's, which the table's description says
    accounts         ids of the accounts that its partitions have; those that a table in AWS has already are to be
                     among them (values_of), or the rows of an account that left couldn't be read any more
    regions          regions of the sources
    organization_id  of the organization trail; "": trails of single accounts
    trail_bucket     the trails' bucket, for the table of CloudTrail
    """
    if not accounts:
        raise Invalid("source_account_ids", [], "names no account, and a table's partitions are by account", "one")
    place = _place(table, bucket, organization_id, trail_bucket)
    partitions = _partitions(table, accounts, regions)
    template = place
    for partition in partitions:
        if f"${{{partition}}}" not in template:
            template += f"${{{partition}}}/"
    location = place.partition("${")[0]
    return {
        "Name": table.name,
        "Description": f"{table.type} of the log archive {name}",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": partition, "Type": "string"} for partition in partitions],
        "StorageDescriptor": _storage(table, location.removesuffix("account=")),
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "parquet" if table.format == "parquet" else "json" if _is_json(table) else "csv",
            "projection.enabled": "true",
            "storage.location.template": template,
            **{
                f"projection.{partition}.{key}": value
                for partition, projection in partitions.items()
                for key, value in projection.items()
            },
            **({"skip.header.line.count": "1"} if table.type == "vpc_flow_logs" else {}),
        },
    }


def values_of(table_input: Mapping[str, Any], partition: str) -> list[str]:
    """Return the values of a table's projected enum: accounts, regions or resources; [] if it has none.

    table_input: a TableInput, or the Table of GetTable.
    """
    values = (table_input.get("Parameters") or {}).get(f"projection.{partition}.values", "")
    return [value for value in values.split(",") if value]


def _is_json(table: Table) -> bool:
    return table.format in ("json", "cloudtrail")


def _place(table: Table, bucket: str, organization_id: str, trail_bucket: str) -> str:
    """Return the path of a table's objects up to the first partition that isn't in the middle of it."""
    if table.streamed:
        return f"s3://{bucket}/{table.name}/" if table.raw else f"s3://{bucket}/{table.name}/account=${{account}}/"
    if table.type == "vpc_flow_logs":
        return f"s3://{bucket}/AWSLogs/${{account}}/vpcflowlogs/"
    if table.type == "network_firewall":
        return f"s3://{bucket}/AWSLogs/${{account}}/network-firewall/"
    if table.type == "resolver_queries":
        return f"s3://{bucket}/AWSLogs/${{account}}/vpcdnsquerylogs/"
    if not trail_bucket:
        raise Invalid("trail_bucket", None, f"is missing, and table {table.name} is in it", "the trails' bucket")
    organization = f"{organization_id}/" if organization_id else ""
    return f"s3://{trail_bucket}/AWSLogs/{organization}${{account}}/CloudTrail/${{region}}/"


def _partitions(table: Table, accounts: Sequence[str], regions: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return partition -> its projection, in the order of the path."""
    account = _enum(accounts)
    if table.streamed:
        return {"hour": _hours()} if table.raw else {"account": account, "hour": _hours()}
    if table.type == "vpc_flow_logs":
        return {"account": account, "region": _enum(regions), "day": _days()}
    if table.type == "cloudtrail":
        return {"account": account, "region": _enum({*_trail_regions(regions), *regions}), "day": _days()}
    resources = {RESOURCES[table.type]: _enum(table.resources)} if table.resources else {}
    if table.type == "resolver_queries":
        return {"account": account, **resources, **({"day": _days()} if resources else {})}
    kinds = {"log_type": _enum(("alert", "flow", "tls")), "region": _enum(regions)}
    return {"account": account, **kinds, **resources, **({"hour": _hours()} if resources else {})}


def _trail_regions(regions: Sequence[str]) -> list[str]:
    prefix = next(prefix for prefix in TRAIL_REGIONS if any(region.startswith(prefix) for region in regions or ("",)))
    return TRAIL_REGIONS[prefix].split()


def _enum(values: Any) -> dict[str, str]:
    return {"type": "enum", "values": ",".join(sorted(set(values)))}


def _hours() -> dict[str, str]:
    span = {"range": f"{FIRST_DAY}/00,NOW", "format": "yyyy/MM/dd/HH"}
    return {"type": "date", **span, "interval": "1", "interval.unit": "HOURS"}


def _days() -> dict[str, str]:
    return {
        "type": "date",
        "range": f"{FIRST_DAY},NOW",
        "format": "yyyy/MM/dd",
        "interval": "1",
        "interval.unit": "DAYS",
    }


def _storage(table: Table, location: str) -> dict[str, Any]:
    formats, serde = (TEXT, IGNORES_KEYS), {"SerializationLibrary": OPENX, "Parameters": {}}
    if table.format == "parquet":
        formats = (f"{PARQUET}.MapredParquetInputFormat", f"{PARQUET}.MapredParquetOutputFormat")
        serde = {
            "SerializationLibrary": f"{PARQUET}.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        }
    elif table.format == "cloudtrail":
        formats = ("com.amazon.emr.cloudtrail.CloudTrailInputFormat", IGNORES_KEYS)
        serde = {"SerializationLibrary": "org.apache.hive.hcatalog.data.JsonSerDe", "Parameters": {}}
    elif table.format == "text":
        serde = {"SerializationLibrary": LAZY, "Parameters": _delimiters(table)}
    elif table.streamed:
        # A raw line that is no JSON would end the query.
        serde["Parameters"] = {"ignore.malformed.json": "true"}
    return {
        "Columns": [{"Name": column.name, "Type": column.type} for column in table.columns],
        "Location": location,
        "InputFormat": formats[0],
        "OutputFormat": formats[1],
        "Compressed": table.format != "parquet",
        "SerdeInfo": serde,
    }


def _delimiters(table: Table) -> dict[str, str]:
    if table.type == "vpc_flow_logs":
        return {"field.delim": " ", "serialization.format": " "}
    # The whole line is the column, also one with the delimiter.
    return {
        "field.delim": "\x01",
        "serialization.format": "1",
        "serialization.last.column.takes.rest": "true",
    }
