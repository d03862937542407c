# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which function answers a method: {discovery id: (function, permissions on the path's project)}."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

# Imported at the first request; each registers its methods.
MODULES = (
    "emulator.gcp.operations",
    "emulator.gcp.iamcredentials",
    "emulator.gcp.compute.locations",
    "emulator.gcp.compute.networks",
    "emulator.gcp.compute.subnetworks",
    "emulator.gcp.compute.addresses",
    "emulator.gcp.compute.backends",
    "emulator.gcp.compute.health_checks",
    "emulator.gcp.compute.backend_services",
    "emulator.gcp.compute.forwarding_rules",
    "emulator.gcp.compute.firewalls",
    "emulator.gcp.psc.attachments",
    "emulator.gcp.dns",
    "emulator.gcp.dns_records",
    "emulator.gcp.resourcemanager",
)


class Handler(NamedTuple):
    function: Callable[[Any], dict[str, Any] | None]
    permissions: tuple[str, ...]


HANDLERS: dict[str, Handler] = {}


def handles(method: str, *permissions: str) -> Callable[[Any], Any]:
    """Register a function of a Call for a method by its discovery id. It returns the answer's JSON, or None: 204."""

    def register(function: Any) -> Any:
        HANDLERS[method] = Handler(function, permissions)
        return function

    return register


def load() -> None:
    for module in MODULES:
        importlib.import_module(module)
