# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventory plugin organization_accounts, run by ansible-inventory on the emulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.emulator.conftest import running

MANAGEMENT, HUB, ALPHA, CLOSED, STRANGER = (f"{digit}" * 12 for digit in "91245")
SEED = {
    "organization": {"id": "o-demo123456", "management_account_id": MANAGEMENT},
    "organizational_units": [{"path": "/infrastructure"}, {"path": "/customers/pci"}],
    "accounts": [
        {"id": MANAGEMENT, "name": "management", "email": "root@example.com"},
        {"id": HUB, "name": "shared-services", "email": "hub@example.com", "ou": "/infrastructure"},
        {
            "id": ALPHA,
            "name": "Customer alpha",
            "email": "alpha@example.com",
            "ou": "/customers/pci",
            "tags": {"segment": "customers", "vpc_cidrs": "10.1.0.0/16 10.9.0.0/16"},
        },
        {"id": CLOSED, "name": "gone", "email": "gone@example.com", "ou": "/customers", "status": "SUSPENDED"},
    ],
    "access_keys": [
        {"account_id": account_id, "access_key_id": f"AKIAOPERATOR{account_id[:8]}", "secret_access_key": "of-a-test"}
        for account_id in (MANAGEMENT, HUB, STRANGER)
    ],
    "roles": [{"account_id": ALPHA, "name": "guarded", "external_id": "of-somebody-else"}],
}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with running(SEED, tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator.endpoint


@pytest.fixture
def listed(endpoint, tmp_path):
    """Return listed(**options), which runs ansible-inventory and returns the finished process."""

    def run(
        account_id: str = MANAGEMENT, environment: dict[str, str] | None = None, **options
    ) -> subprocess.CompletedProcess:
        source = tmp_path / "all.organization_accounts.yml"
        source.write_text(
            yaml.safe_dump(
                {
                    "plugin": "closednet.aws.organization_accounts",
                    "endpoint_url": endpoint,
                    "region": "eu-central-1",
                    "access_key": f"AKIAOPERATOR{account_id[:8]}",
                    "secret_key": "of-a-test",
                    **options,
                }
            ),
            encoding="utf-8",
        )
        return subprocess.run(
            # --export leaves each variable where it was set; the file must be an inventory or the run fails.
            [Path(sys.executable).with_name("ansible-inventory"), "-i", source, "--list", "--export"],
            env={**os.environ, "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true", **(environment or {})},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def inventory(process: subprocess.CompletedProcess) -> dict:
    assert process.returncode == 0, process.stderr
    return _without_markers(json.loads(process.stdout))


def _without_markers(value):
    """Return the value with plain strings; ansible-inventory may write one as ``{"__ansible_unsafe": string}``."""
    if isinstance(value, dict):
        if list(value) == ["__ansible_unsafe"]:
            return value["__ansible_unsafe"]
        return {key: _without_markers(item) for key, item in value.items()}
    return [_without_markers(item) for item in value] if isinstance(value, list) else value


def calls(endpoint: str) -> list[str]:
    with urllib.request.urlopen(f"{endpoint}/_emulator/calls") as response:
        return [call["operation"] for call in json.load(response)]


def test_hosts_variables_and_groups(listed):
    made = inventory(
        listed(
            keyed_groups=[
                {"key": "ou_path", "prefix": "ou", "separator": ""},
                {"key": "account_tags.segment", "prefix": "segment"},
            ],
            groups={"hub": "account_name == 'shared-services'"},
            compose={
                "vpc_cidrs": "account_tags.vpc_cidrs.split()",
                "region": "account_tags.region | default('eu-west-1')",
            },
        )
    )
    hosts = made["_meta"]["hostvars"]
    assert set(hosts) == {"management", "shared-services", "Customer-alpha"}
    alpha = hosts["Customer-alpha"]
    assert alpha.pop("ou_id").startswith("ou-")
    assert alpha == {
        "account_id": ALPHA,
        "account_name": "Customer alpha",
        "account_status": "ACTIVE",
        "account_tags": {"segment": "customers", "vpc_cidrs": "10.1.0.0/16 10.9.0.0/16"},
        "assume_role_arn": f"arn:aws:iam::{ALPHA}:role/OrganizationAccountAccessRole",
        "organization_id": "o-demo123456",
        "ou_path": "/customers/pci",
        "region": "eu-west-1",
        "vpc_cidrs": ["10.1.0.0/16", "10.9.0.0/16"],
    }
    assert "assume_role_arn" not in hosts["management"]
    assert "vpc_cidrs" not in hosts["shared-services"]
    assert made["ou_customers_pci"]["hosts"] == made["segment_customers"]["hosts"] == ["Customer-alpha"]
    assert made["hub"]["hosts"] == made["ou_infrastructure"]["hosts"] == ["shared-services"]
    assert "example.com" not in json.dumps(made)


def test_one_ou_by_id_without_tags_through_a_role(listed):
    made = inventory(
        listed(
            ous=["/infrastructure"],
            hostname="id",
            fetch_tags=False,
            assume_role_arn=f"arn:aws:iam::{MANAGEMENT}:role/inventory-reader",
        )
    )
    assert set(made["_meta"]["hostvars"]) == {HUB}
    assert "account_tags" not in made["_meta"]["hostvars"][HUB]


def test_an_expression_that_fails_at_one_account_adds_none(listed, tmp_path):
    """Ansible goes on with what a plugin added before its error."""
    process = listed(
        environment={"ANSIBLE_INVENTORY_UNPARSED_FAILED": "false"},
        strict=True,
        compose={"segment": "account_tags.segment"},
    )
    assert f"the account {HUB} ('shared-services'): " in process.stderr and "segment" in process.stderr
    assert "shared-services" not in process.stdout and "Customer-alpha" not in process.stdout
    process = listed(
        environment={"ANSIBLE_INVENTORY_UNPARSED_FAILED": "false"}, groups={"management": "account_name != 'x'"}
    )
    assert "would be the host management, which is the name of a group" in process.stderr
    assert "Customer-alpha" not in process.stdout


def test_a_cached_inventory_makes_no_call(listed, endpoint, tmp_path):
    options = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = inventory(listed(**options))
    before = calls(endpoint)
    assert inventory(listed(**options)) == first
    assert before == calls(endpoint)


@pytest.mark.parametrize(
    ("account_id", "what_to_do"),
    [
        (HUB, "register the account of these credentials as delegated administrator"),
        (STRANGER, "belongs to no organization; use credentials of the management account"),
    ],
)
def test_credentials_of_another_account_are_told_what_to_use(listed, account_id, what_to_do):
    process = listed(account_id=account_id)
    assert process.returncode != 0
    assert what_to_do in process.stderr


def test_a_role_that_does_not_let_in_is_named(listed):
    role = f"arn:aws:iam::{ALPHA}:role/guarded"
    process = listed(assume_role_arn=role)
    assert process.returncode != 0
    assert "AccessDenied" in process.stderr, process.stderr
    assert f"Unable to assume role {role}" in process.stderr


def test_the_file_name_decides(listed, tmp_path):
    source = tmp_path / "accounts.yml"
    source.write_text("plugin: closednet.aws.organization_accounts\n", encoding="utf-8")
    process = subprocess.run(
        [Path(sys.executable).with_name("ansible-inventory"), "-i", source, "--list"],
        env={**os.environ, "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode != 0
