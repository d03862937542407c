# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""network_path_info on a saved snapshot: no account, no credential, no call."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator

from ansible_collections.closednet.aws.plugins.module_utils._aws import provider
from ansible_collections.closednet.aws.plugins.module_utils._capabilities.network_path_info import CAPABILITY
from ansible_collections.closednet.aws.plugins.module_utils._core import module
from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Failure
from ansible_collections.closednet.aws.tests.unit._domain.network.egress_network import EGRESS, INTERNAL, Network

# A folder beside the repository with describe outputs pulled from real accounts, and the verdicts that Batfish's own
# tests state for them: not part of it.
RECORDINGS = Path(os.environ.get("AWS_RECORDINGS", Path(__file__).parents[4] / "shared" / "aws-recordings"))
FLOWS = RECORDINGS / "flows.yml"
RECORDED = [
    pytest.param(case, flow, id=f"{case}: {flow['from']} to {flow['to']}")
    for case, flows in (yaml.safe_load(FLOWS.read_text()) if FLOWS.exists() else {}).items()
    for flow in flows
]

# Likewise, small networks of which each shows one thing, with AWS's verdicts; a|b: either.
CASES = Path(os.environ.get("AWS_PATH_CASES", Path(__file__).parents[4] / "shared" / "path-cases"))
QUESTIONS = [
    pytest.param(case, question, id=f"{case}: {number}")
    for case, asked in (
        yaml.safe_load((CASES / "questions.yml").read_text()) if (CASES / "questions.yml").exists() else {}
    ).items()
    for number, question in enumerate(asked["questions"], 1)
]


@pytest.fixture(autouse=True)
def no_aws(monkeypatch):
    def refuse(_params):
        raise AssertionError("a snapshot needs no account")

    monkeypatch.setattr(provider, "Aws", refuse)


def validate(**options):
    return ModuleArgumentSpecValidator(CAPABILITY.full_argument_spec(), **CAPABILITY.constraints).validate(options)


def told(folder, source, destination, **options):
    validated = validate(snapshot_dir=str(folder), source=source, destination=destination, **options)
    assert not validated.error_messages, validated.error_messages
    return module.execute(CAPABILITY, validated.validated_parameters, check_mode=False)


@pytest.mark.skipif(not RECORDED, reason="no recordings beside the repository")
def test_there_are_flows_of_every_recorded_network():
    networks = {path.name for path in RECORDINGS.iterdir() if path.is_dir()}
    assert {param.values[0] for param in RECORDED} == networks


@pytest.mark.parametrize(("case", "flow"), RECORDED)
def test_a_recorded_flow(case, flow):
    result = told(RECORDINGS / case / "aws_configs", flow["from"], flow["to"], port=flow.get("tcp"))
    assert (result["verdict"], result["changed"], result["api_calls"]) == (flow["verdict"], False, {})
    assert result["path"] == flow.get("path", result["path"])
    assert result["path"][-1] == flow.get("at", result["path"][-1])
    assert result["decided_by"]["by"] == flow.get("by", result["decided_by"]["by"])


@pytest.mark.skipif(not QUESTIONS, reason="no path cases beside the repository")
def test_there_are_questions_about_every_case():
    assert {param.values[0] for param in QUESTIONS} == {path.name for path in CASES.iterdir() if path.is_dir()}


@pytest.mark.parametrize(("case", "question"), QUESTIONS)
def test_a_small_network(case, question):
    options = {name: question[name] for name in ("protocol", "port", "source_ports") if question.get(name)}
    result = told(CASES / case, question["from"], question["to"], **options)
    assert result["verdict"] in question["verdict"].split("|")
    assert bool(result["blockers"]) == (result["verdict"] != "delivered")


VPCS = {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]}
BAD = {
    "no folder": (None, {}, "snapshot_dir: ", "is no folder that can be read"),
    "nothing in it": ({}, {}, "snapshot_dir: has none of a snapshot's files", "us-east-1/Vpcs.json"),
    "broken JSON": ({"Vpcs.json": '{"Vpcs": ['}, {}, "Vpcs.json: can't be read", "expected a file with JSON"),
    "too deep": ({"Vpcs.json": "[" * 100000}, {}, "Vpcs.json: can't be read", "expected a file with JSON"),
    "no UTF-8": ({"Vpcs.json": b"\xff"}, {}, "Vpcs.json: can't be read", "expected a file with JSON"),
    "another shape": ({"Vpcs.json": "[]"}, {}, "Vpcs.json: is no list of Vpcs", "each item with its VpcId"),
    "a null": ({}, {"destination": None}, "destination: is neither an id nor an IP address", "nothing was read"),
    "ports": (
        {"Vpcs.json": json.dumps(VPCS)},
        {"source_ports": "high"},
        "source_ports: 'high' is neither",
        "8000-8080",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_snapshots_are_told(tmp_path, name):
    files, options, *words = BAD[name]
    folder = tmp_path / "snapshot"
    if files is not None:
        folder.mkdir()
    for file, text in (files or {}).items():
        (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Failure) as raised:
        told(folder, **{"source": "i-1", "destination": "10.0.0.1", **options})
    assert all(word in str(raised.value) for word in words), raised.value


def test_what_the_files_do_not_tell_is_a_verdict(tmp_path):
    """A play goes on, and tells what else to read."""
    (tmp_path / "Vpcs.json").write_text(json.dumps(VPCS))
    result = told(tmp_path, "i-1", "10.0.0.1")
    says = "it isn't in the snapshot; expected all NetworkInterfaces of the snapshot"
    by = {"by": "snapshot", "ids": ["NetworkInterfaces.json"], "says": says}
    assert (result["verdict"], result["path"], result["decided_by"]) == ("unknown", [], by)
    assert result["blockers"] == [{**by, "verdict": "unknown", "direction": "there"}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of the following is required: account_id, snapshot_dir"),
        ({"account_id": "222222222222", "snapshot_dir": "x"}, "parameters are mutually exclusive"),
        ({"save_snapshot_dir": "y", "snapshot_dir": "x"}, "parameters are mutually exclusive"),
        ({"snapshot_dir": "x", "destination": None}, "parameters are required together: source, destination"),
        (
            {"snapshot_dir": "x", "source": None, "destination": None},
            "one of the following is required: source, save_snapshot_dir, symmetry",
        ),
    ],
)
def test_options_that_go_together(options, message):
    given = {"source": "i-1", "destination": "i-2", **options}
    validated = validate(**{name: value for name, value in given.items() if value is not None})
    assert message in validated.error_messages[0]


def test_symmetry_of_a_snapshot(tmp_path):
    network = Network()
    network.point("rtb-ipub-2", INTERNAL, "tgw-1")
    for account, kinds in network.files.items():
        folder = tmp_path / "accounts" / account / "eu-central-1"
        folder.mkdir(parents=True)
        for kind, items in kinds.items():
            (folder / f"{kind}.json").write_text(json.dumps({kind: items}))
    validated = validate(snapshot_dir=str(tmp_path), symmetry=True)
    assert not validated.error_messages
    result = module.execute(CAPABILITY, validated.validated_parameters, check_mode=False)
    (finding,) = result["asymmetric"]
    assert (finding["account"], finding["table"], finding["expected"]) == (EGRESS, "rtb-ipub-2", "10.0.0.0/8 -> vpce-2")
    assert finding["says"].startswith("subnet-alpha-app-1, subnet-alpha-app-2, subnet-beta-app-1")
    assert (result["symmetry_unknown"], result["symmetry_warnings"]) == ([], []) and result["flows"] > 50
    assert "verdict" not in result and result["api_calls"] == {}

    path = told(tmp_path, "eni-app-alpha", "8.8.8.8", port=443)
    firewall, public_access = path["not_judged"]
    assert firewall == "network firewall central: what its rules decide is not judged here"
    assert public_access.startswith("VPC Block Public Access at igw-inspection: ")


HOSTILE = "\x1b[2J{{ lookup('pipe', 'id') }}\u202e\n"


def test_names_from_aws_are_shown_as_text(tmp_path):
    """Control characters and those that turn text around are escaped; Ansible templates no results."""
    network = Network()
    for endpoint in network.files[EGRESS]["VpcEndpoints"]:
        endpoint["Tags"][1]["Value"] = f"arn:aws:network-firewall:eu-central-1:{EGRESS}:firewall/{HOSTILE}"
    network.files[EGRESS]["NetworkAcls"][0]["NetworkAclId"] = f"acl-{HOSTILE}"
    network.files[EGRESS]["NetworkAcls"][0]["Entries"][0]["RuleAction"] = "deny"
    network.point("rtb-ipub-2", INTERNAL, "tgw-1")
    for account, kinds in network.files.items():
        folder = tmp_path / "accounts" / account / "eu-central-1"
        folder.mkdir(parents=True)
        for kind, items in kinds.items():
            (folder / f"{kind}.json").write_text(json.dumps({kind: items}))
    validated = validate(snapshot_dir=str(tmp_path), source="eni-app-alpha", destination="8.8.8.8", symmetry=True)
    result = module.execute(CAPABILITY, validated.validated_parameters, check_mode=False)
    shown = json.dumps(result, ensure_ascii=False)
    assert result["verdict"] == "denied" and "\\\\x1b[2J" in shown, shown
    assert not {"\x1b", "\u202e"}.intersection(shown) and "\\n" not in shown.replace("\\\\n", "")
