# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refusal of the connection of one call.

The emulator can't refuse one call of a client that it has answered before. So the client sends that call to a port on
which nothing listens, and the operating system refuses it.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._aws.client import Aws
from ansible_collections.closednet.aws.plugins.module_utils._gcp.client import Gcp
from ansible_collections.closednet.aws.plugins.module_utils._gcp.methods import Method
from tests.faults.turns import Call


@contextmanager
def refused(call: Call) -> Iterator[list[str]]:
    """Refuse the call's connection in the block; yield a list that gets the URL to which the call was sent."""
    make_client, once = Aws._make_client, Gcp._once
    made = itertools.count(1)
    sent: list[str] = []

    def is_it(service: str, operation: str) -> bool:
        return (service, operation) == (call.service, call.operation) and next(made) == call.number

    def client_that_goes_astray(self: Aws, session: Any, service: str, *arguments: Any, **more: Any) -> Any:
        client = make_client(self, session, service, *arguments, **more)

        def redirect(request: Any, event_name: str, **_event: Any) -> None:
            if is_it(service, event_name.rpartition(".")[2]):
                request.url = nobody
                sent.append(nobody)

        client.meta.events.register("before-send", redirect)
        return client

    def call_that_goes_astray(self: Gcp, method: Method, url: str, *arguments: Any) -> Any:
        if is_it(method.service, method.id.partition(".")[2]):
            url = nobody
            sent.append(nobody)
        return once(self, method, url, *arguments)

    with socket.socket() as unheard, pytest.MonkeyPatch.context() as patch:
        # Bound, so that nobody else gets the port; not listening, so that it refuses.
        unheard.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unheard.getsockname()[1]}/"
        patch.setattr(Aws, "_make_client", client_that_goes_astray)
        patch.setattr(Gcp, "_once", call_that_goes_astray)
        yield sent
