# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator

from ansible_collections.closednet.aws.plugins.module_utils._aws import provider
from ansible_collections.closednet.aws.plugins.module_utils._core import module
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure, Invalid
from ansible_collections.closednet.aws.plugins.module_utils._core.reconcile import Conflict
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor import facts_files
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared import snapshot_folder
from ansible_collections.closednet.aws.tests.unit._domain.doctor import doctor_facts

MODULE = import_module("ansible_collections.closednet.aws.plugins.module_utils._capabilities.closed_vpc_doctor")
DELTA = {"account_id": "444444444444", "vpc_name": "delta", "workloads": ["ecs_fargate"]}


@pytest.fixture
def asked(declare):
    return lambda **options: declare("closed_vpc_doctor", **{**DELTA, **options})


def given(declared, **inputs):
    return replace(declared, inputs=replace(declared.inputs, **inputs))


def report(declared, facts):
    place = {"account_id": doctor_facts.ACCOUNT, "region": doctor_facts.REGION, "partition": "aws"}
    declared = replace(declared, place=place)
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
    declared = given(declared, **groups)
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
    declared = given(asked(**options), subnet_ids=list(doctor_facts.APP))
    assert report(declared, facts)["healthy"] == healthy


def test_an_unknown_makes_it_unhealthy_and_a_note_doesnt(asked):
    declared = given(asked(), subnet_ids=list(doctor_facts.APP))
    facts = doctor_facts.healthy()
    result = report(declared, facts)
    assert [finding["status"] for finding in result["findings"]] == ["note"] and result["healthy"]
    del facts["NetworkAcls"]
    facts["denied"] = {"NetworkAcls": "ec2:DescribeNetworkAcls"}
    result = report(declared, facts)
    assert result["findings"][0]["status"] == "unknown" and not result["healthy"]


# ---- snapshots: no account, no credential, no call -------------------------------------------------------------------


@pytest.fixture
def offline(monkeypatch):
    def refuse(_params):
        raise AssertionError("a snapshot needs no account")

    monkeypatch.setattr(provider, "Aws", refuse)

    def run(folder, **options):
        kind = MODULE.CAPABILITY
        validator = ModuleArgumentSpecValidator(kind.full_argument_spec(), **kind.constraints)
        options = {"snapshot_dir": str(folder), "workloads": ["ecs_fargate"], **options}
        validated = validator.validate(options)
        assert not validated.error_messages, validated.error_messages
        return module.execute(kind, validated.validated_parameters, check_mode=False)

    return run


def saved(folder, facts):
    snapshot_folder.save(folder, facts_files.files(facts))
    return folder


def test_a_snapshot_is_asked_by_vpc_subnets_or_name(offline, tmp_path):
    facts = doctor_facts.healthy(["ecs_fargate"])
    hexadecimal = {
        id_: f"{id_.partition('-')[0]}-0123456789abcde{number}" for number, id_ in enumerate(facts_ids(facts))
    }
    text = json.dumps(facts)
    for id_, new in hexadecimal.items():
        text = text.replace(f'"{id_}"', f'"{new}"')
    facts = json.loads(text)
    for subnet in facts["Subnets"][:2]:
        subnet["Tags"] = [
            {"Key": "closednet:managed", "Value": "tiered_vpc/delta"},
            {"Key": "closednet:name", "Value": f"app.{subnet['AvailabilityZoneId']}"},
        ]
    folder = saved(tmp_path / "case", facts)
    groups = {"security_group_ids": [hexadecimal["sg-app"]]}
    ids = [subnet["SubnetId"] for subnet in facts["Subnets"][:2]]
    for options in ({"vpc_name": "delta", "tiers": ["app"]}, {"subnet_ids": ids}):
        result = offline(folder, **groups, **options)
        assert (result["findings"], result["subnet_ids"], result["healthy"]) == ([], ids, True)
        assert (result["changed"], result["api_calls"], result["vpc_id"]) == (False, {}, facts["vpc_id"])
    result = offline(folder, **groups, vpc_id=facts["vpc_id"], operating_system="windows")
    assert len(result["subnet_ids"]) == 4
    with pytest.raises(Failure, match="subnets of tiered_vpc/beta are in no VPC of the snapshot"):
        offline(folder, vpc_name="beta")


def facts_ids(facts):
    subnets = [subnet["SubnetId"] for subnet in facts["Subnets"]]
    return [facts["vpc_id"], *subnets, *(group["GroupId"] for group in facts["SecurityGroups"])]


def test_only_the_user_can_read_what_is_saved(tmp_path):
    folder = saved(tmp_path / "new" / "case", doctor_facts.healthy())
    made = [folder.parent, *folder.parent.rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}


# See test_network_path_info.py: no part of the repository.
RECORDINGS = Path(os.environ.get("AWS_RECORDINGS", Path(__file__).parents[4] / "shared" / "aws-recordings"))
RECORDED = [
    pytest.param(path.parent, vpc["VpcId"], id=f"{path.relative_to(RECORDINGS).parts[0]}: {vpc['VpcId']}")
    for path in sorted(RECORDINGS.rglob("Vpcs.json"))
    for vpc in json.loads(path.read_text())["Vpcs"]
]


@pytest.mark.parametrize(("folder", "vpc_id"), RECORDED)
@pytest.mark.parametrize("workload", ["ecs_fargate", "lambda_in_vpc", "transit_gateway"])
def test_a_recorded_vpc(offline, folder, vpc_id, workload):
    folder = folder if folder.name == "aws_configs" else folder.parent
    result = offline(folder, vpc_id=vpc_id, workloads=[workload], services=["s3"])
    # Recorded for packets' ways: what is about names isn't there.
    told = {(finding["id"], finding["status"]) for finding in result["findings"]}
    assert ("vpc_dns_attributes", "unknown") in told and not result["healthy"]
    assert any("VpcAttributes.json isn't in the snapshot" in finding["says"] for finding in result["findings"])


@pytest.mark.skipif(not RECORDED, reason="no recordings beside the repository")
def test_a_recorded_gateway_endpoint_is_in_the_tables(offline):
    (folder, vpc_id) = next(p.values for p in RECORDED if "vpc-endpoint-gateway" in p.id)
    result = offline(folder.parent, vpc_id=vpc_id, workloads=[], services=["s3"])
    causes = {finding["id"] for finding in result["findings"] if finding["status"] == "cause"}
    # Batfish states that S3 is reached from both subnets.
    assert causes == set()


@pytest.mark.parametrize(("folder", "vpc_id"), RECORDED)
def test_a_recorded_vpc_that_is_shared_is_unknown(offline, tmp_path, folder, vpc_id):
    there = tmp_path / "accounts" / "111111111111" / "us-east-1"
    there.mkdir(parents=True)
    for path in folder.glob("*.json"):
        (there / path.name).write_text(path.read_text())
    result = offline(tmp_path, vpc_id=vpc_id)
    assert {(f["id"], f["status"]) for f in result["findings"]} <= {
        ("shared_vpc_blind", "unknown"),
        ("ip_exhaustion", "note"),
    }
    assert not result["healthy"]
