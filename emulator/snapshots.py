# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Server loop with snapshots of the whole state by forking: the process that was forked is the snapshot.

A snapshot's process waits while its copy serves on the same socket. A restore ends the copy and forks another one. A
reset ends all copies, and the first process serves again. A copy can be kept as a snapshot, too.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import warnings
from contextlib import suppress
from typing import Any

from emulator.server import Server

# Exit codes of a copy that was asked to end.
RESTORED, RESET = 3, 4


class Keeper:
    """Main loop. Other threads use it by `ask`, and hold the application's lock meanwhile.

    application  has `reset`, and `begin_anew` for a copy, in which no other thread is left that could release a lock
    """

    def __init__(self, server: Server, application: Any):
        self._server, self._application = server, application
        # Read ends of pipes that the processes above hold open: a pipe ends when its process does.
        self._above: list[int] = []
        self._begin()

    def _begin(self) -> None:
        self._called, self._call = os.pipe()
        self._wanted = ""
        self._caller: socket.socket | None = None
        self._done = threading.Event()

    @property
    def is_copy(self) -> bool:
        return bool(self._above)

    def serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._server, self._called, *self._above], [], [])
            if any(end in ready for end in self._above):
                os._exit(0)
            if self._called not in ready:
                self._server.handle_request()
            elif self._wanted == "keep":
                os.read(self._called, 1)
                self._keep()
            else:
                # Accept no more callers: they wait for the next process. The thread that asked ends this one.
                self._hang_up()
                self._done.set()
                threading.Event().wait()

    def ask(self, wanted: str, caller: socket.socket) -> None:
        """Ask the main loop to keep the state as a snapshot, or to end. wanted: keep or end.

        Returns when the snapshot is kept, or when no further caller is accepted.
        """
        self._wanted, self._caller = wanted, caller
        self._done.clear()
        os.write(self._call, b"!")
        self._done.wait()

    def _keep(self) -> None:
        """Fork a copy that serves. Returns in each copy, and in this process after a reset."""
        self._hang_up()
        while True:
            held, holds = os.pipe()
            with warnings.catch_warnings():
                # It warns of other threads, which only wait: for their callers, and for this one.
                warnings.simplefilter("ignore", DeprecationWarning)
                copy = os.fork()
            if not copy:
                os.close(holds)
                self._above.append(held)
                self._become_a_copy()
                return
            os.close(held)
            self._done.set()
            status = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
            os.close(holds)
            if status != RESTORED:
                break
        if status != RESET or self.is_copy:
            os._exit(status)
        self._application.reset()

    def _hang_up(self) -> None:
        """Close all connections but the asking caller's, before the caller is answered.

        So no client goes on with a process that is kept or ends.
        """
        for connection in self._server.connections - {self._caller}:
            with suppress(OSError):  # its other end may have closed it
                connection.shutdown(socket.SHUT_RDWR)

    def _become_a_copy(self) -> None:
        for connection in self._server.connections:
            connection.close()
        self._server.connections.clear()
        os.close(self._called)
        os.close(self._call)
        self._begin()
        self._application.begin_anew()
