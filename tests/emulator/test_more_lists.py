# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of the lists of services with JSON, and of S3: sizes, tokens, and refusals of those that AWS doesn't take.

Sizes: each operation's page of its API reference, which is made from the API model (min, max).
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from emulator.app import Emulator
from tests.emulator.conftest import KEY, SEED, SPOKE, error_of
from tests.emulator.in_process import Clients


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("index.py", "def handler(event, context):\n    return 1\n")
    return made.getvalue()


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
DELIVERY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "es.amazonaws.com"},
                "Action": "logs:PutLogEvents",
                "Resource": "*",
            }
        ],
    }
)
REGION = {"LocationConstraint": "eu-central-1"}


@pytest.fixture(scope="module")
def make() -> Any:
    """A function that returns a service's client, of an account with three of each kind."""
    application = Emulator(SEED)
    application.control.set(transition=0)
    clients = Clients(application)
    role = f"arn:aws:iam::{SPOKE}:role/OrganizationAccountAccessRole"
    keys = clients.client("sts", **KEY).assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]

    def client(service: str) -> Any:
        return clients.client(
            service,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    role = client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    functions, s3 = client("lambda"), client("s3")
    table = {
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    for number in range(3):
        name = f"some-name-{number}"
        functions.create_function(
            FunctionName=name, Role=role, Runtime="python3.12", Handler="index.handler", Code={"ZipFile": archive()}
        )
        client("ecs").create_cluster(clusterName=name)
        client("ecs").register_task_definition(
            family=name, containerDefinitions=[{"name": "c", "image": "i", "memory": 64}]
        )
        client("ecr").create_repository(repositoryName=name)
        client("glue").create_crawler(Name=name, Role=role, DatabaseName="d", Targets={})
        client("glue").create_database(DatabaseInput={"Name": name})
        client("athena").create_data_catalog(Name=name, Type="HIVE")
        client("athena").create_work_group(Name=name)
        client("ssm").put_parameter(Name=f"/some/{number}", Value="v", Type="String")
        client("logs").put_resource_policy(policyName=name, policyDocument=DELIVERY)
        client("secretsmanager").create_secret(Name=name, SecretString="s")
        client("dynamodb").create_table(TableName=name, **table)
        client("scheduler").create_schedule_group(Name=name)
        s3.create_bucket(Bucket=f"bucket-{number}", CreateBucketConfiguration=REGION)
        s3.create_multipart_upload(Bucket="bucket-0", Key=f"key-{number // 2}")
        s3.put_object(Bucket="bucket-0", Key=f"object-{number}", Body=b"x")
    return client


# (service, operation, its list, parameters' names of size and token, member of the next token, code of a bad token)
LISTS = [
    ("lambda", "list_functions", "Functions", "MaxItems", "Marker", "NextMarker", "InvalidParameterValueException"),
    ("ecs", "list_clusters", "clusterArns", "maxResults", "nextToken", "nextToken", "InvalidParameterException"),
    (
        "ecs",
        "list_task_definitions",
        "taskDefinitionArns",
        "maxResults",
        "nextToken",
        "nextToken",
        "InvalidParameterException",
    ),
    (
        "ecs",
        "list_task_definition_families",
        "families",
        "maxResults",
        "nextToken",
        "nextToken",
        "InvalidParameterException",
    ),
    (
        "ecr",
        "describe_repositories",
        "repositories",
        "maxResults",
        "nextToken",
        "nextToken",
        "InvalidParameterException",
    ),
    ("glue", "list_crawlers", "CrawlerNames", "MaxResults", "NextToken", "NextToken", "InvalidInputException"),
    ("glue", "get_crawlers", "Crawlers", "MaxResults", "NextToken", "NextToken", "InvalidInputException"),
    ("glue", "get_databases", "DatabaseList", "MaxResults", "NextToken", "NextToken", "InvalidInputException"),
    ("athena", "list_work_groups", "WorkGroups", "MaxResults", "NextToken", "NextToken", "InvalidRequestException"),
    ("ssm", "describe_parameters", "Parameters", "MaxResults", "NextToken", "NextToken", "InvalidNextToken"),
    (
        "logs",
        "describe_resource_policies",
        "resourcePolicies",
        "limit",
        "nextToken",
        "nextToken",
        "InvalidParameterException",
    ),
    (
        "secretsmanager",
        "list_secrets",
        "SecretList",
        "MaxResults",
        "NextToken",
        "NextToken",
        "InvalidNextTokenException",
    ),
    (
        "scheduler",
        "list_schedule_groups",
        "ScheduleGroups",
        "MaxResults",
        "NextToken",
        "NextToken",
        "ValidationException",
    ),
    (
        "s3",
        "list_buckets",
        "Buckets",
        "MaxBuckets",
        "ContinuationToken",
        "ContinuationToken",
        "InvalidArgument",
    ),
]


@pytest.mark.parametrize(("service", "operation", "key", "size", "token", "following", "code"), LISTS)
def test_pages(make, service, operation, key, size, token, following, code):
    call = getattr(make(service), operation)
    whole = call()[key]
    assert len(whole) >= 3
    found, given = [], {}
    while True:
        answer = call(**{size: 1}, **given)
        assert len(answer[key]) == 1
        found += answer[key]
        if not answer.get(following):
            break
        given = {token: answer[following]}
    assert json.dumps(found, default=str) == json.dumps(whole, default=str)
    assert error_of(call, **{token: "never-given-out"})[0] == code


def test_a_page_of_data_catalogs_has_at_least_two(make):
    """MaxResults, "Valid Range: Minimum value of 2": API_ListDataCatalogs of Athena."""
    athena = make("athena")
    first = athena.list_data_catalogs(MaxResults=2)
    rest = athena.list_data_catalogs(MaxResults=2, NextToken=first["NextToken"])
    assert (len(first["DataCatalogsSummary"]), len(rest["DataCatalogsSummary"])) == (2, 1)
    assert error_of(athena.list_data_catalogs, MaxResults=1)[0] == "InvalidRequestException"


@pytest.mark.parametrize(
    ("service", "operation", "size", "wrong", "code"),
    [
        ("lambda", "list_functions", "MaxItems", [0, -1, 10_001], "ValidationException"),
        ("ecs", "list_clusters", "maxResults", [0, -1, 101], "InvalidParameterException"),
        ("ecr", "describe_repositories", "maxResults", [0, -1, 1001], "InvalidParameterException"),
        ("glue", "get_databases", "MaxResults", [0, -1, 101], "InvalidInputException"),
        ("athena", "list_work_groups", "MaxResults", [0, -1, 51], "InvalidRequestException"),
        ("dynamodb", "list_tables", "Limit", [0, -1, 101], "ValidationException"),
        ("firehose", "list_delivery_streams", "Limit", [0, -1, 10_001], "ValidationException"),
        ("scheduler", "list_schedules", "MaxResults", [0, -1, 101], "ValidationException"),
        ("secretsmanager", "list_secrets", "MaxResults", [0, -1, 101], "ValidationException"),
        # Argument max-buckets must be an integer between 1 and 10000: versity/versitygw's s3err.
        ("s3", "list_buckets", "MaxBuckets", [0, -1, 10_001], "InvalidArgument"),
        # API_ListHostedZones; InvalidInput is what the operation declares for it; text not verified.
        ("route53", "list_hosted_zones", "MaxItems", ["0", "-1", "x"], "InvalidInput"),
        ("route53", "list_health_checks", "MaxItems", ["0", "-1", "x"], "InvalidInput"),
        ("route53", "list_hosted_zones_by_name", "MaxItems", ["0", "-1", "x"], "InvalidInput"),
        ("ram", "list_resource_types", "maxResults", [0, -1, 501], "InvalidMaxResultsException"),
    ],
)
def test_sizes_that_are_refused(make, service, operation, size, wrong, code):
    call = getattr(make(service), operation)
    assert [error_of(call, **{size: each})[0] for each in wrong] == [code] * len(wrong)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("lambda", "get_function", {"FunctionName": "a b"}, "ValidationException"),
        ("ecr", "create_repository", {"repositoryName": "UPPER"}, "InvalidParameterException"),
        ("athena", "create_work_group", {"Name": "a b"}, "InvalidRequestException"),
        ("glue", "create_database", {"DatabaseInput": {"Name": "x" * 256}}, "InvalidInputException"),
        ("scheduler", "create_schedule_group", {"Name": "a b"}, "ValidationException"),
        ("secretsmanager", "create_secret", {"Name": "x" * 513}, "ValidationException"),
        ("firehose", "describe_delivery_stream", {"DeliveryStreamName": "x" * 65}, "ValidationException"),
        ("dynamodb", "list_tables", {"ExclusiveStartTableName": "a b"}, "ValidationException"),
    ],
)
def test_parameters_outside_the_model(make, service, operation, parameters, code):
    """Lengths and patterns of the API models, which AWS's references are made from."""
    answer = error_of(getattr(make(service), operation), **parameters)
    assert answer[0] == code
    assert "failed to satisfy constraint" in answer[1]


def test_pages_of_uploads(make):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html: ordered by key, both markers."""
    s3 = make("s3")
    uploads = [(each["Key"], each["UploadId"]) for each in s3.list_multipart_uploads(Bucket="bucket-0")["Uploads"]]
    assert [key for key, _ in uploads] == ["key-0", "key-0", "key-1"]
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket="bucket-0", PaginationConfig={"PageSize": 1})
    assert [(one["Key"], one["UploadId"]) for page in pages for one in page["Uploads"]] == uploads
    after = s3.list_multipart_uploads(Bucket="bucket-0", KeyMarker="key-0")
    assert [each["Key"] for each in after["Uploads"]] == ["key-1"]


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
def test_sizes_of_lists_of_objects(make, operation):
    """minio/minio (ErrInvalidMaxKeys) has the text; ceph/s3-tests, test_bucket_list_maxkeys_zero, ..._invalid."""
    call = getattr(make("s3"), operation)
    code, text = error_of(call, Bucket="bucket-0", MaxKeys=-1)
    assert (code, text) == ("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647")
    answer = call(Bucket="bucket-0", MaxKeys=0)
    assert answer["IsTruncated"] is False
    assert not answer.get("Contents")
    assert call(Bucket="bucket-0", MaxKeys=5000)["MaxKeys"] == 1000


def test_a_continuation_token_that_was_not_given_out(make):
    """versity/versitygw#993 has AWS's answer."""
    answer = error_of(make("s3").list_objects_v2, Bucket="bucket-0", ContinuationToken="x")
    assert answer == ("InvalidArgument", "The continuation token provided is incorrect")
