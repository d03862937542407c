# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventory plugin google_projects, run by ansible-inventory on the emulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.conftest import Emulator, running
from tests.integration.conftest import plain_environment

ORGANIZATION = "organizations/123456789012"
READER, PARTLY, ANSIBLE, STRANGER = ("token-of-reader", "token-of-partly", "token-of-ansible", "token-of-stranger")
IMPERSONATED = "inventory-reader@automation-1.iam.gserviceaccount.com"
# More than a page of the emulator's.
SYSTEMS = 120


def project(number: int, project_id: str, parent: str, **more: Any) -> dict[str, Any]:
    return {"project_id": project_id, "number": str(number), "display_name": project_id, "parent": parent, **more}


SEED = {
    "google": {
        "organization": {"id": "123456789012"},
        "folders": [
            {"id": "111", "display_name": "recruiting", "parent": ORGANIZATION},
            {"id": "112", "display_name": "apis", "parent": "folders/111"},
            {"id": "113", "display_name": "systems", "parent": ORGANIZATION},
            {"id": "900", "display_name": "of others", "parent": "organizations/999"},
        ],
        "projects": [
            project(1, "recruiting-a", "folders/111", labels={"psc": "consumer"}),
            project(2, "recruiting-b", "folders/112", display_name="Recruiting B", labels={"psc": "provider"}),
            project(3, "closed-down", "folders/111", state="DELETE_REQUESTED", labels={"psc": "consumer"}),
            project(4, "automation-1", ORGANIZATION),
            project(5, "shared-by-a-stranger", "organizations/999", labels={"psc": "provider"}),
            project(6, "shared-in-a-folder", "folders/900", labels={"psc": "provider"}),
            *(project(1000 + one, f"system-{one:03}", "folders/113") for one in range(SYSTEMS)),
        ],
        "principals": [
            {
                "email": "reader@example.com",
                "access_token": READER,
                "bindings": {
                    ORGANIZATION: ["roles/browser"],
                    "shared-by-a-stranger": ["roles/browser"],
                    "shared-in-a-folder": ["roles/browser"],
                },
            },
            {"email": "partly@example.com", "access_token": PARTLY, "bindings": {"folders/111": ["roles/browser"]}},
            {"email": IMPERSONATED, "bindings": {ORGANIZATION: ["roles/browser"]}},
            {
                "email": "ansible@example.com",
                "access_token": ANSIBLE,
                "bindings": {"recruiting-a": ["roles/owner"]},
                "impersonates": [IMPERSONATED],
            },
            {"email": "stranger@example.com", "access_token": STRANGER, "bindings": {"recruiting-a": ["roles/viewer"]}},
        ],
    }
}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with running(SEED, tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def listed(emulator: Emulator, tmp_path: Path):
    """Return listed(**options), which runs ansible-inventory and returns the finished process."""
    emulator.control("POST", "reset")

    def run(
        environment: dict[str, str] | None = None, beside: str = "", **options: Any
    ) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "inventory"
        folder.mkdir(exist_ok=True)
        (folder / "hosts.yml").write_text(beside or "all: {}\n", encoding="utf-8")
        given = {
            "plugin": "closednet.aws.google_projects",
            "parent": ORGANIZATION,
            "endpoint_url": emulator.endpoint,
            "access_token": READER,
            **options,
        }
        declared = {name: value for name, value in given.items() if value is not None}
        (folder / "projects.google_projects.yml").write_text(yaml.safe_dump(declared), encoding="utf-8")
        return subprocess.run(
            # --export leaves each variable where it was set.
            [Path(sys.executable).with_name("ansible-inventory"), "-i", folder, "--list", "--export"],
            env={
                **plain_environment(),
                "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
                "CLOUDSDK_CONFIG": str(tmp_path / "no-gcloud"),
                **(environment or {}),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def inventory(process: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert process.returncode == 0, process.stderr
    return _without_markers(json.loads(process.stdout))


def _without_markers(value: Any) -> Any:
    """Return the value with plain strings; ansible-inventory may write one as ``{"__ansible_unsafe": string}``."""
    if isinstance(value, dict):
        if list(value) == ["__ansible_unsafe"]:
            return value["__ansible_unsafe"]
        return {key: _without_markers(item) for key, item in value.items()}
    return [_without_markers(item) for item in value] if isinstance(value, list) else value


def calls(emulator: Emulator) -> list[str]:
    return [call["operation"] for call in emulator.control("GET", "calls")]


def test_hosts_variables_and_groups(listed, emulator):
    made = inventory(
        listed(
            service_account_name="network-operator",
            groups={
                "providers": "project_labels.psc | default('') == 'provider'",
                "consumers": "project_labels.psc | default('') == 'consumer'",
            },
            keyed_groups=[{"key": "folder_path", "prefix": "folder", "separator": ""}],
            compose={"region": "project_labels.region | default('asia-northeast1')"},
        )
    )
    hosts = made["_meta"]["hostvars"]
    assert len(hosts) == 3 + SYSTEMS
    assert hosts["recruiting-b"] == {
        "cloud": "gcp",
        "folder_path": "/recruiting/apis",
        "impersonate_service_account": "network-operator@recruiting-b.iam.gserviceaccount.com",
        "project_id": "recruiting-b",
        "project_labels": {"psc": "provider"},
        "project_name": "Recruiting B",
        "project_number": "2",
        "project_parent": "folders/112",
        "region": "asia-northeast1",
    }
    assert made["providers"]["hosts"] == made["folder_recruiting_apis"]["hosts"] == ["recruiting-b"]
    assert made["consumers"]["hosts"] == ["recruiting-a"]
    assert hosts["automation-1"]["folder_path"] == "/"
    # Of the folder of others it asks once, since the search doesn't find it.
    assert sorted(calls(emulator)) == [
        "folders.get",
        "folders.search",
        "organizations.testIamPermissions",
        *["projects.search"] * 2,
    ]


def test_below_a_folder_by_name(listed):
    made = inventory(listed(access_token=PARTLY, parent="folders/111", hostname="name", folders=["/apis"]))
    assert made["_meta"]["hostvars"].keys() == {"Recruiting-B"}
    assert made["_meta"]["hostvars"]["Recruiting-B"]["folder_path"] == "/apis"


def test_only_projects_with_the_labels(listed):
    assert inventory(listed(labels={"psc": "*"}))["_meta"]["hostvars"].keys() == {"recruiting-a", "recruiting-b"}


@pytest.mark.parametrize("token", [PARTLY, STRANGER])
def test_a_credential_that_does_not_see_all_is_refused(listed, token):
    process = listed(access_token=token)
    assert process.returncode != 0
    assert "lacks resourcemanager.folders.get and resourcemanager.projects.get on organizations" in process.stderr
    assert "roles/browser" in process.stderr


def test_a_service_account_is_impersonated(listed, emulator):
    made = inventory(listed(access_token=ANSIBLE, impersonate_service_account=IMPERSONATED))
    assert len(made["_meta"]["hostvars"]) == 3 + SYSTEMS
    # It is the plugin's own, none of the hosts.
    assert "impersonate_service_account" not in made["_meta"]["hostvars"]["recruiting-a"]
    assert "serviceAccounts.generateAccessToken" in "".join(calls(emulator))


def test_one_that_may_not_be_impersonated_is_named(listed):
    process = listed(access_token=STRANGER, impersonate_service_account=IMPERSONATED)
    assert process.returncode != 0
    assert f"roles/iam.serviceAccountTokenCreator on {IMPERSONATED}" in process.stderr


@pytest.mark.parametrize("wrong", ["of-nobody", None])
def test_a_credential_that_is_none_is_told(listed, wrong):
    process = listed({"NO_GCE_CHECK": "true"}, access_token=wrong)
    assert process.returncode != 0
    assert "Unable to read the projects" in process.stderr
    assert "gcloud auth application-default login" in process.stderr
    assert "Traceback" not in process.stderr


def test_the_credential_of_the_environment_and_of_a_template(listed, emulator):
    environment = {"GCP_ACCESS_TOKEN": READER, "GOOGLE_CLOUD_ENDPOINT_URL": emulator.endpoint}
    assert inventory(listed(environment, access_token=None, endpoint_url=None))
    assert inventory(listed({"TOKEN": READER}, access_token="{{ lookup('env', 'TOKEN') }}"))


def test_an_expression_that_fails_at_one_project_adds_none(listed):
    process = listed(strict=True, compose={"tier": "project_labels.psc"})
    assert process.returncode != 0
    assert "No project was added" in process.stderr and "the project automation-1" in process.stderr


def test_a_host_that_is_an_account_of_aws_is_no_project(listed):
    beside = "all: {hosts: {recruiting-a: {account_id: '999999999999'}}}\n"
    process = listed(beside=beside)
    assert process.returncode != 0
    assert "would be the host recruiting-a, which another source says is the account 999999999999" in process.stderr


def test_a_cache_saves_the_calls(listed, emulator, tmp_path):
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = inventory(listed(**cache))
    before = len(calls(emulator))
    assert inventory(listed(**cache)) == first
    assert len(calls(emulator)) == before
    # What is asked of the projects isn't in the cache.
    assert inventory(listed(**cache, labels={"psc": "*"}))["_meta"]["hostvars"].keys() == {
        "recruiting-a",
        "recruiting-b",
    }
    (file,) = (tmp_path / "cache").iterdir()
    assert READER not in file.read_text(encoding="utf-8")


def test_throttling_is_waited_out(listed, emulator):
    fault = {"service": "cloudresourcemanager", "operation": "projects.search", "action": "throttle", "times": 1}
    emulator.control("POST", "faults", fault)
    assert len(inventory(listed())["_meta"]["hostvars"]) == 3 + SYSTEMS


def test_a_page_that_fails_leaves_no_half_inventory(listed, emulator):
    fault = {
        "service": "cloudresourcemanager",
        "operation": "projects.search",
        "nth": 2,
        "action": "error",
        "code": "PERMISSION_DENIED",
        "status": 403,
    }
    emulator.control("POST", "faults", fault)
    process = listed()
    assert process.returncode != 0
    assert "Unable to read the projects" in process.stderr and "PERMISSION_DENIED" in process.stderr
    assert "system-000" not in process.stdout


def test_the_file_name_decides(listed, tmp_path):
    source = tmp_path / "projects.yml"
    source.write_text("plugin: closednet.aws.google_projects\n", encoding="utf-8")
    process = subprocess.run(
        [Path(sys.executable).with_name("ansible-inventory"), "-i", source, "--list"],
        env={**os.environ, "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode != 0
