# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Server that runs ansible-playbook: its own code, in forks of a process that has imported it once.

The server reads one message for each run: {"arguments": [...], "directory": where it runs, "environment": all of it},
with two open files: one for output, and one to which the run writes its pid, a newline and, at its end, its exit
status. A run leads a session of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
LONGEST_MESSAGE = 100_000


class Started:
    """A started run of ansible-playbook."""

    def __init__(self, told: int):
        # Its workers keep the other end open for longer than it runs, so nothing here waits for the end of the file.
        self._told = os.fdopen(told, encoding="ascii")
        self.pid = int(self._told.readline())

    def wait(self) -> int:
        """Wait for the run's end and return its exit status."""
        status = self._told.readline()
        self._told.close()
        return int(status)


class Playbooks:
    def __init__(self, server: socket.socket):
        self._server = server

    def start(self, arguments: Iterable[str], directory: Path, environment: Mapping[str, str], output: int) -> Started:
        """Start a run. output: an open file's descriptor."""
        wanted = {"arguments": list(arguments), "directory": str(directory), "environment": dict(environment)}
        told, tells = os.pipe()
        try:
            socket.send_fds(self._server, [json.dumps(wanted).encode()], [output, tells])
        finally:
            os.close(tells)
        return Started(told)


@contextmanager
def playbooks(environment: Mapping[str, str]) -> Iterator[Playbooks]:
    """Start the server. environment: of the process that is forked; each run has one of its own."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.playbooks", str(theirs.fileno())]
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, pass_fds=[theirs.fileno()]), ours:
        theirs.close()
        yield Playbooks(ours)
        ours.shutdown(socket.SHUT_RDWR)


def play(arguments: list[str], directory: str, environment: dict[str, str], output: int, tells: int) -> None:
    """Run ansible-playbook in this process, which was forked for it, and exit; never returns."""
    import ansible.constants
    from ansible.cli.playbook import PlaybookCLI

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.write(tells, f"{os.getpid()}\n".encode())
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
        os.dup2(target, stream)
    status = 1
    try:
        # Settings were read from the environment of the process that was forked.
        importlib.reload(ansible.constants)
        warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
        PlaybookCLI.cli_executor(["ansible-playbook", *arguments])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.write(tells, f"{status}\n".encode())
        # Without cleanup, which is left to the process that this one was forked from.
        os._exit(status)


def main(server: socket.socket) -> None:
    importlib.import_module("ansible.cli.playbook")  # here, so that each fork has it
    from ansible.plugins.loader import action_loader, init_plugin_loader

    init_plugin_loader()
    # As the strategy does before it forks its workers; here, before the whole run.
    for plugin in sorted((REPOSITORY / "plugins" / "action").glob("*.py")):
        action_loader.get(f"closednet.aws.{plugin.stem}", class_only=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the runs
    while True:
        message, files, _flags, _address = socket.recv_fds(server, LONGEST_MESSAGE, 2)
        if not message:
            return
        wanted = json.loads(message)
        if not os.fork():
            server.close()
            play(wanted["arguments"], wanted["directory"], wanted["environment"], *files)
        for file in files:
            os.close(file)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
