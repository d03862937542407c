# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/site.yml applies everything that an inventory declares, whichever groups it has."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.module_utils._domain.roster import GROUPS, ROSTER
from tests.integration.conftest import ALPHA, DELTA, new_site
from tests.integration.test_doctor import CLOSED

INDEX = {"private_python_index_repositories": [{"name": "python"}]}


def test_an_inventory_without_hub(organization, tmp_path):
    site = new_site(organization, tmp_path, ("closed",))
    site.forget("analytics")
    site.declare("delta", "closed", **CLOSED)
    site.declare("packages", "python_index", account_id=ALPHA, region="eu-central-1", **INDEX)

    plan = site.home / "plan.json"
    planned = site.run("plan", "-e", f"plan_json={plan}").succeeded()
    assert planned.writes == [] and "+ package_repository.python" in planned.output
    run = site.run("site", "-e", f"approved_plan_file={plan}").succeeded()
    assert f"{DELTA} CreateVpc" in run.writes and f"{ALPHA} CreateRepository" in run.writes
    assert not any("TransitGateway" in call for call in run.writes)
    assert site.run("site").succeeded().writes == []
    site.run("verify").succeeded()

    # The new repository isn't part of the plan that was approved before.
    site.declare("packages", "python_index", private_python_index_repositories=[{"name": "python"}, {"name": "more"}])
    run = site.run("site", "-e", f"approved_plan_file={plan}")
    assert run.failed == ["packages"] and run.writes == []
    assert "create package_repository.more: wasn't planned" in run.output
    assert site.run("verify").code

    # Packages stay: those who install from them aren't in this inventory.
    site.run("teardown", "-e", "teardown_confirm=yes-delta", "-e", "teardown_vpcs=true").succeeded()
    assert not any(f"{ALPHA} Delete" in write for write in site.run("teardown", "--check").succeeded().writes)


@pytest.mark.parametrize("playbook", ["plan", "verify", "teardown"])
def test_each_play_of_the_roster_has_its_role(site, playbook):
    """Ansible decides which role a play imports while it loads the play."""
    everything = site.home / "everything.yml"
    everything.write_text(yaml.safe_dump({group: {"hosts": {f"host-of-{group}": None}} for group in GROUPS}))
    options = [f"-e{entry.switch}=true" for entry in ROSTER if entry.switch]
    listed = site.run(playbook, "--list-tasks", *options, inventory=everything).succeeded().output
    plays = re.findall(r"play #\d+ \([^)]*\): (?:Read|Delete) the ([^\t]*)\t.*\n +tasks:\n((?: .*\n)*)", listed)
    roles = {title: set(re.findall(r"^ +closednet\.aws\.(\w+) : ", tasks, re.MULTILINE)) for title, tasks in plays}
    for entry in ROSTER if playbook != "teardown" else [entry for entry in ROSTER if entry.teardown]:
        assert roles[entry.title] == {entry.role}
