# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the packages that mend one of moto's services have in common."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.responses import BaseResponse
from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface


def mend(
    urls: ModuleType, response: type[BaseResponse], backends: BackendDict | None = None, backend: type | None = None
) -> None:
    """`response` answers in place of moto's class. Backends made before the service's first call are empty."""
    for path, handler in urls.url_paths.items():
        urls.url_paths[path] = getattr(response, handler.__name__)
    if backends is not None:
        backends.backend = backend
        backends.clear()


def page(items: list[Any], size: int | None, token: str | None, most: int = 100) -> tuple[list[Any], str | None]:
    """One page of the items, and the token of the next: the number of its first item."""
    start, size = int(token) if token and token.isdigit() else 0, min(size or most, most)
    following = start + size
    return items[start:following], str(following) if following < len(items) else None


def add_interface(
    account_id: str, region: str, subnet_id: str, group_ids: list[str], description: str, kind: str = "interface"
) -> NetworkInterface:
    """An interface in use that a service keeps in an account's subnet; no groups: the default one of the VPC."""
    backend = ec2_backends[account_id][region]
    subnet = backend.get_subnet(subnet_id)
    if not group_ids:
        default = next(
            group
            for group in backend.groups[subnet.vpc_id].values()
            if group.is_default and group.vpc_id == subnet.vpc_id
        )
        group_ids = [default.id]
    interface = backend.create_network_interface(
        subnet, subnet.get_available_subnet_ip(None), group_ids=group_ids, description=description
    )
    interface.interface_type, interface.requester_managed, interface.status = kind, True, "in-use"
    return interface


def remove_interface(account_id: str, region: str, interface_id: str) -> None:
    if interface := ec2_backends[account_id][region].enis.pop(interface_id, None):
        interface.subnet.del_subnet_ip(interface.private_ip_address)
