# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients that reach the emulator, which carries no traffic, as if by a VPC endpoint."""

from __future__ import annotations

from typing import Any


def through(client: Any, endpoint_id: str) -> Any:
    """Return a boto3 client, whose requests name a VPC endpoint from now on: aws:SourceVpce of policies."""

    def name_it(request: Any, **_rest: Any) -> None:
        request.headers["X-Emulator-Source-Vpce"] = endpoint_id

    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", name_it)
    return client
