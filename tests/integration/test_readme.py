# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventories and commands that README and docs/operations.md give an operator."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
INVENTORY, ORGANIZATION = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
PLAYBOOK = re.compile(r"ansible-playbook -i inventory\.yml closednet\.aws\.(\w+)")


def test_the_inventory_and_the_commands_of_the_readme_make_a_network(site, tmp_path):
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(INVENTORY, encoding="utf-8")
    playbooks = PLAYBOOK.findall(README)
    assert playbooks == ["plan", "site", "verify", "teardown"]

    runs = {name: site.run(name, inventory=inventory) for name in playbooks}

    assert [name for name, run in runs.items() if run.code] == ["teardown"], runs["teardown"].output
    assert [name for name, run in runs.items() if run.writes] == ["site"]
    assert "teardown_confirm=yes-all-3-of-shared-services" in runs["teardown"].output
    assert site.reach("shared-services", "alpha", "beta") == {
        "shared-services": ["alpha", "beta"],
        "alpha": ["shared-services"],
        "beta": ["shared-services"],
    }


def test_the_inventory_of_an_organization_names_the_same_groups():
    declared = yaml.safe_load(ORGANIZATION)

    assert declared["groups"].keys() == yaml.safe_load(INVENTORY)["all"]["children"].keys()
    assert declared["plugin"] == "closednet.aws.organization_accounts"


def test_every_playbook_that_is_named_exists():
    named = set(PLAYBOOK.findall(README + (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))

    assert named <= {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
