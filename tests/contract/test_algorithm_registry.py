# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""algorithm_registry: rows under conditions, who reads them, and what never happens by an omission."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.registry_cases import (
    FRONT,
    HEALTH,
    RANK,
    REGISTRY,
    SCORE,
    TABLE,
    ZONE,
    arn,
    change_record,
    dynamodb,
    front_vpc,
    key,
    profile,
    put,
    put_foreign,
    record,
    route53,
    rows,
    zone_id,
)
from tests.contract.world import World, role
from tests.emulator.conftest import HUB, SPOKE_2, error_of
from tools.vpc_endpoint import through

UNKNOWN = {"state": "unknown", "reason": "account of beta couldn't be read"}
BY_KEY = {"KeyConditionExpression": "algorithm = :a", "ExpressionAttributeValues": {":a": {"S": "score"}}}


def run(world: World, check: bool = False, **options: Any) -> dict[str, Any]:
    return world.run("algorithm_registry", HUB, {**REGISTRY, **options}, check=check)


def failure(world: World, **options: Any) -> str:
    text = str(world.failure("algorithm_registry", HUB, {**REGISTRY, **options}))
    assert world.writes == [] and "othing was" in text
    return text


def steps(result: dict[str, Any]) -> list[str]:
    return [f"{step['action']} {step['address']}" for step in result["plan"]]


@pytest.fixture
def front(world: World) -> World:
    front_vpc(world)
    return world


@pytest.fixture
def registry(front: World) -> World:
    run(front)
    return front


def role_client(world: World, name: str, endpoint_id: str | None = None) -> Any:
    client = world.emulator.plain_client("dynamodb", **world.emulator.credentials(HUB, name))
    return through(client, endpoint_id) if endpoint_id else client


def test_the_front_reads_single_algorithms_through_its_endpoint_only(registry: World) -> None:
    """With all permissions of IAM: the tables' policies alone keep it to these."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = registry.client(HUB, "iam")
    iam.put_role_policy(RoleName="front", PolicyName="all", PolicyDocument=json.dumps(document))
    endpoint_id = run(registry)["gateway_endpoint_id"]
    reader = role_client(registry, "front", endpoint_id)
    for table in (TABLE, HEALTH):
        assert reader.get_item(TableName=table, Key=key("score/2"))["ResponseMetadata"]["HTTPStatusCode"] == 200
        reader.query(TableName=table, **BY_KEY)
        denied = [
            error_of(reader.scan, TableName=table),
            error_of(reader.put_item, TableName=table, Item=key("score/2")),
            error_of(reader.delete_item, TableName=table, Key=key("score/2")),
            error_of(reader.batch_get_item, RequestItems={table: {"Keys": [key("score/2")]}}),
            error_of(reader.execute_statement, Statement=f'SELECT * FROM "{table}"'),
            error_of(role_client(registry, "front").query, TableName=table, **BY_KEY),
        ]
        assert {code for code, _text in denied} == {"AccessDeniedException"}
        assert all("explicit deny in a resource-based policy" in text for _code, text in denied)


def test_an_administrator_of_the_account_neither_reads_nor_writes_rows(registry: World) -> None:
    by_hand = registry.client(HUB, "dynamodb")
    for code, text in (
        error_of(by_hand.scan, TableName=TABLE),
        error_of(by_hand.put_item, TableName=TABLE, Item=key("score/9")),
        error_of(by_hand.put_item, TableName=HEALTH, Item=key("score/2")),
    ):
        assert code == "AccessDeniedException" and "explicit deny" in text


def test_the_checker_writes_health_through_the_endpoint_and_nothing_else(registry: World) -> None:
    """The role trusts Lambda alone, so its policies are looked at."""
    iam = registry.client(HUB, "iam")
    policy = iam.get_role_policy(RoleName=f"{TABLE}-checker", PolicyName="service")["PolicyDocument"]
    allowed = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    of_tables = [(one["Action"], one["Resource"]) for one in allowed if "dynamodb" in str(one["Action"])]
    assert of_tables == [("dynamodb:PutItem", arn(HEALTH))]
    document = json.loads(dynamodb(registry).get_resource_policy(ResourceArn=arn())["Policy"])
    assert "checker" not in json.dumps(document)


def test_a_withdrawn_algorithm_is_asked_for(registry: World) -> None:
    lost = "algorithms/algorithm_row.score/2"
    text = failure(registry, algorithms=[RANK])
    assert f"-e confirm_removals={lost}" in text and "live, of account 222222222222, would be deleted" in text
    checked = run(registry, check=True, algorithms=[RANK])
    assert any("confirm_removals" in note for note in checked["notes"])
    result = run(registry, algorithms=[RANK], confirm_removals=[lost])
    order = [call["operation"] for call in registry.calls]
    # Nobody finds a row whose name doesn't resolve.
    assert order.index("DeleteItem") < order.index("ChangeResourceRecordSets")
    assert f"delete endpoint_record.{SCORE['endpoint']}" in steps(result)
    assert set(rows(registry)) == {"rank/1"} and run(registry, algorithms=[RANK])["plan"] == []


def test_from_live_to_pending_is_asked_for(registry: World) -> None:
    leaks = {**SCORE, "state": "pending", "reason": "beta reaches it"}
    text = failure(registry, algorithms=[leaks, RANK])
    assert "algorithms/algorithm_row.score/2" in text and "would be pending: beta reaches it" in text
    result = run(registry, algorithms=[leaks, RANK], confirm_removals=["algorithms/algorithm_row.score/2"])
    assert steps(result) == ["change algorithm_row.score/2:state+reason"]
    assert rows(registry)["score/2"]["state"] == {"S": "pending"} and rows(registry)["score/2"]["revision"] == {
        "N": "2"
    }
    # From pending to live needs no confirmation.
    assert run(registry)["rows"][0]["revision"] == 3


def test_where_nothing_is_known_a_row_keeps_its_state(registry: World) -> None:
    result = run(registry, algorithms=[{**SCORE, **UNKNOWN}, {**RANK, **UNKNOWN}, {**SCORE, "version": "3", **UNKNOWN}])
    states = {row["version"]: (row["state"], row["reason"]) for row in result["rows"] if row["algorithm"] == "score"}
    assert states == {"2": ("live", ""), "3": ("pending", UNKNOWN["reason"])}
    assert any("score 2 stays live, although" in one and UNKNOWN["reason"] in one for one in result["findings"])
    assert any("score 3 is pending" in finding for finding in result["findings"])


@pytest.mark.parametrize(
    "moved",
    [{"port": 9443}, {"account_id": SPOKE_2}, {"endpoint": f"new.alpha.{ZONE}"}, {"addresses": ["10.1.0.99"]}],
    ids=str,
)
def test_what_moves_while_nothing_is_known_is_not_live(registry: World, moved: dict[str, Any]) -> None:
    text = failure(registry, algorithms=[{**SCORE, **UNKNOWN, **moved}, RANK])
    assert "algorithms/algorithm_row.score/2" in text and f"would be pending: {UNKNOWN['reason']}" in text


def test_a_moved_endpoint_is_found_at_every_moment(registry: World) -> None:
    """The new name is created before the row that has it, and the old one deleted after it."""
    moved = {**SCORE, "endpoint": f"new.alpha.{ZONE}", "addresses": ["10.1.0.77"]}
    result = run(registry, algorithms=[moved, RANK])
    assert "change algorithm_row.score/2:endpoint" in steps(result)
    order = [
        call["operation"] for call in registry.calls if call["operation"] in ("PutItem", "ChangeResourceRecordSets")
    ]
    assert order == ["ChangeResourceRecordSets", "PutItem", "ChangeResourceRecordSets"]
    assert run(registry, algorithms=[moved, RANK])["plan"] == []


def test_a_row_of_somebody_else_stays(registry: World) -> None:
    put_foreign(registry)
    result = run(registry)
    assert result["plan"] == []
    assert any("score 1 was written by somebody without a name" in finding for finding in result["findings"])
    text = failure(registry, algorithms=[SCORE, RANK, {**SCORE, "version": "1"}])
    assert "algorithm_row.score/1: a row that this module didn't write is in the way" in text
    assert "rows that this module didn't write: score/1" in failure(registry, state="absent")


def test_a_row_whose_owner_was_changed_is_somebody_elses(registry: World) -> None:
    put("score/2", owner={"S": "{{ lookup('pipe', 'id') }}"})(registry)
    assert "algorithm_row.score/2: a row that this module didn't write" in failure(registry)


def test_what_somebody_wrote_meanwhile_is_not_overwritten(registry: World) -> None:
    """Between the read and the write: the condition fails, the row is read again, and the run plans again."""
    changed = {**SCORE, "weight": 50}
    fault = {"action": "error", "code": "ConditionalCheckFailedException", "status": 400, "times": 1}
    text = "The conditional request failed"
    where = {"service": "dynamodb", "operation": "PutItem"}
    registry.emulator.control("POST", "faults", {**fault, **where, "message": text})
    result = run(registry, algorithms=[changed, RANK])
    # The third read is for the findings that are left.
    assert result["api_calls"]["dynamodb:PutItem"] == 2 and result["api_calls"]["dynamodb:Scan"] == 3
    assert rows(registry)["score/2"]["weight"] == {"N": "50"}


def test_records_of_somebody_else_stay(registry: World) -> None:
    change_record("CREATE", Name=f"by-hand.{ZONE}", SetIdentifier="mine")(registry)
    result = run(registry)
    assert result["plan"] == [] and any(f"by-hand.{ZONE}" in finding for finding in result["findings"])
    assert "records that this module didn't write" in failure(registry, state="absent")


def test_a_name_that_somebody_else_answers_is_in_the_way(registry: World) -> None:
    name = f"taken.alpha.{ZONE}"
    item = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.9.9.9"}]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": item}]}
    route53(registry).change_resource_record_sets(HostedZoneId=zone_id(registry), ChangeBatch=batch)
    text = failure(registry, algorithms=[SCORE, RANK, {**SCORE, "version": "3", "endpoint": name}])
    assert f"endpoint_record.{name}" in text and "in the way" in text


@pytest.mark.parametrize(
    ("more", "address"),
    [({"SetIdentifier": "theirs", "Weight": 200}, "10.9.9.9"), ({"Type": "AAAA"}, "2001:db8::9")],
)
def test_a_name_that_somebody_else_answers_too_is_refused(registry: World, more: dict[str, Any], address: str) -> None:
    """A part of the front's calls would go where nobody looked."""
    item = {"Name": SCORE["endpoint"], "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}], **more}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": item}]}
    route53(registry).change_resource_record_sets(HostedZoneId=zone_id(registry), ChangeBatch=batch)
    text = failure(registry)
    assert f"endpoint_record.{SCORE['endpoint']}: the zone has another record of this name" in text


def test_a_run_whose_role_is_not_an_operators_is_refused_before_a_write(front: World) -> None:
    text = failure(front, operator_role_arns=[f"arn:aws:iam::{HUB}:role/somebody"])
    assert "operator_role_arns: this run's own credential is" in text and f"Add {role(HUB)}" in text


OTHER = f"arn:aws:iam::{HUB}:role/other"


@pytest.mark.parametrize(
    ("options", "lost"),
    [
        ({"front_role_arn": OTHER}, FRONT),
        ({"operator_role_arns": REGISTRY["operator_role_arns"][:1]}, REGISTRY["operator_role_arns"][1]),
    ],
    ids=["front", "operator"],
)
def test_a_role_that_would_lose_access_is_asked_for(registry: World, options: dict[str, Any], lost: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    registry.client(HUB, "iam").create_role(RoleName="other", AssumeRolePolicyDocument=document)
    text = failure(registry, **options)
    names = [f"{TABLE}/table_policy.{name}" for name in ("health", "main")]
    assert all(f"{name} ({lost} would have no access)" in text for name in names)
    result = run(registry, **options, confirm_removals=names)
    assert [step.partition(":")[0] for step in steps(result)] == [
        "change table_policy.main",
        "change table_policy.health",
    ]
    # More operators need no confirmation.
    more = {"operator_role_arns": [*REGISTRY["operator_role_arns"], f"{OTHER}-2"]}
    assert len(steps(run(registry, **{**options, **more}))) == 2


def test_the_path_is_a_part_of_an_operators_role(front: World) -> None:
    """The tables' policy would keep out a role of that name under another path."""
    lacking = f"arn:aws:iam::{HUB}:role/operators/OrganizationAccountAccessRole"
    text = failure(front, operator_role_arns=[lacking])
    assert f"Add {role(HUB)}" in text and front.writes == []


def test_the_path_that_the_runs_role_really_has_counts(front: World) -> None:
    iam, name = front.client(HUB, "iam"), role(HUB).rpartition("/")[2]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName=name, Path="/operators/", AssumeRolePolicyDocument=document)
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    text = failure(front, assume_role_arn=role(HUB).replace(name, f"operators/{name}"), operator_role_arns=[role(HUB)])
    assert f"Add arn:aws:iam::{HUB}:role/operators/{name}" in text


def test_a_gateway_endpoint_of_somebody_else_is_used(front: World) -> None:
    ec2 = front.ec2(HUB)
    (vpc,) = (vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["CidrBlock"] == "10.0.0.0/16")
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-central-1.dynamodb")["VpcEndpoint"]
    result = run(front)
    assert result["gateway_endpoint_id"] == made["VpcEndpointId"]
    assert not any("vpc_endpoint" in step for step in steps(result))
    (finding,) = (one for one in result["findings"] if made["VpcEndpointId"] in one)
    assert "from there nobody reads the registry" in finding
    assert run(front)["plan"] == [] and not any("vpc_endpoint" in s for s in steps(run(front, state="absent")))


def test_the_zone_of_another_registry_in_the_vpc_is_in_the_way(registry: World) -> None:
    """A renamed registry would otherwise be a second one, and its rows none."""
    text = failure(registry, name="renamed")
    assert f"zone: {ZONE} is answered in this VPC already" in text


def test_another_zone_is_asked_for(registry: World) -> None:
    other = "others.internal"
    moved = [{**one, "endpoint": one["endpoint"].replace(ZONE, other)} for one in (SCORE, RANK)]
    assert f"confirm_removals=algorithms/registry_zone.{ZONE}" in failure(registry, zone=other, algorithms=moved)
    run(registry, zone=other, algorithms=moved, confirm_removals=[f"algorithms/registry_zone.{ZONE}"])
    assert run(registry, zone=other, algorithms=moved)["plan"] == []


def test_a_zone_in_another_profile_than_the_declared_one_is_a_finding(registry: World) -> None:
    """A changed or lost profile_id takes nothing out of a Profile, whose VPCs still resolve the names."""
    profiles, old = registry.client(HUB, "route53profiles"), profile(registry)
    new = profiles.create_profile(Name="other", ClientToken="2")["Profile"]["Id"]
    lost = run(registry, profile_id=None)
    assert lost["plan"] == []
    moved = run(registry, profile_id=new)
    assert steps(moved) == [f"create registry_profile_resource.{ZONE}"]
    for result in (lost, moved, run(registry, profile_id=new)):
        (finding,) = (one for one in result["findings"] if old in one)
        assert f"zone {ZONE} is also in Route 53 Profile {old}, which isn't profile_id" in finding
    run(registry, state="absent", profile_id=None)
    for id_ in (old, new):
        listed = profiles.list_profile_resource_associations(ProfileId=id_)["ProfileResourceAssociations"]
        assert all(one["Status"] == "DELETED" for one in listed)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ([SCORE, {**SCORE, "account_id": SPOKE_2}], "algorithms[1].version: 'score/2' is offered twice, by accounts"),
        ([{**SCORE, "endpoint": "score.example.com"}], f"is not below the zone {ZONE}"),
        ([{**SCORE, "endpoint": ZONE}], f"is not below the zone {ZONE}"),
        ([{**SCORE, "port": 0}], "algorithms[0].port: 0 is no port"),
        ([{**SCORE, "weight": -1}], "algorithms[0].weight: -1 is no weight"),
        ([{**SCORE, "addresses": ["8.8.8.8"]}], "is no private address of a network"),
        ([{**SCORE, "addresses": ["10.1.0.10", "10.1.0.10"]}], "is there twice"),
        ([{**SCORE, "health_path": "health"}], "is no path"),
        ([{**SCORE, "name": "a/b"}], "is no name of an algorithm"),
        ([SCORE, {**RANK, "endpoint": SCORE["endpoint"]}], "resolves to 10.1.0.10, 10.1.1.10 of account"),
    ],
)
def test_bad_input_is_refused_before_a_call(world: World, changed: list[Any], text: str) -> None:
    told = failure(world, algorithms=changed, profile_id="rp-0123")
    assert text in told and world.calls == []


def test_a_check_that_is_always_stale_is_refused(world: World) -> None:
    assert "stale_seconds: 120 is over before the next check, 2 min later" in failure(
        world, check_minutes=2, stale_seconds=120, profile_id="rp-0123"
    )


def test_the_front_is_no_operator(world: World) -> None:
    assert "is the front's role, which only reads" in failure(world, operator_role_arns=[FRONT], profile_id="rp-0123")


def test_what_is_checked_is_the_schedules_input(registry: World) -> None:
    target = registry.client(HUB, "scheduler").get_schedule(Name=f"{TABLE}-checker")["Target"]
    checked = json.loads(target["Input"])["algorithms"]
    assert [(one["algorithm"], one["endpoint"], one["port"]) for one in checked] == [
        ("rank", RANK["endpoint"], RANK["port"]),
        ("score", SCORE["endpoint"], SCORE["port"]),
    ]
    assert record(registry)["SetIdentifier"] == "closednet:managed=algorithm_registry/algorithms"
