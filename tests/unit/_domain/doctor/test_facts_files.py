# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor import facts_files
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.causes import HIDES
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.diagnose import diagnose
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.facts import KINDS
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.findings import UNKNOWN
from ansible_collections.closednet.aws.tests.unit._domain.doctor import doctor_facts
from ansible_collections.closednet.aws.tests.unit._domain.doctor.test_diagnose import (
    BREAKS,
    remove,
    resolver_rule,
    to_hub,
)

FOLDER = f"accounts/{doctor_facts.ACCOUNT}/{doctor_facts.REGION}"
OTHER = {"VpcId": "vpc-2", "SubnetId": "subnet-2", "CidrBlock": "10.5.0.0/24", "OwnerId": doctor_facts.ACCOUNT}


def saved(facts):
    return json.loads(json.dumps(facts_files.files(facts), default=str))


def loaded(documents):
    return facts_files.facts(documents, doctor_facts.VPC)


def hidden(facts):
    del facts["NetworkAcls"]
    facts["denied"] = {"NetworkAcls": "ec2:DescribeNetworkAcls"}


def through_hub(facts):
    remove(facts, "logs")
    to_hub(facts)
    resolver_rule(facts, "s3.eu-central-1.amazonaws.com.")
    facts["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"] = "block-bidirectional"


STATES = {name: entry[0] for name, entry in BREAKS.items()}
STATES |= {"nothing wrong": lambda facts: None, "denied": hidden, "through a hub": through_hub}


@pytest.mark.parametrize("name", STATES)
def test_what_is_saved_and_loaded_gives_the_same_findings(name):
    facts, target = doctor_facts.healthy(), doctor_facts.target()
    STATES[name](facts)
    documents = saved(facts)
    documents[f"{FOLDER}/Subnets.json"]["Subnets"].append(OTHER)
    assert diagnose(loaded(documents), target) == diagnose(facts, target)
    assert saved(loaded(saved(facts))) == saved(facts)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in HIDES])
def test_what_a_missing_file_would_tell_is_unknown_and_the_file_is_named(kind):
    documents = saved(doctor_facts.healthy())
    path = f"{FOLDER}/{facts_files.FILES.get(kind, kind)}.json"
    del documents[path]
    findings = diagnose(loaded(documents), doctor_facts.target())
    assert {finding.status for finding in findings} == {UNKNOWN}
    told = [finding for finding in findings if path in finding.message]
    assert {finding.id for finding in told} == {*HIDES[kind]}


def test_all_that_hides_a_cause_is_named():
    documents = saved(doctor_facts.healthy())
    names = ["HostedZones.json", "ResolverRules.json"]
    for name in names:
        del documents[f"{FOLDER}/{name}"]
    documents[f"{FOLDER}/Denied.json"] = {"Denied": {"ProfileAssociations": "route53profiles:ListProfileAssociations"}}
    del documents[f"{FOLDER}/ProfileAssociations.json"]
    (finding,) = diagnose(loaded(documents), doctor_facts.target())
    assert all(name in finding.message for name in [*names, "route53profiles:ListProfileAssociations"])
    assert "grant route53profiles:ListProfileAssociations" in finding.fix and "the file" in finding.fix


def test_only_what_is_asked_for_is_missed():
    documents = saved(doctor_facts.healthy())
    for endpoint in documents[f"{FOLDER}/VpcEndpoints.json"]["VpcEndpoints"]:
        endpoint["PolicyDocument"] = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
    del documents[f"{FOLDER}/Organization.json"]
    assert diagnose(loaded(documents), doctor_facts.target()) == []


def test_other_vpcs_and_accounts_in_a_snapshot_dont_count():
    facts = doctor_facts.healthy()
    documents = saved(facts)
    for kind, key in (("VpcEndpoints", "VpcEndpointId"), ("RouteTables", "RouteTableId"), ("NetworkAcls", "x")):
        items = documents[f"{FOLDER}/{kind}.json"][kind]
        items.append({**items[0], "VpcId": "vpc-2", key: "other-1"})
    documents[f"{FOLDER}/NetworkAcls.json"]["NetworkAcls"][-1]["NetworkAclId"] = "acl-9"
    documents[f"{FOLDER}/HostedZones.json"]["HostedZones"].append(
        {"VpcId": "vpc-2", "HostedZoneId": "Z9", "Name": "amazonaws.com."}
    )
    documents["accounts/111111111111/eu-central-1/VpcEndpoints.json"] = {"VpcEndpoints": []}
    documents["accounts/111111111111/eu-central-1/Vpcs.json"] = {"Vpcs": facts["Vpcs"]}
    assert loaded(documents)["VpcEndpoints"] == facts["VpcEndpoints"]
    assert diagnose(loaded(documents), doctor_facts.target()) == []


def test_a_view_of_another_account_is_unknown():
    documents = {
        path.replace(doctor_facts.ACCOUNT, "111111111111"): document
        for path, document in saved(doctor_facts.healthy()).items()
    }
    findings = diagnose(loaded(documents), doctor_facts.target())
    assert {(finding.id, finding.status) for finding in findings} == {("shared_vpc_blind", UNKNOWN)}


@pytest.mark.parametrize("layout", ["", "eu-central-1/"])
def test_layouts_without_an_account_are_their_owners(layout):
    documents = {path.replace(f"{FOLDER}/", layout): d for path, d in saved(doctor_facts.healthy()).items()}
    for subnet in documents[f"{layout}Subnets.json"]["Subnets"]:
        subnet["AvailabilityZone"] = "eu-central-1a"
    assert diagnose(loaded(documents), doctor_facts.target()) == []


def test_a_vpc_that_isnt_there_is_invalid():
    with pytest.raises(Invalid, match="'vpc-9' isn't in the snapshot"):
        facts_files.facts(saved(doctor_facts.healthy()), "vpc-9")
    documents = saved(doctor_facts.healthy())
    del documents[f"{FOLDER}/Subnets.json"]
    with pytest.raises(Invalid, match="Subnets.json: 'vpc-1' has no subnet of it"):
        loaded(documents)


@pytest.mark.parametrize("kind", facts_files.ITEMS)
@pytest.mark.parametrize("wrong", [{}, [{"Name": "a"}], ["a"]], ids=str)
def test_a_file_of_another_shape_is_invalid(kind, wrong):
    path = f"{FOLDER}/{facts_files.FILES.get(kind, kind)}.json"
    documents = {**saved(doctor_facts.healthy()), path: {kind: wrong}}
    with pytest.raises(Invalid, match=f"{kind}"):
        loaded(documents)


TARGETS = {
    "instances": [{"InstanceId": "i-1", "UserData": "cGFzc3dvcmQ=", "Tags": [{"Key": "Name", "Value": "a"}]}],
    "functions": [
        {"Environment": {"Variables": {"DB_PASSWORD": "s3cret", "HTTPS_PROXY": "http://me:s3cret@proxy:3128"}}}
    ],
    "tasks": [
        {
            "environment": [{"name": "API_TOKEN", "value": "s3cret"}, {"name": "NO_PROXY", "value": "169.254.170.2"}],
            "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:::parameter/db"}],
        }
    ],
    "environmentVariables": [{"name": "PIP_INDEX_URL", "value": "https://aws:s3cret@index.example.org/simple"}],
}


def test_further_facts_are_kept_without_secrets():
    documents = saved({**doctor_facts.healthy(), "Targets": TARGETS})
    assert "s3cret" not in json.dumps(documents) and "cGFzc3dvcmQ" not in json.dumps(documents)
    kept = loaded(documents)["Targets"]
    mask = facts_files.MASK
    assert kept["functions"][0]["Environment"]["Variables"] == {
        "DB_PASSWORD": mask,
        "HTTPS_PROXY": "http://***@proxy:3128",
    }
    assert kept["tasks"][0]["environment"][0] == {"name": "API_TOKEN", "value": mask}
    assert kept["tasks"][0]["environment"][1] == TARGETS["tasks"][0]["environment"][1]
    # Where a secret is kept is no secret.
    assert kept["tasks"][0]["secrets"] == TARGETS["tasks"][0]["secrets"]
    assert kept["environmentVariables"][0]["value"] == "https://***@index.example.org/simple"
    assert kept["instances"] == [{**TARGETS["instances"][0], "UserData": mask}]


def test_the_organization_is_its_id_alone():
    facts = doctor_facts.healthy()
    facts["Organization"] |= {"MasterAccountEmail": "root@example.com", "MasterAccountId": "999999999999"}
    assert saved(facts)[f"{FOLDER}/Organization.json"] == {"Organization": {"Id": doctor_facts.ORGANIZATION}}
