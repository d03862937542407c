# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan that was approved binds the run: what has changed since is told, and nothing is written there."""

from __future__ import annotations

import json

import yaml

from tests.integration.conftest import ALPHA, HOSTS, ROOT, Site

RESULTS = ("vpc_result", "hub_result", "spoke_result")


def planned(site: Site) -> str:
    """The file with the plan of the whole inventory."""
    plan = site.home / "plan.json"
    told = "{{ dict(groups['all'] | zip(groups['all'] | map('extract', hostvars))) | to_json }}"
    write = {"ansible.builtin.copy": {"content": told, "dest": str(plan), "mode": "0600"}, "run_once": True}
    python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    plays = [
        {"ansible.builtin.import_playbook": str(ROOT / "playbooks" / "plan.yml")},
        {"hosts": "hub", "gather_facts": False, "connection": "local", "vars": python, "tasks": [write]},
    ]
    (site.home / "write.yml").write_text(yaml.safe_dump(plays))
    assert site.run(str(site.home / "write")).succeeded().writes == []
    accounts = {
        host: {"results": {name: variables[name]["plan"] for name in RESULTS if "plan" in variables.get(name, {})}}
        for host, variables in json.loads(plan.read_text()).items()
    }
    plan.write_text(json.dumps({"version": 1, "accounts": accounts}))
    return str(plan)


def test_what_changed_since_the_approval_stops_its_host_before_it_writes(site):
    approval = ("-e", f"approved_plan_file={planned(site)}")
    # Somebody makes one by hand, and hands it over.
    by_hand = site.client(ALPHA)
    vpc = by_hand.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    tags = {"closednet:managed": "tiered_vpc/alpha", "closednet:name": "main"}
    by_hand.create_tags(Resources=[vpc], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    run = site.run("site", *approval)
    assert run.failed == ["alpha"], run.output
    assert not [write for write in run.writes if write.startswith(ALPHA)]
    (told,) = [line for line in run.output.splitlines() if line.startswith("fatal: [alpha]")]
    assert "approved_plan: the plan is stale" in told and "change vpc.main:tags.add: wasn't planned" in told
    assert "Next: plan again" in told and "Nothing was written" in told

    # As it was when the plan was made; what is done already is no matter.
    by_hand.delete_vpc(VpcId=vpc)
    assert site.run("site", *approval).succeeded().changed["alpha"]
    assert site.run("site").succeeded().writes == []
    assert site.reach(*HOSTS)["alpha"] == ["shared-services"]


def test_a_host_that_is_not_in_the_plan_is_not_touched(site):
    (site.home / "empty.json").write_text(json.dumps({"accounts": {}}))
    run = site.run("spokes", "-e", f"approved_plan_file={site.home / 'empty.json'}", "--limit", "alpha")
    assert run.failed == ["alpha"] and run.calls == [], run.output
    assert "approved_plan: 'alpha' isn't in it; expected a plan with this host" in run.output
