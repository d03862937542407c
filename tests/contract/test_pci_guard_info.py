# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pci_guard_info on what AWS's APIs describe: a good account, then faults made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract import pci_cases
from tests.contract import pci_info_cases as pci
from tests.contract.case import subnets
from tests.contract.world import World
from tests.emulator.conftest import MANAGEMENT, SPOKE

# The root user has no MFA.
ALWAYS = {"8.4.1", "8.4.2"}
SECRET = "hunter2-and-no-more"


def ask(world: World, **more: Any) -> dict[str, Any]:
    return world.run("pci_guard_info", SPOKE, {**pci.PCI_GUARD_INFO.options, **more})


def having(verdict: str, result: dict[str, Any]) -> set[str]:
    return {item["requirement"] for item in result["requirements"] if item["verdict"] == verdict}


@pytest.fixture
def good(world: World) -> World:
    pci.good_account(world)
    return world


def evidence(result: dict[str, Any], check: str) -> dict[str, Any]:
    return next(told for item in result["requirements"] for told in item["evidence"] if told["check"] == check)


def test_a_good_account(good: World) -> None:
    result = ask(good)
    assert having("fail", result) == ALWAYS
    assert evidence(result, "root_mfa")["verdict"] == "fail"
    assert evidence(result, "mfa_of_people")["fields"] == {"looked_at": 2}
    assert having("unknown", result) == set()
    # The account has no secret in Secrets Manager.
    assert having("not_applicable", result) == {"8.6.3"}
    assert len(result["scope"]["data_subnet_ids"]) == len(result["scope"]["public_subnet_ids"]) == 2
    assert [item["name"] for item in result["secrets"]["needless"]] == ["LOG_LEVEL"]
    used = {item["store"]: item["used"] for item in result["secrets"]["quotas"]}
    assert used == {"secretsmanager": 0, "ssm standard parameters": 1, "ssm advanced parameters": 0}
    assert sum(result["api_calls"].values()) < 45
    assert good.writes == []
    json.dumps(result)


def trusting(role: str, condition: dict[str, Any]) -> Callable[[World], Any]:
    allow = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:user/operator"}}
    allow |= {"Action": "sts:AssumeRole", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})

    def change(world: World) -> None:
        world.client(SPOKE, "iam").update_assume_role_policy(RoleName=role, PolicyDocument=document)

    return change


def public_route(world: World) -> None:
    ec2, query = world.ec2(SPOKE), [{"Name": "attachment.vpc-id", "Values": [pci.vpc_id(world)]}]
    (gateway,) = ec2.describe_internet_gateways(Filters=query)["InternetGateways"]
    query = [{"Name": "association.subnet-id", "Values": [subnets(world, SPOKE, "pci", "data")[0]]}]
    (table,) = ec2.describe_route_tables(Filters=query)["RouteTables"]
    ec2.create_route(
        RouteTableId=table["RouteTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=gateway["InternetGatewayId"],
    )


def open_port(world: World) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    world.ec2(SPOKE).authorize_security_group_ingress(GroupId=world.made["group"], IpPermissions=[rule])


def user_with_both(world: World) -> None:
    iam = world.client(SPOKE, "iam")
    iam.create_user(UserName="ben")
    iam.create_login_profile(UserName="ben", Password="Not-A-Secret-1234")
    iam.create_access_key(UserName="ben")
    iam.generate_credential_report()


def database_public(world: World) -> None:
    world.client(SPOKE, "rds").modify_db_instance(DBInstanceIdentifier="cards", PubliclyAccessible=True)


def idle_longer(world: World) -> None:
    preferences = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"idleSessionTimeout": "60"}}
    world.client(SPOKE, "ssm").update_document(
        Name="SSM-SessionManagerRunShell", Content=json.dumps(preferences), DocumentVersion="$LATEST"
    )


def detector_off(world: World) -> None:
    guardduty = world.client(SPOKE, "guardduty")
    guardduty.update_detector(DetectorId=guardduty.list_detectors()["DetectorIds"][0], Enable=False)


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "900"}}
NAMED = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
BREAKS: dict[str, tuple[Callable[[World], Any], set[str]]] = {
    "the data tier has a route to the internet": (public_route, {"1.3.2", "1.4.1", "1.4.4"}),
    "SSH is open to the internet": (open_port, {"1.2.5", "1.3.1", "1.4.2"}),
    "an interface forwards": (
        lambda world: world.ec2(SPOKE).modify_network_interface_attribute(
            NetworkInterfaceId=world.made["interface"], SourceDestCheck={"Value": False}
        ),
        {"1.4.3"},
    ),
    "the database is public": (database_public, {"1.4.4"}),
    "BoolIfExists": (
        trusting("auditor", {**NAMED, "BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
        {"8.2.8", "8.4.3", "8.5.1"},
    ),
    "any session name": (trusting("admin", MFA), {"8.2.1", "8.2.2"}),
    "a task is administrator": (
        lambda world: world.client(SPOKE, "iam").attach_role_policy(
            RoleName="task", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        {"7.2.5"},
    ),
    "a user has a password without MFA, and keys": (user_with_both, {"8.4.3", "8.6.1"}),
    "no password policy": (
        lambda world: (
            world.client(SPOKE, "iam").delete_account_password_policy(),
            world.client(SPOKE, "iam").create_user(UserName="mailer"),
        ),
        {"8.3.6", "8.3.7", "8.3.9"},
    ),
    "ECS Exec": (lambda world: pci.service(world, "exec", exec_=True), {"8.2.8"}),
    "a container writes": (lambda world: pci.service(world, "writes", readonlyRootFilesystem=False), {"2.2.4"}),
    "a secret in plain": (
        lambda world: pci.service(world, "plain", environment=[{"name": "DB_PASSWORD", "value": SECRET}]),
        {"8.6.2"},
    ),
    "sessions idle for an hour": (idle_longer, {"8.2.8"}),
    "the trail stands": (
        lambda world: world.client(SPOKE, "cloudtrail").stop_logging(Name="all"),
        {"10.2.1", "10.3.4"},
    ),
    "logs kept for a month": (
        lambda world: world.client(SPOKE, "logs").put_retention_policy(logGroupName="flow-logs", retentionInDays=30),
        {"10.5.1"},
    ),
    "GuardDuty is off": (detector_off, {"11.5.1"}),
}


def test_each_thing_that_is_broken_fails_exactly_its_requirements(world: World) -> None:
    """Breaks add up in one account: each one adds exactly its own requirements to those that fail."""
    pci.account_without_report(world)  # AWS generates the next report only four hours later
    expected = ALWAYS
    for name, (change, failing) in BREAKS.items():
        change(world)
        result = ask(world)
        expected = expected | failing
        assert having("fail", result) == expected, name
        assert SECRET not in json.dumps(result) and world.writes == []


DENIED = [
    ("ec2", "DescribeSecurityGroups", "UnauthorizedOperation", {"1.2.5", "1.3.1", "1.3.2", "1.4.2", "7.3.3"}),
    ("ecs", "DescribeServices", "AccessDeniedException", {"1.4.2", "2.2.3", "2.2.4", "8.2.8", "8.6.2", "8.6.3"}),
    ("cloudtrail", "GetTrailStatus", "AccessDeniedException", {"10.2.1", "10.3.4", "10.5.1"}),
    ("iam", "GetCredentialReport", "AccessDenied", {"8.2.6", "8.4.3", "8.6.1"}),
]


def test_what_is_denied_is_unknown_and_named(good: World) -> None:
    for service, operation, code, unknown in DENIED:
        rule = {"action": "error", "code": code, "status": 403, "message": "not authorized", "account": SPOKE}
        good.emulator.control("POST", "faults", {**rule, "service": service, "operation": operation})
        result = ask(good)
        assert having("unknown", result) == unknown
        assert f"{service}:{operation} is denied" in json.dumps(result["requirements"])
        good.emulator.control("DELETE", "faults")


def test_roles_that_pci_role_guard_made_pass(world: World) -> None:
    guard = pci_cases.PCI_ROLE_GUARD
    checks = ("administrators", "mfa_of_people", "mfa_of_administrators", "mfa_bypass", "mfa_age")
    of_identity_center = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_auditor_0123456789abcdef"
    for federated, verdict in (([], "pass"), ([of_identity_center], "unknown")):
        auditor = {"name": "auditor", "permissions": "auditor", "users": ["eve"], "federated_roles": federated}
        roles = [{"name": "admin", "permissions": "admin"}, auditor]
        world.run("pci_role_guard", guard.account, {**guard.options, "roles": roles})
        result = world.run("pci_guard_info", guard.account, {})
        told = {check: evidence(result, check)["verdict"] for check in checks}
        assert told == {**dict.fromkeys(checks, "pass"), "mfa_of_people": verdict}
        assert evidence(result, "session_names")["verdict"] == ("fail" if federated else "pass")
