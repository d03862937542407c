# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.compare import Conflict
from ansible_collections.closednet.aws.plugins.module_utils._domain.errors import Invalid
from ansible_collections.closednet.aws.tests.unit._domain import doctor_facts

MODULE = import_module("ansible_collections.closednet.aws.plugins.modules.closed_vpc_doctor")
DELTA = {"account_id": "444444444444", "vpc_name": "delta", "workloads": ["ecs_fargate"]}


@pytest.fixture
def asked(declare):
    return lambda **options: declare("closed_vpc_doctor", **{**DELTA, **options})


def report(declared, facts):
    place = {"account_id": doctor_facts.ACCOUNT, "region": doctor_facts.REGION, "partition": "aws"}
    declared = SimpleNamespace(scope={**declared.scope, **place})
    return MODULE.report(declared, {"vpc_facts": {"main": SimpleNamespace(details=facts)}}, {}, {})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"workloads": []}, "workloads: [] call no service"),
        ({"subnet_ids": ["10.4.0.0/24"]}, "subnet_ids[0]: '10.4.0.0/24' is no id of a subnet"),
        ({"security_group_ids": ["default"]}, "security_group_ids[0]: 'default' is no id of a sg"),
        ({"tiers": ["a.b"]}, "tiers[0]: 'a.b' is no name of a tier"),
        ({"tiers": ["app"], "subnet_ids": ["subnet-1"]}, "tiers: ['app'] choose subnets, as subnet_ids do"),
        ({"role_arn": "network-operator"}, "role_arn: 'network-operator' is no such ARN"),
    ],
)
def test_what_is_wrong_is_said_before_any_call(asked, options, text):
    with pytest.raises(Invalid) as invalid:
        asked(**options)
    assert text in str(invalid.value)


def test_subnets_are_those_of_the_tiers(asked):
    facts = doctor_facts.healthy()
    for subnet, name in zip(
        facts["Subnets"], ("app.euc1-az1", "app.euc1-az2", "endpoint.euc1-az1", "endpoint.euc1-az2")
    ):
        subnet["Tags"] = [{"Key": "closednet:name", "Value": name}]
    groups = {"security_group_ids": ["sg-app"]}
    # What a resource's id may look like isn't what the fixture is about.
    declared = asked(tiers=["app"])
    declared.scope["security_group_ids"] = groups["security_group_ids"]
    result = report(declared, facts)
    assert (result["subnet_ids"], result["healthy"], result["findings"]) == (["subnet-a1", "subnet-a2"], True, [])
    with pytest.raises(Invalid, match="'data' has no subnet in vpc-1; expected one of app, endpoint"):
        report(asked(tiers=["data"]), facts)
    facts["Subnets"] = []
    with pytest.raises(Conflict, match="vpc-1 has no subnet"):
        report(asked(), facts)


@pytest.mark.parametrize(
    ("options", "healthy"),
    [({}, False), ({"operating_system": "windows"}, True), ({"workloads": ["ecs_fargate", "lambda_in_vpc"]}, False)],
)
def test_ports_of_answers_are_those_of_the_workload(asked, options, healthy):
    facts = doctor_facts.healthy()
    (acl,) = [acl for acl in facts["NetworkAcls"] if acl["NetworkAclId"] == "acl-app"]
    for entry in acl["Entries"]:
        if not entry["Egress"] and "PortRange" in entry:
            entry["PortRange"] = {"From": 49152, "To": 65535}
    declared = asked(**options)
    declared.scope["subnet_ids"] = list(doctor_facts.APP)
    assert report(declared, facts)["healthy"] == healthy


def test_an_unknown_makes_it_unhealthy_and_a_note_doesnt(asked):
    declared = asked()
    declared.scope["subnet_ids"] = list(doctor_facts.APP)
    facts = doctor_facts.healthy()
    result = report(declared, facts)
    assert [finding["status"] for finding in result["findings"]] == ["note"] and result["healthy"]
    del facts["NetworkAcls"]
    facts["denied"] = {"NetworkAcls": "ec2:DescribeNetworkAcls"}
    result = report(declared, facts)
    assert result["findings"][0]["status"] == "unknown" and not result["healthy"]
