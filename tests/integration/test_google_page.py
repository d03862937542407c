# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/share-an-api-google-cloud.md: its inventory, run on the emulator, does what the page says."""

from __future__ import annotations

import copy
import re
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.world import capability
from tests.emulator import gcp_world
from tests.emulator.conftest import Emulator, running
from tests.integration.conftest import ROOT, Run, Site, plain_environment

PAGE = (ROOT / "docs" / "share-an-api-google-cloud.md").read_text(encoding="utf-8")
INVENTORY, BALANCER, PLUGIN, LEDGER, CONSUMER = (
    yaml.safe_load(textwrap.dedent(block)) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
)
PROVIDER, APPLICANT = "recruiting-b", "recruiting-a"


def seed() -> dict[str, Any]:
    """Return the tests' Google Cloud with what the page takes for granted: service accounts and a backend."""
    google = copy.deepcopy(gcp_world.SEED["google"])
    emails = {project: f"network-operator@{project}.iam.gserviceaccount.com" for project in (PROVIDER, APPLICANT)}
    google["principals"] += [
        {"email": email, "bindings": {project: ["roles/owner"]}} for project, email in emails.items()
    ]
    google["principals"].append(
        {"email": "ansible@example.com", "access_token": "token-of-ansible", "impersonates": [*emails.values()]}
    )
    (backend,) = google["backends"]
    google["backends"].append({**backend, "name": "matching-api"})
    return {"google": google}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with running(seed(), tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def play(emulator: Emulator, tmp_path: Path):
    """Return play(playbook, inventory, *arguments), which runs a playbook on the emulator."""
    emulator.control("POST", "reset")
    emulator.control("POST", "settings", {"transition": 20})

    def run(playbook: str, inventory: dict[str, Any], *arguments: str) -> Run:
        source = tmp_path / "inventory.yml"
        source.write_text(yaml.safe_dump(inventory), encoding="utf-8")
        environment = {
            **plain_environment(),
            "GOOGLE_CLOUD_ENDPOINT_URL": emulator.endpoint,
            "GCP_ACCESS_TOKEN": "token-of-ansible",
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
        }
        before = len(emulator.control("GET", "calls"))
        with tempfile.TemporaryFile() as output:
            started = Site.playbooks.start(
                [f"-i{source}", str(ROOT / "playbooks" / f"{playbook}.yml"), *arguments],
                tmp_path,
                environment,
                output.fileno(),
            )
            code = started.wait()
            output.seek(0)
            return Run(code, output.read().decode(), emulator.control("GET", f"calls?since={before}"))

    return run


def declared(with_balancer: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the page's inventory of its section 1, and its only service, which may be changed."""
    inventory = copy.deepcopy(INVENTORY)
    (service,) = inventory["all"]["children"]["providers"]["hosts"][PROVIDER]["psc_services"]
    if with_balancer:
        del service["forwarding_rule"]
        service.update(copy.deepcopy(BALANCER))
    return inventory, service


def approve(inventory: dict[str, Any], service: dict[str, Any]) -> None:
    service["consumers"] = copy.deepcopy(LEDGER["consumers"])
    inventory["all"]["children"]["consumers"]["hosts"] = copy.deepcopy(CONSUMER)


def status(emulator: Emulator) -> str:
    google = gcp_world.Google(emulator.endpoint, project=APPLICANT)
    return google.get("forwardingRules/matching")["pscConnectionStatus"]


@pytest.mark.parametrize("with_balancer", [False, True], ids=["forwarding_rule", "load_balancer"])
def test_publish_approve_expire(play, emulator, with_balancer):
    inventory, service = declared(with_balancer)
    play("privatelink", inventory).succeeded()

    approve(inventory, service)
    run = play("privatelink", inventory).succeeded()
    assert status(emulator) == "ACCEPTED", run.output
    assert not sum(play("privatelink", inventory).succeeded().changed.values())

    service["consumers"][0]["expires"] = "2020-01-01"
    plan = play("plan", inventory).succeeded()
    assert "recruiting-a: ACCEPTED -> PENDING, its traffic stops" in plan.output
    assert status(emulator) == "ACCEPTED"
    play("providers", inventory).succeeded()
    assert status(emulator) == "PENDING"


def test_a_line_that_is_taken_out_is_confirmed_as_the_page_says(play, emulator):
    inventory, service = declared()
    approve(inventory, service)
    play("privatelink", inventory).succeeded()
    (command,) = re.findall(r"closednet\.aws\.providers (-e confirm_removals=\S+)", PAGE)

    service["consumers"] = []
    run = play("providers", inventory)
    assert run.failed == [PROVIDER] and "matching-api/recruiting-a" in run.output
    assert status(emulator) == "ACCEPTED"
    play("providers", inventory, *command.split()).succeeded()
    assert status(emulator) == "PENDING"

    # A new approval needs no new endpoint.
    approve(inventory, service)
    play("providers", inventory).succeeded()
    assert status(emulator) == "ACCEPTED"


def test_a_service_is_withdrawn_as_the_page_says(play, emulator):
    inventory, service = declared()
    approve(inventory, service)
    play("privatelink", inventory).succeeded()

    service["state"] = "absent"
    inventory["all"]["children"]["consumers"]["hosts"][APPLICANT]["psc_endpoints"][0]["service"] = (
        "projects/recruiting-b/regions/asia-northeast1/serviceAttachments/matching-api"
    )
    run = play("providers", inventory)
    assert run.failed == [PROVIDER] and "allow_disconnect" in run.output
    assert status(emulator) == "ACCEPTED"
    service["allow_disconnect"] = True
    play("providers", inventory).succeeded()
    assert status(emulator) == "CLOSED"

    del service["state"]
    play("privatelink", inventory).succeeded()
    assert status(emulator) == "ACCEPTED"


def test_the_inventory_plugins_file_has_its_options():
    text = (ROOT / "plugins" / "inventory" / "google_projects.py").read_text(encoding="utf-8")
    (documentation,) = re.findall(r'DOCUMENTATION = r"""\n(.*?)"""', text, re.DOTALL)
    constructed = {"compose", "groups", "keyed_groups", "strict"}
    assert PLUGIN.keys() <= yaml.safe_load(documentation)["options"].keys() | constructed


def test_the_module_that_lists_connections_has_the_options():
    """The command of section 4."""
    (arguments,) = re.findall(r'psc_service_info \\\n  -a "(.*?)"', PAGE, re.DOTALL)
    options = set(re.findall(r"(\w+)=", arguments))
    assert options and options <= capability("psc_service_info").specification.keys()
