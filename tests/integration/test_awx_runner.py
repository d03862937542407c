# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Job templates of awx/controller.yml by ansible-runner, each from a private data directory as AWX 24.6 writes it.

What AWX does is taken from its source, below awx/main: tasks/jobs.py (the directory, what is in env/, how an inventory
source is read), models/inventory.py (get_script_data: the inventory of a job, sliced or not), models/jobs.py and
models/unified_jobs.py (awx_meta_vars), models/workflow.py (what a node gets of earlier ones) and utils/safe_yaml.py
(env/extravars).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.conftest import running
from tests.integration.conftest import ALPHA, BETA, EXTERNAL_ID, GAMMA, HUB, READS, ROOT, SEED, Site

BIN = Path(sys.executable).parent
CIDRS = {"shared-services": "10.0.0.0/16", "alpha": "10.1.0.0/16", "beta": "10.2.0.0/16", "gamma": "10.3.0.0/16"}
SLICES = 2


class Unsafe(yaml.SafeDumper):
    """Dumps every string as `!unsafe`, as AWX writes what isn't in the job template itself."""


Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text, style="'"))


@dataclass
class Job:
    """A finished job: the hosts' counts and artifacts from its last event, the failures' messages from the others."""

    status: str
    stats: dict[str, Any]
    failures: list[str]
    output: str

    def succeeded(self) -> Job:
        assert self.status == "successful" and not self.failures, self.output
        return self

    @property
    def changed(self) -> set[str]:
        return set(self.stats["changed"])

    @property
    def hosts(self) -> set[str]:
        return set(self.stats["ok"])

    @property
    def artifacts(self) -> dict[str, Any]:
        return self.stats.get("artifact_data", {})


class Controller:
    """The part of AWX that runs jobs."""

    def __init__(self, site: Site, project: Path, collections: Path):
        self.site, self.project, self.collections = site, project, collections
        declared = yaml.safe_load((ROOT / "awx" / "controller.yml").read_text(encoding="utf-8"))
        self.templates = {template["name"]: template for template in declared["awx_job_templates"]}
        # Of the workflow `network`, after the updates of project and inventory.
        self.nodes = declared["awx_network"]
        self.ran = 0
        self.listing = self._update_inventory(declared["awx_inventory_path"])

    def _update_inventory(self, path: str) -> dict[str, Any]:
        source = self.project / path
        done = subprocess.run(
            [BIN / "ansible-inventory", "--list", "--export", "-i", source, "--playbook-dir", source.parent],
            env={**self._environment(), "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True"},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    def _environment(self) -> dict[str, str]:
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        return {
            **self.site.environment(),
            "PATH": path,
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "NETWORK_OPERATOR_EXTERNAL_ID": EXTERNAL_ID,
        }

    def inventory(self, number: int, count: int) -> dict[str, Any]:
        """Return a slice: every count-th host by name. Groups keep their variables, even without hosts."""
        hostvars = self.listing["_meta"]["hostvars"]
        hosts = sorted(hostvars)[number - 1 :: count]
        groups = {name: group for name, group in self.listing.items() if name not in ("_meta", "all", "ungrouped")}
        data: dict[str, Any] = {}
        for name, group in groups.items():
            kept = {
                "hosts": [host for host in group.get("hosts", []) if host in hosts],
                "children": group.get("children", []),
                "vars": group.get("vars", {}),
            }
            if any(kept.values()):
                data[name] = {key: value for key, value in kept.items() if value}
        grouped = {host for group in data.values() for host in group.get("hosts", [])}
        data["all"] = {
            "hosts": [host for host in hosts if host not in grouped],
            "children": sorted(groups),
            "vars": self.listing["all"].get("vars", {}),
        }
        data["_meta"] = {"hostvars": {host: {**hostvars[host], "remote_tower_enabled": "true"} for host in hosts}}
        return data

    def launch(self, template: str, *, workflow: str = "", **variables: Any) -> list[Job]:
        """Launch a template and return its jobs: as many as it has slices, run at the same time."""
        count = SLICES if self.templates[template].get("slices") else 1
        with ThreadPoolExecutor(count) as pool:
            jobs = [
                pool.submit(self.job, template, (number, count), workflow=workflow, **variables)
                for number in range(1, count + 1)
            ]
        return [job.result() for job in jobs]

    def job(self, template: str, slice_: tuple[int, int], *, workflow: str = "", **variables: Any) -> Job:
        self.ran += 1
        home = self.site.home / f"job_{self.ran}_{slice_[0]}"
        shutil.copytree(self.project, home / "project")
        script = home / "inventory" / "hosts"
        script.parent.mkdir()
        script.write_text(f"#! {sys.executable}\nprint({json.dumps(self.inventory(*slice_))!r})\n")
        script.chmod(0o700)
        # Jobs of slices belong to a workflow job of the template's name, whether in another workflow or not.
        of_workflow = template if slice_[1] > 1 else workflow
        meta = {"awx_job_template_name": template, **({"awx_workflow_job_name": of_workflow} if of_workflow else {})}
        survey = {q["variable"]: q["default"] for q in self.templates[template].get("survey", []) if "default" in q}
        env = home / "env"
        env.mkdir()
        (env / "extravars").write_text(yaml.dump({**survey, **variables, **meta}, Dumper=Unsafe))
        (env / "envvars").write_text(json.dumps(self._environment()))
        (env / "cmdline").write_text("-u root --forks=20")
        (env / "settings").write_text(json.dumps({"suppress_ansible_output": True}))
        playbook = self.templates[template].get("playbook", f"{template}.yml")
        done = subprocess.run(
            [BIN / "ansible-runner", "run", home, "--ident", "1", "--playbook", playbook, "--inventory", script],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        made = home / "artifacts" / "1"
        assert (made / "status").exists(), done.stdout + done.stderr
        events = sorted(
            (json.loads(path.read_text()) for path in (made / "job_events").glob("[0-9]*-*.json")), key=_counter
        )
        paths = [event["event_data"]["task_path"] for event in events if event["event"] == "playbook_on_task_start"]
        assert all(path.startswith(str(self.collections)) for path in paths), paths
        stats = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
        return Job(
            (made / "status").read_text(),
            stats[-1] if stats else {},
            [str(event["event_data"]["res"].get("msg")) for event in events if event["event"] == "runner_on_failed"],
            "\n".join(event["stdout"] for event in events) + done.stderr,
        )

    def writes(self) -> list[str]:
        calls = self.site.emulator.control("GET", "calls")
        return [f"{c['account']} {c['operation']}" for c in calls if not c["operation"].startswith(READS)]


def _counter(event: dict[str, Any]) -> int:
    return event["counter"]


@pytest.fixture(scope="module")
def controller(tmp_path_factory):
    """Controller of awx/project with inventories/example, the built collection, and an organization with tags."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    for account in seed["accounts"]:
        if account["name"] in CIDRS:
            account["tags"] = {"vpc_cidrs": CIDRS[account["name"]]}
            if account["ou"] == "/customers":
                account["tags"]["segment"] = "customers"
    seed["roles"] = [{"account_id": ALPHA, "name": "network-operator", "external_id": EXTERNAL_ID}]
    home = tmp_path_factory.mktemp("awx")
    galaxy = [BIN / "ansible-galaxy", "collection"]
    quiet = {"check": True, "stdin": subprocess.DEVNULL, "capture_output": True}
    subprocess.run([*galaxy, "build", ROOT, "--output-path", home], **quiet)
    (built,) = home.glob("closednet-aws-*.tar.gz")
    collections = home / "requirements_collections"
    # Galaxy would count the checkout that is linked into this environment as installed.
    subprocess.run([*galaxy, "install", "--force", "--offline", "--no-deps", "-p", collections, built], **quiet)
    project = home / "project"
    shutil.copytree(ROOT / "awx" / "project", project)
    shutil.copytree(ROOT / "inventories" / "example", project / "inventory")
    # As docs/awx.md says. AWX's database keeps the template, and the job fills it in.
    with (project / "inventory" / "group_vars" / "all.yml").open("a", encoding="utf-8") as variables:
        variables.write(
            "assume_role_external_id: \"{{ lookup('ansible.builtin.env', 'NETWORK_OPERATOR_EXTERNAL_ID') }}\"\n"
        )
    with running(seed, home) as emulator:
        emulator.control("POST", "settings", {"transition": 50})
        yield Controller(Site(emulator, home, ("hub", "spokes")), project, collections)


def test_from_plan_to_teardown(controller):
    spokes = {"alpha", "beta", "gamma"}
    found = {
        host for slice_ in range(1, SLICES + 1) for host in controller.inventory(slice_, SLICES)["_meta"]["hostvars"]
    }
    assert found == set(controller.listing["_meta"]["hostvars"]) > spokes

    handed_on: dict[str, Any] = {}
    hub = {"shared-services"}
    changes = {"plan": hub | spokes, "hub": hub, "spokes": spokes, "accept": hub, "route": spokes, "verify": set()}
    ran = []
    for node in controller.nodes:
        if node.get("runs") in controller.templates:
            before = len(controller.writes())
            jobs = controller.launch(node["runs"], workflow="closednet network", **handed_on)
            for job in jobs:
                handed_on |= job.succeeded().artifacts
            assert set().union(*(job.changed for job in jobs)) == changes[node["runs"]]
            # A plan says what would change, and writes nothing.
            assert (len(controller.writes()) > before) == (node["runs"] not in ("plan", "verify"))
            ran.append(node["runs"])
    assert ran == ["plan", "hub", "spokes", "accept", "route", "verify"]
    assert set(handed_on) == {"approved_plan"}
    assert set(json.loads(handed_on["approved_plan"])["accounts"]) == hub | spokes

    site = controller.site
    assert site.reach("shared-services", *sorted(spokes)) == {
        "shared-services": sorted(spokes),
        **{spoke: ["shared-services"] for spoke in spokes},
    }
    for account in (HUB, ALPHA, BETA, GAMMA):
        made = site.client(account).describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]
        assert len(made) == 1

    controller.listing["closed"] = {"hosts": ["alpha"], "vars": {"closed_network_workloads": ["ecs_fargate"]}}
    (doctor,) = controller.launch("doctor", doctor_error_text="")
    assert doctor.succeeded().hosts == {"alpha"} and "alpha" in doctor.output
    del controller.listing["closed"]

    before = len(controller.writes())
    (refused,) = controller.launch("teardown", teardown_confirm="yes-somebody-else")
    assert "teardown_confirm=yes-all-4-of-shared-services" in refused.failures[0] and len(controller.writes()) == before
    (teardown,) = controller.launch("teardown", teardown_confirm="yes-all-4-of-shared-services", teardown_vpcs="true")
    teardown.succeeded()
    for account in (HUB, ALPHA, BETA, GAMMA):
        ec2 = site.client(account)
        assert ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"] == []
    gateways = site.client(HUB).describe_transit_gateways()["TransitGateways"]
    assert [gateway for gateway in gateways if gateway["State"] != "deleted"] == []


def test_what_must_see_the_whole_inventory_refuses_a_slice(controller):
    names = sorted(controller.listing["_meta"]["hostvars"])
    of_hub = (names.index("shared-services") % SLICES + 1, SLICES)
    before = len(controller.writes())
    for template in ("hub", "plan", "teardown"):
        job = controller.job(template, of_hub, teardown_confirm="yes-all-4-of-shared-services")
        assert job.status == "failed" and f"the job template {template} is sliced" in job.failures[0]
    assert len(controller.writes()) == before


def test_a_slice_with_none_of_a_playbooks_hosts_succeeds(controller):
    names = sorted(controller.listing["_meta"]["hostvars"])
    number = names.index("payments") + 1
    for template in ("spokes", "plan", "verify"):
        job = controller.job(template, (number, len(names)))
        assert job.succeeded().hosts == set()
