# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A good account fails nowhere; one thing broken fails exactly its requirements; what isn't read is unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._capabilities.pci_guard_info import CHECKS
from ansible_collections.closednet.aws.plugins.module_utils._domain.iam import trust_policies
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci import secrets
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci.checks.model import Scope, judge
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci.checks.security_groups import (
    is_service,
    service,
)
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci.requirements import REQUIREMENTS
from ansible_collections.closednet.aws.tests.unit._domain.pci import pci_facts as given
from ansible_collections.closednet.aws.tests.unit._domain.pci.pci_facts import ACCOUNT, IDENTITY, SCOPE, good

Facts = dict[str, Any]
SECRET = "hunter2-and-no-more"


def verdicts(facts: Facts, scope: Scope = SCOPE) -> dict[str, str]:
    return {item["requirement"]: item["verdict"] for item in judge(CHECKS, facts, scope)}


def having(verdict: str, facts: Facts, scope: Scope = SCOPE) -> set[str]:
    return {number for number, found in verdicts(facts, scope).items() if found == verdict}


def test_in_a_good_account_nothing_fails_and_nothing_is_unknown() -> None:
    assert set(verdicts(good()).values()) == {"pass"}
    for item in judge(CHECKS, good(), SCOPE):
        assert item["evidence"] and item["says"] and item["old"] != ""
        json.dumps(item["evidence"])


def test_every_requirement_has_a_check_and_the_other_way_round() -> None:
    assert {number for check in CHECKS for number in check.requirements} == set(REQUIREMENTS)
    assert len({check.id for check in CHECKS}) == len(CHECKS)


# ---- one thing broken ---------------------------------------------------------------------------------------------


def group(key: str, *rules: dict[str, Any], name: str = "app") -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        (found,) = [g for g in facts["SecurityGroups"] if g["GroupName"] == name]
        found[key] = [*found[key], *rules]

    return change


def route(tier: str, **target: str) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        (table,) = [t for t in facts["RouteTables"] if t["RouteTableId"] == f"rtb-{tier}"]
        table["Routes"].append(given.way_out(**target))

    return change


def by_ipv6(tier: str, cidr: str = "::/0", **target: str) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        (table,) = [t for t in facts["RouteTables"] if t["RouteTableId"] == f"rtb-{tier}"]
        table["Routes"].append({"DestinationIpv6CidrBlock": cidr, "State": "active", **target})

    return change


def also(*changes: Callable[[Facts], None]) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        for one in changes:
            one(facts)

    return change


def put(kind: str, index: int, **fields: Any) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        facts[kind][index].update(fields)

    return change


def alter(kind: str, **fields: Any) -> Callable[[Facts], None]:
    return lambda facts: facts[kind].update(fields)


def set_(kind: str, value: Any) -> Callable[[Facts], None]:
    return lambda facts: facts.update({kind: value})


def add(kind: str, *items: Any) -> Callable[[Facts], None]:
    return lambda facts: facts[kind].extend(items)


def trusted(condition: dict[str, Any], principal: str = f"arn:aws:iam::{IDENTITY}:user/ann") -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [allow]}


NAMED = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
FRESH = {"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "900"}}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def operator(document: Any) -> Callable[[Facts], None]:
    return put("Roles", 1, AssumeRolePolicyDocument=document)


def container(**fields: Any) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        facts["Containers"]["TaskDefinitions"][0]["containerDefinitions"][0].update(fields)

    return change


def running(kind: str, **fields: Any) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        facts["Containers"][kind][0].update(fields)

    return change


def reported(name: str, **columns: str) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        facts["CredentialReport"]["Users"].append(given.user(name, **columns))

    return change


PUBLIC = {"Association": {"PublicIp": "198.51.100.7"}}
# Of Amazon's; a range for documentation isn't global.
IPV6 = {"Ipv6Addresses": [{"Ipv6Address": "2a05:d014:1:2::5"}]}
CONSOLE = {
    "password_enabled": "true",
    "password_last_used": given.days_ago(1),
    "password_last_changed": given.days_ago(5),
}
WIDE = given.statement()
BREAKS: dict[str, tuple[Callable[[Facts], None], set[str]]] = {
    "a rule of all protocols": (
        group("IpPermissions", {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-lb"}]}),
        {"1.2.5"},
    ),
    "all ports of tcp": (group("IpPermissions", {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}), {"1.2.5"}),
    "a service that isn't approved": (group("IpPermissions", given.rule(23)), {"1.2.5"}),
    "another port open to the internet": (
        group("IpPermissions", given.rule(5432, **given.anywhere())),
        {"1.3.1", "1.4.2"},
    ),
    "and by IPv6": (
        group("IpPermissions", given.rule(5432, Ipv6Ranges=[{"CidrIpv6": "::/0"}])),
        {"1.3.1", "1.4.2"},
    ),
    # The whole internet in other words: see test_internet.
    "and by all that is given of IPv6": (
        group("IpPermissions", given.rule(5432, Ipv6Ranges=[{"CidrIpv6": "2000::/3"}])),
        {"1.3.1", "1.4.2"},
    ),
    "and by half of IPv4": (
        group("IpPermissions", given.rule(5432, IpRanges=[{"CidrIp": "128.0.0.0/1"}])),
        {"1.3.1", "1.4.2"},
    ),
    "everything out by IPv6": (
        group("IpPermissionsEgress", given.rule(23, Ipv6Ranges=[{"CidrIpv6": "::/0"}])),
        {"1.2.5", "1.3.2"},
    ),
    "an egress-only internet gateway for the data tier": (
        by_ipv6("data", EgressOnlyInternetGatewayId="eigw-1"),
        {"1.3.2"},
    ),
    "the internet by IPv6 for the data tier": (by_ipv6("data", GatewayId="igw-1"), {"1.3.2", "1.4.1", "1.4.4"}),
    "a carrier gateway for the data tier": (route("data", CarrierGatewayId="cagw-1"), {"1.3.2"}),
    "an IPv6 address that the internet reaches": (
        also(by_ipv6("data", GatewayId="igw-1"), put("NetworkInterfaces", 3, **IPV6)),
        {"1.3.2", "1.4.1", "1.4.2", "1.4.4"},
    ),
    "everything out": (
        group("IpPermissionsEgress", {"IpProtocol": "-1", **given.anywhere()}),
        {"1.2.5", "1.3.2"},
    ),
    "the default endpoint policy": (
        put("VpcEndpoints", 0, PolicyDocument=json.dumps(given.statement(Principal="*"))),
        {"1.3.2"},
    ),
    "a NAT gateway for the data tier": (route("data", NatGatewayId="nat-1"), {"1.3.2"}),
    "the internet for the data tier": (route("data", GatewayId="igw-1"), {"1.3.2", "1.4.1", "1.4.4"}),
    "a public address in the app tier": (put("NetworkInterfaces", 2, **PUBLIC), {"1.4.2"}),
    "a public address in the data tier": (put("NetworkInterfaces", 3, **PUBLIC), {"1.4.2", "1.4.4"}),
    "public addresses given in the data tier": (put("Subnets", 2, MapPublicIpOnLaunch=True), {"1.4.4"}),
    "forged sources": (put("NetworkInterfaces", 2, SourceDestCheck=False), {"1.4.3"}),
    "a public database": (put("DBInstances", 0, PubliclyAccessible=True), {"1.4.4"}),
    "the default group": (group("IpPermissions", given.rule(443), name="default"), {"7.3.3"}),
    "the default ACL": (put("NetworkAcls", 0, Associations=[{"SubnetId": "subnet-app"}]), {"7.3.3"}),
    "a user is administrator": (
        put("Users", 0, UserPolicyList=[{"PolicyName": "all", "PolicyDocument": WIDE}]),
        {"7.2.2"},
    ),
    "a group is, by a policy of the customer's": (
        lambda facts: (
            facts["Groups"].append(
                {"GroupName": "ops", "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:p"}]}
            ),
            facts["Policies"].append(
                {"Arn": "arn:p", "PolicyVersionList": [{"IsDefaultVersion": True, "Document": WIDE}]}
            ),
        ),
        {"7.2.2"},
    ),
    "an administrator without a boundary": (put("Roles", 0, PermissionsBoundary=None), {"7.2.2"}),
    "a task is administrator": (
        put("Roles", 2, RolePolicyList=[{"PolicyName": "all", "PolicyDocument": given.statement("iam:*")}]),
        {"7.2.5"},
    ),
    "no MFA at all": (operator(trusted({**NAMED})), {"8.2.8", "8.4.2", "8.4.3"}),
    "BoolIfExists": (
        operator(trusted({**NAMED, "BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
        {"8.2.8", "8.4.2", "8.4.3", "8.5.1"},
    ),
    "Null": (
        operator(trusted({**NAMED, **FRESH, "Null": {"aws:MultiFactorAuthPresent": "false"}})),
        set(),  # NumericLessThanEquals asks for MFA all the same
    ),
    "NumericLessThanIfExists": (
        operator(trusted({**NAMED, "NumericLessThanEqualsIfExists": {"aws:MultiFactorAuthAge": "900"}})),
        {"8.4.2", "8.4.3", "8.5.1"},
    ),
    "MFA of any age": (operator(trusted({**NAMED, **MFA})), {"8.2.8"}),
    "the administrator without MFA": (
        put("Roles", 0, AssumeRolePolicyDocument=trusted({**NAMED})),
        {"8.2.8", "8.4.1", "8.4.2", "8.4.3"},
    ),
    "any session name": (operator(trusted({**MFA, **FRESH})), {"8.2.1", "8.2.2"}),
    "a whole account": (
        operator(trusted({**MFA, **FRESH, **NAMED}, f"arn:aws:iam::{IDENTITY}:root")),
        {"7.2.2", "8.2.2"},
    ),
    "everybody": (operator(trusted({**MFA, **FRESH, **NAMED}, "*")), {"7.2.2", "8.2.2"}),
    "root without MFA": (alter("AccountSummary", AccountMFAEnabled=0), {"8.4.1", "8.4.2"}),
    "root with keys": (alter("AccountSummary", AccountAccessKeysPresent=1), {"8.2.2", "8.4.1"}),
    "a key unused for 91 days": (
        reported("old", access_key_1_active="true", access_key_1_last_used_date=given.days_ago(91)),
        {"8.2.6"},
    ),
    "a key never used": (
        reported(
            "never",
            access_key_2_active="true",
            access_key_2_last_rotated=given.days_ago(91),
        ),
        {"8.2.6"},
    ),
    "a user without MFA": (reported("ben", **CONSOLE), {"8.4.2", "8.4.3"}),
    "a user with password and keys": (
        reported("ben", **CONSOLE, mfa_active="true", access_key_1_active="true"),
        {"8.6.1"},
    ),
    "no password policy": (set_("PasswordPolicy", {}), {"8.3.6", "8.3.7", "8.3.9"}),
    "short passwords": (alter("PasswordPolicy", MinimumPasswordLength=11), {"8.3.6"}),
    "no digits": (alter("PasswordPolicy", RequireNumbers=False), {"8.3.6"}),
    "ECS Exec": (running("Services", enableExecuteCommand=True), {"8.2.8"}),
    "ECS Exec in a task": (running("Tasks", enableExecuteCommand=True), {"8.2.8"}),
    "a task's public address": (
        running("Services", networkConfiguration={"awsvpcConfiguration": {"assignPublicIp": "ENABLED"}}),
        {"1.4.2"},
    ),
    "a writable container": (container(readonlyRootFilesystem=False), {"2.2.4"}),
    "SSH in a container": (container(portMappings=[{"containerPort": 22}]), {"2.2.4"}),
    "SSH among a range": (container(portMappings=[{"containerPortRange": "20-30"}]), {"2.2.4"}),
    "a secret by its name": (container(environment=[{"name": "DB_PASSWORD", "value": SECRET}]), {"8.6.2"}),
    "a secret by its value": (
        container(environment=[{"name": "URL", "value": f"postgres://app:{SECRET}@db.example.com/cards"}]),
        {"8.6.2"},
    ),
    "sessions idle for 20 minutes": (alter("SessionPreferences", idleSessionTimeout="20"), {"8.2.8"}),
    "no preferences": (set_("SessionPreferences", {}), {"8.2.8"}),
    "no trail": (set_("Trails", []), {"10.2.1", "10.3.4"}),
    "a trail that stands": (put("Trails", 0, IsLogging=False), {"10.2.1", "10.3.4"}),
    "a trail of one region": (put("Trails", 0, IsMultiRegionTrail=False), {"10.2.1", "10.3.4"}),
    "no validation": (put("Trails", 0, LogFileValidationEnabled=False), {"10.3.4"}),
    "no flow logs": (set_("FlowLogs", []), {"10.2.1"}),
    "flow logs of what is rejected": (put("FlowLogs", 0, TrafficType="REJECT"), {"10.2.1"}),
    "logs kept for a month": (put("LogGroups", 1, retentionInDays=30), {"10.5.1"}),
    "GuardDuty suspended": (put("Detectors", 0, Status="DISABLED"), {"11.5.1"}),
}


@pytest.mark.parametrize("name", BREAKS)
def test_one_break_fails_exactly_its_requirements(name: str) -> None:
    change, failing = BREAKS[name]
    facts = good()
    change(facts)
    assert having("fail", facts) == failing
    told = json.dumps(judge(CHECKS, facts, SCOPE))
    assert SECRET not in told


# ---- what can't be said, or isn't declared ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted({kind for check in CHECKS for kind in check.needs} - {"Vpcs"}))
def test_what_is_denied_is_unknown_and_names_the_action(kind: str) -> None:
    facts = good()
    del facts[kind]
    facts["denied"] = {kind: "some:Action"}
    concerned = {number for check in CHECKS if kind in check.needs for number in check.requirements}
    assert having("unknown", facts) == concerned and not having("fail", facts)
    (item, *_others) = [item for item in judge(CHECKS, facts, SCOPE) if item["verdict"] == "unknown"]
    assert "some:Action is denied" in item["says"]


def test_what_the_account_cant_tell_and_nobody_declared_is_unknown() -> None:
    facts = good()
    facts["DBInstances"] = []
    # 1.2.5: which are approved; 1.3.2: the ways of the public subnet; 1.4.x: which subnets are public, which hold data.
    assert having("unknown", facts, Scope()) == {"1.2.5", "1.3.2", "1.4.1", "1.4.2", "1.4.4"}
    assert not having("fail", facts, Scope())


@pytest.mark.parametrize(
    ("change", "unknown"),
    [
        (set_("CredentialReport", {}), {"8.2.6", "8.4.2", "8.4.3", "8.6.1"}),
        (
            alter("CredentialReport", GeneratedTime=given.NOW - timedelta(days=8)),
            {"8.2.6", "8.4.2", "8.4.3", "8.6.1"},
        ),
        (put("FlowLogs", 0, LogGroupName=None), {"10.5.1"}),
        (put("Secrets", 0, RotationEnabled=False), {"8.6.3"}),
        (running("Services", launchType="EC2"), {"2.2.3"}),
        (route("app", NatGatewayId="nat-1"), {"1.3.2"}),
        (route("app", TransitGatewayId="tgw-1"), {"1.3.2"}),
        (by_ipv6("app", TransitGatewayId="tgw-1"), {"1.3.2"}),
        (by_ipv6("app", "2000::/3", TransitGatewayId="tgw-1"), {"1.3.2"}),
        (by_ipv6("app", EgressOnlyInternetGatewayId="eigw-1"), {"1.3.2"}),
        (route("app", CarrierGatewayId="cagw-1"), {"1.3.2"}),
        (put("Subnets", 2, OwnerId=IDENTITY), {"1.3.2", "1.4.1", "1.4.4", "7.3.3", "10.2.1"}),
        (
            add(
                "Roles",
                given.role(
                    "sso",
                    {
                        "Statement": {
                            "Effect": "Allow",
                            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/sso"},
                            "Action": "sts:AssumeRoleWithSAML",
                        }
                    },
                ),
            ),
            {"8.4.2", "8.4.3"},
        ),
        (
            add(
                "Roles",
                given.role(
                    "entitled",
                    {
                        "Statement": {
                            "Effect": "Allow",
                            "Principal": {"Service": "account-access.amazonaws.com"},
                            "Action": ["sts:AssumeRole", "sts:SetContext"],
                        }
                    },
                ),
            ),
            {"8.4.2", "8.4.3"},
        ),
    ],
)
def test_what_cant_be_seen_is_unknown(change: Callable[[Facts], None], unknown: set[str]) -> None:
    facts = good()
    change(facts)
    assert having("unknown", facts) == unknown
    assert not having("fail", facts)


def test_an_account_with_nothing_in_it() -> None:
    facts = good()
    for kind in ("Vpcs", "Subnets", "RouteTables", "NetworkAcls", "SecurityGroups", "NetworkInterfaces", "Users"):
        facts[kind] = []
    facts["Containers"] = {"Services": [], "Tasks": [], "TaskDefinitions": []}
    facts["Roles"] = []
    facts["PasswordPolicy"] = {}
    facts["AccountSummary"]["Users"] = 0
    facts["CredentialReport"]["Users"] = []
    found = verdicts(facts)
    for number in ("1.2.5", "1.3.1", "2.2.4", "7.2.2", "8.2.6", "8.3.6", "8.5.1", "8.6.2"):
        assert found[number] == "not_applicable", number


# ---- what is left out is told -------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["application_roles", "break_glass_roles"])
def test_a_role_that_is_declared_apart_isnt_judged_and_stands_in_the_evidence(option: str) -> None:
    facts = good()
    operator(trusted({}))(facts)
    assert "8.4.2" in having("fail", facts)
    scope = replace(SCOPE, **{option: frozenset({"read-only", "not-there"})})
    assert not having("fail", facts, scope)
    (item,) = [item for item in judge(CHECKS, facts, scope) if item["requirement"] == "8.4.2"]
    (mfa,) = [evidence for evidence in item["evidence"] if evidence["check"] == "mfa_of_people"]
    assert mfa["fields"][option] == ["read-only"]


SSO = "aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_pci_0123456789abcdef"


def test_of_identity_center_mfa_is_unknown_beside_users_too() -> None:
    for users in ([], ["ann"]):
        facts = good()
        operator(trust_policies.policy("aws", IDENTITY, users, [SSO], 900))(facts)
        assert having("unknown", facts) == {"8.4.2", "8.4.3"}
        # How a session is called, who comes from there chooses.
        assert having("fail", facts) == {"8.2.1", "8.2.2"}
    facts = good()
    operator(trust_policies.policy("aws", IDENTITY, ["ann"], ["anything"], 900))(facts)
    assert {"8.4.2", "8.4.3"} <= having("fail", facts)


def test_mfa_may_be_asked_for_more_often() -> None:
    facts = good()
    assert having("fail", facts, replace(SCOPE, mfa_max_age=300)) == {"8.2.8"}
    operator(trust_policies.policy("aws", IDENTITY, ["ann"], [], 300))(facts)
    put("Roles", 0, AssumeRolePolicyDocument=trust_policies.policy("aws", IDENTITY, ["ann"], [], 300))(facts)
    assert not having("fail", facts, replace(SCOPE, mfa_max_age=300))


def test_a_password_with_mfa_may_be_old() -> None:
    facts = good()
    facts["PasswordPolicy"].pop("MaxPasswordAge")
    assert having("fail", facts) == {"8.3.9"}
    reported("ben", **CONSOLE, mfa_active="true")(facts)
    assert not having("fail", facts)


def test_the_main_table_is_of_subnets_without_one() -> None:
    facts = good()
    facts["RouteTables"][2]["Associations"] = []
    facts["RouteTables"][0]["Associations"].append({"Main": True})
    assert {"1.4.1", "1.4.4"} <= having("fail", facts)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("tcp/443", True), ("udp/1-2", True), ("icmp", True), ("tcp/2-1", False), ("tcp/70000", False), ("443", False)],
)
def test_services(name: str, is_one: bool) -> None:
    assert is_service(name) is is_one


@pytest.mark.parametrize("key", ["IpPermissions", "IpPermissionsEgress"])
@pytest.mark.parametrize("ports", [{"FromPort": 0, "ToPort": 65535}, {}])
@pytest.mark.parametrize("protocol", ["tcp", "udp", "6", "17"])
def test_all_ports_of_a_protocol_are_no_named_service(protocol: str, ports: dict[str, int], key: str) -> None:
    facts = good()
    rule = {"IpProtocol": protocol, **ports, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    facts["SecurityGroups"][0][key] = [rule]
    scope = replace(SCOPE, approved_services=("tcp/0-65535", "udp/0-65535"))
    assert service(rule) == "all"
    assert {"1.2.5", "1.3.1" if key == "IpPermissions" else "1.3.2"} <= having("fail", facts, scope)


# ---- secrets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("DB_PASSWORD", SECRET, True),
        ("API_KEY", SECRET, True),
        ("apikey", SECRET, True),
        ("GITHUB_TOKEN", SECRET, True),
        ("PLAIN", "AKIAIOSFODNN7EXAMPLE", True),
        ("PLAIN", "-----BEGIN RSA PRIVATE KEY-----", True),
        ("DB_PASSWORD", "", False),
        ("DB_PASSWORD", "arn:aws:ssm:eu-central-1:4:parameter/db", False),
        ("DB_PASSWORD_FILE", "/run/secrets/db", False),
        ("TOKEN_TTL", "900", False),
        ("PUBLIC_KEY", "ssh-ed25519 AAAA", False),
        ("HOST", "https://api.example.com:8443/path?at=a@b", False),
    ],
)
def test_what_looks_like_a_secret(name: str, value: str, found: bool) -> None:
    told = secrets.in_plain([{"name": name, "value": value}])
    assert bool(told) is found and (not value or value not in str(told))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("LOG_LEVEL", True),
        ("AWS_REGION", True),
        ("DB_HOST", True),
        ("PORT", True),
        ("QUEUE_URL", True),
        ("DATABASE_URL", False),
        ("REDIS_URL", False),
        ("DB_PASSWORD", False),
        ("SUPPORT_KEY", False),
    ],
)
def test_what_neednt_be_a_secret(name: str, found: bool) -> None:
    container = {"name": "app", "secrets": [{"name": name, "valueFrom": "arn:secret"}]}
    told = list(secrets.needless([{"taskDefinitionArn": "arn", "containerDefinitions": [container]}]))
    assert [item["name"] for item in told] == ([name] if found else [])


def test_quotas() -> None:
    parameters = [{"Name": str(n), "Tier": "Advanced" if n < 10 else "Standard"} for n in range(1010)]
    facts = {"Parameters": parameters, "denied": {"Secrets": "secretsmanager:ListSecrets"}}
    told = {item["store"]: item for item in secrets.quotas(facts)}
    assert told["ssm standard parameters"]["percent"] == 10.0
    assert told["ssm advanced parameters"]["used"] == 10
    assert told["secretsmanager"]["used"] is None and told["secretsmanager"]["percent"] is None
    assert told["secretsmanager"]["unread"] == "secretsmanager:ListSecrets is denied"
    assert told["ssm standard parameters"]["unread"] is None
