# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Athena finds a table's files as AWS documents it.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html and the pages below it.
"""

from __future__ import annotations

import pytest

from tests.emulator.athena import BUCKET, HOURS, Lake, parquet, projected
from tests.emulator.conftest import Emulator

TEMPLATE = f"s3://{BUCKET}/cloudwatch/account=${{account}}/${{hour}}/"
ACCOUNTS = {"type": "enum", "values": "111111111111,222222222222"}


@pytest.fixture
def lake(emulator: Emulator) -> Lake:
    return Lake(emulator)


@pytest.fixture
def cloudwatch(lake: Lake) -> Lake:
    lake.table(
        "cloudwatch",
        {"message": "string"},
        partitions=("account", "hour"),
        storage__location__template=TEMPLATE,
        **projected(account=ACCOUNTS, hour=HOURS),
    )
    for account, hour, message in (
        ("111111111111", "2026/01/02/03", "a"),
        ("111111111111", "2026/01/02/04", "b"),
        ("222222222222", "2026/01/02/03", "c"),
    ):
        lake.put(f"cloudwatch/account={account}/{hour}/x.parquet", parquet([{"message": message}]))
    return lake


def test_projected_partitions_are_read_by_the_template(cloudwatch: Lake) -> None:
    assert cloudwatch.rows("SELECT count(*) FROM cloudwatch") == [["3"]]
    assert cloudwatch.rows("SELECT account, hour, message FROM cloudwatch ORDER BY message") == [
        ["111111111111", "2026/01/02/03", "a"],
        ["111111111111", "2026/01/02/04", "b"],
        ["222222222222", "2026/01/02/03", "c"],
    ]


def test_conditions_on_partitions_decide_what_is_scanned(cloudwatch: Lake) -> None:
    """tables-location-format.html: then "only data stored in this prefix is scanned"; of Parquet only the columns."""
    every = cloudwatch.start("SELECT message FROM cloudwatch")["Statistics"]["DataScannedInBytes"]
    for condition, share in (
        ("account = '111111111111'", 2 / 3),
        ("account = '111111111111' AND hour >= '2026/01/02/04'", 1 / 3),
        ("hour BETWEEN '2026/01/02/04' AND '2026/01/02/05'", 1 / 3),
        ("NOT (hour = '2026/01/02/03')", 1 / 3),
        ("account IN ('222222222222', '333333333333')", 1 / 3),
        ("hour >= date_format(timestamp '2026-01-02 04:30:00' - interval '1' hour, '%Y/%m/%d/%H')", 1),
        ("hour > date_format(timestamp '2026-01-02 04:30:00' - interval '1' hour, '%Y/%m/%d/%H')", 1 / 3),
        ("(account = '111111111111' OR message = 'c')", 1),
        ("lower(account) = '111111111111'", 1),
        ("account = '111111111111' AND account = '222222222222'", 0),
    ):
        scanned = cloudwatch.start(f"SELECT message FROM cloudwatch WHERE {condition}")["Statistics"]
        assert scanned["DataScannedInBytes"] == pytest.approx(every * share), condition
    assert cloudwatch.start("SELECT count(*) FROM cloudwatch")["Statistics"]["DataScannedInBytes"] == 0
    joined = "SELECT count(*) FROM cloudwatch a JOIN cloudwatch b ON a.message = b.message WHERE a.account LIKE '1%'"
    assert cloudwatch.rows(joined) == [["2"]]


@pytest.mark.parametrize(
    "key",
    [
        "cloudwatch/account=111111111111/2026/01/02/3/x.parquet",
        "cloudwatch/account=111111111111/2026-01-02-03/x.parquet",
        "cloudwatch/account=333333333333/2026/01/02/03/x.parquet",
        "cloudwatch/account=111111111111/2023/12/31/23/x.parquet",
        "cloudwatch/account=111111111111/2999/01/01/00/x.parquet",
        "cloudwatch/account=111111111111/2026/13/02/03/x.parquet",
        "cloudwatch/111111111111/2026/01/02/03/x.parquet",
        "cloudwatch/account=111111111111/2026/01/02/03x.parquet",
        "cloudwatch/account=111111111111/2026/01/02/03/_x.parquet",
        "cloudwatch/account=111111111111/2026/01/02/03/.x.parquet",
        "cloudwatch/account=111111111111/2026/01/02/03/_temporary/x.parquet",
        "Cloudwatch/account=111111111111/2026/01/02/03/x.parquet",
    ],
)
def test_files_elsewhere_are_no_rows_and_no_error(cloudwatch: Lake, key: str) -> None:
    """ "Queries for values that are beyond the range bounds [...] return zero rows"; hidden files aren't read.

    A file in a folder below a partition is: "Athena reads all data stored under the prefix".
    """
    cloudwatch.put(key, parquet([{"message": "elsewhere"}]))
    assert cloudwatch.rows("SELECT count(*) FROM cloudwatch") == [["3"]]
    cloudwatch.put("cloudwatch/account=111111111111/2026/01/02/03/below/x.parquet", parquet([{"message": "there"}]))
    assert cloudwatch.rows("SELECT count(*) FROM cloudwatch") == [["4"]]


def test_a_wrong_template_finds_nothing(cloudwatch: Lake) -> None:
    table = cloudwatch.glue.get_table(DatabaseName="logs", Name="cloudwatch")["Table"]
    table_input = {key: table[key] for key in ("Name", "Parameters", "PartitionKeys", "StorageDescriptor")}
    table_input["Parameters"]["storage.location.template"] = TEMPLATE.replace("account=", "")
    cloudwatch.glue.update_table(DatabaseName="logs", TableInput=table_input)
    assert cloudwatch.rows("SELECT count(*) FROM cloudwatch") == [["0"]]
    assert cloudwatch.rows("SELECT message FROM cloudwatch") == []


@pytest.mark.parametrize(
    ("projection", "names", "found"),
    [
        ({"type": "ENUM ", "values": "a,b c"}, ["a", "b c", "c"], ["a", "b c"]),
        ({"type": "integer", "range": "1,10", "interval": "3"}, ["1", "2", "4", "04", "10", "13"], ["1", "10", "4"]),
        ({"type": "integer", "range": "0,99", "digits": "2"}, ["1", "01", "42"], ["01", "42"]),
        ({"type": "integer", "range": "-5,5"}, ["-3", "6"], ["-3"]),
        (
            {"type": "date", "format": "yyyy-MM-dd", "range": "2026-01-01,2026-01-31"},
            ["2026-01-01", "2026-02-01"],
            ["2026-01-01"],
        ),
        ({"type": "date", "format": "yyyyMM", "range": "202401,NOW"}, ["202401", "202312", "2024-01"], ["202401"]),
        ({"type": "date", "format": "dd-MM-yyyy", "range": "NOW-3YEARS,NOW"}, ["01-01-2020"], []),
        (
            {
                "type": "date",
                "format": "yyyy-MM-dd",
                "range": "2026-01-01,2026-01-31",
                "interval": "2",
                "interval.unit": "days",
            },
            ["2026-01-01", "2026-01-02", "2026-01-03"],
            ["2026-01-01", "2026-01-03"],
        ),
        (
            {
                "type": "date",
                "format": "yyyy-MM",
                "range": "2024-01,2026-01",
                "interval": "6",
                "interval.unit": "MONTHS",
            },
            ["2024-01", "2024-07", "2024-08", "2025-01"],
            ["2024-01", "2024-07", "2025-01"],
        ),
    ],
)
def test_types_of_projection(lake: Lake, projection: dict[str, str], names: list[str], found: list[str]) -> None:
    """partition-projection-supported-types.html. Without a template the path is .../column=value/."""
    lake.table("t", {"x": "bigint"}, partitions=("p",), **projected(p=projection))
    for name in names:
        lake.put(f"t/p={name}/x.parquet", parquet([{"x": 1}]))
    assert [row[0] for row in lake.rows("SELECT p FROM t ORDER BY p")] == found


def test_an_injected_partition_needs_its_value(lake: Lake) -> None:
    """partition-projection-dynamic-id-partitioning.html, with the text of the error."""
    lake.table("t", {"x": "bigint"}, partitions=("device",), **projected(device={"type": "injected"}))
    lake.put("t/device=a/x.parquet", parquet([{"x": 1}]))
    lake.put("t/device=b/x.parquet", parquet([{"x": 2}]))
    assert lake.rows("SELECT x FROM t WHERE device = 'b'") == [["2"]]
    assert lake.rows("SELECT x FROM t WHERE device IN ('a', 'c')") == [["1"]]
    assert lake.rows("SELECT x FROM t WHERE device = ?", "'a'") == [["1"]]
    for condition in ("x = 1", "device LIKE 'a%'", "device = 'a' OR x = 2", "device > 'a'"):
        assert lake.failure(f"SELECT x FROM t WHERE {condition}") == (
            "CONSTRAINT_VIOLATION: For the injected projected partition column device, the WHERE clause must contain "
            "only static equality conditions, and at least one such condition must be present."
        )


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (
            {"projection__enabled": "true"},
            "HIVE_METASTORE_ERROR: Table logs.t is configured for partition projection, but the following partition "
            "columns are missing projection configuration: [p] (table logs.t)",
        ),
        (projected(p={"type": "integer", "range": "1-5"}), 'INVALID_TABLE_PROPERTY: For input string: "1-5"'),
        (
            projected(p={"type": "date", "format": "yyyy/MM/dd/HH", "range": "2024/01/01/00,NOW"}),
            "INVALID_TABLE_PROPERTY: ",
        ),
        (projected(p={"type": "date", "format": "yyyy/MM/dd", "range": "2024-01-01,NOW"}), "INVALID_TABLE_PROPERTY: "),
        (projected(p={"type": "list", "values": "a"}), "INVALID_TABLE_PROPERTY: "),
        (projected(p={"type": "enum"}), "INVALID_TABLE_PROPERTY: "),
        (
            projected(p={"type": "enum", "values": "a"}) | {"storage__location__template": f"s3://{BUCKET}/t/"},
            "INVALID_TABLE_PROPERTY: ",
        ),
    ],
)
def test_a_bad_projection_ends_the_query(lake: Lake, properties: dict[str, str], reason: str) -> None:
    """partition-projection-setting-up.html (the first text), troubleshooting-athena.html (the second).

    The other texts, behind INVALID_TABLE_PROPERTY, are not verified on AWS.
    """
    lake.table("t", {"x": "bigint"}, partitions=("p",), **properties)
    assert lake.failure("SELECT * FROM t").startswith(reason)


def test_without_projection_only_registered_partitions_are_read(lake: Lake) -> None:
    """partitions.html: partitions have to be added to the catalog; with projection the catalog's are ignored."""
    lake.table("t", {"x": "bigint"}, partitions=("p",))
    lake.put("t/p=a/x.parquet", parquet([{"x": 1}]))
    lake.put("elsewhere/x.parquet", parquet([{"x": 2}]))
    assert lake.rows("SELECT * FROM t") == []
    storage = {"Location": f"s3://{BUCKET}/elsewhere/"}
    lake.glue.create_partition(
        DatabaseName="logs", TableName="t", PartitionInput={"Values": ["b"], "StorageDescriptor": storage}
    )
    assert lake.rows("SELECT x, p FROM t") == [["2", "b"]]
    assert lake.rows("SELECT x, p FROM t WHERE p = 'a'") == []


def test_what_does_not_exist(lake: Lake) -> None:
    """Texts measured: https://github.com/aoyagikouhei/athena-local, README."""
    assert lake.failure("SELECT * FROM gone") == (
        "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.logs.gone' does not exist"
    )
    assert lake.failure("SELECT * FROM nowhere.gone").startswith("SCHEMA_NOT_FOUND: line 1:")
    lake.table("t", {"x": "bigint"})
    assert lake.failure("SELECT nope FROM t").startswith("COLUMN_NOT_FOUND: ")
    lake.table("other", {"x": "bigint"}, serde="org.apache.hadoop.hive.ql.io.orc.OrcSerde")
    lake.put("other/x.orc", b"ORC")
    assert lake.failure("SELECT * FROM other").startswith("HIVE_UNSUPPORTED_FORMAT: ")


def test_names_are_found_in_any_case_and_with_their_catalog(cloudwatch: Lake) -> None:
    """ "table and column names are case-insensitive": tables-databases-columns-names.html"""
    for name in ("CloudWatch", "logs.cloudwatch", '"logs"."cloudwatch"', 'AwsDataCatalog.logs."CLOUDWATCH"'):
        assert cloudwatch.rows(f"SELECT count(c.MESSAGE) FROM {name} AS c WHERE c.Account = '222222222222'") == [["1"]]


def test_names_of_the_query_are_its_own(cloudwatch: Lake) -> None:
    """WITH hides a table of the catalog, and nothing else."""
    for name in ("t0", "cloudwatch", "given"):
        own = f"WITH {name} AS (SELECT 'x' AS message)"
        counted = f"SELECT {name}.message, count(*) FROM {name}, logs.cloudwatch c GROUP BY 1"
        assert cloudwatch.rows(f"{own} {counted}") == [["x", "3"]]
    union = "SELECT message FROM cloudwatch WHERE hour = '2026/01/02/04' UNION ALL SELECT message FROM cloudwatch"
    assert sorted(cloudwatch.rows(union)) == [["a"], ["b"], ["b"], ["c"]]
    inner = "SELECT message FROM cloudwatch c WHERE EXISTS (SELECT 1 FROM cloudwatch o WHERE o.hour > c.hour)"
    assert sorted(cloudwatch.rows(inner)) == [["a"], ["c"]]
    left = "SELECT c.message, o.message FROM cloudwatch c LEFT JOIN cloudwatch o ON o.hour > c.hour"
    assert cloudwatch.rows(f"{left} WHERE o.account IS NULL") == [["b", None]]
