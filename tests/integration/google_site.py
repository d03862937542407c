# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Site of inventories/google: projects of Google Cloud in the emulator, beside the demo's accounts of AWS."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.contract.clouds import is_read
from tests.emulator.conftest import Emulator
from tests.emulator.gcp_world import CONSUMER_A as CONSUMER
from tests.emulator.gcp_world import CONSUMER_C as OTHER
from tests.emulator.gcp_world import PROVIDER, Google
from tests.emulator.gcp_world import REGION as LOCATION
from tests.integration.conftest import DEMO, ROOT, SEED, Run, Site

INVENTORY = ROOT / "inventories" / "google"
GOOGLE_SEED: dict[str, Any] = yaml.safe_load((ROOT / "inventories" / "google.emulator.yml").read_text(encoding="utf-8"))
BOTH_SEEDS = {**yaml.safe_load(SEED.read_text(encoding="utf-8")), **GOOGLE_SEED}
TOKEN = GOOGLE_SEED["google"]["principals"][0]["access_token"]
PROJECTS = (PROVIDER, CONSUMER, OTHER)
ATTACHMENT, ENDPOINT, BALANCER = "serviceAttachments/matching-api", "forwardingRules/matching", "backendServices"
(SERVICE,) = yaml.safe_load((INVENTORY / "group_vars" / "providers.yml").read_text())["psc_services"]
APPROVAL = {"project_id": CONSUMER, "reason": "db replacement", "requested_by": "team-a"}


class GoogleSite(Site):
    """Copy of inventories/google. declare(host, group=...) changes a host's variables."""

    def __init__(self, emulator: Emulator, home: Path):
        self.emulator, self.home, self.inventory = emulator, home, home / "inventory"
        shutil.copytree(INVENTORY, self.inventory)
        (key,) = BOTH_SEEDS["access_keys"]
        self.key = {name: value for name, value in key.items() if name in ("access_key_id", "secret_access_key")}

    def environment(self) -> dict[str, str]:
        google = {
            "GOOGLE_CLOUD_ENDPOINT_URL": self.emulator.endpoint,
            "GCP_ACCESS_TOKEN": TOKEN,
            "NO_PROXY": "127.0.0.1",
        }
        return {**super().environment(), **google}

    def with_aws(self) -> GoogleSite:
        """Add the providers and consumers of the demo on AWS; return self.

        The variables of both clouds' groups are in one folder, so that each host inherits what the other cloud's needs.
        """
        for path in sorted((DEMO / "group_vars").glob("*.yml")):
            if path.stem in ("all", "providers", "consumers"):
                beside = self.inventory / "group_vars" / path.stem
                beside.mkdir()
                (self.inventory / "group_vars" / path.name).rename(beside / "google.yml")
                shutil.copy(path, beside / "aws.yml")
        children = yaml.safe_load((DEMO / "hosts.yml").read_text())["all"]["children"]
        aws = {group: {"hosts": children[group]["hosts"]} for group in ("providers", "consumers")}
        google = yaml.safe_load((self.inventory / "hosts.yml").read_text())["all"]
        for group, of_google in google["children"].items():
            for host, variables in of_google["hosts"].items():
                of_google["hosts"][host] = {**google["vars"], "project_id": host, "region": LOCATION, **variables}
            of_google["hosts"] |= {host: {**own, "region": "eu-central-1"} for host, own in aws[group]["hosts"].items()}
        (self.inventory / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": google["children"]}}))
        return self

    def get(self, project: str, name: str) -> dict[str, Any]:
        """Return a resource of the region by kind/name."""
        found: dict[str, Any] = self.google(project).call("GET", f"{self._path(project)}/{name}")
        return found

    def listed(self, project: str, kind: str) -> list[str]:
        """Return the names of all resources of a kind in the region."""
        found = self.google(project).call("GET", f"{self._path(project)}/{kind}")
        return [resource["name"] for resource in found.get("items", [])]

    def google(self, project: str) -> Google:
        return Google(self.emulator.endpoint, TOKEN, project, LOCATION)

    def operator(self, project: str) -> Google:
        """Return the project as its service account writes it, by hand."""
        path = f"/v1/projects/-/serviceAccounts/network-operator@{project}.iam.gserviceaccount.com:generateAccessToken"
        scope = {"scope": ["https://www.googleapis.com/auth/cloud-platform"]}
        return self.google(project).of(token=self.google(project).call("POST", path, scope)["accessToken"])

    def statuses(self) -> dict[str, str]:
        """Return {consumer: status of its endpoint}, and fail if the provider sees another."""
        own = {one: self.get(one, ENDPOINT)["pscConnectionStatus"] for one in (CONSUMER, OTHER)}
        if "matching-api" in self.listed(PROVIDER, "serviceAttachments"):
            connected = self.get(PROVIDER, ATTACHMENT).get("connectedEndpoints", [])
            told = {one["endpoint"].split("/projects/")[1].split("/")[0]: one["status"] for one in connected}
            assert told == own
        return own

    @staticmethod
    def _path(project: str) -> str:
        return f"/compute/v1/projects/{project}/regions/{LOCATION}"


def writes(run: Run) -> list[str]:
    """Return "PROJECT operation" of each write to Google Cloud, in order."""
    return [f"{call['account']} {call['operation']}" for call in of_google(run) if not is_read(call["operation"])]


def of_google(run: Run) -> list[dict[str, Any]]:
    return [call for call in run.calls if "." in call["operation"]]
