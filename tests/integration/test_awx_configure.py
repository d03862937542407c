# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/awx_configure.yml with awx.awx's modules, on a fake controller."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.integration import fake_awx
from tests.integration.conftest import RECAP, ROOT, Run

SECRETS = {"AWS_SECRET_ACCESS_KEY": "secret-of-the-key", "NETWORK_OPERATOR_EXTERNAL_ID": "secret-of-the-trust-policy"}
IMAGE = "awx_image=registry.example.com/closednet:1"
WANTED = (
    "awx_project_url=https://git.example.com/network.git",
    IMAGE,
    "awx_aws=keys",
    "awx_uses_external_id=true",
)
PROJECT = ROOT / "awx" / "project"


@pytest.fixture
def controller():
    with fake_awx.running({path.name for path in PROJECT.glob("*.yml")}) as (awx, url):
        yield awx, url


def configure(url: str, home: Path, *extra_vars: str, **environment: str) -> Run:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ANSIBLE_", "CONTROLLER_"))}
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ansible-playbook"),
            *("-i", "localhost,", "-vv", ROOT / "playbooks" / "awx_configure.yml"),
            *(argument for variable in extra_vars for argument in ("-e", variable)),
        ],
        env={
            **inherited,
            **SECRETS,
            **environment,
            "AWS_ACCESS_KEY_ID": "AKIAOFANOPERATOR0001",
            "CONTROLLER_HOST": url,
            "CONTROLLER_OAUTH_TOKEN": fake_awx.TOKEN,
            "ANSIBLE_HOME": str(home),
            "ANSIBLE_PIPELINING": "1",
            "COLUMNS": "10000",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    for secret in SECRETS.values():
        assert secret not in done.stdout
    return Run(done.returncode, done.stdout, [])


def graph(awx: fake_awx.Awx, workflow: str) -> list[str]:
    """Return the names of what a workflow runs, in order: each node has one successor."""
    id_ = awx.named("workflow_job_templates", workflow)["id"]
    nodes = {i: n for i, n in awx.objects["workflow_job_template_nodes"].items() if n["workflow_job_template"] == id_}
    follows = {i: awx.related.get(("workflow_job_template_nodes", i, "success_nodes"), []) for i in nodes}
    (at,) = nodes.keys() - {i for ids in follows.values() for i in ids}
    names = {i: item["name"] for kind in fake_awx.TEMPLATES for i, item in awx.objects[kind].items()}
    order = [at]
    while follows[order[-1]]:
        (at,) = follows[order[-1]]
        order.append(at)
    assert len(order) == len(nodes)
    return [names[nodes[i]["unified_job_template"]].removeprefix("closednet ") for i in order]


def test_makes_all_and_then_only_repairs(controller, tmp_path):
    awx, url = controller
    configure(url, tmp_path, *WANTED).succeeded()
    assert graph(awx, "closednet network") == [
        *("project", "accounts", "plan", "approval"),
        *("hub", "spokes", "accept", "route", "verify"),
    ]
    assert graph(awx, "closednet drift") == ["project", "accounts", "verify"]
    schedule = awx.named("schedules", "closednet drift")
    assert schedule["unified_job_template"] == awx.named("workflow_job_templates", "closednet drift")["id"]
    (approval,) = awx.objects["workflow_approval_templates"].values()
    assert approval["timeout"] == 86400 and '"closednet plan"' in approval["description"]
    slices = {template["name"]: template["job_slice_count"] for template in awx.objects["job_templates"].values()}
    assert {name: count for name, count in slices.items() if count != 1} == {
        "closednet route": 5,
        "closednet spokes": 5,
    }
    keys, external_id = (awx.named("credentials", f"closednet {name}") for name in ("AWS", "external id"))
    assert keys["inputs"] == {"username": "AKIAOFANOPERATOR0001", "password": SECRETS["AWS_SECRET_ACCESS_KEY"]}
    assert external_id["inputs"] == {"external_id": SECRETS["NETWORK_OPERATOR_EXTERNAL_ID"]}
    injected = awx.named("credential_types", "closednet external id")["injectors"]
    assert injected == {"env": {"NETWORK_OPERATOR_EXTERNAL_ID": "{{ external_id }}"}}
    for id_ in awx.objects["job_templates"]:
        assert set(awx.related["job_templates", id_, "credentials"]) == {keys["id"], external_id["id"]}

    # What somebody changed by hand is changed back; nothing else is written.
    made = copy.deepcopy((awx.objects, awx.related))
    awx.named("job_templates", "closednet spokes")["job_slice_count"] = 1
    awx.named("inventory_sources", "closednet accounts")["overwrite"] = False
    approval["timeout"] = 0
    awx.named("job_templates", "closednet teardown")["survey"]["spec"][0]["required"] = False
    nodes = awx.objects["workflow_job_template_nodes"]
    (node,) = (id_ for id_, node in nodes.items() if node["unified_job_template"] == approval["id"])
    awx.related["workflow_job_template_nodes", node, "success_nodes"].clear()
    awx.writes.clear()
    repaired = configure(url, tmp_path, *WANTED).succeeded()
    assert (awx.objects, awx.related) == made
    # Two of the writes are of job templates, which one task configures.
    assert len(awx.writes) == 5 and repaired.changed == {"localhost": 4}, awx.writes


def test_the_projects_of_google_cloud_are_a_second_source_with_a_credential_of_their_own(controller, tmp_path):
    awx, url = controller
    key = {
        "type": "service_account",
        "client_email": "ansible@automation-1.iam.gserviceaccount.com",
        "project_id": "automation-1",
        "private_key": "-----BEGIN PRIVATE KEY-----\nsecret-of-the-service-account\n-----END PRIVATE KEY-----\n",
    }
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key), encoding="utf-8")
    google = ("awx_uses_google_key=true", "awx_google_inventory_path=inventory/apis.google_projects.yml")
    run = configure(url, tmp_path, *WANTED, *google, GCP_SERVICE_ACCOUNT_FILE=str(file)).succeeded()
    assert "secret-of-the-service-account" not in run.output

    credential = awx.named("credentials", "closednet Google Cloud")
    assert credential["inputs"] == {
        "username": key["client_email"],
        "project": key["project_id"],
        "ssh_key_data": key["private_key"],
    }
    sources = {name: awx.named("inventory_sources", f"closednet {name}") for name in ("accounts", "google projects")}
    assert sources["google projects"]["source_path"] == "inventory/apis.google_projects.yml"
    assert sources["google projects"]["inventory"] == sources["accounts"]["inventory"]
    assert sources["google projects"]["credential"] == credential["id"]
    assert sources["accounts"]["credential"] == awx.named("credentials", "closednet AWS")["id"]
    for id_ in awx.objects["job_templates"]:
        assert credential["id"] in awx.related["job_templates", id_, "credentials"]
    assert graph(awx, "closednet drift") == ["project", "accounts", "google projects", "verify"]
    assert graph(awx, "closednet network")[:4] == ["project", "accounts", "google projects", "plan"]

    awx.writes.clear()
    again = configure(url, tmp_path, *WANTED, *google, GCP_SERVICE_ACCOUNT_FILE=str(file)).succeeded()
    assert (awx.writes, again.changed) == ([], {"localhost": 0})


def test_surveys_ask_for_what_the_playbooks_read(controller):
    declared = yaml.safe_load((ROOT / "awx" / "controller.yml").read_text(encoding="utf-8"))
    for template in declared["awx_job_templates"]:
        playbook = template.get("playbook", f"{template['name']}.yml")
        (imported,) = yaml.safe_load((PROJECT / playbook).read_text(encoding="utf-8"))
        name = imported["ansible.builtin.import_playbook"].removeprefix("closednet.aws.")
        read = "".join(path.read_text(encoding="utf-8") for path in _files(name))
        for question in template.get("survey", []):
            assert re.search(rf"\b{question['variable']}\b", read), (template["name"], question["variable"])


def _files(playbook: str) -> list[Path]:
    """List the files of a playbook, of those that it imports, and of its roles' tasks."""
    path = ROOT / "playbooks" / f"{playbook}.yml"
    text = path.read_text(encoding="utf-8")
    roles = re.findall(r"(?:role|name): closednet\.aws\.(\w+)", text)
    assert roles or "import_playbook" in text or playbook in ("doctor", "pci_report", "who_gets_in", "isolation_proof")
    imported = re.findall(r"import_playbook: (\w+)\.yml", text)
    return [
        path,
        *(ROOT / "roles" / role / "tasks" / "main.yml" for role in roles),
        *(p for name in imported for p in _files(name)),
    ]


def test_says_what_is_missing_before_anything_is_written(controller, tmp_path):
    awx, url = controller
    run = configure(url, tmp_path, IMAGE, "awx_aws=instance")
    assert RECAP.search(run.output) and run.failed == ["localhost"] and awx.writes == []
    assert "awx_project_url (now: '')" in run.output and "awx_aws (now: 'instance')" in run.output

    run = configure(url, tmp_path, *WANTED, "awx_uses_google_key=true", GCP_SERVICE_ACCOUNT_FILE=str(tmp_path / "none"))
    assert run.failed == ["localhost"] and awx.writes == []
    assert "with awx_uses_google_key, GCP_SERVICE_ACCOUNT_FILE in it" in run.output
