# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DynamoDB: states of tables, conditional writes, and who a table's policy lets in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tools.vpc_endpoint import through

from .conftest import HUB, KEY, MANAGEMENT, SPOKE, Emulator, error_of
from .people import allow, deny, policy, trust

ARN = f"arn:aws:dynamodb:eu-central-1:{HUB}:table/algorithms"
FRONT = f"arn:aws:iam::{HUB}:role/front"
Client = Callable[..., Any]


def create(dynamodb: Any, **more: Any) -> dict[str, Any]:
    return dynamodb.create_table(
        TableName="algorithms",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("algorithm", "version")],
        KeySchema=[
            {"AttributeName": "algorithm", "KeyType": "HASH"},
            {"AttributeName": "version", "KeyType": "RANGE"},
        ],
        **{"BillingMode": "PAY_PER_REQUEST", **more},
    )["TableDescription"]


def row(version: str = "1", revision: int = 1) -> dict[str, Any]:
    return {"algorithm": {"S": "score"}, "version": {"S": version}, "revision": {"N": str(revision)}}


def client_of(emulator: Emulator, name: str, endpoint_id: str | None = None, account: str = HUB) -> Any:
    """Return a DynamoDB client with a role's credentials, by a gateway endpoint if its id is given."""
    client = emulator.plain_client("dynamodb", **emulator.credentials(account, name))
    return through(client, endpoint_id) if endpoint_id else client


def role(client: Client, name: str, document: str | None = None, account: str = HUB) -> str:
    iam = client(account, "iam")
    trusted = policy(trust(f"arn:aws:iam::{MANAGEMENT}:root"))
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    if document:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return arn


@pytest.fixture
def dynamodb(client: Client) -> Any:
    """DynamoDB client of the shared-services account."""
    return client(HUB, "dynamodb")


@pytest.fixture
def table(dynamodb: Any) -> Any:
    create(dynamodb)
    return dynamodb


@pytest.fixture
def endpoint_id(client: Client) -> str:
    ec2 = client(HUB, "ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName="com.amazonaws.eu-central-1.dynamodb")
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def test_a_table_is_created_changed_and_deleted_in_states(emulator: Emulator, dynamodb: Any) -> None:
    """API_TableDescription: TableStatus; API_PutItem: a table that isn't ACTIVE isn't found."""
    emulator.control("POST", "settings", {"transition": {"dynamodb-table": 100}})
    assert create(dynamodb)["TableStatus"] == "CREATING"
    refused = error_of(dynamodb.put_item, TableName="algorithms", Item=row())
    assert refused == ("ResourceNotFoundException", "Requested resource not found")
    assert error_of(create, dynamodb=dynamodb)[0] == "ResourceInUseException"
    assert error_of(dynamodb.delete_table, TableName="algorithms")[0] == "ResourceInUseException"
    dynamodb.get_waiter("table_exists").wait(TableName="algorithms", WaiterConfig={"Delay": 0})
    dynamodb.update_table(TableName="algorithms", DeletionProtectionEnabled=False)
    assert dynamodb.describe_table(TableName="algorithms")["Table"]["TableStatus"] == "UPDATING"
    dynamodb.put_item(TableName="algorithms", Item=row())
    dynamodb.get_waiter("table_exists").wait(TableName="algorithms", WaiterConfig={"Delay": 0})
    dynamodb.delete_table(TableName="algorithms")
    assert dynamodb.describe_table(TableName="algorithms")["Table"]["TableStatus"] == "DELETING"
    dynamodb.get_waiter("table_not_exists").wait(TableName="algorithms", WaiterConfig={"Delay": 0})
    assert create(dynamodb)["ItemCount"] == 0


def test_deletion_protection(table: Any) -> None:
    """API_DeleteTable; the text is that of terraform-provider-aws, whose tests compare it."""
    table.update_table(TableName="algorithms", DeletionProtectionEnabled=True)
    code, text = error_of(table.delete_table, TableName="algorithms")
    assert code == "ValidationException" and "currently protected against deletion" in text


def test_backups_are_available_once_the_table_is(emulator: Emulator, dynamodb: Any) -> None:
    """https://github.com/aws-amplify/amplify-backend/issues/1654"""
    emulator.control("POST", "settings", {"transition": {"dynamodb-table": 100}})
    create(dynamodb)
    wanted = {"TableName": "algorithms", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    code, text = error_of(dynamodb.update_continuous_backups, **wanted)
    assert code == "ContinuousBackupsUnavailableException" and "Backups are being enabled for the table" in text
    dynamodb.get_waiter("table_exists").wait(TableName="algorithms", WaiterConfig={"Delay": 0})
    dynamodb.update_continuous_backups(**wanted)
    found = dynamodb.describe_continuous_backups(TableName="algorithms")["ContinuousBackupsDescription"]
    assert found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_conditional_writes(table: Any) -> None:
    """API_PutItem: ConditionalCheckFailedException, "The conditional request failed"."""
    absent = "attribute_not_exists(algorithm)"
    table.put_item(TableName="algorithms", Item=row(), ConditionExpression=absent)
    failed = ("ConditionalCheckFailedException", "The conditional request failed")
    assert error_of(table.put_item, TableName="algorithms", Item=row(), ConditionExpression=absent) == failed
    read = {"ConditionExpression": "revision = :read", "ExpressionAttributeValues": {":read": {"N": "1"}}}
    table.put_item(TableName="algorithms", Item=row(revision=2), **read)
    assert error_of(table.put_item, TableName="algorithms", Item=row(revision=3), **read) == failed
    key = {name: row()[name] for name in ("algorithm", "version")}
    assert error_of(table.delete_item, TableName="algorithms", Key=key, **read) == failed


def test_reserved_words_in_a_key_condition(table: Any) -> None:
    """developerguide/ReservedWords; moto accepts them there."""
    wanted = {"KeyConditionExpression": "state = :a", "ExpressionAttributeValues": {":a": {"S": "score"}}}
    code, text = error_of(table.query, TableName="algorithms", **wanted)
    assert code == "ValidationException" and text.endswith("reserved keyword; reserved keyword: state")
    wanted["KeyConditionExpression"] = "algorithm = :a AND begins_with(version, :a)"
    assert table.query(TableName="algorithms", **wanted)["Count"] == 0


def test_a_tag_has_one_value(table: Any) -> None:
    for value in ("a", "b"):
        table.tag_resource(ResourceArn=ARN, Tags=[{"Key": "team", "Value": value}])
    assert table.list_tags_of_resource(ResourceArn=ARN)["Tags"] == [{"Key": "team", "Value": "b"}]


def test_the_policy_of_a_deleted_table_is_gone(table: Any) -> None:
    table.put_resource_policy(ResourceArn=ARN, Policy=policy(deny("dynamodb:Scan", ARN, Principal="*")))
    table.delete_table(TableName="algorithms")
    create(table)
    assert error_of(table.get_resource_policy, ResourceArn=ARN)[0] == "PolicyNotFoundException"


def test_a_policy_that_is_none_is_refused(table: Any) -> None:
    """rbac-bpa-rbp for the last one; the texts are not verified."""
    nobody = allow("dynamodb:GetItem", ARN, Principal={"AWS": f"arn:aws:iam::{HUB}:root-of-all"})
    everyone = allow("dynamodb:GetItem", ARN, Principal="*")
    effect = json.dumps({"Statement": [{"Effect": "Perhaps"}]})
    for text in ("{", effect, "x" * 20481, policy(nobody), policy(everyone)):
        assert error_of(table.put_resource_policy, ResourceArn=ARN, Policy=text)[0] == "ValidationException"


def test_either_policy_lets_a_role_of_the_account_in(emulator: Emulator, client: Client, table: Any) -> None:
    """reference_policies_evaluation-logic: within one account either policy is enough."""
    role(client, "front")
    front = client_of(emulator, "front")
    key = {name: row()[name] for name in ("algorithm", "version")}
    table.put_item(TableName="algorithms", Item=row())
    code, text = error_of(front.get_item, TableName="algorithms", Key=key)
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: dynamodb:GetItem on resource: {ARN}" in text
    statement = allow(["dynamodb:GetItem", "dynamodb:Query"], ARN, Principal={"AWS": FRONT})
    table.put_resource_policy(ResourceArn=ARN, Policy=policy(statement))
    assert front.get_item(TableName="algorithms", Key=key)["Item"] == row()
    assert error_of(front.scan, TableName="algorithms")[0] == "AccessDeniedException"
    sql = 'SELECT * FROM "algorithms"'
    code, text = error_of(front.execute_statement, Statement=sql)
    assert code == "AccessDeniedException" and "dynamodb:PartiQLSelect" in text


def test_a_policy_denies_administrators_too(table: Any) -> None:
    denied = deny(["dynamodb:PutItem"], ARN, Principal="*", Condition={"ArnNotEquals": {"aws:PrincipalArn": FRONT}})
    table.put_resource_policy(ResourceArn=ARN, Policy=policy(denied))
    code, text = error_of(table.put_item, TableName="algorithms", Item=row())
    assert code == "AccessDeniedException" and text.endswith("with an explicit deny in a resource-based policy")
    assert table.scan(TableName="algorithms")["Count"] == 0


def test_a_call_through_a_gateway_endpoint(emulator: Emulator, client: Client, table: Any, endpoint_id: str) -> None:
    """vpc/latest/privatelink/vpc-endpoints-ddb: aws:SourceVpce is in calls through the endpoint only."""
    role(client, "front")
    where = {"StringEquals": {"aws:SourceVpce": endpoint_id}}
    statement = allow("dynamodb:Query", ARN, Principal={"AWS": FRONT}, Condition=where)
    table.put_resource_policy(ResourceArn=ARN, Policy=policy(statement))
    wanted = {"KeyConditionExpression": "algorithm = :a", "ExpressionAttributeValues": {":a": {"S": "score"}}}
    assert client_of(emulator, "front", endpoint_id).query(TableName="algorithms", **wanted)["Count"] == 0
    assert error_of(client_of(emulator, "front").query, TableName="algorithms", **wanted)[0] == "AccessDeniedException"
    elsewhere = client_of(emulator, "front", "vpce-0123456789abcdef0")
    assert error_of(elsewhere.query, TableName="algorithms", **wanted)[0] == "InvalidAction"


def test_another_account_needs_both_policies_and_the_arn(emulator: Emulator, client: Client, table: Any) -> None:
    """rbac-examples, "Cross-account access": the table is named by its ARN, and both policies allow."""
    other = role(client, "reader", policy(allow("dynamodb:*")), SPOKE)
    reader = client_of(emulator, "reader", account=SPOKE)
    table.put_item(TableName="algorithms", Item=row())
    wanted = {"KeyConditionExpression": "algorithm = :a", "ExpressionAttributeValues": {":a": {"S": "score"}}}
    assert error_of(reader.query, TableName=ARN, **wanted)[0] == "AccessDeniedException"
    table.put_resource_policy(ResourceArn=ARN, Policy=policy(allow("dynamodb:Query", ARN, Principal={"AWS": other})))
    assert reader.query(TableName=ARN, **wanted)["Count"] == 1
    assert error_of(reader.query, TableName="algorithms", **wanted)[0] == "ResourceNotFoundException"
    no_table = ARN.replace("algorithms", "others")
    assert error_of(reader.query, TableName=no_table, **wanted)[0] == "AccessDeniedException"


def test_throttling(emulator: Emulator, table: Any) -> None:
    text = "The level of configured provisioned throughput for the table was exceeded."
    fault = {"action": "error", "code": "ProvisionedThroughputExceededException", "status": 400, "message": text}
    emulator.control("POST", "faults", {"service": "dynamodb", "operation": "Query", "times": 1, **fault})
    wanted = {"KeyConditionExpression": "algorithm = :a", "ExpressionAttributeValues": {":a": {"S": "score"}}}
    code = error_of(table.query, TableName="algorithms", **wanted)[0]
    assert code == "ProvisionedThroughputExceededException"
    assert table.query(TableName="algorithms", **wanted)["Count"] == 0


def test_what_is_not_known_here_is_refused_by_name(table: Any) -> None:
    assert error_of(table.update_table, TableName="algorithms", TableClass="STANDARD")[0] == "InvalidAction"


def test_a_key_of_the_management_account_reads_its_own_tables_only(emulator: Emulator, table: Any) -> None:
    own = emulator.plain_client("dynamodb", **KEY)
    assert own.list_tables()["TableNames"] == []
    assert table.list_tables()["TableNames"] == ["algorithms"]
