# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts ansible-playbook again and again: its own code, in forks of a process that has imported it once.

stdin, a line for each run: {"directory": where play.yml and hosts.yml are, "module": the module that it uses,
"environment": {...}}; stdout: the pid of each. Output goes to the file `output` in the directory. A run leads a session
of its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from ansible.cli.playbook import PlaybookCLI
from ansible.plugins.loader import action_loader, init_plugin_loader


def play(directory: str, environment: dict[str, str]) -> None:
    """Never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(directory)
    os.environ.update(environment)
    for stream, target in ((0, os.devnull), (1, "output"), (2, "output")):
        os.dup2(os.open(target, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), stream)
    status = 1
    try:
        PlaybookCLI.cli_executor(["ansible-playbook", "-i", "hosts.yml", "play.yml"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        # What this process was forked from cleans up.
        os._exit(status)


if __name__ == "__main__":
    init_plugin_loader()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the runs
    for line in sys.stdin:
        wanted = json.loads(line)
        # As the strategy does before it forks its workers; here, before the whole run.
        action_loader.get(f"closednet.aws.{wanted['module']}", class_only=True)
        run = os.fork()
        if not run:
            play(wanted["directory"], wanted["environment"])
        print(run, flush=True)
