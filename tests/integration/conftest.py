# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures that run playbooks with ansible-playbook on the emulator over HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.emulator.conftest import Emulator, running
from tests.playbooks import Playbooks, playbooks

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import reachability  # noqa: E402

DEMO = ROOT / "inventories" / "demo"
SEED = ROOT / "inventories" / "demo.emulator.yml"
REGION = "eu-central-1"
HUB, ALPHA, BETA, GAMMA, LEDGER, PAYMENTS, PARTNER, DELTA, MANAGEMENT = (digit * 12 for digit in "123456789")
EXTERNAL_ID = "told-to-the-operator-alone"
HOSTS = {"shared-services": HUB, "alpha": ALPHA, "beta": BETA, "gamma": GAMMA}
PRIVATELINK_HOSTS = {"ledger": LEDGER, "payments": PAYMENTS, "partner": PARTNER}
SUMMARY = {"ANSIBLE_CALLBACKS_ENABLED": "closednet.aws.summary"}
READS = ("BatchGet", "Describe", "Filter", "Get", "Head", "List", "Query", "Scan", "Search", "AssumeRole")
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass
class Run:
    """A finished run of ansible-playbook and the calls that the emulator got from it."""

    code: int
    output: str
    calls: list[dict[str, Any]]
    changed: dict[str, int] = field(init=False)
    failed: list[str] = field(init=False)

    def __post_init__(self) -> None:
        recap = RECAP.findall(self.output)
        self.changed = {host: int(changed) for host, _ok, changed, _unreachable, _failed in recap}
        self.failed = [host for host, _ok, _changed, unreachable, failed in recap if int(unreachable) + int(failed)]

    @property
    def writes(self) -> list[str]:
        return [f"{c['account']} {c['operation']}" for c in self.calls if not c["operation"].startswith(READS)]

    def succeeded(self) -> Run:
        assert self.code == 0 and not self.failed, self.output
        return self


def plain_environment() -> dict[str, str]:
    """Return this process's environment without its variables of AWS, Google Cloud and Ansible."""
    foreign = ("AWS_", "ANSIBLE_", "GCP_", "GOOGLE_")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    # One line for each message, however long.
    return {**inherited, "LC_ALL": "C.UTF-8", "COLUMNS": "10000"}


def lines(run: Run) -> list[str]:
    """Return the first message that the playbook showed as a list."""
    start = run.output.index('"msg": [') + len('"msg": ')
    return json.JSONDecoder().raw_decode(run.output[start:])[0]


class Site:
    """Copy of these groups of the demo's inventory, for a test to change and to run playbooks on."""

    playbooks: Playbooks

    def __init__(self, emulator: Emulator, home: Path, groups: tuple[str, ...]):
        self.emulator, self.home, self.inventory = emulator, home, home / "inventory"
        shutil.copytree(DEMO, self.inventory)
        hosts = self.inventory / "hosts.yml"
        children = yaml.safe_load(hosts.read_text())["all"]["children"]
        hosts.write_text(yaml.safe_dump({"all": {"children": {group: children[group] for group in groups}}}))
        (key,) = yaml.safe_load(SEED.read_text(encoding="utf-8"))["access_keys"]
        self.key = {k: v for k, v in key.items() if k in ("access_key_id", "secret_access_key")}

    def declare(self, host: str, group: str = "spokes", **variables: Any) -> None:
        """Add a host, or change one: these variables win over the demo's."""
        more = self.inventory / "more.yml"
        groups = yaml.safe_load(more.read_text()) if more.exists() else {}
        groups.setdefault(group, {"hosts": {}})["hosts"].setdefault(host, None)
        more.write_text(yaml.safe_dump(groups))
        path = self.inventory / "host_vars" / f"{host}.yml"
        path.parent.mkdir(exist_ok=True)
        have = yaml.safe_load(path.read_text()) if path.exists() else {}
        path.write_text(yaml.safe_dump({**have, **variables}))

    def forget(self, *hosts: str) -> None:
        """Remove hosts from the inventory."""
        path = self.inventory / "hosts.yml"
        declared = yaml.safe_load(path.read_text())

        def without(group: dict[str, Any]) -> dict[str, Any]:
            kept = {host: v for host, v in group.get("hosts", {}).items() if host not in hosts}
            children = {name: without(child) for name, child in group.get("children", {}).items()}
            return {**group, "hosts": kept, "children": children}

        path.write_text(yaml.safe_dump({name: without(group) for name, group in declared.items()}))

    def run(
        self,
        playbook: str,
        *arguments: str,
        inventory: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> Run:
        before = len(self.emulator.control("GET", "calls"))
        with tempfile.TemporaryFile() as output:
            started = self.playbooks.start(
                [f"-i{inventory or self.inventory}", str(ROOT / "playbooks" / f"{playbook}.yml"), *map(str, arguments)],
                self.home,
                {**self.environment(), **(environment or {})},
                output.fileno(),
            )
            code = started.wait()
            output.seek(0)
            told = output.read().decode()
        return Run(code, told, self.emulator.control("GET", f"calls?since={before}"))

    def environment(self) -> dict[str, str]:
        return {
            **plain_environment(),
            "AWS_ENDPOINT_URL": self.emulator.endpoint,
            "AWS_ACCESS_KEY_ID": self.key["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.key["secret_access_key"],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "ANSIBLE_HOME": str(self.home / "ansible"),
        }

    def reach(self, *hosts: str) -> dict[str, list[str]]:
        """Return {host: hosts that it reaches and that reach it}, by the route tables that the emulator reports."""
        accounts = {**HOSTS, "delta": DELTA}
        network = reachability.read({host: self.client(accounts[host]) for host in hosts}, "shared-services")
        return {host: [other for other in hosts if other != host and network.reaches(host, other)] for host in hosts}

    def client(self, account_id: str, service: str = "ec2") -> Any:
        return self.session(account_id).client(service, region_name=REGION, endpoint_url=self.emulator.endpoint)

    def session(self, account_id: str) -> boto3.Session:
        keys = {f"aws_{name}": value for name, value in self.key.items()}
        place = {"region_name": REGION, "endpoint_url": self.emulator.endpoint}
        role = f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole"
        sts = boto3.client("sts", **keys, **place)
        made = sts.assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
        return boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


@pytest.fixture(scope="session", autouse=True)
def started_playbooks(tmp_path_factory):
    """Start the server that runs a site's playbooks, one for each pytest worker."""
    with playbooks({**plain_environment(), "ANSIBLE_HOME": str(tmp_path_factory.mktemp("ansible"))}) as Site.playbooks:
        yield


@pytest.fixture(scope="session")
def organization(tmp_path_factory):
    """Emulator with the demo's seed, one account that its inventory doesn't know, and a role with an external id."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["accounts"].append({"id": DELTA, "name": "delta", "ou": "/customers"})
    # Tags that inventories/example reads and the demo's inventory doesn't.
    cidrs = {"shared-services": "10.0.0.0/16", "alpha": "10.1.0.0/16", "beta": "10.2.0.0/16"}
    for account in seed["accounts"]:
        if account["name"] in cidrs:
            account["tags"] = {"vpc_cidrs": cidrs[account["name"]]}
        if account["name"] == "alpha":
            account["tags"] |= {"segment": "customers", "pattern": "algorithm_only"}
        if account["name"] == "beta":
            account["tags"] |= {"attached": "false"}
    seed["roles"] = [{"account_id": ALPHA, "name": "guarded", "external_id": EXTERNAL_ID}]
    with running(seed, tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


def new_site(organization: Emulator, home: Path, groups: tuple[str, ...] = ("hub", "spokes")) -> Site:
    """Return a Site of these groups of the demo's inventory, on its organisation before the first run.

    States take 50 ms to change.
    """
    organization.control("POST", "reset")
    organization.control("POST", "settings", {"transition": 50})
    return Site(organization, home, groups)


@pytest.fixture
def site(organization, tmp_path):
    """Site of the hub and its spokes."""
    return new_site(organization, tmp_path)
