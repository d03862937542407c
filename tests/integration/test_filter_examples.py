# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Examples of the filters' pages, run as written; ``# msg:`` after one is what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

PAGES = sorted(Path(__file__).parents[2].glob("plugins/filter/*.yml"))
INVENTORY = """
all:
  hosts:
    shared-services: {account_id: "111111111111"}
    alpha: {account_id: "222222222222", vpc_cidrs: [10.1.0.0/16]}
"""


def test_every_example_shows_what_it_says(tmp_path):
    tasks = []
    for page in PAGES:
        for text in re.split(r"\n\n", yaml.safe_load(page.read_text(encoding="utf-8"))["EXAMPLES"]):
            (task,) = yaml.safe_load(text)
            tasks.append(task)
            shown = re.search(r"^ *# msg: (.*)$", text, re.MULTILINE)
            assert ("ansible.builtin.debug" in task) == bool(shown), f"{page.name}: what does this show?\n{text}"
            if shown:
                msg = task.pop("ansible.builtin.debug")["msg"].removeprefix("{{").removesuffix("}}")
                task["vars"] = {**task.get("vars", {}), "shown": yaml.safe_load(shown[1])}
                task["ansible.builtin.assert"] = {"that": f"({msg}) == shown"}
    assert len(tasks) >= len(PAGES) > 0
    (tmp_path / "hosts.yml").write_text(INVENTORY, encoding="utf-8")
    play = {"hosts": "alpha", "gather_facts": False, "connection": "local", "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")

    ansible_playbook = Path(sys.executable).with_name("ansible-playbook")
    run = subprocess.run(
        [ansible_playbook, "-i", "hosts.yml", "play.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stdout + run.stderr
    # Those that read a folder run where there is one.
    skipped = sum("when" in task for task in tasks)
    assert f"ok={len(tasks) - skipped} " in run.stdout and f"skipped={skipped} " in run.stdout
