# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re

import botocore.session
import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.logs import glue, layout, tables

ACCOUNTS, REGIONS = ["222222222222", "111111111111"], ["eu-central-1"]
PARTITION = re.compile(r"\$\{(\w+)\}")


def parsed(**table):
    (found,) = tables.parse("tables", [table])
    return found


def of_glue(table, **more):
    return glue.glue_table(table, "logs", "bucket", ACCOUNTS, REGIONS, **{"trail_bucket": "trails", **more})


EACH = [
    *(parsed(type=kind) for kind in ("cloudwatch", "ecs_json", *tables.DELIVERED)),
    parsed(type="custom", name="payments", columns=[{"name": "amount", "type": "bigint"}]),
    parsed(type="cloudwatch", name="plain", raw=True),
    parsed(type="custom", name="lines", raw=True, columns=[{"name": "amount"}]),
    parsed(type="network_firewall", resources=["b", "a"]),
    parsed(type="resolver_queries", resources=["vpc-0123456789abcdef0"]),
]


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ([{"type": "logs"}], "tables[0].type: 'logs' is no type of table; expected cloudwatch, "),
        ([{"type": "cloudwatch", "name": "Logs"}], "tables[0].name: 'Logs' is no name in Athena"),
        ([{"type": "cloudwatch", "name": "a" * 41}], f"tables[0].name: '{'a' * 41}' is no name"),
        ([{"type": "cloudwatch", "name": "errors"}], "tables[0].name: 'errors' is the prefix of what Firehose"),
        ([{"type": "cloudwatch"}, {"type": "cloudwatch"}], "tables[1].name: 'cloudwatch' is there twice"),
        (
            [{"type": "vpc_flow_logs"}, {"type": "vpc_flow_logs", "name": "b"}],
            "tables[1].type: 'vpc_flow_logs' is also",
        ),
        ([{"type": "custom", "columns": [{"name": "a"}]}], "tables[0].name: is missing"),
        ([{"type": "custom", "name": "a"}], "tables[0].columns: are missing"),
        ([{"type": "cloudwatch", "columns": [{"name": "a"}]}], "tables[0].columns: [{'name': 'a'}] are of a table"),
        ([{"type": "vpc_flow_logs", "raw": True}], "tables[0].raw: true is set for vpc_flow_logs"),
        ([{"type": "cloudwatch", "resources": ["a"]}], "tables[0].resources: ['a'] are of a table of type cloudwatch"),
        ([{"type": "resolver_queries", "resources": ["a"]}], "tables[0].resources[0]: 'a' is no vpc"),
        ([{"type": "network_firewall", "resources": ["a", "a"]}], "tables[0].resources[1]: 'a' is there twice"),
    ],
)
def test_a_wrong_table_is_told(declared, problem):
    with pytest.raises(Invalid) as told:
        tables.parse("tables", declared)
    assert str(told.value).startswith(problem)


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ([{"name": "select"}], "[0].name: 'select' is a reserved word of Athena, which each query would have to quote"),
        # Of DDL only, and of queries only.
        ([{"name": "range"}], "[0].name: 'range' is a reserved word"),
        ([{"name": "first"}], "[0].name: 'first' is a reserved word"),
        ([{"name": "user_id"}, {"name": "User_Id"}], "[1].name: 'User_Id' is the name of user_id too"),
        ([{"name": "UserId"}], "[0].name: 'UserId' has upper case, which Glue doesn't keep; expected userid"),
        ([{"name": "user-id"}], "[0].name: 'user-id' is no name in Athena"),
        ([{"name": 'a"; drop'}], "[0].name: 'a\"; drop' is no name in Athena"),
        ([{"name": None}], "[0].name: 'None' is no name in Athena"),
        ([{"name": "a", "type": "array<int>"}], "[0].type: 'array<int>' is no type of a column"),
        ([{"name": "a", "type": "decimal(9,2)"}], "[0].type: 'decimal(9,2)' is no type of a column"),
        *(([{"name": name}], f"[0].name: '{name}' is a column of each table already") for name in ("rest", "account")),
        ([{"name": f"c{i}"} for i in range(201)], ": 201 columns are too many; expected 200 at most"),
    ],
)
def test_a_wrong_column_is_told(columns, problem):
    with pytest.raises(Invalid) as told:
        tables.parse("tables", [{"type": "custom", "name": "payments", "columns": columns}])
    assert str(told.value).startswith(f"tables[0].columns{problem}")


def test_no_name_that_the_collection_gives_would_have_to_be_quoted_in_a_query():
    """`time` is reserved where a table is defined, which Glue's API doesn't do by words; `end` is AWS's own name."""
    names = {column.name for table in EACH for column in table.columns} | {table.name for table in EACH}
    names |= {partition["Name"] for table in EACH for partition in of_glue(table)["PartitionKeys"]}
    assert {name for name in names if name.upper() in tables.reserved_words.SELECT} == {"end"}


def test_a_custom_table_has_what_the_handler_needs():
    table = parsed(type="custom", name="payments", columns=[{"name": "amount", "type": "bigint"}])
    assert [column.name for column in table.columns] == [
        *("region", "log_group", "log_stream", "id", "time", "amount", "message", "rest")
    ]
    assert [(column.name, column.type) for column in table.from_message] == [
        ("amount", "bigint"),
        ("message", "string"),
    ]
    assert parsed(type="cloudwatch").from_message == () and parsed(type="vpc_flow_logs").from_message == ()


@pytest.mark.parametrize("table", EACH, ids=lambda table: f"{table.name}-{table.format}")
def test_a_table_is_one_that_athena_reads(table):
    """ "Set up partition projection": each partition is projected and in the template, and no column has its name."""
    found = of_glue(table)
    partitions = [partition["Name"] for partition in found["PartitionKeys"]]
    parameters, storage = found["Parameters"], found["StorageDescriptor"]
    template = parameters["storage.location.template"]
    assert PARTITION.findall(template) == partitions and parameters["projection.enabled"] == "true"
    assert template.startswith(storage["Location"]) and storage["Location"].endswith("/") and template.endswith("/")
    assert not {column["Name"] for column in storage["Columns"]} & set(partitions)
    for partition in partitions:
        kind = parameters[f"projection.{partition}.type"]
        assert parameters[f"projection.{partition}.{'values' if kind == 'enum' else 'range'}"]
        if kind == "date":
            first, now = parameters[f"projection.{partition}.range"].split(",")
            pattern = parameters[f"projection.{partition}.format"]
            assert now == "NOW" and re.sub(r"\d", "x", first) == re.sub(r"[yMdH]", "x", pattern)
    # Shapes of the API: a field that Glue doesn't know would be refused by botocore.
    shape = botocore.session.get_session().get_service_model("glue").operation_model("CreateTable").input_shape
    fields = shape.members["TableInput"].members
    assert found.keys() <= fields.keys() and storage.keys() <= fields["StorageDescriptor"].members.keys()


@pytest.mark.parametrize(
    ("table", "place"),
    [
        (EACH[0], "s3://bucket/cloudwatch/account=222222222222/2026/11/29/12/"),
        (parsed(type="cloudwatch", name="plain", raw=True), "s3://bucket/plain/2026/11/29/12/"),
        # "Flow log files" (VPC).
        (parsed(type="vpc_flow_logs"), "s3://bucket/AWSLogs/222222222222/vpcflowlogs/eu-central-1/2026/11/29/"),
        # "Sending AWS Network Firewall logs to Amazon S3".
        (
            parsed(type="network_firewall", resources=["central"]),
            "s3://bucket/AWSLogs/222222222222/network-firewall/alert/eu-central-1/central/2026/11/29/12/",
        ),
        (
            parsed(type="network_firewall"),
            "s3://bucket/AWSLogs/222222222222/network-firewall/alert/eu-central-1/",
        ),
        # "Amazon S3" under "AWS resources that you can send Resolver query logs to".
        (
            parsed(type="resolver_queries", resources=["vpc-0123456789abcdef0"]),
            "s3://bucket/AWSLogs/222222222222/vpcdnsquerylogs/vpc-0123456789abcdef0/2026/11/29/",
        ),
        # "Finding your CloudTrail log files".
        (parsed(type="cloudtrail"), "s3://trails/AWSLogs/222222222222/CloudTrail/eu-central-1/2026/11/29/"),
    ],
)
def test_a_partition_is_where_the_services_write(table, place):
    values = {"account": "222222222222", "region": "eu-central-1", "log_type": "alert", "day": "2026/11/29"}
    values |= {"hour": "2026/11/29/12", "firewall": "central", "vpc": "vpc-0123456789abcdef0"}
    template = of_glue(table)["Parameters"]["storage.location.template"]
    assert PARTITION.sub(lambda name: values[name[1]], template) == place
    if table.streamed:
        prefix = layout.prefix(table).replace("!{partitionKeyFromLambda:account}", values["account"])
        assert f"s3://bucket/{prefix.replace('!{timestamp:yyyy/MM/dd/HH}', values['hour'])}" == place


def test_an_organizations_trail_has_its_id_in_the_path():
    found = of_glue(parsed(type="cloudtrail"), organization_id="o-abcdefghij")
    assert found["StorageDescriptor"]["Location"] == "s3://trails/AWSLogs/o-abcdefghij/"
    assert "/AWSLogs/o-abcdefghij/${account}/CloudTrail/" in found["Parameters"]["storage.location.template"]


def test_a_trail_is_read_in_every_region_that_there_is():
    """So that what happens where nobody has anything declared is seen, too."""
    session = botocore.session.get_session()
    known = {
        region
        for name in ("aws", "aws-cn", "aws-us-gov")
        for region in session.get_available_regions("cloudtrail", name)
    }
    written = {region for regions in glue.TRAIL_REGIONS.values() for region in regions.split()}
    assert known <= written
    for table, regions in ((parsed(type="cloudtrail"), REGIONS), (parsed(type="cloudtrail"), ["cn-north-1"])):
        values = glue.values_of(glue.glue_table(table, "logs", "b", ACCOUNTS, regions, trail_bucket="t"), "region")
        assert set(regions) < set(values) and ("us-east-1" in values) == (regions == REGIONS)


def test_accounts_of_a_table_are_read_back():
    found = of_glue(EACH[0])
    assert glue.values_of(found, "account") == sorted(ACCOUNTS) and glue.values_of(found, "region") == []
    assert glue.values_of({}, "account") == []


def test_a_table_without_accounts_or_its_bucket_is_refused():
    with pytest.raises(Invalid, match="source_account_ids"):
        glue.glue_table(EACH[0], "logs", "bucket", [], REGIONS)
    with pytest.raises(Invalid, match="trail_bucket: is missing, and table cloudtrail is in it"):
        glue.glue_table(parsed(type="cloudtrail"), "logs", "bucket", ACCOUNTS, REGIONS)


@pytest.mark.parametrize("name", ["", "Logs", "-logs", "logs-", "1logs", "l" * 41, "logs_1"])
def test_a_wrong_name_of_an_archive_is_told(name):
    with pytest.raises(Invalid, match="is no name of a log archive"):
        layout.check_name("name", name)


def test_names_fit_into_what_aws_takes():
    """Firehose: 64 characters; roles of IAM and functions of Lambda: 64."""
    longest, region = "l" * 40, "ap-northeast-1"
    layout.check_name("name", longest)
    roles = (layout.handler_role, layout.firehose_role, layout.destination_role)
    assert all(len(role(longest, region)) <= 64 for role in roles) and len(layout.function_name(longest)) <= 64
    with pytest.raises(Invalid, match=r"tables\[0\].name: 'a{40}' makes the stream's name too long; expected 23"):
        layout.check_streams("tables", longest, (parsed(type="cloudwatch", name="a" * 40),))
