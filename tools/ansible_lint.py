# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run ansible-lint, but check the syntax of all playbooks and roles in one process instead of one for each.

If that process finds an error, ansible-lint checks them one by one, as usual, and says in which file it is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ansiblelint.__main__ import main
from ansiblelint.file_utils import Lintable
from ansiblelint.runner import Runner

one_by_one = Runner._map_syntax_check_workers


def at_once(runner: Runner, worker: Callable[[Lintable], list[Any]], files: list[Lintable]) -> list[list[Any]]:
    """Return the errors of each file, as Runner's own method does."""
    playbooks = [str(file.path) for file in files if file.kind == "playbook"]
    roles = [{"ansible.builtin.import_role": {"name": str(file.path)}} for file in files if file.kind == "role"]
    with tempfile.TemporaryDirectory() as directory:
        if roles:
            playbooks.append(f"{directory}/roles.yml")
            Path(playbooks[-1]).write_text(yaml.safe_dump([{"hosts": "localhost", "tasks": roles}]), encoding="utf-8")
        command = ["ansible-playbook", "--syntax-check", *playbooks]
        environment = {**runner.app.runtime.environ, "PYTHONWARNINGS": "ignore"}
        if subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
            return one_by_one(runner, worker, files)
    # ansible-lint asks this for each playbook that another one imports.
    runner.app.runtime._has_playbook_cache.update({(playbook, None): True for playbook in playbooks})
    print(f"ansible-lint: the syntax of {len(playbooks)} playbooks is right", flush=True)
    return [[] for _ in files]


Runner._map_syntax_check_workers = at_once
sys.exit(main())
