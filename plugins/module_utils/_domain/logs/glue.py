# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Glue's TableInput of a log archive's tables: SerDe, location and projected partitions, as Athena reads them.

Sources, of the Amazon Athena User Guide: "Set up partition projection", "Supported types for partition projection",
"Amazon Data Firehose example", "Create a table for CloudTrail logs in Athena using partition projection", "Create and
query tables for flow logs in Apache Parquet format / in Text", "Query Amazon Route 53 Resolver logs".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import layout
from .tables import RESOURCES, Table

# Before any archive of this collection: what a table can't see would be missing without a word.
FIRST_DAY = "2024/01/01"
TEXT = "org.apache.hadoop.mapred.TextInputFormat"
IGNORES_KEYS = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
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

    name             the archive's
    accounts         ids of the accounts that its partitions have; those that a table in AWS has already are to be
                     among them (accounts_of), or the rows of an account that left couldn't be read any more
    regions          regions of the sources
    organization_id  of the organization trail; "": trails of single accounts
    trail_bucket     the trails' bucket, for the table of CloudTrail
    """
    raise NotImplementedError


def values_of(table_input: dict[str, Any], partition: str) -> list[str]:
    """Return the values of a table's projected enum: accounts, regions or resources; [] if it has none.

    table_input: TableInput, or the Table of GetTable.
    """
    raise NotImplementedError
