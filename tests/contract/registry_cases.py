# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases of algorithm_registry: a front's VPC, two algorithms of two customers, and drifts of all that is declared."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from tests.contract.case import TAGS, ZONES, Case, Drift, by_tags, only, tags
from tests.contract.world import World, role
from tests.emulator.conftest import HUB, SPOKE, SPOKE_2

READS = ("dynamodb", "Describe*")
OWNER = "algorithm_registry/algorithms"
TABLE, HEALTH = "algorithms", "algorithms-health"
FUNCTION = "algorithms-checker"
FRONT = f"arn:aws:iam::{HUB}:role/front"
ZONE = "algorithms.internal"
LIVE = {"state": "live", "reason": ""}
SCORE = {
    "name": "score",
    "version": "2",
    "account_id": SPOKE,
    "endpoint": f"score.alpha.{ZONE}",
    "addresses": ["10.1.0.10", "10.1.1.10"],
    "port": 8443,
    "health_path": "/health",
    **LIVE,
}
RANK = {
    "name": "rank",
    "version": "1",
    "account_id": SPOKE_2,
    "endpoint": f"rank.beta.{ZONE}",
    "addresses": ["10.2.0.10"],
    "port": 9000,
    "protocol": "tcp",
    "weight": 10,
    "state": "pending",
    "reason": "alpha reaches it",
}


def front_vpc(world: World) -> None:
    """Create the front's VPC, of two tiers in two zones, the front's role, and a Profile."""
    tiers = [{"name": "front", "prefix": 24}, {"name": "endpoint", "prefix": 26}]
    options = {"name": "front", "cidrs": ["10.0.0.0/16"], "availability_zone_ids": ZONES, "tiers": tiers}
    world.run("tiered_vpc", HUB, options)
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    world.client(HUB, "iam").create_role(RoleName="front", AssumeRolePolicyDocument=document)
    world.client(HUB, "route53profiles").create_profile(Name="shared", ClientToken="1")


def profile(world: World) -> str:
    """Return the id of the account's Profile, which carries the zone to further VPCs."""
    profiles = world.client(HUB, "route53profiles")
    return only(profiles.list_profiles()["ProfileSummaries"], "Id")


def out_of_the_profile(world: World) -> None:
    profiles = world.client(HUB, "route53profiles")
    (there,) = profiles.list_profile_resource_associations(ProfileId=profile(world))["ProfileResourceAssociations"]
    profiles.disassociate_resource_from_profile(ProfileId=profile(world), ResourceArn=there["ResourceArn"])


REGISTRY: dict[str, Any] = {
    "name": TABLE,
    "zone": ZONE,
    "vpc_name": "front",
    "front_role_arn": FRONT,
    # The second is the one with exactly the module's permissions, of test_permissions.py.
    "operator_role_arns": [role(HUB), f"arn:aws:iam::{HUB}:role/operators/operator"],
    "profile_id": profile,
    "algorithms": [SCORE, RANK],
    "tags": TAGS,
}


def dynamodb(world: World) -> Any:
    """Return a client of the operator: the table's policy denies everybody else, also who may do all by IAM."""
    return world.emulator.plain_client("dynamodb", **world.emulator.credentials(HUB))


def arn(table: str = TABLE) -> str:
    return f"arn:aws:dynamodb:eu-central-1:{HUB}:table/{table}"


def rows(world: World) -> dict[str, dict[str, Any]]:
    """Return the rows of the table by algorithm and version."""
    found = dynamodb(world).scan(TableName=TABLE)["Items"]
    return {f"{row['algorithm']['S']}/{row['version']['S']}": row for row in found}


def key(name: str) -> dict[str, Any]:
    algorithm, _, version = name.partition("/")
    return {"algorithm": {"S": algorithm}, "version": {"S": version}}


def put(name: str, **changed: Any) -> Callable[[World], Any]:
    """Return a change of a row by hand."""

    def change(world: World) -> None:
        dynamodb(world).put_item(TableName=TABLE, Item={**rows(world)[name], **changed})

    return change


def put_foreign(world: World, name: str = "score/1") -> str:
    item = {**key(name), "endpoint": {"S": "elsewhere.example.com"}, "port": {"N": "443"}, "state": {"S": "live"}}
    dynamodb(world).put_item(TableName=TABLE, Item=item)
    return name


def no_row(world: World) -> None:
    dynamodb(world).delete_item(TableName=TABLE, Key=key("score/2"))


def update(table: str, **changed: Any) -> Callable[[World], Any]:
    return lambda world: dynamodb(world).update_table(TableName=table, **changed)


def no_backups(world: World) -> None:
    off = {"PointInTimeRecoveryEnabled": False}
    dynamodb(world).update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification=off)


def retag(world: World, id_: str, **values: str) -> None:
    pairs = [{"Key": name, "Value": value} for name, value in values.items()]
    dynamodb(world).tag_resource(ResourceArn=id_, Tags=pairs)


def put_policy(world: World) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": FRONT}, "Action": "dynamodb:Scan", "Resource": arn()}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    dynamodb(world).put_resource_policy(ResourceArn=arn(), Policy=document)


def no_policy(world: World) -> None:
    dynamodb(world).delete_resource_policy(ResourceArn=arn(HEALTH))


def no_health_table(world: World) -> None:
    update(HEALTH, DeletionProtectionEnabled=False)(world)
    dynamodb(world).delete_table(TableName=HEALTH)


def route53(world: World) -> Any:
    return world.client(HUB, "route53")


def zone_id(world: World) -> str:
    return only([z for z in route53(world).list_hosted_zones()["HostedZones"] if z["Name"] == f"{ZONE}."], "Id")


def record(world: World, name: str = SCORE["endpoint"]) -> dict[str, Any]:
    sets = route53(world).list_resource_record_sets(HostedZoneId=zone_id(world))["ResourceRecordSets"]
    (found,) = (item for item in sets if item["Name"] == f"{name}.")
    return found


def change_record(action: str, **changed: Any) -> Callable[[World], Any]:
    def change(world: World) -> None:
        changes = [{"Action": action, "ResourceRecordSet": {**record(world), **changed}}]
        route53(world).change_resource_record_sets(HostedZoneId=zone_id(world), ChangeBatch={"Changes": changes})

    return change


def no_zone(world: World) -> None:
    out_of_the_profile(world)
    sets = route53(world).list_resource_record_sets(HostedZoneId=zone_id(world))["ResourceRecordSets"]
    changes = [{"Action": "DELETE", "ResourceRecordSet": item} for item in sets if item["Type"] == "A"]
    route53(world).change_resource_record_sets(HostedZoneId=zone_id(world), ChangeBatch={"Changes": changes})
    route53(world).delete_hosted_zone(Id=zone_id(world))


def functions(world: World) -> Any:
    return world.client(HUB, "lambda")


def configure(**changed: Any) -> Callable[[World], Any]:
    return lambda world: functions(world).update_function_configuration(FunctionName=FUNCTION, **changed)


def other_subnets(world: World) -> None:
    found = functions(world).get_function_configuration(FunctionName=FUNCTION)["VpcConfig"]
    config = {"SubnetIds": found["SubnetIds"][:1], "SecurityGroupIds": found["SecurityGroupIds"]}
    functions(world).update_function_configuration(FunctionName=FUNCTION, VpcConfig=config)


def function_arn(world: World) -> str:
    return str(functions(world).get_function(FunctionName=FUNCTION)["Configuration"]["FunctionArn"])


def retag_function(world: World, id_: str, **values: str) -> None:
    functions(world).tag_resource(Resource=id_, Tags=values)


def other_code(world: World) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return None\n")
    functions(world).update_function_code(FunctionName=FUNCTION, ZipFile=buffer.getvalue())


def no_function(world: World) -> None:
    functions(world).delete_function(FunctionName=FUNCTION)


def no_group(world: World) -> None:
    no_function(world)
    world.ec2(HUB).delete_security_group(GroupId=group(world))


def no_schedule(world: World) -> None:
    world.client(HUB, "scheduler").delete_schedule(Name=FUNCTION)


def schedule_elsewhere(world: World) -> None:
    scheduler = world.client(HUB, "scheduler")
    target = scheduler.get_schedule(Name=FUNCTION)["Target"]
    change_schedule(Target={**target, "Input": json.dumps({"algorithms": []})})(world)


def change_schedule(**changed: Any) -> Callable[[World], Any]:
    def change(world: World) -> None:
        scheduler = world.client(HUB, "scheduler")
        there = scheduler.get_schedule(Name=FUNCTION)
        names = ("Name", "Description", "ScheduleExpression", "FlexibleTimeWindow", "State", "Target")
        scheduler.update_schedule(**{name: there[name] for name in names} | changed)

    return change


group = by_tags(HUB, "describe_security_groups", "SecurityGroups", "GroupId", OWNER, "checker")
gateway = by_tags(HUB, "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", OWNER, "dynamodb")


def open_group(world: World) -> None:
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    world.ec2(HUB).authorize_security_group_egress(GroupId=group(world), IpPermissions=[rule])


def fewer_route_tables(world: World) -> None:
    (found,) = world.ec2(HUB).describe_vpc_endpoints(VpcEndpointIds=[gateway(world)])["VpcEndpoints"]
    world.ec2(HUB).modify_vpc_endpoint(VpcEndpointId=gateway(world), RemoveRouteTableIds=found["RouteTableIds"][:1])


def put_role_policy(world: World) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.client(HUB, "iam").put_role_policy(RoleName=FUNCTION, PolicyName="service", PolicyDocument=document)


def attach(world: World) -> None:
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    world.client(HUB, "iam").attach_role_policy(RoleName=FUNCTION, PolicyArn=policy)


def retrust(world: World) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SPOKE}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.client(HUB, "iam").update_assume_role_policy(RoleName=FUNCTION, PolicyDocument=document)


def no_role(world: World) -> None:
    iam = world.client(HUB, "iam")
    iam.delete_role_policy(RoleName=f"{FUNCTION}-schedule", PolicyName="service")
    iam.delete_role(RoleName=f"{FUNCTION}-schedule")


def retag_role(world: World, id_: str, **values: str) -> None:
    pairs = [{"Key": name, "Value": value} for name, value in values.items()]
    world.client(HUB, "iam").tag_role(RoleName=id_, Tags=pairs)


def admit(world: World) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    world.ec2(HUB).authorize_security_group_ingress(GroupId=group(world), IpPermissions=[rule])


def no_gateway(world: World) -> None:
    world.ec2(HUB).delete_vpc_endpoints(VpcEndpointIds=[gateway(world)])


def no_log(world: World) -> None:
    world.client(HUB, "logs").delete_log_group(logGroupName=f"/closednet/{OWNER}")


def retag_log(world: World, id_: str, **values: str) -> None:
    world.client(HUB, "logs").tag_resource(resourceArn=id_, tags=values)


LOG_ARN = f"arn:aws:logs:eu-central-1:{HUB}:log-group:/closednet/{OWNER}"


def keep_log_for_a_day(world: World) -> None:
    world.client(HUB, "logs").put_retention_policy(logGroupName=f"/closednet/{OWNER}", retentionInDays=1)


def foreign_table(world: World) -> str:
    made = dynamodb(world).create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("algorithm", "version")],
        KeySchema=[{"AttributeName": "algorithm", "KeyType": "HASH"}, {"AttributeName": "version", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return str(made["TableDescription"]["TableArn"])


def foreign_zone(world: World) -> str:
    (vpc,) = (vpc for vpc in world.ec2(HUB).describe_vpcs()["Vpcs"] if vpc["CidrBlock"] == "10.0.0.0/16")
    made = route53(world).create_hosted_zone(
        Name=ZONE, VPC={"VPCRegion": "eu-central-1", "VPCId": vpc["VpcId"]}, CallerReference="by hand"
    )
    return str(made["HostedZone"]["Id"].rpartition("/")[2])


def _row(field: str, value: dict[str, str], name: str = "score/2") -> Drift:
    return Drift(f"row: {field} changed", "algorithm_row", (field,), "change", put(name, **{field: value}))


ALGORITHM_REGISTRY = Case(
    "algorithm_registry",
    HUB,
    REGISTRY,
    [HUB],
    [
        _row("account_id", {"S": SPOKE_2}),
        _row("endpoint", {"S": "elsewhere.example.com"}),
        _row("port", {"N": "22"}),
        _row("protocol", {"S": "http"}),
        _row("weight", {"N": "0"}),
        _row("health_path", {"S": "/"}),
        _row("reason", {"S": "because"}),
        Drift(
            "row: live by hand",
            "algorithm_row",
            ("state",),
            "change",
            put("rank/1", state={"S": "live"}),
            confirm=("algorithms/algorithm_row.rank/1",),
        ),
        Drift(
            "row: removed",
            "algorithm_row",
            ("table", "algorithm", "version", "owner"),
            "create",
            no_row,
        ),
        Drift(
            "table: provisioned",
            "algorithm_table",
            ("billing_mode",),
            "change",
            update(
                TABLE,
                BillingMode="PROVISIONED",
                ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            ),
        ),
        Drift(
            "table: no protection",
            "algorithm_table",
            ("deletion_protection",),
            "change",
            update(TABLE, DeletionProtectionEnabled=False),
        ),
        Drift("table: no backups", "algorithm_table", ("point_in_time_recovery",), "change", no_backups),
        Drift("health: table removed", "algorithm_table", ("table_name", "keys"), "create", no_health_table),
        *tags("algorithm_table", HUB, lambda world: arn(), retag),
        Drift("policy: changed", "table_policy", ("policy",), "change", put_policy),
        Drift("health: no policy", "table_policy", ("table",), "create", no_policy),
        Drift("zone: removed", "registry_zone", ("name", "vpc", "region", "comment"), "create", no_zone),
        Drift(
            "record: removed",
            "endpoint_record",
            ("zone", "record_name", "identifier"),
            "create",
            change_record("DELETE"),
        ),
        Drift(
            "record: elsewhere",
            "endpoint_record",
            ("addresses",),
            "change",
            change_record("UPSERT", ResourceRecords=[{"Value": "10.2.0.99"}]),
        ),
        Drift("record: kept for long", "endpoint_record", ("ttl",), "change", change_record("UPSERT", TTL=86400)),
        Drift(
            "zone: not in the Profile",
            "registry_profile_resource",
            ("profile", "arn", "resource_name"),
            "create",
            out_of_the_profile,
        ),
        Drift("group: all out", "security_group", ("egress",), "change", open_group),
        *tags("security_group", HUB, group),
        Drift("gateway: a route table less", "vpc_endpoint", ("route_tables",), "change", fewer_route_tables),
        *tags("vpc_endpoint", HUB, gateway),
        Drift("role: more policy", "service_role", ("policy",), "change", put_role_policy),
        Drift("role: administrator", "service_role", ("others",), "change", attach),
        Drift("role: trusts an account", "service_role", ("trust",), "change", retrust),
        Drift("role: removed", "service_role", ("role_name",), "create", no_role),
        *tags("service_role", HUB, lambda world: FUNCTION, retag_role),
        Drift("group: somebody in", "security_group", ("ingress",), "change", admit),
        Drift(
            "group: removed, with the function",
            "security_group",
            ("vpc", "group_name", "description"),
            "create",
            no_group,
        ),
        Drift("gateway: removed", "vpc_endpoint", ("type", "vpc", "service_name"), "create", no_gateway),
        Drift("function: removed", "lambda_function", ("function_name",), "create", no_function),
        Drift("function: other code", "lambda_function", ("code_sha256",), "change", other_code),
        Drift("function: runtime", "lambda_function", ("runtime",), "change", configure(Runtime="python3.12")),
        Drift("function: handler", "lambda_function", ("handler",), "change", configure(Handler="other.main")),
        Drift("function: memory", "lambda_function", ("memory",), "change", configure(MemorySize=1024)),
        Drift("function: role", "lambda_function", ("role",), "change", configure(Role=FRONT)),
        Drift(
            "function: log",
            "lambda_function",
            ("log_group",),
            "change",
            configure(LoggingConfig={"LogGroup": "/elsewhere"}),
        ),
        Drift("schedule: removed", "schedule", ("schedule_name", "description"), "create", no_schedule),
        Drift("schedule: checks nothing", "schedule", ("target",), "change", schedule_elsewhere),
        Drift(
            "schedule: flexible",
            "schedule",
            ("flexible_time_window",),
            "change",
            change_schedule(FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}),
        ),
        Drift("log: removed", "log_group", ("log_group",), "create", no_log),
        *tags("log_group", HUB, lambda world: LOG_ARN, retag_log),
        Drift("function: timeout", "lambda_function", ("timeout",), "change", configure(Timeout=3)),
        Drift(
            "function: environment",
            "lambda_function",
            ("environment",),
            "change",
            configure(Environment={"Variables": {"HEALTH_TABLE": "elsewhere"}}),
        ),
        Drift("function: fewer subnets", "lambda_function", ("vpc",), "change", other_subnets),
        *tags("lambda_function", HUB, function_arn, retag_function),
        Drift("schedule: disabled", "schedule", ("state",), "change", change_schedule(State="DISABLED")),
        Drift(
            "schedule: rare",
            "schedule",
            ("expression",),
            "change",
            change_schedule(ScheduleExpression="rate(1 day)"),
        ),
        Drift("log: kept for a day", "log_group", ("retention_days",), "change", keep_log_for_a_day),
    ],
    before=front_vpc,
    keeps=("log_group",),
    stays={"log": "it says what happened"},
    foreign={"table": foreign_table, "zone": foreign_zone},
    reads=READS,
)
CASES = [ALGORITHM_REGISTRY]
