# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Caller whose calls the doctor follows, and the services that it must reach."""

from __future__ import annotations

from dataclasses import dataclass

from ..network.packet_filters import Ports
from ..values.ports import CLIENT_PORTS
from .findings import Finding


@dataclass(frozen=True)
class Target:
    """Caller of AWS services.

    subnets, groups: ids; services: suffixes, see endpoints/profiles.py; objects: ARNs of AWS's own S3 objects that it
    reads; public_address: true if its interfaces have one, None if not known; elsewhere: findings about hosts that it
    calls and no endpoint serves, whose status the routes decide
    """

    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    services: tuple[str, ...]
    objects: tuple[str, ...] = ()
    role_arn: str | None = None
    client_ports: Ports = CLIENT_PORTS["linux"]
    error_text: str = ""
    public_address: bool | None = None
    elsewhere: tuple[Finding, ...] = ()
